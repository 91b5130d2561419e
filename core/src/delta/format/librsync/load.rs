//! Loads signatures as librsync does, with its answers. In: a signature file in pieces. Out: a [`Signature`], or a refusal in librsync's words.
//!
//! librsync accepts what [`SignatureLoader`] refuses, files that nobody writes (docs/spec/librsync.md §2.3): a strong length or a magic of 0, and
//! up to three stray bytes at the end. The loader sees a regular header and whole records.

use crate::delta::format::SignatureLoader;
use crate::delta::format::librsync::parameters::Parameters;
use crate::delta::format::librsync::result::{Refusal, ResultCode};
use crate::delta::signature::Signature;

/// Bytes of the header: magic, block length, strong length.
const HEADER: usize = 12;
/// The longest strong sum that any magic allows, in bytes.
const MAX_STRONG: u32 = 32;
/// Bytes of a weak sum: a record that ends within it is ignored.
const WEAK: usize = 4;

/// Loads a signature file that arrives in pieces; memory grows with what has arrived.
///
/// ```
/// use syncline::delta::librsync::{ResultCode, SignatureReader};
/// use syncline::delta::{Format, Signature, SignatureOptions};
///
/// let signature = Signature::of(b"content", &SignatureOptions::new(Format::RollsumMd4))?;
/// let mut reader = SignatureReader::new();
/// reader.update(&signature.encode()).expect("it is a signature");
/// assert_eq!(reader.finish().expect("it is complete"), signature);
/// assert_eq!(SignatureReader::new().finish().unwrap_err().code, ResultCode::INPUT_ENDED);
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SignatureReader {
    loader: SignatureLoader,
    header: Vec<u8>,
    block_length: u32,
    /// Bytes of a record, once the header says.
    record_length: Option<usize>,
    /// A record that is not complete.
    partial: Vec<u8>,
    blocks: u64,
}

impl SignatureReader {
    /// A reader that has seen nothing.
    pub fn new() -> SignatureReader {
        SignatureReader::default()
    }

    /// Bytes in a block; 0 before the header says.
    pub fn block_length(&self) -> u32 {
        self.block_length
    }

    /// Blocks whose records have arrived.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// The rows of docs/spec/librsync.md §2.3, as soon as the bytes show it. The reader is of no use after that.
    pub fn update(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while !bytes.is_empty() {
            let taken = match self.record_length {
                None => self.take_header(bytes)?,
                Some(length) => self.take_records(bytes, length)?,
            };
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Takes the next of the header's three numbers, or the part of it that is there.
    fn take_header(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let missing = 4 - self.header.len() % 4;
        let taken = bytes.get(..missing).unwrap_or(bytes);
        self.header.extend_from_slice(taken);
        let number = |at: usize| {
            let bytes = self.header.get(at..)?.first_chunk::<4>()?;
            Some(u32::from_be_bytes(*bytes))
        };
        match (number(0), number(4), number(8)) {
            (_, Some(block), None) if block.cast_signed() <= 0 => {
                let text = format_args!("block length of {} is bogus", block.cast_signed());
                return Err(Refusal::new(ResultCode::CORRUPT, "rs_loadsig_s_blocklen", text));
            }
            (Some(magic), Some(block), Some(strong)) => self.start_records(magic, block, strong)?,
            _ => {}
        }
        Ok(taken.len())
    }

    fn start_records(&mut self, magic: u32, block: u32, strong: u32) -> Result<(), Refusal> {
        if strong > MAX_STRONG {
            let text = format_args!("strong sum length {} is implausible", strong.cast_signed());
            return Err(Refusal::new(ResultCode::CORRUPT, "rs_loadsig_s_stronglen", text));
        }
        let mut parameters =
            Parameters { magic, block_length: block as usize, strong_length: strong as usize };
        parameters.complete(None)?;
        let mut header = Vec::with_capacity(HEADER);
        header.extend_from_slice(&parameters.magic.to_be_bytes());
        header.extend_from_slice(&block.to_be_bytes());
        header.extend_from_slice(&(parameters.strong_length as u32).to_be_bytes());
        self.feed(&header)?;
        self.block_length = block;
        self.record_length = Some(WEAK + parameters.strong_length);
        Ok(())
    }

    /// Takes whole records, or the part of one that is there.
    fn take_records(&mut self, bytes: &[u8], length: usize) -> Result<usize, Refusal> {
        let whole = bytes.len() - bytes.len() % length;
        if self.partial.is_empty() && whole > 0 {
            self.feed(bytes.get(..whole).unwrap_or_default())?;
            self.blocks += (whole / length) as u64;
            return Ok(whole);
        }
        let missing = length - self.partial.len();
        let taken = bytes.get(..missing).unwrap_or(bytes);
        self.partial.extend_from_slice(taken);
        if self.partial.len() == length {
            let record = std::mem::take(&mut self.partial);
            self.feed(&record)?;
            self.blocks += 1;
        }
        Ok(taken.len())
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.loader
            .update(bytes)
            .map_err(|error| Refusal::new(ResultCode::from(&error), "rs_loadsig", &error))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`ResultCode::INPUT_ENDED`] in the header, or past the weak sum of a record.
    pub fn finish(self) -> Result<Signature, Refusal> {
        if self.record_length.is_none() || self.partial.len() >= WEAK {
            return Err(Refusal::from(ResultCode::INPUT_ENDED));
        }
        self.loader.finish().map_err(|error| Refusal::from(ResultCode::from(&error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a file of these bytes comes to, fed `cut` at a time.
    fn code(bytes: &[u8], cut: usize) -> i32 {
        let mut reader = SignatureReader::new();
        for piece in bytes.chunks(cut) {
            if let Err(refusal) = reader.update(piece) {
                return refusal.code.0;
            }
        }
        reader.finish().map_or_else(|refusal| refusal.code.0, |_| 0)
    }

    #[test]
    fn the_rows_of_the_specification() {
        // docs/spec/librsync.md §2.3
        let header =
            |magic: u32, block: u32, strong: u32| [magic, block, strong].map(u32::to_be_bytes).concat();
        let with = |records: usize| [header(0x7273_0136, 16, 8), vec![1; records]].concat();
        for (bytes, expected) in [
            (vec![], 103),
            (vec![0x11, 0x22, 0x33, 0x44], 103),
            (header(0x7273_0147, 0, 8), 106),
            (header(0x7273_0147, 1 << 31, 8), 106),
            (header(0x1122_3344, 0, 8), 106),
            (header(0x7273_0147, 16, 33), 106),
            (header(0x7273_0147, 16, 1 << 31), 106),
            (header(0x1122_3344, 16, 8), 104),
            (header(0x7273_0136, 16, 17), 108),
            (header(0x7273_0136, 16, 0), 0),
            (header(0, 16, 8), 0),
            (with(0), 0),
            (with(12), 0),
            (with(15), 0),
            (with(16), 103),
            (with(23), 103),
        ] {
            for cut in [1, 5, 100] {
                assert_eq!(code(&bytes, cut), expected, "{bytes:?} {cut}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer_that_no_cut_changes(bytes in prop::collection::vec(any::<u8>(), 0..80), cut in 1usize..80) {
            prop_assert_eq!(code(&bytes, cut), code(&bytes, 80));
        }
    }
}
