//! What a transfer tells while it runs. In: core's events, from the thread that runs it. Out: plain objects in batches, when JavaScript asks.
//!
//! Nobody calls into JavaScript: events wait in a queue, and the transfer waits while the queue is full. Who does not listen is told nothing.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi::bindgen_prelude::Object;
use napi::{Env, JsDeferred};
use syncline::CancelToken;

use crate::entry::EventObject;

/// Events that may wait for JavaScript; then the transfer waits for it.
const AHEAD: usize = 4096;
/// Between two looks at cancellation while it waits.
const TICK: Duration = Duration::from_millis(50);

/// A promise of events, settled on JavaScript's thread; `None` when there will be no more.
type Waiting = JsDeferred<Option<Vec<EventObject>>, Take>;
type Take = Box<dyn FnOnce(Env) -> napi::Result<Option<Vec<EventObject>>>>;

/// Events on their way to JavaScript. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Queue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    room: Condvar,
}

#[derive(Default)]
struct State {
    listening: bool,
    ended: bool,
    events: VecDeque<EventObject>,
    waiting: Option<Waiting>,
}

impl Queue {
    /// From now on events are kept, or no longer.
    pub(crate) fn listen(&self, listening: bool) {
        let mut state = self.lock();
        state.listening = listening;
        if !listening {
            state.events.clear();
            self.0.room.notify_all();
        }
    }

    pub(crate) fn is_listening(&self) -> bool {
        self.lock().listening
    }

    /// Puts an event at the end, once there is room. `Break` if the work was cancelled meanwhile.
    pub(crate) fn push(&self, event: EventObject, cancel: &CancelToken) -> ControlFlow<()> {
        let mut state = self.lock();
        while state.listening && state.events.len() >= AHEAD {
            if cancel.is_cancelled() {
                return ControlFlow::Break(());
            }
            state = self.0.room.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.listening {
            state.events.push_back(event);
            self.settle(state.waiting.take());
        }
        ControlFlow::Continue(())
    }

    /// There will be no more events.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        self.settle(state.waiting.take());
    }

    /// A promise of the next events.
    pub(crate) fn next<'env>(&self, env: &'env Env) -> napi::Result<Object<'env>> {
        let (deferred, promise) = env.create_deferred()?;
        let mut state = self.lock();
        if state.ended || !state.events.is_empty() {
            self.settle(Some(deferred));
        } else {
            // Whoever waited before gets what there is: nothing.
            self.settle(state.waiting.replace(deferred));
        }
        Ok(promise)
    }

    /// Has a promise settled, on JavaScript's thread, with what there is by then.
    fn settle(&self, waiting: Option<Waiting>) {
        let Some(deferred) = waiting else { return };
        let queue = self.clone();
        deferred.resolve(Box::new(move |_| Ok(queue.take())));
    }

    fn take(&self) -> Option<Vec<EventObject>> {
        let mut state = self.lock();
        if state.events.is_empty() && state.ended {
            return None;
        }
        self.0.room.notify_all();
        Some(state.events.drain(..).collect())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
