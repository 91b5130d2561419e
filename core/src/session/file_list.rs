//! File lists: their order, their numbering, and how they come in (`docs/spec/wire-2-filelist.md` §2, §3).
//! In: entries in the order of the wire. Out: [`FileList`]s in the order of the protocol.

mod incoming;
mod order;

use std::collections::VecDeque;
use std::sync::Arc;

pub(crate) use incoming::{ListReader, parent};
pub(crate) use order::{Order, compare, sort};

use crate::error::{Error, ErrorKind, Result};
use crate::options::MissingArguments;
use crate::session::handshake::Agreement;
use crate::session::settings::Settings;
use crate::wire::file_entry::{FileEntry, ListForm};

/// One list: all files, or with incremental recursion those of one directory.
#[derive(Debug)]
pub(crate) struct FileList {
    /// The index of the first entry. The number before it stands for `directory`.
    pub(crate) first: i32,
    /// With incremental recursion, the directory that the list holds the contents of.
    pub(crate) directory: Option<FileEntry>,
    /// In the order of the protocol.
    pub(crate) entries: Vec<FileEntry>,
    /// Which order that is.
    pub(crate) order: Order,
    /// Whether names that had a slash in front and names that had none were sorted together: then the names are not in order
    /// without it.
    pub(crate) is_mixed: bool,
    /// Positions of entries that only count, sorted: another one of the same name is used instead.
    pub(crate) dropped: Vec<usize>,
}

impl FileList {
    /// The index of the entry at `position`.
    pub(crate) fn index_of(&self, position: usize) -> i32 {
        // Entries are counted as they are read, so that their indexes fit.
        self.first.saturating_add(i32::try_from(position).unwrap_or(i32::MAX))
    }

    /// The index that the next list's directory has.
    pub(crate) fn end(&self) -> i32 {
        self.index_of(self.entries.len())
    }

    /// Whether there is an entry of this name, of any type.
    pub(crate) fn has(&self, name: &[u8]) -> bool {
        if self.order == Order::Bytes {
            return self.entries.binary_search_by(|entry| (*entry.name).cmp(name)).is_ok();
        }
        if self.is_mixed {
            return self.entries.iter().any(|entry| *entry.name == *name);
        }
        [false, true].into_iter().any(|is_directory| {
            let order =
                |entry: &FileEntry| compare((&entry.name, entry.is_directory()), (name, is_directory));
            self.entries.binary_search_by(order).is_ok()
        })
    }

    /// Whether the entry at `position` is not used.
    pub(crate) fn is_dropped(&self, position: usize) -> bool {
        self.dropped.binary_search(&position).is_ok()
    }

    /// The entry with this index, or the list's directory.
    pub(crate) fn entry(&self, index: i32) -> Option<&FileEntry> {
        if index == self.first - 1 {
            return self.directory.as_ref();
        }
        let position = usize::try_from(index.checked_sub(self.first)?).ok()?;
        if self.is_dropped(position) { None } else { self.entries.get(position) }
    }

    /// Whether `index` is the list's directory or one of its entries.
    pub(crate) fn covers(&self, index: i32) -> bool {
        index >= self.first - 1 && index < self.end()
    }
}

/// The lists that are held: known, and not finished.
#[derive(Debug, Default)]
pub(crate) struct HeldLists(VecDeque<Arc<FileList>>);

impl HeldLists {
    pub(crate) fn push(&mut self, list: Arc<FileList>) {
        self.0.push_back(list);
    }

    /// Forgets the oldest list; whether another one is held then.
    pub(crate) fn drop_oldest(&mut self) -> bool {
        self.0.pop_front();
        !self.0.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The list that an index belongs to.
    pub(crate) fn of(&self, index: i32) -> Result<&Arc<FileList>> {
        let after = self.0.partition_point(|list| list.first - 1 <= index);
        after
            .checked_sub(1)
            .and_then(|position| self.0.get(position))
            .filter(|list| list.covers(index))
            .ok_or_else(|| unknown_index(index))
    }

    /// The entry that an index stands for.
    pub(crate) fn entry(&self, index: i32) -> Result<&FileEntry> {
        self.of(index)?.entry(index).ok_or_else(|| unknown_index(index))
    }
}

fn unknown_index(index: i32) -> Error {
    Error::new(ErrorKind::Protocol, format!("the other end speaks of file {index}, which no list has"))
}

/// Which fields entries have in this session.
pub(crate) fn form(settings: &Settings, agreement: &Agreement) -> ListForm {
    ListForm {
        protocol: agreement.protocol,
        compat: agreement.compat,
        owner: settings.owner,
        group: settings.group,
        devices: settings.devices,
        specials: settings.specials,
        links: settings.links,
        hard_links: settings.hard_links,
        access_times: settings.access_times,
        creation_times: false,
        checksum_length: settings.checksum.then(|| agreement.list_checksum.digest_length()),
        relative: settings.relative,
        missing_args: settings.missing_arguments == MissingArguments::Delete,
    }
}
