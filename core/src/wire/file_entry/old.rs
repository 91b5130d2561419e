//! Entries as protocols 27 to 29 have them (`docs/spec/wire-4-older-protocols.md` §6, §7.3). In: bytes, or an entry. Out: the
//! same as from the newer form.
//!
//! These protocols tell hard links by device and inode, compared but never used: this side sends the number of a group's
//! first entry for the inode.

use std::collections::HashMap;

use super::{
    Carried, Decoded, Details, DirectoryRole, EntryDecoder, EntryEncoder, FileEntry, FileKind, HardLink,
    ListForm, flags, shared_prefix,
};
use crate::wire::error::WireError;
use crate::wire::ints::{read_longint, read_varlong, write_longint, write_varlong};
use crate::wire::limits;
use crate::wire::source::Source;

/// With protocol 27, in the place of a second byte: the device number of the entry before.
const SAME_DEVICE: u32 = 0x0004;
/// The device of the hard link before.
const SAME_LINK_DEVICE: u32 = 0x0400;
/// The minor device number is one byte.
const SHORT_MINOR: u32 = 0x0800;

/// What these protocols carry from entry to entry besides the rest.
#[derive(Clone, Debug, Default)]
pub(super) struct OldCarried {
    /// Protocol 27: the last device number.
    device: u32,
    /// The device of the last hard link.
    link_device: i64,
    /// The first entry of each group, by device and inode.
    groups: HashMap<(i64, i64), i32>,
    /// The directory that the entries are below of, while there is one (§7.3).
    root: Option<Vec<u8>>,
}

impl EntryDecoder {
    pub(super) fn decode_old(
        &mut self,
        source: &mut (impl Source + ?Sized),
        wire_index: i32,
    ) -> Result<Decoded, WireError> {
        let wide = self.form.protocol.has_wide_flags();
        let mut word = u32::from(source.u8()?);
        if word == 0 {
            return Ok(Decoded::End { io_error: 0 });
        }
        if wide && word & flags::EXTENDED != 0 {
            word |= u32::from(source.u8()?) << 8;
        }
        let has = |flag: u32| word & flag != 0;
        let (name, shared) = self.name(word, source)?;
        let form = &self.form;
        let carried = &mut self.carried;
        let mut details = Details::default();

        let size = read_longint(source)?;
        if !has(flags::SAME_TIME) {
            carried.modified = i64::from(source.u32()?);
        }
        if !has(flags::SAME_MODE) {
            carried.mode = source.u32()? & 0xffff;
        }
        let kind = FileKind::of(carried.mode)
            .filter(|kind| *kind != FileKind::Missing || form.missing_args)
            .ok_or(WireError::OutOfRange { what: "file mode", value: i64::from(carried.mode) })?;
        // What is no regular file has a size that means nothing.
        let size = match u64::try_from(size) {
            Ok(size) => size,
            Err(_) if kind != FileKind::Regular => 0,
            Err(_) => return Err(WireError::OutOfRange { what: "file size", value: size }),
        };
        if form.access_times && kind != FileKind::Directory {
            if !has(flags::SAME_ACCESS_TIME) {
                carried.accessed = read_varlong(source, 4)?;
            }
            details.accessed = carried.accessed;
        }
        if form.owner && !has(flags::SAME_UID) {
            carried.uid = source.u32()?;
        }
        if form.group && !has(flags::SAME_GID) {
            carried.gid = source.u32()?;
        }
        details.device = device(form, word, kind, carried, &mut self.old, source)?;
        if form.links && kind == FileKind::Symlink {
            let length = usize::try_from(source.i32()?).unwrap_or(usize::MAX);
            details.target =
                source.bytes("path of a symlink's target", length, limits::PATH)?.into_boxed_slice();
        }
        let is_linked = if wide { has(flags::HARD_LINKED) } else { kind == FileKind::Regular };
        let hard_link = if form.hard_links && is_linked {
            if !(wide && has(SAME_LINK_DEVICE)) {
                self.old.link_device = read_longint(source)?;
            }
            let pair = (self.old.link_device, read_longint(source)?);
            let group = *self.old.groups.entry(pair).or_insert(wire_index);
            Some(HardLink { group, first: group == wire_index })
        } else {
            None
        };
        if let (Some(length), true) = (form.checksum_length, !wide || kind == FileKind::Regular) {
            let checksum = source.bytes("checksum", length, limits::DIGEST)?;
            if kind == FileKind::Regular {
                details.checksum = checksum.into_boxed_slice();
            }
        }
        if *name == *b"." && kind != FileKind::Directory {
            return Err(WireError::Malformed("the root of the transfer is no directory"));
        }
        let role = self.old.role(kind, has(flags::TOP_DIR), &name, shared, form.relative);
        let entry = FileEntry {
            name,
            mode: carried.mode,
            size,
            modified: carried.modified,
            nanoseconds: 0,
            uid: if form.owner { carried.uid } else { 0 },
            gid: if form.group { carried.gid } else { 0 },
            role,
            hard_link,
            details: (details != Details::default()).then(|| Box::new(details)),
        };
        Ok(Decoded::Entry { entry, user: None, group: None })
    }
}

impl OldCarried {
    /// Whether a directory's contents are part of the transfer: it is a root, or below the last one (§7.3).
    fn role(
        &mut self,
        kind: FileKind,
        is_top: bool,
        name: &[u8],
        shared: usize,
        relative: bool,
    ) -> DirectoryRole {
        if kind != FileKind::Directory {
            return DirectoryRole::Content;
        }
        if is_top {
            self.root = Some(name.strip_suffix(b"/.").unwrap_or(name).to_vec());
            return DirectoryRole::Top;
        }
        let is_below = match &self.root {
            None => false,
            Some(root) if !relative || *root == *b"." => true,
            Some(root) => {
                shared >= root.len()
                    && name.strip_prefix(root.as_slice()).is_some_and(|rest| rest.starts_with(b"/"))
            }
        };
        if is_below {
            return DirectoryRole::Content;
        }
        self.root = None;
        DirectoryRole::NoContent
    }
}

/// The device number of an entry that has one (§6.4).
fn device(
    form: &ListForm,
    word: u32,
    kind: FileKind,
    carried: &mut Carried,
    old: &mut OldCarried,
    source: &mut (impl Source + ?Sized),
) -> Result<(u32, u32), WireError> {
    let has = |flag: u32| word & flag != 0;
    let is_device = matches!(kind, FileKind::CharDevice | FileKind::BlockDevice);
    if !form.carries_device_number(kind) {
        old.device = 0;
        return Ok((0, 0));
    }
    let number = if form.protocol.has_wide_flags() {
        if !has(flags::SAME_MAJOR) {
            carried.major = source.u32()?;
        }
        let minor = if has(SHORT_MINOR) { u32::from(source.u8()?) } else { source.u32()? };
        (carried.major, minor)
    } else {
        if !has(SAME_DEVICE) {
            old.device = source.u32()?;
        }
        ((old.device >> 8) & 0xfff, (old.device & 0xff) | ((old.device >> 12) & 0xf_ff00))
    };
    Ok(if is_device { number } else { (0, 0) })
}

/// The number that protocol 27 makes of a device's two.
fn combined((major, minor): (u32, u32)) -> u32 {
    (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & !0xff) << 12)
}

impl EntryEncoder {
    pub(super) fn encode_old(&mut self, entry: &FileEntry, wire_index: i32, out: &mut Vec<u8>) {
        let word = self.word_old(entry);
        let has = |flag: u32| word & flag != 0;
        let wide = self.form.protocol.has_wide_flags();
        let shared = shared_prefix(&self.carried.name, &entry.name);
        let suffix = entry.name.get(shared..).unwrap_or_default();
        let mut word_and_name = word;
        if shared > 0 {
            word_and_name |= flags::SAME_NAME;
        }
        let mut long = suffix.len() > 255;
        if wide {
            word_and_name |= if long { flags::LONG_NAME } else { 0 };
            flags::encode(&self.form, word_and_name, entry.is_directory(), out);
        } else {
            if word_and_name == 0 && !entry.is_directory() {
                word_and_name = flags::TOP_DIR; // means nothing on a file, and avoids the zero byte
            }
            long |= word_and_name == 0;
            word_and_name |= if long { flags::LONG_NAME } else { 0 };
            out.push(word_and_name as u8);
        }
        if shared > 0 {
            out.push(shared as u8);
        }
        if long {
            out.extend_from_slice(&u32::try_from(suffix.len()).unwrap_or(u32::MAX).to_le_bytes());
        } else {
            out.push(suffix.len() as u8);
        }
        out.extend_from_slice(suffix);
        self.begun = true;

        let form = &self.form;
        let carried = &mut self.carried;
        carried.name.clear();
        carried.name.extend_from_slice(&entry.name);
        let kind = entry.kind();
        let none = Details::default();
        let details = entry.details.as_deref().unwrap_or(&none);
        write_longint(i64::try_from(entry.size).unwrap_or(i64::MAX), out);
        if !has(flags::SAME_TIME) {
            out.extend_from_slice(&(entry.modified as u32).to_le_bytes());
        }
        carried.modified = entry.modified;
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
            out.extend_from_slice(&entry.uid.to_le_bytes());
            carried.uid = entry.uid;
        }
        if !has(flags::SAME_GID) {
            out.extend_from_slice(&entry.gid.to_le_bytes());
            carried.gid = entry.gid;
        }
        if form.carries_device_number(kind) {
            let (major, minor) = details.device;
            if wide {
                if !has(flags::SAME_MAJOR) {
                    out.extend_from_slice(&major.to_le_bytes());
                    carried.major = major;
                }
                if has(SHORT_MINOR) {
                    out.push(minor as u8);
                } else {
                    out.extend_from_slice(&minor.to_le_bytes());
                }
            } else if !has(SAME_DEVICE) {
                self.old.device = combined(details.device);
                out.extend_from_slice(&self.old.device.to_le_bytes());
            }
        } else {
            self.old.device = 0;
        }
        if form.links && kind == FileKind::Symlink {
            out.extend_from_slice(&u32::try_from(details.target.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(&details.target);
        }
        if form.hard_links && if wide { has(flags::HARD_LINKED) } else { kind == FileKind::Regular } {
            if !has(SAME_LINK_DEVICE) {
                self.old.link_device = 1;
                write_longint(self.old.link_device, out);
            }
            let group = entry.hard_link.map_or(wire_index, |link| link.group);
            write_longint(i64::from(group) + 1, out);
        }
        if let (Some(length), true) = (form.checksum_length, !wide || kind == FileKind::Regular) {
            // A file that could not be read, and what is no file, has zeros.
            out.extend(details.checksum.iter().copied().chain(std::iter::repeat(0)).take(length));
        }
    }

    fn word_old(&self, entry: &FileEntry) -> u32 {
        let form = &self.form;
        let carried = &self.carried;
        let wide = form.protocol.has_wide_flags();
        let kind = entry.kind();
        let mut word = 0;
        let mut set_if = |condition: bool, flag: u32| {
            if condition {
                word |= flag;
            }
        };
        set_if(kind == FileKind::Directory && entry.role == DirectoryRole::Top, flags::TOP_DIR);
        set_if(entry.mode == carried.mode && self.begun, flags::SAME_MODE);
        set_if(!form.owner || (entry.uid == carried.uid && self.begun), flags::SAME_UID);
        set_if(!form.group || (entry.gid == carried.gid && self.begun), flags::SAME_GID);
        set_if(entry.modified == carried.modified && self.begun, flags::SAME_TIME);
        let details = entry.details.as_deref();
        if form.access_times && kind != FileKind::Directory {
            let accessed = details.map_or(0, |details| details.accessed);
            set_if(accessed == carried.accessed, flags::SAME_ACCESS_TIME);
        }
        if form.carries_device_number(kind) {
            let is_special = matches!(kind, FileKind::Fifo | FileKind::Socket);
            let (major, minor) = entry.device();
            if wide {
                set_if(is_special || major == carried.major, flags::SAME_MAJOR);
                set_if(minor <= 255, SHORT_MINOR);
            } else {
                set_if(is_special || combined(entry.device()) == self.old.device, SAME_DEVICE);
            }
        }
        if wide && form.hard_links && entry.hard_link.is_some() {
            set_if(true, flags::HARD_LINKED);
            set_if(self.old.link_device != 0, SAME_LINK_DEVICE);
        }
        word
    }
}
