//! A held directory and the system calls on its entries. In: names of one component. Out: descriptors, status.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, ResolveFlags, Timespec, Timestamps};

use crate::wire::file_entry::FileKind;

/// A directory that is held open; its entries are reached by their names alone.
#[derive(Debug)]
pub struct Directory(OwnedFd);

/// What the system says about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Type and permission bits.
    pub mode: u32,
    /// Bytes in it.
    pub size: u64,
    /// Seconds of the modification time.
    pub modified: i64,
    /// Nanoseconds of the modification time.
    pub nanoseconds: u32,
    /// Seconds of the access time.
    pub accessed: i64,
    /// Nanoseconds of the access time.
    pub accessed_nanoseconds: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Major and minor number of the device it is.
    pub device: (u32, u32),
    /// The file system it is on, and its number there.
    pub identity: (u64, u64),
    /// How many names it has.
    pub links: u64,
}

impl Status {
    /// What kind of file it is; `None` for kinds that no peer knows.
    pub fn kind(&self) -> Option<FileKind> {
        FileKind::of(self.mode).filter(|kind| *kind != FileKind::Missing)
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.kind() == Some(FileKind::Directory)
    }

    /// Whether it is a regular file.
    pub fn is_regular(&self) -> bool {
        self.kind() == Some(FileKind::Regular)
    }

    fn of(stat: &fs::Stat) -> Status {
        let device = stat.st_rdev;
        Status {
            mode: stat.st_mode & 0xffff,
            size: u64::try_from(stat.st_size).unwrap_or(0),
            modified: stat.st_mtime,
            nanoseconds: stat.st_mtime_nsec as u32,
            accessed: stat.st_atime,
            accessed_nanoseconds: stat.st_atime_nsec as u32,
            uid: stat.st_uid,
            gid: stat.st_gid,
            device: (fs::major(device), fs::minor(device)),
            identity: (stat.st_dev, stat.st_ino),
            links: stat.st_nlink,
        }
    }
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name, a single component.
    pub name: Vec<u8>,
}

impl Directory {
    /// Opens a directory that the operator named; symbolic links are followed.
    ///
    /// # Errors
    /// The system's reason.
    pub fn open(path: &Path) -> io::Result<Directory> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Directory(fs::open(path, flags, Mode::empty())?))
    }

    /// Makes a directory that the operator named.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make(path: &Path, mode: u32) -> io::Result<()> {
        Ok(fs::mkdir(path, Mode::from_raw_mode(mode))?)
    }

    /// Opens the directory with this relative name beneath this one, following no symbolic link; `.` is this one.
    ///
    /// # Errors
    /// The system's reason; a name that leads out, or over a link, is one.
    pub fn descend(&self, name: &[u8]) -> io::Result<Directory> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let name = OsStr::from_bytes(name);
        let opened = fs::openat2(&self.0, name, flags, Mode::empty(), resolve);
        let opened = match opened {
            // A directory that may be entered but not read still holds files.
            Err(rustix::io::Errno::ACCESS) => {
                let flags = flags.difference(OFlags::RDONLY) | OFlags::PATH;
                fs::openat2(&self.0, name, flags, Mode::empty(), resolve)
            }
            other => other,
        };
        Ok(Directory(opened?))
    }

    /// The status of an entry itself: of a symbolic link, not of what it leads to.
    ///
    /// # Errors
    /// The system's reason.
    pub fn status(&self, name: &[u8]) -> io::Result<Status> {
        let stat = fs::statat(&self.0, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(Status::of(&stat))
    }

    /// The same, but `None` when there is no such entry.
    ///
    /// # Errors
    /// The system's reason.
    pub fn status_if_present(&self, name: &[u8]) -> io::Result<Option<Status>> {
        match self.status(name) {
            Ok(status) => Ok(Some(status)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The status of what an entry leads to. Only for names that the operator gave.
    ///
    /// # Errors
    /// The system's reason.
    pub fn status_followed(&self, name: &[u8]) -> io::Result<Status> {
        let stat = fs::statat(&self.0, OsStr::from_bytes(name), AtFlags::empty())?;
        Ok(Status::of(&stat))
    }

    /// The status of an open file.
    ///
    /// # Errors
    /// The system's reason.
    pub fn status_of(file: impl AsFd) -> io::Result<Status> {
        Ok(Status::of(&fs::fstat(file)?))
    }

    /// The names in this directory, without `.` and `..`, in the order of the file system.
    ///
    /// # Errors
    /// The system's reason.
    pub fn list(&self) -> io::Result<Vec<Listed>> {
        let mut entries = Vec::new();
        for entry in fs::Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                entries.push(Listed { name: name.to_vec() });
            }
        }
        Ok(entries)
    }

    /// Opens a regular file for reading; a symbolic link is refused, and a FIFO does not block.
    ///
    /// # Errors
    /// The system's reason.
    pub fn open_file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        Ok(fs::openat(&self.0, OsStr::from_bytes(name), flags, Mode::empty())?.into())
    }

    /// Creates a file that must not exist yet.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create_new(&self, name: &[u8], mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(mode);
        Ok(fs::openat(&self.0, OsStr::from_bytes(name), flags, mode)?.into())
    }

    /// Opens a file for writing in place, creating it if it is missing.
    ///
    /// # Errors
    /// The system's reason.
    pub fn open_in_place(&self, name: &[u8], mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(mode);
        Ok(fs::openat(&self.0, OsStr::from_bytes(name), flags, mode)?.into())
    }

    /// Where a symbolic link leads.
    ///
    /// # Errors
    /// The system's reason.
    pub fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(fs::readlinkat(&self.0, OsStr::from_bytes(name), Vec::new())?.into_bytes())
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_directory(&self, name: &[u8], mode: u32) -> io::Result<()> {
        let mode = Mode::from_raw_mode(mode & 0o7777);
        Ok(fs::mkdirat(&self.0, OsStr::from_bytes(name), mode)?)
    }

    /// Makes a symbolic link that leads to `target`.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_symlink(&self, name: &[u8], target: &[u8]) -> io::Result<()> {
        let target = OsStr::from_bytes(target);
        Ok(fs::symlinkat(target, &self.0, OsStr::from_bytes(name))?)
    }

    /// Makes a device, a FIFO or a socket; `mode` holds the type.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_node(&self, name: &[u8], mode: u32, device: (u32, u32)) -> io::Result<()> {
        let kind = FileType::from_raw_mode(mode);
        let permissions = Mode::from_raw_mode(mode & 0o7777);
        let device = fs::makedev(device.0, device.1);
        Ok(fs::mknodat(&self.0, OsStr::from_bytes(name), kind, permissions, device)?)
    }

    /// Gives the file `name` of this directory the further name `new_name` in `other`.
    ///
    /// # Errors
    /// The system's reason.
    pub fn link(&self, name: &[u8], other: &Directory, new_name: &[u8]) -> io::Result<()> {
        let (name, new_name) = (OsStr::from_bytes(name), OsStr::from_bytes(new_name));
        Ok(fs::linkat(&self.0, name, &other.0, new_name, AtFlags::empty())?)
    }

    /// Renames within this directory, replacing what has the new name.
    ///
    /// # Errors
    /// The system's reason.
    pub fn rename(&self, name: &[u8], new_name: &[u8]) -> io::Result<()> {
        self.rename_into(name, self, new_name)
    }

    /// Renames `name` of this directory to `new_name` of `other`, replacing what has that name.
    ///
    /// # Errors
    /// The system's reason.
    pub fn rename_into(&self, name: &[u8], other: &Directory, new_name: &[u8]) -> io::Result<()> {
        let (name, new_name) = (OsStr::from_bytes(name), OsStr::from_bytes(new_name));
        Ok(fs::renameat(&self.0, name, &other.0, new_name)?)
    }

    /// Removes an entry that is no directory.
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove(&self, name: &[u8]) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, OsStr::from_bytes(name), AtFlags::empty())?)
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove_directory(&self, name: &[u8]) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, OsStr::from_bytes(name), AtFlags::REMOVEDIR)?)
    }

    /// Sets owner and group of an entry itself; `None` leaves one as it is.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_owner(&self, name: &[u8], uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
        Ok(fs::chownat(
            &self.0,
            OsStr::from_bytes(name),
            uid.map(fs::Uid::from_raw),
            gid.map(fs::Gid::from_raw),
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }

    /// Sets the permission bits of an entry, which must be no symbolic link.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_mode(&self, name: &[u8], mode: u32) -> io::Result<()> {
        // Through a descriptor of the entry: no system call before Linux 6.6 sets a mode without following a link.
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let held = fs::openat(&self.0, OsStr::from_bytes(name), flags, Mode::empty())?;
        if Status::of(&fs::fstat(&held)?).kind() == Some(FileKind::Symlink) {
            return Err(rustix::io::Errno::LOOP.into());
        }
        let mode = Mode::from_raw_mode(mode & 0o7777);
        Ok(fs::chmodat(&self.0, OsStr::from_bytes(name), mode, AtFlags::empty())?)
    }

    /// Sets the permission bits of an open file.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_mode_of(file: impl AsFd, mode: u32) -> io::Result<()> {
        Ok(fs::fchmod(file, Mode::from_raw_mode(mode & 0o7777))?)
    }

    /// Sets access and modification time of an entry itself, as seconds and nanoseconds; `None` leaves one as it is.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_times(
        &self,
        name: &[u8],
        accessed: Option<(i64, u32)>,
        modified: Option<(i64, u32)>,
    ) -> io::Result<()> {
        let times = timestamps(accessed, modified);
        Ok(fs::utimensat(&self.0, OsStr::from_bytes(name), &times, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Sets access and modification time of an open file.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_times_of(
        file: impl AsFd,
        accessed: Option<(i64, u32)>,
        modified: Option<(i64, u32)>,
    ) -> io::Result<()> {
        Ok(fs::futimens(file, &timestamps(accessed, modified))?)
    }

    /// Sets owner and group of an open file; `None` leaves one as it is.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_owner_of(file: impl AsFd, uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
        let uid = uid.map(fs::Uid::from_raw);
        Ok(fs::fchown(file, uid, gid.map(fs::Gid::from_raw))?)
    }
}

fn timestamps(accessed: Option<(i64, u32)>, modified: Option<(i64, u32)>) -> Timestamps {
    let time = |time: Option<(i64, u32)>| match time {
        Some((seconds, nanoseconds)) => Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() },
        None => Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT },
    };
    Timestamps { last_access: time(accessed), last_modification: time(modified) }
}
