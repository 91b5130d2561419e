//! The walk through the sources. In: source arguments, held directories. Out: entries, added to the list that is being built
//! and sent (`docs/spec/wire-2-filelist.md` §4).

use std::io;

use super::super::bases::{inside, split};
use super::super::sources::Source;
use super::super::{GENERAL, VANISHED, tell_vanished};
use super::{Building, Listing};
use crate::error::Result;
use crate::options::MissingArguments;
use crate::session::delta_send::WireOutput as _;
use crate::session::outgoing::Outgoing;
use crate::session::settings::OneFileSystem;
use crate::tree::{Directory, Status};
use crate::wire::file_entry::{Details, DirectoryRole, FileEntry, FileKind, HardLink, Names};
use crate::wire::limits;

impl Listing<'_> {
    /// Everything that a source brings into the first list.
    pub(super) fn source(
        &mut self,
        source: Source,
        base: u32,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let missing = self.side.settings.missing_arguments;
        if let Err(error) = self.status_of(&source, base)
            && !(is_missing(&error) && missing == MissingArguments::Delete)
        {
            if is_missing(&error) && missing == MissingArguments::Ignore {
                return Ok(());
            }
            // What is missing is no I/O error (§1.9).
            if !is_missing(&error) {
                self.side.link.note_io_error(GENERAL);
            }
            let shown = self.bases.get(base as usize).map(|base| base.tree.shown(&source.name));
            self.complain(outgoing, &shown.unwrap_or_default(), "link_stat", error);
            return Ok(());
        }
        if source.with_base && !std::mem::replace(&mut self.base_sent, true) {
            self.implied(base, b".", building, outgoing)?;
        }
        if self.side.agreement.is_incremental() {
            return self.one_level(source, 0, base, building, outgoing);
        }
        let before = self.before.take().filter(|(of, _)| *of == base).map(|(_, name)| name);
        for name in source.implied() {
            let is_there = before.as_ref().is_some_and(|before| is_on_the_way(name, before));
            if !is_there {
                self.implied(base, name, building, outgoing)?;
            }
        }
        self.before = Some((base, source.name.clone()));
        self.argument(&source, base, building, outgoing)
    }

    /// With incremental recursion: the component of a source's name that starts at `start`. What is named below it waits for
    /// the list of that directory.
    pub(super) fn one_level(
        &mut self,
        source: Source,
        start: usize,
        base: u32,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let Some(name) = source.implied().find(|name| name.len() > start).map(<[u8]>::to_vec) else {
            self.before = None;
            return self.argument(&source, base, building, outgoing);
        };
        let here = (base, name);
        if self.before.as_ref() != Some(&here) {
            self.implied(base, &here.1, building, outgoing)?;
        }
        self.named_below.entry(here.1.clone()).or_default().push((base, source));
        self.before = Some(here);
        Ok(())
    }

    /// A directory that is only there because something below it was named (§4.3). Links to it are followed, rules do not
    /// count.
    fn implied(
        &mut self,
        base: u32,
        name: &[u8],
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let Some(tree) = self.bases.get_mut(base as usize).map(|base| &mut base.tree) else { return Ok(()) };
        let held = tree.reach(split(inside(name)).0);
        let status = held.and_then(|held| Ok((tree.follow(&held, name)?, held)));
        match status {
            Ok((status, held)) if status.is_directory() => {
                let place = (&held, split(inside(name)).1);
                self.add(base, name.to_vec(), place, &status, DirectoryRole::Implied, building, outgoing)
            }
            // What was named below it will be missing.
            _ => Ok(()),
        }
    }

    /// The directory that holds a source, and what the source is.
    fn status_of(&mut self, source: &Source, base: u32) -> io::Result<(Directory, Status)> {
        let tree = &mut self.bases.get_mut(base as usize).ok_or(io::ErrorKind::NotFound)?.tree;
        for implied in source.implied() {
            let held = tree.reach(split(inside(implied)).0)?;
            tree.follow(&held, implied)?;
        }
        let held = tree.reach(split(inside(&source.name)).0)?;
        let status = if source.contents {
            tree.follow(&held, &source.name)?
        } else {
            tree.examine(&held, &source.name, self.side.settings)?
        };
        Ok((held, status))
    }

    /// The entry that a source names, and what goes along with it.
    fn argument(
        &mut self,
        source: &Source,
        base: u32,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let settings = self.side.settings;
        let (held, status) = match self.status_of(source, base) {
            Ok(found) => found,
            Err(error) if is_missing(&error) && settings.missing_arguments == MissingArguments::Delete => {
                // Mode 0: it goes at the other end as well (§4.7).
                return self.push(FileEntry::named(&source.name, 0), base, building, outgoing);
            }
            Err(_) => {
                // It was there a moment ago.
                self.side.link.note_io_error(VANISHED);
                return Ok(());
            }
        };
        let name = &source.name;
        let Some(of) = self.bases.get_mut(base as usize) else { return Ok(()) };
        // Files of rules count from the first directory on that is on the list itself.
        let rules = match split(inside(name)).0 {
            b"." => of.rules.outside().clone(),
            parent => of.rules_within(parent)?,
        };
        if !source.is_base() && rules.excludes(inside(name), status.is_directory()) {
            return Ok(());
        }
        if status.is_directory() && !settings.recurse && !settings.directories {
            self.skip_directory(name, outgoing);
            return Ok(());
        }
        let descend = settings.recurse || source.contents;
        let role = if descend { DirectoryRole::Top } else { DirectoryRole::NoContent };
        let place = (&held, split(inside(name)).1);
        self.add(base, name.clone(), place, &status, role, building, outgoing)?;
        drop(held);
        // With incremental recursion, all but the base itself have a list of their own.
        if status.is_directory() && descend && (source.is_base() || !self.side.agreement.is_incremental()) {
            self.contents(base, name, building, outgoing)?;
        }
        Ok(())
    }

    /// What is in a directory: all of it, or with incremental recursion one level.
    pub(super) fn contents(
        &mut self,
        base: u32,
        directory: &[u8],
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let Some(root) = self.bases.get_mut(base as usize) else { return Ok(()) };
        let listed = root.tree.reach(directory).and_then(|held| Ok((held.list()?, held)));
        let (found, held) = match listed {
            Ok(listed) => listed,
            Err(error) => {
                self.pass_over(outgoing, directory, "opendir", error);
                return Ok(());
            }
        };
        let rules = root.rules_within(directory)?;
        let descend = self.side.settings.recurse && !self.side.agreement.is_incremental();
        let device = match self.side.settings.one_file_system {
            OneFileSystem::No => None,
            _ => held.status(b".").ok().map(|status| status.identity.0),
        };
        let mut below = Vec::new();
        for entry in found {
            let name = match directory {
                b"." => entry.name.clone(),
                b"/." => [b"/", &*entry.name].concat(),
                _ => [directory, b"/", &entry.name].concat(),
            };
            if name.len() > limits::PATH {
                self.side.link.note_io_error(GENERAL);
                self.complain(outgoing, &name, "list", io::ErrorKind::InvalidFilename.into());
                continue;
            }
            let status = match self.examine(base, &held, &name) {
                Ok(status) => status,
                Err(error) => {
                    self.pass_over(outgoing, &name, "stat", error);
                    continue;
                }
            };
            if rules.excludes(inside(&name), status.is_directory()) {
                continue;
            }
            let is_mount_point =
                status.is_directory() && device.is_some_and(|device| device != status.identity.0);
            if is_mount_point && self.side.settings.one_file_system == OneFileSystem::WithoutMountPoints {
                continue;
            }
            let role = if self.side.settings.recurse && !is_mount_point {
                DirectoryRole::Content
            } else {
                DirectoryRole::NoContent
            };
            if status.is_directory() && descend && !is_mount_point {
                below.push(name.clone());
            }
            self.add(base, name, (&held, &entry.name), &status, role, building, outgoing)?;
        }
        drop(held);
        below.iter().try_for_each(|name| self.contents(base, name, building, outgoing))
    }

    /// Something that was found cannot be examined.
    fn pass_over(&self, outgoing: &mut Outgoing, name: &[u8], action: &'static str, error: io::Error) {
        if is_missing(&error) {
            tell_vanished(self.side, outgoing, name, action, error);
        } else {
            self.side.link.note_io_error(GENERAL);
            self.complain(outgoing, name, action, error);
        }
    }

    fn examine(&mut self, base: u32, held: &Directory, name: &[u8]) -> io::Result<Status> {
        let base = self.bases.get_mut(base as usize).ok_or(io::ErrorKind::NotFound)?;
        base.tree.examine(held, name, self.side.settings)
    }

    /// Adds one entry to the list that is being built, and sends it.
    #[expect(clippy::too_many_arguments, reason = "an entry and the three places it goes to")]
    fn add(
        &mut self,
        base: u32,
        name: Vec<u8>,
        (directory, last): (&Directory, &[u8]),
        status: &Status,
        role: DirectoryRole,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let Some(kind) = status.kind() else { return Ok(()) };
        let mut details = Details::default();
        if kind == FileKind::Symlink && self.form.links {
            match directory.read_link(last) {
                Ok(target) if !target.is_empty() => details.target = target.into(),
                other => {
                    let error = other.err().unwrap_or_else(|| io::ErrorKind::InvalidData.into());
                    self.side.link.note_io_error(GENERAL);
                    self.complain(outgoing, &name, "readlink", error);
                    return Ok(());
                }
            }
        }
        if self.form.access_times && kind != FileKind::Directory {
            details.accessed = status.accessed;
        }
        if matches!(kind, FileKind::CharDevice | FileKind::BlockDevice) && self.form.devices {
            details.device = status.device;
        }
        if kind == FileKind::Regular && self.form.checksum_length.is_some() {
            details.checksum = self.checksum(base, directory, &name, status.size);
        }
        let hard_link = self.hard_link(kind, status, building);
        let has_size = matches!(kind, FileKind::Regular | FileKind::Symlink | FileKind::Directory);
        let entry = FileEntry {
            name: name.into(),
            mode: self.side.settings.changed_mode(status.mode),
            size: if has_size { status.size } else { 0 },
            modified: status.modified,
            nanoseconds: status.nanoseconds,
            uid: status.uid,
            gid: status.gid,
            role: if kind == FileKind::Directory { role } else { DirectoryRole::Content },
            hard_link,
            details: (details != Details::default()).then(|| Box::new(details)),
        };
        self.push(entry, base, building, outgoing)
    }

    fn push(
        &mut self,
        entry: FileEntry,
        base: u32,
        building: &mut Building,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        let names = if self.side.settings.numeric_ids {
            Names::default()
        } else {
            self.names.announce(entry.uid, entry.gid)
        };
        let before = outgoing.data().len();
        self.encoder.encode(&entry, names, &building.entries, building.first, outgoing.data());
        building.bytes += outgoing.data().len().saturating_sub(before) as u64;
        building.entries.push(entry);
        building.bases.push(base);
        outgoing.checkpoint()
    }

    fn hard_link(&mut self, kind: FileKind, status: &Status, building: &Building) -> Option<HardLink> {
        if !self.form.hard_links || kind == FileKind::Directory || status.links < 2 {
            return None;
        }
        let index = building.first.saturating_add(i32::try_from(building.entries.len()).ok()?);
        let group = *self.hard_links.entry(status.identity).or_insert(index);
        Some(HardLink { group, first: group == index })
    }

    /// A file's checksum for `-c`; zeros if it cannot be read.
    fn checksum(&mut self, base: u32, directory: &Directory, name: &[u8], size: u64) -> Box<[u8]> {
        let tree = self.bases.get(base as usize).map(|base| &base.tree);
        let opened = tree
            .ok_or_else(|| io::ErrorKind::NotFound.into())
            .and_then(|tree| tree.open(directory, name, self.side.settings));
        self.sums.of(self.side.agreement.list_checksum, opened, size).into()
    }
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// Whether a directory is on the way to what has the name `name`, or is that itself.
fn is_on_the_way(directory: &[u8], name: &[u8]) -> bool {
    name.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}
