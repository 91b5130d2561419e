//! What a caller may ask of signatures and deltas: plain structs with defaults and setters.

use std::num::NonZeroUsize;

use crate::checksum::{StrongKind, WeakKind};

/// The format of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Syncline's own (docs/format.md): Adler-32 and BLAKE3, every result verified.
    #[default]
    Native,
    /// librsync with rollsum and MD4, magic `0x72730136`: what rdiff-backup and duplicity write.
    RollsumMd4,
    /// librsync with rollsum and BLAKE2b, magic `0x72730137`.
    RollsumBlake2,
    /// librsync with RabinKarp and MD4, magic `0x72730146`.
    RabinKarpMd4,
    /// librsync with RabinKarp and BLAKE2b, magic `0x72730147`: rdiff's default.
    RabinKarpBlake2,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 5] = [
        Format::Native,
        Format::RollsumMd4,
        Format::RollsumBlake2,
        Format::RabinKarpMd4,
        Format::RabinKarpBlake2,
    ];

    /// Its name on every surface: `native`, `rollsum-md4`, `rollsum-blake2`, `rabinkarp-md4`, `rabinkarp-blake2`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Native => "native",
            Format::RollsumMd4 => "rollsum-md4",
            Format::RollsumBlake2 => "rollsum-blake2",
            Format::RabinKarpMd4 => "rabinkarp-md4",
            Format::RabinKarpBlake2 => "rabinkarp-blake2",
        }
    }

    /// The format called `name`; `rdiff` and `librsync` are also [`Format::RabinKarpBlake2`].
    pub fn from_name(name: &str) -> Option<Format> {
        match name {
            "rdiff" | "librsync" => Some(Format::RabinKarpBlake2),
            _ => Format::ALL.into_iter().find(|format| format.name() == name),
        }
    }

    /// The weak sum it uses.
    pub fn weak(self) -> WeakKind {
        match self {
            Format::Native => WeakKind::Adler32,
            Format::RollsumMd4 | Format::RollsumBlake2 => WeakKind::Rollsum,
            Format::RabinKarpMd4 | Format::RabinKarpBlake2 => WeakKind::RabinKarp,
        }
    }

    /// The strong sum it uses.
    pub fn strong(self) -> StrongKind {
        match self {
            Format::Native => StrongKind::Blake3,
            Format::RollsumMd4 | Format::RabinKarpMd4 => StrongKind::Md4,
            Format::RollsumBlake2 | Format::RabinKarpBlake2 => StrongKind::Blake2b,
        }
    }

    /// The longest strong sum it can hold, in bytes: 16 with MD4, else 32.
    pub fn max_strong_length(self) -> u8 {
        if self.strong() == StrongKind::Md4 { 16 } else { 32 }
    }

    /// The format of the deltas made from such a signature.
    pub fn delta(self) -> DeltaFormat {
        if self == Format::Native { DeltaFormat::Native } else { DeltaFormat::Librsync }
    }
}

/// The format of a delta.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeltaFormat {
    /// Syncline's own (docs/format.md): names its basis and carries the BLAKE3 of the result.
    #[default]
    Native,
    /// librsync's one delta format, magic `0x72730236`: readable by every rdiff, without verification.
    Librsync,
}

/// How many bytes of each strong sum a signature keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StrongLength {
    /// The format's default: for native what the size calls for, for librsync all of it (as rdiff does).
    #[default]
    Auto,
    /// What the size calls for in either format (rdiff's `-S -1`).
    Minimum,
    /// All of it.
    Max,
    /// This many bytes.
    Bytes(u8),
}

/// How to make a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureOptions {
    /// Its format.
    pub format: Format,
    /// Bytes in a block; `None` chooses from the size ([`Layout::choose`](super::Layout::choose)).
    pub block_length: Option<u32>,
    /// Bytes kept of each strong sum.
    pub strong_length: StrongLength,
    /// The size of the basis in bytes where it is known in advance: the lengths left open follow from it. A wrong
    /// value costs efficiency, never correctness.
    pub basis_length: Option<u64>,
    /// Threads to hash with where all of the basis is at hand; 0 is treated as 1. The result is the same for every count.
    pub workers: usize,
}

impl Default for SignatureOptions {
    fn default() -> SignatureOptions {
        SignatureOptions::new(Format::Native)
    }
}

impl SignatureOptions {
    /// Everything else at its default.
    pub fn new(format: Format) -> SignatureOptions {
        SignatureOptions {
            format,
            block_length: None,
            strong_length: StrongLength::Auto,
            basis_length: None,
            workers: 1,
        }
    }

    /// Sets the block length in bytes.
    #[must_use]
    pub fn block_length(mut self, bytes: u32) -> SignatureOptions {
        self.block_length = Some(bytes);
        self
    }

    /// Sets how much of each strong sum is kept.
    #[must_use]
    pub fn strong_length(mut self, length: StrongLength) -> SignatureOptions {
        self.strong_length = length;
        self
    }

    /// Says how long the basis is, in bytes.
    #[must_use]
    pub fn basis_length(mut self, bytes: Option<u64>) -> SignatureOptions {
        self.basis_length = bytes;
        self
    }

    /// Sets how many threads hash.
    #[must_use]
    pub fn workers(mut self, count: usize) -> SignatureOptions {
        self.workers = count;
        self
    }
}

/// How literals are stored in a native delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As they are.
    None,
    /// zstd at this level, 1 to 19; runs that do not shrink are stored as they are.
    Zstd(i32),
}

impl Default for Compression {
    fn default() -> Compression {
        Compression::Zstd(3)
    }
}

/// Which matches a librsync delta is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LibrsyncMode {
    /// The reference's choices, byte for byte (docs/spec/librsync.md §7): one thread, no bound on the work that crafted
    /// input can cause.
    #[default]
    Exact,
    /// Bounded work on any input, runs merged, parallel; read by every rdiff.
    Compact,
}

/// Whose literal sizes an exact librsync delta has (docs/spec/librsync.md §7.1 rule 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LibrsyncGeneration {
    /// librsync up to 2.3.2: literals of at most 32768 bytes.
    G1,
    /// librsync from 2.3.3 on: literals of at most 65533 bytes.
    #[default]
    G2,
}

/// How to make a delta. The delta's format follows from the signature's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeltaOptions {
    /// How native literals are stored. No effect on librsync's format, which has no compression.
    pub compression: Compression,
    /// Which matches a librsync delta is made of. The native format is always compact.
    pub mode: LibrsyncMode,
    /// Whose literal sizes an exact librsync delta has.
    pub generation: LibrsyncGeneration,
    /// Whether a librsync delta is followed, after its END, by the result's length and BLAKE3, which rdiff ignores and
    /// [`patch`](crate::delta::patch) verifies.
    pub check: bool,
    /// Bytes in the literals of an exact librsync delta from an empty basis, where the generation's size is not to hold: the reference
    /// makes a literal of each buffer it reads (docs/spec/librsync.md §7.3).
    pub slack: Option<NonZeroUsize>,
    /// Threads to search with; 0 is treated as 1. The result is the same for every count.
    pub workers: usize,
}

impl Default for DeltaOptions {
    fn default() -> DeltaOptions {
        DeltaOptions {
            compression: Compression::default(),
            mode: LibrsyncMode::default(),
            generation: LibrsyncGeneration::default(),
            check: false,
            slack: None,
            workers: 1,
        }
    }
}

impl DeltaOptions {
    /// Everything at its default.
    pub fn new() -> DeltaOptions {
        DeltaOptions::default()
    }

    /// What the variable `SYNCLINE_LIBRSYNC` asks of programs that stand in for librsync's: `exact` or nothing for its choices, `2.3.2`
    /// for those with the literals of releases up to that, `compact` for bounded work with so many `workers`. `None` for anything else.
    pub fn named(name: &str, workers: usize) -> Option<DeltaOptions> {
        let options = DeltaOptions::new();
        match name {
            "" | "exact" => Some(options),
            "2.3.2" => Some(options.generation(LibrsyncGeneration::G1)),
            "compact" => Some(options.mode(LibrsyncMode::Compact).workers(workers)),
            _ => None,
        }
    }

    /// What [`slack`](DeltaOptions::slack) is in librsync's whole-file calls, unless their callers set buffers of their own.
    pub fn usual_slack(&self, block_length: u32) -> Option<NonZeroUsize> {
        let block_length = block_length as usize;
        NonZeroUsize::new(match self.generation {
            LibrsyncGeneration::G1 => block_length,
            LibrsyncGeneration::G2 => 4 * (65536 + block_length),
        })
    }

    /// Sets how native literals are stored.
    #[must_use]
    pub fn compression(mut self, compression: Compression) -> DeltaOptions {
        self.compression = compression;
        self
    }

    /// Sets which matches a librsync delta is made of.
    #[must_use]
    pub fn mode(mut self, mode: LibrsyncMode) -> DeltaOptions {
        self.mode = mode;
        self
    }

    /// Sets whose literal sizes an exact librsync delta has.
    #[must_use]
    pub fn generation(mut self, generation: LibrsyncGeneration) -> DeltaOptions {
        self.generation = generation;
        self
    }

    /// Sets whether a librsync delta carries a check of the result behind its END.
    #[must_use]
    pub fn check(mut self, check: bool) -> DeltaOptions {
        self.check = check;
        self
    }

    /// Sets how long literals from an empty basis are, in bytes.
    #[must_use]
    pub fn slack(mut self, bytes: Option<NonZeroUsize>) -> DeltaOptions {
        self.slack = bytes;
        self
    }

    /// Sets how many threads search.
    #[must_use]
    pub fn workers(mut self, count: usize) -> DeltaOptions {
        self.workers = count;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_generation_is_the_default_and_others_are_asked_for() {
        let [unset, older, compact] =
            ["", "2.3.2", "compact"].map(|name| DeltaOptions::named(name, 3).unwrap());
        assert_eq!((unset.mode, unset.generation), (LibrsyncMode::Exact, LibrsyncGeneration::G2));
        assert_eq!((older.mode, older.generation), (LibrsyncMode::Exact, LibrsyncGeneration::G1));
        assert_eq!((compact.mode, compact.workers), (LibrsyncMode::Compact, 3));
        assert!(DeltaOptions::named("fast", 1).is_none());
    }
}
