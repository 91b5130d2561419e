//! The new file from the sender's tokens and the basis (`docs/spec/wire-3-transfer.md` §5.1, §9). In: tokens, blocks of the
//! basis, the digest. Out: bytes, strictly forward, and whether the digest is right.
//!
//! A basis that cannot be read does not stop the decoding: the rest of the answer has to be read all the same, and zstd's
//! history with it. A new file that cannot be written does: a disk that is full stays full, and the session is over (§9.1).

use crate::checksum::file_sum::FileSum;
use crate::delta::Basis;
use crate::error::{Error, Result};
use crate::wire::block_sums::SumHead;
use crate::wire::tokens::{Token, TokenDecoder};
use crate::wire::{Source, WireError};

/// Bytes of the basis that are read at a time while blocks follow each other: at least one block of any length.
const READ_AHEAD: usize = 256 * 1024;

/// Bytes of the new file that are collected before they are written and hashed: blocks can be short.
const WRITE: usize = 256 * 1024;

/// Where the new file goes.
pub(crate) trait NewFile {
    /// Takes the next bytes: many at a time, but at the end and before what is kept.
    fn write(&mut self, data: &[u8]) -> Result<()>;

    /// The next `length` bytes are in place already: only asked of a file that is updated in place.
    fn keep(&mut self, length: u64) -> Result<()>;
}

/// How the new file relates to the basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Update {
    /// It is another file.
    Apart,
    /// It is the same file: a block that stays where it is is not written.
    InPlace,
    /// It is the same file, which the sender extends (§3.5); the digest is of what is new.
    Append,
    /// As `Append`, and the digest is of the whole file.
    AppendVerify,
}

/// One file to receive.
pub(crate) struct Request<'a> {
    /// The echoed header.
    pub(crate) head: SumHead,
    /// The file whose blocks it counts; `None` if it cannot be read.
    pub(crate) basis: Option<&'a dyn Basis>,
    pub(crate) update: Update,
}

/// How a file arrived.
#[derive(Debug)]
pub(crate) struct Received {
    /// Bytes of the new file, with those that an append found in place.
    pub(crate) length: u64,
    /// Bytes that came as literals.
    pub(crate) literal: u64,
    /// Bytes that came from the basis.
    pub(crate) matched: u64,
    /// Whether the digest is that of the new file. Means nothing after a failure, nor for a file that was discarded.
    pub(crate) is_verified: bool,
    /// Why the basis could not be read; the rest was discarded.
    pub(crate) failure: Option<Error>,
}

/// Why an answer was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The peer broke the rules.
    #[error(transparent)]
    Peer(#[from] WireError),
    /// The new file could not be written.
    #[error(transparent)]
    Output(Error),
}

/// Reads the tokens and the digest of one file; without an output they are decoded and dropped.
///
/// # Errors
/// What the peer did wrong: malformed tokens, blocks out of range, blocks of a basis that this side has told it cannot be read;
/// and what the output did.
pub(crate) fn receive(
    decoder: &mut TokenDecoder,
    source: &mut (impl Source + ?Sized),
    request: &Request<'_>,
    output: Option<&mut dyn NewFile>,
    sum: FileSum,
    digest_length: usize,
) -> Result<Received, Broken> {
    let mut rebuild = Rebuild {
        request,
        output,
        pending: Vec::new(),
        sum,
        blocks: BlockReader { basis: request.basis, cached: Vec::new(), start: 0, next: 0 },
        received: Received { length: 0, literal: 0, matched: 0, is_verified: false, failure: None },
        broken: None,
    };
    let block_count = match request.update {
        Update::Apart | Update::InPlace => request.head.count(),
        Update::Append | Update::AppendVerify => {
            rebuild.take_prefix();
            0
        }
    };
    decoder.begin_file(block_count);
    loop {
        match decoder.next(source)? {
            Token::Literal(data) => rebuild.literal(data),
            Token::Blocks { first, count } => {
                let wants_matched = decoder.wants_matched();
                for number in first..first.saturating_add(count) {
                    let block = rebuild.block(number)?;
                    if wants_matched {
                        decoder.matched(block)?;
                    }
                    rebuild.is_written()?;
                }
            }
            Token::End => break,
        }
        rebuild.is_written()?;
    }
    rebuild.flush();
    rebuild.is_written()?;
    let digest = source.bytes("digest", digest_length, digest_length)?;
    let Rebuild { sum, mut received, .. } = rebuild;
    received.is_verified = sum.finish().starts_with(&digest);
    Ok(received)
}

struct Rebuild<'a, 'o> {
    request: &'a Request<'a>,
    output: Option<&'o mut dyn NewFile>,
    /// Bytes that have not been written yet. An update in place may hold them back: what they will overwrite is no basis any more.
    pending: Vec<u8>,
    sum: FileSum,
    blocks: BlockReader<'a>,
    received: Received,
    /// Why the new file could not be written.
    broken: Option<Error>,
}

impl Rebuild<'_, '_> {
    /// What an append finds in place.
    fn take_prefix(&mut self) {
        let length = self.request.head.basis_length();
        if self.request.update == Update::AppendVerify {
            let mut offset = 0;
            while offset < length && self.output.is_some() {
                let piece = (length - offset).min(READ_AHEAD as u64);
                match self.blocks.read(offset, piece as usize) {
                    Ok(data) => self.sum.update(data),
                    Err(error) => return self.fail(error),
                }
                offset += piece;
            }
        }
        self.received.length = length;
        if let Some(Err(error)) = self.output.as_mut().map(|output| output.keep(length)) {
            self.broken = Some(error);
        }
    }

    fn literal(&mut self, data: &[u8]) {
        self.received.length += data.len() as u64;
        self.received.literal += data.len() as u64;
        if self.output.is_some() {
            self.pending.extend_from_slice(data);
            self.flush_if_full();
        }
    }

    /// Takes block `number`; its contents are zeros if the file is discarded.
    fn block(&mut self, number: u32) -> Result<&[u8], WireError> {
        let head = &self.request.head;
        let (offset, length) = (head.offset_of(number), head.length_of(number));
        if self.request.basis.is_none() && self.output.is_some() {
            return Err(WireError::Malformed("a block of a basis that is not there"));
        }
        let place = self.received.length;
        self.received.length += u64::from(length);
        self.received.matched += u64::from(length);
        if self.output.is_none() {
            return Ok(self.blocks.zeros(length as usize));
        }
        if self.request.update == Update::InPlace && offset == place {
            self.flush();
            self.keep(offset, length);
        } else {
            match self.blocks.read(offset, length as usize) {
                Ok(block) => self.pending.extend_from_slice(block),
                Err(error) => self.fail(error),
            }
            self.flush_if_full();
        }
        if self.output.is_none() {
            return Ok(self.blocks.zeros(length as usize));
        }
        Ok(self.blocks.last(length as usize))
    }

    /// Hashes a block that stays where it is.
    fn keep(&mut self, offset: u64, length: u32) {
        match self.blocks.read(offset, length as usize) {
            Ok(block) => self.sum.update(block),
            Err(error) => return self.fail(error),
        }
        if let Some(Err(error)) = self.output.as_mut().map(|output| output.keep(length.into())) {
            self.broken = Some(error);
        }
    }

    fn flush_if_full(&mut self) {
        if self.pending.len() >= WRITE {
            self.flush();
        }
    }

    /// Writes and hashes what has been collected.
    fn flush(&mut self) {
        if let Some(output) = self.output.as_mut().filter(|_| !self.pending.is_empty()) {
            self.sum.update(&self.pending);
            if let Err(error) = output.write(&self.pending) {
                self.broken = Some(error);
            }
        }
        self.pending.clear();
    }

    /// Discards what comes.
    fn fail(&mut self, error: Error) {
        self.output = None;
        self.received.failure.get_or_insert(error);
    }

    fn is_written(&mut self) -> Result<(), Broken> {
        self.broken.take().map_or(Ok(()), |error| Err(Broken::Output(error)))
    }
}

/// Reads blocks, ahead where they follow each other.
struct BlockReader<'a> {
    basis: Option<&'a dyn Basis>,
    cached: Vec<u8>,
    /// Where `cached` starts in the basis.
    start: u64,
    /// Where the last block that was read ends.
    next: u64,
}

impl BlockReader<'_> {
    /// `length` bytes from `offset`; a basis that ends before, as one that has shrunk does, goes on with zeros: the digest will tell.
    fn read(&mut self, offset: u64, length: usize) -> Result<&[u8]> {
        let is_cached =
            offset >= self.start && offset + length as u64 <= self.start + self.cached.len() as u64;
        if !is_cached {
            let wanted = if offset == self.next { READ_AHEAD.max(length) } else { length };
            self.start = offset;
            self.cached.resize(wanted, 0);
            let filled = fill(self.basis, offset, &mut self.cached)?;
            self.cached.truncate(filled.max(length));
            self.cached.iter_mut().skip(filled).for_each(|byte| *byte = 0);
        }
        self.next = offset + length as u64;
        Ok(self.last(length))
    }

    /// What [`read`](BlockReader::read) gave last.
    fn last(&self, length: usize) -> &[u8] {
        let from = (self.next - self.start) as usize - length;
        self.cached.get(from..from + length).unwrap_or_default()
    }

    fn zeros(&mut self, length: usize) -> &[u8] {
        self.cached.clear();
        self.cached.resize(length, 0);
        // Nothing is at this offset: what comes next is read again.
        self.start = u64::MAX - length as u64;
        &self.cached
    }
}

/// Fills `buffer` from `offset` on as far as the basis goes.
fn fill(basis: Option<&dyn Basis>, offset: u64, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while let (Some(basis), Some(rest)) = (basis, buffer.get_mut(filled..)) {
        if rest.is_empty() {
            break;
        }
        match basis.read_at(offset + filled as u64, rest)? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}
