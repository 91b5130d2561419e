//! Weak sums: cheap to slide by one byte over a file. In: bytes. Out: 32-bit sums.

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
    let mut rolling = Rolling::new(kind);
    for &byte in block {
        rolling.append(byte);
    }
    rolling.digest()
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
}
