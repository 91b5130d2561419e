//! Signature, delta, patch. In: bytes. Out: bytes. Pure: no files, no clock; threads only by an explicit worker count.

mod basis;
mod builder;
pub(crate) mod compare;
mod format;
mod hashing;
pub(crate) mod index;
mod inspect;
mod layout;
mod op;
mod options;
pub(crate) mod patch;
mod patch_stream;
pub(crate) mod search;
mod signature;

pub use basis::Basis;
pub use builder::{DeltaBuilder, DeltaReport, IndexedSignature, delta};
pub use compare::{diff, diff_with_report};
pub use format::{DeltaDecoder, SignatureLoader};
pub use inspect::{Content, Inspection, Inspector, inspect};
pub use layout::Layout;
pub use op::{Op, Sink};
pub use options::{
    Compression, DeltaFormat, DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode, SignatureOptions,
    StrongLength,
};
pub use patch::{PatchReport, Patcher, patch, patch_limited};
pub use patch_stream::PatchStream;
pub use signature::{BasisIdentity, Signature, SignatureBuilder};

/// librsync's streams piece by piece, for callers that must control every byte of them (docs/spec/librsync.md §9).
pub mod librsync {
    pub use crate::delta::format::librsync::{
        Command, CommandCounts, MatchStatistics, Parameters, Refusal, Remark, ResultCode, SignatureReader,
        SignatureWriter, Statistics, format_of, magic_of,
    };
}
