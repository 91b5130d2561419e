//! The `zlib` and `zlibx` codings: raw deflate, one stream a file (`docs/spec/wire-3-transfer.md` §6.3). In: literals and matched
//! blocks. Out: compressed data without the marker that ends each flush, and back.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::history_pieces;
use super::record::{MAX_DATA, RecordWriter};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::WireError;

/// What a sync flush ends with; it is not sent.
pub(super) const FLUSH_MARKER: [u8; 4] = [0, 0, 0xff, 0xff];

/// Expands the data of one file after another.
#[derive(Debug)]
pub(super) struct Inflater(Decompress);

impl Inflater {
    pub(super) fn new() -> Inflater {
        Inflater(Decompress::new(false))
    }

    /// Starts a file: with an empty history.
    pub(super) fn begin_file(&mut self) {
        self.0.reset(false);
    }

    /// Expands `input` into `output`; says how much of each was used.
    pub(super) fn run(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), WireError> {
        let (before_in, before_out) = (self.0.total_in(), self.0.total_out());
        match self.0.decompress(input, output, FlushDecompress::None) {
            Ok(Status::Ok | Status::BufError) => {}
            Ok(Status::StreamEnd) => return Err(WireError::DamagedStream("the deflate stream ended")),
            Err(_) => return Err(WireError::DamagedStream("data that do not inflate")),
        }
        let used = self.0.total_in() - before_in;
        let produced = self.0.total_out() - before_out;
        Ok((used as usize, produced as usize))
    }

    /// Enters a matched block into the history, as stored data, of which the output is dropped into `scratch`.
    pub(super) fn remember(
        &mut self,
        block: &[u8],
        sound: bool,
        scratch: &mut [u8],
    ) -> Result<(), WireError> {
        for piece in history_pieces(block, sound) {
            let length = u16::try_from(piece.len()).unwrap_or(u16::MAX);
            let [a, b] = length.to_le_bytes();
            self.discard(&[0, a, b, !a, !b], scratch)?;
            self.discard(piece, scratch)?;
        }
        Ok(())
    }

    fn discard(&mut self, mut input: &[u8], scratch: &mut [u8]) -> Result<(), WireError> {
        while !input.is_empty() {
            let (used, produced) = self.run(input, scratch)?;
            if used == 0 && produced == 0 {
                return Err(WireError::DamagedStream("the inflater does not go on"));
            }
            input = input.get(used..).unwrap_or_default();
        }
        Ok(())
    }
}

/// Compresses the literals of one file after another.
#[derive(Debug)]
pub(super) struct Deflater {
    stream: Compress,
    level: u32,
    /// Compressed data that are not in a record yet.
    pending: Vec<u8>,
    scratch: Vec<u8>,
    /// Literals have been taken since the last flush.
    open: bool,
}

impl Deflater {
    pub(super) fn new(level: u32) -> Deflater {
        Deflater {
            stream: Compress::new(Compression::new(level), false),
            level,
            pending: Vec::new(),
            scratch: vec![0; MAX_DATA],
            open: false,
        }
    }

    /// Starts a file: with an empty history.
    pub(super) fn begin_file(&mut self, level: u32) {
        if level == self.level {
            self.stream.reset();
        } else {
            self.stream = Compress::new(Compression::new(level), false);
            self.level = level;
        }
        self.pending.clear();
        self.open = false;
    }

    pub(super) fn literal(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.open = true;
        let mut rest = data;
        while !rest.is_empty() {
            let (used, _) = self.run(rest, FlushCompress::None)?;
            rest = rest.get(used..).unwrap_or_default();
        }
        let whole = self.pending.len() / MAX_DATA * MAX_DATA;
        RecordWriter::data(self.pending.get(..whole).unwrap_or_default(), out);
        self.pending.drain(..whole);
        Ok(())
    }

    /// Ends a stretch of literals: writes all that is needed to expand them, less the marker.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.open {
            return Ok(());
        }
        self.open = false;
        while self.run(&[], FlushCompress::Sync)?.1 == self.scratch.len() {}
        let kept = self.pending.strip_suffix(&FLUSH_MARKER).ok_or_else(|| internal("flush"))?;
        RecordWriter::data(kept, out);
        self.pending.clear();
        Ok(())
    }

    /// Enters a matched block into the history.
    pub(super) fn remember(&mut self, block: &[u8], sound: bool) -> Result<()> {
        for piece in history_pieces(block, sound) {
            self.stream.set_dictionary(piece).map_err(|_| internal("take history"))?;
        }
        Ok(())
    }

    fn run(&mut self, input: &[u8], flush: FlushCompress) -> Result<(usize, usize)> {
        let (before_in, before_out) = (self.stream.total_in(), self.stream.total_out());
        self.stream.compress(input, &mut self.scratch, flush).map_err(|_| internal("compress"))?;
        let used = (self.stream.total_in() - before_in) as usize;
        let produced = (self.stream.total_out() - before_out) as usize;
        self.pending.extend(self.scratch.iter().take(produced));
        Ok((used, produced))
    }
}

fn internal(what: &str) -> Error {
    Error::new(ErrorKind::Internal, format!("the deflate encoder does not {what}"))
}
