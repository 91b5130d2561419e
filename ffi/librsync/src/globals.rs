//! The data that the library shares with its programs (docs/spec/librsync.md §11.2).
//!
//! A program that names one of these has a copy of its own, which the dynamic linker makes the only one: nothing here
//! may be read other than through its symbol, and sizes are part of the interface.

use std::ffi::{c_char, c_int};
use std::sync::atomic::{AtomicI32, Ordering};

/// The input buffer of whole-file calls in bytes; 0 leaves it to the library.
#[unsafe(no_mangle)]
pub static rs_inbuflen: AtomicI32 = AtomicI32::new(0);

/// The output buffer of whole-file calls in bytes; 0 leaves it to the library.
#[unsafe(no_mangle)]
pub static rs_outbuflen: AtomicI32 = AtomicI32::new(0);

/// The release whose behaviour this is: 14 characters and NUL.
#[unsafe(no_mangle)]
pub static rs_librsync_version: [c_char; 15] = {
    let text = b"librsync 2.3.4\0";
    let mut version = [0; 15];
    let mut i = 0;
    while i < version.len() {
        version[i] = text[i] as c_char;
        i += 1;
    }
    version
};

/// Bytes of an MD4.
#[unsafe(no_mangle)]
pub static RS_MD4_SUM_LENGTH: c_int = 16;

/// Bytes of a BLAKE2b as the formats use it.
#[unsafe(no_mangle)]
pub static RS_BLAKE2_SUM_LENGTH: c_int = 32;

/// The size that the program set, or `otherwise`.
pub(crate) fn buffer_size(set: &AtomicI32, otherwise: usize) -> usize {
    usize::try_from(set.load(Ordering::Relaxed)).ok().filter(|&size| size > 0).unwrap_or(otherwise)
}
