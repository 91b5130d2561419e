//! Open files on their way from the sender to the receiver, where both are in this process. In: a file whose whole content
//! is wanted. Out: the same file, in the order of the answers that announce it.
//!
//! What is said about a file stays on the connection; only its tokens and its digest do not cross it, and the receiver
//! copies the content by the shortest way that the system has. There is nothing to verify: no byte passes through here.
//!
//! Few files wait at a time, since each is a descriptor. The sender waits for room with everything flushed, and the
//! receiver takes files without waiting for anything but the sender, so `channel.rs`'s argument holds.

use std::fs::File;
use std::sync::mpsc;

use crate::checksum::file_sum::FileSumKind;
use crate::error::Result;
use crate::session::farewell::abandoned;
use crate::wire::block_sums::SumHead;
use crate::wire::file_entry::FileEntry;
use crate::wire::limits;

/// Files that may wait.
const WAITING: usize = 64;
/// Files of at most this many bytes cross the connection: that costs less than passing them.
const SMALL: u64 = 32 << 10;
/// From this many bytes on, the sender waits until a file is copied, and tells how far that is.
const FOLLOWED: u64 = 16 << 20;

/// Whether the answer to a request goes through the passage. Both ends see the same of it: the receiver has nothing of the
/// file, and the list gave its size.
pub(crate) fn is_passed(entry: &FileEntry, head: &SumHead) -> bool {
    head.is_empty() && entry.size > SMALL
}

/// A file, and how much of it is to be copied.
pub(crate) struct Passed {
    pub(crate) file: File,
    pub(crate) length: u64,
    /// For a large file: where the sender hears how much has been copied, until the copy has ended.
    pub(crate) follower: Option<mpsc::Sender<u64>>,
}

impl Passed {
    /// A file to pass, and for a large one what is heard of its copy.
    pub(crate) fn new(file: File, length: u64) -> (Passed, Option<mpsc::Receiver<u64>>) {
        let (follower, news) = match length {
            FOLLOWED.. => Some(mpsc::channel()).unzip(),
            _ => (None, None),
        };
        (Passed { file, length, follower }, news)
    }

    /// Bytes that its tokens and its digest would have on the connection, so that statistics are those of a session like others.
    pub(crate) fn bytes_saved(&self, checksum: FileSumKind) -> u64 {
        // Each literal has its length in front, and so has the end.
        let lengths = self.length.div_ceil(limits::LITERAL_SENT as u64).saturating_add(1).saturating_mul(4);
        self.length.saturating_add(lengths).saturating_add(checksum.digest_length() as u64)
    }
}

/// The end of the passage that a session has, if it has one.
#[derive(Default)]
pub(crate) enum Passage {
    /// Contents cross the connection.
    #[default]
    None,
    In(Entrance),
    Out(Exit),
}

/// The sender's end.
pub(crate) struct Entrance(mpsc::SyncSender<Passed>);

/// The receiver's end.
pub(crate) struct Exit(mpsc::Receiver<Passed>);

/// Both ends of a new passage.
pub(crate) fn passage() -> (Passage, Passage) {
    let (entrance, exit) = mpsc::sync_channel(WAITING);
    (Passage::In(Entrance(entrance)), Passage::Out(Exit(exit)))
}

impl Passage {
    pub(crate) fn entrance(self) -> Option<Entrance> {
        match self {
            Passage::In(entrance) => Some(entrance),
            _ => None,
        }
    }

    pub(crate) fn exit(self) -> Option<Exit> {
        match self {
            Passage::Out(exit) => Some(exit),
            _ => None,
        }
    }
}

impl Entrance {
    /// Passes a file that was announced; `flush` is called before a wait.
    ///
    /// # Errors
    /// When the receiver has gone, and what `flush` fails with.
    pub(crate) fn pass(&self, file: Passed, flush: impl FnOnce() -> Result<()>) -> Result<()> {
        match self.0.try_send(file) {
            Ok(()) => Ok(()),
            Err(mpsc::TrySendError::Full(file)) => {
                flush()?;
                self.0.send(file).map_err(|_| abandoned())
            }
            Err(mpsc::TrySendError::Disconnected(_)) => Err(abandoned()),
        }
    }
}

impl Exit {
    /// Takes the file that was announced last.
    ///
    /// # Errors
    /// When the sender has gone.
    pub(crate) fn take(&self) -> Result<Passed> {
        self.0.recv().map_err(|_| abandoned())
    }
}
