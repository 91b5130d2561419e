//! The plain scan: one window, rolled along. The reference the vector kernels are tested against.

use std::ops::Range;

use crate::checksum::{Rolling, WeakKind};
use crate::delta::index::{Index, lane_key};
use crate::delta::search::Blocks;
use crate::delta::search::scan::Hit;

pub(super) fn scan(
    kind: WeakKind,
    window: usize,
    data: &[u8],
    positions: Range<usize>,
    index: &Index,
    blocks: &Blocks<'_>,
    hits: &mut Vec<Hit>,
) {
    if positions.is_empty() {
        return;
    }
    let mut rolling = Rolling::from_window(kind, &data[positions.start..][..window]);
    for position in positions.clone() {
        let weak = rolling.digest();
        if index.filter.may_hold(lane_key(kind, weak, blocks.block_length)) && index.has(weak, blocks) {
            hits.push(Hit { position, weak });
        }
        if position + 1 < positions.end {
            rolling.slide(data[position], data[position + window]);
        }
    }
}
