//! Signature, delta, diff, patch and inspect in one call. In: paths, bytes, file objects. Out: a report as a tuple, and the result's bytes where
//! they go nowhere else.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline::delta::{BasisIdentity, Content, DeltaReport, PatchReport};
use syncline::files::{self, OutputOptions, SignatureReport};
use syncline::{Error, ErrorKind};

use crate::input::{Input, OldFile, Reader};
use crate::options::{
    DeltaFormatName, FormatName, StrongLengthArgument, delta_format_name, delta_options, signature_options,
};
use crate::output::Place;
use crate::signature::SignatureArgument;
use crate::watch::{CancelToken, Watch};

/// A BLAKE3 hash, which becomes `bytes`.
type Hash = Cow<'static, [u8]>;
/// The fields of `syncline.SignatureReport`.
type SignatureFields = (u64, u32, u8, u64, u64);
/// The fields of `syncline.DeltaReport`.
pub(crate) type DeltaFields = (u64, u64, u64, u64, u64, Option<Hash>);
/// The fields of `syncline.PatchReport`.
pub(crate) type PatchFields = (u64, u64, u64, bool);
/// A report, and the result where it is to be returned.
type Outcome<'py, T> = (T, Option<Bound<'py, PyBytes>>);

fn hash(bytes: [u8; 32]) -> Hash {
    Cow::Owned(bytes.to_vec())
}

fn signature_fields(report: SignatureReport) -> SignatureFields {
    let SignatureReport { basis_length, block_length, strong_length, blocks, signature_length, .. } = report;
    (basis_length, block_length, strong_length, blocks, signature_length)
}

pub(crate) fn delta_fields(report: DeltaReport) -> DeltaFields {
    let DeltaReport { new_length, copied_bytes, copies, literal_bytes, delta_length, new_hash, .. } = report;
    (new_length, copied_bytes, copies, literal_bytes, delta_length, new_hash.map(hash))
}

pub(crate) fn patch_fields(report: PatchReport) -> PatchFields {
    (report.new_length, report.copied_bytes, report.literal_bytes, report.verified)
}

fn outcome<T>(py: Python<'_>, (fields, bytes): (T, Option<Vec<u8>>)) -> Outcome<'_, T> {
    (fields, bytes.map(|bytes| PyBytes::new(py, &bytes)))
}

#[pyfunction]
#[pyo3(signature = (basis, output, format, block_length, strong_length, basis_length, workers, overwrite, progress, cancel))]
#[expect(clippy::too_many_arguments, reason = "the keyword arguments of one Python call")]
pub(crate) fn signature<'py>(
    py: Python<'py>,
    basis: Input,
    output: Place,
    format: FormatName,
    block_length: Option<i64>,
    strong_length: StrongLengthArgument,
    basis_length: Option<u64>,
    workers: usize,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Outcome<'py, SignatureFields>> {
    let options = signature_options(py, format, block_length, strong_length, basis_length, workers)?;
    let how = OutputOptions::new().overwrite(overwrite);
    Watch::new(progress, cancel)
        .run(py, |control, raised| {
            let (mut basis, mut out) = (basis.open(raised), output.open(raised));
            let report = files::signature(basis.source(), out.target(), &options, &how, control)?;
            Ok((signature_fields(report), out.into_bytes()))
        })
        .map(|done| outcome(py, done))
}

#[pyfunction]
#[pyo3(signature = (signature, new, output, compression, mode, generation, check, workers, overwrite, progress, cancel))]
#[expect(clippy::too_many_arguments, reason = "the keyword arguments of one Python call")]
pub(crate) fn delta<'py>(
    py: Python<'py>,
    signature: SignatureArgument,
    new: Input,
    output: Place,
    compression: Option<i32>,
    mode: &str,
    generation: i64,
    check: bool,
    workers: usize,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Outcome<'py, DeltaFields>> {
    let options = delta_options(py, compression, mode, generation, check, workers)?;
    let how = OutputOptions::new().overwrite(overwrite);
    Watch::new(progress, cancel)
        .run(py, |control, raised| {
            let (mut new, mut out) = (new.open(raised), output.open(raised));
            let report = match &signature {
                SignatureArgument::Loaded(signature) => {
                    let signature = Arc::clone(&signature.get().0);
                    files::delta_from(signature, new.source(), out.target(), &options, &how, control)?
                }
                SignatureArgument::Stored(signature) => {
                    let mut signature = signature.open(raised);
                    files::delta(signature.source(), new.source(), out.target(), &options, &how, control)?
                }
            };
            Ok((delta_fields(report), out.into_bytes()))
        })
        .map(|done| outcome(py, done))
}

#[pyfunction]
#[pyo3(signature = (old, new, output, format, compression, check, workers, overwrite, progress, cancel))]
#[expect(clippy::too_many_arguments, reason = "the keyword arguments of one Python call")]
pub(crate) fn diff<'py>(
    py: Python<'py>,
    old: Input,
    new: Input,
    output: Place,
    format: DeltaFormatName,
    compression: Option<i32>,
    check: bool,
    workers: usize,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Outcome<'py, DeltaFields>> {
    let options = delta_options(py, compression, "compact", 2, check, workers)?;
    let how = OutputOptions::new().overwrite(overwrite);
    Watch::new(progress, cancel)
        .run(py, |control, raised| {
            let (mut new, mut out) = (new.open(raised), output.open(raised));
            let (source, target) = (new.source(), out.target());
            let report = match &old {
                Input::Path(old) => files::diff(old, source, target, format.0, &options, &how, control)?,
                Input::Bytes(old) => {
                    files::diff_from(old, source, target, format.0, &options, &how, control)?
                }
                Input::Stream(old) => {
                    let old = read_whole(Reader::new(old, raised))?;
                    files::diff_from(&old, source, target, format.0, &options, &how, control)?
                }
            };
            Ok((delta_fields(report), out.into_bytes()))
        })
        .map(|done| outcome(py, done))
}

fn read_whole(mut reader: Reader<'_>) -> syncline::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|error| Error::stream("read the old file", error))?;
    Ok(bytes)
}

#[pyfunction]
#[pyo3(signature = (basis, delta, output, limit, sparse, overwrite, progress, cancel))]
#[expect(clippy::too_many_arguments, reason = "the keyword arguments of one Python call")]
pub(crate) fn patch<'py>(
    py: Python<'py>,
    basis: Input,
    delta: Input,
    output: Place,
    limit: Option<u64>,
    sparse: bool,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Outcome<'py, PatchFields>> {
    let how = OutputOptions::new().overwrite(overwrite).sparse(sparse).limit(limit);
    Watch::new(progress, cancel)
        .run(py, |control, raised| {
            let (mut delta, mut out) = (delta.open(raised), output.open(raised));
            let (source, target) = (delta.source(), out.target());
            let report = match basis {
                Input::Path(path) => files::patch(&path, source, target, &how, control)?,
                basis => {
                    let basis = OldFile::open(basis, raised)?;
                    files::patch_from(&basis, source, target, &how, control)?
                }
            };
            Ok((patch_fields(report), out.into_bytes()))
        })
        .map(|done| outcome(py, done))
}

/// Length and BLAKE3 of a file, where they are known.
type Identity = (Option<u64>, Option<Hash>);

fn identity(found: Option<BasisIdentity>) -> Identity {
    (found.map(|found| found.length), found.map(|found| hash(found.hash)))
}

/// What a file is: what it holds, its length, and the other fields of `syncline.SignatureInspection` or `syncline.DeltaInspection`.
#[derive(IntoPyObject)]
pub(crate) enum Found {
    Signature(&'static str, u64, (&'static str, u32, u8, u64), Identity),
    Delta(&'static str, u64, (&'static str, u64, u64, u64, u64, u64, u64), Identity, Identity),
}

#[pyfunction]
#[pyo3(signature = (source, progress, cancel))]
pub(crate) fn inspect(
    py: Python<'_>,
    source: Input,
    progress: Option<Py<PyAny>>,
    cancel: Option<Py<CancelToken>>,
) -> PyResult<Found> {
    Watch::new(progress, cancel).run(py, |control, raised| {
        let found = files::inspect(source.open(raised).source(), control)?;
        match found.content {
            Content::Signature { format, block_length, strong_length, blocks, basis, .. } => {
                let fields = (format.name(), block_length, strong_length, blocks);
                Ok(Found::Signature("signature", found.length, fields, identity(basis)))
            }
            Content::Delta {
                format,
                copies,
                copied_bytes,
                literals,
                literal_bytes,
                compressed: (packed, unpacked),
                basis,
                result,
                ..
            } => {
                let name = delta_format_name(format);
                let fields = (name, copies, copied_bytes, literals, literal_bytes, packed, unpacked);
                Ok(Found::Delta("delta", found.length, fields, identity(basis), identity(result)))
            }
            _ => Err(Error::new(ErrorKind::Unsupported, "this kind of file has no description in Python")),
        }
    })
}
