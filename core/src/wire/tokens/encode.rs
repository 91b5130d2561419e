//! Puts token streams together. In: literals and blocks, in the order of the file. Out: the wire's bytes.

use super::deflate::Deflater;
use super::lz4::Lz4Encoder;
use super::record::RecordWriter;
use super::zstd::ZstdEncoder;
use crate::error::Result;
use crate::wire::negotiation::Compression;
use crate::wire::{Protocol, limits};

/// How hard a file is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effort {
    /// At the session's level.
    #[default]
    Level,
    /// As little as the coding allows, for contents known not to shrink: deflate stores them. zstd and lz4 keep their one level
    /// (`docs/spec/wire-3-transfer.md` §6.6).
    Store,
}

/// Encodes the token streams of a session, one file after another.
///
/// Per file: [`begin_file`](TokenEncoder::begin_file), then [`literal`](TokenEncoder::literal) and
/// [`blocks`](TokenEncoder::blocks) in the order of the file, then [`end_file`](TokenEncoder::end_file). Where
/// [`wants_matched`](TokenEncoder::wants_matched) says so, each block's contents are given to
/// [`matched`](TokenEncoder::matched) after it.
pub struct TokenEncoder {
    records: RecordWriter,
    level: u32,
    coding: Coding,
}

enum Coding {
    Plain,
    Deflate { deflater: Box<Deflater>, history: History },
    Zstd(Box<ZstdEncoder>),
    Lz4(Lz4Encoder),
}

/// Which matched blocks enter the history of deflate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum History {
    /// None: `zlibx`.
    Literals,
    /// All: `zlib`; `sound` is false where protocol 30's defect has to be shared.
    Everything { sound: bool },
}

impl TokenEncoder {
    /// Encodes for a receiver that agreed on `compression` and `protocol`.
    ///
    /// `level` is clipped to what the compression knows; `None` is its default (§6.3, §6.4).
    ///
    /// # Errors
    /// When zstd has no memory.
    pub fn new(compression: Compression, level: Option<i32>, protocol: Protocol) -> Result<TokenEncoder> {
        let deflate_level = match level.unwrap_or(-1) {
            -1 => 6,
            level => level.clamp(1, 9).unsigned_abs(),
        };
        let deflate = |history| Coding::Deflate { deflater: Box::new(Deflater::new(deflate_level)), history };
        let coding = match compression {
            Compression::None => Coding::Plain,
            Compression::Zlibx => deflate(History::Literals),
            Compression::Zlib => deflate(History::Everything { sound: protocol.has_sound_deflate_history() }),
            Compression::Zstd => {
                let range = zstd::compression_level_range();
                let level = match level.unwrap_or(0) {
                    0 => zstd::DEFAULT_COMPRESSION_LEVEL,
                    level => level.clamp(*range.start(), *range.end()),
                };
                Coding::Zstd(Box::new(ZstdEncoder::new(level)?))
            }
            Compression::Lz4 => Coding::Lz4(Lz4Encoder::new()),
        };
        Ok(TokenEncoder { records: RecordWriter::default(), level: deflate_level, coding })
    }

    /// Starts a file.
    pub fn begin_file(&mut self, effort: Effort) {
        if let Coding::Deflate { deflater, .. } = &mut self.coding {
            deflater.begin_file(match effort {
                Effort::Level => self.level,
                Effort::Store => 0,
            });
        }
    }

    /// Adds literal data; what has to be written goes to `out`, now or later.
    ///
    /// # Errors
    /// When the compressor has no memory.
    pub fn literal(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.records.end_run(out);
        match &mut self.coding {
            Coding::Plain => {
                for piece in data.chunks(limits::LITERAL_SENT) {
                    let length = u32::try_from(piece.len()).expect("pieces are of at most 32 KiB");
                    out.extend_from_slice(&length.to_le_bytes());
                    out.extend_from_slice(piece);
                }
                Ok(())
            }
            _ if data.is_empty() => Ok(()),
            Coding::Deflate { deflater, .. } => deflater.literal(data, out),
            Coding::Zstd(encoder) => encoder.literal(data, out),
            Coding::Lz4(encoder) => encoder.literal(data, out),
        }
    }

    /// Adds `count` blocks from number `first` on.
    ///
    /// # Errors
    /// When the compressor has no memory.
    ///
    /// # Panics
    /// If a number is 2^31 - 1 or more: no sum header has that many blocks.
    pub fn blocks(&mut self, first: u32, count: u32, out: &mut Vec<u8>) -> Result<()> {
        let end = first.checked_add(count).filter(|&end| end <= i32::MAX.unsigned_abs());
        let end = end.expect("sum headers have at most 2^31 - 1 blocks");
        self.flush(out)?;
        match &self.coding {
            // −1 is block 0, −2 block 1: the complement.
            Coding::Plain => (first..end).for_each(|number| out.extend_from_slice(&(!number).to_le_bytes())),
            _ => self.records.blocks(first, count, out),
        }
        Ok(())
    }

    /// Whether matched blocks have to be shown to [`matched`](TokenEncoder::matched).
    pub fn wants_matched(&self) -> bool {
        matches!(self.coding, Coding::Deflate { history: History::Everything { .. }, .. })
    }

    /// Enters the contents of one matched block, after it was added, into the history where the coding has it there.
    ///
    /// # Errors
    /// When the compressor has no memory.
    pub fn matched(&mut self, block: &[u8]) -> Result<()> {
        match &mut self.coding {
            Coding::Deflate { deflater, history: History::Everything { sound } } => {
                deflater.remember(block, *sound)
            }
            _ => Ok(()),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the compressor has no memory.
    pub fn end_file(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.flush(out)?;
        match &self.coding {
            Coding::Plain => out.extend_from_slice(&[0; 4]),
            _ => self.records.end(out),
        }
        Ok(())
    }

    /// Ends a stretch of literals.
    fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        match &mut self.coding {
            Coding::Plain => Ok(()),
            Coding::Deflate { deflater, .. } => deflater.flush(out),
            Coding::Zstd(encoder) => encoder.flush(out),
            Coding::Lz4(encoder) => encoder.flush(out),
        }
    }
}
