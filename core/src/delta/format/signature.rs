//! Signature files. In: bytes of any of the five formats, in pieces of any size. Out: a [`Signature`]; and back.

use crate::delta::format::{Kind, corrupt, librsync, limit, native, truncated};
use crate::delta::layout::Layout;
use crate::delta::options::Format;
use crate::delta::signature::{BasisIdentity, Signature};
use crate::error::Result;

impl Signature {
    /// The signature as a file.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.weak().len() * (4 + usize::from(self.strong_length())) + 128);
        match self.format() {
            Format::Native => native::encode_signature(self, &mut out),
            _ => librsync::encode_signature(self, &mut out),
        }
        out
    }

    /// The signature in `bytes`, whichever of the five formats it is in.
    ///
    /// # Errors
    /// As [`SignatureLoader`].
    pub fn decode(bytes: &[u8]) -> Result<Signature> {
        let mut loader = SignatureLoader::new();
        loader.update(bytes)?;
        loader.finish()
    }
}

/// Loads a signature file that arrives in pieces.
///
/// Memory grows with what has arrived, never with what a header promises.
///
/// ```
/// use syncline::delta::{Signature, SignatureLoader, SignatureOptions};
///
/// let signature = Signature::of(b"content", &SignatureOptions::default())?;
/// let mut loader = SignatureLoader::new();
/// for piece in signature.encode().chunks(3) {
///     loader.update(piece)?;
/// }
/// assert_eq!(loader.finish()?, signature);
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct SignatureLoader {
    /// Bytes that are not decoded yet.
    pending: Vec<u8>,
    state: State,
    parts: Parts,
    /// Over everything so far: a native signature ends with a check of itself.
    hasher: blake3::Hasher,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    NativeGroup,
    NativeRecords(u64),
    NativeTrailer,
    LibrsyncRecords,
    Complete,
}

/// What has been decoded.
#[derive(Debug, Default)]
struct Parts {
    head: Option<(Format, Layout)>,
    weak: Vec<u32>,
    strong: Vec<u8>,
    basis: Option<BasisIdentity>,
}

impl Parts {
    fn record_length(&self) -> usize {
        4 + self.head.map_or(0, |(_, layout)| usize::from(layout.strong_length))
    }

    fn add_record(&mut self, record: &[u8], weak: fn([u8; 4]) -> u32) -> Result<()> {
        let Some((sum, strong)) = record.split_first_chunk::<4>() else {
            return Err(corrupt("a record of the signature is too short"));
        };
        if self.weak.len() >= native::MAX_BLOCKS {
            return Err(limit("the signature has more than 2^32 - 1 blocks: choose a larger block length"));
        }
        self.weak.push(weak(*sum));
        self.strong.extend_from_slice(strong);
        Ok(())
    }
}

impl SignatureLoader {
    /// A loader that has seen nothing.
    pub fn new() -> SignatureLoader {
        SignatureLoader::default()
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// [`NotASignature`](crate::ErrorKind::NotASignature), [`SwappedArguments`](crate::ErrorKind::SwappedArguments) for a delta,
    /// [`UnsupportedVersion`](crate::ErrorKind::UnsupportedVersion), [`Corrupt`](crate::ErrorKind::Corrupt) or
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded), as soon as the bytes show it. The loader is of no use after that.
    pub fn update(&mut self, bytes: &[u8]) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        let pending = std::mem::take(&mut self.pending);
        let mut used = 0;
        while let Some(step) = self.step(pending.get(used..).unwrap_or_default())? {
            used += step;
        }
        let rest = pending.get(used..).unwrap_or_default();
        if matches!(self.state, State::Complete) && !rest.is_empty() {
            return Err(corrupt("there are bytes after the end of the signature"));
        }
        self.pending = rest.to_vec();
        Ok(())
    }

    /// Decodes the next part of the file and says how long it is; `None` if it has not all arrived, or the end is reached.
    fn step(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let step = match self.state {
            State::Head => self.head(bytes)?,
            State::NativeGroup => {
                let group = native::read_group(bytes)?;
                if let Some((_, count)) = group {
                    self.state = if count == 0 { State::NativeTrailer } else { State::NativeRecords(count) };
                }
                group.map(|(used, _)| used)
            }
            State::NativeRecords(count) => {
                let record = self.parts.record_length();
                let have = (bytes.len() / record).min(usize::try_from(count).unwrap_or(usize::MAX));
                let Some(records) = bytes.get(..have * record).filter(|records| !records.is_empty()) else {
                    return Ok(None);
                };
                for record in records.chunks_exact(record) {
                    self.parts.add_record(record, u32::from_le_bytes)?;
                }
                let left = count - have as u64;
                self.state = if left == 0 { State::NativeGroup } else { State::NativeRecords(left) };
                Some(records.len())
            }
            State::NativeTrailer => {
                let trailer = native::read_signature_trailer(bytes, &self.hasher)?;
                if let Some((used, basis)) = trailer {
                    self.parts.basis = Some(basis);
                    self.state = State::Complete;
                    return Ok(Some(used));
                }
                None
            }
            State::LibrsyncRecords => {
                let record = self.parts.record_length();
                let whole = bytes.chunks_exact(record);
                let used = bytes.len() - whole.remainder().len();
                for record in whole {
                    self.parts.add_record(record, u32::from_be_bytes)?;
                }
                Some(used).filter(|&used| used > 0)
            }
            State::Complete => None,
        };
        if let Some(used) = step {
            self.hasher.update(bytes.get(..used).unwrap_or_default());
        }
        Ok(step)
    }

    fn head(&mut self, bytes: &[u8]) -> Result<Option<usize>> {
        let head = match Kind::of(bytes) {
            None => return Ok(None),
            Some(Kind::NativeSignature) => {
                native::read_signature_head(bytes)?.map(|head| (head, State::NativeGroup))
            }
            Some(Kind::LibrsyncSignature) => {
                librsync::read_signature_head(bytes)?.map(|head| (head, State::LibrsyncRecords))
            }
            Some(other) => return Err(other.not_a_signature()),
        };
        let Some(((used, format, layout), state)) = head else {
            return Ok(None);
        };
        self.parts.head = Some((format, layout));
        self.state = state;
        Ok(Some(used))
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`Truncated`](crate::ErrorKind::Truncated) where it ends too early, [`Corrupt`](crate::ErrorKind::Corrupt) where its parts do not
    /// agree, [`NotASignature`](crate::ErrorKind::NotASignature) for an empty file.
    pub fn finish(self) -> Result<Signature> {
        let Some((format, layout)) = self.parts.head else {
            return Err(if self.pending.is_empty() {
                Kind::Other.not_a_signature()
            } else {
                truncated("signature")
            });
        };
        let complete = match self.state {
            State::LibrsyncRecords => self.pending.is_empty(),
            State::Complete => true,
            _ => false,
        };
        if !complete {
            return Err(truncated("signature"));
        }
        let Parts { weak, strong, basis, .. } = self.parts;
        if basis
            .is_some_and(|basis| basis.length.div_ceil(u64::from(layout.block_length)) != weak.len() as u64)
        {
            return Err(corrupt(
                "the number of blocks in the signature does not fit the length of its basis",
            ));
        }
        Ok(Signature::from_parts(format, layout, weak, strong, basis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::format::Reader;
    use crate::delta::options::{SignatureOptions, StrongLength};
    use crate::error::ErrorKind;
    use proptest::prelude::*;

    fn sample(format: Format) -> Signature {
        let data: Vec<u8> = (0..9000u32).map(|i| ((i * i) >> 5) as u8).collect();
        Signature::of(&data, &SignatureOptions::new(format).block_length(1024)).unwrap()
    }

    #[test]
    fn the_specifications_examples_are_written_and_read_byte_for_byte() {
        // docs/spec/librsync.md §2.4
        let basis = b"The quick brown fox jumps over the lazy dog\n";
        for (format, hex) in [
            (
                Format::RollsumMd4,
                "72730136000000100000000841b907b63d55465380a6a05c44b807fcb17bb7244d1c454f253e058535107d0cd681850c",
            ),
            (
                Format::RabinKarpMd4,
                "72730146000000100000000894c17c633d55465380a6a05c2e571d1db17bb7244d1c454f6c1ebcfe35107d0cd681850c",
            ),
            (
                Format::RollsumBlake2,
                "72730137000000100000000841b907b62cdcb86a8b3265e244b807fc551647500963f8d5253e05859618cf4b6f7a7eb0",
            ),
            (
                Format::RabinKarpBlake2,
                "72730147000000100000000894c17c632cdcb86a8b3265e22e571d1d551647500963f8d56c1ebcfe9618cf4b6f7a7eb0",
            ),
        ] {
            let options =
                SignatureOptions::new(format).block_length(16).strong_length(StrongLength::Bytes(8));
            let bytes = Signature::of(basis, &options).unwrap().encode();
            let shown: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(shown, hex);
            assert_eq!(Signature::decode(&bytes).unwrap().encode(), bytes);
        }
        let empty = Signature::of(b"", &SignatureOptions::new(Format::RabinKarpBlake2)).unwrap().encode();
        assert_eq!(empty, [0x72, 0x73, 1, 0x47, 0, 0, 1, 0, 0, 0, 0, 0x20]);
    }

    #[test]
    fn every_cut_of_a_signature_is_truncated_or_shorter_by_whole_records() {
        for format in Format::ALL {
            let bytes = sample(format).encode();
            for end in 0..bytes.len() {
                match Signature::decode(&bytes[..end]) {
                    Ok(shorter) => assert!(format != Format::Native && shorter.block_count() < 9),
                    Err(error) if end == 0 => assert_eq!(error.kind(), ErrorKind::NotASignature),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Truncated, "{end}"),
                }
            }
        }
    }

    #[test]
    fn a_flipped_bit_in_a_native_signature_is_always_noticed() {
        let bytes = sample(Format::Native).encode();
        for at in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            assert!(Signature::decode(&damaged).is_err(), "bit {at}");
        }
    }

    #[test]
    fn wrong_files_get_a_kind_of_their_own() {
        let mut newer = sample(Format::Native).encode();
        newer[4] = 9;
        let mut longer = sample(Format::Native).encode();
        longer.push(0);
        for (bytes, kind) in [
            (&b"plain text, no signature at all"[..], ErrorKind::NotASignature),
            (&[0x72, 0x73, 0x02, 0x36, 0], ErrorKind::SwappedArguments),
            (&native::DELTA_MAGIC, ErrorKind::SwappedArguments),
            (&newer, ErrorKind::UnsupportedVersion),
            (&longer, ErrorKind::Corrupt),
            (&[0x72, 0x73, 0x01, 0x36, 0, 0, 0, 0, 0, 0, 0, 8], ErrorKind::Corrupt),
            (&[0x72, 0x73, 0x01, 0x36, 0x80, 0, 0, 0, 0, 0, 0, 8], ErrorKind::Corrupt),
            (&[0x72, 0x73, 0x01, 0x36, 0, 0, 1, 0, 0, 0, 0, 17], ErrorKind::Corrupt),
            (&[0x72, 0x73, 0x01, 0x47, 0, 0, 1, 0, 0, 0, 0, 33], ErrorKind::Corrupt),
            (&[0x72, 0x73, 0x01, 0x47, 0, 0, 1, 0, 0, 0, 0, 0], ErrorKind::Corrupt),
        ] {
            assert_eq!(Signature::decode(bytes).unwrap_err().kind(), kind, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_signature_comes_back_whatever_the_pieces(
            data in prop::collection::vec(any::<u8>(), 0..6000), which in 0usize..5, cut in 1usize..700,
        ) {
            let options = SignatureOptions::new(Format::ALL[which]).block_length(1024);
            let signature = Signature::of(&data, &options).unwrap();
            let mut loader = SignatureLoader::new();
            for piece in signature.encode().chunks(cut) {
                loader.update(piece).unwrap();
            }
            prop_assert_eq!(loader.finish().unwrap(), signature);
        }

        #[test]
        fn hostile_bytes_do_not_panic(mut bytes: Vec<u8>, which in 0usize..7) {
            let magic = super::super::MAGICS[which].0;
            let _ = Signature::decode(&bytes);
            bytes.splice(..0, magic);
            let _ = Signature::decode(&bytes);
        }
    }

    #[test]
    fn a_reader_takes_all_or_nothing() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.take(4), None);
        assert_eq!(reader.big_endian(2), Some(0x0102));
        assert_eq!(reader.u8(), Some(3));
        assert_eq!(reader.u8(), None);
    }
}
