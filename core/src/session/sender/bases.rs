//! Directories that entries are sent from, and what lies behind symbolic links that are followed
//! (`docs/spec/wire-2-filelist.md` §4.3, §4.10). In: names of entries. Out: held directories, status, files.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Result;
use crate::filter::{DirectoryFilters, Filters, Side};
use crate::session::places::OwnPaths;
use crate::session::rule_files::TreeRules;
use crate::session::settings::Settings;
use crate::session::unsafe_link::leads_out;
use crate::tree::{Directory, Status};
use crate::wire::file_entry::FileKind;

/// A tree to send from, and the rules in it.
pub(super) struct Base<'a> {
    pub(super) tree: Tree<'a>,
    pub(super) rules: TreeRules<'a>,
}

/// A directory that names of entries are relative to.
pub(super) struct Tree<'a> {
    pub(super) path: PathBuf,
    pub(super) directory: Directory,
    paths: OwnPaths<'a>,
    /// Names, relative to the base, of links that stand for what they lead to.
    followed: HashSet<Box<[u8]>>,
}

impl<'a> Base<'a> {
    pub(super) fn open(path: &Path, filters: &Arc<Filters>, paths: OwnPaths<'a>) -> io::Result<Base<'a>> {
        let rules = TreeRules::new(filters, Side::Sender, paths, &paths.absolute(path));
        let directory = paths.open(path)?;
        Ok(Base { tree: Tree { path: path.to_owned(), directory, paths, followed: HashSet::new() }, rules })
    }

    /// The rules for what is in a directory.
    pub(super) fn rules_within(&mut self, directory: &[u8]) -> Result<DirectoryFilters> {
        let tree = &self.tree;
        self.rules.within(inside(directory), &|step| tree.reach(step))
    }
}

impl Tree<'_> {
    /// Opens a directory, over those links that are followed.
    pub(super) fn reach(&self, name: &[u8]) -> io::Result<Directory> {
        let name = inside(name);
        if self.followed.is_empty() {
            return self.directory.descend(name);
        }
        let mut reached: Option<(Directory, usize)> = None;
        let ends = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(slash, _)| slash);
        for end in ends.chain([name.len()]) {
            let step = name.get(..end).unwrap_or_default();
            if self.followed.contains(step) {
                let (parent, last) = split(step);
                let held = from(&self.directory, reached.as_ref(), parent)?;
                let behind = self.paths.directory_behind(&held, last, &self.absolute(step))?;
                reached = Some((behind, end));
            }
        }
        from(&self.directory, reached.as_ref(), name)
    }

    /// What an entry is: a symbolic link itself, or what it leads to where that is wanted of it. `place` holds the entry under
    /// the last component of `name`.
    pub(super) fn examine(
        &mut self,
        place: &Directory,
        name: &[u8],
        settings: &Settings,
    ) -> io::Result<Status> {
        let (_, last) = split(inside(name));
        let status = place.status(last)?;
        if status.kind() != Some(FileKind::Symlink) || !settings.may_follow() {
            return Ok(status);
        }
        let wanted = settings.copy_links
            || (settings.copy_unsafe_links && leads_out(&place.read_link(last)?, inside(name)));
        if wanted {
            return self.follow(place, name);
        }
        match self.follow(place, name) {
            Ok(behind) if settings.copy_directory_links && behind.is_directory() => Ok(behind),
            _ => {
                self.followed.remove(inside(name));
                Ok(status)
            }
        }
    }

    /// What an entry or a link to it leads to. From now on it is followed.
    pub(super) fn follow(&mut self, place: &Directory, name: &[u8]) -> io::Result<Status> {
        let name = inside(name);
        let (_, last) = split(name);
        let status = place.status(last)?;
        if status.kind() != Some(FileKind::Symlink) {
            return Ok(status);
        }
        let behind = self.paths.status_behind(place, last, &self.absolute(name))?;
        self.followed.insert(name.into());
        Ok(behind)
    }

    /// Opens a file that an entry is of; `place` holds it under the last component of `name`.
    pub(super) fn open(&self, place: &Directory, name: &[u8], settings: &Settings) -> io::Result<File> {
        let name = inside(name);
        let (_, last) = split(name);
        if self.followed.contains(name) {
            self.paths.file_behind(place, last, &self.absolute(name))
        } else if settings.open_quietly {
            place.open_file_quietly(last)
        } else {
            place.open_file(last)
        }
    }

    /// The name of an entry as its user knows it.
    pub(super) fn shown(&self, name: &[u8]) -> Vec<u8> {
        [b"/", &*self.absolute(inside(name))].concat()
    }

    fn absolute(&self, name: &[u8]) -> Vec<u8> {
        let base = self.paths.absolute(&self.path);
        match (base.as_slice(), name) {
            (_, b".") => base,
            (b"", _) => name.to_vec(),
            _ => [&base, b"/".as_slice(), name].concat(),
        }
    }
}

/// Descends to `name` from the base, or from a directory further on whose name ends at a position in it.
fn from(base: &Directory, reached: Option<&(Directory, usize)>, name: &[u8]) -> io::Result<Directory> {
    match reached {
        None => base.descend(name),
        Some((held, end)) => match name.get(end + 1..) {
            None | Some(b"") => held.descend(b"."),
            Some(rest) => held.descend(rest),
        },
    }
}

/// The name of an entry relative to its base: one of the root of the file system has a slash in front.
pub(super) fn inside(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"/").unwrap_or(name)
}

/// The directory that a name is in, and its last component.
pub(super) fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match name.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => (name.get(..slash).unwrap_or_default(), name.get(slash + 1..).unwrap_or_default()),
        None => (b".", name),
    }
}
