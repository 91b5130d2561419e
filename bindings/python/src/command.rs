//! `python -m syncline`: the command's own code on the process's standard streams. In: the words of a command line. Out: its exit status.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline::{CancelToken, Error, ErrorKind};
use syncline_cli::rsync::Surroundings;
use syncline_cli::{Console, Input};

use crate::error::exception;

/// Time between two looks at Python's signals.
const PACE: Duration = Duration::from_millis(50);

/// Runs the command line `words`, which do not include the program's name, under the process's `umask`. A signal handler that raises cancels the
/// command, which then cleans up and ends as interrupted.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, words: Vec<OsString>, umask: u32) -> PyResult<u8> {
    let run = |cancel: &CancelToken| run("syncline", words, umask, cancel, &mut stderr());
    Ok(attended(py, run)?.0)
}

/// The same as the program `rsync`: its exit status, and the end of what it wrote to standard error. What a signal handler raises propagates.
#[pyfunction]
pub(crate) fn rsync<'py>(
    py: Python<'py>,
    words: Vec<OsString>,
    umask: u32,
) -> PyResult<(u8, Bound<'py, PyBytes>)> {
    let mut errors = Kept::default();
    let (status, raised) = attended(py, |cancel| run("rsync", words, umask, cancel, &mut errors))?;
    match raised {
        Some(raised) => Err(raised),
        None => Ok((status, PyBytes::new(py, &errors.end))),
    }
}

/// Does `work` on a thread of its own, so that this one can run Python's signal handlers: what one raises cancels it.
fn attended<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&CancelToken) -> T + Send,
) -> PyResult<(T, Option<PyErr>)> {
    let cancel = CancelToken::new();
    let mut raised = None;
    let done = py.detach(|| {
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let working = scope.spawn({
                let cancel = &cancel;
                move || sender.send(work(cancel))
            });
            loop {
                match receiver.recv_timeout(PACE) {
                    Ok(done) => return Some(done),
                    Err(RecvTimeoutError::Disconnected) => return working.join().ok().and(None),
                    Err(RecvTimeoutError::Timeout) => {
                        if let Err(exception) = Python::attach(|py| py.check_signals()) {
                            raised = Some(exception);
                            cancel.cancel();
                        }
                    }
                }
            }
        })
    });
    match done {
        Some(done) => Ok((done, raised)),
        None => Err(exception(py, &Error::new(ErrorKind::Internal, "the command panicked"))),
    }
}

fn run(program: &str, words: Vec<OsString>, umask: u32, cancel: &CancelToken, errors: &mut dyn Write) -> u8 {
    let mut input = Input::standard(cancel);
    let mut output = stdout();
    let terminal = stderr().is_terminal();
    let mut console = Console::new(&mut input, &mut output, errors)
        .terminal(terminal)
        .colour(terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        .cancel(cancel);
    syncline_cli::start(program, words, &Surroundings::from_process(umask), &mut console)
}

/// Standard error, whose end is kept.
#[derive(Default)]
struct Kept {
    end: Vec<u8>,
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const MOST: usize = 4096;
        self.end.extend_from_slice(bytes);
        self.end.drain(..self.end.len().saturating_sub(MOST));
        stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}
