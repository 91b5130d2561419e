//! Trees and transports where only a whole process shows it: full file systems, leaked descriptors and threads.

#![cfg(feature = "transfer")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use syncline::CancelToken;
use syncline::transport::{Connection, descriptors, pair, process};
use syncline::tree::{OperatorPath, Output, OutputOptions, RelativeName, Root};

/// What is counted below is the process's own.
static ALONE: Mutex<()> = Mutex::new(());

/// A file system of one mebibyte; `None` where this process may not mount one.
struct TinyDisk(PathBuf);

impl TinyDisk {
    fn mount(path: &Path) -> Option<TinyDisk> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(path);
        mount.output().is_ok_and(|output| output.status.success()).then(|| TinyDisk(path.to_owned()))
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg(&self.0).status().unwrap().success());
    }
}

#[test]
fn a_file_that_does_not_fit_leaves_the_old_one_and_nothing_else() {
    let _alone = ALONE.lock().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let Some(disk) = TinyDisk::mount(scratch.path()) else { return };
    std::fs::write(disk.0.join("f"), b"old").unwrap();
    let root = Root::open(&OperatorPath::new(&disk.0)).unwrap();
    let name = RelativeName::new(b"f").unwrap();
    let temporary = root.create_temporary(name, 0o600).unwrap();
    let mut output = Output::new(temporary.file(), OutputOptions::default());
    let written = output.write_all(&vec![1; 4 << 20]).and_then(|()| output.finish());
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::StorageFull);
    drop(temporary);
    assert_eq!(std::fs::read(disk.0.join("f")).unwrap(), b"old");
    assert_eq!(root.scan(RelativeName::ROOT).unwrap().len(), 1);
    drop(root);
}

fn entries(path: &str) -> usize {
    std::fs::read_dir(path).unwrap().count()
}

#[test]
fn connections_leave_no_descriptor_and_no_thread() {
    let _alone = ALONE.lock().unwrap();
    let round = || {
        let mut child = process::Command::new(vec!["cat".into()]).start().unwrap();
        echo(&mut child);
        drop(child);
        let finished = process::Command::new(vec!["true".into()]).start().unwrap();
        assert_eq!(finished.peer.unwrap().wait(&CancelToken::new()).unwrap(), 0);
        assert!(process::Command::new(vec!["/no/such/program".into()]).start().is_err());

        let (input, output) = io::pipe().unwrap();
        let mut looped = descriptors::adopt(input.into(), output.into()).unwrap();
        echo(&mut looped);
        (looped.interrupt)();
        drop(looped);

        let (mut ours, mut theirs) = pair::pair(1);
        std::thread::scope(|scope| {
            scope.spawn(|| ours.writer.write_all(b"0123456789").unwrap());
            let mut read = [0; 10];
            theirs.reader.read_exact(&mut read).unwrap();
            assert_eq!(&read, b"0123456789");
        });
    };
    // The first round may leave what is kept for good, such as the standard library's own descriptors.
    round();
    let (descriptors, threads) = (entries("/proc/self/fd"), entries("/proc/self/task"));
    for _ in 0..10 {
        round();
    }
    assert!(comes_down_to("/proc/self/fd", descriptors));
    assert!(comes_down_to("/proc/self/task", threads));
}

/// Whether there are at most `most` entries soon: a thread that has ended is listed until the system has cleared it away.
fn comes_down_to(path: &str, most: usize) -> bool {
    let start = std::time::Instant::now();
    while entries(path) > most {
        if start.elapsed().as_secs() > 20 {
            return false;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    true
}

fn echo(connection: &mut Connection) {
    connection.writer.write_all(b"hello").unwrap();
    let mut read = [0; 5];
    connection.reader.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"hello");
}
