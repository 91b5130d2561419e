//! MD4 (docs/spec/librsync.md §11.9). In: bytes. Out: 16 bytes.

use std::ffi::{c_uchar, c_void};

use libc::size_t;
use md4::{Digest, Md4};

use crate::guard::guarded;

/// The state of a hash, in the 96 bytes that callers set aside for it.
pub type rs_mdfour_t = Md4;

const _: () = assert!(
    size_of::<rs_mdfour_t>() <= 96 && align_of::<rs_mdfour_t>() <= 8,
    "callers set aside 96 bytes aligned to 8"
);

/// # Safety
/// `data` is valid for reads of `length` bytes.
unsafe fn bytes<'a>(data: *const c_void, length: size_t) -> &'a [u8] {
    if length == 0 || data.is_null() {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data.cast(), length) }
}

/// # Safety
/// `out` is valid for writes of 16 bytes.
unsafe fn put(digest: &[u8], out: *mut c_uchar) {
    // SAFETY: an MD4 has 16 bytes, for which the caller promises room.
    unsafe { std::ptr::copy_nonoverlapping(digest.as_ptr(), out, digest.len()) };
}

/// Writes the MD4 of `length` bytes to `out`.
///
/// # Safety
/// `data` is valid for reads of `length` bytes, `out` for writes of 16.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_mdfour(out: *mut c_uchar, data: *const c_void, length: size_t) {
    // SAFETY: the caller's promise.
    guarded((), || unsafe { put(&Md4::digest(bytes(data, length)), out) });
}

/// Starts a hash.
///
/// # Safety
/// `state` is valid for a write of 96 bytes aligned to 8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_mdfour_begin(state: *mut rs_mdfour_t) {
    // SAFETY: the state fits what the caller promises.
    unsafe { state.write(Md4::new()) };
}

/// Adds `length` bytes.
///
/// # Safety
/// `state` was started by [`rs_mdfour_begin`]; `data` is valid for reads of `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_mdfour_update(state: *mut rs_mdfour_t, data: *const c_void, length: size_t) {
    // SAFETY: the caller's promise.
    guarded((), || unsafe { (*state).update(bytes(data, length)) });
}

/// Writes the MD4 of everything added to `out`.
///
/// # Safety
/// `state` was started by [`rs_mdfour_begin`]; `out` is valid for writes of 16 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_mdfour_result(state: *mut rs_mdfour_t, out: *mut c_uchar) {
    // SAFETY: the caller's promise; the state is copied, so that the call may be repeated.
    guarded((), || unsafe { put(&(*state).clone().finalize(), out) });
}
