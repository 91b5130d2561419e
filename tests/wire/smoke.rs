//! Every decoder of a peer's bytes with bytes by chance: some of them nothing but chance, most of them recorded and then damaged.
//! The same functions are what `make fuzz` searches with more time.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../fuzz/decoders.rs"]
mod decoders;

use std::fs;
use std::path::Path;

/// Inputs for each decoder.
const ROUNDS: usize = 20_000;

/// Marsaglia's xorshift: the same numbers in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `limit`, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// What real rsyncs said, whole sessions.
fn recorded() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/wire");
    let mut folders: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
        .iter()
        .flat_map(|folder| ["c2s.bin", "s2c.bin"].map(|name| fs::read(folder.join(name)).unwrap_or_default()))
        .filter(|bytes| bytes.len() > 8)
        .collect()
}

/// Texts and other starts that chance does not find.
const STARTS: &[&[u8]] = &[
    b"@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\n@RSYNCD: AUTHREQD challenge\n@RSYNCD: OK\n@ERROR: no\n",
    b"\0- *.o\0+ /a/**/b[[:alpha:]]?\0:e- .rules\0dir-merge,n- x\0.w x\0H,p foo/\0!\0-C\0R ***",
    b"--server\0--sender\0-vlogDtprze.iLsfxCIvu\0--log-format=%i\0--timeout=10\0.\0src/\0\0",
    b"-e\0ssh -p 22 'a b' \"c\"\0--filter=merge x\0--chmod=Du+rwx,F644\0--max-size=1.5G\0--info=all2\0",
];

fn input(chance: &mut Chance, recorded: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = match chance.below(8) {
        0 => (0..chance.below(200)).map(|_| chance.next() as u8).collect(),
        1 => STARTS[chance.below(STARTS.len())].to_vec(),
        _ => {
            let session = &recorded[chance.below(recorded.len())];
            let from = chance.below(session.len());
            let length = chance.below(600).min(session.len() - from);
            // The first bytes choose a form.
            let mut bytes: Vec<u8> = (0..chance.below(4)).map(|_| chance.next() as u8).collect();
            bytes.extend_from_slice(&session[from..from + length]);
            bytes
        }
    };
    for _ in 0..chance.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = chance.below(bytes.len());
        match chance.below(5) {
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][chance.below(6)],
            2 => drop(bytes.remove(at)),
            3 => bytes.insert(at, chance.next() as u8),
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn decoders_stand_any_bytes_and_read_again_what_they_have_read() {
    let recorded = recorded();
    assert!(recorded.len() > 200);
    for (number, (name, decode)) in decoders::ALL.iter().enumerate() {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 + number as u64);
        for round in 0..ROUNDS {
            let bytes = input(&mut chance, &recorded);
            let decoded = std::panic::catch_unwind(|| decode(&bytes));
            assert!(decoded.is_ok(), "{name}, round {round}: {bytes:02x?}");
        }
    }
}

#[test]
fn every_decoder_has_a_fuzz_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for (name, _) in decoders::ALL {
        let target = fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap_or_default();
        assert!(target.contains(&format!("decoders::{name}(bytes)")), "{name} has no target");
        assert!(
            manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")),
            "{name} is not in the manifest"
        );
    }
}
