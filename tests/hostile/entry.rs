//! The peer's own tree. In: names, kinds, lies. Out: entries of a file list as protocol 32 has them with varint flags
//! (`docs/spec/wire-2-filelist.md` §1), written here and not by the library's encoder, which would not lie.

use std::cmp::Ordering;

use syncline::wire::ints::{write_varint, write_varlong};

/// When everything was modified.
pub(crate) const MODIFIED: i64 = 1_700_000_000;

/// One entry.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    pub(crate) name: Vec<u8>,
    pub(crate) mode: u32,
    pub(crate) content: Vec<u8>,
    pub(crate) target: Vec<u8>,
    /// What is said besides the name's form.
    pub(crate) flags: i32,
    pub(crate) size: Option<i64>,
    pub(crate) modified: i64,
    pub(crate) nanoseconds: Option<i32>,
    /// Goes on the wire instead of all that.
    pub(crate) raw: Option<Vec<u8>>,
}

const SAME_OWNER_AND_GROUP: i32 = 0x18;
const LONG_NAME: i32 = 0x40;
const NANOSECONDS: i32 = 0x2000;
const DIRECTORY: u32 = 0o040000;
const REGULAR: u32 = 0o100000;
const SYMLINK: u32 = 0o120000;

/// A regular file.
pub(crate) fn file(name: &str, content: &str) -> Entry {
    Entry {
        name: name.into(),
        mode: REGULAR | 0o644,
        content: content.into(),
        modified: MODIFIED,
        ..Entry::default()
    }
}

/// A directory.
pub(crate) fn directory(name: &str) -> Entry {
    Entry {
        name: name.into(),
        mode: DIRECTORY | 0o755,
        size: Some(4096),
        modified: MODIFIED,
        ..Entry::default()
    }
}

/// The directory that everything is in.
pub(crate) fn top() -> Entry {
    Entry { flags: 1, ..directory(".") }
}

/// A symbolic link.
pub(crate) fn link(name: &str, target: &str) -> Entry {
    Entry {
        name: name.into(),
        mode: SYMLINK | 0o777,
        target: target.into(),
        modified: MODIFIED,
        ..Entry::default()
    }
}

/// Bytes in place of an entry.
pub(crate) fn raw(bytes: Vec<u8>) -> Entry {
    Entry { raw: Some(bytes), mode: REGULAR, ..Entry::default() }
}

/// A tree that nothing is wrong with.
pub(crate) fn good_tree() -> Vec<Entry> {
    vec![
        top(),
        file("a", "a that came\n"),
        file("kept", "kept that came\n"),
        directory("sub"),
        file("sub/b", "b\n"),
    ]
}

/// The good tree, and `more`.
pub(crate) fn tree_with(more: impl IntoIterator<Item = Entry>) -> Vec<Entry> {
    good_tree().into_iter().chain(more).collect()
}

impl Entry {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        if let Some(raw) = &self.raw {
            return out.extend_from_slice(raw);
        }
        let is_long = self.name.len() > 255;
        let mut flags = self.flags | SAME_OWNER_AND_GROUP;
        flags |= if is_long { LONG_NAME } else { 0 };
        flags |= if self.nanoseconds.is_some() { NANOSECONDS } else { 0 };
        write_varint(flags, out);
        if is_long {
            write_varint(self.name.len() as i32, out);
        } else {
            out.push(self.name.len() as u8);
        }
        out.extend_from_slice(&self.name);
        write_varlong(self.size.unwrap_or(self.content.len() as i64), 3, out);
        write_varlong(self.modified, 4, out);
        if let Some(nanoseconds) = self.nanoseconds {
            write_varint(nanoseconds, out);
        }
        out.extend_from_slice(&self.mode.to_le_bytes());
        if self.mode & 0o170000 == SYMLINK {
            write_varint(self.target.len() as i32, out);
            out.extend_from_slice(&self.target);
        }
    }
}

/// The order both ends put a list in: the top, then in each directory what is no directory before what is (§2).
pub(crate) fn in_order(entries: &[Entry]) -> Vec<Entry> {
    let mut entries = entries.to_vec();
    entries.sort_by(order);
    entries
}

fn order(a: &Entry, b: &Entry) -> Ordering {
    let parts = |entry: &Entry| {
        let parts: Vec<Vec<u8>> = entry.name.split(|&byte| byte == b'/').map(<[u8]>::to_vec).collect();
        let last = parts.len() - 1;
        let is_directory = entry.mode & 0o170000 == DIRECTORY;
        parts
            .into_iter()
            .enumerate()
            .map(move |(at, part)| (at < last || is_directory, part))
            .collect::<Vec<_>>()
    };
    let is_top = |entry: &Entry| entry.name == b".";
    is_top(b).cmp(&is_top(a)).then_with(|| parts(a).cmp(&parts(b)))
}
