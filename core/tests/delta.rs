//! Signature, delta and patch through the public door: the specification's examples, round trips, and bad input.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;
use syncline::ErrorKind;
use syncline::delta::{
    self, Compression, Content, DeltaBuilder, DeltaDecoder, DeltaOptions, Format, LibrsyncGeneration,
    LibrsyncMode, Op, Patcher, Signature, SignatureOptions, StrongLength,
};

const FOX: &[u8] = b"The quick brown fox jumps over the lazy dog\n";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

fn sign(old: &[u8], format: Format, block: u32) -> Signature {
    Signature::of(old, &SignatureOptions::new(format).block_length(block)).unwrap()
}

#[test]
fn exact_deltas_are_the_specifications_examples() {
    // docs/spec/librsync.md §7.4
    let signature = Signature::of(
        FOX,
        &SignatureOptions::new(Format::RabinKarpBlake2)
            .block_length(16)
            .strong_length(StrongLength::Bytes(8)),
    )
    .unwrap();
    let moved = [&FOX[16..32], b"<inserted>", &FOX[..16], &FOX[32..]].concat();
    let mut shorter = FOX.to_vec();
    shorter.remove(10);
    for (new, expected) in [
        (FOX.to_vec(), "7273023645002c00"),
        ([b"Hello: ", FOX].concat(), "727302360748656c6c6f3a2045002c00"),
        (moved, "727302364510100a3c696e7365727465643e45001045200c00"),
        (shorter, "727302360f54686520717569636b20726f776e2045101c00"),
        (Vec::new(), "7273023600"),
    ] {
        assert_eq!(hex(&delta::delta(&signature, &new, &DeltaOptions::new()).unwrap()), expected);
    }
    let zeros = vec![0; 1024];
    let signature = sign(&zeros, Format::RollsumMd4, 256);
    assert_eq!(
        hex(&delta::delta(&signature, &zeros, &DeltaOptions::new()).unwrap()),
        "72730236460001004600010046000100460001".to_owned() + "0000"
    );
    let merged = delta::delta(&signature, &zeros, &DeltaOptions::new().mode(LibrsyncMode::Compact)).unwrap();
    assert_eq!(hex(&merged), "7273023646000400".to_owned() + "00");
}

#[test]
fn exact_literals_are_cut_where_each_generation_cuts_them() {
    let signature = sign(b"", Format::RabinKarpBlake2, 256);
    let new = noise(1, 70_000);
    for (generation, lengths) in [
        (LibrsyncGeneration::G1, &[(0x42, 32768), (0x42, 32768), (0x42, 4464)][..]),
        (LibrsyncGeneration::G2, &[(0x42, 65533), (0x42, 4467)]),
    ] {
        let delta = delta::delta(&signature, &new, &DeltaOptions::new().generation(generation)).unwrap();
        let mut at = 4;
        for &(opcode, length) in lengths {
            assert_eq!(delta[at], opcode);
            assert_eq!(usize::from(u16::from_be_bytes([delta[at + 1], delta[at + 2]])), length);
            at += 3 + length;
        }
        assert_eq!(delta[at..], [0]);
    }
}

#[test]
fn malformed_librsync_deltas_fail_as_the_specification_says() {
    // docs/spec/librsync.md §8: what follows the magic, the error, and how much output came before it.
    for (body, kind, output) in [
        ("", Some(ErrorKind::Truncated), 0),
        ("00", None, 0),
        ("03616263", Some(ErrorKind::Truncated), 3),
        ("0561626300", Some(ErrorKind::Truncated), 4),
        ("410061", Some(ErrorKind::Corrupt), 0),
        ("44ffffffffffffffff61", Some(ErrorKind::Corrupt), 0),
        ("45000000", Some(ErrorKind::Corrupt), 0),
        ("54ffffffffffffffff0000000000000001", Some(ErrorKind::Corrupt), 0),
        ("5400000000000000008000000000000000", Some(ErrorKind::Corrupt), 0),
        ("55", Some(ErrorKind::Corrupt), 0),
        ("ff", Some(ErrorKind::Corrupt), 0),
        ("4600", Some(ErrorKind::Truncated), 0),
        ("45283000", Some(ErrorKind::WrongBasis), 4),
        ("0361626300676172626167", None, 3),
        ("440000000000000003616263540000000000000000000000000000000400", None, 7),
    ] {
        let mut patcher = Patcher::new();
        let mut written = 0;
        let bytes = unhex(&format!("72730236{body}"));
        let result = patcher
            .update(&bytes, &FOX, &mut |bytes: &[u8]| {
                written += bytes.len();
                Ok(())
            })
            .and_then(|()| patcher.finish());
        assert_eq!(result.as_ref().err().map(syncline::Error::kind), kind, "{body}: {result:?}");
        assert_eq!(written, output, "{body}");
    }
}

#[test]
fn wrong_inputs_get_an_error_of_their_own() {
    let signature = sign(FOX, Format::Native, 1024);
    let delta = delta::delta(&signature, b"something else", &DeltaOptions::new()).unwrap();
    for (basis, delta, kind) in [
        (FOX, &b"plain text"[..], ErrorKind::NotADelta),
        (FOX, b"", ErrorKind::NotADelta),
        (FOX, &signature.encode(), ErrorKind::SwappedArguments),
        (FOX, &delta[..delta.len() - 1], ErrorKind::Truncated),
        (FOX, &[&delta[..], b"x"].concat(), ErrorKind::Corrupt),
        (FOX, b"\x8bSLD\x02\x00", ErrorKind::UnsupportedVersion),
    ] {
        assert_eq!(delta::patch(basis, delta).unwrap_err().kind(), kind);
    }
    let copying =
        delta::delta(&sign(&noise(2, 9000), Format::Native, 1024), &noise(2, 9000), &DeltaOptions::new());
    assert_eq!(delta::patch(&noise(3, 9000), &copying.unwrap()).unwrap_err().kind(), ErrorKind::WrongBasis);
}

#[test]
fn a_flipped_bit_in_a_native_delta_is_always_noticed() {
    let old = noise(4, 20_000);
    let mut new = old.clone();
    new.splice(5000..5000, noise(5, 300));
    new.extend_from_slice(&[7; 4000]);
    let delta = delta::delta(&sign(&old, Format::Native, 1024), &new, &DeltaOptions::new()).unwrap();
    assert_eq!(delta::patch(&old, &delta).unwrap(), new);
    for at in 0..delta.len() * 8 {
        let mut damaged = delta.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        assert!(delta::patch(&old, &damaged).is_err(), "bit {at}");
        assert!(delta::inspect(&damaged).is_err(), "bit {at}, without the old file");
    }
}

#[test]
fn a_small_delta_cannot_make_more_than_the_limit() {
    let old = vec![0; 1 << 20];
    let new = vec![0; 4 << 20];
    for format in [Format::Native, Format::RabinKarpBlake2] {
        let delta = delta::delta(&sign(&old, format, 4096), &new, &DeltaOptions::new()).unwrap();
        assert!(delta.len() < 10_000);
        let length = new.len() as u64;
        assert!(delta::patch_limited(&old, &delta, length).unwrap() == new);
        let error = delta::patch_limited(&old, &delta, length - 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn a_check_behind_a_librsync_delta_is_verified_and_ignored_by_others() {
    let old = noise(6, 5000);
    let signature = sign(&old, Format::RabinKarpBlake2, 256);
    let new = [&old[1000..], b"tail"].concat();
    let plain = delta::delta(&signature, &new, &DeltaOptions::new()).unwrap();
    let checked = delta::delta(&signature, &new, &DeltaOptions::new().check(true)).unwrap();
    assert!(checked.starts_with(&plain), "rdiff stops at END, and sees the same delta");
    assert_eq!(delta::patch(&old, &checked).unwrap(), new);
    let mut other = old.clone();
    other[2000] ^= 1;
    assert_ne!(delta::patch(&other, &plain).unwrap(), new, "without a check nobody notices");
    assert_eq!(delta::patch(&other, &checked).unwrap_err().kind(), ErrorKind::VerificationFailed);
    assert_eq!(delta::patch(&old, &checked[..checked.len() - 1]).unwrap_err().kind(), ErrorKind::Truncated);
}

#[test]
fn inspection_counts_what_is_there() {
    let old = noise(7, 10_000);
    let signature = sign(&old, Format::Native, 1024);
    let new = [&old[..4096], &vec![b'x'; 1000], &old[4096..]].concat();
    let delta = delta::delta(&signature, &new, &DeltaOptions::new()).unwrap();
    let Content::Delta { copies, copied_bytes, literals, literal_bytes, basis, result, compressed, .. } =
        delta::inspect(&delta).unwrap().content
    else {
        panic!("a delta");
    };
    assert_eq!((copies, copied_bytes, literals, literal_bytes), (2, 10_000, 1, 1000));
    assert_eq!(basis, signature.basis());
    assert_eq!(result.unwrap().hash, *blake3::hash(&new).as_bytes());
    assert!(compressed.0 < 100 && compressed.1 == 1000);
    assert_eq!(delta::inspect(b"plain text").unwrap_err().kind(), ErrorKind::NotADelta);
}

/// A file, and edits of it.
fn pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    (any::<u64>(), 0usize..50_000, prop::collection::vec(any::<(u8, u16, u16, u16)>(), 0..8)).prop_map(
        |(seed, length, edits)| {
            let old = noise(seed, length);
            let mut new = old.clone();
            for (kind, at, from, count) in edits {
                let at = at as usize % (new.len() + 1);
                let count = count as usize % 4000;
                match kind % 4 {
                    0 => drop(new.drain(at..(at + count).min(new.len()))),
                    1 => drop(new.splice(at..at, noise(u64::from(from), count))),
                    2 => drop(new.splice(at..at, vec![0; count])),
                    _ => {
                        let from = from as usize % (old.len() + 1);
                        drop(new.splice(at..at, old[from..(from + count).min(old.len())].to_vec()));
                    }
                }
            }
            (old, new)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_format_round_trips_whatever_the_pieces((old, new) in pair(), cut in 1usize..9000) {
        for (format, options) in [
            (Format::Native, DeltaOptions::new()),
            (Format::Native, DeltaOptions::new().compression(Compression::None).workers(2)),
            (Format::RollsumMd4, DeltaOptions::new()),
            (Format::RabinKarpMd4, DeltaOptions::new().generation(LibrsyncGeneration::G1).check(true)),
            (Format::RollsumBlake2, DeltaOptions::new().mode(LibrsyncMode::Compact)),
            (Format::RabinKarpBlake2, DeltaOptions::new().mode(LibrsyncMode::Compact).workers(3)),
        ] {
            let signature = Arc::new(sign(&old, format, 1024));
            let once = delta::delta(&signature, &new, &options).unwrap();
            let mut builder = DeltaBuilder::new(signature, &options).unwrap();
            let mut pushed = Vec::new();
            for piece in new.chunks(cut) {
                builder.update(piece, &mut pushed).unwrap();
            }
            let report = builder.finish(&mut pushed).unwrap();
            prop_assert_eq!(&once, &pushed);
            prop_assert_eq!(report.new_length, new.len() as u64);
            prop_assert_eq!(report.delta_length, once.len() as u64);
            prop_assert_eq!(report.copied_bytes + report.literal_bytes, new.len() as u64);

            let mut patcher = Patcher::new();
            let mut result = Vec::new();
            for piece in once.chunks(cut) {
                patcher.update(piece, &old, &mut |bytes: &[u8]| { result.extend_from_slice(bytes); Ok(()) }).unwrap();
            }
            let report = patcher.finish().unwrap();
            prop_assert_eq!(report.verified, format == Format::Native || options.check);
            prop_assert!(result == new);
        }
    }

    #[test]
    fn hostile_deltas_do_not_panic_nor_write_without_end(mut bytes: Vec<u8>, which in 0usize..3) {
        let head: &[u8] = [&b""[..], &[0x72, 0x73, 0x02, 0x36], b"\x8bSLD\x01\x00\x2c"][which];
        bytes.splice(..0, head.iter().copied());
        let mut decoder = DeltaDecoder::new();
        let _ = decoder.update(&bytes, &mut |_: Op<'_>| Ok(()));
        let mut patcher = Patcher::new();
        let _ = patcher.update(&bytes, &FOX, &mut |_: &[u8]| Ok(()));
    }
}
