//! Copies between two places on this machine: both ends in this process, and whole files pass around the connection.
#![cfg(feature = "transfer")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags, RenameFlags, ResolveFlags, openat2, renameat_with, symlinkat};
use syncline::options::Options;
use syncline::{CancelToken, Endpoint, Event, Report, Result, Transfer};

/// Type and mode, time, inode, link target or content.
type Tree = BTreeMap<PathBuf, (u32, (i64, i64), u64, Vec<u8>)>;

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
        let time = (status.mtime(), status.mtime_nsec());
        tree.insert(at.to_owned(), (status.mode(), time, status.ino(), content));
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

/// What a copy keeps.
fn kept(mut tree: Tree) -> Tree {
    tree.values_mut().for_each(|file| file.2 = 0);
    tree
}

fn options(words: &[&str]) -> Options {
    let mut options = Options::archive();
    words.iter().for_each(|word| options.set(word, None).unwrap());
    options
}

fn copy(from: &Path, to: &Path, options: Options) -> Result<Report> {
    Transfer::new([Endpoint::local(from.join(""))], Endpoint::local(to)).options(options).run(&mut ())
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn files_of_all_sizes_arrive_whole_and_more_of_them_than_can_wait() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i * 7 % 251) as u8).collect();
    for length in [0, 1, 32 << 10, (32 << 10) + 1, 1 << 20, bytes.len()] {
        write(&from.join(length.to_string()), &bytes[..length]);
    }
    for number in 0..300 {
        write(&from.join("many").join(number.to_string()), &bytes[number..number + 50]);
    }
    for words in [&[][..], &["inplace"], &["sparse"], &["compress"]] {
        if to.exists() {
            // What is there is longer, and may have any content.
            for path in tree(&to).into_keys().map(|path| to.join(path)).filter(|path| path.is_file()) {
                let file = File::options().append(true).open(path).unwrap();
                file.set_len(file.metadata().unwrap().len() + 5).unwrap();
            }
        }
        let report = copy(&from, &to, options(words)).unwrap();
        assert_eq!(kept(tree(&to)), kept(tree(&from)), "{words:?}");
        let (files, bytes) = (306, 32768 + 32769 + (1 << 20) + 3_000_000 + 1 + 300 * 50);
        assert_eq!((report.files_transferred, report.transferred_size), (files, bytes));
        assert_eq!((report.literal_bytes, report.matched_bytes), (bytes, 0));
        assert!(words == ["compress"] || report.bytes_sent > bytes);
        assert_eq!(copy(&from, &to, options(words)).unwrap().files_transferred, 0);
    }
}

/// Deletions that come before the transfers meet what directories have yet to replace.
#[test]
fn what_stands_where_a_directory_is_to_come_is_no_failure() {
    for words in [["delete-before", "force"], ["delete", "dry-run"], ["delete-after", "force"]] {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        for directory in ["file", "link"] {
            fs::create_dir_all(from.join(directory)).unwrap();
            write(&from.join(directory).join("inside"), b"content");
        }
        write(&to.join("file"), b"in the way");
        symlink("file", to.join("link")).unwrap();
        let report = copy(&from, &to, options(&words)).unwrap();
        assert_eq!((report.exit_status, report.failures.as_slice()), (0, [].as_slice()), "{words:?}");
        if words[1] != "dry-run" {
            assert_eq!(fs::read(to.join("link/inside")).unwrap(), b"content");
        }
    }
}

/// What goes while the source is being listed is a file that vanished, no error.
#[test]
fn what_vanishes_while_it_is_listed_is_said_to_have_vanished() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    (0..200).for_each(|number| write(&from.join(format!("{number:03}")), b""));
    let go_on = AtomicBool::new(true);
    let mut seen = [0, 0];
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while go_on.load(Ordering::Relaxed) {
                for number in 0..20 {
                    let name = from.join(format!("come and go {number}"));
                    fs::write(&name, "").unwrap();
                    fs::remove_file(&name).unwrap();
                }
            }
        });
        let started = Instant::now();
        while seen[1] == 0 && started.elapsed() < Duration::from_secs(10) {
            let report = copy(&from, &to, options(&["delete", "ignore-errors"])).unwrap();
            match report.exit_status {
                0 => seen[0] += 1,
                24 => seen[1] += 1,
                other => {
                    go_on.store(false, Ordering::Relaxed);
                    panic!("{other}: {:?}", report.failures);
                }
            }
        }
        go_on.store(false, Ordering::Relaxed);
    });
    assert!(seen[1] > 0, "nothing vanished in {} transfers", seen[0]);
}

#[test]
fn a_cancelled_copy_leaves_the_old_file_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    write(&from.join("file"), b"");
    File::options().write(true).open(from.join("file")).unwrap().set_len(8 << 30).unwrap();
    write(&to.join("file"), b"old");
    let cancel = CancelToken::new();
    let stop = cancel.clone();
    let mut observer = |event: &Event| {
        if matches!(event, Event::Changed(change) if &*change.entry.name == b"file") {
            stop.cancel();
        }
        ControlFlow::Continue(())
    };
    let transfer = Transfer::new([Endpoint::local(from.join(""))], Endpoint::local(&to));
    let error = transfer.options(options(&[])).cancel(cancel).run(&mut observer).unwrap_err();
    assert_eq!(error.kind(), syncline::ErrorKind::Cancelled);
    assert_eq!(fs::read(to.join("file")).unwrap(), b"old");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

const FOLDERS: [&str; 3] = ["a", "a/b", "c"];
const FILES: u32 = 20;

/// Exchanges `name` in a directory below `root` with the link beside it for as long as it is told to, and follows no link
/// itself. What a transfer has removed meanwhile is made again.
fn flip(root: &Path, directory: &str, name: &str, outside: &Path, go_on: &AtomicBool) -> u32 {
    let root = File::open(root).unwrap();
    let link = format!("{name}.link");
    let target = outside.join(directory).join(name);
    let mut flips = 0;
    while go_on.load(Ordering::Relaxed) {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        let Ok(held) = openat2(&root, directory, flags, Mode::empty(), resolve) else {
            std::thread::yield_now();
            continue;
        };
        if renameat_with(&held, name, &held, &link, RenameFlags::EXCHANGE).is_ok() {
            flips += 1;
        } else {
            let _ = symlinkat(&target, &held, &link);
            std::thread::yield_now();
        }
    }
    flips
}

/// Somebody who may write to both trees swaps directories and files for links to a tree outside, all the time. Nothing of
/// it may appear at the destination, and nothing in it may change.
#[test]
fn links_that_appear_while_a_transfer_runs_never_lead_outside() {
    const SECRET: &[u8] = b"nobody else's business";
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let [from, to, outside] = ["from", "to", "outside"].map(|name| place.path().join(name));
    for folder in FOLDERS {
        for number in 0..FILES {
            let name = format!("{folder}/{number}");
            write(&from.join(&name), &[b'x'; 1000]);
            write(&outside.join(&name), SECRET);
        }
        write(&outside.join(folder).join("extraneous"), SECRET);
        fs::create_dir_all(to.join(folder)).unwrap();
    }
    let places = [(".", "a"), ("a", "b"), (".", "c"), ("a", "0"), ("a/b", "1"), ("c", "2")];
    let before = tree(&outside);
    let go_on = AtomicBool::new(true);
    let mut rounds = 0;
    let flips: u32 = std::thread::scope(|scope| {
        let mut flippers = Vec::new();
        for root in [&from, &to] {
            for (directory, name) in places {
                let (outside, go_on) = (&outside, &go_on);
                flippers.push(scope.spawn(move || flip(root, directory, name, outside, go_on)));
            }
        }
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(2500) {
            for words in [
                &["ignore-times"][..],
                &["ignore-times", "inplace"],
                &["ignore-times", "no-whole-file"],
                &["checksum", "delete", "force"],
                &["ignore-times", "no-perms", "no-links"],
            ] {
                // Many files fail; which ones is up to chance.
                let _ = copy(&from, &to, options(words));
                rounds += 1;
            }
        }
        go_on.store(false, Ordering::Relaxed);
        flippers.into_iter().map(|flipper| flipper.join().unwrap()).sum()
    });
    assert!(rounds >= 5 && flips > 100, "{rounds} transfers, {flips} flips");
    let after = tree(&outside);
    for path in before.keys().chain(after.keys()) {
        assert!(after.get(path) == before.get(path), "{} outside has changed", path.display());
    }
    for (path, (_, _, _, content)) in tree(&to) {
        assert!(content != SECRET, "{} is from outside", path.display());
    }
}
