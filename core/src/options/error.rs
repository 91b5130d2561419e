//! What is wrong with options, in rsync's words.

use crate::error::{Error, ErrorKind};

/// Why options were not accepted.
///
/// Displayed, it is one sentence in rsync's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OptionError {
    message: String,
    kind: OptionErrorKind,
    prefixed: bool,
}

/// What a caller would act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionErrorKind {
    /// Unknown options, bad values, combinations that exclude each other: exit status 1.
    Syntax,
    /// An option, or a choice, that exists and is not there to be used: exit status 4.
    Unsupported,
}

impl OptionError {
    pub(crate) fn syntax(message: impl Into<String>) -> OptionError {
        OptionError { message: message.into(), kind: OptionErrorKind::Syntax, prefixed: true }
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> OptionError {
        OptionError { message: message.into(), kind: OptionErrorKind::Unsupported, prefixed: false }
    }

    /// The same error of a server's arguments: the client's user has to see where it is from.
    pub(super) fn on_remote_machine(self) -> OptionError {
        OptionError {
            message: format!("on remote machine: {}", self.message),
            kind: self.kind,
            prefixed: true,
        }
    }

    /// The same error, which rsync prints without its name in front.
    pub(crate) fn bare(mut self) -> OptionError {
        self.prefixed = false;
        self
    }

    /// Whether rsync prints its name in front of it.
    pub fn is_prefixed(&self) -> bool {
        self.prefixed
    }

    /// Whether it is a mistake or something that is not supported.
    pub fn kind(&self) -> OptionErrorKind {
        self.kind
    }

    /// The exit status rsync gives it (`docs/spec/wire-1-session.md` §7.7).
    pub fn exit_status(&self) -> u8 {
        match self.kind {
            OptionErrorKind::Syntax => 1,
            OptionErrorKind::Unsupported => 4,
        }
    }
}

impl From<OptionError> for Error {
    fn from(error: OptionError) -> Error {
        let kind = match error.kind {
            OptionErrorKind::Syntax => ErrorKind::InvalidArgument,
            OptionErrorKind::Unsupported => ErrorKind::Unsupported,
        };
        Error::new(kind, error.message)
    }
}

/// What is wrong with the value of one option; the option's name makes it a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadValue {
    /// No size.
    Invalid,
    TooLarge,
    /// Over the limit named here.
    Over(&'static str),
    /// Under the limit named here.
    Under(&'static str),
    NotANumber,
    OutOfRange,
    /// A whole line that rsync prints without its name in front.
    Unprefixed(String),
    /// A sentence of its own.
    Says(String),
    /// A choice of names that are not known here.
    Unknown(String),
}

impl BadValue {
    pub(super) fn says(message: impl Into<String>) -> BadValue {
        BadValue::Says(message.into())
    }

    /// The error about `value` of the option spelled `name` (`--block-size`, or a short one as it was typed).
    pub(super) fn of(self, name: &str, long: &str, value: &[u8]) -> OptionError {
        let value = String::from_utf8_lossy(value);
        OptionError::syntax(match self {
            BadValue::Invalid => format!("--{long}={value} is invalid"),
            BadValue::TooLarge => format!("--{long}={value} is too large"),
            BadValue::Over(limit) => format!("--{long}={value} is too large (max: {limit})"),
            BadValue::Under(limit) => format!("--{long}={value} is too small (min: {limit})"),
            BadValue::NotANumber => format!("{name}: invalid numeric value"),
            BadValue::OutOfRange => format!("{name}: number too large or too small"),
            BadValue::Says(message) => message,
            BadValue::Unprefixed(message) => return OptionError::syntax(message).bare(),
            BadValue::Unknown(message) => return OptionError::unsupported(message),
        })
    }
}
