//! Deltas of files. In: a signature or an old file, and a new file. Out: a delta file.

use std::path::Path;
use std::sync::Arc;

use crate::delta::compare::diff_watched;
use crate::delta::{
    Basis, DeltaBuilder, DeltaFormat, DeltaOptions, DeltaReport, Format, Signature, SignatureOptions,
};
use crate::error::Result;
use crate::files::signature::{load_signature, sign};
use crate::files::source::{CHUNK, FileBasis, Opened};
use crate::files::target::Output;
use crate::files::{Control, OutputOptions, Source, Target};

/// Writes the delta from the basis of `signature` to `new`. Its format follows from the signature's.
///
/// # Errors
/// As [`load_signature`] for the signature; [`FileChanged`](crate::ErrorKind::FileChanged);
/// [`Cancelled`](crate::ErrorKind::Cancelled); and what the operating system says.
pub fn delta(
    signature: Source<'_>,
    new: Source<'_>,
    delta: Target<'_>,
    options: &DeltaOptions,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<DeltaReport> {
    let output = delta.open(output)?;
    let signature = load_signature(signature, &mut Control::new())?;
    write_delta(Arc::new(signature), new.open()?, output, options, control)
}

/// As [`delta`], from a signature that is loaded already.
///
/// # Errors
/// As [`delta`].
pub fn delta_from(
    signature: Arc<Signature>,
    new: Source<'_>,
    delta: Target<'_>,
    options: &DeltaOptions,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<DeltaReport> {
    let output = delta.open(output)?;
    write_delta(signature, new.open()?, output, options, control)
}

fn write_delta(
    signature: Arc<Signature>,
    mut new: Opened<'_>,
    mut output: Output<'_>,
    options: &DeltaOptions,
    control: &mut Control<'_>,
) -> Result<DeltaReport> {
    let mut builder = DeltaBuilder::new(signature, options)?;
    let mut bytes = Vec::new();
    new.read_all(CHUNK * options.workers.clamp(1, 64), control, &mut |new| {
        builder.update(new, &mut bytes)?;
        output.write(&bytes)?;
        bytes.clear();
        Ok(())
    })?;
    let report = builder.finish(&mut bytes)?;
    output.write(&bytes)?;
    output.commit()?;
    Ok(report)
}

/// The most that [`diff`] reads into memory of two files, in bytes.
const MAX_COMPARED: u64 = 2 << 30;

/// Writes the delta from the file at `old` to `new`, as small as it can be made with both at hand.
///
/// Two files of together up to 2 GiB are compared byte for byte, in memory; larger ones, and a `new` of unknown size, by the blocks of a signature
/// made on the fly.
///
/// # Errors
/// [`FileChanged`](crate::ErrorKind::FileChanged); [`Cancelled`](crate::ErrorKind::Cancelled); and what the operating system says.
pub fn diff(
    old: &Path,
    new: Source<'_>,
    delta: Target<'_>,
    format: DeltaFormat,
    options: &DeltaOptions,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<DeltaReport> {
    let basis = FileBasis::open(old)?;
    let old_length = basis.length().unwrap_or(u64::MAX);
    let new = new.open()?;
    let together = new.length().and_then(|new| new.checked_add(old_length));
    let output = delta.open(output)?;
    if together.is_some_and(|together| together <= MAX_COMPARED) {
        let old = read_whole(Source::from(old).open()?, &mut Control::new())?;
        return write_diff(&old, new, output, format, options, control);
    }
    let kind = match format {
        DeltaFormat::Native => Format::Native,
        DeltaFormat::Librsync => Format::RabinKarpBlake2,
    };
    let (signature, _) =
        sign(Source::from(old), &SignatureOptions::new(kind).workers(options.workers), &mut Control::new())?;
    write_delta(Arc::new(signature), new, output, options, control)
}

/// As [`diff`], from an old file in memory: compared byte for byte, whatever the sizes.
///
/// # Errors
/// As [`diff`].
pub fn diff_from(
    old: &[u8],
    new: Source<'_>,
    delta: Target<'_>,
    format: DeltaFormat,
    options: &DeltaOptions,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<DeltaReport> {
    let new = new.open()?;
    write_diff(old, new, delta.open(output)?, format, options, control)
}

fn write_diff(
    old: &[u8],
    new: Opened<'_>,
    mut output: Output<'_>,
    format: DeltaFormat,
    options: &DeltaOptions,
    control: &mut Control<'_>,
) -> Result<DeltaReport> {
    // Reading is quick beside comparing, which is what progress tells of.
    let new = read_whole(new, &mut Control::new())?;
    let total = new.len() as u64;
    let mut watch = |done| control.report(done, Some(total));
    watch(0)?;
    let (bytes, report) = diff_watched(old, &new, format, options, &mut watch)?;
    control.report(report.new_length, Some(report.new_length))?;
    output.write(&bytes)?;
    output.commit()?;
    Ok(report)
}

fn read_whole(mut opened: Opened<'_>, control: &mut Control<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    opened.read_all(CHUNK, control, &mut |chunk| {
        bytes.extend_from_slice(chunk);
        Ok(())
    })?;
    Ok(bytes)
}
