//! How JavaScript watches and stops work. In: progress from the thread that works. Out: the latest, when JavaScript asks.

use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use syncline::CancelToken;

use crate::entry::EventObject;
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
    latest: Mutex<Option<EventObject>>,
    is_running: Mutex<bool>,
    ended: Condvar,
    events: Queue,
}

/// How long the end of a process or thread is held up for work to take back what it has not finished.
const PATIENCE: Duration = Duration::from_secs(1);

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
    pub fn take_progress(&self) -> Option<EventObject> {
        lock(&self.shared.latest).take()
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

    pub(crate) fn note_progress(&self, progress: EventObject) {
        *lock(&self.latest) = Some(progress);
    }

    /// Runs `work` under this control.
    pub(crate) fn watch<T>(
        &self,
        work: impl FnOnce(&mut syncline::files::Control<'_>) -> syncline::Result<T>,
    ) -> syncline::Result<T> {
        self.cancel.check()?;
        let mut observer = |progress| {
            self.note_progress(EventObject::progress(progress));
            ControlFlow::Continue(())
        };
        work(&mut syncline::files::Control::new().cancel(&self.cancel).progress(&mut observer))
    }
}
