//! Events and reports as JSON, with the names that every surface has (`tests/vectors/events.tsv`). In: events. Out: lines.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use syncline::wire::file_entry::{FileEntry, FileKind};
use syncline::{Change, Event, Failure, ItemForm, Report, TransferProgress};

use crate::json::Object;

/// The line of an event, if it has one.
pub(super) fn event(event: &Event, form: ItemForm) -> Option<String> {
    Some(match event {
        Event::Listed(listed) => entry(&mut Object::new("listed"), listed).line(),
        Event::Changed(changed) => change(&mut Object::new("changed"), changed, form).line(),
        Event::Deleted { name, directory } => {
            Object::new("deleted").path("path", path(name)).truth("is_directory", *directory).line()
        }
        Event::Message { level, text } => Object::new("message")
            .string("level", &format!("{level:?}").to_lowercase())
            .string("text", String::from_utf8_lossy(text).trim_end())
            .line(),
        Event::Failed(failed) => failure(&mut Object::new("failed"), failed).line(),
        Event::Progress(come) => progress(come),
        _ => return None,
    })
}

/// The last line.
pub(super) fn report(report: &Report, form: ItemForm) -> String {
    let mut object = Object::new("report");
    object
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
        .objects(
            "failures",
            report.failures.iter().map(|one| {
                let mut object = Object::plain();
                failure(&mut object, one);
                object
            }),
        )
        .objects(
            "changes",
            report.changes.iter().map(|one| {
                let mut object = Object::plain();
                change(&mut object, one, form);
                object
            }),
        )
        .number("exit_status", report.exit_status.into());
    object.line()
}

fn path(name: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(name))
}

fn entry<'a>(object: &'a mut Object, entry: &FileEntry) -> &'a mut Object {
    object
        .path("path", path(&entry.name))
        .string("kind", entry.kind().name())
        .number("size", entry.size)
        .number("mode", entry.mode.into())
        .seconds("modified", entry.modified, entry.nanoseconds)
        .number("uid", entry.uid.into())
        .number("gid", entry.gid.into());
    if entry.kind() == FileKind::Symlink {
        object.path("target", path(entry.target()));
    }
    object
}

fn change<'a>(object: &'a mut Object, change: &Change, form: ItemForm) -> &'a mut Object {
    entry(object, &change.entry)
        .string("itemized", &change.itemized(form))
        .truth("is_new", change.is_new())
        .truth("transfers_content", change.transfers_content());
    if let Some(other) = &change.other_name {
        object.path("other_path", path(other));
    }
    object
}

fn failure<'a>(object: &'a mut Object, failure: &Failure) -> &'a mut Object {
    object.path("path", path(&failure.name)).string("operation", failure.action);
    if let Some(number) = failure.errno.and_then(|number| u64::try_from(number).ok()) {
        object.number("errno", number);
    }
    object.string("code", failure.kind.name()).string("reason", &failure.reason).truth("told", failure.told)
}

fn progress(progress: &TransferProgress) -> String {
    let mut object = Object::new("progress");
    object
        .number("bytes_done", progress.overall.bytes_done)
        .number("bytes_total", progress.overall.bytes_total)
        .truth("total_is_final", progress.overall.total_is_final)
        .number("files_done", progress.files_done)
        .number("files_total", progress.files_total)
        .number("files_transferred", progress.files_transferred)
        .number("transferred_bytes", progress.transferred_bytes);
    if let Some(file) = &progress.file {
        let mut inner = Object::plain();
        inner
            .path("path", path(&file.name))
            .number("position", file.position)
            .number("bytes_done", file.bytes_done)
            .number("bytes_total", file.bytes_total)
            .truth("is_complete", file.is_complete);
        object.object("file", &inner);
    }
    object.line()
}
