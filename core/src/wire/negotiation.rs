//! Names of checksums and compressions, and how two ends agree on one (`docs/spec/wire-1-session.md` §4.5, §10.1).
//! In: both sides' lists. Out: the choice.

use super::error::WireError;
use super::ints::{read_vstring, write_vstring};
use super::limits;
use super::source::Source;

pub use crate::checksum::file_sum::FileSumKind as Checksum;

/// How the token stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// One zstd stream for the session.
    Zstd,
    /// One LZ4 block a record.
    Lz4,
    /// Deflate of the literals.
    Zlibx,
    /// Deflate with the matched data in its history.
    Zlib,
    /// Not at all.
    None,
}

impl Compression {
    /// What a client offers, most wanted first; a server adds `none`.
    pub const OFFERED: &'static [Compression] =
        &[Compression::Zstd, Compression::Lz4, Compression::Zlibx, Compression::Zlib];

    /// Its name on the wire and in options.
    pub fn name(self) -> &'static str {
        match self {
            Compression::Zstd => "zstd",
            Compression::Lz4 => "lz4",
            Compression::Zlibx => "zlibx",
            Compression::Zlib => "zlib",
            Compression::None => "none",
        }
    }

    /// The one of this name, in any case.
    pub fn from_name(name: &str) -> Option<Compression> {
        Self::OFFERED
            .iter()
            .copied()
            .chain([Compression::None])
            .find(|kind| name.eq_ignore_ascii_case(kind.name()))
    }
}

/// Which end of the handshake this side is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It started the session.
    Client,
    /// It was started for the session.
    Server,
}

/// Writes a list of names, as a `vstring` with single spaces.
pub fn encode(names: &[&str], out: &mut Vec<u8>) {
    write_vstring(names.join(" ").as_bytes(), out);
}

/// Reads a list of names.
///
/// # Errors
/// [`WireError::NotNegotiated`] for a list of more than 255 bytes.
pub fn decode(source: &mut (impl Source + ?Sized)) -> Result<Vec<String>, WireError> {
    let list =
        read_vstring(source, "negotiation string", limits::NEGOTIATION).map_err(|error| match error {
            WireError::TooLong { .. } => WireError::NotNegotiated(error.to_string()),
            other => other,
        })?;
    Ok(String::from_utf8_lossy(&list).split_ascii_whitespace().map(str::to_owned).collect())
}

/// The name both sides use, from the two lists.
///
/// The client takes its own first name that the server listed, and so does a server: whatever the version of the other
/// end, that is the client's choice (§10.1).
///
/// # Errors
/// [`WireError::NotNegotiated`] when the lists have nothing in common; `what` says of which kind.
pub fn choose(what: &str, end: End, ours: &[&str], theirs: &[String]) -> Result<String, WireError> {
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let (client, server) = match end {
        End::Client => (ours, theirs.as_slice()),
        End::Server => (theirs.as_slice(), ours),
    };
    client
        .iter()
        .find(|name| server.iter().any(|other| name.eq_ignore_ascii_case(other)))
        .map(|name| (*name).to_owned())
        .ok_or_else(|| {
            WireError::NotNegotiated(format!(
                "failed to negotiate a {what} choice (server list: {}; client list: {})",
                server.join(" "),
                client.join(" ")
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Reader;

    #[test]
    fn the_clients_first_common_name_is_taken_by_both_ends() {
        let client = ["md5", "xxh64"];
        let server = ["xxh128", "xxh64", "md5"];
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(choose("checksum", End::Client, &client, &owned(&server)).unwrap(), "md5");
        assert_eq!(choose("checksum", End::Server, &server, &owned(&client)).unwrap(), "md5");
        assert!(choose("checksum", End::Client, &["sha1"], &owned(&server)).is_err());
    }

    #[test]
    fn the_default_lists_have_the_recorded_bytes() {
        let names: Vec<&str> = Checksum::OFFERED.iter().map(|sum| sum.name()).collect();
        let mut out = Vec::new();
        encode(&names, &mut out);
        assert_eq!(out, b"\x1exxh128 xxh3 xxh64 md5 md4 sha1");
        assert_eq!(decode(&mut Reader::new(&out)).unwrap(), names);
        assert_eq!(Checksum::from_name("XXHash"), Some(Checksum::Xxh64));
        assert_eq!(Compression::from_name("gzip"), None);
    }
}
