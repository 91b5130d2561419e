//! Walks over a stretch of the new file. In: its bytes and a little beyond, and the basis' sums. Out: [`Piece`]s.
//!
//! After a match the next block is tried first, several at a time. Where it does not match, the block after it is tried
//! one block further on (an edit in place); only then does the vector scan look at every position. Failed
//! strong checks are paid from an allowance that grows with the bytes walked over, so that crafted input costs no more
//! than one strong sum per four bytes; librsync's exact choices allow neither the allowance nor the short cut.

use crate::checksum::rolling;
use crate::checksum::strong::StrongSum;
use crate::delta::index::Index;
use crate::delta::search::scan::{Hit, Scanner};
use crate::delta::search::{Blocks, Choice, Piece};

/// Strong checks that may fail before the allowance must have been earned.
const INITIAL_CHECKS: i64 = 32;
/// Bytes walked over that earn one byte of a strong check that may fail.
const EARNING: i64 = 4;
/// Blocks that are hashed together in expectation of a run.
const MAX_RUN: usize = 16;
/// Candidates tried at one position where each needs its own strong sum.
const MAX_CANDIDATES: usize = 3;
/// Positions looked at by the first scan after a miss; each further scan looks at twice as many.
const FIRST_REGION: usize = 4096;
const MAX_REGION: usize = 1 << 18;

/// Bytes of the new file to walk over.
#[derive(Clone, Copy)]
pub(crate) struct Stretch<'d> {
    /// From the stretch's start, and past its end by a block less one byte, or to the end of the new file.
    pub(crate) data: &'d [u8],
    /// Where `data` starts in the new file.
    pub(crate) offset: u64,
    /// Matches start before this index of `data`.
    pub(crate) end: usize,
    /// Whether `data` ends where the new file does.
    pub(crate) last: bool,
}

/// What a walk leaves to its successor when the new file arrives in pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Carry {
    /// The block that would continue the current copy.
    expected: Option<usize>,
    /// Blocks to hash together.
    run: usize,
}

/// The state of one walk.
pub(crate) struct Walk<'a> {
    blocks: Blocks<'a>,
    index: &'a Index,
    choice: Choice,
    stretch: Stretch<'a>,
    position: usize,
    literal_start: usize,
    carry: Carry,
    /// Bytes that may be hashed in vain, less the position.
    allowance: i64,
    pieces: Vec<Piece>,
    /// Blocks found at their own offset, with their sums: chaining values of the new file as well as of the basis.
    aligned: Vec<(u64, StrongSum)>,
    sums: Vec<StrongSum>,
    scanner: Scanner,
}

/// What a walk found.
pub(crate) struct Walked {
    /// Cover `data` from its start: to its end if it was the last stretch, else at least to `Stretch::end`, or, where the next window is
    /// not complete, to the position the walk stopped at.
    pub(crate) pieces: Vec<Piece>,
    /// Blocks found at their own offset, by number, with their full strong sums.
    pub(crate) aligned: Vec<(u64, StrongSum)>,
    /// Where to go on in a continued walk.
    pub(crate) position: usize,
    pub(crate) carry: Carry,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        blocks: Blocks<'a>,
        index: &'a Index,
        choice: Choice,
        stretch: Stretch<'a>,
        carry: Carry,
    ) -> Walk<'a> {
        Walk {
            blocks,
            index,
            choice,
            stretch,
            position: 0,
            literal_start: 0,
            carry,
            allowance: INITIAL_CHECKS * i64::from(blocks.block_length),
            pieces: Vec::new(),
            aligned: Vec::new(),
            sums: Vec::new(),
            scanner: Scanner::new(blocks.weak_kind, blocks.block_length as usize),
        }
    }

    /// Walks to the end of the stretch.
    pub(crate) fn run(mut self) -> Walked {
        while self.position < self.stretch.end && !self.blocks.weak.is_empty() {
            if self.continue_copy() || self.match_here() || self.match_in_place() {
                continue;
            }
            self.carry = Carry { expected: None, run: 1 };
            if self.window(self.position).is_none() || !self.scan_on() {
                break;
            }
        }
        let mut end = self.position;
        if self.stretch.last {
            self.match_tail();
            end = self.stretch.data.len();
        } else if self.blocks.weak.is_empty() {
            end = self.stretch.end;
        }
        self.position = self.position.max(end);
        self.put_literal(self.position);
        Walked { pieces: self.pieces, aligned: self.aligned, position: self.position, carry: self.carry }
    }

    fn block_length(&self) -> usize {
        self.blocks.block_length as usize
    }

    /// The full window at `at`, if the data reach that far.
    fn window(&self, at: usize) -> Option<&'a [u8]> {
        self.stretch.data.get(at..)?.get(..self.block_length())
    }

    /// Extends the current copy by the blocks that follow it.
    fn continue_copy(&mut self) -> bool {
        let Some(expected) = self.carry.expected else {
            return false;
        };
        let full = self.blocks.full_count();
        if expected >= full {
            return self.continue_into_short_block(expected);
        }
        if self.choice == Choice::Exact {
            return self.match_run_exactly();
        }
        let length = self.block_length();
        let data = &self.stretch.data[self.position..];
        let wanted = self.carry.run.clamp(1, MAX_RUN).min(full - expected).min(data.len() / length);
        let mut same = 0;
        while same < wanted
            && self.position + same * length < self.stretch.end
            && rolling::block_sum(self.blocks.weak_kind, &data[same * length..][..length])
                == self.blocks.weak[expected + same]
        {
            same += 1;
        }
        if same == 0 {
            return false;
        }
        let mut sums = std::mem::take(&mut self.sums);
        self.blocks.sums(data, expected, same, &mut sums);
        let agreed = (0..same).take_while(|&i| self.blocks.agrees(&sums[i], expected + i)).count();
        for (i, sum) in sums.iter().enumerate().take(agreed) {
            self.accept(self.position, expected + i, length, sum);
        }
        self.sums = sums;
        if agreed < same {
            self.allowance -= ((same - agreed) * length) as i64;
            self.carry.run = 1;
        } else {
            self.carry.run = (wanted * 2).min(MAX_RUN);
        }
        agreed > 0
    }

    /// Takes the short last block where it continues the current copy.
    fn continue_into_short_block(&mut self, expected: usize) -> bool {
        let (Some(length), true) = (self.blocks.last_length, expected + 1 == self.blocks.weak.len()) else {
            return false;
        };
        self.match_short_block(self.position, length as usize)
    }

    fn match_short_block(&mut self, at: usize, length: usize) -> bool {
        let number = self.blocks.weak.len() - 1;
        let Some(window) = self.stretch.data.get(at..).and_then(|rest| rest.get(..length)) else {
            return false;
        };
        if rolling::block_sum(self.blocks.weak_kind, window) != self.blocks.weak[number] {
            return false;
        }
        let sum = self.blocks.sum(window, number);
        if !self.blocks.agrees(&sum, number) {
            return false;
        }
        self.accept(at, number, length, &sum);
        true
    }

    /// A run of windows, each matched with the lowest block that agrees.
    fn match_run_exactly(&mut self) -> bool {
        let length = self.block_length();
        let data = &self.stretch.data[self.position..];
        let wanted = self.carry.run.clamp(1, MAX_RUN).min(data.len() / length);
        let mut groups: [&[u32]; MAX_RUN] = [&[]; MAX_RUN];
        let mut promising = 0;
        while promising < wanted && self.position + promising * length < self.stretch.end {
            let weak = rolling::block_sum(self.blocks.weak_kind, &data[promising * length..][..length]);
            groups[promising] = self.index.group(weak, &self.blocks);
            if groups[promising].is_empty() {
                break;
            }
            promising += 1;
        }
        let mut sums = std::mem::take(&mut self.sums);
        self.blocks.sums(data, 0, promising, &mut sums);
        let mut agreed = 0;
        while agreed < promising {
            let Some(number) = self.blocks.lowest(groups[agreed], &sums[agreed]) else {
                break;
            };
            self.accept(self.position, number, length, &sums[agreed]);
            agreed += 1;
        }
        self.sums = sums;
        self.carry.run = if agreed == wanted { (wanted * 2).min(MAX_RUN) } else { 1 };
        agreed > 0
    }

    /// Takes any block that stands at the current position.
    fn match_here(&mut self) -> bool {
        self.match_at(self.position)
    }

    /// Takes any block that stands at `at`.
    fn match_at(&mut self, at: usize) -> bool {
        let Some(window) = self.window(at) else { return false };
        let weak = rolling::block_sum(self.blocks.weak_kind, window);
        self.match_candidates(at, weak)
    }

    /// Takes a block with the weak sum `weak` at `at`, if a strong sum agrees.
    fn match_candidates(&mut self, at: usize, weak: u32) -> bool {
        let group = self.index.group(weak, &self.blocks);
        if group.is_empty() || !self.may_check(at) {
            return false;
        }
        let Some(window) = self.window(at) else {
            return false;
        };
        if self.blocks.sums_are_positionless() {
            let sum = self.blocks.sum(window, 0);
            if let Some(number) = self.blocks.lowest(group, &sum) {
                self.accept(at, number, window.len(), &sum);
                return true;
            }
            self.allowance -= window.len() as i64;
            return false;
        }
        let own = self.own_block(at).filter(|own| group.binary_search(own).is_ok());
        let others = group.iter().copied().filter(|&number| Some(number) != own);
        for number in own.into_iter().chain(others).take(MAX_CANDIDATES) {
            let number = number as usize;
            let sum = self.blocks.sum(window, number);
            if self.blocks.agrees(&sum, number) {
                self.accept(at, number, window.len(), &sum);
                return true;
            }
            self.allowance -= window.len() as i64;
        }
        false
    }

    /// The block whose offset in the basis is the new file's offset of `at`.
    fn own_block(&self, at: usize) -> Option<u32> {
        let offset = self.stretch.offset + at as u64;
        let length = u64::from(self.blocks.block_length);
        if offset.is_multiple_of(length) { u32::try_from(offset / length).ok() } else { None }
    }

    /// Whether the allowance has a strong check left at `at`.
    fn may_check(&self, at: usize) -> bool {
        self.choice == Choice::Exact || self.earned(at) >= self.block_length() as i64
    }

    fn earned(&self, at: usize) -> i64 {
        self.allowance.saturating_add(at as i64 / EARNING)
    }

    /// Takes the block after the expected one where only the expected one was edited.
    fn match_in_place(&mut self) -> bool {
        let (Some(expected), Choice::Compact) = (self.carry.expected, self.choice) else {
            return false;
        };
        let at = self.position + self.block_length();
        let number = expected + 1;
        if number >= self.blocks.full_count() || at >= self.stretch.end {
            return false;
        }
        let Some(window) = self.window(at) else {
            return false;
        };
        if rolling::block_sum(self.blocks.weak_kind, window) != self.blocks.weak[number] {
            return false;
        }
        let sum = self.blocks.sum(window, number);
        if !self.blocks.agrees(&sum, number) {
            return false;
        }
        self.accept(at, number, window.len(), &sum);
        true
    }

    /// Looks at every position after the current one until a block stands there. False when the stretch, or the
    /// positions with full windows, are at an end; `position` is then the first that was not looked at.
    fn scan_on(&mut self) -> bool {
        let length = self.block_length();
        let limit = self.stretch.end.min(self.stretch.data.len() + 1 - length);
        let first = if self.choice == Choice::Compact {
            FIRST_REGION.min((length / 2).next_power_of_two()).max(512)
        } else {
            FIRST_REGION
        };
        let mut region = first;
        let mut from = self.position + 1;
        let mut hits = Vec::new();
        while from < limit {
            if !self.may_check(from) {
                // Nothing can be taken before the allowance is earned: these bytes are literal whatever they are.
                from += ((length as i64 - self.earned(from)) * EARNING) as usize;
                region = first;
                if from < limit && self.match_at(from) {
                    return true;
                }
                from += 1;
                continue;
            }
            let to = from.saturating_add(region).min(limit);
            hits.clear();
            self.scanner.scan(self.stretch.data, from..to, self.index, &self.blocks, &mut hits);
            let mut next = to;
            for &Hit { position, weak } in &hits {
                if self.match_candidates(position, weak) {
                    return true;
                }
                if !self.may_check(position + 1) {
                    next = position + 1;
                    break;
                }
            }
            from = next;
            region = (region * 2).min(MAX_REGION);
        }
        self.position = from.min(limit).max(self.position);
        false
    }

    /// At the end of the new file: the short last block as its end, or, where lengths are not known, any block that agrees with
    /// what is left, longest first.
    fn match_tail(&mut self) {
        let data = self.stretch.data;
        if self.blocks.weak.is_empty() {
            return;
        }
        if let Some(length) = self.blocks.last_length {
            let at = data.len().saturating_sub(length as usize);
            if at >= self.position {
                self.match_short_block(at, length as usize);
            }
            return;
        }
        if !matches!(
            self.blocks.weak_kind,
            crate::checksum::WeakKind::Rollsum | crate::checksum::WeakKind::RabinKarp
        ) {
            return;
        }
        let mut from = self.position.max(data.len().saturating_sub(self.block_length() - 1));
        let mut rolling = rolling::Rolling::from_window(self.blocks.weak_kind, &data[from.min(data.len())..]);
        while from < data.len() {
            let group = self.index.group(rolling.digest(), &self.blocks);
            if !group.is_empty() && self.may_check(from) {
                let window = &data[from..];
                let sum = self.blocks.sum(window, 0);
                if let Some(number) = self.blocks.lowest(group, &sum) {
                    self.accept(from, number, window.len(), &sum);
                    return;
                }
                self.allowance -= window.len() as i64;
            }
            rolling.drop_front(data[from]);
            from += 1;
        }
    }

    /// Takes block `number` for the `length` bytes at `at`.
    fn accept(&mut self, at: usize, number: usize, length: usize, sum: &StrongSum) {
        self.put_literal(at);
        let offset = self.blocks.offset_of(number);
        if !self.blocks.sums_are_positionless()
            && length == self.block_length()
            && offset == self.stretch.offset + at as u64
        {
            self.aligned.push((number as u64, *sum));
        }
        match self.pieces.last_mut() {
            Some(Piece::Copy { offset: start, length: so_far }) if *start + *so_far == offset => {
                *so_far += length as u64;
            }
            _ => self.pieces.push(Piece::Copy { offset, length: length as u64 }),
        }
        self.position = at + length;
        self.literal_start = self.position;
        self.carry.expected = (number + 1 < self.blocks.weak.len()).then_some(number + 1);
    }

    /// Everything up to `end` that is not yet covered is literal.
    fn put_literal(&mut self, end: usize) {
        if end > self.literal_start {
            self.pieces.push(Piece::Literal { length: (end - self.literal_start) as u64 });
            self.literal_start = end;
        }
    }
}
