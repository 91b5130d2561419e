//! A cursor over bytes that may not all have arrived. In: bytes. Out: numbers and slices, or `None` for "not yet".

/// Reads forward; a read that needs more than there is takes nothing and gives `None`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    start: usize,
}

/// An unsigned number as the native formats write it: seven bits a byte, lowest first, the top bit set on all but the last
/// (LEB128), at most ten bytes.
pub(crate) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A signed difference as an unsigned number with the small ones first: 0, -1, 1, -2 …
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// [`zigzag`] backwards.
pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Why a varint could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VarintError {
    /// Its end has not arrived.
    Incomplete,
    /// It does not fit 64 bits, or is longer than it needs to be.
    Malformed,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes, start: bytes.len() }
    }

    /// Bytes taken so far.
    pub(crate) fn taken(&self) -> usize {
        self.start - self.rest.len()
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// An unsigned big-endian number of `width` bytes, at most 8.
    pub(crate) fn big_endian(&mut self, width: usize) -> Option<u64> {
        self.take(width).map(|bytes| bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    pub(crate) fn varint(&mut self) -> Result<u64, VarintError> {
        let mut value = 0u64;
        for (i, &byte) in self.rest.iter().enumerate().take(10) {
            let bits = u64::from(byte & 0x7f);
            if i == 9 && bits > 1 {
                return Err(VarintError::Malformed);
            }
            value |= bits << (7 * i);
            if byte & 0x80 == 0 {
                if byte == 0 && i > 0 {
                    return Err(VarintError::Malformed);
                }
                self.rest = self.rest.get(i + 1..).unwrap_or_default();
                return Ok(value);
            }
        }
        Err(if self.rest.len() >= 10 { VarintError::Malformed } else { VarintError::Incomplete })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn varints_and_zigzags_come_back(value: u64, signed: i64) {
            let mut bytes = Vec::new();
            put_varint(value, &mut bytes);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.varint(), Ok(value));
            prop_assert_eq!(reader.taken(), bytes.len());
            prop_assert_eq!(Reader::new(&bytes[..bytes.len() - 1]).varint(), Err(VarintError::Incomplete));
            prop_assert_eq!(unzigzag(zigzag(signed)), signed);
        }

        #[test]
        fn hostile_varints_do_not_panic(bytes: Vec<u8>) {
            let _ = Reader::new(&bytes).varint();
        }
    }

    #[test]
    fn overlong_and_oversized_varints_are_malformed() {
        for bytes in [&[0x80u8, 0x00][..], &[0xff; 10], &[0x80; 12]] {
            assert_eq!(Reader::new(bytes).varint(), Err(VarintError::Malformed), "{bytes:?}");
        }
    }
}
