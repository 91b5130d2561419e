//! What happens in a session, and its report. In: core's [`Event`] and [`Report`]. Out: tuples in the order of the fields of
//! `syncline.events` and `syncline.reports`; names as text with what is not UTF-8 surrogate-escaped.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use pyo3::prelude::*;
use syncline::wire::file_entry::{FileEntry, FileKind};
use syncline::wire::stats::DeleteCounts;
use syncline::{
    Change, Event, Failure, ItemForm, KindCounts, MessageLevel, Progress, Report, TransferProgress,
};

/// The fields of `syncline.Entry`.
pub(crate) type EntryFields = (OsString, &'static str, u64, u32, i128, u32, u32, Option<OsString>);
/// The fields of `syncline.Change`.
pub(crate) type ChangeFields = (EntryFields, String, bool, bool, Option<OsString>);
/// The fields of `syncline.Failure`.
pub(crate) type FailureFields = (OsString, &'static str, Option<i32>, String, &'static str, bool);
/// The fields of `syncline.TransferProgress`.
pub(crate) type ProgressFields = (u64, u64, bool, u64, u64, u64, u64, Option<FileFields>);
/// The fields of `syncline.FileProgress`.
type FileFields = (OsString, u64, u64, u64, bool);
/// The fields of `syncline.Counts`.
type Counts = (u64, u64, u64, u64, u64);
/// Bytes, files and milliseconds in a report.
type Numbers = (u64, u64, u64, u64, u64, u64, u64, u64, u64, u64);
/// The fields of `syncline.Report`: counts of entries; numbers; what was left out; what would be changed; the exit status.
pub(crate) type ReportFields = ((Counts, Counts, Counts), Numbers, Vec<FailureFields>, Vec<ChangeFields>, u8);

/// An event: its name, and the fields of its class.
#[derive(IntoPyObject)]
pub(crate) enum EventFields {
    Listed(&'static str, EntryFields),
    Changed(&'static str, ChangeFields),
    Deleted(&'static str, (OsString, bool)),
    Message(&'static str, (&'static str, OsString)),
    Failed(&'static str, FailureFields),
    Progress(&'static str, ProgressFields),
}

/// `event` as the observer is told of it.
pub(crate) fn event(event: &Event, form: ItemForm) -> Option<EventFields> {
    Some(match event {
        Event::Listed(listed) => EventFields::Listed("listed", entry(listed)),
        Event::Changed(changed) => EventFields::Changed("changed", change(changed, form)),
        Event::Deleted { name, directory } => EventFields::Deleted("deleted", (text(name), *directory)),
        Event::Message { level, text: said } => {
            let level = match level {
                MessageLevel::Info => "info",
                MessageLevel::Warning => "warning",
                MessageLevel::Error => "error",
            };
            EventFields::Message("message", (level, text(said)))
        }
        Event::Failed(failed) => EventFields::Failed("failed", failure(failed)),
        Event::Progress(seen) => EventFields::Progress("progress", progress(seen)),
        _ => return None,
    })
}

pub(crate) fn entry(entry: &FileEntry) -> EntryFields {
    let kind = entry.kind().name();
    let modified = i128::from(entry.modified) * 1_000_000_000 + i128::from(entry.nanoseconds);
    let target = (entry.kind() == FileKind::Symlink).then(|| text(entry.target()));
    (text(&entry.name), kind, entry.size, entry.mode, modified, entry.uid, entry.gid, target)
}

pub(crate) fn progress(seen: &TransferProgress) -> ProgressFields {
    let Progress { bytes_done, bytes_total, total_is_final, .. } = seen.overall;
    let file = seen
        .file
        .as_ref()
        .map(|file| (text(&file.name), file.position, file.bytes_done, file.bytes_total, file.is_complete));
    let (files_done, files_total) = (seen.files_done, seen.files_total);
    let (transferred, bytes) = (seen.files_transferred, seen.transferred_bytes);
    (bytes_done, bytes_total, total_is_final, files_done, files_total, transferred, bytes, file)
}

fn change(change: &Change, form: ItemForm) -> ChangeFields {
    let other = change.other_name.as_deref().map(text);
    (entry(&change.entry), change.itemized(form), change.is_new(), change.transfers_content(), other)
}

fn failure(failure: &Failure) -> FailureFields {
    let Failure { name, action, kind, errno, reason, told } = failure;
    (text(name), action, *errno, reason.clone(), kind.name(), *told)
}

pub(crate) fn report(report: Report, form: ItemForm) -> ReportFields {
    let counts = |counts: KindCounts| {
        (counts.files, counts.directories, counts.symlinks, counts.devices, counts.specials)
    };
    let deleted = |counts: DeleteCounts| {
        let DeleteCounts { files, directories, symlinks, devices, specials } = counts;
        (files.into(), directories.into(), symlinks.into(), devices.into(), specials.into())
    };
    let numbers = (
        report.files_transferred,
        report.total_size,
        report.transferred_size,
        report.literal_bytes,
        report.matched_bytes,
        report.bytes_sent,
        report.bytes_received,
        report.list_bytes,
        report.list_build_ms,
        report.list_transfer_ms,
    );
    (
        (counts(report.listed), counts(report.created), deleted(report.deleted)),
        numbers,
        report.failures.iter().map(failure).collect(),
        report.changes.iter().map(|changed| change(changed, form)).collect(),
        report.exit_status,
    )
}

fn text(bytes: &[u8]) -> OsString {
    OsString::from_vec(bytes.to_vec())
}
