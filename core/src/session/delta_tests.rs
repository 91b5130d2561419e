//! Sender against receiver, without a session around them.

use std::cell::RefCell;
use std::io::Cursor;

use proptest::prelude::*;

use super::delta_receive::{self, Broken, NewFile, Received, Update};
use super::delta_send::{self, Restriction, Sent, WireOutput};
use crate::checksum::file_sum::{BlockSummer, FileSum, FileSumKind};
use crate::checksum::{WeakKind, rolling};
use crate::delta::Basis;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::block_sums::{BlockSums, SumHead};
use crate::wire::negotiation::Compression;
use crate::wire::tokens::{Effort, Token, TokenDecoder, TokenEncoder};
use crate::wire::{Protocol, Reader, WireError};

#[derive(Default)]
pub(super) struct Wire(pub(super) Vec<u8>);

impl WireOutput for Wire {
    fn data(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }

    fn checkpoint(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A file that is its own basis.
pub(super) struct OneFile<'a> {
    pub(super) contents: &'a RefCell<Vec<u8>>,
    pub(super) position: usize,
}

impl NewFile for OneFile<'_> {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        let mut contents = self.contents.borrow_mut();
        let end = self.position + data.len();
        if contents.len() < end {
            contents.resize(end, 0);
        }
        contents[self.position..end].copy_from_slice(data);
        self.position = end;
        Ok(())
    }

    fn keep(&mut self, length: u64) -> Result<()> {
        self.position += length as usize;
        Ok(())
    }
}

impl Basis for RefCell<Vec<u8>> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        self.borrow().read_at(offset, buffer)
    }
}

#[derive(Clone, Copy, Debug)]
struct Setting {
    compression: Compression,
    checksum: FileSumKind,
    restriction: Restriction,
    block_length: Option<u32>,
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            compression: Compression::None,
            checksum: FileSumKind::Xxh128,
            restriction: Restriction::Free,
            block_length: None,
        }
    }
}

/// The session's ends, which outlive files.
struct Ends {
    setting: Setting,
    summer: BlockSummer,
    encoder: TokenEncoder,
    decoder: TokenDecoder,
}

impl Ends {
    fn new(setting: Setting) -> Ends {
        let protocol = Protocol::NEWEST;
        Ends {
            setting,
            summer: BlockSummer { kind: setting.checksum, seed: 77, seed_first: true, seeds_files: false },
            encoder: TokenEncoder::new(setting.compression, None, protocol).unwrap(),
            decoder: TokenDecoder::new(setting.compression, protocol).unwrap(),
        }
    }

    fn sums(&self, basis: &[u8]) -> BlockSums {
        let digest = self.summer.kind.digest_length();
        let head = SumHead::for_basis(basis.len() as u64, self.setting.block_length, digest, false);
        let blocks = basis.chunks(head.block_length().max(1) as usize);
        let mut sums = BlockSums { head, ..BlockSums::default() };
        if matches!(self.setting.restriction, Restriction::Free | Restriction::InPlace) {
            for block in blocks {
                sums.weak.push(rolling::block_sum(WeakKind::Rsync, block));
                sums.strong.extend(&self.summer.sum(block)[..head.strong_length()]);
            }
        }
        sums
    }

    fn send(&mut self, basis: &[u8], new: &[u8], length: u64) -> (Wire, Sent) {
        let request = delta_send::Request {
            sums: &self.sums(basis),
            summer: self.summer,
            restriction: self.setting.restriction,
            effort: Effort::Level,
        };
        let mut wire = Wire::default();
        let sent =
            delta_send::send(&request, Cursor::new(new), length, &mut self.encoder, &mut wire).unwrap();
        (wire, sent)
    }

    /// The new file that the receiver makes, from the old one in its place or beside it.
    fn receive(&mut self, basis: &[u8], wire: &Wire) -> (Vec<u8>, Received) {
        let update = match self.setting.restriction {
            Restriction::Free => Update::Apart,
            Restriction::InPlace => Update::InPlace,
            Restriction::Append => Update::Append,
            Restriction::AppendVerify => Update::AppendVerify,
        };
        let old = RefCell::new(basis.to_vec());
        let new = RefCell::new(Vec::new());
        let contents = if update == Update::Apart { &new } else { &old };
        let request = delta_receive::Request { head: self.sums(basis).head, basis: Some(&old), update };
        let mut reader = Reader::new(&wire.0);
        let received = delta_receive::receive(
            &mut self.decoder,
            &mut reader,
            &request,
            Some(&mut OneFile { contents, position: 0 }),
            FileSum::new(self.setting.checksum),
            self.setting.checksum.digest_length(),
        )
        .unwrap();
        assert!(reader.rest().is_empty());
        let mut result = contents.borrow().clone();
        result.truncate(received.length as usize);
        (result, received)
    }

    fn transfer(&mut self, basis: &[u8], new: &[u8]) -> Sent {
        let (wire, sent) = self.send(basis, new, new.len() as u64);
        let (result, received) = self.receive(basis, &wire);
        assert!(result == new, "{:?}: {} of {} bytes", self.setting, result.len(), new.len());
        assert!(received.is_verified && received.failure.is_none(), "{received:?}");
        assert_eq!((received.literal, received.matched), (sent.literal, sent.matched));
        sent
    }

    /// The tokens for `new`, as `b0`, `L100`.
    fn tokens(&mut self, basis: &[u8], new: &[u8]) -> String {
        let (wire, _) = self.send(basis, new, new.len() as u64);
        let mut reader = Reader::new(&wire.0);
        self.decoder.begin_file(u32::MAX);
        let mut text = Vec::new();
        let mut literal = 0;
        loop {
            let token = self.decoder.next(&mut reader).unwrap();
            if let Token::Literal(data) = token {
                literal += data.len();
                continue;
            }
            if literal > 0 {
                text.push(format!("L{literal}"));
                literal = 0;
            }
            match token {
                Token::Blocks { first, count } => {
                    text.extend((first..first + count).map(|n| format!("b{n}")));
                }
                _ => return text.join(" "),
            }
        }
    }
}

/// Bytes without matches.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

/// The rows of `docs/spec/wire-3-transfer.md` §5.3 in which only one choice is sensible.
#[test]
fn the_search_makes_the_choices_of_the_specification() {
    let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(|seed| noise(seed, 700));
    let short = noise(6, 100);
    let p = noise(7, 5000);
    let fresh = noise(8, 700);
    let (free, in_place) = (Restriction::Free, Restriction::InPlace);
    for (restriction, basis, new, expected) in [
        (free, p.clone(), p.clone(), "b0 b1 b2 b3 b4 b5 b6 b7"),
        (free, [&a[..], &b, &c, &d, &e].concat(), [&c[..], &d, &e, &a, &b].concat(), "b2 b3 b4 b0 b1"),
        (free, a.repeat(5), a.repeat(5), "b0 b1 b2 b3 b4"),
        (free, [&a[..], &b, &short].concat(), [&short[..], &a, &b].concat(), "L100 b0 b1"),
        (free, [&a[..], &b, &short].concat(), [&noise(9, 333)[..], &short].concat(), "L333 b2"),
        (free, [&a[..], &b, &c].concat(), [&fresh[..], &a, &b, &c].concat(), "L700 b0 b1 b2"),
        (in_place, [&a[..], &b, &c].concat(), [&fresh[..], &a, &b, &c].concat(), "L2800"),
        (in_place, [&a[..], &b, &c].concat(), [&b[..], &c].concat(), "b1 b2"),
        (in_place, [&a[..], &b, &c].concat(), a.repeat(3), "b0 b0 b0"),
    ] {
        let setting = Setting { restriction, block_length: Some(700), ..Setting::default() };
        assert_eq!(Ends::new(setting).tokens(&basis, &new), expected);
        Ends::new(setting).transfer(&basis, &new);
    }
}

#[test]
fn an_update_in_place_takes_the_blocks_that_are_left() {
    let [a, b] = [1, 2].map(|seed| noise(seed, 700));
    let setting =
        Setting { restriction: Restriction::InPlace, block_length: Some(700), ..Setting::default() };
    for (basis, new, expected) in [
        // The second `a` stands for the first, which is overwritten by then.
        ([&a[..], &b, &a].concat(), [&b[..], &a].concat(), "b1 b2"),
        // Equal blocks: the one that is there already.
        (a.repeat(4), [&b[..], &a, &a, &a].concat(), "L700 b1 b2 b3"),
        (a.repeat(4), [&b[..10], &a, &a].concat(), "L10 b1 b2"),
    ] {
        assert_eq!(Ends::new(setting).tokens(&basis, &new), expected);
        Ends::new(setting).transfer(&basis, &new);
    }
}

#[test]
fn an_append_sends_what_is_new_and_verifies_what_it_says() {
    let new = noise(1, 100_000);
    for (restriction, wrong_prefix_passes) in
        [(Restriction::Append, true), (Restriction::AppendVerify, false)]
    {
        let mut ends = Ends::new(Setting { restriction, ..Setting::default() });
        for prefix in [0, 1, 700, 701, 50_000, 100_000] {
            let sent = ends.transfer(&new[..prefix], &new);
            assert_eq!((sent.literal, sent.matched), (100_000 - prefix as u64, 0));
        }
        let mut basis = new[..50_000].to_vec();
        basis[7] ^= 1;
        let (wire, _) = ends.send(&basis, &new, 100_000);
        let (result, received) = ends.receive(&basis, &wire);
        assert_eq!(received.is_verified, wrong_prefix_passes);
        assert_eq!(result[50_000..], new[50_000..]);
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_sent_fails_verification() {
    for checksum in [FileSumKind::Xxh64, FileSumKind::None] {
        let mut ends = Ends::new(Setting { checksum, ..Setting::default() });
        let new = noise(1, 5000);
        let (wire, sent) = ends.send(&[], &new, 6000);
        assert_eq!(sent.read_error.unwrap().kind(), ErrorKind::Truncated);
        let (result, received) = ends.receive(&[], &wire);
        assert_eq!(result, [new, vec![0; 1000]].concat());
        assert!(!received.is_verified);
        // And the next file is as right as any.
        ends.transfer(&[], b"abc");
    }
}

/// A file on a disk that is full.
struct Full;

impl NewFile for Full {
    fn write(&mut self, _: &[u8]) -> Result<()> {
        Err(Error::new(ErrorKind::NoSpace, "full"))
    }

    fn keep(&mut self, _: u64) -> Result<()> {
        Ok(())
    }
}

/// A file on a disk that fails.
struct Unreadable;

impl Basis for Unreadable {
    fn read_at(&self, _: u64, _: &mut [u8]) -> Result<usize> {
        Err(Error::new(ErrorKind::Io, "unreadable"))
    }
}

#[test]
fn discarded_files_are_decoded_to_their_end() {
    for compression in [Compression::None, Compression::Zlib, Compression::Zstd, Compression::Lz4] {
        let basis = noise(1, 200_000);
        let new = [&noise(2, 5000)[..], &basis, &noise(3, 777), &basis[..50_000]].concat();
        let mut ends = Ends::new(Setting { compression, ..Setting::default() });
        let contents = RefCell::default();
        let mut file = OneFile { contents: &contents, position: 0 };
        for (output, basis_now) in
            [(Some(&mut file as &mut dyn NewFile), Some(&Unreadable as &dyn Basis)), (None, None)]
        {
            let (wire, _) = ends.send(&basis, &new, new.len() as u64);
            let is_unreadable = basis_now.is_some();
            let head = ends.sums(&basis).head;
            let request = delta_receive::Request { head, basis: basis_now, update: Update::Apart };
            let mut reader = Reader::new(&wire.0);
            let sum = FileSum::new(FileSumKind::Xxh128);
            let received =
                delta_receive::receive(&mut ends.decoder, &mut reader, &request, output, sum, 16).unwrap();
            assert!(reader.rest().is_empty());
            assert_eq!(received.length, new.len() as u64);
            assert_eq!(received.failure.map(|error| error.kind()), is_unreadable.then_some(ErrorKind::Io));
        }
        ends.transfer(&basis, &new);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_not_read_to_its_end() {
    let new = noise(2, 2_000_000);
    let mut ends = Ends::new(Setting::default());
    let (wire, _) = ends.send(b"", &new, new.len() as u64);
    let request = delta_receive::Request { head: SumHead::default(), basis: None, update: Update::Apart };
    let mut reader = Reader::new(&wire.0);
    let sum = FileSum::new(FileSumKind::Xxh128);
    let broken = delta_receive::receive(&mut ends.decoder, &mut reader, &request, Some(&mut Full), sum, 16);
    let Err(Broken::Output(error)) = broken else { panic!("{broken:?}") };
    assert_eq!(error.kind(), ErrorKind::NoSpace);
    assert!(reader.rest().len() > 1_000_000);
}

#[test]
fn blocks_of_a_basis_that_is_not_there_are_refused() {
    let basis = noise(1, 5000);
    let mut ends = Ends::new(Setting::default());
    let (wire, _) = ends.send(&basis, &basis, 5000);
    let request = delta_receive::Request { head: ends.sums(&basis).head, basis: None, update: Update::Apart };
    let contents = RefCell::default();
    let error = delta_receive::receive(
        &mut ends.decoder,
        &mut Reader::new(&wire.0),
        &request,
        Some(&mut OneFile { contents: &contents, position: 0 }),
        FileSum::new(FileSumKind::Xxh128),
        16,
    )
    .unwrap_err();
    assert!(matches!(error, Broken::Peer(WireError::Malformed(_))));
}

#[test]
fn long_files_are_searched_across_stretches() {
    let old = noise(1, 5 << 20);
    let mut new = old.clone();
    new.splice(1 << 20..1 << 20, noise(2, 12_345));
    new.drain((3 << 20)..(3 << 20) + 99);
    new.extend_from_slice(b"and more");
    for (restriction, block_length, literal) in [
        (Restriction::Free, None, 25_000),
        (Restriction::Free, Some(131_072), 500_000),
        // All that was moved towards the end has to be sent.
        (Restriction::InPlace, None, 4_250_000),
    ] {
        let sent =
            Ends::new(Setting { restriction, block_length, ..Setting::default() }).transfer(&old, &new);
        assert!(sent.literal < literal, "{restriction:?} {block_length:?}: {}", sent.literal);
    }
}

/// A file, and edits of it: moved, dropped, inserted and overwritten stretches.
fn pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let edits = prop::collection::vec(any::<(u8, u16, u16, u16)>(), 0..10);
    (any::<u64>(), 0_usize..40_000, 1_usize..250, edits).prop_map(|(seed, length, alphabet, edits)| {
        let old: Vec<u8> =
            noise(seed, length).into_iter().map(|byte| (byte as usize % alphabet) as u8).collect();
        let mut new = old.clone();
        for (kind, at, from, count) in edits {
            let at = at as usize % (new.len() + 1);
            let count = count as usize % 3000;
            match kind % 4 {
                0 => drop(new.drain(at..(at + count).min(new.len()))),
                1 => drop(new.splice(at..at, noise(u64::from(from), count % 100))),
                2 => {
                    let from = from as usize % (old.len() + 1);
                    let moved = old[from..(from + count).min(old.len())].to_vec();
                    new.splice(at..at, moved);
                }
                _ => new[at..].iter_mut().take(count % 50).for_each(|byte| *byte = !*byte),
            }
        }
        (old, new)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_edit_arrives(pairs in prop::collection::vec(pair(), 1..3), block_length in prop::option::of(1_u32..2000)) {
        for compression in
            [Compression::None, Compression::Zlib, Compression::Zlibx, Compression::Zstd, Compression::Lz4]
        {
            for (restriction, checksum) in [
                (Restriction::Free, FileSumKind::Xxh128),
                (Restriction::InPlace, FileSumKind::Md5),
                (Restriction::Free, FileSumKind::Sha1),
                (Restriction::InPlace, FileSumKind::Xxh3),
            ] {
                // Short sums of tiny blocks collide, as they would in rsync.
                let block_length = block_length.map(|length| length.max(300));
                let setting = Setting { compression, checksum, restriction, block_length };
                let mut ends = Ends::new(setting);
                for (old, new) in &pairs {
                    ends.transfer(old, new);
                }
            }
        }
    }
}
