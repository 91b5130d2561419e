//! Where work on files reads from. In: a path or a stream. Out: bytes, with the path named in every error.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::delta::Basis;
use crate::error::{Error, ErrorKind, Result};
use crate::files::Control;

/// Bytes read at once.
pub(crate) const CHUNK: usize = 1 << 20;

/// What is read: a file by its path, bytes in memory, or a stream the caller brings.
pub enum Source<'a> {
    /// The file at this path. Its size is known in advance.
    Path(&'a Path),
    /// Bytes in memory.
    Bytes(&'a [u8]),
    /// A stream, read to its end.
    Reader(&'a mut dyn Read),
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for Source<'a> {
    fn from(path: &'a P) -> Source<'a> {
        Source::Path(path.as_ref())
    }
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Source::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Source::Reader(_) => f.write_str("Reader"),
        }
    }
}

/// A source that is open.
pub(crate) enum Opened<'a> {
    File(FileBasis),
    /// What is not read yet of so many bytes in all.
    Bytes(&'a [u8], u64),
    Reader(&'a mut dyn Read),
}

impl<'a> Source<'a> {
    /// The path, if it has one.
    pub(crate) fn path(&self) -> Option<&'a Path> {
        match self {
            Source::Path(path) => Some(path),
            Source::Bytes(_) | Source::Reader(_) => None,
        }
    }

    pub(crate) fn open(self) -> Result<Opened<'a>> {
        match self {
            Source::Path(path) => {
                let file = FileBasis::open_any(path)?;
                Ok(Opened::File(file))
            }
            Source::Bytes(bytes) => Ok(Opened::Bytes(bytes, bytes.len() as u64)),
            Source::Reader(reader) => Ok(Opened::Reader(reader)),
        }
    }
}

impl Opened<'_> {
    /// The size in bytes, where it is known in advance.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Opened::File(file) => file.length(),
            Opened::Bytes(_, length) => Some(*length),
            Opened::Reader(_) => None,
        }
    }

    /// Passes everything on in pieces of up to `chunk` bytes, reporting progress after each.
    pub(crate) fn read_all(
        &mut self,
        chunk: usize,
        control: &mut Control<'_>,
        take: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        let total = self.length();
        let mut done = 0;
        control.report(0, total)?;
        if let Opened::Bytes(bytes, _) = self {
            // As they lie there, without a copy.
            for piece in std::mem::take(bytes).chunks(chunk) {
                take(piece)?;
                done += piece.len() as u64;
                control.report(done, total)?;
            }
            return Ok(done);
        }
        let mut buffer = vec![0; chunk];
        loop {
            let mut filled = 0;
            while filled < buffer.len() {
                let count = self.read(&mut buffer[filled..])?;
                if count == 0 {
                    break;
                }
                filled += count;
            }
            if filled == 0 {
                break;
            }
            take(&buffer[..filled])?;
            done += filled as u64;
            control.report(done, total)?;
        }
        if let Opened::File(file) = self {
            file.check_unchanged(done)?;
        }
        if total.is_none() {
            control.report(done, Some(done))?;
        }
        Ok(done)
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let result = match self {
                Opened::File(basis) => (&basis.file).read(buffer),
                Opened::Bytes(bytes, _) => bytes.read(buffer),
                Opened::Reader(reader) => reader.read(buffer),
            };
            match result {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(match self {
                        Opened::File(basis) => Error::os("read", &basis.path, error),
                        Opened::Bytes(..) | Opened::Reader(_) => Error::stream("read the input", error),
                    });
                }
                Ok(count) => return Ok(count),
            }
        }
    }
}

/// A file as a [`Basis`]: read at any offset, by any number of threads.
#[derive(Debug)]
pub struct FileBasis {
    pub(crate) file: File,
    path: PathBuf,
    metadata: Metadata,
}

impl FileBasis {
    /// Opens the regular file at `path`.
    ///
    /// # Errors
    /// What the operating system says; [`NotAFile`](ErrorKind::NotAFile) for anything that can't be read at any offset.
    pub fn open(path: &Path) -> Result<FileBasis> {
        let basis = FileBasis::open_any(path)?;
        if !basis.metadata.is_file() {
            return Err(Error::new(
                ErrorKind::NotAFile,
                format!("{path:?} is not a regular file: the old file must be one, to be read at any offset"),
            )
            .with_path(path));
        }
        Ok(basis)
    }

    /// Opens whatever has content that can be read forward.
    fn open_any(path: &Path) -> Result<FileBasis> {
        let file = File::open(path).map_err(|error| Error::os("open", path, error))?;
        let metadata = file.metadata().map_err(|error| Error::os("examine", path, error))?;
        if metadata.is_dir() {
            return Err(Error::new(ErrorKind::NotAFile, format!("{path:?} is a directory")).with_path(path));
        }
        Ok(FileBasis { file, path: path.to_owned(), metadata })
    }

    /// Its path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether `length` bytes, and the file's times, are what they were when it was opened.
    ///
    /// # Errors
    /// [`FileChanged`](ErrorKind::FileChanged) if not.
    pub(crate) fn check_unchanged(&self, length: u64) -> Result<()> {
        if !self.metadata.is_file() {
            return Ok(());
        }
        let now = self.file.metadata().map_err(|error| Error::os("examine", &self.path, error))?;
        let stamp = |metadata: &Metadata| (metadata.len(), metadata.mtime(), metadata.mtime_nsec());
        if stamp(&now) != stamp(&self.metadata) || length != now.len() {
            return Err(Error::new(
                ErrorKind::FileChanged,
                format!("{:?} changed while it was read: try again when nobody writes to it", self.path),
            )
            .with_path(&self.path));
        }
        Ok(())
    }
}

impl Basis for FileBasis {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                result => return result.map_err(|error| Error::os("read", &self.path, error)),
            }
        }
    }

    fn length(&self) -> Option<u64> {
        self.metadata.is_file().then_some(self.metadata.len())
    }
}
