//! The way of events from the threads of a session to the thread that runs it. In: events of the roles. Out: the same, in order.

use std::sync::mpsc;

use crate::event::{Event, Failure};

/// Where the threads of a session put events for the thread that runs it.
#[derive(Clone)]
pub(crate) struct Events(mpsc::SyncSender<Event>);

impl Events {
    /// Events that may wait for the observer; then the threads wait for it.
    const AHEAD: usize = 1024;

    pub(crate) fn channel() -> (Events, mpsc::Receiver<Event>) {
        let (sender, receiver) = mpsc::sync_channel(Events::AHEAD);
        (Events(sender), receiver)
    }

    pub(crate) fn send(&self, event: Event) {
        // The pump outlives the threads; when it has gone, the session is over.
        let _ = self.0.send(event);
    }

    pub(crate) fn failed(&self, failure: Failure) {
        self.send(Event::Failed(failure));
    }
}
