//! Signatures of files, and what signature and delta files are. In: a [`Source`]. Out: a signature file; a [`Signature`]; an
//! [`Inspection`].

use std::path::Path;

use crate::delta::{Inspection, Inspector, Signature, SignatureBuilder, SignatureLoader, SignatureOptions};
use crate::error::{Error, Result};
use crate::files::source::{CHUNK, Opened};
use crate::files::{Control, OutputOptions, Source, Target};

/// What a signature was made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignatureReport {
    /// Bytes of the basis.
    pub basis_length: u64,
    /// Bytes in a block.
    pub block_length: u32,
    /// Bytes kept of each strong sum.
    pub strong_length: u8,
    /// Blocks in the basis.
    pub blocks: u64,
    /// Bytes of the signature.
    pub signature_length: u64,
}

/// Writes the signature of `basis`.
///
/// The size of a regular file or of bytes is known, and the lengths left open are chosen from it; a stream gets those for an unknown size unless
/// the options name one. `options.workers` threads read and hash a regular file or bytes.
///
/// # Errors
/// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for lengths out of bounds; [`FileChanged`](crate::ErrorKind::FileChanged);
/// [`Cancelled`](crate::ErrorKind::Cancelled); and what the operating system says.
pub fn signature(
    basis: Source<'_>,
    signature: Target<'_>,
    options: &SignatureOptions,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<SignatureReport> {
    let mut output = signature.open(output)?;
    let (signature, basis_length) = sign(basis, options, control)?;
    let bytes = signature.encode();
    output.write(&bytes)?;
    output.commit()?;
    Ok(SignatureReport {
        basis_length,
        block_length: signature.block_length(),
        strong_length: signature.strong_length(),
        blocks: signature.block_count(),
        signature_length: bytes.len() as u64,
    })
}

/// The signature of `basis`, and the length of it.
pub(crate) fn sign(
    basis: Source<'_>,
    options: &SignatureOptions,
    control: &mut Control<'_>,
) -> Result<(Signature, u64)> {
    let mut basis = basis.open()?;
    let options = options.clone().basis_length(basis.length().or(options.basis_length));
    if let (Opened::File(file), Some(length), 2..) = (&basis, basis.length(), options.workers) {
        let mut watch = |done| control.report(done, Some(length));
        if let Some(signature) = Signature::in_parallel(file, length, &options, &mut watch)? {
            file.check_unchanged(length)?;
            return Ok((signature, length));
        }
    }
    if let (Opened::Bytes(bytes, length), 2..) = (&basis, options.workers) {
        let mut watch = |done| control.report(done, Some(*length));
        if let Some(signature) = Signature::in_parallel(bytes, *length, &options, &mut watch)? {
            return Ok((signature, *length));
        }
    }
    let mut builder = SignatureBuilder::new(&options)?;
    let length = basis.read_all(CHUNK, control, &mut |bytes| {
        builder.update(bytes);
        Ok(())
    })?;
    Ok((builder.finish(), length))
}

fn about(source: &Source<'_>) -> impl Fn(Error) -> Error + use<> {
    let path = source.path().map(Path::to_path_buf);
    move |error| match &path {
        Some(path) if error.path().is_none() => error.with_path(path),
        _ => error,
    }
}

/// Loads the signature in `source`.
///
/// # Errors
/// As [`SignatureLoader`], and what the operating system says.
pub fn load_signature(source: Source<'_>, control: &mut Control<'_>) -> Result<Signature> {
    let about = about(&source);
    let mut loader = SignatureLoader::new();
    source.open()?.read_all(CHUNK, control, &mut |bytes| loader.update(bytes)).map_err(&about)?;
    loader.finish().map_err(&about)
}

/// Says what `source` is.
///
/// # Errors
/// As [`Inspector`], and what the operating system says.
pub fn inspect(source: Source<'_>, control: &mut Control<'_>) -> Result<Inspection> {
    let about = about(&source);
    let mut inspector = Inspector::new();
    source.open()?.read_all(CHUNK, control, &mut |bytes| inspector.update(bytes)).map_err(&about)?;
    inspector.finish().map_err(&about)
}
