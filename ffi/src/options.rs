//! Options of signatures, deltas and files, as handles with setters, so that new ones do not change the ABI.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::c_void;

use syncline_core::delta::{
    Compression, DeltaFormat, DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode, SignatureOptions,
    StrongLength,
};
use syncline_core::files::OutputOptions;
use syncline_core::{CancelToken, Error, ErrorKind, Result};

use crate::constants::*;
use crate::guard;

/// How to make a signature.
pub struct syncline_signature_options(pub(crate) SignatureOptions);

/// How to make a delta.
pub struct syncline_delta_options(pub(crate) DeltaOptions);

/// Hears how far work is: `done` bytes of `total`. While `total_is_final` is 0, `total` may still grow. Called on the thread that called the
/// work. Anything but 0 stops it with `SYNCLINE_ERROR_CANCELLED`.
pub type syncline_progress_fn =
    Option<unsafe extern "C" fn(userdata: *mut c_void, done: u64, total: u64, total_is_final: i32) -> i32>;

/// How files are written, watched and stopped.
#[derive(Default)]
pub struct syncline_file_options {
    pub(crate) output: OutputOptions,
    pub(crate) cancel: Option<CancelToken>,
    pub(crate) progress: Option<(unsafe extern "C" fn(*mut c_void, u64, u64, i32) -> i32, *mut c_void)>,
}

/// A flag that stops work from another thread.
pub struct syncline_cancel(pub(crate) CancelToken);

fn invalid(what: &str, value: i64) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("{value} is no {what}"))
}

pub(crate) fn format(number: i32) -> Result<Format> {
    match number {
        SYNCLINE_FORMAT_NATIVE => Ok(Format::Native),
        SYNCLINE_FORMAT_ROLLSUM_MD4 => Ok(Format::RollsumMd4),
        SYNCLINE_FORMAT_ROLLSUM_BLAKE2 => Ok(Format::RollsumBlake2),
        SYNCLINE_FORMAT_RABINKARP_MD4 => Ok(Format::RabinKarpMd4),
        SYNCLINE_FORMAT_RABINKARP_BLAKE2 => Ok(Format::RabinKarpBlake2),
        other => Err(invalid("signature format", other.into())),
    }
}

pub(crate) fn format_number(format: Format) -> i32 {
    match format {
        Format::Native => SYNCLINE_FORMAT_NATIVE,
        Format::RollsumMd4 => SYNCLINE_FORMAT_ROLLSUM_MD4,
        Format::RollsumBlake2 => SYNCLINE_FORMAT_ROLLSUM_BLAKE2,
        Format::RabinKarpMd4 => SYNCLINE_FORMAT_RABINKARP_MD4,
        Format::RabinKarpBlake2 => SYNCLINE_FORMAT_RABINKARP_BLAKE2,
    }
}

pub(crate) fn delta_format(number: i32) -> Result<DeltaFormat> {
    match number {
        SYNCLINE_DELTA_NATIVE => Ok(DeltaFormat::Native),
        SYNCLINE_DELTA_LIBRSYNC => Ok(DeltaFormat::Librsync),
        other => Err(invalid("delta format", other.into())),
    }
}

/// The options behind `options`, or the defaults for null.
///
/// # Safety
/// `options` is null or live.
pub(crate) unsafe fn signature_options(options: *const syncline_signature_options) -> SignatureOptions {
    // SAFETY: the caller's promise.
    unsafe { options.as_ref() }.map_or_else(SignatureOptions::default, |options| options.0.clone())
}

/// The options behind `options`, or the defaults for null.
///
/// # Safety
/// `options` is null or live.
pub(crate) unsafe fn delta_options(options: *const syncline_delta_options) -> DeltaOptions {
    // SAFETY: the caller's promise.
    unsafe { options.as_ref() }.map_or_else(DeltaOptions::default, |options| options.0.clone())
}

/// New signature options, all at their defaults: native format, lengths chosen from the size, one thread. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_signature_options_new() -> *mut syncline_signature_options {
    Box::into_raw(Box::new(syncline_signature_options(SignatureOptions::default())))
}

/// Sets the format: one of `SYNCLINE_FORMAT_…`.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_options_set_format(
    options: *mut syncline_signature_options,
    format_number: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.format = format(format_number)?;
            Ok(())
        })
    }
}

/// Sets the bytes in a block; 0 chooses them from the size. Native: a power of two from 1024 to 16777216, checked when the options are used.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_options_set_block_length(
    options: *mut syncline_signature_options,
    bytes: u32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.block_length = (bytes != 0).then_some(bytes);
            Ok(())
        })
    }
}

/// Sets the bytes kept of each strong sum, from 1 to 32, or one of `SYNCLINE_STRONG_…`. The format's own bounds are checked when the options
/// are used.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_options_set_strong_length(
    options: *mut syncline_signature_options,
    bytes: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.strong_length = match bytes {
                SYNCLINE_STRONG_AUTO => StrongLength::Auto,
                SYNCLINE_STRONG_MINIMUM => StrongLength::Minimum,
                SYNCLINE_STRONG_MAX => StrongLength::Max,
                other => StrongLength::Bytes(
                    u8::try_from(other).map_err(|_| invalid("strong sum length", other.into()))?,
                ),
            };
            Ok(())
        })
    }
}

/// Says how long the basis will be, in bytes, where it is pushed: the lengths left open follow from it. A wrong value costs efficiency, never
/// correctness.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_options_set_basis_length(
    options: *mut syncline_signature_options,
    bytes: u64,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.basis_length = Some(bytes);
            Ok(())
        })
    }
}

/// Sets how many threads hash where all of the basis is at hand. The result is the same for every count.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_options_set_workers(
    options: *mut syncline_signature_options,
    count: usize,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.workers = count;
            Ok(())
        })
    }
}

/// Frees options. NULL is fine.
///
/// # Safety
/// `options` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_options_free(options: *mut syncline_signature_options) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(options) }
}

/// New delta options, all at their defaults: literals compressed by zstd at level 3 (native), exact mode of generation 2 without a check
/// (librsync), one thread. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_delta_options_new() -> *mut syncline_delta_options {
    Box::into_raw(Box::new(syncline_delta_options(DeltaOptions::default())))
}

/// Sets the zstd level of a native delta's literals, from 1 to 19; 0 stores them as they are.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_options_set_compression(
    options: *mut syncline_delta_options,
    level: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            if !(0..=19).contains(&level) {
                return Err(invalid("zstd level from 0 to 19", level.into()));
            }
            guard::unique(options, "options")?.0.compression =
                if level == 0 { Compression::None } else { Compression::Zstd(level) };
            Ok(())
        })
    }
}

/// Sets which matches a librsync delta is made of: one of `SYNCLINE_MODE_…`.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_options_set_mode(
    options: *mut syncline_delta_options,
    mode: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.mode = match mode {
                SYNCLINE_MODE_EXACT => LibrsyncMode::Exact,
                SYNCLINE_MODE_COMPACT => LibrsyncMode::Compact,
                other => return Err(invalid("mode", other.into())),
            };
            Ok(())
        })
    }
}

/// Sets whose literal sizes an exact librsync delta has: one of `SYNCLINE_GENERATION_…`.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_options_set_generation(
    options: *mut syncline_delta_options,
    generation: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.generation = match generation {
                SYNCLINE_GENERATION_1 => LibrsyncGeneration::G1,
                SYNCLINE_GENERATION_2 => LibrsyncGeneration::G2,
                other => return Err(invalid("generation", other.into())),
            };
            Ok(())
        })
    }
}

/// Sets whether a librsync delta is followed by a check of the result, which rdiff ignores and this library verifies.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_options_set_check(
    options: *mut syncline_delta_options,
    check: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.check = check != 0;
            Ok(())
        })
    }
}

/// Sets how many threads search. The result is the same for every count.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_options_set_workers(
    options: *mut syncline_delta_options,
    count: usize,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.0.workers = count;
            Ok(())
        })
    }
}

/// Frees options. NULL is fine.
///
/// # Safety
/// `options` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_delta_options_free(options: *mut syncline_delta_options) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(options) }
}

/// New file options: nothing is overwritten, no holes are made, nobody watches. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_file_options_new() -> *mut syncline_file_options {
    Box::into_raw(Box::default())
}

/// Sets whether an existing file may be replaced.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_file_options_set_overwrite(
    options: *mut syncline_file_options,
    overwrite: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.output.overwrite = overwrite != 0;
            Ok(())
        })
    }
}

/// Sets whether long runs of zeros in a patched file become holes.
///
/// # Safety
/// `options` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_file_options_set_sparse(
    options: *mut syncline_file_options,
    sparse: i32,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.output.sparse = sparse != 0;
            Ok(())
        })
    }
}

/// Sets who hears how far the work is; a NULL function is nobody. `userdata` is passed to it as it is.
///
/// # Safety
/// `options` is a live handle; `progress` may be called with `userdata` for as long as the options are used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_file_options_set_progress(
    options: *mut syncline_file_options,
    progress: syncline_progress_fn,
    userdata: *mut c_void,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.progress = progress.map(|progress| (progress, userdata));
            Ok(())
        })
    }
}

/// Sets the flag that stops the work; NULL for none. The options keep a reference of their own: `cancel` may be freed before them.
///
/// # Safety
/// `options` is a live handle; `cancel` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_file_options_set_cancel(
    options: *mut syncline_file_options,
    cancel: *const syncline_cancel,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(options, "options")?.cancel = cancel.as_ref().map(|cancel| cancel.0.clone());
            Ok(())
        })
    }
}

/// Frees options. NULL is fine.
///
/// # Safety
/// `options` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_file_options_free(options: *mut syncline_file_options) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(options) }
}

/// A new flag, not set. Never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn syncline_cancel_new() -> *mut syncline_cancel {
    Box::into_raw(Box::new(syncline_cancel(CancelToken::new())))
}

/// Sets the flag: all work that was given it stops soon with `SYNCLINE_ERROR_CANCELLED`. From any thread; NULL does nothing.
///
/// # Safety
/// `cancel` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_cancel_set(cancel: *const syncline_cancel) {
    // SAFETY: the caller's promise.
    if let Some(cancel) = unsafe { cancel.as_ref() } {
        cancel.0.cancel();
    }
}

/// Frees a flag. NULL is fine.
///
/// # Safety
/// `cancel` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_cancel_free(cancel: *mut syncline_cancel) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(cancel) }
}
