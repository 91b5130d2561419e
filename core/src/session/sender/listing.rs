//! File lists going out: the sources are walked, and every directory's contents sent when it is its turn
//! (`docs/spec/wire-2-filelist.md` §3, §4). In: source arguments. Out: encoded lists, and where each file is.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::bases::{Base, inside, split};
use super::sources::Source;
use super::{GENERAL, Held, Kept, SentList, VANISHED, unknown};
use crate::error::Result;
use crate::event::{Failure, Report, system_words};
use crate::filter::Filters;
use crate::options::MissingArguments;
use crate::session::content_sum::ContentSum;
use crate::session::delta_send::WireOutput as _;
use crate::session::file_list::{self, FileList, Order, sort};
use crate::session::ids::OutgoingNames;
use crate::session::outgoing::Outgoing;
use crate::session::receiver::count;
use crate::session::settings::OneFileSystem;
use crate::session::side::Side;
use crate::tree::{Directory, Status};
use crate::wire::file_entry::{
    Details, DirectoryRole, EntryEncoder, FileEntry, FileKind, HardLink, ListForm, Names,
};
use crate::wire::id_list;
use crate::wire::index::{Index, IndexCoder};
use crate::wire::item::{Item, ItemFlags};
use crate::wire::limits;

/// Entries that lists are sent ahead of the file being asked for (§3.4): so many that both sides find enough to do at once. Ten times as
/// many as rsync's cost about 6 MiB.
const AHEAD: usize = 10_000;

/// A directory whose list has not been sent.
struct Unsent {
    number: i32,
    entry: FileEntry,
    /// Those of its sources whose contents go along.
    bases: Vec<u32>,
}

pub(super) struct Listing<'a> {
    side: &'a Side<'a>,
    form: ListForm,
    encoder: EntryEncoder,
    coder: IndexCoder,
    filters: Arc<Filters>,
    bases: Vec<Base<'a>>,
    /// With incremental recursion: what was named below a directory, by the directory's name.
    named_below: HashMap<Vec<u8>, Vec<(u32, Source)>>,
    /// The source that was added last, with its base.
    before: Option<(u32, Vec<u8>)>,
    /// The attributes of a source's base have been sent.
    base_sent: bool,
    /// Depth first: the next one is the last.
    unsent: Vec<Unsent>,
    directories: i32,
    held: Held,
    next_first: i32,
    /// Entries sent in all lists.
    entries: usize,
    /// Entries sent up to the list that was last asked about.
    reached: usize,
    /// Entries up to the end of each held list.
    ends: std::collections::VecDeque<usize>,
    lists_end_sent: bool,
    /// Wire index of the first name of a file with several.
    hard_links: HashMap<(u64, u64), i32>,
    /// What owners and groups are called here.
    names: OutgoingNames,
    sums: ContentSum<'a>,
    /// The directory of the file that was last opened.
    opened: Option<(u32, Vec<u8>, Directory)>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(side: &'a Side<'a>, filters: Arc<Filters>) -> Result<Listing<'a>> {
        let form = file_list::form(side.settings, &side.agreement);
        Ok(Listing {
            side,
            filters,
            encoder: EntryEncoder::new(form.clone()),
            form,
            coder: IndexCoder::new(side.agreement.protocol),
            bases: Vec::new(),
            named_below: HashMap::new(),
            before: None,
            base_sent: false,
            unsent: Vec::new(),
            directories: 0,
            held: Held::new(),
            next_first: i32::from(side.agreement.is_incremental()),
            entries: 0,
            reached: 0,
            ends: std::collections::VecDeque::new(),
            lists_end_sent: false,
            hard_links: HashMap::new(),
            names: OutgoingNames::default(),
            sums: ContentSum::new(side.link),
            opened: None,
        })
    }

    /// The coder of everything that this side says about indexes.
    pub(super) fn coder(&mut self) -> &mut IndexCoder {
        &mut self.coder
    }

    /// Whether a request is one of those that protocol 29 keeps a connection alive with (`docs/spec/wire-4-older-protocols.md` §8.5).
    pub(super) fn is_keep_alive(&self, index: i32, item: &Item) -> bool {
        let protocol = self.form.protocol;
        let is_old = protocol.has_item_flags() && !protocol.has_variable_numbers();
        is_old && index == self.next_first - 1 && item.flags == ItemFlags::NEW
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries == 0
    }

    /// Sends the first list: of everything that `next_source` names.
    pub(super) fn send_first(
        &mut self,
        next_source: &mut dyn FnMut() -> Result<Option<Source>>,
        outgoing: &RefCell<Outgoing>,
        report: &mut Report,
    ) -> Result<()> {
        let began = Instant::now();
        let mut building = Building::new(self.next_first);
        while let Some(source) = next_source()? {
            let outgoing = &mut outgoing.borrow_mut();
            match self.base_of(&source) {
                Ok(base) => self.source(source, base, &mut building, outgoing)?,
                Err(error) => {
                    self.complain(outgoing, source.base.as_os_str().as_encoded_bytes(), "change_dir", error);
                    self.side.link.note_io_error(GENERAL);
                }
            }
        }
        let outgoing = &mut outgoing.borrow_mut();
        let written = self.finish(building, None, &[], outgoing, report)?;
        report.list_build_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if !self.side.agreement.is_incremental() && !self.side.settings.numeric_ids {
            self.send_ids(outgoing);
        }
        if self.form.protocol.ends_list_with_error_value() {
            let io_error = self.side.link.io_error.load(std::sync::atomic::Ordering::Relaxed);
            let told = if self.side.settings.ignore_errors { 0 } else { io_error };
            outgoing.data().extend_from_slice(&told.to_le_bytes());
        }
        report.list_bytes += written as u64;
        self.reached = self.entries;
        self.say_lists_end(outgoing)
    }

    /// Sends lists until enough is known ahead of the generator.
    pub(super) fn run_ahead(&mut self, outgoing: &mut Outgoing, report: &mut Report) -> Result<()> {
        while self.entries - self.reached < AHEAD {
            let Some(next) = self.unsent.pop() else { break };
            self.coder.encode(Index::List(next.number), outgoing.data());
            let mut building = Building::new(self.next_first);
            for base in &next.bases {
                self.contents(*base, &next.entry.name, &mut building, outgoing)?;
            }
            for (base, source) in self.named_below.remove(&*next.entry.name).unwrap_or_default() {
                self.one_level(source, next.entry.name.len() + 1, base, &mut building, outgoing)?;
            }
            let written = self.finish(building, Some(next.entry), &next.bases, outgoing, report)?;
            report.list_bytes += written as u64;
        }
        self.say_lists_end(outgoing)
    }

    fn say_lists_end(&mut self, outgoing: &mut Outgoing) -> Result<()> {
        if self.unsent.is_empty() {
            self.side.progress.lists_end();
        }
        if self.side.agreement.is_incremental() && self.unsent.is_empty() && !self.lists_end_sent {
            self.lists_end_sent = true;
            self.coder.encode(Index::ListsEnd, outgoing.data());
        }
        outgoing.checkpoint()
    }

    /// The list of an index that was asked about.
    pub(super) fn request(&mut self, index: i32) -> Result<Arc<SentList>> {
        let position = self.position_of(index)?;
        self.note_reached(position);
        self.list_of(index)
    }

    /// The list that an index is of.
    pub(super) fn list_of(&self, index: i32) -> Result<Arc<SentList>> {
        self.held.get(self.position_of(index)?).map(Arc::clone).ok_or_else(|| unknown(index))
    }

    fn position_of(&self, index: i32) -> Result<usize> {
        let after = self.held.partition_point(|sent| sent.list.first - 1 <= index);
        let covers = |position: &usize| self.held.get(*position).is_some_and(|sent| sent.list.covers(index));
        after.checked_sub(1).filter(covers).ok_or_else(|| unknown(index))
    }

    /// Removes the source of an entry that has arrived at `place`, if it is still what was sent.
    pub(super) fn remove(
        &mut self,
        sent: &SentList,
        index: i32,
        entry: &FileEntry,
        place: Option<(u64, u64)>,
    ) -> Result<(), Kept> {
        let base = sent.base_of(index).unwrap_or(0);
        let base = self.bases.get_mut(base as usize).ok_or(Kept::Changed("of unknown file"))?;
        let held = base.tree.reach(split(inside(&entry.name)).0).map_err(Kept::Refused)?;
        let status = base.tree.examine(&held, &entry.name, self.side.settings).map_err(Kept::Refused)?;
        if place == Some(status.identity) {
            return Err(Kept::Changed("of destination file"));
        }
        let is_timed = entry.nanoseconds != 0;
        if (entry.is_regular() && status.size != entry.size)
            || status.modified != entry.modified
            || (is_timed && status.nanoseconds != entry.nanoseconds)
        {
            return Err(Kept::Changed("for changed file"));
        }
        held.remove(split(inside(&entry.name)).1).map_err(Kept::Refused)
    }

    /// Forgets the oldest list; whether that leaves another one. Without incremental recursion nothing is forgotten.
    pub(super) fn finish_oldest(&mut self) -> bool {
        if !self.side.agreement.is_incremental() || self.held.is_empty() {
            return false;
        }
        if let Some(sent) = self.held.pop_front() {
            self.side.progress.reached_entry(&sent.list, sent.list.end());
            self.side.progress.forget_oldest();
        }
        self.ends.pop_front();
        // The receiving side is at work on the next list, although it may have nothing to ask for in it.
        self.note_reached(0);
        !self.held.is_empty()
    }

    /// The receiving side has come as far as the list at `position` of those held, or to the end of them all.
    fn note_reached(&mut self, position: usize) {
        let end = self.ends.get(position).copied().unwrap_or(self.entries);
        self.reached = self.reached.max(end);
    }

    /// Opens a file for reading, with its size now.
    pub(super) fn open(&mut self, sent: &SentList, index: i32) -> io::Result<(File, u64)> {
        let entry = sent.list.entry(index).ok_or(io::ErrorKind::NotFound)?;
        let base = sent.base_of(index).ok_or(io::ErrorKind::NotFound)?;
        let tree = &self.bases.get(base as usize).ok_or(io::ErrorKind::NotFound)?.tree;
        let (parent, _) = split(inside(&entry.name));
        let is_open = matches!(&self.opened, Some((of, held, _)) if *of == base && held == parent);
        if !is_open {
            self.opened = Some((base, parent.to_vec(), tree.reach(parent)?));
        }
        let (_, _, directory) = self.opened.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let file = tree.open(directory, &entry.name, self.side.settings)?;
        let status = Directory::status_of(&file)?;
        if !status.is_regular() {
            return Err(io::Error::other("it is no regular file any more"));
        }
        Ok((file, status.size))
    }

    /// The number of the tree that a source is in.
    fn base_of(&mut self, source: &Source) -> io::Result<u32> {
        // Names of one list are mostly of one tree.
        if self.bases.last().is_none_or(|base| base.tree.path != source.base) {
            self.bases.push(Base::open(&source.base, &self.filters, self.side.paths)?);
        }
        Ok(self.bases.len() as u32 - 1)
    }

    /// Everything that a source brings into the first list.
    fn source(
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
    fn one_level(
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
                return self.push(missing(&source.name), base, building, outgoing);
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
    fn contents(
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
                let vanished = error.kind() == io::ErrorKind::NotFound;
                self.side.link.note_io_error(if vanished { VANISHED } else { GENERAL });
                self.complain(outgoing, directory, "opendir", error);
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
                    let vanished = error.kind() == io::ErrorKind::NotFound;
                    self.side.link.note_io_error(if vanished { VANISHED } else { GENERAL });
                    self.complain(outgoing, &name, "stat", error);
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
        self.encoder.encode(&entry, names, &building.entries, building.first, outgoing.data());
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

    /// Ends a list, sorts it, and numbers the directories in it.
    fn finish(
        &mut self,
        building: Building,
        directory: Option<FileEntry>,
        bases: &[u32],
        outgoing: &mut Outgoing,
        report: &mut Report,
    ) -> Result<usize> {
        let io_error = self.side.link.io_error.load(std::sync::atomic::Ordering::Relaxed);
        let before = outgoing.data().len();
        self.encoder.end(if self.side.settings.ignore_errors { 0 } else { io_error }, outgoing.data());
        let written = outgoing.data().len().saturating_sub(before);
        let Building { first, mut entries, bases: each } = building;
        let is_first = directory.is_none();
        let order = Order::of(self.form.protocol);
        let of_each = if each.iter().all(|base| Some(base) == each.first()) {
            sort(&mut entries, order);
            vec![each.first().or(bases.first()).copied().unwrap_or(0)]
        } else {
            let mut pairs: Vec<(FileEntry, u32)> = entries.into_iter().zip(each).collect();
            pairs.sort_by(|(a, _), (b, _)| order.compare(a, b));
            let each;
            (entries, each) = pairs.into_iter().unzip();
            each
        };
        let is_root = |entry: &&FileEntry| is_first && matches!(&*entry.name, b"." | b"/.");
        let root = entries.first().filter(is_root).cloned();
        let directory = if self.side.agreement.is_incremental() { directory.or(root) } else { None };
        let list = FileList { first, directory, entries, order, is_mixed: false, dropped: Vec::new() };
        count(&list, report);
        self.side.progress.listed(&list);
        self.entries += list.entries.len();
        self.next_first = list.end().checked_add(1).ok_or_else(|| unknown(i32::MAX))?;
        let sent = SentList { list, bases: of_each };
        if self.side.agreement.is_incremental() {
            self.number_directories(&sent);
        }
        self.held.push_back(Arc::new(sent));
        self.ends.push_back(self.entries);
        outgoing.checkpoint()?;
        Ok(written)
    }

    /// Every directory gets a number, and all but roots and repeats a list of their own (§3.2, §3.3).
    fn number_directories(&mut self, sent: &SentList) {
        let mut new: Vec<Unsent> = Vec::new();
        for (position, entry) in
            sent.list.entries.iter().enumerate().filter(|(_, entry)| entry.is_directory())
        {
            let number = self.directories;
            self.directories += 1;
            if matches!(&*entry.name, b"." | b"/.") {
                continue;
            }
            let base = sent.base_of(sent.list.index_of(position)).filter(|_| entry.role.has_content());
            match new.last_mut().filter(|before| before.entry.name == entry.name) {
                // The same directory is not listed twice.
                Some(before) => before.bases.extend(base.filter(|base| before.bases.last() != Some(base))),
                None => {
                    new.push(Unsent { number, entry: entry.clone(), bases: base.into_iter().collect() });
                }
            }
        }
        self.unsent.extend(new.into_iter().rev());
    }

    fn send_ids(&mut self, outgoing: &mut Outgoing) {
        let protocol = self.form.protocol;
        let names_zero = self.form.compat.has(crate::wire::compat::CompatFlags::ID_ZERO_NAMES);
        if self.form.owner {
            id_list::encode(protocol, &self.names.users(), names_zero, outgoing.data());
        }
        if self.form.group {
            id_list::encode(protocol, &self.names.groups(), names_zero, outgoing.data());
        }
    }

    /// Tells of a source that cannot be listed: the user of this side, or the client.
    fn complain(&self, outgoing: &mut Outgoing, name: &[u8], action: &'static str, error: io::Error) {
        if self.side.is_client {
            self.side.fail(Failure::os(name, action, error));
        } else {
            self.side.link.transfer_error.store(true, std::sync::atomic::Ordering::Relaxed);
            let name = String::from_utf8_lossy(name);
            let text = format!("rsync: [sender] {action} \"{name}\" failed: {}\n", system_words(&error));
            outgoing.message(&crate::wire::mux::Message::TransferError(text.into_bytes()));
        }
    }

    fn skip_directory(&self, name: &[u8], outgoing: &mut Outgoing) {
        let text = [b"skipping directory ", name, b"\n"].concat();
        if self.side.is_client {
            self.side
                .events
                .send(crate::event::Event::Message { level: crate::event::MessageLevel::Info, text });
        } else {
            outgoing.message(&crate::wire::mux::Message::Info(text));
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// What is said of a source that does not exist, so that it goes at the other end as well (§4.7).
fn missing(name: &[u8]) -> FileEntry {
    FileEntry {
        name: name.into(),
        mode: 0,
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

/// Whether a directory is on the way to what has the name `name`, or is that itself.
fn is_on_the_way(directory: &[u8], name: &[u8]) -> bool {
    name.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

/// A list in the making, in the order of the wire.
struct Building {
    first: i32,
    entries: Vec<FileEntry>,
    bases: Vec<u32>,
}

impl Building {
    fn new(first: i32) -> Building {
        Building { first, entries: Vec::new(), bases: Vec::new() }
    }
}
