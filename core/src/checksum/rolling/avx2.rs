//! Weak sums of blocks with AVX2. In: a block. Out: its sum, if this processor has AVX2.

use std::arch::x86_64::*;

use super::{MULT, PairSum, WeakKind, append_polynomial};

/// The weak sum of `block`; `None` without AVX2, and for blocks too short to gain by it.
pub(super) fn block_sum(kind: WeakKind, block: &[u8]) -> Option<u32> {
    if block.len() < PAIR || !is_x86_feature_detected!("avx2") {
        return None;
    }
    if kind == WeakKind::RabinKarp {
        let (windows, rest) = block.as_chunks();
        // SAFETY: the processor has AVX2.
        let hash = unsafe { polynomial(windows) };
        return Some(append_polynomial(hash, rest));
    }
    let mut sums = PairSum::new(kind);
    for segment in block.chunks(PairSum::SEGMENT) {
        let (pairs, rest) = segment.as_chunks();
        // SAFETY: the processor has AVX2.
        let (sum, weighted) = unsafe { pair_sums(pairs, sums.flip) };
        sums.add_segment(pairs.len() * PAIR, sum, weighted);
        sums.add_bytes(rest);
    }
    Some(sums.digest())
}

/// Bytes that a turn of the loop over sums takes: two vectors.
const PAIR: usize = 64;

/// The sum of the bytes, and the sum of each times its distance from the end. At most a segment of them.
#[target_feature(enable = "avx2")]
fn pair_sums(pairs: &[[u8; PAIR]], flip: u8) -> (u64, u64) {
    let zero = _mm256_setzero_si256();
    let flip = _mm256_set1_epi8(flip.cast_signed());
    let ones = _mm256_set1_epi16(1);
    let weights = _mm256_setr_epi8(
        32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7,
        6, 5, 4, 3, 2, 1,
    );
    // Sums of bytes at first and at second places, sums of what those were before each pair, weighted sums.
    let (mut first, mut second) = (zero, zero);
    let mut before = zero;
    let mut weighted = zero;
    for pair in pairs {
        let (x, y) = load_pair(pair);
        let (x, y) = (_mm256_xor_si256(x, flip), _mm256_xor_si256(y, flip));
        before = _mm256_add_epi64(before, _mm256_add_epi64(first, second));
        first = _mm256_add_epi64(first, _mm256_sad_epu8(x, zero));
        second = _mm256_add_epi64(second, _mm256_sad_epu8(y, zero));
        // No more than 255 * (32 + 31) * 2 = 32130: fits 16 bits with a sign.
        let products = _mm256_add_epi16(_mm256_maddubs_epi16(x, weights), _mm256_maddubs_epi16(y, weights));
        weighted = _mm256_add_epi32(weighted, _mm256_madd_epi16(products, ones));
    }
    let first = total_64(first);
    let sum = first + total_64(second);
    let weighted = lanes_32(weighted).into_iter().map(u64::from).sum::<u64>();
    (sum, weighted + 32 * first + PAIR as u64 * total_64(before))
}

#[target_feature(enable = "avx2")]
fn load_pair(pair: &[u8; PAIR]) -> (__m256i, __m256i) {
    // SAFETY: both halves of 32 bytes lie within the 64 of `pair`; unaligned loads need no alignment.
    unsafe {
        (_mm256_loadu_si256(pair.as_ptr().cast()), _mm256_loadu_si256(pair.as_ptr().add(PAIR / 2).cast()))
    }
}

/// Bytes that a turn of the loop over polynomials takes.
const WINDOW: usize = 128;

/// For the bytes of a window, the powers of MULT they are multiplied by, in two signed halves of 16 bits each:
/// `power = low + (high << 16)`, modulo 2³².
struct Powers {
    low: [[i16; 16]; WINDOW / 16],
    high: [[i16; 16]; WINDOW / 16],
    window: u32,
}

static POWERS: Powers = {
    let mut powers = Powers { low: [[0; 16]; WINDOW / 16], high: [[0; 16]; WINDOW / 16], window: 1 };
    let mut i = WINDOW;
    while i > 0 {
        i -= 1;
        let low = powers.window as i16;
        powers.low[i / 16][i % 16] = low;
        powers.high[i / 16][i % 16] = (powers.window.wrapping_sub(low as u32) >> 16) as i16;
        powers.window = powers.window.wrapping_mul(MULT);
    }
    powers
};

/// The RabinKarp sum of whole windows.
#[target_feature(enable = "avx2")]
fn polynomial(windows: &[[u8; WINDOW]]) -> u32 {
    let shift = _mm256_set1_epi32(POWERS.window.cast_signed());
    // The lanes add up to the sum, which starts at 1.
    let mut sum = _mm256_setr_epi32(1, 0, 0, 0, 0, 0, 0, 0);
    for window in windows {
        let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (bytes, (low_powers, high_powers)) in
            window.as_chunks::<16>().0.iter().zip(POWERS.low.iter().zip(&POWERS.high))
        {
            // SAFETY: each pointer is to as many bytes as are loaded; unaligned loads need no alignment.
            let (bytes, low_powers, high_powers) = unsafe {
                (
                    _mm_loadu_si128(bytes.as_ptr().cast()),
                    _mm256_loadu_si256(low_powers.as_ptr().cast()),
                    _mm256_loadu_si256(high_powers.as_ptr().cast()),
                )
            };
            let bytes = _mm256_cvtepu8_epi16(bytes);
            low = _mm256_add_epi32(low, _mm256_madd_epi16(bytes, low_powers));
            high = _mm256_add_epi32(high, _mm256_madd_epi16(bytes, high_powers));
        }
        let value = _mm256_add_epi32(low, _mm256_slli_epi32::<16>(high));
        sum = _mm256_add_epi32(_mm256_mullo_epi32(sum, shift), value);
    }
    lanes_32(sum).into_iter().fold(0, u32::wrapping_add)
}

#[target_feature(enable = "avx2")]
fn lanes_32(vector: __m256i) -> [u32; 8] {
    let mut lanes = [0; 8];
    // SAFETY: `lanes` has room for the 32 bytes; unaligned stores need no alignment.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), vector) };
    lanes
}

#[target_feature(enable = "avx2")]
fn total_64(vector: __m256i) -> u64 {
    let mut lanes = [0_u64; 4];
    // SAFETY: `lanes` has room for the 32 bytes; unaligned stores need no alignment.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), vector) };
    lanes.into_iter().sum()
}
