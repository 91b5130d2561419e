//! File indexes and the control values that share their code (`docs/spec/wire-1-session.md` §2.7). In: bytes, and what
//! was read before. Out: [`Index`], and back.

use super::error::WireError;
use super::protocol::Protocol;
use super::source::Source;

/// `NDX_DONE`, `NDX_FLIST_EOF`, `NDX_DEL_STATS`, `NDX_FLIST_OFFSET` of the specification.
const NDX_DONE: i32 = -1;
const NDX_FLIST_EOF: i32 = -2;
const NDX_DEL_STATS: i32 = -3;
const NDX_FLIST_OFFSET: i32 = -101;

/// What stands where an index is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// The entry with this number.
    Entry(i32),
    /// The end of a file list, of a phase or of the session.
    Done,
    /// There are no further file lists.
    ListsEnd,
    /// Counts of deletions follow.
    DeleteCounts,
    /// The file list of the directory with this number follows.
    List(i32),
}

impl Index {
    fn from_number(number: i32) -> Result<Index, WireError> {
        Ok(match number {
            NDX_DONE => Index::Done,
            NDX_FLIST_EOF => Index::ListsEnd,
            NDX_DEL_STATS => Index::DeleteCounts,
            0.. => Index::Entry(number),
            ..=NDX_FLIST_OFFSET => Index::List(NDX_FLIST_OFFSET - number),
            _ => {
                return Err(WireError::OutOfRange { what: "file index", value: i64::from(number) });
            }
        })
    }

    fn number(self) -> i32 {
        match self {
            Index::Entry(number) => number,
            Index::Done => NDX_DONE,
            Index::ListsEnd => NDX_FLIST_EOF,
            Index::DeleteCounts => NDX_DEL_STATS,
            Index::List(directory) => NDX_FLIST_OFFSET - directory,
        }
    }
}

/// The memory of one direction: indexes are coded as differences, or as plain numbers by old protocols
/// (`docs/spec/wire-4-older-protocols.md` §3).
#[derive(Clone, Debug)]
pub struct IndexCoder {
    plain: bool,
    previous: i64,
    previous_negative: i64,
}

impl IndexCoder {
    /// A coder for one direction of a session of `protocol`.
    pub fn new(protocol: Protocol) -> IndexCoder {
        IndexCoder { plain: !protocol.has_variable_numbers(), previous: -1, previous_negative: 1 }
    }

    /// Reads the next index.
    ///
    /// # Errors
    /// [`WireError::OutOfRange`] for a number that means nothing.
    pub fn decode(&mut self, source: &mut (impl Source + ?Sized)) -> Result<Index, WireError> {
        if self.plain {
            return Index::from_number(source.i32()?);
        }
        let mut first = source.u8()?;
        if first == 0 {
            return Ok(Index::Done);
        }
        let negative = first == 0xff;
        if negative {
            first = source.u8()?;
        }
        let previous = if negative { &mut self.previous_negative } else { &mut self.previous };
        let value = if first == 0xfe {
            let high = source.u8()?;
            let low = source.u8()?;
            if high & 0x80 == 0 {
                i64::from(u16::from_be_bytes([high, low])) + *previous
            } else {
                let middle = source.u8()?;
                let upper = source.u8()?;
                i64::from(i32::from_le_bytes([low, middle, upper, high & 0x7f]))
            }
        } else {
            i64::from(first) + *previous
        };
        let number = i32::try_from(value)
            .ok()
            .filter(|number| *number >= 0)
            .ok_or(WireError::OutOfRange { what: "file index", value })?;
        *previous = value;
        Index::from_number(if negative { -number } else { number })
    }

    /// Writes the next index.
    pub fn encode(&mut self, index: Index, out: &mut Vec<u8>) {
        let number = index.number();
        if self.plain {
            out.extend_from_slice(&number.to_le_bytes());
            return;
        }
        if number == NDX_DONE {
            out.push(0);
            return;
        }
        let value = i64::from(number).abs();
        let previous = if number < 0 {
            out.push(0xff);
            &mut self.previous_negative
        } else {
            &mut self.previous
        };
        let difference = value - *previous;
        *previous = value;
        match difference {
            1..=253 => out.push(difference as u8),
            0 | 254..=0x7fff => {
                let [high, low] = (difference as u16).to_be_bytes();
                out.extend_from_slice(&[0xfe, high, low]);
            }
            _ => {
                let [low, middle, upper, high] = (value as u32).to_le_bytes();
                out.extend_from_slice(&[0xfe, high | 0x80, low, middle, upper]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Reader;

    #[test]
    fn the_worked_sequence_of_the_specification_is_reproduced() {
        let sequence: &[(Index, &[u8])] = &[
            (Index::Entry(0), &[0x01]),
            (Index::Entry(1), &[0x01]),
            (Index::Entry(2), &[0x01]),
            (Index::Entry(255), &[0xfd]),
            (Index::Entry(256), &[0x01]),
            (Index::Entry(510), &[0xfe, 0x00, 0xfe]),
            (Index::Entry(33277), &[0xfe, 0x7f, 0xff]),
            (Index::Entry(66046), &[0xfe, 0x80, 0xfe, 0x01, 0x01]),
            (Index::Entry(5), &[0xfe, 0x80, 0x05, 0x00, 0x00]),
            (Index::Entry(5), &[0xfe, 0x00, 0x00]),
            (Index::Entry(6), &[0x01]),
            (Index::Done, &[0x00]),
            (Index::List(0), &[0xff, 0x64]),
            (Index::List(1), &[0xff, 0x01]),
            (Index::ListsEnd, &[0xff, 0xfe, 0x80, 0x02, 0x00, 0x00]),
            (Index::DeleteCounts, &[0xff, 0x01]),
            (Index::Done, &[0x00]),
            (Index::Entry(0x1000000), &[0xfe, 0x81, 0x00, 0x00, 0x00]),
        ];
        let (mut writer, mut reader) = (IndexCoder::new(Protocol::NEWEST), IndexCoder::new(Protocol::NEWEST));
        for (index, bytes) in sequence {
            let mut out = Vec::new();
            writer.encode(*index, &mut out);
            assert_eq!(out, *bytes, "{index:?}");
            assert_eq!(reader.decode(&mut Reader::new(bytes)), Ok(*index));
        }
    }

    #[test]
    fn old_protocols_have_plain_numbers() {
        let mut coder = IndexCoder::new(Protocol::new(29).unwrap());
        let mut out = Vec::new();
        for index in [Index::Entry(3), Index::Entry(70000), Index::Done] {
            coder.encode(index, &mut out);
        }
        assert_eq!(out, b"\x03\0\0\0\x70\x11\x01\0\xff\xff\xff\xff");
        let mut reader = Reader::new(&out);
        assert_eq!(coder.decode(&mut reader), Ok(Index::Entry(3)));
        assert_eq!(coder.decode(&mut reader), Ok(Index::Entry(70000)));
        assert_eq!(coder.decode(&mut reader), Ok(Index::Done));
    }

    proptest! {
        #[test]
        fn any_sequence_survives(numbers in proptest::collection::vec(any::<i32>(), 0..40)) {
            let indexes: Vec<Index> = numbers
                .into_iter()
                .filter(|number| *number > i32::MIN)
                .filter_map(|number| Index::from_number(number).ok())
                .collect();
            let mut out = Vec::new();
            let mut coder = IndexCoder::new(Protocol::NEWEST);
            for index in &indexes {
                coder.encode(*index, &mut out);
            }
            let mut reader = Reader::new(&out);
            let mut coder = IndexCoder::new(Protocol::NEWEST);
            for index in indexes {
                prop_assert_eq!(coder.decode(&mut reader), Ok(index));
            }
            prop_assert!(reader.rest().is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&bytes);
            let mut coder = IndexCoder::new(Protocol::NEWEST);
            while coder.decode(&mut reader).is_ok() && !reader.rest().is_empty() {}
        }
    }
}
