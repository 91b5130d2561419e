//! What options need of the protocol (`docs/spec/wire-4-older-protocols.md` §12, `wire-2-filelist.md` §4.6). In: settings, the
//! protocol agreed on. Out: nothing, or an error that names the option.

use crate::error::{Error, ErrorKind, Result};
use crate::options::Alternate;
use crate::session::settings::Settings;
use crate::wire::Protocol;

/// Refuses what the session cannot do; `receives` is this side's role.
pub(crate) fn check(settings: &Settings, protocol: Protocol, receives: bool) -> Result<()> {
    let omits_implied = settings.relative && !settings.implied_directories;
    let others = settings.alternates.as_ref();
    let (many, how) = match others {
        Some((Alternate::Compare, places)) => (places.len() > 1, "--compare-dest"),
        Some((Alternate::Copy, places)) => (places.len() > 1, "--copy-dest"),
        Some((Alternate::Link, places)) => (places.len() > 1, "--link-dest"),
        None => (false, ""),
    };
    let using_many = format!("Using more than one {how} option");
    let with_in_place = format!("{how} with --inplace");
    let needs = [
        (many, using_many.as_str(), 29),
        (others.is_some() && settings.in_place, with_in_place.as_str(), 29),
        // They would interrupt the frames.
        (settings.names.travel(receives), "a list of names at another end than the files", 31),
        // Old lists have no mark for directories that only lead to others.
        (omits_implied, "--no-implied-dirs", 30),
        (settings.access_times, "--atimes", 28),
    ];
    match needs.into_iter().find(|(is_asked, _, oldest)| *is_asked && protocol.number() < *oldest) {
        None => Ok(()),
        Some((_, what, oldest)) => {
            let number = protocol.number();
            let message = format!("{what} requires protocol {oldest} or higher (negotiated {number})");
            // rsync knows the first of them in protocol 30 too.
            let kind =
                if settings.names.travel(receives) { ErrorKind::Unsupported } else { ErrorKind::Protocol };
            Err(Error::new(kind, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_are_newer_than_the_protocol_are_named() {
        let settings = Settings { relative: true, implied_directories: false, ..Settings::default() };
        let at = |number| check(&settings, Protocol::new(number).unwrap(), true);
        assert!(at(30).is_ok());
        let error = at(29).unwrap_err();
        assert_eq!(error.exit_status(), 2);
        assert_eq!(error.to_string(), "--no-implied-dirs requires protocol 30 or higher (negotiated 29)");
        assert!(check(&Settings::default(), Protocol::OLDEST, true).is_ok());
    }
}
