//! What the command reads and writes besides files. In: streams of the caller's. Out: one-line errors, text, data.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use syncline::CancelToken;

use crate::status::Status;

/// The streams of one run, and what is known about them.
pub struct Console<'a> {
    pub(crate) input: &'a mut dyn Read,
    pub(crate) output: Output<'a>,
    pub(crate) errors: &'a mut dyn Write,
    pub(crate) cancel: CancelToken,
    pub(crate) terminal: bool,
    pub(crate) colour: bool,
}

impl<'a> Console<'a> {
    /// Reads `-` from `input`, writes `-` and reports to `output`, and errors and progress to `errors`.
    pub fn new(input: &'a mut dyn Read, output: &'a mut dyn Write, errors: &'a mut dyn Write) -> Console<'a> {
        let output = Output { stream: output, broken: false };
        Console { input, output, errors, cancel: CancelToken::new(), terminal: false, colour: false }
    }

    /// Says whether `errors` is a terminal, where a progress bar is of use.
    #[must_use]
    pub fn terminal(mut self, terminal: bool) -> Console<'a> {
        self.terminal = terminal;
        self
    }

    /// Says whether errors may be coloured.
    #[must_use]
    pub fn colour(mut self, colour: bool) -> Console<'a> {
        self.colour = colour;
        self
    }

    /// Stops the run when `token` is cancelled.
    #[must_use]
    pub fn cancel(mut self, token: &CancelToken) -> Console<'a> {
        self.cancel = token.clone();
        self
    }

    /// Prints `text` to the output.
    pub(crate) fn print(&mut self, text: &str) -> Status {
        match self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush()) {
            Ok(()) => Status::Success,
            Err(_) if self.output.broken => Status::BrokenPipe,
            Err(error) => {
                self.complain(&format!("cannot write to the standard output: {error}"));
                Status::FileIo
            }
        }
    }

    /// Writes one line to the errors. That they can't be written is nothing anyone could be told.
    pub(crate) fn complain(&mut self, sentence: &str) {
        let mut line = String::new();
        let (start, end) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let _ = write!(line, "{start}syncline:{end} ");
        // A file name may hold anything; the terminal gets no control characters from it.
        line.extend(sentence.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }));
        line.push('\n');
        let _ = self.errors.write_all(line.as_bytes());
    }

    /// Complains about the command line.
    pub(crate) fn usage_error(&mut self, sentence: &str) -> Status {
        self.complain(sentence);
        Status::Usage
    }
}

impl std::fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("terminal", &self.terminal).finish_non_exhaustive()
    }
}

/// The standard output, which remembers that nobody reads it any more.
pub(crate) struct Output<'a> {
    stream: &'a mut dyn Write,
    pub(crate) broken: bool,
}

impl Output<'_> {
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result {
            self.broken |= error.kind() == ErrorKind::BrokenPipe;
        }
        result
    }
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.stream.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.stream.flush();
        self.note(result)
    }
}

/// The process's standard input, whose reads end when the work is cancelled.
#[derive(Debug)]
pub struct Input {
    stream: io::Stdin,
    cancel: CancelToken,
}

impl Input {
    /// The standard input, watched with `cancel`.
    pub fn standard(cancel: &CancelToken) -> Input {
        Input { stream: io::stdin(), cancel: cancel.clone() }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        const TENTH: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        loop {
            if self.cancel.is_cancelled() {
                return Err(io::Error::other("interrupted"));
            }
            let stdin = self.stream.as_fd();
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&TENTH)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                // Past the buffer of `Stdin`, which would hide from `poll` what it holds.
                Ok(_) => return Ok(rustix::io::read(stdin, buffer)?),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
