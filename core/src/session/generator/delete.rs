//! Deletions: what is at the destination and in no list (`docs/spec/wire-2-filelist.md` §8). In: directories and their
//! lists. Out: fewer files, messages about them, counts.

use std::io;
use std::sync::atomic::Ordering;

use super::Generator;
use crate::error::Result;
use crate::event::{Event, Failure, MessageLevel};
use crate::filter::{Action, DirectoryFilters, Perishable};
use crate::session::backup::Keep;
use crate::session::delta_send::WireOutput as _;
use crate::session::file_list::{FileList, compare, parent};
use crate::session::settings::{Delete, OneFileSystem};
use crate::tree::{Directory, Status};
use crate::wire::file_entry::{FileEntry, FileKind};
use crate::wire::index::Index;
use crate::wire::mux::Message;
use crate::wire::stats::DeleteCounts;

/// I/O error bits (`docs/spec/wire-2-filelist.md` §1.9).
const GENERAL_ERROR: i32 = 1;
const LIMIT_REACHED: i32 = 4;

/// What deleting needs to remember.
#[derive(Default)]
pub(super) struct Deletion {
    counts: DeleteCounts,
    /// Deletions that the limit stopped.
    over_limit: u64,
    said_error: bool,
    /// With `--delete-delay`: what was found, in order.
    delayed: Vec<Vec<u8>>,
}

impl Generator<'_> {
    /// When a directory is reached.
    pub(super) fn delete_during(&mut self, directory: &FileEntry) -> Result<()> {
        if !matches!(self.side.settings.delete, Delete::During | Delete::Delay) {
            return Ok(());
        }
        let Some(list) = self.open.back().map(|open| std::sync::Arc::clone(&open.list)) else {
            return Ok(());
        };
        self.delete_in(directory, &list)
    }

    /// In every directory of a list that holds everything.
    pub(super) fn delete_in_all(&mut self, list: &FileList) -> Result<()> {
        for (position, entry) in list.entries.iter().enumerate() {
            if entry.is_directory() && !list.is_dropped(position) {
                self.delete_in(entry, list)?;
            }
        }
        Ok(())
    }

    /// After everything else.
    pub(super) fn delete_late(&mut self) -> Result<()> {
        match self.side.settings.delete {
            Delete::After => {
                let lists: Vec<_> = self.open.iter().map(|open| std::sync::Arc::clone(&open.list)).collect();
                lists.iter().try_for_each(|list| self.delete_in_all(list))?;
            }
            Delete::Delay => {
                for name in std::mem::take(&mut self.deletion.delayed) {
                    self.places.forget();
                    self.delete(&name)?;
                }
            }
            _ => {}
        }
        if self.deletion.over_limit > 0 {
            self.side.link.note_io_error(LIMIT_REACHED);
        }
        Ok(())
    }

    /// Counts of what was deleted, where the protocol wants them.
    pub(super) fn report_deletions(&mut self) -> Result<()> {
        self.report.deleted = self.deletion.counts;
        if self.side.settings.delete.is_on() || self.side.settings.force {
            self.coder.encode(Index::DeleteCounts, self.outgoing.data());
            self.deletion.counts.encode(self.outgoing.data());
        }
        Ok(())
    }

    fn delete_in(&mut self, directory: &FileEntry, list: &FileList) -> Result<()> {
        if !directory.role.has_content()
            || self.destination.single.is_some()
            || self.skipped.contains(&directory.name)
        {
            return Ok(());
        }
        if self.side.link.io_error.load(Ordering::Relaxed) & GENERAL_ERROR != 0
            && !self.side.settings.ignore_errors
        {
            if !std::mem::replace(&mut self.deletion.said_error, true) {
                let text = b"IO error encountered -- skipping file deletion\n".to_vec();
                self.say(MessageLevel::Warning, text);
            }
            return Ok(());
        }
        let found = match self.contents(&directory.name) {
            Ok(found) => found,
            // What stands where the directory is to come goes when it comes.
            Err(error) if is_no_directory(&error) => return Ok(()),
            Err(error) => {
                self.fail(directory, "list", error);
                return Ok(());
            }
        };
        let rules = self.rules_within(&directory.name)?;
        for (name, is_directory) in found.into_iter().rev() {
            if list.has(&name) || rules.excludes(&name, is_directory) {
                continue;
            }
            if self.side.settings.delete == Delete::Delay {
                self.deletion.delayed.push(name);
            } else {
                self.delete_known(&name, is_directory)?;
            }
        }
        Ok(())
    }

    /// The rules for what is in a directory, with what the files there say now.
    fn rules_within(&mut self, directory: &[u8]) -> Result<DirectoryFilters> {
        match &self.destination.root {
            Some(root) => self.rules.within(directory, &|name| root.descend(name)),
            None => Ok(self.rules.outside().clone()),
        }
    }

    /// The full names of what is in a directory, in the order of lists, each with whether it is a directory.
    fn contents(&mut self, directory: &[u8]) -> io::Result<Vec<(Vec<u8>, bool)>> {
        let root = self.destination.root.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let held = root.descend(directory)?;
        let mut found = Vec::new();
        for entry in held.list()? {
            let is_directory =
                held.status_if_present(&entry.name)?.is_some_and(|status| status.is_directory());
            let name = if directory == b"." { entry.name } else { [directory, b"/", &entry.name].concat() };
            found.push((name, is_directory));
        }
        found.sort_by(|a, b| compare((&a.0, a.1), (&b.0, b.1)));
        Ok(found)
    }

    fn delete(&mut self, name: &[u8]) -> Result<bool> {
        match self.status(name) {
            Ok(Some(status)) => self.delete_known(name, status.is_directory()),
            _ => Ok(true),
        }
    }

    /// Deletes what the sending side was asked for and does not have (§4.7).
    pub(super) fn delete_missing(&mut self, entry: &FileEntry, status: &Status) -> Result<()> {
        let settings = self.side.settings;
        let is_directory = status.is_directory();
        let rules = match parent(&entry.name) {
            b"" => self.rules.outside().clone(),
            parent => self.rules_within(parent)?,
        };
        if rules.excludes(&entry.name, is_directory) {
            return Ok(());
        }
        let may_empty = settings.delete.is_on() || settings.force;
        if is_directory && !may_empty && self.contents(&entry.name).is_ok_and(|found| !found.is_empty()) {
            let text = [b"cannot delete non-empty directory: ", &*entry.name, b"\n"].concat();
            self.say(MessageLevel::Info, text);
            return Ok(());
        }
        self.delete_known(&entry.name, is_directory).map(drop)
    }

    /// Deletes something with all that is in it; whether it is gone.
    fn delete_known(&mut self, name: &[u8], is_directory: bool) -> Result<bool> {
        let kind = match self.status(name) {
            Ok(Some(status)) => status.kind(),
            _ => return Ok(true),
        };
        if is_directory && self.is_mount_point(name) {
            return Ok(false);
        }
        if is_directory && !self.empty(name)? {
            return Ok(false);
        }
        if self.side.settings.max_delete.is_some_and(|most| self.deletion.counts.total() >= most) {
            self.deletion.over_limit += 1;
            return Ok(false);
        }
        let is_kept = !is_directory && self.back_up(name, Keep::Deleted)?;
        if !self.side.settings.dry_run && !is_kept {
            self.places.forget();
            let removed = self.at(name, |directory, last| {
                if is_directory { directory.remove_directory(last) } else { directory.remove(last) }
            });
            if let Err(error) = removed {
                if error.kind() == io::ErrorKind::DirectoryNotEmpty {
                    // Backups are in it, or what somebody made since.
                    let text = [b"cannot delete non-empty directory: ", name, b"\n"].concat();
                    self.say(MessageLevel::Info, text);
                } else {
                    self.side.fail(Failure::os(name, "delete", error));
                }
                return Ok(false);
            }
        }
        let counts = &mut self.deletion.counts;
        *match kind {
            Some(FileKind::Directory) => &mut counts.directories,
            Some(FileKind::Symlink) => &mut counts.symlinks,
            Some(FileKind::CharDevice | FileKind::BlockDevice) => &mut counts.devices,
            Some(FileKind::Fifo | FileKind::Socket) => &mut counts.specials,
            _ => &mut counts.files,
        } += 1;
        self.tell_deleted(name, is_directory);
        self.outgoing.checkpoint()?;
        Ok(true)
    }

    /// With `-x` a directory of another file system is left alone.
    fn is_mount_point(&mut self, name: &[u8]) -> bool {
        if self.side.settings.one_file_system == OneFileSystem::No {
            return false;
        }
        let device = |status: io::Result<Status>| status.ok().map(|status| status.identity.0);
        let own = device(self.at(name, |directory, last| directory.status(last)));
        own != device(self.at(name, |directory, _| directory.status(b".")))
    }

    fn empty(&mut self, directory: &[u8]) -> Result<bool> {
        let found = match self.contents(directory) {
            Ok(found) => found,
            Err(error) => {
                self.side.fail(Failure::os(directory, "list", error));
                return Ok(false);
            }
        };
        let rules = self.rules_within(directory)?;
        let mut all = true;
        for (name, is_directory) in found.into_iter().rev() {
            let is_kept = rules.decide(&name, is_directory, Perishable::Ignored) == Some(Action::Exclude);
            all &= !is_kept && self.delete_known(&name, is_directory)?;
        }
        if !all {
            let text = [b"cannot delete non-empty directory: ", directory, b"\n"].concat();
            self.say(MessageLevel::Info, text);
        }
        Ok(all)
    }

    fn tell_deleted(&mut self, name: &[u8], directory: bool) {
        if self.side.is_client {
            self.side.events.send(Event::Deleted { name: name.to_vec(), directory });
        } else if self.side.agreement.protocol.has_deletion_messages() {
            self.outgoing.message(&Message::Deleted { name: name.to_vec(), directory });
        } else if self.side.settings.rule_options.verbose > 0 {
            let end: &[u8] = if directory { b"/\n" } else { b"\n" };
            self.outgoing.message(&Message::Info([b"deleting ", name, end].concat()));
        }
    }

    /// Removes what is in the way of an entry of another type (§8.5); whether the way is free.
    pub(super) fn make_room(&mut self, entry: &FileEntry, there: &Status) -> Result<bool> {
        if self.side.settings.dry_run {
            return Ok(true);
        }
        let settings = self.side.settings;
        let is_directory = there.is_directory();
        if is_directory && (settings.delete.is_on() || settings.force) && !self.empty(&entry.name)? {
            return Ok(false);
        }
        if self.back_up(&entry.name, Keep::Deleted)? {
            return Ok(true);
        }
        self.places.forget();
        let removed = self.at(&entry.name, |directory: &Directory, name| {
            if is_directory { directory.remove_directory(name) } else { directory.remove(name) }
        });
        match removed {
            Ok(()) => Ok(true),
            Err(error) => {
                self.fail(entry, "make way for", error);
                Ok(false)
            }
        }
    }
}

/// Whether a directory could not be opened because there is none of that name.
fn is_no_directory(error: &io::Error) -> bool {
    // A symbolic link in its place is a loop to the system, which follows none here.
    let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    is_link || matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
