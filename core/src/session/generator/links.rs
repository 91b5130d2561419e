//! Hard links: the content of a group goes over the connection at most once (`docs/spec/wire-2-filelist.md` §9.1,
//! `wire-3-transfer.md` §7.8). In: entries of one group, as they are visited. Out: one request, links, items.
//!
//! The first member that is in place leads: all others are linked to it. Members that are missing wait as long as later
//! ones are known; the last of them is asked for.

use std::collections::HashMap;

use super::Generator;
use crate::error::Result;
use crate::session::backup::Keep;
use crate::session::file_list::FileList;
use crate::tree::{Status, replace};
use crate::wire::file_entry::FileEntry;
use crate::wire::item::{Item, ItemFlags};

/// All groups of the session, by the number that the sending side gave them.
#[derive(Default)]
pub(super) struct Groups {
    by_number: HashMap<i32, Group>,
    /// The groups of files that have been asked for.
    asked: HashMap<i32, i32>,
}

#[derive(Default)]
struct Group {
    /// Members that are known and have not been visited.
    unvisited: usize,
    leader: Option<Leader>,
    /// Members that wait for a leader, in the order they were visited.
    waiting: Vec<(i32, FileEntry)>,
}

struct Leader {
    name: Box<[u8]>,
    is_in_place: bool,
}

impl Groups {
    /// Learns of the members in a list.
    pub(super) fn learn(&mut self, list: &FileList) {
        for (position, entry) in list.entries.iter().enumerate() {
            if let Some(link) = entry.hard_link.filter(|_| !list.is_dropped(position)) {
                self.by_number.entry(link.group).or_default().unvisited += 1;
            }
        }
    }
}

impl Generator<'_> {
    /// Visits a member of a group; whether that is all there is to do with it now.
    pub(super) fn visit_link(
        &mut self,
        index: i32,
        entry: &FileEntry,
        status: Option<&Status>,
    ) -> Result<bool> {
        let Some(group) = entry.hard_link.and_then(|link| self.groups.by_number.get_mut(&link.group)) else {
            return Ok(false);
        };
        group.unvisited = group.unvisited.saturating_sub(1);
        match &group.leader {
            Some(leader) if leader.is_in_place => {
                let name = leader.name.clone();
                self.link(index, entry, &name)?;
                Ok(true)
            }
            None if status.is_some() || group.unvisited == 0 || !entry.is_regular() => Ok(false),
            _ => {
                group.waiting.push((index, entry.clone()));
                self.expect(index);
                Ok(true)
            }
        }
    }

    /// After a member was dealt with like any other file: it may lead now.
    pub(super) fn lead(&mut self, index: i32, entry: &FileEntry) -> Result<()> {
        let Some(number) = entry.hard_link.map(|link| link.group) else { return Ok(()) };
        let is_asked = self.asked.contains(&index);
        let is_in_place =
            !is_asked && (self.side.settings.dry_run || matches!(self.status(&entry.name), Ok(Some(_))));
        let Some(group) = self.groups.by_number.get_mut(&number) else { return Ok(()) };
        if is_asked {
            self.groups.asked.insert(index, number);
        }
        if is_asked || is_in_place {
            group.leader = Some(Leader { name: entry.name.clone(), is_in_place });
            return if is_in_place { self.link_waiting(number) } else { Ok(()) };
        }
        if group.unvisited == 0 { self.ask_for_another(number) } else { Ok(()) }
    }

    /// A file that was asked for is in place, or will not come.
    pub(super) fn settle_link(&mut self, index: i32, is_in_place: bool) -> Result<()> {
        let Some(number) = self.groups.asked.remove(&index) else { return Ok(()) };
        let Some(group) = self.groups.by_number.get_mut(&number) else { return Ok(()) };
        if is_in_place {
            if let Some(leader) = &mut group.leader {
                leader.is_in_place = true;
            }
            self.link_waiting(number)
        } else {
            group.leader = None;
            self.ask_for_another(number)
        }
    }

    fn link_waiting(&mut self, number: i32) -> Result<()> {
        while let Some(group) = self.groups.by_number.get_mut(&number)
            && let Some(leader) = group.leader.as_ref().map(|leader| leader.name.clone())
            && let Some((index, entry)) = group.waiting.pop()
        {
            self.link(index, &entry, &leader)?;
            self.no_longer_expect(index);
        }
        Ok(())
    }

    /// The last member did not become the leader: the one before is asked for.
    fn ask_for_another(&mut self, number: i32) -> Result<()> {
        let Some((index, entry)) =
            self.groups.by_number.get_mut(&number).and_then(|group| group.waiting.pop())
        else {
            return Ok(());
        };
        let status = self.status(&entry.name).ok().flatten();
        self.regular(index, &entry, status.as_ref())?;
        self.no_longer_expect(index);
        self.lead(index, &entry)
    }

    /// Makes `entry` a further name of the file at `leader`.
    fn link(&mut self, index: i32, entry: &FileEntry, leader: &[u8]) -> Result<()> {
        let there = self.status(&entry.name).ok().flatten();
        let original = self.leader_places.locate(leader).and_then(|(parent, name)| parent.status(name)).ok();
        let linked = ItemFlags::LOCAL_CHANGE;
        if let (Some(there), Some(original)) = (&there, &original)
            && there.identity == original.identity
        {
            self.tell_arrival(index);
            return self.item(index, &Item::new(linked).with_name(Vec::new()));
        }
        let same_kind = there.filter(|status| status.kind() == Some(entry.kind()));
        let item = match &same_kind {
            Some(status) => Item::new(linked.with(self.side.attributes.differences(entry, status, true))),
            None => Item::new(linked.with(ItemFlags::NEW)),
        }
        .with_name(leader.to_vec());
        if !self.side.settings.dry_run {
            if let Some(directory) = there.filter(Status::is_directory)
                && !self.make_room(entry, &directory)?
            {
                return Ok(());
            }
            let replaces = there.is_some_and(|status| !status.is_directory());
            if replaces {
                self.back_up(&entry.name, Keep::Replaced)?;
            }
            let made = self.leader_places.locate(leader).and_then(|(from, original)| {
                let (parent, name) = self.places.locate(&entry.name)?;
                if !replaces {
                    return from.link(original, parent, name);
                }
                replace(parent, name, |temporary| from.link(original, parent, temporary))
            });
            if let Err(error) = made {
                self.fail(entry, "link", error);
                return Ok(());
            }
        }
        self.record(entry, &item);
        self.tell_arrival(index);
        self.item(index, &item)
    }

    /// The list of this entry is not finished before it is settled.
    fn expect(&mut self, index: i32) {
        if let Some(open) = self.open.iter_mut().find(|open| open.list.covers(index)) {
            open.pending += 1;
        }
    }

    fn no_longer_expect(&mut self, index: i32) {
        if let Some(open) = self.open.iter_mut().find(|open| open.list.covers(index)) {
            open.pending = open.pending.saturating_sub(1);
        }
    }
}
