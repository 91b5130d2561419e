//! What every entry does: null checks, the panic boundary, the status. In: raw pointers of the caller's. Out: references and statuses.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use syncline_core::{Error, ErrorKind, Result};

use crate::error::syncline_error;

/// Runs `body`; its error becomes the status and, if the caller wants it, an error object.
///
/// # Safety
/// `error` is null or valid for a write.
pub(crate) unsafe fn status(error: *mut *mut syncline_error, body: impl FnOnce() -> Result<()>) -> i32 {
    let outcome = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(panicked()));
    match outcome {
        Ok(()) => 0,
        Err(failure) => {
            let status = -failure.kind().code();
            if !error.is_null() {
                // SAFETY: not null, and the caller promises that it is valid for a write.
                unsafe { error.write(Box::into_raw(Box::new(syncline_error::new(failure)))) };
            }
            status
        }
    }
}

/// Runs `body` for an accessor that can't fail; a panic gives `otherwise`.
pub(crate) fn value<T>(otherwise: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(otherwise)
}

pub(crate) fn panicked() -> Error {
    Error::new(ErrorKind::Internal, "a defect in Syncline: please report it")
}

pub(crate) fn null(name: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("`{name}` is NULL"))
}

/// The handle behind a pointer.
///
/// # Safety
/// `pointer` is null or a live handle, to which nobody else has mutable access.
pub(crate) unsafe fn shared<'a, T>(pointer: *const T, name: &str) -> Result<&'a T> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// The handle behind a pointer.
///
/// # Safety
/// `pointer` is null or a live handle, to which nobody else has access.
pub(crate) unsafe fn unique<'a, T>(pointer: *mut T, name: &str) -> Result<&'a mut T> {
    // SAFETY: the caller's promise.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// The bytes at `data`; null is allowed for none.
///
/// # Safety
/// `data` is null or valid for reads of `length` bytes, which nobody changes.
pub(crate) unsafe fn bytes<'a>(data: *const u8, length: usize, name: &str) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(null(name));
    }
    if isize::try_from(length).is_err() {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            format!("the length of `{name}` is over SSIZE_MAX"),
        ));
    }
    // SAFETY: not null; the caller promises the rest.
    Ok(unsafe { std::slice::from_raw_parts(data, length) })
}

/// The path at `path`: bytes up to a NUL.
///
/// # Safety
/// `path` is null or a string that ends with NUL.
pub(crate) unsafe fn path<'a>(path: *const std::ffi::c_char, name: &str) -> Result<&'a Path> {
    use std::os::unix::ffi::OsStrExt;
    if path.is_null() {
        return Err(null(name));
    }
    // SAFETY: not null; the caller promises the NUL.
    let bytes = unsafe { std::ffi::CStr::from_ptr(path) }.to_bytes();
    Ok(Path::new(std::ffi::OsStr::from_bytes(bytes)))
}

/// Writes `value` to `out`.
///
/// # Safety
/// `out` is null or valid for a write.
pub(crate) unsafe fn put<T>(out: *mut T, value: T, name: &str) -> Result<()> {
    if out.is_null() {
        return Err(null(name));
    }
    // SAFETY: not null; the caller promises the rest.
    unsafe { out.write(value) };
    Ok(())
}

/// Writes a new handle that holds `value` to `out`.
///
/// # Safety
/// `out` is null or valid for a write.
pub(crate) unsafe fn put_handle<T>(out: *mut *mut T, value: T, name: &str) -> Result<()> {
    if out.is_null() {
        return Err(null(name));
    }
    // SAFETY: not null; the caller promises the rest.
    unsafe { put(out, Box::into_raw(Box::new(value)), name) }
}

/// Frees a handle; null is fine.
///
/// # Safety
/// `pointer` is null or a live handle, which nobody uses any more.
pub(crate) unsafe fn free<T>(pointer: *mut T) {
    if !pointer.is_null() {
        // SAFETY: handles are made by `Box::into_raw`, and the caller gives this one up.
        let handle = unsafe { Box::from_raw(pointer) };
        let _ = catch_unwind(AssertUnwindSafe(|| drop(handle)));
    }
}
