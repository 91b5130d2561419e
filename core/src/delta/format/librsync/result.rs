//! librsync's result codes (docs/spec/librsync.md §11.3). In: errors of the engine. Out: codes, their texts, and remarks in librsync's words.

use std::ffi::CStr;
use std::fmt;

use crate::error::{Error, ErrorKind};

/// A result code. Callbacks of C programs may return any number, so this is no enumeration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct ResultCode(
    /// The number.
    pub i32,
);

impl ResultCode {
    /// Done.
    pub const DONE: ResultCode = ResultCode(0);
    /// More input or more room for output is needed.
    pub const BLOCKED: ResultCode = ResultCode(1);
    /// The system refused to read or write.
    pub const IO_ERROR: ResultCode = ResultCode(100);
    /// The command line is wrong.
    pub const SYNTAX_ERROR: ResultCode = ResultCode(101);
    /// Memory ran out.
    pub const MEM_ERROR: ResultCode = ResultCode(102);
    /// The input ends too early.
    pub const INPUT_ENDED: ResultCode = ResultCode(103);
    /// The input is no signature, or no delta.
    pub const BAD_MAGIC: ResultCode = ResultCode(104);
    /// The input breaks the rules of its format.
    pub const CORRUPT: ResultCode = ResultCode(106);
    /// A defect.
    pub const INTERNAL_ERROR: ResultCode = ResultCode(107);
    /// An argument is out of its bounds.
    pub const PARAM_ERROR: ResultCode = ResultCode(108);

    /// What librsync says of it.
    pub fn text(self) -> &'static CStr {
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

impl From<&Error> for ResultCode {
    fn from(error: &Error) -> ResultCode {
        match error.kind() {
            ErrorKind::Corrupt => ResultCode::CORRUPT,
            ErrorKind::Truncated | ErrorKind::WrongBasis => ResultCode::INPUT_ENDED,
            ErrorKind::NotASignature | ErrorKind::NotADelta | ErrorKind::SwappedArguments => {
                ResultCode::BAD_MAGIC
            }
            ErrorKind::InvalidArgument => ResultCode::PARAM_ERROR,
            ErrorKind::OutOfMemory | ErrorKind::LimitExceeded => ResultCode::MEM_ERROR,
            ErrorKind::Internal | ErrorKind::InvalidState => ResultCode::INTERNAL_ERROR,
            _ => ResultCode::IO_ERROR,
        }
    }
}

/// Something librsync says, and the function by whose name people and programs know the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// For example `rs_sig_args`.
    pub function: &'static str,
    /// The sentence.
    pub text: String,
}

impl Remark {
    pub(crate) fn new(function: &'static str, text: impl fmt::Display) -> Remark {
        Remark { function, text: text.to_string() }
    }
}

/// Why something is not accepted: the code, and what is said beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the call comes to.
    pub code: ResultCode,
    /// What librsync logs, if anything.
    pub remark: Option<Remark>,
}

impl Refusal {
    pub(crate) fn new(code: ResultCode, function: &'static str, text: impl fmt::Display) -> Refusal {
        Refusal { code, remark: Some(Remark::new(function, text)) }
    }
}

impl From<ResultCode> for Refusal {
    fn from(code: ResultCode) -> Refusal {
        Refusal { code, remark: None }
    }
}
