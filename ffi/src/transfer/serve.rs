//! The other end of a transfer.

#![expect(non_camel_case_types, reason = "names of the C interface")]

use std::ffi::{OsString, c_char, c_int, c_void};

use syncline_core::transport::Connection;
use syncline_core::{Error, ErrorKind, ItemForm, Result, ServePolicy, serve};

use super::event::syncline_event_fn;
use super::options::texts;
use super::report::syncline_report;
use super::run::{Watch, deliver, used};
use super::stream::{self, syncline_stream_interrupt_fn, syncline_stream_read_fn, syncline_stream_write_fn};
use crate::constants::*;
use crate::error::syncline_error;
use crate::guard;
use crate::options::syncline_cancel;

/// One session as its server. Runs once.
pub struct syncline_serve {
    arguments: Vec<OsString>,
    policy: ServePolicy,
    connection: Option<Connection>,
    watch: Watch,
}

/// Makes a server for one session. `arguments` are the `count` ones that the client starts its server with, without the program's name: `--server`, options,
/// paths. All paths are in the directory `root`, out of which nothing leads; `"/"` for the whole file system. `allow` says what the
/// client may do: `SYNCLINE_ALLOW_…`, added up. `*out` is a new handle.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_new(
    arguments: *const *const c_char,
    count: usize,
    root: *const c_char,
    allow: u32,
    out: *mut *mut syncline_serve,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let known = SYNCLINE_ALLOW_READ | SYNCLINE_ALLOW_WRITE | SYNCLINE_ALLOW_DELETE;
            if allow & !known != 0 {
                let message = format!("{allow:#x} is no sum of SYNCLINE_ALLOW_ constants");
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            let mut policy = ServePolicy::confined(guard::path(root, "root")?);
            policy.read = allow & SYNCLINE_ALLOW_READ != 0;
            policy.write = allow & SYNCLINE_ALLOW_WRITE != 0;
            policy.delete = allow & SYNCLINE_ALLOW_DELETE != 0;
            let arguments = texts(arguments, count, "arguments")?.into_iter().map(OsString::from).collect();
            let handle = syncline_serve { arguments, policy, connection: None, watch: Watch::default() };
            guard::put_handle(out, handle, "out")
        })
    }
}

/// Sets who hears what happens; a NULL function is nobody. `userdata` is passed to it as it is.
///
/// # Safety
/// `serve` is a live handle; `event` may be called with `userdata` while the session runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_set_observer(
    serve: *mut syncline_serve,
    event: syncline_event_fn,
    userdata: *mut c_void,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            let watch = &mut guard::unique(serve, "serve")?.watch;
            (watch.event, watch.userdata) = (event, userdata);
            Ok(())
        })
    }
}

/// Sets the flag that stops the session, from any thread. The server keeps a reference of its own.
///
/// # Safety
/// `serve` and `cancel` are live handles.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_set_cancel(
    serve: *mut syncline_serve,
    cancel: *const syncline_cancel,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(serve, "serve")?.watch.cancel = guard::shared(cancel, "cancel")?.0.clone();
            Ok(())
        })
    }
}

/// Sets the permission bits that new files do not get where permissions are not preserved; 022 unless set.
///
/// # Safety
/// `serve` is a live handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_set_umask(serve: *mut syncline_serve, umask: u32) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(std::ptr::null_mut(), || {
            guard::unique(serve, "serve")?.policy.umask = umask & 0o777;
            Ok(())
        })
    }
}

/// Sets the descriptors that the client is reached by; they may be the same, if it is a socket. Copies are made; the caller closes its own.
///
/// # Safety
/// `serve` is a live handle, the descriptors are open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_set_descriptors(
    serve: *mut syncline_serve,
    input: c_int,
    output: c_int,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            guard::unique(serve, "serve")?.connection = Some(stream::of_descriptors(input, output)?);
            Ok(())
        })
    }
}

/// Sets the functions that the client is reached by, all of which have to be given. `userdata` is passed to them as it is.
///
/// # Safety
/// `serve` is a live handle; the functions may be called with `userdata`, on any thread, until the session has run or the handle is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_set_stream(
    serve: *mut syncline_serve,
    read: syncline_stream_read_fn,
    write: syncline_stream_write_fn,
    interrupt: syncline_stream_interrupt_fn,
    userdata: *mut c_void,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let connection = stream::of_functions(read, write, interrupt, userdata)?;
            guard::unique(serve, "serve")?.connection = Some(connection);
            Ok(())
        })
    }
}

/// Runs the session to its end, over what was set. `report` may be NULL. Statuses and `*report` are as with `syncline_transfer_run`.
///
/// # Safety
/// The pointers are as said; `error` is NULL or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_run(
    serve: *mut syncline_serve,
    report: *mut *mut syncline_report,
    error: *mut *mut syncline_error,
) -> i32 {
    // SAFETY: the caller's promise.
    unsafe {
        guard::status(error, || {
            let done = guard::unique(serve, "serve")?.run()?;
            deliver(done, FORM, report)
        })
    }
}

/// What a server is told of does not go to another host by its own doing.
const FORM: ItemForm = ItemForm { outward: false, times: true };

impl syncline_serve {
    fn run(&mut self) -> Result<syncline_core::Report> {
        let connection = self.connection.take().ok_or_else(used)?;
        let mut observer = self.watch.caller(FORM);
        serve(connection, &self.arguments, &self.policy, &self.watch.cancel, &mut observer)
    }
}

/// Frees a server that does not run. NULL is fine.
///
/// # Safety
/// `serve` is NULL or a live handle, which is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syncline_serve_free(serve: *mut syncline_serve) {
    // SAFETY: the caller's promise.
    unsafe { guard::free(serve) }
}
