//! Reads lists from the sending side and numbers them (`docs/spec/wire-2-filelist.md` §2.3, §3.2, §3.5).

use super::{FileList, Order, order};
use crate::error::{Error, ErrorKind, Result};
use crate::session::channel::protocol_error;
use crate::session::ids::IdMap;
use crate::session::trust::Trust;
use crate::wire::compat::CompatFlags;
use crate::wire::file_entry::{Decoded, EntryDecoder, FileEntry, ListForm};
use crate::wire::{Source, WireError, id_list, limits};

/// Reads the lists of one session.
pub(crate) struct ListReader {
    form: ListForm,
    decoder: EntryDecoder,
    incremental: bool,
    numeric_ids: bool,
    ids: IdMap,
    /// Every directory of every list, by its number, until its own list has come.
    directories: Vec<Option<FileEntry>>,
    /// What the next list's first index is.
    next_first: i32,
    entries: usize,
    /// What entries have to be; nothing for a server.
    trust: Option<Trust>,
    /// I/O error bits that lists ended with.
    pub(crate) io_error: i32,
    /// Bytes of all that was read.
    pub(crate) bytes: u64,
}

/// A source that counts what is taken from it.
struct Counted<'s, S> {
    source: &'s mut S,
    bytes: u64,
}

impl<S: Source> Source for Counted<'_, S> {
    fn chunk(&mut self, limit: usize) -> Result<&[u8], WireError> {
        let piece = self.source.chunk(limit)?;
        self.bytes = self.bytes.saturating_add(piece.len() as u64);
        Ok(piece)
    }
}

impl ListReader {
    pub(crate) fn new(form: ListForm, numeric_ids: bool, ids: IdMap, trust: Option<Trust>) -> ListReader {
        let incremental = form.compat.has(CompatFlags::INCREMENTAL_RECURSION);
        ListReader {
            decoder: EntryDecoder::new(form.clone()),
            form,
            incremental,
            numeric_ids,
            ids,
            directories: Vec::new(),
            // With incremental recursion, 0 stands for the root of the transfer.
            next_first: i32::from(incremental),
            entries: 0,
            trust,
            io_error: 0,
            bytes: 0,
        }
    }

    /// Reads the first list.
    pub(crate) fn first(&mut self, source: &mut impl Source) -> Result<FileList> {
        let source = &mut Counted { source, bytes: 0 };
        let mut list = self.read(source)?;
        if !self.incremental && !self.numeric_ids {
            self.read_ids(source)?;
        }
        if self.form.protocol.ends_list_with_error_value() {
            self.io_error |= source.i32().map_err(protocol_error)?;
        }
        self.bytes = self.bytes.saturating_add(source.bytes);
        self.finish(&mut list)?;
        if self.incremental {
            // The root's contents are in this very list.
            list.directory = list.entries.first().filter(|entry| *entry.name == *b".").cloned();
            if list.entries.iter().any(|entry| entry.name.contains(&b'/')) {
                return Err(misplaced());
            }
        }
        Ok(list)
    }

    /// Reads the list of directory `number`.
    pub(crate) fn of_directory(&mut self, number: i32, source: &mut impl Source) -> Result<FileList> {
        let directory = usize::try_from(number)
            .ok()
            .and_then(|number| self.directories.get_mut(number))
            .and_then(Option::take)
            .ok_or_else(|| {
                Error::new(ErrorKind::Protocol, "a file list for a directory that is not waiting for one")
            })?;
        let source = &mut Counted { source, bytes: 0 };
        let mut list = self.read(source)?;
        self.bytes = self.bytes.saturating_add(source.bytes);
        self.finish(&mut list)?;
        if list.entries.iter().any(|entry| parent(&entry.name) != &*directory.name) {
            return Err(misplaced());
        }
        list.directory = Some(directory);
        Ok(list)
    }

    fn read(&mut self, source: &mut impl Source) -> Result<FileList> {
        let first = self.next_first;
        let mut entries = Vec::new();
        loop {
            match self.decoder.decode(source, &entries, first).map_err(protocol_error)? {
                Decoded::Entry { entry, user, group } => {
                    if let Some(name) = user {
                        self.ids.name_user(entry.uid, &name);
                    }
                    if let Some(name) = group {
                        self.ids.name_group(entry.gid, &name);
                    }
                    self.entries += 1;
                    if self.entries >= limits::ENTRIES {
                        return Err(protocol_error(WireError::Malformed("more entries than indexes")));
                    }
                    entries.push(entry);
                }
                Decoded::End { io_error } => {
                    self.io_error |= io_error;
                    return Ok(FileList {
                        first,
                        directory: None,
                        entries,
                        order: Order::of(self.form.protocol),
                        is_mixed: false,
                        dropped: Vec::new(),
                    });
                }
            }
        }
    }

    fn read_ids(&mut self, source: &mut impl Source) -> Result<()> {
        let protocol = self.form.protocol;
        let names_zero = self.form.compat.has(CompatFlags::ID_ZERO_NAMES);
        if self.form.owner {
            for user in id_list::decode(protocol, source, names_zero).map_err(protocol_error)? {
                self.ids.name_user(user.id, &user.name);
            }
        }
        if self.form.group {
            for group in id_list::decode(protocol, source, names_zero).map_err(protocol_error)? {
                self.ids.name_group(group.id, &group.name);
            }
        }
        Ok(())
    }

    /// Sorts, drops what is there twice, maps ids, numbers directories.
    fn finish(&mut self, list: &mut FileList) -> Result<()> {
        order::sort(&mut list.entries, list.order);
        list.dropped = order::drop_duplicates(&mut list.entries, list.order);
        if self.form.relative {
            list.is_mixed = order::without_leading_slashes(&mut list.entries);
        }
        for entry in &mut list.entries {
            if let Some(trust) = &mut self.trust {
                trust.check(entry)?;
            }
            entry.uid = self.ids.user(entry.uid);
            entry.gid = self.ids.group(entry.gid);
        }
        if self.incremental {
            for (position, entry) in list.entries.iter().enumerate() {
                if entry.is_directory() {
                    let waits = *entry.name != *b"." && !list.is_dropped(position);
                    self.directories.push(waits.then(|| entry.clone()));
                }
            }
        }
        let count = i32::try_from(list.entries.len()).unwrap_or(i32::MAX);
        self.next_first = list
            .first
            .checked_add(count)
            .and_then(|end| end.checked_add(1))
            .ok_or_else(|| protocol_error(WireError::Malformed("more entries than indexes")))?;
        Ok(())
    }
}

fn misplaced() -> Error {
    Error::new(ErrorKind::Unsupported, "an entry in the file list of a directory that it is not in")
}

/// What is before the last slash of a name.
pub(crate) fn parent(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => name.get(..slash).unwrap_or_default(),
        None => b"",
    }
}
