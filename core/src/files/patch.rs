//! Patches of files. In: an old file and a delta. Out: the new file, verified before it gets its name.

use std::path::Path;

use crate::delta::{Basis, PatchReport, Patcher};
use crate::error::{ErrorKind, Result};
use crate::files::source::{CHUNK, FileBasis};
use crate::files::target::Output;
use crate::files::{Control, OutputOptions, Source, Target, mover};

/// From this many bytes on, of the old file or the delta, a thread for hashing pays.
const HASH_BESIDE: u64 = 1 << 20;

/// Writes what `delta` makes of the file at `basis`. The new file may take the place of the old one.
///
/// # Errors
/// [`WrongBasis`](crate::ErrorKind::WrongBasis) if the old file is not the one the delta was made from, as far as the delta says or copies
/// from beyond its end; as [`Patcher`] for the delta; [`Cancelled`](crate::ErrorKind::Cancelled); and what the operating system says.
pub fn patch(
    basis: &Path,
    delta: Source<'_>,
    new: Target<'_>,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<PatchReport> {
    let basis = FileBasis::open(basis)?;
    let delta_path = delta.path().map(Path::to_path_buf);
    let mut new = new.open(output)?;
    let outcome = if new.file().is_some() {
        delta.open().and_then(|mut delta| mover::patch(&basis, &mut delta, &mut new, control))
    } else {
        apply(&basis, delta, &mut new, control)
    };
    let report = outcome.map_err(|error| match (error.kind(), delta_path) {
        (ErrorKind::WrongBasis, _) if error.path().is_none() => error.with_path(basis.path()),
        (_, Some(path)) if error.path().is_none() => error.with_path(&path),
        _ => error,
    })?;
    control.report(report.new_length, Some(report.new_length))?;
    new.commit()?;
    Ok(report)
}

/// As [`patch`], from any [`Basis`].
///
/// # Errors
/// As [`patch`].
pub fn patch_from(
    basis: &dyn Basis,
    delta: Source<'_>,
    new: Target<'_>,
    output: &OutputOptions,
    control: &mut Control<'_>,
) -> Result<PatchReport> {
    let delta_path = delta.path().map(Path::to_path_buf);
    let mut output = new.open(output)?;
    let report = apply(basis, delta, &mut output, control).map_err(|error| match delta_path {
        Some(path) if error.path().is_none() && error.kind() != ErrorKind::WrongBasis => {
            error.with_path(&path)
        }
        _ => error,
    })?;
    control.report(report.new_length, Some(report.new_length))?;
    output.commit()?;
    Ok(report)
}

/// Writes what `delta` makes of `basis` to `output`, everything through this process.
fn apply(
    basis: &dyn Basis,
    delta: Source<'_>,
    output: &mut Output<'_>,
    control: &mut Control<'_>,
) -> Result<PatchReport> {
    let mut delta = delta.open()?;
    let input = basis.length().max(delta.length());
    let mut patcher = if input >= Some(HASH_BESIDE) { Patcher::with_hash_thread() } else { Patcher::new() };
    let mut write = |bytes: &[u8]| {
        output.write(bytes)?;
        control.report(output.written, None)
    };
    delta
        .read_all(CHUNK, &mut Control::new(), &mut |bytes| patcher.update(bytes, basis, &mut write))
        .and_then(|_| patcher.finish())
        .map_err(|error| patcher.explain(error, basis))
}
