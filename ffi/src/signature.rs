//! Signatures: of bytes, loaded, stored, and built from pieces.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::sync::Arc;

use syncline_core::delta::{Signature, SignatureBuilder};
use syncline_core::{Error, ErrorKind};

use crate::buffer::{Waiting, room, syncline_buffer};
use crate::error::syncline_error;
use crate::guard;
use crate::options::{format_number, signature_options, syncline_signature_options};

/// What is known of a basis. Never changes: any number of threads may use it.
pub struct syncline_signature(pub(crate) Arc<Signature>);

/// A signature that is built from a basis which is pushed in pieces.
pub struct syncline_signature_builder {
    builder: Option<SignatureBuilder>,
    waiting: Waiting,
}

/// Makes the signature of the `len` bytes at `basis`. `options` may be NULL. `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_of(
    basis: *const u8,
    len: usize,
    options: *const syncline_signature_options,
    out: *mut *mut syncline_signature,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let signature = Signature::of(guard::bytes(basis, len, "basis")?, &signature_options(options))?;
            guard::put_handle(out, syncline_signature(Arc::new(signature)), "out")
        })
    }
}

/// Loads the signature file in the `len` bytes at `data`, whichever of the five formats it is in. `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_load(
    data: *const u8,
    len: usize,
    out: *mut *mut syncline_signature,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let signature = Signature::decode(guard::bytes(data, len, "data")?)?;
            guard::put_handle(out, syncline_signature(Arc::new(signature)), "out")
        })
    }
}

/// Writes the signature as a file. `*out` is a new buffer.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_store(
    signature: *const syncline_signature,
    out: *mut *mut syncline_buffer,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let bytes = guard::shared(signature, "signature")?.0.encode();
            guard::put_handle(out, syncline_buffer(bytes), "out")
        })
    }
}

/// The format: one of `SYNCLINE_FORMAT_…`. -1 for NULL.
///
/// # Safety
/// `signature` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_format(signature: *const syncline_signature) -> i32 {
    guard::value(-1, || {
        // SAFETY: the caller's promise.
        unsafe { signature.as_ref() }.map_or(-1, |signature| format_number(signature.0.format()))
    })
}

/// Bytes in a block. 0 for NULL.
///
/// # Safety
/// `signature` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_block_length(signature: *const syncline_signature) -> u32 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { signature.as_ref() }.map_or(0, |signature| signature.0.block_length()))
}

/// Bytes kept of each strong sum. 0 for NULL.
///
/// # Safety
/// `signature` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_strong_length(signature: *const syncline_signature) -> u32 {
    guard::value(0, || {
        // SAFETY: the caller's promise.
        unsafe { signature.as_ref() }.map_or(0, |signature| u32::from(signature.0.strong_length()))
    })
}

/// Blocks in the basis. 0 for NULL.
///
/// # Safety
/// `signature` is NULL or a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_block_count(signature: *const syncline_signature) -> u64 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { signature.as_ref() }.map_or(0, |signature| signature.0.block_count()))
}

/// Writes length and BLAKE3 (32 bytes) of the basis and returns 1, or returns 0 where the format does not say (librsync's). `length` and `hash`
/// may be NULL.
///
/// # Safety
/// `signature` is NULL or a live handle; `length` and `hash` are NULL or valid for a write of 8 and 32 bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_basis(
    signature: *const syncline_signature,
    length: *mut u64,
    hash: *mut u8,
) -> i32 {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe {
        let Some(basis) = signature.as_ref().and_then(|signature| signature.0.basis()) else { return 0 };
        crate::inspect::put_identity(basis, length, hash);
        1
    })
}

/// Frees a signature. NULL is fine. Deltas that are being built with it keep a reference of their own.
///
/// # Safety
/// `signature` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_free(signature: *mut syncline_signature) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(signature) }
}

/// Starts a signature of a basis that will be pushed. `options` may be NULL. `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_builder_new(
    options: *const syncline_signature_options,
    out: *mut *mut syncline_signature_builder,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let builder = SignatureBuilder::new(&signature_options(options))?;
            let handle = syncline_signature_builder { builder: Some(builder), waiting: Waiting::default() };
            guard::put_handle(out, handle, "out")
        })
    }
}

/// Takes the next `len` bytes of the basis.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_builder_push(
    builder: *mut syncline_signature_builder,
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
            inner.update(data);
            handle.builder = Some(inner);
            Ok(())
        })
    }
}

/// Ends the basis. The signature file can now be pulled, and if `signature` is not NULL, `*signature` is a new handle on the signature.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_builder_finish(
    builder: *mut syncline_signature_builder,
    signature: *mut *mut syncline_signature,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let handle = guard::unique(builder, "builder")?;
            let finished = handle.builder.take().ok_or_else(finished)?.finish();
            *handle.waiting.room() = finished.encode();
            if signature.is_null() {
                return Ok(());
            }
            guard::put_handle(signature, syncline_signature(Arc::new(finished)), "signature")
        })
    }
}

/// Moves up to `capacity` bytes of the signature file to `buffer` and their number to `*len`; 0 when there are none (yet).
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_signature_builder_pull(
    builder: *mut syncline_signature_builder,
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
pub unsafe extern "C" fn syncline_signature_builder_free(builder: *mut syncline_signature_builder) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(builder) }
}

pub(crate) fn finished() -> Error {
    Error::new(ErrorKind::InvalidState, "the handle is finished, or a call on it failed: make a new one")
}
