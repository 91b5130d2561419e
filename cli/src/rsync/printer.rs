//! What a transfer's events look like: rsync's lines, or JSON. In: events. Out: bytes on the console.

use std::ffi::OsStr;
use std::io::Write;
use std::ops::ControlFlow;

use syncline::options::{Buffering, Info, Options, StderrMode};
use syncline::{Change, Event, ItemForm, MessageLevel, Observer, Report, TransferProgress};

use super::format::{Format, Subject};
use super::log::Log;
use super::names::{HighBytes, printable};
use super::progress::{Lines, Scope};
use super::{json_events, list, summary};
use crate::console::{Console, Output};
use crate::progress::Bar;

/// Bytes that are collected before they are written where nobody watches.
const BLOCK: usize = 4096;

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
    /// Text that is not written yet.
    pending: Vec<u8>,
    /// The lines of `--progress`.
    progress: Option<Lines>,
    /// The bar that only the command under its own name has.
    bar: Option<Bar>,
    log: Option<Log>,
    receiving: bool,
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
        let level = options.human_readable;
        let progress = match options.info_level(Info::Progress) {
            _ if options.quiet => None,
            0 => None,
            1 => Some(Lines::new(Scope::EachFile, level)),
            _ => Some(Lines::new(Scope::Whole, level)),
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
            pending: Vec::new(),
            progress,
            bar: None,
            log: None,
            receiving: false,
        })
    }

    /// Shows a bar on the terminal that errors go to, unless something else shows progress or nothing should.
    #[must_use]
    pub(super) fn bar(mut self, wanted: bool) -> Printer<'a, 'b> {
        let options = self.options;
        let silent = options.quiet || options.info != Default::default() || self.progress.is_some();
        self.bar = (wanted && !silent && self.form == Form::Text).then(Bar::new);
        self
    }

    /// Opens the log, if one was asked for. One that cannot be opened is done without.
    pub(super) fn open_log(&mut self, receiving: bool) -> Result<(), String> {
        let Some(path) = &self.options.log_file else { return Ok(()) };
        let text = self.options.log_file_format.as_deref().unwrap_or(OsStr::new("%i %n%L"));
        let format = (!text.is_empty()).then(|| Format::parse(text)).transpose()?;
        match Log::open(path, format) {
            Ok(mut log) => {
                log.add(if receiving { b"receiving file list" } else { b"building file list" });
                self.log = Some(log);
            }
            Err(error) => {
                let reason = error.to_string().replace("(os error ", "(");
                let text = format!("rsync: [client] failed to open log-file {}: {reason}\n", path.display());
                self.error(text.as_bytes());
                self.write(b"Ignoring \"log file\" setting.\n");
            }
        }
        Ok(())
    }

    pub(super) fn open(&mut self, receiving: bool) {
        self.receiving = receiving;
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
                self.end_progress();
                let text = summary::closing(self.options, report, self.receiving, seconds);
                if let Some(log) = &mut self.log {
                    match text.as_str() {
                        "" => log.add(summary::for_log(report).as_bytes()),
                        text => log.add(text.as_bytes()),
                    }
                }
                if !self.options.quiet {
                    self.write(text.as_bytes());
                }
            }
            Form::Json => {
                let line = json_events::report(report, self.item);
                self.write(line.as_bytes());
            }
        }
        self.flush();
    }

    /// Leaves the terminal in order when the run ends early.
    pub(super) fn end_early(&mut self) {
        self.end_progress();
        self.flush();
    }

    /// Tells the log what ended the run.
    pub(super) fn log_end(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            log.add(text.as_bytes());
        }
    }

    pub(super) fn flush(&mut self) {
        self.wipe_bar();
        let text = std::mem::take(&mut self.pending);
        // That nobody reads the output shows at the next write.
        let _ = match self.options.stderr {
            StderrMode::All => self.errors.write_all(&text),
            _ => self.output.write_all(&text).and_then(|()| self.output.flush()),
        };
    }

    fn write(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        let due = match self.options.outbuf {
            Some(Buffering::None) => true,
            Some(Buffering::Line) => bytes.ends_with(b"\n"),
            Some(Buffering::Block) | None => self.pending.len() >= BLOCK,
        };
        if due {
            self.flush();
        }
    }

    fn error(&mut self, text: &[u8]) {
        self.flush();
        let _ = self.errors.write_all(text);
        if let Some(log) = &mut self.log {
            log.add(text);
        }
    }

    fn wipe_bar(&mut self) {
        if let Some(bar) = &mut self.bar {
            bar.wipe(self.errors);
        }
    }

    /// A line that is logged as well.
    fn told_line(&mut self, text: &[u8]) {
        if let Some(log) = &mut self.log {
            log.add(&printable(text, self.high));
        }
        self.line(text);
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
                self.told_line(&line);
            }
            Event::Changed(change) => self.changed(change),
            Event::Deleted { name, directory } => self.deleted(name, *directory),
            Event::Message { level: MessageLevel::Info, text } => {
                let text = text.strip_suffix(b"\n").unwrap_or(text);
                self.told_line(text);
            }
            Event::Message { text, .. } => {
                let text = printable(text.strip_suffix(b"\n").unwrap_or(text), self.high);
                self.error(&[text.as_slice(), b"\n"].concat());
            }
            Event::Failed(failure) => {
                let name = printable(&failure.name, self.high);
                let (start, end) = match (self.receiving, failure.action) {
                    (false, "open") => ("rsync: [sender] send_files failed to open \"".to_owned(), "\": "),
                    (false, action) => (format!("rsync: [sender] {action} \""), "\" failed: "),
                    (true, action) => (format!("rsync: [receiver] {action} \""), "\" failed: "),
                };
                let end = format!("{end}{}\n", failure.reason);
                self.error(&[start.as_bytes(), &name, end.as_bytes()].concat());
            }
            Event::Progress(progress) => self.progress(progress),
            _ => {}
        }
    }

    fn changed(&mut self, change: &Change) {
        if change.transfers_content()
            && let Some(progress) = &mut self.progress
        {
            progress.begin_file();
        }
        let logged = self.log.as_ref().and_then(|log| log.format.as_ref());
        // A dry run logs only what it would make without content.
        if let Some(format) = logged
            && self.is_told(change, format)
            && !(self.options.dry_run && change.transfers_content())
        {
            let line = printable(&format.line(&Subject::Change(change, self.item)), self.high);
            if let Some(log) = &mut self.log {
                log.add(&line);
            }
        }
        if let Some(format) = &self.format
            && self.is_told(change, format)
        {
            let line = format.line(&Subject::Change(change, self.item));
            self.line(&line);
        }
    }

    /// Whether a change is worth a line of the form `format` (`docs/spec/wire-3-transfer.md` §8.3).
    fn is_told(&self, change: &Change, format: &Format) -> bool {
        use syncline::wire::item::ItemFlags;
        let named = change.other_name.as_ref().is_some_and(|name| !name.is_empty());
        let everything = self.options.itemize_changes > 1 || self.options.info_level(Info::Name) > 1;
        if change.flags.has(ItemFlags::TRANSFER) || named {
            return true;
        }
        if format.itemizes() {
            return change.flags.is_significant() || everything;
        }
        change.flags.is_significant()
            && (change.flags.has(ItemFlags::LOCAL_CHANGE) || change.entry.is_directory())
    }

    fn deleted(&mut self, name: &[u8], is_directory: bool) {
        let subject = Subject::Deletion { name, is_directory };
        let plain =
            || [b"deleting ".as_slice(), name, if is_directory { b"/".as_slice() } else { b"" }].concat();
        let form = |format: &Format| if format.tells_deletions() { format.line(&subject) } else { plain() };
        if let Some(log) = &mut self.log
            && let Some(line) = log.format.as_ref().map(form)
        {
            log.add(&printable(&line, self.high));
        }
        let line = match &self.format {
            Some(format) => form(format),
            None if self.options.info_level(Info::Del) > 0 => plain(),
            None => return,
        };
        self.line(&line);
    }

    fn progress(&mut self, progress: &TransferProgress) {
        if let Some(line) = self.progress.as_mut().and_then(|lines| lines.show(progress)) {
            self.write(line.as_bytes());
            self.flush();
        }
        if let Some(bar) = &mut self.bar {
            let files = (progress.files_done, progress.files_total);
            bar.show(progress.overall, Some(files), self.errors);
        }
    }

    fn end_progress(&mut self) {
        if self.progress.as_mut().is_some_and(Lines::take_open) {
            self.write(b"\n");
        }
    }

    fn json(&mut self, event: &Event) {
        if let Some(line) = json_events::event(event, self.item) {
            self.write(line.as_bytes());
        }
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
        if !self.pending.is_empty() && self.options.outbuf != Some(Buffering::Block) {
            self.flush();
        }
        ControlFlow::Continue(())
    }
}
