//! A librsync signature that is written while it is made. In: the basis, strictly forward. Out: the signature's bytes.

use crate::delta::format::librsync::{put_signature_head, put_signature_records};
use crate::delta::options::{Format, SignatureOptions};
use crate::delta::signature::SignatureBuilder;
use crate::error::{Error, ErrorKind, Result};

/// Writes a librsync signature as its blocks become complete, in memory for one block.
///
/// ```
/// use syncline::delta::librsync::SignatureWriter;
/// use syncline::delta::{Format, Signature, SignatureOptions};
///
/// let options = SignatureOptions::new(Format::RollsumMd4).block_length(4);
/// let mut bytes = Vec::new();
/// let mut writer = SignatureWriter::new(&options, &mut bytes)?;
/// assert_eq!(bytes.len(), 12);
/// writer.update(b"01234", &mut bytes);
/// assert_eq!(bytes.len(), 12 + 20);
/// assert_eq!(writer.finish(&mut bytes), 2);
/// assert_eq!(bytes, Signature::of(b"01234", &options)?.encode());
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignatureWriter {
    builder: SignatureBuilder,
    blocks: u64,
}

impl SignatureWriter {
    /// Starts an empty basis, and adds the signature's head to `out`.
    ///
    /// # Errors
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for the native format, whose signatures are written whole, and for lengths outside
    /// the format's bounds.
    pub fn new(options: &SignatureOptions, out: &mut Vec<u8>) -> Result<SignatureWriter> {
        if options.format == Format::Native {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "this writes signatures of librsync's formats",
            ));
        }
        let mut builder = SignatureBuilder::new(options)?;
        builder.take_records(|signature| put_signature_head(signature, out));
        Ok(SignatureWriter { builder, blocks: 0 })
    }

    /// Takes the next bytes of the basis, and adds the records of the blocks that are complete with them to `out`.
    pub fn update(&mut self, data: &[u8], out: &mut Vec<u8>) {
        self.builder.update(data);
        let blocks = &mut self.blocks;
        self.builder.take_records(|signature| {
            *blocks += signature.weak().len() as u64;
            put_signature_records(signature, out);
        });
    }

    /// Blocks whose records have been written.
    pub fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Ends the basis, adds the record of a short last block to `out`, and says how many blocks there were.
    pub fn finish(self, out: &mut Vec<u8>) -> u64 {
        let rest = self.builder.finish();
        put_signature_records(&rest, out);
        self.blocks + rest.weak().len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::Signature;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_piece_by_piece_is_the_signature(
            data in prop::collection::vec(any::<u8>(), 0..3000),
            block in 1u32..400,
            cut in 1usize..1000,
        ) {
            for format in Format::ALL.into_iter().filter(|&format| format != Format::Native) {
                let options = SignatureOptions::new(format).block_length(block);
                let mut bytes = Vec::new();
                let mut writer = SignatureWriter::new(&options, &mut bytes).unwrap();
                data.chunks(cut).for_each(|piece| writer.update(piece, &mut bytes));
                prop_assert_eq!(writer.finish(&mut bytes), data.len().div_ceil(block as usize) as u64);
                prop_assert_eq!(bytes, Signature::of(&data, &options).unwrap().encode());
            }
        }
    }
}
