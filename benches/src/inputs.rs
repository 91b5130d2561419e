//! What is measured on. In: a length. Out: buffers, and the same as files in memory.

use std::path::{Path, PathBuf};

pub(crate) struct Inputs {
    /// Noise.
    pub(crate) old: Vec<u8>,
    /// Other noise.
    pub(crate) other: Vec<u8>,
    /// The old file with 1 % changed, 4 KiB in every 400 KiB.
    pub(crate) edited: Vec<u8>,
    /// The old file with 256 insertions.
    pub(crate) inserted: Vec<u8>,
    pub(crate) zeros: Vec<u8>,
    /// 24 bytes over and over.
    pub(crate) periodic: Vec<u8>,
    /// One byte over and over.
    pub(crate) plain: Vec<u8>,
    /// `plain`, with changes in every block that no additive sum of it shows.
    pub(crate) crafted: Vec<u8>,
    pub(crate) pair_name: String,
    pub(crate) pair: (PathBuf, PathBuf),
    pub(crate) folder: tempfile::TempDir,
}

impl Inputs {
    pub(crate) fn new(length: usize, pair: &Path) -> Inputs {
        let old = noise(1, length);
        let mut edited = old.clone();
        for (at, bytes) in (0..length).step_by(400 << 10).zip(noise(3, length).chunks(4 << 10)) {
            let end = (at + bytes.len()).min(length);
            edited[at..end].copy_from_slice(&bytes[..end - at]);
        }
        let mut inserted = Vec::with_capacity(length + (64 << 10));
        for (i, part) in old.chunks(length.div_ceil(256)).enumerate() {
            inserted.extend_from_slice(&noise(i as u64 + 10, 1 + i % 200));
            inserted.extend_from_slice(part);
        }
        // +1 −2 +1 leaves both halves of Adler-32 and of rollsum as they are.
        let plain = vec![100; length];
        let mut crafted = plain.clone();
        for at in (50..length.saturating_sub(3)).step_by(2048) {
            crafted[at..at + 3].copy_from_slice(&[101, 98, 101]);
        }
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let copy = |name: &str| {
            let target = folder.path().join(name);
            std::fs::copy(pair.join(name), &target).unwrap();
            target
        };
        let inputs = Inputs {
            other: noise(2, length),
            zeros: vec![0; length],
            periodic: noise(4, 24).iter().copied().cycle().take(length).collect(),
            pair_name: std::fs::read_to_string(pair.join("what")).unwrap().trim().to_owned(),
            pair: (copy("old.tar"), copy("new.tar")),
            old,
            edited,
            inserted,
            plain,
            crafted,
            folder,
        };
        for (name, bytes) in [
            ("old", &inputs.old),
            ("other", &inputs.other),
            ("edited", &inputs.edited),
            ("inserted", &inputs.inserted),
        ] {
            std::fs::write(inputs.folder.path().join(name), bytes).unwrap();
        }
        inputs
    }
}

pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}
