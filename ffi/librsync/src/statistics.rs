//! Statistics as text (docs/spec/librsync.md §11.8). In: the counters of a job. Out: the original's sentence.

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

use libc::size_t;
use syncline::delta::librsync::{CommandCounts, Statistics};

use crate::guard::guarded;
use crate::log;
use crate::types::rs_stats_t;

/// Nothing done yet.
pub(crate) fn zeroed() -> rs_stats_t {
    rs_stats_t {
        op: ptr::null(),
        lit_cmds: 0,
        lit_bytes: 0,
        lit_cmdbytes: 0,
        copy_cmds: 0,
        copy_bytes: 0,
        copy_cmdbytes: 0,
        sig_cmds: 0,
        sig_bytes: 0,
        false_matches: 0,
        sig_blocks: 0,
        block_len: 0,
        in_bytes: 0,
        out_bytes: 0,
        start: 0,
        end: 0,
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> libc::time_t {
    // SAFETY: null asks for the value alone.
    unsafe { libc::time(ptr::null_mut()) }
}

/// # Safety
/// The operation's name is null or ends with NUL.
unsafe fn sentence_of(stats: &rs_stats_t) -> String {
    // SAFETY: the caller promises the NUL.
    let operation = if stats.op.is_null() { c"noop" } else { unsafe { CStr::from_ptr(stats.op) } };
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let commands = CommandCounts {
        literals: count(stats.lit_cmds.into()),
        literal_command_bytes: count(stats.lit_cmdbytes),
        copies: count(stats.copy_cmds),
        copy_command_bytes: count(stats.copy_cmdbytes),
    };
    let statistics = Statistics {
        operation: &operation.to_string_lossy(),
        commands,
        literal_bytes: stats.lit_bytes,
        copied_bytes: stats.copy_bytes,
        in_place: (stats.sig_cmds, stats.sig_bytes),
        false_matches: stats.false_matches.into(),
        blocks: stats.sig_blocks,
        block_length: stats.block_len,
        input: stats.in_bytes,
        output: stats.out_bytes,
        seconds: stats.end.saturating_sub(stats.start),
    };
    statistics.to_string()
}

/// Writes the statistics to `buffer`, cut to `size` bytes with their NUL, and returns it.
///
/// # Safety
/// `stats` is null or valid, its operation's name null or a string; `buffer` is valid for writes of `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_format_stats(
    stats: *const rs_stats_t,
    buffer: *mut c_char,
    size: size_t,
) -> *mut c_char {
    // SAFETY: the caller's promise.
    let Some(stats) = (unsafe { stats.as_ref() }) else {
        return buffer;
    };
    // SAFETY: the caller's promise.
    let text = guarded(String::new(), || unsafe { sentence_of(stats) });
    if !buffer.is_null() && size > 0 {
        let length = text.len().min(size - 1);
        // SAFETY: `length` bytes and the NUL fit `size` bytes, which the caller promises to be writable.
        unsafe {
            ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast(), length);
            buffer.add(length).write(0);
        }
    }
    buffer
}

/// Logs the statistics.
///
/// # Safety
/// `stats` is null or valid, its operation's name null or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_log_stats(stats: *const rs_stats_t) -> c_int {
    // SAFETY: the caller's promise.
    if let Some(stats) = unsafe { stats.as_ref() } {
        // SAFETY: the caller's promise.
        guarded((), || log::information(unsafe { sentence_of(stats) }));
    }
    0
}
