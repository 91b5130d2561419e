//! The checksums that rsync's sessions use for whole files and, seeded, for blocks (`docs/spec/wire-3-transfer.md` §4).
//! In: bytes. Out: digests in wire order.

use md4::Digest as _;
use twox_hash::{XxHash3_64, XxHash3_128, XxHash64};

/// Which checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileSumKind {
    /// XXH3, 128 bits.
    Xxh128,
    /// XXH3, 64 bits.
    Xxh3,
    /// XXH64.
    Xxh64,
    /// MD5.
    Md5,
    /// MD4.
    Md4,
    /// SHA-1.
    Sha1,
    /// BLAKE3, which only another Syncline knows.
    Blake3,
    /// No checksum: one byte that is always 0.
    None,
}

/// The longest digest of any kind, in bytes.
pub const MAX_DIGEST_LENGTH: usize = 32;

/// A digest: as many bytes as [`FileSumKind::digest_length`] says, the rest zero.
pub type FileDigest = [u8; MAX_DIGEST_LENGTH];

impl FileSumKind {
    /// Every kind that a client offers, most wanted first; a server adds [`FileSumKind::None`].
    pub const OFFERED: &'static [FileSumKind] = &[
        FileSumKind::Xxh128,
        FileSumKind::Xxh3,
        FileSumKind::Xxh64,
        FileSumKind::Md5,
        FileSumKind::Md4,
        FileSumKind::Sha1,
    ];

    /// Its name on the wire and in options.
    pub fn name(self) -> &'static str {
        match self {
            FileSumKind::Xxh128 => "xxh128",
            FileSumKind::Xxh3 => "xxh3",
            FileSumKind::Xxh64 => "xxh64",
            FileSumKind::Md5 => "md5",
            FileSumKind::Md4 => "md4",
            FileSumKind::Sha1 => "sha1",
            FileSumKind::Blake3 => "blake3",
            FileSumKind::None => "none",
        }
    }

    /// The kind of this name, or of its alias, in any case.
    pub fn from_name(name: &str) -> Option<FileSumKind> {
        if name.eq_ignore_ascii_case("xxhash") {
            return Some(FileSumKind::Xxh64);
        }
        Self::OFFERED
            .iter()
            .copied()
            .chain([FileSumKind::Blake3, FileSumKind::None])
            .find(|kind| name.eq_ignore_ascii_case(kind.name()))
    }

    /// Bytes of a whole-file digest.
    pub fn digest_length(self) -> usize {
        match self {
            FileSumKind::Xxh128 | FileSumKind::Md5 | FileSumKind::Md4 => 16,
            FileSumKind::Xxh3 | FileSumKind::Xxh64 => 8,
            FileSumKind::Sha1 => 20,
            FileSumKind::Blake3 => 32,
            FileSumKind::None => 1,
        }
    }
}

/// The checksum of a whole file, fed in pieces; never seeded.
#[derive(Clone)]
pub struct FileSum(State);

#[derive(Clone)]
enum State {
    Xxh128(XxHash3_128),
    Xxh3(XxHash3_64),
    Xxh64(XxHash64),
    Md5(md5::Md5),
    Md4(md4::Md4),
    Sha1(sha1::Sha1),
    Blake3(Box<blake3::Hasher>),
    None,
}

impl FileSum {
    /// Starts an empty file.
    pub fn new(kind: FileSumKind) -> FileSum {
        FileSum(match kind {
            FileSumKind::Xxh128 => State::Xxh128(XxHash3_128::new()),
            FileSumKind::Xxh3 => State::Xxh3(XxHash3_64::new()),
            FileSumKind::Xxh64 => State::Xxh64(XxHash64::with_seed(0)),
            FileSumKind::Md5 => State::Md5(md5::Md5::new()),
            FileSumKind::Md4 => State::Md4(md4::Md4::new()),
            FileSumKind::Sha1 => State::Sha1(sha1::Sha1::new()),
            FileSumKind::Blake3 => State::Blake3(Box::default()),
            FileSumKind::None => State::None,
        })
    }

    /// The digest of a whole file that is in memory.
    pub fn of(kind: FileSumKind, data: &[u8]) -> FileDigest {
        match kind {
            FileSumKind::Xxh128 => padded(&XxHash3_128::oneshot(data).to_le_bytes()),
            FileSumKind::Xxh3 => padded(&XxHash3_64::oneshot(data).to_le_bytes()),
            _ => {
                let mut sum = FileSum::new(kind);
                sum.update(data);
                sum.finish()
            }
        }
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, data: &[u8]) {
        use std::hash::Hasher as _;
        match &mut self.0 {
            State::Xxh128(hasher) => hasher.write(data),
            State::Xxh3(hasher) => hasher.write(data),
            State::Xxh64(hasher) => hasher.write(data),
            State::Md5(hasher) => hasher.update(data),
            State::Md4(hasher) => hasher.update(data),
            State::Sha1(hasher) => hasher.update(data),
            State::Blake3(hasher) => {
                hasher.update(data);
            }
            State::None => {}
        }
    }

    /// The digest of all that was fed.
    pub fn finish(self) -> FileDigest {
        use std::hash::Hasher as _;
        match self.0 {
            State::Xxh128(hasher) => padded(&hasher.finish_128().to_le_bytes()),
            State::Xxh3(hasher) => padded(&hasher.finish().to_le_bytes()),
            State::Xxh64(hasher) => padded(&hasher.finish().to_le_bytes()),
            State::Md5(hasher) => padded(&hasher.finalize()),
            State::Md4(hasher) => padded(&hasher.finalize()),
            State::Sha1(hasher) => padded(&hasher.finalize()),
            State::Blake3(hasher) => padded(hasher.finalize().as_bytes()),
            State::None => padded(&[]),
        }
    }
}

/// The seeded checksum of blocks (§4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSummer {
    /// Which checksum.
    pub kind: FileSumKind,
    /// The session's seed; 0 adds nothing.
    pub seed: i32,
    /// Whether MD5 hashes the seed before the data, as all but old peers agree on.
    pub seed_first: bool,
    /// Whether digests of whole files begin with the seed, even if that is 0: those of protocols before 30
    /// (`docs/spec/wire-4-older-protocols.md` §9).
    pub seeds_files: bool,
}

impl BlockSummer {
    /// Starts the digest that follows a file's content.
    pub fn file_sum(&self) -> FileSum {
        let mut sum = FileSum::new(self.kind);
        if self.seeds_files {
            sum.update(&self.seed.to_le_bytes());
        }
        sum
    }

    /// The strong sum of a block, at full length.
    pub fn sum(&self, block: &[u8]) -> FileDigest {
        let seed_bytes = self.seed.to_le_bytes();
        let seed: &[u8] = if self.seed == 0 { &[] } else { &seed_bytes };
        // The 32-bit seed is sign-extended.
        let wide = i64::from(self.seed).cast_unsigned();
        match self.kind {
            FileSumKind::Xxh128 => padded(&XxHash3_128::oneshot_with_seed(wide, block).to_le_bytes()),
            FileSumKind::Xxh3 => padded(&XxHash3_64::oneshot_with_seed(wide, block).to_le_bytes()),
            FileSumKind::Xxh64 => padded(&XxHash64::oneshot(wide, block).to_le_bytes()),
            FileSumKind::Md5 if self.seed_first => {
                padded(&md5::Md5::new().chain_update(seed).chain_update(block).finalize())
            }
            FileSumKind::Md5 => padded(&md5::Md5::new().chain_update(block).chain_update(seed).finalize()),
            FileSumKind::Md4 => padded(&md4::Md4::new().chain_update(block).chain_update(seed).finalize()),
            FileSumKind::Sha1 => padded(&sha1::Sha1::new().chain_update(seed).chain_update(block).finalize()),
            FileSumKind::Blake3 => {
                padded(blake3::Hasher::new().update(seed).update(block).finalize().as_bytes())
            }
            FileSumKind::None => padded(&[]),
        }
    }
}

fn padded(digest: &[u8]) -> FileDigest {
    let mut bytes = [0; MAX_DIGEST_LENGTH];
    for (place, byte) in bytes.iter_mut().zip(digest) {
        *place = *byte;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digest: &FileDigest, length: usize) -> String {
        digest[..length].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The data `D2` of the specification.
    fn d2() -> Vec<u8> {
        (0..700).map(|i| (7 * i % 256) as u8).collect()
    }

    #[test]
    fn whole_files_have_the_digests_of_the_specification() {
        for (kind, abc, long, empty) in [
            (
                FileSumKind::Md5,
                "900150983cd24fb0d6963f7d28e17f72",
                "b0ae7df1265b153575a72eae5b6c58fd",
                "d41d8cd98f00b204e9800998ecf8427e",
            ),
            (
                FileSumKind::Md4,
                "a448017aaf21d8525fc10ae87aa6729d",
                "ee026eeacb51e5dab56ab711b7a4235e",
                "31d6cfe0d16ae931b73c59d7e0c089c0",
            ),
            (
                FileSumKind::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
                "cbed13eec5716f52bf0953d47b47c6cbb918f857",
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            ),
            (FileSumKind::Xxh64, "990977adf52cbc44", "2db614da50bbb2a9", "99e9d85137db46ef"),
            (FileSumKind::Xxh3, "50392f89945faf78", "5a90a134a8bec24f", "c294d3380580062d"),
            (
                FileSumKind::Xxh128,
                "50392f89945faf7885613a73b65ab006",
                "5a90a134a8bec24fc23bd917e1f049c4",
                "7f498d4624c30160d8984701d306aa99",
            ),
            (FileSumKind::None, "00", "00", "00"),
        ] {
            for (data, digest) in [(b"abc".to_vec(), abc), (d2(), long), (Vec::new(), empty)] {
                let mut sum = FileSum::new(kind);
                let (start, end) = data.split_at(data.len() / 2);
                sum.update(start);
                sum.update(end);
                assert_eq!(hex(&sum.finish(), kind.digest_length()), digest, "{kind:?}");
            }
            assert_eq!(FileSumKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn blake3_has_its_own_digests_and_hashes_the_seed_first() {
        let mut sum = FileSum::new(FileSumKind::Blake3);
        sum.update(b"abc");
        let abc = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!(hex(&sum.finish(), 32), abc);
        let summer = BlockSummer { kind: FileSumKind::Blake3, seed: 1, seed_first: true, seeds_files: false };
        assert_eq!(summer.sum(b"abc"), *blake3::hash(b"\x01\0\0\0abc").as_bytes());
        assert_eq!(FileSumKind::from_name("BLAKE3"), Some(FileSumKind::Blake3));
    }

    /// `docs/spec/wire-4-older-protocols.md` §9.
    #[test]
    fn old_protocols_hash_the_seed_before_a_file() {
        let summer = BlockSummer { kind: FileSumKind::Md4, seed: 1, seed_first: false, seeds_files: true };
        for (data, digest) in
            [("hello\n", "a80ae97540596a493610f81807b4144c"), ("x", "c3b98a8cb83631fc6e5fff980fb144b0")]
        {
            let mut sum = summer.file_sum();
            sum.update(data.as_bytes());
            assert_eq!(hex(&sum.finish(), 16), digest);
        }
        assert_eq!(hex(&summer.sum(&[0; 700]), 16), "fd12a2faf971b5c9b19f8e09bce4a628");
    }

    #[test]
    fn blocks_have_the_seeded_sums_of_the_specification() {
        for (kind, seed_first, one, minus_two) in [
            (FileSumKind::Md5, true, "786ab9380f4e4afc0dcd9879c6f96bfd", "21db66e0114328ec062749d5db3aee18"),
            (FileSumKind::Md5, false, "b2f1568e6edff2e439c7c50cea58e427", "95fa6057c67e3c507577a75d9019e82e"),
            (FileSumKind::Md4, true, "ed3a9ad67d797842f5c9a571d6e71b89", "1b8bc395d1ac040a167a74a170f02666"),
            (
                FileSumKind::Sha1,
                true,
                "5506ca134a0d52a49c3d71029e17e945a6afa82b",
                "f661e4e1605520c8f5ff395586dc40a86a738648",
            ),
            (FileSumKind::Xxh64, true, "0889329981caa9be", "52b5e925aa47587b"),
            (FileSumKind::Xxh3, true, "2862c743b467446b", "c7ea849696fb44b7"),
            (
                FileSumKind::Xxh128,
                true,
                "2862c743b467446bede39eae6fb07775",
                "c7ea849696fb44b7a514441f0e37a5a2",
            ),
        ] {
            for (seed, digest) in [(1, one), (-2, minus_two)] {
                let summer = BlockSummer { kind, seed, seed_first, seeds_files: false };
                assert_eq!(hex(&summer.sum(b"abc"), kind.digest_length()), digest, "{summer:?}");
            }
        }
    }
}
