//! Delta files of either format. In: bytes in pieces of any size. Out: [`Op`]s and what the delta says of its basis and
//! result.

use crate::delta::format::librsync::{CHECK_MAGIC, CommandCounts, LibrsyncDecoder};
use crate::delta::format::native::NativeDecoder;
use crate::delta::format::{Kind, truncated};
use crate::delta::op::{Op, Sink};
use crate::delta::options::DeltaFormat;
use crate::delta::signature::BasisIdentity;
use crate::error::Result;

/// Decodes a delta that arrives in pieces.
///
/// ```
/// use syncline::delta::{self, DeltaDecoder, DeltaOptions, Op, Signature, SignatureOptions};
///
/// let signature = Signature::of(b"old content", &SignatureOptions::default())?;
/// let bytes = delta::delta(&signature, b"new content", &DeltaOptions::default())?;
/// let mut decoder = DeltaDecoder::new();
/// let mut length = 0;
/// decoder.update(&bytes, &mut |op: Op<'_>| {
///     length += op.length();
///     Ok(())
/// })?;
/// decoder.finish()?;
/// assert_eq!(length, 11);
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct DeltaDecoder {
    /// Bytes that are not decoded yet.
    pending: Vec<u8>,
    body: Body,
}

#[derive(Debug, Default)]
enum Body {
    #[default]
    Unknown,
    Native(Box<NativeDecoder>),
    Librsync(LibrsyncDecoder),
}

impl DeltaDecoder {
    /// A decoder that has seen nothing.
    pub fn new() -> DeltaDecoder {
        DeltaDecoder::default()
    }

    /// Takes the next bytes of the file and passes the operations that are complete with them to `sink`.
    ///
    /// # Errors
    /// [`NotADelta`](crate::ErrorKind::NotADelta), [`SwappedArguments`](crate::ErrorKind::SwappedArguments) for a signature,
    /// [`UnsupportedVersion`](crate::ErrorKind::UnsupportedVersion), [`Corrupt`](crate::ErrorKind::Corrupt) or
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), as soon as the bytes show it; and whatever `sink` fails with. The
    /// decoder is of no use after that.
    pub fn update(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<()> {
        if self.pending.is_empty() {
            let used = self.run(bytes, sink)?;
            self.pending.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            self.pending.extend_from_slice(bytes);
            let mut pending = std::mem::take(&mut self.pending);
            let used = self.run(&pending, sink)?;
            pending.drain(..used);
            self.pending = pending;
        }
        Ok(())
    }

    /// Takes as much of `bytes` as the head of the file needs, and gives back the rest.
    pub(crate) fn update_head<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        let mut bytes = bytes;
        while self.basis().is_none() && !matches!(self.body, Body::Librsync(_)) {
            let Some((byte, rest)) = bytes.split_first() else {
                break;
            };
            self.update(std::slice::from_ref(byte), &mut |_: Op<'_>| {
                Err(super::corrupt("the delta has no head"))
            })?;
            bytes = rest;
        }
        Ok(bytes)
    }

    fn run(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<usize> {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let step = match &mut self.body {
                Body::Unknown => match Kind::of(rest) {
                    None => None,
                    Some(Kind::NativeDelta) => {
                        self.body = Body::Native(Box::default());
                        Some(0)
                    }
                    Some(Kind::LibrsyncDelta) => {
                        self.body = Body::Librsync(LibrsyncDecoder::default());
                        Some(0)
                    }
                    Some(other) => return Err(other.not_a_delta()),
                },
                Body::Native(decoder) => {
                    let step = decoder.step(rest, sink)?;
                    if decoder.is_complete() && step.is_none() && !rest.is_empty() {
                        return Err(super::corrupt("there are bytes after the end of the delta"));
                    }
                    step
                }
                Body::Librsync(decoder) => match decoder.step(rest, sink)? {
                    // What follows the end of a librsync delta is nobody's.
                    None if decoder.is_finished() => return Ok(bytes.len()),
                    step => step,
                },
            };
            match step {
                Some(step) => used += step,
                None => return Ok(used),
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`Truncated`](crate::ErrorKind::Truncated) where it ends too early, [`NotADelta`](crate::ErrorKind::NotADelta) for an empty file.
    pub fn finish(&self) -> Result<()> {
        let complete = match &self.body {
            Body::Unknown if self.pending.is_empty() => return Err(Kind::Other.not_a_delta()),
            Body::Unknown => false,
            Body::Native(decoder) => decoder.is_complete(),
            Body::Librsync(decoder) => decoder.is_complete() && !self.pending.starts_with(&CHECK_MAGIC),
        };
        if complete { Ok(()) } else { Err(truncated("delta")) }
    }

    /// The format, once it is known.
    pub fn format(&self) -> Option<DeltaFormat> {
        match &self.body {
            Body::Unknown => None,
            Body::Native(_) => Some(DeltaFormat::Native),
            Body::Librsync(_) => Some(DeltaFormat::Librsync),
        }
    }

    /// Length and BLAKE3 of the basis, once they are known; librsync deltas never say.
    pub fn basis(&self) -> Option<BasisIdentity> {
        match &self.body {
            Body::Native(decoder) => decoder.basis,
            _ => None,
        }
    }

    /// Length and BLAKE3 of the result, once the end has been read; librsync deltas say only if they carry a check.
    pub fn result(&self) -> Option<BasisIdentity> {
        match &self.body {
            Body::Unknown => None,
            Body::Native(decoder) => decoder.result,
            Body::Librsync(decoder) => decoder.result,
        }
    }

    /// What its commands come to so far, in librsync's format.
    pub(crate) fn commands(&self) -> Option<CommandCounts> {
        match &self.body {
            Body::Librsync(decoder) => Some(decoder.counts),
            _ => None,
        }
    }

    /// Bytes in the file and bytes unpacked, of the parts that are compressed.
    pub(crate) fn compressed(&self) -> (u64, u64) {
        match &self.body {
            Body::Native(decoder) => decoder.compressed,
            _ => (0, 0),
        }
    }
}

/// An encoder for a delta of either format.
pub(crate) enum DeltaEncoder {
    Native(super::native::NativeEncoder),
    Librsync(super::librsync::LibrsyncEncoder),
}

impl Sink for DeltaEncoder {
    fn op(&mut self, op: Op<'_>) -> Result<()> {
        match self {
            DeltaEncoder::Native(encoder) => encoder.op(op),
            DeltaEncoder::Librsync(encoder) => {
                encoder.op(op);
                Ok(())
            }
        }
    }
}

impl DeltaEncoder {
    /// Whether [`finish`](DeltaEncoder::finish) wants the result's hash.
    pub(crate) fn wants_hash(&self) -> bool {
        match self {
            DeltaEncoder::Native(_) => true,
            DeltaEncoder::Librsync(encoder) => encoder.has_check(),
        }
    }

    /// What its commands come to so far, in librsync's format.
    pub(crate) fn commands(&self) -> Option<CommandCounts> {
        match self {
            DeltaEncoder::Native(_) => None,
            DeltaEncoder::Librsync(encoder) => Some(encoder.counts()),
        }
    }

    /// Ends a delta whose result has this length and hash.
    pub(crate) fn finish(&mut self, length: u64, hash: Option<&[u8; 32]>) -> Result<()> {
        match self {
            DeltaEncoder::Native(encoder) => {
                encoder.finish(length, hash.expect("native deltas are hashed"))?;
            }
            DeltaEncoder::Librsync(encoder) => encoder.finish(length, hash),
        }
        Ok(())
    }

    /// Moves what is encoded so far to the end of `out`.
    pub(crate) fn take_output(&mut self, out: &mut Vec<u8>) {
        match self {
            DeltaEncoder::Native(encoder) => encoder.take_output(out),
            DeltaEncoder::Librsync(encoder) => encoder.take_output(out),
        }
    }
}
