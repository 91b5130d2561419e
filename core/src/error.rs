//! The one error type at the edge of the library.
//!
//! Inside, small enums say what went wrong in a codec or a builder; here they become an [`Error`]: a
//! stable [`ErrorKind`] that a caller would act on, the path it concerns, and a sentence that says what
//! to do. The C status, the Python exception class, the Node `code` and the exit status are read off
//! the kind.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $id:literal;)*) => {
        /// What went wrong, as a caller would act on it.
        ///
        /// The numbers and the names returned by [`ErrorKind::name`] are stable: they never change
        /// meaning, new ones may be added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        #[non_exhaustive]
        pub enum ErrorKind { $($(#[$doc])* $name = $code,)* }

        impl ErrorKind {
            /// Every kind, in the order of the numbers.
            pub const ALL: &'static [ErrorKind] = &[$(ErrorKind::$name,)*];

            /// The stable upper-case name, for example `NOT_A_SIGNATURE`.
            pub fn name(self) -> &'static str {
                match self { $(ErrorKind::$name => $id,)* }
            }
        }
    };
}

kinds! {
    /// An argument is outside its documented bounds.
    InvalidArgument = 1, "INVALID_ARGUMENT";
    /// The operating system refused an operation for a reason that has no kind of its own.
    Io = 2, "IO";
    /// A file or directory does not exist.
    NotFound = 3, "NOT_FOUND";
    /// The operating system refused access.
    PermissionDenied = 4, "PERMISSION_DENIED";
    /// The output exists and overwriting was not asked for.
    AlreadyExists = 5, "ALREADY_EXISTS";
    /// The disk or the quota is full.
    NoSpace = 6, "NO_SPACE";
    /// The caller asked to stop.
    Cancelled = 7, "CANCELLED";
    /// Memory ran out.
    OutOfMemory = 8, "OUT_OF_MEMORY";
    /// A defect in this library: please report it.
    Internal = 9, "INTERNAL";
    /// A path names a directory, or something else that has no content to work on.
    NotAFile = 10, "NOT_A_FILE";
    /// A handle was used in a state that does not allow the call (for example after `finish`).
    InvalidState = 11, "INVALID_STATE";

    /// The input is no signature of any known format.
    NotASignature = 20, "NOT_A_SIGNATURE";
    /// The input is no delta of any known format.
    NotADelta = 21, "NOT_A_DELTA";
    /// A delta was given where a signature belongs, or the other way round.
    SwappedArguments = 22, "SWAPPED_ARGUMENTS";
    /// The input is of a later version of the format than this library reads.
    UnsupportedVersion = 23, "UNSUPPORTED_VERSION";
    /// The input ends before its format says it does.
    Truncated = 24, "TRUNCATED";
    /// The input breaks the rules of its format.
    Corrupt = 25, "CORRUPT";
    /// A length in the input is over the limit this library accepts.
    LimitExceeded = 26, "LIMIT_EXCEEDED";
    /// The basis is not the file the delta or signature was made from.
    WrongBasis = 27, "WRONG_BASIS";
    /// The result of a patch does not have the checksum that the delta promises.
    VerificationFailed = 28, "VERIFICATION_FAILED";
    /// A file changed while it was being read.
    FileChanged = 29, "FILE_CHANGED";

    /// The other end broke the protocol, or asked for what cannot be.
    Protocol = 40, "PROTOCOL";
    /// The frames or the compressed data from the other end are damaged.
    DamagedStream = 41, "DAMAGED_STREAM";
    /// The connection ended before the session did.
    ConnectionLost = 42, "CONNECTION_LOST";
    /// Nothing was read or written for as long as the timeout.
    Timeout = 43, "TIMEOUT";
    /// The two ends have no way of doing what was asked, or this one refuses to.
    Unsupported = 44, "UNSUPPORTED";
    /// The other end gave up; [`Error::exit_status`] is the one it reported.
    PeerFailed = 45, "PEER_FAILED";
    /// The sources or the destination are not what the request needs.
    FileSelection = 46, "FILE_SELECTION";
    /// Some files or attributes were not transferred.
    PartialTransfer = 47, "PARTIAL_TRANSFER";
    /// Some source files vanished before they could be transferred.
    SourceVanished = 48, "SOURCE_VANISHED";
    /// The limit on deletions stopped some.
    DeleteLimit = 49, "DELETE_LIMIT";
    /// The other end cannot be reached.
    ConnectFailed = 50, "CONNECT_FAILED";
    /// The other end did not answer a connection in time.
    ConnectTimeout = 51, "CONNECT_TIMEOUT";
    /// A daemon does not let this user in, or wants a password that was not given.
    AuthenticationFailed = 52, "AUTHENTICATION_FAILED";
    /// A daemon refused the request.
    Refused = 53, "REFUSED";
}

impl ErrorKind {
    /// The stable number, from 1 up.
    pub fn code(self) -> i32 {
        self as i32
    }

    /// The kind with this number.
    pub fn from_code(code: i32) -> Option<ErrorKind> {
        ErrorKind::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

/// What failed, on which path, and why.
///
/// Displayed, it is one sentence without a full stop that names the object:
/// `cannot open "a/b": No such file or directory (os error 2)`.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    path: Option<PathBuf>,
    peer_message: Option<String>,
    peer_status: Option<u8>,
    is_told: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            path: None,
            peer_message: None,
            peer_status: None,
            is_told: false,
            source: None,
        }))
    }

    /// What the operating system said when `action` (for example `"open"`) was tried on `path`.
    pub fn os(action: &str, path: &Path, error: io::Error) -> Error {
        Error(Box::new(Inner {
            kind: kind_of(&error),
            message: format!("cannot {action} {path:?}"),
            path: Some(path.to_owned()),
            peer_message: None,
            peer_status: None,
            is_told: false,
            source: Some(Box::new(error)),
        }))
    }

    /// What the operating system said when `action` was tried on something that has no path.
    pub fn stream(action: &str, error: io::Error) -> Error {
        let mut wrapped = Error::new(kind_of(&error), format!("cannot {action}"));
        wrapped.0.source = Some(Box::new(error));
        wrapped
    }

    /// The work was stopped by the caller.
    pub fn cancelled() -> Error {
        Error::new(ErrorKind::Cancelled, "cancelled")
    }

    /// The same error, about `path`.
    #[must_use]
    pub fn with_path(mut self, path: &Path) -> Error {
        self.0.path = Some(path.to_owned());
        self
    }

    /// The same error, with the words the other end sent.
    #[must_use]
    pub fn with_peer_message(mut self, words: impl Into<String>) -> Error {
        self.0.peer_message = Some(words.into());
        self
    }

    /// The same error, with the exit status that the other end reported.
    #[must_use]
    pub fn with_peer_status(mut self, status: u8) -> Error {
        self.0.peer_status = Some(status);
        self
    }

    /// The same error of a session with a process that ended with `status` and said `words`: they count where the
    /// connection itself failed.
    #[must_use]
    pub(crate) fn behind(mut self, status: Option<i32>, words: &[u8]) -> Error {
        if !matches!(self.kind(), ErrorKind::ConnectionLost | ErrorKind::Protocol) {
            return self;
        }
        let status = status.filter(|_| self.kind() == ErrorKind::ConnectionLost);
        if let Some(status) = status.and_then(|status| u8::try_from(status).ok()) {
            self.0.peer_status = Some(status.max(self.exit_status()));
        }
        let words = String::from_utf8_lossy(words);
        if self.0.peer_message.is_none() && !words.trim().is_empty() {
            self.0.peer_message = Some(words.trim().to_owned());
        }
        self
    }

    /// The other end has been told, or has told it.
    pub(crate) fn note_told(&mut self) {
        self.0.is_told = true;
    }

    /// The same error, caused by `source`.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.0.source = Some(Box::new(source));
        self
    }

    /// What a caller would act on.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The path it concerns, if it concerns one.
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// What the other end of a transfer said, if it said anything.
    pub fn peer_message(&self) -> Option<&str> {
        self.0.peer_message.as_deref()
    }

    /// Whether the other end has been told, or has told it: whoever is there has seen a text, and need not see another.
    pub fn is_told(&self) -> bool {
        self.0.is_told
    }

    /// rsync's exit status for it (`docs/spec/wire-3-transfer.md` §12): the other end's own, if it reported one.
    pub fn exit_status(&self) -> u8 {
        self.0.peer_status.unwrap_or(match self.kind() {
            ErrorKind::InvalidArgument | ErrorKind::InvalidState => 1,
            ErrorKind::Protocol => 2,
            ErrorKind::FileSelection | ErrorKind::NotAFile => 3,
            ErrorKind::Unsupported => 4,
            ErrorKind::AuthenticationFailed | ErrorKind::Refused => 5,
            ErrorKind::ConnectFailed => 10,
            ErrorKind::ConnectionLost | ErrorKind::DamagedStream | ErrorKind::PeerFailed => 12,
            ErrorKind::Internal => 13,
            ErrorKind::Cancelled => 20,
            ErrorKind::OutOfMemory | ErrorKind::LimitExceeded => 22,
            ErrorKind::PartialTransfer => 23,
            ErrorKind::SourceVanished => 24,
            ErrorKind::DeleteLimit => 25,
            ErrorKind::Timeout => 30,
            ErrorKind::ConnectTimeout => 35,
            _ => 11,
        })
    }

    /// The operating system's error number, if it was the operating system that refused.
    pub fn errno(&self) -> Option<i32> {
        self.0.source.as_ref()?.downcast_ref::<io::Error>()?.raw_os_error()
    }
}

fn kind_of(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        io::ErrorKind::AlreadyExists => ErrorKind::AlreadyExists,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::NoSpace,
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => ErrorKind::NotAFile,
        io::ErrorKind::OutOfMemory => ErrorKind::OutOfMemory,
        io::ErrorKind::UnexpectedEof => ErrorKind::Truncated,
        _ => ErrorKind::Io,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path that the sentence does not name yet goes in front of it.
        if let Some(path) = &self.0.path {
            let quoted = format!("{path:?}");
            if !self.0.message.contains(&quoted) {
                write!(f, "{quoted}: ")?;
            }
        }
        f.write_str(&self.0.message)?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source}")?;
        }
        if let Some(words) = &self.0.peer_message {
            write!(f, " (the other end says: {words})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error {{ {}: {self} }}", self.0.kind.name())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_reversible() {
        for (i, kind) in ErrorKind::ALL.iter().enumerate() {
            assert_eq!(ErrorKind::from_code(kind.code()), Some(*kind));
            assert!(ErrorKind::ALL[..i].iter().all(|other| other.name() != kind.name()));
        }
        assert_eq!(ErrorKind::from_code(0), None);
    }

    #[test]
    fn an_os_error_names_the_path_once_and_keeps_its_number() {
        let error = Error::os("open", Path::new("a/b"), io::Error::from_raw_os_error(2));
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.errno(), Some(2));
        assert_eq!(error.to_string(), "cannot open \"a/b\": No such file or directory (os error 2)");
        let other = Error::new(ErrorKind::NotADelta, "not a delta").with_path(Path::new("x"));
        assert_eq!(other.to_string(), "\"x\": not a delta");
    }
}
