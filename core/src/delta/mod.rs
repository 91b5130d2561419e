//! Signature, delta, patch. In: bytes. Out: bytes. Pure: no files, no clock; threads only by an explicit worker count.

mod basis;
mod index;
mod layout;
mod op;
mod options;
mod search;
mod signature;

pub use basis::Basis;
pub use layout::Layout;
pub use op::{Op, Sink};
pub use options::{
    Compression, DeltaFormat, DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode,
    SignatureOptions, StrongLength,
};
pub use signature::{BasisIdentity, Signature, SignatureBuilder};
