//! Signatures and deltas as files: bytes ↔ values. In: bytes in pieces of any size. Out: [`Signature`], [`Op`](crate::delta::Op)s;
//! and back.
//!
//! [`native`] is Syncline's own format (docs/format.md), [`librsync`] the reference's (docs/spec/librsync.md). The first
//! bytes tell them apart.

mod delta;
pub(crate) mod librsync;
pub(crate) mod native;
mod reader;
mod signature;

pub use delta::DeltaDecoder;
pub(crate) use delta::DeltaEncoder;
pub(crate) use reader::Reader;
pub use signature::SignatureLoader;

use crate::error::{Error, ErrorKind};

/// What the first bytes of a file say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    NativeSignature,
    NativeDelta,
    LibrsyncSignature,
    LibrsyncDelta,
    /// Neither, whatever follows.
    Other,
}

impl Kind {
    /// What starts with `head`, once that is long enough to tell.
    pub(crate) fn of(head: &[u8]) -> Option<Kind> {
        let head = match head.first_chunk::<4>() {
            Some(head) => head,
            // Fewer than four bytes, but already not the start of any magic.
            None if !MAGICS.iter().any(|(magic, _)| magic.starts_with(head)) => {
                return Some(Kind::Other);
            }
            None => return None,
        };
        Some(MAGICS.iter().find(|(magic, _)| magic == head).map_or(Kind::Other, |(_, kind)| *kind))
    }

    /// The error for something else than a signature.
    pub(crate) fn not_a_signature(self) -> Error {
        match self {
            Kind::NativeDelta | Kind::LibrsyncDelta => Error::new(
                ErrorKind::SwappedArguments,
                "this is a delta, not a signature: give the signature first, then the new file",
            ),
            _ => Error::new(
                ErrorKind::NotASignature,
                "this is not a signature: make one of the old file first (syncline signature OLD SIGNATURE)",
            ),
        }
    }

    /// The error for something else than a delta.
    pub(crate) fn not_a_delta(self) -> Error {
        match self {
            Kind::NativeSignature | Kind::LibrsyncSignature => Error::new(
                ErrorKind::SwappedArguments,
                "this is a signature, not a delta: make a delta of it and the new file first (syncline delta SIGNATURE NEW DELTA)",
            ),
            _ => Error::new(
                ErrorKind::NotADelta,
                "this is not a delta: the order is the old file, the delta, the new file",
            ),
        }
    }
}

const MAGICS: [([u8; 4], Kind); 7] = [
    (native::SIGNATURE_MAGIC, Kind::NativeSignature),
    (native::DELTA_MAGIC, Kind::NativeDelta),
    ([0x72, 0x73, 0x01, 0x36], Kind::LibrsyncSignature),
    ([0x72, 0x73, 0x01, 0x37], Kind::LibrsyncSignature),
    ([0x72, 0x73, 0x01, 0x46], Kind::LibrsyncSignature),
    ([0x72, 0x73, 0x01, 0x47], Kind::LibrsyncSignature),
    (librsync::DELTA_MAGIC, Kind::LibrsyncDelta),
];

pub(crate) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

pub(crate) fn truncated(what: &str) -> Error {
    Error::new(
        ErrorKind::Truncated,
        format!("the {what} ends too early: it was cut short, make or copy it again"),
    )
}

pub(crate) fn limit(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::LimitExceeded, message)
}
