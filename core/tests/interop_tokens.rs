//! Token streams of every coding between a real rsync and this library, in both directions: short and long blocks, contents that shrink and
//! that do not, several files a session. Skipped, aloud, where rsync is not installed.
#![cfg(feature = "transfer")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::ffi::OsString;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use syncline::CancelToken;
use syncline::session::{CompressionWish, Job, Role, Settings, run};
use syncline::transport::process;
use syncline::wire::Protocol;
use syncline::wire::negotiation::{Checksum, Compression};
use syncline::{Event, Report};

/// Bytes that do not compress.
fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
    bytes
}

/// Bytes that compress by half or so, without long repetitions.
fn text(seed: u8, length: usize) -> Vec<u8> {
    noise(seed, length).into_iter().map(|byte| b"etaoin shrdlu..\n"[usize::from(byte & 15)]).collect()
}

/// Old and new files. The new ones repeat themselves and the old ones, so that histories matter: `end` and `middle` insert after a
/// block of 128 KiB what that block ends with, and what protocol 30's defect leaves of it in the history.
fn files() -> [(&'static str, Vec<u8>, Vec<u8>); 6] {
    let edited = |old: &[u8], insertion: &[u8]| {
        let mut new = old.to_vec();
        new.splice(400_000..400_000, insertion.iter().copied());
        new.splice(131_080..131_080, insertion.iter().copied());
        new.extend_from_slice(insertion);
        new
    };
    let (a, b) = (noise(1, 600_000), text(2, 650_000));
    [
        ("end", a.clone(), edited(&a, &a[99_000..131_072])),
        ("middle", a.clone(), edited(&a, &a[40_000..65_000])),
        ("text", b.clone(), edited(&b, &text(3, 50_000))),
        ("mixed", b.clone(), edited(&b, &noise(4, 50_000))),
        ("zeros", vec![0; 300_000], [vec![0; 200_000], noise(5, 1000), vec![0; 150_000]].concat()),
        ("empty", noise(6, 1000), Vec::new()),
    ]
}

fn transfer(words: &[String], there: &Path, role: Role, settings: &Settings) -> Report {
    let mut arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
    arguments.push(there.as_os_str().to_owned());
    let job = Job { role, settings: settings.clone(), capabilities: None, root: None, daemon: None };
    let mut observer = |event: &Event| {
        assert!(!matches!(event, Event::Failed(_)), "{event:?}");
        ControlFlow::Continue(())
    };
    run(process::start(&arguments).unwrap(), &job, &CancelToken::new(), &mut observer).unwrap()
}

#[test]
fn files_arrive_in_every_coding_from_and_at_rsync() {
    if Command::new("rsync").arg("--version").output().is_err() {
        eprintln!("skipped: rsync is not installed");
        return;
    }
    let codings =
        [Compression::None, Compression::Zlib, Compression::Zlibx, Compression::Zstd, Compression::Lz4];
    for compression in codings {
        for (block_length, protocol, checksum) in [
            (None, 32, Checksum::Xxh128),
            (Some(131_072), 32, Checksum::Xxh3),
            // Blocks above 64 KiB enter zlib's history of protocol 30 wrongly, at both ends.
            (Some(131_072), 30, Checksum::Md4),
            (Some(600), 31, Checksum::Sha1),
        ] {
            both_ways(compression, block_length, protocol, checksum);
        }
    }
}

fn both_ways(compression: Compression, block_length: Option<u32>, protocol: u8, checksum: Checksum) {
    let settings = Settings {
        recurse: true,
        ignore_times: true,
        compression: match compression {
            Compression::None => CompressionWish::Off,
            other => CompressionWish::Choice(other),
        },
        block_length,
        protocol: Protocol::new(protocol).unwrap(),
        checksums: Some((checksum, checksum)),
        ..Settings::default()
    };
    let mut words = vec!["rsync".to_owned(), "--server".to_owned()];
    words.extend(["-rI".to_owned(), "-e.LsfxCIvu".to_owned()]);
    words.push(format!("--checksum-choice={}", checksum.name()));
    match compression {
        Compression::None => {}
        Compression::Zlibx => words.push("--new-compress".to_owned()),
        Compression::Zlib => words.push("--old-compress".to_owned()),
        other => words.push(format!("--compress-choice={}", other.name())),
    }
    words.extend(block_length.map(|length| format!("-B{length}")));
    words.push(".".to_owned());
    for pull in [true, false] {
        let place = tempfile::tempdir().unwrap();
        let (from, to) = (place.path().join("from"), place.path().join("to"));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        let mut total = 0;
        for (name, old, new) in files() {
            fs::write(from.join(name), &new).unwrap();
            fs::write(to.join(name), &old).unwrap();
            total += new.len() as u64;
        }
        let mut words = words.clone();
        let report = if pull {
            words.insert(2, "--sender".to_owned());
            transfer(&words, &from.join(""), Role::Receive(to.clone()), &settings)
        } else {
            transfer(&words, &to, Role::Send(vec![from.join("")]), &settings)
        };
        let case = format!("{compression:?} {block_length:?} {protocol} {checksum:?} pull {pull}");
        assert_eq!(report.exit_status, 0, "{case}");
        // All of it once: no second tries.
        assert_eq!(report.literal_bytes + report.matched_bytes, total, "{case}");
        assert!(report.matched_bytes > 1_000_000, "{case}: {}", report.matched_bytes);
        for (name, _, new) in files() {
            assert!(fs::read(to.join(name)).unwrap() == new, "{case}: {name}");
        }
    }
}
