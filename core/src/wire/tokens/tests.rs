//! Every coding against the specification's transcripts, against itself, and against noise.

use proptest::prelude::*;

use super::*;
use crate::wire::negotiation::Compression;
use crate::wire::{Protocol, Reader, Source, WireError};

const ALL: [Compression; 5] =
    [Compression::None, Compression::Zlib, Compression::Zlibx, Compression::Zstd, Compression::Lz4];

/// A token with its data; literals that follow each other are one.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owned {
    Literal(Vec<u8>),
    Block(u32),
}

const BLOCK: usize = 16;

fn encode(encoder: &mut TokenEncoder, basis: &[u8], block: usize, tokens: &[Owned]) -> Vec<u8> {
    let mut out = Vec::new();
    encoder.begin_file(Effort::Level);
    for token in tokens {
        match token {
            Owned::Literal(data) => {
                data.chunks(40_000).for_each(|piece| encoder.literal(piece, &mut out).unwrap());
            }
            Owned::Block(number) => {
                encoder.blocks(*number, 1, &mut out).unwrap();
                encoder.matched(contents(basis, block, *number)).unwrap();
            }
        }
    }
    encoder.end_file(&mut out).unwrap();
    out
}

fn contents(basis: &[u8], block: usize, number: u32) -> &[u8] {
    basis.chunks(block).nth(number as usize).unwrap()
}

fn decode(
    decoder: &mut TokenDecoder,
    basis: &[u8],
    block: usize,
    source: &mut impl Source,
) -> Result<Vec<Owned>, WireError> {
    decoder.begin_file(basis.len().div_ceil(block) as u32);
    let mut tokens: Vec<Owned> = Vec::new();
    loop {
        match decoder.next(source)? {
            Token::Literal(data) => match tokens.last_mut() {
                Some(Owned::Literal(so_far)) => so_far.extend_from_slice(data),
                _ => tokens.push(Owned::Literal(data.to_vec())),
            },
            Token::Blocks { first, count } => {
                for number in first..first + count {
                    decoder.matched(contents(basis, block, number))?;
                    tokens.push(Owned::Block(number));
                }
            }
            Token::End => return Ok(tokens),
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

/// The two files of `docs/spec/wire-3-transfer.md` §16.3: basis, tokens.
fn transcript() -> (Vec<u8>, Vec<Owned>) {
    let basis = b"The quick brown fox jumps over the lazy dog.\n".to_vec();
    let tokens = vec![
        Owned::Block(0),
        Owned::Literal(b"fox jumped. ".to_vec()),
        Owned::Block(0),
        Owned::Literal(b"cat jumps over t".to_vec()),
        Owned::Block(2),
    ];
    (basis, tokens)
}

#[test]
fn the_transcripts_of_the_specification_are_decoded() {
    let (basis, expected) = transcript();
    for (compression, files) in [
        (
            Compression::Zlibx,
            ["80 40 0e 4a cb af 50 c8 2a cd 2d 48 4d d1 53 00 00 80 40 0f 4a 4e 2c 01 b3 8b 15 f2 cb 52 8b 14 4a 00 00 82 00";
                2],
        ),
        (
            Compression::Zlib,
            ["80 40 0e 4a cb af 50 c8 2a cd 2d 48 4d d1 53 00 00 80 40 0f 4a 4e 2c 01 cb 15 2b e4 97 a5 16 29 94 00 00 82 00";
                2],
        ),
        (
            Compression::Zstd,
            [
                "80 40 15 28 b5 2f fd 00 58 60 00 00 66 6f 78 20 6a 75 6d 70 65 64 2e 20 \
                 80 40 13 80 00 00 63 61 74 20 6a 75 6d 70 73 20 6f 76 65 72 20 74 82 00",
                "80 40 09 34 00 00 00 01 00 cf 4d 20 80 40 0a 3c 00 00 08 63 01 00 1d 10 02 82 00",
            ],
        ),
        (
            Compression::Lz4,
            ["80 40 0d c0 66 6f 78 20 6a 75 6d 70 65 64 2e 20 \
              80 40 12 f0 01 63 61 74 20 6a 75 6d 70 73 20 6f 76 65 72 20 74 82 00"; 2],
        ),
    ] {
        let mut decoder = TokenDecoder::new(compression, Protocol::NEWEST).unwrap();
        for file in files {
            let bytes = hex(file);
            let mut reader = Reader::new(&bytes);
            let tokens = decode(&mut decoder, &basis, BLOCK, &mut reader).unwrap();
            assert_eq!(tokens, expected, "{compression:?}");
            assert!(reader.rest().is_empty());
        }
    }
}

#[test]
fn plain_and_lz4_streams_have_the_bytes_of_the_specification() {
    let (basis, tokens) = transcript();
    for (compression, expected) in [
        (
            Compression::None,
            "ff ff ff ff 0c 00 00 00 66 6f 78 20 6a 75 6d 70 65 64 2e 20 ff ff ff ff \
             10 00 00 00 63 61 74 20 6a 75 6d 70 73 20 6f 76 65 72 20 74 fd ff ff ff 00 00 00 00",
        ),
        (
            Compression::Lz4,
            "80 40 0d c0 66 6f 78 20 6a 75 6d 70 65 64 2e 20 \
             80 40 12 f0 01 63 61 74 20 6a 75 6d 70 73 20 6f 76 65 72 20 74 82 00",
        ),
    ] {
        let mut encoder = TokenEncoder::new(compression, None, Protocol::NEWEST).unwrap();
        assert_eq!(encode(&mut encoder, &basis, BLOCK, &tokens), hex(expected), "{compression:?}");
    }
}

#[test]
fn runs_of_any_length_are_few_records() {
    let numbers = (0..70_000).chain([5, 5]).chain(69_990..70_000);
    let tokens: Vec<Owned> = numbers.map(Owned::Block).collect();
    let basis = vec![7; 70_000];
    let mut encoder = TokenEncoder::new(Compression::Zlibx, None, Protocol::NEWEST).unwrap();
    let bytes = encode(&mut encoder, &basis, 1, &tokens);
    // Run, run, two long records or one long and one relative, run, end.
    assert_eq!(bytes.len(), 3 + 3 + 5 + 1 + 7 + 1);
    let mut decoder = TokenDecoder::new(Compression::Zlibx, Protocol::NEWEST).unwrap();
    assert_eq!(decode(&mut decoder, &basis, 1, &mut Reader::new(&bytes)).unwrap(), tokens);
}

/// Bytes that do not compress.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

#[test]
fn zlib_refers_to_matched_blocks_and_zlibx_does_not() {
    let basis = noise(1, 3 * 9000);
    let tokens = [Owned::Block(1), Owned::Literal(basis[9000..18_000].to_vec()), Owned::Block(2)];
    let size = |compression| {
        let mut encoder = TokenEncoder::new(compression, None, Protocol::NEWEST).unwrap();
        encode(&mut encoder, &basis, 9000, &tokens).len()
    };
    assert!(size(Compression::Zlib) < 200, "{}", size(Compression::Zlib));
    assert!(size(Compression::Zlibx) > 9000);
}

#[test]
fn zstd_refers_to_earlier_files() {
    let file = [Owned::Literal(noise(2, 20_000))];
    let mut encoder = TokenEncoder::new(Compression::Zstd, None, Protocol::NEWEST).unwrap();
    assert!(encode(&mut encoder, &[], 1, &file).len() > 20_000);
    assert!(encode(&mut encoder, &[], 1, &file).len() < 200);
}

#[test]
fn long_blocks_enter_the_history_of_protocol_30_with_its_defect() {
    for number in [30, 31, 32] {
        let protocol = Protocol::new(number).unwrap();
        let basis = noise(3, 3 * 100_000);
        let tokens = [Owned::Block(0), Owned::Literal(basis[90_000..100_000].to_vec()), Owned::Block(1)];
        let mut encoder = TokenEncoder::new(Compression::Zlib, None, protocol).unwrap();
        let bytes = encode(&mut encoder, &basis, 100_000, &tokens);
        // The end of the block is in the history unless its second piece was taken from its start.
        assert_eq!(bytes.len() < 1000, number > 30, "{number}: {}", bytes.len());
        let mut decoder = TokenDecoder::new(Compression::Zlib, protocol).unwrap();
        assert_eq!(decode(&mut decoder, &basis, 100_000, &mut Reader::new(&bytes)).unwrap(), tokens);
    }
}

#[test]
fn stored_files_are_decoded_like_others() {
    let data = vec![9; 100_000];
    for compression in ALL {
        let mut encoder = TokenEncoder::new(compression, Some(9), Protocol::NEWEST).unwrap();
        let mut decoder = TokenDecoder::new(compression, Protocol::NEWEST).unwrap();
        for effort in [Effort::Store, Effort::Level, Effort::Store] {
            let mut out = Vec::new();
            encoder.begin_file(effort);
            encoder.literal(&data, &mut out).unwrap();
            encoder.end_file(&mut out).unwrap();
            if matches!(compression, Compression::Zlib | Compression::Zlibx) {
                assert_eq!(out.len() < data.len() / 10, effort == Effort::Level);
            }
            let tokens = decode(&mut decoder, &[], 1, &mut Reader::new(&out)).unwrap();
            assert_eq!(tokens, [Owned::Literal(data.clone())], "{compression:?}");
        }
    }
}

#[test]
fn blocks_the_basis_does_not_have_are_refused() {
    for (compression, bytes) in [
        (Compression::None, "fc ff ff ff"),
        (Compression::None, "00 00 00 80"),
        (Compression::Zlib, "83"),
        (Compression::Zlibx, "c1 02 00"),
        (Compression::Zstd, "20 03 00 00 00"),
        (Compression::Lz4, "20 ff ff ff ff"),
        (Compression::Lz4, "21 ff ff ff 7f ff ff"),
        (Compression::Lz4, "c0 00 00"),
    ] {
        let bytes = hex(bytes);
        let mut decoder = TokenDecoder::new(compression, Protocol::NEWEST).unwrap();
        let error = decode(&mut decoder, &[0; 48], BLOCK, &mut Reader::new(&bytes)).unwrap_err();
        assert!(matches!(error, WireError::OutOfRange { .. }), "{error:?}");
    }
}

#[test]
fn data_that_cannot_be_expanded_are_damage() {
    for (compression, bytes) in [
        (Compression::Zlib, "40 00"),
        // A final deflate block.
        (Compression::Zlibx, "40 05 01 00 00 ff ff 00"),
        (Compression::Zlibx, "40 03 ff ff ff 00"),
        // A distance beyond the history.
        (Compression::Zlib, "40 06 02 c1 00 00 00 00 00"),
        (Compression::Zstd, "40 04 01 02 03 04 00"),
        // A window of 2^31.
        (Compression::Zstd, "40 06 28 b5 2f fd 00 a8 40 03 00 00 00 00"),
        (Compression::Lz4, "40 01 00 00"),
        (Compression::Lz4, "40 03 10 00 01 00"),
    ] {
        let bytes = hex(bytes);
        let mut decoder = TokenDecoder::new(compression, Protocol::NEWEST).unwrap();
        let error = decode(&mut decoder, &[0; 48], BLOCK, &mut Reader::new(&bytes)).unwrap_err();
        assert!(matches!(error, WireError::DamagedStream(_)), "{compression:?} {bytes:x?} {error:?}");
    }
}

/// Gives its bytes in small pieces, as a connection may.
struct Trickle<'a>(Reader<'a>, usize);

impl Source for Trickle<'_> {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        self.0.chunk(limit.min(self.1))
    }
}

/// Tokens of several files over a basis of 40 blocks of 100 bytes.
fn files() -> impl Strategy<Value = (u64, Vec<Vec<Owned>>)> {
    let literal = (any::<u64>(), 1_usize..80_000, 1_u8..=255, any::<bool>());
    let token = prop_oneof![
        2 => (0_u32..40).prop_map(Owned::Block),
        1 => literal.prop_map(|(seed, length, alphabet, short)| {
            let length = if short { length % 300 + 1 } else { length };
            Owned::Literal(noise(seed, length).into_iter().map(|byte| byte % alphabet).collect())
        }),
    ];
    (any::<u64>(), prop::collection::vec(prop::collection::vec(token, 0..12), 1..4))
}

/// Literals that follow each other as one.
fn joined(tokens: &[Owned]) -> Vec<Owned> {
    let mut joined: Vec<Owned> = Vec::new();
    for token in tokens {
        match (token, joined.last_mut()) {
            (Owned::Literal(data), Some(Owned::Literal(so_far))) => so_far.extend_from_slice(data),
            _ => joined.push(token.clone()),
        }
    }
    joined
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_token_survives_the_wire((seed, files) in files(), piece in 1_usize..5000, level in -1_i32..12) {
        let basis = noise(seed, 4000);
        for compression in ALL {
            for protocol in [Protocol::OLDEST, Protocol::NEWEST] {
                let mut encoder = TokenEncoder::new(compression, Some(level), protocol).unwrap();
                let mut decoder = TokenDecoder::new(compression, protocol).unwrap();
                for tokens in &files {
                    let bytes = encode(&mut encoder, &basis, 100, tokens);
                    let mut source = Trickle(Reader::new(&bytes), piece);
                    let decoded = decode(&mut decoder, &basis, 100, &mut source).unwrap();
                    prop_assert!(decoded == joined(tokens), "{:?}", compression);
                    prop_assert!(source.0.rest().is_empty());
                }
            }
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for compression in ALL {
            let mut decoder = TokenDecoder::new(compression, Protocol::NEWEST).unwrap();
            let _ = decode(&mut decoder, &[1; 640], BLOCK, &mut Reader::new(&bytes));
        }
    }

    #[test]
    fn damage_in_a_valid_stream_makes_no_decoder_panic(
        (seed, files) in files(), at in any::<prop::sample::Index>(), flip in 1_u8..=255,
    ) {
        let basis = noise(seed, 4000);
        for compression in ALL {
            let mut encoder = TokenEncoder::new(compression, None, Protocol::NEWEST).unwrap();
            let mut decoder = TokenDecoder::new(compression, Protocol::NEWEST).unwrap();
            for tokens in &files {
                let mut bytes = encode(&mut encoder, &basis, 100, tokens);
                let at = at.index(bytes.len());
                bytes[at] ^= flip;
                let _ = decode(&mut decoder, &basis, 100, &mut Reader::new(&bytes));
            }
        }
    }
}
