//! Everything but regular files: directories, symbolic links, devices, FIFOs, sockets (`docs/spec/wire-3-transfer.md`
//! §7.3–7.5, §9.9).

use std::io;

use super::Generator;
use crate::error::Result;
use crate::event::{Failure, MessageLevel};
use crate::options::Alternate;
use crate::session::alternates::Level;
use crate::session::backup::Keep;
use crate::session::unsafe_link::leads_out;
use crate::tree::{Directory, Status, replace};
use crate::wire::file_entry::{DirectoryRole, FileEntry, FileKind};
use crate::wire::item::{Item, ItemFlags};

/// Permission bits that this side needs to work in a directory.
const WORK: u32 = 0o700;

impl Generator<'_> {
    /// An entry that is no directory.
    pub(super) fn entry(&mut self, index: i32, entry: &FileEntry) -> Result<()> {
        let settings = self.side.settings;
        self.make_parents(&entry.name);
        let status = match self.status(&entry.name) {
            Ok(status) => status,
            Err(error) => {
                self.fail(entry, "look at", error);
                return Ok(());
            }
        };
        if entry.kind() == FileKind::Missing {
            return status.map_or(Ok(()), |status| self.delete_missing(entry, &status));
        }
        if (settings.existing && status.is_none()) || (settings.ignore_existing && status.is_some()) {
            return Ok(());
        }
        let status = status.as_ref();
        if settings.hard_links && entry.hard_link.is_some() {
            if self.visit_link(index, entry, status)? {
                return Ok(());
            }
            self.unlinked(index, entry, status)?;
            return self.lead(index, entry);
        }
        self.unlinked(index, entry, status)
    }

    /// An entry that is dealt with by itself.
    fn unlinked(&mut self, index: i32, entry: &FileEntry, status: Option<&Status>) -> Result<()> {
        let settings = self.side.settings;
        match entry.kind() {
            FileKind::Regular => self.regular(index, entry, status),
            FileKind::Symlink if settings.links => self.symlink(index, entry, status),
            FileKind::CharDevice | FileKind::BlockDevice
                if settings.devices && self.side.attributes.is_privileged() =>
            {
                self.node(index, entry, status)
            }
            FileKind::Fifo | FileKind::Socket if settings.specials => self.node(index, entry, status),
            _ => {
                self.say(
                    MessageLevel::Info,
                    [b"skipping non-regular file \"", &*entry.name, b"\"\n"].concat(),
                );
                Ok(())
            }
        }
    }

    pub(super) fn directory(&mut self, index: i32, entry: &FileEntry) -> Result<()> {
        let settings = self.side.settings;
        if self.is_left_alone(entry) {
            return Ok(());
        }
        self.make_parents(&entry.name);
        let mut status = match self.status(&entry.name) {
            Ok(status) => status,
            Err(error) => return self.skip(entry, "look at", error),
        };
        if settings.existing && status.is_none() {
            self.skipped.insert(entry.name.clone());
            return Ok(());
        }
        if let Some(there) = status.filter(|status| !status.is_directory()) {
            if !self.make_room(entry, &there)? {
                self.skipped.insert(entry.name.clone());
                return Ok(());
            }
            status = None;
        }
        let is_root = *entry.name == *b".";
        let is_new =
            status.is_none() || self.made_early.remove(&entry.name) || (is_root && self.destination.is_new);
        let item = match &status {
            Some(status) if !is_new => Item::new(self.side.attributes.differences(entry, status, false)),
            _ => {
                let flags = match self.best_alternate(entry) {
                    Some((_, best)) => self.side.attributes.differences(entry, &best.status, false),
                    None => ItemFlags::NEW,
                };
                Item::new(ItemFlags::LOCAL_CHANGE.with(flags))
            }
        };
        if !settings.dry_run {
            if status.is_none() {
                let mode = self.side.attributes.mode(entry, None);
                let made = self.at(&entry.name, |directory, name| directory.make_directory(name, mode));
                if let Err(error) = made {
                    return self.skip(entry, "make directory", error);
                }
            }
            self.set_directory(entry, if is_new { None } else { status.as_ref() });
        }
        self.record(entry, &item);
        self.item(index, &item)?;
        self.delete_during(entry)
    }

    /// Attributes of a directory that exists; `before` is what it was if it is not new.
    fn set_directory(&mut self, entry: &FileEntry, before: Option<&Status>) {
        let attributes = self.side.attributes;
        let mut mode = attributes.mode(entry, before);
        if !attributes.is_privileged() && mode & WORK != WORK {
            mode |= WORK; // until the end (§9.9)
        }
        let set = self.at(&entry.name, |directory, name| {
            let now = directory.status(name)?;
            attributes.update(directory, name, entry, &now, mode, before.is_none())
        });
        if let Err(error) = set {
            self.fail(entry, "set attributes of", error);
        }
    }

    /// With incremental recursion a directory is dealt with when its own list comes. One that is missing is made now, so that
    /// making it does not change its parent's time later.
    pub(super) fn make_early(&mut self, entry: &FileEntry) {
        let settings = self.side.settings;
        if self.is_left_alone(entry)
            || settings.dry_run
            || settings.existing
            || !self.side.attributes.keeps_times(FileKind::Directory)
        {
            return;
        }
        if matches!(self.status(&entry.name), Ok(None))
            && self
                .at(&entry.name, |directory, name| directory.make_directory(name, entry.mode & WORK | WORK))
                .is_ok()
        {
            self.made_early.insert(entry.name.clone());
        }
    }

    /// Sets a directory's time again: its contents have changed it.
    pub(super) fn touch_up(&mut self, entry: &FileEntry) {
        let attributes = self.side.attributes;
        if self.side.settings.dry_run
            || self.side.settings.list_only
            || self.destination.single.is_some()
            || self.skipped.contains(&entry.name)
            || self.is_left_alone(entry)
        {
            return;
        }
        let wanted = entry.mode & 0o7777;
        let restore_mode =
            self.side.settings.permissions && !attributes.is_privileged() && wanted & WORK != WORK;
        if !attributes.keeps_times(FileKind::Directory) && !restore_mode {
            return;
        }
        let exact = self.side.agreement.protocol.has_nanoseconds();
        let touched = self.at(&entry.name, |directory, name| {
            let Some(status) = directory.status_if_present(name)?.filter(Status::is_directory) else {
                return Ok(());
            };
            let mode = if restore_mode { wanted } else { status.mode & 0o7777 };
            // To the nanosecond, if the list has any: rsync leaves what was changed within the second of its time.
            attributes.update(directory, name, entry, &status, mode, exact)
        });
        if let Err(error) = touched {
            self.fail(entry, "set times of", error);
        }
    }

    /// What was not touched up when its list was finished.
    pub(super) fn touch_up_remaining(&mut self) {
        for directory in std::mem::take(&mut self.touch_later) {
            self.touch_up(&directory);
        }
        while let Some(open) = self.open.pop_back() {
            for (position, entry) in open.list.entries.iter().enumerate().rev() {
                if entry.is_directory()
                    && !open.list.is_dropped(position)
                    && !self.is_passed_over(&entry.name)
                {
                    self.touch_up(entry);
                }
            }
        }
    }

    fn symlink(&mut self, index: i32, entry: &FileEntry, status: Option<&Status>) -> Result<()> {
        if self.side.settings.safe_links && leads_out(entry.target(), &entry.name) {
            let parts = [b"ignoring unsafe symlink \"", &*entry.name, b"\" -> \"", entry.target(), b"\"\n"];
            if self.side.settings.tell_unsafe_links {
                self.say(MessageLevel::Info, parts.concat());
            }
            return Ok(());
        }
        let same = status.is_some_and(|status| status.kind() == Some(FileKind::Symlink))
            && self
                .at(&entry.name, |directory, name| directory.read_link(name))
                .is_ok_and(|target| target == entry.target());
        self.replaceable(index, entry, status, same, |directory, name, entry| {
            directory.make_symlink(name, entry.target())
        })
    }

    fn node(&mut self, index: i32, entry: &FileEntry, status: Option<&Status>) -> Result<()> {
        let is_device = |kind| matches!(kind, Some(FileKind::CharDevice | FileKind::BlockDevice));
        let same = status.is_some_and(|status| {
            if is_device(Some(entry.kind())) {
                is_device(status.kind()) && status.device == entry.device()
            } else {
                status.kind() == Some(entry.kind())
            }
        });
        self.replaceable(index, entry, status, same, |directory, name, entry| {
            directory.make_node(name, entry.mode, entry.device())
        })
    }

    /// A thing without content: kept if it is the same, made or replaced if not.
    fn replaceable(
        &mut self,
        index: i32,
        entry: &FileEntry,
        status: Option<&Status>,
        same: bool,
        make: impl Fn(&Directory, &[u8], &FileEntry) -> io::Result<()>,
    ) -> Result<()> {
        let attributes = self.side.attributes;
        let dry_run = self.side.settings.dry_run;
        let alternate = if status.is_none() { self.best_alternate(entry) } else { None };
        if let Some((alternates, best)) = &alternate
            && best.level == Level::All
        {
            let is_done = match alternates.kind {
                Alternate::Compare => {
                    self.tell_arrival(index);
                    return self.item(index, &Item::new(ItemFlags::default()));
                }
                Alternate::Copy => false,
                Alternate::Link => dry_run || self.link_alternate(alternates, best, entry).is_ok(),
            };
            if is_done {
                self.tell_arrival(index);
                return self.item(index, &Item::new(ItemFlags::LOCAL_CHANGE).with_name(Vec::new()));
            }
        }
        let item = match (status, &alternate) {
            (None, Some((_, best))) => {
                let is_other = best.level == Level::Type;
                let differences = attributes.differences(entry, &best.status, is_other);
                let change = ItemFlags::LOCAL_CHANGE.with_if(is_other, ItemFlags::CHANGE);
                Item::new(differences.with(change))
            }
            (Some(status), _) if same => Item::new(attributes.differences(entry, status, false)),
            (Some(status), _) if status.kind() == Some(entry.kind()) => Item::new(
                attributes
                    .differences(entry, status, true)
                    .with(ItemFlags::LOCAL_CHANGE)
                    .with(ItemFlags::CHANGE),
            ),
            _ => Item::new(ItemFlags::LOCAL_CHANGE.with(ItemFlags::CHANGE).with(ItemFlags::NEW)),
        };
        let changed = if dry_run {
            Ok(())
        } else if let (true, Some(status)) = (same, status) {
            self.update(entry, status);
            Ok(())
        } else {
            if let Some(status) = status.filter(|status| status.is_directory())
                && !self.make_room(entry, status)?
            {
                return Ok(());
            }
            let exists = status.is_some_and(|status| !status.is_directory());
            if exists {
                self.back_up(&entry.name, Keep::Replaced)?;
            }
            self.at(&entry.name, |directory, name| {
                let mut set = Ok(());
                let mut build = |place: &[u8]| {
                    make(directory, place, entry)?;
                    let now = directory.status(place)?;
                    let mode = attributes.mode(entry, None);
                    set = attributes.update(directory, place, entry, &now, mode, true);
                    Ok(())
                };
                if exists {
                    replace(directory, name, build)?;
                } else {
                    build(name)?;
                }
                set
            })
        };
        if let Err(error) = changed {
            self.fail(entry, "make", error);
            return Ok(());
        }
        self.record(entry, &item);
        self.tell_arrival(index);
        self.item(index, &item)
    }

    /// Brings attributes of something that stays as it is up to date.
    pub(super) fn update(&mut self, entry: &FileEntry, status: &Status) {
        let attributes = self.side.attributes;
        let mode = attributes.mode(entry, Some(status));
        // Where sums are compared, times of files are exact (wire-3 §9.6).
        let exact = self.side.settings.checksum && entry.is_regular();
        let updated = self.at(&entry.name, |directory, name| {
            attributes.update(directory, name, entry, status, mode, exact)
        });
        if let Err(error) = updated {
            self.fail(entry, "set attributes of", error);
        }
    }

    fn skip(&mut self, entry: &FileEntry, action: &'static str, error: io::Error) -> Result<()> {
        self.side.fail(Failure::os(&entry.name, action, error));
        self.skipped.insert(entry.name.clone());
        Ok(())
    }

    /// Whether a directory that others imply is none of this side's business (`docs/spec/wire-2-filelist.md` §4.3).
    pub(super) fn is_left_alone(&self, entry: &FileEntry) -> bool {
        entry.role == DirectoryRole::Implied && !self.side.settings.implied_directories
    }

    /// Where implied directories are left alone, one that is missing is made as any program would make it.
    fn make_parents(&mut self, name: &[u8]) {
        let settings = self.side.settings;
        if settings.implied_directories || settings.dry_run || self.places.locate(name).is_ok() {
            return;
        }
        for (slash, _) in name.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let parent = name.get(..slash).unwrap_or_default();
            // What cannot be made will be missed by what was to be in it.
            let _ = self.at(parent, |held, last| held.make_directory(last, 0o777 & !settings.umask));
        }
    }

    pub(super) fn at<T>(
        &mut self,
        name: &[u8],
        action: impl FnOnce(&Directory, &[u8]) -> io::Result<T>,
    ) -> io::Result<T> {
        let (directory, name) = self.places.locate(name)?;
        action(directory, name)
    }

    /// The status of what is at an entry's place; in a dry run nothing is where its directory is missing.
    pub(super) fn status(&mut self, name: &[u8]) -> io::Result<Option<Status>> {
        let status = self.at(name, |directory, name| directory.status_if_present(name));
        match status {
            Err(error) if self.side.settings.dry_run && is_missing(&error) => Ok(None),
            other => other,
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
        // A link where a directory will be.
        || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}
