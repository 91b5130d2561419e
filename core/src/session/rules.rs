//! Filter rules on the wire (`docs/spec/wire-2-filelist.md` §7.4). In: the client's rules. Out: what this side leaves out or
//! protects.

use std::io;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::filter::aged;
use crate::filter::{Filters, MAX_RULE, RuleSources};
use crate::options::Direction;
use crate::session::channel::protocol_error;
use crate::session::delta_send::WireOutput as _;
use crate::session::outgoing::Outgoing;
use crate::session::settings::Settings;
use crate::wire::{Protocol, Source, limits};

/// Sends the client's rules.
pub(crate) fn send(
    filters: &Filters,
    protocol: Protocol,
    direction: Direction,
    outgoing: &mut Outgoing,
) -> Result<()> {
    for rule in filters.wire_rules_of(direction, protocol) {
        let rule = match aged::encode(rule, protocol, direction) {
            Ok(Some(rule)) => rule,
            Ok(None) => continue,
            Err(aged::TooModern) => {
                let message = "filter rules are too modern for the remote rsync";
                return Err(Error::new(ErrorKind::Protocol, message));
            }
        };
        let length = u32::try_from(rule.len()).unwrap_or(u32::MAX);
        outgoing.data().extend_from_slice(&length.to_le_bytes());
        outgoing.data().extend_from_slice(&rule);
    }
    outgoing.data().extend_from_slice(&0_i32.to_le_bytes());
    Ok(())
}

/// What a rule takes in memory besides its text, in bytes, roughly.
const RULE_OVERHEAD: usize = 64;

/// Reads the rules that a client sends to this server.
pub(crate) fn receive(
    settings: &Settings,
    protocol: Protocol,
    direction: Direction,
    source: &mut impl Source,
) -> Result<Arc<Filters>> {
    let mut texts = Vec::new();
    let mut taken = 0_usize;
    loop {
        let length = source.i32().map_err(protocol_error)?;
        if length == 0 {
            break;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let text = source.bytes("filter rule", length, MAX_RULE).map_err(protocol_error)?;
        taken = taken.saturating_add(text.len() + RULE_OVERHEAD);
        if taken > limits::FILTER_RULES {
            return Err(Error::new(ErrorKind::LimitExceeded, "too many filter rules"));
        }
        texts.push(aged::decode(text, protocol));
    }
    // A rule of the client never makes this side read a file.
    let mut read = |_: &std::ffi::OsStr| Err(io::ErrorKind::PermissionDenied.into());
    let mut sources = RuleSources { read: &mut read, cvs_ignore: &settings.cvs_ignore };
    Filters::from_wire(&texts, direction, &settings.rule_options, &mut sources)
        .map(Arc::new)
        .map_err(Error::from)
}
