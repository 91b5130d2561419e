//! Extended attributes of an entry, and the values that are asked for later (`docs/spec/wire-2-filelist.md` §6.1). In: bytes. Out:
//! sets of attributes, requests and answers, and back.
//!
//! Equal sets are sent once and have a number from then on: [`XattrDecoder`] and [`XattrEncoder`] live as long as the session.
//! Values above 32 bytes are only described in the list; the receiver asks for those that it does not have.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::error::WireError;
use super::ints::{read_varint, write_varint};
use super::limits;
use super::source::Source;
use crate::checksum::file_sum::{FileSum, FileSumKind};

/// Bytes of a value that the list carries in full.
pub const INLINE_VALUE: usize = 32;

/// Bytes of an MD5 digest.
const MD5: usize = 16;

/// One attribute as a file list has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Xattr {
    /// Its name with its namespace, without a NUL; never empty.
    pub name: Box<[u8]>,
    /// Its value, or what is known of it.
    pub value: XattrValue,
}

/// A value as a file list has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum XattrValue {
    /// All of it: at most [`INLINE_VALUE`] bytes.
    Inline(Box<[u8]>),
    /// A longer one.
    Abbreviated {
        /// Bytes in it.
        length: u32,
        /// Its MD5, without a seed.
        md5: [u8; MD5],
    },
}

impl XattrValue {
    /// What the list says of `value`. A length above 2^32 - 1 bytes, which no file system has, is taken for that.
    pub fn of(value: &[u8]) -> XattrValue {
        if value.len() <= INLINE_VALUE {
            return XattrValue::Inline(value.into());
        }
        let mut sum = FileSum::new(FileSumKind::Md5);
        sum.update(value);
        let mut md5 = [0; MD5];
        md5.iter_mut().zip(sum.finish()).for_each(|(own, byte)| *own = byte);
        XattrValue::Abbreviated { length: u32::try_from(value.len()).unwrap_or(u32::MAX), md5 }
    }

    /// Whether only its length and digest are known.
    pub fn is_abbreviated(&self) -> bool {
        matches!(self, XattrValue::Abbreviated { .. })
    }
}

/// The attributes of an entry, in the order of the wire, where the first has number 1.
pub type XattrSet = Arc<[Xattr]>;

/// Reads the sets of all entries of a direction.
#[derive(Clone, Debug, Default)]
pub struct XattrDecoder {
    sets: Vec<XattrSet>,
}

impl XattrDecoder {
    /// Reads one entry's record: the number of its set, from 1, and the set.
    ///
    /// # Errors
    /// A [`WireError`] for everything that §1.10 refuses.
    pub fn decode(&mut self, source: &mut (impl Source + ?Sized)) -> Result<(u32, XattrSet), WireError> {
        let number = read_varint(source)?;
        if number != 0 {
            let set = usize::try_from(number).ok().and_then(|number| self.sets.get(number - 1));
            let set = set.ok_or(WireError::DamagedStream("a set of attributes that was not sent"))?;
            return Ok((number.unsigned_abs(), Arc::clone(set)));
        }
        let set = decode_set(source)?;
        self.sets.push(Arc::clone(&set));
        Ok((u32::try_from(self.sets.len()).unwrap_or(u32::MAX), set))
    }
}

fn decode_set(source: &mut (impl Source + ?Sized)) -> Result<XattrSet, WireError> {
    let count = bounded(source, "number of attributes", 0, limits::XATTRS)?;
    let mut set = Vec::new();
    let mut total = 0_usize;
    for _ in 0..count {
        let name_length = bounded(source, "length of an attribute's name", 1, limits::XATTR_NAME)?;
        let length = bounded(source, "length of an attribute's value", 0, limits::XATTR_VALUE)?;
        total = total.saturating_add(name_length).saturating_add(length);
        if total > limits::XATTR_SET {
            return Err(WireError::TooLong {
                what: "set of attributes",
                length: total as u64,
                limit: limits::XATTR_SET as u64,
            });
        }
        let mut name = source.bytes("attribute's name", name_length, limits::XATTR_NAME)?;
        if name.pop() != Some(0) || name.is_empty() || name.contains(&0) {
            return Err(WireError::Malformed("an attribute's name does not end where it says"));
        }
        let value = if length > INLINE_VALUE {
            let mut md5 = [0; MD5];
            source.fill(&mut md5)?;
            XattrValue::Abbreviated { length: u32::try_from(length).unwrap_or(u32::MAX), md5 }
        } else {
            XattrValue::Inline(source.bytes("attribute's value", length, INLINE_VALUE)?.into())
        };
        set.push(Xattr { name: name.into(), value });
    }
    Ok(set.into())
}

/// A `varint` within bounds.
fn bounded(
    source: &mut (impl Source + ?Sized),
    what: &'static str,
    lowest: usize,
    highest: usize,
) -> Result<usize, WireError> {
    let value = read_varint(source)?;
    usize::try_from(value)
        .ok()
        .filter(|value| (lowest..=highest).contains(value))
        .ok_or(WireError::OutOfRange { what, value: value.into() })
}

/// Writes the sets of all entries of a direction, each once.
#[derive(Clone, Debug, Default)]
pub struct XattrEncoder {
    numbers: HashMap<XattrSet, i32>,
}

impl XattrEncoder {
    /// Writes one entry's record and says what number its set has. Attributes are sorted by name by the caller.
    pub fn encode(&mut self, set: &XattrSet, out: &mut Vec<u8>) -> u32 {
        if let Some(&number) = self.numbers.get(set) {
            write_varint(number, out);
            return number.unsigned_abs();
        }
        write_varint(0, out);
        write_length(set.len(), out);
        for Xattr { name, value } in set.iter() {
            write_length(name.len() + 1, out);
            match value {
                XattrValue::Inline(value) => write_length(value.len(), out),
                XattrValue::Abbreviated { length, .. } => write_varint(length.cast_signed(), out),
            }
            out.extend_from_slice(name);
            out.push(0);
            match value {
                XattrValue::Inline(value) => out.extend_from_slice(value),
                XattrValue::Abbreviated { md5, .. } => out.extend_from_slice(md5),
            }
        }
        let number = i32::try_from(self.numbers.len() + 1).unwrap_or(i32::MAX);
        self.numbers.insert(Arc::clone(set), number);
        number.unsigned_abs()
    }
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    write_varint(i32::try_from(length).unwrap_or(i32::MAX), out);
}

/// Which values have been asked for: each may be once for a set (§6.1.4).
#[derive(Clone, Debug, Default)]
pub struct XattrRequests {
    asked: HashSet<(u32, u32)>,
}

impl XattrRequests {
    /// Writes a request for the values with these numbers.
    pub fn encode(numbers: &[u32], out: &mut Vec<u8>) {
        let mut previous = 0;
        for &number in numbers {
            write_varint(number.wrapping_sub(previous).cast_signed(), out);
            previous = number;
        }
        out.push(0);
    }

    /// Reads a request for values of `set`, which has the number `set_number`.
    ///
    /// # Errors
    /// [`WireError::Malformed`] for a value that is not abbreviated or was asked for before.
    pub fn decode(
        &mut self,
        source: &mut (impl Source + ?Sized),
        set_number: u32,
        set: &[Xattr],
    ) -> Result<Vec<u32>, WireError> {
        let mut numbers = Vec::new();
        let mut previous = 0;
        while let Some(number) = next_number(source, &mut previous, set)? {
            if !self.asked.insert((set_number, number)) {
                return Err(WireError::Malformed("an attribute's value is asked for twice"));
            }
            numbers.push(number);
        }
        Ok(numbers)
    }
}

/// Writes the answer to a request: numbers and values in the order of the request.
pub fn encode_answer<'a>(values: impl IntoIterator<Item = (u32, &'a [u8])>, out: &mut Vec<u8>) {
    let mut previous = 0;
    for (number, value) in values {
        write_varint(number.wrapping_sub(previous).cast_signed(), out);
        write_length(value.len(), out);
        out.extend_from_slice(value);
        previous = number;
    }
    out.push(0);
}

/// Reads an answer about `set`: numbers and values; a value that could not be read any more is empty.
///
/// # Errors
/// [`WireError::Malformed`] for a value that cannot have been asked for, [`WireError::OutOfRange`] and [`WireError::TooLong`] above the
/// limits of §1.10.
pub fn decode_answer(
    source: &mut (impl Source + ?Sized),
    set: &[Xattr],
) -> Result<Vec<(u32, Vec<u8>)>, WireError> {
    let mut values: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut seen = HashSet::new();
    let mut total = 0_usize;
    let mut previous = 0;
    while let Some(number) = next_number(source, &mut previous, set)? {
        if !seen.insert(number) {
            return Err(WireError::Malformed("an attribute's value is sent twice"));
        }
        let length = bounded(source, "length of an attribute's value", 0, limits::XATTR_VALUE)?;
        total = total.saturating_add(length);
        if total > limits::XATTR_SET {
            return Err(WireError::TooLong {
                what: "set of attributes",
                length: total as u64,
                limit: limits::XATTR_SET as u64,
            });
        }
        values.push((number, source.bytes("attribute's value", length, limits::XATTR_VALUE)?));
    }
    Ok(values)
}

/// The next number of a request or an answer, as its difference from the one before; `None` at the end.
fn next_number(
    source: &mut (impl Source + ?Sized),
    previous: &mut u32,
    set: &[Xattr],
) -> Result<Option<u32>, WireError> {
    let difference = read_varint(source)?;
    if difference == 0 {
        return Ok(None);
    }
    let number = previous.checked_add_signed(difference);
    let attribute = number
        .and_then(|number| usize::try_from(number).ok()?.checked_sub(1))
        .and_then(|position| set.get(position));
    if !attribute.is_some_and(|attribute| attribute.value.is_abbreviated()) {
        return Err(WireError::Malformed("the number of an attribute that is not abbreviated"));
    }
    *previous = number.unwrap_or_default();
    Ok(number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Reader;

    fn xattr(name: &str, value: &[u8]) -> Xattr {
        Xattr { name: name.as_bytes().into(), value: XattrValue::of(value) }
    }

    /// The file `long` of a session recorded with rsync 3.5.0, as in §10.4.
    fn recorded() -> (XattrSet, Vec<u8>) {
        let set: XattrSet =
            [xattr("user.big", &[b'y'; 33]), xattr("user.long", &[b'x'; 40]), xattr("user.s", &[b'z'; 32])]
                .into();
        let mut bytes = vec![0, 3, 9, 33];
        bytes.extend_from_slice(b"user.big\0");
        bytes.extend(hex("929671dac5c34eeb809220a46ccc26b9"));
        bytes.extend_from_slice(&[10, 40]);
        bytes.extend_from_slice(b"user.long\0");
        bytes.extend(hex("2e5a5df30ebd8539445ba6e0f638b6f9"));
        bytes.extend_from_slice(&[7, 32]);
        bytes.extend_from_slice(b"user.s\0");
        bytes.extend_from_slice(&[b'z'; 32]);
        (set, bytes)
    }

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    #[test]
    fn records_have_the_recorded_bytes_and_equal_sets_are_sent_once() {
        let (set, record) = recorded();
        let empty = XattrSet::default();
        let directory: XattrSet = [xattr("user.d", b"dir")].into();
        // The entries of the session: `.`, `long`, `none`, `same`, `d`.
        let entries = [&empty, &set, &empty, &set, &directory];
        let numbers = [1, 2, 1, 2, 3];
        let mut expected = vec![0, 0];
        expected.extend(&record);
        expected.extend_from_slice(b"\x01\x02\x00\x01\x07\x03user.d\0dir");

        let mut encoder = XattrEncoder::default();
        let mut out = Vec::new();
        for (entry, number) in entries.iter().zip(numbers) {
            assert_eq!(encoder.encode(entry, &mut out), number);
        }
        assert_eq!(out, expected);
        let mut decoder = XattrDecoder::default();
        let mut reader = Reader::new(&out);
        for (entry, number) in entries.iter().zip(numbers) {
            assert_eq!(decoder.decode(&mut reader), Ok((number, Arc::clone(entry))));
        }
        assert!(reader.rest().is_empty());
    }

    #[test]
    fn requests_and_answers_have_the_recorded_bytes() {
        let (set, _) = recorded();
        let mut out = Vec::new();
        XattrRequests::encode(&[1, 2], &mut out);
        assert_eq!(out, [1, 1, 0]);
        let mut requests = XattrRequests::default();
        assert_eq!(requests.decode(&mut Reader::new(&out), 2, &set), Ok(vec![1, 2]));
        assert!(requests.decode(&mut Reader::new(&out), 2, &set).is_err(), "asked for twice");
        assert_eq!(requests.decode(&mut Reader::new(&[0]), 2, &set), Ok(vec![]));

        let values = [(1, vec![b'y'; 33]), (2, vec![b'x'; 40])];
        let mut out = Vec::new();
        encode_answer(values.iter().map(|(number, value)| (*number, value.as_slice())), &mut out);
        let expected = [&[1, 33][..], &[b'y'; 33], &[1, 40], &[b'x'; 40], &[0]].concat();
        assert_eq!(out, expected);
        assert_eq!(decode_answer(&mut Reader::new(&out), &set), Ok(values.to_vec()));
    }

    #[test]
    fn values_that_may_not_be_asked_for_are_refused() {
        let (set, _) = recorded();
        // The inline value, numbers beyond the set, 0 by a way round, and one that is sent twice.
        for bytes in [&[3, 0][..], &[4, 0], &[0xf0, 0xff, 0xff, 0xff, 0xff, 0]] {
            assert!(XattrRequests::default().decode(&mut Reader::new(bytes), 1, &set).is_err(), "{bytes:?}");
            assert!(decode_answer(&mut Reader::new(bytes), &set).is_err(), "{bytes:?}");
        }
        let twice = [1, 0, 1, 0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0, 0];
        assert!(decode_answer(&mut Reader::new(&twice), &set).is_err());
    }

    #[test]
    fn records_outside_the_limits_are_refused() {
        for (bytes, status) in [
            (&b"\x01"[..], 12),
            (b"\xf0\xff\xff\xff\xff", 12),
            (b"\x00\xc1\x01\x00", 2),
            (b"\x00\x01\x00\x00", 2),
            (b"\x00\x01\x90\x01", 2),
            (b"\x00\x01\x02\x00ab", 2),
            (b"\x00\x01\x01\x00\x00", 2),
            (b"\x00\x01\x02\xf0\x01\x00\x00\x08a\x00", 2),
        ] {
            let error = XattrDecoder::default().decode(&mut Reader::new(bytes)).unwrap_err();
            assert_ne!(error, WireError::Ended, "{bytes:?}");
            assert_eq!(error.exit_status(), status, "{bytes:?} {error:?}");
        }
    }

    fn sets() -> impl Strategy<Value = Vec<XattrSet>> {
        let value = prop::collection::vec(any::<u8>(), 0..100);
        let attribute = ("[a-z.]{1,300}", value).prop_map(|(name, value)| xattr(&name, &value));
        let set = prop::collection::vec(attribute, 0..5).prop_map(XattrSet::from);
        (prop::collection::vec(set, 1..5), prop::collection::vec(any::<prop::sample::Index>(), 0..12))
            .prop_map(|(sets, picks)| picks.iter().map(|pick| Arc::clone(pick.get(&sets))).collect())
    }

    proptest! {
        #[test]
        fn every_set_survives_the_wire(entries in sets()) {
            let mut encoder = XattrEncoder::default();
            let mut out = Vec::new();
            let numbers: Vec<u32> = entries.iter().map(|set| encoder.encode(set, &mut out)).collect();
            let mut decoder = XattrDecoder::default();
            let mut reader = Reader::new(&out);
            for (set, number) in entries.iter().zip(numbers) {
                prop_assert_eq!(decoder.decode(&mut reader), Ok((number, Arc::clone(set))));
                let wanted: Vec<u32> = (1..).zip(set.iter()).filter(|(_, a)| a.value.is_abbreviated()).map(|(n, _)| n).collect();
                let mut request = Vec::new();
                XattrRequests::encode(&wanted, &mut request);
                prop_assert_eq!(XattrRequests::default().decode(&mut Reader::new(&request), number, set), Ok(wanted));
            }
            prop_assert!(reader.rest().is_empty());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (set, _) = recorded();
            let mut decoder = XattrDecoder::default();
            let mut reader = Reader::new(&bytes);
            while decoder.decode(&mut reader).is_ok() {}
            let _ = XattrRequests::default().decode(&mut Reader::new(&bytes), 1, &set);
            let _ = decode_answer(&mut Reader::new(&bytes), &set);
        }
    }
}
