//! One file from the sender's answer (`docs/spec/wire-3-transfer.md` §9). In: sum header, tokens, digest. Out: the file in
//! its place, or nothing.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Receiver;
use crate::delta::Basis as BasisBytes;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, Failure, MessageLevel};
use crate::session::alternates::last_component;
use crate::session::backup::Keep;
use crate::session::channel::protocol_error;
use crate::session::delta_receive::{self, Broken, NewFile, Received, Request, Update};
use crate::session::notes::Note;
use crate::session::passage::{Passed, is_passed};
use crate::session::settings::Append;
use crate::session::side::Side;
use crate::tree::copy::{self, CopyError};
use crate::tree::{self, Directory, OutputOptions, Status, TemporaryFile};
use crate::wire::block_sums::SumHead;
use crate::wire::file_entry::FileEntry;
use crate::wire::item::{Basis, Item};
use crate::wire::mux::Message;

/// The file that an answer is written to.
struct Output {
    target: Target,
    mode: u32,
}

enum Target {
    /// Takes the place of the old file when it is complete.
    Temporary(TemporaryFile),
    /// The old file itself.
    InPlace(File),
}

impl Output {
    fn file(&self) -> &File {
        match &self.target {
            Target::Temporary(temporary) => temporary.file(),
            Target::InPlace(file) => file,
        }
    }
}

impl Receiver<'_, '_> {
    pub(super) fn receive_file(&mut self, index: i32, entry: &FileEntry, item: &Item) -> Result<()> {
        let digest_length = self.side.agreement.checksum.digest_length();
        let head = SumHead::decode(&mut self.incoming, digest_length).map_err(protocol_error)?;
        self.side.progress.begin(index, entry);
        let output = match self.open_output(entry) {
            Ok(output) => Some(output),
            Err(failure) => {
                self.side.fail(failure);
                None
            }
        };
        let received = match self.passage.as_ref().filter(|_| is_passed(entry, &head)) {
            Some(passage) => {
                let passed = passage.take()?;
                self.side.link.count_read(passed.bytes_saved(self.side.agreement.checksum));
                self.copy(&passed, entry, output.as_ref())
            }
            None => self.rebuild(index, entry, item, head, output.as_ref()),
        };
        let received = match received {
            Ok(received) => received,
            Err(error) => {
                if let Some(output) = output {
                    self.keep_or_discard(entry, output, Some(0));
                }
                return Err(error);
            }
        };
        self.report.literal_bytes += received.literal;
        self.report.matched_bytes += received.matched;
        let Some(output) = output else {
            // Nothing is verified of what is discarded (§9.4).
            self.side.progress.abandon();
            self.note(Note::Failed(index));
            return Ok(());
        };
        if let Some(error) = received.failure {
            self.side.progress.abandon();
            self.keep_or_discard(entry, output, None);
            self.side.fail(Failure::of(&entry.name, "read the old file of", error.kind(), error.to_string()));
            self.note(Note::Failed(index));
            return Ok(());
        }
        if received.is_verified {
            self.back_up(entry)?;
            self.put_in_place(index, entry, output);
            return Ok(());
        }
        self.side.progress.abandon();
        self.keep_or_discard(entry, output, None);
        if self.failed_before.insert(index) {
            self.note(Note::Again(index));
        } else {
            self.side.fail(Failure::of(
                &entry.name,
                "verify",
                ErrorKind::VerificationFailed,
                "failed verification -- update discarded".to_owned(),
            ));
            self.note(Note::Failed(index));
        }
        Ok(())
    }

    /// Puts the content together from tokens.
    fn rebuild(
        &mut self,
        index: i32,
        entry: &FileEntry,
        item: &Item,
        head: SumHead,
        output: Option<&Output>,
    ) -> Result<Received> {
        let basis = self.open_basis(entry, item, &head);
        let settings = self.side.settings;
        let again = self.failed_before.contains(&index);
        let update = match settings.append {
            Append::Plain if !again => Update::Append,
            Append::Verify if !again => Update::AppendVerify,
            _ if settings.in_place && item.basis == Basis::Destination => Update::InPlace,
            _ => Update::Apart,
        };
        let request = Request { head, basis: basis.as_ref().map(|basis| basis as &dyn BasisBytes), update };
        let shape = OutputOptions { sparse: settings.sparse, in_place: settings.in_place };
        let mut writer = output.map(|output| Writer {
            output: tree::Output::new(output.file(), shape),
            side: self.side,
            written: 0,
        });
        let received = delta_receive::receive(
            &mut self.tokens,
            &mut self.incoming,
            &request,
            writer.as_mut().map(|writer| writer as &mut dyn NewFile),
            self.side.agreement.block_summer().file_sum(),
            self.side.agreement.checksum.digest_length(),
        )
        .map_err(|broken| match broken {
            Broken::Peer(error) => protocol_error(error),
            Broken::Output(error) => about(entry, error),
        })?;
        if received.failure.is_none() {
            writer.map_or(Ok(()), Writer::finish).map_err(|error| about(entry, error))?;
        }
        Ok(received)
    }

    /// Copies the content of a file that was passed on. What cannot be read to its end counts as damaged, as elsewhere.
    fn copy(&self, passed: &Passed, entry: &FileEntry, output: Option<&Output>) -> Result<Received> {
        let about = |error| about(entry, error);
        let mut received = Received {
            length: passed.length,
            literal: passed.length,
            matched: 0,
            is_verified: true,
            failure: None,
        };
        let Some(output) = output else { return Ok(received) };
        let link = self.side.link;
        let mut proceed = |position: u64| {
            self.side.progress.reached(position);
            if let Some(follower) = &passed.follower {
                // A sender that has gone has no use for it.
                let _ = follower.send(position);
            }
            if link.was_stopped() { Err(io::Error::other("the session is over")) } else { Ok(()) }
        };
        let copied = match copy::start_of(&passed.file, output.file(), passed.length, &mut proceed) {
            Ok(copied) => copied,
            Err(CopyError::Read(_)) => 0,
            Err(CopyError::Write(_)) if link.was_stopped() => return Err(Error::cancelled()),
            Err(CopyError::Write(error)) => return Err(about(Error::stream("write a file", error))),
        };
        received.is_verified = copied == passed.length;
        if matches!(output.target, Target::InPlace(_)) {
            // What was there may have been longer.
            let cut = output.file().set_len(passed.length);
            cut.map_err(|error| about(Error::stream("write a file", error)))?;
        }
        Ok(received)
    }

    /// The file whose blocks the tokens speak of; none if it cannot be read, which matters only if they do.
    fn open_basis(&mut self, entry: &FileEntry, item: &Item, head: &SumHead) -> Option<OpenFile> {
        let file = match item.basis {
            _ if head.is_empty() => return None,
            Basis::Destination => {
                let (directory, name) = self.places.locate(&entry.name).ok()?;
                directory.open_file(name).ok()?
            }
            Basis::Alternate(number) => {
                let held = self.alternates.as_ref()?.reach(number, &entry.name).ok()?;
                held.open_file(last_component(&entry.name)).ok()?
            }
            _ => return None,
        };
        Directory::status_of(&file).ok().filter(Status::is_regular)?;
        Some(OpenFile(file))
    }

    fn open_output(&mut self, entry: &FileEntry) -> std::result::Result<Output, Failure> {
        let attributes = self.side.attributes;
        let settings = self.side.settings;
        let fail = |error| Failure::os(&entry.name, "create", error);
        let (directory, name) = self.places.locate(&entry.name).map_err(fail)?;
        let existing =
            if settings.permissions { None } else { directory.status_if_present(name).map_err(fail)? };
        let mode = attributes.mode(entry, existing.as_ref());
        let target = if settings.in_place {
            directory.open_in_place(name, 0o600).map(Target::InPlace)
        } else {
            TemporaryFile::create_beside(directory, name, entry.mode).map(Target::Temporary)
        };
        Ok(Output { target: target.map_err(fail)?, mode })
    }

    /// Keeps the file that this one will replace.
    fn back_up(&mut self, entry: &FileEntry) -> Result<()> {
        let Some(backups) = &mut self.backups else { return Ok(()) };
        // A directory that is gone has nothing to keep.
        let Ok((directory, name)) = self.places.locate(&entry.name) else { return Ok(()) };
        match backups.keep(directory, name, &entry.name, Keep::Replaced)? {
            Some(text) if !text.is_empty() && self.side.is_client => {
                self.side.events.send(Event::Message { level: MessageLevel::Info, text });
            }
            Some(text) if !text.is_empty() => self.note(Note::Message(Message::Info(text))),
            _ => {}
        }
        Ok(())
    }

    fn put_in_place(&mut self, index: i32, entry: &FileEntry, output: Output) {
        self.report.files_transferred += 1;
        self.report.transferred_size = self.report.transferred_size.saturating_add(entry.size);
        if let Err(error) = self.side.attributes.set_new(output.file(), entry, output.mode) {
            self.side.fail(Failure::os(&entry.name, "set attributes of", error));
        }
        let renamed = match output.target {
            Target::InPlace(_) => Ok(()),
            Target::Temporary(temporary) => temporary.commit(self.places.name_of(&entry.name)),
        };
        match renamed {
            Ok(()) => {
                self.side.progress.complete();
                self.finished.push(index);
            }
            Err(error) => {
                self.side.progress.abandon();
                self.side.fail(Failure::os(&entry.name, "rename", error));
                self.note(Note::Failed(index));
            }
        }
    }

    /// A file that is not complete: with `--partial` it takes the place of the old one (§9.5, §9.11). `modified` is the time it
    /// gets then; `None` leaves it as it is.
    fn keep_or_discard(&mut self, entry: &FileEntry, output: Output, modified: Option<i64>) {
        let settings = self.side.settings;
        let has_content = Directory::status_of(output.file()).is_ok_and(|status| status.size > 0);
        let Target::Temporary(temporary) = output.target else { return };
        if settings.partial && has_content {
            let time = modified.filter(|_| settings.times).map(|seconds| (seconds, 0));
            let set = Directory::set_mode_of(temporary.file(), output.mode)
                .and_then(|()| Directory::set_times_of(temporary.file(), None, time));
            // If that fails it is discarded, as it is without the option.
            let _ = set.and_then(|()| temporary.commit(self.places.name_of(&entry.name)));
        }
    }
}

/// An error that ends the session at an entry.
fn about(entry: &FileEntry, error: Error) -> Error {
    error.with_path(Path::new(OsStr::from_bytes(&entry.name)))
}

/// The old file, as blocks are taken from it.
struct OpenFile(File);

impl BasisBytes for OpenFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.0.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| Error::stream("read the old file", error)),
            }
        }
    }
}

/// The new file, as it grows for as long as the session goes on.
struct Writer<'a> {
    output: tree::Output<'a>,
    side: &'a Side<'a>,
    /// Bytes of the new file so far.
    written: u64,
}

impl Writer<'_> {
    fn finish(self) -> Result<()> {
        self.output.finish().map(drop).map_err(|error| Error::stream("write a file", error))
    }

    fn advance(&mut self, length: u64) -> Result<()> {
        self.written = self.written.saturating_add(length);
        self.side.progress.reached(self.written);
        Ok(())
    }

    /// A token can stand for gigabytes of blocks; the reason why the session ends is the link's.
    fn is_wanted(&self) -> Result<()> {
        if self.side.link.was_stopped() { Err(Error::cancelled()) } else { Ok(()) }
    }
}

impl NewFile for Writer<'_> {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        self.is_wanted()?;
        self.output.write_all(data).map_err(|error| Error::stream("write a file", error))?;
        self.advance(data.len() as u64)
    }

    fn keep(&mut self, length: u64) -> Result<()> {
        self.is_wanted()?;
        self.output.skip(length).map_err(|error| Error::stream("write a file", error))?;
        self.advance(length)
    }
}
