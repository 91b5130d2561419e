//! Streams that the caller brings: descriptors, or functions. In: what C code has. Out: a [`Connection`].

use std::ffi::{c_int, c_void};
use std::io::{self, Read, Write};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use syncline_core::transport::{Connection, descriptors};
use syncline_core::{Error, ErrorKind, Result};

/// Reads up to `capacity` bytes into `buffer`: how many, 0 at the end of the stream, or a negative errno. It may block; called on a thread of
/// the library, possibly while the other two functions run.
#[expect(non_camel_case_types, reason = "names of the C interface")]
pub type syncline_stream_read_fn =
    Option<unsafe extern "C" fn(userdata: *mut c_void, buffer: *mut u8, capacity: usize) -> isize>;

/// Writes up to `len` bytes of `data`: how many, at least 1, or a negative errno. `len` is 0 once, at the end: nothing more will be written, and the
/// other end should learn it. It may block; called on a thread of the library, possibly while the other two functions run.
#[expect(non_camel_case_types, reason = "names of the C interface")]
pub type syncline_stream_write_fn =
    Option<unsafe extern "C" fn(userdata: *mut c_void, data: *const u8, len: usize) -> isize>;

/// Makes the other two functions return, now and whenever they are called again. Called on any thread, any number of times.
#[expect(non_camel_case_types, reason = "names of the C interface")]
pub type syncline_stream_interrupt_fn = Option<unsafe extern "C" fn(userdata: *mut c_void)>;

/// A connection over copies of two descriptors of the caller's.
///
/// # Safety
/// Both are open.
pub(crate) unsafe fn of_descriptors(input: c_int, output: c_int) -> Result<Connection> {
    let copy = |descriptor: c_int, name: &str| -> Result<OwnedFd> {
        if descriptor < 0 {
            return Err(Error::new(ErrorKind::InvalidArgument, format!("`{name}` is no descriptor")));
        }
        // SAFETY: not -1, and the caller promises that it is open.
        let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
        descriptor.try_clone_to_owned().map_err(|error| Error::stream("copy a descriptor", error))
    };
    descriptors::adopt(copy(input, "input")?, copy(output, "output")?)
}

/// The caller's `userdata`, on threads of the library.
#[derive(Clone, Copy)]
struct Userdata(*mut c_void);

// SAFETY: the interface says that the functions of a stream are called on threads of the library.
unsafe impl Send for Userdata {}
// SAFETY: as above, and at the same time.
unsafe impl Sync for Userdata {}

impl Userdata {
    /// Taken by a method, so that closures capture the whole.
    fn get(self) -> *mut c_void {
        self.0
    }
}

/// A connection over three functions of the caller's.
///
/// # Safety
/// The functions may be called with `userdata` until the session has ended.
pub(crate) unsafe fn of_functions(
    read: syncline_stream_read_fn,
    write: syncline_stream_write_fn,
    interrupt: syncline_stream_interrupt_fn,
    userdata: *mut c_void,
) -> Result<Connection> {
    let missing = |name| crate::guard::null(name);
    let read = read.ok_or_else(|| missing("read"))?;
    let write = write.ok_or_else(|| missing("write"))?;
    let interrupt = interrupt.ok_or_else(|| missing("interrupt"))?;
    let userdata = Userdata(userdata);
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    Ok(Connection {
        reader: Box::new(Input { read, userdata, stopped: Arc::clone(&stopped) }),
        writer: Box::new(Output { write, userdata, stopped }),
        interrupt: Arc::new(move || {
            stop.store(true, Ordering::Release);
            // SAFETY: promised to `of_functions`.
            unsafe { interrupt(userdata.get()) }
        }),
        peer: None,
    })
}

struct Input {
    read: unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> isize,
    userdata: Userdata,
    stopped: Arc<AtomicBool>,
}

struct Output {
    write: unsafe extern "C" fn(*mut c_void, *const u8, usize) -> isize,
    userdata: Userdata,
    stopped: Arc<AtomicBool>,
}

fn check_running(stopped: &AtomicBool) -> io::Result<()> {
    if stopped.load(Ordering::Acquire) {
        return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "interrupted"));
    }
    Ok(())
}

/// What a function's answer to a call for `most` bytes means.
fn answer(count: isize, most: usize) -> io::Result<usize> {
    match usize::try_from(count) {
        Ok(count) if count <= most => Ok(count),
        Ok(_) => Err(io::Error::other("the caller's stream says that it moved more than it was given")),
        Err(_) => {
            let errno = count.checked_neg().and_then(|number| i32::try_from(number).ok());
            Err(errno.map_or_else(|| io::ErrorKind::Other.into(), io::Error::from_raw_os_error))
        }
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        check_running(&self.stopped)?;
        // SAFETY: promised to `of_functions`; the buffer has the length that is said.
        let count = unsafe { (self.read)(self.userdata.get(), into.as_mut_ptr(), into.len()) };
        answer(count, into.len())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        check_running(&self.stopped)?;
        // SAFETY: promised to `of_functions`; the data have the length that is said.
        let count = unsafe { (self.write)(self.userdata.get(), bytes.as_ptr(), bytes.len()) };
        answer(count, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // SAFETY: promised to `of_functions`; no bytes are read of an empty slice.
        unsafe { (self.write)(self.userdata.get(), [].as_ptr(), 0) };
    }
}
