//! Two connected ends in memory, for tests and for a session within one process.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::Connection;

/// Two connections: what goes into one comes out of the other. Each direction holds at most `capacity` bytes.
pub fn pair(capacity: usize) -> (Connection, Connection) {
    let (there, back) = (Arc::new(Pipe::new(capacity)), Arc::new(Pipe::new(capacity)));
    (connection(Arc::clone(&back), Arc::clone(&there)), connection(there, back))
}

fn connection(input: Arc<Pipe>, output: Arc<Pipe>) -> Connection {
    let both = [Arc::clone(&input), Arc::clone(&output)];
    Connection {
        reader: Box::new(ReadEnd(input)),
        writer: Box::new(WriteEnd(output)),
        interrupt: Arc::new(move || both.iter().for_each(|pipe| pipe.close())),
        peer: None,
    }
}

struct Pipe {
    state: Mutex<State>,
    changed: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    closed: bool,
}

impl Pipe {
    fn new(capacity: usize) -> Pipe {
        Pipe { state: Mutex::default(), changed: Condvar::new(), capacity: capacity.max(1) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.state().closed = true;
        self.changed.notify_all();
    }
}

struct ReadEnd(Arc<Pipe>);

impl Read for ReadEnd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        while state.bytes.is_empty() && !state.closed {
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let count = state.bytes.read(into)?;
        drop(state);
        self.0.changed.notify_all();
        Ok(count)
    }
}

impl Drop for ReadEnd {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct WriteEnd(Arc<Pipe>);

impl Write for WriteEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.state();
        while state.bytes.len() >= self.0.capacity && !state.closed {
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.0.capacity - state.bytes.len());
        state.bytes.extend(bytes.get(..count).unwrap_or_default());
        drop(state);
        self.0.changed.notify_all();
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for WriteEnd {
    fn drop(&mut self) {
        self.0.close();
    }
}
