//! rsync's wire: pure codecs between bytes and values, one file per thing on the wire. In: a [`Source`] of bytes, or a
//! value. Out: a value or a [`WireError`], or bytes appended to a vector.
//!
//! Nothing here reads a file, a clock or a socket. A decoder is `decode(&mut impl Source) -> Result<T, WireError>`, its
//! twin `encode(&self, &mut Vec<u8>)`; both cite their section of `docs/spec/wire-*.md`. Decoders never panic,
//! whatever the bytes: every length is checked against [`limits`] before anything is allocated for it.

pub mod acl;
pub mod block_sums;
pub mod compat;
pub mod daemon;
mod error;
pub mod file_entry;
pub mod greeting;
pub mod id_list;
pub mod index;
pub mod ints;
pub mod item;
pub mod limits;
pub mod mux;
pub mod negotiation;
pub mod protocol;
mod source;
pub mod stats;
pub mod tokens;
pub mod xattr;

pub use error::WireError;
pub use protocol::Protocol;
pub use source::{Reader, Source};
