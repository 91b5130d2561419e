//! The scan with AVX2: two times eight windows at once, each rolled over a region of its own. In: bytes, positions. Out: [`Hit`]s.
//!
//! In each step every lane drops a byte and takes one in; one multiplication mixes the two halves of its sum, and one gather
//! looks at the bit table. What passes is noted as a bit mask beside the sums of the step, without a branch, and examined
//! after each few hundred steps. Two independent sets of eight lanes hide the latency of the gather.

use std::arch::x86_64::*;
use std::ops::Range;

use crate::checksum::WeakKind;
use crate::delta::index::{Index, lane_key, mix, weak_of};
use crate::delta::search::Blocks;
use crate::delta::search::scan::{Hit, start};

/// Windows in a set.
const LANES: usize = 8;
/// Windows rolled at once.
const SETS: usize = 2;
const ALL: usize = LANES * SETS;
/// Steps between loads of bytes: one 32-byte load for each lane.
const BATCH: usize = 32;
/// Steps between examinations of what passed.
const CHUNK: usize = 256;
/// Regions shorter than this are not worth the start.
const MIN_REGION: usize = 64;

/// The sums of each step of a chunk, and which lanes passed the bit table.
struct Notes {
    keys: [[[u32; LANES]; CHUNK]; SETS],
    masks: [[u8; CHUNK]; SETS],
}

pub(super) struct Lanes {
    kind: WeakKind,
    window: usize,
    notes: Box<Notes>,
}

impl Lanes {
    /// Lanes for windows of `window` bytes, if this processor has AVX2 and the window suits them.
    pub(super) fn detect(kind: WeakKind, window: usize) -> Option<Lanes> {
        if !std::arch::is_x86_feature_detected!("avx2") || window == 0 || window > 1 << 24 {
            return None;
        }
        let notes = Notes { keys: [[[0; LANES]; CHUNK]; SETS], masks: [[0; CHUNK]; SETS] };
        Some(Lanes { kind, window, notes: Box::new(notes) })
    }

    /// Scans the start of `positions`, as far as all lanes have equal regions, and says where it ended.
    pub(super) fn scan(
        &mut self,
        data: &[u8],
        positions: Range<usize>,
        index: &Index,
        blocks: &Blocks<'_>,
        hits: &mut Vec<Hit>,
    ) -> usize {
        let region = positions.len() / ALL / BATCH * BATCH;
        if region < MIN_REGION {
            return positions.start;
        }
        let mut sums = [0; ALL];
        start::windows(self.kind, self.window, data, positions.start, region, &mut sums);
        let keys = sums.map(|sum| lane_key(self.kind, sum, blocks.block_length));
        let first = hits.len();
        let run = Run { data, start: positions.start, region, window: self.window, index, blocks };
        // SAFETY: `detect` found AVX2; `run` checks the bounds of what is loaded.
        unsafe {
            match self.kind {
                WeakKind::Adler32 => run.all::<Adler>(keys, &mut self.notes, hits),
                WeakKind::RabinKarp => run.all::<Rabin>(keys, &mut self.notes, hits),
                WeakKind::Rollsum => run.all::<Roll>(keys, &mut self.notes, hits),
                WeakKind::Rsync => run.all::<SignedRoll>(keys, &mut self.notes, hits),
            }
        }
        hits[first..].sort_unstable_by_key(|hit| hit.position);
        positions.start + region * ALL
    }
}

/// One scan.
#[derive(Clone, Copy)]
struct Run<'a> {
    data: &'a [u8],
    start: usize,
    region: usize,
    window: usize,
    index: &'a Index,
    blocks: &'a Blocks<'a>,
}

/// A weak sum in eight lanes.
trait Kind: Copy {
    /// The sums with these keys, of windows of `window` bytes.
    ///
    /// # Safety
    /// The processor has AVX2.
    unsafe fn new(keys: __m256i, window: usize) -> Self;

    /// The keys, and their mix (the bit table's address).
    ///
    /// # Safety
    /// The processor has AVX2.
    unsafe fn keys(&self) -> (__m256i, __m256i);

    /// Drops the bytes `out` in front and takes the bytes `into` in at the end.
    ///
    /// # Safety
    /// The processor has AVX2.
    unsafe fn slide(&mut self, out: __m256i, into: __m256i);

    /// To be called at least every `BATCH` slides.
    ///
    /// # Safety
    /// The processor has AVX2.
    #[inline(always)]
    unsafe fn settle(&mut self) {}
}

/// Mixes the two 16-bit halves of keys as [`mix::halves`] does.
#[inline(always)]
unsafe fn mix_halves(keys: __m256i) -> __m256i {
    // SAFETY: every caller runs under AVX2.
    unsafe {
        let factors = _mm256_set1_epi32((i32::from(mix::HIGH) << 16) | (i32::from(mix::LOW) & 0xffff));
        _mm256_srli_epi32::<{ mix::SKIP as i32 }>(_mm256_madd_epi16(keys, factors))
    }
}

/// rollsum: two sums modulo 2¹⁶, kept in 32 bits whose upper half is meaningless.
#[derive(Clone, Copy)]
struct Roll {
    a: __m256i,
    b: __m256i,
    /// The window's length modulo 2¹⁶, as the multiplier of the byte that leaves.
    length: __m256i,
}

impl Kind for Roll {
    #[inline(always)]
    unsafe fn new(keys: __m256i, window: usize) -> Roll {
        // SAFETY: the caller has AVX2.
        unsafe {
            Roll {
                a: keys,
                b: _mm256_srli_epi32::<16>(keys),
                length: _mm256_set1_epi32(i32::from(window as u16)),
            }
        }
    }

    #[inline(always)]
    unsafe fn keys(&self) -> (__m256i, __m256i) {
        // SAFETY: the caller has AVX2.
        unsafe {
            let keys = _mm256_blend_epi16::<0b1010_1010>(self.a, _mm256_slli_epi32::<16>(self.b));
            (keys, mix_halves(keys))
        }
    }

    #[inline(always)]
    unsafe fn slide(&mut self, out: __m256i, into: __m256i) {
        // With a constant c for each byte (31 for rollsum): a' = a + into - out, and b' = b + (a' + c·n) - n·(out + c) =
        // b + a' - n·out, whatever c is.
        // SAFETY: the caller has AVX2.
        unsafe {
            self.a = _mm256_add_epi32(self.a, _mm256_sub_epi32(into, out));
            // Only the lower half matters, so the sign that the multiplier may take on in 16 bits does not.
            let leaving = _mm256_madd_epi16(out, self.length);
            self.b = _mm256_add_epi32(self.b, _mm256_sub_epi32(self.a, leaving));
        }
    }
}

/// rsync's sum: rollsum without its constant, of bytes taken as signed numbers.
#[derive(Clone, Copy)]
struct SignedRoll {
    roll: Roll,
    /// What the signs are worth in the byte that leaves: 128 times the window's length.
    signs: __m256i,
}

impl Kind for SignedRoll {
    #[inline(always)]
    unsafe fn new(keys: __m256i, window: usize) -> SignedRoll {
        let signs = (window as i32).wrapping_mul(128);
        // SAFETY: the caller has AVX2.
        unsafe { SignedRoll { roll: Roll::new(keys, window), signs: _mm256_set1_epi32(signs) } }
    }

    #[inline(always)]
    unsafe fn keys(&self) -> (__m256i, __m256i) {
        // SAFETY: the caller has AVX2.
        unsafe { self.roll.keys() }
    }

    #[inline(always)]
    unsafe fn slide(&mut self, out: __m256i, into: __m256i) {
        // The signed value of a byte is that of the byte with its top bit flipped, less 128: a constant in Roll's sense.
        // SAFETY: the caller has AVX2.
        unsafe {
            let top = _mm256_set1_epi32(0x80);
            self.roll.slide(_mm256_xor_si256(out, top), _mm256_xor_si256(into, top));
            self.roll.b = _mm256_add_epi32(self.roll.b, self.signs);
        }
    }
}

/// RabinKarp: a polynomial modulo 2³².
#[derive(Clone, Copy)]
struct Rabin {
    hash: __m256i,
    multiplier: __m256i,
    /// `MULT` to the power of the window's length: what the leaving byte is multiplied by.
    leaving: __m256i,
    /// The same times the constant that is added to each byte that leaves.
    adjustment: __m256i,
}

impl Kind for Rabin {
    #[inline(always)]
    unsafe fn new(keys: __m256i, window: usize) -> Rabin {
        // docs/spec/librsync.md §3.2: slide is h·MULT + x − m·(o + ADJ), with m = MULT^n.
        let power = start::power(window as u64);
        // SAFETY: the caller has AVX2.
        unsafe {
            Rabin {
                hash: keys,
                multiplier: _mm256_set1_epi32(0x0810_4225),
                leaving: _mm256_set1_epi32(power as i32),
                adjustment: _mm256_set1_epi32(power.wrapping_mul(0x0810_4224) as i32),
            }
        }
    }

    #[inline(always)]
    unsafe fn keys(&self) -> (__m256i, __m256i) {
        // SAFETY: the caller has AVX2.
        unsafe { (self.hash, _mm256_srli_epi32::<9>(self.hash)) }
    }

    #[inline(always)]
    unsafe fn slide(&mut self, out: __m256i, into: __m256i) {
        // SAFETY: the caller has AVX2.
        unsafe {
            let leaving = _mm256_add_epi32(_mm256_mullo_epi32(out, self.leaving), self.adjustment);
            let entering = _mm256_sub_epi32(into, leaving);
            self.hash = _mm256_add_epi32(_mm256_mullo_epi32(self.hash, self.multiplier), entering);
        }
    }
}

/// Adler-32: two sums modulo 65521. The first is kept reduced; the second runs free between batches, and is reduced for each look.
#[derive(Clone, Copy)]
struct Adler {
    a: __m256i,
    /// Congruent to the second sum, and between 0 and 2³¹.
    b: __m256i,
    /// The window's length modulo 65521, or that less 65536.
    length: __m256i,
}

const ADLER: i32 = 65521;
/// A multiple of 65521 near 2²⁹: what the second sum may lose in a batch is less.
const FREE: i32 = ADLER << 13;

/// Values from 0 to 2³¹ modulo 65521. 2¹⁶ is 15 there.
#[inline(always)]
unsafe fn reduce(value: __m256i) -> __m256i {
    // SAFETY: every caller runs under AVX2.
    unsafe {
        let low = _mm256_set1_epi32(0xffff);
        let fifteen = _mm256_set1_epi32(15);
        // The upper half is below 2¹⁵, so that its multiple is below 2¹⁹; the second time it is at most 8.
        let upper = _mm256_madd_epi16(_mm256_srli_epi32::<16>(value), fifteen);
        let once = _mm256_add_epi32(_mm256_and_si256(value, low), upper);
        let upper = _mm256_madd_epi16(_mm256_srli_epi32::<16>(once), fifteen);
        let twice = _mm256_add_epi32(_mm256_and_si256(once, low), upper);
        _mm256_min_epu32(twice, _mm256_sub_epi32(twice, _mm256_set1_epi32(ADLER)))
    }
}

impl Kind for Adler {
    #[inline(always)]
    unsafe fn new(keys: __m256i, window: usize) -> Adler {
        // SAFETY: the caller has AVX2.
        unsafe {
            let length = (window % ADLER as usize) as i32;
            Adler {
                a: _mm256_and_si256(keys, _mm256_set1_epi32(0xffff)),
                b: _mm256_add_epi32(_mm256_srli_epi32::<16>(keys), _mm256_set1_epi32(FREE)),
                length: _mm256_set1_epi32(length),
            }
        }
    }

    #[inline(always)]
    unsafe fn keys(&self) -> (__m256i, __m256i) {
        // SAFETY: the caller has AVX2.
        unsafe {
            let keys = _mm256_or_si256(self.a, _mm256_slli_epi32::<16>(reduce(self.b)));
            (keys, mix_halves(keys))
        }
    }

    #[inline(always)]
    unsafe fn slide(&mut self, out: __m256i, into: __m256i) {
        // SAFETY: the caller has AVX2.
        unsafe {
            let modulus = _mm256_set1_epi32(ADLER);
            let a = _mm256_add_epi32(self.a, _mm256_sub_epi32(into, out));
            let a = _mm256_min_epu32(a, _mm256_add_epi32(a, modulus));
            self.a = _mm256_min_epu32(a, _mm256_sub_epi32(a, modulus));
            // b' = b + a' - n·out, where the 1 in Adler's first sum and the n in its second cancel.
            let leaving = _mm256_mullo_epi32(out, self.length);
            self.b = _mm256_add_epi32(self.b, _mm256_sub_epi32(self.a, leaving));
        }
    }

    #[inline(always)]
    unsafe fn settle(&mut self) {
        // A slide takes less than 255·65521 < 2²⁴ away, a batch less than 2²⁹, and adds less than 2²¹.
        // SAFETY: the caller has AVX2.
        unsafe { self.b = _mm256_add_epi32(reduce(self.b), _mm256_set1_epi32(FREE)) }
    }
}

/// Eight vectors of 32 bytes, one for each lane, turned into eight vectors of which each holds four bytes of every lane.
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; LANES]) -> [__m256i; LANES] {
    let mut fours = [[_mm256_setzero_si256(); 4]; 2];
    for (half, four) in fours.iter_mut().enumerate() {
        let [a, b, c, d] = [rows[4 * half], rows[4 * half + 1], rows[4 * half + 2], rows[4 * half + 3]];
        let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
        let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
        *four = [
            _mm256_unpacklo_epi64(ab_low, cd_low),
            _mm256_unpackhi_epi64(ab_low, cd_low),
            _mm256_unpacklo_epi64(ab_high, cd_high),
            _mm256_unpackhi_epi64(ab_high, cd_high),
        ];
    }
    let mut columns = rows;
    for i in 0..4 {
        columns[i] = _mm256_permute2x128_si256::<0x20>(fours[0][i], fours[1][i]);
        columns[i + 4] = _mm256_permute2x128_si256::<0x31>(fours[0][i], fours[1][i]);
    }
    columns
}

impl Run<'_> {
    /// # Safety
    /// The processor has AVX2.
    #[target_feature(enable = "avx2")]
    unsafe fn all<K: Kind>(&self, keys: [u32; ALL], notes: &mut Notes, hits: &mut Vec<Hit>) {
        // The last lane reads furthest: a whole batch behind its region's last window.
        assert!(
            self.start + ALL * self.region + self.window <= self.data.len() + 1
                && self.region.is_multiple_of(BATCH)
        );
        // SAFETY: `keys` is `SETS` times `LANES` numbers; AVX2 is the caller's promise.
        let mut sets = unsafe {
            let first = _mm256_loadu_si256(keys.as_ptr().cast());
            let second = _mm256_loadu_si256(keys.as_ptr().add(LANES).cast());
            [K::new(first, self.window), K::new(second, self.window)]
        };
        let mut done = 0;
        while done < self.region {
            let steps = (self.region - done).min(CHUNK);
            for at in (0..steps).step_by(BATCH) {
                // SAFETY: the caller has AVX2; at most `region` steps are made, whose bytes the assertion above puts within the data.
                unsafe { self.batch(&mut sets, notes, done + at, at) };
            }
            self.examine(notes, done, steps, hits);
            done += steps;
        }
    }

    /// `BATCH` steps of all sets, from step `from` of the region; notes go to `at`.
    ///
    /// # Safety
    /// The processor has AVX2, and the step is within the region.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn batch<K: Kind>(&self, sets: &mut [K; SETS], notes: &mut Notes, from: usize, at: usize) {
        let table = self.index.filter.words.as_ptr();
        let mask = _mm256_set1_epi32(self.index.filter.words.len() as i32 - 1);
        let byte = _mm256_set1_epi32(0xff);
        let zero = _mm256_setzero_si256();
        let (mut out, mut into) = ([[zero; LANES]; SETS], [[zero; LANES]; SETS]);
        for set in 0..SETS {
            for lane in 0..LANES {
                let place = self.start + (set * LANES + lane) * self.region + from;
                out[set][lane] = self.load(place);
                into[set][lane] = self.load(place + self.window);
            }
            out[set] = transpose(out[set]);
            into[set] = transpose(into[set]);
        }
        let mut rolling = *sets;
        for four in 0..LANES {
            let mut leaving = [out[0][four], out[1][four]];
            let mut entering = [into[0][four], into[1][four]];
            for one in 0..4 {
                let step = (at + four * 4 + one) & (CHUNK - 1);
                for set in 0..SETS {
                    // SAFETY: AVX2 is the caller's promise; the gather's addresses are masked to the table's length, a power of two;
                    // a step's keys are 32 bytes.
                    unsafe {
                        let (keys, mixed) = rolling[set].keys();
                        let words = _mm256_and_si256(_mm256_srli_epi32::<5>(mixed), mask);
                        let words = _mm256_i32gather_epi32::<4>(table.cast(), words);
                        // 31 less the bit's number: shifted by that, the bit becomes the sign.
                        let count = _mm256_andnot_si256(mixed, _mm256_set1_epi32(31));
                        let passed = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_sllv_epi32(words, count)));
                        notes.masks[set][step] = passed as u8;
                        _mm256_storeu_si256(notes.keys[set][step].as_mut_ptr().cast(), keys);
                        rolling[set].slide(
                            _mm256_and_si256(leaving[set], byte),
                            _mm256_and_si256(entering[set], byte),
                        );
                    }
                    leaving[set] = _mm256_srli_epi32::<8>(leaving[set]);
                    entering[set] = _mm256_srli_epi32::<8>(entering[set]);
                }
            }
        }
        for set in &mut rolling {
            // SAFETY: AVX2 is the caller's promise.
            unsafe { set.settle() };
        }
        *sets = rolling;
    }

    /// 32 bytes of the data from `at`; what lies behind the end is zero.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(&self, at: usize) -> __m256i {
        // SAFETY: 32 bytes from `at` lie within the data, or are copied from what does.
        unsafe {
            if at + BATCH <= self.data.len() {
                return _mm256_loadu_si256(self.data.as_ptr().add(at).cast());
            }
            let mut bytes = [0u8; BATCH];
            let rest = self.data.get(at..).unwrap_or_default();
            bytes[..rest.len()].copy_from_slice(rest);
            _mm256_loadu_si256(bytes.as_ptr().cast())
        }
    }

    /// Looks up what passed the bit table in the `steps` steps from step `from` of the region on.
    fn examine(&self, notes: &Notes, from: usize, steps: usize, hits: &mut Vec<Hit>) {
        // Bits that also pass the second table. That is asked without a branch on the answer, so that the loads of many overlap.
        let mut left = [0u8; 64];
        for set in 0..SETS {
            let keys = notes.keys[set].as_flattened();
            for (eight, masks) in notes.masks[set][..steps].chunks_exact(8).enumerate() {
                let mut bits = u64::from_le_bytes(masks.try_into().expect("chunks of eight"));
                let keys = &keys[eight * 64..][..64];
                let mut count = 0;
                while bits != 0 {
                    let bit = bits.trailing_zeros();
                    bits &= bits - 1;
                    left[count & 63] = bit as u8;
                    count += usize::from(self.index.may_have(keys[bit as usize & 63]));
                }
                for &bit in &left[..count] {
                    let bit = usize::from(bit);
                    let weak = weak_of(self.blocks.weak_kind, keys[bit], self.blocks.block_length);
                    if self.index.has(weak, self.blocks) {
                        let (step, lane) = (eight * 8 + bit / LANES, bit % LANES);
                        let position = self.start + (set * LANES + lane) * self.region + from + step;
                        hits.push(Hit { position, weak });
                    }
                }
            }
        }
    }
}
