//! The direction of a session's connection that is written. In: data and messages of the role that writes. Out: whole
//! frames, in time for the other end's patience and no faster than the limit on the rate.

use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::session::channel::Link;
use crate::session::delta_send::WireOutput;
use crate::session::farewell::abandoned;
use crate::session::passage::{Entrance, Passed};
use crate::wire::Protocol;
use crate::wire::mux::{FrameHead, HEADER, Message};

/// Data that are collected before a frame is written, in bytes.
const FRAME: usize = 64 * 1024;
/// Bytes written at a time where it matters that the other end takes them at all.
const WATCHED_WRITE: usize = 16 * 1024;
/// How long the keep-alive thread stands back from a write that goes on.
const SOON: Duration = Duration::from_millis(100);

/// How this end may say things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speech {
    pub(super) protocol: Protocol,
    /// Whether data and messages go in frames; else there are data alone.
    pub(super) framed: bool,
}

/// What is written to.
pub(super) struct Wire {
    writer: Box<dyn Write + Send>,
    pace: Option<Pace>,
}

impl Wire {
    /// Writes to `writer`, at most `rate` KiB a second if that is not 0.
    pub(super) fn new(writer: Box<dyn Write + Send>, rate: u32) -> Wire {
        Wire { writer, pace: (rate > 0).then(|| Pace::new(rate)) }
    }

    /// Writes all of `bytes`; `progress` is called whenever some of them were taken.
    fn write(&mut self, mut bytes: &[u8], watched: bool, progress: impl Fn(usize)) -> io::Result<()> {
        let longest = match &self.pace {
            Some(pace) => pace.longest_write(),
            None if watched => WATCHED_WRITE,
            None => usize::MAX,
        };
        while !bytes.is_empty() {
            match self.writer.write(bytes.get(..longest).unwrap_or(bytes)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    bytes = bytes.get(count..).unwrap_or_default();
                    progress(count);
                    if let Some(pace) = &mut self.pace {
                        pace.keep(count);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.writer.flush()
    }
}

/// A limit on the rate of what is written (`docs/spec/wire-3-transfer.md` §11.1).
struct Pace {
    /// Bytes a second.
    rate: f64,
    /// Bytes written ahead of the rate.
    ahead: f64,
    checked: Instant,
}

impl Pace {
    /// What is worth a pause, in seconds.
    const PAUSE: f64 = 0.05;

    fn new(kibibytes: u32) -> Pace {
        Pace { rate: f64::from(kibibytes) * 1024.0, ahead: 0.0, checked: Instant::now() }
    }

    /// The bytes of a sixteenth of a second.
    fn longest_write(&self) -> usize {
        ((self.rate / 16.0) as usize).max(512)
    }

    fn keep(&mut self, written: usize) {
        self.ahead = (self.ahead + written as f64 - self.passed()).max(0.0);
        if self.ahead / self.rate >= Pace::PAUSE {
            thread::sleep(Duration::from_secs_f64(self.ahead / self.rate));
            // A pause that was too long is made up for by the next.
            self.ahead -= self.passed();
        }
    }

    /// The bytes that the rate allowed since this was last asked.
    fn passed(&mut self) -> f64 {
        let now = Instant::now();
        let elapsed = now.duration_since(std::mem::replace(&mut self.checked, now));
        elapsed.as_secs_f64() * self.rate
    }
}

impl Link {
    /// The handshake is over: `wire` is what is written to, in this `speech`.
    pub(super) fn connect(&self, wire: Wire, speech: Speech) {
        // It is connected once.
        let _ = self.speech.set(speech);
        *self.wire.lock().unwrap_or_else(PoisonError::into_inner) = Some(wire);
        self.activity.note_framed();
    }

    /// No more will be written, which tells the other end.
    pub(crate) fn hang_up(&self) {
        drop(self.wait_for_wire().take());
        self.wake_pulse();
    }

    /// Takes a timeout of the other end's, where it is shorter than the one there is.
    pub(crate) fn shorten_timeout(&self, limit: Duration) {
        self.activity.shorten(limit);
        self.wake_pulse();
    }

    fn wake_pulse(&self) {
        if let Some(thread) = self.pulse.get() {
            thread.unpark();
        }
    }

    /// The body of the keep-alive thread: an empty frame whenever this end has been silent for half of the timeout (§5.8),
    /// until the connection is [hung up](Link::hang_up).
    pub(crate) fn keep_alive(&self) {
        // There is one such thread in a session.
        let _ = self.pulse.set(thread::current());
        if !self.speech().framed {
            return; // there is nothing that can be said besides
        }
        loop {
            match self.wire.try_lock() {
                Ok(mut wire) => {
                    let Some(wire) = wire.as_mut() else { return };
                    if self.activity.until_keep_alive() == Some(Duration::ZERO) {
                        let frame = FrameHead::data(0);
                        // The role that writes meets the same error, and tells it.
                        if wire.write(&frame, false, |_| self.activity.note_keep_alive()).is_err() {
                            return;
                        }
                        self.bytes_written.fetch_add(HEADER as u64, Ordering::Relaxed);
                    }
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Poisoned(_)) => return,
            }
            match self.activity.until_keep_alive() {
                None => thread::park(),
                Some(wait) => thread::park_timeout(wait.max(SOON)),
            }
        }
    }

    /// Says why this end gives up (`docs/spec/wire-1-session.md` §7.6).
    pub(crate) fn farewell(&self, messages: &[Message]) -> Result<()> {
        let mut frames = Vec::new();
        for message in messages {
            self.encode(message, &mut frames);
        }
        self.write(&frames)
    }

    pub(super) fn speech(&self) -> Speech {
        self.speech.get().copied().unwrap_or(Speech { protocol: Protocol::NEWEST, framed: true })
    }

    /// Writes a message as the other end understands it, if it does.
    fn encode(&self, message: &Message, out: &mut Vec<u8>) {
        let Speech { protocol, framed } = self.speech();
        if let Some(message) = message.clone().aged(protocol).filter(|_| framed) {
            message.encode(out);
        }
    }

    fn write(&self, bytes: &[u8]) -> Result<()> {
        let mut wire = self.wait_for_wire();
        let Some(wire) = wire.as_mut() else { return Err(closed(io::ErrorKind::NotConnected.into())) };
        let _waiting = self.activity.wait();
        let watched = self.activity.limit().is_some();
        wire.write(bytes, watched, |count| {
            self.bytes_written.fetch_add(count as u64, Ordering::Relaxed);
            self.activity.note_written();
        })
        .map_err(closed)
    }

    /// Another thread holds it only while a keep-alive is being written.
    fn wait_for_wire(&self) -> MutexGuard<'_, Option<Wire>> {
        match self.wire.try_lock() {
            Ok(wire) => wire,
            Err(_) => {
                let _waiting = self.activity.wait();
                self.wire.lock().unwrap_or_else(PoisonError::into_inner)
            }
        }
    }
}

/// A connection that takes no more bytes has been closed by the other end, whatever the transport calls it.
pub(crate) fn closed(error: io::Error) -> Error {
    Error::new(ErrorKind::ConnectionLost, "cannot write to the other end").with_source(error)
}

/// The outgoing direction, of the role that writes: the sender or the generator.
pub(crate) struct Outgoing {
    link: Arc<Link>,
    /// A frame in the making: room for its header, then data.
    frame: Vec<u8>,
    messages: Vec<u8>,
    /// The way beside the connection, if there is one.
    passage: Option<Entrance>,
}

impl Outgoing {
    pub(crate) fn new(link: Arc<Link>) -> Outgoing {
        Outgoing { link, frame: vec![0; HEADER], messages: Vec::new(), passage: None }
    }

    /// Has a way for open files beside the connection.
    pub(super) fn with_passage(self, passage: Option<Entrance>) -> Outgoing {
        Outgoing { passage, ..self }
    }

    pub(crate) fn has_passage(&self) -> bool {
        self.passage.is_some()
    }

    /// Passes a file that was announced.
    pub(crate) fn pass(&mut self, file: Passed) -> Result<()> {
        let Some(passage) = self.passage.take() else { return Err(abandoned()) };
        let passed = passage.pass(file, || self.flush());
        self.passage = Some(passage);
        passed
    }

    /// Queues a message; it overtakes data that have not been framed yet.
    pub(crate) fn message(&mut self, message: &Message) {
        self.link.encode(message, &mut self.messages);
    }

    /// Writes everything that was queued.
    pub(crate) fn flush(&mut self) -> Result<()> {
        if !self.messages.is_empty() {
            let messages = std::mem::take(&mut self.messages);
            self.link.write(&messages)?;
        }
        if self.frame.len() > HEADER {
            let mut frame = std::mem::take(&mut self.frame);
            let header = FrameHead::data(frame.len() - HEADER);
            if let Some(place) = frame.first_chunk_mut::<HEADER>() {
                *place = header;
            }
            let from = if self.link.speech().framed { 0 } else { HEADER };
            let written = self.link.write(frame.get(from..).unwrap_or_default());
            frame.truncate(HEADER);
            self.frame = frame;
            written?;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_and_idle_time_is_not_saved_up() {
        let mut wire = Wire::new(Box::new(io::sink()), 100);
        thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        wire.write(&[0; 50 * 1024], false, |_| {}).unwrap();
        let took = start.elapsed().as_secs_f64();
        assert!((0.3..0.8).contains(&took), "half a second's bytes took {took} s");
    }
}
