//! A command at the other end of a socket pair: ssh, rsh, or a server started directly. In: an argument vector. Out: a
//! [`Connection`].
//!
//! The child's standard input and output are the two directions of one socket pair, so that shutting it down wakes
//! whoever is blocked on it; its standard error stays the caller's.

use std::ffi::OsString;
use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use super::{Connection, Peer};
use crate::error::{Error, ErrorKind, Result};

/// Starts `arguments` (the program first) and connects to its standard input and output.
///
/// # Errors
/// [`ErrorKind::InvalidArgument`] for an empty vector; the operating system's reason when the program cannot be started.
pub fn start(arguments: &[OsString]) -> Result<Connection> {
    let (program, rest) =
        arguments.split_first().ok_or_else(|| Error::new(ErrorKind::InvalidArgument, "no command to run"))?;
    let spawn = || -> io::Result<(UnixStream, Child)> {
        let (ours, theirs) = UnixStream::pair()?;
        let input = OwnedFd::from(theirs.try_clone()?);
        let child = Command::new(program)
            .args(rest)
            .stdin(Stdio::from(input))
            .stdout(Stdio::from(OwnedFd::from(theirs)))
            .spawn()?;
        Ok((ours, child))
    };
    let (stream, child) = spawn().map_err(|error| Error::os("run", Path::new(program), error))?;
    let clone = || stream.try_clone().map_err(|error| Error::stream("duplicate a socket", error));
    let (reader, control) = (clone()?, clone()?);
    Ok(Connection {
        reader: Box::new(reader),
        writer: Box::new(WriteHalf(stream)),
        interrupt: Arc::new(move || {
            // It fails only when the socket is shut down already.
            let _ = control.shutdown(Shutdown::Both);
        }),
        peer: Some(Box::new(Process(child))),
    })
}

/// Shuts the direction down when it is dropped: clones of the socket would keep it open otherwise.
struct WriteHalf(UnixStream);

impl io::Write for WriteHalf {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for WriteHalf {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

struct Process(Child);

impl Peer for Process {
    fn wait(&mut self) -> Result<i32> {
        let status = self.0.wait().map_err(|error| Error::stream("wait for the remote command", error))?;
        Ok(exit_status(status))
    }

    fn abandon(&mut self) -> Option<i32> {
        if let Ok(Some(status)) = self.0.try_wait() {
            return Some(exit_status(status));
        }
        // It may end by itself between the two calls; then there is nothing left to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.abandon();
    }
}

/// A shell's convention for signals.
fn exit_status(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(125)
}
