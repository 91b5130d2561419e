//! Writes a native delta (docs/format.md, "Delta"). In: [`Op`]s, then the result's length and hash. Out: bytes.

use crate::delta::format::native::{
    CheckChain, DELTA_MAGIC, MAX_COMMAND, MAX_FRAME_COMMANDS, MAX_FRAME_LITERALS, VERSION, tag,
};
use crate::delta::format::reader::{put_varint, zigzag};
use crate::delta::op::Op;
use crate::delta::options::Compression;
use crate::delta::signature::BasisIdentity;
use crate::error::{Error, ErrorKind, Result};

/// Literals are sampled for compressibility this far apart …
const SAMPLE_EVERY: usize = 256 << 10;
/// … by as many bytes.
const SAMPLE: usize = 8 << 10;
/// Sections shorter than this are compressed at level `THOROUGH` at least.
const SHORT: usize = 1 << 20;
const THOROUGH: i32 = 9;
/// Shorter sections than this are not worth a zstd frame of their own.
const MIN_COMPRESSED: usize = 48;

/// Collects operations into frames. Where a frame ends depends on the operations alone.
pub(crate) struct NativeEncoder {
    out: Vec<u8>,
    commands: Vec<u8>,
    literals: Vec<u8>,
    /// Literal bytes at the end of `literals` that no command speaks of yet.
    open_literal: usize,
    /// Where the last copy ended in the basis.
    copied_to: u64,
    compressor: Option<Compressor>,
    checks: CheckChain,
}

struct Compressor {
    zstd: zstd::bulk::Compressor<'static>,
    /// For sections that take no time at any level.
    thorough: zstd::bulk::Compressor<'static>,
    sampler: zstd::bulk::Compressor<'static>,
}

fn zstd_failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::OutOfMemory, "cannot compress").with_source(error)
}

impl NativeEncoder {
    /// A delta against `basis`; its head is the first output.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a compression level out of range.
    pub(crate) fn new(basis: BasisIdentity, compression: Compression) -> Result<NativeEncoder> {
        let compressor = match compression {
            Compression::None => None,
            Compression::Zstd(level) if !(1..=19).contains(&level) => {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    format!("zstd level {level} does not exist: choose 1 to 19"),
                ));
            }
            Compression::Zstd(level) => Some(Compressor {
                zstd: zstd::bulk::Compressor::new(level).map_err(zstd_failed)?,
                thorough: zstd::bulk::Compressor::new(level.max(THOROUGH)).map_err(zstd_failed)?,
                sampler: zstd::bulk::Compressor::new(1).map_err(zstd_failed)?,
            }),
        };
        let mut out = Vec::with_capacity(64);
        out.extend_from_slice(&DELTA_MAGIC);
        out.extend_from_slice(&[VERSION, 0]);
        put_varint(basis.length, &mut out);
        out.extend_from_slice(&basis.hash);
        let mut checks = CheckChain::default();
        checks.seal(&mut out, 0);
        Ok(NativeEncoder {
            out,
            commands: Vec::new(),
            literals: Vec::new(),
            open_literal: 0,
            copied_to: 0,
            compressor,
            checks,
        })
    }

    /// Adds an operation. Literals that follow each other become one.
    pub(crate) fn op(&mut self, op: Op<'_>) -> Result<()> {
        match op {
            Op::Copy { offset, length } => {
                self.close_literal();
                self.reserve_command()?;
                put_varint(length << 1 | 1, &mut self.commands);
                put_varint(zigzag(offset.wrapping_sub(self.copied_to) as i64), &mut self.commands);
                self.copied_to = offset + length;
            }
            Op::Literal(mut bytes) => {
                while !bytes.is_empty() {
                    if self.literals.len() == MAX_FRAME_LITERALS {
                        self.end_frame()?;
                    }
                    let take = bytes.len().min(MAX_FRAME_LITERALS - self.literals.len());
                    self.literals.extend_from_slice(&bytes[..take]);
                    self.open_literal += take;
                    bytes = &bytes[take..];
                }
            }
        }
        Ok(())
    }

    /// Ends the delta of a result with this length and hash.
    pub(crate) fn finish(&mut self, length: u64, hash: &[u8; 32]) -> Result<()> {
        self.end_frame()?;
        let start = self.out.len();
        self.out.push(tag::END);
        put_varint(length, &mut self.out);
        self.out.extend_from_slice(hash);
        self.checks.seal(&mut self.out, start);
        Ok(())
    }

    /// Moves what is encoded so far to the end of `out`.
    pub(crate) fn take_output(&mut self, out: &mut Vec<u8>) {
        if out.is_empty() {
            std::mem::swap(out, &mut self.out);
        } else {
            out.append(&mut self.out);
        }
    }

    fn close_literal(&mut self) {
        if self.open_literal > 0 {
            put_varint((self.open_literal as u64) << 1, &mut self.commands);
            self.open_literal = 0;
        }
    }

    /// Makes room for a copy and the literal that may follow it.
    fn reserve_command(&mut self) -> Result<()> {
        if self.commands.len() + 2 * MAX_COMMAND > MAX_FRAME_COMMANDS {
            self.end_frame()?;
        }
        Ok(())
    }

    fn end_frame(&mut self) -> Result<()> {
        self.close_literal();
        if self.commands.is_empty() {
            return Ok(());
        }
        let mut tag = tag::FRAME;
        let (mut commands, mut literals) = (None, None);
        if let Some(compressor) = &mut self.compressor {
            commands = compressor.shrink(&self.commands)?;
            literals = compressor.shrink(&self.literals)?;
        }
        if commands.is_some() {
            tag |= tag::COMMANDS_ZSTD;
        }
        if literals.is_some() {
            tag |= tag::LITERALS_ZSTD;
        }
        let start = self.out.len();
        self.out.push(tag);
        for (raw, stored) in [(&self.commands, &commands), (&self.literals, &literals)] {
            put_varint(raw.len() as u64, &mut self.out);
            if let Some(stored) = stored {
                put_varint(stored.len() as u64, &mut self.out);
            }
        }
        self.out.extend_from_slice(commands.as_ref().unwrap_or(&self.commands));
        self.out.extend_from_slice(literals.as_ref().unwrap_or(&self.literals));
        self.checks.seal(&mut self.out, start);
        self.commands.clear();
        self.literals.clear();
        Ok(())
    }
}

impl Compressor {
    /// `bytes` as a zstd frame, if that is shorter.
    fn shrink(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>> {
        if bytes.len() < MIN_COMPRESSED || !self.is_promising(bytes)? {
            return Ok(None);
        }
        let zstd = if bytes.len() < SHORT { &mut self.thorough } else { &mut self.zstd };
        let compressed = zstd.compress(bytes).map_err(zstd_failed)?;
        Ok(Some(compressed).filter(|compressed| compressed.len() < bytes.len()))
    }

    /// Whether samples of `bytes` shrink: most of what does not is found out at a small part of the cost.
    fn is_promising(&mut self, bytes: &[u8]) -> Result<bool> {
        if bytes.len() < SAMPLE_EVERY {
            return Ok(true);
        }
        for start in (0..bytes.len()).step_by(SAMPLE_EVERY) {
            let sample = &bytes[start..bytes.len().min(start + SAMPLE)];
            if self.sampler.compress(sample).map_err(zstd_failed)?.len() + sample.len() / 32 < sample.len() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
