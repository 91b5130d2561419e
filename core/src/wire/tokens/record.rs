//! The records that the compressed codings share (`docs/spec/wire-3-transfer.md` §6.2). In: bytes. Out: [`Record`]s, and back.

use crate::wire::{Source, WireError};

/// Bytes of compressed data in a record.
pub(super) const MAX_DATA: usize = 16_383;
/// Blocks in one record: a run count of 16 bits, plus one.
const MAX_RUN: u32 = 65_536;

const TOKEN_LONG: u8 = 0x20;
const TOKEN_RUN_LONG: u8 = 0x21;
const DATA: u8 = 0x40;
const TOKEN_RELATIVE: u8 = 0x80;
const TOKEN_RUN_RELATIVE: u8 = 0xc0;
/// The low bits of a first byte, for lengths and relative numbers.
const LOW: u8 = 0x3f;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// So many bytes of compressed data follow.
    Data(usize),
    /// Blocks of the basis.
    Blocks { first: u32, count: u32 },
    /// The file is complete.
    End,
}

/// Reads records; relative block numbers count from the last block of the record before.
#[derive(Debug, Default)]
pub(super) struct RecordReader {
    previous: u32,
}

impl RecordReader {
    /// The next record, without the data it announces.
    pub(super) fn next(
        &mut self,
        source: &mut (impl Source + ?Sized),
        block_count: u32,
    ) -> Result<Record, WireError> {
        let lead = source.u8()?;
        let low = lead & LOW;
        let (first, is_run) = match lead {
            0 => return Ok(Record::End),
            TOKEN_LONG | TOKEN_RUN_LONG => {
                let number = source.i32()?;
                let out_of_range = WireError::OutOfRange { what: "block number", value: number.into() };
                (u32::try_from(number).map_err(|_| out_of_range)?, lead == TOKEN_RUN_LONG)
            }
            TOKEN_RELATIVE..=0xff => (self.previous.saturating_add(low.into()), lead >= TOKEN_RUN_RELATIVE),
            DATA..TOKEN_RELATIVE => {
                let length = usize::from(low) << 8 | usize::from(source.u8()?);
                return if length == 0 {
                    Err(WireError::DamagedStream("a record of compressed data is empty"))
                } else {
                    Ok(Record::Data(length))
                };
            }
            _ => return Err(WireError::Malformed("a token of unknown kind")),
        };
        let more = if is_run { u32::from(source.u16()?) } else { 0 };
        if is_run && more == 0 {
            return Err(WireError::OutOfRange { what: "run of blocks", value: 0 });
        }
        let last = u64::from(first) + u64::from(more);
        self.previous = u32::try_from(last)
            .ok()
            .filter(|&last| last < block_count)
            .ok_or(WireError::OutOfRange { what: "block number", value: last.cast_signed() })?;
        Ok(Record::Blocks { first, count: more + 1 })
    }
}

/// Writes records; joins blocks that follow each other to runs.
#[derive(Debug, Default)]
pub(super) struct RecordWriter {
    previous: u32,
    /// Blocks that have not been written because more may follow.
    run: Option<(u32, u32)>,
}

impl RecordWriter {
    /// Adds `count` blocks from number `first` on.
    pub(super) fn blocks(&mut self, first: u32, count: u32, out: &mut Vec<u8>) {
        let (mut first, mut count) = (first, count);
        if let Some((start, so_far)) = &mut self.run
            && *start + *so_far == first
        {
            let taken = count.min(MAX_RUN - *so_far);
            *so_far += taken;
            first += taken;
            count -= taken;
        }
        while count > 0 {
            self.end_run(out);
            let taken = count.min(MAX_RUN);
            self.run = Some((first, taken));
            first += taken;
            count -= taken;
        }
    }

    /// Writes the blocks that were held back.
    pub(super) fn end_run(&mut self, out: &mut Vec<u8>) {
        let Some((first, count)) = self.run.take() else {
            return;
        };
        let more = count - 1;
        let relative = first.checked_sub(self.previous).and_then(|relative| u8::try_from(relative).ok());
        match relative.filter(|&relative| relative <= LOW) {
            Some(relative) if more == 0 => out.push(TOKEN_RELATIVE | relative),
            Some(relative) => out.push(TOKEN_RUN_RELATIVE | relative),
            None => {
                out.push(if more == 0 { TOKEN_LONG } else { TOKEN_RUN_LONG });
                out.extend_from_slice(&first.to_le_bytes());
            }
        }
        if let Some(more) = u16::try_from(more).ok().filter(|&more| more > 0) {
            out.extend_from_slice(&more.to_le_bytes());
        }
        self.previous = first + more;
    }

    /// Writes compressed data, cut into records.
    pub(super) fn data(data: &[u8], out: &mut Vec<u8>) {
        for piece in data.chunks(MAX_DATA) {
            let [low, high, ..] = piece.len().to_le_bytes();
            out.extend_from_slice(&[DATA | high, low]);
            out.extend_from_slice(piece);
        }
    }

    /// Ends the file.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        self.end_run(out);
        out.push(0);
        self.previous = 0;
    }
}
