//! Statistics as text (docs/spec/librsync.md §11.8). In: the counters of a job. Out: the original's sentence.

use std::ffi::{CStr, c_char, c_int};
use std::fmt::{self, Display, Write};
use std::ptr;

use libc::size_t;

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

/// A part of a whole with three decimals; what C prints for nothing of nothing, where there is no whole.
pub(crate) struct Share {
    pub(crate) part: u64,
    pub(crate) whole: u64,
    pub(crate) scale: f64,
}

impl Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.whole == 0 {
            return f.write_str("-nan");
        }
        write!(f, "{:.3}", self.scale * self.part as f64 / self.whole as f64)
    }
}

/// The sentence for `stats`, whose operation is called `operation`.
fn sentence(operation: &str, stats: &rs_stats_t) -> String {
    let mut text = format!("{operation} statistics: ");
    let mut add = |part: fmt::Arguments<'_>| text.write_fmt(part).unwrap_or(());
    if stats.lit_cmds != 0 {
        add(format_args!(
            "literal[{} cmds, {} bytes, {} cmdbytes] ",
            stats.lit_cmds, stats.lit_bytes, stats.lit_cmdbytes
        ));
    }
    if stats.sig_cmds != 0 {
        add(format_args!("in-place-signature[{} cmds, {} bytes] ", stats.sig_cmds, stats.sig_bytes));
    }
    if stats.copy_cmds != 0 || stats.false_matches != 0 {
        add(format_args!(
            "copy[{} cmds, {} bytes, {} cmdbytes, {} false]",
            stats.copy_cmds, stats.copy_bytes, stats.copy_cmdbytes, stats.false_matches
        ));
    }
    if stats.sig_blocks != 0 {
        add(format_args!("signature[{} blocks, {} bytes per block]", stats.sig_blocks, stats.block_len));
    }
    let seconds = stats.end.saturating_sub(stats.start).max(1);
    let megabytes = |bytes: i64| bytes as f64 / 1e6;
    let rate = |bytes: i64| megabytes(bytes) / seconds as f64;
    add(format_args!(
        " speed[{:.1} MB ({:.1} MB/s) in, {:.1} MB ({:.1} MB/s) out, {seconds} sec]",
        megabytes(stats.in_bytes),
        rate(stats.in_bytes),
        megabytes(stats.out_bytes),
        rate(stats.out_bytes)
    ));
    text
}

/// # Safety
/// The operation's name is null or ends with NUL.
unsafe fn sentence_of(stats: &rs_stats_t) -> String {
    if stats.op.is_null() {
        return sentence("noop", stats);
    }
    // SAFETY: not null; the caller promises the NUL.
    let operation = unsafe { CStr::from_ptr(stats.op) }.to_string_lossy();
    sentence(&operation, stats)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_examples() {
        // docs/spec/librsync.md §11.8
        let delta = rs_stats_t {
            lit_cmds: 1,
            lit_bytes: 262,
            lit_cmdbytes: 3,
            copy_cmds: 2,
            copy_bytes: 4744,
            copy_cmdbytes: 9,
            ..zeroed()
        };
        assert_eq!(
            sentence("delta", &delta),
            "delta statistics: literal[1 cmds, 262 bytes, 3 cmdbytes] copy[2 cmds, 4744 bytes, 9 cmdbytes, 0 false] \
             speed[0.0 MB (0.0 MB/s) in, 0.0 MB (0.0 MB/s) out, 1 sec]"
        );
        let signature = rs_stats_t {
            sig_blocks: 20,
            block_len: 256,
            in_bytes: 123_456_789,
            out_bytes: 1_000_000,
            start: 1000,
            end: 1003,
            ..zeroed()
        };
        assert_eq!(
            sentence("signature", &signature),
            "signature statistics: signature[20 blocks, 256 bytes per block] speed[123.5 MB (41.2 MB/s) in, 1.0 MB (0.3 MB/s) out, \
             3 sec]"
        );
        assert_eq!(
            sentence("noop", &zeroed()),
            "noop statistics:  speed[0.0 MB (0.0 MB/s) in, 0.0 MB (0.0 MB/s) out, 1 sec]"
        );
    }
}
