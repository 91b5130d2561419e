//! A command at the other end: ssh, rsh, or a server started directly. In: an argument vector. Out: a [`Connection`].
//!
//! No shell is involved on this side. The child's standard input and output are sockets, so that shutting them down wakes
//! whoever is blocked on them. It stays in the caller's process group and session, because ssh asks for passwords on the
//! terminal; it is ended through its own number, and the sockets tell whatever it started.

use std::ffi::{OsStr, OsString};
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::descriptors::Wake;
use super::socket::{ReadHalf, WriteHalf, break_off};
use super::{Connection, Peer};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};

/// How long a child whose connection broke may take to end by itself: what it ends with says why it broke. rsync takes
/// a child that lives for 50 ms as still running (`docs/spec/wire-1-session.md` §7.6).
const GRACE: Duration = Duration::from_millis(30);
/// How long a child may take to end when it is asked to: ssh gives the terminal back as it was.
const ENDING: Duration = Duration::from_millis(500);
/// How long a cancelled wait may go on.
const HEARTBEAT: Duration = Duration::from_millis(100);
/// Bytes kept of what a child says on its standard error, the last ones.
const WORDS_KEPT: usize = 8 * 1024;
/// Bytes read from its standard error once it has ended: what a pipe can hold.
const WORDS_LEFT: usize = 64 * 1024;

/// A program to be started.
pub struct Command {
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    errors: Errors,
}

/// Hears what a child says on its standard error, as it arrives; called on a thread of its own.
type Listener = Box<dyn FnMut(&[u8]) + Send>;

enum Errors {
    Inherited,
    Kept(Option<Listener>),
}

impl Command {
    /// Runs `arguments`, the program first, which is searched for in `PATH`.
    ///
    /// The end of what it says on its standard error is kept for [`Peer::last_words`].
    pub fn new(arguments: Vec<OsString>) -> Command {
        Command { arguments, environment: Vec::new(), errors: Errors::Kept(None) }
    }

    /// Sets a variable of the child's environment, which is otherwise this process's.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Command {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Lets `listener` hear what the child says on its standard error, as it arrives and on a thread of its own.
    #[must_use]
    pub fn on_errors(mut self, listener: impl FnMut(&[u8]) + Send + 'static) -> Command {
        self.errors = Errors::Kept(Some(Box::new(listener)));
        self
    }

    /// Lets the child share this process's standard error; nothing of it is kept.
    #[must_use]
    pub fn inherit_errors(mut self) -> Command {
        self.errors = Errors::Inherited;
        self
    }

    /// Starts it and connects to its standard input and output.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for an empty vector; the operating system's reason, with rsync's exit status 14, when
    /// the program cannot be started.
    pub fn start(self) -> Result<Connection> {
        let program = self
            .arguments
            .first()
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::InvalidArgument, "no command to run"))?;
        self.spawn().map_err(|error| Error::os("run", Path::new(&program), error).with_peer_status(14))
    }

    fn spawn(self) -> io::Result<Connection> {
        let (input, their_input) = UnixStream::pair()?;
        let (output, their_output) = UnixStream::pair()?;
        let (program, rest) = self.arguments.split_first().ok_or(Errno::INVAL)?;
        let mut command = std::process::Command::new(program);
        command.args(rest).envs(self.environment);
        command.stdin(OwnedFd::from(their_input)).stdout(OwnedFd::from(their_output));
        let words = match self.errors {
            Errors::Inherited => {
                command.stderr(Stdio::inherit());
                None
            }
            Errors::Kept(listener) => {
                let (reader, writer) = io::pipe()?;
                command.stderr(writer);
                Some((reader, listener))
            }
        };
        let (input, output) = (Arc::new(OwnedFd::from(input)), Arc::new(OwnedFd::from(output)));
        let child = command.spawn()?;
        // From here on the child is ended if anything fails. The command still holds its ends of the connection.
        drop(command);
        let mut process = Process::new(child);
        if let Some((reader, listener)) = words {
            process.words = Some(Words::listen(reader, listener)?);
        }
        Ok(Connection {
            reader: Box::new(ReadHalf(Arc::clone(&output))),
            writer: Box::new(WriteHalf(Arc::clone(&input))),
            interrupt: Arc::new(move || {
                break_off(&input);
                break_off(&output);
            }),
            peer: Some(Box::new(process)),
        })
    }
}

/// Starts `arguments` (the program first), which shares this process's standard error.
///
/// # Errors
/// As [`Command::start`].
pub fn start(arguments: &[OsString]) -> Result<Connection> {
    Command::new(arguments.to_vec()).inherit_errors().start()
}

/// What a broken connection to a command means, by the exit status of the command, in the words that help; every other
/// error as it is. `program` is the one that was to run at the other end.
pub fn explain(error: Error, program: &OsStr) -> Error {
    let status = error.exit_status();
    if error.kind() != ErrorKind::ConnectionLost {
        return error;
    }
    let program = program.to_string_lossy();
    let words = error.peer_message().unwrap_or_default().to_owned();
    let (kind, sentence) = match status {
        127 => (ErrorKind::PeerFailed, format!("{program}: command not found on the other end")),
        126 => (ErrorKind::PeerFailed, format!("{program}: cannot be run on the other end")),
        125 => (ErrorKind::ConnectionLost, "the remote shell was killed".to_owned()),
        255 if is_login_refused(&words) => {
            (ErrorKind::PermissionDenied, "the other end refused the login".to_owned())
        }
        255 => (ErrorKind::ConnectionLost, "the remote shell failed".to_owned()),
        _ => return error,
    };
    let explained = Error::new(kind, sentence).with_peer_status(status);
    if words.is_empty() { explained } else { explained.with_peer_message(words) }
}

/// Whether it is what ssh says when it is let in by no way of proving who it is, or does not know the host's key.
fn is_login_refused(words: &str) -> bool {
    words.contains("Permission denied (") || words.contains("Host key verification failed")
}

struct Process {
    child: Child,
    /// Stands for the child, and for no other that gets its number. Missing before Linux 5.3.
    held: Option<OwnedFd>,
    words: Option<Words>,
}

impl Process {
    fn new(child: Child) -> Process {
        let held = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).ok();
        Process { child, held, words: None }
    }

    /// Waits at most `time` for the child to end; whether it has.
    fn ends_within(&self, time: Duration) -> bool {
        let Some(held) = &self.held else { return false };
        let time = Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() };
        poll(&mut [PollFd::new(held, PollFlags::IN)], Some(&time)).is_ok_and(|ended| ended > 0)
    }

    fn settled(&mut self, status: ExitStatus) -> i32 {
        if let Some(words) = &mut self.words {
            words.stop();
        }
        exit_status(status)
    }
}

impl Peer for Process {
    fn wait(&mut self, cancel: &CancelToken) -> Result<i32> {
        while self.held.is_some() && !self.ends_within(HEARTBEAT) {
            if cancel.is_cancelled() {
                self.abandon();
                return Err(Error::cancelled());
            }
        }
        let status =
            self.child.wait().map_err(|error| Error::stream("wait for the remote command", error))?;
        Ok(self.settled(status))
    }

    fn abandon(&mut self) -> Option<i32> {
        self.ends_within(GRACE);
        if let Ok(Some(status)) = self.child.try_wait() {
            return Some(self.settled(status));
        }
        if let Some(held) = &self.held {
            // It may end by itself at any moment; then there is nothing left to ask.
            let _ = pidfd_send_signal(held, Signal::TERM);
        }
        if !self.ends_within(ENDING) {
            let _ = self.child.kill();
        }
        if let Ok(status) = self.child.wait() {
            self.settled(status);
        }
        None
    }

    fn last_words(&self) -> Vec<u8> {
        self.words.as_ref().map(Words::last).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.abandon();
        }
    }
}

/// rsync's status for a remote shell that a signal ended is 125 (`docs/spec/wire-1-session.md` §7.7).
fn exit_status(status: ExitStatus) -> i32 {
    status.code().unwrap_or(125)
}

/// Listens to a child's standard error until it is told to stop: something that outlives the child may hold it open, as
/// the master of shared ssh connections does.
struct Words {
    last: Arc<Mutex<Vec<u8>>>,
    stop: Arc<Wake>,
    thread: Option<JoinHandle<()>>,
}

impl Words {
    fn listen(mut reader: PipeReader, mut listener: Option<Listener>) -> io::Result<Words> {
        let (last, stop) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::new(Wake::new()?));
        let mut heard = {
            let last = Arc::clone(&last);
            move |words: &[u8]| {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                last.extend_from_slice(words);
                let surplus = last.len().saturating_sub(WORDS_KEPT);
                last.drain(..surplus);
                drop(last);
                if let Some(listener) = &mut listener {
                    listener(words);
                }
            }
        };
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("syncline-stderr".to_owned()).spawn(move || {
            let mut buffer = [0; 4096];
            while stopped.wait_for(reader.as_fd(), PollFlags::IN).is_ok() {
                match reader.read(&mut buffer) {
                    Ok(0) => return,
                    Ok(count) => heard(buffer.get(..count).unwrap_or_default()),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
            // What the child said before it ended is in the pipe, and nothing that comes later matters.
            let mut left = WORDS_LEFT;
            let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
            while left > 0
                && poll(&mut [PollFd::new(&reader, PollFlags::IN)], Some(&at_once))
                    .is_ok_and(|ready| ready > 0)
            {
                match reader.read(&mut buffer) {
                    Ok(count @ 1..) => heard(buffer.get(..count).unwrap_or_default()),
                    _ => return,
                }
                left = left.saturating_sub(buffer.len());
            }
        })?;
        Ok(Words { last, stop, thread: Some(thread) })
    }

    fn stop(&mut self) {
        self.stop.wake();
        if let Some(thread) = self.thread.take() {
            // It fails only if the listener panicked, which has been reported where it did.
            let _ = thread.join();
        }
    }

    fn last(&self) -> Vec<u8> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::mpsc;
    use std::time::Instant;

    fn shell(script: &str) -> Command {
        Command::new(["sh", "-c", script].map(OsString::from).to_vec())
    }

    fn is_alive(pid: &str) -> bool {
        Path::new("/proc").join(pid.trim()).exists()
    }

    /// Reads one line, which is how the scripts below say their number.
    fn line(connection: &mut Connection) -> String {
        let (mut line, mut byte) = (Vec::new(), [0]);
        while connection.reader.read(&mut byte).unwrap() == 1 && byte != [b'\n'] {
            line.extend(byte);
        }
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn bytes_go_through_a_child_which_sees_the_end() {
        let Connection { mut reader, mut writer, peer, .. } =
            Command::new(vec!["cat".into()]).start().unwrap();
        let sent = vec![7; 1 << 20];
        std::thread::scope(|scope| {
            scope.spawn(|| {
                writer.write_all(&sent).unwrap();
                drop(writer);
            });
            let mut read = Vec::new();
            reader.read_to_end(&mut read).unwrap();
            assert!(read == sent);
        });
        assert_eq!(peer.unwrap().wait(&CancelToken::new()).unwrap(), 0);
    }

    #[test]
    fn arguments_reach_the_child_as_they_are() {
        let arguments = ["printf", "%s|", "a b", "$HOME;`id`", "*", ""].map(OsString::from).to_vec();
        let mut connection = Command::new(arguments).start().unwrap();
        let mut read = String::new();
        connection.reader.read_to_string(&mut read).unwrap();
        assert_eq!(read, "a b|$HOME;`id`|*||");
    }

    #[test]
    fn the_end_of_a_long_complaint_is_kept_and_all_of_it_is_heard() {
        let (say, hear) = mpsc::channel();
        let connection = shell("seq 1 5000 >&2; echo $VARIABLE >&2; exit 3")
            .environment("VARIABLE", "last")
            .on_errors(move |words| say.send(words.to_vec()).unwrap())
            .start()
            .unwrap();
        let mut peer = connection.peer.unwrap();
        assert_eq!(peer.wait(&CancelToken::new()).unwrap(), 3);
        let last = peer.last_words();
        assert_eq!(last.len(), WORDS_KEPT);
        assert!(last.ends_with(b"\n5000\nlast\n"));
        drop(peer);
        let heard: Vec<u8> = hear.iter().flatten().collect();
        assert!(heard.starts_with(b"1\n2\n") && heard.ends_with(&last));
    }

    #[test]
    fn something_that_keeps_standard_error_open_is_not_waited_for() {
        let mut connection =
            shell("sleep 60 >/dev/null </dev/null & echo $!; echo done >&2").start().unwrap();
        let sleeper = line(&mut connection);
        let mut peer = connection.peer.take().unwrap();
        let start = Instant::now();
        assert_eq!(peer.wait(&CancelToken::new()).unwrap(), 0);
        assert_eq!(peer.last_words(), b"done\n");
        drop((peer, connection));
        assert!(start.elapsed() < Duration::from_secs(10));
        let sleeper = Pid::from_raw(sleeper.parse().unwrap()).unwrap();
        rustix::process::kill_process(sleeper, Signal::KILL).unwrap();
    }

    #[test]
    fn a_child_is_gone_after_an_interrupt_even_one_that_refuses() {
        for script in ["echo $$; exec sleep 60", "trap '' TERM; echo $$; while :; do sleep 1; done"] {
            let mut connection = shell(script).start().unwrap();
            let pid = line(&mut connection);
            assert!(is_alive(&pid));
            let interrupt = Arc::clone(&connection.interrupt);
            let mut reader = connection.reader;
            std::thread::scope(|scope| {
                let read = scope.spawn(move || reader.read(&mut [0]).unwrap_or(0));
                interrupt();
                assert_eq!(read.join().unwrap(), 0);
            });
            let mut peer = connection.peer.unwrap();
            let cancel = CancelToken::new();
            cancel.cancel();
            assert_eq!(peer.wait(&cancel).unwrap_err().kind(), ErrorKind::Cancelled);
            assert!(!is_alive(&pid));
        }
    }

    #[test]
    fn a_child_is_gone_when_the_connection_is_dropped() {
        let mut connection = shell("echo $$; exec sleep 60").start().unwrap();
        let pid = line(&mut connection);
        drop(connection);
        assert!(!is_alive(&pid));
    }

    #[test]
    fn a_status_tells_why_the_connection_broke() {
        let mut connection = shell("no-such-command-here").start().unwrap();
        assert_eq!(connection.reader.read(&mut [0]).unwrap(), 0);
        let mut peer = connection.peer.unwrap();
        let status = peer.abandon();
        let words = peer.last_words();
        assert!(String::from_utf8(words.clone()).unwrap().contains("not found"));
        let lost = || Error::new(ErrorKind::ConnectionLost, "closed");
        let error = explain(lost().behind(status, &words), OsStr::new("rsync"));
        assert_eq!((error.kind(), error.exit_status()), (ErrorKind::PeerFailed, 127));
        assert!(error.to_string().starts_with("rsync: command not found"));
        assert!(error.peer_message().unwrap().contains("not found"));
        let other = explain(lost().behind(Some(3), b""), OsStr::new("rsync"));
        assert_eq!((other.kind(), other.exit_status()), (ErrorKind::ConnectionLost, 12));
    }

    #[test]
    fn a_refused_login_and_an_unknown_host_are_told_apart() {
        let lost = |words: &[u8]| Error::new(ErrorKind::ConnectionLost, "closed").behind(Some(255), words);
        for (words, kind) in [
            (&b"u@h: Permission denied (publickey,password).\r\n"[..], ErrorKind::PermissionDenied),
            (b"ssh: Could not resolve hostname h", ErrorKind::ConnectionLost),
        ] {
            let error = explain(lost(words), OsStr::new("rsync"));
            assert_eq!((error.kind(), error.exit_status()), (kind, 255));
            assert!(error.peer_message().is_some());
        }
    }

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let Err(error) = start(&["/no/such/program".into()]) else { panic!("it was started") };
        assert_eq!((error.kind(), error.exit_status()), (ErrorKind::NotFound, 14));
        assert!(error.to_string().contains("/no/such/program"));
        assert!(start(&[]).is_err());
    }
}
