//! The first bytes of a session over a pipe: each side's version (`docs/spec/wire-1-session.md` §4.2). In and out: 4 bytes.

use super::error::WireError;
use super::protocol::Protocol;
use super::source::Source;

/// The version this side offers.
pub fn encode(offer: Protocol, out: &mut Vec<u8>) {
    out.extend_from_slice(&i32::from(offer.number()).to_le_bytes());
}

/// Reads the peer's version and agrees on one.
///
/// # Errors
/// Those of [`Protocol::agree`].
pub fn decode(offer: Protocol, source: &mut (impl Source + ?Sized)) -> Result<Protocol, WireError> {
    offer.agree(source.i32()?)
}
