//! Writes entries, with every "same" bit that the state allows (§1.6).

use super::old::OldCarried;
use super::{Carried, Details, DirectoryRole, FileEntry, FileKind, ListForm, flags};
use crate::wire::compat::CompatFlags;
use crate::wire::id_list::IdName;
use crate::wire::ints::{write_varint, write_varlong};

/// Writes the entries of all lists of one direction.
#[derive(Clone, Debug)]
pub struct EntryEncoder {
    pub(super) form: ListForm,
    pub(super) carried: Carried,
    /// The first entry always carries its ids.
    pub(super) begun: bool,
    pub(super) old: OldCarried,
}

/// Names of an entry's ids, each given with the first entry that has the id (§1.6.5).
#[derive(Clone, Copy, Debug, Default)]
pub struct Names<'a> {
    /// The owner's.
    pub user: Option<&'a [u8]>,
    /// The group's.
    pub group: Option<&'a [u8]>,
}

impl EntryEncoder {
    /// An encoder for a session of this form.
    pub fn new(form: ListForm) -> EntryEncoder {
        EntryEncoder { form, carried: Carried::default(), begun: false, old: OldCarried::default() }
    }

    /// Writes `entry` after `list`, whose first wire index is `first`. Names go out only with incremental recursion.
    pub fn encode(
        &mut self,
        entry: &FileEntry,
        names: Names<'_>,
        list: &[FileEntry],
        first: i32,
        out: &mut Vec<u8>,
    ) {
        if !self.form.protocol.has_variable_numbers() {
            let position = i32::try_from(list.len()).unwrap_or(i32::MAX);
            return self.encode_old(entry, first.saturating_add(position), out);
        }
        let word = self.word(entry, names);
        let shared = shared_prefix(&self.carried.name, &entry.name);
        let suffix = entry.name.get(shared..).unwrap_or_default();
        let mut word_and_name = word;
        if shared > 0 {
            word_and_name |= flags::SAME_NAME;
        }
        if suffix.len() > 255 {
            word_and_name |= flags::LONG_NAME;
        }
        flags::encode(&self.form, word_and_name, entry.is_directory(), out);
        if shared > 0 {
            out.push(shared as u8);
        }
        if suffix.len() > 255 {
            write_varint(i32::try_from(suffix.len()).unwrap_or(i32::MAX), out);
        } else {
            out.push(suffix.len() as u8);
        }
        out.extend_from_slice(suffix);
        self.carried.name.clear();
        self.carried.name.extend_from_slice(&entry.name);
        self.begun = true;

        if word & flags::HARD_LINKED != 0 && word & flags::FIRST_LINK == 0 {
            let group = entry.hard_link.map_or(0, |link| link.group);
            write_varint(group, out);
            let original = usize::try_from(i64::from(group) - i64::from(first))
                .ok()
                .and_then(|position| list.get(position));
            if let Some(original) = original {
                self.carried.take_from(original);
                return;
            }
        }
        self.fields(word, entry, names, out);
    }

    /// Ends a list.
    pub fn end(&self, io_error: i32, out: &mut Vec<u8>) {
        flags::encode_end(&self.form, io_error, out);
    }

    fn word(&self, entry: &FileEntry, names: Names<'_>) -> u32 {
        let form = &self.form;
        let carried = &self.carried;
        let kind = entry.kind();
        let inline_names = form.compat.has(CompatFlags::INCREMENTAL_RECURSION);
        let mut word = 0;
        let mut set_if = |condition: bool, flag: u32| {
            if condition {
                word |= flag;
            }
        };
        if kind == FileKind::Directory {
            set_if(matches!(entry.role, DirectoryRole::Top | DirectoryRole::Implied), flags::TOP_DIR);
            set_if(!entry.role.has_content(), flags::NO_CONTENT);
        }
        set_if(entry.mode == carried.mode, flags::SAME_MODE);
        match kind {
            FileKind::CharDevice | FileKind::BlockDevice if form.devices => {
                set_if(entry.device().0 == carried.major, flags::SAME_MAJOR);
            }
            FileKind::Fifo | FileKind::Socket => {
                set_if(form.carries_device_number(kind), flags::SAME_MAJOR);
            }
            _ => {}
        }
        let same_uid = !form.owner || (entry.uid == carried.uid && self.begun);
        set_if(same_uid, flags::SAME_UID);
        set_if(!same_uid && inline_names && names.user.is_some(), flags::USER_NAME);
        let same_gid = !form.group || (entry.gid == carried.gid && self.begun);
        set_if(same_gid, flags::SAME_GID);
        set_if(!same_gid && inline_names && names.group.is_some(), flags::GROUP_NAME);
        set_if(entry.modified == carried.modified, flags::SAME_TIME);
        set_if(form.protocol.has_nanoseconds() && entry.nanoseconds != 0, flags::NANOSECONDS);
        let details = entry.details.as_deref();
        if form.access_times && kind != FileKind::Directory {
            let accessed = details.map_or(0, |details| details.accessed);
            set_if(accessed == carried.accessed, flags::SAME_ACCESS_TIME);
        }
        if form.creation_times {
            let created = details.map_or(0, |details| details.created);
            set_if(created == entry.modified, flags::CREATED_WHEN_MODIFIED);
        }
        if let (true, Some(link)) = (form.hard_links, entry.hard_link) {
            set_if(true, flags::HARD_LINKED);
            set_if(link.first, flags::FIRST_LINK);
        }
        word
    }

    fn fields(&mut self, word: u32, entry: &FileEntry, names: Names<'_>, out: &mut Vec<u8>) {
        let has = |flag: u32| word & flag != 0;
        let form = &self.form;
        let carried = &mut self.carried;
        let kind = entry.kind();
        let none = Details::default();
        let details = entry.details.as_deref().unwrap_or(&none);

        write_varlong(i64::try_from(entry.size).unwrap_or(i64::MAX), 3, out);
        if !has(flags::SAME_TIME) {
            write_varlong(entry.modified, 4, out);
        }
        carried.modified = entry.modified;
        if has(flags::NANOSECONDS) {
            write_varint(entry.nanoseconds.cast_signed(), out);
        }
        if form.creation_times && !has(flags::CREATED_WHEN_MODIFIED) {
            write_varlong(details.created, 4, out);
        }
        if !has(flags::SAME_MODE) {
            out.extend_from_slice(&entry.mode.to_le_bytes());
        }
        carried.mode = entry.mode;
        if form.access_times && kind != FileKind::Directory {
            if !has(flags::SAME_ACCESS_TIME) {
                write_varlong(details.accessed, 4, out);
            }
            carried.accessed = details.accessed;
        }
        if !has(flags::SAME_UID) {
            write_varint(entry.uid.cast_signed(), out);
            if let (true, Some(name)) = (has(flags::USER_NAME), names.user) {
                IdName::encode_name(name, out);
            }
            carried.uid = entry.uid;
        }
        if !has(flags::SAME_GID) {
            write_varint(entry.gid.cast_signed(), out);
            if let (true, Some(name)) = (has(flags::GROUP_NAME), names.group) {
                IdName::encode_name(name, out);
            }
            carried.gid = entry.gid;
        }
        if form.carries_device_number(kind) {
            let (major, minor) = details.device;
            if !has(flags::SAME_MAJOR) {
                write_varint(major.cast_signed(), out);
                carried.major = major;
            }
            write_varint(minor.cast_signed(), out);
        }
        if form.links && kind == FileKind::Symlink {
            write_varint(i32::try_from(details.target.len()).unwrap_or(i32::MAX), out);
            out.extend_from_slice(&details.target);
        }
        if let (Some(length), FileKind::Regular) = (form.checksum_length, kind) {
            // A file that could not be read has zeros (§1.6.8).
            let sum = details.checksum.iter().copied().chain(std::iter::repeat(0));
            out.extend(sum.take(length));
        }
    }
}

/// Bytes that both names start with, at most 255.
pub(super) fn shared_prefix(before: &[u8], name: &[u8]) -> usize {
    before.iter().zip(name).take(255).take_while(|(a, b)| a == b).count()
}
