//! Where results go. In: `None`, a path, or an object with `write`. Out: core's [`Target`].

use std::io::{self, Write};
use std::path::PathBuf;

use pyo3::exceptions::{PyBlockingIOError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use syncline::files::Target;

use crate::error::Raised;
use crate::input::is_path;

/// The argument `output`.
pub(crate) enum Place {
    /// `None`: the result is returned.
    Memory,
    Path(PathBuf),
    Object(Py<PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Place {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Place> {
        if object.is_none() {
            return Ok(Place::Memory);
        }
        if is_path(&object)? {
            return object.extract().map(Place::Path);
        }
        if object.hasattr("write")? {
            return Ok(Place::Object(object.to_owned().unbind()));
        }
        Err(PyTypeError::new_err(format!(
            "output must be a path or an object with write(), not {}",
            object.get_type().name()?
        )))
    }
}

impl Place {
    /// The same, ready to be written to; what an object raises goes to `raised`.
    pub(crate) fn open<'a>(&'a self, raised: &'a Raised) -> Opened<'a> {
        match self {
            Place::Memory => Opened::Memory(Vec::new()),
            Place::Path(path) => Opened::Path(path),
            Place::Object(object) => Opened::Object(Writer { object, raised, pending: Vec::new() }),
        }
    }
}

/// A [`Place`] that is open.
pub(crate) enum Opened<'a> {
    Memory(Vec<u8>),
    Path(&'a PathBuf),
    Object(Writer<'a>),
}

impl Opened<'_> {
    pub(crate) fn target(&mut self) -> Target<'_> {
        match self {
            Opened::Memory(bytes) => Target::Writer(bytes),
            Opened::Path(path) => Target::Path(path),
            Opened::Object(writer) => Target::Writer(writer),
        }
    }

    /// What was written, where it is to be returned.
    pub(crate) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Opened::Memory(bytes) => Some(bytes),
            Opened::Path(_) | Opened::Object(_) => None,
        }
    }
}

/// An object with `write` as [`Write`]. Dropped before it is flushed, it writes no more.
pub(crate) struct Writer<'a> {
    object: &'a Py<PyAny>,
    raised: &'a Raised,
    pending: Vec<u8>,
}

/// Bytes that are gathered before the lock is taken to write them.
const GATHERED: usize = 256 << 10;

impl Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= GATHERED {
            self.write_pending(|_| Ok(()))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_pending(|object| match object.getattr_opt("flush")? {
            Some(flush) => flush.call0().map(drop),
            None => Ok(()),
        })
    }
}

impl Writer<'_> {
    fn write_pending(&mut self, then: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>) -> io::Result<()> {
        Python::attach(|py| {
            let object = self.object.bind(py);
            write_all(object, &self.pending)?;
            then(object)
        })
        .map_err(|exception| self.raised.keep(exception))?;
        self.pending.clear();
        Ok(())
    }
}

fn write_all(object: &Bound<'_, PyAny>, mut bytes: &[u8]) -> PyResult<()> {
    while !bytes.is_empty() {
        object.py().check_signals()?;
        let answer = object.call_method1("write", (PyBytes::new(object.py(), bytes),))?;
        // A raw file may take a part, and says how much; None is said by one that would block, and by sinks that say nothing.
        let taken = if answer.is_none() { bytes.len() } else { answer.extract()? };
        match bytes.get(taken..) {
            Some(_) if taken == 0 => return Err(PyBlockingIOError::new_err("write() took no bytes")),
            Some(rest) => bytes = rest,
            None => return Err(PyValueError::new_err("write() says it took more bytes than it was given")),
        }
    }
    Ok(())
}
