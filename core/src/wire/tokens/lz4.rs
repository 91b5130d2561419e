//! The `lz4` coding: every record one block of its own (`docs/spec/wire-3-transfer.md` §6.5). In: literals. Out: compressed data,
//! and back.

use lz4_flex::block;

use super::record::{MAX_DATA, RecordWriter};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::WireError;

/// Expands the block `input` into `output`, which has room for [`limits::LZ4_EXPANDED`](crate::wire::limits::LZ4_EXPANDED) bytes, and
/// says how many there were.
pub(super) fn expand(input: &[u8], output: &mut [u8]) -> Result<usize, WireError> {
    match block::decompress_into(input, output) {
        // rsync takes a block of nothing for the end of the file; no sender sends one.
        Ok(0) => Err(WireError::DamagedStream("an lz4 block without data")),
        Ok(length) => Ok(length),
        Err(_) => Err(WireError::DamagedStream("data that lz4 cannot expand")),
    }
}

/// Compresses the literals of a file.
#[derive(Debug)]
pub(super) struct Lz4Encoder {
    /// Literals that are not in a record yet.
    pending: Vec<u8>,
    scratch: Vec<u8>,
}

impl Lz4Encoder {
    pub(super) fn new() -> Lz4Encoder {
        Lz4Encoder {
            pending: Vec::with_capacity(MAX_DATA),
            scratch: vec![0; block::get_maximum_output_size(MAX_DATA)],
        }
    }

    pub(super) fn literal(&mut self, mut data: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while let Some((piece, rest)) = data.split_at_checked(MAX_DATA - self.pending.len()) {
            self.pending.extend_from_slice(piece);
            self.flush(out)?;
            data = rest;
        }
        self.pending.extend_from_slice(data);
        Ok(())
    }

    /// Ends a stretch of literals.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let result = self.compress(&pending, out);
        self.pending = pending;
        self.pending.clear();
        result
    }

    /// Writes `data` as records: halved until each fits.
    fn compress(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if data.is_empty() {
            return Ok(());
        }
        let length = block::compress_into(data, &mut self.scratch)
            .map_err(|_| Error::new(ErrorKind::Internal, "lz4 does not fit its own bound"))?;
        if length > MAX_DATA {
            let (front, back) = data.split_at(data.len() / 2);
            self.compress(front, out)?;
            return self.compress(back, out);
        }
        RecordWriter::data(self.scratch.get(..length).unwrap_or_default(), out);
        Ok(())
    }
}
