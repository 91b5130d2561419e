//! MD4 (RFC 1320) of many blocks of one length at once, a block in each 32-bit lane of a vector. In: blocks that follow
//! each other. Out: their sums, and the blocks left over, too few to fill the lanes.

use std::arch::x86_64::*;

use super::{MAX_STRONG_LENGTH, StrongSum};

/// Bytes of a message that MD4 takes at a time.
const CHUNK: usize = 64;
const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
const ROUND_2: u32 = 0x5a82_7999;
const ROUND_3: u32 = 0x6ed9_eba1;

/// Appends the sums of whole blocks to `sums` and returns the blocks that are left.
pub(super) fn block_sums<'a>(
    mut blocks: &'a [u8],
    block_length: usize,
    sums: &mut Vec<StrongSum>,
) -> &'a [u8] {
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx2") {
        while let Some((group, rest)) = blocks.split_at_checked(16 * block_length) {
            if group.is_empty() {
                break;
            }
            // SAFETY: the processor has AVX-512F and AVX2.
            sums.extend(unsafe { sums_of_16(lanes(group, block_length)) });
            blocks = rest;
        }
    }
    if is_x86_feature_detected!("avx2") {
        while let Some((group, rest)) = blocks.split_at_checked(8 * block_length) {
            if group.is_empty() {
                break;
            }
            // SAFETY: the processor has AVX2.
            sums.extend(unsafe { sums_of_8(lanes(group, block_length)) });
            blocks = rest;
        }
    }
    blocks
}

fn lanes<const N: usize>(group: &[u8], block_length: usize) -> [&[u8]; N] {
    std::array::from_fn(|i| &group[i * block_length..(i + 1) * block_length])
}

/// The end of a message whose last, partial chunk is `rest`: one chunk or two, and how many.
fn padding(rest: &[u8], length: usize) -> ([[u8; CHUNK]; 2], usize) {
    let mut bytes = [0; 2 * CHUNK];
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0x80;
    let count = if rest.len() < CHUNK - 8 { 1 } else { 2 };
    let bits = (length as u64).wrapping_mul(8);
    bytes[count * CHUNK - 8..count * CHUNK].copy_from_slice(&bits.to_le_bytes());
    let (chunks, _) = bytes.as_chunks();
    ([chunks[0], chunks[1]], count)
}

/// Defines the sum of N messages and the compression of a chunk of each, out of the operations of a vector type.
macro_rules! kernel {
    (
        $sums:ident, $compress:ident, $lanes:literal, $vector:ty, $features:literal, $transpose:ident,
        add: $add:ident, splat: $splat:ident, rotate: $rotate:ident,
        choose: $choose:ident, majority: $majority:ident, parity: $parity:ident, store: $store:expr
    ) => {
        #[target_feature(enable = $features)]
        fn $sums(messages: [&[u8]; $lanes]) -> [StrongSum; $lanes] {
            let length = messages[0].len();
            let chunked: [(&[[u8; CHUNK]], &[u8]); $lanes] = messages.map(|message| message.as_chunks());
            let mut state = START.map(|word| $splat(word.cast_signed()));
            for i in 0..length / CHUNK {
                let chunks = std::array::from_fn(|lane| &chunked[lane].0[i]);
                state = $compress(state, &$transpose(chunks));
            }
            let ends = chunked.map(|(_, rest)| padding(rest, length));
            for i in 0..ends[0].1 {
                let chunks = std::array::from_fn(|lane| &ends[lane].0[i]);
                state = $compress(state, &$transpose(chunks));
            }
            let mut sums = [[0; MAX_STRONG_LENGTH]; $lanes];
            for (word, vector) in state.into_iter().enumerate() {
                let mut words = [0_u32; $lanes];
                // SAFETY: `words` has the size of the vector; the store needs no alignment.
                unsafe { $store(words.as_mut_ptr().cast(), vector) };
                for (sum, word_of_sum) in sums.iter_mut().zip(words) {
                    sum[4 * word..4 * word + 4].copy_from_slice(&word_of_sum.to_le_bytes());
                }
            }
            sums
        }

        #[target_feature(enable = $features)]
        #[inline]
        fn $compress(state: [$vector; 4], x: &[$vector; 16]) -> [$vector; 4] {
            let [mut a, mut b, mut c, mut d] = state;
            // The word and constant are added first: they do not wait for the step before.
            macro_rules! step {
                ($f:ident, $w:ident, $p:ident, $q:ident, $r:ident, $k:expr, $s:literal, $t:literal) => {
                    $w = $rotate::<$s, $t>($add($add($w, $k), $f($p, $q, $r)));
                };
            }
            macro_rules! four {
                ($f:ident, $k:expr, $i:expr, $s:expr; $s0:literal $s1:literal $s2:literal $s3:literal
                 $t0:literal $t1:literal $t2:literal $t3:literal) => {
                    step!($f, a, b, c, d, $k($i), $s0, $t0);
                    step!($f, d, a, b, c, $k($i + $s), $s1, $t1);
                    step!($f, c, d, a, b, $k($i + 2 * $s), $s2, $t2);
                    step!($f, b, c, d, a, $k($i + 3 * $s), $s3, $t3);
                };
            }
            let plain = |i: usize| x[i];
            four!($choose, plain, 0, 1; 3 7 11 19 29 25 21 13);
            four!($choose, plain, 4, 1; 3 7 11 19 29 25 21 13);
            four!($choose, plain, 8, 1; 3 7 11 19 29 25 21 13);
            four!($choose, plain, 12, 1; 3 7 11 19 29 25 21 13);
            let constant = $splat(ROUND_2.cast_signed());
            macro_rules! second {
                ($i:expr) => {
                    $add(x[$i], constant)
                };
            }
            macro_rules! round_2 {
                ($i:literal) => {
                    step!($majority, a, b, c, d, second!($i), 3, 29);
                    step!($majority, d, a, b, c, second!($i + 4), 5, 27);
                    step!($majority, c, d, a, b, second!($i + 8), 9, 23);
                    step!($majority, b, c, d, a, second!($i + 12), 13, 19);
                };
            }
            round_2!(0);
            round_2!(1);
            round_2!(2);
            round_2!(3);
            let constant = $splat(ROUND_3.cast_signed());
            macro_rules! round_3 {
                ($i:literal) => {
                    step!($parity, a, b, c, d, $add(x[$i], constant), 3, 29);
                    step!($parity, d, a, b, c, $add(x[$i + 8], constant), 9, 23);
                    step!($parity, c, d, a, b, $add(x[$i + 4], constant), 11, 21);
                    step!($parity, b, c, d, a, $add(x[$i + 12], constant), 15, 17);
                };
            }
            round_3!(0);
            round_3!(2);
            round_3!(1);
            round_3!(3);
            [$add(a, state[0]), $add(b, state[1]), $add(c, state[2]), $add(d, state[3])]
        }
    };
}

kernel!(
    sums_of_8, compress_8, 8, __m256i, "avx2", transpose_8,
    add: _mm256_add_epi32, splat: _mm256_set1_epi32, rotate: rotate_8,
    choose: choose_8, majority: majority_8, parity: parity_8, store: _mm256_storeu_si256
);
kernel!(
    sums_of_16, compress_16, 16, __m512i, "avx512f,avx2", transpose_16,
    add: _mm512_add_epi32, splat: _mm512_set1_epi32, rotate: rotate_16,
    choose: choose_16, majority: majority_16, parity: parity_16, store: _mm512_storeu_si512
);

#[target_feature(enable = "avx2")]
#[inline]
fn rotate_8<const LEFT: i32, const RIGHT: i32>(x: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_slli_epi32::<LEFT>(x), _mm256_srli_epi32::<RIGHT>(x))
}

#[target_feature(enable = "avx2")]
#[inline]
fn choose_8(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_xor_si256(z, _mm256_and_si256(x, _mm256_xor_si256(y, z)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn majority_8(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_or_si256(_mm256_and_si256(y, z), _mm256_and_si256(x, _mm256_or_si256(y, z)))
}

#[target_feature(enable = "avx2")]
#[inline]
fn parity_8(x: __m256i, y: __m256i, z: __m256i) -> __m256i {
    _mm256_xor_si256(x, _mm256_xor_si256(y, z))
}

#[target_feature(enable = "avx512f")]
#[inline]
fn rotate_16<const LEFT: i32, const RIGHT: i32>(x: __m512i) -> __m512i {
    _mm512_rol_epi32::<LEFT>(x)
}

// The tables of the three functions, by the bits of x, y and z: x is the highest.

#[target_feature(enable = "avx512f")]
#[inline]
fn choose_16(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xca>(x, y, z)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn majority_16(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xe8>(x, y, z)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn parity_16(x: __m512i, y: __m512i, z: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0x96>(x, y, z)
}

/// Vectors of the first, second, ... word of all chunks.
#[target_feature(enable = "avx2")]
#[inline]
fn transpose_8(chunks: [&[u8; CHUNK]; 8]) -> [__m256i; 16] {
    let mut words = [_mm256_setzero_si256(); 16];
    for half in 0..2 {
        let mut r = [_mm256_setzero_si256(); 8];
        for (row, chunk) in r.iter_mut().zip(chunks) {
            // SAFETY: 32 bytes at 0 or 32 lie within the chunk of 64; the load needs no alignment.
            *row = unsafe { _mm256_loadu_si256(chunk.as_ptr().add(32 * half).cast()) };
        }
        // Words of rows 2i and 2i + 1 interleaved, then of four rows, then the halves exchanged.
        let low = |i: usize| _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        let high = |i: usize| _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
        let (l, h) = ([low(0), low(1), low(2), low(3)], [high(0), high(1), high(2), high(3)]);
        let four = [
            [_mm256_unpacklo_epi64(l[0], l[1]), _mm256_unpacklo_epi64(l[2], l[3])],
            [_mm256_unpackhi_epi64(l[0], l[1]), _mm256_unpackhi_epi64(l[2], l[3])],
            [_mm256_unpacklo_epi64(h[0], h[1]), _mm256_unpacklo_epi64(h[2], h[3])],
            [_mm256_unpackhi_epi64(h[0], h[1]), _mm256_unpackhi_epi64(h[2], h[3])],
        ];
        for (i, [upper, lower]) in four.into_iter().enumerate() {
            words[8 * half + i] = _mm256_permute2x128_si256::<0x20>(upper, lower);
            words[8 * half + i + 4] = _mm256_permute2x128_si256::<0x31>(upper, lower);
        }
    }
    words
}

#[target_feature(enable = "avx512f,avx2")]
#[inline]
fn transpose_16(chunks: [&[u8; CHUNK]; 16]) -> [__m512i; 16] {
    let low = transpose_8(std::array::from_fn(|i| chunks[i]));
    let high = transpose_8(std::array::from_fn(|i| chunks[i + 8]));
    let mut words = [_mm512_setzero_si512(); 16];
    for (word, (low, high)) in words.iter_mut().zip(low.into_iter().zip(high)) {
        *word = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high);
    }
    words
}
