//! `python -m syncline`: the command's own code on the process's standard streams. In: the words of a command line. Out: its exit status.

use std::ffi::OsString;
use std::io::{IsTerminal, stderr, stdout};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use pyo3::prelude::*;
use syncline::{CancelToken, Error, ErrorKind};
use syncline_cli::rsync::Surroundings;
use syncline_cli::{Console, Input};

use crate::error::exception;

/// Time between two looks at Python's signals.
const PACE: Duration = Duration::from_millis(50);

/// Runs the command line `words`, which do not include the program's name, under the process's `umask`. It works on a thread of its own, so that this one can run Python's
/// signal handlers: one that raises cancels the command, which then cleans up and ends as interrupted.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, words: Vec<OsString>, umask: u32) -> PyResult<u8> {
    let cancel = CancelToken::new();
    py.detach(|| {
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            let working = scope.spawn({
                let cancel = &cancel;
                move || sender.send(run(words, umask, cancel))
            });
            loop {
                match receiver.recv_timeout(PACE) {
                    Ok(status) => return Some(status),
                    Err(RecvTimeoutError::Disconnected) => return working.join().ok().and(None),
                    Err(RecvTimeoutError::Timeout) => {
                        if Python::attach(|py| py.check_signals()).is_err() {
                            cancel.cancel();
                        }
                    }
                }
            }
        })
    })
    .ok_or_else(|| exception(py, &Error::new(ErrorKind::Internal, "the command panicked")))
}

fn run(words: Vec<OsString>, umask: u32, cancel: &CancelToken) -> u8 {
    let mut input = Input::standard(cancel);
    let (mut output, mut errors) = (stdout(), stderr());
    let terminal = errors.is_terminal();
    let mut console = Console::new(&mut input, &mut output, &mut errors)
        .terminal(terminal)
        .colour(terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        .cancel(cancel);
    syncline_cli::start("syncline", words, &Surroundings::from_process(umask), &mut console)
}
