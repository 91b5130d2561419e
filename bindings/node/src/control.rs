//! How JavaScript watches and stops work. In: [`Progress`] from the thread that works. Out: the latest, when JavaScript asks.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use syncline::{CancelToken, Progress};

use crate::events::Queue;

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
    is_running: Mutex<bool>,
    ended: Condvar,
    events: Queue,
}

/// How long the end of a process or thread is held up for work to take back what it has not finished.
const PATIENCE: Duration = Duration::from_secs(1);

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
        lock(&self.shared.latest).take().map(|progress| ProgressReport {
            bytes_done: progress.bytes_done as f64,
            bytes_total: progress.bytes_total as f64,
            total_is_final: progress.total_is_final,
        })
    }

    /// Asks the work to stop, and waits a moment for it: whoever wanted it is about to end, and a temporary file should not outlive it.
    #[napi]
    pub fn abandon(&self) {
        self.shared.cancel.cancel();
        let is_running = lock(&self.shared.is_running);
        // That it took longer is no reason not to end.
        let _ = self.shared.ended.wait_timeout_while(is_running, PATIENCE, |is_running| *is_running);
    }

    /// Has events kept for [`next_events`](Control::next_events), or no longer.
    #[napi]
    pub fn listen(&self, listening: bool) {
        self.shared.events.listen(listening);
    }

    /// A promise of the next events; of `null` when there will be no more.
    #[napi]
    pub fn next_events<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        self.shared.events.next(env)
    }

    /// There will be no more events than those that are kept.
    #[napi]
    pub fn end_events(&self) {
        self.shared.events.end();
    }

    /// For the thread that works.
    pub(crate) fn share(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }
}

/// JavaScript holds a control as long as it waits for the work, so that this is the end of a worker thread.
impl Drop for Control {
    fn drop(&mut self) {
        self.abandon();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn set_running(&self, is_running: bool) {
        *lock(&self.is_running) = is_running;
        self.ended.notify_all();
    }

    pub(crate) fn cancel_token(&self) -> CancelToken {
        self.cancel.clone()
    }

    pub(crate) fn events(&self) -> &Queue {
        &self.events
    }

    pub(crate) fn note_progress(&self, progress: Progress) {
        *lock(&self.latest) = Some(progress);
    }

    /// Runs `work` under this control.
    pub(crate) fn watch<T>(
        &self,
        work: impl FnOnce(&mut syncline::files::Control<'_>) -> syncline::Result<T>,
    ) -> syncline::Result<T> {
        self.cancel.check()?;
        let mut observer = |progress| {
            self.note_progress(progress);
            ControlFlow::Continue(())
        };
        work(&mut syncline::files::Control::new().cancel(&self.cancel).progress(&mut observer))
    }
}
