//! Errors as Python raises them. In: core's [`Error`]; an exception that a caller's object raised. Out: [`PyErr`].

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use syncline::{Error, ErrorKind};

/// The exception for `error`: `syncline.errors` chooses the class by the kind's name.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    static BUILD: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let path = error.path().map(|path| path.as_os_str());
    BUILD
        .import(py, "syncline.errors", "from_native")
        .and_then(|build| {
            let (code, status) = (error.kind().name(), error.exit_status());
            build.call1((code, error.to_string(), path, error.errno(), status, error.peer_message()))
        })
        .map_or_else(|failed| failed, PyErr::from_value)
}

/// Core's answer as Python's.
pub(crate) fn to_python<T>(py: Python<'_>, result: syncline::Result<T>) -> PyResult<T> {
    result.map_err(|error| exception(py, &error))
}

/// An argument out of its bounds.
pub(crate) fn invalid_argument(py: Python<'_>, message: String) -> PyErr {
    exception(py, &Error::new(ErrorKind::InvalidArgument, message))
}

/// The exception that a caller's object raised while core was calling it: it ends the work, and then propagates in place of core's own error.
///
/// Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Raised(Arc<Mutex<Option<PyErr>>>);

impl Raised {
    /// Keeps `exception`, and gives what core can be told instead. The first one stays.
    pub(crate) fn keep(&self, exception: PyErr) -> std::io::Error {
        self.0.lock().expect("nothing panics while it is held").get_or_insert(exception);
        std::io::Error::other("the caller's object raised an exception")
    }

    pub(crate) fn take(&self) -> Option<PyErr> {
        self.0.lock().expect("nothing panics while it is held").take()
    }
}

/// The exception that was kept, or core's error as one.
pub(crate) fn settle<T>(py: Python<'_>, raised: &Raised, result: syncline::Result<T>) -> PyResult<T> {
    match raised.take() {
        Some(exception) => Err(exception),
        None => to_python(py, result),
    }
}
