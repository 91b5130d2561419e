//! A search over a new file that arrives in pieces. In: bytes, strictly forward. Out: [`Op`](crate::delta::Op)s and the
//! file's BLAKE3.

use crate::checksum::StrongKind;
use crate::checksum::tree::TreeHasher;
use crate::delta::index::Index;
use crate::delta::op::Sink;
use crate::delta::search::segment::{Carry, Stretch, Walk};
use crate::delta::search::stitch::{self, Stitcher};
use crate::delta::search::{Blocks, Choice};
use crate::error::Result;

/// How much input an exact search gathers before it walks over it, beside a block.
const EXACT_BATCH: usize = 1 << 20;

/// The state of a search between pieces of input.
pub(crate) struct Search {
    choice: Choice,
    workers: usize,
    block_length: usize,
    /// Input not yet walked over.
    buffer: Vec<u8>,
    /// Where `buffer` starts in the new file.
    offset: u64,
    stitcher: Stitcher,
    carry: Carry,
    hash: Hash,
}

/// How the result is hashed, if it is.
enum Hash {
    None,
    Plain(Box<blake3::Hasher>),
    /// From the subtrees of the stretches.
    Tree {
        tree: Box<TreeHasher>,
        stretch: usize,
    },
}

/// Length and, if asked for, BLAKE3 of the new file.
pub(crate) struct Searched {
    pub(crate) length: u64,
    pub(crate) hash: Option<[u8; 32]>,
}

impl Search {
    /// A search with `workers` threads at most; `hash` asks for the BLAKE3 of the new file.
    pub(crate) fn new(blocks: &Blocks<'_>, choice: Choice, workers: usize, hash: bool) -> Search {
        let stretch = stitch::stretch_length(blocks.block_length);
        let hash = match (hash, blocks.strong_kind) {
            (false, _) => Hash::None,
            (true, Some(StrongKind::Blake3)) if choice == Choice::Compact => Hash::Tree {
                tree: Box::new(TreeHasher::new(u32::try_from(stretch).expect("blocks are at most 16 MiB"))),
                stretch,
            },
            (true, _) => Hash::Plain(Box::default()),
        };
        Search {
            choice,
            workers: workers.max(1),
            block_length: blocks.block_length as usize,
            buffer: Vec::new(),
            offset: 0,
            stitcher: Stitcher::default(),
            carry: Carry::default(),
            hash,
        }
    }

    /// Takes the next bytes of the new file.
    pub(crate) fn update(
        &mut self,
        blocks: Blocks<'_>,
        index: &Index,
        mut data: &[u8],
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let batch = self.batch();
        while !data.is_empty() {
            if self.buffer.is_empty() && data.len() >= batch {
                let used = self.advance(blocks, index, data, false, sink)?;
                data = &data[used..];
            }
            let take = data.len().min(batch - self.buffer.len());
            self.buffer.extend_from_slice(&data[..take]);
            data = &data[take..];
            if self.buffer.len() == batch {
                let mut buffer = std::mem::take(&mut self.buffer);
                let used = self.advance(blocks, index, &buffer, false, sink)?;
                buffer.drain(..used);
                self.buffer = buffer;
            }
        }
        Ok(())
    }

    /// Ends the new file.
    pub(crate) fn finish(
        mut self,
        blocks: Blocks<'_>,
        index: &Index,
        sink: &mut dyn Sink,
    ) -> Result<Searched> {
        let buffer = std::mem::take(&mut self.buffer);
        self.finish_with(blocks, index, &buffer, sink)
    }

    /// Ends the new file with `data`, all that has not been walked over.
    pub(crate) fn finish_with(
        mut self,
        blocks: Blocks<'_>,
        index: &Index,
        data: &[u8],
        sink: &mut dyn Sink,
    ) -> Result<Searched> {
        let used = self.advance(blocks, index, data, true, sink)?;
        debug_assert_eq!(used, data.len());
        self.stitcher.flush(sink)?;
        let hash = match self.hash {
            Hash::None => None,
            Hash::Plain(hasher) => Some(*hasher.finalize().as_bytes()),
            Hash::Tree { tree, .. } => Some(tree.finish()),
        };
        Ok(Searched { length: self.offset, hash })
    }

    /// Input gathered before a walk.
    fn batch(&self) -> usize {
        match self.choice {
            Choice::Exact => EXACT_BATCH + 2 * self.block_length,
            Choice::Compact => {
                stitch::stretch_length(self.block_length as u32) * self.workers + self.block_length - 1
            }
        }
    }

    /// Walks over as much of `data` as can be decided and says how much that was.
    fn advance(
        &mut self,
        blocks: Blocks<'_>,
        index: &Index,
        data: &[u8],
        last: bool,
        sink: &mut dyn Sink,
    ) -> Result<usize> {
        match self.choice {
            Choice::Exact => self.advance_exactly(blocks, index, data, last, sink),
            Choice::Compact => self.advance_by_stretches(blocks, index, data, last, sink),
        }
    }

    fn advance_exactly(
        &mut self,
        blocks: Blocks<'_>,
        index: &Index,
        data: &[u8],
        last: bool,
        sink: &mut dyn Sink,
    ) -> Result<usize> {
        let mut used = 0;
        loop {
            let rest = &data[used..];
            let complete = (rest.len() + 1).saturating_sub(self.block_length);
            let last = last && rest.len() <= self.batch();
            let end = if last { rest.len() } else { complete.min(EXACT_BATCH) };
            if end == 0 {
                return Ok(used);
            }
            let reach = if last { rest.len() } else { (end + self.block_length * 16).min(rest.len()) };
            let stretch = Stretch { data: &rest[..reach], offset: self.offset, end, last };
            let walked = Walk::new(blocks, index, Choice::Exact, stretch, self.carry).run();
            self.carry = walked.carry;
            let position = walked.position;
            let whole = Stretch { end: position, ..stretch };
            self.stitcher.add_pieces(&whole, &walked, sink)?;
            if let Hash::Plain(hasher) = &mut self.hash {
                hasher.update(&rest[..position]);
            }
            self.offset += position as u64;
            used += position;
        }
    }

    fn advance_by_stretches(
        &mut self,
        blocks: Blocks<'_>,
        index: &Index,
        data: &[u8],
        last: bool,
        sink: &mut dyn Sink,
    ) -> Result<usize> {
        let length = stitch::stretch_length(self.block_length as u32);
        let mut used = 0;
        loop {
            let rest = &data[used..];
            let mut stretches = Vec::with_capacity(self.workers);
            let mut start = 0;
            while stretches.len() < self.workers && start < rest.len() {
                let needed = start + length + self.block_length - 1;
                let is_last = rest.len() < needed;
                if is_last && !last {
                    break;
                }
                let end = if is_last { rest.len() - start } else { length };
                stretches.push(Stretch {
                    data: &rest[start..needed.min(rest.len())],
                    offset: self.offset + start as u64,
                    end,
                    last: is_last,
                });
                start += end;
            }
            if stretches.is_empty() {
                return Ok(used);
            }
            let hash = matches!(self.hash, Hash::Tree { .. });
            let found = stitch::walk(blocks, index, &stretches, self.workers, hash);
            for (stretch, found) in stretches.iter().zip(&found) {
                self.stitcher.add(stretch, found, sink)?;
                self.add_hash(stretch, found.subtree.as_ref());
            }
            self.offset += start as u64;
            used += start;
        }
    }

    fn add_hash(&mut self, stretch: &Stretch<'_>, subtree: Option<&[u8; 32]>) {
        let own = &stretch.data[..stretch.end];
        match (&mut self.hash, subtree) {
            (Hash::None, _) => {}
            (Hash::Plain(hasher), _) => {
                hasher.update(own);
            }
            (Hash::Tree { tree, stretch: length }, Some(subtree)) if stretch.end == *length => {
                tree.add_chaining_value(*subtree);
            }
            (Hash::Tree { tree, stretch: length }, _) => {
                for block in own.chunks(*length) {
                    tree.add_block(block);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{Format, Op, Signature, SignatureOptions};
    use proptest::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    enum Owned {
        Copy(u64, u64),
        Literal(Vec<u8>),
    }

    /// Searches `new`, cut into pieces of `cut` bytes (0: all at once), and applies what was found.
    fn ops(
        old: &[u8],
        new: &[u8],
        format: Format,
        block: u32,
        choice: Choice,
        workers: usize,
        cut: usize,
    ) -> Vec<Owned> {
        let signature = Signature::of(old, &SignatureOptions::new(format).block_length(block)).unwrap();
        let blocks = signature.blocks();
        let index = Index::new(&blocks);
        let mut ops: Vec<Owned> = Vec::new();
        let mut sink = |op: Op<'_>| {
            match (op, ops.last_mut()) {
                (Op::Literal(bytes), Some(Owned::Literal(last))) => last.extend_from_slice(bytes),
                (Op::Literal(bytes), _) => ops.push(Owned::Literal(bytes.to_vec())),
                (Op::Copy { offset, length }, _) => ops.push(Owned::Copy(offset, length)),
            }
            Ok(())
        };
        let mut search = Search::new(&blocks, choice, workers, true);
        let searched = if cut == 0 {
            search.finish_with(blocks, &index, new, &mut sink).unwrap()
        } else {
            for piece in new.chunks(cut) {
                search.update(blocks, &index, piece, &mut sink).unwrap();
            }
            search.finish(blocks, &index, &mut sink).unwrap()
        };
        assert_eq!(searched.length, new.len() as u64);
        assert_eq!(searched.hash, Some(*blake3::hash(new).as_bytes()));
        let mut result = Vec::new();
        for op in &ops {
            match op {
                Owned::Copy(offset, length) => {
                    result.extend_from_slice(&old[*offset as usize..(*offset + *length) as usize]);
                }
                Owned::Literal(bytes) => result.extend_from_slice(bytes),
            }
        }
        assert!(result == new, "{format:?} {block} {choice:?} {workers} {cut}");
        ops
    }

    /// Bytes without matches.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let mut reader = blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof();
        reader.fill(&mut bytes);
        bytes
    }

    #[test]
    fn equal_files_are_one_copy() {
        for length in [1usize, 1023, 1024, 5000, (4 << 20) + 17, (9 << 20) + 1024] {
            let old = noise(1, length);
            for (format, choice) in [
                (Format::Native, Choice::Compact),
                (Format::RabinKarpBlake2, Choice::Compact),
                (Format::RollsumMd4, Choice::Exact),
            ] {
                let found = ops(&old, &old, format, 1024, choice, 2, 0);
                assert_eq!(found, [Owned::Copy(0, length as u64)], "{format:?} {length}");
            }
        }
    }

    #[test]
    fn equal_blocks_become_one_copy_in_the_native_format() {
        let old = vec![0; 10 << 20];
        assert_eq!(ops(&old, &old, Format::Native, 4096, Choice::Compact, 1, 0), [Owned::Copy(0, 10 << 20)]);
    }

    #[test]
    fn a_shift_costs_no_more_than_the_bytes_inserted() {
        let old = noise(2, 9 << 20);
        let mut new = noise(3, 777);
        new.extend_from_slice(&old);
        for format in [Format::Native, Format::RollsumMd4, Format::RabinKarpMd4] {
            let found = ops(&old, &new, format, 2048, Choice::Compact, 2, 0);
            assert_eq!(found, [Owned::Literal(new[..777].to_vec()), Owned::Copy(0, 9 << 20)], "{format:?}");
        }
    }

    #[test]
    fn appended_data_does_not_hide_the_short_last_block() {
        let old = noise(4, 10_000);
        let mut new = old.clone();
        new.extend_from_slice(b"and more");
        let found = ops(&old, &new, Format::Native, 1024, Choice::Compact, 1, 0);
        assert_eq!(found, [Owned::Copy(0, 10_000), Owned::Literal(b"and more".to_vec())]);
    }

    /// A file, and edits of it: moved, dropped, inserted and overwritten stretches.
    fn pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
        (
            any::<u64>(),
            0usize..60_000,
            1usize..250,
            prop::collection::vec(any::<(u8, u16, u16, u16)>(), 0..12),
        )
            .prop_map(|(seed, length, alphabet, edits)| {
                let old: Vec<u8> =
                    noise(seed, length).into_iter().map(|b| (b as usize % alphabet) as u8).collect();
                let mut new = old.clone();
                for (kind, at, from, count) in edits {
                    let at = at as usize % (new.len() + 1);
                    let count = count as usize % 3000;
                    match kind % 4 {
                        0 => drop(new.drain(at..(at + count).min(new.len()))),
                        1 => drop(new.splice(at..at, noise(u64::from(from), count % 100))),
                        2 => {
                            let from = from as usize % (old.len() + 1);
                            let moved = old[from..(from + count).min(old.len())].to_vec();
                            new.splice(at..at, moved);
                        }
                        _ => new[at..].iter_mut().take(count % 50).for_each(|b| *b = !*b),
                    }
                }
                (old, new)
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn any_edit_is_rebuilt_and_neither_cuts_nor_workers_matter((old, new) in pair(), cut in 1usize..5000) {
            for (format, block, choice) in [
                (Format::Native, 1024, Choice::Compact),
                (Format::RollsumMd4, 64, Choice::Compact),
                (Format::RabinKarpBlake2, 100, Choice::Compact),
                (Format::RollsumBlake2, 128, Choice::Exact),
                (Format::RabinKarpMd4, 7, Choice::Exact),
            ] {
                let once = ops(&old, &new, format, block, choice, 1, 0);
                prop_assert_eq!(&ops(&old, &new, format, block, choice, 3, cut), &once);
            }
        }
    }
}
