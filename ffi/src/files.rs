//! Signature, delta and patch of paths. Outputs appear whole and verified, or not at all.

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;

use syncline_core::files::{self, Control, OutputOptions};
use syncline_core::{Progress, Result};

use crate::error::syncline_error;
use crate::guard;
use crate::options::{
    delta_format, delta_options, signature_options, syncline_delta_options, syncline_file_options,
    syncline_signature_options,
};

/// Runs `work` as `options` (or the defaults, for null) say.
///
/// # Safety
/// `options` is null or live, and its callback may be called.
unsafe fn controlled(
    options: *const syncline_file_options,
    work: impl FnOnce(&OutputOptions, &mut Control<'_>) -> Result<()>,
) -> Result<()> {
    // SAFETY: the caller's promise.
    let Some(options) = (unsafe { options.as_ref() }) else {
        return work(&OutputOptions::default(), &mut Control::new());
    };
    let mut control = Control::new();
    if let Some(cancel) = &options.cancel {
        control = control.cancel(cancel);
    }
    let Some((progress, userdata)) = options.progress else { return work(&options.output, &mut control) };
    let mut observer = |seen: Progress| call(progress, userdata, seen);
    work(&options.output, &mut control.progress(&mut observer))
}

fn call(
    progress: unsafe extern "C" fn(*mut c_void, u64, u64, i32) -> i32,
    userdata: *mut c_void,
    seen: Progress,
) -> ControlFlow<()> {
    // SAFETY: who set the callback promised that it may be called with this userdata.
    let stop =
        unsafe { progress(userdata, seen.bytes_done, seen.bytes_total, i32::from(seen.total_is_final)) };
    if stop == 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
}

/// Writes the signature of the file at `basis` to `signature`. `options` and `file_options` may be NULL.
///
/// # Safety
/// The paths are strings that end with NUL; the other pointers are NULL or live; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_file(
    basis: *const c_char,
    signature: *const c_char,
    options: *const syncline_signature_options,
    file_options: *const syncline_file_options,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let (basis, signature) = (guard::path(basis, "basis")?, guard::path(signature, "signature")?);
            let options = signature_options(options);
            controlled(file_options, |output, control| {
                files::signature(basis.into(), signature.into(), &options, output, control).map(drop)
            })
        })
    }
}

/// Writes the delta from the basis of the signature file at `signature` to the file at `new_file` to `delta`. `options` and `file_options` may be NULL.
///
/// # Safety
/// The paths are strings that end with NUL; the other pointers are NULL or live; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_file(
    signature: *const c_char,
    new_file: *const c_char,
    delta: *const c_char,
    options: *const syncline_delta_options,
    file_options: *const syncline_file_options,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let signature = guard::path(signature, "signature")?;
            let (new, delta) = (guard::path(new_file, "new_file")?, guard::path(delta, "delta")?);
            let options = delta_options(options);
            controlled(file_options, |output, control| {
                files::delta(signature.into(), new.into(), delta.into(), &options, output, control).map(drop)
            })
        })
    }
}

/// Writes the delta from the file at `old_file` to the one at `new_file` to `delta`, as small as it can be made with both at hand. `format` is one of
/// `SYNCLINE_DELTA_…`; `options` and `file_options` may be NULL.
///
/// # Safety
/// The paths are strings that end with NUL; the other pointers are NULL or live; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_diff_file(
    old_file: *const c_char,
    new_file: *const c_char,
    delta: *const c_char,
    format: i32,
    options: *const syncline_delta_options,
    file_options: *const syncline_file_options,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let old = guard::path(old_file, "old_file")?;
            let (new, delta) = (guard::path(new_file, "new_file")?, guard::path(delta, "delta")?);
            let (format, options) = (delta_format(format)?, delta_options(options));
            controlled(file_options, |output, control| {
                files::diff(old, new.into(), delta.into(), format, &options, output, control).map(drop)
            })
        })
    }
}

/// Writes what the delta at `delta` makes of the file at `basis` to `new_file`, which may be `basis` itself. `file_options` may be NULL.
///
/// # Safety
/// The paths are strings that end with NUL; the other pointers are NULL or live; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_patch_file(
    basis: *const c_char,
    delta: *const c_char,
    new_file: *const c_char,
    file_options: *const syncline_file_options,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let basis = guard::path(basis, "basis")?;
            let (delta, new) = (guard::path(delta, "delta")?, guard::path(new_file, "new_file")?);
            controlled(file_options, |output, control| {
                files::patch(basis, delta.into(), new.into(), output, control).map(drop)
            })
        })
    }
}
