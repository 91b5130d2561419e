//! Command lines against what rsync 3.5.0 made of them: `tests/vectors/options` and how it was recorded.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::parse::{Unbuilt, parse_with};
use super::{Carrier, Direction, Invocation, Options, Purpose, ServerRequest};

const RECORDED: &str = include_str!("../../../tests/vectors/options/server-arguments.txt");

/// The words of a recorded part.
fn words(text: &str) -> Vec<OsString> {
    text.split(' ').filter(|word| !word.is_empty()).map(decode).collect()
}

fn decode(word: &str) -> OsString {
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
    OsString::from_vec(bytes)
}

/// The path of an operand at the recorded host.
fn remote(operand: &OsStr) -> Option<&OsStr> {
    operand.as_bytes().strip_prefix(b"h:").map(OsStr::from_bytes)
}

type Made = (Options, Vec<OsString>, Option<Vec<u8>>);

fn our_arguments(arguments: Vec<OsString>) -> Result<Made, String> {
    let invocation = parse_with(arguments, Unbuilt::Accept)
        .map_err(|error| if error.is_prefixed() { format!("rsync: {error}") } else { error.to_string() })?;
    let Invocation::Client { options, operands } = invocation else { return Err("no client".to_owned()) };
    let pull = remote(&operands[0]).is_some();
    let remotes: Vec<&OsStr> = operands.iter().filter_map(|operand| remote(operand)).collect();
    let made = options.server_arguments(&ServerRequest {
        direction: if pull { Direction::Pull } else { Direction::Push },
        purpose: if operands.len() == 1 { Purpose::List } else { Purpose::Copy },
        carrier: Carrier::Shell,
        paths: &remotes,
    });
    Ok((*options, made.argv, made.secluded))
}

#[test]
fn servers_get_the_arguments_that_rsync_gives_them() {
    let (mut compared, mut refused) = (0, 0);
    let mut differences = Vec::new();
    for line in RECORDED.lines() {
        let (arguments, outcome) = line.split_once(" => ").unwrap();
        let ours = our_arguments(words(arguments));
        match (outcome.strip_prefix("! "), ours) {
            (Some(message), Err(ours)) => {
                refused += 1;
                if message != ours {
                    differences.push(format!("{line}\n    ours: {ours}"));
                }
            }
            (Some(_), Ok((_, argv, _))) => differences.push(format!("{line}\n    ours: {argv:?}")),
            (None, Err(ours)) => differences.push(format!("{line}\n    ours: {ours}")),
            (None, Ok((_, argv, secluded))) => {
                compared += 1;
                let (theirs, sent) =
                    outcome.split_once(" => ").map_or((outcome, None), |(argv, sent)| (argv, Some(sent)));
                if words(theirs) != argv {
                    differences.push(format!("{line}\n    ours: {argv:?}"));
                }
                let sent: Option<Vec<u8>> = sent
                    .map(|sent| words(sent).iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&0));
                if sent != secluded {
                    differences.push(format!(
                        "{line}\n    ours: {:?}",
                        secluded.map(|s| String::from_utf8_lossy(&s).into_owned())
                    ));
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
    assert!(compared > 900 && refused > 300, "{compared} compared, {refused} refused");
}

#[test]
fn what_a_server_reads_is_what_the_client_was_asked() {
    let mut compared = 0;
    for line in RECORDED.lines().filter(|line| {
        !line.contains('\\')
            && !line.contains("--use-qsort")
            && !line.contains("-M")
            && !line.contains("-B204800")
    }) {
        let (arguments, outcome) = line.split_once(" => ").unwrap();
        let Ok((client, _, None)) = our_arguments(words(arguments)) else { continue };
        let Ok(Invocation::Server(server)) = parse_with(words(outcome), Unbuilt::Accept) else {
            panic!("{line}")
        };
        let options = &server.options;
        assert_eq!(server.sender, outcome.contains("--sender"), "{line}");
        assert_eq!(server.capabilities.contains('i'), outcome.contains("e.i"), "{line}");
        assert_eq!(options.recurses(), client.recurses(), "{line}");
        assert_eq!(
            (options.links, options.perms, options.times),
            (client.links, client.perms, client.times),
            "{line}"
        );
        assert_eq!((options.devices, options.specials), (client.devices, client.specials), "{line}");
        assert_eq!((options.block_size, options.append), (client.block_size, client.append), "{line}");
        assert_eq!(options.is_relative(), client.is_relative(), "{line}");
        assert_eq!(options.verbose, client.verbose, "{line}");
        assert_eq!(
            (options.backup_suffix(), options.backs_up()),
            (client.backup_suffix(), client.backs_up()),
            "{line}"
        );
        if !server.sender {
            assert_eq!((options.deletes(), options.max_size), (client.deletes(), client.max_size), "{line}");
            assert_eq!(server.itemizes(), client.itemizes(), "{line}");
            assert_eq!(options.modify_window, client.modify_window, "{line}");
        }
        compared += 1;
    }
    assert!(compared > 1000, "{compared}");
}
