//! Trees that are large, deep or oddly named, between this command and a real rsync, both ways: what arrives is what was there,
//! and a second run transfers nothing. The small ones run always, those of full size with `--include-ignored`.
//! Skipped, aloud, where rsync is not installed.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "matrix/walk.rs"]
mod walk;

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OURS: &str = env!("CARGO_BIN_EXE_syncline");
const THEIRS: &str = "rsync";

/// Client, server, and whether files go from the one to the other; `None` copies between two paths.
type Way = (&'static str, Option<(&'static str, bool)>);

const WAYS: [Way; 7] = [
    (OURS, Some((THEIRS, true))),
    (OURS, Some((THEIRS, false))),
    (THEIRS, Some((OURS, true))),
    (THEIRS, Some((OURS, false))),
    (OURS, Some((OURS, true))),
    (OURS, Some((OURS, false))),
    (OURS, None),
];

/// Sends what `make` makes each way, twice.
fn mirror(options: &str, ways: &[Way], make: impl Fn(&Path)) {
    if Command::new(THEIRS).arg("--version").output().is_err() {
        println!("skipped: rsync is not installed");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    fs::create_dir(&from).unwrap();
    make(&from);
    let shell = place.path().join("shell");
    fs::write(&shell, "shift; exec \"$@\"\n").unwrap();
    let compared = walk::Compared { access_times: false, holes: false, nanoseconds: true, links: false };
    let source = walk::lines(&from, compared);
    for &(client, peer) in ways {
        let run = || {
            let mut command = Command::new(client);
            command.args(options.split(' ')).stdin(Stdio::null());
            let (mut source, mut destination) =
                (from.join("").into_os_string(), to.join("").into_os_string());
            if let Some((server, push)) = peer {
                command.arg(format!("--rsh=sh {}", shell.display())).arg(format!("--rsync-path={server}"));
                let remote = if push { &mut destination } else { &mut source };
                *remote = [OsString::from("host:"), remote.clone()].into_iter().collect();
            }
            let output = command.arg(source).arg(destination).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(
                output.status.success() && said.is_empty(),
                "{client} {peer:?}: {}: {said}",
                output.status
            );
            output.stdout
        };
        let first = run();
        assert!(!first.is_empty(), "{client} {peer:?}");
        let arrived = walk::lines(&to, compared);
        let missing: Vec<&String> =
            source.iter().zip(&arrived).filter(|(a, b)| a != b).map(|(a, _)| a).take(3).collect();
        assert!(missing.is_empty() && arrived.len() == source.len(), "{client} {peer:?}: {missing:#?}");
        let second = String::from_utf8_lossy(&run()).into_owned();
        assert_eq!(second, "", "{client} {peer:?}: the second time");
        fs::remove_dir_all(&to).unwrap();
    }
    println!("{} entries, {} ways", source.len(), ways.len());
}

fn write(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Directories of many files, and many directories of few: lists that come in parts.
fn many_files(root: &Path, files: usize) {
    let in_full_ones = files * 3 / 4;
    for number in 0..in_full_ones {
        let folder = root.join(format!("full/{}", number / 1500));
        if number.is_multiple_of(1500) {
            fs::create_dir_all(&folder).unwrap();
        }
        write(&folder.join(format!("file number {number}")), &b"abc"[..number % 4]);
    }
    for number in in_full_ones..files {
        let at = number - in_full_ones;
        let folder = root.join(format!("few/{}/{}", at / 100, at % 100 / 4));
        if at.is_multiple_of(4) {
            fs::create_dir_all(&folder).unwrap();
        }
        write(&folder.join(number.to_string()), b"x");
    }
}

#[test]
fn five_thousand_files_are_mirrored() {
    mirror("-ai", &WAYS, |root| many_files(root, 5000));
}

#[test]
fn two_thousand_files_are_mirrored_as_one_list() {
    mirror("-ai --no-inc-recursive", &WAYS, |root| many_files(root, 2000));
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_thousand_files_are_mirrored() {
    mirror("-ai", &WAYS, |root| many_files(root, 200_000));
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_thousand_files_are_mirrored_as_one_list() {
    mirror("-ai --no-inc-recursive", &WAYS[..4], |root| many_files(root, 200_000));
}

#[test]
fn odd_names_are_mirrored() {
    mirror("-ai", &WAYS, |root| {
        let mut names: Vec<Vec<u8>> = vec![
            b"not \xff\xfe UTF-8 \xc3".to_vec(),
            b"new\nline\r\n".to_vec(),
            b"\n".to_vec(),
            b" ".to_vec(),
            b"-rf".to_vec(),
            b"--server".to_vec(),
            b"~".to_vec(),
            b"host:name".to_vec(),
            b"back\\slash \\#012".to_vec(),
            b"*?[a-z]".to_vec(),
            b"...".to_vec(),
            b"..a".to_vec(),
            b"'quoted' \"twice\" $HOME `id` $(id); exit".to_vec(),
            "d\u{e9}j\u{e0} vu \u{1f600}".into(),
            [b"x".as_slice(); 255].concat(),
            [b"\xff".as_slice(); 255].concat(),
        ];
        names.extend((1..=255).filter(|&byte| byte != b'/' && byte != b'.').map(|byte| vec![byte, b'!']));
        for folder in ["plain", "\u{fc}ml\n"] {
            fs::create_dir(root.join(folder)).unwrap();
            for name in &names {
                write(&root.join(folder).join(OsString::from_vec(name.clone())), name);
            }
        }
        let folder = root.join(OsString::from_vec([b"\xfe".as_slice(); 255].concat()));
        fs::create_dir(&folder).unwrap();
        write(&folder.join("inside"), b"inside");
    });
}

/// A path of 4,000 bytes in names as long as may be, and this many levels of short ones.
fn long_and_deep(root: &Path, levels: usize) {
    let mut long = PathBuf::new();
    for level in 0..15 {
        long.push(format!("{level:-<255}"));
    }
    long.push("z".repeat(4000 - long.as_os_str().len() - 1));
    assert_eq!(long.as_os_str().len(), 4000);
    let deep: PathBuf = std::iter::repeat_n("d", levels).chain(["file"]).collect();
    for path in [long, deep] {
        fs::create_dir_all(root.join(path.parent().unwrap())).unwrap();
        write(&root.join(path), b"far away");
    }
}

#[test]
fn long_paths_and_deep_trees_are_mirrored() {
    mirror("-ai", &WAYS, |root| long_and_deep(root, 150));
}

#[test]
#[ignore = "rsync takes a minute for it"]
fn a_thousand_levels_are_mirrored() {
    mirror("-ai", &WAYS, |root| long_and_deep(root, 1000));
}

/// A file of this many bytes with data at its start, its middle and its end.
fn sparse_file(root: &Path, length: u64) {
    let file = File::create(root.join("sparse")).unwrap();
    file.set_len(length).unwrap();
    for at in [0, length / 2, length - 100_000] {
        file.write_all_at(&[7; 100_000], at).unwrap();
    }
    assert!(file.metadata().unwrap().blocks() * 512 < 2 << 20, "this file system has holes");
}

#[test]
fn a_sparse_file_is_mirrored() {
    mirror("-aiS", &WAYS, |root| sparse_file(root, 70 << 20));
}

#[test]
#[ignore = "takes minutes"]
fn a_sparse_file_of_five_gib_is_mirrored() {
    mirror("-aiS", &WAYS, |root| sparse_file(root, 5 << 30));
}

#[test]
fn holes_arrive_as_holes() {
    if Command::new(THEIRS).arg("--version").output().is_err() {
        println!("skipped: rsync is not installed");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    sparse_file(place.path(), 40 << 20);
    for client in [OURS, THEIRS] {
        let to = place.path().join("to");
        let status = Command::new(client).arg("-aS").arg(place.path().join("sparse")).arg(&to).status();
        assert!(status.unwrap().success());
        assert!(fs::metadata(&to).unwrap().blocks() * 512 < 2 << 20, "{client}");
        fs::remove_file(&to).unwrap();
    }
}
