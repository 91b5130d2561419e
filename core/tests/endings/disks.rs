//! Disks that are full and directories that cannot be written. They need file systems of their own, which only the super-user
//! can mount and only in a process of its own; skipped, aloud, for anybody else.

use std::fs;
use std::path::Path;
use std::process::Command;

use syncline::ErrorKind;

use crate::scene::{Between, LENGTH, Scene, Way, noise};

/// Where the child process finds its small disk.
const DISK: &str = "SYNCLINE_TEST_DISK";

/// Runs this test once more in a process that has a disk of `size` mounted; there, `Some` path of it.
fn on_a_disk(test: &str, size: &str) -> Option<std::path::PathBuf> {
    if let Some(disk) = std::env::var_os(DISK) {
        return Some(disk.into());
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size={size} tmpfs \"${DISK}\" || exit 77; exec \"$@\"");
    let child = Command::new("unshare")
        .args(["--mount", "sh", "-c", &mount, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(DISK, folder.path())
        .output();
    match child {
        Ok(child) if child.status.success() => {
            let said = String::from_utf8_lossy(&child.stdout);
            assert!(said.contains("1 passed"), "{said}");
        }
        Ok(child) if matches!(child.status.code(), Some(1 | 77)) => {
            eprintln!("skipped: no file system can be mounted");
        }
        Ok(child) => {
            panic!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr))
        }
        Err(error) => eprintln!("skipped: {error}"),
    }
    None
}

/// The scene's destination on the disk, with one old file.
fn prepare(scene: &Scene, disk: &Path) {
    let to = scene.folder().join("to");
    fs::remove_dir_all(&to).unwrap();
    std::os::unix::fs::symlink(disk, &to).unwrap();
    fs::write(disk.join("one"), b"old").unwrap();
}

#[test]
fn a_full_disk_ends_the_transfer_and_keeps_the_old_file() {
    let Some(disk) = on_a_disk("disks::a_full_disk_ends_the_transfer_and_keeps_the_old_file", "400k") else {
        return;
    };
    for between in [Between::Nothing, Between::Memory, Between::Socket] {
        for (way, keep) in [(Way::Pull, false), (Way::Push, false), (Way::Pull, true)] {
            let scene = Scene::new();
            prepare(&scene, &disk);
            let transfer = scene.transfer(way, between).only("one");
            let transfer = if keep { transfer.partial() } else { transfer };
            let error = transfer.run().unwrap_err();
            assert_eq!(error.exit_status(), 11, "{between:?} {way:?}: {error:?}");
            let says_so = error.kind() == ErrorKind::NoSpace
                || error.peer_message().is_some_and(|words| words.contains("No space left"));
            assert!(says_so, "{between:?} {way:?}: {error:?}");
            assert!(error.to_string().contains("one"), "{error:?}");
            let left = fs::read(disk.join("one")).unwrap();
            if keep {
                assert!(left.len() > 100_000 && noise(1, LENGTH).starts_with(&left), "{} bytes", left.len());
            } else {
                assert_eq!(left, b"old");
            }
            assert_eq!(fs::read_dir(&disk).unwrap().count(), 1);
        }
    }
}

#[test]
fn a_directory_that_cannot_be_written_is_reported_for_each_file() {
    let test = "disks::a_directory_that_cannot_be_written_is_reported_for_each_file";
    let Some(disk) = on_a_disk(test, "16m") else { return };
    let locked = disk.join("sub");
    fs::create_dir(&locked).unwrap();
    let shell = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\"";
    assert!(Command::new("sh").args(["-c", shell, "sh"]).arg(&locked).status().unwrap().success());
    for between in [Between::Nothing, Between::Memory] {
        for way in [Way::Push, Way::Pull] {
            let scene = Scene::new();
            prepare(&scene, &disk);
            let report = scene.transfer(way, between).run().unwrap();
            assert_eq!(report.exit_status, 23);
            for name in ["sub/two", "sub/three"] {
                let is_named = report.failures.iter().any(|failure| failure.name.ends_with(name.as_bytes()));
                assert!(is_named, "{between:?} {way:?} {name}: {:?}", report.failures);
            }
            assert!(fs::read(disk.join("one")).unwrap() == noise(1, LENGTH));
        }
    }
}
