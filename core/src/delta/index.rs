//! Finds the blocks that have a given weak sum. In: a basis' block sums. Out: block numbers.
//!
//! Three levels, each far smaller than what it spares: a bit table that a scan tests at every position
//! (sized for the nearest caches), a second bit table for the few that pass, and the block numbers themselves in
//! buckets by weak sum. Beside the signature that is 9 to 13 bytes a block
//! for large files, and up to 20 for those of a few thousand blocks, whose tables are small whatever they hold.
//!
//! Crafted input cannot make a look-up slow: a bucket is sorted, and searched by halves.

use crate::checksum::{StrongKind, WeakKind};
use crate::delta::search::Blocks;

/// Where a weak sum's bit is in the first table: shared by the vector kernels and the scalar code.
///
/// Kernels keep their two 16-bit halves in a form that is cheap to roll, the *lane key*; one multiplication of the halves mixes it.
pub(crate) mod mix {
    /// Multipliers of the low and the high half: odd, and without small common factors.
    pub(crate) const LOW: i16 = 0x5bd5;
    pub(crate) const HIGH: i16 = 0x6a4f;
    /// The lowest bits of a product hardly depend on the higher bits of its factors.
    pub(crate) const SKIP: u32 = 7;

    /// The mixed lane key.
    pub(crate) fn halves(key: u32) -> u32 {
        let low = i32::from(key as u16 as i16).wrapping_mul(i32::from(LOW));
        let high = i32::from((key >> 16) as u16 as i16).wrapping_mul(i32::from(HIGH));
        low.wrapping_add(high) as u32
    }
}

/// The lane key of a weak sum: the digest with its constant part taken out, so that sliding needs no constants.
///
/// Adler-32 loses its initial 1 in the low half, rollsum its 31 a byte; both stay bijections.
pub(crate) fn lane_key(kind: WeakKind, weak: u32, block_length: u32) -> u32 {
    match kind {
        WeakKind::Adler32 => {
            let low = weak & 0xffff;
            (weak & 0xffff_0000) | if low == 0 { 65520 } else { low - 1 }
        }
        WeakKind::Rollsum => {
            (weak & 0xffff_0000) | (weak.wrapping_sub(block_length.wrapping_mul(31)) & 0xffff)
        }
        WeakKind::RabinKarp | WeakKind::Rsync => weak,
    }
}

/// The weak sum of a lane key: [`lane_key`] backwards.
pub(crate) fn weak_of(kind: WeakKind, key: u32, block_length: u32) -> u32 {
    match kind {
        WeakKind::Adler32 => (key & 0xffff_0000) | (((key & 0xffff) + 1) % 65521),
        WeakKind::Rollsum => (key & 0xffff_0000) | (key.wrapping_add(block_length.wrapping_mul(31)) & 0xffff),
        WeakKind::RabinKarp | WeakKind::Rsync => key,
    }
}

/// The first bit table: says of most lane keys that no block has them.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    /// A power of two of words, at least 2¹⁰ and at most 2¹⁸ of them.
    pub(crate) words: Vec<u32>,
    kind: WeakKind,
}

/// 2¹⁹ bits: 64 KiB. Most of that stays in a first-level cache; half the size was measured to let so many candidates through that it
/// was slower.
const NEAR_BITS: usize = 1 << 19;
/// 2²³ bits: 1 MiB, what a second-level cache holds.
const FAR_BITS: usize = 1 << 23;

impl Filter {
    fn new(kind: WeakKind, blocks: usize) -> Filter {
        // Of few blocks one candidate in 32 is let through; a table beyond the nearest caches would cost every position more than
        // the candidates it spares.
        let bits = (blocks * 32).next_power_of_two().clamp(1 << 15, NEAR_BITS);
        let bits = bits.max((blocks * 4).next_power_of_two()).min(FAR_BITS);
        Filter { words: vec![0; bits / 32], kind }
    }

    /// Word and bit of a lane key.
    fn place(&self, key: u32) -> (usize, u32) {
        let mask = self.words.len() as u32 - 1;
        match self.kind {
            // A polynomial's high bits are already mixed.
            WeakKind::RabinKarp => (((key >> 14) & mask) as usize, (key >> 9) & 31),
            _ => {
                let mixed = mix::halves(key) >> mix::SKIP;
                (((mixed >> 5) & mask) as usize, mixed & 31)
            }
        }
    }

    fn insert(&mut self, key: u32) {
        let (word, bit) = self.place(key);
        self.words[word] |= 1 << bit;
    }

    /// Whether some block may have this lane key.
    pub(crate) fn may_hold(&self, key: u32) -> bool {
        let (word, bit) = self.place(key);
        self.words[word] >> bit & 1 != 0
    }
}

/// The blocks of a basis by weak sum.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) filter: Filter,
    /// One bit for each of 2ⁿ hashes; tested for what passes the filter.
    second: Vec<u64>,
    second_shift: u32,
    /// Where each bucket starts in `order`; one more than there are buckets.
    starts: Vec<u32>,
    bucket_shift: u32,
    /// Block numbers, by bucket, then weak sum, then (where blocks of equal content have equal sums) strong sum, then number.
    order: Vec<u32>,
}

/// Spreads a weak sum over all 32 bits (Fibonacci hashing).
fn spread(weak: u32) -> u32 {
    (weak ^ (weak >> 15)).wrapping_mul(0x9e37_79b1)
}

impl Index {
    /// Indexes all blocks whose windows are full: a last block that is known to be short is left to the search.
    ///
    /// # Panics
    /// With 2³² blocks or more, which the decoders of signatures refuse.
    pub(crate) fn new(blocks: &Blocks<'_>) -> Index {
        let count = blocks.full_count();
        assert!(u32::try_from(count).is_ok(), "decoders refuse signatures of 2^32 blocks");
        let weak = &blocks.weak[..count];
        let bucket_bits = count.max(2).ilog2();
        let bucket_shift = 32 - bucket_bits;
        let bucket = |weak: u32| (spread(weak) >> bucket_shift) as usize;

        let mut starts = vec![0u32; (1 << bucket_bits) + 1];
        for &weak in weak {
            starts[bucket(weak) + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut order = vec![0u32; count];
        let mut next = starts.clone();
        for (number, &weak) in weak.iter().enumerate() {
            let slot = &mut next[bucket(weak)];
            order[*slot as usize] = number as u32;
            *slot += 1;
        }
        drop(next);
        for bounds in starts.windows(2) {
            let bucket = &mut order[bounds[0] as usize..bounds[1] as usize];
            if bucket.len() > 1 {
                sort(bucket, blocks);
            }
        }

        let second_bits =
            (count * 16).next_power_of_two().clamp(1 << 16, 1 << 24).max(count.next_power_of_two());
        let second_shift = 32 - second_bits.ilog2().min(32);
        let mut index = Index {
            filter: Filter::new(blocks.weak_kind, count),
            second: vec![0; second_bits / 64],
            second_shift,
            starts,
            bucket_shift,
            order,
        };
        for &weak in weak {
            let key = lane_key(blocks.weak_kind, weak, blocks.block_length);
            index.filter.insert(key);
            let hash = spread(key) >> second_shift;
            index.second[(hash >> 6) as usize] |= 1 << (hash & 63);
        }
        index
    }

    /// Whether some block may have this lane key: a closer look than the filter's.
    #[inline]
    pub(crate) fn may_have(&self, key: u32) -> bool {
        let second = spread(key) >> self.second_shift;
        self.second[(second >> 6) as usize] >> (second & 63) & 1 != 0
    }

    /// Whether some block has this weak sum.
    pub(crate) fn has(&self, weak: u32, blocks: &Blocks<'_>) -> bool {
        let of = |number: &u32| blocks.weak[*number as usize];
        let bucket = self.bucket(weak);
        // One look where all of the bucket has the same sum, as crafted input can make it.
        bucket.first().is_some_and(|first| of(first) == weak)
            || bucket.binary_search_by_key(&weak, of).is_ok()
    }

    fn bucket(&self, weak: u32) -> &[u32] {
        let bucket = (spread(weak) >> self.bucket_shift) as usize;
        &self.order[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }

    /// The blocks with this weak sum, sorted as [`Index::order`] says.
    pub(crate) fn group(&self, weak: u32, blocks: &Blocks<'_>) -> &[u32] {
        if !self.may_have(lane_key(blocks.weak_kind, weak, blocks.block_length)) {
            return &[];
        }
        let bucket = self.bucket(weak);
        let from = bucket.partition_point(|&number| blocks.weak[number as usize] < weak);
        let rest = &bucket[from..];
        &rest[..rest.partition_point(|&number| blocks.weak[number as usize] == weak)]
    }
}

fn sort(bucket: &mut [u32], blocks: &Blocks<'_>) {
    let weak = |number: u32| blocks.weak[number as usize];
    if blocks.strong_kind == Some(StrongKind::Blake3) {
        bucket.sort_unstable_by_key(|&number| (weak(number), number));
    } else {
        bucket.sort_unstable_by(|&a, &b| {
            (weak(a), blocks.strong_of(a as usize), a).cmp(&(weak(b), blocks.strong_of(b as usize), b))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lane_keys_are_reversible(low in 0u32..65521, high in 0u32..65521, length in 1u32..100_000) {
            let weak = high << 16 | low;
            for kind in [WeakKind::Adler32, WeakKind::Rollsum, WeakKind::RabinKarp, WeakKind::Rsync] {
                prop_assert_eq!(weak_of(kind, lane_key(kind, weak, length), length), weak);
            }
        }

        #[test]
        fn every_block_is_in_its_group_and_the_filter_lets_it_through(
            weak in prop::collection::vec(0u32..300, 0..600),
        ) {
            let strong: Vec<u8> = weak.iter().enumerate().map(|(i, _)| (i % 7) as u8).collect();
            let blocks = Blocks {
                weak_kind: WeakKind::Rsync,
                block_length: 100,
                last_length: None,
                weak: &weak,
                strong: &strong,
                strong_length: 1,
                strong_kind: Some(StrongKind::Md4),
                hash: &|_| [0; 32],
            };
            let index = Index::new(&blocks);
            for sum in 0..310 {
                let mut group = index.group(sum, &blocks).to_vec();
                prop_assert!(group.is_sorted_by_key(|&n| (strong[n as usize], n)));
                group.sort_unstable();
                let expected: Vec<u32> =
                    (0..weak.len() as u32).filter(|&n| weak[n as usize] == sum).collect();
                prop_assert!(expected.is_empty() || index.filter.may_hold(sum));
                prop_assert_eq!(group, expected);
            }
        }
    }
}
