//! Names of users and groups that follow a file list (`docs/spec/wire-2-filelist.md` §1.8). In: bytes. Out: pairs of
//! id and name, and back.

use super::error::WireError;
use super::ints::{read_number, write_number};
use super::limits;
use super::protocol::Protocol;
use super::source::Source;

/// A name of one id on the sending side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdName {
    /// The id there.
    pub id: u32,
    /// Its name there, at most 255 bytes; empty if id 0 has none.
    pub name: Vec<u8>,
}

impl IdName {
    /// Reads a name that follows an id: a length byte and that many bytes.
    ///
    /// # Errors
    /// [`WireError::Ended`] at the end.
    pub fn decode_name(source: &mut (impl Source + ?Sized)) -> Result<Vec<u8>, WireError> {
        let length = source.u8()?;
        source.bytes("user or group name", usize::from(length), 255)
    }

    /// Writes a name after its id; what is beyond 255 bytes is cut.
    pub fn encode_name(name: &[u8], out: &mut Vec<u8>) {
        let length = u8::try_from(name.len()).unwrap_or(u8::MAX);
        out.push(length);
        out.extend(name.iter().take(usize::from(length)));
    }
}

/// Reads one list; `names_zero` says whether a name of id 0 ends it.
///
/// # Errors
/// [`WireError::TooLong`] for a list longer than any system has users.
pub fn decode(
    protocol: Protocol,
    source: &mut (impl Source + ?Sized),
    names_zero: bool,
) -> Result<Vec<IdName>, WireError> {
    let mut names = Vec::new();
    loop {
        let id = read_number(protocol, source)?.cast_unsigned();
        if id == 0 {
            if names_zero {
                let name = IdName::decode_name(source)?;
                names.push(IdName { id, name });
            }
            return Ok(names);
        }
        if names.len() >= limits::ID_LIST {
            return Err(WireError::TooLong {
                what: "id list",
                length: names.len() as u64,
                limit: limits::ID_LIST as u64,
            });
        }
        let name = IdName::decode_name(source)?;
        names.push(IdName { id, name });
    }
}

/// Writes one list: every name but that of id 0, which ends it with `names_zero`.
pub fn encode(protocol: Protocol, names: &[IdName], names_zero: bool, out: &mut Vec<u8>) {
    for IdName { id, name } in names.iter().filter(|entry| entry.id != 0) {
        write_number(protocol, id.cast_signed(), out);
        IdName::encode_name(name, out);
    }
    write_number(protocol, 0, out);
    if names_zero {
        let zero = names.iter().find(|entry| entry.id == 0);
        IdName::encode_name(zero.map_or(&[], |entry| &entry.name), out);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Reader;

    proptest! {
        #[test]
        fn lists_survive_the_wire(
            entries in proptest::collection::vec((1_u32.., proptest::collection::vec(any::<u8>(), 0..300)), 0..8),
            zero in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut names: Vec<IdName> = entries
                .into_iter()
                .map(|(id, mut name)| { name.truncate(255); IdName { id, name } })
                .collect();
            names.push(IdName { id: 0, name: zero });
            let mut out = Vec::new();
            encode(Protocol::NEWEST, &names, true, &mut out);
            prop_assert_eq!(decode(Protocol::NEWEST, &mut Reader::new(&out), true), Ok(names));
        }
    }

    #[test]
    fn without_names_for_zero_the_list_ends_with_a_zero() {
        let mut out = Vec::new();
        encode(Protocol::NEWEST, &[IdName { id: 0, name: b"root".to_vec() }], false, &mut out);
        assert_eq!(out, [0]);
        out.clear();
        encode(Protocol::NEWEST, &[IdName { id: 0, name: b"root".to_vec() }], true, &mut out);
        assert_eq!(out, b"\x00\x04root");
    }
}
