//! Integers and strings of variable length (`docs/spec/wire-1-session.md` §2). In: bytes. Out: numbers, strings, and back.

use super::error::WireError;
use super::limits;
use super::protocol::Protocol;
use super::source::Source;

/// How many bytes follow a lead byte (§2.3).
fn extra_bytes(lead: u8) -> usize {
    match lead {
        0x00..=0x7f => 0,
        0x80..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        0xf8..=0xfb => 5,
        0xfc..=0xff => 6,
    }
}

/// The bits of the value that a lead byte with `extra` bytes after it carries.
fn lead_value(lead: u8, extra: usize) -> u8 {
    lead & (0xff_u8 >> extra)
}

/// Reads a `varint`: 1 to 5 bytes, 32 bits (§2.4).
///
/// # Errors
/// [`WireError::DamagedStream`] for a lead byte that announces more than 32 bits.
pub fn read_varint(source: &mut (impl Source + ?Sized)) -> Result<i32, WireError> {
    let lead = source.u8()?;
    let extra = extra_bytes(lead);
    if extra == 0 {
        return Ok(i32::from(lead));
    }
    if extra > 4 {
        return Err(WireError::DamagedStream("a varint of more than 32 bits"));
    }
    let mut bytes = [0; 5];
    for byte in bytes.iter_mut().take(extra) {
        *byte = source.u8()?;
    }
    if let Some(byte) = bytes.get_mut(extra) {
        *byte = lead_value(lead, extra);
    }
    let [a, b, c, d, _] = bytes;
    Ok(i32::from_le_bytes([a, b, c, d]))
}

/// Writes a `varint` in its shortest form (§2.4).
pub fn write_varint(value: i32, out: &mut Vec<u8>) {
    write_variable(&value.to_le_bytes(), 1, 8, out);
}

/// Reads a `varlong(minimum)`: 64 bits in at least `minimum` bytes (§2.5).
///
/// # Errors
/// [`WireError::DamagedStream`] for a lead byte that announces more than 64 bits.
pub fn read_varlong(source: &mut (impl Source + ?Sized), minimum: usize) -> Result<i64, WireError> {
    let lead = source.u8()?;
    let extra = extra_bytes(lead);
    let low = minimum.saturating_sub(1).saturating_add(extra);
    if low > 8 {
        return Err(WireError::DamagedStream("a varlong of more than 64 bits"));
    }
    let mut bytes = [0; 9];
    for byte in bytes.iter_mut().take(low) {
        *byte = source.u8()?;
    }
    if let Some(byte) = bytes.get_mut(low) {
        *byte = lead_value(lead, extra);
    }
    let [a, b, c, d, e, f, g, h, _] = bytes;
    Ok(i64::from_le_bytes([a, b, c, d, e, f, g, h]))
}

/// Writes a `varlong(minimum)` in its shortest form (§2.5); `minimum` is 3 or more, else not every number has a form.
pub fn write_varlong(value: i64, minimum: usize, out: &mut Vec<u8>) {
    write_variable(&value.to_le_bytes(), minimum, 7 + minimum, out);
}

/// The shared form of both writers. `bytes` are little-endian; the lead byte of `n` significant bytes has
/// `bits - n` bits of its own for the value.
fn write_variable(bytes: &[u8], minimum: usize, bits: usize, out: &mut Vec<u8>) {
    let zeros = bytes.iter().rev().take_while(|&&byte| byte == 0).count();
    let n = (bytes.len() - zeros).max(minimum);
    let (low, high) = bytes.split_at(n - 1);
    let top = high.first().copied().unwrap_or(0);
    let limit = 1_u16 << (bits - n);
    if u16::from(top) >= limit {
        out.push((256 - limit) as u8);
        out.extend_from_slice(low);
        out.push(top);
    } else {
        let marker = if n > minimum { 256 - 2 * limit } else { 0 };
        out.push(marker as u8 | top);
        out.extend_from_slice(low);
    }
}

/// Reads a number of 32 bits as `protocol` has it: a varint, or four bytes (`docs/spec/wire-4-older-protocols.md` §3).
///
/// # Errors
/// Those of [`read_varint`].
pub fn read_number(protocol: Protocol, source: &mut (impl Source + ?Sized)) -> Result<i32, WireError> {
    if protocol.has_variable_numbers() { read_varint(source) } else { source.i32() }
}

/// Writes a number of 32 bits as `protocol` has it.
pub fn write_number(protocol: Protocol, value: i32, out: &mut Vec<u8>) {
    if protocol.has_variable_numbers() {
        write_varint(value, out);
    } else {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

/// Reads a size as `protocol` has it: a varlong of at least 3 bytes, or a longint.
///
/// # Errors
/// Those of [`read_varlong`].
pub fn read_size(protocol: Protocol, source: &mut (impl Source + ?Sized)) -> Result<i64, WireError> {
    if protocol.has_variable_numbers() { read_varlong(source, 3) } else { read_longint(source) }
}

/// Writes a size as `protocol` has it.
pub fn write_size(protocol: Protocol, value: i64, out: &mut Vec<u8>) {
    if protocol.has_variable_numbers() {
        write_varlong(value, 3, out);
    } else {
        write_longint(value, out);
    }
}

/// Reads a `longint`, the 64-bit integer of protocols before 30 (§2.2).
///
/// # Errors
/// [`WireError::Ended`] at the end.
pub fn read_longint(source: &mut (impl Source + ?Sized)) -> Result<i64, WireError> {
    let short = source.i32()?;
    if short != -1 {
        return Ok(i64::from(short));
    }
    let mut bytes = [0; 8];
    source.fill(&mut bytes)?;
    Ok(i64::from_le_bytes(bytes))
}

/// Writes a `longint` (§2.2).
pub fn write_longint(value: i64, out: &mut Vec<u8>) {
    match i32::try_from(value) {
        Ok(short) if short >= 0 => out.extend_from_slice(&short.to_le_bytes()),
        _ => {
            out.extend_from_slice(&[0xff; 4]);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

/// Reads a `vstring` of at most `limit` bytes (§2.6).
///
/// # Errors
/// [`WireError::TooLong`] above the limit.
pub fn read_vstring(
    source: &mut (impl Source + ?Sized),
    what: &'static str,
    limit: usize,
) -> Result<Vec<u8>, WireError> {
    let first = source.u8()?;
    let length = if first & 0x80 == 0 {
        usize::from(first)
    } else {
        usize::from(first & 0x7f) << 8 | usize::from(source.u8()?)
    };
    source.bytes(what, length, limit)
}

/// Writes a `vstring` (§2.6).
///
/// # Panics
/// If `bytes` has more than [`limits::VSTRING`] bytes: callers hold names and lists that are shorter by construction.
pub fn write_vstring(bytes: &[u8], out: &mut Vec<u8>) {
    let length = u16::try_from(bytes.len())
        .ok()
        .filter(|&length| usize::from(length) <= limits::VSTRING)
        .expect("names and negotiation strings are below 32 KiB");
    let [low, high] = length.to_le_bytes();
    if length < 0x80 {
        out.push(low);
    } else {
        out.extend_from_slice(&[0x80 | high, low]);
    }
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Reader;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    #[test]
    fn varints_have_the_bytes_of_the_specification() {
        for (value, bytes) in [
            (0, "00"),
            (127, "7f"),
            (128, "80 80"),
            (255, "80 ff"),
            (511, "81 ff"),
            (16383, "bf ff"),
            (16384, "c0 00 40"),
            (65535, "c0 ff ff"),
            (2097152, "e0 00 00 20"),
            (268435455, "ef ff ff ff"),
            (268435456, "f0 00 00 00 10"),
            (i32::MAX, "f0 ff ff ff 7f"),
            (-2, "f0 fe ff ff ff"),
        ] {
            let mut out = Vec::new();
            write_varint(value, &mut out);
            assert_eq!(out, hex(bytes), "{value}");
            assert_eq!(read_varint(&mut Reader::new(&out)), Ok(value));
        }
    }

    #[test]
    fn varlongs_have_the_bytes_of_the_specification() {
        for (value, three, four) in [
            (0, "00 00 00", "00 00 00 00"),
            (77, "00 4d 00", "00 4d 00 00"),
            (0x7f_ffff, "7f ff ff", "00 ff ff 7f"),
            (0x80_0000, "80 00 00 80", "00 00 00 80"),
            (0x3fff_ffff, "bf ff ff ff", "3f ff ff ff"),
            (0x4000_0000, "c0 00 00 00 40", "40 00 00 00"),
            (1 << 33, "c2 00 00 00 00", "82 00 00 00 00"),
            ((1 << 40) + 5, "e1 05 00 00 00 00", "c1 05 00 00 00 00"),
            (1 << 62, "fc 00 00 00 00 00 00 00 40", "f8 00 00 00 00 00 00 00 40"),
            (-1, "fc ff ff ff ff ff ff ff ff", "f8 ff ff ff ff ff ff ff ff"),
        ] {
            for (minimum, bytes) in [(3, three), (4, four)] {
                let mut out = Vec::new();
                write_varlong(value, minimum, &mut out);
                assert_eq!(out, hex(bytes), "{value} in {minimum}");
                assert_eq!(read_varlong(&mut Reader::new(&out), minimum), Ok(value));
            }
        }
    }

    #[test]
    fn numbers_that_announce_too_many_bits_are_damage() {
        let long = [0xff; 12];
        assert!(read_varint(&mut Reader::new(&long)).is_err());
        assert!(read_varlong(&mut Reader::new(&long), 4).is_err());
    }

    proptest! {
        #[test]
        fn every_number_survives_the_wire(value: i64, minimum in 3_usize..=4) {
            let mut out = Vec::new();
            write_varlong(value, minimum, &mut out);
            write_varint(value as i32, &mut out);
            write_longint(value, &mut out);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(read_varlong(&mut reader, minimum), Ok(value));
            prop_assert_eq!(read_varint(&mut reader), Ok(value as i32));
            prop_assert_eq!(read_longint(&mut reader), Ok(value));
            prop_assert!(reader.rest().is_empty());
        }

        #[test]
        fn every_string_survives_the_wire(text in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut out = Vec::new();
            write_vstring(&text, &mut out);
            prop_assert_eq!(read_vstring(&mut Reader::new(&out), "name", 400), Ok(text));
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..12)) {
            let _ = read_varint(&mut Reader::new(&bytes));
            let _ = read_varlong(&mut Reader::new(&bytes), 3);
            let _ = read_longint(&mut Reader::new(&bytes));
            let _ = read_vstring(&mut Reader::new(&bytes), "name", 10);
        }
    }
}
