//! Syncline and Debian's `rdiff` read each other's files, and in exact mode write the same bytes.
//!
//! Needs the program `rdiff` of librsync; `make deps` installs it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use syncline::delta::{
    Content, DeltaFormat, DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode, SignatureOptions,
    StrongLength,
};
use syncline::files::{self, Control, OutputOptions};

const KINDS: [(Format, &str, &str); 4] = [
    (Format::RollsumMd4, "rollsum", "md4"),
    (Format::RollsumBlake2, "rollsum", "blake2"),
    (Format::RabinKarpMd4, "rabinkarp", "md4"),
    (Format::RabinKarpBlake2, "rabinkarp", "blake2"),
];

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn rdiff(&self, words: &[&str]) {
        let output = Command::new("rdiff")
            .arg("--force")
            .args(words)
            .current_dir(self.0.path())
            .output()
            .expect("rdiff is installed: see 'make deps'");
        assert!(output.status.success(), "rdiff {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn rdiff_signature(&self, kind: (Format, &str, &str), block: u32, out: &str) {
        let block = block.to_string();
        self.rdiff(&["signature", "-R", kind.1, "-H", kind.2, "-b", &block, "old", out]);
    }

    fn signature(&self, format: Format, block: u32, out: &str) {
        let options = SignatureOptions::new(format).block_length(block).workers(2);
        let (old, out) = (self.path("old"), self.path(out));
        files::signature((&old).into(), (&out).into(), &options, &replace(), &mut Control::new()).unwrap();
    }

    fn delta(&self, signature: &str, options: &DeltaOptions, out: &str) {
        let (signature, new, out) = (self.path(signature), self.path("new"), self.path(out));
        files::delta(
            (&signature).into(),
            (&new).into(),
            (&out).into(),
            options,
            &replace(),
            &mut Control::new(),
        )
        .unwrap();
    }

    fn patch(&self, delta: &str, out: &str) {
        let (old, delta, out) = (self.path("old"), self.path(delta), self.path(out));
        files::patch(&old, (&delta).into(), (&out).into(), &replace(), &mut Control::new()).unwrap();
    }
}

fn replace() -> OutputOptions {
    OutputOptions::new().overwrite(true)
}

/// The options with which `installed` rdiff's own bytes are made.
fn exact() -> DeltaOptions {
    DeltaOptions::new().mode(LibrsyncMode::Exact).generation(installed())
}

/// The generation of the rdiff that is installed: its literals tell (docs/spec/librsync.md §7.1 rule 7).
fn installed() -> LibrsyncGeneration {
    let output =
        Command::new("rdiff").arg("--version").output().expect("rdiff is installed: see 'make deps'");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split("librsync ").nth(1).and_then(|rest| rest.split(')').next()).unwrap();
    let numbers: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    if numbers.as_slice() < &[2, 3, 3] { LibrsyncGeneration::G1 } else { LibrsyncGeneration::G2 }
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Signatures equal; exact deltas equal; deltas of every mode read by both.
fn agree(folder: &Folder, kind: (Format, &str, &str), block: u32) {
    folder.rdiff_signature(kind, block, "their.sig");
    folder.signature(kind.0, block, "our.sig");
    assert!(folder.read("our.sig") == folder.read("their.sig"), "signatures differ: {kind:?} {block}");
    folder.rdiff(&["delta", "our.sig", "new", "their.delta"]);
    folder.delta("their.sig", &exact(), "our.delta");
    assert!(folder.read("our.delta") == folder.read("their.delta"), "deltas differ: {kind:?} {block}");
    let compact = DeltaOptions::new().mode(LibrsyncMode::Compact).workers(2).check(true);
    folder.delta("their.sig", &compact, "compact.delta");
    let new = folder.read("new");
    for delta in ["our.delta", "compact.delta"] {
        folder.rdiff(&["patch", "old", delta, "result"]);
        assert!(folder.read("result") == new, "rdiff patched otherwise: {kind:?} {block} {delta}");
    }
    folder.patch("their.delta", "result");
    assert!(folder.read("result") == new, "patched otherwise: {kind:?} {block}");
    folder.patch("compact.delta", "result");
    assert!(folder.read("result") == new, "patched otherwise: {kind:?} {block}");
}

#[test]
fn both_ways_over_all_kinds_and_awkward_sizes() {
    const BLOCK: usize = 64;
    let folder = Folder::new();
    for kind in KINDS {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK, 5 * BLOCK + 7] {
            let old = noise(length as u64 + 1, length);
            folder.put("old", &old);
            let mut inserted = old.clone();
            inserted.splice(length / 2..length / 2, *b"inserted");
            for new in [old.clone(), Vec::new(), inserted, old[length.min(1)..].to_vec(), noise(99, length)] {
                folder.put("new", &new);
                agree(&folder, kind, BLOCK as u32);
            }
        }
    }
}

#[test]
fn strong_sums_of_every_length_and_default_block_lengths_are_the_same() {
    let folder = Folder::new();
    folder.put("old", &noise(3, 300_000));
    for (format, weak, strong) in KINDS {
        for (length, given) in [
            (StrongLength::Bytes(5), "5"),
            (StrongLength::Bytes(8), "8"),
            (StrongLength::Bytes(16), "16"),
            (StrongLength::Max, "0"),
            (StrongLength::Minimum, "-1"),
        ] {
            folder.rdiff(&["signature", "-R", weak, "-H", strong, "-S", given, "old", "their.sig"]);
            let options = SignatureOptions::new(format).strong_length(length);
            let (old, out) = (folder.path("old"), folder.path("our.sig"));
            files::signature((&old).into(), (&out).into(), &options, &replace(), &mut Control::new())
                .unwrap();
            assert!(folder.read("our.sig") == folder.read("their.sig"), "{format:?} {length:?}");
        }
    }
}

#[test]
fn literals_longer_than_a_buffer_are_cut_where_rdiff_cuts_them() {
    let folder = Folder::new();
    folder.put("old", &noise(1, 200_000));
    folder.put("new", &[noise(2, 150_000), noise(1, 200_000), noise(3, 70_000)].concat());
    for kind in KINDS {
        agree(&folder, kind, 2048);
    }
}

#[test]
fn two_files_at_hand_make_a_delta_that_rdiff_reads() {
    let folder = Folder::new();
    let old = noise(7, 500_000);
    let mut new = old.clone();
    new.splice(100_000..100_003, *b"some bytes more");
    new.splice(300_001..310_000, []);
    folder.put("old", &old);
    folder.put("new", &new);
    let (old, new, delta) = (folder.path("old"), folder.path("new"), folder.path("delta"));
    let format = DeltaFormat::Librsync;
    let options = DeltaOptions::new();
    files::diff(&old, (&new).into(), (&delta).into(), format, &options, &replace(), &mut Control::new())
        .unwrap();
    assert!(folder.read("delta").len() < 200);
    folder.rdiff(&["patch", "old", "delta", "result"]);
    assert!(folder.read("result") == folder.read("new"));
}

/// An edit of the old file.
#[derive(Clone, Debug)]
enum Edit {
    Insert(usize, Vec<u8>),
    Delete(usize, usize),
    Move(usize, usize, usize),
    Zero(usize, usize),
}

impl Edit {
    fn apply(&self, file: &mut Vec<u8>) {
        let clip = |at: usize, length: usize, file: &[u8]| {
            let start = at % (file.len() + 1);
            start..(start + length).min(file.len())
        };
        match self {
            Edit::Insert(at, bytes) => {
                let at = clip(*at, 0, file).start;
                file.splice(at..at, bytes.iter().copied());
            }
            Edit::Delete(at, length) => {
                let range = clip(*at, *length, file);
                file.drain(range);
            }
            Edit::Move(from, length, to) => {
                let range = clip(*from, *length, file);
                let moved: Vec<u8> = file.drain(range).collect();
                let to = clip(*to, 0, file).start;
                file.splice(to..to, moved);
            }
            Edit::Zero(at, length) => {
                let range = clip(*at, *length, file);
                file[range].fill(0);
            }
        }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0..100_000usize;
    let length = 0..3000usize;
    prop_oneof![
        (at.clone(), prop::collection::vec(any::<u8>(), 0..200))
            .prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        (at.clone(), length.clone()).prop_map(|(at, length)| Edit::Delete(at, length)),
        (at.clone(), length.clone(), at.clone()).prop_map(|(from, length, to)| Edit::Move(from, length, to)),
        (at, length).prop_map(|(at, length)| Edit::Zero(at, length)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_give_the_same_bytes(
        seed in any::<u64>(),
        length in 0..60_000usize,
        alphabet in 1..=255u8,
        edits in prop::collection::vec(edit(), 0..8),
        block in prop::sample::select(vec![1u32, 2, 7, 16, 64, 256, 2048, 5000]),
        kind in prop::sample::select(KINDS.to_vec()),
    ) {
        // A block of one byte makes deltas of hundreds of thousands of commands: shorter files do.
        let length = if block < 16 { length % 3000 } else { length };
        let old: Vec<u8> = noise(seed, length).iter().map(|byte| byte % alphabet).collect();
        let mut new = old.clone();
        for edit in &edits {
            edit.apply(&mut new);
        }
        let folder = Folder::new();
        folder.put("old", &old);
        folder.put("new", &new);
        agree(&folder, kind, block);
    }
}

/// A file of `length` bytes that is mostly holes, with `marks` of noise in it.
fn sparse(path: &Path, length: u64, marks: &[u64]) {
    let mut file = File::create(path).unwrap();
    for &at in marks {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&noise(at + 1, 1 << 20)).unwrap();
    }
    file.set_len(length).unwrap();
}

#[test]
#[ignore = "reads some 30 GiB: part of make test-full"]
fn files_over_4_gib_go_both_ways() {
    const GIB: u64 = 1 << 30;
    let folder = Folder::new();
    sparse(&folder.path("old"), 5 * GIB + 12_345, &[0, GIB + 77, 5 * GIB - 3]);
    sparse(&folder.path("new"), 5 * GIB + 99, &[0, 2 * GIB + 7, 5 * GIB - 3 - (1 << 20)]);
    let kind = KINDS[3];
    folder.rdiff_signature(kind, 1 << 20, "their.sig");
    folder.signature(kind.0, 1 << 20, "our.sig");
    assert!(folder.read("our.sig") == folder.read("their.sig"));
    let compact = DeltaOptions::new().mode(LibrsyncMode::Compact).workers(2);
    folder.delta("their.sig", &compact, "our.delta");
    let (delta, result) = (folder.path("our.delta"), folder.path("result"));
    let inspection = files::inspect((&delta).into(), &mut Control::new()).unwrap();
    assert!(matches!(inspection.content, Content::Delta { copied_bytes, .. } if copied_bytes > 4 * GIB));
    let same = |name: &str| {
        let status = Command::new("cmp").arg(folder.path("new")).arg(folder.path(name)).status().unwrap();
        assert!(status.success(), "{name}");
    };
    files::patch(
        &folder.path("old"),
        (&delta).into(),
        (&result).into(),
        &replace().sparse(true),
        &mut Control::new(),
    )
    .unwrap();
    same("result");
    folder.rdiff(&["patch", "old", "our.delta", "theirs"]);
    same("theirs");
}
