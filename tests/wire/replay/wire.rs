//! A recorded session as a connection: bytes of the other end come when this end has said what they answer.

use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use syncline::transport::{Connection, Peer};
use syncline::{CancelToken, Error};

use crate::case::Case;

/// An end of a session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Client,
    Server,
}

impl End {
    fn other(self) -> End {
        match self {
            End::Client => End::Server,
            End::Server => End::Client,
        }
    }
}

/// Longer than this an answer is not held back for what this end did not say.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What was recorded, and what is said instead.
pub(crate) struct Recording {
    end: End,
    /// What the other end wrote.
    heard: Vec<u8>,
    /// Where each chunk of it starts, and how much content this end had written by then.
    chunks: Vec<(usize, usize)>,
    /// The content that this end wrote in the recording.
    said: Vec<u8>,
    server_status: u8,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    position: usize,
    written: Vec<u8>,
    interrupted: bool,
}

impl Recording {
    pub(crate) fn new(case: &Case, end: End) -> Recording {
        let (own, heard) = (case.bytes(end), case.bytes(end.other()));
        let timeline = case.timeline();
        let mut chunks = Vec::new();
        for (at, &(writer, offset)) in timeline.iter().enumerate() {
            if writer == end {
                continue;
            }
            // A chunk lasts until its writer's next one starts.
            let before = timeline[..at].iter().rposition(|&(writer, _)| writer == end);
            let length = before.map_or(0, |before| {
                let next = timeline[before + 1..].iter().find(|&&(writer, _)| writer == end);
                next.map_or(own.len(), |&(_, offset)| offset)
            });
            chunks.push((offset, content(&own[..length], end).len()));
        }
        let said = content(&own, end);
        let server_status = case.status(End::Server);
        Recording {
            end,
            heard,
            chunks,
            said,
            server_status,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The same from an end that does not listen: all it has to say is there from the start.
    pub(crate) fn at_once(mut self) -> Recording {
        self.chunks.clear();
        self
    }

    pub(crate) fn connection(self: &Arc<Recording>) -> Connection {
        let recording = Arc::clone(self);
        Connection {
            reader: Box::new(ReadEnd(Arc::clone(self))),
            writer: Box::new(WriteEnd(Arc::clone(self))),
            interrupt: Arc::new(move || {
                recording.state.lock().unwrap().interrupted = true;
                recording.changed.notify_all();
            }),
            peer: (self.end == End::Client)
                .then(|| Box::new(Server(self.server_status)) as Box<dyn Peer + Send>),
        }
    }

    /// Where what this end said differs from what the recorded one did.
    pub(crate) fn difference(&self) -> Option<String> {
        let ours = content(&self.state.lock().unwrap().written, self.end);
        let theirs = &self.said;
        let at = ours.iter().zip(theirs).position(|(ours, theirs)| ours != theirs);
        if ours.len() == theirs.len() && (at.is_none() || differ_by_time(&ours, theirs)) {
            return None;
        }
        let at = at.unwrap_or(ours.len().min(theirs.len()));
        let part = |bytes: &[u8]| {
            bytes[at.saturating_sub(4)..]
                .iter()
                .take(40)
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        Some(format!(
            "{} of {} and {} bytes: {} for {}",
            at,
            ours.len(),
            theirs.len(),
            part(&ours),
            part(theirs)
        ))
    }
}

/// The process that served.
struct Server(u8);

impl Peer for Server {
    fn wait(&mut self, _: &CancelToken) -> Result<i32, Error> {
        Ok(self.0.into())
    }

    fn abandon(&mut self) -> Option<i32> {
        Some(self.0.into())
    }
}

struct ReadEnd(Arc<Recording>);

impl Read for ReadEnd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let recording = &self.0;
        let mut state = recording.state.lock().unwrap();
        let next = recording.chunks.iter().rposition(|&(start, _)| start <= state.position);
        let wanted = next.map_or(0, |next| recording.chunks[next].1);
        let end =
            next.and_then(|next| recording.chunks.get(next + 1)).map_or(recording.heard.len(), |next| next.0);
        while content(&state.written, recording.end).len() < wanted && !state.interrupted {
            let (now, waited) = recording.changed.wait_timeout(state, PATIENCE).unwrap();
            state = now;
            if waited.timed_out() {
                break;
            }
        }
        if state.interrupted {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let count = into.len().min(end - state.position);
        into[..count].copy_from_slice(&recording.heard[state.position..][..count]);
        state.position += count;
        Ok(count)
    }
}

struct WriteEnd(Arc<Recording>);

impl Write for WriteEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.state.lock().unwrap().written.extend_from_slice(bytes);
        self.0.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The statistics and what follows them have at most this many bytes that are not zero.
const STATISTICS: usize = 16;

/// Whether two conversations of one length only differ in what depends on who was faster: where among the requests the single
/// zero bytes stand that end a list, and how many bytes, frames and all, the statistics at the end count.
fn differ_by_time(ours: &[u8], theirs: &[u8]) -> bool {
    let [ours, theirs] =
        [ours, theirs].map(|bytes| bytes.iter().filter(|&&byte| byte != 0).collect::<Vec<_>>());
    let equal = ours.iter().zip(&theirs).take_while(|(ours, theirs)| ours == theirs).count();
    equal + STATISTICS >= ours.len().max(theirs.len())
}

/// What frames of data hold, without the handshake before them and other frames between them.
fn content(stream: &[u8], writer: End) -> Vec<u8> {
    let mut rest = &stream[handshake_length(stream, writer).min(stream.len())..];
    let mut content = Vec::new();
    while let [a, b, c, tag, after @ ..] = rest {
        let length = (usize::from(*a) | usize::from(*b) << 8 | usize::from(*c) << 16).min(after.len());
        if *tag == 7 {
            content.extend_from_slice(&after[..length]);
        }
        rest = &after[length..];
    }
    content
}

/// Version, from a server compatibility flags, lists of names, and from a server the seed (`docs/spec/wire-1-session.md` §4).
fn handshake_length(stream: &[u8], writer: End) -> usize {
    let is_version = |bytes: &[u8]| matches!(bytes, [27..=32, 0, 0, 0]);
    let mut at = 4;
    if stream.first_chunk().is_some_and(|start: &[u8; 4]| !is_version(start)) {
        // Secluded arguments: words that end with NUL, the last one empty.
        at += stream.windows(2).position(|pair| pair == [0, 0]).map_or(stream.len(), |end| end + 2);
    }
    if writer == End::Server {
        at += if stream.get(at).is_some_and(|&byte| byte >= 0x80) { 2 } else { 1 };
    }
    let is_text = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' '));
    while let Some(&length) = stream.get(at)
        && let Some(names) = stream.get(at + 1..=at + usize::from(length))
        && length > 2
        && is_text(names)
    {
        at += 1 + usize::from(length);
    }
    if writer == End::Server { at + 4 } else { at }
}
