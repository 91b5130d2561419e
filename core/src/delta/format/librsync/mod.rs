//! librsync's formats (docs/spec/librsync.md §2 and §6), and the check that may follow a delta's END (docs/format.md). In:
//! bytes. Out: a signature's head and records, [`Op`]s; and back.

mod command;
mod load;
mod parameters;
mod result;
mod signature;
mod statistics;

pub use command::{Command, CommandCounts};
pub use load::SignatureReader;
pub use parameters::{Parameters, format_of, magic_of};
pub use result::{Refusal, Remark, ResultCode};
pub use signature::SignatureWriter;
pub use statistics::{MatchStatistics, Statistics};

use crate::delta::format::{Reader, corrupt, limit};
use crate::delta::layout::{LIBRSYNC_MAX_BLOCK, Layout};
use crate::delta::op::{Op, Sink};
use crate::delta::options::{DeltaOptions, Format, LibrsyncGeneration, LibrsyncMode};
use crate::delta::signature::{BasisIdentity, Signature};
use crate::error::Result;

/// Starts a delta.
pub(crate) const DELTA_MAGIC: [u8; 4] = Command::MAGIC;
/// Starts the check behind a delta's END.
pub(crate) const CHECK_MAGIC: [u8; 4] = *b"\x8bSLC";
/// Bytes of the check: magic, length, BLAKE3.
const CHECK_LENGTH: usize = 4 + 8 + 32;

/// Longest literal of a compact delta, in bytes.
const COMPACT_LITERAL: usize = 1 << 20;

pub(crate) fn encode_signature(signature: &Signature, out: &mut Vec<u8>) {
    put_signature_head(signature, out);
    put_signature_records(signature, out);
}

fn put_signature_head(signature: &Signature, out: &mut Vec<u8>) {
    out.extend_from_slice(&magic_of(signature.format()).unwrap_or(0).to_be_bytes());
    out.extend_from_slice(&signature.block_length().to_be_bytes());
    out.extend_from_slice(&u32::from(signature.strong_length()).to_be_bytes());
}

fn put_signature_records(signature: &Signature, out: &mut Vec<u8>) {
    let strong_length = usize::from(signature.strong_length());
    for (weak, strong) in signature.weak().iter().zip(signature.strong().chunks_exact(strong_length)) {
        out.extend_from_slice(&weak.to_be_bytes());
        out.extend_from_slice(strong);
    }
}

/// Length, format and layout of a head, once it has all arrived.
pub(crate) fn read_signature_head(bytes: &[u8]) -> Result<Option<(usize, Format, Layout)>> {
    let mut reader = Reader::new(bytes);
    let (Some(found), Some(block_length), Some(strong_length)) =
        (reader.array::<4>(), reader.big_endian(4), reader.big_endian(4))
    else {
        return Ok(None);
    };
    let format = Format::ALL
        .into_iter()
        .find(|&format| magic_of(format).map(u32::to_be_bytes) == Some(found))
        .ok_or_else(|| corrupt("the head of the signature is of no known kind"))?;
    let block_length =
        u32::try_from(block_length).ok().filter(|length| (1..=LIBRSYNC_MAX_BLOCK).contains(length));
    let most = format.max_strong_length();
    let strong_length = u8::try_from(strong_length).ok().filter(|length| (1..=most).contains(length));
    match (block_length, strong_length) {
        (Some(block_length), Some(strong_length)) => {
            Ok(Some((reader.taken(), format, Layout { block_length, strong_length })))
        }
        _ => Err(corrupt("the head of the signature holds impossible lengths")),
    }
}

/// Writes a delta. In: [`Op`]s. Out: bytes.
pub(crate) struct LibrsyncEncoder {
    out: Vec<u8>,
    /// A literal that may still grow.
    literal: Vec<u8>,
    longest_literal: usize,
    check: bool,
    counts: CommandCounts,
}

impl LibrsyncEncoder {
    /// A delta as `options` say, from a basis of so many `blocks`.
    pub(crate) fn new(options: &DeltaOptions, blocks: usize) -> LibrsyncEncoder {
        let DeltaOptions { mode, generation, check, slack, .. } = *options;
        let longest_literal = match (mode, generation, slack) {
            (LibrsyncMode::Exact, _, Some(slack)) if blocks == 0 => slack.get(),
            (LibrsyncMode::Compact, ..) => COMPACT_LITERAL,
            (LibrsyncMode::Exact, LibrsyncGeneration::G1, _) => 32768,
            (LibrsyncMode::Exact, LibrsyncGeneration::G2, _) => 65533,
        };
        LibrsyncEncoder {
            out: DELTA_MAGIC.to_vec(),
            literal: Vec::new(),
            longest_literal,
            check,
            counts: CommandCounts::default(),
        }
    }

    /// Adds an operation. Literals that follow each other become one, up to the longest there may be.
    pub(crate) fn op(&mut self, op: Op<'_>) {
        match op {
            Op::Copy { offset, length } => {
                self.flush();
                self.counts.put(Command::Copy { offset, length }, &mut self.out);
            }
            Op::Literal(mut bytes) => {
                while !bytes.is_empty() {
                    let take = bytes.len().min(self.longest_literal - self.literal.len());
                    if self.literal.is_empty() && take == self.longest_literal {
                        self.put_literal(&bytes[..take]);
                    } else {
                        self.literal.extend_from_slice(&bytes[..take]);
                        if self.literal.len() == self.longest_literal {
                            self.flush();
                        }
                    }
                    bytes = &bytes[take..];
                }
            }
        }
    }

    /// Whether [`finish`](LibrsyncEncoder::finish) wants the result's hash.
    pub(crate) fn has_check(&self) -> bool {
        self.check
    }

    pub(crate) fn finish(&mut self, length: u64, hash: Option<&[u8; 32]>) {
        self.flush();
        Command::End.encode(&mut self.out);
        if let (true, Some(hash)) = (self.check, hash) {
            self.out.extend_from_slice(&CHECK_MAGIC);
            self.out.extend_from_slice(&length.to_be_bytes());
            self.out.extend_from_slice(hash);
        }
    }

    /// Moves what is encoded so far to the end of `out`.
    pub(crate) fn take_output(&mut self, out: &mut Vec<u8>) {
        if out.is_empty() {
            std::mem::swap(out, &mut self.out);
        } else {
            out.append(&mut self.out);
        }
    }

    /// What the commands so far come to.
    pub(crate) fn counts(&self) -> CommandCounts {
        self.counts
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            let mut literal = std::mem::take(&mut self.literal);
            self.put_literal(&literal);
            literal.clear();
            self.literal = literal;
        }
    }

    fn put_literal(&mut self, bytes: &[u8]) {
        self.counts.put(Command::Literal { length: bytes.len() as u64 }, &mut self.out);
        self.out.extend_from_slice(bytes);
    }
}

/// Reads a delta. In: bytes in pieces of any size. Out: [`Op`]s.
#[derive(Debug, Default)]
pub(crate) struct LibrsyncDecoder {
    state: State,
    produced: u64,
    /// Length and hash of the result, if a check follows the END.
    pub(crate) result: Option<BasisIdentity>,
    /// What the commands so far come to.
    pub(crate) counts: CommandCounts,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Commands,
    /// Inside a literal of which this many bytes are missing.
    Literal(u64),
    /// After END, where a check may follow.
    Ended,
    Complete,
}

impl LibrsyncDecoder {
    /// Whether the END has been read, and no part of a check is missing.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.state, State::Ended | State::Complete)
    }

    /// Whether nothing that follows belongs to the delta.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// Decodes the next part of the file and says how long it is; `None` if it has not all arrived, or the end is reached.
    pub(crate) fn step(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<Option<usize>> {
        match self.state {
            State::Head => {
                self.state = State::Commands;
                Ok(Some(DELTA_MAGIC.len()))
            }
            State::Commands => self.command(bytes, sink),
            State::Literal(missing) => {
                let have = usize::try_from(missing).unwrap_or(usize::MAX).min(bytes.len());
                let Some(literal) = bytes.get(..have).filter(|literal| !literal.is_empty()) else {
                    return Ok(None);
                };
                self.literal(missing, literal, sink)?;
                Ok(Some(have))
            }
            State::Ended => self.check(bytes),
            State::Complete => Ok(None),
        }
    }

    fn literal(&mut self, missing: u64, literal: &[u8], sink: &mut dyn Sink) -> Result<()> {
        let left = missing - literal.len() as u64;
        self.state = if left == 0 { State::Commands } else { State::Literal(left) };
        self.produce(literal.len() as u64)?;
        sink.op(Op::Literal(literal))
    }

    fn produce(&mut self, length: u64) -> Result<()> {
        self.produced = self
            .produced
            .checked_add(length)
            .ok_or_else(|| limit("the delta makes a file of more than 2^64 bytes"))?;
        Ok(())
    }

    fn command(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<Option<usize>> {
        let Some((command, used)) = Command::decode(bytes)? else {
            return Ok(None);
        };
        self.counts.add(command, used);
        match command {
            Command::End => self.state = State::Ended,
            Command::Literal { length } => self.state = State::Literal(length),
            Command::Copy { offset, length } => {
                self.produce(length)?;
                sink.op(Op::Copy { offset, length })?;
            }
        }
        Ok(Some(used))
    }

    /// What follows END: our check, or bytes that no reader looks at (docs/spec/librsync.md §6.3).
    fn check(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let start = bytes.get(..CHECK_MAGIC.len().min(bytes.len())).unwrap_or_default();
        if !CHECK_MAGIC.starts_with(start) {
            self.state = State::Complete;
            return Ok(None);
        }
        let Some(check) = bytes.get(..CHECK_LENGTH) else {
            return Ok(None);
        };
        let mut reader = Reader::new(check);
        let (Some(_), Some(length), Some(hash)) = (reader.array::<4>(), reader.big_endian(8), reader.array())
        else {
            return Ok(None);
        };
        if length != self.produced {
            return Err(corrupt(format!(
                "the delta makes {} bytes and its check says {length}: it is damaged",
                self.produced
            )));
        }
        self.result = Some(BasisIdentity { length, hash });
        self.state = State::Complete;
        Ok(Some(CHECK_LENGTH))
    }
}
