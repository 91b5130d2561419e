//! Frames and messages, in both directions.

use super::{Act, IMPATIENT, Plays, Sound};
use crate::peer::{Over, Peer, Point, Then};

pub(super) fn acts() -> Vec<Act> {
    let mut acts = Vec::new();
    for (plays, at) in [(Plays::Sender, Point::Listed), (Plays::Receiver, Point::Request)] {
        let act = |name, does, sound, step| Act::of(plays, name, does, sound).at(at, step);
        acts.extend([
            act("frame-of-no-kind", "a frame with code 60", Sound::Fails, |peer| message(peer, 60, b"?")),
            act("frame-below-the-base", "a frame header whose code is negative", Sound::Fails, |peer| {
                peer.raw(&[1, 0, 0, 2, b'x'])?;
                Ok(Then::GoOn)
            }),
            act("frame-cut-short", "a frame of 60,000 bytes that ends after 3", Sound::Fails, |peer| {
                peer.raw(&[0x60, 0xea, 0, 7, 0, 0, 0])?;
                Err(Over)
            }),
            act("text-too-long", "a text of 6,000 bytes", Sound::Fails, |peer| {
                message(peer, 2, &[b't'; 6000])
            }),
            act("text-with-escapes", "a text that clears the screen", Sound::Either, |peer| {
                message(peer, 3, b"\x1b[2J\x1b[Hall files were transferred\n\x07")
            }),
            act(
                "message-of-one-side",
                "a message that only halves of one side exchange",
                Sound::Fails,
                |peer| message(peer, 9, &1_i32.to_le_bytes()),
            ),
            act("message-too-short", "I/O error bits in one byte", Sound::Fails, |peer| {
                message(peer, 22, &[1])
            }),
            act("gives-up", "gives up with exit status 77", Sound::Ends(&[77]), |peer| {
                message(peer, 86, &77_i32.to_le_bytes())
            }),
            act("gives-up-negatively", "gives up with exit status -5", Sound::Fails, |peer| {
                message(peer, 86, &(-5_i32).to_le_bytes())
            }),
            act("acknowledges-nothing", "acknowledges an end that nobody announced", Sound::Either, |peer| {
                message(peer, 86, b"")
            }),
            act("says-nothing-at-length", "empty frames for two seconds", Sound::Either, |peer| {
                peer.endless(|peer| peer.message(0, b""))
            }),
            act("talks-without-end", "texts for two seconds", Sound::Either, |peer| {
                peer.endless(|peer| peer.message(2, b"and another thing\n"))
            }),
            act(
                "raises-the-timeout",
                "tells a timeout of a day, then is silent",
                Sound::Ends(&[12, 30]),
                |peer| {
                    peer.message(33, &86_400_i32.to_le_bytes())?;
                    peer.stall()
                },
            )
            .options(IMPATIENT),
            act("forged-deletions", "says that /etc/passwd was deleted", Sound::Either, |peer| {
                message(peer, 101, b"/etc/passwd")
            }),
            act("forged-success", "says that files are in place which nobody sent", Sound::Either, |peer| {
                for index in [-7, 0, 1, 2, 1_000_000] {
                    peer.message(100, &i32::to_le_bytes(index))?;
                }
                Ok(Then::GoOn)
            }),
            act("forged-refusals", "refuses files that nobody asked for", Sound::Either, |peer| {
                for index in [-7, 0, 1_000_000, i32::MAX, i32::MIN] {
                    peer.message(102, &index.to_le_bytes())?;
                }
                Ok(Then::GoOn)
            }),
        ]);
    }
    acts
}

fn message(peer: &mut Peer, code: u8, payload: &[u8]) -> Result<Then, Over> {
    peer.message(code, payload)?;
    Ok(Then::GoOn)
}
