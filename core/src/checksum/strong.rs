//! Strong sums: hashes that confirm what a weak sum suggests. In: blocks. Out: up to 32 bytes each.
//!
//! [`block_sum`] is the reference; [`block_sums`] hashes blocks of one length side by side in vector lanes.

#[cfg(target_arch = "x86_64")]
mod md4_lanes;

use md4::Digest;

/// Which strong sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StrongKind {
    /// The BLAKE3 chaining value of a block *at its offset in the basis* (docs/format.md): not a function of
    /// the block's bytes alone.
    Blake3,
    /// BLAKE2b with a 32-byte digest (RFC 7693).
    Blake2b,
    /// MD4 (RFC 1320).
    Md4,
}

/// The longest strong sum of any kind, in bytes.
pub const MAX_STRONG_LENGTH: usize = 32;

/// A strong sum at full length; kinds with shorter ones leave the rest zero.
pub type StrongSum = [u8; MAX_STRONG_LENGTH];

/// The strong sum of `block`, which starts at byte `offset` of its file.
///
/// `offset` matters to [`StrongKind::Blake3`] alone and must there be a multiple of a power of two not less than the
/// block's length.
pub fn block_sum(kind: StrongKind, block: &[u8], offset: u64) -> StrongSum {
    let mut sum = [0; MAX_STRONG_LENGTH];
    match kind {
        StrongKind::Blake3 => {
            use blake3::hazmat::HasherExt;
            return blake3::Hasher::new().set_input_offset(offset).update(block).finalize_non_root();
        }
        StrongKind::Blake2b => {
            let hash = blake2b_simd::Params::new().hash_length(32).hash(block);
            sum.copy_from_slice(hash.as_bytes());
        }
        StrongKind::Md4 => sum[..16].copy_from_slice(&md4::Md4::digest(block)),
    }
    sum
}

/// The strong sums of the blocks of `block_length` bytes in `data`; the last may be short. Not for [`StrongKind::Blake3`].
pub fn block_sums(kind: StrongKind, data: &[u8], block_length: usize, sums: &mut Vec<StrongSum>) {
    let whole = data.len() - data.len() % block_length;
    let (blocks, last) = data.split_at(whole);
    let rest = match kind {
        #[cfg(target_arch = "x86_64")]
        StrongKind::Md4 => md4_lanes::block_sums(blocks, block_length, sums),
        StrongKind::Blake2b => blake2b_sums(blocks, block_length, sums),
        _ => blocks,
    };
    sums.extend(rest.chunks(block_length).map(|block| block_sum(kind, block, 0)));
    if !last.is_empty() {
        sums.push(block_sum(kind, last, 0));
    }
}

/// Hashes groups of blocks side by side. What is returned is left over.
fn blake2b_sums<'a>(blocks: &'a [u8], block_length: usize, sums: &mut Vec<StrongSum>) -> &'a [u8] {
    use blake2b_simd::many::{HashManyJob, MAX_DEGREE, hash_many};
    let mut params = blake2b_simd::Params::new();
    params.hash_length(32);
    let groups = blocks.chunks_exact(MAX_DEGREE * block_length);
    let rest = groups.remainder();
    for group in groups {
        let mut jobs: [HashManyJob<'_>; MAX_DEGREE] = std::array::from_fn(|i| {
            HashManyJob::new(&params, &group[i * block_length..(i + 1) * block_length])
        });
        hash_many(&mut jobs);
        for job in &jobs {
            let mut sum = [0; MAX_STRONG_LENGTH];
            sum.copy_from_slice(job.to_hash().as_bytes());
            sums.push(sum);
        }
    }
    rest
}

/// The strong sums of the blocks of `block_length` bytes in `data`, which starts at byte `offset` of its file; the last
/// may be short.
pub fn block_sums_at(
    kind: StrongKind,
    data: &[u8],
    block_length: usize,
    offset: u64,
    sums: &mut Vec<StrongSum>,
) {
    if kind != StrongKind::Blake3 {
        return block_sums(kind, data, block_length, sums);
    }
    for (i, block) in data.chunks(block_length).enumerate() {
        sums.push(block_sum(kind, block, offset + (i * block_length) as u64));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn sums_have_the_values_of_the_specification() {
        let cases: [(Vec<u8>, &str, &str); 13] = [
            (
                vec![],
                "31d6cfe0d16ae931b73c59d7e0c089c0",
                "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8",
            ),
            (
                b"a".to_vec(),
                "bde52cb31de33e46245e05fbdbd6fb24",
                "8928aae63c84d87ea098564d1e03ad813f107add474e56aedd286349c0c03ea4",
            ),
            (
                b"abc".to_vec(),
                "a448017aaf21d8525fc10ae87aa6729d",
                "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            ),
            (
                vec![0],
                "47c61a0fa8738ba77308a8a600f88e4b",
                "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314",
            ),
            (
                vec![0xff],
                "82c167af8e345bd055487af8d2b540c9",
                "ac4e4076a883937282f1377ef5cacb8edd00e3c79629e43532464eb3be277367",
            ),
            (
                vec![0; 16],
                "487c3f5e2b0d6a79324ecdbe9c15166f",
                "94c1c088cc9453996779630ad3af45cbd92814828dd784cf2aa12df95d1b8afe",
            ),
            (
                vec![0; 256],
                "a4896237af0cb8694e765a905984a0c8",
                "2b69702a889248a4d6620475a105dccd5e0d4230aca8a492aaf6510e55d55b02",
            ),
            (
                vec![0; 2048],
                "e7b9e6b0e2454e20d7380922c7a0b221",
                "200823e5158b3774c11b5c61850ada762f8264144a9bebec3ebac5a2adde67b8",
            ),
            (
                vec![0xff; 2048],
                "e5949c2a6dbc95f40b8ce37eb977258a",
                "81da9d80da9ee5a3da8f98edf24214cf36ba6ccb2bab59e0782088a20b5549ca",
            ),
            (
                (0..=255).collect(),
                "298a05bc506e1ecd5a47fd41f874f1d2",
                "39a7eb9fedc19aabc83425c6755dd90e6f9d0c804964a1f4aaeea3b9fb599835",
            ),
            (
                b"abcdefghijklmnopqrstuvwxyz".to_vec(),
                "d79e1c308aa5bbcdeea8ed63df412da9",
                "117ad6b940f5e8292c007d9c7e7350cd33cf85b5887e8da71c7957830f536e7c",
            ),
            (
                b"The quick brown fox jumps over the lazy dog".to_vec(),
                "1bee69a46ba811185c194762abaeae90",
                "01718cec35cd3d796dd00020e0bfecb473ad23457d063b75eff29c0ffa2e58a9",
            ),
            (
                (0..4096_u32).map(|i| (i * i + 7 * i + 3) as u8).collect(),
                "346d2b1a75b2010713cc4c4cbb59bd75",
                "21ad2e41af9aa133327a922b5ad51c9fd91c1faa7a795100334ec46b280876d6",
            ),
        ];
        for (data, md4, blake2b) in cases {
            assert_eq!(hex(&block_sum(StrongKind::Md4, &data, 0)[..16]), md4);
            assert_eq!(hex(&block_sum(StrongKind::Blake2b, &data, 0)), blake2b);
            if data.is_empty() {
                continue;
            }
            // Many such blocks at once.
            let blocks = data.repeat(31);
            for (kind, expected) in [(StrongKind::Md4, md4), (StrongKind::Blake2b, blake2b)] {
                let mut sums = Vec::new();
                block_sums(kind, &blocks, data.len(), &mut sums);
                assert_eq!(sums.len(), 31);
                assert!(sums.iter().all(|sum| hex(sum).starts_with(expected)), "{kind:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn sums_of_many_blocks_are_those_of_each(
            data in proptest::collection::vec(proptest::num::u8::ANY, 1..6000),
            block_length in 1_usize..300,
            skip in 0_usize..64,
        ) {
            let data = &data[skip.min(data.len())..];
            for kind in [StrongKind::Md4, StrongKind::Blake2b] {
                let mut sums = Vec::new();
                block_sums(kind, data, block_length, &mut sums);
                let expected: Vec<StrongSum> =
                    data.chunks(block_length).map(|block| block_sum(kind, block, 0)).collect();
                assert_eq!(sums, expected);
            }
        }
    }
}
