//! Round trips of entries under every form.

use proptest::prelude::*;

use super::*;
use crate::wire::Reader;

fn entry() -> impl Strategy<Value = FileEntry> {
    let kinds = prop::sample::select(vec![
        0o100_644_u32,
        0o100_755,
        0o040_755,
        0o120_777,
        0o020_600,
        0o060_600,
        0o010_600,
        0o140_755,
    ]);
    (
        ("[a-z]{1,3}(/[a-z]{1,300}){0,2}", kinds, 0_u64..1 << 40, any::<i64>(), 0_u32..1_000_000_000),
        (prop::sample::select(vec![0_u32, 33, u32::MAX]), 0_u32..3, 0_u8..4, any::<(i64, i64)>(), 0_u32..3),
    )
        .prop_map(|((name, mode, size, modified, nanoseconds), (uid, gid, role, times, device))| {
            let kind = FileKind::of(mode).unwrap();
            let is_device = matches!(kind, FileKind::CharDevice | FileKind::BlockDevice);
            FileEntry {
                name: name.into_bytes().into(),
                mode,
                size,
                modified: modified >> 8,
                nanoseconds: if size % 2 == 0 { nanoseconds } else { 0 },
                uid,
                gid,
                role: match role {
                    1 if kind == FileKind::Directory => DirectoryRole::Top,
                    2 if kind == FileKind::Directory => DirectoryRole::NoContent,
                    3 if kind == FileKind::Directory => DirectoryRole::Implied,
                    _ => DirectoryRole::Content,
                },
                hard_link: None,
                details: Some(Box::new(Details {
                    accessed: if kind == FileKind::Directory { 0 } else { times.0 >> 8 },
                    created: times.1 >> 8,
                    device: if is_device { (device, 7) } else { (0, 0) },
                    target: if kind == FileKind::Symlink { (*b"to").into() } else { Box::default() },
                    checksum: if kind == FileKind::Regular { [7; 16].into() } else { Box::default() },
                })),
            }
        })
}

fn form(varint: bool, protocol: u8) -> ListForm {
    ListForm {
        protocol: Protocol::new(protocol).unwrap(),
        compat: CompatFlags::from_bits(if varint { 0x1ff } else { 0x17f }),
        owner: true,
        group: true,
        devices: true,
        specials: true,
        links: true,
        hard_links: true,
        access_times: true,
        // Creation times need a flag beyond the byte form.
        creation_times: varint,
        checksum_length: Some(16),
        ..ListForm::default()
    }
}

fn decode_all(
    form: &ListForm,
    bytes: &[u8],
    first: i32,
) -> Result<(Vec<FileEntry>, i32), crate::wire::WireError> {
    let mut decoder = EntryDecoder::new(form.clone());
    let mut reader = Reader::new(bytes);
    let mut list = Vec::new();
    loop {
        match decoder.decode(&mut reader, &list, first)? {
            Decoded::Entry { entry, .. } => list.push(entry),
            Decoded::End { io_error } => return Ok((list, io_error)),
        }
    }
}

proptest! {
    #[test]
    fn lists_survive_the_wire(
        entries in prop::collection::vec(entry(), 0..12),
        varint: bool,
        protocol in 30_u8..=32,
        links in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        io_error in 0_i32..8,
    ) {
        let form = form(varint, protocol);
        let mut list: Vec<FileEntry> = Vec::new();
        let mut encoder = EntryEncoder::new(form.clone());
        let mut out = Vec::new();
        let mut push = |mut entry: FileEntry, list: &mut Vec<FileEntry>| {
            if protocol == 30 {
                entry.nanoseconds = 0;
            }
            if !varint {
                entry.details.iter_mut().for_each(|details| details.created = 0);
            }
            // Details that say nothing are not kept.
            entry.details = entry.details.filter(|details| **details != Details::default());
            encoder.encode(&entry, Names::default(), list, 1, &mut out);
            list.push(entry);
        };
        for mut entry in entries {
            if !entry.is_directory() && entry.size % 3 == 0 {
                entry.hard_link = Some(HardLink { group: 1 + list.len() as i32, first: true });
            }
            push(entry, &mut list);
        }
        let firsts: Vec<usize> = (0..list.len()).filter(|&at| list[at].hard_link.is_some()).collect();
        for (number, pick) in links.iter().enumerate().filter(|_| !firsts.is_empty()) {
            let original = *pick.get(&firsts);
            let name = format!("link{number}").into_bytes().into();
            let hard_link = Some(HardLink { group: 1 + original as i32, first: false });
            push(FileEntry { name, hard_link, ..list[original].clone() }, &mut list);
        }
        encoder.end(io_error, &mut out);
        // Byte flags of protocol 30 can carry the error only because safe lists were agreed on.
        prop_assert_eq!(decode_all(&form, &out, 1), Ok((list, io_error)));
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
        varint: bool,
        protocol in 30_u8..=32,
    ) {
        let _ = decode_all(&form(varint, protocol), &bytes, 1);
    }
}

/// An entry as an old protocol can tell it.
fn aged(mut entry: FileEntry, protocol: Protocol, position: i32) -> FileEntry {
    entry.modified = entry.modified.rem_euclid(1 << 32);
    entry.nanoseconds = 0;
    if !matches!(entry.role, DirectoryRole::Content | DirectoryRole::Top) {
        entry.role = DirectoryRole::Top;
    }
    let group = position - position % 2;
    entry.hard_link = match entry.kind() {
        FileKind::Regular => Some(HardLink { group: position, first: true }),
        FileKind::Symlink if protocol.has_wide_flags() => Some(HardLink { group, first: group == position }),
        _ => None,
    };
    if let Some(details) = &mut entry.details {
        (details.accessed, details.created) = (0, 0);
    }
    entry.details = entry.details.filter(|details| **details != Details::default());
    entry
}

proptest! {
    #[test]
    fn entries_survive_old_protocols(entries in prop::collection::vec(entry(), 1..12), number in 27_u8..=29) {
        let protocol = Protocol::new(number).unwrap();
        let form = ListForm {
            protocol,
            compat: CompatFlags::default(),
            access_times: false,
            creation_times: false,
            hard_links: true,
            checksum_length: Some(16),
            ..form(false, 30)
        };
        let mut entries: Vec<FileEntry> =
            entries.into_iter().zip(0..).map(|(entry, position)| aged(entry, protocol, position)).collect();
        // A directory before the first root is of no known tree.
        if let Some(first) = entries.iter_mut().find(|entry| entry.is_directory()) {
            first.role = DirectoryRole::Top;
        }
        let firsts: Vec<i32> = entries.iter().filter_map(|entry| entry.hard_link).map(|link| link.group).collect();
        for entry in &mut entries {
            if let Some(link) = &mut entry.hard_link {
                link.first = firsts.iter().filter(|group| **group == link.group).count() == 1 || link.first;
            }
        }
        let mut encoder = EntryEncoder::new(form.clone());
        let mut out = Vec::new();
        for (position, entry) in entries.iter().enumerate() {
            encoder.encode(entry, Names::default(), &entries[..position], 0, &mut out);
        }
        encoder.end(0, &mut out);
        let mut decoder = EntryDecoder::new(form);
        let mut reader = Reader::new(&out);
        let mut read: Vec<FileEntry> = Vec::new();
        while let Decoded::Entry { entry, .. } = decoder.decode(&mut reader, &read, 0).unwrap() {
            read.push(entry);
        }
        prop_assert!(reader.rest().is_empty());
        for (entry, read) in entries.iter().zip(&read) {
            // Numbers of groups are those of their first members that were sent.
            prop_assert_eq!(&FileEntry { hard_link: None, ..entry.clone() }, &FileEntry { hard_link: None, ..read.clone() });
            prop_assert_eq!(entry.hard_link.is_some(), read.hard_link.is_some());
        }
        prop_assert_eq!(entries.len(), read.len());
    }

    #[test]
    fn no_bytes_make_the_old_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), number in 27_u8..=29) {
        let form = ListForm {
            protocol: Protocol::new(number).unwrap(),
            compat: CompatFlags::default(),
            hard_links: true,
            ..form(false, 30)
        };
        let mut decoder = EntryDecoder::new(form);
        let mut reader = Reader::new(&bytes);
        let mut read = Vec::new();
        while let Ok(Decoded::Entry { entry, .. }) = decoder.decode(&mut reader, &read, 0) {
            read.push(entry);
        }
    }
}

/// `docs/spec/wire-4-older-protocols.md` §16.
#[test]
fn a_recorded_list_of_protocol_29_is_read_and_written() {
    let hex =
        "19012e0010000000f15365ed410000 9a0373756200100000 9801617d050000a4810000 9a057375622f6201000000 00";
    let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
    let bytes: Vec<u8> = digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    let form = ListForm {
        protocol: Protocol::new(29).unwrap(),
        compat: CompatFlags::default(),
        links: true,
        ..ListForm::default()
    };
    let mut decoder = EntryDecoder::new(form.clone());
    let mut reader = Reader::new(&bytes);
    let mut read: Vec<FileEntry> = Vec::new();
    while let Decoded::Entry { entry, .. } = decoder.decode(&mut reader, &read, 0).unwrap() {
        read.push(entry);
    }
    let names: Vec<(&[u8], u64)> = read.iter().map(|entry| (&*entry.name, entry.size)).collect();
    assert_eq!(names, [(b".".as_slice(), 4096), (b"sub", 4096), (b"a", 1405), (b"sub/b", 1)]);
    assert_eq!((read[0].role, read[1].role), (DirectoryRole::Top, DirectoryRole::Content));
    let mut encoder = EntryEncoder::new(form);
    let mut out = Vec::new();
    for (position, entry) in read.iter().enumerate() {
        encoder.encode(entry, Names::default(), &read[..position], 0, &mut out);
    }
    encoder.end(0, &mut out);
    assert_eq!(out, bytes);
}
