//! Asking a person for a password (`docs/spec/wire-1-session.md` §6.5). In: the terminal. Out: a line that was not shown.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use syncline::CancelToken;

/// How often the wait looks at cancellation.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// Bytes of a password, at most.
const LONGEST: usize = 4096;

/// A terminal that does not show what is typed, until this is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    fn open() -> Option<Hidden> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&terminal).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &quiet).ok()?;
        Some(Hidden { terminal, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The end of the line that was typed was not shown either.
        let _ = self.terminal.write_all(b"\n");
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Asks on the process's terminal; `None` if there is none, or nothing is typed, or `cancel` is cancelled.
pub(super) fn ask(cancel: &CancelToken) -> Option<Vec<u8>> {
    let mut hidden = Hidden::open()?;
    hidden.terminal.write_all(b"Password: ").ok()?;
    let mut typed = Vec::new();
    while typed.len() < LONGEST {
        let mut waiting = [PollFd::new(&hidden.terminal, PollFlags::IN)];
        let ready = poll(&mut waiting, Some(&TICK)).unwrap_or(0);
        if cancel.is_cancelled() {
            return None;
        }
        let mut byte = [0];
        if ready > 0 && (hidden.terminal.read(&mut byte).ok()? == 0 || byte == *b"\n") {
            break;
        }
        if ready > 0 {
            typed.push(byte[0]);
        }
    }
    Some(typed).filter(|typed| !typed.is_empty())
}
