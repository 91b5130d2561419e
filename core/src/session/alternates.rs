//! Directories with files that may be there already: `--compare-dest`, `--copy-dest`, `--link-dest`
//! (`docs/spec/wire-3-transfer.md` §7.6). In: paths, entries. Out: held directories, the best match of an entry.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::options::Alternate;
use crate::session::attributes::Attributes;
use crate::session::file_list::parent;
use crate::session::places::{Destination, OwnPaths};
use crate::tree::{Directory, Status};
use crate::wire::file_entry::{FileEntry, FileKind};

/// How much of an entry a file in an alternate directory has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// It is of the same type.
    Type,
    /// It has the same content as well.
    Content,
    /// And the same attributes.
    All,
}

/// The best match of an entry.
pub(crate) struct Match {
    pub(crate) number: u8,
    pub(crate) level: Level,
    pub(crate) status: Status,
}

/// The alternate directories of a destination, in the order they were named.
pub(crate) struct Alternates {
    pub(crate) kind: Alternate,
    directories: Vec<Option<Directory>>,
    /// Those that could not be opened.
    pub(crate) missing: Vec<PathBuf>,
}

impl Alternates {
    /// Opens the directories that `named` has, relative to the destination at `path`.
    pub(crate) fn open(
        named: Option<&(Alternate, Vec<PathBuf>)>,
        paths: OwnPaths<'_>,
        destination: &Destination,
        path: &Path,
    ) -> Option<Alternates> {
        let (kind, named) = named?;
        let folder = match &destination.single {
            Some(_) => path.parent().unwrap_or(Path::new("")),
            None => path,
        };
        let mut missing = Vec::new();
        let directories = named.iter().map(|named| {
            let path = folder.join(named);
            paths.open(&path).inspect_err(|_| missing.push(path)).ok()
        });
        let directories = directories.collect();
        Some(Alternates { kind: *kind, directories, missing })
    }

    /// The directory with this number that holds files of the same directory as the entry called `name`.
    pub(crate) fn reach(&self, number: u8, name: &[u8]) -> io::Result<Directory> {
        let directory = self.directories.get(usize::from(number)).and_then(Option::as_ref);
        let directory = directory.ok_or(io::ErrorKind::NotFound)?;
        directory.descend(if parent(name).is_empty() { b"." } else { parent(name) })
    }

    /// The first of the best matches of an entry. `checksum` reads a file for `-c`.
    pub(crate) fn best(
        &self,
        entry: &FileEntry,
        attributes: &Attributes<'_>,
        mut checksum: impl FnMut(&Directory, &[u8]) -> Vec<u8>,
    ) -> Option<Match> {
        let mut best: Option<Match> = None;
        for number in 0..self.directories.len() {
            let number = u8::try_from(number).ok()?;
            let last = last_component(&entry.name);
            let Ok(held) = self.reach(number, &entry.name) else { continue };
            let Ok(status) = held.status(last) else { continue };
            if status.kind() != Some(entry.kind()) {
                continue;
            }
            let same_content = match entry.kind() {
                FileKind::Regular => attributes.looks_same(entry, &status, || checksum(&held, last)),
                FileKind::Symlink => held.read_link(last).is_ok_and(|target| target == entry.target()),
                FileKind::CharDevice | FileKind::BlockDevice => status.device == entry.device(),
                _ => true,
            };
            let level = match same_content {
                false => Level::Type,
                true if attributes.differences(entry, &status, false).is_significant() => Level::Content,
                true => Level::All,
            };
            if best.as_ref().is_none_or(|best| best.level < level) {
                best = Some(Match { number, level, status });
            }
            if level == Level::All {
                break;
            }
        }
        best
    }
}

/// The last component of an entry's name, which is a dot for the root.
pub(crate) fn last_component(name: &[u8]) -> &[u8] {
    name.rsplit(|&byte| byte == b'/').next().unwrap_or(name)
}

/// The option, and a directory it names, as messages have them.
pub(crate) fn shown(kind: Alternate, path: &Path) -> Vec<u8> {
    let option: &[u8] = match kind {
        Alternate::Compare => b"--compare-dest",
        Alternate::Copy => b"--copy-dest",
        Alternate::Link => b"--link-dest",
    };
    [option, b" arg does not exist: ", path.as_os_str().as_bytes(), b"\n"].concat()
}
