//! Transfers as their client runs them.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::{OsString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;

use syncline_core::session::Password;
use syncline_core::transport::Connection;
use syncline_core::{
    CancelToken, DaemonAccess, Endpoint, Error, ErrorKind, ItemForm, Observer, Report, Result, Transfer,
};

use super::event::{Caller, syncline_event_fn};
use super::options::{options_or_default, syncline_options, syncline_strings, text, texts};
use super::report::syncline_report;
use super::stream::{self, syncline_stream_interrupt_fn, syncline_stream_read_fn, syncline_stream_write_fn};
use crate::error::syncline_error;
use crate::guard;
use crate::options::syncline_cancel;

/// One transfer: what goes where, and how. Runs once.
pub struct syncline_transfer {
    transfer: Option<Transfer>,
    watch: Watch,
}

/// Who hears of a session and who stops it.
pub(crate) struct Watch {
    pub(crate) event: syncline_event_fn,
    pub(crate) userdata: *mut c_void,
    pub(crate) cancel: CancelToken,
}

impl Default for Watch {
    fn default() -> Watch {
        Watch { event: None, userdata: std::ptr::null_mut(), cancel: CancelToken::new() }
    }
}

impl Watch {
    pub(crate) fn caller(&self, form: ItemForm) -> Caller {
        Caller { function: self.event, userdata: self.userdata, form }
    }
}

pub(crate) fn used() -> Error {
    Error::new(ErrorKind::InvalidState, "it has run already: make a new one")
}

/// Gives a finished session's report out; one that left something out is an error besides.
///
/// # Safety
/// `out` is null or valid for a write.
pub(crate) unsafe fn deliver(report: Report, form: ItemForm, out: *mut *mut syncline_report) -> Result<()> {
    let error = report.error();
    if !out.is_null() {
        // SAFETY: the caller's promise.
        unsafe { guard::put_handle(out, syncline_report::new(report, form), "out")? };
    }
    error.map_or(Ok(()), Err)
}

impl syncline_transfer {
    fn change(&mut self, change: impl FnOnce(Transfer) -> Result<Transfer>) -> Result<()> {
        let transfer = self.transfer.take().ok_or_else(used)?;
        self.transfer = Some(change(transfer)?);
        Ok(())
    }

    fn run(&mut self, observer: impl FnOnce(&Watch, ItemForm) -> Caller) -> Result<(Report, ItemForm)> {
        let transfer = self.transfer.take().ok_or_else(used)?;
        let form = transfer.item_form();
        let mut observer = observer(&self.watch, form);
        let observer: &mut dyn Observer = &mut observer;
        transfer.cancel(self.watch.cancel.clone()).run(observer).map(|report| (report, form))
    }
}

/// Makes a transfer of the `count` places in `sources` to `destination`: paths, `[user@]host:path`, `[user@]host::module/path` or
/// `rsync://[user@]host[:port]/module/path`, as rsync's arguments are; a local path with a
/// colon before its first slash is written `./a:b`. NULL as the destination only lists the sources. `options` may be NULL; they are copied.
/// `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_new(
    sources: *const *const c_char,
    count: usize,
    destination: *const c_char,
    options: *const syncline_options,
    out: *mut *mut syncline_transfer,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let sources = texts(sources, count, "sources")?;
            let sources = sources.into_iter().map(Endpoint::parse).collect::<Result<Vec<_>>>()?;
            let transfer = if destination.is_null() {
                Transfer::list(sources)
            } else {
                Transfer::new(sources, Endpoint::parse(text(destination, "destination")?)?)
            };
            let transfer = Some(transfer.options(options_or_default(options)));
            guard::put_handle(out, syncline_transfer { transfer, watch: Watch::default() }, "out")
        })
    }
}

/// Sets who hears what happens; a NULL function is nobody. `userdata` is passed to it as it is.
///
/// # Safety
/// `transfer` is a live handle; `event` may be called with `userdata` while the transfer runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_set_observer(
    transfer: *mut syncline_transfer,
    event: syncline_event_fn,
    userdata: *mut c_void,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            let watch = &mut guard::unique(transfer, "transfer")?.watch;
            (watch.event, watch.userdata) = (event, userdata);
            Ok(())
        })
    }
}

/// Sets the flag that stops the transfer, from any thread. The transfer keeps a reference of its own: `cancel` may be freed before it.
///
/// # Safety
/// `transfer` and `cancel` are live handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_set_cancel(
    transfer: *mut syncline_transfer,
    cancel: *const syncline_cancel,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(transfer, "transfer")?.watch.cancel = guard::shared(cancel, "cancel")?.0.clone();
            Ok(())
        })
    }
}

/// Sets the permission bits that new files do not get where permissions are not preserved; 022 unless set. The process's own is never read.
///
/// # Safety
/// `transfer` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_set_umask(transfer: *mut syncline_transfer, umask: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(transfer, "transfer")?.change(|transfer| Ok(transfer.umask(umask & 0o777)))
        })
    }
}

/// Makes ssh fail rather than ask on the terminal for a password or about a host's key.
///
/// # Safety
/// `transfer` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_forbid_prompts(transfer: *mut syncline_transfer) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(transfer, "transfer")?.change(|transfer| Ok(transfer.forbid_prompts()))
        })
    }
}

/// Sets who logs in to a daemon (`rsync://…`, `host::module`), where its address names nobody, and by which password, up to a NUL; both may be
/// NULL. The environment is never read.
///
/// # Safety
/// `transfer` is a live handle; the texts are NULL or end with NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_set_login(
    transfer: *mut syncline_transfer,
    user: *const c_char,
    password: *const c_char,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let mut access = DaemonAccess::default();
            if !user.is_null() {
                access.user = Some(text(user, "user")?.to_string_lossy().into_owned());
            }
            if !password.is_null() {
                access.password = Password::Known(text(password, "password")?.as_bytes().to_vec());
            }
            guard::unique(transfer, "transfer")?.change(|transfer| Ok(transfer.daemon(access)))
        })
    }
}

/// Runs the transfer over a pair of descriptors (which may be the same, if it is a socket) instead of starting a remote shell: one of its two
/// sides is still written `host:path`. Copies of the descriptors are made; the caller closes its own. A server started with
/// `syncline_transfer_server_arguments` is at the other end.
///
/// # Safety
/// `transfer` is a live handle, the descriptors are open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_set_descriptors(
    transfer: *mut syncline_transfer,
    input: c_int,
    output: c_int,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { guard::status(error, || over(transfer, stream::of_descriptors(input, output))) }
}

/// The same over three functions of the caller's, all of which have to be given. `userdata` is passed to them as it is.
///
/// # Safety
/// `transfer` is a live handle; the functions may be called with `userdata`, on any thread, until the transfer has run or is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_set_stream(
    transfer: *mut syncline_transfer,
    read: syncline_stream_read_fn,
    write: syncline_stream_write_fn,
    interrupt: syncline_stream_interrupt_fn,
    userdata: *mut c_void,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe { guard::status(error, || over(transfer, stream::of_functions(read, write, interrupt, userdata))) }
}

/// Sets what a transfer runs over.
///
/// # Safety
/// `transfer` is null or live.
unsafe fn over(transfer: *mut syncline_transfer, connection: Result<Connection>) -> Result<()> {
    // SAFETY: the caller's promise.
    let transfer = unsafe { guard::unique(transfer, "transfer") }?;
    let connection = connection?;
    transfer.change(|transfer| Ok(transfer.over(connection)))
}

/// The arguments that the server at the other end of a caller's stream has to be started with, the program's name not among them. `*out` is a new
/// list.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_server_arguments(
    transfer: *const syncline_transfer,
    out: *mut *mut syncline_strings,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let transfer = guard::shared(transfer, "transfer")?.transfer.as_ref().ok_or_else(used)?;
            let arguments: Vec<OsString> = transfer.server_arguments()?;
            guard::put_handle(out, syncline_strings::new(arguments), "out")
        })
    }
}

/// Runs the transfer to its end. `report` may be NULL. If the session went to its end, `*report` is a new handle; if files were left out
/// on the way, the status then is `SYNCLINE_ERROR_PARTIAL_TRANSFER`, `_SOURCE_VANISHED` or `_DELETE_LIMIT` and `*report` is written all the same, with
/// the files by name. Other errors leave `*report` alone.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_run(
    transfer: *mut syncline_transfer,
    report: *mut *mut syncline_report,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let (done, form) = guard::unique(transfer, "transfer")?.run(Watch::caller)?;
            deliver(done, form, report)
        })
    }
}

/// Frees a transfer that does not run. NULL is fine.
///
/// # Safety
/// `transfer` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_transfer_free(transfer: *mut syncline_transfer) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(transfer) }
}
