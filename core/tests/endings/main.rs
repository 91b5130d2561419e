//! Transfers that end otherwise than they should: cancelled at any moment, or with another end that dies, falls silent or
//! talks nonsense, through everything that can be between two ends. Whatever happens, old files stay whole, no temporary
//! file, no process and no thread stays behind, and the error says what it was.
#![cfg(feature = "transfer")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod disks;
mod files;
mod scene;
mod silence;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use syncline::{CancelToken, ErrorKind};

use scene::{Between, Scene, Way};

/// Where in a session of some 30 ms it is cancelled: a scattering that is the same in every run.
fn moments() -> impl Iterator<Item = Duration> {
    (0..5_u64).map(|i| Duration::from_micros(i * 7919 % 32_000))
}

#[test]
fn a_transfer_cancelled_at_any_moment_leaves_everything_as_it_should_be() {
    for between in Between::all() {
        for way in [Way::Push, Way::Pull] {
            let mut cancelled = 0;
            for moment in moments() {
                let scene = Scene::new();
                let cancel = CancelToken::new();
                let started = Instant::now();
                let result = thread::scope(|scope| {
                    scope.spawn(|| {
                        thread::sleep(moment);
                        cancel.cancel();
                    });
                    scene.transfer(way, between).cancel(&cancel).run()
                });
                if let Err(error) = result {
                    assert_eq!(error.kind(), ErrorKind::Cancelled, "{between:?} {way:?} {moment:?}: {error}");
                    assert_eq!(error.exit_status(), 20);
                    cancelled += 1;
                }
                assert!(started.elapsed() < Duration::from_secs(5), "{between:?} {way:?} {moment:?}");
                match (between, way) {
                    (Between::Shell, Way::Push) => scene.assert_whole_soon(),
                    _ => scene.assert_whole(),
                }
                scene::assert_nothing_runs();
            }
            assert!(cancelled > 0, "no transfer was still running after {:?}", moments().max());
        }
    }
}

/// A server of which so many bytes arrive, and then the end.
fn cut_short(rsync: &str, bytes: u32) -> String {
    format!("exec 3<&0; exec stdbuf -o0 head -c {bytes} < <(exec {rsync} \"$@\" <&3)")
}

#[test]
fn an_end_that_dies_after_any_number_of_bytes_is_a_lost_connection() {
    let Some(rsync) = scene::rsync() else { return eprintln!("skipped: rsync is not installed") };
    for bytes in [0, 1, 3, 30, 200, 5_000, 100_000] {
        for (way, script) in [
            (Way::Pull, cut_short(rsync, bytes)),
            (Way::Push, format!("stdbuf -o0 head -c {bytes} | {rsync} \"$@\"")),
        ] {
            let scene = Scene::new();
            let result = scene.transfer(way, Between::Shell).through(&script).run();
            let error = result.unwrap_err();
            let kinds = [ErrorKind::ConnectionLost, ErrorKind::PeerFailed];
            assert!(kinds.contains(&error.kind()), "{way:?} {bytes}: {error:?}");
            assert_eq!(error.exit_status(), 12, "{way:?} {bytes}: {error:?}");
            scene.assert_whole();
            scene::assert_nothing_runs();
        }
    }
}

#[test]
fn a_shell_that_fails_is_explained_and_quoted() {
    for (script, kind, status, words) in [
        ("exec no-such-rsync \"$@\"", ErrorKind::PeerFailed, 127, "command not found on the other end"),
        ("exec /dev/null", ErrorKind::PeerFailed, 126, "cannot be run on the other end"),
        ("echo 'ssh: no such host: h' >&2; exit 255", ErrorKind::ConnectionLost, 255, "ssh: no such host: h"),
        (
            "echo 'h: Permission denied (publickey).' >&2; exit 255",
            ErrorKind::PermissionDenied,
            255,
            "refused the login",
        ),
        ("echo 'Welcome, friend!'; sleep 1", ErrorKind::Protocol, 2, "is your shell clean"),
        ("echo 'This account is closed.'; exit 1", ErrorKind::Protocol, 2, "is your shell clean"),
        ("echo out of memory >&2; kill -9 $$", ErrorKind::ConnectionLost, 125, "out of memory"),
    ] {
        for way in [Way::Push, Way::Pull] {
            let scene = Scene::new();
            let error = scene.transfer(way, Between::Shell).through(script).run().unwrap_err();
            assert_eq!((error.kind(), error.exit_status()), (kind, status), "{script}: {error:?}");
            assert!(error.to_string().contains(words), "{script}: {error:?}");
            scene.assert_whole();
            scene::assert_nothing_runs();
        }
    }
}

#[test]
fn what_is_no_rsync_at_all_ends_soon_and_writes_nothing() {
    for script in ["exec cat", "exec head -c 100000 /dev/urandom", "exec true", "exec cat /dev/zero"] {
        for way in [Way::Push, Way::Pull] {
            let scene = Scene::new();
            let started = Instant::now();
            let result = scene.transfer(way, Between::Shell).through(script).timeout(1).run();
            assert!(result.is_err(), "{script}");
            assert!(started.elapsed() < Duration::from_secs(5), "{script}");
            scene.assert_untouched();
            scene::assert_nothing_runs();
        }
    }
}

#[test]
fn a_part_is_kept_where_that_was_asked() {
    let Some(rsync) = scene::rsync() else { return eprintln!("skipped: rsync is not installed") };
    for keep in [false, true] {
        let scene = Scene::new();
        let new = scene.folder().join("from/new");
        fs::write(&new, scene::noise(9, 4_000_000)).unwrap();
        let script = cut_short(rsync, 1_000_000);
        let pull = scene.transfer(Way::Pull, Between::Shell).through(&script).only("new");
        let pull = if keep { pull.partial() } else { pull };
        assert_eq!(pull.run().unwrap_err().kind(), ErrorKind::ConnectionLost);
        let part = fs::read(scene.folder().join("to/new")).ok();
        assert_eq!(part.is_some(), keep);
        if let Some(part) = part {
            assert!(!part.is_empty() && fs::read(&new).unwrap().starts_with(&part), "{} bytes", part.len());
        }
        scene.assert_whole();
    }
}
