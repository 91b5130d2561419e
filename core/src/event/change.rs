//! What happened to one entry, and rsync's item string for it (`docs/spec/wire-3-transfer.md` §8.1). In: an entry and flags.
//! Out: answers, the 11 characters of `-i`.

use crate::wire::file_entry::{FileEntry, FileKind};
use crate::wire::item::ItemFlags;

/// What happened to one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The entry, as the sending side describes it.
    pub entry: FileEntry,
    /// What differed, and what was done.
    pub flags: ItemFlags,
    /// The file it was linked to, or that it was built from.
    pub other_name: Option<Vec<u8>>,
    /// Whether this side received it.
    pub received: bool,
}

/// What the item string of a change depends on besides the change; [`Transfer::item_form`](crate::Transfer::item_form)
/// says it of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemForm {
    /// Whether contents go to another host.
    pub outward: bool,
    /// Whether modification times are preserved.
    pub times: bool,
}

impl Change {
    /// Whether the entry did not exist at the destination.
    pub fn is_new(&self) -> bool {
        self.flags.has(ItemFlags::NEW)
    }

    /// Whether the entry's content is transferred; else only attributes differ, or it is made without content.
    pub fn transfers_content(&self) -> bool {
        self.flags.has(ItemFlags::TRANSFER)
    }

    /// The item string of `-i`: 11 characters that say what is done to what, and what differs.
    pub fn itemized(&self, form: ItemForm) -> String {
        string(self, form)
    }
}

fn string(change: &Change, form: ItemForm) -> String {
    let flags = change.flags;
    let kind = change.entry.kind();
    let how = if flags.has(ItemFlags::TRANSFER) {
        if form.outward { '<' } else { '>' }
    } else if flags.has(ItemFlags::LOCAL_CHANGE) {
        if flags.has(ItemFlags::NAME) { 'h' } else { 'c' }
    } else {
        '.'
    };
    let what = match kind {
        FileKind::Regular | FileKind::Missing => 'f',
        FileKind::Directory => 'd',
        FileKind::Symlink => 'L',
        FileKind::CharDevice | FileKind::BlockDevice => 'D',
        FileKind::Fifo | FileKind::Socket => 'S',
    };
    let mark = |flag, mark| if flags.has(flag) { mark } else { '.' };
    let symlink = kind == FileKind::Symlink;
    let transfer_time = !form.times || (symlink && flags.has(ItemFlags::SIZE));
    let access = match (flags.has(ItemFlags::ACCESS_TIME), flags.has(ItemFlags::CREATION_TIME)) {
        (true, true) => 'b',
        (true, false) => 'u',
        (false, true) => 'n',
        (false, false) => '.',
    };
    let attributes = [
        mark(ItemFlags::CHANGE, 'c'),
        if symlink { '.' } else { mark(ItemFlags::SIZE, 's') },
        mark(ItemFlags::TIME, if transfer_time { 'T' } else { 't' }),
        mark(ItemFlags::PERMISSIONS, 'p'),
        mark(ItemFlags::OWNER, 'o'),
        mark(ItemFlags::GROUP, 'g'),
        access,
        mark(ItemFlags::ACL, 'a'),
        mark(ItemFlags::XATTR, 'x'),
    ];
    let nothing = attributes.iter().all(|mark| *mark == '.');
    let attributes: String = if flags.has(ItemFlags::UNKNOWN) {
        "?".repeat(9)
    } else if flags.has(ItemFlags::NEW) {
        "+".repeat(9)
    } else if nothing && matches!(how, '.' | 'h' | 'c') {
        " ".repeat(9)
    } else {
        attributes.iter().collect()
    };
    format!("{how}{what}{attributes}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(mode: u32, bits: u16, form: ItemForm) -> String {
        let entry = FileEntry::named(b"x", mode);
        let change = Change { entry, flags: ItemFlags::from_bits(bits), other_name: None, received: false };
        change.itemized(form)
    }

    /// `docs/spec/wire-3-transfer.md` §8.4.
    #[test]
    fn the_observed_strings_come_out() {
        let keep = ItemForm { outward: false, times: true };
        let push = ItemForm { outward: true, times: true };
        let lose = ItemForm { outward: false, times: false };
        for (mode, bits, form, text) in [
            (0o100_644, 0xa000, push, "<f+++++++++"),
            (0o100_644, 0xa000, keep, ">f+++++++++"),
            (0o100_644, 0x800c, keep, ">f.st......"),
            (0o100_644, 0x800a, lose, ">fc.T......"),
            (0o100_644, 0x0010, keep, ".f...p....."),
            (0o100_644, 0x0000, keep, ".f         "),
            (0o040_755, 0x6000, keep, "cd+++++++++"),
            (0o040_755, 0x0008, keep, ".d..t......"),
            (0o120_777, 0x400a, keep, "cLc.t......"),
            (0o120_777, 0x400e, keep, "cLc.T......"),
            (0o100_644, 0x7000, keep, "hf+++++++++"),
            (0o100_644, 0x5000, keep, "hf         "),
            (0o010_644, 0x6000, keep, "cS+++++++++"),
            (0o020_644, 0x6000, keep, "cD+++++++++"),
        ] {
            assert_eq!(shown(mode, bits, form), text, "{mode:o} {bits:x}");
        }
    }
}
