//! Weak sums: cheap to slide by one byte over a file. In: bytes. Out: 32-bit sums.
//!
//! [`Rolling`] is the reference; [`block_sum`] uses AVX2 where the processor has it.

#[cfg(target_arch = "x86_64")]
mod avx2;

/// Which weak sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WeakKind {
    /// Adler-32 (RFC 1950 §8.2): the native format's.
    Adler32,
    /// librsync's rollsum: rsync's sum with 31 added to each byte (docs/spec/librsync.md §3.1).
    Rollsum,
    /// librsync's RabinKarp: a polynomial modulo 2³² (docs/spec/librsync.md §3.2).
    RabinKarp,
    /// rsync's own sum, of bytes taken as signed numbers (docs/spec/wire-3-transfer.md §4.2).
    Rsync,
}
const ADLER: u32 = 65521;
const MULT: u32 = 0x0810_4225;

/// The weak sum of one block.
pub fn block_sum(kind: WeakKind, block: &[u8]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if let Some(sum) = avx2::block_sum(kind, block) {
        return sum;
    }
    portable_sum(kind, block)
}

/// [`block_sum`] on any processor.
fn portable_sum(kind: WeakKind, block: &[u8]) -> u32 {
    match kind {
        WeakKind::RabinKarp => append_polynomial(1, block),
        _ => {
            let mut sums = PairSum::new(kind);
            block.chunks(PairSum::SEGMENT).for_each(|segment| sums.add_bytes(segment));
            sums.digest()
        }
    }
}

/// The RabinKarp sum of bytes that have the sum `hash`, followed by `bytes`.
fn append_polynomial(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, &byte| hash.wrapping_mul(MULT).wrapping_add(u32::from(byte)))
}

/// The sum of all bytes and the sum of all its values on the way, as every kind but RabinKarp has them.
struct PairSum {
    /// Flips the bits in which bytes differ from the numbers that are added.
    flip: u8,
    /// Is added to each byte after that.
    offset: u64,
    modulus: u64,
    a: u64,
    b: u64,
}

impl PairSum {
    /// At most this many bytes are added at a time, so that nothing overflows.
    const SEGMENT: usize = 32 << 10;

    fn new(kind: WeakKind) -> PairSum {
        let (flip, offset, modulus, a) = match kind {
            WeakKind::Adler32 => (0, 0, u64::from(ADLER), 1),
            WeakKind::Rollsum => (0, 31, 1 << 16, 0),
            // A signed byte is its bits with the top one flipped, less 128.
            _ => (0x80, (1 << 16) - 128, 1 << 16, 0),
        };
        PairSum { flip, offset, modulus, a, b: 0 }
    }

    /// Takes in bytes one by one.
    fn add_bytes(&mut self, bytes: &[u8]) {
        let (mut sum, mut weighted) = (0_u32, 0_u64);
        for &byte in bytes {
            sum += u32::from(byte ^ self.flip);
            weighted += u64::from(sum);
        }
        self.add_segment(bytes.len(), u64::from(sum), weighted);
    }

    /// Takes in `length` bytes, no more than a segment: the sum of the flipped bytes, and the sum of each times its
    /// distance from the end, where the last byte is at 1.
    fn add_segment(&mut self, length: usize, sum: u64, weighted: u64) {
        let n = length as u64;
        self.b = (self.b + n * self.a + weighted + self.offset * (n * (n + 1) / 2)) % self.modulus;
        self.a = (self.a + sum + self.offset * n) % self.modulus;
    }

    fn digest(&self) -> u32 {
        ((self.b << 16) | self.a) as u32
    }
}

/// A weak sum over a window that slides.
#[derive(Clone, Debug)]
pub struct Rolling {
    kind: WeakKind,
    a: u32,
    b: u32,
    length: u32,
}

impl Rolling {
    /// The sum of the empty window.
    pub fn new(kind: WeakKind) -> Rolling {
        match kind {
            WeakKind::Adler32 => Rolling { kind, a: 1, b: 0, length: 0 },
            WeakKind::RabinKarp => Rolling { kind, a: 1, b: 1, length: 0 },
            WeakKind::Rollsum | WeakKind::Rsync => Rolling { kind, a: 0, b: 0, length: 0 },
        }
    }

    /// Takes `byte` in at the end of the window.
    pub fn append(&mut self, byte: u8) {
        let x = u32::from(byte);
        match self.kind {
            WeakKind::Adler32 => {
                self.a = (self.a + x) % ADLER;
                self.b = (self.b + self.a) % ADLER;
            }
            WeakKind::RabinKarp => {
                self.a = self.a.wrapping_mul(MULT).wrapping_add(x);
                self.b = self.b.wrapping_mul(MULT);
            }
            WeakKind::Rollsum | WeakKind::Rsync => {
                self.a = self.a.wrapping_add(self.summand(byte));
                self.b = self.b.wrapping_add(self.a);
            }
        }
        self.length += 1;
    }

    /// The sum of `window`.
    pub fn from_window(kind: WeakKind, window: &[u8]) -> Rolling {
        let mut rolling = Rolling::new(kind);
        window.iter().for_each(|&byte| rolling.append(byte));
        rolling
    }

    /// Drops `out` in front and takes `byte` in at the end.
    pub fn slide(&mut self, out: u8, byte: u8) {
        self.drop_front(out);
        self.append(byte);
    }

    /// Drops `out` in front.
    pub fn drop_front(&mut self, out: u8) {
        let o = u32::from(out);
        match self.kind {
            WeakKind::Adler32 => {
                self.a = (self.a + ADLER - o) % ADLER;
                let spent = (u64::from(self.length) * u64::from(o) + 1) % u64::from(ADLER);
                self.b = (self.b + ADLER - spent as u32) % ADLER;
            }
            WeakKind::RabinKarp => {
                self.b = self.b.wrapping_mul(0x98f0_09ad);
                self.a = self.a.wrapping_sub(self.b.wrapping_mul(o.wrapping_add(MULT - 1)));
            }
            WeakKind::Rollsum | WeakKind::Rsync => {
                let o = self.summand(out);
                self.a = self.a.wrapping_sub(o);
                self.b = self.b.wrapping_sub(self.length.wrapping_mul(o));
            }
        }
        self.length -= 1;
    }

    /// What a byte adds to rollsum and to rsync's sum.
    fn summand(&self, byte: u8) -> u32 {
        match self.kind {
            WeakKind::Rollsum => u32::from(byte) + 31,
            _ => i32::from(byte.cast_signed()).cast_unsigned(),
        }
    }

    /// The sum of the window as it stands.
    pub fn digest(&self) -> u32 {
        match self.kind {
            WeakKind::RabinKarp => self.a,
            _ => (self.b << 16) | (self.a & 0xffff),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rsyncs_sums_have_the_worked_values_of_the_specification() {
        let sevens: Vec<u8> = (0..700_u32).map(|i| (7 * i) as u8).collect();
        for (data, expected) in [
            (&b"abc"[..], 0x024a_0126),
            (&sevens, 0x41da_fea6),
            (&[0x41; 64], 0x1020_1040),
            (b"The quick brown ", 0x3141_05c6),
        ] {
            assert_eq!(block_sum(WeakKind::Rsync, data), expected);
        }
    }

    #[test]
    fn librsyncs_sums_have_the_values_of_the_specification() {
        let cases: [(Vec<u8>, u32, u32); 13] = [
            (vec![], 0, 1),
            (b"a".to_vec(), 0x0080_0080, 0x0810_4286),
            (b"abc".to_vec(), 0x0304_0183, 0x6629_8923),
            (vec![0], 0x001f_001f, 0x0810_4225),
            (vec![0xff], 0x011e_011e, 0x0810_4324),
            (vec![0; 16], 0x1078_01f0, 0x0bb4_09c1),
            (vec![0; 256], 0x8f80_1f00, 0x5510_1c01),
            (vec![0; 2048], 0x7c00_f800, 0xfe40_e001),
            (vec![0xff; 2048], 0x7800_f000, 0x4968_6801),
            ((0..=255).collect(), 0x3a00_9e80, 0xc197_2381),
            (b"abcdefghijklmnopqrstuvwxyz".to_vec(), 0xbaed_0e45, 0x18be_1c4c),
            (b"The quick brown fox jumps over the lazy dog".to_vec(), 0xce30_150e, 0x55ee_576a),
            ((0..4096_u32).map(|i| (i * i + 7 * i + 3) as u8).collect(), 0x2800_f000, 0x7f23_8001),
        ];
        for (data, rollsum, rabin_karp) in cases {
            for sum in [block_sum, portable_sum] {
                assert_eq!(sum(WeakKind::Rollsum, &data), rollsum, "{} bytes", data.len());
                assert_eq!(sum(WeakKind::RabinKarp, &data), rabin_karp, "{} bytes", data.len());
            }
        }
    }

    const KINDS: [WeakKind; 4] = [WeakKind::Adler32, WeakKind::Rollsum, WeakKind::RabinKarp, WeakKind::Rsync];

    #[test]
    fn nothing_overflows_on_long_runs_of_one_byte() {
        for byte in [0, 0x7f, 0x80, 0xff] {
            let data = vec![byte; 3 * PairSum::SEGMENT + 77];
            for kind in KINDS {
                let expected = Rolling::from_window(kind, &data).digest();
                assert_eq!(block_sum(kind, &data), expected, "{kind:?}");
                assert_eq!(portable_sum(kind, &data), expected, "{kind:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn fast_sums_equal_those_that_roll(
            data in proptest::collection::vec(proptest::num::u8::ANY, 0..1200),
            skip in 0_usize..64,
        ) {
            let data = &data[skip.min(data.len())..];
            for kind in KINDS {
                let expected = Rolling::from_window(kind, data).digest();
                assert_eq!(block_sum(kind, data), expected, "{kind:?}");
                assert_eq!(portable_sum(kind, data), expected, "{kind:?}");
            }
            let mut adler = adler32::RollingAdler32::new();
            adler.update_buffer(data);
            assert_eq!(block_sum(WeakKind::Adler32, data), adler.hash());
        }
    }
}
