//! rsync as a library.
//!
//! The first door is **delta**: a [`Signature`](delta::Signature) describes an old file in little space,
//! [`delta`] turns a signature and a new file into a delta, and [`patch`](delta::patch) turns
//! the old file and the delta into the new one.

mod cancel;
pub mod checksum;
#[cfg(feature = "transfer")]
mod client;
pub mod delta;
mod error;
mod event;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "transfer")]
pub mod filter;
#[cfg(feature = "transfer")]
pub mod options;
#[cfg(feature = "transfer")]
pub mod session;
#[cfg(feature = "transfer")]
pub mod transport;
#[cfg(feature = "transfer")]
pub mod tree;
pub mod wire;

pub use cancel::CancelToken;
#[cfg(feature = "transfer")]
pub use client::{DaemonAccess, Endpoint, ServePolicy, Transfer, serve};
pub use error::{Error, ErrorKind, Result};
pub use event::Progress;
#[cfg(feature = "transfer")]
pub use event::{
    Change, Event, Failure, FileProgress, ItemForm, KindCounts, MessageLevel, Observer, Report,
    TransferProgress,
};
