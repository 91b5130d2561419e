//! Syncline's own formats (docs/format.md).

mod check;
mod decode;
mod encode;
mod signature;

pub(crate) use check::CheckChain;
pub(crate) use decode::NativeDecoder;
pub(crate) use encode::NativeEncoder;
pub(crate) use signature::{encode_signature, read_group, read_signature_head, read_signature_trailer};

/// Starts a signature. The first byte is no text in any encoding in use, so that no plain file is taken for one.
pub(crate) const SIGNATURE_MAGIC: [u8; 4] = *b"\x8bSLS";
/// Starts a delta.
pub(crate) const DELTA_MAGIC: [u8; 4] = *b"\x8bSLD";
/// The version this library writes, and the only one it reads.
pub(crate) const VERSION: u8 = 1;

/// The most blocks of a signature: block numbers have 32 bits in the index.
pub(crate) const MAX_BLOCKS: usize = u32::MAX as usize - 1;
/// Records in a group of a signature, but for the last.
pub(crate) const GROUP: u64 = 1024;

/// The most literal bytes of a frame.
pub(crate) const MAX_FRAME_LITERALS: usize = 4 << 20;
/// The most bytes of commands in a frame.
pub(crate) const MAX_FRAME_COMMANDS: usize = 1 << 20;
/// The most bytes of one command: two varints.
pub(crate) const MAX_COMMAND: usize = 20;

/// What follows in a delta: one byte each.
pub(crate) mod tag {
    /// The result's length and hash, and the end.
    pub(crate) const END: u8 = 0;
    /// A frame. The bits below may be added.
    pub(crate) const FRAME: u8 = 0x10;
    /// The commands are one zstd frame.
    pub(crate) const COMMANDS_ZSTD: u8 = 0x01;
    /// The literals are one zstd frame.
    pub(crate) const LITERALS_ZSTD: u8 = 0x02;
}
