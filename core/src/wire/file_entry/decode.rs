//! Reads entries.

use super::old::OldCarried;
use super::{Carried, Details, DirectoryRole, FileEntry, FileKind, HardLink, ListForm, flags, name};
use crate::wire::compat::CompatFlags;
use crate::wire::error::WireError;
use crate::wire::id_list::IdName;
use crate::wire::ints::{read_number, read_varint, read_varlong};
use crate::wire::limits;
use crate::wire::source::Source;

/// Reads the entries of all lists of one direction.
#[derive(Clone, Debug)]
pub struct EntryDecoder {
    pub(super) form: ListForm,
    pub(super) carried: Carried,
    pub(super) old: OldCarried,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// An entry, and the names that came with its ids.
    Entry {
        /// The entry.
        entry: FileEntry,
        /// The name of its owner on the sending side, said once per owner.
        user: Option<Vec<u8>>,
        /// The name of its group, said once per group.
        group: Option<Vec<u8>>,
    },
    /// The end of the list, with the sending side's I/O error bits.
    End {
        /// See `docs/spec/wire-2-filelist.md` §1.9.
        io_error: i32,
    },
}

impl EntryDecoder {
    /// A decoder for a session of this form.
    pub fn new(form: ListForm) -> EntryDecoder {
        EntryDecoder { form, carried: Carried::default(), old: OldCarried::default() }
    }

    /// Reads the next entry of a list of which `list` has been read already, and whose first wire index is `first`.
    ///
    /// # Errors
    /// A [`WireError`] for everything that §1.10 refuses.
    pub fn decode(
        &mut self,
        source: &mut (impl Source + ?Sized),
        list: &[FileEntry],
        first: i32,
    ) -> Result<Decoded, WireError> {
        let wire_index = i32::try_from(list.len())
            .ok()
            .and_then(|length| first.checked_add(length))
            .ok_or(WireError::Malformed("more entries than indexes"))?;
        if !self.form.protocol.has_variable_numbers() {
            return self.decode_old(source, wire_index);
        }
        let word = match flags::decode(&self.form, source)? {
            flags::Word::End(io_error) => return Ok(Decoded::End { io_error }),
            flags::Word::Entry(word) => word,
        };
        let (name, _) = self.name(word, source)?;
        let hard_link = hard_link(&self.form, word, wire_index, source)?;
        if let Some(link) = hard_link.filter(|link| !link.first && link.group >= first) {
            let original = usize::try_from(link.group - first)
                .ok()
                .and_then(|position| list.get(position))
                .ok_or(WireError::Malformed("a hard link to an entry that was not sent"))?;
            self.carried.take_from(original);
            let entry = FileEntry { name, hard_link, ..original.clone() };
            return Ok(Decoded::Entry { entry, user: None, group: None });
        }
        self.fields(word, name, hard_link, source)
    }

    /// Fields 6 to 19 of §1.5.
    fn fields(
        &mut self,
        word: u32,
        name: Box<[u8]>,
        hard_link: Option<HardLink>,
        source: &mut (impl Source + ?Sized),
    ) -> Result<Decoded, WireError> {
        let has = |flag: u32| word & flag != 0;
        let form = &self.form;
        let carried = &mut self.carried;
        let mut details = Details::default();

        let size = read_varlong(source, 3)?;
        let size =
            u64::try_from(size).map_err(|_| WireError::OutOfRange { what: "file size", value: size })?;
        if !has(flags::SAME_TIME) {
            carried.modified = read_varlong(source, 4)?;
        }
        let nanoseconds = if has(flags::NANOSECONDS) && form.protocol.has_nanoseconds() {
            let value = read_varint(source)?;
            u32::try_from(value)
                .ok()
                .filter(|&nanoseconds| nanoseconds < 1_000_000_000)
                .ok_or(WireError::OutOfRange { what: "nanoseconds", value: i64::from(value) })?
        } else {
            0
        };
        if form.creation_times {
            details.created =
                if has(flags::CREATED_WHEN_MODIFIED) { carried.modified } else { read_varlong(source, 4)? };
        }
        if !has(flags::SAME_MODE) {
            carried.mode = source.u32()? & 0xffff;
        }
        let kind = FileKind::of(carried.mode)
            .filter(|kind| *kind != FileKind::Missing || form.missing_args)
            .ok_or(WireError::OutOfRange { what: "file mode", value: i64::from(carried.mode) })?;
        if form.access_times && kind != FileKind::Directory {
            if !has(flags::SAME_ACCESS_TIME) {
                carried.accessed = read_varlong(source, 4)?;
            }
            details.accessed = carried.accessed;
        }
        let mut user = None;
        if form.owner && !has(flags::SAME_UID) {
            carried.uid = read_varint(source)?.cast_unsigned();
            if has(flags::USER_NAME) {
                user = Some(IdName::decode_name(source)?);
            }
        }
        let mut group = None;
        if form.group && !has(flags::SAME_GID) {
            carried.gid = read_varint(source)?.cast_unsigned();
            if has(flags::GROUP_NAME) {
                group = Some(IdName::decode_name(source)?);
            }
        }
        if form.carries_device_number(kind) {
            if !has(flags::SAME_MAJOR) {
                carried.major = read_varint(source)?.cast_unsigned();
            }
            let minor = read_varint(source)?.cast_unsigned();
            // What protocol 30 sends with FIFOs and sockets means nothing (§1.6.6).
            if matches!(kind, FileKind::CharDevice | FileKind::BlockDevice) {
                details.device = (carried.major, minor);
            }
        }
        if form.links && kind == FileKind::Symlink {
            let length = read_varint(source)?;
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            details.target =
                source.bytes("path of a symlink's target", length, limits::PATH)?.into_boxed_slice();
        }
        if let (Some(length), FileKind::Regular) = (form.checksum_length, kind) {
            details.checksum = source.bytes("checksum", length, limits::DIGEST)?.into_boxed_slice();
        }
        let role = role(word, kind);
        if *name == *b"." && kind != FileKind::Directory {
            return Err(WireError::Malformed("the root of the transfer is no directory"));
        }
        let entry = FileEntry {
            name,
            mode: carried.mode,
            size,
            modified: carried.modified,
            nanoseconds,
            uid: if form.owner { carried.uid } else { 0 },
            gid: if form.group { carried.gid } else { 0 },
            role,
            hard_link,
            details: (details != Details::default()).then(|| Box::new(details)),
        };
        Ok(Decoded::Entry { entry, user, group })
    }

    /// The entry's name, and how many bytes of it are those of the name before.
    pub(super) fn name(
        &mut self,
        word: u32,
        source: &mut (impl Source + ?Sized),
    ) -> Result<(Box<[u8]>, usize), WireError> {
        let shared = if word & flags::SAME_NAME != 0 { usize::from(source.u8()?) } else { 0 };
        let rest = if word & flags::LONG_NAME != 0 {
            usize::try_from(read_number(self.form.protocol, source)?).unwrap_or(usize::MAX)
        } else {
            usize::from(source.u8()?)
        };
        let suffix = source.bytes("path", rest, limits::PATH - shared)?;
        if shared > self.carried.name.len() {
            return Err(WireError::Malformed("a name shares more than there was before"));
        }
        self.carried.name.truncate(shared);
        self.carried.name.extend_from_slice(&suffix);
        Ok((name::accept(&self.carried.name, self.form.relative)?, shared))
    }

    /// Whether id lists follow the first list (§1.8): the decoder's form says so, `numeric` overrules it.
    pub fn has_id_lists(&self, numeric: bool) -> bool {
        !numeric && !self.form.compat.has(CompatFlags::INCREMENTAL_RECURSION)
    }
}

fn hard_link(
    form: &ListForm,
    word: u32,
    wire_index: i32,
    source: &mut (impl Source + ?Sized),
) -> Result<Option<HardLink>, WireError> {
    if !form.hard_links || word & flags::HARD_LINKED == 0 {
        return Ok(None);
    }
    if word & flags::FIRST_LINK != 0 {
        return Ok(Some(HardLink { group: wire_index, first: true }));
    }
    let group = read_varint(source)?;
    if group < 0 || group >= wire_index {
        return Err(WireError::OutOfRange { what: "hard-link index", value: i64::from(group) });
    }
    Ok(Some(HardLink { group, first: false }))
}

fn role(word: u32, kind: FileKind) -> DirectoryRole {
    if kind != FileKind::Directory {
        return DirectoryRole::Content;
    }
    match (word & flags::TOP_DIR != 0, word & flags::NO_CONTENT != 0) {
        (false, false) => DirectoryRole::Content,
        (true, false) => DirectoryRole::Top,
        (false, true) => DirectoryRole::NoContent,
        (true, true) => DirectoryRole::Implied,
    }
}
