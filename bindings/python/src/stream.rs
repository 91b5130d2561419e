//! The stream of a session. In: objects with `fileno`. Out: core's [`Connection`] over copies of their descriptors.

use std::os::fd::{BorrowedFd, OwnedFd, RawFd};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use syncline::transport::{Connection, descriptors};

/// A pair of objects with `fileno`: one that is read, one that is written; they may be the same.
pub(crate) struct Stream {
    input: OwnedFd,
    output: OwnedFd,
}

impl<'py> FromPyObject<'_, 'py> for Stream {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Stream> {
        let (input, output): (Bound<'py, PyAny>, Bound<'py, PyAny>) = object.extract()?;
        Ok(Stream { input: copy_of(&input)?, output: copy_of(&output)? })
    }
}

impl Stream {
    pub(crate) fn adopt(self) -> syncline::Result<Connection> {
        descriptors::adopt(self.input, self.output)
    }
}

/// A descriptor of its own for what `object` has open: closing either leaves the other.
fn copy_of(object: &Bound<'_, PyAny>) -> PyResult<OwnedFd> {
    let number: RawFd = object.call_method0("fileno")?.extract()?;
    if number < 0 {
        return Err(PyValueError::new_err("the stream is closed"));
    }
    // SAFETY: `object` said just now that this descriptor is open, it is not -1, and it is only used to copy it.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(borrowed.try_clone_to_owned()?)
}
