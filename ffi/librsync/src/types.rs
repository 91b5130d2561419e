//! The structures and callback types of the C interface (docs/spec/librsync.md §11.4, §11.5).

use std::ffi::{c_char, c_int, c_void};

use libc::{size_t, time_t};

use crate::job::rs_job_t;
use crate::result::rs_result;

/// A signed 64-bit number: sizes and offsets.
pub type rs_long_t = i64;

/// The kind of a signature; callers may pass any number.
pub type rs_magic_number = c_int;

/// The caller's buffers of one iteration.
#[repr(C)]
pub struct rs_buffers_t {
    pub(crate) next_in: *mut c_char,
    pub(crate) avail_in: size_t,
    pub(crate) eof_in: c_int,
    pub(crate) next_out: *mut c_char,
    pub(crate) avail_out: size_t,
}

/// What a job has done.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct rs_stats_t {
    pub(crate) op: *const c_char,
    pub(crate) lit_cmds: c_int,
    pub(crate) lit_bytes: rs_long_t,
    pub(crate) lit_cmdbytes: rs_long_t,
    pub(crate) copy_cmds: rs_long_t,
    pub(crate) copy_bytes: rs_long_t,
    pub(crate) copy_cmdbytes: rs_long_t,
    pub(crate) sig_cmds: rs_long_t,
    pub(crate) sig_bytes: rs_long_t,
    pub(crate) false_matches: c_int,
    pub(crate) sig_blocks: rs_long_t,
    pub(crate) block_len: size_t,
    pub(crate) in_bytes: rs_long_t,
    pub(crate) out_bytes: rs_long_t,
    pub(crate) start: time_t,
    pub(crate) end: time_t,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<rs_buffers_t>() == 40 && size_of::<rs_stats_t>() == 128);

/// Delivers up to `*length` bytes of the basis from `position`, at `*buffer` or where it points `*buffer` to.
pub type rs_copy_cb = unsafe extern "C" fn(
    opaque: *mut c_void,
    position: rs_long_t,
    length: *mut size_t,
    buffer: *mut *mut c_void,
) -> rs_result;

/// Fills or empties the buffers of a driven job.
pub type rs_driven_cb =
    unsafe extern "C" fn(job: *mut rs_job_t, buffers: *mut rs_buffers_t, opaque: *mut c_void) -> rs_result;

/// Takes a message, which ends with a newline and lives as long as the call.
pub type rs_trace_fn_t = unsafe extern "C" fn(level: c_int, message: *const c_char);
