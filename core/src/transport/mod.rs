//! How bytes get to the other end and back. Out: a [`Connection`], whatever it runs over.

pub mod descriptors;
pub mod pair;
pub mod process;
pub mod remote_shell;
mod signal;
pub mod socket;
pub mod tcp;

use std::io::{Read, Write};
use std::sync::Arc;

use crate::cancel::CancelToken;
use crate::error::Result;

/// Both directions of a byte stream to the other end of a session, and the means to break it off.
///
/// The session calls `reader` from one thread and `writer` from one other thread at a time, possibly both at once.
pub struct Connection {
    /// Where the other end's bytes arrive.
    pub reader: Box<dyn Read + Send>,
    /// Where bytes for the other end go. Dropping it tells the other end that no more will come.
    pub writer: Box<dyn Write + Send>,
    /// Wakes whoever is blocked in `reader` or `writer`; both fail from then on.
    pub interrupt: Arc<dyn Fn() + Send + Sync>,
    /// What is behind the connection, if it is something that ends.
    pub peer: Option<Box<dyn Peer + Send>>,
}

/// A process at the other end of a [`Connection`].
pub trait Peer {
    /// Waits for it to end by itself after a session that went well, and returns its exit status.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if it cannot be waited for, [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled)
    /// once cancelled; it is ended then.
    fn wait(&mut self, cancel: &CancelToken) -> Result<i32>;

    /// Ends it, after a session that failed, unless it has ended already; its exit status if it had.
    fn abandon(&mut self) -> Option<i32>;

    /// The end of what it said besides the connection, for an error message; all of it once it has ended.
    fn last_words(&self) -> Vec<u8> {
        Vec::new()
    }
}
