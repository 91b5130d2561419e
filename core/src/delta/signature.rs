//! The signature of a basis: a weak and a strong sum per block. In: the basis, strictly forward. Out: [`Signature`].

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use crate::checksum::rolling;
use crate::checksum::strong::{self, StrongKind, StrongSum};
use crate::checksum::tree::TreeHasher;
use crate::delta::basis::Basis;
use crate::delta::layout::Layout;
use crate::delta::options::{Format, SignatureOptions};
use crate::delta::search::Blocks;
use crate::error::{Error, ErrorKind, Result};

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
        if let Some(signature) =
            Signature::in_parallel(&basis, basis.len() as u64, &options, &mut |_| Ok(()))?
        {
            return Ok(signature);
        }
        let mut builder = SignatureBuilder::new(&options)?;
        builder.update(basis);
        Ok(builder.finish())
    }

    /// The signature of the `length` bytes of `basis`, read and hashed by `options.workers` threads; `None` where
    /// that is not worth it.
    ///
    /// `watch` hears now and then, on the calling thread, how many bytes are done, and stops the work with an error.
    pub(crate) fn in_parallel(
        basis: &(dyn Basis + Sync),
        length: u64,
        options: &SignatureOptions,
        watch: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Option<Signature>> {
        let layout = Layout::choose(options)?;
        let block_length = u64::from(layout.block_length);
        let strip = block_length * (STRIP / block_length).max(1);
        let strips = length.div_ceil(strip);
        if options.workers <= 1 || strips < 2 {
            return Ok(None);
        }
        let next = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let (sender, receiver) = mpsc::channel::<(u64, Result<Sums>)>();
        let mut sums = BTreeMap::new();
        std::thread::scope(|scope| {
            for _ in 0..options.workers.min(MAX_WORKERS) {
                let sender = sender.clone();
                let (next, done, stop) = (&next, &done, &stop);
                scope.spawn(move || {
                    let mut buffer = Vec::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= strips || stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let offset = number * strip;
                        let count = strip.min(length - offset) as usize;
                        let result = match basis.bytes(offset, count) {
                            Some(bytes) => Ok(Sums::of(options.format, layout, bytes, offset)),
                            None => {
                                buffer.resize(count, 0);
                                read_exactly(basis, offset, &mut buffer)
                                    .map(|()| Sums::of(options.format, layout, &buffer, offset))
                            }
                        };
                        done.fetch_add(count as u64, Ordering::Relaxed);
                        if sender.send((number, result)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut outcome = Ok(());
            for (number, result) in receiver {
                let step = result.map(|found| drop(sums.insert(number, found)));
                outcome = outcome.and(step).and_then(|()| watch(done.load(Ordering::Relaxed)));
                stop.store(outcome.is_err(), Ordering::Relaxed);
            }
            outcome
        })?;
        let mut builder = SignatureBuilder::new(options)?;
        for found in sums.into_values() {
            builder.add_sums(&found);
        }
        builder.length = length;
        Ok(Some(builder.finish()))
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
        Signature { format, layout, weak, strong, basis }
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
    pub fn weak(&self) -> &[u32] {
        &self.weak
    }

    /// The strong sums, in file order, `strong_length` bytes each.
    pub fn strong(&self) -> &[u8] {
        &self.strong
    }

    /// The basis as a search sees it.
    pub(crate) fn blocks(&self) -> Blocks<'_> {
        let rest = self.basis.map_or(0, |basis| basis.length % u64::from(self.layout.block_length));
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

/// Bytes that a thread reads and hashes at a time.
const STRIP: u64 = 1 << 20;
/// More threads than this do not help.
const MAX_WORKERS: usize = 64;

fn read_exactly(basis: &dyn Basis, mut offset: u64, mut buffer: &mut [u8]) -> Result<()> {
    while !buffer.is_empty() {
        let count = basis.read_at(offset, buffer)?;
        if count == 0 {
            return Err(Error::new(ErrorKind::FileChanged, "the old file became shorter while it was read"));
        }
        buffer = &mut buffer[count..];
        offset += count as u64;
    }
    Ok(())
}

/// The sums of blocks that follow each other.
struct Sums {
    weak: Vec<u32>,
    strong: Vec<StrongSum>,
}

impl Sums {
    /// Of the blocks of `data`, which start at `offset` of the basis; the last may be short.
    fn of(format: Format, layout: Layout, data: &[u8], offset: u64) -> Sums {
        let block_length = layout.block_length as usize;
        let count = data.len().div_ceil(block_length);
        let mut sums = Sums { weak: Vec::with_capacity(count), strong: Vec::with_capacity(count) };
        // Weak and strong sums of a few blocks at a time, while they are in the cache.
        let fewest = if format.strong() == StrongKind::Blake3 { 1 } else { LANES };
        let batch = block_length * (CACHED / block_length).max(fewest);
        for (i, data) in data.chunks(batch).enumerate() {
            sums.weak.extend(data.chunks(block_length).map(|block| rolling::block_sum(format.weak(), block)));
            let offset = offset + (i * batch) as u64;
            strong::block_sums_at(format.strong(), data, block_length, offset, &mut sums.strong);
        }
        sums
    }
}

/// Bytes of blocks that are summed both ways before the next ones: they stay in a first-level cache.
const CACHED: usize = 16 << 10;
/// As many blocks are hashed at once by MD4 and BLAKE2b, where the processor can.
const LANES: usize = 16;

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
            self.signature.basis = Some(BasisIdentity { length: self.length, hash: tree.finish() });
        }
        self.signature
    }

    /// Shows `take` the records so far, and forgets them. Only where sums do not depend on a block's offset.
    pub(crate) fn take_records(&mut self, take: impl FnOnce(&Signature)) {
        debug_assert!(self.tree.is_none(), "the native format's sums depend on the offset");
        take(&self.signature);
        self.signature.weak.clear();
        self.signature.strong.clear();
    }

    /// Adds blocks of which all but the last of the file are whole.
    fn add_blocks(&mut self, blocks: &[u8]) {
        let signature = &self.signature;
        if blocks.is_empty() {
            return;
        }
        if blocks.len() <= signature.layout.block_length as usize
            && signature.weak.is_empty()
            && let Some(tree) = &mut self.tree
        {
            // This block may be the whole file, and is then the root of the tree.
            let sums = Sums {
                weak: vec![rolling::block_sum(signature.format.weak(), blocks)],
                strong: vec![tree.add_block(blocks)],
            };
            return self.add_records(&sums);
        }
        let offset = signature.weak.len() as u64 * u64::from(signature.layout.block_length);
        let sums = Sums::of(signature.format, signature.layout, blocks, offset);
        self.add_sums(&sums);
    }

    fn add_sums(&mut self, sums: &Sums) {
        if let Some(tree) = &mut self.tree {
            sums.strong.iter().for_each(|sum| tree.add_chaining_value(*sum));
        }
        self.add_records(sums);
    }

    fn add_records(&mut self, sums: &Sums) {
        let signature = &mut self.signature;
        let strong_length = usize::from(signature.layout.strong_length);
        signature.weak.extend_from_slice(&sums.weak);
        for sum in &sums.strong {
            signature.strong.extend_from_slice(&sum[..strong_length]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_cut_of_the_input_gives_the_same_signature() {
        let data: Vec<u8> = (0..10_000u32).map(|i| ((i * i) >> 3) as u8).collect();
        for format in Format::ALL {
            let options = SignatureOptions::new(format).block_length(1024);
            let whole = Signature::of(&data, &options).unwrap();
            for cut in [1, 7, 1023, 1024, 1025, 5000] {
                let mut builder =
                    SignatureBuilder::new(&options.clone().basis_length(Some(data.len() as u64))).unwrap();
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
