//! The half of the receiving side that writes: walks the lists, makes everything that is no regular file, asks for the rest.
//! In: file lists and notes. Out: requests with block sums, items; directories, links, devices; deletions.
//!
//! The order of its `NDX_DONE`s is that of `docs/spec/wire-3-transfer.md` §2.8.

mod alternate;
mod delete;
mod links;
mod make;
mod regular;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Change, Event, Failure, MessageLevel, Report};
use crate::session::alternates::{self, Alternates};
use crate::session::backup::{Backups, Keep};
use crate::session::content_sum::ContentSum;
use crate::session::delta_send::WireOutput as _;
use crate::session::farewell::abandoned;
use crate::session::file_list::FileList;
use crate::session::notes::Note;
use crate::session::outgoing::Outgoing;
use crate::session::places::{Destination, Places};
use crate::session::rule_files::TreeRules;
use crate::session::settings::Delete;
use crate::session::side::Side;
use crate::wire::file_entry::FileEntry;
use crate::wire::index::{Index, IndexCoder};
use crate::wire::item::{Item, ItemFlags};
use crate::wire::mux::Message;

/// How long a wait for a note lasts before it is looked whether the session goes on.
const TICK: Duration = Duration::from_millis(25);

pub(crate) struct Generator<'a> {
    side: &'a Side<'a>,
    outgoing: Outgoing,
    coder: IndexCoder,
    notes: Receiver<Note>,
    destination: &'a Destination,
    rules: TreeRules<'a>,
    places: Places<'a>,
    /// Lists that came and have not been walked.
    waiting: VecDeque<Arc<FileList>>,
    lists_end: bool,
    /// Entries in lists that have not been walked.
    known: usize,
    /// Lists that have been walked or are being walked, and are not finished.
    open: VecDeque<OpenList>,
    /// Files asked for that have not been settled.
    asked: HashSet<i32>,
    /// Those of them that were asked for a second time.
    asked_again: HashSet<i32>,
    /// Phases that the sender has ended.
    phases: u8,
    last_reply: bool,
    receiver_ended: bool,
    /// Directories that could not be made: their contents are passed over.
    skipped: HashSet<Box<[u8]>>,
    /// Directories made while their parent's list was walked.
    made_early: HashSet<Box<[u8]>>,
    deletion: delete::Deletion,
    backups: Option<Backups<'a>>,
    alternates: Option<Arc<Alternates>>,
    groups: links::Groups,
    sums: ContentSum<'a>,
    /// Where files are that others are linked to.
    leader_places: Places<'a>,
    /// Directories whose times are set at the very end.
    touch_later: Vec<FileEntry>,
    report: &'a mut Report,
}

struct OpenList {
    list: Arc<FileList>,
    /// Files of it that have been asked for and not been settled.
    pending: usize,
    walked: bool,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(
        side: &'a Side<'a>,
        outgoing: Outgoing,
        notes: Receiver<Note>,
        destination: &'a Destination,
        rules: TreeRules<'a>,
        report: &'a mut Report,
    ) -> Generator<'a> {
        Generator {
            side,
            outgoing,
            coder: IndexCoder::new(side.agreement.protocol),
            notes,
            destination,
            rules,
            places: Places::new(destination),
            waiting: VecDeque::new(),
            lists_end: false,
            known: 0,
            open: VecDeque::new(),
            asked: HashSet::new(),
            asked_again: HashSet::new(),
            phases: 0,
            last_reply: false,
            receiver_ended: false,
            skipped: HashSet::new(),
            made_early: HashSet::new(),
            deletion: delete::Deletion::default(),
            backups: None,
            alternates: None,
            groups: links::Groups::default(),
            sums: ContentSum::new(side.link),
            leader_places: Places::new(destination),
            touch_later: Vec::new(),
            report,
        }
    }

    /// The same, with backups of what it replaces and deletes.
    pub(crate) fn keeping(mut self, backups: Option<Backups<'a>>) -> Generator<'a> {
        self.backups = backups;
        self
    }

    /// The same, with files that may be elsewhere already.
    pub(crate) fn looking_into(mut self, alternates: Option<Arc<Alternates>>) -> Generator<'a> {
        self.alternates = alternates;
        self
    }

    /// Everything from the first request to the goodbye.
    pub(crate) fn run(mut self) -> Result<()> {
        if let Some(alternates) = self.alternates.clone() {
            for path in &alternates.missing {
                self.say(MessageLevel::Warning, alternates::shown(alternates.kind, path));
            }
        }
        let settings = self.side.settings;
        let protocol = self.side.agreement.protocol;
        let deletes_late = settings.delete.is_late();
        if settings.tells_delta {
            let how =
                if settings.whole_file { "disabled for local transfer or --whole-file" } else { "enabled" };
            self.say(MessageLevel::Info, format!("delta-transmission {how}\n").into_bytes());
        }
        self.walk_lists()?;
        if !self.side.agreement.is_incremental() {
            self.done()?; // phase 0
        }
        self.wait_until(|this| this.phases >= 1)?; // second tries are served meanwhile
        self.done()?; // phase 1
        if protocol.phases() > 2 {
            self.done()?; // phase 2, early
        }
        if protocol.has_deletion_phase() && !deletes_late {
            self.report_deletions()?;
            self.done()?; // deletions, early
        }
        self.wait_until(|this| this.phases >= protocol.phases())?;
        if !self.asked.is_empty() {
            // Whatever is not sent is refused, file by file (`MSG_NO_SEND`).
            let message = format!("the sender has passed over {} files it was asked for", self.asked.len());
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        self.delete_late()?;
        if protocol.has_deletion_phase() {
            if deletes_late {
                self.report_deletions()?;
                self.done()?;
            }
            self.wait_until(|this| this.last_reply)?;
        }
        self.touch_up_remaining();
        self.done()?; // goodbye
        self.outgoing.flush()
    }

    fn walk_lists(&mut self) -> Result<()> {
        loop {
            self.wait_until(|this| this.lists_end || this.knows_enough())?;
            let Some(list) = self.waiting.pop_front() else { break };
            self.known = self.known.saturating_sub(list.entries.len());
            if self.side.settings.delete == Delete::Before {
                self.delete_in_all(&list)?;
            }
            self.open.push_back(OpenList { list: Arc::clone(&list), pending: 0, walked: false });
            self.walk(&list)?;
            if let Some(open) = self.open.back_mut() {
                open.walked = true;
            }
            self.finish_lists()?;
        }
        if self.side.agreement.is_incremental() {
            self.wait_until(|this| this.open.is_empty())?;
        }
        Ok(())
    }

    /// Whether a list can be walked: with hard links, members of groups in later lists matter (`wire-2` §3.4).
    fn knows_enough(&self) -> bool {
        const ENTRIES_AHEAD: usize = 500;
        !self.waiting.is_empty() && (!self.side.settings.hard_links || self.known >= ENTRIES_AHEAD)
    }

    /// One list: with incremental recursion its directory first, then its entries.
    fn walk(&mut self, list: &Arc<FileList>) -> Result<()> {
        if self.side.settings.list_only {
            return self.tell_list(list);
        }
        if let Some(directory) = &list.directory {
            self.directory(list.first - 1, directory)?;
            if self.is_passed_over(&directory.name) || self.skipped.contains(&directory.name) {
                return Ok(());
            }
        }
        let incremental = self.side.agreement.is_incremental();
        for (position, entry) in list.entries.iter().enumerate() {
            if list.is_dropped(position) {
                continue;
            }
            if self.is_passed_over(&entry.name) {
                self.side.progress.passed(Some(entry));
                continue;
            }
            let index = list.index_of(position);
            if !entry.is_directory() {
                self.entry(index, entry)?;
            } else if !incremental {
                self.directory(index, entry)?;
            } else if *entry.name != *b"." {
                self.make_early(entry);
            }
            if !self.asked.contains(&index) {
                self.side.progress.passed(Some(entry));
            }
            self.outgoing.checkpoint()?;
            self.take_notes()?;
        }
        Ok(())
    }

    fn tell_list(&mut self, list: &FileList) -> Result<()> {
        if let Some(directory) = list.directory.as_ref().filter(|directory| !self.is_left_alone(directory)) {
            self.side.events.send(Event::Listed(Box::new(directory.clone())));
        }
        let incremental = self.side.agreement.is_incremental();
        for (position, entry) in list.entries.iter().enumerate() {
            // Directories with a list of their own appear with it.
            let comes_later = incremental && entry.is_directory();
            if !list.is_dropped(position) && !comes_later && !self.is_left_alone(entry) {
                self.side.events.send(Event::Listed(Box::new(entry.clone())));
            }
        }
        Ok(())
    }

    /// Whether the entry is in a directory that could not be made.
    fn is_passed_over(&self, name: &[u8]) -> bool {
        !self.skipped.is_empty()
            && name
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte == b'/')
                .any(|(slash, _)| name.get(..slash).is_some_and(|parent| self.skipped.contains(parent)))
    }

    /// Reports that something was made or changed here, if it is worth telling (`wire-3` §2.3).
    fn item(&mut self, index: i32, item: &Item) -> Result<()> {
        if !self.side.agreement.protocol.has_item_flags() {
            return self.tell_here(index, item);
        }
        if self.is_worth_telling(item) {
            self.coder.encode(Index::Entry(index), self.outgoing.data());
            item.encode(self.side.agreement.protocol, self.outgoing.data());
            self.outgoing.checkpoint()?;
        }
        Ok(())
    }

    /// What the sender would say back if the protocol let it know (`docs/spec/wire-4-older-protocols.md` §8.1).
    fn tell_here(&mut self, index: i32, item: &Item) -> Result<()> {
        let entry =
            self.open.iter().find(|open| open.list.covers(index)).and_then(|open| open.list.entry(index));
        if let (true, true, Some(entry)) = (self.side.is_client, self.is_worth_telling(item), entry) {
            self.side.events.send(Event::Changed(Box::new(Change {
                entry: entry.clone(),
                flags: self.side.told_flags(entry, item.flags),
                other_name: item.name.clone(),
                received: true,
            })));
        }
        Ok(())
    }

    fn is_worth_telling(&self, item: &Item) -> bool {
        let named = item.name.as_ref().is_some_and(|name| !name.is_empty());
        item.flags.is_significant() || named || self.side.settings.itemize_unchanged
    }

    fn record(&mut self, entry: &FileEntry, item: &Item) {
        if item.flags.has(ItemFlags::NEW) {
            self.report.created.add(entry.kind());
        }
        let is_unchanged = !item.flags.is_significant() && item.name.is_none() && !entry.is_directory();
        if is_unchanged && self.side.settings.tells_unchanged {
            self.say(MessageLevel::Info, [&entry.name, b" is uptodate\n".as_slice()].concat());
        }
        if self.side.settings.dry_run && item.flags.is_significant() {
            self.report.changes.push(Change {
                entry: entry.clone(),
                flags: self.side.told_flags(entry, item.flags),
                other_name: item.name.clone(),
                received: true,
            });
        }
    }

    /// With `--remove-source-files`: an entry is in place, and its source may go (`wire-3` §2.12).
    fn tell_arrival(&mut self, index: i32) {
        let settings = self.side.settings;
        if !settings.remove_source_files || settings.dry_run {
            return;
        }
        let entry =
            self.open.iter().find_map(|open| open.list.entry(index).filter(|_| open.list.covers(index)));
        let Some(name) = entry.map(|entry| entry.name.clone()) else { return };
        let place = match self.status(&name) {
            Ok(Some(status)) if settings.is_local => Some(status.identity),
            // What cannot be looked at is no place that anything is at.
            _ if settings.is_local => Some((0, 0)),
            _ => None,
        };
        self.outgoing.message(&Message::Success { index, place });
    }

    /// Keeps what is about to be replaced or deleted, if that is wanted; whether it was.
    fn back_up(&mut self, name: &[u8], keep: Keep) -> Result<bool> {
        let Some(backups) = self.backups.as_mut().filter(|_| !self.side.settings.dry_run) else {
            return Ok(false);
        };
        // In a directory that is gone there is nothing to keep.
        let Ok((directory, last)) = self.places.locate(name) else { return Ok(false) };
        let kept = backups.keep(directory, last, name, keep)?;
        let is_kept = kept.is_some();
        if let Some(text) = kept.filter(|text| !text.is_empty()) {
            self.say(MessageLevel::Info, text);
        }
        Ok(is_kept)
    }

    fn fail(&self, entry: &FileEntry, action: &'static str, error: std::io::Error) {
        self.side.fail(Failure::os(&entry.name, action, error));
    }

    /// Tells the user: here, or at the other end.
    fn say(&mut self, level: MessageLevel, text: Vec<u8>) {
        if self.side.is_client {
            self.side.events.send(Event::Message { level, text });
        } else {
            self.outgoing.message(&match level {
                MessageLevel::Info => Message::Info(text),
                MessageLevel::Warning => Message::Warning(text),
                MessageLevel::Error => Message::Error(text),
            });
        }
    }

    fn done(&mut self) -> Result<()> {
        self.coder.encode(Index::Done, self.outgoing.data());
        self.outgoing.checkpoint()
    }

    /// Ends the oldest lists that nothing is expected for (`docs/spec/wire-2-filelist.md` §3.6).
    fn finish_lists(&mut self) -> Result<()> {
        if !self.side.agreement.is_incremental() {
            return Ok(());
        }
        while let Some(oldest) = self.open.front() {
            let moved_on =
                self.open.len() > 1 || (oldest.walked && self.lists_end && self.waiting.is_empty());
            if oldest.pending > 0 || !moved_on {
                break;
            }
            let list = self.open.pop_front();
            self.done()?;
            match list.and_then(|open| open.list.directory.clone()) {
                // Late deletions will change its time once more.
                Some(directory) if self.side.settings.delete == Delete::Delay => {
                    self.touch_later.push(directory);
                }
                Some(directory) => self.touch_up(&directory),
                None => {}
            }
        }
        Ok(())
    }

    fn take_notes(&mut self) -> Result<()> {
        if self.side.link.was_stopped() {
            return Err(abandoned());
        }
        while let Ok(note) = self.notes.try_recv() {
            self.take(note)?;
        }
        Ok(())
    }

    /// Takes notes until `condition` holds. Everything is flushed before it waits.
    fn wait_until(&mut self, condition: impl Fn(&Generator<'a>) -> bool) -> Result<()> {
        self.take_notes()?;
        while !condition(self) {
            self.outgoing.flush()?;
            let note = self.next_note()?;
            self.take(note)?;
            self.take_notes()?;
        }
        Ok(())
    }

    fn next_note(&self) -> Result<Note> {
        if self.receiver_ended {
            let message = "the other end said goodbye before it had answered everything";
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        let _waiting = self.side.link.activity.wait();
        loop {
            match self.notes.recv_timeout(TICK) {
                Ok(note) => return Ok(note),
                Err(RecvTimeoutError::Timeout) if !self.side.link.was_stopped() => {}
                Err(_) => return Err(abandoned()),
            }
        }
    }

    fn take(&mut self, note: Note) -> Result<()> {
        match note {
            Note::List(list) => {
                if self.side.settings.hard_links {
                    self.groups.learn(&list);
                }
                self.known += list.entries.len();
                self.waiting.push_back(list);
            }
            Note::ListsEnd => {
                self.lists_end = true;
                self.side.progress.lists_end();
                self.finish_lists()?;
            }
            Note::Finished(indexes) => indexes.into_iter().try_for_each(|index| self.settle(index, true))?,
            Note::Failed(index) => self.settle(index, false)?,
            Note::Refused(index) => {
                if !self.open.iter().any(|open| open.list.covers(index)) {
                    let message = format!("the sender refuses file {index}, which no list has");
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
                self.settle(index, false)?;
            }
            Note::Again(index) => {
                self.asked_again.insert(index);
                self.ask_again(index)?;
            }
            Note::PhaseEnd => {
                self.phases += 1;
                self.give_up_unanswered()?;
            }
            Note::LastReply => self.last_reply = true,
            Note::ReceiverEnd => self.receiver_ended = true,
            Note::Message(message) => self.outgoing.message(&message),
            Note::Arrived(..) => {} // only a sender removes anything
        }
        Ok(())
    }
}

impl Generator<'_> {
    /// Old protocols have no word for a file that is not sent: whatever is unanswered at the end of its phase will not come
    /// (`docs/spec/wire-4-older-protocols.md` §8.6).
    fn give_up_unanswered(&mut self) -> Result<()> {
        if self.side.agreement.protocol.has_all_messages() {
            return Ok(());
        }
        let comes_yet = |index: &i32| self.phases == 1 && self.asked_again.contains(index);
        let unanswered: Vec<i32> = self.asked.iter().copied().filter(|index| !comes_yet(index)).collect();
        unanswered.into_iter().try_for_each(|index| self.settle(index, false))
    }

    /// A file that was asked for is in place, or will not come.
    fn settle(&mut self, index: i32, is_in_place: bool) -> Result<()> {
        if !self.asked.remove(&index) {
            return Ok(());
        }
        self.settle_link(index, is_in_place)?;
        if is_in_place {
            self.tell_arrival(index);
        }
        if let Some(open) = self.open.iter_mut().find(|open| open.list.covers(index)) {
            open.pending = open.pending.saturating_sub(1);
            // What arrived has been counted by the receiver.
            if !is_in_place || self.side.settings.dry_run {
                self.side.progress.passed(open.list.entry(index));
            }
        }
        self.finish_lists()
    }
}
