//! Regular files: what is up to date, and requests for what is not (`docs/spec/wire-3-transfer.md` §7.1, §7.9–7.12).

use std::fs::File;
use std::io::Read;

use super::Generator;
use super::alternate::Found;
use crate::checksum::rolling::{self, WeakKind};
use crate::error::Result;
use crate::session::alternates::last_component;
use crate::session::delta_send::WireOutput as _;
use crate::session::settings::Append;
use crate::tree::Directory;
use crate::tree::Status;
use crate::wire::block_sums::{BlockSums, SumHead};
use crate::wire::file_entry::FileEntry;
use crate::wire::index::Index;
use crate::wire::item::{Basis, Item, ItemFlags};

/// Bytes read at a time for a checksum.
const PIECE: usize = 256 * 1024;

impl Generator<'_> {
    pub(super) fn regular(&mut self, index: i32, entry: &FileEntry, status: Option<&Status>) -> Result<()> {
        let settings = self.side.settings;
        let attributes = self.side.attributes;
        if settings.max_size.is_some_and(|most| entry.size > most)
            || settings.min_size.is_some_and(|least| entry.size < least)
        {
            return Ok(());
        }
        let is_newer = |status: &Status| {
            status.is_regular() && entry.modified.saturating_sub(status.modified) < settings.modify_window
        };
        if settings.update && status.is_some_and(is_newer) {
            return Ok(());
        }
        let status = match status {
            Some(status) if !status.is_regular() => {
                if !self.make_room(entry, status)? {
                    return Ok(());
                }
                None
            }
            other => other,
        };
        match self.regular_alternate(index, entry, status)? {
            Found::Done => return Ok(()),
            Found::Basis(number, status) => {
                let flags = attributes.differences(entry, &status, true);
                let basis = Some((Basis::Alternate(number), status.size));
                return self.request(index, entry, flags, basis, false);
            }
            Found::Nothing => {}
        }
        let Some(status) = status else {
            return self.request(index, entry, ItemFlags::NEW, None, false);
        };
        let checksum = || self.checksum_of(entry);
        if attributes.looks_same(entry, status, checksum) {
            let item = Item::new(attributes.differences(entry, status, false));
            // With checksums a time that differs in nanoseconds alone is set, though not told (wire-3 §9.6).
            if (item.flags.is_significant() || settings.checksum) && !settings.dry_run {
                self.update(entry, status);
            }
            self.record(entry, &item);
            self.tell_arrival(index);
            return self.item(index, &item);
        }
        if settings.append != Append::Never && status.size >= entry.size {
            return Ok(()); // there is nothing to append (`wire-3` §3.5)
        }
        let flags = attributes.differences(entry, status, true);
        self.request(index, entry, flags, Some((Basis::Destination, status.size)), false)
    }

    /// Asks for a file whose first copy had the wrong digest, with whole block sums (§2.9).
    pub(super) fn ask_again(&mut self, index: i32) -> Result<()> {
        let Some(entry) = self
            .open
            .iter()
            .find(|open| open.list.covers(index))
            .and_then(|open| open.list.entry(index))
            .cloned()
        else {
            return Ok(());
        };
        let status = match self.places.locate(&entry.name) {
            Ok((directory, name)) => directory.status(name).ok().filter(Status::is_regular),
            Err(_) => None,
        };
        let flags = match &status {
            Some(status) => self.side.attributes.differences(&entry, status, true),
            None => ItemFlags::NEW,
        };
        self.request(index, &entry, flags, status.map(|status| (Basis::Destination, status.size)), true)
    }

    /// Asks for a file, with the sums of what is here if that can be a basis.
    fn request(
        &mut self,
        index: i32,
        entry: &FileEntry,
        flags: ItemFlags,
        basis: Option<(Basis, u64)>,
        again: bool,
    ) -> Result<()> {
        let settings = self.side.settings;
        let flags = flags.with(ItemFlags::TRANSFER).with_if(settings.checksum, ItemFlags::CHANGE);
        let item = Item::new(flags).with_basis(basis.map_or(Basis::Destination, |(basis, _)| basis));
        if !again {
            self.record(entry, &item);
        }
        self.coder.encode(Index::Entry(index), self.outgoing.data());
        item.encode(self.side.agreement.protocol, self.outgoing.data());
        if self.asked.insert(index)
            && let Some(open) = self.open.iter_mut().find(|open| open.list.covers(index))
        {
            open.pending += 1;
        }
        if settings.dry_run {
            return self.outgoing.checkpoint();
        }
        let whole = settings.whole_file
            || self.side.agreement.checksum == crate::checksum::file_sum::FileSumKind::None;
        let file = match basis {
            Some((basis, length)) if length > 0 && !whole => self.open_basis(entry, basis),
            _ => None,
        };
        match file {
            Some((file, length)) => self.block_sums(file, length, again),
            None => {
                SumHead::default().encode(self.outgoing.data());
                self.outgoing.checkpoint()
            }
        }
    }

    fn open_basis(&mut self, entry: &FileEntry, basis: Basis) -> Option<(File, u64)> {
        let file = match basis {
            Basis::Alternate(number) => {
                let held = self.alternates.as_ref()?.reach(number, &entry.name).ok()?;
                held.open_file(last_component(&entry.name)).ok()?
            }
            _ => {
                let (directory, name) = self.places.locate(&entry.name).ok()?;
                directory.open_file(name).ok()?
            }
        };
        let status = Directory::status_of(&file).ok().filter(Status::is_regular)?;
        Some((file, status.size))
    }

    /// Writes the sums of the basis while it is read. What a file that shrinks meanwhile lacks is taken as zeros.
    fn block_sums(&mut self, mut file: File, length: u64, again: bool) -> Result<()> {
        let agreement = self.side.agreement;
        let head = SumHead::for_basis(
            length,
            self.side.settings.block_length,
            agreement.checksum.digest_length(),
            again,
        );
        head.encode(self.outgoing.data());
        if self.side.settings.append != Append::Never && !again {
            return self.outgoing.checkpoint(); // the header alone says how much is there
        }
        let summer = agreement.block_summer();
        let block_length = head.block_length() as usize;
        let blocks_at_once = (PIECE / block_length.max(1)).max(1);
        let mut piece = vec![0; block_length * blocks_at_once];
        let mut left = length;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            let data = piece.get_mut(..wanted).unwrap_or_default();
            fill(&mut file, data);
            for block in data.chunks(block_length) {
                let weak = rolling::block_sum(WeakKind::Rsync, block);
                BlockSums::encode_block(&head, weak, &summer.sum(block), self.outgoing.data());
            }
            left -= wanted as u64;
            self.outgoing.checkpoint()?;
        }
        Ok(())
    }

    /// The checksum that `-c` compares; zeros if the file cannot be read.
    fn checksum_of(&mut self, entry: &FileEntry) -> Vec<u8> {
        let opened = self.places.locate(&entry.name).and_then(|(directory, name)| directory.open_file(name));
        self.sums.of(self.side.agreement.list_checksum, opened, entry.size)
    }
}

fn fill(file: &mut File, mut into: &mut [u8]) {
    while !into.is_empty() {
        match file.read(into) {
            Ok(count) if count > 0 => into = into.get_mut(count..).unwrap_or_default(),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            _ => {
                into.fill(0);
                return;
            }
        }
    }
}
