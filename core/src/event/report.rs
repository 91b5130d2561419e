//! What a session amounts to. In: what the roles counted. Out: a [`Report`].

use super::{Change, Failure};
use crate::wire::file_entry::FileKind;
use crate::wire::stats::DeleteCounts;

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
