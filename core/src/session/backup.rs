//! What is replaced or deleted is kept under another name (`docs/spec/wire-3-transfer.md` §9.8). In: entries about to go.
//! Out: the same files under their backup names.

use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::session::file_list::parent;
use crate::session::places::{Destination, OwnPaths};
use crate::session::side::Side;
use crate::tree::{Directory, Status};
use crate::wire::file_entry::FileKind;

/// How backups are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The directory they are in, relative to the destination; `None` keeps them beside the files.
    pub directory: Option<PathBuf>,
    /// What is appended to their names.
    pub suffix: Vec<u8>,
}

/// Whether the name has to be free afterwards.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Something is renamed over it: until then the old file stays, with a second name.
    Replaced,
    /// It is deleted.
    Deleted,
}

/// Keeps files of one destination.
pub(crate) struct Backups<'a> {
    wish: &'a Backup,
    paths: OwnPaths<'a>,
    /// Where the backup directory is.
    path: PathBuf,
    store: Option<Directory>,
    tells: bool,
    umask: u32,
}

impl<'a> Backups<'a> {
    /// For the destination at `path`; `None` if no backups are wanted.
    pub(crate) fn of(side: &Side<'a>, destination: &Destination, path: &Path) -> Option<Backups<'a>> {
        let wish = side.settings.backup.as_ref()?;
        let folder = match &destination.single {
            Some(_) => path.parent().unwrap_or(Path::new("")),
            None => path,
        };
        let path = folder.join(wish.directory.as_deref().unwrap_or(Path::new("")));
        Some(Backups {
            wish,
            paths: side.paths,
            path,
            store: None,
            tells: side.settings.tell_backups,
            umask: side.settings.umask,
        })
    }

    /// Keeps what `held` has under the last component of `name`, unless that is a directory, or a backup itself that is
    /// deleted. If it was kept, the text that tells of it, which is empty if nobody wants to know.
    ///
    /// # Errors
    /// The reason why it could not be kept, which ends the session.
    pub(crate) fn keep(
        &mut self,
        held: &Directory,
        last: &[u8],
        name: &[u8],
        keep: Keep,
    ) -> Result<Option<Vec<u8>>> {
        let path = Path::new(std::ffi::OsStr::from_bytes(name));
        let failed = |error| Error::os("back up", path, error);
        let Some(status) = held.status_if_present(last).map_err(failed)? else { return Ok(None) };
        let is_backup = self.wish.directory.is_none() && last.ends_with(&self.wish.suffix);
        if status.is_directory() || (keep == Keep::Deleted && is_backup) {
            return Ok(None);
        }
        let backup = [last, &self.wish.suffix].concat();
        let shown = match &self.wish.directory {
            None => {
                put(held, last, &status, held, &backup, keep).map_err(failed)?;
                [parent(name), if parent(name).is_empty() { b"" } else { b"/" }, &backup].concat()
            }
            Some(directory) => {
                let folder = self.folder(held, parent(name)).map_err(failed)?;
                put(held, last, &status, &folder, &backup, keep).map_err(failed)?;
                let shown = directory.join(path);
                [shown.as_os_str().as_bytes(), &self.wish.suffix].concat()
            }
        };
        let text = [b"backed up ", name, b" to ", &*shown, b"\n"].concat();
        Ok(Some(if self.tells { text } else { Vec::new() }))
    }

    /// The directory in the backup directory that mirrors `mirrored`, made if it is missing.
    fn folder(&mut self, mirrored: &Directory, name: &[u8]) -> io::Result<Directory> {
        let store = match &self.store {
            Some(store) => store,
            None => {
                let opened = self.paths.open(&self.path).or_else(|_| self.make_store())?;
                self.store.insert(opened)
            }
        };
        if name.is_empty() {
            return store.descend(b".");
        }
        if let Ok(folder) = store.descend(name) {
            return Ok(folder);
        }
        let like = mirrored.status(b".")?;
        let ends = name.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(slash, _)| slash);
        for end in ends.chain([name.len()]) {
            let step = name.get(..end).unwrap_or_default();
            let (above, last) = match step.iter().rposition(|&byte| byte == b'/') {
                Some(slash) => step.split_at(slash),
                None => (b".".as_slice(), step),
            };
            let last = last.strip_prefix(b"/").unwrap_or(last);
            let above = store.descend(above)?;
            match above.make_directory(last, like.mode & 0o7777) {
                Ok(()) => {
                    above.set_mode(last, like.mode & 0o7777)?;
                    // Only the super-user may; others keep what they make.
                    let _ = above.set_owner(last, Some(like.uid), Some(like.gid));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        store.descend(name)
    }

    /// Makes the backup directory with what is missing above it.
    fn make_store(&self) -> io::Result<Directory> {
        let mut above: Vec<&Path> =
            self.path.ancestors().filter(|path| !path.as_os_str().is_empty()).collect();
        above.reverse();
        for path in above {
            match self.paths.make(path, 0o777 & !self.umask) {
                Err(error)
                    if error.kind() != io::ErrorKind::AlreadyExists && self.paths.open(path).is_err() =>
                {
                    return Err(error);
                }
                _ => {}
            }
        }
        self.paths.open(&self.path)
    }
}

fn put(
    from: &Directory,
    name: &[u8],
    status: &Status,
    to: &Directory,
    backup: &[u8],
    keep: Keep,
) -> io::Result<()> {
    if keep == Keep::Replaced {
        match to.remove(backup) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        if from.link(name, to, backup).is_ok() {
            return Ok(());
        }
    }
    match from.rename_into(name, to, backup) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy(from, name, status, to, backup)?;
            if keep == Keep::Deleted { from.remove(name) } else { Ok(()) }
        }
        renamed => renamed,
    }
}

/// To another file system.
fn copy(from: &Directory, name: &[u8], status: &Status, to: &Directory, backup: &[u8]) -> io::Result<()> {
    match to.remove(backup) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match status.kind() {
        Some(FileKind::Regular) => {
            let mut source = from.open_file(name)?;
            let mut copied = to.create_new(backup, 0o600)?;
            io::copy(&mut source, &mut copied)?;
            copied.flush()?;
        }
        Some(FileKind::Symlink) => to.make_symlink(backup, &from.read_link(name)?)?,
        _ => to.make_node(backup, status.mode, status.device)?,
    }
    // Only the super-user may; others keep what they make.
    let _ = to.set_owner(backup, Some(status.uid), Some(status.gid));
    if status.kind() != Some(FileKind::Symlink) {
        to.set_mode(backup, status.mode & 0o7777)?;
    }
    let accessed = Some((status.accessed, status.accessed_nanoseconds));
    to.set_times(backup, accessed, Some((status.modified, status.nanoseconds)))
}
