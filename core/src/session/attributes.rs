//! Which attributes a file gets, and what differs (`docs/spec/wire-2-filelist.md` §5, `wire-3-transfer.md` §7.9, §8.2, §9.6).
//! In: an entry, the status of what is there. Out: flags, system calls.

use std::fs::File;
use std::io;

use crate::session::settings::Settings;
use crate::tree::{Directory, Status};
use crate::wire::file_entry::{FileEntry, FileKind};
use crate::wire::item::ItemFlags;

const PERMISSIONS: u32 = 0o7777;
const EXECUTE: u32 = 0o111;

/// Decides over attributes, for one session.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a> {
    settings: &'a Settings,
    /// This process may change owners.
    privileged: bool,
}

impl<'a> Attributes<'a> {
    pub(crate) fn new(settings: &'a Settings) -> Attributes<'a> {
        Attributes { settings, privileged: rustix::process::geteuid().is_root() }
    }

    pub(crate) fn is_privileged(&self) -> bool {
        self.privileged
    }

    /// Whether modification times are set on files of this kind.
    pub(crate) fn keeps_times(&self, kind: FileKind) -> bool {
        let settings = self.settings;
        settings.times
            && !(kind == FileKind::Directory && settings.omit_directory_times)
            && !(kind == FileKind::Symlink && settings.omit_link_times)
    }

    /// The permission bits that `entry` gets here, where `existing` is (§5.5).
    pub(crate) fn mode(&self, entry: &FileEntry, existing: Option<&Status>) -> u32 {
        let wanted = entry.mode & PERMISSIONS;
        if self.settings.permissions {
            return wanted;
        }
        let Some(existing) = existing.filter(|status| status.kind() == Some(entry.kind())) else {
            return wanted & 0o777 & !self.settings.umask;
        };
        let old = existing.mode & PERMISSIONS;
        if !self.settings.executability || !entry.is_regular() {
            old
        } else if wanted & EXECUTE == 0 {
            old & !EXECUTE
        } else if old & EXECUTE == 0 {
            old | (old & 0o444) >> 2
        } else {
            old
        }
    }

    /// Whether the file here looks the same as the entry (§7.9); `checksum` reads it if that is asked for.
    pub(crate) fn looks_same(
        &self,
        entry: &FileEntry,
        status: &Status,
        checksum: impl FnOnce() -> Vec<u8>,
    ) -> bool {
        let settings = self.settings;
        if status.size != entry.size {
            false
        } else if settings.checksum {
            *checksum() == *entry.checksum()
        } else if settings.size_only {
            true
        } else {
            !settings.ignore_times && self.same_time(entry, status)
        }
    }

    fn same_time(&self, entry: &FileEntry, status: &Status) -> bool {
        match self.settings.modify_window {
            ..0 => (status.modified, status.nanoseconds) == (entry.modified, entry.nanoseconds),
            window => {
                let apart = i128::from(status.modified) - i128::from(entry.modified);
                apart.unsigned_abs() <= u128::from(window.unsigned_abs())
            }
        }
    }

    /// What differs between an entry and what is there (§8.2). `replaced` says that its content is set anew.
    pub(crate) fn differences(&self, entry: &FileEntry, status: &Status, replaced: bool) -> ItemFlags {
        let settings = self.settings;
        let kind = entry.kind();
        let times = if self.keeps_times(kind) { !self.same_time(entry, status) } else { replaced };
        let wanted = entry.mode & PERMISSIONS;
        let old = status.mode & PERMISSIONS;
        let permissions = if kind == FileKind::Symlink {
            false
        } else if settings.permissions {
            wanted != old
        } else {
            settings.executability
                && kind == FileKind::Regular
                && (wanted & EXECUTE == 0) != (old & EXECUTE == 0)
        };
        let accessed = entry.details.as_ref().map_or(0, |details| details.accessed);
        ItemFlags::default()
            .with_if(kind == FileKind::Regular && status.size != entry.size, ItemFlags::SIZE)
            .with_if(times, ItemFlags::TIME)
            .with_if(permissions, ItemFlags::PERMISSIONS)
            .with_if(self.privileged && settings.owner && status.uid != entry.uid, ItemFlags::OWNER)
            .with_if(settings.group && status.gid != entry.gid, ItemFlags::GROUP)
            .with_if(
                settings.access_times
                    && !matches!(kind, FileKind::Directory | FileKind::Symlink)
                    && accessed != status.accessed,
                ItemFlags::ACCESS_TIME,
            )
    }

    fn owner(&self, entry: &FileEntry, status: &Status) -> (Option<u32>, Option<u32>) {
        let uid = (self.privileged && self.settings.owner && status.uid != entry.uid).then_some(entry.uid);
        let gid = (self.settings.group && status.gid != entry.gid).then_some(entry.gid);
        (uid, gid)
    }

    fn accessed(&self, entry: &FileEntry) -> Option<(i64, u32)> {
        let keep = self.settings.access_times && !entry.is_directory();
        keep.then(|| (entry.details.as_ref().map_or(0, |details| details.accessed), 0))
    }

    /// Sets the attributes of a file that was just built, through its descriptor; `mode` is what [`mode`](Self::mode) said.
    pub(crate) fn set_new(&self, file: &File, entry: &FileEntry, mode: u32) -> io::Result<()> {
        let status = Directory::status_of(file)?;
        let (uid, gid) = self.owner(entry, &status);
        if uid.is_some() || gid.is_some() {
            self.tolerate_group(Directory::set_owner_of(file, uid, gid), uid)?;
        }
        let modified = self.keeps_times(FileKind::Regular).then_some((entry.modified, entry.nanoseconds));
        let accessed = self.accessed(entry);
        if modified.is_some() || accessed.is_some() {
            Directory::set_times_of(file, accessed, modified)?;
        }
        // A change of owner clears set-id bits, and a mode may hold them.
        if status.mode & PERMISSIONS != mode || mode & 0o6000 != 0 {
            Directory::set_mode_of(file, mode)?;
        }
        Ok(())
    }

    /// Brings the attributes of what is at `name` in `directory` up to date. `exact` compares times to the nanosecond.
    pub(crate) fn update(
        &self,
        directory: &Directory,
        name: &[u8],
        entry: &FileEntry,
        status: &Status,
        mode: u32,
        exact: bool,
    ) -> io::Result<()> {
        let kind = entry.kind();
        let (uid, gid) = self.owner(entry, status);
        let owner_changes = uid.is_some() || gid.is_some();
        if owner_changes {
            self.tolerate_group(directory.set_owner(name, uid, gid), uid)?;
        }
        let same = if exact {
            (status.modified, status.nanoseconds) == (entry.modified, entry.nanoseconds)
        } else {
            self.same_time(entry, status)
        };
        let modified = (self.keeps_times(kind) && !same).then_some((entry.modified, entry.nanoseconds));
        let accessed = self.accessed(entry).filter(|time| time.0 != status.accessed);
        if modified.is_some() || accessed.is_some() {
            directory.set_times(name, accessed, modified)?;
        }
        let lost_bits = owner_changes && mode & 0o6000 != 0;
        if kind != FileKind::Symlink && (status.mode & PERMISSIONS != mode || lost_bits) {
            directory.set_mode(name, mode)?;
        }
        Ok(())
    }

    /// A group that this user may not give files to is left alone silently (§5.4).
    fn tolerate_group(&self, result: io::Result<()>, uid: Option<u32>) -> io::Result<()> {
        match result {
            Err(error)
                if !self.privileged && uid.is_none() && error.kind() == io::ErrorKind::PermissionDenied =>
            {
                Ok(())
            }
            other => other,
        }
    }
}
