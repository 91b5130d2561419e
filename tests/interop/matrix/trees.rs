//! The trees a cell starts from: one of everything in `from`, and in `to` some of it in other states, and more.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, Timespec, Timestamps, makedev, mknodat, utimensat};

const YEAR_2020: i64 = 1_600_000_000;

/// Makes `from` and `to` in `here`.
pub(crate) fn make(here: &Path) {
    write(here, "out/file", b"outside");
    write(here, "out-file", b"outside");
    stamp(&here.join("out"));
    stamp(&here.join("out-file"));
    write(here, "names", b"same\r\n./sub/deep/file\n/new\n\nsub/./older\nto-sub/older\nempty/\nsub/deep");
    write(here, "names0", b"sub/older\0sub/deep/\0\0./link\0");
    source(&here.join("from"));
    source(&here.join("other"));
    write(here, "other/new", b"other");
    fs::set_permissions(here.join("other/sub/deep/file"), Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(here.join("other/link")).unwrap();
    symlink("elsewhere", here.join("other/link")).unwrap();
    destination(&here.join("to"));
}

fn source(root: &Path) {
    write(root, "same", b"the same");
    write(root, "changed", &sample(50_000));
    write(root, "resized", &sample(3000));
    write(root, "new", b"new");
    write(root, "mode", b"mode");
    write(root, "window", b"half a second");
    write(root, "sub/deep/file", b"deep");
    write(root, "sub/deep/empty", b"");
    write(root, "sub/older", b"old");
    write(root, "type", b"a file");
    write(root, "odd \\#012 na\nme \u{e9}", b"odd");
    symlink("new", root.join("link")).unwrap();
    symlink("same", root.join("other-link")).unwrap();
    symlink("../../out", root.join("sub/out")).unwrap();
    symlink("../../out-file", root.join("sub/out-file")).unwrap();
    symlink("sub", root.join("to-sub")).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    fs::hard_link(root.join("new"), root.join("sub/hard")).unwrap();
    fs::hard_link(root.join("new"), root.join("hard")).unwrap();
    fs::hard_link(root.join("sub/older"), root.join("sub/deep/older")).unwrap();
    sparse(root, "sparse");
    sparse(root, "sub/sparse-new");
    write(root, "sub/.rsync-filter", b"- *.tmp\n- /deep/only\n:- .local\n");
    write(root, "sub/deep/.rsync-filter", b"!\n- *.keep\n");
    write(root, "sub/.local", b"locally\n");
    write(root, "sub/.cvsignore", b"*.tmp deep\n");
    for name in ["sub/a.tmp", "sub/a.o", "sub/deep/a.tmp", "sub/deep/only", "sub/deep/a.keep", "sub/locally"]
    {
        write(root, name, name.as_bytes());
    }
    for (name, mode) in [("mode", 0o4751), ("sub/deep/file", 0o755), ("sub/older", 0o600), ("empty", 0o1777)]
    {
        fs::set_permissions(root.join(name), Permissions::from_mode(mode)).unwrap();
    }
    special(root);
    stamp(root);
    let half = Timespec { tv_sec: YEAR_2020, tv_nsec: 500_000_000 };
    time(&root.join("window"), half);
}

fn destination(root: &Path) {
    write(root, "same", b"the same");
    let mut changed = sample(50_000);
    changed[20_000] ^= 1;
    write(root, "changed", &changed);
    write(root, "resized", &sample(2500));
    write(root, "mode", b"mode");
    write(root, "window", b"half a second");
    write(root, "sub/older", b"new");
    write(root, "extra/one", b"1");
    write(root, "extra/two", b"2");
    write(root, "sparse", &sample(400_000));
    write(root, "extra/.rsync-filter", b"- t*\n");
    write(root, "extra/.cvsignore", b"one");
    write(root, "sub/old.tmp", b"old");
    write(root, "sub/.rsync-filter", b"R *.tmp\n- *.o\n");
    write(root, "sub/deep/.rsync-filter", b"P *.keep\n");
    write(root, "sub/deep/old.keep", b"old");
    write(root, "sub/old.o", b"old");
    fs::create_dir(root.join("type")).unwrap();
    symlink("elsewhere", root.join("other-link")).unwrap();
    stamp(root);
    for (name, seconds) in [("changed", 1_500_000_000), ("sub/older", 1_650_000_000), ("sub", 1_500_000_000)]
    {
        time(&root.join(name), Timespec { tv_sec: seconds, tv_nsec: 0 });
    }
}

fn write(root: &Path, name: &str, content: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

pub(crate) fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i * 7919 / 31 % 251) as u8).collect()
}

/// Half a MiB with data at the start and in the middle.
fn sparse(root: &Path, name: &str) {
    let file = fs::File::create(root.join(name)).unwrap();
    file.set_len(512 << 10).unwrap();
    file.write_all_at(&sample(5000), 0).unwrap();
    file.write_all_at(b"in the middle", 300_000).unwrap();
}

/// What only root may make, and owners only root may give; pipes and sockets, too.
fn special(root: &Path) {
    mknodat(CWD, root.join("pipe"), FileType::Fifo, Mode::from(0o640), 0).unwrap();
    drop(UnixListener::bind(root.join("socket")).unwrap());
    if rustix::process::geteuid().is_root() {
        let (null, loop_device) = (makedev(1, 3), makedev(7, 300));
        mknodat(CWD, root.join("sub/null"), FileType::CharacterDevice, Mode::from(0o666), null).unwrap();
        mknodat(CWD, root.join("block"), FileType::BlockDevice, Mode::from(0o600), loop_device).unwrap();
        for (name, user, group) in [("changed", 1, 1), ("mode", 0, 2), ("sub/deep", 77_777, 88_888)] {
            chown(root.join(name), Some(user), Some(group)).unwrap();
        }
        // A change of owner takes this bit away.
        fs::set_permissions(root.join("mode"), Permissions::from_mode(0o4751)).unwrap();
    }
}

/// Gives every entry a time of its own, the same in each run, with all nanoseconds.
fn stamp(at: &Path) {
    if fs::symlink_metadata(at).unwrap().is_dir() {
        for entry in fs::read_dir(at).unwrap() {
            stamp(&entry.unwrap().path());
        }
    }
    let name = at.file_name().unwrap().as_encoded_bytes();
    let nanoseconds =
        name.iter().fold(123_456_789, |sum: i64, &byte| (sum * 31 + i64::from(byte)) % 499_999_999);
    let nanoseconds = if name == b"window" { 0 } else { nanoseconds };
    time(at, Timespec { tv_sec: YEAR_2020, tv_nsec: nanoseconds });
}

fn time(path: &Path, time: Timespec) {
    let access = Timespec { tv_sec: YEAR_2020 - 1000, tv_nsec: 250_000_000 };
    let times = Timestamps { last_access: access, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}
