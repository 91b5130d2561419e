//! At which positions does the weak sum of some block occur? In: bytes, a range of window positions. Out: [`Hit`]s in
//! order of position.
//!
//! The portable scan rolls one window along. The vector kernels roll many at once, each over a region of its own,
//! test a bit table with one gather, and note candidates without a branch; those are looked at afterwards.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod portable;
#[cfg(target_arch = "x86_64")]
mod start;

use std::ops::Range;

use crate::checksum::WeakKind;
use crate::delta::index::Index;
use crate::delta::search::Blocks;

/// A window whose weak sum some block has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// Where the window starts, as an index of the data.
    pub(crate) position: usize,
    /// Its weak sum.
    pub(crate) weak: u32,
}

/// A scan, with what the vector kernels keep between calls.
pub(crate) struct Scanner {
    kind: WeakKind,
    window: usize,
    #[cfg(target_arch = "x86_64")]
    lanes: Option<avx2::Lanes>,
}

impl Scanner {
    /// A scan for windows of `window` bytes, by the fastest means this processor has.
    pub(crate) fn new(kind: WeakKind, window: usize) -> Scanner {
        Scanner {
            kind,
            window,
            #[cfg(target_arch = "x86_64")]
            lanes: avx2::Lanes::detect(kind, window),
        }
    }

    /// Adds to `hits` every position of `positions` at which some block's weak sum occurs.
    ///
    /// # Panics
    /// If a window reaches past the end of `data`.
    pub(crate) fn scan(
        &mut self,
        data: &[u8],
        positions: Range<usize>,
        index: &Index,
        blocks: &Blocks<'_>,
        hits: &mut Vec<Hit>,
    ) {
        assert!(positions.end + self.window <= data.len() + 1, "windows lie within the data");
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = &mut self.lanes {
            let done = lanes.scan(data, positions.clone(), index, blocks, hits);
            portable::scan(self.kind, self.window, data, done..positions.end, index, blocks, hits);
            return;
        }
        portable::scan(self.kind, self.window, data, positions, index, blocks, hits);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::checksum::rolling;
    use crate::delta::{Format, Signature, SignatureOptions};
    use proptest::prelude::*;

    fn compare(blocks: Blocks<'_>, data: &[u8], positions: Range<usize>) -> Result<(), TestCaseError> {
        let (kind, window) = (blocks.weak_kind, blocks.block_length as usize);
        let index = Index::new(&blocks);
        let mut plain = Vec::new();
        portable::scan(kind, window, data, positions.clone(), &index, &blocks, &mut plain);
        let mut fast = Vec::new();
        Scanner::new(kind, window).scan(data, positions, &index, &blocks, &mut fast);
        prop_assert_eq!(fast, plain, "{:?}", kind);
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn lanes_find_what_the_plain_scan_finds(
            seed: u64, alphabet in 1usize..256, window in prop::sample::select(vec![1usize, 7, 64, 1000, 1024, 2048, 40_000]),
            from in 0usize..100, length in 0usize..30_000,
        ) {
            let mut data = vec![0; 50_000 + window];
            blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut data);
            data.iter_mut().for_each(|byte| *byte = (usize::from(*byte) % alphabet) as u8);
            for format in [Format::Native, Format::RollsumMd4, Format::RabinKarpMd4] {
                if format == Format::Native && !(window.is_power_of_two() && window >= 1024) {
                    continue;
                }
                let old = &data[10_000..(10_000 + 30 * window).min(data.len())];
                let signature = Signature::of(old, &SignatureOptions::new(format).block_length(window as u32)).unwrap();
                compare(signature.blocks(), &data, from..from + length)?;
            }
            // A session's sums, of which there is no signature file.
            let old = &data[10_000..(10_000 + 30 * window).min(data.len())];
            let weak: Vec<u32> =
                old.chunks_exact(window).map(|block| rolling::block_sum(WeakKind::Rsync, block)).collect();
            let blocks = Blocks {
                weak_kind: WeakKind::Rsync,
                block_length: window as u32,
                last_length: None,
                weak: &weak,
                strong: &vec![0; weak.len()],
                strong_length: 1,
                strong_kind: None,
                hash: &|_| [0; 32],
            };
            compare(blocks, &data, from..from + length)?;
        }
    }
}
