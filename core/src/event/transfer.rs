//! What a session tells while it runs. In: what the roles saw. Out: [`Event`]s for an [`Observer`].

use std::ops::ControlFlow;

use super::{Change, Failure, Progress};
use crate::wire::file_entry::FileEntry;

/// Something that happened in a session.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// An entry of the file list, when only a list was asked for.
    Listed(Box<FileEntry>),
    /// An entry was transferred, created or changed; in a dry run, it would be.
    Changed(Box<Change>),
    /// Something was deleted at the destination; in a dry run, it would be.
    Deleted {
        /// Its path within the transfer.
        name: Vec<u8>,
        /// Whether it was a directory.
        directory: bool,
    },
    /// A text of the other end.
    Message {
        /// How serious it is.
        level: MessageLevel,
        /// As it was sent: usually one line with its end.
        text: Vec<u8>,
    },
    /// A file could not be transferred, or not completely.
    Failed(Failure),
    /// How far the transfer has come: some times a second, and when its files are done with.
    Progress(Box<TransferProgress>),
}

/// How serious a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageLevel {
    /// Something to know.
    Info,
    /// Something unusual.
    Warning,
    /// Something failed.
    Error,
}

/// How far a transfer has come, in absolute numbers that never run backwards but for `file`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferProgress {
    /// Bytes of the files and links that are done with: transferred, or looked at and left as they are. In a session that runs to
    /// its end, all of them.
    pub overall: Progress,
    /// Entries of the file lists, of every kind, that are done with.
    pub files_done: u64,
    /// Entries of the file lists that have been seen so far. Grows until `overall.total_is_final`.
    pub files_total: u64,
    /// Regular files whose content has been transferred, the current one included once it is complete.
    pub files_transferred: u64,
    /// Bytes of the files in `files_transferred`, and of the current one as far as it has come.
    pub transferred_bytes: u64,
    /// The file whose content is being transferred, if there is one.
    pub file: Option<FileProgress>,
}

/// How far the content of one file has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileProgress {
    /// Its path within the transfer.
    pub name: Vec<u8>,
    /// How many entries of the file lists there are up to this one: 1 for the first.
    pub position: u64,
    /// Bytes of its content that are done with.
    pub bytes_done: u64,
    /// Bytes of its content in all.
    pub bytes_total: u64,
    /// Whether all of its content has been transferred.
    pub is_complete: bool,
}

/// Gets a session's events, on the thread that runs the session.
pub trait Observer {
    /// Something happened. `Break` stops the session as a cancelled one.
    fn event(&mut self, event: &Event) -> ControlFlow<()>;

    /// Called at least every 100 ms while nothing happens. `Break` stops the session as a cancelled one.
    fn tick(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Looks at nothing.
impl Observer for () {
    fn event(&mut self, _: &Event) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<F: FnMut(&Event) -> ControlFlow<()>> Observer for F {
    fn event(&mut self, event: &Event) -> ControlFlow<()> {
        self(event)
    }
}
