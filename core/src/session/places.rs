//! Where entries are in the destination. In: names of entries. Out: a held directory and a single component.

use std::io;

use crate::tree::Directory;

/// The destination of a session.
#[derive(Debug)]
pub(crate) struct Destination {
    /// What entries' names are relative to. `None` in a dry run into a directory that does not exist.
    pub(crate) root: Option<Directory>,
    /// For a single file with a name of its own here: that name.
    pub(crate) single: Option<Vec<u8>>,
}

/// Finds entries' directories; the last one stays open.
pub(crate) struct Places<'a> {
    destination: &'a Destination,
    parent: Vec<u8>,
    held: Option<Directory>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(destination: &'a Destination) -> Places<'a> {
        Places { destination, parent: Vec::new(), held: None }
    }

    /// The directory that holds the entry, and the entry's name in it.
    pub(crate) fn locate<'n>(&'n mut self, name: &'n [u8]) -> io::Result<(&'n Directory, &'n [u8])> {
        let root = self.destination.root.as_ref().ok_or(io::ErrorKind::NotFound)?;
        if let Some(single) = &self.destination.single {
            return Ok((root, single));
        }
        let Some(slash) = name.iter().rposition(|&byte| byte == b'/') else {
            return Ok((root, name));
        };
        let (parent, last) = name.split_at(slash);
        let last = last.get(1..).unwrap_or_default();
        if self.held.is_none() || self.parent != parent {
            self.held = None;
            self.held = Some(root.descend(parent)?);
            self.parent.clear();
            self.parent.extend_from_slice(parent);
        }
        let held = self.held.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok((held, last))
    }

    /// Lets go of a directory that may have been replaced.
    pub(crate) fn forget(&mut self) {
        self.held = None;
    }
}
