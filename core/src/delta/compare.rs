//! The delta between two files that are both at hand. In: the old and the new file. Out: [`Op`]s, to the byte.
//!
//! A signature finds whole blocks; with the old file itself there is no need for blocks. Every 16th byte of the old file is
//! noted in a table by the 16 bytes that start there; the new file is walked, and wherever 16 bytes are found in
//! the table, or go on where the last copy left off, the match is extended to the byte in both directions (the greedy scheme of bsdiff's and
//! vcdiff's kin). What is left is literal.

use crate::checksum::tree;
use crate::delta::builder::{CountedEncoder, DeltaReport};
use crate::delta::format::DeltaEncoder;
use crate::delta::format::librsync::LibrsyncEncoder;
use crate::delta::format::native::NativeEncoder;
use crate::delta::op::{Op, Sink};
use crate::delta::options::{DeltaFormat, DeltaOptions, LibrsyncGeneration, LibrsyncMode};
use crate::delta::signature::BasisIdentity;
use crate::error::{Error, ErrorKind, Result};

/// Bytes that must be equal before a match is looked at, and the distance of the noted positions.
const SEED: usize = 16;
/// Bytes that must be equal where the last copy would go on behind an edit.
const RESUME: usize = 8;
/// How far behind the end of a copy its continuation is looked for, position by position.
const RESUME_REACH: usize = 64;
/// After so many misses in a row (as a power of two) the walk takes steps longer by one, up to `MAX_STEP`.
const STEP_SHIFT: u32 = 7;
const MAX_STEP: usize = SEED;

/// The delta from `old` to `new`, in `format`, as small as byte-exact matches make it.
///
/// Memory: beside the two files a quarter of the old one. `options.mode` and `options.generation` have no effect.
///
/// # Errors
/// [`InvalidArgument`](ErrorKind::InvalidArgument) for options out of their bounds, [`LimitExceeded`](ErrorKind::LimitExceeded) for an old file of 64 GiB or more.
///
/// ```
/// use syncline::delta::{self, DeltaFormat, DeltaOptions};
///
/// let old: Vec<u8> = (0..200u8).collect();
/// let new = [&old[..90], b"!", &old[90..]].concat();
/// let delta = delta::diff(&old, &new, DeltaFormat::Librsync, &DeltaOptions::default())?;
/// assert!(delta.len() < 20);
/// assert_eq!(delta::patch(&old, &delta)?, new);
/// # Ok::<(), syncline::Error>(())
/// ```
pub fn diff(old: &[u8], new: &[u8], format: DeltaFormat, options: &DeltaOptions) -> Result<Vec<u8>> {
    diff_with_report(old, new, format, options).map(|(delta, _)| delta)
}

/// As [`diff`], with what the delta is made of.
///
/// # Errors
/// As [`diff`].
pub fn diff_with_report(
    old: &[u8],
    new: &[u8],
    format: DeltaFormat,
    options: &DeltaOptions,
) -> Result<(Vec<u8>, DeltaReport)> {
    let encoder = match format {
        DeltaFormat::Native => {
            let basis = BasisIdentity { length: old.len() as u64, hash: tree::hash(old, options.workers) };
            DeltaEncoder::Native(NativeEncoder::new(basis, options.compression)?)
        }
        DeltaFormat::Librsync => DeltaEncoder::Librsync(LibrsyncEncoder::new(
            LibrsyncMode::Compact,
            LibrsyncGeneration::default(),
            options.check,
        )),
    };
    let mut encoder = CountedEncoder::new(encoder);
    compare(old, new, &mut encoder)?;
    let hash = encoder.wants_hash().then(|| tree::hash(new, options.workers));
    let mut out = Vec::new();
    let report = encoder.finish(new.len() as u64, hash, &mut out)?;
    Ok((out, report))
}

/// Passes the operations that make `new` of `old` to `sink`.
pub(crate) fn compare(old: &[u8], new: &[u8], sink: &mut dyn Sink) -> Result<()> {
    let table = Table::new(old)?;
    let mut at = 0;
    let mut literal = 0;
    let mut misses = 0usize;
    // Where in the old file the current literal would start, had it been there.
    let mut resume = 0usize;
    let mut resume_end = 0usize;
    while let Some(seed) = new.get(at..at + SEED) {
        let continued = (at < resume_end)
            .then(|| resume + (at - literal))
            .filter(|&from| starts_alike(old, from, &new[at..], RESUME));
        let found = table.look_up(old, seed);
        let best = [continued, found]
            .into_iter()
            .flatten()
            .map(|from| (common_prefix(&old[from..], &new[at..]), from))
            .max_by_key(|&(length, _)| length);
        let Some((length, from)) = best else {
            at += (1 + (misses >> STEP_SHIFT)).min(MAX_STEP);
            misses += 1;
            continue;
        };
        let back = common_suffix(&old[..from], &new[literal..at]);
        let (start, from, length) = (at - back, from - back, length + back);
        if start > literal {
            sink.op(Op::Literal(&new[literal..start]))?;
        }
        sink.op(Op::Copy { offset: from as u64, length: length as u64 })?;
        at = start + length;
        literal = at;
        resume = from + length;
        resume_end = at + RESUME_REACH;
        misses = 0;
    }
    if literal < new.len() {
        sink.op(Op::Literal(&new[literal..]))?;
    }
    Ok(())
}

fn starts_alike(old: &[u8], from: usize, new: &[u8], count: usize) -> bool {
    match (old.get(from..from + count), new.get(..count)) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

/// Positions of the old file by the bytes there.
struct Table {
    /// Numbers of seeds, plus one; 0 is none.
    slots: Vec<u32>,
    shift: u32,
}

impl Table {
    fn new(old: &[u8]) -> Result<Table> {
        let seeds = old.len() / SEED;
        if u32::try_from(seeds + 1).is_err() {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                "the old file is too long to be compared byte for byte (64 GiB): make a signature of it instead",
            ));
        }
        let bits = (seeds + seeds / 2).next_power_of_two().max(1 << 10).ilog2();
        let mut table = Table { slots: vec![0; 1 << bits], shift: 64 - bits };
        for (number, seed) in old.chunks_exact(SEED).enumerate() {
            let slot = table.slot(seed);
            // The first of equal seeds stays: runs are then copied from their start.
            if table.slots[slot] == 0 {
                table.slots[slot] = number as u32 + 1;
            }
        }
        Ok(table)
    }

    fn slot(&self, seed: &[u8]) -> usize {
        let half = |at: usize| u64::from_le_bytes(seed[at..at + 8].try_into().expect("eight bytes"));
        let mixed =
            (half(0).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ half(8)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed ^ (mixed >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn look_up(&self, old: &[u8], seed: &[u8]) -> Option<usize> {
        let number = self.slots[self.slot(seed)].checked_sub(1)?;
        let from = number as usize * SEED;
        (old[from..from + SEED] == *seed).then_some(from)
    }
}

/// Bytes that are equal from the start.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const STEP: usize = 32;
    let whole = a.chunks_exact(STEP).zip(b.chunks_exact(STEP)).take_while(|(a, b)| a == b).count() * STEP;
    whole + a[whole..].iter().zip(&b[whole..]).take_while(|(a, b)| a == b).count()
}

/// Bytes that are equal at the end.
fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::patch;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_two_files_are_rebuilt_in_either_format(
            old in prop::collection::vec(0u8..4, 0..3000),
            extra in prop::collection::vec(any::<u8>(), 0..300),
            cut in 0usize..3000,
        ) {
            let cut = cut.min(old.len());
            let new = [&old[cut..], &extra, &old[..cut]].concat();
            for format in [DeltaFormat::Native, DeltaFormat::Librsync] {
                let delta = diff(&old, &new, format, &DeltaOptions::new().check(true)).unwrap();
                prop_assert_eq!(&patch(&old, &delta).unwrap(), &new);
            }
        }
    }

    #[test]
    fn matches_reach_to_the_byte_in_both_directions() {
        let old: Vec<u8> = blake3::Hasher::new().update(b"old").finalize_xof().take_bytes(5000);
        let new = [&old[3..1001], b"<new>", &old[1009..]].concat();
        let mut ops = Vec::new();
        compare(&old, &new, &mut |op: Op<'_>| {
            ops.push(format!("{op:?}"));
            Ok(())
        })
        .unwrap();
        assert_eq!(
            ops,
            [
                "Copy { offset: 3, length: 998 }",
                "Literal([60, 110, 101, 119, 62])",
                "Copy { offset: 1009, length: 3991 }"
            ]
        );
    }

    trait TakeBytes {
        fn take_bytes(self, count: usize) -> Vec<u8>;
    }

    impl TakeBytes for blake3::OutputReader {
        fn take_bytes(mut self, count: usize) -> Vec<u8> {
            let mut bytes = vec![0; count];
            self.fill(&mut bytes);
            bytes
        }
    }
}
