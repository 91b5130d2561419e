//! Where work on files writes to. In: bytes, strictly forward. Out: a file that appears under its name when it is complete, or never.

use std::fs::{File, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind, Result};

/// What is written: a file by its path, or a stream the caller brings.
pub enum Target<'a> {
    /// The file at this path: written beside it under a temporary name, and renamed when it is complete. A symbolic link is followed, so
    /// that what it names is replaced; a device or FIFO is written to directly.
    Path(&'a Path),
    /// A stream. What has been written to it before an error can't be taken back.
    Writer(&'a mut dyn Write),
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for Target<'a> {
    fn from(path: &'a P) -> Target<'a> {
        Target::Path(path.as_ref())
    }
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Target::Writer(_) => f.write_str("Writer"),
        }
    }
}

/// How files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutputOptions {
    /// Whether an existing file may be replaced.
    pub overwrite: bool,
    /// Whether long runs of zeros become holes.
    pub sparse: bool,
    /// The most bytes that may be written, where the input is not to be trusted with the size; `None` is no limit.
    pub limit: Option<u64>,
}

impl OutputOptions {
    /// Replaces nothing, makes no holes, has no limit.
    pub fn new() -> OutputOptions {
        OutputOptions::default()
    }

    /// Sets whether an existing file may be replaced.
    #[must_use]
    pub fn overwrite(mut self, overwrite: bool) -> OutputOptions {
        self.overwrite = overwrite;
        self
    }

    /// Sets whether long runs of zeros become holes.
    #[must_use]
    pub fn sparse(mut self, sparse: bool) -> OutputOptions {
        self.sparse = sparse;
        self
    }

    /// Sets the most bytes that may be written.
    #[must_use]
    pub fn limit(mut self, bytes: Option<u64>) -> OutputOptions {
        self.limit = bytes;
        self
    }
}

/// A target that is open. Dropped without [`commit`](Output::commit), a file leaves nothing behind.
pub(crate) struct Output<'a> {
    place: Place<'a>,
    /// Bytes of zeros that are not written yet.
    hole: u64,
    sparse: bool,
    limit: u64,
    pub(crate) written: u64,
}

enum Place<'a> {
    New { file: NamedTempFile, path: PathBuf, overwrite: bool },
    Direct { file: File, path: PathBuf },
    Writer(&'a mut dyn Write),
}

/// Runs of zeros shorter than this are written.
const HOLE: usize = 4096;

impl<'a> Target<'a> {
    pub(crate) fn open(self, options: &OutputOptions) -> Result<Output<'a>> {
        let place = match self {
            Target::Writer(writer) => Place::Writer(writer),
            Target::Path(path) => open_path(path, options.overwrite)?,
        };
        let sparse = options.sparse && matches!(place, Place::New { .. });
        Ok(Output { place, hole: 0, sparse, limit: options.limit.unwrap_or(u64::MAX), written: 0 })
    }
}

fn open_path<'a>(path: &Path, overwrite: bool) -> Result<Place<'a>> {
    let failed = |action| move |error| Error::os(action, path, error);
    let existing = match std::fs::metadata(path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed("examine")(error)),
    };
    let Some(metadata) = existing else {
        return new_file(path, path.to_owned(), overwrite, None);
    };
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(Error::new(ErrorKind::NotAFile, format!("{path:?} is a directory")).with_path(path));
    }
    if kind.is_char_device() || kind.is_fifo() {
        let file = File::options().write(true).open(path).map_err(failed("open"))?;
        return Ok(Place::Direct { file, path: path.to_owned() });
    }
    if !kind.is_file() {
        return Err(
            Error::new(ErrorKind::NotAFile, format!("{path:?} is not a regular file")).with_path(path)
        );
    }
    if !overwrite {
        return Err(exists(path));
    }
    let real = std::fs::canonicalize(path).map_err(failed("resolve"))?;
    // Without the set-id bits: the new file is ours, and need not be the owner's who set them.
    new_file(path, real, overwrite, Some(metadata.permissions().mode() & 0o777))
}

fn new_file<'a>(named: &Path, real: PathBuf, overwrite: bool, replaced: Option<u32>) -> Result<Place<'a>> {
    let folder = match real.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".syncline-")
        // A new file gets what the umask leaves of 0666; a replaced one keeps its mode, which is set at the end.
        .permissions(Permissions::from_mode(replaced.unwrap_or(0o666) & 0o666))
        .tempfile_in(folder)
        .map_err(|error| Error::os("create", named, error))?;
    if let Some(mode) = replaced {
        file.as_file()
            .set_permissions(Permissions::from_mode(mode))
            .map_err(|error| Error::os("set the mode of", named, error))?;
    }
    Ok(Place::New { file, path: real, overwrite })
}

fn exists(path: &Path) -> Error {
    Error::new(
        ErrorKind::AlreadyExists,
        format!("{path:?} exists: choose another name, or ask to overwrite it"),
    )
    .with_path(path)
}

impl Output<'_> {
    /// The file that is written and its path, if it is a new file without holes: what is then written to it directly is to be
    /// [reserved](Output::reserve) first.
    pub(crate) fn file(&mut self) -> Option<(&mut File, &Path)> {
        match &mut self.place {
            Place::New { file, path, .. } if !self.sparse => Some((file.as_file_mut(), path)),
            _ => None,
        }
    }

    /// Counts `length` bytes as written.
    pub(crate) fn reserve(&mut self, length: u64) -> Result<()> {
        self.written += length;
        if self.written > self.limit {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!("the output has more than {} bytes, the limit that was set", self.limit),
            ));
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.reserve(bytes.len() as u64)?;
        if !self.sparse {
            return self.write_through(bytes);
        }
        for piece in bytes.chunks(HOLE) {
            if piece.len() == HOLE && piece.iter().all(|&byte| byte == 0) {
                self.hole += piece.len() as u64;
            } else {
                self.skip_hole()?;
                self.write_through(piece)?;
            }
        }
        Ok(())
    }

    fn skip_hole(&mut self) -> Result<()> {
        let hole = std::mem::take(&mut self.hole);
        if let (1.., Place::New { file, path, .. }) = (hole, &mut self.place) {
            file.as_file_mut()
                .seek(SeekFrom::Current(hole as i64))
                .map_err(|error| Error::os("seek in", path, error))?;
        }
        Ok(())
    }

    fn write_through(&mut self, bytes: &[u8]) -> Result<()> {
        match &mut self.place {
            Place::New { file, path, .. } => {
                file.as_file_mut().write_all(bytes).map_err(|error| Error::os("write", path, error))
            }
            Place::Direct { file, path } => {
                file.write_all(bytes).map_err(|error| Error::os("write", path, error))
            }
            Place::Writer(writer) => {
                writer.write_all(bytes).map_err(|error| Error::stream("write the output", error))
            }
        }
    }

    /// Gives the file its name.
    pub(crate) fn commit(mut self) -> Result<()> {
        let length = self.written;
        let hole = self.hole;
        match self.place {
            Place::New { ref mut file, ref path, .. } if hole > 0 => {
                file.as_file().set_len(length).map_err(|error| Error::os("extend", path, error))?;
            }
            Place::Writer(ref mut writer) => {
                writer.flush().map_err(|error| Error::stream("write the output", error))?;
            }
            _ => {}
        }
        let Place::New { file, path, overwrite } = self.place else { return Ok(()) };
        let result = if overwrite { file.persist(&path) } else { file.persist_noclobber(&path) };
        match result {
            Ok(_) => Ok(()),
            Err(failed) if failed.error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(&path)),
            Err(failed) => Err(Error::os("rename the finished file to", &path, failed.error)),
        }
    }
}
