//! Sizes with units, and the numbers of option values, as rsync(1) reads them under `--max-size`.
//! In: the text of a value. Out: bytes, or what is wrong with the text.

use super::error::BadValue;

/// What a size without a unit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DefaultUnit {
    Bytes,
    Kibibytes,
}

/// The first number of bytes that is too large for a size.
const LIMIT: u128 = 1 << 63;

/// Reads `text` as a size in bytes: digits with an optional fraction, a unit (`K`, `KiB` count in 1024,
/// `KB` in 1000; B, K, M, G, T, P in either case), and `+1` or `-1` at the end.
pub(super) fn parse_size(text: &[u8], unit: DefaultUnit) -> Result<u64, BadValue> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix(b".") {
        Some(rest) => split_digits(rest),
        None => (&b""[..], rest),
    };
    let (suffix, offset) = match rest {
        [suffix @ .., b'+', b'1'] => (suffix, 1),
        [suffix @ .., b'-', b'1'] => (suffix, -1),
        suffix => (suffix, 0),
    };
    let unit = match suffix.to_ascii_lowercase().as_slice() {
        [] if unit == DefaultUnit::Kibibytes => 1024,
        [] | b"b" => 1,
        [letter, base @ ..] => {
            let exponent =
                1 + b"kmgtp".iter().position(|known| known == letter).ok_or(BadValue::Invalid)? as u32;
            match base {
                b"" | b"ib" => 1024u128.pow(exponent),
                b"b" => 1000u128.pow(exponent),
                _ => return Err(BadValue::Invalid),
            }
        }
    };
    // Eighteen places are more than the largest unit can show.
    let fraction = &fraction[..fraction.len().min(18)];
    let scale = 10u128.pow(fraction.len() as u32);
    let whole = digits(whole).ok_or(BadValue::TooLarge)?.checked_mul(unit).ok_or(BadValue::TooLarge)?;
    let part = digits(fraction).ok_or(BadValue::TooLarge)? * unit / scale;
    let bytes = whole.checked_add(part).filter(|bytes| *bytes < LIMIT).ok_or(BadValue::TooLarge)?;
    u64::try_from(bytes).ok().and_then(|bytes| bytes.checked_add_signed(offset)).ok_or(BadValue::TooLarge)
}

/// Reads `text` as a whole number: decimal, `0x` hexadecimal or `0` octal; nothing is 0.
pub(super) fn parse_number(text: &[u8]) -> Result<i32, BadValue> {
    let text = std::str::from_utf8(text).map_err(|_| BadValue::NotANumber)?.trim_start();
    let (negative, magnitude) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match magnitude.as_bytes() {
        [] if text.is_empty() => return Ok(0),
        [b'0', b'x' | b'X', _, ..] => (16, &magnitude[2..]),
        [b'0', _, ..] => (8, &magnitude[1..]),
        _ => (10, magnitude),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| char::from(digit).is_digit(radix)) {
        return Err(BadValue::NotANumber);
    }
    let magnitude = i64::from_str_radix(digits, radix).map_err(|_| BadValue::OutOfRange)?;
    i32::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| BadValue::OutOfRange)
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The value of decimal digits (none are 0), or `None` where it does not fit 64 bits.
fn digits(text: &[u8]) -> Option<u128> {
    text.iter().try_fold(0u128, |value, digit| {
        let value = value * 10 + u128::from(digit - b'0');
        (value <= u128::from(u64::MAX)).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_rsync_reads_them() {
        for (text, bytes) in [
            ("1.5mb", Ok(1_500_000)),
            ("1.5mb-1", Ok(1_499_999)),
            ("2g+1", Ok(2_147_483_649)),
            ("1kib-1", Ok(1023)),
            ("1.5", Ok(1)),
            ("5+1", Ok(6)),
            ("1b", Ok(1)),
            (".5k", Ok(512)),
            ("1T", Ok(1 << 40)),
            ("k", Ok(0)),
            ("", Ok(0)),
            ("-1", Err(BadValue::TooLarge)),
            ("9999P", Err(BadValue::TooLarge)),
            ("8192P-1", Err(BadValue::TooLarge)),
            ("99999999999999999999999", Err(BadValue::TooLarge)),
            ("+5", Err(BadValue::Invalid)),
            ("5x", Err(BadValue::Invalid)),
            ("1e3", Err(BadValue::Invalid)),
            ("1kx", Err(BadValue::Invalid)),
            ("1kib1", Err(BadValue::Invalid)),
        ] {
            assert_eq!(parse_size(text.as_bytes(), DefaultUnit::Bytes), bytes, "{text}");
        }
        assert_eq!(parse_size(b"100", DefaultUnit::Kibibytes), Ok(102_400));
        assert_eq!(parse_size(b"1.5m", DefaultUnit::Kibibytes), Ok(1_572_864));
        assert_eq!(parse_size(b"600b", DefaultUnit::Kibibytes), Ok(600));
    }

    #[test]
    fn numbers_are_read_in_three_bases() {
        for (text, number) in [
            ("5", Ok(5)),
            ("-3", Ok(-3)),
            ("", Ok(0)),
            ("0", Ok(0)),
            ("0x10", Ok(16)),
            ("010", Ok(8)),
            ("abc", Err(BadValue::NotANumber)),
            ("5s", Err(BadValue::NotANumber)),
            ("--5", Err(BadValue::NotANumber)),
            ("99999999999", Err(BadValue::OutOfRange)),
        ] {
            assert_eq!(parse_number(text.as_bytes()), number, "{text}");
        }
    }
}
