//! Files that were left out. In: what the system or the other end said. Out: [`Failure`]s, and the error a session that left
//! some out amounts to.

use super::Report;
use crate::error::{Error, ErrorKind};

/// Failures that are kept of what the other end tells; it may go on, this list does not.
pub(crate) const MOST_TOLD: usize = 100_000;

/// One file that was not transferred, or not completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its path within the transfer. Of what the other end told: the path in its text, empty if there is none.
    pub name: Vec<u8>,
    /// What was tried.
    pub action: &'static str,
    /// What a caller would act on.
    pub kind: ErrorKind,
    /// The operating system's error number, if it was the operating system that refused.
    pub errno: Option<i32>,
    /// The operating system's words, or others; of what the other end told, its whole text.
    pub reason: String,
    /// Whether the other end met it and told of it.
    pub told: bool,
}

impl Failure {
    /// The system refused `action` on the entry called `name`.
    pub(crate) fn os(name: &[u8], action: &'static str, error: std::io::Error) -> Failure {
        let (reason, errno) = (system_words(&error), error.raw_os_error());
        let kind = Error::stream(action, error).kind();
        Failure { name: name.to_vec(), action, kind, errno, reason, told: false }
    }

    /// This end gave up `action` on the entry called `name`.
    pub(crate) fn of(name: &[u8], action: &'static str, kind: ErrorKind, reason: String) -> Failure {
        Failure { name: name.to_vec(), action, kind, errno: None, reason, told: false }
    }

    /// What a text of the other end says: `… "PATH": REASON (ERRNO)`, as rsync and this library write it.
    pub(crate) fn told(text: &[u8]) -> Failure {
        let text = text.trim_ascii();
        let quote = |from: &[u8]| from.iter().position(|&byte| byte == b'"');
        let name = quote(text)
            .and_then(|start| text.get(start + 1..))
            .and_then(|rest| Some(rest.get(..quote(rest)?)?.to_vec()))
            .unwrap_or_default();
        let reason = String::from_utf8_lossy(text).into_owned();
        let errno = reason
            .strip_suffix(')')
            .and_then(|rest| rest.rsplit_once('('))
            .and_then(|(_, number)| number.parse().ok())
            .filter(|number| *number > 0);
        let kind = match errno {
            Some(number) => Error::stream("", std::io::Error::from_raw_os_error(number)).kind(),
            None => ErrorKind::PeerFailed,
        };
        Failure { name, action: "work at the other end", kind, errno, reason, told: true }
    }

    /// Those of [`told`](Failure::told) that the lines of a remote rsync's standard error are: `rsync: … "PATH" …`.
    pub(crate) fn told_by_lines(words: &[u8]) -> impl Iterator<Item = Failure> {
        words
            .split(|&byte| byte == b'\n')
            .filter(|line| line.starts_with(b"rsync: ") || line.starts_with(b"file has vanished: "))
            .map(Failure::told)
            .filter(|failure| !failure.name.is_empty())
    }
}

impl Report {
    /// What a session amounts to that went to its end and left something out: an error that names how many files, and the
    /// first of them. `None` if nothing was left out.
    ///
    /// ```
    /// let report = syncline::Report::default();
    /// assert!(report.error().is_none());
    /// ```
    pub fn error(&self) -> Option<Error> {
        let kind = match self.exit_status {
            0 => return None,
            24 => ErrorKind::SourceVanished,
            25 => ErrorKind::DeleteLimit,
            23 => ErrorKind::PartialTransfer,
            _ => ErrorKind::PeerFailed,
        };
        let what = match kind {
            ErrorKind::DeleteLimit => "the limit on deletions stopped some".to_owned(),
            ErrorKind::PeerFailed => format!("the other end ended with exit status {}", self.exit_status),
            _ => "some files or attributes were not transferred".to_owned(),
        };
        let message = match self.failures.as_slice() {
            [] => what,
            [first, rest @ ..] => {
                let others = match rest.len() {
                    0 => String::new(),
                    1 => " (and 1 more)".to_owned(),
                    more => format!(" (and {more} more)"),
                };
                let Failure { name, action, reason, told, .. } = first;
                if *told {
                    format!("{what}: {reason}{others}")
                } else {
                    format!("{what}: cannot {action} \"{}\": {reason}{others}", String::from_utf8_lossy(name))
                }
            }
        };
        Some(Error::new(kind, message).with_peer_status(self.exit_status))
    }
}

/// The system's words as rsync prints them: `No such file or directory (2)`.
pub(crate) fn system_words(error: &std::io::Error) -> String {
    error.to_string().replace("(os error ", "(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_told_failure_names_the_file_and_the_number() {
        let text = b"rsync: [sender] send_files failed to open \"/a b/c\": Permission denied (13)\n";
        let failure = Failure::told(text);
        assert_eq!((failure.name.as_slice(), failure.errno), (b"/a b/c".as_slice(), Some(13)));
        assert_eq!(failure.kind, ErrorKind::PermissionDenied);
        let lines = [b"motd\n".as_slice(), text, b"rsync error: some files (code 23)\n"].concat();
        assert_eq!(Failure::told_by_lines(&lines).collect::<Vec<_>>(), [failure]);
        let other = Failure::told(b"something else \"un");
        assert_eq!(
            (other.name.as_slice(), other.errno, other.kind),
            (b"".as_slice(), None, ErrorKind::PeerFailed)
        );
    }

    #[test]
    fn the_error_names_the_first_file_and_counts_the_others() {
        let mut report = Report { exit_status: 23, ..Report::default() };
        report.failures.push(Failure::os(b"a", "open", std::io::Error::from_raw_os_error(13)));
        report.failures.push(Failure::told(b"b"));
        let error = report.error().unwrap();
        assert_eq!((error.kind(), error.exit_status()), (ErrorKind::PartialTransfer, 23));
        assert_eq!(
            error.to_string(),
            "some files or attributes were not transferred: cannot open \"a\": Permission denied (13) (and 1 more)"
        );
    }
}
