//! What a sender answers with.

use super::{Act, IMPATIENT, Plays, Sound, leaves, says};
use crate::peer::{Over, Peer, Point, Then};
use syncline::wire::index::Index;

/// A literal of a few bytes, and the end of the tokens.
const LITERAL: &[u8] = b"\x08\0\0\0hostile\n\0\0\0\0";

pub(super) fn acts() -> Vec<Act> {
    let act = |name, does, sound| Act::of(Plays::Sender, name, does, sound);
    let zip = "-r --compress-choice=zlibx";
    let head = |name, does, step| act(name, does, Sound::Fails).at(Point::Answer, step);
    vec![
        act("answers-a-directory", "content for a directory", Sound::Fails)
            .at(Point::Answer, |peer| answer(peer, Some(0), None, LITERAL)),
        act("answers-nobody", "content for index 4,000", Sound::Fails)
            .at(Point::Answer, |peer| answer(peer, Some(4000), None, LITERAL)),
        act("answers-twice", "every file twice", Sound::Either).at(Point::Answer, |peer| {
            answer(peer, None, None, LITERAL)?;
            answer(peer, None, None, LITERAL)
        }),
        act("answers-never", "reads requests and is silent", Sound::Ends(&[30]))
            .at(Point::Answer, Peer::stall)
            .options(IMPATIENT),
        act("leaves-at-an-answer", "closes instead of answering", Sound::Fails).at(Point::Answer, leaves),
        act("leaves-in-the-tokens", "closes within a file", Sound::Fails).at(Point::Tokens, |peer| {
            peer.data(b"\x40\0\0\0only a part of it")?;
            leaves(peer)
        }),
        act("leaves-before-a-digest", "closes before a digest", Sound::Fails).at(Point::Digest, leaves),
        act("passes-over", "ends the phases and answers nothing", Sound::Fails).at(Point::Answer, says!([0])),
        act("ends-too-often", "ends more phases than there are", Sound::Either)
            .at(Point::Phase, says!([0, 0, 0, 0, 0])),
        act("digest-wrong", "wrong digests, always", Sound::Ends(&[23])).at(Point::Digest, says!([0xaa; 16])),
        act("digest-wrong-once", "one wrong digest", Sound::Ends(&[0])).at(Point::Digest, |peer| {
            if peer.times > 1 {
                return Ok(Then::GoOn);
            }
            peer.data(&[0xaa; 16])?;
            Ok(Then::Skip)
        }),
        head("head-of-empty-blocks", "two blocks of no length", |peer| {
            answer(peer, None, Some([2, 0, 2, 0]), LITERAL)
        }),
        head("head-of-negative-count", "-2 blocks", |peer| {
            answer(peer, None, Some([-2, 700, 2, 0]), LITERAL)
        }),
        head("head-of-long-blocks", "a block of 2^30 bytes", |peer| {
            answer(peer, None, Some([1, 1 << 30, 2, 0]), LITERAL)
        }),
        head("head-of-long-sums", "sums of 90 bytes", |peer| {
            answer(peer, None, Some([1, 700, 90, 0]), LITERAL)
        }),
        head("head-of-long-rest", "a last block longer than the others", |peer| {
            answer(peer, None, Some([1, 700, 2, 900]), LITERAL)
        }),
        act("block-of-nothing", "a block of a file that is not there", Sound::Fails)
            .at(Point::Answer, |peer| answer(peer, None, None, &tokens(-1))),
        act("block-out-of-range", "block 3,000,000 of one", Sound::Fails)
            .at(Point::Answer, |peer| answer(peer, None, Some([1, 700, 2, 0]), &tokens(-3_000_001))),
        act("block-most-negative", "the token -2^31", Sound::Fails)
            .at(Point::Answer, |peer| answer(peer, None, None, &tokens(i32::MIN))),
        act("literal-huge", "a literal of 2^31 - 1 bytes, of which 20 come", Sound::Fails).at(
            Point::Answer,
            |peer| {
                answer(peer, None, None, b"\xff\xff\xff\x7ftwenty bytes, and end")?;
                leaves(peer)
            },
        ),
        act("literals-without-end", "literals for two seconds, for a short file", Sound::Fails).at(
            Point::Answer,
            |peer| {
                let mut out = Vec::new();
                peer.written.encode(Index::Entry(peer.asked.0), &mut out);
                out.extend_from_slice(&peer.asked.1.to_le_bytes());
                out.extend_from_slice(&[0; 16]);
                peer.data(&out)?;
                peer.endless(|peer| {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    peer.data(&[&4096_i32.to_le_bytes()[..], &[b'x'; 4096]].concat())
                })
            },
        ),
        act("zip-that-swells", "60 MB of zeros out of 400 KB", Sound::Either)
            .at(Point::Tokens, |peer| {
                // Deflate's fixed code: one zero, then copies of 258 of it, 8 bits and a distance of 5 each.
                peer.data(&swelling())?;
                Ok(Then::Skip)
            })
            .options(zip),
        act("zip-of-nonsense", "compressed data that are none", Sound::Fails)
            .at(Point::Tokens, says!(b"\x40\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0"))
            .options(zip),
        act("zip-run-too-long", "a run of blocks past 2^31", Sound::Fails)
            .at(Point::Tokens, says!(b"\x21\xf0\xff\xff\x7f\xff\xff"))
            .options(zip),
    ]
}

/// An answer to what was asked, or to another index, with what was asked for a head or another.
fn answer(peer: &mut Peer, index: Option<i32>, head: Option<[i32; 4]>, tokens: &[u8]) -> Result<Then, Over> {
    let (asked, flags, asked_head) = peer.asked.clone();
    let mut out = Vec::new();
    peer.written.encode(Index::Entry(index.unwrap_or(asked)), &mut out);
    // Neither a basis nor a name follows.
    out.extend_from_slice(&(flags & !0x1800).to_le_bytes());
    match head {
        Some(head) => head.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes())),
        None => out.extend_from_slice(&asked_head),
    }
    out.extend_from_slice(tokens);
    out.extend_from_slice(&[0; 16]);
    peer.data(&out)?;
    Ok(Then::Skip)
}

fn tokens(token: i32) -> Vec<u8> {
    [token.to_le_bytes(), [0; 4]].concat()
}

/// Records of deflate data that give far more than they are.
fn swelling() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.low(0b010, 3); // not the last block, fixed codes
    bits.high(0b0011_0000, 8); // the byte 0
    for _ in 0..240_000 {
        bits.high(0b1100_0101, 8); // length 258
        bits.high(0, 5); // distance 1
    }
    bits.high(0, 7); // end of the block
    bits.low(0, 3); // an empty stored block, whose last four bytes are left out (`docs/spec/wire-3-transfer.md` §6.3)
    let records = bits.bytes.chunks(16_000).fold(Vec::new(), |mut out, part| {
        out.extend_from_slice(&[0x40 | (part.len() >> 8) as u8, part.len() as u8]);
        out.extend_from_slice(part);
        out
    });
    [records, vec![0]].concat()
}

/// Writes bits, the lowest of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    filled: u32,
}

impl Bits {
    fn bit(&mut self, bit: u8) {
        if self.filled.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= bit << (self.filled % 8);
        }
        self.filled += 1;
    }

    fn low(&mut self, value: u8, count: u8) {
        (0..count).for_each(|at| self.bit(value >> at & 1));
    }

    fn high(&mut self, value: u8, count: u8) {
        (0..count).rev().for_each(|at| self.bit(value >> at & 1));
    }
}
