//! The hash of what a patch writes. In: its bytes, forward. Out: their BLAKE3, computed on the caller's thread or beside it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::error::{Error, ErrorKind, Result};

/// Bytes in a buffer.
pub(crate) const CHUNK: usize = 256 << 10;
/// Buffers that are hashed, or wait for it, while the next is filled and written.
const BUFFERS: usize = 4;

/// A hash in the making.
pub(crate) enum Hashing {
    /// On the caller's thread.
    Here { hasher: Box<blake3::Hasher>, chunk: Vec<u8> },
    /// On a thread of its own, which ends when this is dropped.
    Beside { work: SyncSender<Work>, free: Receiver<Arc<Vec<u8>>> },
}

pub(crate) enum Work {
    /// Hash the first bytes of a buffer, and give it back.
    Bytes(Arc<Vec<u8>>, usize),
    /// Say what the hash of everything so far is.
    Hash(Sender<blake3::Hash>),
}

impl Default for Hashing {
    fn default() -> Hashing {
        Hashing::Here { hasher: Box::default(), chunk: Vec::new() }
    }
}

fn gone<T>(_: T) -> Error {
    Error::new(ErrorKind::Internal, "the thread that hashes has ended early")
}

impl Hashing {
    /// Hashes on a thread of its own; on the caller's where none can be had.
    pub(crate) fn beside() -> Hashing {
        let (work, orders) = sync_channel(BUFFERS);
        let (give_back, free) = channel();
        for _ in 0..BUFFERS {
            // `free` is right here, so nothing can fail.
            let _ = give_back.send(Arc::new(vec![0; CHUNK]));
        }
        let hash = move || {
            let mut hasher = blake3::Hasher::new();
            for order in orders {
                match order {
                    Work::Bytes(buffer, count) => {
                        hasher.update(buffer.get(..count).unwrap_or_default());
                        // Nobody wants it back when the patch has ended.
                        let _ = give_back.send(buffer);
                    }
                    Work::Hash(answer) => drop(answer.send(hasher.finalize())),
                }
            }
        };
        match std::thread::Builder::new().name("syncline-hash".into()).spawn(hash) {
            Ok(_) => Hashing::Beside { work, free },
            Err(_) => Hashing::default(),
        }
    }

    /// Fills a buffer with `fill`, which says how many bytes it put there, hashes those and passes them to `write`.
    pub(crate) fn pass(
        &mut self,
        fill: &mut dyn FnMut(&mut [u8]) -> Result<usize>,
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<usize> {
        match self {
            Hashing::Here { hasher, chunk } => {
                chunk.resize(CHUNK, 0);
                let count = fill(chunk)?;
                if count == 0 {
                    return Ok(0);
                }
                let bytes = chunk.get(..count).unwrap_or_default();
                hasher.update(bytes);
                write(bytes)?;
                Ok(count)
            }
            Hashing::Beside { work, free } => {
                let mut buffer = free.recv().map_err(gone)?;
                // The thread moved its share into the channel, and ours was dropped when it had been written.
                let room = Arc::get_mut(&mut buffer).ok_or_else(|| gone(()))?;
                let count = fill(room)?;
                if count == 0 {
                    return Ok(0);
                }
                work.send(Work::Bytes(Arc::clone(&buffer), count)).map_err(gone)?;
                write(buffer.get(..count).unwrap_or_default())?;
                Ok(count)
            }
        }
    }

    /// Hashes `bytes` and passes them to `write`.
    pub(crate) fn pass_slice(
        &mut self,
        bytes: &[u8],
        write: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        if let Hashing::Here { hasher, .. } = self {
            hasher.update(bytes);
            return write(bytes);
        }
        for piece in bytes.chunks(CHUNK) {
            let mut fill = |room: &mut [u8]| {
                room[..piece.len()].copy_from_slice(piece);
                Ok(piece.len())
            };
            self.pass(&mut fill, write)?;
        }
        Ok(())
    }

    /// The hash of everything so far.
    pub(crate) fn hash(&self) -> Result<blake3::Hash> {
        match self {
            Hashing::Here { hasher, .. } => Ok(hasher.finalize()),
            Hashing::Beside { work, .. } => {
                let (answer, hash) = channel();
                work.send(Work::Hash(answer)).map_err(gone)?;
                hash.recv().map_err(gone)
            }
        }
    }
}
