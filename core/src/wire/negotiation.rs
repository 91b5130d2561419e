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

/// What an end offers that knows none of the names it was given.
const NOTHING: &str = "INVALID";

/// What a list of names from the environment offers for `end`: those that `known` knows, by the name it gives them, once
/// each. `None` where the list says nothing; nothing that is known is offered as `INVALID`, which no end agrees to (§4.5).
///
/// The part before a `&` is for a client, the part after it for a server.
pub fn offered(
    list: &str,
    end: End,
    known: impl Fn(&str) -> Option<&'static str>,
) -> Option<Vec<&'static str>> {
    let part = match (list.split_once('&'), end) {
        (None, _) => list,
        (Some((client, _)), End::Client) => client,
        (Some((_, server)), End::Server) => server,
    };
    if part.trim().is_empty() {
        return None;
    }
    let mut names = Vec::new();
    for name in part.split_ascii_whitespace().filter_map(known) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.push(NOTHING);
    }
    Some(names)
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
        .filter(|name| !name.eq_ignore_ascii_case(NOTHING))
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
        assert!(choose("checksum", End::Client, &["INVALID"], &owned(&["INVALID"])).is_err());
    }

    #[test]
    fn a_list_of_the_environment_has_a_part_for_each_end() {
        let known = |name: &str| Checksum::from_name(name).map(Checksum::name);
        for (list, client, server) in [
            ("md5 rot13 XXHash md5", Some(vec!["md5", "xxh64"]), Some(vec!["md5", "xxh64"])),
            ("sha1 & blake3", Some(vec!["sha1"]), Some(vec!["blake3"])),
            ("& md4", None, Some(vec!["md4"])),
            ("  ", None, None),
            ("crc8", Some(vec!["INVALID"]), Some(vec!["INVALID"])),
        ] {
            assert_eq!(offered(list, End::Client, known), client, "{list}");
            assert_eq!(offered(list, End::Server, known), server, "{list}");
        }
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
