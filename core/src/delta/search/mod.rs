//! Finds the blocks of a basis in a new file. In: the basis' block sums, and bytes of the new file. Out:
//! [`Piece`]s that cover those bytes.
//!
//! [`scan`] says at which positions a weak sum occurs, [`verify`] whether a strong sum agrees, [`segment`] walks over a
//! stretch of the new file with the two, [`stitch`] joins stretches that were walked independently.
//! The engine behind signatures' deltas and behind a transfer's sender alike.

pub(crate) mod scan;
pub(crate) mod segment;
pub(crate) mod stitch;
pub(crate) mod stream;
mod verify;

pub(crate) use verify::Blocks;

/// A stretch of the new file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// The same as `length` bytes of the basis from `offset`.
    Copy { offset: u64, length: u64 },
    /// Nothing in the basis is known to equal these `length` bytes.
    Literal { length: u64 },
}

/// Which of several possible matches are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// librsync's (docs/spec/librsync.md §7): the first position that matches, there the lowest block, however much work that is.
    Exact,
    /// The block that continues the current copy where it matches, and a bounded amount of work on any input.
    Compact,
}
