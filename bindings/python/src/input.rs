//! What is read. In: a path, something bytes-like, or a file object. Out: core's [`Source`] or [`Basis`].

use std::io::{self, Read};
use std::path::PathBuf;

use pyo3::exceptions::{PyBlockingIOError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyMemoryView, PyString};
use syncline::delta::Basis;
use syncline::files::{FileBasis, Source};
use syncline::{Error, Result};

use crate::error::Raised;

/// An argument that names content.
pub(crate) enum Input {
    /// `str` or `os.PathLike`.
    Path(PathBuf),
    /// `bytes` as they are; a copy of any other buffer, which another thread could change.
    Bytes(PyBackedBytes),
    /// An object with `read`.
    Stream(Py<PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Input {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Input> {
        if is_path(&object)? {
            return object.extract().map(Input::Path);
        }
        if let Some(bytes) = content(&object)? {
            return Ok(Input::Bytes(bytes));
        }
        if object.hasattr("read")? {
            return Ok(Input::Stream(object.to_owned().unbind()));
        }
        Err(PyTypeError::new_err(format!(
            "expected a path, a bytes-like object or a file object, not {}",
            object.get_type().name()?
        )))
    }
}

pub(crate) fn is_path(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(object.is_instance_of::<PyString>() || object.hasattr("__fspath__")?)
}

/// The bytes of something bytes-like; `None` for anything else.
pub(crate) fn content(object: &Bound<'_, PyAny>) -> PyResult<Option<PyBackedBytes>> {
    if let Ok(bytes) = object.cast::<PyBytes>() {
        return Ok(Some(bytes.clone().into()));
    }
    let Ok(view) = PyMemoryView::from(object) else { return Ok(None) };
    let copy = view.call_method0("tobytes")?;
    Ok(Some(copy.cast_into::<PyBytes>()?.into()))
}

impl Input {
    /// The same, ready to be read from; what a stream raises goes to `raised`.
    pub(crate) fn open<'a>(&'a self, raised: &'a Raised) -> Opened<'a> {
        match self {
            Input::Path(path) => Opened::Path(path),
            Input::Bytes(bytes) => Opened::Bytes(bytes),
            Input::Stream(object) => Opened::Stream(Reader::new(object, raised)),
        }
    }
}

/// An [`Input`] that is open.
pub(crate) enum Opened<'a> {
    Path(&'a PathBuf),
    Bytes(&'a [u8]),
    Stream(Reader<'a>),
}

impl Opened<'_> {
    pub(crate) fn source(&mut self) -> Source<'_> {
        match self {
            Opened::Path(path) => Source::Path(path),
            Opened::Bytes(bytes) => Source::Bytes(bytes),
            Opened::Stream(reader) => Source::Reader(reader),
        }
    }
}

/// A file object as [`Read`].
pub(crate) struct Reader<'a> {
    object: &'a Py<PyAny>,
    raised: &'a Raised,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(object: &'a Py<PyAny>, raised: &'a Raised) -> Reader<'a> {
        Reader { object, raised }
    }
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Python::attach(|py| read(self.object.bind(py), buffer))
            .map_err(|exception| self.raised.keep(exception))
    }
}

fn read(object: &Bound<'_, PyAny>, buffer: &mut [u8]) -> PyResult<usize> {
    object.py().check_signals()?;
    let answer = object.call_method1("read", (buffer.len(),))?;
    if answer.is_none() {
        return Err(PyBlockingIOError::new_err("the file object has no data yet: a blocking one is needed"));
    }
    let Some(bytes) = content(&answer)? else {
        return Err(PyTypeError::new_err(format!(
            "read() returned {}, not bytes: open the file in binary mode",
            answer.get_type().name()?
        )));
    };
    match buffer.get_mut(..bytes.len()) {
        Some(room) => room.copy_from_slice(&bytes),
        None => return Err(PyValueError::new_err("read() returned more bytes than it was asked for")),
    }
    Ok(bytes.len())
}

/// An old file, read at any offset.
pub(crate) enum OldFile {
    File(FileBasis),
    Bytes(PyBackedBytes),
    Object { object: Py<PyAny>, length: u64, raised: Raised },
}

impl OldFile {
    /// A file object must be seekable; what it raises goes to `raised`.
    pub(crate) fn open(input: Input, raised: &Raised) -> Result<OldFile> {
        Ok(match input {
            Input::Path(path) => OldFile::File(FileBasis::open(&path)?),
            Input::Bytes(bytes) => OldFile::Bytes(bytes),
            Input::Stream(object) => {
                let length = Python::attach(|py| end_of(object.bind(py)))
                    .map_err(|exception| Error::stream("seek in the old file", raised.keep(exception)))?;
                OldFile::Object { object, length, raised: raised.clone() }
            }
        })
    }
}

fn end_of(object: &Bound<'_, PyAny>) -> PyResult<u64> {
    object.call_method1("seek", (0, 2))?;
    object.call_method0("tell")?.extract()
}

impl Basis for OldFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        match self {
            OldFile::File(file) => file.read_at(offset, buffer),
            OldFile::Bytes(bytes) => bytes.as_ref().read_at(offset, buffer),
            OldFile::Object { object, raised, .. } => Python::attach(|py| {
                let object = object.bind(py);
                object.call_method1("seek", (offset,))?;
                read(object, buffer)
            })
            .map_err(|exception| Error::stream("read the old file", raised.keep(exception))),
        }
    }

    fn length(&self) -> Option<u64> {
        match self {
            OldFile::File(file) => file.length(),
            OldFile::Bytes(bytes) => bytes.as_ref().length(),
            OldFile::Object { length, .. } => Some(*length),
        }
    }
}
