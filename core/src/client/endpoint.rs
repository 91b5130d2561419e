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
}

impl Endpoint {
    /// Takes `path`, `[user@]host:path`, or a path with a colon after its first slash.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for host names that cannot be; [`ErrorKind::Unsupported`] for daemons
    /// (`host::module`, `rsync://…`).
    pub fn parse(text: &OsStr) -> Result<Endpoint> {
        let bytes = text.as_bytes();
        let daemon =
            || Err(Error::new(ErrorKind::Unsupported, "connections to rsync daemons are not supported yet"));
        if bytes.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"rsync://")) {
            return daemon();
        }
        let Some((host, rest)) = split_host(bytes) else {
            return Ok(Endpoint::Local(PathBuf::from(text)));
        };
        if rest.starts_with(b":") {
            return daemon();
        }
        let path = if rest.is_empty() { b".".as_slice() } else { rest };
        Ok(Endpoint::Remote { host: RemoteHost::parse(host)?, path: OsStr::from_bytes(path).to_owned() })
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
        for daemon in ["h::m/a", "rsync://h/m", "RSYNC://h"] {
            assert_eq!(Endpoint::parse(daemon.as_ref()).unwrap_err().kind(), ErrorKind::Unsupported);
        }
        assert_eq!(
            Endpoint::parse("-oProxyCommand=x:a".as_ref()).unwrap_err().kind(),
            ErrorKind::InvalidArgument
        );
    }
}
