//! What a session tells while it runs and when it ends. In: what the roles saw. Out: [`Event`]s, a [`Report`].

use std::ops::ControlFlow;
use std::sync::mpsc;

use crate::event::Progress;
use crate::session::change::Change;
use crate::session::failure::Failure;
use crate::wire::file_entry::{FileEntry, FileKind};
use crate::wire::stats::DeleteCounts;

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
    /// How far the transfer has come.
    Progress(Progress),
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

/// Entries by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// Regular files.
    pub files: u64,
    /// Directories.
    pub directories: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Devices.
    pub devices: u64,
    /// FIFOs and sockets.
    pub specials: u64,
}

impl KindCounts {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.files + self.directories + self.symlinks + self.devices + self.specials
    }

    pub(crate) fn add(&mut self, kind: FileKind) {
        *match kind {
            FileKind::Regular | FileKind::Missing => &mut self.files,
            FileKind::Directory => &mut self.directories,
            FileKind::Symlink => &mut self.symlinks,
            FileKind::CharDevice | FileKind::BlockDevice => &mut self.devices,
            FileKind::Fifo | FileKind::Socket => &mut self.specials,
        } += 1;
    }

    fn join(&mut self, other: &KindCounts) {
        self.files += other.files;
        self.directories += other.directories;
        self.symlinks += other.symlinks;
        self.devices += other.devices;
        self.specials += other.specials;
    }
}

/// What a session did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Entries in the file lists.
    pub listed: KindCounts,
    /// Entries that did not exist at the destination.
    pub created: KindCounts,
    /// What was deleted.
    pub deleted: DeleteCounts,
    /// Regular files whose content was transferred.
    pub files_transferred: u64,
    /// Bytes in all listed files and links.
    pub total_size: u64,
    /// Bytes in the files whose content was transferred.
    pub transferred_size: u64,
    /// Bytes of content that crossed the connection.
    pub literal_bytes: u64,
    /// Bytes of content that the destination already had.
    pub matched_bytes: u64,
    /// Bytes this side wrote to the connection, frames included.
    pub bytes_sent: u64,
    /// Bytes this side read from the connection, frames included.
    pub bytes_received: u64,
    /// Bytes of the file lists.
    pub list_bytes: u64,
    /// Milliseconds the sending side spent on building the list.
    pub list_build_ms: u64,
    /// Milliseconds the sending side spent on sending it.
    pub list_transfer_ms: u64,
    /// Files that were not transferred, or not completely.
    pub failures: Vec<Failure>,
    /// In a dry run, every change that would have been made.
    pub changes: Vec<Change>,
    /// rsync's exit status: 0, or 23 to 25 for a session that went to its end with something left out.
    pub exit_status: u8,
}

impl Report {
    pub(crate) fn join(&mut self, other: Report) {
        self.listed.join(&other.listed);
        self.created.join(&other.created);
        let (mine, theirs) = (&mut self.deleted, other.deleted);
        mine.files += theirs.files;
        mine.directories += theirs.directories;
        mine.symlinks += theirs.symlinks;
        mine.devices += theirs.devices;
        mine.specials += theirs.specials;
        self.files_transferred += other.files_transferred;
        self.total_size += other.total_size;
        self.transferred_size += other.transferred_size;
        self.literal_bytes += other.literal_bytes;
        self.matched_bytes += other.matched_bytes;
        self.changes.extend(other.changes);
        self.list_bytes += other.list_bytes;
        self.list_build_ms += other.list_build_ms;
        self.list_transfer_ms += other.list_transfer_ms;
    }
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
