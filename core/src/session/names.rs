//! Lists of names to send (`docs/spec/wire-2-filelist.md` §4.6, `wire-1-session.md` §3.8). In: a file of names, or the
//! connection. Out: names; the same names on the connection.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::filter::Requested;
use crate::session::channel::protocol_error;
use crate::session::delta_send::WireOutput as _;
use crate::session::outgoing::Outgoing;
use crate::session::sender::sanitized;
use crate::wire::{Source, WireError, limits};

/// Where the names of what is sent come from.
#[derive(Clone, Debug, Default)]
pub enum Names {
    /// The sources are named one by one.
    #[default]
    Arguments,
    /// A list at this end. The sender takes its names from below its one source; a receiver passes them on.
    Here(NameList),
    /// A list at the other end, which passes it on to this one, the sender.
    There,
}

impl Names {
    /// Whether the names go over the connection; `receives` says that this end does.
    pub(crate) fn travel(&self, receives: bool) -> bool {
        match self {
            Names::Arguments => false,
            Names::Here(_) => receives,
            Names::There => true,
        }
    }
}

/// A list of names, read while it is used. Clones share what is left of it.
#[derive(Clone)]
pub struct NameList {
    input: Arc<Mutex<dyn BufRead + Send>>,
    nul_separated: bool,
}

impl NameList {
    /// Names from `input`, each in a line of its own, or ended by NUL.
    pub fn new(input: impl Read + Send + 'static, nul_separated: bool) -> NameList {
        NameList { input: Arc::new(Mutex::new(BufReader::new(input))), nul_separated }
    }

    /// The next name that is not empty.
    fn next(&self) -> Result<Option<Vec<u8>>> {
        let failed = |error| Error::stream("read the list of names", error);
        let ends = |byte: u8| if self.nul_separated { byte == 0 } else { matches!(byte, b'\n' | b'\r' | 0) };
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        let mut name = Vec::new();
        loop {
            let piece = match input.fill_buf() {
                Ok(piece) => piece,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error)),
            };
            if piece.is_empty() {
                return Ok(Some(name).filter(|name| !name.is_empty()));
            }
            let end = piece.iter().position(|byte| ends(*byte));
            name.extend_from_slice(piece.get(..end.unwrap_or(piece.len())).unwrap_or_default());
            let used = end.map_or(piece.len(), |end| end + 1);
            input.consume(used);
            if name.len() > limits::PATH {
                return Err(Error::new(
                    ErrorKind::InvalidArgument,
                    "a name in the list of names is too long",
                ));
            }
            if end.is_some() && !name.is_empty() {
                return Ok(Some(name));
            }
        }
    }

    /// The next name for a sender that reads the list itself: comments are none.
    pub(crate) fn next_to_send(&self) -> Result<Option<Vec<u8>>> {
        loop {
            match self.next()? {
                Some(name) if matches!(name.first(), Some(b'#' | b';')) => {}
                name => return Ok(name),
            }
        }
    }

    /// Passes all names on to the other end, each after it was added to what is `requested`.
    pub(crate) fn forward(
        &self,
        requested: Option<&Mutex<Requested>>,
        outgoing: &mut Outgoing,
    ) -> Result<()> {
        while let Some(name) = self.next()? {
            if let Some(requested) = requested {
                let mut requested = requested.lock().unwrap_or_else(PoisonError::into_inner);
                requested.add(&sanitized(&name));
            }
            outgoing.data().extend_from_slice(&name);
            outgoing.data().push(0);
            outgoing.checkpoint()?;
        }
        outgoing.data().push(0);
        outgoing.flush()
    }
}

impl fmt::Debug for NameList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NameList").field("nul_separated", &self.nul_separated).finish_non_exhaustive()
    }
}

/// The next name that the other end passes on.
pub(crate) fn receive(source: &mut impl Source) -> Result<Option<Vec<u8>>> {
    let mut name = Vec::new();
    loop {
        match source.u8().map_err(protocol_error)? {
            0 if name.is_empty() => return Ok(None),
            0 => return Ok(Some(name)),
            byte => name.push(byte),
        }
        if name.len() > limits::PATH {
            let (length, limit) = (name.len() as u64, limits::PATH as u64);
            return Err(protocol_error(WireError::TooLong {
                what: "name in a list of names",
                length,
                limit,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Reader;

    fn all(text: &'static [u8], nul_separated: bool) -> Vec<Vec<u8>> {
        let list = NameList::new(text, nul_separated);
        std::iter::from_fn(|| list.next_to_send().unwrap()).collect()
    }

    #[test]
    fn names_end_at_line_ends_or_nul_and_comments_are_none() {
        assert_eq!(all(b"a\r\nb c\n\n#d\n;e\n f", false), [b"a".as_slice(), b"b c", b" f"]);
        assert_eq!(all(b"a\nb\0#c\0\0d", true), [b"a\nb".as_slice(), b"d"]);
        let mut wire = Reader::new(b"a\0#b\0\0rest");
        let names: Vec<_> = std::iter::from_fn(|| receive(&mut wire).unwrap()).collect();
        assert_eq!(names, [b"a".as_slice(), b"#b"]);
        assert_eq!(wire.bytes("rest", 4, 4).unwrap(), b"rest");
    }

    #[test]
    fn a_name_without_end_is_refused() {
        assert!(NameList::new(std::io::repeat(b'a'), false).next().is_err());
        assert!(receive(&mut Reader::new(&[b'a'; 10_000])).is_err());
    }
}
