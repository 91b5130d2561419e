//! File lists going out: the sources are walked, and every directory's contents sent when it is its turn
//! (`docs/spec/wire-2-filelist.md` §3, §4). In: source arguments. Out: encoded lists, and where each file is.

mod walk;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use super::bases::{Base, inside, split};
use super::sources::Source;
use super::{GENERAL, Held, Kept, SentList, unknown};
use crate::error::Result;
use crate::event::{Failure, Report, system_words};
use crate::filter::Filters;
use crate::session::content_sum::ContentSum;
use crate::session::delta_send::WireOutput as _;
use crate::session::file_list::{self, FileList, Order, sort};
use crate::session::ids::OutgoingNames;
use crate::session::outgoing::Outgoing;
use crate::session::receiver::count;
use crate::session::side::Side;
use crate::tree::Directory;
use crate::wire::file_entry::{EntryEncoder, FileEntry, ListForm};
use crate::wire::id_list;
use crate::wire::index::{Index, IndexCoder};
use crate::wire::item::{Item, ItemFlags};

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
        self.finish(building, None, &[], outgoing, report)?;
        report.list_build_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let before = outgoing.data().len();
        if !self.side.agreement.is_incremental() && !self.side.settings.numeric_ids {
            self.send_ids(outgoing);
        }
        if self.form.protocol.ends_list_with_error_value() {
            let io_error = self.side.link.io_error.load(std::sync::atomic::Ordering::Relaxed);
            let told = if self.side.settings.ignore_errors { 0 } else { io_error };
            outgoing.data().extend_from_slice(&told.to_le_bytes());
        }
        report.list_bytes += outgoing.data().len().saturating_sub(before) as u64;
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
            self.finish(building, Some(next.entry), &next.bases, outgoing, report)?;
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

    /// Ends a list, sorts it, and numbers the directories in it.
    fn finish(
        &mut self,
        building: Building,
        directory: Option<FileEntry>,
        bases: &[u32],
        outgoing: &mut Outgoing,
        report: &mut Report,
    ) -> Result<()> {
        let io_error = self.side.link.io_error.load(std::sync::atomic::Ordering::Relaxed);
        let before = outgoing.data().len();
        self.encoder.end(if self.side.settings.ignore_errors { 0 } else { io_error }, outgoing.data());
        let written = outgoing.data().len().saturating_sub(before) as u64;
        let Building { first, mut entries, bases: each, bytes } = building;
        report.list_bytes += bytes + written;
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
        outgoing.checkpoint()
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

/// A list in the making, in the order of the wire.
struct Building {
    first: i32,
    entries: Vec<FileEntry>,
    bases: Vec<u32>,
    /// Bytes of the entries.
    bytes: u64,
}

impl Building {
    fn new(first: i32) -> Building {
        Building { first, entries: Vec::new(), bases: Vec::new(), bytes: 0 }
    }
}
