//! Before the first frame, and leaving or falling silent anywhere.

use syncline::wire::ints::write_vstring;

use super::{Act, CLIENT, IMPATIENT, Plays, Sound, leaves};
use crate::peer::{Peer, Point, Then};

pub(super) fn acts() -> Vec<Act> {
    let mut acts = Vec::new();
    for plays in [Plays::Sender, Plays::Receiver] {
        let act = |name, does, sound| Act::of(plays, name, does, sound);
        acts.extend([
            act("version-is-text", "greets like a mail server", Sound::Fails)
                .at(Point::Version, |peer| raw(peer, b"220 mail.example ready\r\n")),
            act("version-of-the-future", "speaks version 99 alone", Sound::Fails)
                .at(Point::Version, |peer| raw(peer, &99_i32.to_le_bytes())),
            act("version-of-the-past", "speaks version 12", Sound::Fails)
                .at(Point::Version, |peer| raw(peer, &12_i32.to_le_bytes())),
            act("version-negative", "speaks version -1", Sound::Fails)
                .at(Point::Version, |peer| raw(peer, &(-1_i32).to_le_bytes())),
            act("names-unknown", "offers checksums that nobody has", Sound::Fails)
                .at(Point::Names, |peer| names(peer, b"tiger whirlpool")),
            act("names-empty", "offers no checksum", Sound::Fails).at(Point::Names, |peer| names(peer, b"")),
            act("names-endless", "announces a list of 32,000 bytes", Sound::Fails)
                .at(Point::Names, |peer| names(peer, &[b'x'; 32_000])),
            act("leaves-before-the-version", "closes at once", Sound::Fails).at(Point::Version, leaves),
            act("leaves-before-the-names", "closes after the version", Sound::Fails).at(Point::Names, leaves),
            act("leaves-in-the-list", "closes where the list is due", Sound::Fails).at(Point::List, leaves),
            act("leaves-in-the-phases", "closes instead of ending a phase", Sound::Fails)
                .at(Point::Phase, leaves),
            act("leaves-before-the-goodbye", "closes instead of the goodbye", Sound::Fails)
                .at(Point::Goodbye, leaves),
            act("silent-before-the-names", "says nothing after the version", Sound::Ends(&[30]))
                .at(Point::Names, Peer::stall)
                .options(IMPATIENT),
            act("silent-in-the-list", "reads, and says nothing where the list is due", Sound::Ends(&[30]))
                .at(Point::List, Peer::stall)
                .options(IMPATIENT),
            act("silent-at-the-goodbye", "reads, and never says goodbye", Sound::Ends(&[30]))
                .at(Point::Goodbye, Peer::stall)
                .options(IMPATIENT),
        ]);
    }
    let sender = |name, does, sound| Act::of(Plays::Sender, name, does, sound);
    acts.extend([
        sender("compat-overlong", "compat flags of eight bytes", Sound::Fails)
            .at(Point::Compat, |peer| raw(peer, &[0xff; 8]))
            .only(CLIENT),
        sender("compat-unasked", "insists on lists in pieces", Sound::Fails)
            .at(Point::Compat, |peer| raw(peer, &[0x81, 0xff]))
            .options("-r --no-inc-recursive")
            .only(CLIENT),
        sender("leaves-before-the-flags", "closes before the compat flags", Sound::Fails)
            .at(Point::Compat, leaves)
            .only(CLIENT),
        sender("trickles-the-version", "sends a byte of the handshake every 50 ms", Sound::Either).at(
            Point::Version,
            |peer| {
                for byte in 32_i32.to_le_bytes() {
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    peer.raw(&[byte])?;
                }
                Ok(Then::Skip)
            },
        ),
    ]);
    acts
}

fn raw(peer: &mut Peer, bytes: &[u8]) -> Result<Then, crate::peer::Over> {
    peer.raw(bytes)?;
    Ok(Then::Skip)
}

fn names(peer: &mut Peer, list: &[u8]) -> Result<Then, crate::peer::Over> {
    let mut out = Vec::new();
    write_vstring(list, &mut out);
    raw(peer, &out)
}
