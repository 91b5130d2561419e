//! Takes token streams apart. In: the wire's bytes. Out: [`Token`]s.

use super::Token;
use super::deflate::{FLUSH_MARKER, Inflater};
use super::lz4;
use super::record::{Record, RecordReader};
use super::zstd::ZstdDecoder;
use crate::wire::negotiation::Compression;
use crate::wire::{Protocol, Source, WireError, limits};

/// Decodes the token streams of a session, one file after another.
///
/// Per file: [`begin_file`](TokenDecoder::begin_file), then [`next`](TokenDecoder::next) until [`Token::End`]. With the `zlib`
/// coding every matched block also goes through [`matched`](TokenDecoder::matched) before the next token is asked for.
pub struct TokenDecoder {
    block_count: u32,
    coding: Coding,
}

enum Coding {
    /// Bytes left of the literal that was announced last.
    Plain(usize),
    Records(Box<Records>),
}

impl TokenDecoder {
    /// Decodes what a sender writes that agreed on `compression` and `protocol`.
    ///
    /// # Errors
    /// [`WireError::DamagedStream`] when there is no memory for zstd.
    pub fn new(compression: Compression, protocol: Protocol) -> Result<TokenDecoder, WireError> {
        let expander = match compression {
            Compression::None => {
                return Ok(TokenDecoder { block_count: 0, coding: Coding::Plain(0) });
            }
            Compression::Zlib => Expander::Deflate {
                inflater: Inflater::new(),
                history: Some(History { sound: protocol.has_sound_deflate_history() }),
            },
            Compression::Zlibx => Expander::Deflate { inflater: Inflater::new(), history: None },
            Compression::Zstd => Expander::Zstd(ZstdDecoder::new()?),
            Compression::Lz4 => Expander::Lz4,
        };
        let records = Records {
            expander,
            reader: RecordReader::default(),
            input: Vec::new(),
            used: 0,
            output: vec![0; limits::LZ4_EXPANDED],
            stage: Stage::Between,
            queued: None,
        };
        Ok(TokenDecoder { block_count: 0, coding: Coding::Records(Box::new(records)) })
    }

    /// Starts a file whose basis has `block_count` blocks.
    pub fn begin_file(&mut self, block_count: u32) {
        self.block_count = block_count;
        match &mut self.coding {
            Coding::Plain(left) => *left = 0,
            Coding::Records(records) => records.begin_file(),
        }
    }

    /// The next token.
    ///
    /// # Errors
    /// [`WireError::OutOfRange`] for a block that the basis does not have, [`WireError::Malformed`] for what is no token,
    /// [`WireError::DamagedStream`] for data that cannot be expanded, and whatever `source` fails with.
    pub fn next<'a>(&'a mut self, source: &'a mut (impl Source + ?Sized)) -> Result<Token<'a>, WireError> {
        match &mut self.coding {
            Coding::Plain(left) => next_plain(left, self.block_count, source),
            Coding::Records(records) => records.next(source, self.block_count),
        }
    }

    /// Whether matched blocks have to be shown to [`matched`](TokenDecoder::matched).
    pub fn wants_matched(&self) -> bool {
        let Coding::Records(records) = &self.coding else {
            return false;
        };
        matches!(records.expander, Expander::Deflate { history: Some(_), .. })
    }

    /// Enters the contents of one matched block into the history, where the coding has it there.
    ///
    /// A receiver that discards the file and has no basis gives as many zeros.
    ///
    /// # Errors
    /// [`WireError::DamagedStream`] when the data before the block did not end where they should.
    pub fn matched(&mut self, block: &[u8]) -> Result<(), WireError> {
        let Coding::Records(records) = &mut self.coding else {
            return Ok(());
        };
        match &mut records.expander {
            Expander::Deflate { inflater, history: Some(History { sound }) } => {
                inflater.remember(block, *sound, &mut records.output)
            }
            _ => Ok(()),
        }
    }
}

fn next_plain<'a>(
    left: &mut usize,
    block_count: u32,
    source: &'a mut (impl Source + ?Sized),
) -> Result<Token<'a>, WireError> {
    if *left == 0 {
        let value = source.i32()?;
        if value == 0 {
            return Ok(Token::End);
        }
        if value < 0 {
            // −1 is block 0, −2 block 1: the complement.
            let first = !value.cast_unsigned();
            return if first < block_count {
                Ok(Token::Blocks { first, count: 1 })
            } else {
                Err(WireError::OutOfRange { what: "block number", value: first.into() })
            };
        }
        *left = value.unsigned_abs() as usize;
    }
    let piece = source.chunk((*left).min(limits::LITERAL_SENT))?;
    *left = left.saturating_sub(piece.len());
    Ok(Token::Literal(piece))
}

struct Records {
    expander: Expander,
    reader: RecordReader,
    /// Compressed data, and how much of them has been expanded.
    input: Vec<u8>,
    used: usize,
    output: Vec<u8>,
    stage: Stage,
    /// A record that was read while the data before it were still to be expanded.
    queued: Option<Record>,
}

/// Where a decoder of records stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// No data since the last block or the start of the file.
    Between,
    /// Some data have come, and are expanded; the stretch is not at its end.
    Open,
    /// There may be more to expand.
    Expanding {
        /// Whether the stretch ends with this.
        last: bool,
    },
}

enum Expander {
    Deflate { inflater: Inflater, history: Option<History> },
    Zstd(ZstdDecoder),
    Lz4,
}

/// Matched blocks enter the history of the `zlib` coding.
struct History {
    /// As they should, and not as protocol 30 has it.
    sound: bool,
}

impl Expander {
    fn run(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), WireError> {
        match self {
            Expander::Deflate { inflater, .. } => inflater.run(input, output),
            Expander::Zstd(decoder) => decoder.run(input, output),
            Expander::Lz4 if input.is_empty() => Ok((0, 0)),
            Expander::Lz4 => Ok((input.len(), lz4::expand(input, output)?)),
        }
    }
}

impl Records {
    fn begin_file(&mut self) {
        self.reader = RecordReader::default();
        self.stage = Stage::Between;
        self.queued = None;
        if let Expander::Deflate { inflater, .. } = &mut self.expander {
            inflater.begin_file();
        }
    }

    fn next<'a>(
        &'a mut self,
        source: &mut (impl Source + ?Sized),
        block_count: u32,
    ) -> Result<Token<'a>, WireError> {
        loop {
            if let Stage::Expanding { last } = self.stage {
                let produced = self.expand(last)?;
                if produced > 0 {
                    return Ok(Token::Literal(self.output.get(..produced).unwrap_or_default()));
                }
                continue;
            }
            let record = match self.queued.take() {
                Some(record) => record,
                None => self.reader.next(source, block_count)?,
            };
            match record {
                Record::Data(length) => {
                    self.input.clear();
                    self.used = 0;
                    while let Some(left) = length.checked_sub(self.input.len()).filter(|&left| left > 0) {
                        self.input.extend_from_slice(source.chunk(left)?);
                    }
                    self.stage = Stage::Expanding { last: false };
                }
                record if self.stage == Stage::Open => {
                    self.queued = Some(record);
                    self.input.clear();
                    self.used = 0;
                    if matches!(self.expander, Expander::Deflate { .. }) {
                        self.input.extend_from_slice(&FLUSH_MARKER);
                    }
                    self.stage = Stage::Expanding { last: true };
                }
                Record::Blocks { first, count } => return Ok(Token::Blocks { first, count }),
                Record::End => return Ok(Token::End),
            }
        }
    }

    /// Expands the next of the input; says how much came of it.
    fn expand(&mut self, last: bool) -> Result<usize, WireError> {
        let input = self.input.get(self.used..).unwrap_or_default();
        let (used, produced) = self.expander.run(input, &mut self.output)?;
        if used == 0 && produced == 0 && !input.is_empty() {
            return Err(WireError::DamagedStream("compressed data that lead nowhere"));
        }
        let is_drained = used == input.len() && produced < self.output.len();
        self.used = self.used.saturating_add(used);
        if is_drained {
            self.stage = if last { Stage::Between } else { Stage::Open };
        }
        Ok(produced)
    }
}
