//! What a transfer tells while it runs. In: the library's events. Out: accessors.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::{CString, c_char, c_void};
use std::ops::ControlFlow;

use syncline_core::{Event, Failure, ItemForm, MessageLevel, Observer, TransferProgress};

use super::change::{bytes_out, syncline_change};
use crate::constants::*;
use crate::guard;

/// Something that happened. Lives during the call that it is passed to.
pub struct syncline_event<'a> {
    event: &'a Event,
    change: Option<syncline_change<'a>>,
    failure: Option<syncline_failure>,
}

/// One file that was not transferred, or not completely.
pub struct syncline_failure {
    failure: Failure,
    operation: CString,
    reason: CString,
}

/// Hears what happens. Called on the thread inside the `_run` function that the transfer runs in. Anything but 0 stops the transfer with
/// `SYNCLINE_ERROR_CANCELLED`.
pub type syncline_event_fn =
    Option<unsafe extern "C" fn(userdata: *mut c_void, event: *const syncline_event<'_>) -> i32>;

impl syncline_failure {
    pub(crate) fn new(failure: Failure) -> syncline_failure {
        let string = |text: &str| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default();
        syncline_failure { operation: string(failure.action), reason: string(&failure.reason), failure }
    }
}

/// Passes events to a function of the caller's.
pub(crate) struct Caller {
    pub(crate) function: Option<unsafe extern "C" fn(*mut c_void, *const syncline_event<'_>) -> i32>,
    pub(crate) userdata: *mut c_void,
    pub(crate) form: ItemForm,
}

impl Observer for Caller {
    fn event(&mut self, event: &Event) -> ControlFlow<()> {
        let Some(function) = self.function else { return ControlFlow::Continue(()) };
        let change = match event {
            Event::Listed(entry) => Some(syncline_change::listed(entry)),
            Event::Changed(change) => Some(syncline_change::of(change, self.form)),
            _ => None,
        };
        let failure = match event {
            Event::Failed(failure) => Some(syncline_failure::new(failure.clone())),
            _ => None,
        };
        let event = syncline_event { event, change, failure };
        // SAFETY: whoever set the function promised that it may be called with its userdata.
        match unsafe { function(self.userdata, &raw const event) } {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

/// What happened: one of `SYNCLINE_EVENT_…`; 0 for NULL. Later versions may have others: ignore what you don't know.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_kind(event: *const syncline_event<'_>) -> i32 {
    // SAFETY: the caller's promise.
    guard::value(0, || match unsafe { event.as_ref() }.map(|event| event.event) {
        Some(Event::Listed(_)) => SYNCLINE_EVENT_LISTED,
        Some(Event::Changed(_)) => SYNCLINE_EVENT_CHANGED,
        Some(Event::Deleted { .. }) => SYNCLINE_EVENT_DELETED,
        Some(Event::Message { .. }) => SYNCLINE_EVENT_MESSAGE,
        Some(Event::Failed(_)) => SYNCLINE_EVENT_FAILED,
        Some(Event::Progress(_)) => SYNCLINE_EVENT_PROGRESS,
        Some(_) | None => 0,
    })
}

/// The entry of a LISTED or CHANGED event; NULL for others. Lives as long as the event.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_change<'a>(
    event: *const syncline_event<'a>,
) -> *const syncline_change<'a> {
    // SAFETY: the caller's promise.
    let change = unsafe { event.as_ref() }.and_then(|event| event.change.as_ref());
    change.map_or(std::ptr::null(), |change| &raw const *change)
}

/// The failure of a FAILED event; NULL for others. Lives as long as the event.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_failure(event: *const syncline_event<'_>) -> *const syncline_failure {
    // SAFETY: the caller's promise.
    let failure = unsafe { event.as_ref() }.and_then(|event| event.failure.as_ref());
    failure.map_or(std::ptr::null(), |failure| &raw const *failure)
}

/// The path that a DELETED event is about: `*len` bytes; NULL for others. `len` may be NULL.
///
/// # Safety
/// `event` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_deleted_path(
    event: *const syncline_event<'_>,
    len: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe {
        let path = event.as_ref().and_then(|event| match event.event {
            Event::Deleted { name, .. } => Some(name.as_slice()),
            _ => None,
        });
        bytes_out(path, len)
    }
}

/// Whether a DELETED event is about a directory.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_deleted_directory(event: *const syncline_event<'_>) -> i32 {
    // SAFETY: the caller's promise.
    let event = unsafe { event.as_ref() };
    event.map_or(0, |event| matches!(event.event, Event::Deleted { directory: true, .. }).into())
}

/// The text of a MESSAGE event, as the other end sent it: `*len` bytes, usually a line with its end; NULL for others. `len` may be NULL.
///
/// # Safety
/// `event` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_text(event: *const syncline_event<'_>, len: *mut usize) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe {
        let text = event.as_ref().and_then(|event| match event.event {
            Event::Message { text, .. } => Some(text.as_slice()),
            _ => None,
        });
        bytes_out(text, len)
    }
}

/// How serious a MESSAGE event is: one of `SYNCLINE_LEVEL_…`; 0 for others.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_level(event: *const syncline_event<'_>) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { event.as_ref() }.map_or(0, |event| match event.event {
        Event::Message { level: MessageLevel::Info, .. } => SYNCLINE_LEVEL_INFO,
        Event::Message { level: MessageLevel::Warning, .. } => SYNCLINE_LEVEL_WARNING,
        Event::Message { level: MessageLevel::Error, .. } => SYNCLINE_LEVEL_ERROR,
        _ => 0,
    })
}

/// One value of a PROGRESS event, or its default.
///
/// # Safety
/// `event` is null or live.
unsafe fn progress<'a, T: Default>(
    event: *const syncline_event<'a>,
    of: impl FnOnce(&'a TransferProgress) -> T,
) -> T {
    // SAFETY: the caller's promise.
    match unsafe { event.as_ref() }.map(|event| event.event) {
        Some(Event::Progress(progress)) => of(progress),
        _ => T::default(),
    }
}

/// Bytes of files that are done with, in a PROGRESS event; 0 for others. Never runs backwards, and reaches the total.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_bytes_done(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.overall.bytes_done) }
}

/// Bytes of all files found so far, in a PROGRESS event; 0 for others.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_bytes_total(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.overall.bytes_total) }
}

/// Whether the totals of a PROGRESS event are final: 0 while files are still being found.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_total_is_final(event: *const syncline_event<'_>) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.overall.total_is_final.into()) }
}

/// Entries that are done with, in a PROGRESS event; 0 for others.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_files_done(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.files_done) }
}

/// Entries found so far, in a PROGRESS event; 0 for others.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_files_total(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.files_total) }
}

/// Regular files whose content has been transferred, in a PROGRESS event; 0 for others.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_files_transferred(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.files_transferred) }
}

/// Bytes of those files, and of the current one as far as it has come.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_transferred_bytes(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.transferred_bytes) }
}

/// The path of the file whose content is being transferred, in a PROGRESS event: `*len` bytes; NULL if there is none. `len` may be NULL.
///
/// # Safety
/// `event` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_file_path(
    event: *const syncline_event<'_>,
    len: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe {
        let path = progress(event, |progress| progress.file.as_ref().map(|file| file.name.as_slice()));
        bytes_out(path, len)
    }
}

/// Bytes of that file that are done with; 0 if there is none.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_file_bytes_done(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.file.as_ref().map_or(0, |file| file.bytes_done)) }
}

/// Bytes of that file in all; 0 if there is none.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_file_bytes_total(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.file.as_ref().map_or(0, |file| file.bytes_total)) }
}

/// How many entries of the file lists there are up to that file: 1 for the first, 0 if there is none.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_file_position(event: *const syncline_event<'_>) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.file.as_ref().map_or(0, |file| file.position)) }
}

/// Whether all of that file's content has been transferred.
///
/// # Safety
/// `event` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_event_file_is_complete(event: *const syncline_event<'_>) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { progress(event, |progress| progress.file.as_ref().is_some_and(|file| file.is_complete).into()) }
}

/// The path of the file within the transfer: `*len` bytes; none if the other end told of something that names no file. `len` may be NULL.
///
/// # Safety
/// `failure` is NULL or live; `len` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_failure_path(
    failure: *const syncline_failure,
    len: *mut usize,
) -> *const u8 {
    // SAFETY: the caller's promise.
    unsafe { bytes_out(failure.as_ref().map(|failure| failure.failure.name.as_slice()), len) }
}

/// What was tried, for example `open`. Lives as long as the failure; NULL for NULL.
///
/// # Safety
/// `failure` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_failure_operation(failure: *const syncline_failure) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { failure.as_ref() }.map_or(std::ptr::null(), |failure| failure.operation.as_ptr())
}

/// Why it failed: the system's words, or what the other end told. Lives as long as the failure; NULL for NULL.
///
/// # Safety
/// `failure` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_failure_reason(failure: *const syncline_failure) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { failure.as_ref() }.map_or(std::ptr::null(), |failure| failure.reason.as_ptr())
}

/// What a caller would act on: one of the `SYNCLINE_ERROR_…` constants; 0 for NULL.
///
/// # Safety
/// `failure` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_failure_status(failure: *const syncline_failure) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { failure.as_ref() }.map_or(0, |failure| -failure.failure.kind.code())
}

/// The operating system's error number (`errno`), or 0.
///
/// # Safety
/// `failure` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_failure_errno(failure: *const syncline_failure) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { failure.as_ref() }.and_then(|failure| failure.failure.errno).unwrap_or(0)
}

/// Whether the other end met it and told of it.
///
/// # Safety
/// `failure` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_failure_told(failure: *const syncline_failure) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { failure.as_ref() }.map_or(0, |failure| failure.failure.told.into())
}
