//! Exit statuses. In: an error. Out: the number a script sees, one for each thing it would do next.

use std::process::ExitCode;

use syncline::{Error, ErrorKind};

/// How the command ended. The numbers that rsync also uses mean what they mean there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// Everything that was asked for was done.
    Success = 0,
    /// The command line, or a value on it, is wrong.
    Usage = 1,
    /// A file could not be opened, read or written, or exists already.
    FileIo = 11,
    /// A defect in the program.
    Internal = 13,
    /// Interrupted by a signal.
    Interrupted = 20,
    /// Memory ran out.
    OutOfMemory = 22,
    /// A signature or delta is damaged, of another kind, or of a later version.
    BadInput = 40,
    /// The files do not belong together: wrong basis, a result that fails its check, a file that changed meanwhile.
    Mismatch = 41,
    /// Nobody reads the standard output any more.
    BrokenPipe = 141,
}

impl Status {
    /// Every status, in the order of the numbers.
    pub const ALL: [Status; 9] = [
        Status::Success,
        Status::Usage,
        Status::FileIo,
        Status::Internal,
        Status::Interrupted,
        Status::OutOfMemory,
        Status::BadInput,
        Status::Mismatch,
        Status::BrokenPipe,
    ];

    /// The status that `error` ends the command with.
    pub fn of(error: &Error) -> Status {
        match error.kind() {
            ErrorKind::InvalidArgument => Status::Usage,
            ErrorKind::Internal | ErrorKind::InvalidState => Status::Internal,
            ErrorKind::Cancelled => Status::Interrupted,
            ErrorKind::OutOfMemory => Status::OutOfMemory,
            ErrorKind::NotASignature
            | ErrorKind::NotADelta
            | ErrorKind::SwappedArguments
            | ErrorKind::UnsupportedVersion
            | ErrorKind::Truncated
            | ErrorKind::Corrupt
            | ErrorKind::LimitExceeded => Status::BadInput,
            ErrorKind::WrongBasis | ErrorKind::VerificationFailed | ErrorKind::FileChanged => {
                Status::Mismatch
            }
            _ => Status::FileIo,
        }
    }

    /// The number, from 0 to 255.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// What it means, as the manual says it.
    pub fn meaning(self) -> &'static str {
        match self {
            Status::Success => "Everything that was asked for was done.",
            Status::Usage => "The command line, or a value on it, is wrong.",
            Status::FileIo => "A file could not be opened, read or written, or exists already.",
            Status::Internal => "A defect in the program: please report it.",
            Status::Interrupted => "Interrupted by a signal; nothing was left behind.",
            Status::OutOfMemory => "Memory ran out.",
            Status::BadInput => "A signature or delta is damaged, of another kind, or of a later version.",
            Status::Mismatch => {
                "The files do not belong together: the basis is not the one the delta was made from, the result \
                 fails its check, or a file changed while it was read."
            }
            Status::BrokenPipe => "Nobody reads the standard output any more.",
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> ExitCode {
        ExitCode::from(status.code())
    }
}
