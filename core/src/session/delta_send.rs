//! The tokens for a file that the receiver asked for (`docs/spec/wire-3-transfer.md` §5.2, §3.5, §3.6). In: the receiver's block sums, the
//! file's bytes. Out: tokens and the digest, on the wire.
//!
//! The search is the delta engine's; its [`Walk`] goes over the file a stretch at a time, so that what it finds goes out
//! while the rest has not been read.

use std::io::{Read, Seek, SeekFrom};

use crate::checksum::WeakKind;
use crate::checksum::file_sum::{BlockSummer, FileSum, FileSumKind};
use crate::checksum::strong::StrongSum;
use crate::delta::index::Index;
use crate::delta::search::segment::{Carry, Stretch, Walk};
use crate::delta::search::{Blocks, Choice, Piece};
use crate::error::{Error, Result};
use crate::wire::block_sums::BlockSums;
use crate::wire::tokens::{Effort, TokenEncoder};

/// Bytes that are searched at a time, beside a block: eight blocks of the greatest length.
const STRETCH: usize = 1 << 20;
/// Bytes that are read at a time where there is nothing to search for.
const READ: usize = 256 * 1024;

/// Where the bytes for the wire are collected.
pub(crate) trait WireOutput {
    /// What has been collected, to be appended to.
    fn data(&mut self) -> &mut Vec<u8>;

    /// May send what has been collected. Called at least once in each [`STRETCH`].
    fn checkpoint(&mut self) -> Result<()>;

    /// `offset` bytes of the file have been worked through. Called as often as `checkpoint`, before it.
    fn reached(&mut self, _offset: u64) {}
}

/// Which blocks may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restriction {
    /// All, anywhere.
    Free,
    /// Those that an update in place has not overwritten (§3.6).
    InPlace,
    /// None: the file is sent from the end of the basis on (§3.5), and so is its digest.
    Append,
    /// As `Append`, but the digest is of the whole file.
    AppendVerify,
}

/// What the receiver asked for.
pub(crate) struct Request<'a> {
    /// The header, and, unless the file is appended to, the sums.
    pub(crate) sums: &'a BlockSums,
    /// What the strong sums are made with.
    pub(crate) summer: BlockSummer,
    pub(crate) restriction: Restriction,
    pub(crate) effort: Effort,
}

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// Bytes sent as literals.
    pub(crate) literal: u64,
    /// Bytes the receiver takes from its basis.
    pub(crate) matched: u64,
    /// Why the file could not be read to its end. The rest was sent as zeros, with a digest that is wrong, so that the receiver
    /// asks again (§2.11).
    pub(crate) read_error: Option<Error>,
}

/// Sends the tokens and the digest of a file of `length` bytes.
///
/// # Errors
/// When the output fails. What `file` fails with is in [`Sent::read_error`].
pub(crate) fn send(
    request: &Request<'_>,
    file: impl Read + Seek,
    length: u64,
    encoder: &mut TokenEncoder,
    output: &mut dyn WireOutput,
) -> Result<Sent> {
    encoder.begin_file(request.effort);
    let mut input = Input { file, length, left: length, sum: request.summer.file_sum(), error: None };
    let mut sender = Sender { encoder, output, sent: Sent::default() };
    let head = &request.sums.head;
    match request.restriction {
        Restriction::Append | Restriction::AppendVerify => {
            input.skip(head.basis_length(), request.restriction == Restriction::AppendVerify);
            sender.send_literally(&mut input)?;
        }
        Restriction::Free | Restriction::InPlace if head.is_empty() => sender.send_literally(&mut input)?,
        // Without strong sums nothing tells blocks apart that have the same weak sum.
        _ if request.summer.kind == FileSumKind::None => sender.send_literally(&mut input)?,
        restriction => sender.send_delta(request, restriction, &mut input)?,
    }
    sender.encoder.end_file(sender.output.data())?;
    let digest = input.sum.finish();
    let digest = digest.get(..request.summer.kind.digest_length()).unwrap_or(&digest);
    if input.error.is_some() {
        sender.output.data().extend_from_slice(&wrong_for(digest));
    } else {
        sender.output.data().extend_from_slice(digest);
    }
    sender.output.checkpoint()?;
    Ok(Sent { read_error: input.error, ..sender.sent })
}

/// A digest that is not `digest`: zeros, or nearly.
fn wrong_for(digest: &[u8]) -> Vec<u8> {
    let mut wrong = vec![0; digest.len()];
    if wrong == digest
        && let Some(last) = wrong.last_mut()
    {
        *last = 1;
    }
    wrong
}

/// The file as it is read, once, forward.
struct Input<F> {
    file: F,
    /// Bytes in all.
    length: u64,
    /// Bytes still to be read.
    left: u64,
    sum: FileSum,
    error: Option<Error>,
}

impl<F: Read + Seek> Input<F> {
    /// Passes over the first `length` bytes, or all that there are.
    fn skip(&mut self, length: u64, hash: bool) {
        let mut length = length.min(self.left);
        if !hash {
            self.left -= length;
            if let Err(error) = self.file.seek(SeekFrom::Start(length)) {
                self.error.get_or_insert(Error::stream("read a file", error));
            }
            return;
        }
        let mut buffer = Vec::new();
        while length > 0 {
            buffer.clear();
            let piece = length.min(READ as u64);
            self.read(&mut buffer, piece as usize);
            length -= piece;
        }
    }

    /// Appends up to `limit` bytes to `buffer`; less only at the end. What cannot be read is zeros.
    fn read(&mut self, buffer: &mut Vec<u8>, limit: usize) {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(limit);
        let start = buffer.len();
        buffer.resize(start + wanted, 0);
        let (_, mut rest) = buffer.split_at_mut(start);
        while !rest.is_empty() && self.error.is_none() {
            match self.file.read(rest) {
                Ok(0) => {
                    let error = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
                    self.error = Some(Error::stream("read all of a file", error));
                }
                Ok(count) => rest = rest.get_mut(count..).unwrap_or_default(),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => self.error = Some(Error::stream("read a file", error)),
            }
        }
        rest.fill(0);
        self.left -= wanted as u64;
        self.sum.update(buffer.get(start..).unwrap_or_default());
    }
}

struct Sender<'a> {
    encoder: &'a mut TokenEncoder,
    output: &'a mut dyn WireOutput,
    sent: Sent,
}

impl Sender<'_> {
    fn send_literally(&mut self, input: &mut Input<impl Read + Seek>) -> Result<()> {
        let mut buffer = Vec::new();
        while input.left > 0 {
            buffer.clear();
            input.read(&mut buffer, READ);
            self.literal(&buffer)?;
            self.output.reached(input.length - input.left);
            self.output.checkpoint()?;
        }
        Ok(())
    }

    fn send_delta(
        &mut self,
        request: &Request<'_>,
        restriction: Restriction,
        input: &mut Input<impl Read + Seek>,
    ) -> Result<()> {
        let sums = request.sums;
        let hash = |window: &[u8]| {
            let mut sum = StrongSum::default();
            sum.iter_mut().zip(request.summer.sum(window)).for_each(|(own, byte)| *own = byte);
            sum
        };
        let blocks = blocks_of(sums, &hash);
        let index = Index::new(&blocks);
        let mut in_place = match restriction {
            Restriction::InPlace => Some(InPlace::new(sums, &blocks, &index)),
            _ => None,
        };
        let block_length = sums.head.block_length() as usize;
        let mut buffer = Vec::new();
        let mut offset = 0;
        let mut carry = Carry::default();
        while input.left > 0 || !buffer.is_empty() {
            let room = (STRETCH + block_length).saturating_sub(buffer.len());
            input.read(&mut buffer, room);
            let last = input.left == 0;
            let end = if last { buffer.len() } else { buffer.len() - block_length + 1 };
            let stretch = Stretch { data: &buffer, offset, end, last };
            let walked = Walk::new(blocks, &index, Choice::Compact, stretch, carry).run();
            self.send_pieces(sums, &walked.pieces, &buffer, offset, in_place.as_mut())?;
            self.output.reached(offset + walked.position as u64);
            self.output.checkpoint()?;
            carry = walked.carry;
            offset += walked.position as u64;
            buffer.drain(..walked.position);
        }
        Ok(())
    }

    /// Sends what a walk over `data`, which starts at `offset` of the new file, has found.
    fn send_pieces(
        &mut self,
        sums: &BlockSums,
        pieces: &[Piece],
        data: &[u8],
        offset: u64,
        mut in_place: Option<&mut InPlace<'_>>,
    ) -> Result<()> {
        let head = &sums.head;
        let mut at = 0;
        let mut literal_start = 0;
        for piece in pieces {
            let (mut number, end) = match *piece {
                Piece::Literal { length } => {
                    at += length as usize;
                    continue;
                }
                Piece::Copy { offset, length } => {
                    (block_at(offset, head.block_length()), at + length as usize)
                }
            };
            while at < end {
                let block = &data[at..][..head.length_of(number) as usize];
                let usable = match &mut in_place {
                    None => Some(number),
                    Some(in_place) => in_place.choose(number, offset + at as u64),
                };
                if let Some(usable) = usable {
                    self.literal(&data[literal_start..at])?;
                    self.encoder.blocks(usable, 1, self.output.data())?;
                    if self.encoder.wants_matched() {
                        self.encoder.matched(block)?;
                    }
                    self.sent.matched += block.len() as u64;
                    literal_start = at + block.len();
                }
                at += block.len();
                number += 1;
            }
        }
        self.literal(&data[literal_start..at])
    }

    fn literal(&mut self, data: &[u8]) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        self.sent.literal += data.len() as u64;
        self.encoder.literal(data, self.output.data())
    }
}

/// The number of the block at `offset` of the basis.
fn block_at(offset: u64, block_length: u32) -> u32 {
    u32::try_from(offset / u64::from(block_length)).expect("the search finds blocks that the header counts")
}

/// The sums as the search takes them.
fn blocks_of<'a>(sums: &'a BlockSums, hash: &'a (dyn Fn(&[u8]) -> StrongSum + Sync)) -> Blocks<'a> {
    let head = &sums.head;
    let last = head.count().checked_sub(1).map(|last| head.length_of(last));
    Blocks {
        weak_kind: WeakKind::Rsync,
        block_length: head.block_length(),
        last_length: last.filter(|&length| length < head.block_length()),
        weak: &sums.weak,
        strong: &sums.strong,
        strong_length: head.strong_length(),
        strong_kind: None,
        hash,
    }
}

/// Which blocks an update in place still has (§3.6).
struct InPlace<'a> {
    sums: &'a BlockSums,
    blocks: &'a Blocks<'a>,
    index: &'a Index,
    /// A bit for each block that the new file has at the same offset: it is intact for ever.
    unchanged: Vec<u64>,
}

impl<'a> InPlace<'a> {
    fn new(sums: &'a BlockSums, blocks: &'a Blocks<'a>, index: &'a Index) -> InPlace<'a> {
        InPlace { sums, blocks, index, unchanged: vec![0; sums.weak.len().div_ceil(64)] }
    }

    /// The block that stands for block `number` when `offset` bytes of the new file are made: one with the same sums that is not
    /// overwritten by then, that at `offset` itself first.
    fn choose(&mut self, number: u32, offset: u64) -> Option<u32> {
        let head = &self.sums.head;
        let block_length = u64::from(head.block_length());
        let first_left = u32::try_from(offset.div_ceil(block_length)).ok();
        if offset.is_multiple_of(block_length)
            && let Some(own) = first_left.filter(|&own| own == number || self.are_equal(own, number))
        {
            self.unchanged[own as usize / 64] |= 1 << (own % 64);
            return Some(own);
        }
        let is_unchanged = self.unchanged[number as usize / 64] >> (number % 64) & 1 != 0;
        if head.offset_of(number) >= offset || is_unchanged {
            return Some(number);
        }
        // Blocks of equal sums stand together in the index, in the order of their numbers.
        let group = self.index.group(self.blocks.weak[number as usize], self.blocks);
        let strong = self.blocks.strong_of(number as usize);
        let wanted = (strong, first_left?);
        let at = group.partition_point(|&other| (self.blocks.strong_of(other as usize), other) < wanted);
        group.get(at).copied().filter(|&other| self.are_equal(other, number))
    }

    /// Whether two blocks have the same length and sums; false for a number that no block has.
    fn are_equal(&self, a: u32, b: u32) -> bool {
        let head = &self.sums.head;
        head.length_of(a) == head.length_of(b)
            && self.blocks.weak.get(a as usize) == self.blocks.weak.get(b as usize)
            && self.blocks.strong_of(a as usize) == self.blocks.strong_of(b as usize)
    }
}
