//! The check at the end of each part of a native delta (docs/format.md, "Delta"). In: the part's bytes. Out: four bytes.
//!
//! Each check is seeded with the one before, so that a part that is damaged, missing, repeated or out of order is noticed before any
//! of its operations is run. It guards against accidents; against malice there is the BLAKE3 of the result.

use twox_hash::XxHash3_64;

use crate::delta::format::{Reader, corrupt};
use crate::error::Result;

/// Bytes of a check.
const LENGTH: usize = 4;

/// The checks of a delta's parts so far.
#[derive(Debug, Default)]
pub(crate) struct CheckChain(u64);

impl CheckChain {
    /// Ends the part that starts at `start` of `out` with its check.
    pub(crate) fn seal(&mut self, out: &mut Vec<u8>, start: usize) {
        let check = self.next(out.get(start..).unwrap_or_default());
        out.extend_from_slice(&check);
    }

    /// Reads the check that ends the part which `reader` has taken of `bytes`; `false` if it has not arrived.
    pub(crate) fn verify(&mut self, bytes: &[u8], reader: &mut Reader<'_>) -> Result<bool> {
        let part = bytes.get(..reader.taken()).unwrap_or_default();
        let Some(found) = reader.array::<LENGTH>() else {
            return Ok(false);
        };
        // A fuzzer cannot guess checks, and is to reach what is behind them.
        if found != self.next(part) && !cfg!(fuzzing) {
            return Err(corrupt("the delta is damaged: a check does not fit, make or copy it again"));
        }
        Ok(true)
    }

    fn next(&mut self, part: &[u8]) -> [u8; LENGTH] {
        self.0 = XxHash3_64::oneshot_with_seed(self.0, part);
        // The low half.
        (self.0 as u32).to_le_bytes()
    }
}
