//! Descriptors that the caller brings: standard input and output of a server, a pair of pipes, a serial line.
//! In: one to read from and one to write to. Out: a [`Connection`].
//!
//! Their modes may be shared with other processes and stay as they are. Every call waits with `poll` for the descriptor
//! or for a wake-up, so that an interrupt reaches whoever is blocked, whatever the descriptor is.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::net::{SendFlags, Shutdown, send, shutdown};

use super::Connection;
use crate::error::{Error, Result};

/// Bytes that fit into a pipe which `poll` calls writable: `PIPE_BUF`.
const PIPE_WRITE: usize = 4096;

/// A connection over `input` and `output`, which are closed with its two halves.
///
/// # Errors
/// [`ErrorKind::Io`](crate::ErrorKind::Io) if the system has no descriptors left.
pub fn adopt(input: OwnedFd, output: OwnedFd) -> Result<Connection> {
    let wake = Arc::new(Wake::new().map_err(|error| Error::stream("make an event descriptor", error))?);
    let is_socket =
        fstat(&output).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Socket);
    Ok(Connection {
        reader: Box::new(Input { descriptor: input, wake: Arc::clone(&wake) }),
        writer: Box::new(Output { descriptor: output, wake: Arc::clone(&wake), is_socket }),
        interrupt: Arc::new(move || wake.wake()),
        peer: None,
    })
}

/// Wakes everyone who waits with it, now and from then on.
pub(super) struct Wake(OwnedFd);

impl Wake {
    pub(super) fn new() -> io::Result<Wake> {
        Ok(Wake(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?))
    }

    pub(super) fn wake(&self) {
        // Nobody ever reads it: it fails only once the count is full, when everybody has long been woken.
        let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
    }

    /// Waits until `descriptor` has one of `events` or cannot have them any more; what it has.
    pub(super) fn wait_for(&self, descriptor: BorrowedFd<'_>, events: PollFlags) -> io::Result<PollFlags> {
        loop {
            let mut waiting =
                [PollFd::new(&self.0, PollFlags::IN), PollFd::from_borrowed_fd(descriptor, events)];
            match poll(&mut waiting, None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let [wake, waiting] = waiting.map(|one| one.revents());
            if !wake.is_empty() {
                return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "interrupted"));
            }
            if !waiting.is_empty() {
                return Ok(waiting);
            }
        }
    }
}

struct Input {
    descriptor: OwnedFd,
    wake: Arc<Wake>,
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            self.wake.wait_for(self.descriptor.as_fd(), PollFlags::IN)?;
            match rustix::io::read(&self.descriptor, &mut *into) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }
}

struct Output {
    descriptor: OwnedFd,
    wake: Arc<Wake>,
    is_socket: bool,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let ready = self.wake.wait_for(self.descriptor.as_fd(), PollFlags::OUT)?;
            let written = if self.is_socket {
                send(&self.descriptor, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT)
            } else if ready.contains(PollFlags::ERR) {
                Err(Errno::PIPE)
            } else {
                let fitting = bytes.get(..PIPE_WRITE).unwrap_or(bytes);
                super::signal::without_pipe_signal(|| rustix::io::write(&self.descriptor, fitting))
            };
            match written {
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return Ok(result?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_socket {
            // Another descriptor of the same socket, such as the one that is read, would keep this direction open.
            let _ = shutdown(&self.descriptor, Shutdown::Write);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;

    fn pipes() -> (Connection, Connection) {
        let ((there_out, there_in), (back_out, back_in)) = (io::pipe().unwrap(), io::pipe().unwrap());
        let adopt =
            |input: io::PipeReader, output: io::PipeWriter| adopt(input.into(), output.into()).unwrap();
        (adopt(back_out, there_in), adopt(there_out, back_in))
    }

    fn sockets() -> (Connection, Connection) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let adopt = |socket: UnixStream| adopt(socket.try_clone().unwrap().into(), socket.into()).unwrap();
        (adopt(ours), adopt(theirs))
    }

    #[test]
    fn a_megabyte_crosses_and_the_end_is_seen() {
        for (mut ours, mut theirs) in [pipes(), sockets()] {
            let sent: Vec<u8> = (0..1 << 20).map(|i| (i % 253) as u8).collect();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    ours.writer.write_all(&sent).unwrap();
                    drop(ours.writer);
                });
                let mut read = Vec::new();
                theirs.reader.read_to_end(&mut read).unwrap();
                assert!(read == sent);
            });
        }
    }

    #[test]
    fn an_interrupt_wakes_both_directions_for_good() {
        for (ours, _theirs) in [pipes(), sockets()] {
            let Connection { mut reader, mut writer, interrupt, .. } = ours;
            std::thread::scope(|scope| {
                let read = scope.spawn(move || {
                    let first = reader.read(&mut [0]).unwrap_err().kind();
                    (first, reader.read(&mut [0]).unwrap_err().kind())
                });
                let written = scope.spawn(move || {
                    loop {
                        if let Err(error) = writer.write(&[0; 65536]) {
                            return error.kind();
                        }
                    }
                });
                std::thread::sleep(std::time::Duration::from_millis(20));
                interrupt();
                let aborted = io::ErrorKind::ConnectionAborted;
                assert_eq!(read.join().unwrap(), (aborted, aborted));
                assert_eq!(written.join().unwrap(), aborted);
            });
        }
    }

    #[test]
    fn a_reader_that_left_is_an_error() {
        for (mut ours, theirs) in [pipes(), sockets()] {
            drop(theirs);
            assert_eq!(ours.writer.write(b"x").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        }
    }
}
