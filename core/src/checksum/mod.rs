//! Weak (rolling) and strong sums of blocks. In: bytes. Out: sums. Pure.
//!
//! [`rolling`] holds the weak sums a delta search slides over the new file, [`strong`] the hashes that
//! confirm a match, [`tree`] the BLAKE3 of a whole file put together from its blocks.

pub mod file_sum;
pub mod rolling;
pub mod strong;
pub mod tree;

pub use rolling::{Rolling, WeakKind};
pub use strong::StrongKind;
