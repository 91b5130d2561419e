//! The text phase of a session with a daemon (`docs/spec/wire-1-session.md` §6.1–6.5). In: lines of the daemon. Out: typed
//! answers, and the lines of the client.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md4::Md4;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

use super::protocol::Protocol;

/// Bytes in a line of a daemon, at most (§6.1).
pub const MAX_LINE: usize = 5119;

/// What one side says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// The newest protocol it speaks.
    pub version: u32,
    /// The version of an unfinished protocol; 0 for finished ones, and for peers too old to name one.
    pub subversion: u32,
    /// The digests it can log in with, if it lists them.
    pub digests: Option<Vec<String>>,
}

/// Why a line is no greeting (§6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GreetingError {
    /// It is something else.
    NotAGreeting,
    /// It names a protocol that has subprotocols, and no subprotocol.
    NoSubprotocol,
    /// It names a protocol that lists digests, and lists none.
    NoDigests,
}

impl Greeting {
    /// Reads a daemon's greeting.
    ///
    /// # Errors
    /// [`GreetingError`] for lines that are none.
    pub fn parse(line: &[u8]) -> Result<Greeting, GreetingError> {
        let text = std::str::from_utf8(line).map_err(|_| GreetingError::NotAGreeting)?;
        let text = text.strip_prefix("@RSYNCD: ").ok_or(GreetingError::NotAGreeting)?;
        let (numbers, names) = match text.split_once(' ') {
            Some((numbers, names)) => (numbers, Some(names)),
            None => (text, None),
        };
        let number = |text: &str| text.parse::<u32>().map_err(|_| GreetingError::NotAGreeting);
        let (version, subversion) = match numbers.split_once('.') {
            Some((version, subversion)) => (number(version)?, Some(number(subversion)?)),
            None => (number(numbers)?, None),
        };
        let digests = names.map(|names| names.split_ascii_whitespace().map(str::to_owned).collect());
        if version >= 30 && subversion.is_none() {
            return Err(GreetingError::NoSubprotocol);
        }
        if version > 31 && digests.is_none() {
            return Err(GreetingError::NoDigests);
        }
        Ok(Greeting { version, subversion: subversion.unwrap_or(0), digests })
    }

    /// The line of a client that offers `protocol`.
    pub fn line(protocol: Protocol) -> String {
        let digests: Vec<&str> = AuthDigest::OFFERED.iter().map(|digest| digest.name()).collect();
        format!("@RSYNCD: {}.0 {}\n", protocol.number(), digests.join(" "))
    }

    /// The number to agree on with a peer that said this: an unfinished protocol counts as the one before.
    pub fn number(&self, offer: Protocol) -> u32 {
        let offered = u32::from(offer.number());
        if self.subversion != 0 && self.version <= offered {
            self.version.saturating_sub(1)
        } else {
            self.version.min(offered)
        }
    }
}

/// What a daemon says until it accepts a request (§6.3, §6.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The session can begin.
    Accepted,
    /// Log in, by this challenge.
    Challenge(&'a [u8]),
    /// There is no more to come.
    Finished,
    /// It refuses; the whole line.
    Refused(&'a [u8]),
    /// Something for the user: the message of the day, or a line of the list of modules.
    Text(&'a [u8]),
}

impl<'a> Answer<'a> {
    /// What `line` says, its end not included.
    pub fn parse(line: &'a [u8]) -> Answer<'a> {
        if let Some(challenge) = line.strip_prefix(b"@RSYNCD: AUTHREQD ") {
            return Answer::Challenge(challenge);
        }
        match line {
            b"@RSYNCD: OK" => Answer::Accepted,
            b"@RSYNCD: EXIT" => Answer::Finished,
            _ if line.starts_with(b"@ERROR") => Answer::Refused(line),
            _ => Answer::Text(line),
        }
    }
}

/// A digest that passwords are proved with (§6.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthDigest {
    /// SHA-512.
    Sha512,
    /// SHA-256.
    Sha256,
    /// SHA-1.
    Sha1,
    /// MD5.
    Md5,
    /// MD4.
    Md4,
    /// MD4 behind four zero bytes: that of peers below protocol 30 that list no digests.
    OldMd4,
}

impl AuthDigest {
    /// Those that are listed, best first.
    pub const OFFERED: [AuthDigest; 5] =
        [AuthDigest::Sha512, AuthDigest::Sha256, AuthDigest::Sha1, AuthDigest::Md5, AuthDigest::Md4];

    /// The name in greetings.
    pub fn name(self) -> &'static str {
        match self {
            AuthDigest::Sha512 => "sha512",
            AuthDigest::Sha256 => "sha256",
            AuthDigest::Sha1 => "sha1",
            AuthDigest::Md5 => "md5",
            AuthDigest::Md4 | AuthDigest::OldMd4 => "md4",
        }
    }

    /// The one to use with the peer that said `greeting`, where `number` is the protocol in effect; `None` if there is none in common.
    pub fn choose(greeting: &Greeting, number: u32) -> Option<AuthDigest> {
        match &greeting.digests {
            Some(theirs) => {
                AuthDigest::OFFERED.into_iter().find(|digest| theirs.iter().any(|name| name == digest.name()))
            }
            None if number >= 30 => Some(AuthDigest::Md5),
            None => Some(AuthDigest::OldMd4),
        }
    }

    /// The proof that whoever answers `challenge` knows `password`.
    ///
    /// ```
    /// use syncline::wire::daemon::AuthDigest;
    ///
    /// // `docs/spec/wire-1-session.md` §6.5
    /// let challenge = b"IHHR7fGjUsU5eFb82rsuwzFK+RtAiRmsB14IE8JeiKD9/y4qdY3yIjA6Fw64WeITzsq91b3tZpvsnmjngOshxw";
    /// assert_eq!(
    ///     AuthDigest::Sha512.response(b"secret", challenge),
    ///     "WMG5jngc77jc3sb8wgpGfouUqFhjinigy5wLy1df8IDJ6J1Rrdlzn98dyE3hQnDDH/UDGsoWO9Z6a6gFQzatYQ"
    /// );
    /// ```
    pub fn response(self, password: &[u8], challenge: &[u8]) -> String {
        fn of<D: Digest>(prefix: &[u8], password: &[u8], challenge: &[u8]) -> String {
            let digest = D::new().chain_update(prefix).chain_update(password).chain_update(challenge);
            STANDARD_NO_PAD.encode(digest.finalize())
        }
        match self {
            AuthDigest::Sha512 => of::<Sha512>(b"", password, challenge),
            AuthDigest::Sha256 => of::<Sha256>(b"", password, challenge),
            AuthDigest::Sha1 => of::<Sha1>(b"", password, challenge),
            AuthDigest::Md5 => of::<Md5>(b"", password, challenge),
            AuthDigest::Md4 => of::<Md4>(b"", password, challenge),
            AuthDigest::OldMd4 => of::<Md4>(&[0; 4], password, challenge),
        }
    }
}

impl fmt::Display for AuthDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn greetings_are_read_and_what_they_lack_is_said() {
        let read = |line: &str| Greeting::parse(line.as_bytes());
        let newest = read("@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4").unwrap();
        assert_eq!((newest.version, newest.number(Protocol::NEWEST)), (32, 32));
        assert_eq!(AuthDigest::choose(&newest, 32), Some(AuthDigest::Sha512));
        let some = read("@RSYNCD: 31.0 sha1 sha256 md4").unwrap();
        assert_eq!(AuthDigest::choose(&some, 31), Some(AuthDigest::Sha256));
        assert_eq!(AuthDigest::choose(&read("@RSYNCD: 31.0").unwrap(), 31), Some(AuthDigest::Md5));
        assert_eq!(AuthDigest::choose(&read("@RSYNCD: 29").unwrap(), 29), Some(AuthDigest::OldMd4));
        assert_eq!(AuthDigest::choose(&read("@RSYNCD: 32.0 new").unwrap(), 32), None);
        assert_eq!(read("@RSYNCD: 31.14").unwrap().number(Protocol::NEWEST), 30);
        assert_eq!(read("@RSYNCD: 30"), Err(GreetingError::NoSubprotocol));
        assert_eq!(read("@RSYNCD: 32.0"), Err(GreetingError::NoDigests));
        for line in
            ["", "hello", "@RSYNCD: ", "@RSYNCD: x", "@RSYNCD: 31.x", "@RSYNCD:31.0", "@RSYNCD: 99999999999"]
        {
            assert_eq!(read(line), Err(GreetingError::NotAGreeting), "{line}");
        }
        assert_eq!(Greeting::line(Protocol::NEWEST), "@RSYNCD: 32.0 sha512 sha256 sha1 md5 md4\n");
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(Answer::parse(b"@RSYNCD: OK"), Answer::Accepted);
        assert_eq!(Answer::parse(b"@RSYNCD: EXIT"), Answer::Finished);
        assert_eq!(Answer::parse(b"@RSYNCD: AUTHREQD abc"), Answer::Challenge(b"abc"));
        assert_eq!(Answer::parse(b"@ERROR: no"), Answer::Refused(b"@ERROR: no"));
        assert_eq!(Answer::parse(b"welcome"), Answer::Text(b"welcome"));
        assert_eq!(Answer::parse(b"@RSYNCD: later"), Answer::Text(b"@RSYNCD: later"));
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Greeting::parse(&line);
            let _ = Answer::parse(&line);
        }
    }
}
