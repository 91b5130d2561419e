//! What a transfer's events look like: rsync's lines, or JSON. In: events. Out: bytes on the console.

use std::io::Write;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use syncline::options::{Info, Options};
use syncline::{Change, Event, ItemForm, MessageLevel, Observer, Progress, Report};

use super::format::{Format, Subject};
use super::names::{HighBytes, printable};
use super::{list, progress, summary};
use crate::console::{Console, Output};
use crate::json::Object;

/// The form of what is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// rsync's.
    Text,
    /// One JSON object a line.
    Json,
}

/// Tells what happens.
pub(super) struct Printer<'a, 'b> {
    options: &'a Options,
    form: Form,
    format: Option<Format>,
    item: ItemForm,
    high: HighBytes,
    output: &'a mut Output<'b>,
    errors: &'a mut dyn Write,
    /// Whether a line of progress stands where the next line is to be.
    progress_shown: bool,
    /// What is not shown yet: the line is written at most once a second.
    progress: Option<Progress>,
    shown_at: Option<Instant>,
    started: Instant,
}

impl<'a, 'b> Printer<'a, 'b> {
    /// Tells what happens under `options`; `item` is the form of item strings.
    pub(super) fn new(
        options: &'a Options,
        form: Form,
        item: ItemForm,
        utf8: bool,
        console: &'a mut Console<'b>,
    ) -> Result<Printer<'a, 'b>, String> {
        let format = options.change_format().map(|text| Format::parse(&text)).transpose()?;
        let high = match (options.eight_bit_output, utf8) {
            (true, _) => HighBytes::Kept,
            (false, true) => HighBytes::Utf8,
            (false, false) => HighBytes::Escaped,
        };
        let (output, errors) = (&mut console.output, &mut *console.errors);
        Ok(Printer {
            options,
            form,
            format,
            item,
            high,
            output,
            errors,
            progress_shown: false,
            progress: None,
            shown_at: None,
            started: Instant::now(),
        })
    }

    pub(super) fn open(&mut self, receiving: bool) {
        if let Some(text) = summary::opening(self.options, receiving)
            && self.form == Form::Text
            && !self.options.quiet
        {
            self.write(text.as_bytes());
        }
    }

    pub(super) fn close(&mut self, report: &Report, seconds: u64) {
        match self.form {
            Form::Text => {
                self.show_progress();
                self.end_progress();
                if !self.options.quiet {
                    let text = summary::closing(self.options, report, seconds);
                    self.write(text.as_bytes());
                }
            }
            Form::Json => {
                let line = Object::new("report")
                    .number("files", report.listed.total())
                    .number("created", report.created.total())
                    .number("deleted", report.deleted.total())
                    .number("files_transferred", report.files_transferred)
                    .number("total_size", report.total_size)
                    .number("transferred_size", report.transferred_size)
                    .number("literal_bytes", report.literal_bytes)
                    .number("matched_bytes", report.matched_bytes)
                    .number("bytes_sent", report.bytes_sent)
                    .number("bytes_received", report.bytes_received)
                    .number("failures", report.failures.len() as u64)
                    .number("exit_status", report.exit_status.into())
                    .line();
                self.write(line.as_bytes());
            }
        }
        self.flush();
    }

    pub(super) fn flush(&mut self) {
        // That nobody reads the output shows at the next write.
        let _ = self.output.flush();
    }

    fn write(&mut self, bytes: &[u8]) {
        let _ = self.output.write_all(bytes);
    }

    fn line(&mut self, text: &[u8]) {
        if self.options.quiet {
            return;
        }
        self.end_progress();
        let mut line = printable(text, self.high);
        line.push(b'\n');
        self.write(&line);
    }

    fn text(&mut self, event: &Event) {
        match event {
            Event::Listed(entry) => {
                let line = list::line(entry, self.options.human_readable, self.options.links);
                self.line(&line);
            }
            Event::Changed(change) if self.is_told(change) => {
                if let Some(format) = &self.format {
                    let line = format.line(&Subject::Change(change, self.item));
                    self.line(&line);
                }
            }
            Event::Deleted { name, directory } => self.deleted(name, *directory),
            Event::Message { level: MessageLevel::Info, text } => {
                let text = text.strip_suffix(b"\n").unwrap_or(text);
                self.line(text);
            }
            Event::Message { text, .. } => {
                let text = printable(text.strip_suffix(b"\n").unwrap_or(text), self.high);
                let _ = self.errors.write_all(&[text.as_slice(), b"\n"].concat());
            }
            Event::Failed(failure) => {
                let name = printable(&failure.name, self.high);
                let start = format!("rsync: {} \"", failure.action);
                let end = format!("\" failed: {}\n", failure.reason);
                let _ = self.errors.write_all(&[start.as_bytes(), &name, end.as_bytes()].concat());
            }
            Event::Progress(progress) => self.progress(progress.overall),
            _ => {}
        }
    }

    /// Whether a change is worth a line (`docs/spec/wire-3-transfer.md` §8.3).
    fn is_told(&self, change: &Change) -> bool {
        use syncline::wire::item::ItemFlags;
        let named = change.other_name.as_ref().is_some_and(|name| !name.is_empty());
        let everything = self.options.itemize_changes > 1 || self.options.info_level(Info::Name) > 1;
        if change.flags.has(ItemFlags::TRANSFER) || named {
            return true;
        }
        if self.format.as_ref().is_some_and(Format::itemizes) {
            return change.flags.is_significant() || everything;
        }
        change.flags.is_significant()
            && (change.flags.has(ItemFlags::LOCAL_CHANGE) || change.entry.is_directory())
    }

    fn deleted(&mut self, name: &[u8], is_directory: bool) {
        let line = match &self.format {
            Some(format) if format.tells_deletions() => {
                format.line(&Subject::Deletion { name, is_directory })
            }
            _ if self.options.info_level(Info::Del) > 0 || self.format.is_some() => {
                [b"deleting ".as_slice(), name, if is_directory { b"/".as_slice() } else { b"" }].concat()
            }
            _ => return,
        };
        self.line(&line);
    }

    /// The whole transfer's progress, on one line that is written over (`docs/spec/wire-1-session.md` §8.6).
    fn progress(&mut self, progress: Progress) {
        if self.options.info_level(Info::Progress) == 0 || self.options.quiet {
            return;
        }
        self.progress = Some(progress);
        if self.shown_at.is_none_or(|at| at.elapsed() >= Duration::from_secs(1)) {
            self.show_progress();
        }
    }

    fn show_progress(&mut self) {
        if let Some(progress) = self.progress.take() {
            let (done, total) = (progress.bytes_done, progress.bytes_total);
            let line = progress::line(done, total, self.started.elapsed(), self.options.human_readable);
            self.write(line.as_bytes());
            self.flush();
            self.shown_at = Some(Instant::now());
            self.progress_shown = true;
        }
    }

    fn end_progress(&mut self) {
        if std::mem::take(&mut self.progress_shown) {
            self.write(b"\n");
        }
    }

    fn json(&mut self, event: &Event) {
        let path = |name: &[u8]| Path::new(std::ffi::OsStr::from_bytes(name)).to_owned();
        let line = match event {
            Event::Listed(entry) => Object::new("listed")
                .path("path", &path(&entry.name))
                .string("permissions", &list::permissions(entry.mode))
                .number("size", entry.size)
                .line(),
            Event::Changed(change) => Object::new("changed")
                .path("path", &path(&change.entry.name))
                .string("item", &change.itemized(self.item))
                .number("size", change.entry.size)
                .line(),
            Event::Deleted { name, directory } => {
                Object::new("deleted").path("path", &path(name)).truth("directory", *directory).line()
            }
            Event::Message { level, text } => Object::new("message")
                .string("level", &format!("{level:?}").to_lowercase())
                .string("text", String::from_utf8_lossy(text).trim_end())
                .line(),
            Event::Failed(failure) => Object::new("failed")
                .path("path", &path(&failure.name))
                .string("action", failure.action)
                .string("kind", failure.kind.name())
                .string("reason", &failure.reason)
                .line(),
            Event::Progress(progress) => Object::new("progress")
                .number("bytes_done", progress.overall.bytes_done)
                .number("bytes_total", progress.overall.bytes_total)
                .truth("total_is_final", progress.overall.total_is_final)
                .number("files_done", progress.files_done)
                .number("files_total", progress.files_total)
                .line(),
            _ => return,
        };
        self.write(line.as_bytes());
    }
}

impl Observer for Printer<'_, '_> {
    fn event(&mut self, event: &Event) -> ControlFlow<()> {
        match self.form {
            Form::Text => self.text(event),
            Form::Json => self.json(event),
        }
        if self.output.broken { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn tick(&mut self) -> ControlFlow<()> {
        self.flush();
        ControlFlow::Continue(())
    }
}
