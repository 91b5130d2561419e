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
