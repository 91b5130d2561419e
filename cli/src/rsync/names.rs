//! Names on the way to a terminal (`docs/spec/wire-1-session.md` §5.7). In: bytes. Out: bytes that print.

/// What is done with bytes over 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HighBytes {
    /// They are shown as numbers.
    Escaped,
    /// They are shown where they are UTF-8, which the terminal understands.
    Utf8,
    /// They are left alone (`-8`).
    Kept,
}

/// `name` with everything that does not print as a backslash, a hash and three octal digits.
pub(super) fn printable(name: &[u8], high: HighBytes) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        let valid = chunk.valid();
        for (at, character) in valid.char_indices() {
            // What would look like such a number is one.
            if character == '\\' && is_number(valid.as_bytes().get(at + 1..).unwrap_or_default()) {
                escape(b"\\", &mut out);
                continue;
            }
            let mut buffer = [0; 4];
            let bytes = character.encode_utf8(&mut buffer).as_bytes();
            let prints = match character {
                '\t' => true,
                c if c.is_ascii() => !c.is_ascii_control(),
                c => high == HighBytes::Kept || (high == HighBytes::Utf8 && !c.is_control()),
            };
            if prints { out.extend_from_slice(bytes) } else { escape(bytes, &mut out) }
        }
        if high == HighBytes::Kept {
            out.extend_from_slice(chunk.invalid());
        } else {
            escape(chunk.invalid(), &mut out);
        }
    }
    out
}

fn is_number(rest: &[u8]) -> bool {
    matches!(rest, [b'#', a, b, c, ..] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()))
}

fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.extend_from_slice(format!("\\#{byte:03o}").as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_prints_is_printed() {
        assert_eq!(printable(b"odd\nname\x7f\t", HighBytes::Escaped), b"odd\\#012name\\#177\t");
        assert_eq!(printable("é".as_bytes(), HighBytes::Escaped), b"\\#303\\#251");
        assert_eq!(printable("é\u{85}".as_bytes(), HighBytes::Utf8), "é\\#302\\#205".as_bytes());
        assert_eq!(printable(b"a\xff", HighBytes::Utf8), b"a\\#377");
        assert_eq!(printable(b"a\\#012 \\#x", HighBytes::Utf8), b"a\\#134#012 \\#x");
        assert_eq!(printable(b"a\xff\n", HighBytes::Kept), b"a\xff\\#012");
    }
}
