//! POSIX ACLs of an entry (`docs/spec/wire-2-filelist.md` §6.2). In: bytes. Out: [`Acl`]s, and back; the entries that follow from the
//! mode are taken out before and put in again after the wire.
//!
//! Equal ACLs are sent once and have a number from then on, access and default ACLs each their own: [`AclDecoder`] and
//! [`AclEncoder`] live as long as the session.

use std::collections::HashMap;
use std::sync::Arc;

use super::error::WireError;
use super::id_list::IdName;
use super::ints::{read_varint, write_varint};
use super::limits;
use super::source::Source;

/// Permission bits: read 4, write 2, execute 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// The lowest three of `bits`.
    pub fn of(bits: u32) -> Permissions {
        Permissions((bits & 7) as u8)
    }

    /// The bits, 0 to 7.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// What either allows.
    #[must_use]
    pub fn or(self, other: Permissions) -> Permissions {
        Permissions(self.0 | other.0)
    }

    fn decode(source: &mut (impl Source + ?Sized)) -> Result<Permissions, WireError> {
        Permissions::checked(read_varint(source)?)
    }

    fn checked(value: i32) -> Result<Permissions, WireError> {
        let bits = u8::try_from(value).ok().filter(|&bits| bits <= 7);
        bits.map(Permissions).ok_or(WireError::DamagedStream("permissions of an ACL above 7"))
    }
}

/// Whom a named entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A user.
    User(u32),
    /// A group.
    Group(u32),
}

/// An ACL. Where it comes from a file it is complete, on the wire what the mode says is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Acl {
    /// The owner's permissions.
    pub owner: Option<Permissions>,
    /// The owning group's permissions.
    pub group: Option<Permissions>,
    /// The mask: the most that groups and named users get.
    pub mask: Option<Permissions>,
    /// Everyone else's permissions.
    pub other: Option<Permissions>,
    /// Named users and groups: users before groups, each by id.
    pub named: Vec<(Subject, Permissions)>,
}

impl Acl {
    /// An access ACL as it is sent, of a file with this `mode` (§6.2.2).
    #[must_use]
    pub fn stripped(&self, mode: u32) -> Acl {
        let group_bits = Permissions::of(mode >> 3);
        let mask = self.mask.filter(|&mask| self.named.is_empty() || mask != group_bits);
        let group = self.group.filter(|&group| self.mask.is_some() && group != group_bits);
        Acl { owner: None, group, mask, other: None, named: self.named.clone() }
    }

    /// A received access ACL, complete, for a file that has `mode` (§6.2.3).
    #[must_use]
    pub fn rebuilt(&self, mode: u32) -> Acl {
        let group_bits = Permissions::of(mode >> 3);
        Acl {
            owner: Some(Permissions::of(mode >> 6)),
            group: Some(self.group.unwrap_or(group_bits)),
            mask: self.mask.or_else(|| (!self.named.is_empty()).then_some(group_bits)),
            other: Some(Permissions::of(mode)),
            named: self.named.clone(),
        }
    }

    /// A received default ACL, complete; `None` if the directory has none (§6.2.3).
    pub fn rebuilt_default(&self) -> Option<Acl> {
        self.owner?;
        let union = || {
            self.named
                .iter()
                .fold(self.group.unwrap_or_default(), |union, (_, permissions)| union.or(*permissions))
        };
        let mask = self.mask.or_else(|| (!self.named.is_empty()).then(union));
        Some(Acl { mask, ..self.clone() })
    }
}

const OWNER: u8 = 0x01;
const GROUP: u8 = 0x02;
const MASK: u8 = 0x04;
const OTHER: u8 = 0x08;
const NAMED: u8 = 0x10;

/// In the word of a named entry: its name follows, it is a user.
const NAME_FOLLOWS: i32 = 1;
const IS_USER: i32 = 2;

/// What a record says of one ACL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedAcl {
    /// The ACL, as it was sent.
    pub acl: Arc<Acl>,
    /// Names that came with it, each once in a session.
    pub names: Vec<(Subject, Vec<u8>)>,
}

/// Reads the ACLs of one kind of a direction.
#[derive(Clone, Debug, Default)]
pub struct AclDecoder {
    acls: Vec<Arc<Acl>>,
}

impl AclDecoder {
    /// Reads one record.
    ///
    /// # Errors
    /// A [`WireError`] for everything that §1.10 refuses.
    pub fn decode(&mut self, source: &mut (impl Source + ?Sized)) -> Result<DecodedAcl, WireError> {
        let number = read_varint(source)?;
        if number != 0 {
            let acl = usize::try_from(number).ok().and_then(|number| self.acls.get(number - 1));
            let acl = acl.ok_or(WireError::DamagedStream("an ACL that was not sent"))?;
            return Ok(DecodedAcl { acl: Arc::clone(acl), names: Vec::new() });
        }
        let flags = source.u8()?;
        if flags >= NAMED << 1 {
            return Err(WireError::Malformed("an ACL with parts of unknown kinds"));
        }
        let mut part = |flag: u8| {
            if flags & flag != 0 { Permissions::decode(source).map(Some) } else { Ok(None) }
        };
        let mut acl = Acl {
            owner: part(OWNER)?,
            group: part(GROUP)?,
            mask: part(MASK)?,
            other: part(OTHER)?,
            named: Vec::new(),
        };
        let mut names = Vec::new();
        if flags & NAMED != 0 {
            let count = read_varint(source)?;
            let count = usize::try_from(count)
                .ok()
                .filter(|&count| count <= limits::ACL_ENTRIES)
                .ok_or(WireError::OutOfRange { what: "number of an ACL's entries", value: count.into() })?;
            for _ in 0..count {
                let id = read_varint(source)?.cast_unsigned();
                let word = read_varint(source)?;
                let permissions = Permissions::checked(word >> 2)?;
                let subject = if word & IS_USER != 0 { Subject::User(id) } else { Subject::Group(id) };
                if word & NAME_FOLLOWS != 0 {
                    names.push((subject, IdName::decode_name(source)?));
                }
                acl.named.push((subject, permissions));
            }
        }
        let acl = Arc::new(acl);
        self.acls.push(Arc::clone(&acl));
        Ok(DecodedAcl { acl, names })
    }
}

/// Writes the ACLs of one kind of a direction, each once.
#[derive(Clone, Debug, Default)]
pub struct AclEncoder {
    numbers: HashMap<Arc<Acl>, i32>,
}

impl AclEncoder {
    /// Writes one record. `name` is asked for the name of each id that is written, and has one where ids have not been named in the
    /// session and names travel with them.
    pub fn encode(
        &mut self,
        acl: &Arc<Acl>,
        mut name: impl FnMut(Subject) -> Option<Vec<u8>>,
        out: &mut Vec<u8>,
    ) {
        if let Some(&number) = self.numbers.get(acl) {
            return write_varint(number, out);
        }
        write_varint(0, out);
        let parts = [(OWNER, acl.owner), (GROUP, acl.group), (MASK, acl.mask), (OTHER, acl.other)];
        let mut flags = if acl.named.is_empty() { 0 } else { NAMED };
        for (flag, part) in parts {
            flags |= if part.is_some() { flag } else { 0 };
        }
        out.push(flags);
        for permissions in parts.into_iter().filter_map(|(_, part)| part) {
            write_varint(permissions.0.into(), out);
        }
        if !acl.named.is_empty() {
            write_varint(i32::try_from(acl.named.len()).unwrap_or(i32::MAX), out);
        }
        for &(subject, permissions) in &acl.named {
            let (id, kind) = match subject {
                Subject::User(id) => (id, IS_USER),
                Subject::Group(id) => (id, 0),
            };
            let name = name(subject);
            let follows = if name.is_some() { NAME_FOLLOWS } else { 0 };
            write_varint(id.cast_signed(), out);
            write_varint(i32::from(permissions.0) << 2 | kind | follows, out);
            if let Some(name) = name {
                IdName::encode_name(&name, out);
            }
        }
        let number = i32::try_from(self.numbers.len() + 1).unwrap_or(i32::MAX);
        self.numbers.insert(Arc::clone(acl), number);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Subject::{Group, User};
    use super::*;
    use crate::wire::Reader;

    fn hex(text: &str) -> Vec<u8> {
        text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
    }

    /// An ACL of owner, group, mask, other and named entries.
    fn acl(parts: [Option<u32>; 4], named: &[(Subject, u32)]) -> Acl {
        let [owner, group, mask, other] = parts.map(|bits| bits.map(Permissions::of));
        let named = named.iter().map(|&(subject, bits)| (subject, Permissions::of(bits))).collect();
        Acl { owner, group, mask, other, named }
    }

    /// The table of §6.2.2.
    #[test]
    fn access_acls_lose_what_the_mode_says_and_get_it_back() {
        for (full, mode, record) in [
            (acl([Some(6), Some(4), None, Some(4)], &[]), 0o644, "00 00"),
            (acl([Some(6), Some(4), Some(5), Some(0)], &[]), 0o650, "00 06 04 05"),
            (acl([Some(6), Some(4), Some(4), Some(0)], &[(User(5), 7)]), 0o640, "00 10 01 05 1e"),
            (acl([Some(6), Some(4), Some(7), Some(0)], &[(User(5), 7)]), 0o670, "00 12 04 01 05 1e"),
            (
                acl(
                    [Some(6), Some(4), Some(7), Some(0)],
                    &[(User(0), 1), (User(33), 2), (Group(0), 0), (Group(60), 4)],
                ),
                0o670,
                "00 12 04 04 00 06 21 0a 00 00 3c 10",
            ),
        ] {
            let sent = Arc::new(full.stripped(mode));
            let mut out = Vec::new();
            AclEncoder::default().encode(&sent, |_| None, &mut out);
            assert_eq!(out, hex(record));
            let decoded = AclDecoder::default().decode(&mut Reader::new(&out)).unwrap();
            assert_eq!(decoded.acl, sent);
            assert_eq!(decoded.acl.rebuilt(mode), full);
        }
    }

    #[test]
    fn default_acls_are_sent_whole() {
        let full = Arc::new(acl([Some(7), Some(5), None, Some(0)], &[]));
        let mut out = Vec::new();
        AclEncoder::default().encode(&full, |_| None, &mut out);
        assert_eq!(out, hex("00 0b 07 05 00"));
        let decoded = AclDecoder::default().decode(&mut Reader::new(&out)).unwrap();
        assert_eq!(decoded.acl.rebuilt_default().as_ref(), Some(&*full));
        assert_eq!(Acl::default().rebuilt_default(), None);
        let without_mask = acl([Some(7), Some(1), None, Some(0)], &[(User(1), 4)]);
        assert_eq!(without_mask.rebuilt_default().unwrap().mask, Some(Permissions::of(5)));
    }

    /// A session recorded with rsync 3.5.0: `.`, `f`, `g`, `d` with names inline.
    #[test]
    fn records_have_the_recorded_bytes() {
        let none = Arc::new(Acl::default());
        let f = Arc::new(acl([Some(6), Some(4), Some(6), Some(0)], &[(User(1), 6)]).stripped(0o660));
        let d = Arc::new(acl([Some(7), Some(5), Some(7), Some(0)], &[(Group(2), 7)]).stripped(0o770));
        let d_default = Arc::new(acl([Some(7), Some(5), Some(5), Some(5)], &[(User(1), 5)]));
        let (mut access, mut default) = (AclEncoder::default(), AclEncoder::default());
        let mut out = Vec::new();
        let name = |subject| match subject {
            User(1) => Some(b"daemon".to_vec()),
            Group(2) => Some(b"bin".to_vec()),
            _ => None,
        };
        access.encode(&none, name, &mut out);
        default.encode(&none, name, &mut out);
        access.encode(&f, name, &mut out);
        access.encode(&none, name, &mut out);
        access.encode(&d, name, &mut out);
        // User 1 has been named by then.
        default.encode(&d_default, |_| None, &mut out);
        let expected = hex("00 00 00 00 00 12 04 01 01 1b 06 64 61 65 6d 6f 6e 01 \
                            00 12 05 01 02 1d 03 62 69 6e 00 1f 07 05 05 05 01 01 16");
        assert_eq!(out, expected);

        let (mut access, mut default) = (AclDecoder::default(), AclDecoder::default());
        let mut reader = Reader::new(&out);
        assert_eq!(access.decode(&mut reader).unwrap().acl, none);
        assert_eq!(default.decode(&mut reader).unwrap().acl, none);
        let decoded = access.decode(&mut reader).unwrap();
        assert_eq!(decoded, DecodedAcl { acl: f, names: vec![(User(1), b"daemon".to_vec())] });
        assert_eq!(access.decode(&mut reader).unwrap().acl, none);
        let decoded = access.decode(&mut reader).unwrap();
        assert_eq!(decoded, DecodedAcl { acl: d, names: vec![(Group(2), b"bin".to_vec())] });
        assert_eq!(default.decode(&mut reader).unwrap().acl, d_default);
        assert!(reader.rest().is_empty());
    }

    #[test]
    fn records_outside_the_limits_are_refused() {
        for (bytes, status) in [
            ("01", 12),
            ("f0 ff ff ff ff", 12),
            ("00 01 08", 12),
            ("00 10 01 05 22", 12),
            ("00 10 c1 01 00", 2),
            ("00 10 f0 ff ff ff ff", 2),
            ("00 20", 2),
        ] {
            let error = AclDecoder::default().decode(&mut Reader::new(&hex(bytes))).unwrap_err();
            assert_eq!(error.exit_status(), status, "{bytes} {error:?}");
        }
    }

    fn acls() -> impl Strategy<Value = Vec<Arc<Acl>>> {
        let part = || prop::option::of(0_u32..8);
        let subject =
            (any::<bool>(), any::<u32>()).prop_map(|(user, id)| if user { User(id) } else { Group(id) });
        let named = prop::collection::vec((subject, 0_u32..8), 0..6);
        let one =
            ([part(), part(), part(), part()], named).prop_map(|(parts, named)| Arc::new(acl(parts, &named)));
        (prop::collection::vec(one, 1..4), prop::collection::vec(any::<prop::sample::Index>(), 0..10))
            .prop_map(|(acls, picks)| picks.iter().map(|pick| Arc::clone(pick.get(&acls))).collect())
    }

    proptest! {
        #[test]
        fn every_acl_survives_the_wire(entries in acls()) {
            let mut encoder = AclEncoder::default();
            let mut out = Vec::new();
            let name = |subject: Subject| matches!(subject, User(_)).then(|| b"someone".to_vec());
            entries.iter().for_each(|acl| encoder.encode(acl, name, &mut out));
            let mut decoder = AclDecoder::default();
            let mut reader = Reader::new(&out);
            for acl in &entries {
                prop_assert_eq!(&decoder.decode(&mut reader).unwrap().acl, acl);
            }
            prop_assert!(reader.rest().is_empty());
        }

        #[test]
        fn a_mode_and_what_it_leaves_make_the_acl(
            parts in [0_u32..8, 0_u32..8, 0_u32..8, 0_u32..8], masked: bool, named in prop::collection::vec((any::<u32>(), 0_u32..8), 0..3),
        ) {
            let [owner, group, mask, other] = parts;
            let named: Vec<_> = named.into_iter().map(|(id, bits)| (User(id), bits)).collect();
            // With named entries there is always a mask, and the mode's group bits are the mask's.
            let mask = (masked || !named.is_empty()).then_some(mask);
            let full = acl([Some(owner), Some(group), mask, Some(other)], &named);
            let mode = owner << 6 | mask.unwrap_or(group) << 3 | other;
            prop_assert_eq!(full.stripped(mode).rebuilt(mode), full);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = AclDecoder::default();
            let mut reader = Reader::new(&bytes);
            while decoder.decode(&mut reader).is_ok() {}
        }
    }
}
