//! Strong sums: hashes that confirm what a weak sum suggests. In: blocks. Out: up to 32 bytes each.

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
    sums.extend(data.chunks(block_length).map(|block| block_sum(kind, block, 0)));
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
