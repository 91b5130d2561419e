//! Result codes, which are the engine's own (`ResultCode`). In: a code. Out: its text.

use std::ffi::c_char;

pub use syncline::delta::librsync::ResultCode as rs_result;
use syncline::delta::librsync::{Refusal, Remark};

use crate::log;

/// The code of a refusal, whose remark is logged.
pub(crate) fn refused(refusal: &Refusal) -> rs_result {
    if let Some(Remark { function, text }) = &refusal.remark {
        log::error(function, text);
    }
    refusal.code
}

/// The text of a result code; static.
#[unsafe(no_mangle)]
pub extern "C" fn rs_strerror(result: rs_result) -> *const c_char {
    result.text().as_ptr()
}
