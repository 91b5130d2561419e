//! What the command prints as rsync, against what rsync prints for the same job.
//!
//! Needs rsync 3.5.0; `make deps` installs it. Numbers that count bytes of the wire are left out: a local copy of ours
//! has no wire (design rule 11).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use syncline_cli::Console;
use syncline_cli::rsync::Surroundings;

/// The options of each job; the destination holds some of the tree, older, and more.
const JOBS: &[&str] = &[
    "-r",
    "-rv",
    "-av",
    "-av --no-i-r",
    "-avh --stats",
    "-avn",
    "-ai",
    "-aii",
    "-aivh",
    "-rti --size-only",
    "-rtci",
    "-rlpi --chmod=Du-w,Fo=",
    "-aiv --delete",
    "-ai --delete-after --existing",
    "-av --delete-excluded --ignore-existing",
    "-dv",
    "-aqi",
    "-a --out-format=[%o]%20l|%-12n|%B|%M%%%L",
    "-av --info=stats0,flist0,del0 --delete",
    "-a --no-h --stats --info=none",
    "-r --delete --out-format=x%n",
    "-r --delete --out-format=%o:%n",
    "-a",
    "-rlt",
    "-rl",
    "-rlp",
    "-rltD",
    "-avc",
    "-avI",
    "-aiI",
    "-aic",
    "-avvn",
    "-avv",
    "-aivv",
    "-rvv --no-i-r",
    "-avv --no-whole-file",
    "-avu",
    "-aiu",
    "-aiO",
    "-aiJ",
    "-aiE",
    "-rv --existing",
    "-rv --ignore-existing",
    "-av --size-only",
    "-av --max-size=1k",
    "-av --min-size=1k",
    "-aiS",
    "-aiH",
    "-ai --inplace",
    "-ai --partial",
    "-ai --no-times",
    "-ai --no-perms",
    "-ai --chmod=F600",
    "-ai --exclude=*small*",
    "-ai --exclude=deep/ --delete",
    "-ai --include=*/ --exclude=*",
    "-av --delete",
    "-avn --delete",
    "-av --delete-before",
    "-av --delete-delay",
    "-av --delete-after",
    "-av --no-v",
    "-avq",
    "-a --progress",
    "-aP",
    "-ai --progress",
    "-a --info=progress",
    "-a --info=name",
    "-a --info=name2",
    "-av --info=name0",
    "-av --info=del0 --delete",
    "-a --info=del --delete",
    "-a --info=stats",
    "-a --info=stats2",
    "-a --stats",
    "-avhh --stats",
    "-a --stats --delete",
    "-an --stats",
    "-a --out-format=%n",
    "-a --out-format=%i|%n|%L",
    "-a --out-format=%%%z%a%h%u%P",
    "-a --out-format=%'l|%''l|%8l|%-8l|",
    "-a --out-format=%U:%G:%B",
    "-a --out-format=%M",
    "-a --out-format=%m%o",
    "-ai --out-format=%n",
    "-av8",
    "-ai --outbuf=L",
    "-a --list-only",
    "-r --list-only",
    "-d --list-only",
    "-rlh --list-only",
    "-r --no-h --list-only",
];

/// How a job is run; but for the first, the other end is rsync either way.
const WAYS: [Way; 3] = [Way::Local, Way::Push, Way::Pull];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Local,
    Push,
    Pull,
}

/// Command lines that go wrong, and what rsync's complaint has in common with ours: its whole text, or the exit status
/// alone where the texts differ (COMPATIBILITY.md).
const MISTAKES: &[(&str, Alike)] = &[
    ("--foo from/ to", Alike::Text),
    ("-aQ from/ to", Alike::Text),
    ("--bogus=1 from/ to", Alike::Text),
    ("-a from/ to --info=foo", Alike::Text),
    ("-a from/ to --outbuf=x", Alike::Text),
    ("-a -e", Alike::Text),
    ("--delete from/ to", Alike::Text),
    ("-a from/ to --max-size=x", Alike::Text),
    ("-a from/ to --min-size=1x", Alike::Text),
    ("-a from/ to --timeout=z", Alike::Text),
    ("-a from/ to --bwlimit=z", Alike::Text),
    ("-a from/ to --chmod=zz", Alike::Text),
    ("-a from/ to --block-size=x", Alike::Text),
    ("-a from/ to --modify-window=x", Alike::Text),
    ("-a from/ to --max-delete=x", Alike::Text),
    ("-a from/ to --stderr=x", Alike::Text),
    ("-a from/ to --port=x", Alike::Text),
    ("-a from/ to --filter=bogus", Alike::Text),
    ("-a from/ to --files-from=nosuch", Alike::Text),
    ("-a from/ to --checksum-choice=foo", Alike::Text),
    ("-az from/ to --compress-choice=foo", Alike::Text),
    ("-a nosuch to", Alike::Text),
    ("-a nosuch from/big to/", Alike::Text),
    ("from/ to", Alike::Text),
    ("-v from/sub to", Alike::Text),
    ("-a from/ to --log-file=/nosuch/log", Alike::Text),
    ("-a from/ nosuch/x/y", Alike::Status),
    ("-a from/big nosuch/x/y", Alike::Status),
    ("from/big /dev/null/x", Alike::Status),
    ("from/big from/sub/small from/link/x", Alike::Status),
    ("-a h:x h:y", Alike::Status),
    ("-a from/ to --exclude-from=nosuch", Alike::Status),
    ("-a from/big from/sub from/sub/small/", Alike::Status),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Alike {
    Text,
    Status,
}

fn tree(folder: &Path) {
    fs::create_dir_all(folder.join("from/sub/deep")).unwrap();
    fs::write(folder.join("from/big"), vec![9; 200_000]).unwrap();
    fs::write(folder.join("from/odd\nname"), "x").unwrap();
    fs::write(folder.join("from/back\\#012"), "y").unwrap();
    fs::write(folder.join("from/sub/small"), "small\n").unwrap();
    fs::write(folder.join("from/sub/deep/run"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(folder.join("from/sub/deep/run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("big", folder.join("from/link")).unwrap();
    for to in ["one", "two"] {
        fs::create_dir_all(folder.join(to).join("sub/gone/in")).unwrap();
        fs::write(folder.join(to).join("extra"), "extra").unwrap();
        fs::write(folder.join(to).join("sub/small"), "older\n").unwrap();
        symlink("elsewhere", folder.join(to).join("link")).unwrap();
    }
    // The same times in both, so that nothing depends on which ran first.
    let touched = Command::new("find")
        .arg(folder)
        .args(["-exec", "touch", "-h", "-d", "@1700000000", "{}", "+"])
        .status();
    assert!(touched.unwrap().success());
}

/// The lines that do not depend on the bytes of a wire or the time it took; of lines that are written over, the last.
fn comparable(text: &[u8]) -> Vec<String> {
    let wire = [
        "sent ",
        "total size is ",
        "File list generation ",
        "File list transfer ",
        "Total bytes ",
        "total: ",
        "opening ",
    ];
    let text = String::from_utf8_lossy(text).into_owned();
    text.lines()
        .filter(|line| !wire.iter().any(|start| line.starts_with(start)))
        .map(|line| match line.rsplit_once('\r') {
            Some((_, last)) if last.contains("B/s") => {
                let timeless = |word: &&str| !word.ends_with("B/s") && !word.contains(':');
                last.split_whitespace().filter(timeless).collect::<Vec<_>>().join(" ")
            }
            // What is received is counted with the frames around it there, which fall as they fall.
            _ if line.starts_with("File list size: ") && !line.ends_with(": 0") => {
                "File list size: N".to_owned()
            }
            _ => line.to_owned(),
        })
        .collect()
}

/// The complaints without positions in sources and versions.
fn complaints(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let general = |line: &str| match (line.split_once(" at "), line.rsplit_once('[')) {
        (Some((start, _)), Some((_, role))) if line.starts_with("rsync error: ") => {
            format!("{start} [{}", role.split('=').next().unwrap_or_default())
        }
        _ => line.to_owned(),
    };
    text.lines().map(general).collect()
}

struct Told {
    status: Option<i32>,
    output: Vec<u8>,
    errors: Vec<u8>,
}

fn theirs(folder: &Path, words: &[OsString]) -> Told {
    let told = Command::new("rsync").args(words).current_dir(folder).env("LC_ALL", "C").output();
    let told = told.expect("rsync is installed: see 'make deps'");
    Told { status: told.status.code(), output: told.stdout, errors: told.stderr }
}

fn ours(words: Vec<OsString>) -> Told {
    let (mut input, mut output, mut errors) = (std::io::empty(), Vec::new(), Vec::new());
    let mut console = Console::new(&mut input, &mut output, &mut errors);
    let surroundings = Surroundings { umask: 0o022, ..Surroundings::default() };
    let status = syncline_cli::start("rsync", words, &surroundings, &mut console);
    Told { status: Some(status.into()), output, errors }
}

/// A remote shell to this machine.
fn shell(folder: &Path) -> OsString {
    let path = folder.join("shell");
    fs::write(&path, "#!/bin/sh\nshift\nexec sh -c \"$*\"\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.into()
}

fn words(folder: &Path, job: &str, way: Way, to: &str) -> Vec<OsString> {
    let mut words: Vec<OsString> = job.split(' ').map(OsString::from).collect();
    let place = |name: &str, is_remote: bool| {
        let mut path = OsString::from(if is_remote { "h:" } else { "" });
        path.push(folder.join(name));
        path
    };
    if way != Way::Local {
        words.extend(["-e".into(), shell(folder)]);
    }
    words.push(place("from/", way == Way::Pull));
    words.push(place(to, way == Way::Push));
    words
}

#[test]
fn every_line_is_the_one_rsync_prints() {
    let mut lines = 0;
    let mut differences = Vec::new();
    for (job, way) in JOBS.iter().flat_map(|job| WAYS.map(|way| (*job, way))) {
        let folder = tempfile::tempdir().unwrap();
        tree(folder.path());
        let theirs = theirs(folder.path(), &words(folder.path(), job, way, "one"));
        let ours = ours(words(folder.path(), job, way, "two"));
        if ours.status != theirs.status {
            let errors = String::from_utf8_lossy(&ours.errors);
            differences.push(format!("{job} {way:?}: {:?} {:?}: {errors}", theirs.status, ours.status));
            continue;
        }
        let (mut theirs, mut ours) = (comparable(&theirs.output), comparable(&ours.output));
        if way != Way::Local || job.contains("--delete") || job.contains("vv") || job.contains("name2") {
            // When the other end's lines come, and when a deletion is told, depends on how far the other threads are.
            theirs.sort();
            ours.sort();
        }
        lines += theirs.len();
        if theirs != ours {
            let only = |of: &[String], beside: &[String]| -> Vec<String> {
                of.iter().filter(|line| !beside.contains(line)).cloned().collect()
            };
            differences.push(format!(
                "{job} {way:?}\n rsync: {:?}\n ours:  {:?}",
                only(&theirs, &ours),
                only(&ours, &theirs)
            ));
        }
    }
    let jobs = JOBS.len() * WAYS.len();
    let different = differences.len();
    assert!(differences.is_empty(), "{different} of {jobs} jobs differ:\n{}", differences.join("\n"));
    println!("{jobs} jobs, {lines} lines");
    assert!(lines > 1000, "{lines} lines");
}

#[test]
fn mistakes_are_told_in_rsyncs_words() {
    let mut differences = Vec::new();
    for (job, alike) in MISTAKES {
        let folder = tempfile::tempdir().unwrap();
        tree(folder.path());
        fs::create_dir(folder.path().join("to")).unwrap();
        let word = |word: &str| match word {
            name if ["from", "to", "nosuch"].iter().any(|start| name.starts_with(start)) => {
                folder.path().join(name).into()
            }
            other => OsString::from(other),
        };
        let words: Vec<OsString> = job.split(' ').map(word).collect();
        let (theirs, ours) = (theirs(folder.path(), &words), ours(words));
        let (said, told) = (complaints(&theirs.errors), complaints(&ours.errors));
        if theirs.status != ours.status || (*alike == Alike::Text && said != told) {
            let statuses = (theirs.status, ours.status);
            differences.push(format!("{job}: {statuses:?}\n rsync: {said:#?}\n ours:  {told:#?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    println!("{} mistakes", MISTAKES.len());
}
