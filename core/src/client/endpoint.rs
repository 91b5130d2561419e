//! Where files come from and go to, by rsync's rules (`docs/spec/wire-1-session.md` §3.1). In: text. Out: [`Endpoint`].

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::error::{Error, ErrorKind, Result};
use crate::transport::remote_shell::RemoteHost;

/// A source or a destination.
///
/// ```
/// use syncline::Endpoint;
///
/// assert!(matches!(Endpoint::parse("./a:b".as_ref())?, Endpoint::Local(_)));
/// assert!(matches!(Endpoint::parse("user@host:dir/".as_ref())?, Endpoint::Remote { .. }));
/// # Ok::<(), syncline::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// A path here.
    Local(PathBuf),
    /// A path on a host that a remote shell reaches.
    Remote {
        /// The host, with the user to be there.
        host: RemoteHost,
        /// The path there, relative to the user's home directory unless it is absolute.
        path: OsString,
    },
    /// A module of an rsync daemon.
    Daemon {
        /// The host, with the user to log in as.
        host: RemoteHost,
        /// The port, if it was given.
        port: Option<u16>,
        /// The module's name, then a path in it; empty for the list of modules.
        path: OsString,
    },
}

impl Endpoint {
    /// Takes `path`, `[user@]host:path`, `[user@]host::module/path`, `rsync://[user@]host[:port]/module/path`, or a path with a colon
    /// after its first slash.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for host names that cannot be.
    pub fn parse(text: &OsStr) -> Result<Endpoint> {
        Endpoint::parse_beside(text, None)
    }

    /// The same for one more source, which may leave out the host: `:path` and `::module/path` are where `first` is.
    ///
    /// # Errors
    /// As [`parse`](Endpoint::parse).
    pub fn parse_beside(text: &OsStr, first: Option<&Endpoint>) -> Result<Endpoint> {
        let bytes = text.as_bytes();
        if let Some(daemon) = url(bytes)? {
            return Ok(daemon);
        }
        let Some((place, rest)) = split_host(bytes) else {
            return Ok(Endpoint::Local(PathBuf::from(text)));
        };
        let host = |same: Option<&RemoteHost>| match same {
            Some(same) if place.is_empty() => Ok(same.clone()),
            _ => RemoteHost::parse(place),
        };
        if let Some(path) = rest.strip_prefix(b":") {
            let (same, port) = match first {
                Some(Endpoint::Daemon { host, port, .. }) => (Some(host), *port),
                _ => (None, None),
            };
            let port = if place.is_empty() { port } else { None };
            return Ok(Endpoint::Daemon {
                host: host(same)?,
                port,
                path: OsStr::from_bytes(path).to_owned(),
            });
        }
        let same = match first {
            Some(Endpoint::Remote { host, .. }) => Some(host),
            _ => None,
        };
        let path = if rest.is_empty() { b".".as_slice() } else { rest };
        Ok(Endpoint::Remote { host: host(same)?, path: OsStr::from_bytes(path).to_owned() })
    }

    /// Whether it is on another host.
    pub fn is_remote(&self) -> bool {
        !matches!(self, Endpoint::Local(_))
    }

    /// A path here, whatever it looks like.
    pub fn local(path: impl Into<PathBuf>) -> Endpoint {
        Endpoint::Local(path.into())
    }

    /// Refuses what is here, where `what` (`"push"`, `"pull"`) is about another host.
    pub(super) fn must_be_remote(&self, what: &str) -> Result<()> {
        let Endpoint::Local(path) = self else { return Ok(()) };
        let message = format!("nothing to {what}: {path:?} is on this host; write it as `host:path`");
        Err(Error::new(ErrorKind::InvalidArgument, message))
    }
}

/// `rsync://[user@]host[:port][/path]`; a port that is no number makes it something else.
fn url(text: &[u8]) -> Result<Option<Endpoint>> {
    let Some((scheme, rest)) = text.split_at_checked(8) else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case(b"rsync://") {
        return Ok(None);
    }
    let slash = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let (place, path) = rest.split_at(slash);
    let name_start = place.iter().rposition(|&byte| byte == b'@').map_or(0, |at| at + 1);
    let after_bracket = place.iter().rposition(|&byte| byte == b']').unwrap_or(name_start).max(name_start);
    let colon = place.iter().skip(after_bracket).position(|&byte| byte == b':').map(|at| at + after_bracket);
    let (host, port) = match colon {
        None => (place, None),
        Some(colon) => {
            let digits = place.get(colon + 1..).unwrap_or_default();
            if !digits.iter().all(u8::is_ascii_digit) {
                return Ok(None);
            }
            let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u16>().ok());
            if number.is_none() && !digits.is_empty() {
                let message = format!("there is no port {}", String::from_utf8_lossy(digits));
                return Err(Error::new(ErrorKind::InvalidArgument, message));
            }
            (place.get(..colon).unwrap_or_default(), number.filter(|&port| port != 0))
        }
    };
    let path = OsStr::from_bytes(path.get(1..).unwrap_or_default()).to_owned();
    Ok(Some(Endpoint::Daemon { host: RemoteHost::parse(host)?, port, path }))
}

/// What is before and behind the colon that makes a text remote.
fn split_host(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let first = text.iter().position(|&byte| byte == b':' || byte == b'/')?;
    let host_start = text.get(..first)?.iter().rposition(|&byte| byte == b'@').map_or(0, |at| at + 1);
    let colon = if text.get(host_start) == Some(&b'[') {
        let close = text.get(host_start..)?.iter().position(|&byte| byte == b']')?;
        host_start + close + 1
    } else {
        first
    };
    match text.get(colon) {
        Some(b':') => Some((text.get(..colon)?, text.get(colon + 1..)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_colon_or_slash_decides() {
        for local in ["a", "./h:a", "/x/h:a", "dir/a:b", "[::1]", "[::1:a"] {
            assert_eq!(Endpoint::parse(local.as_ref()).unwrap(), Endpoint::local(local), "{local}");
        }
        for (text, user, name, path) in [
            ("h:a", None, "h", "a"),
            ("h:", None, "h", "."),
            ("us@er@h:/a b", Some("us@er"), "h", "/a b"),
            ("u@[fe80::1%eth0]:x", Some("u"), "fe80::1%eth0", "x"),
        ] {
            let Endpoint::Remote { host, path: found } = Endpoint::parse(text.as_ref()).unwrap() else {
                panic!("{text} is remote");
            };
            assert_eq!(host.user(), user.map(str::as_bytes));
            assert_eq!((host.name(), found.as_os_str()), (name.as_bytes(), path.as_ref()));
        }
        assert!(Endpoint::parse("h:a".as_ref()).unwrap().must_be_remote("push").is_ok());
        let here = Endpoint::local("h:a").must_be_remote("push").unwrap_err();
        assert_eq!(here.kind(), ErrorKind::InvalidArgument);
        for (text, user, name, port, module) in [
            ("h::m/a", None, "h", None, "m/a"),
            ("h::", None, "h", None, ""),
            ("rsync://h/m", None, "h", None, "m"),
            ("RSYNC://me@h:8730", Some("me"), "h", Some(8730), ""),
            ("rsync://u@s@[::1]:99/m/x:y", Some("u@s"), "::1", Some(99), "m/x:y"),
            ("rsync://[fe80::1%eth0]/m", None, "fe80::1%eth0", None, "m"),
        ] {
            let Endpoint::Daemon { host, port: at, path } = Endpoint::parse(text.as_ref()).unwrap() else {
                panic!("{text} is a daemon's");
            };
            assert_eq!(host.user(), user.map(str::as_bytes), "{text}");
            assert_eq!(
                (host.name(), at, path.as_os_str()),
                (name.as_bytes(), port, module.as_ref()),
                "{text}"
            );
        }
        assert!(Endpoint::parse("rsync://h:99999/m".as_ref()).is_err());
        let first = Endpoint::parse("rsync://me@h:99/m/a".as_ref()).unwrap();
        let more = Endpoint::parse_beside("::m/b".as_ref(), Some(&first)).unwrap();
        assert_eq!(more, Endpoint::parse("rsync://me@h:99/m/b".as_ref()).unwrap());
        let first = Endpoint::parse("me@h:a".as_ref()).unwrap();
        let more = Endpoint::parse_beside(":b".as_ref(), Some(&first)).unwrap();
        assert_eq!(more, Endpoint::parse("me@h:b".as_ref()).unwrap());
        assert!(Endpoint::parse(":b".as_ref()).is_err());
        assert_eq!(
            Endpoint::parse("-oProxyCommand=x:a".as_ref()).unwrap_err().kind(),
            ErrorKind::InvalidArgument
        );
    }
}
