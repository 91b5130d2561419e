//! Signature, delta and patch in pieces. In: bytes-likes, in order. Out: what is certain with them. One thread at a time may use a builder; one that
//! failed is used up.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use syncline::delta::{self, Signature as CoreSignature};
use syncline::{Error, ErrorKind, Result};

use crate::error::{Raised, exception, settle, to_python};
use crate::input::{Input, OldFile, content};
use crate::options::{FormatName, StrongLengthArgument, delta_options, signature_options};
use crate::signature::Signature;
use crate::work::{DeltaFields, PatchFields, delta_fields, patch_fields};

/// A bytes-like argument.
pub(crate) struct Chunk(PyBackedBytes);

impl<'py> FromPyObject<'_, 'py> for Chunk {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Chunk> {
        match content(&object)? {
            Some(bytes) => Ok(Chunk(bytes)),
            None => {
                let name = object.get_type().name()?;
                Err(PyTypeError::new_err(format!("expected a bytes-like object, not {name}")))
            }
        }
    }
}

/// Core's builder until it is finished, has failed, or has panicked. The mutex is never locked: it makes a builder that only moves between threads
/// one that Python may hold.
struct Live<T>(Mutex<Option<T>>);

impl<T: Send> Live<T> {
    fn new(builder: T) -> Live<T> {
        Live(Mutex::new(Some(builder)))
    }

    /// Takes the builder, and works with it without the interpreter's lock. It stays usable if `work` gives it back.
    fn with<R: Send>(
        &mut self,
        py: Python<'_>,
        work: impl FnOnce(T) -> Result<(Option<T>, R)> + Send,
    ) -> PyResult<Result<R>> {
        let slot = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(builder) = slot.take() else {
            return Err(exception(
                py,
                &Error::new(ErrorKind::InvalidState, "it was finished, or has failed: make a new one"),
            ));
        };
        Ok(py.detach(|| work(builder)).map(|(builder, result)| {
            *slot = builder;
            result
        }))
    }
}

#[pyclass(module = "syncline._syncline")]
pub(crate) struct SignatureBuilder(Live<delta::SignatureBuilder>);

#[pymethods]
impl SignatureBuilder {
    #[new]
    fn new(
        py: Python<'_>,
        format: FormatName,
        block_length: Option<i64>,
        strong_length: StrongLengthArgument,
        basis_length: Option<u64>,
    ) -> PyResult<SignatureBuilder> {
        let options = signature_options(py, format, block_length, strong_length, basis_length, 1)?;
        let builder = to_python(py, delta::SignatureBuilder::new(&options))?;
        Ok(SignatureBuilder(Live::new(builder)))
    }

    fn update(&mut self, py: Python<'_>, data: Chunk) -> PyResult<()> {
        let result = self.0.with(py, |mut builder| {
            builder.update(&data.0);
            Ok((Some(builder), ()))
        })?;
        to_python(py, result)
    }

    fn finish(&mut self, py: Python<'_>) -> PyResult<Signature> {
        let result = self.0.with(py, |builder| Ok((None, Signature(Arc::new(builder.finish())))))?;
        to_python(py, result)
    }
}

#[pyclass(module = "syncline._syncline")]
pub(crate) struct DeltaBuilder(Live<delta::DeltaBuilder>);

#[pymethods]
impl DeltaBuilder {
    #[new]
    fn new(
        py: Python<'_>,
        signature: Py<Signature>,
        compression: Option<i32>,
        mode: &str,
        generation: i64,
        check: bool,
        workers: usize,
    ) -> PyResult<DeltaBuilder> {
        let options = delta_options(py, compression, mode, generation, check, workers)?;
        let signature: Arc<CoreSignature> = Arc::clone(&signature.get().0);
        let builder = py.detach(|| delta::DeltaBuilder::new(signature, &options));
        Ok(DeltaBuilder(Live::new(to_python(py, builder)?)))
    }

    fn update<'py>(&mut self, py: Python<'py>, data: Chunk) -> PyResult<Bound<'py, PyBytes>> {
        let result = self.0.with(py, |mut builder| {
            let mut out = Vec::new();
            builder.update(&data.0, &mut out)?;
            Ok((Some(builder), out))
        })?;
        Ok(PyBytes::new(py, &to_python(py, result)?))
    }

    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<(DeltaFields, Bound<'py, PyBytes>)> {
        let result = self.0.with(py, |builder| {
            let mut out = Vec::new();
            let report = builder.finish(&mut out)?;
            Ok((None, (delta_fields(report), out)))
        })?;
        let (fields, out) = to_python(py, result)?;
        Ok((fields, PyBytes::new(py, &out)))
    }
}

#[pyclass(module = "syncline._syncline")]
pub(crate) struct Patcher {
    patching: Live<Patching>,
    raised: Raised,
}

struct Patching {
    patcher: delta::Patcher,
    basis: OldFile,
}

#[pymethods]
impl Patcher {
    #[new]
    fn new(py: Python<'_>, basis: Input, limit: Option<u64>) -> PyResult<Patcher> {
        let raised = Raised::default();
        let basis = py.detach(|| OldFile::open(basis, &raised));
        let basis = settle(py, &raised, basis)?;
        let patcher = delta::Patcher::new().limit(limit.unwrap_or(u64::MAX));
        Ok(Patcher { patching: Live::new(Patching { patcher, basis }), raised })
    }

    fn update<'py>(&mut self, py: Python<'py>, data: Chunk) -> PyResult<Bound<'py, PyBytes>> {
        let result = self.patching.with(py, |mut patching| {
            let mut out = Vec::new();
            let Patching { patcher, basis } = &mut patching;
            patcher.update(&data.0, basis, &mut |bytes| {
                out.extend_from_slice(bytes);
                Ok(())
            })?;
            Ok((Some(patching), out))
        })?;
        Ok(PyBytes::new(py, &settle(py, &self.raised, result)?))
    }

    fn finish(&mut self, py: Python<'_>) -> PyResult<PatchFields> {
        let result = self.patching.with(py, |Patching { patcher, basis }| {
            let report = patcher.finish().map_err(|error| patcher.explain(error, &basis))?;
            Ok((None, patch_fields(report)))
        })?;
        settle(py, &self.raised, result)
    }
}
