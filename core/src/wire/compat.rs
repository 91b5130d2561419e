//! Compat flags: what the server grants of what the client's capability letters asked for
//! (`docs/spec/wire-1-session.md` §3.4, §4.3). In: letters, or a varint. Out: [`CompatFlags`].

use super::error::WireError;
use super::ints::{read_varint, write_varint};
use super::source::Source;

/// The capability suffix a client sends without incremental recursion; with it, an `i` follows the dot.
const LETTERS: &str = ".LsfxCIvu";

/// What both ends do from the handshake on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompatFlags(u32);

impl CompatFlags {
    /// File lists come in pieces, one per directory.
    pub const INCREMENTAL_RECURSION: CompatFlags = CompatFlags(0x001);
    /// The receiving side can set the times of symbolic links.
    pub const SYMLINK_TIMES: CompatFlags = CompatFlags(0x002);
    /// Symbolic links' targets are converted with `--iconv`.
    pub const SYMLINK_ICONV: CompatFlags = CompatFlags(0x004);
    /// A file list may end with an I/O error.
    pub const SAFE_FILE_LIST: CompatFlags = CompatFlags(0x008);
    /// Hard-link items carry xattr data like all others.
    pub const AVOID_XATTR_OPTIMISATION: CompatFlags = CompatFlags(0x010);
    /// The seed is hashed before the data.
    pub const SEED_FIRST: CompatFlags = CompatFlags(0x020);
    /// Files in the partial directory are updated in place.
    pub const INPLACE_PARTIAL: CompatFlags = CompatFlags(0x040);
    /// Entry flags are varints, and names of checksums and compressions are negotiated.
    pub const VARINT_FLAGS: CompatFlags = CompatFlags(0x080);
    /// Id lists name id 0.
    pub const ID_ZERO_NAMES: CompatFlags = CompatFlags(0x100);

    /// The flags with these bits; unknown ones are dropped.
    pub fn from_bits(bits: u32) -> CompatFlags {
        CompatFlags(bits & 0x1ff)
    }

    /// The bits on the wire.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `flags` are set.
    pub fn has(self, flags: CompatFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These flags and `flags`.
    #[must_use]
    pub fn with(self, flags: CompatFlags) -> CompatFlags {
        CompatFlags(self.0 | flags.0)
    }

    /// What a server grants a client that sent `letters`; incremental recursion only if `may_recurse_incrementally`.
    pub fn grant(letters: &str, may_recurse_incrementally: bool) -> CompatFlags {
        // This side can always set symlink times; it converts no names, so bit 2 promises nothing.
        let mut flags = CompatFlags::SYMLINK_TIMES;
        for (letter, flag) in [
            ('f', CompatFlags::SAFE_FILE_LIST),
            ('x', CompatFlags::AVOID_XATTR_OPTIMISATION),
            ('C', CompatFlags::SEED_FIRST),
            ('I', CompatFlags::INPLACE_PARTIAL),
            ('v', CompatFlags::VARINT_FLAGS),
            ('u', CompatFlags::ID_ZERO_NAMES),
        ] {
            if letters.contains(letter) {
                flags = flags.with(flag);
            }
        }
        if may_recurse_incrementally && letters.contains('i') {
            flags = flags.with(CompatFlags::INCREMENTAL_RECURSION);
        }
        flags
    }

    /// Reads what the server grants.
    ///
    /// # Errors
    /// Those of [`read_varint`].
    pub fn decode(source: &mut (impl Source + ?Sized)) -> Result<CompatFlags, WireError> {
        Ok(CompatFlags::from_bits(read_varint(source)?.cast_unsigned()))
    }

    /// Writes what this server grants.
    pub fn encode(self, out: &mut Vec<u8>) {
        write_varint(self.0.cast_signed(), out);
    }
}

/// The value of `-e` in a client's server arguments: a dot and the capability letters.
pub fn capability_suffix(incremental_recursion: bool) -> String {
    if incremental_recursion { LETTERS.replacen('.', ".i", 1) } else { LETTERS.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Reader;

    #[test]
    fn letters_are_granted_one_by_one() {
        for (letters, bits) in [
            (".", 0x002),
            (".i", 0x003),
            (".f", 0x00a),
            (".x", 0x012),
            (".C", 0x022),
            (".I", 0x042),
            (".v", 0x082),
            (".u", 0x102),
            (".iLsfxCIvu", 0x1fb),
        ] {
            assert_eq!(CompatFlags::grant(letters, true).bits(), bits, "{letters}");
        }
        assert_eq!(CompatFlags::grant(".i", false).bits(), 0x002);
        assert_eq!(capability_suffix(true), ".iLsfxCIvu");
        assert_eq!(capability_suffix(false), ".LsfxCIvu");
    }

    #[test]
    fn a_full_pair_writes_the_recorded_bytes() {
        let mut out = Vec::new();
        CompatFlags::from_bits(0x1ff).encode(&mut out);
        assert_eq!(out, [0x81, 0xff]);
        assert_eq!(CompatFlags::decode(&mut Reader::new(&out)), Ok(CompatFlags::from_bits(0x1ff)));
    }
}
