//! The command line of a remote shell (`docs/spec/wire-1-session.md` §3.1, §3.2). In: `-e` or `RSYNC_RSH`, a host, the
//! server's arguments. Out: an argument vector.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::error::{Error, ErrorKind, Result};

/// A program that runs commands on another host, with options of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteShell {
    words: Vec<Vec<u8>>,
}

/// Who and where, as in `user@host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteHost {
    user: Option<Vec<u8>>,
    name: Vec<u8>,
}

/// Which addresses of a host may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressFamily {
    /// Any.
    #[default]
    Any,
    /// Only IPv4.
    V4,
    /// Only IPv6.
    V6,
}

/// What a remote shell is told besides the host and the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShellOptions {
    /// Addresses that may be used; only ssh is told.
    pub family: AddressFamily,
    /// The port, if it is not the usual one; only ssh can be told.
    pub port: Option<u16>,
    /// Whether it must fail rather than ask for a password or about a host's key; only ssh can be told.
    pub forbid_prompts: bool,
}

impl Default for RemoteShell {
    /// `ssh`.
    fn default() -> RemoteShell {
        RemoteShell { words: vec![b"ssh".to_vec()] }
    }
}

impl RemoteShell {
    /// Splits the text of `-e` or `RSYNC_RSH` into words: at spaces, except between quotes; within quotes a doubled one
    /// stands for itself; a backslash is a character like any other.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a quote that does not end, and for no words at all.
    pub fn parse(text: &[u8]) -> Result<RemoteShell> {
        let mut words = Vec::new();
        let mut word: Option<Vec<u8>> = None;
        let mut quote = None;
        let mut bytes = text.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match (quote, byte) {
                (Some(open), _) if byte == open => match bytes.next_if_eq(&open) {
                    Some(doubled) => word.get_or_insert_default().push(doubled),
                    None => quote = None,
                },
                (None, b'\'' | b'"') => {
                    quote = Some(byte);
                    word.get_or_insert_default();
                }
                (None, b' ') => words.extend(word.take()),
                _ => word.get_or_insert_default().push(byte),
            }
        }
        if let Some(open) = quote {
            let message = format!("Missing trailing-{} in remote-shell command.", char::from(open));
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        words.extend(word);
        if words.is_empty() {
            return Err(Error::new(ErrorKind::InvalidArgument, "the remote-shell command is empty"));
        }
        Ok(RemoteShell { words })
    }

    /// Whether it is ssh, by the name of the program.
    pub fn is_ssh(&self) -> bool {
        self.program() == b"ssh"
    }

    /// Whether it is one of those that need their standard output in blocking mode. The pipes of a
    /// [`Command`](super::process::Command) always are.
    pub fn wants_blocking_output(&self) -> bool {
        matches!(self.program(), b"rsh" | b"remsh")
    }

    fn program(&self) -> &[u8] {
        let first = self.words.first().map(Vec::as_slice).unwrap_or_default();
        first.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
    }

    /// Whether the words name a user already: `-l` followed by something that is no option.
    fn names_user(&self) -> bool {
        self.words
            .windows(2)
            .any(|pair| matches!(pair, [option, user] if option == b"-l" && !user.starts_with(b"-")))
    }

    /// The vector that runs `server` on `host`: the program there, as one argument that the login shell there may split, and
    /// its arguments.
    pub fn command(&self, host: &RemoteHost, options: &ShellOptions, server: &[OsString]) -> Vec<OsString> {
        self.vector(host, options, server, host.user.as_deref())
    }

    /// The same for a daemon's single-use server, where a user in the words counts more than the host's, which is the
    /// daemon's business then.
    pub fn daemon_command(
        &self,
        host: &RemoteHost,
        options: &ShellOptions,
        server: &[OsString],
    ) -> Vec<OsString> {
        self.vector(host, options, server, host.user.as_deref().filter(|_| !self.names_user()))
    }

    fn vector(
        &self,
        host: &RemoteHost,
        options: &ShellOptions,
        server: &[OsString],
        user: Option<&[u8]>,
    ) -> Vec<OsString> {
        let mut vector: Vec<OsString> = self.words.iter().cloned().map(OsString::from_vec).collect();
        if self.is_ssh() && options.forbid_prompts {
            vector.extend(["-o", "BatchMode=yes"].map(OsString::from));
        }
        if let (true, Some(port)) = (self.is_ssh(), options.port) {
            vector.extend(["-p".into(), port.to_string().into()]);
        }
        if let Some(user) = user {
            vector.extend(["-l".into(), OsStr::from_bytes(user).to_owned()]);
        }
        match options.family {
            AddressFamily::V4 if self.is_ssh() => vector.push("-4".into()),
            AddressFamily::V6 if self.is_ssh() => vector.push("-6".into()),
            _ => {}
        }
        vector.push(OsStr::from_bytes(&host.name).to_owned());
        vector.extend_from_slice(server);
        vector
    }
}

impl RemoteHost {
    /// Takes `[USER@]HOST`, where a host in brackets is an IPv6 address; the last `@` separates.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a host that is empty or that a shell could take for an option, for NUL bytes, and
    /// for brackets that do not match.
    pub fn parse(text: &[u8]) -> Result<RemoteHost> {
        let refuse = |why: &str| {
            let message = format!("{why}: {:?}", String::from_utf8_lossy(text));
            Err(Error::new(ErrorKind::InvalidArgument, message))
        };
        let (user, host) = match text.iter().rposition(|&byte| byte == b'@') {
            Some(at) => (text.get(..at).map(<[u8]>::to_vec), text.get(at + 1..).unwrap_or_default()),
            None => (None, text),
        };
        let name = match host {
            [b'[', address @ .., b']'] => address,
            [b'[', ..] => return refuse("the host's bracket does not end"),
            _ => host,
        };
        if name.is_empty() {
            return refuse("the host has no name");
        }
        if name.starts_with(b"-") {
            return refuse("a host name may not start with a dash");
        }
        if text.contains(&0) {
            return refuse("a host name may not contain a NUL byte");
        }
        Ok(RemoteHost { user, name: name.to_vec() })
    }

    /// The user to log in as, if one is named.
    pub fn user(&self) -> Option<&[u8]> {
        self.user.as_deref()
    }

    /// The host's name or address, without brackets.
    pub fn name(&self) -> &[u8] {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_by_rsyncs_rules() {
        for (text, expected) in [
            ("ssh", &["ssh"][..]),
            ("  ssh  -p 22 ", &["ssh", "-p", "22"]),
            (
                r#"ssh -o 'ProxyCommand nc %h %p' -i "a b""#,
                &["ssh", "-o", "ProxyCommand nc %h %p", "-i", "a b"],
            ),
            (r#"a'x''y'b "1""2" '"'"#, &["ax'yb", "1\"2", "\""]),
            (r"back\ slash", &["back\\", "slash"]),
            ("tab\there ''", &["tab\there", ""]),
        ] {
            let words: Vec<Vec<u8>> = expected.iter().map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(RemoteShell::parse(text.as_bytes()).unwrap().words, words, "{text}");
        }
        for (text, quote) in [("ssh 'x", '\''), ("ssh \"x'", '"')] {
            let error = RemoteShell::parse(text.as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), format!("Missing trailing-{quote} in remote-shell command."));
        }
        assert!(RemoteShell::parse(b"  ").is_err());
    }

    #[test]
    fn hosts_are_taken_apart_and_options_refused() {
        for (text, user, name) in [
            ("h", None, "h"),
            ("user@h", Some("user"), "h"),
            ("us@er@h", Some("us@er"), "h"),
            ("[::1]", None, "::1"),
            ("me@[fe80::1%eth0]", Some("me"), "fe80::1%eth0"),
        ] {
            let host = RemoteHost::parse(text.as_bytes()).unwrap();
            assert_eq!((host.user(), host.name()), (user.map(str::as_bytes), name.as_bytes()));
        }
        for text in ["", "user@", "-oProxyCommand=x", "u@-h", "[-h]", "[::1", "h\0"] {
            assert_eq!(
                RemoteHost::parse(text.as_bytes()).unwrap_err().kind(),
                ErrorKind::InvalidArgument,
                "{text}"
            );
        }
    }

    #[test]
    fn the_vector_has_the_order_of_the_specification() {
        let server = ["rsync --x", "--server", ".", "d"].map(OsString::from);
        let host = RemoteHost::parse(b"bob@[::1]").unwrap();
        let everything = ShellOptions { family: AddressFamily::V6, port: Some(2222), forbid_prompts: true };
        for (shell, options, daemon, expected) in [
            ("ssh", ShellOptions::default(), false, "ssh|-l|bob|::1"),
            ("/usr/bin/ssh -v", everything, false, "/usr/bin/ssh|-v|-o|BatchMode=yes|-p|2222|-l|bob|-6|::1"),
            ("rsh", everything, false, "rsh|-l|bob|::1"),
            ("ssh -l ann", ShellOptions::default(), false, "ssh|-l|ann|-l|bob|::1"),
            ("ssh -l ann", ShellOptions::default(), true, "ssh|-l|ann|::1"),
            ("ssh -l -v", ShellOptions::default(), true, "ssh|-l|-v|-l|bob|::1"),
        ] {
            let shell = RemoteShell::parse(shell.as_bytes()).unwrap();
            let vector = if daemon {
                shell.daemon_command(&host, &options, &server)
            } else {
                shell.command(&host, &options, &server)
            };
            let expected = format!("{expected}|rsync --x|--server|.|d");
            assert_eq!(vector.join(OsStr::new("|")), OsString::from(expected));
        }
        assert!(RemoteShell::parse(b"/usr/bin/remsh").unwrap().wants_blocking_output());
        assert!(!RemoteShell::default().wants_blocking_output());
    }
}
