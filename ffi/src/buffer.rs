//! Bytes that the library hands out.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use crate::guard;

/// Bytes that belong to the caller until they are freed.
pub struct syncline_buffer(pub(crate) Vec<u8>);

/// The bytes. NULL for NULL; else never NULL, and valid until the buffer is freed.
///
/// # Safety
/// `buffer` is NULL or a live buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_buffer_data(buffer: *const syncline_buffer) -> *const u8 {
    guard::value(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { buffer.as_ref() }.map_or(std::ptr::null(), |buffer| buffer.0.as_ptr())
    })
}

/// How many bytes there are. 0 for NULL.
///
/// # Safety
/// `buffer` is NULL or a live buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_buffer_len(buffer: *const syncline_buffer) -> usize {
    // SAFETY: the caller's promise.
    guard::value(0, || unsafe { buffer.as_ref() }.map_or(0, |buffer| buffer.0.len()))
}

/// Frees a buffer. NULL is fine.
///
/// # Safety
/// `buffer` is NULL or a live buffer, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_buffer_free(buffer: *mut syncline_buffer) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(buffer) }
}

/// Output of an incremental handle that waits to be pulled.
#[derive(Default)]
pub(crate) struct Waiting {
    bytes: Vec<u8>,
    used: usize,
}

impl Waiting {
    /// Where new output is added.
    pub(crate) fn room(&mut self) -> &mut Vec<u8> {
        if self.used == self.bytes.len() {
            self.bytes.clear();
            self.used = 0;
        }
        &mut self.bytes
    }

    /// Moves output to the start of `buffer` and says how much.
    pub(crate) fn pull(&mut self, buffer: &mut [u8]) -> usize {
        let rest = &self.bytes[self.used..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.used += count;
        count
    }
}

/// The caller's room for output.
///
/// # Safety
/// `data` is null or valid for writes of `capacity` bytes, which nobody else has access to.
pub(crate) unsafe fn room<'a>(data: *mut u8, capacity: usize) -> syncline_core::Result<&'a mut [u8]> {
    if capacity == 0 {
        return Ok(&mut []);
    }
    if data.is_null() {
        return Err(guard::null("buffer"));
    }
    // SAFETY: not null; the caller promises the rest. No object is longer than `isize::MAX`.
    Ok(unsafe { std::slice::from_raw_parts_mut(data, capacity.min(isize::MAX as usize)) })
}
