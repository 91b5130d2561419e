//! Error objects.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::{CString, c_char};
use std::os::unix::ffi::OsStrExt;

use syncline_core::{Error, ErrorKind};

use crate::guard;

/// What failed, on which path, and why.
pub struct syncline_error {
    error: Error,
    message: CString,
    name: CString,
}

impl syncline_error {
    pub(crate) fn new(error: Error) -> syncline_error {
        let message = error.to_string().replace('\0', "\u{fffd}");
        syncline_error {
            message: CString::new(message).unwrap_or_default(),
            name: CString::new(error.kind().name()).unwrap_or_default(),
            error,
        }
    }
}

/// The status that the failed call returned: one of the `SYNCLINE_ERROR_…` constants. 0 for NULL.
///
/// # Safety
/// `error` is NULL or a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_status(error: *const syncline_error) -> i32 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { error.as_ref() }.map_or(0, |error| -error.error.kind().code()))
}

/// The stable name of the error's kind, for example `NOT_A_SIGNATURE`. NULL for NULL. Lives as long as the error.
///
/// # Safety
/// `error` is NULL or a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_name(error: *const syncline_error) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { error.as_ref() }.map_or(std::ptr::null(), |error| error.name.as_ptr())
    })
}

/// One sentence in English that says what failed and what to do, in UTF-8. NULL for NULL. Lives as long as the error.
///
/// # Safety
/// `error` is NULL or a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_message(error: *const syncline_error) -> *const c_char {
    guard::value(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { error.as_ref() }.map_or(std::ptr::null(), |error| error.message.as_ptr())
    })
}

/// The path that the error is about: `*len` bytes, not ended by NUL. NULL, and `*len` 0, if it is about none. Lives as long as the error.
/// `len` may be NULL.
///
/// # Safety
/// `error` is NULL or a live error; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_path(error: *const syncline_error, len: *mut usize) -> *const u8 {
    // SAFETY: the caller's promise.
    guard::value(std::ptr::null(), || unsafe {
        let path =
            error.as_ref().and_then(|error| error.error.path()).map(|path| path.as_os_str().as_bytes());
        if !len.is_null() {
            len.write(path.map_or(0, <[u8]>::len));
        }
        path.map_or(std::ptr::null(), <[u8]>::as_ptr)
    })
}

/// The operating system's error number (`errno`), or 0 if it was not the operating system that refused.
///
/// # Safety
/// `error` is NULL or a live error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_errno(error: *const syncline_error) -> i32 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { error.as_ref() }.and_then(|error| error.error.errno()).unwrap_or(0))
}

/// Frees an error. NULL is fine.
///
/// # Safety
/// `error` is NULL or a live error, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_error_free(error: *mut syncline_error) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(error) }
}

/// The stable name of a status, for example `NOT_A_SIGNATURE`; `OK` for 0, NULL for a number that is no status. Static.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_status_name(status: i32) -> *const c_char {
    guard::value(std::ptr::null(), || {
        if status == 0 {
            return c"OK".as_ptr();
        }
        let kind = status.checked_neg().and_then(ErrorKind::from_code);
        let name = kind.and_then(|kind| NAMES.iter().find(|name| name.to_bytes() == kind.name().as_bytes()));
        name.map_or(std::ptr::null(), |name| name.as_ptr())
    })
}

/// Every name as a C string; a test compares them with the library's.
const NAMES: &[&std::ffi::CStr] = &[
    c"INVALID_ARGUMENT",
    c"IO",
    c"NOT_FOUND",
    c"PERMISSION_DENIED",
    c"ALREADY_EXISTS",
    c"NO_SPACE",
    c"CANCELLED",
    c"OUT_OF_MEMORY",
    c"INTERNAL",
    c"NOT_A_FILE",
    c"INVALID_STATE",
    c"NOT_A_SIGNATURE",
    c"NOT_A_DELTA",
    c"SWAPPED_ARGUMENTS",
    c"UNSUPPORTED_VERSION",
    c"TRUNCATED",
    c"CORRUPT",
    c"LIMIT_EXCEEDED",
    c"WRONG_BASIS",
    c"VERIFICATION_FAILED",
    c"FILE_CHANGED",
    c"PROTOCOL",
    c"DAMAGED_STREAM",
    c"CONNECTION_LOST",
    c"TIMEOUT",
    c"UNSUPPORTED",
    c"PEER_FAILED",
    c"FILE_SELECTION",
    c"PARTIAL_TRANSFER",
    c"SOURCE_VANISHED",
    c"DELETE_LIMIT",
    c"CONNECT_FAILED",
    c"CONNECT_TIMEOUT",
    c"AUTHENTICATION_FAILED",
    c"REFUSED",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_name() {
        for kind in ErrorKind::ALL {
            let name = syncline_status_name(-kind.code());
            assert!(!name.is_null(), "{kind:?}");
            // SAFETY: not null, and static.
            assert_eq!(unsafe { std::ffi::CStr::from_ptr(name) }.to_bytes(), kind.name().as_bytes());
        }
        assert!(syncline_status_name(i32::MIN).is_null());
    }
}
