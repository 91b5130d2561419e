//! The head of a request or an answer: flags, basis type, name (`docs/spec/wire-3-transfer.md` §2.2–2.5). The index
//! before it has a codec of its own. In: bytes. Out: [`Item`], and back.

use super::error::WireError;
use super::ints::{read_vstring, write_vstring};
use super::limits;
use super::protocol::Protocol;
use super::source::Source;

/// What a request, an answer or a report says about an entry: 16 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ItemFlags(u32);

impl ItemFlags {
    /// The access time differs.
    pub const ACCESS_TIME: ItemFlags = ItemFlags(0x0001);
    /// The content differs by checksum, or a link or device was made.
    pub const CHANGE: ItemFlags = ItemFlags(0x0002);
    /// The sizes differ; for a symbolic link: its time could not be set.
    pub const SIZE: ItemFlags = ItemFlags(0x0004);
    /// The modification time differs.
    pub const TIME: ItemFlags = ItemFlags(0x0008);
    /// The permissions differ.
    pub const PERMISSIONS: ItemFlags = ItemFlags(0x0010);
    /// The owner differs.
    pub const OWNER: ItemFlags = ItemFlags(0x0020);
    /// The group differs.
    pub const GROUP: ItemFlags = ItemFlags(0x0040);
    /// The ACL differs.
    pub const ACL: ItemFlags = ItemFlags(0x0080);
    /// Extended attributes differ.
    pub const XATTR: ItemFlags = ItemFlags(0x0100);
    /// The creation time differs.
    pub const CREATION_TIME: ItemFlags = ItemFlags(0x0400);
    /// A basis type follows.
    pub const BASIS_TYPE: ItemFlags = ItemFlags(0x0800);
    /// A name follows.
    pub const NAME: ItemFlags = ItemFlags(0x1000);
    /// The entry did not exist.
    pub const NEW: ItemFlags = ItemFlags(0x2000);
    /// The receiving side made the change by itself.
    pub const LOCAL_CHANGE: ItemFlags = ItemFlags(0x4000);
    /// The content is asked for, or follows.
    pub const TRANSFER: ItemFlags = ItemFlags(0x8000);

    /// Nothing is known of what differs: the protocol does not say (`docs/spec/wire-4-older-protocols.md` §8.1). Not on the wire.
    pub const UNKNOWN: ItemFlags = ItemFlags(0x1_0000);

    /// The flags with these bits.
    pub fn from_bits(bits: u16) -> ItemFlags {
        ItemFlags(u32::from(bits))
    }

    /// The bits on the wire.
    pub fn bits(self) -> u16 {
        self.0 as u16
    }

    /// Whether all of `flags` are set.
    pub fn has(self, flags: ItemFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These flags and `flags`.
    #[must_use]
    pub fn with(self, flags: ItemFlags) -> ItemFlags {
        ItemFlags(self.0 | flags.0)
    }

    /// These flags, and `flags` if `condition`.
    #[must_use]
    pub fn with_if(self, condition: bool, flags: ItemFlags) -> ItemFlags {
        if condition { self.with(flags) } else { self }
    }

    /// Whether anything but the form of the message is said (§2.3).
    pub fn is_significant(self) -> bool {
        let form = ItemFlags::BASIS_TYPE.0 | ItemFlags::NAME.0 | ItemFlags::LOCAL_CHANGE.0;
        self.0 & !form != 0
    }
}

/// The file whose block sums a request carries (§2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Basis {
    /// The destination file itself.
    #[default]
    Destination,
    /// The file of the same name in this alternate directory.
    Alternate(u8),
    /// The file in the partial directory.
    Partial,
    /// The backup copy of the destination file.
    Backup,
    /// A similar file in the entry's directory (0), or in that directory below alternate directory k - 1.
    Similar(u8),
}

impl Basis {
    /// The type with this number.
    pub fn from_number(number: u8) -> Basis {
        match number {
            0..=0x7f => Basis::Alternate(number),
            0x80 => Basis::Destination,
            0x81 => Basis::Partial,
            0x82 => Basis::Backup,
            0x83.. => Basis::Similar(number - 0x83),
        }
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Basis::Alternate(directory) => directory & 0x7f,
            Basis::Destination => 0x80,
            Basis::Partial => 0x81,
            Basis::Backup => 0x82,
            Basis::Similar(place) => 0x83_u8.saturating_add(place),
        }
    }
}

/// What follows an entry's index in either direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// What is said.
    pub flags: ItemFlags,
    /// The basis, [`Basis::Destination`] when the flags announce none.
    pub basis: Basis,
    /// A hard link's other name, or the similar basis' name; at most 4,095 bytes.
    pub name: Option<Vec<u8>>,
}

impl Item {
    /// An item with `flags`, which must announce neither basis type nor name.
    pub fn new(flags: ItemFlags) -> Item {
        debug_assert!(!flags.has(ItemFlags::BASIS_TYPE) && !flags.has(ItemFlags::NAME));
        Item { flags, ..Item::default() }
    }

    /// The same item with the basis `basis`.
    #[must_use]
    pub fn with_basis(mut self, basis: Basis) -> Item {
        self.basis = basis;
        self.flags = self.flags.with_if(basis != Basis::Destination, ItemFlags::BASIS_TYPE);
        self
    }

    /// The same item with the name `name`.
    #[must_use]
    pub fn with_name(mut self, name: Vec<u8>) -> Item {
        self.name = Some(name);
        self.flags = self.flags.with(ItemFlags::NAME);
        self
    }

    /// Reads what follows an index. Before protocol 29 that is nothing, and every item is a transfer
    /// (`docs/spec/wire-4-older-protocols.md` §8.1).
    ///
    /// # Errors
    /// [`WireError::TooLong`] for a name above 4,095 bytes.
    pub fn decode(protocol: Protocol, source: &mut (impl Source + ?Sized)) -> Result<Item, WireError> {
        if !protocol.has_item_flags() {
            return Ok(Item::new(ItemFlags::TRANSFER.with(ItemFlags::UNKNOWN)));
        }
        let flags = ItemFlags::from_bits(source.u16()?);
        let basis = if flags.has(ItemFlags::BASIS_TYPE) {
            Basis::from_number(source.u8()?)
        } else {
            Basis::Destination
        };
        let name = if flags.has(ItemFlags::NAME) {
            Some(read_vstring(source, "name of an item", limits::PATH)?)
        } else {
            None
        };
        Ok(Item { flags, basis, name })
    }

    /// Writes what follows an index.
    pub fn encode(&self, protocol: Protocol, out: &mut Vec<u8>) {
        if !protocol.has_item_flags() {
            return;
        }
        out.extend_from_slice(&self.flags.bits().to_le_bytes());
        if self.flags.has(ItemFlags::BASIS_TYPE) {
            out.push(self.basis.number());
        }
        if let Some(name) = &self.name {
            write_vstring(name, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Reader;

    #[test]
    fn a_similar_basis_has_the_recorded_bytes() {
        let item = Item::new(ItemFlags::TRANSFER.with(ItemFlags::NEW))
            .with_basis(Basis::Similar(1))
            .with_name(b"other1.dat".to_vec());
        let mut out = Vec::new();
        item.encode(Protocol::NEWEST, &mut out);
        assert_eq!(out, b"\x00\xb8\x84\x0aother1.dat");
        assert_eq!(Item::decode(Protocol::NEWEST, &mut Reader::new(&out)), Ok(item));
    }

    #[test]
    fn only_the_form_of_a_message_is_insignificant() {
        assert!(!ItemFlags::from_bits(0x5800).is_significant());
        assert!(ItemFlags::from_bits(0x2000).is_significant());
        assert!(ItemFlags::TIME.is_significant());
    }

    proptest! {
        #[test]
        fn whatever_decodes_is_echoed_byte_for_byte(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&bytes);
            if let Ok(item) = Item::decode(Protocol::NEWEST, &mut reader) {
                let mut out = Vec::new();
                item.encode(Protocol::NEWEST, &mut out);
                let again = Item::decode(Protocol::NEWEST, &mut Reader::new(&out));
                prop_assert_eq!(again, Ok(item));
            }
        }
    }
}
