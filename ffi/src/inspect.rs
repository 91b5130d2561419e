//! What a signature or delta file is.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::c_char;

use syncline_core::delta::{self, BasisIdentity, Content, DeltaFormat, Inspection};
use syncline_core::files::{self, Control};

use crate::constants::*;
use crate::error::syncline_error;
use crate::guard;
use crate::options::format_number;

/// What a file is.
pub struct syncline_inspection(Inspection);

/// Writes an identity to places that may be null.
///
/// # Safety
/// `length` and `hash` are null or valid for a write of 8 and 32 bytes.
pub(crate) unsafe fn put_identity(identity: BasisIdentity, length: *mut u64, hash: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe {
        if !length.is_null() {
            length.write(identity.length);
        }
        if !hash.is_null() {
            hash.cast::<[u8; 32]>().write(identity.hash);
        }
    }
}

/// Says what the `len` bytes at `data` are. Every part is decoded: what passes is whole. `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspect(
    data: *const u8,
    len: usize,
    out: *mut *mut syncline_inspection,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let inspection = delta::inspect(guard::bytes(data, len, "data")?)?;
            guard::put_handle(out, syncline_inspection(inspection), "out")
        })
    }
}

/// Says what the file at `path` is. `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspect_file(
    path: *const c_char,
    out: *mut *mut syncline_inspection,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let inspection = files::inspect(guard::path(path, "path")?.into(), &mut Control::new())?;
            guard::put_handle(out, syncline_inspection(inspection), "out")
        })
    }
}

/// One number of what was inspected, or 0.
///
/// # Safety
/// `inspection` is null or a live handle.
unsafe fn number<T: Default>(
    inspection: *const syncline_inspection,
    of: impl FnOnce(&Content) -> Option<T>,
) -> T {
    guard::value(T::default(), || {
        // SAFETY: the caller's promise.
        unsafe { inspection.as_ref() }.and_then(|inspection| of(&inspection.0.content)).unwrap_or_default()
    })
}

/// Bytes in the file. 0 for NULL.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_length(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { inspection.as_ref() }.map_or(0, |inspection| inspection.0.length))
}

/// `SYNCLINE_CONTENT_SIGNATURE` or `SYNCLINE_CONTENT_DELTA`. 0 for NULL.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_content(inspection: *const syncline_inspection) -> i32 {
    guard::value(0, || {
        // SAFETY: the caller's promise.
        match unsafe { inspection.as_ref() }.map(|inspection| &inspection.0.content) {
            Some(Content::Signature { .. }) => SYNCLINE_CONTENT_SIGNATURE,
            Some(Content::Delta { .. }) => SYNCLINE_CONTENT_DELTA,
            _ => 0,
        }
    })
}

/// The format: `SYNCLINE_FORMAT_…` of a signature, `SYNCLINE_DELTA_…` of a delta. -1 for NULL.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_format(inspection: *const syncline_inspection) -> i32 {
    guard::value(-1, || {
        // SAFETY: the caller's promise.
        match unsafe { inspection.as_ref() }.map(|inspection| &inspection.0.content) {
            Some(Content::Signature { format, .. }) => format_number(*format),
            Some(Content::Delta { format: DeltaFormat::Native, .. }) => SYNCLINE_DELTA_NATIVE,
            Some(Content::Delta { format: DeltaFormat::Librsync, .. }) => SYNCLINE_DELTA_LIBRSYNC,
            _ => -1,
        }
    })
}

/// Bytes in a block of a signature; 0 for a delta.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_block_length(inspection: *const syncline_inspection) -> u32 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Signature { block_length, .. } => Some(*block_length),
            _ => None,
        })
    }
}
/// Bytes kept of each strong sum of a signature; 0 for a delta.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_strong_length(inspection: *const syncline_inspection) -> u32 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Signature { strong_length, .. } => Some(u32::from(*strong_length)),
            _ => None,
        })
    }
}
/// Blocks of a signature; 0 for a delta.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_blocks(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Signature { blocks, .. } => Some(*blocks),
            _ => None,
        })
    }
}
/// Copy operations of a delta; 0 for a signature.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_copies(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Delta { copies, .. } => Some(*copies),
            _ => None,
        })
    }
}
/// Bytes that a delta copies from the basis; 0 for a signature.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_copied_bytes(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Delta { copied_bytes, .. } => Some(*copied_bytes),
            _ => None,
        })
    }
}
/// Literal operations of a delta; 0 for a signature.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_literals(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Delta { literals, .. } => Some(*literals),
            _ => None,
        })
    }
}
/// Bytes that a delta carries; 0 for a signature.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_literal_bytes(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Delta { literal_bytes, .. } => Some(*literal_bytes),
            _ => None,
        })
    }
}
/// Bytes of a delta's compressed parts as they are in the file; 0 if nothing is compressed.
///
/// # Safety
/// `inspection` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_compressed_bytes(inspection: *const syncline_inspection) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        number(inspection, |content| match content {
            Content::Delta { compressed, .. } => Some(compressed.0),
            _ => None,
        })
    }
}

/// Writes length and BLAKE3 (32 bytes) of the basis and returns 1, or returns 0 where the file does not say. `length` and `hash` may be NULL.
///
/// # Safety
/// `inspection` is NULL or a live handle; `length` and `hash` are NULL or valid for a write of 8 and 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_basis(
    inspection: *const syncline_inspection,
    length: *mut u64,
    hash: *mut u8,
) -> i32 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe {
        match inspection.as_ref().map(|inspection| &inspection.0.content) {
            Some(
                Content::Signature { basis: Some(basis), .. } | Content::Delta { basis: Some(basis), .. },
            ) => {
                put_identity(*basis, length, hash);
                1
            }
            _ => 0,
        }
    })
}

/// Writes length and BLAKE3 (32 bytes) of a delta's result and returns 1, or returns 0 where the file does not say. `length` and `hash` may be NULL.
///
/// # Safety
/// `inspection` is NULL or a live handle; `length` and `hash` are NULL or valid for a write of 8 and 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_result(
    inspection: *const syncline_inspection,
    length: *mut u64,
    hash: *mut u8,
) -> i32 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe {
        match inspection.as_ref().map(|inspection| &inspection.0.content) {
            Some(Content::Delta { result: Some(result), .. }) => {
                put_identity(*result, length, hash);
                1
            }
            _ => 0,
        }
    })
}

/// Frees an inspection. NULL is fine.
///
/// # Safety
/// `inspection` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_inspection_free(inspection: *mut syncline_inspection) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(inspection) }
}
