//! Entries that an alternate directory has already (`docs/spec/wire-3-transfer.md` §7.6). In: entries, matches. Out: links,
//! local copies, nothing at all, or a basis for a request.

use std::io;
use std::sync::Arc;

use super::Generator;
use crate::error::Result;
use crate::options::Alternate;
use crate::session::alternates::{Alternates, Level, Match, last_component};
use crate::session::backup::Keep;
use crate::tree::{Directory, Status, temporary_name};
use crate::wire::file_entry::FileEntry;
use crate::wire::item::{Item, ItemFlags};

/// What an alternate directory does for a regular file.
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// All there is to do.
    Done,
    /// It has a basis.
    Basis(u8, Status),
}

impl Generator<'_> {
    pub(super) fn best_alternate(&mut self, entry: &FileEntry) -> Option<(Arc<Alternates>, Match)> {
        let alternates = Arc::clone(self.alternates.as_ref()?);
        let (kind, sums) = (self.side.agreement.list_checksum, &mut self.sums);
        let checksum = |held: &Directory, last: &[u8]| sums.of(kind, held.open_file(last), entry.size);
        let best = alternates.best(entry, &self.side.attributes, checksum)?;
        Some((alternates, best))
    }

    /// A regular file; `there` is what the destination has of it.
    pub(super) fn regular_alternate(
        &mut self,
        index: i32,
        entry: &FileEntry,
        there: Option<&Status>,
    ) -> Result<Found> {
        let Some((alternates, best)) = self.best_alternate(entry) else { return Ok(Found::Nothing) };
        let dry_run = self.side.settings.dry_run;
        if let Some(there) = there {
            let is_other = there.identity != best.status.identity;
            let replaces = best.level == Level::All && alternates.kind != Alternate::Copy && is_other;
            if !replaces {
                return Ok(Found::Nothing);
            }
            if !dry_run && !self.back_up(&entry.name, Keep::Deleted)? {
                let removed = self.at(&entry.name, |directory, name| directory.remove(name));
                if let Err(error) = removed {
                    self.fail(entry, "remove", error);
                    return Ok(Found::Done);
                }
            }
        }
        let unchanged = ItemFlags::LOCAL_CHANGE;
        let item = match (best.level, alternates.kind) {
            (Level::Type, _) => return Ok(Found::Basis(best.number, best.status)),
            (Level::All, Alternate::Compare) => {
                self.tell_arrival(index);
                self.item(index, &Item::new(ItemFlags::default()))?;
                return Ok(Found::Done);
            }
            (Level::All, Alternate::Link)
                if dry_run || self.link_alternate(&alternates, &best, entry).is_ok() =>
            {
                Item::new(unchanged).with_name(Vec::new())
            }
            _ => {
                let copied = if dry_run { Ok(()) } else { self.copy_alternate(&alternates, &best, entry) };
                if let Err(error) = copied {
                    self.fail(entry, "copy", error);
                    return Ok(Found::Done);
                }
                let differences = self.side.attributes.differences(entry, &best.status, false);
                Item::new(unchanged.with(differences))
            }
        };
        self.record(entry, &item);
        self.tell_arrival(index);
        self.item(index, &item)?;
        Ok(Found::Done)
    }

    /// Gives a file of an alternate directory a further name at the destination.
    pub(super) fn link_alternate(
        &mut self,
        alternates: &Alternates,
        best: &Match,
        entry: &FileEntry,
    ) -> io::Result<()> {
        let from = alternates.reach(best.number, &entry.name)?;
        self.at(&entry.name, |directory, name| from.link(last_component(&entry.name), directory, name))
    }

    /// Copies the content, and gives the copy the attributes of the entry.
    fn copy_alternate(&mut self, alternates: &Alternates, best: &Match, entry: &FileEntry) -> io::Result<()> {
        let attributes = self.side.attributes;
        let from = alternates.reach(best.number, &entry.name)?;
        let mut source = from.open_file(last_component(&entry.name))?;
        let mode = attributes.mode(entry, None);
        self.at(&entry.name, |directory, name| {
            let temporary = temporary_name(name);
            let mut copy = directory.create_new(&temporary, 0o600)?;
            let copied = io::copy(&mut source, &mut copy)
                .and_then(|_| attributes.set_new(&copy, entry, mode))
                .and_then(|()| directory.rename(&temporary, name));
            if copied.is_err() {
                // What cannot be removed stays behind under a name that says what it is.
                let _ = directory.remove(&temporary);
            }
            copied
        })
    }
}
