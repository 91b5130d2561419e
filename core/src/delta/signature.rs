//! The signature of a basis: a weak and a strong sum per block. In: the basis, strictly forward. Out: [`Signature`].

use crate::checksum::rolling;
use crate::checksum::strong;
use crate::checksum::tree::TreeHasher;
use crate::delta::layout::Layout;
use crate::delta::options::{Format, SignatureOptions};
use crate::delta::search::Blocks;
use crate::error::Result;

/// What is known of a basis: enough to find its blocks in another file.
///
/// ```
/// use syncline::delta::{Signature, SignatureOptions};
///
/// let signature = Signature::of(b"the old content", &SignatureOptions::default())?;
/// assert_eq!(signature.block_count(), 1);
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    format: Format,
    layout: Layout,
    weak: Vec<u32>,
    /// `layout.strong_length` bytes for each block.
    strong: Vec<u8>,
    basis: Option<BasisIdentity>,
}

/// Length and hash of a basis; native signatures carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasisIdentity {
    /// In bytes.
    pub length: u64,
    /// BLAKE3 of all of it.
    pub hash: [u8; 32],
}

impl Signature {
    /// The signature of `basis`, hashed by `options.workers` threads.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for lengths outside the format's bounds.
    pub fn of(basis: &[u8], options: &SignatureOptions) -> Result<Signature> {
        let options = options.clone().basis_length(Some(basis.len() as u64));
        let mut builder = SignatureBuilder::new(&options)?;
        builder.update(basis);
        Ok(builder.finish())
    }

    /// A signature put together by a format's decoder. `strong` holds `layout.strong_length` bytes for each of `weak`.
    pub(crate) fn from_parts(
        format: Format,
        layout: Layout,
        weak: Vec<u32>,
        strong: Vec<u8>,
        basis: Option<BasisIdentity>,
    ) -> Signature {
        debug_assert_eq!(weak.len() * usize::from(layout.strong_length), strong.len());
        Signature {
            format,
            layout,
            weak,
            strong,
            basis,
        }
    }

    /// Its format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Bytes in a block.
    pub fn block_length(&self) -> u32 {
        self.layout.block_length
    }

    /// Bytes kept of each strong sum.
    pub fn strong_length(&self) -> u8 {
        self.layout.strong_length
    }

    /// Blocks in the basis; the last may be short.
    pub fn block_count(&self) -> u64 {
        self.weak.len() as u64
    }

    /// Length and BLAKE3 of the basis; `None` in librsync's formats, which do not say.
    pub fn basis(&self) -> Option<BasisIdentity> {
        self.basis
    }

    /// The weak sums, in file order.
    pub(crate) fn weak(&self) -> &[u32] {
        &self.weak
    }

    /// The strong sums, in file order, `strong_length` bytes each.
    pub(crate) fn strong(&self) -> &[u8] {
        &self.strong
    }

    /// The basis as a search sees it.
    pub(crate) fn blocks(&self) -> Blocks<'_> {
        let rest = self.basis.map_or(0, |basis| {
            basis.length % u64::from(self.layout.block_length)
        });
        Blocks {
            weak_kind: self.format.weak(),
            block_length: self.layout.block_length,
            last_length: u32::try_from(rest).ok().filter(|&rest| rest > 0),
            weak: &self.weak,
            strong: &self.strong,
            strong_length: usize::from(self.layout.strong_length),
            strong_kind: Some(self.format.strong()),
            hash: &|_| [0; 32],
        }
    }
}

/// Builds a [`Signature`] from the basis, fed in pieces of any size.
///
/// ```
/// use syncline::delta::{Signature, SignatureBuilder, SignatureOptions};
///
/// let mut builder = SignatureBuilder::new(&SignatureOptions::default().basis_length(Some(10)))?;
/// builder.update(b"01234");
/// builder.update(b"56789");
/// assert_eq!(builder.finish(), Signature::of(b"0123456789", &SignatureOptions::default())?);
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SignatureBuilder {
    signature: Signature,
    /// The start of a block whose end has not arrived.
    pending: Vec<u8>,
    tree: Option<TreeHasher>,
    length: u64,
}

impl SignatureBuilder {
    /// Starts an empty basis.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for lengths outside the format's bounds.
    pub fn new(options: &SignatureOptions) -> Result<SignatureBuilder> {
        let layout = Layout::choose(options)?;
        let tree = (options.format == Format::Native).then(|| TreeHasher::new(layout.block_length));
        Ok(SignatureBuilder {
            signature: Signature::from_parts(options.format, layout, Vec::new(), Vec::new(), None),
            pending: Vec::new(),
            tree,
            length: 0,
        })
    }

    /// Takes the next bytes of the basis.
    pub fn update(&mut self, mut data: &[u8]) {
        self.length += data.len() as u64;
        let block_length = self.signature.layout.block_length as usize;
        if !self.pending.is_empty() {
            let take = data.len().min(block_length - self.pending.len());
            self.pending.extend_from_slice(&data[..take]);
            data = &data[take..];
            if self.pending.len() < block_length {
                return;
            }
            let block = std::mem::take(&mut self.pending);
            self.add_blocks(&block);
        }
        let whole = data.len() - data.len() % block_length;
        self.add_blocks(&data[..whole]);
        self.pending.extend_from_slice(&data[whole..]);
    }

    /// Ends the basis.
    pub fn finish(mut self) -> Signature {
        let last = std::mem::take(&mut self.pending);
        self.add_blocks(&last);
        if let Some(tree) = self.tree {
            self.signature.basis = Some(BasisIdentity {
                length: self.length,
                hash: tree.finish(),
            });
        }
        self.signature
    }

    /// Adds blocks of which all but the last of the file are whole.
    fn add_blocks(&mut self, blocks: &[u8]) {
        let signature = &mut self.signature;
        let strong_length = usize::from(signature.layout.strong_length);
        for block in blocks.chunks(signature.layout.block_length as usize) {
            let offset = signature.weak.len() as u64 * u64::from(signature.layout.block_length);
            signature
                .weak
                .push(rolling::block_sum(signature.format.weak(), block));
            let sum = match &mut self.tree {
                Some(tree) => tree.add_block(block),
                None => strong::block_sum(signature.format.strong(), block, offset),
            };
            signature.strong.extend_from_slice(&sum[..strong_length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_of_the_input_gives_the_same_signature() {
        let data: Vec<u8> = (0..10_000u32).map(|i| (i * i >> 3) as u8).collect();
        for format in Format::ALL {
            let options = SignatureOptions::new(format).block_length(1024);
            let whole = Signature::of(&data, &options).unwrap();
            for cut in [1, 7, 1023, 1024, 1025, 5000] {
                let mut builder =
                    SignatureBuilder::new(&options.clone().basis_length(Some(data.len() as u64)))
                        .unwrap();
                data.chunks(cut).for_each(|chunk| builder.update(chunk));
                assert_eq!(builder.finish(), whole, "{format:?} {cut}");
            }
        }
    }

    #[test]
    fn a_native_signature_names_the_blake3_of_its_basis() {
        for length in [0usize, 1, 1023, 1024, 1025, 2048, 5000, 40_000] {
            let data: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            let signature = Signature::of(&data, &SignatureOptions::default()).unwrap();
            let basis = signature.basis().unwrap();
            assert_eq!(basis.hash, *blake3::hash(&data).as_bytes(), "{length}");
            assert_eq!(basis.length, length as u64);
        }
    }
}
