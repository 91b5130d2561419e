//! How a session ends that has failed (`docs/spec/wire-1-session.md` §7.6). In: what a role met. Out: texts and an exit
//! status for the other end, and some time for it to take them.

use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::session::side::Side;
use crate::wire::mux::Message;

/// How long the other end may take to close once it was told.
const LINGER: Duration = Duration::from_secs(10);
/// How long messages that explain a lost connection are waited for.
const LAST_MESSAGES: Duration = Duration::from_secs(1);

/// Ends the session because of `error`, or of what went wrong before it. Returns when the other end has closed, or has had
/// its time.
pub(crate) fn say(side: &Side<'_>, receives: bool, error: Error) {
    let link = side.link;
    link.fail(error);
    let (kind, messages) = link.with_reason(|reason| (reason.kind(), messages(side, receives, reason)));
    if !messages.is_empty() && link.farewell(&messages).is_ok() {
        // A client's own texts are for its own user.
        if kind == ErrorKind::PeerFailed || !side.is_client {
            link.with_reason(Error::note_told);
        }
    }
    link.hang_up();
    link.wait_for_end(if kind == ErrorKind::ConnectionLost { LAST_MESSAGES } else { LINGER });
}

fn messages(side: &Side<'_>, receives: bool, reason: &Error) -> Vec<Message> {
    let status = reason.exit_status().into();
    let mut messages = Vec::new();
    match reason.kind() {
        // The other end is gone, or is cut off.
        ErrorKind::ConnectionLost | ErrorKind::Cancelled | ErrorKind::Timeout => {}
        ErrorKind::PeerFailed => messages.push(Message::ErrorExit(receives.then_some(status))),
        kind => {
            if !side.is_client {
                let role = if receives { "Receiver" } else { "sender" };
                messages.push(Message::Error(format!("rsync: [{role}] {reason}\n").into_bytes()));
            }
            if kind != ErrorKind::DamagedStream && side.agreement.protocol.has_error_exit() {
                messages.push(Message::ErrorExit(Some(status)));
            }
        }
    }
    messages
}

/// What a role says that was ended because of another.
pub(crate) fn abandoned() -> Error {
    Error::new(ErrorKind::ConnectionLost, "the connection closed unexpectedly")
}
