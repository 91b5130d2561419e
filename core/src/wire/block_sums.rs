//! The sums of a basis in a request, and the header that both directions carry (`docs/spec/wire-3-transfer.md` §3).
//! In: bytes. Out: [`SumHead`] and [`BlockSums`], and back.

use super::error::WireError;
use super::limits;
use super::source::Source;

/// How a basis is cut into blocks. All zero: there is no basis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SumHead {
    count: i32,
    block_length: i32,
    strong_length: i32,
    remainder: i32,
}

impl SumHead {
    /// The header for a basis of `length` bytes, with strong sums of at most `digest_length` bytes (§3.1, §3.3, §3.4).
    ///
    /// `block_length` overrules the length that the rule gives. `full_sums` asks for whole strong sums, as a second
    /// try does. A basis of more than 2^31 - 1 blocks has the empty header.
    pub fn for_basis(
        length: u64,
        block_length: Option<u32>,
        digest_length: usize,
        full_sums: bool,
    ) -> SumHead {
        if length == 0 {
            return SumHead::default();
        }
        let block_length =
            block_length.filter(|&given| given > 0).map_or_else(|| default_block_length(length), u64::from);
        let limit = digest_length.min(16) as u64;
        let strong_length = if full_sums {
            limit
        } else {
            let bits = (10 + 2 * u64::from(length.ilog2())).saturating_sub(u64::from(block_length.ilog2()));
            (bits.saturating_sub(24) / 8).max(2).min(limit)
        };
        let Ok(count) = i32::try_from(length.div_ceil(block_length)) else {
            return SumHead::default();
        };
        let narrow = |value: u64| i32::try_from(value).unwrap_or(i32::MAX);
        SumHead {
            count,
            block_length: narrow(block_length),
            strong_length: narrow(strong_length),
            remainder: narrow(length % block_length),
        }
    }

    /// Whether there is no basis.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Blocks in the basis.
    pub fn count(&self) -> u32 {
        self.count.cast_unsigned()
    }

    /// Bytes in every block but possibly the last.
    pub fn block_length(&self) -> u32 {
        self.block_length.cast_unsigned()
    }

    /// Bytes of each strong sum; at most [`limits::DIGEST`].
    pub fn strong_length(&self) -> usize {
        self.strong_length.unsigned_abs() as usize
    }

    /// Bytes of block `number`; 0 beyond the last.
    pub fn length_of(&self, number: u32) -> u32 {
        match number.checked_add(1).map(|next| next.cmp(&self.count())) {
            Some(std::cmp::Ordering::Less) => self.block_length(),
            Some(std::cmp::Ordering::Equal) if self.remainder == 0 => self.block_length(),
            Some(std::cmp::Ordering::Equal) => self.remainder.cast_unsigned(),
            _ => 0,
        }
    }

    /// Where block `number` starts in the basis.
    pub fn offset_of(&self, number: u32) -> u64 {
        u64::from(number) * u64::from(self.block_length())
    }

    /// Bytes in the basis, as the header describes it.
    pub fn basis_length(&self) -> u64 {
        match self.count().checked_sub(1) {
            None => 0,
            Some(last) => self.offset_of(last) + u64::from(self.length_of(last)),
        }
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`WireError::OutOfRange`] outside the limits of §3.2; `digest_length` is that of the session's checksum.
    pub fn decode(source: &mut (impl Source + ?Sized), digest_length: usize) -> Result<SumHead, WireError> {
        let head = SumHead {
            count: source.i32()?,
            block_length: source.i32()?,
            strong_length: source.i32()?,
            remainder: source.i32()?,
        };
        let digest_length = i32::try_from(digest_length.min(limits::DIGEST)).unwrap_or(i32::MAX);
        let minimum_block = i32::from(head.count > 0);
        for (what, value, lowest, highest) in [
            ("block count", head.count, 0, i32::MAX),
            ("block length", head.block_length, minimum_block, limits::BLOCK_LENGTH),
            ("strong sum length", head.strong_length, 0, digest_length),
            ("remainder length", head.remainder, 0, head.block_length),
        ] {
            if value < lowest || value > highest {
                return Err(WireError::OutOfRange { what, value: i64::from(value) });
            }
        }
        Ok(head)
    }

    /// Writes the header.
    pub fn encode(&self, out: &mut Vec<u8>) {
        for value in [self.count, self.block_length, self.strong_length, self.remainder] {
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

/// The block length for a basis of `length` bytes (§3.3).
fn default_block_length(length: u64) -> u64 {
    let cap = limits::BLOCK_LENGTH.unsigned_abs();
    if length <= 700 * 700 {
        700
    } else if 1_u64 << (length.ilog2() / 2) >= u64::from(cap) {
        u64::from(cap)
    } else {
        (length.isqrt() & !7).max(700)
    }
}

/// The sums of all blocks of a basis, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockSums {
    /// How the basis was cut.
    pub head: SumHead,
    /// A weak sum per block.
    pub weak: Vec<u32>,
    /// `head.strong_length()` bytes per block.
    pub strong: Vec<u8>,
}

impl BlockSums {
    /// Reads the records that follow `head`; the vectors grow with what arrives.
    ///
    /// # Errors
    /// [`WireError::OutOfRange`] for blocks without strong sums, which no sender could tell apart.
    pub fn decode(head: SumHead, source: &mut (impl Source + ?Sized)) -> Result<BlockSums, WireError> {
        let length = head.strong_length();
        if !head.is_empty() && length == 0 {
            return Err(WireError::OutOfRange { what: "strong sum length", value: 0 });
        }
        let mut sums = BlockSums { head, ..BlockSums::default() };
        let mut strong = [0; limits::DIGEST];
        for _ in 0..head.count() {
            sums.weak.push(source.u32()?);
            let strong = strong
                .get_mut(..length)
                .ok_or(WireError::Malformed("a strong sum longer than any digest"))?;
            source.fill(strong)?;
            sums.strong.extend_from_slice(strong);
        }
        Ok(sums)
    }

    /// Writes one record; `strong` is cut to the header's length.
    pub fn encode_block(head: &SumHead, weak: u32, strong: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&weak.to_le_bytes());
        out.extend(strong.iter().take(head.strong_length()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Reader;

    #[test]
    fn headers_follow_the_table_of_the_specification() {
        for (length, block_length, count, strong_length, remainder) in [
            (1_u64, 700, 1, 2, 1),
            (700, 700, 1, 2, 0),
            (701, 700, 2, 2, 1),
            (490_000, 700, 700, 2, 0),
            (490_001, 700, 701, 2, 1),
            (500_000, 704, 711, 2, 160),
            (1_048_576, 1024, 1024, 2, 0),
            (100_000_000, 10_000, 10_000, 3, 0),
            (134_217_728, 11_584, 11_587, 3, 5504),
            (2_147_483_648, 46_336, 46_346, 4, 41_728),
            (17_179_869_183, 131_064, 131_081, 4, 63),
            (17_179_869_184, 131_072, 131_072, 4, 0),
            (1_099_511_627_776, 131_072, 8_388_608, 6, 0),
        ] {
            let head = SumHead::for_basis(length, None, 16, false);
            let expected = SumHead { count, block_length, strong_length, remainder };
            assert_eq!(head, expected, "{length}");
            assert_eq!(head.basis_length(), length);
        }
        assert_eq!(SumHead::for_basis(1000, None, 20, true).strong_length(), 16);
        assert_eq!(SumHead::for_basis(1000, None, 8, true).strong_length(), 8);
        assert_eq!(SumHead::for_basis(45, Some(16), 16, false).count(), 3);
    }

    #[test]
    fn headers_outside_the_limits_are_refused() {
        for values in [
            [-1, 700, 2, 0],
            [1, 0, 2, 0],
            [1, 131_073, 2, 0],
            [1, 700, 17, 0],
            [1, 700, 2, 701],
            [1, 700, 2, -1],
        ] {
            let bytes: Vec<u8> = values.iter().flat_map(|value: &i32| value.to_le_bytes()).collect();
            assert!(SumHead::decode(&mut Reader::new(&bytes), 16).is_err(), "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(head) = SumHead::decode(&mut reader, 16) {
                let mut out = Vec::new();
                head.encode(&mut out);
                prop_assert_eq!(&out[..], &bytes[..16]);
                let _ = BlockSums::decode(head, &mut reader);
            }
        }
    }
}
