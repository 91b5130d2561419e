//! What a transfer did. In: the library's report. Out: accessors.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use syncline_core::{ItemForm, Report};

use super::change::syncline_change;
use super::event::syncline_failure;
use crate::constants::*;
use crate::guard;

/// What a transfer did.
pub struct syncline_report {
    report: Report,
    failures: Vec<syncline_failure>,
    changes: Vec<syncline_change<'static>>,
}

impl syncline_report {
    pub(crate) fn new(mut report: Report, form: ItemForm) -> syncline_report {
        let failures = std::mem::take(&mut report.failures).into_iter().map(syncline_failure::new).collect();
        let changes = std::mem::take(&mut report.changes);
        let changes = changes.iter().map(|change| syncline_change::of(change, form).into_owned()).collect();
        syncline_report { report, failures, changes }
    }
}

/// One number of a report: `which` is one of `SYNCLINE_TOTAL_…`. 0 for NULL and for numbers that this version does not know.
///
/// # Safety
/// `report` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_total(report: *const syncline_report, which: i32) -> u64 {
    // SAFETY: the caller's promise.
    let Some(report) = unsafe { report.as_ref() }.map(|report| &report.report) else { return 0 };
    guard::value(0, || match which {
        SYNCLINE_TOTAL_ENTRIES => report.listed.total(),
        SYNCLINE_TOTAL_FILES => report.listed.files,
        SYNCLINE_TOTAL_DIRECTORIES => report.listed.directories,
        SYNCLINE_TOTAL_CREATED => report.created.total(),
        SYNCLINE_TOTAL_DELETED => report.deleted.total(),
        SYNCLINE_TOTAL_FILES_TRANSFERRED => report.files_transferred,
        SYNCLINE_TOTAL_SIZE => report.total_size,
        SYNCLINE_TOTAL_TRANSFERRED_SIZE => report.transferred_size,
        SYNCLINE_TOTAL_LITERAL_BYTES => report.literal_bytes,
        SYNCLINE_TOTAL_MATCHED_BYTES => report.matched_bytes,
        SYNCLINE_TOTAL_BYTES_SENT => report.bytes_sent,
        SYNCLINE_TOTAL_BYTES_RECEIVED => report.bytes_received,
        SYNCLINE_TOTAL_LIST_BYTES => report.list_bytes,
        _ => 0,
    })
}

/// rsync's exit status for it: 0, or 23 to 25 if something was left out.
///
/// # Safety
/// `report` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_exit_status(report: *const syncline_report) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { report.as_ref() }.map_or(0, |report| report.report.exit_status.into())
}

/// How many files were not transferred, or not completely.
///
/// # Safety
/// `report` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_failure_count(report: *const syncline_report) -> usize {
    // SAFETY: the caller's promise.
    unsafe { report.as_ref() }.map_or(0, |report| report.failures.len())
}

/// Failure `index`, from 0 up; NULL beyond the last. Lives as long as the report.
///
/// # Safety
/// `report` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_failure(
    report: *const syncline_report,
    index: usize,
) -> *const syncline_failure {
    // SAFETY: the caller's promise.
    let failure = unsafe { report.as_ref() }.and_then(|report| report.failures.get(index));
    failure.map_or(std::ptr::null(), |failure| &raw const *failure)
}

/// How many changes a dry run would make; 0 after a run that made them.
///
/// # Safety
/// `report` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_change_count(report: *const syncline_report) -> usize {
    // SAFETY: the caller's promise.
    unsafe { report.as_ref() }.map_or(0, |report| report.changes.len())
}

/// Change `index` of a dry run, from 0 up; NULL beyond the last. Lives as long as the report.
///
/// # Safety
/// `report` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_change(
    report: *const syncline_report,
    index: usize,
) -> *const syncline_change<'static> {
    // SAFETY: the caller's promise.
    let change = unsafe { report.as_ref() }.and_then(|report| report.changes.get(index));
    change.map_or(std::ptr::null(), |change| &raw const *change)
}

/// Frees a report. NULL is fine.
///
/// # Safety
/// `report` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_report_free(report: *mut syncline_report) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(report) }
}
