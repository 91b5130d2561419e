//! The catalogue of what a peer may do wrong. In: nothing. Out: [`Act`]s.

mod answers;
mod frames;
mod handshake;
mod lists;
mod requests;

use std::sync::OnceLock;

use crate::entry::{Entry, good_tree};
use crate::peer::{Peer, Point, Step, Then};

/// Which side of the transfer the peer is; its victim is the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plays {
    Sender,
    Receiver,
}

/// What a sound victim does about it, besides ending in time and leaving alone what is not its own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sound {
    /// It fails, with whatever status of an error.
    Fails,
    /// It ends with one of these.
    Ends(&'static [i32]),
    /// It may take it or fail.
    Either,
}

/// Who can be the victim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Victim {
    Client,
    Server,
}

/// One misbehaviour.
pub(crate) struct Act {
    pub(crate) name: &'static str,
    pub(crate) plays: Plays,
    pub(crate) does: &'static str,
    pub(crate) sound: Sound,
    pub(crate) at: Point,
    pub(crate) step: Step,
    pub(crate) tree: fn() -> Vec<Entry>,
    /// The victim's options: a cluster of letters, then others.
    pub(crate) options: &'static str,
    /// With file lists in pieces.
    pub(crate) incremental: bool,
    pub(crate) victims: &'static [Victim],
}

impl Act {
    fn of(plays: Plays, name: &'static str, does: &'static str, sound: Sound) -> Act {
        Act {
            name,
            plays,
            does,
            sound,
            at: Point::Version,
            step: |_| Ok(Then::GoOn),
            tree: good_tree,
            options: "-r",
            incremental: false,
            victims: &[Victim::Client, Victim::Server],
        }
    }

    /// Steps in at `at`.
    fn at(self, at: Point, step: Step) -> Act {
        Act { at, step, ..self }
    }

    fn tree(self, tree: fn() -> Vec<Entry>) -> Act {
        Act { tree, ..self }
    }

    fn options(self, options: &'static str) -> Act {
        Act { options, ..self }
    }

    fn in_pieces(self) -> Act {
        Act { incremental: true, ..self }
    }

    fn only(self, victims: &'static [Victim]) -> Act {
        Act { victims, ..self }
    }
}

/// All of them.
pub(crate) fn catalogue() -> &'static [Act] {
    static ACTS: OnceLock<Vec<Act>> = OnceLock::new();
    ACTS.get_or_init(|| {
        [handshake::acts(), frames::acts(), lists::acts(), answers::acts(), requests::acts()]
            .into_iter()
            .flatten()
            .collect()
    })
}

const CLIENT: &[Victim] = &[Victim::Client];
const SERVER: &[Victim] = &[Victim::Server];
/// The timeout of acts that only a timeout ends.
const IMPATIENT: &str = "-r --timeout=2";

/// A step that writes `bytes` to the data stream in place of what is correct.
macro_rules! says {
    ($($bytes:expr),+) => {
        |peer| {
            $(peer.data(&$bytes[..])?;)+
            Ok(Then::Skip)
        }
    };
}
use says;

fn leaves(_: &mut Peer) -> Result<Then, crate::peer::Over> {
    Err(crate::peer::Over)
}
