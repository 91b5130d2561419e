//! The half of the receiving side that reads: the sender's answers become files.
//! In: items, tokens, digests. Out: files under temporary names, verified, renamed; notes for the generator.

mod file;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Change, Event, Report};
use crate::session::alternates::Alternates;
use crate::session::backup::Backups;
use crate::session::channel::{Incoming, protocol_error};
use crate::session::file_list::{FileList, HeldLists, ListReader};
use crate::session::notes::Note;
use crate::session::passage::Exit;
use crate::session::places::{Destination, Places};
use crate::session::progress::bytes_of;
use crate::session::side::Side;
use crate::wire::file_entry::FileEntry;
use crate::wire::index::{Index, IndexCoder};
use crate::wire::item::{Item, ItemFlags};
use crate::wire::stats::{DeleteCounts, ServerStats};

/// Finished files that are noted at a time, if data keep coming: each note may wake the generator.
const TOGETHER: usize = 100;
/// Phases in which the sender sends content.
const CONTENT_PHASES: u8 = 2;

/// What the file lists brought, before anything is asked for.
pub(crate) struct Opening<'a> {
    pub(crate) incoming: Incoming<'a>,
    pub(crate) coder: IndexCoder,
    pub(crate) lists: ListReader,
    pub(crate) held: HeldLists,
    /// How many entries are known.
    pub(crate) entries: usize,
    /// The only entry, if there is one.
    pub(crate) only: Option<FileEntry>,
}

/// Reads the first list, and with a single entry whatever follows it (`docs/spec/wire-1-session.md` §1.3).
pub(crate) fn open<'a>(
    side: &Side<'_>,
    mut incoming: Incoming<'a>,
    mut lists: ListReader,
    report: &mut Report,
    notes: &Sender<Note>,
) -> Result<Opening<'a>> {
    let first = lists.first(&mut incoming)?;
    let first = arrived(side, first, &lists, report);
    let only = match first.entries.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let mut opening = Opening {
        incoming,
        coder: IndexCoder::new(side.agreement.protocol),
        lists,
        held: HeldLists::default(),
        entries: first.entries.len(),
        only,
    };
    opening.held.push(Arc::clone(&first));
    let _ = notes.send(Note::List(first));
    if !side.agreement.is_incremental() {
        let _ = notes.send(Note::ListsEnd);
    } else if opening.entries == 1 {
        match opening.coder.decode(&mut opening.incoming).map_err(protocol_error)? {
            Index::ListsEnd => {
                let _ = notes.send(Note::ListsEnd);
            }
            Index::List(number) => {
                let list = opening.lists.of_directory(number, &mut opening.incoming)?;
                let list = arrived(side, list, &opening.lists, report);
                opening.entries += list.entries.len();
                opening.held.push(Arc::clone(&list));
                let _ = notes.send(Note::List(list));
            }
            other => return Err(unexpected(other)),
        }
    }
    Ok(opening)
}

/// Where files go to, and what they may come from besides the connection.
pub(crate) struct Surroundings<'a> {
    pub(crate) destination: &'a Destination,
    /// Where what is replaced is kept, if it is.
    pub(crate) backups: Option<Backups<'a>>,
    /// Other directories that may have a file.
    pub(crate) alternates: Option<Arc<Alternates>>,
    /// Files that the sender passes on open, if it is in this process.
    pub(crate) passage: Option<Exit>,
}

/// Reads answers until the sender has nothing more to say.
pub(crate) fn serve(
    side: &Side<'_>,
    opening: Opening<'_>,
    surroundings: Surroundings<'_>,
    notes: Sender<Note>,
    report: &mut Report,
) -> Result<()> {
    let Surroundings { destination, backups, alternates, passage } = surroundings;
    let Opening { incoming, coder, lists, held, .. } = opening;
    let mut receiver = Receiver {
        side,
        incoming,
        coder,
        lists,
        held,
        notes,
        backups,
        alternates,
        places: Places::new(destination),
        finished: Vec::new(),
        failed_before: HashSet::new(),
        tokens: side.token_decoder()?,
        passage,
        report,
    };
    receiver.answers()?;
    receiver.last_words()
}

struct Receiver<'a, 'b> {
    side: &'a Side<'a>,
    incoming: Incoming<'b>,
    coder: IndexCoder,
    lists: ListReader,
    held: HeldLists,
    notes: Sender<Note>,
    backups: Option<Backups<'a>>,
    alternates: Option<Arc<Alternates>>,
    places: Places<'a>,
    /// Files in place that have not been noted.
    finished: Vec<i32>,
    /// Files whose digest was wrong once.
    failed_before: HashSet<i32>,
    tokens: crate::wire::tokens::TokenDecoder,
    passage: Option<Exit>,
    report: &'a mut Report,
}

impl Receiver<'_, '_> {
    fn answers(&mut self) -> Result<()> {
        let mut phase = 0;
        loop {
            if self.finished.len() >= TOGETHER || !self.incoming.has_data() {
                self.note_finished();
            }
            match self.coder.decode(&mut self.incoming).map_err(protocol_error)? {
                Index::Entry(index) => self.answer(index, phase)?,
                Index::Done => {
                    if self.side.agreement.is_incremental() && !self.held.is_empty() {
                        self.side.progress.forget_oldest();
                        if self.held.drop_oldest() {
                            continue;
                        }
                    }
                    phase += 1;
                    self.note(Note::PhaseEnd);
                    if phase >= self.side.agreement.protocol.phases() {
                        return Ok(());
                    }
                }
                Index::List(number) if self.side.agreement.is_incremental() => {
                    let list = self.lists.of_directory(number, &mut self.incoming)?;
                    let list = arrived(self.side, list, &self.lists, self.report);
                    self.held.push(Arc::clone(&list));
                    self.note(Note::List(list));
                }
                Index::ListsEnd if self.side.agreement.is_incremental() => self.note(Note::ListsEnd),
                Index::DeleteCounts => {
                    DeleteCounts::decode(&mut self.incoming).map_err(protocol_error)?;
                }
                other => return Err(unexpected(other)),
            }
        }
    }

    /// Statistics, and the reply to the end of the deletions (`docs/spec/wire-1-session.md` §7.3–7.5).
    fn last_words(&mut self) -> Result<()> {
        if self.side.is_client {
            let stats = ServerStats::decode(self.side.agreement.protocol, &mut self.incoming)
                .map_err(protocol_error)?;
            self.report.list_build_ms = stats.list_build_ms;
            self.report.list_transfer_ms = stats.list_transfer_ms;
            self.side.note_server_stats(stats);
        }
        if self.side.agreement.protocol.has_deletion_phase() {
            loop {
                match self.coder.decode(&mut self.incoming).map_err(protocol_error)? {
                    Index::DeleteCounts => {
                        DeleteCounts::decode(&mut self.incoming).map_err(protocol_error)?;
                    }
                    Index::Done => break,
                    other => return Err(unexpected(other)),
                }
            }
        }
        self.note(Note::LastReply);
        Ok(())
    }

    fn answer(&mut self, index: i32, phase: u8) -> Result<()> {
        let item = Item::decode(self.side.agreement.protocol, &mut self.incoming).map_err(protocol_error)?;
        let list = Arc::clone(self.held.of(index)?);
        let entry = self.held.entry(index)?;
        if !item.flags.has(ItemFlags::TRANSFER) {
            self.tell(entry, &item);
            return Ok(());
        }
        if !entry.is_regular() || index < list.first {
            return Err(Error::new(ErrorKind::Protocol, "content for what is no regular file"));
        }
        if phase >= CONTENT_PHASES {
            return Err(Error::new(ErrorKind::Protocol, "content after the last phase that has any"));
        }
        self.tell(entry, &item);
        if self.side.settings.dry_run {
            self.report.files_transferred += 1;
            self.report.transferred_size = self.report.transferred_size.saturating_add(entry.size);
            self.finished.push(index);
            return Ok(());
        }
        let entry = entry.clone();
        self.receive_file(index, &entry, &item)
    }

    fn tell(&self, entry: &FileEntry, item: &Item) {
        if self.side.is_client {
            self.side.events.send(Event::Changed(Box::new(Change {
                entry: entry.clone(),
                flags: self.side.told_flags(entry, item.flags),
                other_name: item.name.clone(),
                received: true,
            })));
        }
    }

    fn note_finished(&mut self) {
        if !self.finished.is_empty() {
            let _ = self.notes.send(Note::Finished(std::mem::take(&mut self.finished)));
        }
    }

    fn note(&mut self, note: Note) {
        self.note_finished();
        // Without a generator the session is being stopped, and says why elsewhere.
        let _ = self.notes.send(note);
    }
}

/// A list is complete: it is counted, and told to whoever needs to know.
fn arrived(side: &Side<'_>, mut list: FileList, lists: &ListReader, report: &mut Report) -> Arc<FileList> {
    if side.settings.chmod.is_some() {
        for entry in list.directory.iter_mut().chain(&mut list.entries) {
            entry.mode = side.settings.changed_mode(entry.mode);
        }
    }
    side.link.note_io_error(lists.io_error);
    report.list_bytes = lists.bytes;
    count(&list, report);
    side.progress.listed(&list);
    Arc::new(list)
}

pub(crate) fn count(list: &FileList, report: &mut Report) {
    for (position, entry) in list.entries.iter().enumerate() {
        if !list.is_dropped(position) {
            report.listed.add(entry.kind());
            report.total_size = report.total_size.saturating_add(bytes_of(entry));
        }
    }
}

fn unexpected(index: Index) -> Error {
    Error::new(ErrorKind::Protocol, format!("{index:?} where the sender may not say it"))
}
