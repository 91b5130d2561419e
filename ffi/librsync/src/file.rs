//! The C library's files (docs/spec/librsync.md §11.7). In: names and `FILE` pointers. Out: the same opened, measured, read at an offset.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;

use libc::{FILE, size_t};

use crate::guard::guarded;
use crate::log;
use crate::result::rs_result;
use crate::types::rs_long_t;

unsafe extern "C" {
    static stdin: *mut FILE;
    static stdout: *mut FILE;
    static stderr: *mut FILE;
}

/// The stream `stdin`.
pub(crate) fn standard_input() -> *mut FILE {
    // SAFETY: the C library sets it before any program runs.
    unsafe { stdin }
}

/// The stream `stdout`.
pub(crate) fn standard_output() -> *mut FILE {
    // SAFETY: as above.
    unsafe { stdout }
}

/// The stream `stderr`.
pub(crate) fn standard_error() -> *mut FILE {
    // SAFETY: as above.
    unsafe { stderr }
}

/// What the system says of its last refusal.
pub(crate) fn system_error() -> String {
    let mut text = [0; 256];
    let number = io::Error::last_os_error().raw_os_error().unwrap_or(0);
    // SAFETY: the buffer is as long as it is said to be; the C library ends the text with NUL.
    let shown = unsafe {
        libc::strerror_r(number, text.as_mut_ptr(), text.len());
        CStr::from_ptr(text.as_ptr())
    };
    shown.to_string_lossy().into_owned()
}

/// Opens `name`; null or `-` is standard input or output. A program does not check the outcome: where a file cannot be opened, or exists
/// and is not to be overwritten, the process ends with status 100, as with the original.
///
/// # Safety
/// `name` is null or a string, `mode` a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_file_open(name: *const c_char, mode: *const c_char, force: c_int) -> *mut FILE {
    const FUNCTION: &str = "rs_file_open";
    // SAFETY: the caller's promise.
    let writes = unsafe { CStr::from_ptr(mode) }.to_bytes().starts_with(b"w");
    // SAFETY: the caller's promise.
    let name = (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }).filter(|name| *name != c"-");
    let Some(name) = name else {
        return if writes { standard_output() } else { standard_input() };
    };
    let shown = name.to_string_lossy();
    if writes && force == 0 {
        // SAFETY: both are strings.
        let existing = unsafe { libc::fopen(name.as_ptr(), c"rb".as_ptr()) };
        if !existing.is_null() {
            log::error(FUNCTION, format_args!("File exists \"{shown}\", aborting!"));
            // SAFETY: it was opened here. Ending the process is the interface's answer.
            unsafe {
                libc::fclose(existing);
                libc::exit(rs_result::IO_ERROR.0)
            }
        }
    }
    // SAFETY: both are strings.
    let file = unsafe { libc::fopen(name.as_ptr(), mode) };
    if file.is_null() {
        let (error, purpose) = (system_error(), if writes { "write" } else { "read" });
        log::error(FUNCTION, format_args!("Error opening \"{shown}\" for {purpose}: {error}"));
        // SAFETY: ending the process is the interface's answer.
        unsafe { libc::exit(rs_result::IO_ERROR.0) }
    }
    file
}

/// Closes a file, unless it is standard input or output.
///
/// # Safety
/// `file` is an open file, which the caller gives up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_file_close(file: *mut FILE) -> c_int {
    if file == standard_input() || file == standard_output() {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { libc::fclose(file) }
}

/// The size of a regular file, else -1.
///
/// # Safety
/// `file` is an open file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_file_size(file: *mut FILE) -> rs_long_t {
    let mut found = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the caller promises an open file; the call fills in the structure where it succeeds.
    unsafe {
        if libc::fstat(libc::fileno(file), found.as_mut_ptr()) != 0 {
            return -1;
        }
        let found = found.assume_init();
        if found.st_mode & libc::S_IFMT == libc::S_IFREG { found.st_size } else { -1 }
    }
}

/// Reads up to `*length` bytes of the file from `position` to `*buffer`: the callback of patches.
///
/// # Safety
/// `file` is an open file, `length` valid for reads and writes, `*buffer` for writes of `*length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rs_file_copy_cb(
    file: *mut c_void,
    position: rs_long_t,
    length: *mut size_t,
    buffer: *mut *mut c_void,
) -> rs_result {
    const FUNCTION: &str = "rs_file_copy_cb";
    let file: *mut FILE = file.cast();
    guarded(rs_result::INTERNAL_ERROR, || {
        // SAFETY: the caller's promise.
        let count = unsafe {
            if libc::fseeko(file, position, libc::SEEK_SET) != 0 {
                log::error(FUNCTION, format_args!("seek failed: {}", system_error()));
                return rs_result::IO_ERROR;
            }
            libc::fread(*buffer, 1, *length, file)
        };
        if count == 0 {
            // SAFETY: the caller's promise.
            let (failed, descriptor) = unsafe { (libc::ferror(file) != 0, libc::fileno(file)) };
            if failed {
                log::error(FUNCTION, format_args!("read error: {}", system_error()));
                return rs_result::IO_ERROR;
            }
            log::error(FUNCTION, format_args!("unexpected eof on fd{descriptor}"));
            return rs_result::INPUT_ENDED;
        }
        // SAFETY: the caller's promise.
        unsafe { length.write(count) };
        rs_result::DONE
    })
}
