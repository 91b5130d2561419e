//! What a receiving side asks for.

use syncline::wire::ints::{write_varint, write_vstring};

use super::{Act, IMPATIENT, Plays, SERVER, Sound, leaves, says};
use crate::peer::{Over, Peer, Point, Then};

const TRANSFER: u16 = 0x8000;
const NAMED: u16 = 0x9000;
const WITH_BASIS: u16 = 0x8800;

pub(super) fn acts() -> Vec<Act> {
    let act = |name, does, sound| Act::of(Plays::Receiver, name, does, sound);
    let asks = |name, does, sound, step| act(name, does, sound).at(Point::Request, step);
    vec![
        act("nothing-wrong", "all that it should", Sound::Ends(&[0])),
        asks("asks-for-no-entry", "index 7,000", Sound::Fails, |peer| {
            ask(peer, Some(7000), TRANSFER, &[0; 16])
        }),
        asks("asks-for-nothing", "index -60", Sound::Fails, says!([0xff, 59])),
        asks("asks-for-a-directory", "the content of a directory", Sound::Fails, |peer| {
            ask(peer, Some(peer.directory), TRANSFER, &[0; 16])
        }),
        act("asks-late", "a request in the last phase", Sound::Fails).at(Point::Phase, |peer| {
            peer.data(&[0, 0])?;
            ask(peer, None, TRANSFER, &[0; 16])
        }),
        asks("asks-never", "reads and is silent", Sound::Ends(&[30]), Peer::stall).options(IMPATIENT),
        asks("asks-and-leaves", "a request, then nothing", Sound::Either, |peer| {
            ask(peer, None, TRANSFER, &[0; 16])?;
            leaves(peer)
        }),
        asks(
            "asks-a-thousand-times",
            "one file a thousand times, and reads nothing",
            Sound::Either,
            |peer| {
                for _ in 0..1000 {
                    ask(peer, None, TRANSFER, &[0; 16])?;
                }
                leaves(peer)
            },
        ),
        asks("sums-of-empty-blocks", "sums of two blocks of no length", Sound::Fails, |peer| {
            ask(peer, None, TRANSFER, &head([2, 0, 2, 0]))
        }),
        asks("sums-negative", "-2 sums", Sound::Fails, |peer| {
            ask(peer, None, TRANSFER, &head([-2, 700, 2, 0]))
        }),
        asks("sums-without-end", "2^31 - 1 sums announced, then nothing", Sound::Fails, |peer| {
            ask(peer, None, TRANSFER, &head([i32::MAX, 700, 2, 0]))?;
            leaves(peer)
        }),
        asks("sums-of-long-blocks", "a block of 2^31 - 1 bytes", Sound::Fails, |peer| {
            ask(peer, None, TRANSFER, &head([1, i32::MAX, 2, 0]))
        }),
        asks("sums-cut-short", "20 sums announced, two sent", Sound::Fails, |peer| {
            ask(peer, None, TRANSFER, &[&head([20, 700, 2, 0])[..], &[0; 12]].concat())?;
            leaves(peer)
        }),
        asks("named-too-long", "a name of 20,000 bytes", Sound::Fails, |peer| {
            let mut rest = Vec::new();
            write_vstring(&[b'n'; 20_000], &mut rest);
            rest.extend_from_slice(&[0; 16]);
            ask(peer, None, NAMED, &rest)
        }),
        asks("basis-of-no-kind", "a basis of type 250", Sound::Either, |peer| {
            ask(peer, None, WITH_BASIS, &[&[250][..], &[0; 16]].concat())
        }),
        asks("deletes-too-much", "2^31 - 1 deletions of each kind", Sound::Fails, |peer| {
            let mut out = vec![0xff, 2];
            (0..5).for_each(|_| write_varint(i32::MAX, &mut out));
            peer.data(&out)?;
            Ok(Then::Skip)
        }),
        act("rule-huge", "a filter rule of 2^31 - 1 bytes", Sound::Fails)
            .at(Point::Filters, says!(i32::MAX.to_le_bytes()))
            .only(SERVER),
        act("rule-negative", "a filter rule of -1 bytes", Sound::Fails)
            .at(Point::Filters, says!((-1_i32).to_le_bytes()))
            .only(SERVER),
        act("rule-of-nonsense", "a filter rule that is none", Sound::Fails)
            .at(Point::Filters, says!(b"\x05\0\0\0=!%&?\0\0\0\0"))
            .only(SERVER),
        act("rule-reads-a-file", "a rule that merges /etc/passwd", Sound::Either)
            .at(Point::Filters, says!(b"\x0d\0\0\0. /etc/passwd\0\0\0\0"))
            .only(SERVER),
        act("rules-without-end", "filter rules for two seconds", Sound::Fails)
            .at(Point::Filters, |peer| peer.endless(|peer| peer.data(b"\x03\0\0\0- x")))
            .only(SERVER),
    ]
}

/// A request for the first regular file, or for another index.
fn ask(peer: &mut Peer, index: Option<i32>, flags: u16, rest: &[u8]) -> Result<Then, Over> {
    let index = index.or_else(|| peer.regular.first().copied()).ok_or(Over)?;
    peer.request(index, flags, rest)?;
    Ok(Then::Skip)
}

fn head(numbers: [i32; 4]) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}
