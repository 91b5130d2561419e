//! The two directions of a session's connection. In: bytes, frames. Out: a stream of data for the roles, messages for
//! whoever they concern.
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
//! Before the first frame the protocol makes both ends write before they read (`docs/spec/wire-1-session.md` §4.1): the
//! connection has to hold about a hundred bytes in each direction.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::session::delta_send::WireOutput;
use crate::wire::mux::{FrameHead, FrameKind, HEADER, Message};
use crate::wire::{Source, WireError};

/// Data that the reader thread may hold ahead of the roles, in bytes.
const INBOX: usize = 1 << 20;
/// Bytes read from the connection at a time.
const READ: usize = 128 * 1024;
/// Data that are collected before a frame is written, in bytes.
const FRAME: usize = 64 * 1024;
/// How long a wait lasts before timeouts are looked at.
const TICK: Duration = Duration::from_millis(100);

/// What all threads of a session share.
pub(crate) struct Link {
    inbox: Mutex<Inbox>,
    changed: Condvar,
    stop: Mutex<Option<Error>>,
    stopped: AtomicBool,
    interrupt: Arc<dyn Fn() + Send + Sync>,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    /// I/O error bits of both sides (`docs/spec/wire-2-filelist.md` §1.9).
    pub(crate) io_error: AtomicI32,
    /// A text about a file that was not transferred has passed.
    pub(crate) transfer_error: AtomicBool,
    began: Instant,
    /// Milliseconds since `began`.
    last_activity: AtomicU64,
    last_written: AtomicU64,
    /// Half of the timeout: the longest silence this side allows itself.
    keep_alive: Option<Duration>,
}

#[derive(Default)]
struct Inbox {
    data: Vec<u8>,
    ended: bool,
}

impl Link {
    pub(crate) fn new(interrupt: Arc<dyn Fn() + Send + Sync>, timeout: Option<Duration>) -> Link {
        Link {
            inbox: Mutex::default(),
            changed: Condvar::new(),
            stop: Mutex::default(),
            stopped: AtomicBool::new(false),
            interrupt,
            bytes_read: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
            io_error: AtomicI32::new(0),
            transfer_error: AtomicBool::new(false),
            began: Instant::now(),
            last_activity: AtomicU64::new(0),
            last_written: AtomicU64::new(0),
            keep_alive: timeout.map(|timeout| timeout.div_f64(2.0)),
        }
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the session early: whoever waits is woken, and everything fails with the first reason given.
    pub(crate) fn stop(&self, reason: Error) {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(reason);
        self.stopped.store(true, Ordering::Release);
        (self.interrupt)();
        self.inbox().ended = true;
        self.changed.notify_all();
    }

    /// Whether neither side has said anything for `limit`.
    pub(crate) fn has_been_silent_for(&self, limit: Option<Duration>) -> bool {
        limit.is_some_and(|limit| self.since(&self.last_activity) >= limit)
    }

    /// Waits until the other end closes, at most `limit`.
    pub(crate) fn wait_for_end(&self, limit: Duration) {
        let inbox = self.inbox();
        // Data after the goodbye would be a defect of the other end, and nobody reads them.
        let _ = self.changed.wait_timeout_while(inbox, limit, |inbox| !inbox.ended);
    }

    /// Ends both directions of a session that is over.
    pub(crate) fn close(&self) {
        (self.interrupt)();
        self.inbox().ended = true;
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

    /// Takes the reason why the session was stopped, if it was.
    pub(crate) fn take_reason(&self) -> Option<Error> {
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Bytes of frames read and written so far.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.bytes_read.load(Ordering::Relaxed), self.bytes_written.load(Ordering::Relaxed))
    }

    fn since(&self, mark: &AtomicU64) -> Duration {
        let mark = Duration::from_millis(mark.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(mark)
    }

    fn note_activity(&self, mark: &AtomicU64) {
        let now = self.began.elapsed().as_millis() as u64;
        mark.store(now, Ordering::Relaxed);
        self.last_activity.store(now, Ordering::Relaxed);
    }

    /// Or-s bits into the I/O error state.
    pub(crate) fn note_io_error(&self, bits: i32) {
        self.io_error.fetch_or(bits & 7, Ordering::Relaxed);
    }

    /// The body of the reader thread: takes the incoming direction apart until it ends.
    ///
    /// `deliver` gets every message. The end of the stream is no error here: it is one for a role that wants more.
    pub(crate) fn read_frames(
        &self,
        mut reader: impl Read,
        mut deliver: impl FnMut(Message) -> Result<()>,
    ) -> Result<()> {
        let mut frames = FrameReader::default();
        let mut buffer = vec![0; READ];
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                // A reset is how some transports report a peer that left; what it leaves unsaid shows up as an end.
                Err(_) => break,
            };
            self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
            self.note_activity(&self.last_activity);
            let bytes = buffer.get(..count).unwrap_or_default();
            frames.split(bytes, |data| self.put(data), &mut deliver)?;
        }
        self.inbox().ended = true;
        self.changed.notify_all();
        Ok(())
    }

    fn put(&self, data: &[u8]) {
        let mut inbox = self.inbox();
        while inbox.data.len() >= INBOX && !inbox.ended {
            inbox = self.changed.wait(inbox).unwrap_or_else(PoisonError::into_inner);
        }
        let was_empty = inbox.data.is_empty();
        inbox.data.extend_from_slice(data);
        drop(inbox);
        if was_empty {
            self.changed.notify_all();
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
    Error::new(kind, error.to_string()).with_source(error)
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
        while inbox.data.is_empty() {
            if inbox.ended {
                return Err(WireError::Ended);
            }
            inbox = self.link.changed.wait_timeout(inbox, TICK).unwrap_or_else(PoisonError::into_inner).0;
            if let Some(outgoing) = self.outgoing {
                drop(inbox);
                outgoing.borrow_mut().keep_alive().map_err(|error| self.fail(error))?;
                inbox = self.link.inbox();
            }
        }
        std::mem::swap(&mut inbox.data, &mut self.buffer);
        drop(inbox);
        self.link.changed.notify_all();
        Ok(())
    }

    fn fail(&self, error: Error) -> WireError {
        self.link.stop(error);
        WireError::Ended
    }
}

impl Source for Incoming<'_> {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        if self.position >= self.buffer.len() {
            self.refill()?;
        }
        let rest = self.buffer.get(self.position..).unwrap_or_default();
        let piece = rest.get(..limit.min(rest.len())).unwrap_or_default();
        self.position += piece.len();
        Ok(piece)
    }
}

/// The outgoing direction, of the role that writes: the sender or the generator.
pub(crate) struct Outgoing {
    link: Arc<Link>,
    writer: Box<dyn Write + Send>,
    /// A frame in the making: room for its header, then data.
    frame: Vec<u8>,
    messages: Vec<u8>,
}

impl Outgoing {
    pub(crate) fn new(link: Arc<Link>, writer: Box<dyn Write + Send>) -> Outgoing {
        Outgoing { link, writer, frame: vec![0; HEADER], messages: Vec::new() }
    }

    /// Queues a message; it overtakes data that have not been framed yet.
    pub(crate) fn message(&mut self, message: &Message) {
        message.encode(&mut self.messages);
    }

    /// Writes everything that was queued.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if !self.messages.is_empty() {
            let messages = std::mem::take(&mut self.messages);
            self.write(&messages)?;
        }
        if self.frame.len() > HEADER {
            let mut frame = std::mem::take(&mut self.frame);
            let header = FrameHead::data(frame.len() - HEADER);
            if let Some(place) = frame.first_chunk_mut::<HEADER>() {
                *place = header;
            }
            let written = self.write(&frame);
            frame.truncate(HEADER);
            self.frame = frame;
            written?;
        }
        Ok(())
    }

    /// Sends an empty frame if this side has been silent for too long (`docs/spec/wire-1-session.md` §5.8).
    pub(crate) fn keep_alive(&mut self) -> Result<()> {
        match self.link.keep_alive {
            Some(limit) if self.link.since(&self.link.last_written) >= limit => {
                self.write(&FrameHead::data(0))
            }
            _ => Ok(()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer
            .write_all(bytes)
            .and_then(|()| self.writer.flush())
            .map_err(|error| Error::stream("write to the other end", error))?;
        self.link.bytes_written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.link.note_activity(&self.link.last_written);
        Ok(())
    }
}

impl WireOutput for Outgoing {
    fn data(&mut self) -> &mut Vec<u8> {
        &mut self.frame
    }

    /// Writes a frame if enough data have been collected.
    fn checkpoint(&mut self) -> Result<()> {
        if self.frame.len() >= FRAME { self.flush() } else { Ok(()) }
    }
}
