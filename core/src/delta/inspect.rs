//! Says what a signature or a delta file is. In: its bytes, in pieces of any size. Out: [`Inspection`].

use crate::delta::format::{DeltaDecoder, Kind, SignatureLoader};
use crate::delta::op::Op;
use crate::delta::options::{DeltaFormat, Format};
use crate::delta::signature::BasisIdentity;
use crate::error::{Error, ErrorKind, Result};

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspection {
    /// Bytes in the file.
    pub length: u64,
    /// What is in it.
    pub content: Content,
}

/// What is in a signature or delta file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A signature.
    #[non_exhaustive]
    Signature {
        /// Its format.
        format: Format,
        /// Bytes in a block.
        block_length: u32,
        /// Bytes kept of each strong sum.
        strong_length: u8,
        /// Blocks in the basis.
        blocks: u64,
        /// Length and BLAKE3 of the basis, in the native format.
        basis: Option<BasisIdentity>,
    },
    /// A delta.
    #[non_exhaustive]
    Delta {
        /// Its format.
        format: DeltaFormat,
        /// Copy operations.
        copies: u64,
        /// Bytes they copy from the basis.
        copied_bytes: u64,
        /// Literal operations.
        literals: u64,
        /// Bytes they carry.
        literal_bytes: u64,
        /// Bytes of the compressed parts, as they are in the file and unpacked; 0 and 0 if nothing is compressed.
        compressed: (u64, u64),
        /// Length and BLAKE3 of the basis, in the native format.
        basis: Option<BasisIdentity>,
        /// Length and BLAKE3 of the result, in the native format or where a check follows a librsync delta.
        result: Option<BasisIdentity>,
    },
}

/// What `bytes` are.
///
/// # Errors
/// As [`Inspector`].
pub fn inspect(bytes: &[u8]) -> Result<Inspection> {
    let mut inspector = Inspector::new();
    inspector.update(bytes)?;
    inspector.finish()
}

/// Inspects a file that arrives in pieces. Every part of it is decoded, so that a file that passes is whole.
///
/// ```
/// use syncline::delta::{Content, Inspector, Signature, SignatureOptions};
///
/// let mut inspector = Inspector::new();
/// inspector.update(&Signature::of(b"content", &SignatureOptions::default())?.encode())?;
/// assert!(matches!(inspector.finish()?.content, Content::Signature { blocks: 1, .. }));
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Inspector {
    length: u64,
    head: Vec<u8>,
    body: Body,
}

#[derive(Debug, Default)]
enum Body {
    #[default]
    Unknown,
    Signature(Box<SignatureLoader>),
    Delta(Box<DeltaDecoder>, Counts),
}

#[derive(Debug, Default)]
struct Counts {
    copies: u64,
    copied_bytes: u64,
    literals: u64,
    literal_bytes: u64,
    after_literal: bool,
}

fn neither() -> Error {
    Error::new(ErrorKind::NotADelta, "this is neither a signature nor a delta")
}

impl Inspector {
    /// An inspector that has seen nothing.
    pub fn new() -> Inspector {
        Inspector::default()
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// [`NotADelta`](ErrorKind::NotADelta) for what is neither; else as [`SignatureLoader`] and [`DeltaDecoder`].
    pub fn update(&mut self, bytes: &[u8]) -> Result<()> {
        self.length += bytes.len() as u64;
        if matches!(self.body, Body::Unknown) {
            self.head.extend_from_slice(bytes);
            self.body = match Kind::of(&self.head) {
                None => return Ok(()),
                Some(Kind::NativeSignature | Kind::LibrsyncSignature) => Body::Signature(Box::default()),
                Some(Kind::NativeDelta | Kind::LibrsyncDelta) => {
                    Body::Delta(Box::default(), Counts::default())
                }
                Some(Kind::Other) => return Err(neither()),
            };
            let head = std::mem::take(&mut self.head);
            return self.feed(&head);
        }
        self.feed(bytes)
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.body {
            Body::Unknown => Ok(()),
            Body::Signature(loader) => loader.update(bytes),
            Body::Delta(decoder, counts) => decoder.update(bytes, &mut |op: Op<'_>| {
                match op {
                    Op::Copy { length, .. } => {
                        counts.copies += 1;
                        counts.copied_bytes += length;
                        counts.after_literal = false;
                    }
                    Op::Literal(bytes) => {
                        // A literal may be passed on in parts.
                        counts.literals += u64::from(!counts.after_literal);
                        counts.literal_bytes += bytes.len() as u64;
                        counts.after_literal = true;
                    }
                }
                Ok(())
            }),
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As [`update`](Inspector::update), and [`Truncated`](ErrorKind::Truncated) where the file ends too early.
    pub fn finish(self) -> Result<Inspection> {
        let content = match self.body {
            Body::Unknown => return Err(neither()),
            Body::Signature(loader) => {
                let signature = loader.finish()?;
                Content::Signature {
                    format: signature.format(),
                    block_length: signature.block_length(),
                    strong_length: signature.strong_length(),
                    blocks: signature.block_count(),
                    basis: signature.basis(),
                }
            }
            Body::Delta(decoder, counts) => {
                decoder.finish()?;
                Content::Delta {
                    format: decoder.format().unwrap_or_default(),
                    copies: counts.copies,
                    copied_bytes: counts.copied_bytes,
                    literals: counts.literals,
                    literal_bytes: counts.literal_bytes,
                    compressed: decoder.compressed(),
                    basis: decoder.basis(),
                    result: decoder.result(),
                }
            }
        };
        Ok(Inspection { length: self.length, content })
    }
}
