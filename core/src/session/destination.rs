//! What the destination path means (`docs/spec/wire-2-filelist.md` §4.9). In: a path, what the first list has. Out: a held
//! directory, and for a single file its name there.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::session::places::{Destination, OwnPaths};
use crate::wire::file_entry::FileEntry;

/// Opens the destination, making it if that is what the list needs. In a dry run it is not made.
/// `created` is called if it is missing.
pub(crate) fn open(
    paths: OwnPaths<'_>,
    path: &Path,
    entries: usize,
    only: Option<&FileEntry>,
    dry_run: bool,
    created: impl FnOnce(),
) -> Result<Destination> {
    let whole = |root: Option<_>, is_new| Ok(Destination { root: root.map(Arc::new), is_new, single: None });
    let wants_directory = entries > 1 || only.is_none_or(FileEntry::is_directory);
    match paths.open(path) {
        Ok(root) => whole(Some(root), false),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            if wants_directory {
                return Err(Error::new(
                    ErrorKind::FileSelection,
                    "the destination must be a directory when copying more than one file",
                )
                .with_path(path));
            }
            single(paths, path, dry_run)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if !wants_directory && !path.as_os_str().as_bytes().ends_with(b"/") {
                return single(paths, path, dry_run);
            }
            created();
            if dry_run {
                return whole(None, true);
            }
            paths.make(path, 0o777).map_err(|error| Error::os("make directory", path, error))?;
            whole(Some(paths.open(path).map_err(|error| Error::os("open", path, error))?), true)
        }
        Err(error) => Err(Error::os("open", path, error)),
    }
}

/// The path is the name of the one file.
fn single(paths: OwnPaths<'_>, path: &Path, dry_run: bool) -> Result<Destination> {
    let name = path
        .file_name()
        .ok_or_else(|| Error::new(ErrorKind::FileSelection, "the destination has no name").with_path(path))?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let single = Some(name.as_bytes().to_vec());
    match paths.open(parent) {
        Ok(root) => Ok(Destination { root: Some(Arc::new(root)), is_new: false, single }),
        Err(error) if dry_run && error.kind() == io::ErrorKind::NotFound => {
            Ok(Destination { root: None, is_new: false, single })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!("cannot open \"{}\"", parent.display());
            Err(Error::new(ErrorKind::FileSelection, message).with_source(error))
        }
        Err(error) => Err(Error::os("open", parent, error)),
    }
}
