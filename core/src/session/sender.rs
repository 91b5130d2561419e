//! The sending side: lists what it has, then answers requests in the order they come.
//! In: sources, requests with block sums. Out: file lists, items, tokens, digests.

mod bases;
mod content;
mod listing;
mod sources;

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use listing::Listing;
pub(crate) use sources::{Source as SourceArgument, sanitized};

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Change, Event, Failure, MessageLevel, Report, system_words};
use crate::filter::Filters;
use crate::session::channel::{Incoming, protocol_error};
use crate::session::delta_send::WireOutput as _;
use crate::session::names::{self, Names};
use crate::session::notes::Note;
use crate::session::outgoing::Outgoing;
use crate::session::settings::Append;
use crate::session::side::Side;
use crate::wire::block_sums::{BlockSums, SumHead};
use crate::wire::file_entry::FileEntry;
use crate::wire::index::{Index, IndexCoder};
use crate::wire::item::{Item, ItemFlags};
use crate::wire::mux::Message;
use crate::wire::stats::{DeleteCounts, ServerStats};
use crate::wire::tokens::TokenEncoder;

/// Phases in which content is sent.
const CONTENT_PHASES: u8 = 2;
/// I/O error bits (`docs/spec/wire-2-filelist.md` §1.9).
const VANISHED: i32 = 2;
const GENERAL: i32 = 1;

/// Everything a sender does after the handshake and the filter rules.
pub(crate) fn serve(
    side: &Side<'_>,
    outgoing: &RefCell<Outgoing>,
    mut incoming: Incoming<'_>,
    sources: &[PathBuf],
    filters: Arc<Filters>,
    notes: Receiver<Note>,
    report: &mut Report,
) -> Result<()> {
    let mut listing = Listing::new(side, filters)?;
    let relative = side.settings.relative;
    let mut arguments = sources.iter();
    let base = sources.first().map_or(Path::new("."), PathBuf::as_path);
    let listed = |name: Option<Vec<u8>>| match name {
        Some(name) => SourceArgument::listed(base, &name, relative).map(Some),
        None => Ok(None),
    };
    let mut next_source = || match &side.settings.names {
        Names::Arguments => arguments.next().map(|path| SourceArgument::of(path, relative)).transpose(),
        Names::Here(list) => listed(list.next_to_send()?),
        Names::There => listed(names::receive(&mut incoming)?),
    };
    listing.send_first(&mut next_source, outgoing, report)?;
    if listing.is_empty() && !side.is_client {
        // A server with nothing to send closes at once (`docs/spec/wire-1-session.md` §7.2).
        return outgoing.borrow_mut().flush();
    }
    let mut sender = Sender {
        side,
        outgoing,
        incoming,
        requests: IndexCoder::new(side.agreement.protocol),
        listing,
        notes,
        tokens: side.token_encoder()?,
        sent: HashSet::new(),
        io_error_told: side.link.io_error.load(std::sync::atomic::Ordering::Relaxed),
        report,
    };
    sender.answer_requests()?;
    sender.goodbye()
}

struct Sender<'a> {
    side: &'a Side<'a>,
    outgoing: &'a RefCell<Outgoing>,
    incoming: Incoming<'a>,
    requests: IndexCoder,
    listing: Listing<'a>,
    /// Files that have arrived.
    notes: Receiver<Note>,
    tokens: TokenEncoder,
    /// With `--append`, what was sent before: a second request for it is an ordinary one (`wire-3` §2.9).
    sent: HashSet<i32>,
    /// The I/O error bits that the lists have told.
    io_error_told: i32,
    report: &'a mut Report,
}

impl Sender<'_> {
    fn answer_requests(&mut self) -> Result<()> {
        let mut phase = 0;
        loop {
            self.listing.run_ahead(&mut self.outgoing.borrow_mut(), self.report)?;
            let next = self.requests.decode(&mut self.incoming).map_err(protocol_error)?;
            self.remove_arrived()?;
            match next {
                Index::Entry(index) => self.answer(index, phase)?,
                Index::DeleteCounts => self.delete_counts()?,
                Index::Done => {
                    if self.listing.finish_oldest() {
                        self.done()?;
                        continue;
                    }
                    phase += 1;
                    if phase >= self.side.agreement.protocol.phases() {
                        break;
                    }
                    self.done()?;
                }
                other => return Err(unexpected(other)),
            }
        }
        let io_error = self.side.link.io_error.load(std::sync::atomic::Ordering::Relaxed);
        if io_error != self.io_error_told {
            self.outgoing.borrow_mut().message(&Message::IoError(io_error));
        }
        self.done()
    }

    /// Removes sources that have arrived, unless they have changed since (`docs/spec/wire-3-transfer.md` §2.12).
    fn remove_arrived(&mut self) -> Result<()> {
        while let Ok(note) = self.notes.try_recv() {
            let Note::Arrived(index, place) = note else { continue };
            let sent = self.listing.list_of(index)?;
            let entry = sent.list.entry(index).filter(|entry| !entry.is_directory());
            let entry = entry.ok_or_else(|| unknown(index))?;
            match self.listing.remove(&sent, index, entry, place) {
                Ok(()) => {}
                Err(Kept::Changed(why)) => {
                    let text = [b"ERROR: Skipping sender remove ", why.as_bytes(), b": ", &entry.name, b"\n"];
                    let failure = Failure::of(&entry.name, "remove", ErrorKind::Io, why.to_owned());
                    self.tell_failure(failure, text.concat());
                }
                // Gone is gone.
                Err(Kept::Refused(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(Kept::Refused(error)) => {
                    let name = String::from_utf8_lossy(&entry.name);
                    let text =
                        format!("rsync: [sender] sender failed to remove {name}: {}\n", system_words(&error));
                    self.tell_failure(Failure::os(&entry.name, "remove", error), text.into_bytes());
                }
            }
        }
        Ok(())
    }

    fn tell_failure(&self, failure: Failure, text: Vec<u8>) {
        if self.side.is_client {
            self.side.fail(failure);
        } else {
            self.outgoing.borrow_mut().message(&Message::TransferError(text));
        }
    }

    /// Statistics and the last exchange (`docs/spec/wire-1-session.md` §7.3, §7.5).
    fn goodbye(&mut self) -> Result<()> {
        if !self.side.is_client {
            let (read, written) = self.side.link.counts();
            let stats = ServerStats {
                bytes_read: read,
                bytes_written: written,
                total_size: self.report.total_size,
                list_build_ms: self.report.list_build_ms.max(1),
                list_transfer_ms: self.report.list_transfer_ms,
            };
            let mut outgoing = self.outgoing.borrow_mut();
            outgoing.flush()?;
            let (_, written) = self.side.link.counts();
            ServerStats { bytes_written: written, ..stats }
                .encode(self.side.agreement.protocol, outgoing.data());
        }
        self.last_done()?;
        self.remove_arrived()?;
        if self.side.agreement.protocol.has_deletion_phase() {
            self.done()?;
            self.last_done()?;
            self.remove_arrived()?;
        }
        self.side.link.note_goodbye();
        self.outgoing.borrow_mut().flush()
    }

    fn last_done(&mut self) -> Result<()> {
        loop {
            match self.requests.decode(&mut self.incoming).map_err(protocol_error)? {
                Index::DeleteCounts => self.delete_counts()?,
                Index::Done => return Ok(()),
                other => return Err(unexpected(other)),
            }
        }
    }

    /// A server passes them on: the client's receiver has no other way to learn them.
    fn delete_counts(&mut self) -> Result<()> {
        let counts = DeleteCounts::decode(&mut self.incoming).map_err(protocol_error)?;
        if self.side.is_client {
            self.report.deleted = counts;
        } else {
            let mut outgoing = self.outgoing.borrow_mut();
            self.listing.coder().encode(Index::DeleteCounts, outgoing.data());
            counts.encode(outgoing.data());
        }
        Ok(())
    }

    fn answer(&mut self, index: i32, phase: u8) -> Result<()> {
        let protocol = self.side.agreement.protocol;
        let item = Item::decode(protocol, &mut self.incoming).map_err(protocol_error)?;
        if self.listing.is_keep_alive(index, &item) {
            return Ok(());
        }
        let sent = self.listing.request(index)?;
        let entry = sent.list.entry(index).ok_or_else(|| unknown(index))?;
        self.side.progress.reached_entry(&sent.list, index);
        if !item.flags.has(ItemFlags::TRANSFER) {
            self.tell(entry, &item);
            return self.echo(index, &item);
        }
        if !entry.is_regular() || index < sent.list.first {
            return Err(Error::new(
                ErrorKind::Protocol,
                "a request for the content of what is no regular file",
            ));
        }
        if phase >= CONTENT_PHASES {
            return Err(Error::new(ErrorKind::Protocol, "a request after the last phase that has any"));
        }
        if self.side.settings.dry_run {
            self.report.files_transferred += 1;
            self.report.transferred_size = self.report.transferred_size.saturating_add(entry.size);
            self.tell(entry, &item);
            return self.echo(index, &item);
        }
        let digest_length = self.side.agreement.checksum.digest_length();
        let head = SumHead::decode(&mut self.incoming, digest_length).map_err(protocol_error)?;
        let again = self.sent.contains(&index);
        let appends = self.side.settings.append != Append::Never && !again;
        let sums = if appends {
            BlockSums { head, ..BlockSums::default() }
        } else {
            BlockSums::decode(head, &mut self.incoming).map_err(protocol_error)?
        };
        let (file, size) = match self.listing.open(&sent, index) {
            Ok((_, size)) if appends && size < entry.size => return self.pass_over_diminished(index, entry),
            Ok(opened) => opened,
            Err(error) => return self.refuse(index, entry, error),
        };
        self.tell(entry, &item);
        self.echo(index, &item)?;
        sums.head.encode(self.outgoing.borrow_mut().data());
        self.report.files_transferred += 1;
        self.report.transferred_size = self.report.transferred_size.saturating_add(size);
        if self.side.settings.append != Append::Never {
            self.sent.insert(index);
        }
        self.side.progress.begin(index, entry);
        self.send_content(entry, &item, file, size, &sums, again)?;
        self.side.progress.reached_entry(&sent.list, index.saturating_add(1));
        self.side.progress.complete();
        Ok(())
    }

    fn echo(&mut self, index: i32, item: &Item) -> Result<()> {
        let mut outgoing = self.outgoing.borrow_mut();
        self.listing.coder().encode(Index::Entry(index), outgoing.data());
        item.encode(self.side.agreement.protocol, outgoing.data());
        outgoing.checkpoint()
    }

    /// A request that cannot be served (`docs/spec/wire-3-transfer.md` §2.11).
    fn refuse(&mut self, index: i32, entry: &FileEntry, error: std::io::Error) -> Result<()> {
        let mut outgoing = self.outgoing.borrow_mut();
        if error.kind() == std::io::ErrorKind::NotFound {
            tell_vanished(self.side, &mut outgoing, &entry.name, "open", error);
        } else if self.side.is_client {
            self.side.link.note_io_error(GENERAL);
            self.side.events.failed(Failure::os(&entry.name, "open", error));
        } else {
            self.side.link.note_io_error(GENERAL);
            let name = String::from_utf8_lossy(&entry.name);
            let text =
                format!("rsync: [sender] send_files failed to open \"{name}\": {}\n", system_words(&error));
            outgoing.message(&Message::TransferError(text.into_bytes()));
        }
        outgoing.message(&Message::NoSend(index));
        Ok(())
    }

    /// A file that has shrunk has no end to append.
    fn pass_over_diminished(&mut self, index: i32, entry: &FileEntry) -> Result<()> {
        let text = [b"skipped diminished file: \"", &*entry.name, b"\"\n"].concat();
        let mut outgoing = self.outgoing.borrow_mut();
        if self.side.is_client {
            self.side.events.send(Event::Message { level: MessageLevel::Warning, text });
        } else {
            outgoing.message(&Message::Warning(text));
        }
        outgoing.message(&Message::NoSend(index));
        Ok(())
    }

    fn tell(&mut self, entry: &FileEntry, item: &Item) {
        if self.side.is_client {
            if item.flags.has(ItemFlags::NEW) {
                self.report.created.add(entry.kind());
            }
            self.side.events.send(Event::Changed(Box::new(Change {
                entry: entry.clone(),
                flags: self.side.told_flags(entry, item.flags),
                other_name: item.name.clone(),
                received: false,
            })));
        }
    }

    fn done(&mut self) -> Result<()> {
        let mut outgoing = self.outgoing.borrow_mut();
        self.listing.coder().encode(Index::Done, outgoing.data());
        outgoing.checkpoint()
    }
}

/// Something that was there a moment ago is gone: the exit status is 24, not 23 (`docs/spec/wire-3-transfer.md` §12).
fn tell_vanished(
    side: &Side<'_>,
    outgoing: &mut Outgoing,
    name: &[u8],
    action: &'static str,
    error: std::io::Error,
) {
    side.link.note_io_error(VANISHED);
    if side.is_client {
        side.events.failed(Failure::os(name, action, error));
    } else {
        let name = String::from_utf8_lossy(name);
        outgoing.message(&Message::Warning(format!("file has vanished: \"{name}\"\n").into_bytes()));
    }
}

fn unexpected(index: Index) -> Error {
    Error::new(ErrorKind::Protocol, format!("{index:?} where the receiving side may not say it"))
}

fn unknown(index: i32) -> Error {
    Error::new(ErrorKind::Protocol, format!("a request for file {index}, which no list has"))
}

/// Why a source stays.
pub(crate) enum Kept {
    /// It is not what was sent.
    Changed(&'static str),
    /// The system refused.
    Refused(std::io::Error),
}

/// A list that was sent, and where its files are.
pub(crate) struct SentList {
    pub(crate) list: crate::session::file_list::FileList,
    /// For each entry the number of the source it is of; one number if they are all of one.
    bases: Vec<u32>,
}

impl SentList {
    fn base_of(&self, index: i32) -> Option<u32> {
        let position = usize::try_from(index.checked_sub(self.list.first)?).ok()?;
        match self.bases.as_slice() {
            [one] => Some(*one),
            many => many.get(position).copied(),
        }
    }
}

/// The lists that are held, oldest first.
type Held = std::collections::VecDeque<Arc<SentList>>;
