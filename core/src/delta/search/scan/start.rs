//! The weak sums of many windows that overlap, from sums of the pieces between them. In: bytes, equally spaced positions. Out: one weak
//! sum for each.

use crate::checksum::{WeakKind, rolling};

/// RabinKarp's multiplier (docs/spec/librsync.md §3.2).
const MULT: u32 = 0x0810_4225;
const ADLER: u64 = 65521;

/// A weak sum with its constant parts taken out, so that sums of adjoining pieces add up.
#[derive(Clone, Copy)]
struct Plain {
    kind: WeakKind,
    /// Sum of the bytes; RabinKarp's whole value.
    a: u64,
    /// Sum of the bytes, each times its distance from the end.
    b: u64,
    length: u64,
}

/// `MULT` to the power of `exponent`.
pub(super) fn power(exponent: u64) -> u32 {
    let (mut result, mut square, mut rest) = (1u32, MULT, exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = result.wrapping_mul(square);
        }
        square = square.wrapping_mul(square);
        rest >>= 1;
    }
    result
}

impl Plain {
    fn of(kind: WeakKind, piece: &[u8]) -> Plain {
        let sum = rolling::block_sum(kind, piece);
        let (low, high) = (u64::from(sum & 0xffff), u64::from(sum >> 16));
        let n = piece.len() as u64;
        let (a, b) = match kind {
            WeakKind::Adler32 => ((low + ADLER - 1) % ADLER, (high + ADLER - n % ADLER) % ADLER),
            WeakKind::RabinKarp => (u64::from(sum.wrapping_sub(power(n))), 0),
            WeakKind::Rollsum | WeakKind::Rsync => {
                let each = if kind == WeakKind::Rollsum { 31 } else { 0 };
                let triangle = (u128::from(n) * u128::from(n + 1) / 2) as u64;
                (low.wrapping_sub(each * n), high.wrapping_sub(triangle.wrapping_mul(each)))
            }
        };
        Plain { kind, a, b, length: n }
    }

    /// The sum of this piece with `right` behind it.
    fn join(self, right: Plain) -> Plain {
        let (a, b) = match self.kind {
            WeakKind::Adler32 => {
                ((self.a + right.a) % ADLER, (self.b + self.a * (right.length % ADLER) + right.b) % ADLER)
            }
            WeakKind::RabinKarp => {
                ((self.a as u32).wrapping_mul(power(right.length)).wrapping_add(right.a as u32).into(), 0)
            }
            WeakKind::Rollsum | WeakKind::Rsync => (
                self.a.wrapping_add(right.a),
                self.b.wrapping_add(self.a.wrapping_mul(right.length)).wrapping_add(right.b),
            ),
        };
        Plain { a, b, length: self.length + right.length, ..self }
    }

    /// The sum of this piece without `front`, with which it starts.
    fn without(self, front: Plain) -> Plain {
        let rest = self.length - front.length;
        let (a, b) = match self.kind {
            WeakKind::Adler32 => (
                (self.a + ADLER - front.a) % ADLER,
                (self.b + 2 * ADLER - front.b - front.a * (rest % ADLER) % ADLER) % ADLER,
            ),
            WeakKind::RabinKarp => {
                ((self.a as u32).wrapping_sub((front.a as u32).wrapping_mul(power(rest))).into(), 0)
            }
            WeakKind::Rollsum | WeakKind::Rsync => (
                self.a.wrapping_sub(front.a),
                self.b.wrapping_sub(front.b).wrapping_sub(front.a.wrapping_mul(rest)),
            ),
        };
        Plain { a, b, length: rest, ..self }
    }

    fn digest(self) -> u32 {
        let n = self.length;
        match self.kind {
            WeakKind::Adler32 => ((((self.b + n % ADLER) % ADLER) << 16) | ((self.a + 1) % ADLER)) as u32,
            WeakKind::RabinKarp => (self.a as u32).wrapping_add(power(n)),
            WeakKind::Rollsum | WeakKind::Rsync => {
                let each = if self.kind == WeakKind::Rollsum { 31 } else { 0 };
                let triangle = (u128::from(n) * u128::from(n + 1) / 2) as u64;
                let low = self.a.wrapping_add(each * n) & 0xffff;
                let high = self.b.wrapping_add(triangle.wrapping_mul(each)) & 0xffff;
                (high << 16 | low) as u32
            }
        }
    }
}

/// The weak sums of `sums.len()` windows of `window` bytes: the first at `start`, each other `distance` bytes further on.
pub(super) fn windows(
    kind: WeakKind,
    window: usize,
    data: &[u8],
    start: usize,
    distance: usize,
    sums: &mut [u32],
) {
    if distance >= window {
        for (i, sum) in sums.iter_mut().enumerate() {
            *sum = rolling::block_sum(kind, &data[start + i * distance..][..window]);
        }
        return;
    }
    let mut at = start;
    let mut current = Plain::of(kind, &data[at..at + window]);
    for (i, sum) in sums.iter_mut().enumerate() {
        if i > 0 {
            let front = Plain::of(kind, &data[at..at + distance]);
            let next = Plain::of(kind, &data[at + window..at + window + distance]);
            current = current.without(front).join(next);
            at += distance;
        }
        *sum = current.digest();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_from_pieces_are_the_sums_of_the_windows() {
        let data: Vec<u8> = (0..200_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 21) as u8).collect();
        for kind in [WeakKind::Adler32, WeakKind::Rollsum, WeakKind::RabinKarp, WeakKind::Rsync] {
            for (window, distance) in [(1, 1), (16, 3), (1000, 64), (1000, 5000), (70_000, 4096), (65_536, 1)]
            {
                let mut sums = [0; 16];
                windows(kind, window, &data, 5, distance, &mut sums);
                for (i, sum) in sums.iter().enumerate() {
                    let expected = rolling::block_sum(kind, &data[5 + i * distance..][..window]);
                    assert_eq!(*sum, expected, "{kind:?} {window} {distance} {i}");
                }
            }
        }
    }
}
