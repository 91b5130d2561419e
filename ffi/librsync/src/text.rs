//! Hexadecimal and base64 (docs/spec/librsync.md §11.9). In: bytes. Out: characters; and back.

use std::ffi::{c_char, c_int, c_uchar, c_void};

use libc::size_t;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Six bits for each character, the last filled up with zeros, without padding.
fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = [0u8; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        let character = |i: usize| ALPHABET[(bits >> (18 - 6 * i) & 63) as usize];
        text.extend((0..=group.len()).map(character));
    }
    text
}

/// The value of a character.
fn value(character: u8) -> Option<u32> {
    ALPHABET.iter().position(|&known| known == character).map(|at| at as u32)
}

/// The bytes of whole groups of four characters; of a remainder of `n` characters, `n` bytes, the last of leftover bits alone: the original
/// counts them so.
fn unbase64(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for group in text.chunks(4) {
        let bits =
            group.iter().enumerate().fold(0, |bits, (i, &c)| bits | value(c).unwrap_or(0) << (18 - 6 * i));
        let count = if group.len() == 4 { 3 } else { group.len() };
        bytes.extend_from_slice(&bits.to_be_bytes()[1..=count]);
    }
    bytes
}

/// Writes the bytes at `from` in lower-case hexadecimal, and NUL.
///
/// # Safety
/// `from` is valid for reads of `count` bytes, `to` for writes of twice as many and one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_hexify(to: *mut c_char, from: *const c_void, count: c_int) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let count = usize::try_from(count).unwrap_or(0);
    for i in 0..count {
        // SAFETY: `i` is below `count`; the caller promises the memory.
        unsafe {
            let byte = from.cast::<u8>().add(i).read();
            to.add(2 * i).write(DIGITS[usize::from(byte >> 4)] as c_char);
            to.add(2 * i + 1).write(DIGITS[usize::from(byte & 15)] as c_char);
        }
    }
    // SAFETY: the caller promises room for it.
    unsafe { to.add(2 * count).write(0) };
}

/// Writes the bytes at `from` in base64 without padding, and NUL.
///
/// # Safety
/// `from` is valid for reads of `count` bytes, `to` for writes of the characters and one more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_base64(from: *const c_uchar, count: c_int, to: *mut c_char) {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller's promise; nothing is read for a count of 0.
    let bytes = if count == 0 { &[] } else { unsafe { std::slice::from_raw_parts(from, count) } };
    let mut text = base64(bytes);
    text.push(0);
    // SAFETY: the caller promises room for the characters and NUL.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr().cast(), to, text.len()) };
}

/// Decodes base64 in place, up to the first other character, and says how many bytes that gives.
///
/// # Safety
/// `text` ends with NUL and can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_unbase64(text: *mut c_char) -> size_t {
    // SAFETY: the caller promises the NUL.
    let characters = unsafe { std::ffi::CStr::from_ptr(text) }.to_bytes();
    let length = characters.iter().position(|&c| value(c).is_none()).unwrap_or(characters.len());
    let bytes = unbase64(characters.get(..length).unwrap_or_default());
    // SAFETY: there are never more bytes than characters.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), text, bytes.len()) };
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_samples() {
        // docs/spec/librsync.md §11.9
        let bytes = [0xfa, 0x01, 0x08, 0x0f, 0x16, 0x1d, 0x24];
        let texts = ["", "+g", "+gE", "+gEI", "+gEIDw", "+gEIDxY", "+gEIDxYd", "+gEIDxYdJA"];
        for (count, text) in texts.into_iter().enumerate() {
            assert_eq!(base64(&bytes[..count]), text.as_bytes());
            let back = unbase64(text.as_bytes());
            assert_eq!(back[..count], bytes[..count]);
            assert!(back[count..].iter().all(|&byte| byte == 0));
        }
        for (length, count) in [(2, 2), (3, 3), (4, 3), (6, 5), (7, 6), (8, 6)] {
            assert_eq!(unbase64(&b"+gEIDxYd"[..length]).len(), count);
        }
    }
}
