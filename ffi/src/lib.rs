//! The C interface: handles, status codes and buffers around the library. Conversion only; nothing is decided here.
//!
//! Every entry catches panics. A handle whose call panicked answers every later call with `INTERNAL`.

pub mod buffer;
pub mod constants;
pub mod delta;
pub mod error;
pub mod files;
mod guard;
pub mod inspect;
pub mod options;
pub mod patch;
pub mod signature;
pub mod transfer;
