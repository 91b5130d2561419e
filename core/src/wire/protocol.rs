//! The protocol version of a session, and every difference between versions, named (`docs/spec/wire-1-session.md`
//! Appendix A). Nothing outside this file compares version numbers, but the table of what options require.

use super::error::WireError;

/// A protocol version that both ends speak: 30 to 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Protocol(u8);

impl Protocol {
    /// The lowest version spoken here.
    pub const OLDEST: Protocol = Protocol(27);
    /// The version of rsync 3.4 and 3.5.
    pub const NEWEST: Protocol = Protocol(32);

    /// The lowest number that a peer may announce without being taken for a chatty shell (§4.2).
    const PEER_LOWEST: i32 = 20;
    /// The highest number that a peer may announce.
    const PEER_HIGHEST: i32 = 40;

    /// Version `number`, if it is spoken here.
    pub fn new(number: u8) -> Option<Protocol> {
        (Self::OLDEST.0..=Self::NEWEST.0).contains(&number).then_some(Protocol(number))
    }

    /// The version in effect when this side offers `self` and the peer announced `theirs` (§4.2).
    ///
    /// # Errors
    /// [`WireError::Malformed`] when the number is no version at all, [`WireError::NotNegotiated`] when it is too old.
    pub fn agree(self, theirs: i32) -> Result<Protocol, WireError> {
        if !(Self::PEER_LOWEST..=Self::PEER_HIGHEST).contains(&theirs) {
            return Err(WireError::Malformed("protocol version mismatch -- is your shell clean?"));
        }
        let version = theirs.min(i32::from(self.0));
        u8::try_from(version).ok().and_then(Protocol::new).ok_or_else(|| {
            WireError::NotNegotiated(format!(
                "the other end speaks protocol {theirs}; {} is the oldest spoken here",
                Self::OLDEST.0
            ))
        })
    }

    /// The number on the wire.
    pub fn number(self) -> u8 {
        self.0
    }

    /// Whether the server's compat flags, and lists of names, follow the versions (`wire-4` §2.2).
    pub fn has_compat_flags(self) -> bool {
        self.0 >= 30
    }

    /// Whether what the client sends comes in frames (`wire-4` §4.1).
    pub fn frames_what_clients_send(self) -> bool {
        self.0 >= 30
    }

    /// Whether deletions come with the transfers where the user says no time (`wire-4` §12).
    pub fn deletes_during_transfers(self) -> bool {
        self.0 >= 30
    }

    /// Whether a daemon's arguments end with NUL; else each has a line (`wire-4` §2.3).
    pub fn ends_daemon_arguments_with_nul(self) -> bool {
        self.0 >= 30
    }

    /// Whether numbers and indexes have a variable length (`wire-4` §3).
    pub fn has_variable_numbers(self) -> bool {
        self.0 >= 30
    }

    /// Whether messages other than texts and deletions may be sent (`wire-4` §4.3).
    pub fn has_all_messages(self) -> bool {
        self.0 >= 30
    }

    /// Whether deletions may be told by messages of their own (`wire-4` §4.3).
    pub fn has_deletion_messages(self) -> bool {
        self.0 >= 29
    }

    /// Whether requests and answers say what is to be done with an entry (`wire-4` §8.1).
    pub fn has_item_flags(self) -> bool {
        self.0 >= 29
    }

    /// Whether filter rules have their full syntax (`wire-4` §5).
    pub fn has_full_filter_rules(self) -> bool {
        self.0 >= 29
    }

    /// Whether filter rules can be perishable (`wire-4` §5.2).
    pub fn has_perishable_rules(self) -> bool {
        self.0 >= 30
    }

    /// Whether a receiving side that deletes gets filter rules even with `--delete-excluded` (`wire-4` §5.1).
    pub fn always_sends_filter_rules(self) -> bool {
        self.0 >= 29
    }

    /// Whether an I/O error value follows the only list (`wire-4` §6.7).
    pub fn ends_list_with_error_value(self) -> bool {
        self.0 < 30
    }

    /// Whether lists are in the plain order of the names' bytes (`wire-4` §7.1).
    pub fn sorts_by_bytes(self) -> bool {
        self.0 < 29
    }

    /// Whether an entry's flags may have a second byte, and device numbers two parts (`wire-4` §6.2, §6.4).
    pub fn has_wide_flags(self) -> bool {
        self.0 >= 28
    }

    /// Whether the statistics say how long lists took (`wire-4` §11).
    pub fn has_list_times(self) -> bool {
        self.0 >= 29
    }

    /// How many times the generator ends a phase in which the sender may still be heard, deletions not counted (`wire-4` §8.4).
    pub fn phases(self) -> u8 {
        if self.0 >= 29 { 3 } else { 2 }
    }

    /// Whether a file list may end with an I/O error although compat flags do not say so (`wire-2` §1.2).
    pub fn always_has_safe_file_lists(self) -> bool {
        self.0 >= 31
    }

    /// Whether entries can carry nanoseconds (`wire-2` §1.5).
    pub fn has_nanoseconds(self) -> bool {
        self.0 >= 31
    }

    /// Whether FIFOs and sockets carry a device number that means nothing (`wire-2` §1.6.6).
    pub fn sends_device_numbers_of_specials(self) -> bool {
        self.0 < 31
    }

    /// Whether hard-link items leave out xattr data unless compat flags forbid it (`wire-1` §4.3).
    pub fn has_xattr_optimisation(self) -> bool {
        self.0 >= 31
    }

    /// Whether there is a phase for deletions, with its counts, and a third step in the goodbye (`wire-1` §7.4, §7.5).
    pub fn has_deletion_phase(self) -> bool {
        self.0 >= 31
    }

    /// Whether `MSG_ERROR_EXIT` may be sent (`wire-1` §7.6).
    pub fn has_error_exit(self) -> bool {
        self.0 >= 31
    }

    /// Whether matched data enter the history of the old `zlib` coding as they should (`wire-3` §6.3).
    pub fn has_sound_deflate_history(self) -> bool {
        self.0 >= 31
    }
}

impl Default for Protocol {
    fn default() -> Protocol {
        Protocol::NEWEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_version_wins_and_text_is_no_version() {
        let newest = Protocol::NEWEST;
        assert_eq!(newest.agree(31).map(Protocol::number), Ok(31));
        assert_eq!(newest.agree(40).map(Protocol::number), Ok(32));
        assert_eq!(Protocol::OLDEST.agree(32).map(Protocol::number), Ok(27));
        assert!(matches!(newest.agree(26), Err(WireError::NotNegotiated(_))));
        let text = i32::from_le_bytes(*b"Welc");
        assert!(matches!(newest.agree(text), Err(WireError::Malformed(_))));
    }
}
