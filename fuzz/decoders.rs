//! What every decoder of a peer's bytes has to stand: no panic, no endless loop, and what was read is written and read the same.
//!
//! Each function takes any bytes; the first few choose a form where a decoder has several. The targets in `fuzz_targets` are one
//! call each, and `tests/wire/smoke.rs` calls all of them with bytes by chance in every test run.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use syncline::filter::{DirectoryFilters, Filters, RuleSources, Side};
use syncline::options::{Direction, Options, SecludedReader, parse, split_shell_command};
use syncline::wire::acl::{AclDecoder, AclEncoder};
use syncline::wire::block_sums::{BlockSums, SumHead};
use syncline::wire::compat::CompatFlags;
use syncline::wire::daemon::{Answer, AuthDigest, Greeting};
use syncline::wire::file_entry::{Decoded, EntryDecoder, EntryEncoder, FileEntry, ListForm, Names};
use syncline::wire::index::{Index, IndexCoder};
use syncline::wire::item::Item;
use syncline::wire::mux::{FrameHead, FrameKind, Message};
use syncline::wire::negotiation::{self, Compression, End};
use syncline::wire::stats::{DeleteCounts, ServerStats};
use syncline::wire::tokens::{Effort, Token, TokenDecoder, TokenEncoder};
use syncline::wire::xattr::{XattrDecoder, XattrEncoder, XattrRequests, decode_answer};
use syncline::wire::{Protocol, Reader, Source, greeting, id_list};

/// A decoder's name, and what has to hold of it for any bytes.
pub(crate) type Decoder = (&'static str, fn(&[u8]));

/// All of them.
pub(crate) const ALL: &[Decoder] = &[
    ("mux", mux),
    ("file_entries", file_entries),
    ("id_lists", id_lists),
    ("items", items),
    ("block_sums", block_sums),
    ("tokens", tokens),
    ("token_round_trip", token_round_trip),
    ("xattrs", xattrs),
    ("acls", acls),
    ("statistics", statistics),
    ("handshake", handshake),
    ("daemon_text", daemon_text),
    ("filter_rules", filter_rules),
    ("server_arguments", server_arguments),
];

/// The first byte, and the others.
fn choice(bytes: &[u8]) -> (u8, &[u8]) {
    bytes.split_first().map_or((0, &[]), |(&first, rest)| (first, rest))
}

fn protocol(choice: u8) -> Protocol {
    Protocol::new(27 + choice % 6).expect("27 to 32 are protocols")
}

/// Frames, and the messages in them.
pub(crate) fn mux(mut bytes: &[u8]) {
    while let Some((header, rest)) = bytes.split_first_chunk() {
        let Ok(head) = FrameHead::decode(*header) else { return };
        let Some((payload, rest)) = rest.split_at_checked(head.length) else { return };
        bytes = rest;
        if let FrameKind::Message(code) = head.kind
            && let Ok(message) = Message::decode(code, payload)
        {
            let mut written = Vec::new();
            message.encode(&mut written);
            let (header, payload) = written.split_first_chunk().expect("a frame has a header");
            let head = FrameHead::decode(*header).expect("it is a frame");
            assert_eq!(head.kind, FrameKind::Message(code));
            assert_eq!(Message::decode(code, payload), Ok(message));
        }
    }
}

/// Entries of a file list, in any form of it.
pub(crate) fn file_entries(bytes: &[u8]) {
    let (version, rest) = choice(bytes);
    let (kept, rest) = choice(rest);
    let (more, rest) = choice(rest);
    let compat = if version & 8 == 0 { CompatFlags::grant("LsfxCIvu", true) } else { CompatFlags::default() };
    let form = ListForm {
        // Older ones number hard links anew, and sizes of what is no file mean nothing: what is read is not what was written.
        protocol: Protocol::new(30 + version % 3).expect("30 to 32 are protocols"),
        compat,
        owner: kept & 1 != 0,
        group: kept & 2 != 0,
        devices: kept & 4 != 0,
        specials: kept & 8 != 0,
        links: kept & 16 != 0,
        hard_links: kept & 32 != 0,
        access_times: kept & 64 != 0,
        // Their flag is one that only the long form of flags holds.
        creation_times: kept & 128 != 0 && compat.has(CompatFlags::VARINT_FLAGS),
        checksum_length: (more & 1 != 0).then_some(16),
        relative: more & 2 != 0,
        missing_args: more & 4 != 0,
    };
    let mut decoder = EntryDecoder::new(form.clone());
    let mut source = Reader::new(rest);
    let mut list: Vec<FileEntry> = Vec::new();
    let mut names = Vec::new();
    while let Ok(Decoded::Entry { entry, user, group }) = decoder.decode(&mut source, &list, 1) {
        for part in entry.name.split(|&byte| byte == b'/') {
            assert_ne!(part, b"..", "no name leads out");
        }
        list.push(entry);
        names.push((user, group));
    }
    let mut written = Vec::new();
    let mut encoder = EntryEncoder::new(form.clone());
    for (at, (entry, (user, group))) in list.iter().zip(&names).enumerate() {
        let names = Names { user: user.as_deref(), group: group.as_deref() };
        encoder.encode(entry, names, &list[..at], 1, &mut written);
    }
    let mut decoder = EntryDecoder::new(form);
    let mut source = Reader::new(&written);
    for (at, entry) in list.iter().enumerate() {
        let Decoded::Entry { entry: again, .. } =
            decoder.decode(&mut source, &list[..at], 1).expect("what was read can be written")
        else {
            panic!("an entry does not end a list");
        };
        assert_eq!(&again, entry);
    }
    assert!(source.rest().is_empty());
}

/// Lists of ids and names.
pub(crate) fn id_lists(bytes: &[u8]) {
    let (form, rest) = choice(bytes);
    let (protocol, names_zero) = (protocol(form >> 1), form & 1 != 0);
    if let Ok(names) = id_list::decode(protocol, &mut Reader::new(rest), names_zero) {
        let mut written = Vec::new();
        id_list::encode(protocol, &names, names_zero, &mut written);
        assert_eq!(id_list::decode(protocol, &mut Reader::new(&written), names_zero), Ok(names));
    }
}

/// Indexes, each with what is said of the entry.
pub(crate) fn items(bytes: &[u8]) {
    let (version, rest) = choice(bytes);
    let protocol = protocol(version);
    let mut source = Reader::new(rest);
    let coder = || IndexCoder::new(protocol);
    let (mut decoder, mut encoder, mut again) = (coder(), coder(), coder());
    while let Ok(index) = decoder.decode(&mut source) {
        let mut written = Vec::new();
        encoder.encode(index, &mut written);
        assert_eq!(again.decode(&mut Reader::new(&written)), Ok(index));
        if !matches!(index, Index::Entry(_)) {
            continue;
        }
        let Ok(item) = Item::decode(protocol, &mut source) else { return };
        let mut written = Vec::new();
        item.encode(protocol, &mut written);
        assert_eq!(Item::decode(protocol, &mut Reader::new(&written)), Ok(item));
    }
}

/// Heads of sums and sums.
pub(crate) fn block_sums(bytes: &[u8]) {
    let (length, rest) = choice(bytes);
    let mut source = Reader::new(rest);
    let Ok(head) = SumHead::decode(&mut source, usize::from(length % 33)) else { return };
    let mut written = Vec::new();
    head.encode(&mut written);
    assert_eq!(SumHead::decode(&mut Reader::new(&written), usize::from(length % 33)), Ok(head));
    if let Ok(sums) = BlockSums::decode(head, &mut source) {
        let strong_length = head.strong_length().max(1);
        for (weak, strong) in sums.weak.iter().zip(sums.strong.chunks(strong_length)) {
            BlockSums::encode_block(&head, *weak, strong, &mut written);
        }
        let mut source = Reader::new(&written);
        SumHead::decode(&mut source, usize::from(length % 33)).expect("it was read before");
        assert_eq!(BlockSums::decode(head, &mut source), Ok(sums));
    }
}

fn compression(choice: u8) -> Compression {
    [Compression::None, Compression::Zlib, Compression::Zlibx, Compression::Zstd, Compression::Lz4]
        [usize::from(choice % 5)]
}

/// Tokens of any coding, several files one after the other.
pub(crate) fn tokens(bytes: &[u8]) {
    const BLOCKS: u32 = 1000;
    let (coding, rest) = choice(bytes);
    let (version, rest) = choice(rest);
    let mut decoder =
        TokenDecoder::new(compression(coding), protocol(version)).expect("there is memory enough");
    let mut source = Reader::new(rest);
    let mut literal = 0;
    for _ in 0..4 {
        decoder.begin_file(BLOCKS);
        loop {
            match decoder.next(&mut source) {
                Ok(Token::Literal(data)) => {
                    assert!(!data.is_empty());
                    literal += data.len();
                    // What is small can hold much; a receiver writes it away.
                    if literal > 16 << 20 {
                        return;
                    }
                }
                Ok(Token::Blocks { first, count }) => {
                    assert!(count > 0 && first.checked_add(count).is_some_and(|end| end <= BLOCKS));
                    if decoder.wants_matched() && decoder.matched(&[7; 700]).is_err() {
                        return;
                    }
                }
                Ok(Token::End) => break,
                Err(_) => return,
            }
        }
    }
}

/// What an encoder of any coding makes of any steps is decoded as these steps.
pub(crate) fn token_round_trip(bytes: &[u8]) {
    const BLOCK: &[u8] = &[9; 700];
    let (coding, rest) = choice(bytes);
    let (version, rest) = choice(rest);
    let (coding, protocol) = (compression(coding), protocol(version));
    let mut encoder = TokenEncoder::new(coding, None, protocol).expect("the default level is one");
    let mut written = Vec::new();
    encoder.begin_file(Effort::Level);
    let (mut literal, mut blocks) = (Vec::new(), Vec::new());
    for step in rest.chunks(9) {
        match step {
            [first, count, 0] => {
                let (first, count) = (u32::from(*first), u32::from(*count) % 7 + 1);
                encoder.blocks(first, count, &mut written).expect("writing to memory");
                for number in first..first + count {
                    blocks.push(number);
                    if encoder.wants_matched() {
                        encoder.matched(BLOCK).expect("a block that exists");
                    }
                }
            }
            data => {
                encoder.literal(data, &mut written).expect("writing to memory");
                literal.extend_from_slice(data);
            }
        }
    }
    encoder.end_file(&mut written).expect("writing to memory");
    let mut decoder = TokenDecoder::new(coding, protocol).expect("there is memory enough");
    decoder.begin_file(300);
    let mut source = Reader::new(&written);
    let (mut got_literal, mut got_blocks) = (Vec::new(), Vec::new());
    loop {
        match decoder.next(&mut source).expect("what was encoded is decoded") {
            Token::Literal(data) => got_literal.extend_from_slice(data),
            Token::Blocks { first, count } => {
                for number in first..first + count {
                    got_blocks.push(number);
                    if decoder.wants_matched() {
                        decoder.matched(BLOCK).expect("a block that exists");
                    }
                }
            }
            Token::End => break,
        }
    }
    assert!(source.rest().is_empty());
    assert_eq!((got_literal, got_blocks), (literal, blocks));
}

/// Extended attributes, requests for their values, and answers.
pub(crate) fn xattrs(bytes: &[u8]) {
    let mut source = Reader::new(bytes);
    let mut decoder = XattrDecoder::default();
    let mut requests = XattrRequests::default();
    while let Ok((number, set)) = decoder.decode(&mut source) {
        let mut written = Vec::new();
        XattrEncoder::default().encode(&set, &mut written);
        let (_, again) =
            XattrDecoder::default().decode(&mut Reader::new(&written)).expect("what was read can be written");
        assert_eq!(again, set);
        let _ = requests.decode(&mut source, number, &set);
        let _ = decode_answer(&mut source, &set);
    }
}

/// Access control lists.
pub(crate) fn acls(bytes: &[u8]) {
    let mut source = Reader::new(bytes);
    let mut decoder = AclDecoder::default();
    while let Ok(decoded) = decoder.decode(&mut source) {
        let mut written = Vec::new();
        let name =
            |subject| decoded.names.iter().find(|(named, _)| *named == subject).map(|(_, name)| name.clone());
        AclEncoder::default().encode(&decoded.acl, name, &mut written);
        let again =
            AclDecoder::default().decode(&mut Reader::new(&written)).expect("what was read can be written");
        assert_eq!(again.acl, decoded.acl);
    }
}

/// What is counted.
pub(crate) fn statistics(bytes: &[u8]) {
    let (version, rest) = choice(bytes);
    let protocol = protocol(version);
    let mut source = Reader::new(rest);
    if let Ok(stats) = ServerStats::decode(protocol, &mut source) {
        let mut written = Vec::new();
        stats.encode(protocol, &mut written);
        assert_eq!(ServerStats::decode(protocol, &mut Reader::new(&written)), Ok(stats));
    }
    if let Ok(counts) = DeleteCounts::decode(&mut source) {
        let mut written = Vec::new();
        counts.encode(&mut written);
        assert_eq!(DeleteCounts::decode(&mut Reader::new(&written)), Ok(counts));
    }
}

/// Versions, compatibility flags, and lists of names.
pub(crate) fn handshake(bytes: &[u8]) {
    let (version, rest) = choice(bytes);
    let mut source = Reader::new(rest);
    if let Ok(agreed) = greeting::decode(protocol(version), &mut source) {
        assert!(agreed.number() <= protocol(version).number());
    }
    if let Ok(flags) = CompatFlags::decode(&mut source) {
        let mut written = Vec::new();
        flags.encode(&mut written);
        assert_eq!(CompatFlags::decode(&mut Reader::new(&written)), Ok(flags));
    }
    if let Ok(names) = negotiation::decode(&mut source) {
        for end in [End::Client, End::Server] {
            let ours = ["xxh128", "md5", "none"];
            if let Ok(chosen) = negotiation::choose("checksum", end, &ours, &names) {
                assert!(ours.iter().any(|name| name.eq_ignore_ascii_case(&chosen)));
            }
        }
    }
    let letters = String::from_utf8_lossy(rest);
    let _ = CompatFlags::grant(&letters, version & 1 != 0);
}

/// Lines of a daemon.
pub(crate) fn daemon_text(bytes: &[u8]) {
    for line in bytes.split(|&byte| byte == b'\n') {
        if let Ok(greeting) = Greeting::parse(line) {
            let number = greeting.number(Protocol::default());
            if let Some(digest) = AuthDigest::choose(&greeting, number) {
                assert!(!digest.response(b"secret", line).is_empty());
            }
        }
        let _ = Answer::parse(line);
    }
}

/// Rules that a client sends, and files of rules that directories hold, with names to try them on.
pub(crate) fn filter_rules(bytes: &[u8]) {
    let (direction, rest) = choice(bytes);
    let direction = if direction & 1 == 0 { Direction::Push } else { Direction::Pull };
    let texts: Vec<Vec<u8>> = rest.split(|&byte| byte == 0).map(<[u8]>::to_vec).collect();
    let mut read = |_: &OsStr| Ok(rest.to_vec());
    let mut sources = RuleSources { read: &mut read, cvs_ignore: rest };
    let Ok(filters) = Filters::from_wire(&texts, direction, &Options::default(), &mut sources) else {
        return;
    };
    let filters = Arc::new(filters);
    let _ = filters.wire_rules(direction);
    for side in [Side::Sender, Side::Receiver] {
        let here = DirectoryFilters::new(Arc::clone(&filters), side, b"/root");
        for name in rest.split(|&byte| byte == 0 || byte == b'\n').filter(|name| !name.is_empty()).take(8) {
            let _ = here.excludes(name, true);
            let _ = here.excludes(name, false);
        }
        let mut read = |_: &[u8]| Ok(Some(rest.to_vec()));
        let _ = here.enter(b"a", &mut read);
    }
}

/// Arguments of a server, plain or over the connection, and the words of a remote shell.
pub(crate) fn server_arguments(bytes: &[u8]) {
    let words = bytes.split(|&byte| byte == 0).map(OsStr::from_bytes);
    let server = [OsStr::new("--server")].into_iter().chain(words.clone());
    let _ = parse(server);
    let _ = parse(words);
    let mut reader = SecludedReader::new();
    for &byte in bytes {
        match reader.push(byte) {
            Ok(None) => {}
            Ok(Some(words)) => {
                let _ = parse(words);
                break;
            }
            Err(_) => break,
        }
    }
    let _ = split_shell_command(OsStr::from_bytes(bytes));
    let mut source = Reader::new(bytes);
    let _ = source.bytes("rule", bytes.len() / 2, bytes.len());
}
