//! What can be wrong with bytes from the other end.

/// Why bytes could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes end inside a value.
    #[error("the connection ended inside a value")]
    Ended,
    /// A number is outside the bounds that its place allows.
    #[error("{what} {value} is out of range")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// Its value.
        value: i64,
    },
    /// A length is above the limit for its place.
    #[error("{what} of {length} bytes is longer than {limit}")]
    TooLong {
        /// What is that long.
        what: &'static str,
        /// The announced length, in bytes.
        length: u64,
        /// The largest accepted length, in bytes.
        limit: u64,
    },
    /// The bytes break a rule that no peer may break.
    #[error("{0}")]
    Malformed(&'static str),
    /// The frames or the compressed data are damaged (exit status 12 instead of 2).
    #[error("{0}")]
    DamagedStream(&'static str),
    /// A name that this side must not accept: `..`, an absolute path, or the like.
    #[error("unsafe name {:?} in a file list", String::from_utf8_lossy(.0))]
    UnsafeName(Vec<u8>),
    /// The two sides have nothing in common to work with.
    #[error("{0}")]
    NotNegotiated(String),
}

impl WireError {
    /// rsync's exit status for it (`docs/spec/wire-3-transfer.md` §12).
    pub fn exit_status(&self) -> u8 {
        match self {
            WireError::Ended | WireError::DamagedStream(_) => 12,
            WireError::TooLong { what, .. } if what.starts_with("path") => 22,
            WireError::OutOfRange { .. } | WireError::TooLong { .. } | WireError::Malformed(_) => 2,
            WireError::UnsafeName(_) | WireError::NotNegotiated(_) => 4,
        }
    }
}
