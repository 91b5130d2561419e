//! A patch whose output is asked for instead of being pushed. In: the delta, pushed in pieces of any size. Out: the new file, pulled in pieces
//! of any size, so that a small delta that makes a large file needs no more memory than its own.

use std::collections::VecDeque;

use crate::delta::basis::Basis;
use crate::delta::format::DeltaDecoder;
use crate::delta::op::Op;
use crate::delta::patch::{PatchReport, check_length, past_the_end, verify};
use crate::error::{Error, ErrorKind, Result};

/// Applies a delta that is pushed, to make a new file that is pulled.
///
/// ```
/// use syncline::delta::{self, DeltaOptions, PatchStream, Signature, SignatureOptions};
///
/// let signature = Signature::of(b"old", &SignatureOptions::default())?;
/// let delta = delta::delta(&signature, b"new", &DeltaOptions::default())?;
/// let mut stream = PatchStream::new();
/// stream.push(&delta);
/// let mut buffer = [0; 2];
/// let mut new = Vec::new();
/// loop {
///     match stream.pull(b"old".as_slice(), &mut buffer)? {
///         0 => break,
///         count => new.extend_from_slice(&buffer[..count]),
///     }
/// }
/// assert!(stream.finish()?.verified);
/// assert_eq!(new, b"new");
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Default)]
pub struct PatchStream {
    decoder: DeltaDecoder,
    hasher: blake3::Hasher,
    report: PatchReport,
    /// Bytes of the delta that are not decoded yet: `used` of them are.
    raw: Vec<u8>,
    used: usize,
    queue: VecDeque<Pending>,
}

/// Bytes of the delta that are decoded at a time. What they unpack to is bounded by the limits of one frame.
const STEP: usize = 16 << 10;

/// An operation, or what is left of it.
enum Pending {
    Copy { offset: u64, length: u64 },
    Literal { bytes: Vec<u8>, used: usize },
}

impl PatchStream {
    /// A stream that has seen nothing.
    pub fn new() -> PatchStream {
        PatchStream::default()
    }

    /// Takes the next bytes of the delta. They are held as they are, and looked at when their turn to be pulled comes.
    pub fn push(&mut self, delta: &[u8]) {
        self.raw.drain(..self.used);
        self.used = 0;
        self.raw.extend_from_slice(delta);
    }

    /// Decodes until there is something to pull, or nothing left to decode.
    fn refill(&mut self) -> Result<()> {
        let PatchStream { decoder, report, queue, raw, used, .. } = self;
        while queue.is_empty() && *used < raw.len() {
            let step = &raw[*used..raw.len().min(*used + STEP)];
            *used += step.len();
            decoder.update(step, &mut |op: Op<'_>| {
                report.new_length += op.length();
                match op {
                    Op::Copy { offset, length } => {
                        report.copied_bytes += length;
                        queue.push_back(Pending::Copy { offset, length });
                    }
                    Op::Literal(bytes) => {
                        report.literal_bytes += bytes.len() as u64;
                        queue.push_back(Pending::Literal { bytes: bytes.to_vec(), used: 0 });
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Fills the start of `buffer` with the next bytes of the new file and says how many; 0 when more of the delta is
    /// needed, or nothing is left (or `buffer` is empty).
    ///
    /// # Errors
    /// As [`DeltaDecoder::update`]; [`WrongBasis`](ErrorKind::WrongBasis) if the basis is too short, or of another length than the delta
    /// names; and whatever `basis` fails with. The stream is of no use after that.
    pub fn pull<B: Basis + ?Sized>(&mut self, basis: &B, buffer: &mut [u8]) -> Result<usize> {
        let mut filled = 0;
        self.refill()?;
        check_length(self.decoder.basis(), basis.length())?;
        while let (Some(pending), Some(room)) =
            (self.queue.front_mut(), buffer.get_mut(filled..).filter(|room| !room.is_empty()))
        {
            let (count, is_done) = match pending {
                Pending::Copy { offset, length } => {
                    let wanted = usize::try_from(*length).unwrap_or(usize::MAX).min(room.len());
                    let count = basis.read_at(*offset, &mut room[..wanted])?.min(wanted);
                    if count == 0 {
                        return Err(past_the_end(*offset, *length));
                    }
                    *offset += count as u64;
                    *length -= count as u64;
                    (count, *length == 0)
                }
                Pending::Literal { bytes, used } => {
                    let count = (bytes.len() - *used).min(room.len());
                    room[..count].copy_from_slice(&bytes[*used..*used + count]);
                    *used += count;
                    (count, *used == bytes.len())
                }
            };
            self.hasher.update(&room[..count]);
            filled += count;
            if is_done {
                self.queue.pop_front();
                self.refill()?;
            }
        }
        Ok(filled)
    }

    /// Ends the delta, once everything has been pulled, and verifies the result if the delta says what it must be.
    ///
    /// # Errors
    /// [`InvalidState`](ErrorKind::InvalidState) if there is still something to pull; else as
    /// [`Patcher::finish`](crate::delta::Patcher::finish).
    pub fn finish(&mut self) -> Result<PatchReport> {
        self.refill()?;
        if !self.queue.is_empty() {
            return Err(Error::new(ErrorKind::InvalidState, "there is still output to be pulled"));
        }
        verify(&self.decoder, || Ok(self.hasher.finalize()), self.report)
    }
}

impl std::fmt::Debug for PatchStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatchStream").field("report", &self.report).finish_non_exhaustive()
    }
}
