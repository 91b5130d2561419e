//! Deltas: of bytes, and built from pieces.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use syncline_core::delta::{self, DeltaBuilder};

use crate::buffer::{Waiting, room, syncline_buffer};
use crate::error::syncline_error;
use crate::guard;
use crate::options::{delta_format, delta_options, syncline_delta_options};
use crate::signature::{finished, syncline_signature};

/// A delta that is built from a new file which is pushed in pieces.
pub struct syncline_delta_builder {
    builder: Option<DeltaBuilder>,
    waiting: Waiting,
}

/// Makes the delta from the basis of `signature` to the `len` bytes at `new_data`. `options` may be NULL. `*out` is a new buffer.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_of(
    signature: *const syncline_signature,
    new_data: *const u8,
    len: usize,
    options: *const syncline_delta_options,
    out: *mut *mut syncline_buffer,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let signature = guard::shared(signature, "signature")?;
            let new = guard::bytes(new_data, len, "new_data")?;
            let delta = delta::delta(&signature.0, new, &delta_options(options))?;
            guard::put_handle(out, syncline_buffer(delta), "out")
        })
    }
}

/// Makes the delta from the `old_len` bytes at `old_data` to the `new_len` bytes at `new_data`, as small as it can be made with both at hand. `format`
/// is one of `SYNCLINE_DELTA_…`; `options` may be NULL. `*out` is a new buffer.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_diff(
    old_data: *const u8,
    old_len: usize,
    new_data: *const u8,
    new_len: usize,
    format: i32,
    options: *const syncline_delta_options,
    out: *mut *mut syncline_buffer,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let old = guard::bytes(old_data, old_len, "old_data")?;
            let new = guard::bytes(new_data, new_len, "new_data")?;
            let delta = delta::diff(old, new, delta_format(format)?, &delta_options(options))?;
            guard::put_handle(out, syncline_buffer(delta), "out")
        })
    }
}

/// Starts a delta from the basis of `signature` to a new file that will be pushed. `options` may be NULL. `*out` is a new handle, which keeps
/// a reference of its own to the signature.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_builder_new(
    signature: *const syncline_signature,
    options: *const syncline_delta_options,
    out: *mut *mut syncline_delta_builder,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let signature = guard::shared(signature, "signature")?;
            let builder = DeltaBuilder::new(signature.0.clone(), &delta_options(options))?;
            let handle = syncline_delta_builder { builder: Some(builder), waiting: Waiting::default() };
            guard::put_handle(out, handle, "out")
        })
    }
}

/// Takes the next `len` bytes of the new file. What of the delta is certain with them can then be pulled; until it is pulled it is held in memory.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_builder_push(
    builder: *mut syncline_delta_builder,
    data: *const u8,
    len: usize,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(builder, "builder")?;
            let data = guard::bytes(data, len, "data")?;
            // Taken out while it works: a panic leaves the handle without it, and every later call fails.
            let mut inner = handle.builder.take().ok_or_else(finished)?;
            inner.update(data, handle.waiting.room())?;
            handle.builder = Some(inner);
            Ok(())
        })
    }
}

/// Ends the new file. The rest of the delta can then be pulled.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_builder_finish(
    builder: *mut syncline_delta_builder,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(builder, "builder")?;
            handle.builder.take().ok_or_else(finished)?.finish(handle.waiting.room())?;
            Ok(())
        })
    }
}

/// Moves up to `capacity` bytes of the delta to `buffer` and their number to `*len`; 0 when there are none (yet).
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_builder_pull(
    builder: *mut syncline_delta_builder,
    buffer: *mut u8,
    capacity: usize,
    len: *mut usize,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(builder, "builder")?;
            let room = room(buffer, capacity)?;
            guard::put(len, 0, "len")?;
            guard::put(len, handle.waiting.pull(room), "len")
        })
    }
}

/// Frees a builder, finished or not. NULL is fine.
///
/// # Safety
/// `builder` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_builder_free(builder: *mut syncline_delta_builder) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(builder) }
}
