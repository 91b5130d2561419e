//! Does a block of the basis stand at this window of the new file? In: a window. Out: block numbers that strong sums agree on.

use crate::checksum::strong::{self, StrongSum};
use crate::checksum::{StrongKind, WeakKind};

/// A basis as a search sees it: the sums of its blocks.
#[derive(Clone, Copy)]
pub(crate) struct Blocks<'a> {
    pub(crate) weak_kind: WeakKind,
    /// Bytes in a block.
    pub(crate) block_length: u32,
    /// Bytes in the last block, where it is known to be shorter than the others.
    pub(crate) last_length: Option<u32>,
    /// A weak sum for each block, in file order.
    pub(crate) weak: &'a [u32],
    /// `strong_length` bytes for each block.
    pub(crate) strong: &'a [u8],
    pub(crate) strong_length: usize,
    /// The strong sum, if it is one that has a batched form; else `hash` is used.
    pub(crate) strong_kind: Option<StrongKind>,
    /// The strong sum of a window, where `strong_kind` is `None`.
    pub(crate) hash: &'a (dyn Fn(&[u8]) -> StrongSum + Sync),
}

impl<'a> Blocks<'a> {
    /// Blocks that are known, or must be assumed, to be of full length.
    pub(crate) fn full_count(&self) -> usize {
        self.weak.len() - usize::from(self.last_length.is_some())
    }

    /// The strong sum of block `number`, as far as it is kept.
    pub(crate) fn strong_of(&self, number: usize) -> &'a [u8] {
        &self.strong[number * self.strong_length..][..self.strong_length]
    }

    /// Where block `number` starts in the basis.
    pub(crate) fn offset_of(&self, number: usize) -> u64 {
        number as u64 * u64::from(self.block_length)
    }

    /// Whether equal content has equal strong sums, whichever block it is in.
    pub(crate) fn sums_are_positionless(&self) -> bool {
        self.strong_kind != Some(StrongKind::Blake3)
    }

    /// The strong sum of `window`, were it block `number`.
    pub(crate) fn sum(&self, window: &[u8], number: usize) -> StrongSum {
        match self.strong_kind {
            Some(kind) => strong::block_sum(kind, window, self.offset_of(number)),
            None => (self.hash)(window),
        }
    }

    /// Whether the strong sum `sum` is block `number`'s.
    pub(crate) fn agrees(&self, sum: &StrongSum, number: usize) -> bool {
        sum[..self.strong_length] == *self.strong_of(number)
    }

    /// The lowest block of `group` (equal weak sums, sorted by strong sum) whose strong sum is `sum`.
    ///
    /// Only for sums that are [positionless](Blocks::sums_are_positionless).
    pub(crate) fn lowest(&self, group: &[u32], sum: &StrongSum) -> Option<usize> {
        let wanted = &sum[..self.strong_length];
        let at = group.partition_point(|&number| self.strong_of(number as usize) < wanted);
        let number = *group.get(at)? as usize;
        (self.strong_of(number) == wanted).then_some(number)
    }

    /// Strong sums of `count` whole blocks' worth of windows that follow each other in `data`, the first were it block `first`.
    pub(crate) fn sums(&self, data: &[u8], first: usize, count: usize, sums: &mut Vec<StrongSum>) {
        sums.clear();
        let length = self.block_length as usize;
        let windows = data[..count * length].chunks_exact(length);
        match self.strong_kind {
            Some(kind) if kind != StrongKind::Blake3 => {
                strong::block_sums(kind, &data[..count * length], length, sums);
            }
            _ => sums.extend(windows.enumerate().map(|(i, window)| self.sum(window, first + i))),
        }
    }
}
