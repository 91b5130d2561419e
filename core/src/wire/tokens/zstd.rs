//! The `zstd` coding: one stream for the whole session, flushed after each stretch of literals
//! (`docs/spec/wire-3-transfer.md` §6.4). In: literals. Out: compressed data, and back.

use zstd::stream::raw::{self, CParameter, DParameter, InBuffer, Operation, OutBuffer};

use super::record::{MAX_DATA, RecordWriter};
use crate::error::{Error, Result};
use crate::wire::{WireError, limits};

/// Expands the data of a session.
pub(super) struct ZstdDecoder(raw::Decoder<'static>);

impl ZstdDecoder {
    pub(super) fn new() -> Result<ZstdDecoder, WireError> {
        let start = || {
            let mut decoder = raw::Decoder::new()?;
            decoder.set_parameter(DParameter::WindowLogMax(limits::ZSTD_WINDOW_LOG))?;
            Ok(ZstdDecoder(decoder))
        };
        start().map_err(|_: std::io::Error| WireError::DamagedStream("zstd could not be started"))
    }

    /// Expands `input` into `output`; says how much of each was used.
    pub(super) fn run(&mut self, input: &[u8], output: &mut [u8]) -> Result<(usize, usize), WireError> {
        let status = self
            .0
            .run_on_buffers(input, output)
            .map_err(|_| WireError::DamagedStream("data that zstd cannot expand"))?;
        Ok((status.bytes_read, status.bytes_written))
    }
}

/// Compresses the literals of a session.
pub(super) struct ZstdEncoder {
    stream: raw::Encoder<'static>,
    scratch: Vec<u8>,
    /// Compressed data that are not in a record yet.
    pending: Vec<u8>,
    /// Literals have been taken since the last flush.
    open: bool,
}

impl ZstdEncoder {
    pub(super) fn new(level: i32) -> Result<ZstdEncoder> {
        let mut stream = raw::Encoder::new(level).map_err(failed)?;
        // The frame is never ended, so its length is not known and its checksum would never be sent.
        stream.set_parameter(CParameter::ChecksumFlag(false)).map_err(failed)?;
        Ok(ZstdEncoder { stream, scratch: vec![0; MAX_DATA], pending: Vec::new(), open: false })
    }

    pub(super) fn literal(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.open = true;
        let mut input = InBuffer::around(data);
        while input.pos() < data.len() {
            let mut output = OutBuffer::around(self.scratch.as_mut_slice());
            self.stream.run(&mut input, &mut output).map_err(failed)?;
            self.pending.extend_from_slice(output.as_slice());
        }
        let whole = self.pending.len() / MAX_DATA * MAX_DATA;
        RecordWriter::data(self.pending.get(..whole).unwrap_or_default(), out);
        self.pending.drain(..whole);
        Ok(())
    }

    /// Ends a stretch of literals: writes all that is needed to expand them.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if !self.open {
            return Ok(());
        }
        self.open = false;
        loop {
            let mut output = OutBuffer::around(self.scratch.as_mut_slice());
            let left = self.stream.flush(&mut output).map_err(failed)?;
            self.pending.extend_from_slice(output.as_slice());
            if left == 0 {
                break;
            }
        }
        RecordWriter::data(&self.pending, out);
        self.pending.clear();
        Ok(())
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::stream("compress with zstd", error)
}
