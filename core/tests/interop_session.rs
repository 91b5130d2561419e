//! Sessions with a real rsync at the other end, over a socket pair. Skipped, aloud, where rsync is not installed.
#![cfg(feature = "transfer")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use syncline::CancelToken;
use syncline::session::{Append, CompressionWish, Delete, Job, Role, Settings, run};
use syncline::transport::process;
use syncline::wire::Protocol;
use syncline::wire::negotiation::Compression;
use syncline::{Event, Report};

/// What is compared of a file: type and mode, size of a regular file, time, target or content.
type Tree = BTreeMap<PathBuf, (u32, i64, i64, Vec<u8>)>;

fn tree(root: &Path) -> Tree {
    fn walk(root: &Path, at: &Path, tree: &mut Tree) {
        let path = root.join(at);
        let status = fs::symlink_metadata(&path).unwrap();
        let content = if status.is_symlink() {
            fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if status.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        tree.insert(at.to_owned(), (status.mode(), status.mtime(), status.mtime_nsec(), content));
        if status.is_dir() {
            for entry in fs::read_dir(&path).unwrap() {
                walk(root, &at.join(entry.unwrap().file_name()), tree);
            }
        }
    }
    let mut found = Tree::new();
    walk(root, Path::new(""), &mut found);
    found
}

/// The paths that two trees do not have in common, each with what both say about it; contents are left out.
fn differences(a: &Tree, b: &Tree) -> Vec<String> {
    let paths: std::collections::BTreeSet<&PathBuf> = a.keys().chain(b.keys()).collect();
    let short =
        |tree: &Tree, path: &PathBuf| tree.get(path).map(|file| (file.0, file.1, file.2, file.3.len()));
    paths
        .into_iter()
        .filter(|path| a.get(*path) != b.get(*path))
        .map(|path| format!("{}: {:?} / {:?}", path.display(), short(a, path), short(b, path)))
        .collect()
}

fn sample(root: &Path) {
    let write = |name: &str, content: &[u8], mode: u32| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_700_000_000, 123_456_789);
        file.set_times(fs::FileTimes::new().set_modified(time)).unwrap();
    };
    write("hello.txt", b"hello world\n", 0o644);
    write("empty", b"", 0o600);
    write("run.sh", b"#!/bin/sh\n", 0o755);
    write("sub/a", b"abc", 0o640);
    write("sub/deep/b.bin", &vec![7; 300_000], 0o444);
    for number in 0..30 {
        write(&format!("many/{number}/file"), number.to_string().as_bytes(), 0o644);
    }
    symlink("hello.txt", root.join("link")).unwrap();
    symlink("nowhere/../x", root.join("sub/dangling")).unwrap();
    fs::create_dir(root.join("nothing-in-it")).unwrap();
    // Times that no transfer of now could leave by chance, links and directories included.
    let find = ["!", "-type", "f", "-exec", "touch", "-h", "-d", "@1600000000.250000000", "{}", "+"];
    assert!(Command::new("find").arg(root).args(find).status().unwrap().success());
}

fn rsync_is_missing() -> bool {
    let missing = Command::new("rsync").arg("--version").output().is_err();
    if missing {
        eprintln!("skipped: rsync is not installed");
    }
    missing
}

fn arguments(words: &[&str], paths: &[&Path]) -> Vec<OsString> {
    let words = words.iter().map(|word| OsString::from(*word));
    words.chain(paths.iter().map(|path| path.as_os_str().to_owned())).collect()
}

fn transfer(words: &[&str], there: &Path, role: Role, settings: Settings) -> (Report, Vec<Event>) {
    let connection = process::start(&arguments(words, &[there])).unwrap();
    let job = Job { role, settings, capabilities: None, root: None, daemon: None };
    let mut events = Vec::new();
    let mut observer = |event: &Event| {
        events.push(event.clone());
        ControlFlow::Continue(())
    };
    let report = run(connection, &job, &CancelToken::new(), &mut observer).unwrap();
    (report, events)
}

fn slash(path: &Path) -> PathBuf {
    path.join("")
}

/// Server arguments for the sending and the receiving role, with and without incremental recursion.
const PULL: [&[&str]; 2] = [
    &["rsync", "--server", "--sender", "-logDtpre.iLsfxCIvu", "."],
    &["rsync", "--server", "--sender", "-logDtpre.LsfxCIvu", "."],
];
const PUSH: [&[&str]; 2] =
    [&["rsync", "--server", "-logDtpre.iLsfxCIvu", "."], &["rsync", "--server", "-logDtpre.LsfxCIvu", "."]];

#[test]
fn a_tree_is_pulled_from_rsync_and_a_second_pull_transfers_nothing() {
    if rsync_is_missing() {
        return;
    }
    for protocol in [30, 31, 32] {
        for (incremental, words) in [true, false].into_iter().zip(PULL) {
            let place = tempfile::tempdir().unwrap();
            let (from, to) = (place.path().join("from"), place.path().join("to"));
            fs::create_dir(&from).unwrap();
            sample(&from);
            let settings = Settings {
                incremental_recursion: incremental,
                protocol: Protocol::new(protocol).unwrap(),
                ..Settings::archive()
            };
            let pull = || transfer(words, &slash(&from), Role::Receive(to.clone()), settings.clone()).0;
            let report = pull();
            assert_eq!(report.exit_status, 0);
            assert_eq!(report.files_transferred, 35);
            let (mut expected, mut received) = (tree(&from), tree(&to));
            if protocol == 30 {
                // No nanoseconds.
                for tree in [&mut expected, &mut received] {
                    tree.values_mut().for_each(|file| file.2 = 0);
                }
            }
            let different = differences(&received, &expected);
            assert!(different.is_empty(), "protocol {protocol}, incremental {incremental}: {different:#?}");
            assert_eq!(pull().files_transferred, 0);
        }
    }
}

#[test]
fn runs_of_zeros_are_received_as_holes_in_new_files_and_in_old_ones() {
    const LENGTH: usize = 8 << 20;
    if rsync_is_missing() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    let mut content = vec![0; LENGTH];
    content[..5].copy_from_slice(b"start");
    content[LENGTH / 2] = 1;
    fs::write(from.join("new"), &content).unwrap();
    fs::write(from.join("old"), &content).unwrap();
    fs::write(to.join("old"), vec![0xee; LENGTH + 5000]).unwrap();
    for (name, in_place) in [("new", false), ("new", true), ("old", true)] {
        let settings = Settings { sparse: true, in_place, whole_file: true, ..Settings::archive() };
        let report = transfer(PULL[0], &from.join(name), Role::Receive(slash(&to)), settings).0;
        assert_eq!((report.exit_status, report.files_transferred), (0, 1), "{name}");
        assert!(fs::read(to.join(name)).unwrap() == content);
        let blocks = fs::metadata(to.join(name)).unwrap().blocks();
        assert!(blocks * 512 < LENGTH as u64 / 4, "{name} in place {in_place}: {blocks} blocks");
        fs::remove_file(to.join(name)).unwrap();
    }
}

#[test]
fn a_tree_is_pushed_to_rsync_and_a_second_push_transfers_nothing() {
    if rsync_is_missing() {
        return;
    }
    for protocol in [30, 31, 32] {
        for (incremental, words) in [true, false].into_iter().zip(PUSH) {
            let place = tempfile::tempdir().unwrap();
            let (from, to) = (place.path().join("from"), place.path().join("to"));
            fs::create_dir(&from).unwrap();
            sample(&from);
            let settings = Settings {
                incremental_recursion: incremental,
                protocol: Protocol::new(protocol).unwrap(),
                ..Settings::archive()
            };
            let push = || transfer(words, &to, Role::Send(vec![slash(&from)]), settings.clone()).0;
            let report = push();
            assert_eq!(report.exit_status, 0);
            assert_eq!(report.files_transferred, 35);
            let (mut expected, mut received) = (tree(&from), tree(&to));
            if protocol == 30 {
                for tree in [&mut expected, &mut received] {
                    tree.values_mut().for_each(|file| file.2 = 0);
                }
            }
            let different = differences(&received, &expected);
            assert!(different.is_empty(), "protocol {protocol}, incremental {incremental}: {different:#?}");
            assert_eq!(push().files_transferred, 0);
        }
    }
}

#[test]
fn an_edited_file_is_pulled_as_a_difference() {
    if rsync_is_missing() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    let old: Vec<u8> = (0..400_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut new = old.clone();
    new.splice(100_000..100_010, *b"an insertion");
    fs::write(from.join("file"), &new).unwrap();
    fs::write(to.join("file"), &old).unwrap();
    let (report, _) = transfer(PULL[0], &slash(&from), Role::Receive(to.clone()), Settings::archive());
    assert_eq!(fs::read(to.join("file")).unwrap(), new);
    assert!(report.literal_bytes < 5_000, "{}", report.literal_bytes);
    assert!(report.matched_bytes > 390_000);
}

#[test]
fn extraneous_files_are_deleted_at_every_time() {
    if rsync_is_missing() {
        return;
    }
    for delete in [Delete::Before, Delete::During, Delete::Delay, Delete::After] {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        for root in [&from, &to] {
            fs::create_dir(root).unwrap();
            sample(root);
        }
        fs::create_dir_all(to.join("extra/deep")).unwrap();
        fs::write(to.join("extra/deep/file"), b"x").unwrap();
        fs::write(to.join("sub/extra"), b"x").unwrap();
        let incremental = matches!(delete, Delete::During | Delete::Delay);
        let words = PULL[usize::from(!incremental)];
        let settings = Settings { delete, incremental_recursion: incremental, ..Settings::archive() };
        let (report, events) = transfer(words, &slash(&from), Role::Receive(to.clone()), settings);
        let different = differences(&tree(&to), &tree(&from));
        assert!(different.is_empty(), "{delete:?}: {different:#?}");
        assert_eq!((report.deleted.files, report.deleted.directories), (2, 2));
        let deleted = events.iter().filter(|event| matches!(event, Event::Deleted { .. })).count();
        assert_eq!(deleted, 4);
    }
}

/// A file of 400,000 bytes without repetition, and the same with an insertion.
fn edited() -> (Vec<u8>, Vec<u8>) {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
        (state >> 16) as u8
    };
    let old: Vec<u8> = (0..400_000).map(|_| next()).collect();
    let mut new = old.clone();
    new.splice(100_000..100_010, *b"an insertion");
    (old, new)
}

#[test]
fn an_edited_file_is_pushed_as_a_difference_in_every_coding_and_in_place() {
    if rsync_is_missing() {
        return;
    }
    let (old, new) = edited();
    let cases: [(&[&str], Settings); 7] = [
        (&["rsync", "--server", "-te.LsfxCIvu", "."], Settings::default()),
        (
            &["rsync", "--server", "-tze.LsfxCIvu", "."],
            Settings { compression: CompressionWish::Negotiate, ..Settings::default() },
        ),
        (
            &["rsync", "--server", "-te.LsfxCIvu", "--compress-choice=lz4", "."],
            Settings { compression: CompressionWish::Choice(Compression::Lz4), ..Settings::default() },
        ),
        (
            &["rsync", "--server", "-te.LsfxCIvu", "--new-compress", "."],
            Settings { compression: CompressionWish::Choice(Compression::Zlibx), ..Settings::default() },
        ),
        (
            &["rsync", "--server", "-te.LsfxCIvu", "--old-compress", "."],
            Settings { compression: CompressionWish::Choice(Compression::Zlib), ..Settings::default() },
        ),
        (
            &["rsync", "--server", "-te.LsfxCIvu", "--inplace", "."],
            Settings { in_place: true, ..Settings::default() },
        ),
        (
            &["rsync", "--server", "-te.LsfxCIvu", "--checksum-choice=md5", "."],
            Settings {
                checksums: Some((
                    syncline::wire::negotiation::Checksum::Md5,
                    syncline::wire::negotiation::Checksum::Md5,
                )),
                ..Settings::default()
            },
        ),
    ];
    for (words, settings) in cases {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("file"), place.path().join("to"));
        fs::write(&from, &new).unwrap();
        fs::write(&to, &old).unwrap();
        let settings = Settings { times: true, ..settings };
        let (report, _) = transfer(words, &to, Role::Send(vec![from]), settings.clone());
        assert!(fs::read(&to).unwrap() == new, "{words:?}");
        assert_eq!(report.exit_status, 0, "{words:?}");
        if !settings.in_place {
            assert!(report.literal_bytes < 5_000, "{words:?}: {}", report.literal_bytes);
        }
    }
}

#[test]
fn a_longer_file_is_appended_to() {
    if rsync_is_missing() {
        return;
    }
    for (append, word, repeats) in [(Append::Plain, "--append", 1), (Append::Verify, "--append", 2)] {
        let (_, new) = edited();
        let place = tempfile::tempdir().unwrap();
        let (here, there) = (place.path().join("here"), place.path().join("there"));
        let settings = Settings { times: true, in_place: true, append, ..Settings::default() };
        let mut words = vec!["rsync", "--server", "-te.LsfxCIvu"];
        words.extend(std::iter::repeat_n(word, repeats));
        words.push(".");
        fs::write(&here, &new).unwrap();
        fs::write(&there, &new[..150_000]).unwrap();
        let (report, _) = transfer(&words, &there, Role::Send(vec![here.clone()]), settings.clone());
        assert!(fs::read(&there).unwrap() == new);
        assert_eq!(report.literal_bytes, new.len() as u64 - 150_000);

        // The other way, from a start that is wrong: verified, the second try repairs it.
        let mut wrong = new[..150_000].to_vec();
        wrong[7] ^= 1;
        fs::write(&here, &wrong).unwrap();
        words.insert(2, "--sender");
        let (_, _) = transfer(&words, &there, Role::Receive(here.clone()), settings);
        assert_eq!(fs::read(&here).unwrap() == new, append == Append::Verify);
    }
}

#[test]
fn hard_links_go_both_ways() {
    if rsync_is_missing() {
        return;
    }
    for incremental_recursion in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let [from, there, back] = ["from", "there", "back"].map(|name| place.path().join(name));
        fs::create_dir(&from).unwrap();
        sample(&from);
        for name in ["sub/other", "zz", "many/7/again"] {
            fs::hard_link(from.join("hello.txt"), from.join(name)).unwrap();
        }
        let settings = Settings { hard_links: true, incremental_recursion, ..Settings::archive() };
        let letters = if incremental_recursion { "-logHDtpre.iLsfxCIvu" } else { "-logHDtpre.LsfxCIvu" };
        let (report, _) = transfer(
            &["rsync", "--server", letters, "."],
            &there,
            Role::Send(vec![slash(&from)]),
            settings.clone(),
        );
        assert_eq!((report.exit_status, report.files_transferred), (0, 35));
        let (report, _) = transfer(
            &["rsync", "--server", "--sender", letters, "."],
            &slash(&there),
            Role::Receive(back.clone()),
            settings,
        );
        assert_eq!((report.exit_status, report.files_transferred), (0, 35));
        for root in [&there, &back] {
            for name in ["hello.txt", "sub/other", "zz", "many/7/again"] {
                assert_eq!(fs::metadata(root.join(name)).unwrap().nlink(), 4, "{name}");
            }
        }
    }
}

/// A host where the user and the group `daemon` have other numbers, made of a bind mount in a namespace of its own.
#[test]
fn owners_and_groups_follow_their_names_to_a_host_with_other_numbers() {
    const OURS: u32 = 1;
    const THEIRS: (u32, u32) = (4321, 4322);
    if rsync_is_missing() {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (users, groups) = (place.path().join("passwd"), place.path().join("group"));
    fs::write(&users, format!("root:x:0:0::/:/bin/sh\ndaemon:x:{}:{}::/:/bin/sh\n", THEIRS.0, THEIRS.1))
        .unwrap();
    fs::write(&groups, format!("root:x:0:\ndaemon:x:{}:\n", THEIRS.1)).unwrap();
    let script = format!(
        "mount --bind {} /etc/passwd && mount --bind {} /etc/group && exec \"$@\"",
        users.display(),
        groups.display()
    );
    let elsewhere = ["unshare", "-m", "sh", "-c", &script, "sh"];
    let [unshare, arguments @ ..] = elsewhere;
    if !Command::new(unshare).args(arguments).arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: this needs the right to mount");
        return;
    }
    let owner = |path: &Path| fs::metadata(path).map(|file| (file.uid(), file.gid())).unwrap();
    for (incremental, (push, pull)) in [true, false].into_iter().zip(PUSH.into_iter().zip(PULL)) {
        let place = tempfile::tempdir().unwrap();
        let [from, there, back] = ["from", "there", "back"].map(|name| place.path().join(name));
        fs::create_dir(&from).unwrap();
        for (name, uid, gid) in [("a", OURS, OURS), ("b", OURS, 0), ("c", 0, OURS), ("d", 77_777, 77_778)] {
            fs::write(from.join(name), name).unwrap();
            std::os::unix::fs::chown(from.join(name), Some(uid), Some(gid)).unwrap();
        }
        let settings = Settings { incremental_recursion: incremental, ..Settings::archive() };
        let words = |server: &[&'static str]| [&elsewhere[..], server].concat();
        let role = Role::Send(vec![slash(&from)]);
        assert_eq!(transfer(&words(push), &there, role, settings.clone()).0.exit_status, 0);
        assert_eq!(owner(&there.join("a")), THEIRS);
        assert_eq!(owner(&there.join("b")), (THEIRS.0, 0));
        assert_eq!(owner(&there.join("c")), (0, THEIRS.1));
        assert_eq!(owner(&there.join("d")), (77_777, 77_778));
        let role = Role::Receive(back.clone());
        assert_eq!(transfer(&words(pull), &slash(&there), role, settings).0.exit_status, 0);
        for name in ["a", "b", "c", "d"] {
            assert_eq!(owner(&back.join(name)), owner(&from.join(name)), "{name}, incremental {incremental}");
        }
    }
}
