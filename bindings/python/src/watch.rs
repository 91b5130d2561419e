//! Progress, cancellation and signals. In: a callable, a token. Out: core's [`Control`], looked at while the work runs without the lock.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use syncline::files::Control;
use syncline::{Progress, Result};

use crate::error::{Raised, settle};

/// Time between two looks at Python's signals and the progress callable.
const PACE: Duration = Duration::from_millis(50);

/// Stops work from another thread.
#[pyclass(module = "syncline", frozen)]
#[derive(Clone, Default)]
pub(crate) struct CancelToken(syncline::CancelToken);

impl CancelToken {
    /// Core's token, which shares the flag.
    pub(crate) fn core(&self) -> syncline::CancelToken {
        self.0.clone()
    }
}

#[pymethods]
impl CancelToken {
    #[new]
    fn new() -> CancelToken {
        CancelToken::default()
    }

    /// Asks the work that was given this token to stop; it raises `Cancelled`.
    fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether `cancel` has been called.
    #[getter]
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Who watches a piece of work.
#[derive(Default)]
pub(crate) struct Watch {
    progress: Option<Py<PyAny>>,
    cancel: Option<syncline::CancelToken>,
}

impl Watch {
    /// `progress` is called with `bytes_done`, `bytes_total` and `total_is_final`.
    pub(crate) fn new(progress: Option<Py<PyAny>>, cancel: Option<Py<CancelToken>>) -> Watch {
        Watch { progress, cancel: cancel.map(|token| token.get().core()) }
    }

    /// Does `work` without the interpreter's lock. An exception that the callable, a signal handler or a file object raises ends it and propagates.
    pub(crate) fn run<T: Send>(
        self,
        py: Python<'_>,
        work: impl FnOnce(&mut Control<'_>, &Raised) -> Result<T> + Send,
    ) -> PyResult<T> {
        let raised = Raised::default();
        let result = py.detach(|| {
            let mut last = None;
            let mut observer = |seen: Progress| {
                let is_end = seen.total_is_final && seen.bytes_done == seen.bytes_total;
                if !is_end && last.is_some_and(|last: Instant| last.elapsed() < PACE) {
                    return ControlFlow::Continue(());
                }
                last = Some(Instant::now());
                match Python::attach(|py| self.look(py, seen)) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(exception) => {
                        raised.keep(exception);
                        ControlFlow::Break(())
                    }
                }
            };
            let mut control = Control::new().progress(&mut observer);
            if let Some(token) = &self.cancel {
                control = control.cancel(token);
            }
            work(&mut control, &raised)
        });
        settle(py, &raised, result)
    }

    fn look(&self, py: Python<'_>, seen: Progress) -> PyResult<()> {
        py.check_signals()?;
        if let Some(progress) = &self.progress {
            progress.call1(py, (seen.bytes_done, seen.bytes_total, seen.total_is_final))?;
        }
        Ok(())
    }
}
