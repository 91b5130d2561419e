//! One entry of a file list (`docs/spec/wire-2-filelist.md` §1). In: bytes, the session's [`ListForm`], and what earlier
//! entries said. Out: [`FileEntry`], and back.
//!
//! Entries are coded as differences from the one before, also across lists: [`EntryDecoder`] and [`EntryEncoder`] live as
//! long as the session. ACL and xattr records follow an entry and have codecs of their own.

mod decode;
mod encode;
mod flags;
mod name;
mod old;

pub use decode::{Decoded, EntryDecoder};
use encode::shared_prefix;
pub use encode::{EntryEncoder, Names};

use super::compat::CompatFlags;
use super::protocol::Protocol;

/// What decides which fields an entry has (§0.2): both ends know it from the handshake and the options.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListForm {
    /// The protocol in effect.
    pub protocol: Protocol,
    /// What the server granted.
    pub compat: CompatFlags,
    /// Owners are kept.
    pub owner: bool,
    /// Groups are kept.
    pub group: bool,
    /// Devices are kept.
    pub devices: bool,
    /// FIFOs and sockets are kept.
    pub specials: bool,
    /// Symbolic links are kept.
    pub links: bool,
    /// Hard links are kept.
    pub hard_links: bool,
    /// Access times are kept.
    pub access_times: bool,
    /// Creation times are kept.
    pub creation_times: bool,
    /// Bytes of the checksum that regular files carry with `--checksum`.
    pub checksum_length: Option<usize>,
    /// Names may hold a leading path, and start with a slash.
    pub relative: bool,
    /// An entry may have mode 0: delete what is there (§4.7).
    pub missing_args: bool,
}

impl ListForm {
    fn has_varint_flags(&self) -> bool {
        self.compat.has(CompatFlags::VARINT_FLAGS)
    }

    fn may_end_with_error(&self) -> bool {
        self.protocol.always_has_safe_file_lists() || self.compat.has(CompatFlags::SAFE_FILE_LIST)
    }

    fn carries_device_number(&self, kind: FileKind) -> bool {
        match kind {
            FileKind::CharDevice | FileKind::BlockDevice => self.devices,
            FileKind::Fifo | FileKind::Socket => {
                self.specials && self.protocol.sends_device_numbers_of_specials()
            }
            _ => false,
        }
    }
}

/// What kind of file an entry is: the type bits of its mode (§1.6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A FIFO.
    Fifo,
    /// A socket.
    Socket,
    /// An argument that does not exist at the source: whatever is at the destination goes (§4.7).
    Missing,
}

impl FileKind {
    /// The type bits of a mode on the wire.
    pub const TYPE_MASK: u32 = 0o170_000;

    /// The kind of a file with this mode.
    pub fn of(mode: u32) -> Option<FileKind> {
        Some(match mode & Self::TYPE_MASK {
            0o100_000 => FileKind::Regular,
            0o040_000 => FileKind::Directory,
            0o120_000 => FileKind::Symlink,
            0o020_000 => FileKind::CharDevice,
            0o060_000 => FileKind::BlockDevice,
            0o010_000 => FileKind::Fifo,
            0o140_000 => FileKind::Socket,
            _ if mode == 0 => FileKind::Missing,
            _ => return None,
        })
    }

    /// Its name in every surface of the library, for example `directory`.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::Regular => "file",
            FileKind::Directory => "directory",
            FileKind::Symlink => "symlink",
            FileKind::CharDevice => "char_device",
            FileKind::BlockDevice => "block_device",
            FileKind::Fifo => "fifo",
            FileKind::Socket => "socket",
            FileKind::Missing => "missing",
        }
    }
}

/// What a directory entry says about its contents (§1.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DirectoryRole {
    /// Its contents are in the lists; deletion applies inside.
    #[default]
    Content,
    /// The same, and it was a source argument.
    Top,
    /// Only the directory itself is transferred.
    NoContent,
    /// It is only there because something below it was named.
    Implied,
}

impl DirectoryRole {
    /// Whether its contents are in the lists.
    pub fn has_content(self) -> bool {
        matches!(self, DirectoryRole::Content | DirectoryRole::Top)
    }
}

/// The place of an entry among the hard links to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HardLink {
    /// The wire index of the first entry of the group.
    pub group: i32,
    /// Whether this is that entry.
    pub first: bool,
}

/// One file as the sending side describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// Its path relative to the root of the transfer; never with `..`. With a leading slash only under `--relative`.
    pub name: Box<[u8]>,
    /// Type and permission bits.
    pub mode: u32,
    /// Bytes in it, if it is a regular file.
    pub size: u64,
    /// Seconds of its modification time.
    pub modified: i64,
    /// Nanoseconds of its modification time, below 10^9.
    pub nanoseconds: u32,
    /// Owner on the sending side.
    pub uid: u32,
    /// Group on the sending side.
    pub gid: u32,
    /// For a directory, what it says about its contents.
    pub role: DirectoryRole,
    /// Its hard-link group, if it has other names.
    pub hard_link: Option<HardLink>,
    /// What few entries have.
    pub details: Option<Box<Details>>,
}

/// Fields that most entries lack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Seconds of the access time.
    pub accessed: i64,
    /// Seconds of the creation time.
    pub created: i64,
    /// Major and minor device number.
    pub device: (u32, u32),
    /// A symbolic link's target.
    pub target: Box<[u8]>,
    /// The content's checksum.
    pub checksum: Box<[u8]>,
}

impl FileEntry {
    /// An entry of which no more than its name and its mode are known.
    pub fn named(name: &[u8], mode: u32) -> FileEntry {
        FileEntry {
            name: name.into(),
            mode,
            size: 0,
            modified: 0,
            nanoseconds: 0,
            uid: 0,
            gid: 0,
            role: DirectoryRole::Content,
            hard_link: None,
            details: None,
        }
    }

    /// What kind of file it is.
    pub fn kind(&self) -> FileKind {
        FileKind::of(self.mode).unwrap_or(FileKind::Missing)
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind() == FileKind::Directory
    }

    /// Whether it is a regular file.
    pub fn is_regular(&self) -> bool {
        self.kind() == FileKind::Regular
    }

    /// A symbolic link's target; empty for anything else.
    pub fn target(&self) -> &[u8] {
        self.details.as_ref().map_or(&[], |details| &details.target)
    }

    /// Major and minor device number; zeros for what is no device.
    pub fn device(&self) -> (u32, u32) {
        self.details.as_ref().map_or((0, 0), |details| details.device)
    }

    /// The content's checksum; empty without `--checksum`.
    pub fn checksum(&self) -> &[u8] {
        self.details.as_ref().map_or(&[], |details| &details.checksum)
    }
}

/// What is carried from entry to entry (§1.6).
#[derive(Clone, Debug, Default)]
struct Carried {
    name: Vec<u8>,
    mode: u32,
    modified: i64,
    accessed: i64,
    uid: u32,
    gid: u32,
    major: u32,
}

impl Carried {
    /// Takes over the values of the group's first entry, as an abbreviated entry does (§1.6.4).
    fn take_from(&mut self, entry: &FileEntry) {
        self.mode = entry.mode;
        self.modified = entry.modified;
        self.uid = entry.uid;
        self.gid = entry.gid;
        if let Some(details) = &entry.details {
            self.accessed = details.accessed;
            if matches!(entry.kind(), FileKind::CharDevice | FileKind::BlockDevice) {
                self.major = details.device.0;
            }
        }
    }
}

#[cfg(test)]
mod tests;
