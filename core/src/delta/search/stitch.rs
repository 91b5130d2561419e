//! Walks a new file in stretches that start at fixed offsets, by several threads, and joins what they found. In: bytes,
//! strictly forward. Out: [`Op`]s, the same for every number of threads and every cut of the input.

use crate::checksum::StrongKind;
use crate::checksum::strong::StrongSum;
use crate::delta::index::Index;
use crate::delta::op::{Op, Sink};
use crate::delta::search::segment::{Stretch, Walk, Walked};
use crate::delta::search::{Blocks, Choice, Piece};
use crate::error::Result;

/// The shortest stretch, in bytes.
const MIN_STRETCH: usize = 4 << 20;

/// Bytes in a stretch: a power of two, at least 4 MiB and at least four blocks.
pub(crate) fn stretch_length(block_length: u32) -> usize {
    (4 * block_length as usize).next_power_of_two().max(MIN_STRETCH)
}

/// What was found in one stretch.
pub(crate) struct Found {
    walked: Walked,
    /// The BLAKE3 subtree of the stretch, if it was asked for and the stretch is whole.
    pub(crate) subtree: Option<StrongSum>,
}

/// Walks up to `workers` stretches at a time; `data` starts with the first and reaches a block beyond the last, or to the
/// end of the new file.
pub(crate) fn walk(
    blocks: Blocks<'_>,
    index: &Index,
    stretches: &[Stretch<'_>],
    workers: usize,
    hash: bool,
) -> Vec<Found> {
    let one = |stretch: &Stretch<'_>| {
        let walked = Walk::new(blocks, index, Choice::Compact, *stretch, Default::default()).run();
        let subtree = (hash && !stretch.last && blocks.strong_kind == Some(StrongKind::Blake3)).then(|| {
            subtree(
                &stretch.data[..stretch.end],
                stretch.offset,
                blocks.block_length as usize,
                &walked.aligned,
            )
        });
        Found { walked, subtree }
    };
    if workers <= 1 || stretches.len() <= 1 {
        return stretches.iter().map(one).collect();
    }
    let share = stretches.len().div_ceil(workers);
    std::thread::scope(|scope| {
        let threads: Vec<_> = stretches
            .chunks(share)
            .map(|share| scope.spawn(move || share.iter().map(one).collect::<Vec<_>>()))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| match thread.join() {
                Ok(found) => found,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

/// The chaining value of `data`, a power of two of bytes at a multiple of it, of which the chaining values of some blocks are `known`.
fn subtree(data: &[u8], offset: u64, block_length: usize, known: &[(u64, StrongSum)]) -> StrongSum {
    use blake3::hazmat::{HasherExt, Mode, merge_subtrees_non_root};
    match known {
        [(_, sum)] if data.len() == block_length => *sum,
        // What is hashed together fills the lanes.
        [] => blake3::Hasher::new().set_input_offset(offset).update(data).finalize_non_root(),
        _ => {
            let (left, right) = data.split_at(data.len() / 2);
            let middle = offset + left.len() as u64;
            let split = known.partition_point(|(number, _)| number * (block_length as u64) < middle);
            let left = subtree(left, offset, block_length, &known[..split]);
            let right = subtree(right, middle, block_length, &known[split..]);
            merge_subtrees_non_root(&left, &right, Mode::Hash)
        }
    }
}

/// Joins the pieces of stretches: what one stretch's last copy takes of the next is cut from that one's front.
#[derive(Debug, Default)]
pub(crate) struct Stitcher {
    /// Bytes at the start of the next stretch that are covered already.
    covered: u64,
    /// A copy that may still grow.
    pending: Option<(u64, u64)>,
}

impl Stitcher {
    /// Passes on what was found in `stretch`.
    pub(crate) fn add(&mut self, stretch: &Stretch<'_>, found: &Found, sink: &mut dyn Sink) -> Result<()> {
        self.add_pieces(stretch, &found.walked, sink)
    }

    /// Passes on the pieces of a walk over `stretch`.
    pub(crate) fn add_pieces(
        &mut self,
        stretch: &Stretch<'_>,
        walked: &Walked,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let mut at = 0u64;
        for piece in &walked.pieces {
            let (Piece::Copy { length, .. } | Piece::Literal { length }) = *piece;
            let cut = self.covered.saturating_sub(at).min(length);
            at += cut;
            let rest = length - cut;
            if rest == 0 {
                continue;
            }
            match *piece {
                Piece::Copy { offset, .. } => self.copy(offset + cut, rest, sink)?,
                Piece::Literal { .. } => {
                    self.flush(sink)?;
                    sink.op(Op::Literal(&stretch.data[at as usize..(at + rest) as usize]))?;
                }
            }
            at += rest;
        }
        self.covered = self.covered.max(at).saturating_sub(stretch.end as u64);
        Ok(())
    }

    fn copy(&mut self, offset: u64, length: u64, sink: &mut dyn Sink) -> Result<()> {
        match &mut self.pending {
            Some((start, so_far)) if *start + *so_far == offset => *so_far += length,
            _ => {
                self.flush(sink)?;
                self.pending = Some((offset, length));
            }
        }
        Ok(())
    }

    /// Passes on the copy that is held back. To be called at the end.
    pub(crate) fn flush(&mut self, sink: &mut dyn Sink) -> Result<()> {
        match self.pending.take() {
            Some((offset, length)) => sink.op(Op::Copy { offset, length }),
            None => Ok(()),
        }
    }
}
