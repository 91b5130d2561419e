//! Patches: of bytes, and pulled while the delta is pushed.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::c_void;

use syncline_core::delta::{self, Basis, PatchStream};
use syncline_core::{Error, ErrorKind, Result};

use crate::buffer::{room, syncline_buffer};
use crate::error::syncline_error;
use crate::guard;
use crate::signature::finished;

/// Reads the basis: writes up to `len` bytes from byte `offset` on to `buffer` and their number to `*read`; fewer than asked for is allowed, 0 means that
/// the basis ends at or before `offset`. Called on the thread that pulls. Anything but 0 is a failure, which the pull passes on as
/// `SYNCLINE_ERROR_IO`.
pub type syncline_read_fn = Option<
    unsafe extern "C" fn(
        userdata: *mut c_void,
        offset: u64,
        buffer: *mut u8,
        len: usize,
        read: *mut usize,
    ) -> i32,
>;

/// A new file that is pulled while its delta is pushed.
pub struct syncline_patcher {
    stream: Option<PatchStream>,
    basis: Callback,
}

struct Callback {
    read: unsafe extern "C" fn(*mut c_void, u64, *mut u8, usize, *mut usize) -> i32,
    userdata: *mut c_void,
}

impl Basis for Callback {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        let mut read = 0;
        // SAFETY: `syncline_patcher_new`'s caller promised that the function may be called so.
        let status =
            unsafe { (self.read)(self.userdata, offset, buffer.as_mut_ptr(), buffer.len(), &raw mut read) };
        if status != 0 || read > buffer.len() {
            return Err(Error::new(ErrorKind::Io, format!("cannot read the basis at byte {offset}")));
        }
        Ok(read)
    }
}

/// Makes what the delta at `delta_data` makes of the basis at `basis`. `*out` is a new buffer.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patch_of(
    basis: *const u8,
    basis_len: usize,
    delta_data: *const u8,
    delta_len: usize,
    out: *mut *mut syncline_buffer,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let basis = guard::bytes(basis, basis_len, "basis")?;
            let delta = guard::bytes(delta_data, delta_len, "delta_data")?;
            guard::put_handle(out, syncline_buffer(delta::patch(basis, delta)?), "out")
        })
    }
}

/// Starts a patch of the basis that `read` reads. `*out` is a new handle.
///
/// # Safety
/// `read` may be called with `userdata` for as long as the handle lives; `out` and `error` as in every call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patcher_new(
    read: syncline_read_fn,
    userdata: *mut c_void,
    out: *mut *mut syncline_patcher,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let read = read.ok_or_else(|| guard::null("read"))?;
            let basis = Callback { read, userdata };
            guard::put_handle(out, syncline_patcher { stream: Some(PatchStream::new()), basis }, "out")
        })
    }
}

/// Takes the next `len` bytes of the delta. They are looked at when their turn to be pulled comes.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patcher_push(
    patcher: *mut syncline_patcher,
    data: *const u8,
    len: usize,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(patcher, "patcher")?;
            let data = guard::bytes(data, len, "data")?;
            // Taken out while it works: a panic leaves the handle without it, and every later call fails.
            let mut stream = handle.stream.take().ok_or_else(finished)?;
            stream.push(data);
            handle.stream = Some(stream);
            Ok(())
        })
    }
}

/// Moves up to `capacity` bytes of the new file to `buffer` and their number to `*len`; 0 when more of the delta is needed or it is at an end. Nothing
/// of it is to be trusted before `syncline_patcher_finish` has agreed.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patcher_pull(
    patcher: *mut syncline_patcher,
    buffer: *mut u8,
    capacity: usize,
    len: *mut usize,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(patcher, "patcher")?;
            let room = room(buffer, capacity)?;
            guard::put(len, 0, "len")?;
            // Taken out while it works: an error or a panic leaves the handle without it, and every later call fails.
            let mut stream = handle.stream.take().ok_or_else(finished)?;
            let count = stream.pull(&handle.basis, room)?;
            handle.stream = Some(stream);
            guard::put(len, count, "len")
        })
    }
}

/// Ends the delta, once all has been pulled, and verifies the result. `*verified` (may be NULL) is 1 if the delta said what the result must be, 0 if it does
/// not say (librsync's without a check).
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patcher_finish(
    patcher: *mut syncline_patcher,
    verified: *mut i32,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(patcher, "patcher")?;
            let report = handle.stream.as_mut().ok_or_else(finished)?.finish()?;
            if !verified.is_null() {
                verified.write(i32::from(report.verified));
            }
            Ok(())
        })
    }
}

/// Frees a patcher, finished or not. NULL is fine.
///
/// # Safety
/// `patcher` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patcher_free(patcher: *mut syncline_patcher) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(patcher) }
}
