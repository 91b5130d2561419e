//! The delta between two files that are both at hand. In: the old and the new file. Out: [`Op`]s, to the byte.
//!
//! A signature finds whole blocks; with the old file itself there is no need for blocks. Every 16th position of the old file
//! is noted by the 16 bytes that stand there. The new file is walked: at each position the noted ones with the same bytes, nearest
//! to where the last copy would go on, are looked at, and every position around that place by the eight bytes there, so that what an
//! edit left standing is found although it is short. The match that spares most, its own cost counted, is extended to the byte in
//! both directions; a far one is only taken if the near text does not go on better a little later. What is left is literal.

use crate::checksum::tree;
use crate::delta::builder::{CountedEncoder, DeltaReport};
use crate::delta::format::DeltaEncoder;
use crate::delta::format::librsync::LibrsyncEncoder;
use crate::delta::format::native::NativeEncoder;
use crate::delta::op::{Op, Sink};
use crate::delta::options::{DeltaFormat, DeltaOptions, LibrsyncMode};
use crate::delta::signature::BasisIdentity;
use crate::error::Result;

/// Bytes that must be equal before a match far away is looked at.
const SEED: usize = 16;
/// The shortest distance of the positions of the old file that are noted.
const MIN_STRIDE: usize = 16;
/// The most positions that are noted, but for rounding: of longer files every 32nd, 64th … is.
const MAX_SEEDS: usize = 6 << 20;
/// Bytes of the new file between two calls of the watcher, unless a single copy is longer.
const WATCHED: usize = 1 << 20;
/// Misses in a row before positions are noted at all: what was inserted into a file that is otherwise the same is shorter.
const PATIENCE: usize = 32;
/// Positions with the same seed that are looked at: those nearest to where the last copy would go on.
const CANDIDATES: usize = 8;
/// After so many misses in a row (as a power of two) the walk takes steps longer by one, up to `MAX_STEP`.
const STEP_SHIFT: u32 = 7;
const MAX_STEP: usize = 64;

/// The delta from `old` to `new`, in `format`, as small as byte-exact matches make it.
///
/// Memory: beside the two files at most 96 MiB. `options.mode` and `options.generation` have no effect.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for options out of their bounds.
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
    diff_watched(old, new, format, options, &mut |_| Ok(()))
}

/// As [`diff_with_report`]; `watch` hears now and then how many bytes of the new file are done, and stops the work with an error.
pub(crate) fn diff_watched(
    old: &[u8],
    new: &[u8],
    format: DeltaFormat,
    options: &DeltaOptions,
    watch: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<(Vec<u8>, DeltaReport)> {
    let encoder = match format {
        DeltaFormat::Native => {
            let basis = BasisIdentity { length: old.len() as u64, hash: tree::hash(old, options.workers) };
            DeltaEncoder::Native(NativeEncoder::new(basis, options.compression)?)
        }
        DeltaFormat::Librsync => {
            let options = options.clone().mode(LibrsyncMode::Compact);
            DeltaEncoder::Librsync(LibrsyncEncoder::new(&options, old.len()))
        }
    };
    let mut encoder = CountedEncoder::new(encoder);
    compare(old, new, &mut encoder, watch)?;
    let hash = encoder.wants_hash().then(|| tree::hash(new, options.workers));
    let mut out = Vec::new();
    let report = encoder.finish(new.len() as u64, hash, &mut out)?;
    Ok((out, report))
}

/// Passes the operations that make `new` of `old` to `sink`.
pub(crate) fn compare(
    old: &[u8],
    new: &[u8],
    sink: &mut dyn Sink,
    watch: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut seeds = None;
    let mut nearby = Nearby::new();
    let mut at = 0;
    // Where the current literal starts, and where it would start in the old file if the last copy went on.
    let (mut literal, mut resume) = (0, 0);
    let mut misses = 0usize;
    let mut watched = 0;
    while at < new.len() {
        if at - watched.min(at) >= WATCHED {
            watched = at;
            watch(at as u64)?;
        }
        let expected = resume + (at - literal);
        let near = nearby.look_up(old, resume, new, at, at - literal);
        let far = seeds.as_ref().and_then(|seeds: &Seeds| seeds.look_up(old, new, at, expected));
        let found = [near, far].into_iter().flatten().map(|from| Match::at(old, from, new, at, literal));
        let best = found.filter(|found| found.pays(resume)).max_by_key(|found| found.worth(resume));
        let best = best.map(|best| later(old, new, at, literal, resume, &mut nearby, best));
        let Some(best) = best else {
            at += (1 + (misses >> STEP_SHIFT)).min(MAX_STEP);
            misses += 1;
            if misses == PATIENCE && seeds.is_none() {
                seeds = Some(Seeds::new(old));
                (at, misses) = (literal, 0);
            }
            continue;
        };
        if best.to > literal {
            sink.op(Op::Literal(&new[literal..best.to]))?;
        }
        sink.op(Op::Copy { offset: best.from as u64, length: best.length as u64 })?;
        at = best.to + best.length;
        (literal, resume) = (at, best.from + best.length);
        misses = 0;
    }
    if literal < new.len() {
        sink.op(Op::Literal(&new[literal..]))?;
    }
    Ok(())
}

/// `best`, or a match near the end of the last copy that starts a little later and spares more, what comes before it as a literal counted.
fn later(
    old: &[u8],
    new: &[u8],
    at: usize,
    literal: usize,
    resume: usize,
    nearby: &mut Nearby,
    best: Match,
) -> Match {
    let mut best = best;
    if best.cost(resume) <= NEAR_COST || best.length >= LONG {
        return best;
    }
    for step in 1..LOOK_AHEAD {
        let at = at + step;
        let Some(from) = nearby.look_up(old, resume, new, at, at - literal) else { continue };
        let found = Match::at(old, from, new, at, literal);
        if found.worth(resume) > best.worth(resume) + step {
            best = found;
        }
    }
    best
}

/// Equal bytes: `length` of them, from `from` of the old file and `to` of the new one.
#[derive(Clone, Copy, Debug)]
struct Match {
    from: usize,
    to: usize,
    length: usize,
}

impl Match {
    /// The match through `from` and `at`, extended in both directions, but not over what is covered before `literal`.
    fn at(old: &[u8], from: usize, new: &[u8], at: usize, literal: usize) -> Match {
        let back = common_suffix(&old[..from], &new[literal..at]);
        let length = back + common_prefix(&old[from..], &new[at..]);
        Match { from: from - back, to: at - back, length }
    }

    /// What it spares, roughly, in bytes: its length, less what it costs to say where it is.
    fn worth(&self, resume: usize) -> usize {
        self.length.saturating_sub(self.cost(resume))
    }

    fn pays(&self, resume: usize) -> bool {
        self.worth(resume) > 0
    }

    fn cost(&self, resume: usize) -> usize {
        match self.from.abs_diff(resume) {
            0..0x40 => 7,
            0x40..0x2000 => NEAR_COST,
            0x2000..0x10_0000 => 19,
            _ => 22,
        }
    }
}

/// What it costs to say where a match near the end of the last copy is, in bytes.
const NEAR_COST: usize = 9;
/// A match of this many bytes is taken without looking for a better one.
const LONG: usize = 256;
/// How many positions further on a better match is looked for.
const LOOK_AHEAD: usize = 48;

/// Every `stride`th position of the old file, by the `SEED` bytes there: in buckets by hash, in order within a bucket.
struct Seeds {
    /// Where each bucket starts in `order`; one more than there are buckets.
    starts: Vec<u32>,
    /// Numbers of seeds.
    order: Vec<u32>,
    shift: u32,
    stride: usize,
}

impl Seeds {
    fn new(old: &[u8]) -> Seeds {
        let stride = old.len().div_ceil(MAX_SEEDS).next_power_of_two().max(MIN_STRIDE);
        let count = old.len() / stride;
        let bits = (count / 4).next_power_of_two().max(1 << 10).ilog2();
        let mut seeds =
            Seeds { starts: vec![0; (1 << bits) + 1], order: vec![0; count], shift: 64 - bits, stride };
        for seed in old.chunks_exact(stride) {
            let bucket = seeds.bucket(seed);
            seeds.starts[bucket + 1] += 1;
        }
        for i in 1..seeds.starts.len() {
            seeds.starts[i] += seeds.starts[i - 1];
        }
        // Each bucket's start serves as its end while it fills from the back, and is its start again in the end.
        for bucket in (1..seeds.starts.len()).rev() {
            seeds.starts[bucket] = seeds.starts[bucket - 1];
        }
        for (number, seed) in old.chunks_exact(stride).enumerate() {
            let bucket = seeds.bucket(seed);
            let slot = &mut seeds.starts[bucket + 1];
            seeds.order[*slot as usize] = number as u32;
            *slot += 1;
        }
        seeds.starts[0] = 0;
        seeds
    }

    fn bucket(&self, seed: &[u8]) -> usize {
        let half = |at: usize| u64::from_le_bytes(seed[at..at + 8].try_into().expect("eight bytes"));
        let mixed =
            (half(0).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ half(8)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed ^ (mixed >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    /// Of the positions where the bytes at `at` of `new` stand, and which are nearest to `expected`, the one from which most is equal.
    fn look_up(&self, old: &[u8], new: &[u8], at: usize, expected: usize) -> Option<usize> {
        let seed = new.get(at..at + SEED)?;
        let bucket = self.bucket(seed);
        let bucket = &self.order[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        let middle = bucket.partition_point(|&number| (number as usize) * self.stride < expected);
        let first = middle.saturating_sub(CANDIDATES / 2);
        let last = (first + CANDIDATES).min(bucket.len());
        bucket[first..last]
            .iter()
            .map(|&number| number as usize * self.stride)
            .filter(|&from| old[from..from + SEED] == *seed)
            .map(|from| {
                (common_prefix(&old[from..], &new[at..]), std::cmp::Reverse(from.abs_diff(expected)), from)
            })
            .max()
            .map(|(_, _, from)| from)
    }
}

/// Every position of the old file around the end of the last copy, by the few bytes there: what an edit left standing is found
/// although it is too short for a seed.
struct Nearby {
    /// Positions less `base`, by hash; slots of other rounds are stale.
    slots: Vec<(u32, u32)>,
    round: u32,
    base: usize,
    /// The end of the copy it was made for.
    resume: Option<usize>,
}

/// Bytes that must be equal.
const SHORT: usize = 8;
/// How far before and behind the end of the last copy is looked.
const BEFORE: usize = 256;
const BEHIND: usize = 2048;
/// How long a literal may become before no more is looked for near its start.
const REACH: usize = 1024;

impl Nearby {
    fn new() -> Nearby {
        Nearby { slots: vec![(0, 0); 1 << 13], round: 0, base: 0, resume: None }
    }

    fn slot(bytes: &[u8]) -> usize {
        let bytes = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        (bytes.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - 13)) as usize
    }

    /// A position near the end of the last copy, `resume`, where the bytes at `at` of `new` stand, `gap` bytes behind that copy.
    fn look_up(&mut self, old: &[u8], resume: usize, new: &[u8], at: usize, gap: usize) -> Option<usize> {
        let wanted = new.get(at..at + SHORT).filter(|_| gap < REACH)?;
        let straight = resume + gap;
        if old.get(straight..straight + SHORT) == Some(wanted) {
            return Some(straight);
        }
        if self.resume != Some(resume) {
            self.fill(old, resume);
        }
        let (round, place) = self.slots[Nearby::slot(wanted)];
        let from = self.base + place as usize;
        (round == self.round && old[from..from + SHORT] == *wanted).then_some(from)
    }

    fn fill(&mut self, old: &[u8], resume: usize) {
        self.resume = Some(resume);
        self.base = resume.saturating_sub(BEFORE);
        self.round = self.round.wrapping_add(1);
        if self.round == 0 {
            self.slots.fill((0, 0));
            self.round = 1;
        }
        let around = &old[self.base..(resume + BEHIND).min(old.len())];
        for (place, bytes) in around.windows(SHORT).enumerate() {
            let slot = &mut self.slots[Nearby::slot(bytes)];
            // The first of equal ones behind the copy's end stays.
            if slot.0 != self.round || self.base + (slot.1 as usize) < resume {
                *slot = (self.round, place as u32);
            }
        }
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
        compare(
            &old,
            &new,
            &mut |op: Op<'_>| {
                ops.push(format!("{op:?}"));
                Ok(())
            },
            &mut |_| Ok(()),
        )
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
