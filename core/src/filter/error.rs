//! What is wrong with filter rules, in rsync's words.

use std::io;

use crate::error::{Error, ErrorKind};

/// Why rules were not accepted.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// A rule is not written as rules are: exit status 1.
    #[error("{what}: {rule}")]
    Syntax {
        /// What is wrong.
        what: String,
        /// The rule, or where it is.
        rule: String,
    },
    /// A file of rules cannot be read: exit status 11.
    #[error("failed to open exclude file {name}: {error}")]
    File {
        /// The name of the file.
        name: String,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
}

impl FilterError {
    pub(super) fn unknown(text: &[u8]) -> FilterError {
        FilterError::about("Unknown filter rule", text)
    }

    pub(super) fn ends(text: &[u8]) -> FilterError {
        FilterError::about("unexpected end of filter rule", text)
    }

    pub(super) fn trailing(text: &[u8]) -> FilterError {
        FilterError::about("'!' rule has trailing characters", text)
    }

    pub(super) fn two_sides(text: &[u8]) -> FilterError {
        FilterError::about("specified-side merge file contains specified-side filter", text)
    }

    pub(super) fn modifier(byte: u8, position: usize, text: &[u8]) -> FilterError {
        let byte = char::from(byte);
        FilterError::about(&format!("invalid modifier '{byte}' at position {position} in filter rule"), text)
    }

    pub(super) fn too_deep(text: &[u8]) -> FilterError {
        FilterError::about("merge files are nested too deeply", text)
    }

    fn about(what: &str, text: &[u8]) -> FilterError {
        FilterError::Syntax { what: what.to_owned(), rule: String::from_utf8_lossy(text).into_owned() }
    }

    /// The same error, about a line of a file.
    pub(super) fn in_file(self, name: &[u8], line: usize) -> FilterError {
        match self {
            FilterError::Syntax { what, .. } => {
                let name = String::from_utf8_lossy(name);
                FilterError::Syntax { what, rule: format!("<rule from {name} line {line}>") }
            }
            other => other,
        }
    }

    /// The exit status rsync gives it.
    pub fn exit_status(&self) -> u8 {
        match self {
            FilterError::Syntax { .. } => 1,
            FilterError::File { .. } => 11,
        }
    }
}

impl From<FilterError> for Error {
    fn from(error: FilterError) -> Error {
        match error {
            FilterError::Syntax { .. } => Error::new(ErrorKind::InvalidArgument, error.to_string()),
            FilterError::File { name, error } => Error::os("open", name.as_ref(), error),
        }
    }
}
