//! Arguments on their way through other hands: backslashes for a remote shell, secluded arguments on the connection,
//! and the words of a remote shell command (`docs/spec/wire-1-session.md` §3.2, §3.6, §3.7).

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::error::OptionError;

/// What a remote shell would act on in any argument.
const SPECIAL: &[u8] = b"!#$&;|<>(){}\"'` \t\n\r\\";
/// What it would act on in option values, and what senders expand themselves in paths.
const WILDCARDS: &[u8] = b"*?[]";

/// The longest secluded argument that a server reads, in bytes; the rest is dropped.
pub const MAX_SECLUDED_ARGUMENT: usize = 4095;
/// The most secluded arguments that a server reads.
pub const MAX_SECLUDED_ARGUMENTS: usize = 16_000;

/// Whether a leading `~` reaches the remote shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// It does.
    Tilde,
    /// Only in front of a slash that makes it a home directory and not the name that was asked for.
    HomeOnly { relative: bool },
}

/// An option's value with a backslash before everything a shell would act on.
pub(super) fn escape_option(value: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(value.len());
    for byte in value {
        if SPECIAL.contains(byte) || WILDCARDS.contains(byte) {
            escaped.push(b'\\');
        }
        escaped.push(*byte);
    }
    escaped
}

/// A path with a backslash before everything a shell would act on, except wildcards.
pub(super) fn escape_path(path: &[u8], trust: Trust) -> Vec<u8> {
    let guarded = guard_dash(path);
    let mut escaped = Vec::with_capacity(guarded.len());
    if let (Some(b'~'), Trust::HomeOnly { relative }) = (guarded.first(), trust) {
        let is_whole_name = !guarded.contains(&b'/');
        let is_kept_name = relative && !guarded.windows(3).any(|window| window == b"/./");
        if is_whole_name || is_kept_name {
            escaped.push(b'\\');
        }
    }
    for (at, byte) in guarded.iter().enumerate() {
        let escapes_a_wildcard =
            *byte == b'\\' && guarded.get(at + 1).is_some_and(|next| WILDCARDS.contains(next));
        if SPECIAL.contains(byte) && !escapes_a_wildcard {
            escaped.push(b'\\');
        }
        escaped.push(*byte);
    }
    escaped
}

/// A path that no option parser takes for an option.
pub(super) fn guard_dash(path: &[u8]) -> Vec<u8> {
    if path.first() == Some(&b'-') { [b"./", path].concat() } else { path.to_owned() }
}

/// The form of `arguments` on the connection.
pub(super) fn seclude(arguments: &[OsString]) -> Vec<u8> {
    let mut bytes = b"rsync\0".to_vec();
    for argument in arguments {
        // An empty argument would be the end.
        bytes.extend_from_slice(if argument.is_empty() { b"." } else { argument.as_bytes() });
        bytes.push(0);
    }
    bytes.push(0);
    bytes
}

/// Reads secluded arguments as they arrive, byte by byte, so that nothing behind them is consumed.
#[derive(Clone, Debug, Default)]
pub struct SecludedReader {
    arguments: Vec<OsString>,
    current: Vec<u8>,
    /// The first word stands for the name of the program.
    name_seen: bool,
    /// Whether the argument being read has any byte, dropped ones included.
    started: bool,
}

impl SecludedReader {
    /// A reader at the first byte of the connection.
    pub fn new() -> SecludedReader {
        SecludedReader::default()
    }

    /// Takes one byte; the arguments are complete once they are returned.
    ///
    /// # Errors
    /// If there are more than [`MAX_SECLUDED_ARGUMENTS`].
    pub fn push(&mut self, byte: u8) -> Result<Option<Vec<OsString>>, OptionError> {
        if byte != 0 {
            self.started = true;
            if self.current.len() < MAX_SECLUDED_ARGUMENT {
                self.current.push(byte);
            }
            return Ok(None);
        }
        if !self.started {
            return Ok(Some(std::mem::take(&mut self.arguments)));
        }
        self.started = false;
        let argument = OsString::from_vec(std::mem::take(&mut self.current));
        if !std::mem::replace(&mut self.name_seen, true) {
            return Ok(None);
        }
        if self.arguments.len() >= MAX_SECLUDED_ARGUMENTS {
            return Err(OptionError::syntax("too many secluded arguments"));
        }
        self.arguments.push(argument);
        Ok(None)
    }
}

/// Splits a remote shell command into words: at spaces, except within quotes; a quote doubled within its kind stands
/// for itself; backslashes mean nothing.
///
/// # Errors
/// If a quote is not closed.
pub fn split_shell_command(command: &OsStr) -> Result<Vec<OsString>, OptionError> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = command.as_bytes().iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (None, b' ') => words.extend(word.take().map(OsString::from_vec)),
            (None, b'\'' | b'"') => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (Some(open), _) if byte == open => {
                if bytes.next_if_eq(&open).is_some() {
                    word.get_or_insert_default().push(open);
                } else {
                    quote = None;
                }
            }
            _ => word.get_or_insert_default().push(byte),
        }
    }
    if let Some(open) = quote {
        return Err(OptionError::syntax(format!(
            "Missing trailing-{} in remote-shell command.",
            char::from(open)
        ))
        .bare());
    }
    words.extend(word.map(OsString::from_vec));
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_keep_their_wildcards_and_lose_their_danger() {
        let pull = Trust::HomeOnly { relative: false };
        for (path, escaped) in [
            (r"a b", r"a\ b"),
            (r"a*b [c] ?", r"a*b\ [c]\ ?"),
            (r"{a,b}", r"\{a,b\}"),
            (r"-x", r"./-x"),
            (r"a\b", r"a\\b"),
            (r"a\*b", r"a\*b"),
            (r"a\", r"a\\"),
            ("a\nb", "a\\\nb"),
            (r"~", r"\~"),
            (r"~user", r"\~user"),
            (r"~/x", r"~/x"),
            (r"a~", r"a~"),
        ] {
            assert_eq!(escape_path(path.as_bytes(), pull), escaped.as_bytes(), "{path}");
        }
        assert_eq!(escape_path(b"~/x", Trust::HomeOnly { relative: true }), b"\\~/x");
        assert_eq!(escape_path(b"~/./x", Trust::HomeOnly { relative: true }), b"~/./x");
        assert_eq!(escape_path(b"~", Trust::Tilde), b"~");
        assert_eq!(escape_option(b"a b*"), b"a\\ b\\*");
    }

    #[test]
    fn shell_commands_are_split_at_spaces_outside_quotes() {
        for (command, words) in [
            ("ssh -p 22", vec!["ssh", "-p", "22"]),
            ("  ssh   -x ", vec!["ssh", "-x"]),
            ("'a b'c \"d  e\"", vec!["a bc", "d  e"]),
            ("'x''y' \"1\"\"2\"", vec!["x'y", "1\"2"]),
            (r"a\ b", vec![r"a\", "b"]),
            ("ssh '' x", vec!["ssh", "", "x"]),
        ] {
            assert_eq!(split_shell_command(command.as_ref()).unwrap(), words, "{command}");
        }
        assert!(split_shell_command("ssh 'x".as_ref()).is_err());
    }

    #[test]
    fn secluded_arguments_come_back_as_they_were_sent() {
        let sent = seclude(&["--suffix=a b".into(), "".into(), ".".into(), "p".into()]);
        assert_eq!(sent, b"rsync\0--suffix=a b\0.\0.\0p\0\0");
        let mut reader = SecludedReader::new();
        let mut read = None;
        for (at, byte) in sent.iter().enumerate() {
            read = reader.push(*byte).unwrap();
            assert_eq!(read.is_some(), at + 1 == sent.len());
        }
        assert_eq!(read.unwrap(), ["--suffix=a b", ".", ".", "p"]);
    }
}
