//! Messages (docs/spec/librsync.md §11.8). In: what happened. Out: one line to the sink that the program chose.

use std::ffi::{c_char, c_int};
use std::fmt::Display;
use std::sync::RwLock;
use std::sync::atomic::{AtomicI32, Ordering};

use crate::file::standard_error;
use crate::guard::guarded;
use crate::types::rs_trace_fn_t;

/// How serious a message is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Error = 3,
    Warning = 4,
    Info = 6,
}

impl Level {
    fn prefix(self) -> &'static str {
        match self {
            Level::Error => "ERROR: ",
            Level::Warning => "Warning: ",
            Level::Info => "",
        }
    }
}

/// Bytes of a message's text that are shown.
const LONGEST: usize = 999;

static LOUDEST: AtomicI32 = AtomicI32::new(Level::Info as i32);
static SINK: RwLock<Option<rs_trace_fn_t>> = RwLock::new(Some(rs_trace_stderr));

/// An error in `function`, a name of the original's that programs and people know the message by.
pub(crate) fn error(function: &str, text: impl Display) {
    say(Level::Error, Some(function), text);
}

/// A warning of `function`.
pub(crate) fn warning(function: &str, text: impl Display) {
    say(Level::Warning, Some(function), text);
}

/// Information, which is shown without a function's name.
pub(crate) fn information(text: impl Display) {
    say(Level::Info, None, text);
}

fn say(level: Level, function: Option<&str>, text: impl Display) {
    if level as i32 > LOUDEST.load(Ordering::Relaxed) {
        return;
    }
    // The sink may itself change the sink: no lock is held while it runs.
    let Some(sink) = SINK.read().map_or(None, |sink| *sink) else {
        return;
    };
    let mut text = text.to_string().into_bytes();
    text.truncate(LONGEST);
    text.retain(|&byte| byte != 0);
    let function = function.map(|name| format!("({name}) ")).unwrap_or_default();
    let mut line = format!("librsync: {}{function}", level.prefix()).into_bytes();
    line.append(&mut text);
    line.extend_from_slice(b"\n\0");
    // SAFETY: the line ends with NUL, and lies in memory of its own that the sink may write to (§11.5). The program promised
    // that the sink is a function of this type.
    unsafe { sink(level as c_int, line.as_mut_ptr().cast()) };
}

/// Drops messages with a number above `level`.
#[unsafe(no_mangle)]
pub extern "C" fn rs_trace_set_level(level: c_int) {
    LOUDEST.store(level, Ordering::Relaxed);
}

/// Sends messages to `sink`; null silences.
#[unsafe(no_mangle)]
pub extern "C" fn rs_trace_to(sink: Option<rs_trace_fn_t>) {
    guarded((), || {
        if let Ok(mut current) = SINK.write() {
            *current = sink;
        }
    });
}

/// Writes `message` to the standard error stream as it is.
///
/// # Safety
/// `message` ends with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_trace_stderr(_level: c_int, message: *const c_char) {
    if !message.is_null() {
        // SAFETY: the caller promises the NUL; the stream is the C library's.
        unsafe { libc::fputs(message, standard_error()) };
    }
}

/// Whether DEBUG messages can be had: 0, as in the original's releases.
#[unsafe(no_mangle)]
pub extern "C" fn rs_supports_trace() -> c_int {
    0
}
