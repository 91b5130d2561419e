//! Result codes (docs/spec/librsync.md §11.3). In: the engine's errors. Out: codes, and their texts.

use std::ffi::{CStr, c_char, c_int};

use syncline::{Error, ErrorKind};

/// A result code. Callbacks may return any number, so this is no enumeration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct rs_result(pub c_int);

impl rs_result {
    pub(crate) const DONE: rs_result = rs_result(0);
    pub(crate) const BLOCKED: rs_result = rs_result(1);
    pub(crate) const IO_ERROR: rs_result = rs_result(100);
    pub(crate) const MEM_ERROR: rs_result = rs_result(102);
    pub(crate) const INPUT_ENDED: rs_result = rs_result(103);
    pub(crate) const BAD_MAGIC: rs_result = rs_result(104);
    pub(crate) const CORRUPT: rs_result = rs_result(106);
    pub(crate) const INTERNAL_ERROR: rs_result = rs_result(107);
    pub(crate) const PARAM_ERROR: rs_result = rs_result(108);

    pub(crate) fn text(self) -> &'static CStr {
        match self.0 {
            0 => c"OK",
            1 => c"blocked waiting for input or output buffers",
            2 => c"still running",
            100 => c"IO error",
            101 => c"bad command line syntax",
            102 => c"out of memory",
            103 => c"unexpected end of input",
            104 => c"bad magic number at start of stream",
            105 => c"unimplemented case",
            106 => c"stream corrupt",
            107 => c"library internal error",
            _ => c"unexplained problem",
        }
    }
}

impl From<&Error> for rs_result {
    fn from(error: &Error) -> rs_result {
        match error.kind() {
            ErrorKind::Corrupt => rs_result::CORRUPT,
            ErrorKind::Truncated => rs_result::INPUT_ENDED,
            ErrorKind::InvalidArgument => rs_result::PARAM_ERROR,
            ErrorKind::OutOfMemory | ErrorKind::LimitExceeded => rs_result::MEM_ERROR,
            _ => rs_result::INTERNAL_ERROR,
        }
    }
}

/// The text of a result code; static.
#[unsafe(no_mangle)]
pub extern "C" fn rs_strerror(result: rs_result) -> *const c_char {
    result.text().as_ptr()
}
