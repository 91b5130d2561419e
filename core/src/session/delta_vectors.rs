//! Requests and answers of real rsync (`tests/vectors/wire/answers.tsv`): made the same, and understood.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Cursor;

use super::delta_receive::{self, Update};
use super::delta_send::{self, Restriction};
use super::delta_tests::{OneFile, Wire};
use crate::checksum::file_sum::{BlockSummer, FileSum, FileSumKind};
use crate::checksum::{WeakKind, rolling};
use crate::wire::block_sums::{BlockSums, SumHead};
use crate::wire::negotiation::Compression;
use crate::wire::tokens::{Effort, TokenDecoder, TokenEncoder};
use crate::wire::{Protocol, Reader};

struct Case {
    name: String,
    session: String,
    protocol: Protocol,
    compression: Compression,
    summer: BlockSummer,
    restriction: Restriction,
    basis: Vec<u8>,
    new: Vec<u8>,
    request: Vec<u8>,
    answer: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/wire/answers.tsv"));
    text.lines().filter(|line| !line.starts_with('#')).map(case).collect()
}

fn case(line: &str) -> Case {
    let fields: Vec<&str> = line.split('\t').collect();
    let [
        session,
        name,
        protocol,
        compression,
        checksum,
        seed,
        md5_seed,
        restriction,
        basis,
        new,
        request,
        answer,
    ] = fields[..]
    else {
        panic!("{line}");
    };
    Case {
        name: format!("{session}/{name}"),
        session: session.to_owned(),
        protocol: Protocol::new(protocol.parse().unwrap()).unwrap(),
        compression: Compression::from_name(compression).unwrap(),
        summer: BlockSummer {
            kind: FileSumKind::from_name(checksum).unwrap(),
            seed: seed.parse().unwrap(),
            seed_first: md5_seed == "first",
            seeds_files: false,
        },
        restriction: match restriction {
            "free" => Restriction::Free,
            "in-place" => Restriction::InPlace,
            "append" => Restriction::Append,
            "append-verify" => Restriction::AppendVerify,
            _ => panic!("{restriction}"),
        },
        basis: unhex(basis),
        new: unhex(new),
        request: unhex(request),
        answer: unhex(answer),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

impl Case {
    fn head(&self) -> SumHead {
        SumHead::decode(&mut Reader::new(&self.request), self.summer.kind.digest_length()).unwrap()
    }

    fn has_sums(&self) -> bool {
        matches!(self.restriction, Restriction::Free | Restriction::InPlace)
    }

    /// What a receiver decodes from `answer`: the new file, and whether it is verified.
    fn receive(&self, decoder: &mut TokenDecoder, answer: &[u8]) -> (Vec<u8>, bool) {
        let update = match self.restriction {
            Restriction::Free => Update::Apart,
            Restriction::InPlace => Update::InPlace,
            Restriction::Append => Update::Append,
            Restriction::AppendVerify => Update::AppendVerify,
        };
        let old = RefCell::new(self.basis.clone());
        let new = RefCell::default();
        let contents = if update == Update::Apart { &new } else { &old };
        let digest_length = self.summer.kind.digest_length();
        let mut reader = Reader::new(answer);
        let head = SumHead::decode(&mut reader, digest_length).unwrap();
        assert_eq!(head, self.head());
        let received = delta_receive::receive(
            decoder,
            &mut reader,
            &delta_receive::Request { head, basis: Some(&old), update },
            Some(&mut OneFile { contents, position: 0 }),
            FileSum::new(self.summer.kind),
            digest_length,
        )
        .unwrap_or_else(|error| panic!("{}: {error}", self.name));
        assert!(reader.rest().is_empty(), "{}", self.name);
        let mut result = contents.borrow().clone();
        result.truncate(received.length as usize);
        (result, received.is_verified)
    }
}

#[test]
fn requests_are_made_as_rsync_makes_them() {
    for case in cases() {
        let head = case.head();
        let digest_length = case.summer.kind.digest_length();
        if !case.basis.is_empty() && case.summer.kind != FileSumKind::None {
            let block_length = Some(head.block_length());
            let is_second_try = head.strong_length() == 16;
            let made =
                SumHead::for_basis(case.basis.len() as u64, block_length, digest_length, is_second_try);
            assert_eq!(made, head, "{}", case.name);
        }
        let mut request = Vec::new();
        head.encode(&mut request);
        if case.has_sums() && !head.is_empty() {
            for block in case.basis.chunks(head.block_length() as usize) {
                let weak = rolling::block_sum(WeakKind::Rsync, block);
                BlockSums::encode_block(&head, weak, &case.summer.sum(block), &mut request);
            }
        }
        assert_eq!(request, case.request, "{}", case.name);
    }
}

#[test]
fn answers_of_rsync_give_the_file_that_it_sent() {
    let mut decoders = HashMap::new();
    for case in cases() {
        let decoder = decoders
            .entry(case.session.clone())
            .or_insert_with(|| TokenDecoder::new(case.compression, case.protocol).unwrap());
        let (result, is_verified) = case.receive(decoder, &case.answer);
        // In the recorded second tries the prefix that is to be appended to was wrong.
        let is_wrong = case.restriction == Restriction::AppendVerify && !case.new.starts_with(&case.basis);
        assert_eq!(is_verified, !is_wrong, "{}", case.name);
        assert_eq!(result == case.new, !is_wrong, "{}", case.name);
    }
}

#[test]
fn answers_are_made_as_rsync_makes_them() {
    let mut ends = HashMap::new();
    for case in &cases() {
        let (encoder, decoder) = ends.entry(case.session.clone()).or_insert_with(|| {
            let encoder = TokenEncoder::new(case.compression, None, case.protocol).unwrap();
            (encoder, TokenDecoder::new(case.compression, case.protocol).unwrap())
        });
        let mut reader = Reader::new(&case.request);
        let head = SumHead::decode(&mut reader, case.summer.kind.digest_length()).unwrap();
        let sums = if case.has_sums() {
            BlockSums::decode(head, &mut reader).unwrap()
        } else {
            BlockSums { head, ..BlockSums::default() }
        };
        let request = delta_send::Request {
            sums: &sums,
            summer: case.summer,
            restriction: case.restriction,
            effort: Effort::Level,
        };
        let mut wire = Wire::default();
        head.encode(&mut wire.0);
        let length = case.new.len() as u64;
        delta_send::send(&request, Cursor::new(&case.new), length, encoder, &mut wire).unwrap();
        // Compressors of other makes find other matches; plain streams leave no choice.
        if case.compression == Compression::None {
            assert_eq!(wire.0, case.answer, "{}", case.name);
        }
        let (_, is_verified) = case.receive(decoder, &wire.0);
        let is_wrong = case.restriction == Restriction::AppendVerify && !case.new.starts_with(&case.basis);
        assert_eq!(is_verified, !is_wrong, "{}", case.name);
    }
}
