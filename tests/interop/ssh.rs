//! The example that every user knows, through a real sshd, with this command at either end or both; and Ctrl-C in the middle of it.
//! Skipped, aloud, where there is no sshd or no rsync.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod sshd;
#[path = "matrix/walk.rs"]
mod walk;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use sshd::Sshd;

const OURS: &str = env!("CARGO_BIN_EXE_syncline");
const THEIRS: &str = "rsync";
/// Client and server.
const PAIRS: [(&str, &str); 3] = [(OURS, THEIRS), (THEIRS, OURS), (OURS, OURS)];

fn sshd() -> Option<Sshd> {
    if Command::new(THEIRS).arg("--version").output().is_err() {
        println!("skipped: rsync is not installed");
        return None;
    }
    Sshd::start().inspect_err(|error| println!("skipped: {error}")).ok()
}

/// The server's name at the other end: the command serves under any name.
fn command(client: &str, server: &str, sshd: &Sshd) -> Command {
    let mut command = Command::new(client);
    command.arg(format!("--rsync-path={server}")).env("RSYNC_RSH", sshd.shell()).stdin(Stdio::null());
    command
}

fn tree(root: &Path) {
    fs::create_dir_all(root.join("photos/2019")).unwrap();
    fs::write(root.join("letter.txt"), "dear rsync\n".repeat(5000)).unwrap();
    fs::write(root.join("photos/2019/one.jpg"), vec![0xd8; 300_000]).unwrap();
    fs::write(root.join("photos/run"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(root.join("photos/run"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("letter.txt", root.join("latest")).unwrap();
    fs::create_dir(root.join("nothing here")).unwrap();
    let dated = Command::new("find")
        .arg(root)
        .args(["-exec", "touch", "-h", "-d", "@1600000000.123456789", "{}", "+"])
        .status();
    assert!(dated.unwrap().success());
}

#[test]
fn a_directory_goes_to_a_host_and_back_and_a_second_time_nothing_does() {
    let Some(sshd) = sshd() else { return };
    let compared = walk::Compared { access_times: false, holes: false, nanoseconds: true, links: true };
    for (client, server) in PAIRS {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name).into_os_string().into_string().unwrap();
        fs::create_dir(place.path().join("local")).unwrap();
        tree(&place.path().join("local/directory"));
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let remote = |name: &str| format!("{}@127.0.0.1:{}", user.trim(), path(name));
        // As the manual shows it: without a slash the directory itself goes.
        let ways = [
            (path("local/directory"), remote("remote"), "remote/directory"),
            (remote("local/directory"), path("back"), "back/directory"),
        ];
        for (from, to, arrived) in ways {
            let run = || {
                let output = command(client, server, &sshd).args(["-avz", &from, &to]).output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success() && said.is_empty(), "{client} {server}: {said}");
                String::from_utf8(output.stdout).unwrap()
            };
            let first = run();
            for name in
                ["directory/letter.txt\n", "directory/photos/run\n", "directory/latest -> letter.txt\n"]
            {
                assert!(first.contains(name), "{client} {server}: {first}");
            }
            let source = walk::lines(&place.path().join("local/directory"), compared);
            assert_eq!(walk::lines(&place.path().join(arrived), compared), source, "{client} {server}");
            let second = run();
            assert!(!second.contains("directory"), "{client} {server}: {second}");
            assert!(second.contains("\ntotal size is 355,020  speedup is "), "{client} {server}: {second}");
        }
    }
}

const SIZE: usize = 24 << 20;

/// The names in a directory, sorted.
fn names(root: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(root).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Waits until `happened`, and says whether it did.
fn within(seconds: u64, happened: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !happened() {
        if Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

#[test]
fn ctrl_c_in_the_middle_leaves_the_old_file_and_nothing_else() {
    let Some(sshd) = sshd() else { return };
    for (client, server) in PAIRS {
        for push in [true, false] {
            let place = tempfile::tempdir().unwrap();
            let (from, to) = (place.path().join("from"), place.path().join("to"));
            fs::create_dir(&from).unwrap();
            fs::create_dir(&to).unwrap();
            let new: Vec<u8> =
                (0..SIZE as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
            fs::write(from.join("file"), new).unwrap();
            fs::write(to.join("file"), "the old file").unwrap();
            let host = |here: bool, path: &Path| {
                format!("{}{}/", if here { "" } else { "127.0.0.1:" }, path.display())
            };
            let mut child = command(client, server, &sshd)
                .args(["-a", "--bwlimit=3000", &host(push, &from), &host(!push, &to)])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                // A terminal signals all processes of the foreground: the remote shell, too.
                .process_group(0)
                .spawn()
                .unwrap();
            let case = format!("{client} {server} {}", if push { "push" } else { "pull" });
            assert!(within(30, || names(&to).len() == 2), "{case}: no file is being written");
            kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
            let mut ended = None;
            let is_over = within(30, || names(&to) == ["file"]);
            for _ in 0..1500 {
                ended = child.try_wait().unwrap();
                if ended.is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            if ended.is_none() {
                let _ = child.kill();
            }
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(ended.is_some(), "{case} does not end");
            assert!(is_over, "{case}: {:?} is left: {said}", names(&to));
            // A real rsync may pass on how its shell ended.
            assert!(
                client == THEIRS || output.status.code() == Some(20),
                "{case}: {}: {said}",
                output.status
            );
            assert_eq!(fs::read(to.join("file")).unwrap(), b"the old file", "{case}");
        }
    }
}
