//! What sending costs beside rsync, when nothing, all, or nearly all of a file is at the receiver already:
//! `cargo bench -p syncline --bench sender [MIB]`.
//!
//! Ours sends to `rsync --server`; `rsync --server --sender` sends to ours. Only the sender's processor time counts, so the
//! receivers do not matter. Linux, with rsync installed.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and fails by panicking")]

use std::ffi::OsString;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use syncline::CancelToken;
use syncline::Event;
use syncline::session::{CompressionWish, Job, Role, Settings, run};
use syncline::transport::process;
use syncline::wire::negotiation::{Checksum, Compression};

/// `/proc/self/stat` counts in hundredths of a second.
const TICKS: f64 = 100.0;

fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&[seed]).finalize_xof().fill(&mut bytes);
    bytes
}

/// Seconds of processor time of this process, and of its children that have ended.
fn processor_time() -> (f64, f64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_ascii_whitespace()
        .map(|field| field.parse().unwrap_or(0.0))
        .collect();
    ((fields[11] + fields[12]) / TICKS, (fields[13] + fields[14]) / TICKS)
}

/// Transfers a file between this process and a server with these `words`; says what either end has cost.
fn transfer(words: &[&str], there: &Path, role: Role, settings: &Settings) -> (f64, f64) {
    let mut arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
    arguments.push(there.as_os_str().to_owned());
    let job = Job { role, settings: settings.clone(), capabilities: None, root: None, daemon: None };
    let before = processor_time();
    let mut observer = |_: &Event| ControlFlow::Continue(());
    let connection = process::start(&arguments).unwrap();
    let report = run(connection, &job, &CancelToken::new(), &mut observer).unwrap();
    assert_eq!(report.exit_status, 0);
    let after = processor_time();
    (after.0 - before.0, after.1 - before.1)
}

fn main() {
    let mib: usize = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(128);
    let length = mib << 20;
    let old = noise(1, length);
    let mut edited = old.clone();
    for at in (0..length).step_by(400 << 10) {
        edited[at..(at + (4 << 10)).min(length)].fill(7);
    }
    println!("{mib} MiB sent; processor time of the sender alone, MB/s");
    println!("{:<34} {:>8} {:>8} {:>6}", "", "ours", "rsync", "ratio");
    for (checksum, compression) in [
        (Checksum::Xxh128, Compression::None),
        (Checksum::Md5, Compression::None),
        (Checksum::Xxh128, Compression::Zstd),
        (Checksum::Xxh128, Compression::Lz4),
        (Checksum::Xxh128, Compression::Zlibx),
    ] {
        for (what, new) in [("nothing", &noise(2, length)), ("all", &old), ("99 %", &edited)] {
            compare(
                &format!("{} {} {what}", checksum.name(), compression.name()),
                checksum,
                compression,
                &old,
                new,
            );
        }
    }
}

fn compare(name: &str, checksum: Checksum, compression: Compression, old: &[u8], new: &[u8]) {
    let place = tempfile::tempdir_in("/dev/shm").unwrap();
    let (from, to) = (place.path().join("from"), place.path().join("to"));
    fs::write(&from, new).unwrap();
    let settings = Settings {
        ignore_times: true,
        checksums: Some((checksum, checksum)),
        compression: match compression {
            Compression::None => CompressionWish::Off,
            other => CompressionWish::Choice(other),
        },
        ..Settings::default()
    };
    let checksum = format!("--checksum-choice={}", checksum.name());
    let mut words = vec!["rsync", "--server", "-Ie.LsfxCIvu", &checksum];
    let choice = format!("--compress-choice={}", compression.name());
    match compression {
        Compression::None => {}
        Compression::Zlibx => words.push("--new-compress"),
        _ => words.push(&choice),
    }
    words.push(".");
    fs::write(&to, old).unwrap();
    let (ours, _) = transfer(&words, &to, Role::Send(vec![from.clone()]), &settings);
    assert!(fs::read(&to).unwrap() == new);
    words.insert(2, "--sender");
    fs::write(&to, old).unwrap();
    let (_, theirs) = transfer(&words, &from, Role::Receive(to.clone()), &settings);
    assert!(fs::read(&to).unwrap() == new);
    let rate = |seconds: f64| new.len() as f64 / seconds.max(1.0 / TICKS) / 1e6;
    println!("{name:<34} {:>8.0} {:>8.0} {:>6.1}", rate(ours), rate(theirs), theirs / ours.max(1.0 / TICKS));
}
