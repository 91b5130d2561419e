//! What work reports while it runs: the one schema that every surface shows.
//!
//! In: what the layers above saw. Out: values without behaviour.

#[cfg(feature = "transfer")]
mod change;
#[cfg(feature = "transfer")]
mod failure;
#[cfg(feature = "transfer")]
mod report;
#[cfg(feature = "transfer")]
mod transfer;

#[cfg(feature = "transfer")]
pub use change::{Change, ItemForm};
#[cfg(feature = "transfer")]
pub use failure::Failure;
#[cfg(feature = "transfer")]
pub(crate) use failure::{MOST_TOLD, system_words};
#[cfg(feature = "transfer")]
pub use report::{KindCounts, Report};
#[cfg(feature = "transfer")]
pub use transfer::{Event, FileProgress, MessageLevel, Observer, TransferProgress};

/// How far a piece of work has come, in absolute bytes of its input.
///
/// Never runs backwards. `bytes_total` may grow until `total_is_final`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of input worked through so far.
    pub bytes_done: u64,
    /// Bytes of input in all, as far as is known.
    pub bytes_total: u64,
    /// Whether `bytes_total` can still grow.
    pub total_is_final: bool,
}

impl Progress {
    /// Progress of `bytes_done` out of `bytes_total`, which is final if `total_is_final`.
    pub fn new(bytes_done: u64, bytes_total: u64, total_is_final: bool) -> Progress {
        Progress { bytes_done, bytes_total, total_is_final }
    }
}
