//! Patches of files. In: an old file and a delta. Out: the new file, verified before it gets its name.

use std::path::Path;

use crate::delta::{Basis, PatchReport, Patcher};
use crate::error::{ErrorKind, Result};
use crate::files::source::{CHUNK, FileBasis};
use crate::files::{Control, OutputOptions, Source, Target};

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
    let path = basis.path().to_owned();
    patch_from(&basis, delta, new, output, control).map_err(|error| match error.kind() {
        ErrorKind::WrongBasis if error.path().is_none() => error.with_path(&path),
        _ => error,
    })
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
    let mut output = new.open(output)?;
    let delta_path = delta.path().map(Path::to_path_buf);
    let mut delta = delta.open()?;
    let input = basis.length().max(delta.length());
    let mut patcher = if input >= Some(HASH_BESIDE) { Patcher::with_hash_thread() } else { Patcher::new() };
    let mut written = 0;
    let mut write = |bytes: &[u8]| {
        output.write(bytes)?;
        written += bytes.len() as u64;
        control.report(written, None)
    };
    let outcome = delta
        .read_all(CHUNK, &mut Control::new(), &mut |bytes| patcher.update(bytes, basis, &mut write))
        .and_then(|_| patcher.finish());
    match outcome {
        Ok(report) => {
            control.report(report.new_length, Some(report.new_length))?;
            output.commit()?;
            Ok(report)
        }
        Err(error) => {
            let error = patcher.explain(error, basis);
            Err(match delta_path {
                Some(path) if error.path().is_none() && error.kind() != ErrorKind::WrongBasis => {
                    error.with_path(&path)
                }
                _ => error,
            })
        }
    }
}
