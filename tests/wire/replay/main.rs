//! Sessions that real rsyncs had with each other, played again with this library in the place of one of them.
//!
//! It gets the bytes that were recorded, in their order, and has to leave what rsync left and end as rsync ended; so every
//! decoder reads whole conversations, from the greeting to the goodbye. What it says meanwhile has to be what rsync said, byte
//! for byte, wherever that is determined by what it heard.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod case;
mod trees;
mod wire;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use case::Case;
use syncline::options::{Invocation, parse};
use syncline::{CancelToken, Endpoint, Error, ErrorKind, ServePolicy, Transfer, serve};
use wire::{End, Recording};

/// What came of playing one end.
enum Played {
    /// Every byte of content, without frames, messages and the handshake, was the recorded one.
    Equal,
    /// All went well, with other bytes, where it says.
    Well(String),
    /// It asks for something that is refused by name.
    Refused(String),
    Failed(String),
}

/// Sessions are played in folders of their own, and a process is in one folder.
static FOLDER: Mutex<()> = Mutex::new(());

#[test]
fn an_end_that_does_not_listen_keeps_nobody_waiting() {
    let _alone = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    for case in Case::all(&vectors()) {
        let case = Arc::new(case);
        for end in [End::Client, End::Server] {
            let (ended, wait) = channel();
            let played = Arc::clone(&case);
            std::thread::spawn(move || {
                let place = tempfile::tempdir().unwrap();
                if played.can_be_played(end) && trees::make(&played, place.path()) {
                    std::env::set_current_dir(place.path()).unwrap();
                    let recording = Arc::new(Recording::new(&played, end).at_once());
                    let _ = converse(&played, end, &recording);
                }
                ended.send(()).unwrap();
            });
            let is_over = wait.recv_timeout(Duration::from_secs(60));
            assert!(is_over.is_ok(), "{} as the {end:?} does not end", case.name);
        }
    }
}

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/wire")
}

#[test]
fn recorded_sessions_go_the_same_way_with_this_library_at_either_end() {
    let _alone = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut outcomes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for case in Case::all(&vectors()) {
        for end in [End::Client, End::Server] {
            let name = format!("{} as the {end:?}", case.name);
            let (kind, line) = match play(&case, end) {
                Played::Equal => ("equal", name),
                // Compressors may choose; decoding what they made is what counts.
                Played::Well(difference) if case.name.starts_with("zip-") => {
                    ("other", format!("{name}: {difference}"))
                }
                Played::Well(difference) => ("failed", format!("{name}: {difference}")),
                Played::Refused(message) => ("refused", format!("{name}: {message}")),
                Played::Failed(message) => ("failed", format!("{name}: {message}")),
            };
            outcomes.entry(kind).or_default().push(line);
        }
    }
    let count = |kind| outcomes.get(kind).map_or(0, Vec::len);
    let summary = format!(
        "{} ends of recorded sessions played: {} byte for byte, {} compressed otherwise; {} ask for what is refused",
        count("equal") + count("other"),
        count("equal"),
        count("other"),
        count("refused")
    );
    println!("{summary}");
    for (kind, lines) in &outcomes {
        if !matches!(*kind, "equal") {
            println!("{kind}:\n  {}", lines.join("\n  "));
        }
    }
    assert_eq!(count("failed"), 0, "{summary}");
    assert!(count("equal") >= 140, "{summary}");
}

fn play(case: &Case, end: End) -> Played {
    let place = tempfile::tempdir().unwrap();
    if !case.can_be_played(end) {
        return Played::Refused("the other program was told more than its words".to_owned());
    }
    if !trees::make(case, place.path()) {
        return Played::Refused("this user cannot make the tree".to_owned());
    }
    std::env::set_current_dir(place.path()).unwrap();
    let recording = Arc::new(Recording::new(case, end));
    let status = match converse(case, end, &recording) {
        Ok(status) => status,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Played::Refused(error.to_string()),
        Err(error) if error.exit_status() == case.status(end) => error.exit_status(),
        Err(error) => return Played::Failed(error.to_string()),
    };
    if status != case.status(end) {
        return Played::Failed(format!("exit status {status} instead of {}", case.status(end)));
    }
    // What the other end received was received when it was recorded.
    let receives = case.client_pulls() == (end == End::Client);
    let different = if receives { trees::differences(case, &place.path().join("dst")) } else { Vec::new() };
    if !different.is_empty() {
        return Played::Failed(different.join("; "));
    }
    recording.difference().map_or(Played::Equal, Played::Well)
}

/// Plays `end`, and returns its exit status.
fn converse(case: &Case, end: End, recording: &Arc<Recording>) -> Result<u8, Error> {
    match end {
        End::Client => play_client(case, recording),
        End::Server => play_server(case, recording),
    }
}

fn play_client(case: &Case, recording: &Arc<Recording>) -> Result<u8, Error> {
    let Invocation::Client { options, operands } = parse(case.client_words()).map_err(refusal)? else {
        return Err(Error::new(ErrorKind::Internal, "not a client"));
    };
    let mut endpoints =
        operands.iter().map(|operand| Endpoint::parse(operand)).collect::<Result<Vec<_>, _>>()?;
    let destination = if endpoints.len() > 1 { endpoints.pop() } else { None };
    let transfer = match destination {
        Some(destination) => Transfer::new(endpoints, destination),
        None => Transfer::list(endpoints),
    };
    let report = transfer.options(*options).umask(0o022).over(recording.connection()).run(&mut ())?;
    Ok(report.exit_status)
}

fn play_server(case: &Case, recording: &Arc<Recording>) -> Result<u8, Error> {
    let mut words: Vec<OsString> = case.server_words();
    words.insert(1, format!("--checksum-seed={}", case.seed()).into());
    parse(words.clone()).map_err(refusal)?;
    let policy = ServePolicy {
        root: None,
        read: true,
        write: true,
        delete: true,
        umask: 0o022,
        cvs_ignore: Vec::new(),
    };
    let report = serve(recording.connection(), &words, &policy, &CancelToken::new(), &mut ())?;
    Ok(report.exit_status)
}

fn refusal(error: syncline::options::OptionError) -> Error {
    Error::new(ErrorKind::Unsupported, error.to_string())
}
