//! At which positions does the weak sum of some block occur? In: bytes, a range of window positions. Out: [`Hit`]s in
//! order of position.
//!
//! The portable scan rolls one window along. The vector kernels roll many at once, each over a region of its own,
//! test a bit table with one gather, and note candidates without a branch; those are looked at afterwards.

#[cfg(any())]
mod avx2;
mod portable;

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
    #[cfg(any())]
    lanes: Option<avx2::Lanes>,
}

impl Scanner {
    /// A scan for windows of `window` bytes, by the fastest means this processor has.
    pub(crate) fn new(kind: WeakKind, window: usize) -> Scanner {
        Scanner {
            kind,
            window,
            #[cfg(any())]
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
        #[cfg(any())]
        if let Some(lanes) = &mut self.lanes {
            let done = lanes.scan(data, positions.clone(), index, blocks, hits);
            portable::scan(self.kind, self.window, data, done..positions.end, index, blocks, hits);
            return;
        }
        portable::scan(self.kind, self.window, data, positions, index, blocks, hits);
    }
}
