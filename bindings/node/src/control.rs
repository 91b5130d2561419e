//! How JavaScript watches and stops work. In: [`Progress`] from the thread that works. Out: the latest, when JavaScript asks.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use napi_derive::napi;
use syncline::{CancelToken, Progress};

/// One piece of work under way.
#[napi]
#[derive(Default)]
pub struct Control {
    shared: Arc<Shared>,
}

#[derive(Default)]
pub(crate) struct Shared {
    cancel: CancelToken,
    latest: Mutex<Option<Progress>>,
}

/// How far it is.
#[napi(object, object_from_js = false)]
pub struct ProgressReport {
    pub bytes_done: f64,
    pub bytes_total: f64,
    pub total_is_final: bool,
}

#[napi]
impl Control {
    #[napi(constructor)]
    pub fn new() -> Control {
        Control::default()
    }

    /// Asks the work to stop.
    #[napi]
    pub fn cancel(&self) {
        self.shared.cancel.cancel();
    }

    /// How far the work was when it last reported, if it has since this was last called.
    #[napi]
    pub fn take_progress(&self) -> Option<ProgressReport> {
        let latest = self.shared.latest.lock().unwrap_or_else(PoisonError::into_inner).take();
        latest.map(|progress| ProgressReport {
            bytes_done: progress.bytes_done as f64,
            bytes_total: progress.bytes_total as f64,
            total_is_final: progress.total_is_final,
        })
    }

    /// For the thread that works.
    pub(crate) fn share(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }
}

impl Shared {
    /// Runs `work` under this control.
    pub(crate) fn watch<T>(
        &self,
        work: impl FnOnce(&mut syncline::files::Control<'_>) -> syncline::Result<T>,
    ) -> syncline::Result<T> {
        self.cancel.check()?;
        let mut observer = |progress| {
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
            ControlFlow::Continue(())
        };
        work(&mut syncline::files::Control::new().cancel(&self.cancel).progress(&mut observer))
    }
}
