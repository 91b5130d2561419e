//! The thin process around [`syncline_cli::start`]: arguments, standard streams, signals, exit status.

use std::io::{IsTerminal, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::fs::Mode;
use rustix::process::umask;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use syncline::CancelToken;
use syncline_cli::rsync::Surroundings;
use syncline_cli::{Console, Input};

fn main() -> ExitCode {
    let cancel = CancelToken::new();
    // Without the handlers a signal merely ends the process and leaves a temporary file: no reason not to run.
    let _ = cancel_on_signals(&cancel);
    let mut input = Input::standard(&cancel);
    let (mut output, mut errors) = (stdout(), stderr());
    let terminal = errors.is_terminal();
    let mut console = Console::new(&mut input, &mut output, &mut errors)
        .terminal(terminal)
        .colour(terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()))
        .cancel(&cancel);
    let mut words = std::env::args_os();
    let program = words.next().map(PathBuf::from).unwrap_or_default();
    let program = program.file_name().unwrap_or_default().to_string_lossy();
    ExitCode::from(syncline_cli::start(
        &program,
        words.collect(),
        &Surroundings::from_process(file_mask()),
        &mut console,
    ))
}

/// The permission bits that new files do not get. They can only be read by setting them; no other thread makes files yet.
fn file_mask() -> u32 {
    let mask = umask(Mode::empty());
    umask(mask);
    mask.bits()
}

/// Makes the first of the signals that ask a process to end cancel the work, and a second one end the process.
fn cancel_on_signals(cancel: &CancelToken) -> std::io::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    let signals = [SIGHUP, SIGINT, SIGTERM];
    for signal in signals {
        // Handlers run in the order they were registered: the first time round the flag is not set yet.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&asked))?;
        signal_hook::flag::register(signal, Arc::clone(&asked))?;
    }
    let mut received = Signals::new(signals)?;
    let cancel = cancel.clone();
    std::thread::spawn(move || {
        if received.forever().next().is_some() {
            cancel.cancel();
        }
    });
    Ok(())
}
