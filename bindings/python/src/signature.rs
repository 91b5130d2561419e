//! A loaded signature as an object. In: a signature's bytes. Out: its attributes, and core's [`Signature`](CoreSignature) for deltas.

use std::borrow::Cow;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline::delta::Signature as CoreSignature;
use syncline::files;

use crate::input::Input;
use crate::watch::Watch;

/// What is known of an old file: enough to find its blocks in another one.
#[pyclass(module = "syncline", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Signature(pub(crate) Arc<CoreSignature>);

#[pymethods]
impl Signature {
    /// Loads a signature in any known format from a path, bytes or a file object.
    #[staticmethod]
    #[pyo3(signature = (source, /))]
    fn load(py: Python<'_>, source: Input) -> PyResult<Signature> {
        Watch::default()
            .run(py, |control, raised| files::load_signature(source.open(raised).source(), control))
            .map(|signature| Signature(Arc::new(signature)))
    }

    /// The name of its format.
    #[getter]
    fn format(&self) -> &'static str {
        self.0.format().name()
    }

    /// Bytes in a block.
    #[getter]
    fn block_length(&self) -> u32 {
        self.0.block_length()
    }

    /// Bytes kept of each strong sum.
    #[getter]
    fn strong_length(&self) -> u8 {
        self.0.strong_length()
    }

    /// Blocks in the old file; the last may be short.
    #[getter]
    fn block_count(&self) -> u64 {
        self.0.block_count()
    }

    /// Bytes of the old file; `None` in librsync's formats, which do not say.
    #[getter]
    fn basis_length(&self) -> Option<u64> {
        self.0.basis().map(|basis| basis.length)
    }

    /// BLAKE3 of the old file; `None` in librsync's formats, which do not say.
    #[getter]
    fn basis_hash(&self) -> Option<Cow<'static, [u8]>> {
        self.0.basis().map(|basis| Cow::Owned(basis.hash.to_vec()))
    }

    /// The signature as it is stored.
    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.0.encode());
        PyBytes::new(py, &bytes)
    }

    fn __repr__(&self) -> String {
        format!(
            "<syncline.Signature format={:?} block_length={} strong_length={} block_count={}>",
            self.format(),
            self.block_length(),
            self.strong_length(),
            self.block_count()
        )
    }
}

/// The argument `signature` of a delta.
#[derive(FromPyObject)]
pub(crate) enum SignatureArgument {
    #[pyo3(transparent)]
    Loaded(Py<Signature>),
    #[pyo3(transparent)]
    Stored(Input),
}
