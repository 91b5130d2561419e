//! Every limit that a peer's numbers are checked against (`docs/spec/wire-1-session.md` Appendix B,
//! `wire-2-filelist.md` Appendix B, `wire-3-transfer.md` §3.2).

/// Bytes in a path, a symbolic link's target or the name of an item.
pub const PATH: usize = 4095;
/// Bytes in a negotiation string.
pub const NEGOTIATION: usize = 255;
/// Bytes that a `vstring` can hold.
pub const VSTRING: usize = 0x7fff;
/// Bytes in the payload of a frame.
pub const FRAME: usize = 0x00ff_ffff;
/// Bytes in a message that carries a text or a name.
pub const TEXT_MESSAGE: usize = 5119;
/// Bytes in a block, from protocol 30 on.
pub const BLOCK_LENGTH: i32 = 1 << 17;
/// Bytes in a block before protocol 30.
pub const BLOCK_LENGTH_OLD: i32 = 1 << 29;
/// Bytes in any digest.
pub const DIGEST: usize = 32;
/// Objects of one kind that can be reported as deleted.
pub const DELETE_COUNT: i32 = 1 << 28;
/// Names in one id list: far above any real system, far below what would hurt.
pub const ID_LIST: usize = 1 << 20;
/// Entries of all file lists together.
pub const ENTRIES: usize = 1 << 31;
/// Bytes that the filter rules of a client may take in memory, about a million rules.
pub const FILTER_RULES: usize = 64 << 20;
/// Seconds in a timeout that a daemon may announce.
pub const IO_TIMEOUT: i32 = 86_400;
/// Alternate basis directories.
pub const BASIS_DIRECTORIES: usize = 20;
/// Bytes in a literal of an uncompressed token stream that this side sends.
pub const LITERAL_SENT: usize = 32 * 1024;
/// Bytes that a record of the `lz4` coding may expand to: lz4's bound for 32 KiB.
pub const LZ4_EXPANDED: usize = 32_912;
/// The logarithm of the largest window, and so of the memory, that zstd may ask for.
pub const ZSTD_WINDOW_LOG: u32 = 27;
/// Extended attributes of one entry.
pub const XATTRS: usize = 65_536;
/// Bytes in the name of an extended attribute, with its NUL.
pub const XATTR_NAME: usize = 4096;
/// Bytes in the value of an extended attribute.
pub const XATTR_VALUE: usize = 128 << 20;
/// Bytes in all names and values of one entry's extended attributes.
pub const XATTR_SET: usize = 512 << 20;
/// Named users and groups in one ACL.
pub const ACL_ENTRIES: usize = 65_536;

/// Bytes of a text for a peer that speaks protocol 29 or less (`wire-4` §4.3).
pub const OLD_TEXT_MESSAGE: usize = 1000;
