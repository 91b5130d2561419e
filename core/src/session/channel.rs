//! The two directions of a session's connection. In: bytes, frames. Out: a stream of data for the roles, messages for
//! whoever they concern. `outgoing.rs` has the other half of it.
//!
//! # Why it cannot deadlock
//! A **reader thread** owns the incoming direction. It takes frames apart ahead of the roles: messages are delivered at
//! once, data are put into the *inbox* up to a byte budget. The outgoing direction belongs to one thread, the sender or
//! the generator. Waits that depend on another thread or on the peer are these:
//!
//! 1. the reader waits for room in the inbox: until the sender, or the receiver, takes data out;
//! 2. the receiver waits for data in the inbox, and for nothing else: it never writes to the connection, and what it
//!    tells the generator goes through an unbounded channel of small notes;
//! 3. the generator waits to write, or for a note of the receiver;
//! 4. the sender waits to write, or, with everything flushed, for data in the inbox.
//!
//! On the receiving side 2 does not wait for 3, so the inbox always drains and the peer's answers are always read,
//! however long the generator is blocked. A peer that plays the sender can therefore always finish writing an answer, and
//! comes back to reading requests, which unblocks 3. On the sending side 4 may stop reading while it writes: a receiving
//! peer reads on regardless, by the same argument. A wait for data happens only with an empty output buffer, so each end
//! has everything that the other could be waiting for. No cycle of bounded queues remains.
//!
//! A thread of its own writes keep-alives, whole frames between those of the role that writes, so that a role that works
//! for long says nothing and the other end still hears of this one.
//!
//! # How it ends early
//! Whatever goes wrong first is the reason, and everybody is woken. While the connection works the reader thread goes on
//! reading and throws data away, so that this end can say what went wrong and the other can hear it; a few seconds later,
//! or at once after a cancellation or a timeout, the connection is broken off.
//!
//! Before the first frame the protocol makes both ends write before they read (`docs/spec/wire-1-session.md` §4.1): the
//! connection has to hold about a hundred bytes in each direction.

use std::cell::RefCell;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::session::activity::Activity;
use crate::session::farewell::abandoned;
use crate::session::outgoing::{Outgoing, Speech, Wire};
use crate::wire::mux::{FrameHead, FrameKind, HEADER, Message};
use crate::wire::{Source, WireError};

/// Data that the reader thread may hold ahead of the roles, in bytes.
const INBOX: usize = 1 << 20;
/// Bytes read from the connection at a time.
const READ: usize = 128 * 1024;

/// What all threads of a session share.
pub(crate) struct Link {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    stop: Mutex<Option<Error>>,
    stopped: AtomicBool,
    goodbye: AtomicBool,
    /// A role has left data that it did not want.
    surplus: AtomicBool,
    /// The last text about an error that the other end has sent.
    words: Mutex<String>,
    interrupt: Arc<dyn Fn() + Send + Sync>,
    bytes_read: AtomicU64,
    pub(super) bytes_written: AtomicU64,
    /// I/O error bits of both sides (`docs/spec/wire-2-filelist.md` §1.9).
    pub(crate) io_error: AtomicI32,
    /// A text about a file that was not transferred has passed.
    pub(crate) transfer_error: AtomicBool,
    /// How long the other end has been waited for.
    pub(crate) activity: Activity,
    /// The direction that is written, from the end of the handshake to the end of the session.
    pub(super) wire: Mutex<Option<Wire>>,
    /// The thread that writes keep-alives.
    pub(super) pulse: OnceLock<Thread>,
    /// How this end may say things, once that is agreed.
    pub(super) speech: OnceLock<Speech>,
}

#[derive(Default)]
struct Inbox {
    data: Vec<u8>,
    /// Nothing more comes, or nobody wants it.
    ended: bool,
    /// The other end has closed.
    closed: bool,
}

impl Link {
    pub(crate) fn new(interrupt: Arc<dyn Fn() + Send + Sync>, timeout: Option<Duration>) -> Link {
        Link {
            inbox: Mutex::default(),
            changed: Condvar::new(),
            stop: Mutex::default(),
            stopped: AtomicBool::new(false),
            goodbye: AtomicBool::new(false),
            surplus: AtomicBool::new(false),
            words: Mutex::default(),
            interrupt,
            bytes_read: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
            io_error: AtomicI32::new(0),
            transfer_error: AtomicBool::new(false),
            activity: Activity::new(timeout),
            wire: Mutex::default(),
            pulse: OnceLock::new(),
            speech: OnceLock::new(),
        }
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the session early: whoever waits is woken, and the first reason given is the one that counts. The connection
    /// stays for [`farewell`](Link::farewell).
    pub(crate) fn fail(&self, reason: Error) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stop {
            // What the other end says explains the broken connection.
            Some(first)
                if first.kind() == ErrorKind::ConnectionLost && reason.kind() == ErrorKind::PeerFailed =>
            {
                *stop = Some(reason);
            }
            Some(_) => {}
            None => *stop = Some(reason),
        }
        drop(stop);
        self.activity.note_failure();
        self.stopped.store(true, Ordering::Release);
        self.end_inbox();
    }

    /// Ends the session at once: both directions of the connection fail from here on.
    pub(crate) fn stop(&self, reason: Error) {
        self.fail(reason);
        (self.interrupt)();
    }

    /// Looks after the session, from the thread that runs it, a few times a second.
    pub(crate) fn watch(&self, cancel: &CancelToken) {
        if cancel.is_cancelled() {
            self.stop(Error::cancelled());
        } else if self.was_stopped() {
            if self.activity.farewell_is_overdue() {
                self.close();
            }
        } else if let Some(error) = self.activity.overdue() {
            self.stop(error);
        }
    }

    /// Waits until the other end closes, at most `limit`.
    pub(crate) fn wait_for_end(&self, limit: Duration) {
        let inbox = self.inbox();
        let _ = self.changed.wait_timeout_while(inbox, limit, |inbox| !inbox.closed);
    }

    /// The last word was said on both sides: nothing may follow.
    pub(crate) fn note_goodbye(&self) {
        self.goodbye.store(true, Ordering::Relaxed);
    }

    /// Whether there are data after the goodbye.
    pub(crate) fn went_on(&self) -> bool {
        self.goodbye.load(Ordering::Relaxed) && self.has_surplus()
    }

    fn has_surplus(&self) -> bool {
        self.surplus.load(Ordering::Relaxed) || !self.inbox().data.is_empty()
    }

    fn end_inbox(&self) {
        self.inbox().ended = true;
        self.changed.notify_all();
    }

    /// Ends both directions of a session that is over.
    pub(crate) fn close(&self) {
        (self.interrupt)();
        let mut inbox = self.inbox();
        (inbox.ended, inbox.closed) = (true, true);
        drop(inbox);
        self.changed.notify_all();
    }

    /// rsync's exit status for a session that went to its end (`docs/spec/wire-3-transfer.md` §12).
    pub(crate) fn exit_status(&self) -> u8 {
        let io_error = self.io_error.load(Ordering::Relaxed);
        if io_error & 1 != 0 || self.transfer_error.load(Ordering::Relaxed) {
            23
        } else if io_error & 2 != 0 {
            24
        } else if io_error & 4 != 0 {
            25
        } else {
            0
        }
    }

    /// Whether the session is being ended early.
    pub(crate) fn was_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Takes the reason why the session was stopped.
    pub(crate) fn take_reason(&self) -> Error {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(abandoned)
    }

    /// Looks at the reason why the session was stopped, or adds to it.
    pub(crate) fn with_reason<T>(&self, look: impl FnOnce(&mut Error) -> T) -> T {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        look(stop.get_or_insert_with(abandoned))
    }

    /// Keeps a text about an error, for the reason that the other end may give up for.
    pub(crate) fn note_words(&self, text: &[u8]) {
        let text = String::from_utf8_lossy(text).trim().to_owned();
        *self.words.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// The other end has given up with this exit status.
    pub(crate) fn peer_failure(&self, status: Option<i32>) -> Error {
        let status = status.and_then(|status| u8::try_from(status).ok()).unwrap_or(12);
        let sentence = format!("the other end gave up with exit status {status}");
        let error = Error::new(ErrorKind::PeerFailed, sentence).with_peer_status(status);
        let words = std::mem::take(&mut *self.words.lock().unwrap_or_else(PoisonError::into_inner));
        if words.is_empty() { error } else { error.with_peer_message(words) }
    }

    /// Stops the session if the calling thread panics before it drops what is returned.
    pub(crate) fn alarm(&self) -> Alarm<'_> {
        Alarm(self)
    }

    /// Bytes of frames read and written so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.bytes_read.load(Ordering::Relaxed), self.bytes_written.load(Ordering::Relaxed))
    }

    /// Counts bytes that this end would have read from the connection.
    pub(crate) fn count_read(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes that this end would have written to the connection.
    pub(crate) fn count_written(&self, bytes: u64) {
        self.bytes_written.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Or-s bits into the I/O error state.
    pub(crate) fn note_io_error(&self, bits: i32) {
        self.io_error.fetch_or(bits & 7, Ordering::Relaxed);
    }

    /// The body of the reader thread: takes the incoming direction apart until it ends, or until nobody wants more of it.
    ///
    /// `deliver` gets every message; what is not `framed` has none. The end of the stream is no error here: it is one for a role that wants more.
    pub(crate) fn read_frames(
        &self,
        framed: bool,
        mut reader: impl Read,
        mut deliver: impl FnMut(Message) -> Result<()>,
    ) {
        let mut frames = FrameReader::default();
        let mut buffer = vec![0; READ];
        let mut is_sound = true;
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // A reset is how some transports report a peer that left; what it leaves unsaid shows up as an end.
                Err(_) => break,
            };
            self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
            let bytes = buffer.get(..count).unwrap_or_default();
            if !framed {
                self.put(bytes);
            } else if is_sound && let Err(error) = frames.split(bytes, |data| self.put(data), &mut deliver) {
                // The rest makes no sense, but the other end may only listen once it has said it.
                is_sound = false;
                self.fail(error);
            }
        }
        let mut inbox = self.inbox();
        (inbox.ended, inbox.closed) = (true, true);
        drop(inbox);
        self.changed.notify_all();
    }

    fn put(&self, data: &[u8]) {
        let mut inbox = self.inbox();
        while inbox.data.len() >= INBOX && !inbox.ended {
            inbox = self.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
        if inbox.ended {
            return;
        }
        let was_empty = inbox.data.is_empty();
        inbox.data.extend_from_slice(data);
        drop(inbox);
        if was_empty {
            self.changed.notify_all();
        }
    }
}

/// From [`Link::alarm`].
pub(crate) struct Alarm<'a>(&'a Link);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop(Error::new(ErrorKind::Internal, "a session thread panicked"));
        }
    }
}

/// Cuts a stream of bytes into frames.
#[derive(Default)]
struct FrameReader {
    header: Vec<u8>,
    /// Bytes of a data frame still to come.
    data: usize,
    message: Option<(u8, usize, Vec<u8>)>,
}

impl FrameReader {
    fn split(
        &mut self,
        mut bytes: &[u8],
        mut put: impl FnMut(&[u8]),
        deliver: &mut impl FnMut(Message) -> Result<()>,
    ) -> Result<()> {
        loop {
            if self.data > 0 {
                let (now, later) = bytes.split_at(self.data.min(bytes.len()));
                if !now.is_empty() {
                    put(now);
                }
                self.data -= now.len();
                bytes = later;
            } else if let Some((code, length, payload)) = &mut self.message {
                let (now, later) = bytes.split_at((*length - payload.len()).min(bytes.len()));
                payload.extend_from_slice(now);
                bytes = later;
                if payload.len() == *length {
                    let message = Message::decode(*code, payload).map_err(protocol_error)?;
                    self.message = None;
                    deliver(message)?;
                    continue;
                }
            } else {
                let (now, later) = bytes.split_at((HEADER - self.header.len()).min(bytes.len()));
                self.header.extend_from_slice(now);
                bytes = later;
                if let Ok(header) = <[u8; HEADER]>::try_from(self.header.as_slice()) {
                    self.header.clear();
                    let head = FrameHead::decode(header).map_err(protocol_error)?;
                    match head.kind {
                        FrameKind::Data => self.data = head.length,
                        FrameKind::Message(code) => {
                            self.message = Some((code, head.length, Vec::new()));
                        }
                    }
                    continue;
                }
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
    }
}

/// What the peer's bytes did wrong, as an error at the edge.
pub(crate) fn protocol_error(error: WireError) -> Error {
    let kind = match &error {
        WireError::Ended => ErrorKind::ConnectionLost,
        WireError::DamagedStream(_) => ErrorKind::DamagedStream,
        WireError::NotNegotiated(_) | WireError::UnsafeName(_) => ErrorKind::Unsupported,
        _ => ErrorKind::Protocol,
    };
    Error::new(kind, error.to_string())
}

/// Notes everything that is heard of the other end.
pub(crate) struct Listening<R> {
    pub(crate) reader: R,
    pub(crate) link: Arc<Link>,
}

impl<R: Read> Read for Listening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        if count > 0 {
            self.link.activity.note_heard();
        }
        Ok(count)
    }
}

/// The incoming data of the role that reads: the sender or the receiver.
pub(crate) struct Incoming<'a> {
    link: &'a Link,
    buffer: Vec<u8>,
    position: usize,
    /// What has to be flushed before a wait, if this role also writes.
    outgoing: Option<&'a RefCell<Outgoing>>,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(link: &'a Link, outgoing: Option<&'a RefCell<Outgoing>>) -> Incoming<'a> {
        Incoming { link, buffer: Vec::new(), position: 0, outgoing }
    }

    /// Whether data are there to be read without waiting.
    pub(crate) fn has_data(&self) -> bool {
        self.position < self.buffer.len() || !self.link.inbox().data.is_empty()
    }

    /// Waits until data have arrived.
    fn refill(&mut self) -> Result<(), WireError> {
        self.buffer.clear();
        self.position = 0;
        let mut inbox = self.link.inbox();
        if inbox.data.is_empty()
            && let Some(outgoing) = self.outgoing
        {
            drop(inbox);
            outgoing.borrow_mut().flush().map_err(|error| self.fail(error))?;
            inbox = self.link.inbox();
        }
        if inbox.data.is_empty() {
            let _waiting = self.link.activity.wait();
            inbox = self
                .link
                .changed
                .wait_while(inbox, |inbox| inbox.data.is_empty() && !inbox.ended)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if inbox.data.is_empty() {
            return Err(WireError::Ended);
        }
        std::mem::swap(&mut inbox.data, &mut self.buffer);
        drop(inbox);
        self.link.changed.notify_all();
        Ok(())
    }

    fn fail(&self, error: Error) -> WireError {
        self.link.fail(error);
        WireError::Ended
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        if self.position < self.buffer.len() {
            self.link.surplus.store(true, Ordering::Relaxed);
        }
    }
}

impl Source for Incoming<'_> {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        if self.link.was_stopped() {
            // What has arrived can stand for a long work: blocks to copy are a few bytes each.
            return Err(WireError::Ended);
        }
        if self.position >= self.buffer.len() {
            self.refill()?;
        }
        let rest = self.buffer.get(self.position..).unwrap_or_default();
        let piece = rest.get(..limit.min(rest.len())).unwrap_or_default();
        self.position += piece.len();
        Ok(piece)
    }
}
