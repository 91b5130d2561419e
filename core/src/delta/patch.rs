//! Turns a basis and a delta into the new file. In: the delta, in pieces of any size; the basis, at any offset. Out: the new
//! file, strictly forward, verified where the delta says what it must be.

use crate::delta::basis::Basis;
use crate::delta::format::DeltaDecoder;
use crate::delta::format::librsync::CommandCounts;
use crate::delta::hashing::{CHUNK, Hashing};
use crate::delta::op::Op;
use crate::delta::signature::BasisIdentity;
use crate::error::{Error, ErrorKind, Result};

/// What a patch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchReport {
    /// Bytes of the new file.
    pub new_length: u64,
    /// Bytes of it that came from the basis.
    pub copied_bytes: u64,
    /// Bytes of it that came from the delta.
    pub literal_bytes: u64,
    /// Whether the delta said what the result must be, and it is.
    pub verified: bool,
    /// What the delta's commands come to, in librsync's format.
    pub commands: Option<CommandCounts>,
}

/// The file that `delta` makes of `basis`.
///
/// # Errors
/// As [`Patcher::update`] and [`Patcher::finish`]. A delta may make a file far larger than itself: where it comes from someone you do not
/// trust, use [`patch_limited`].
///
/// ```
/// use syncline::delta::{self, DeltaOptions, Signature, SignatureOptions};
///
/// let signature = Signature::of(b"old", &SignatureOptions::default())?;
/// let delta = delta::delta(&signature, b"new", &DeltaOptions::default())?;
/// assert_eq!(delta::patch(b"old", &delta)?, b"new");
/// assert!(delta::patch(b"other", &delta).is_err());
/// # Ok::<(), syncline::Error>(())
/// ```
pub fn patch(basis: &[u8], delta: &[u8]) -> Result<Vec<u8>> {
    patch_limited(basis, delta, u64::MAX)
}

/// As [`patch`], for a delta from someone you do not trust: the new file may have at most `limit` bytes.
///
/// # Errors
/// As [`patch`], and [`LimitExceeded`](crate::ErrorKind::LimitExceeded) before memory for more than `limit` bytes is used.
pub fn patch_limited(basis: &[u8], delta: &[u8], limit: u64) -> Result<Vec<u8>> {
    let mut new = Vec::new();
    let mut patcher = Patcher::new().limit(limit);
    let mut write = |bytes: &[u8]| {
        new.extend_from_slice(bytes);
        Ok(())
    };
    patcher.update(delta, &basis, &mut write)?;
    match patcher.finish() {
        Ok(_) => Ok(new),
        Err(error) => Err(patcher.explain(error, &basis)),
    }
}

/// Applies a delta that arrives in pieces.
#[derive(Default)]
pub struct Patcher {
    decoder: DeltaDecoder,
    hashing: Hashing,
    report: PatchReport,
    limit: Option<u64>,
}

impl Patcher {
    /// A patcher that has seen nothing.
    pub fn new() -> Patcher {
        Patcher::default()
    }

    /// As [`new`](Patcher::new), with the result hashed on a second thread while the first reads and writes.
    pub(crate) fn with_hash_thread() -> Patcher {
        Patcher { hashing: Hashing::beside(), ..Patcher::default() }
    }

    /// Sets the most bytes that the new file may have; without it there is no limit.
    #[must_use]
    pub fn limit(mut self, bytes: u64) -> Patcher {
        self.limit = Some(bytes);
        self
    }

    /// Takes the next bytes of the delta, and passes what they make of the new file to `write`.
    ///
    /// Nothing that was written is to be trusted before [`finish`](Patcher::finish) has agreed.
    ///
    /// # Errors
    /// As [`DeltaDecoder::update`]; [`WrongBasis`](crate::ErrorKind::WrongBasis) if the basis is too short for what is copied from it;
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) over the limit, before any of the operation that exceeds it is written; and
    /// whatever `basis` or `write` fail with.
    pub fn update(
        &mut self,
        mut delta: &[u8],
        basis: &dyn Basis,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let Patcher { decoder, hashing, report, limit } = self;
        if decoder.basis().is_none() && basis.length().is_some() {
            // The head alone, so that nothing is written for the wrong basis.
            delta = decoder.update_head(delta)?;
            check_length(decoder.basis(), basis.length())?;
        }
        decoder.update(delta, &mut |op: Op<'_>| {
            report.new_length += op.length();
            if let Some(limit) = limit.filter(|&limit| report.new_length > limit) {
                return Err(Error::new(
                    ErrorKind::LimitExceeded,
                    format!("the delta makes a file of more than {limit} bytes, the limit that was set"),
                ));
            }
            match op {
                Op::Literal(bytes) => {
                    report.literal_bytes += bytes.len() as u64;
                    hashing.pass_slice(bytes, write)
                }
                Op::Copy { offset, length } => {
                    report.copied_bytes += length;
                    copy(basis, offset, length, hashing, write)
                }
            }
        })
    }

    /// Ends the delta, and verifies the result if the delta says what it must be.
    ///
    /// # Errors
    /// [`Truncated`](crate::ErrorKind::Truncated) if the delta ends too early;
    /// [`VerificationFailed`](crate::ErrorKind::VerificationFailed) if the result is not what the delta promises: the basis is not the one it was
    /// made from, or the delta is damaged ([`explain`](Patcher::explain) finds out which).
    pub fn finish(&self) -> Result<PatchReport> {
        verify(&self.decoder, || self.hashing.hash(), self.report)
    }

    /// The basis that the delta was made from, once that is known; librsync deltas never say.
    pub fn basis(&self) -> Option<BasisIdentity> {
        self.decoder.basis()
    }

    /// A failed verification as the better of its two explanations, found by hashing `basis` whole; other errors as they are.
    pub fn explain(&self, error: Error, basis: &dyn Basis) -> Error {
        explain(error, self.basis(), basis)
    }
}

impl std::fmt::Debug for Patcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Patcher").field("report", &self.report).finish_non_exhaustive()
    }
}

/// A failed verification of a delta whose basis is `wanted` as the better of its two explanations.
pub(crate) fn explain(error: Error, wanted: Option<BasisIdentity>, basis: &dyn Basis) -> Error {
    let Some(wanted) = wanted.filter(|_| error.kind() == ErrorKind::VerificationFailed) else {
        return error;
    };
    match identity(basis) {
        Ok(found) if found.length != wanted.length => wrong_length(wanted.length, found.length),
        Ok(found) if found != wanted => Error::new(
            ErrorKind::WrongBasis,
            "this is not the old file that the delta was made from: it has the same length and other content",
        ),
        Ok(_) => Error::new(
            ErrorKind::Corrupt,
            "the delta is damaged: the old file is the right one, but the result is not",
        ),
        Err(_) => error,
    }
}

/// What a patch did, if the delta is complete and its result what it promises.
pub(crate) fn verify(
    decoder: &DeltaDecoder,
    hash: impl FnOnce() -> Result<blake3::Hash>,
    report: PatchReport,
) -> Result<PatchReport> {
    decoder.finish()?;
    let report = PatchReport { commands: decoder.commands(), ..report };
    let Some(result) = decoder.result() else { return Ok(report) };
    if result.hash != *hash()?.as_bytes() {
        return Err(Error::new(
            ErrorKind::VerificationFailed,
            "the result is not what the delta promises: the old file is not the one it was made from, or the delta \
             is damaged",
        ));
    }
    Ok(PatchReport { verified: true, ..report })
}

pub(crate) fn check_length(wanted: Option<BasisIdentity>, found: Option<u64>) -> Result<()> {
    match (wanted, found) {
        (Some(wanted), Some(found)) if wanted.length != found => Err(wrong_length(wanted.length, found)),
        _ => Ok(()),
    }
}

pub(crate) fn past_the_end(offset: u64, length: u64) -> Error {
    Error::new(
        ErrorKind::WrongBasis,
        format!(
            "the old file ends before byte {offset}, from which the delta copies {length} bytes: it is not the one the \
             delta was made from"
        ),
    )
}

fn wrong_length(wanted: u64, found: u64) -> Error {
    Error::new(
        ErrorKind::WrongBasis,
        format!("this is not the old file that the delta was made from ({wanted} bytes there, {found} here)"),
    )
}

/// Passes `length` bytes of `basis` from `offset` to `write`, by way of `hashing`.
fn copy(
    basis: &dyn Basis,
    mut offset: u64,
    mut length: u64,
    hashing: &mut Hashing,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    while length > 0 {
        let mut fill = |room: &mut [u8]| {
            let wanted = usize::try_from(length).unwrap_or(usize::MAX).min(room.len());
            Ok(basis.read_at(offset, room.get_mut(..wanted).unwrap_or_default())?.min(wanted))
        };
        let count = hashing.pass(&mut fill, write)?;
        if count == 0 {
            return Err(past_the_end(offset, length));
        }
        offset += count as u64;
        length -= count as u64;
    }
    Ok(())
}

/// Length and BLAKE3 of all of `basis`.
pub(crate) fn identity(basis: &dyn Basis) -> Result<BasisIdentity> {
    let mut chunk = vec![0; CHUNK];
    let mut hasher = blake3::Hasher::new();
    let mut length = 0;
    loop {
        let count = basis.read_at(length, &mut chunk)?;
        if count == 0 {
            return Ok(BasisIdentity { length, hash: *hasher.finalize().as_bytes() });
        }
        hasher.update(chunk.get(..count).unwrap_or_default());
        length += count as u64;
    }
}
