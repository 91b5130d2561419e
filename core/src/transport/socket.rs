//! Stream sockets. In: a connected socket. Out: its two directions, and a way to break them off.
//!
//! A socket is written with `MSG_NOSIGNAL`, so that a peer that left is an error and not the end of the process; and it
//! can be shut down, which wakes whoever is blocked on it, where closing it would not.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::{SendFlags, Shutdown, send, shutdown};

use super::Connection;

/// A connection over a connected stream socket in blocking mode, for example a `TcpStream`.
pub fn connection(socket: impl Into<OwnedFd>) -> Connection {
    let socket = Arc::new(socket.into());
    let control = Arc::clone(&socket);
    Connection {
        reader: Box::new(ReadHalf(Arc::clone(&socket))),
        writer: Box::new(WriteHalf(socket)),
        interrupt: Arc::new(move || break_off(&control)),
        peer: None,
    }
}

/// Ends both directions. Whoever is blocked in one wakes; what has arrived can still be read.
pub(super) fn break_off(socket: &OwnedFd) {
    // It fails only when the other end is gone, and nobody is blocked then.
    let _ = shutdown(socket, Shutdown::Both);
}

/// The direction that is read; dropping it tells the writer at the other end.
pub(super) struct ReadHalf(pub(super) Arc<OwnedFd>);

impl Read for ReadHalf {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(&self.0, into)?)
    }
}

impl Drop for ReadHalf {
    fn drop(&mut self) {
        let _ = shutdown(&self.0, Shutdown::Read);
    }
}

/// The direction that is written; dropping it tells the reader at the other end.
pub(super) struct WriteHalf(pub(super) Arc<OwnedFd>);

impl Write for WriteHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(send(&self.0, bytes, SendFlags::NOSIGNAL)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for WriteHalf {
    fn drop(&mut self) {
        let _ = shutdown(&self.0, Shutdown::Write);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::UnixStream;

    #[test]
    fn bytes_go_both_ways_and_dropping_the_writer_ends_its_direction() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut theirs = connection(listener.accept().unwrap().0);
        let mut ours = connection(ours);
        ours.writer.write_all(b"there").unwrap();
        drop(ours.writer);
        let mut read = String::new();
        theirs.reader.read_to_string(&mut read).unwrap();
        theirs.writer.write_all(b"back").unwrap();
        drop(theirs.writer);
        ours.reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "thereback");
    }

    #[test]
    fn an_interrupt_wakes_the_reader_and_a_full_writer() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let Connection { mut reader, mut writer, interrupt, .. } = connection(ours);
        std::thread::scope(|scope| {
            let read = scope.spawn(move || reader.read(&mut [0]).unwrap());
            let written = scope.spawn(move || {
                loop {
                    if let Err(error) = writer.write(&[0; 65536]) {
                        return error.kind();
                    }
                }
            });
            std::thread::sleep(std::time::Duration::from_millis(20));
            interrupt();
            assert_eq!(read.join().unwrap(), 0);
            assert_eq!(written.join().unwrap(), io::ErrorKind::BrokenPipe);
        });
    }
}
