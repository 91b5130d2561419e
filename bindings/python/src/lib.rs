//! The native half of the Python package `syncline`: the module `syncline._syncline`, private to it.
//!
//! In: Python's paths, bytes and file objects. Out: bytes, plain tuples and exceptions, which the `.py` files give their public shape. Conversion
//! only: every decision is core's. Work runs without the interpreter's lock, and takes it again at progress points and for file objects.

mod builders;
mod command;
mod error;
mod events;
mod input;
mod options;
mod output;
mod signature;
mod stream;
mod transfer;
mod watch;
mod work;

#[pyo3::pymodule(name = "_syncline")]
mod module {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::builders::{DeltaBuilder, Patcher, SignatureBuilder};
    #[pymodule_export]
    use crate::command::{command, rsync};
    #[pymodule_export]
    use crate::signature::Signature;
    #[pymodule_export]
    use crate::transfer::{serve, server_arguments, transfer};
    #[pymodule_export]
    use crate::watch::CancelToken;
    #[pymodule_export]
    use crate::work::{delta, diff, inspect, patch, signature};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        let kinds = syncline::ErrorKind::ALL.iter().map(|kind| (kind.name(), kind.code()));
        module.add("ERROR_KINDS", kinds.collect::<Vec<_>>())?;
        module.add("OPTIONS", crate::options::table())?;
        module.add("FORMATS", syncline::delta::Format::ALL.map(|format| format.name()))
    }
}
