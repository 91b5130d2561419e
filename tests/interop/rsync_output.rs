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
const JOBS: [&str; 22] = [
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
];

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

/// The lines that do not depend on the bytes of a wire or the time it took.
fn comparable(text: &[u8]) -> Vec<String> {
    let wire = ["sent ", "total size is ", "File list ", "Total bytes "];
    let text = String::from_utf8_lossy(text).into_owned();
    text.lines().filter(|line| !wire.iter().any(|start| line.starts_with(start))).map(str::to_owned).collect()
}

#[test]
fn every_line_is_the_one_rsync_prints() {
    let mut lines = 0;
    let mut differences = Vec::new();
    for job in JOBS {
        let folder = tempfile::tempdir().unwrap();
        tree(folder.path());
        let words = |to: &str| -> Vec<OsString> {
            let mut words: Vec<OsString> = job.split(' ').map(OsString::from).collect();
            words.push(folder.path().join("from/").into());
            words.push(folder.path().join(to).into());
            words
        };
        let theirs = Command::new("rsync").args(words("one")).env("LC_ALL", "C").output();
        let theirs = theirs.expect("rsync is installed: see 'make deps'");
        let (mut input, mut output, mut errors) = (std::io::empty(), Vec::new(), Vec::new());
        let status = {
            let mut console = Console::new(&mut input, &mut output, &mut errors);
            let surroundings = Surroundings { umask: 0o022, ..Surroundings::default() };
            syncline_cli::start("rsync", words("two"), &surroundings, &mut console)
        };
        assert_eq!(
            Some(i32::from(status)),
            theirs.status.code(),
            "{job}: {}",
            String::from_utf8_lossy(&errors)
        );
        let (mut theirs, mut ours) = (comparable(&theirs.stdout), comparable(&output));
        if job.contains("--delete") {
            // When a deletion is told depends on how far the other threads have come.
            theirs.sort();
            ours.sort();
        }
        lines += theirs.len();
        if theirs != ours {
            differences.push(format!("{job}\n rsync: {theirs:#?}\n ours:  {ours:#?}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} jobs differ:\n{}",
        differences.len(),
        JOBS.len(),
        differences.join("\n")
    );
    println!("{} jobs, {lines} lines", JOBS.len());
    assert!(lines > 140, "{lines} lines");
}
