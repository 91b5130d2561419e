//! Rules against what rsync 3.5.0 did with them: `tests/vectors/filter` and how it was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use super::{Action, DirectoryFilters, FilterError, Filters, Perishable, RuleSources, Side};
use crate::options::{Direction, Invocation, Options, parse};

const RECORDED: &str = include_str!("../../../tests/vectors/filter/cases.txt");
/// The tree of the recording, without the files of rules.
const TREE: &str = include_str!("../../../tests/vectors/filter/record");

fn decode(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let Some(digits) = after.get(..2) else { break };
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    bytes
}

type Names = BTreeSet<Vec<u8>>;
type Files = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Default)]
struct Case {
    arguments: Vec<OsString>,
    rules: Files,
    outcomes: BTreeMap<String, Vec<Vec<u8>>>,
}

fn cases() -> Vec<Case> {
    let mut cases = vec![];
    for block in RECORDED.split("\n\n").filter(|block| !block.trim().is_empty()) {
        let mut case = Case::default();
        for line in block.lines() {
            let mut words = line.split(' ');
            let word = words.next().unwrap();
            let mut values: Vec<Vec<u8>> = words.map(decode).collect();
            match word {
                "arg" => case.arguments.push(OsString::from_vec(values.remove(0))),
                "rules" => {
                    let content = values.remove(1);
                    case.rules.insert(values.remove(0), content);
                }
                _ => drop(case.outcomes.insert(word.to_owned(), values)),
            }
        }
        cases.push(case);
    }
    cases
}

/// The names in the tree; directories end in a slash.
fn tree(case: &Case) -> Names {
    let listed = TREE.split("TREE = \"\"\"").nth(1).unwrap().split("\"\"\"").next().unwrap();
    let listed = listed.split_whitespace().map(|name| name.replace("\\\\", "\\").into_bytes());
    listed.chain(case.rules.keys().cloned()).collect()
}

fn children<'a>(names: &'a Names, directory: &'a [u8]) -> impl Iterator<Item = &'a Vec<u8>> {
    names.iter().filter(move |name| {
        name.strip_prefix(directory)
            .is_some_and(|rest| !rest.is_empty() && !rest[..rest.len() - 1].contains(&b'/'))
    })
}

struct Walk<'a> {
    names: &'a Names,
    rules: &'a Files,
    found: Names,
}

impl Walk<'_> {
    fn enter(&self, filters: &DirectoryFilters, directory: &[u8]) -> Result<DirectoryFilters, FilterError> {
        let path = directory.strip_suffix(b"/").unwrap_or(directory);
        filters.enter(path, &mut |name| Ok(self.rules.get(&[directory, name].concat()).cloned()))
    }

    fn sent(&mut self, filters: &DirectoryFilters, directory: &[u8]) -> Result<(), FilterError> {
        let filters = self.enter(filters, directory)?;
        for name in children(self.names, directory) {
            let path = name.strip_suffix(b"/").unwrap_or(name);
            if !filters.excludes(path, name.ends_with(b"/")) {
                self.found.insert(name.clone());
                if name.ends_with(b"/") {
                    self.sent(&filters, name)?;
                }
            }
        }
        Ok(())
    }

    /// Whether everything in `directory` is deleted.
    fn deleted(
        &mut self,
        filters: &DirectoryFilters,
        directory: &[u8],
        perishable: Perishable,
    ) -> Result<bool, FilterError> {
        let filters = self.enter(filters, directory)?;
        let mut all = true;
        for name in children(self.names, directory) {
            let path = name.strip_suffix(b"/").unwrap_or(name);
            let is_directory = name.ends_with(b"/");
            let kept = filters.decide(path, is_directory, perishable) == Some(Action::Exclude)
                || (is_directory && !self.deleted(&filters, name, Perishable::Ignored)?);
            if kept {
                all = false;
            } else {
                self.found.insert(name.clone());
            }
        }
        Ok(all)
    }
}

fn options(case: &Case) -> Options {
    let mut arguments = case.arguments.clone();
    arguments.extend(["-r", "a", "b"].map(OsString::from));
    if case.arguments.iter().any(|argument| argument == "--delete-excluded") {
        arguments.push("--delete".into());
    }
    match parse(arguments) {
        Ok(Invocation::Client { options, .. }) => *options,
        other => panic!("{other:?}"),
    }
}

fn sources<'a>(read: &'a mut dyn FnMut(&std::ffi::OsStr) -> io::Result<Vec<u8>>) -> RuleSources<'a> {
    RuleSources { read, cvs_ignore: b"foobar" }
}

fn ours(case: &Case, side: Side) -> Result<Names, FilterError> {
    let mut read = |_: &std::ffi::OsStr| Err(io::ErrorKind::NotFound.into());
    let filters = Filters::from_options(&options(case), &mut sources(&mut read))?;
    let names = tree(case);
    let mut walk = Walk { names: &names, rules: &case.rules, found: Names::new() };
    let start = DirectoryFilters::new(Arc::new(filters), side, b"/t/tree");
    match side {
        Side::Sender => walk.sent(&start, b"")?,
        Side::Receiver => drop(walk.deleted(&start, b"", Perishable::Count)?),
    }
    Ok(walk.found)
}

#[test]
fn what_is_sent_and_what_is_deleted_is_what_rsync_sends_and_deletes() {
    let (mut compared, mut refused) = (0, 0);
    let mut differences = Vec::new();
    for case in cases() {
        for (word, side) in [("sent", Side::Sender), ("deleted", Side::Receiver)] {
            let shown = || {
                let rules: Vec<String> = case
                    .rules
                    .iter()
                    .map(|(path, text)| {
                        format!("{} = {:?}", String::from_utf8_lossy(path), String::from_utf8_lossy(text))
                    })
                    .collect();
                format!("{word} {:?} {rules:?}", case.arguments)
            };
            match (case.outcomes.get(word), ours(&case, side)) {
                (Some(theirs), Ok(ours)) => {
                    compared += 1;
                    let theirs: Names = theirs.iter().cloned().collect();
                    if theirs != ours {
                        let text = |names: Vec<&Vec<u8>>| {
                            names
                                .iter()
                                .map(|name| String::from_utf8_lossy(name).into_owned())
                                .collect::<Vec<_>>()
                                .join(" ")
                        };
                        differences.push(format!(
                            "{}\n  only rsync: {}\n  only ours: {}",
                            shown(),
                            text(theirs.difference(&ours).collect()),
                            text(ours.difference(&theirs).collect())
                        ));
                    }
                }
                (Some(_), Err(error)) => differences.push(format!("{}\n  ours fails: {error}", shown())),
                (None, Ok(_)) => differences.push(format!("{}\n  rsync fails, ours does not", shown())),
                (None, Err(error)) => {
                    refused += 1;
                    let theirs =
                        String::from_utf8_lossy(&case.outcomes[&format!("{word}-error")].join(&b' '))
                            .into_owned();
                    // Files of rules are named by where they are, which is another place here.
                    let same = theirs.split(": <rule").next() == error.to_string().split(": <rule").next();
                    if !same {
                        differences.push(format!("{}\n  rsync: {theirs}\n  ours: {error}", shown()));
                    }
                }
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {compared}+{refused} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    assert!(compared > 400 && refused >= 8, "{compared} compared, {refused} refused");
}

/// The rules of `docs/spec/wire-2-filelist.md` §7.4 and what is sent of them.
#[test]
fn the_other_end_is_told_the_specified_rules() {
    let told = |arguments: &[&str], direction| -> Vec<String> {
        let mut arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        arguments.extend(["-r", "a", "b"].map(OsString::from));
        let Ok(Invocation::Client { options, .. }) = parse(arguments) else { panic!("no client") };
        let mut read = |_: &std::ffi::OsStr| Err(io::ErrorKind::NotFound.into());
        let filters = Filters::from_options(&options, &mut sources(&mut read)).unwrap();
        filters.wire_rules(direction).iter().map(|rule| String::from_utf8_lossy(rule).into_owned()).collect()
    };
    let rules = [
        "- *.o",
        "+ x/",
        "H hid",
        "S sho",
        "P pro",
        "R ris",
        "-! neg",
        "-p per",
        "-/ /abs",
        "-sr both",
        "-x user.foo",
    ];
    let rules: Vec<String> = rules.iter().map(|rule| format!("--filter={rule}")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let with = |more: &'static str| -> Vec<&str> { rules.iter().copied().chain([more]).collect() };
    assert_eq!(
        told(&rules, Direction::Pull),
        ["- *.o", "+ x/", "-s hid", "+s sho", "-! neg", "-p per", "-/ /abs", "-sr both", "-x user.foo"]
    );
    assert_eq!(
        told(&with("--delete"), Direction::Push),
        ["- *.o", "+ x/", "-r pro", "+r ris", "-! neg", "-p per", "-/ /abs", "-sr both", "-x user.foo"]
    );
    assert_eq!(told(&with("--delete-excluded"), Direction::Push), ["-r pro", "+r ris", "-sr both"]);
    for (argument, pull) in [
        ("--filter=: .rf", vec![": .rf"]),
        ("--filter=:n .n", vec![":n .n"]),
        ("--filter=:e- .ex", vec!["- .ex", ":- .ex"]),
        ("--filter=:w+ .inc", vec![":w+ .inc"]),
        ("--filter=:C", vec![":C .cvsignore"]),
        ("--filter=-C", vec!["-C "]),
        ("-FF", vec![": /.rsync-filter", "- .rsync-filter"]),
        ("-C", vec![]),
    ] {
        assert_eq!(told(&[argument], Direction::Pull), pull, "{argument}");
    }
    let push = told(&["-C", "--delete"], Direction::Push);
    assert_eq!(push[..2], [":C .cvsignore", "-p RCS"]);
    assert_eq!(push.last().map(String::as_str), Some("- foobar"));
}

#[test]
fn rules_survive_the_wire() {
    for case in cases().iter().filter(|case| case.outcomes.contains_key("sent")) {
        let mut read = |_: &std::ffi::OsStr| Err(io::ErrorKind::NotFound.into());
        let mut sources = sources(&mut read);
        let options = options(case);
        let filters = Filters::from_options(&options, &mut sources).unwrap();
        let texts = filters.wire_rules(Direction::Pull);
        let received = Filters::from_wire(&texts, Direction::Pull, &options, &mut sources).unwrap();
        let again = received.wire_rules(Direction::Pull);
        assert_eq!(again, texts, "{:?}", case.arguments);
    }
}

/// `docs/spec/wire-2-filelist.md` §7.5: a name with a slash is looked for above the root as well.
#[test]
fn files_above_the_root_count_where_the_rule_has_a_slash() {
    let mut read = |_: &std::ffi::OsStr| Err(io::ErrorKind::NotFound.into());
    let mut options = Options::new();
    options.set("filter", Some(": /.rf".as_ref())).unwrap();
    let filters = Filters::from_options(&options, &mut sources(&mut read)).unwrap();
    let start = DirectoryFilters::new(Arc::new(filters), Side::Sender, b"/f3/d");
    let mut asked = Vec::new();
    let start = start
        .with_parents(b"", &mut |path| {
            asked.push(String::from_utf8_lossy(path).into_owned());
            Ok((path == b"/f3/.rf").then(|| b"- /d/a\n- b\n".to_vec()))
        })
        .unwrap();
    assert_eq!(asked, ["/.rf", "/f3/.rf"]);
    let root = start.enter(b"", &mut |_| Ok(None)).unwrap();
    assert!(root.excludes(b"a", false) && root.excludes(b"x/b", false));
    assert!(!root.excludes(b"x/a", false));
}
