//! Builds a delta: a search and an encoder. In: a signature, and the new file, strictly forward. Out: the delta's bytes.

use std::sync::Arc;

use crate::delta::format::DeltaEncoder;
use crate::delta::format::librsync::{CommandCounts, LibrsyncEncoder};
use crate::delta::format::native::NativeEncoder;
use crate::delta::index::Index;
use crate::delta::op::{Op, Sink};
use crate::delta::options::{DeltaFormat, DeltaOptions, LibrsyncMode};
use crate::delta::search::Choice;
use crate::delta::search::stream::Search;
use crate::delta::signature::Signature;
use crate::error::Result;

/// What a delta is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeltaReport {
    /// Bytes of the new file.
    pub new_length: u64,
    /// Bytes of it that are copied from the basis.
    pub copied_bytes: u64,
    /// Copy operations.
    pub copies: u64,
    /// Bytes of it that the delta carries.
    pub literal_bytes: u64,
    /// Bytes of the delta.
    pub delta_length: u64,
    /// What its commands come to, in librsync's format.
    pub commands: Option<CommandCounts>,
    /// BLAKE3 of the new file, where the format carries it.
    pub new_hash: Option<[u8; 32]>,
}

/// The delta from the basis of `signature` to `new`.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for options out of their bounds.
///
/// ```
/// use syncline::delta::{self, DeltaOptions, Signature, SignatureOptions};
///
/// let (old, new) = (b"the old content".as_slice(), b"the new content".as_slice());
/// let signature = Signature::of(old, &SignatureOptions::default())?;
/// let delta = delta::delta(&signature, new, &DeltaOptions::default())?;
/// assert_eq!(delta::patch(old, &delta)?, new);
/// # Ok::<(), syncline::Error>(())
/// ```
pub fn delta(signature: &Signature, new: &[u8], options: &DeltaOptions) -> Result<Vec<u8>> {
    let index = Index::new(&signature.blocks());
    let mut work = Work::new(signature, options)?;
    let mut out = Vec::new();
    let searched = work.search.finish_with(signature.blocks(), &index, new, &mut work.encoder)?;
    work.encoder.finish(searched.length, searched.hash, &mut out)?;
    Ok(out)
}

/// Builds a delta from a new file that is fed in pieces of any size; the result is the same for every cut.
///
/// Memory: the signature, its index, and for each worker a stretch of 4 MiB or four blocks.
///
/// ```
/// use std::sync::Arc;
/// use syncline::delta::{self, DeltaBuilder, DeltaOptions, Signature, SignatureOptions};
///
/// let signature = Arc::new(Signature::of(b"the old content", &SignatureOptions::default())?);
/// let mut builder = DeltaBuilder::new(signature, &DeltaOptions::default())?;
/// let mut bytes = Vec::new();
/// builder.update(b"the new ", &mut bytes)?;
/// builder.update(b"content", &mut bytes)?;
/// let report = builder.finish(&mut bytes)?;
/// assert_eq!(report.new_length, 15);
/// assert_eq!(delta::patch(b"the old content", &bytes)?, b"the new content");
/// # Ok::<(), syncline::Error>(())
/// ```
pub struct DeltaBuilder {
    basis: IndexedSignature,
    work: Work,
}

/// A signature and the index by which its blocks are found: made once, used by any number of deltas, also at the same time.
///
/// ```
/// use std::sync::Arc;
/// use syncline::delta::{self, DeltaBuilder, DeltaOptions, IndexedSignature, Signature, SignatureOptions};
///
/// let signature = Signature::of(b"the old content", &SignatureOptions::default())?;
/// let basis = IndexedSignature::new(Arc::new(signature));
/// for new in [b"the new content".as_slice(), b"other content"] {
///     let mut builder = DeltaBuilder::with_index(basis.clone(), &DeltaOptions::default())?;
///     let mut bytes = Vec::new();
///     builder.update(new, &mut bytes)?;
///     builder.finish(&mut bytes)?;
///     assert_eq!(delta::patch(b"the old content", &bytes)?, new);
/// }
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Clone)]
pub struct IndexedSignature {
    signature: Arc<Signature>,
    index: Arc<Index>,
}

impl IndexedSignature {
    /// Indexes `signature`.
    pub fn new(signature: Arc<Signature>) -> IndexedSignature {
        let index = Arc::new(Index::new(&signature.blocks()));
        IndexedSignature { signature, index }
    }

    /// The signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl std::fmt::Debug for IndexedSignature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IndexedSignature").field("format", &self.signature.format()).finish_non_exhaustive()
    }
}

struct Work {
    search: Search,
    encoder: CountedEncoder,
}

/// An encoder, and what went into it.
pub(crate) struct CountedEncoder {
    inner: DeltaEncoder,
    report: DeltaReport,
}

impl Sink for CountedEncoder {
    fn op(&mut self, op: Op<'_>) -> Result<()> {
        match op {
            Op::Copy { length, .. } => {
                self.report.copies += 1;
                self.report.copied_bytes += length;
            }
            Op::Literal(bytes) => self.report.literal_bytes += bytes.len() as u64,
        }
        self.inner.op(op)
    }
}

impl CountedEncoder {
    pub(crate) fn new(inner: DeltaEncoder) -> CountedEncoder {
        CountedEncoder { inner, report: DeltaReport::default() }
    }

    pub(crate) fn wants_hash(&self) -> bool {
        self.inner.wants_hash()
    }

    /// Moves what is encoded so far to the end of `out`.
    fn take_output(&mut self, out: &mut Vec<u8>) {
        let before = out.len();
        self.inner.take_output(out);
        self.report.delta_length += (out.len() - before) as u64;
        self.report.commands = self.inner.commands();
    }

    /// Ends the delta of a result with this length and hash.
    pub(crate) fn finish(
        mut self,
        new_length: u64,
        new_hash: Option<[u8; 32]>,
        out: &mut Vec<u8>,
    ) -> Result<DeltaReport> {
        self.inner.finish(new_length, new_hash.as_ref())?;
        self.take_output(out);
        Ok(DeltaReport { new_length, new_hash, ..self.report })
    }
}

impl Work {
    fn new(signature: &Signature, options: &DeltaOptions) -> Result<Work> {
        let inner = match (signature.format().delta(), signature.basis()) {
            (DeltaFormat::Native, Some(basis)) => {
                DeltaEncoder::Native(NativeEncoder::new(basis, options.compression)?)
            }
            _ => DeltaEncoder::Librsync(LibrsyncEncoder::new(options, signature.weak().len())),
        };
        let choice = match (signature.format().delta(), options.mode) {
            (DeltaFormat::Librsync, LibrsyncMode::Exact) => Choice::Exact,
            _ => Choice::Compact,
        };
        let search = Search::new(&signature.blocks(), choice, options.workers, inner.wants_hash());
        Ok(Work { search, encoder: CountedEncoder::new(inner) })
    }
}

impl DeltaBuilder {
    /// Starts an empty new file.
    ///
    /// # Errors
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for options out of their bounds.
    pub fn new(signature: Arc<Signature>, options: &DeltaOptions) -> Result<DeltaBuilder> {
        DeltaBuilder::with_index(IndexedSignature::new(signature), options)
    }

    /// As [`new`](DeltaBuilder::new), with an index that is there already.
    ///
    /// # Errors
    /// As [`new`](DeltaBuilder::new).
    pub fn with_index(basis: IndexedSignature, options: &DeltaOptions) -> Result<DeltaBuilder> {
        let work = Work::new(&basis.signature, options)?;
        Ok(DeltaBuilder { basis, work })
    }

    /// What the delta is made of so far; matches that may still grow are not in it.
    pub fn report(&self) -> DeltaReport {
        self.work.encoder.report
    }

    /// Takes the next bytes of the new file, and adds to `out` what of the delta is certain with them.
    ///
    /// # Errors
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if the compressor finds none.
    pub fn update(&mut self, new: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let IndexedSignature { signature, index } = &self.basis;
        self.work.search.update(signature.blocks(), index, new, &mut self.work.encoder)?;
        self.work.encoder.take_output(out);
        Ok(())
    }

    /// Ends the new file, and adds the rest of the delta to `out`.
    ///
    /// # Errors
    /// As [`update`](DeltaBuilder::update).
    pub fn finish(self, out: &mut Vec<u8>) -> Result<DeltaReport> {
        let Work { search, mut encoder } = self.work;
        let IndexedSignature { signature, index } = &self.basis;
        let searched = search.finish(signature.blocks(), index, &mut encoder)?;
        encoder.finish(searched.length, searched.hash, out)
    }
}

impl std::fmt::Debug for DeltaBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeltaBuilder").field("format", &self.basis.signature.format()).finish_non_exhaustive()
    }
}
