//! Where entries are in the destination. In: names of entries. Out: a held directory and a single component.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};
use std::sync::Arc;

use crate::session::rule_files;
use crate::tree::{Directory, Status};

/// Opens the paths that this end was given: anywhere, or below a directory that it may not leave.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnPaths<'a>(Option<&'a Path>);

impl<'a> OwnPaths<'a> {
    pub(crate) fn new(root: Option<&'a Path>) -> OwnPaths<'a> {
        OwnPaths(root)
    }

    pub(crate) fn open(self, path: &Path) -> io::Result<Directory> {
        match self.0 {
            None => Directory::open(path),
            Some(root) => Directory::open(root)?.descend(&below(path)),
        }
    }

    pub(crate) fn make(self, path: &Path, mode: u32) -> io::Result<()> {
        let Some(root) = self.0 else { return Directory::make(path, mode) };
        let path = below(path);
        let root = Directory::open(root)?;
        match path.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => {
                let (parent, name) = path.split_at(slash);
                root.descend(parent)?.make_directory(name.get(1..).unwrap_or_default(), mode)
            }
            None => root.make_directory(&path, mode),
        }
    }
}

impl OwnPaths<'_> {
    /// Where `path` is, counted from the root of the file system, or from the directory that may not be left; without a
    /// slash in front.
    pub(crate) fn absolute(self, path: &Path) -> Vec<u8> {
        let path = match self.0 {
            // Without a working directory no relative path leads anywhere.
            None => std::path::absolute(path).unwrap_or_default(),
            Some(_) => path.to_owned(),
        };
        let mut names: Vec<&[u8]> = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name.as_bytes()),
                Component::ParentDir => {
                    names.pop();
                }
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
        }
        names.join(&b'/')
    }

    /// The status of what the link `name` in `directory` leads to; its [absolute](OwnPaths::absolute) path is `path`. An end
    /// that is confined follows no link out of its root.
    pub(crate) fn status_behind(self, directory: &Directory, name: &[u8], path: &[u8]) -> io::Result<Status> {
        match self.0 {
            None => directory.status_followed(name),
            Some(root) => Directory::status_of(Directory::open(root)?.open_beneath(path, true)?),
        }
    }

    /// Opens the directory that such a link leads to.
    pub(crate) fn directory_behind(
        self,
        directory: &Directory,
        name: &[u8],
        path: &[u8],
    ) -> io::Result<Directory> {
        match self.0 {
            None => directory.descend_followed(name),
            Some(root) => Directory::from(OwnedFd::from(Directory::open(root)?.open_beneath(path, false)?))
                .descend(b"."),
        }
    }

    /// Opens the file that such a link leads to.
    pub(crate) fn file_behind(self, directory: &Directory, name: &[u8], path: &[u8]) -> io::Result<File> {
        match self.0 {
            None => directory.open_followed(name),
            Some(root) => Directory::open(root)?.open_beneath(path, false),
        }
    }

    /// Opens a file that this end was told to read.
    pub(crate) fn open_file(self, path: &Path) -> io::Result<File> {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?.as_bytes();
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = self.open(parent.unwrap_or(Path::new(".")))?;
        match self.0 {
            None => parent.open_followed(name),
            Some(_) => parent.open_file(name),
        }
    }

    /// Reads a file of rules at an absolute path, if there is one.
    pub(crate) fn read_rules(self, path: &[u8]) -> Option<Vec<u8>> {
        let slash = path.iter().rposition(|&byte| byte == b'/')?;
        let (parent, name) = path.split_at(slash);
        let parent = if parent.is_empty() { b"/" } else { parent };
        let held = self.open(Path::new(OsStr::from_bytes(parent))).ok()?;
        self.read_rules_in(&held, name.get(1..)?)
    }

    /// Reads a file of rules in a directory, if there is one. An end that is confined follows no link to one.
    pub(crate) fn read_rules_in(self, directory: &Directory, name: &[u8]) -> Option<Vec<u8>> {
        let file = match self.0 {
            None => directory.open_followed(name),
            Some(_) => directory.open_file(name),
        };
        file.and_then(rule_files::read).ok()
    }
}

/// A path without slashes in front and at the end; the empty one is the directory itself.
fn below(path: &Path) -> Vec<u8> {
    let mut path = path.as_os_str().as_bytes();
    while let [b'/', rest @ ..] | [rest @ .., b'/'] = path {
        path = rest;
    }
    if path.is_empty() { b".".to_vec() } else { path.to_vec() }
}

/// The destination of a session.
#[derive(Debug)]
pub(crate) struct Destination {
    /// What entries' names are relative to. `None` in a dry run into a directory that does not exist.
    pub(crate) root: Option<Arc<Directory>>,
    /// Whether the root was made for this session.
    pub(crate) is_new: bool,
    /// For a single file with a name of its own here: that name.
    pub(crate) single: Option<Vec<u8>>,
}

/// Finds entries' directories; the last one stays open.
pub(crate) struct Places<'a> {
    destination: &'a Destination,
    parent: Vec<u8>,
    held: Option<Arc<Directory>>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(destination: &'a Destination) -> Places<'a> {
        Places { destination, parent: Vec::new(), held: None }
    }

    /// The directory that holds the entry, and the entry's name in it.
    pub(crate) fn locate<'n>(&'n mut self, name: &'n [u8]) -> io::Result<(&'n Arc<Directory>, &'n [u8])> {
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
            self.held = Some(Arc::new(root.descend(parent)?));
            self.parent.clear();
            self.parent.extend_from_slice(parent);
        }
        let held = self.held.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok((held, last))
    }

    /// The entry's name in the directory that holds it.
    pub(crate) fn name_of<'n>(&self, name: &'n [u8]) -> &'n [u8]
    where
        'a: 'n,
    {
        match &self.destination.single {
            Some(single) => single,
            None => name.rsplit(|&byte| byte == b'/').next().unwrap_or(name),
        }
    }

    /// Lets go of a directory that may have been replaced.
    pub(crate) fn forget(&mut self) {
        self.held = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_a_root_no_path_leads_out() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        std::fs::create_dir_all(root.join("inside")).unwrap();
        std::fs::create_dir(place.path().join("outside")).unwrap();
        std::os::unix::fs::symlink("../outside", root.join("link")).unwrap();
        let paths = OwnPaths::new(Some(&root));
        for inside in ["", "/", ".", "inside", "/inside/", "inside/"] {
            assert!(paths.open(Path::new(inside)).is_ok(), "{inside:?}");
        }
        for outside in ["..", "../outside", "inside/../../outside", "link", "link/.", "/link/"] {
            assert!(paths.open(Path::new(outside)).is_err(), "{outside:?}");
        }
        assert!(paths.make(Path::new("link/new"), 0o700).is_err());
        assert!(paths.make(Path::new("../new"), 0o700).is_err());
        paths.make(Path::new("/inside/new/"), 0o700).unwrap();
        assert!(root.join("inside/new").is_dir());
    }
}
