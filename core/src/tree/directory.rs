//! A held directory and the system calls on its entries. In: names of one component. Out: descriptors, status.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, ResolveFlags, Timespec, Timestamps};
use rustix::io::Errno;

use crate::wire::file_entry::FileKind;

/// A directory that is held open; its entries are reached by their names alone.
///
/// Every `name` is one component. One that could lead elsewhere (`..`, or anything with a slash or a NUL byte) fails with
/// `EINVAL`, so no name reaches outside of the directory, whoever chose it.
#[derive(Debug)]
pub struct Directory(OwnedFd);

const OPEN: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// Takes `name` as one component of a path.
fn component(name: &[u8]) -> io::Result<&OsStr> {
    if name.is_empty() || name == b".." || name.iter().any(|&byte| byte == b'/' || byte == 0) {
        return Err(Errno::INVAL.into());
    }
    Ok(OsStr::from_bytes(name))
}

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

/// One name in a directory, and what is there.
#[derive(Debug)]
pub struct Scanned {
    /// The name, a single component.
    pub name: Vec<u8>,
    /// What the system says about it, or why it says nothing: mostly that it vanished since it was listed.
    pub status: io::Result<Status>,
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for Directory {
    /// Works in the directory that `descriptor` holds open.
    fn from(descriptor: OwnedFd) -> Directory {
        Directory(descriptor)
    }
}

impl Directory {
    /// Opens a directory that the operator named; symbolic links are followed, whoever owns them.
    ///
    /// # Errors
    /// The system's reason.
    pub fn open(path: &Path) -> io::Result<Directory> {
        Ok(Directory(fs::open(path, OPEN, Mode::empty())?))
    }

    /// Opens anew the directory that a descriptor, which need not be readable, stands for.
    pub(super) fn open_at(held: &OwnedFd) -> io::Result<Directory> {
        even_if_unreadable(|flags| fs::openat(held, ".", flags, Mode::empty()))
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
        // The kernel would resolve `a/..` within the tree; no name that was decoded holds it.
        name.split(|&byte| byte == b'/').try_for_each(|part| component(part).map(drop))?;
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let opened = even_if_unreadable(|flags| {
            fs::openat2(&self.0, OsStr::from_bytes(name), flags, Mode::empty(), resolve)
        });
        match opened.as_ref().map_err(io::Error::raw_os_error) {
            // Kernels before 5.6 lack the call, and filters for system calls written before it forbid it.
            Err(Some(error)) if [Errno::NOSYS, Errno::PERM].iter().any(|no| no.raw_os_error() == error) => {
                self.descend_by_components(name)
            }
            _ => opened,
        }
    }

    /// The same by one call for each component.
    fn descend_by_components(&self, name: &[u8]) -> io::Result<Directory> {
        let step = |from: &Directory, name: &OsStr| {
            even_if_unreadable(|flags| fs::openat(&from.0, name, flags | OFlags::NOFOLLOW, Mode::empty()))
        };
        let mut reached = step(self, OsStr::new("."))?;
        for name in name.split(|&byte| byte == b'/') {
            reached = step(&reached, component(name)?)?;
        }
        Ok(reached)
    }

    /// Whether the directory has been removed while it was held: nothing can be made in it any more.
    pub fn is_removed(&self) -> bool {
        fs::fstat(&self.0).is_ok_and(|stat| stat.st_nlink == 0)
    }

    /// The status of an entry itself: of a symbolic link, not of what it leads to.
    ///
    /// # Errors
    /// The system's reason.
    pub fn status(&self, name: &[u8]) -> io::Result<Status> {
        let stat = fs::statat(&self.0, component(name)?, AtFlags::SYMLINK_NOFOLLOW)?;
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
        let stat = fs::statat(&self.0, component(name)?, AtFlags::empty())?;
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

    /// The names in this directory with their status, one system call for each.
    ///
    /// # Errors
    /// The system's reason for not listing the directory.
    pub fn scan(&self) -> io::Result<Vec<Scanned>> {
        let scanned = |Listed { name }| Scanned { status: self.status(&name), name };
        Ok(self.list()?.into_iter().map(scanned).collect())
    }

    /// Opens a regular file for reading; a symbolic link is refused, and a FIFO does not block.
    ///
    /// # Errors
    /// The system's reason.
    pub fn open_file(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        Ok(fs::openat(&self.0, component(name)?, flags, Mode::empty())?.into())
    }

    /// Opens a file for reading, and follows a symbolic link to one wherever it leads; a FIFO does not block. Only for what
    /// whoever started this process may read anyway, and never for a confined end.
    ///
    /// # Errors
    /// The system's reason.
    pub fn open_followed(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        Ok(fs::openat(&self.0, component(name)?, flags, Mode::empty())?.into())
    }

    /// Opens a regular file for reading without changing its access time, where that is allowed.
    ///
    /// # Errors
    /// As [`open_file`](Directory::open_file).
    pub fn open_file_quietly(&self, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOATIME;
        match fs::openat(&self.0, component(name)?, flags, Mode::empty()) {
            // It takes the owner of the file, or the super-user.
            Err(Errno::PERM) => self.open_file(name),
            opened => Ok(opened?.into()),
        }
    }

    /// Opens the directory that an entry leads to, wherever that is. Never for a confined end.
    ///
    /// # Errors
    /// The system's reason.
    pub fn descend_followed(&self, name: &[u8]) -> io::Result<Directory> {
        even_if_unreadable(|flags| {
            fs::openat(&self.0, component(name).map_err(|_| Errno::INVAL)?, flags, Mode::empty())
        })
    }

    /// Opens what `path` leads to, over symbolic links as long as they stay beneath this directory: with `only_status`, for
    /// nothing but its status.
    ///
    /// # Errors
    /// The system's reason; kernels without `openat2` cannot do it.
    pub fn open_beneath(&self, path: &[u8], only_status: bool) -> io::Result<File> {
        let access = if only_status { OFlags::PATH } else { OFlags::RDONLY | OFlags::NONBLOCK };
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        let path = OsStr::from_bytes(path);
        Ok(fs::openat2(&self.0, path, access | OFlags::CLOEXEC, Mode::empty(), resolve)?.into())
    }

    /// Creates a file that must not exist yet.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create_new(&self, name: &[u8], mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mode = Mode::from_raw_mode(mode & 0o7777);
        Ok(fs::openat(&self.0, component(name)?, flags, mode)?.into())
    }

    /// Opens a regular file for reading and writing in place, creating it if it is missing.
    ///
    /// # Errors
    /// The system's reason; `EINVAL` for what is no regular file.
    pub fn open_in_place(&self, name: &[u8], mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mode = Mode::from_raw_mode(mode & 0o7777);
        let file = fs::openat(&self.0, component(name)?, flags, mode)?;
        if FileType::from_raw_mode(fs::fstat(&file)?.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL.into());
        }
        Ok(file.into())
    }

    /// Where a symbolic link leads.
    ///
    /// # Errors
    /// The system's reason.
    pub fn read_link(&self, name: &[u8]) -> io::Result<Vec<u8>> {
        Ok(fs::readlinkat(&self.0, component(name)?, Vec::new())?.into_bytes())
    }

    /// Makes a directory.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_directory(&self, name: &[u8], mode: u32) -> io::Result<()> {
        let mode = Mode::from_raw_mode(mode & 0o7777);
        Ok(fs::mkdirat(&self.0, component(name)?, mode)?)
    }

    /// Makes a symbolic link that leads to `target`.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_symlink(&self, name: &[u8], target: &[u8]) -> io::Result<()> {
        let target = OsStr::from_bytes(target);
        Ok(fs::symlinkat(target, &self.0, component(name)?)?)
    }

    /// Makes a device, a FIFO or a socket; `mode` holds the type.
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_node(&self, name: &[u8], mode: u32, device: (u32, u32)) -> io::Result<()> {
        let kind = FileType::from_raw_mode(mode);
        let permissions = Mode::from_raw_mode(mode & 0o7777);
        let device = fs::makedev(device.0, device.1);
        Ok(fs::mknodat(&self.0, component(name)?, kind, permissions, device)?)
    }

    /// Gives the file `name` of this directory the further name `new_name` in `other`.
    ///
    /// # Errors
    /// The system's reason.
    pub fn link(&self, name: &[u8], other: &Directory, new_name: &[u8]) -> io::Result<()> {
        let (name, new_name) = (component(name)?, component(new_name)?);
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
        let (name, new_name) = (component(name)?, component(new_name)?);
        Ok(fs::renameat(&self.0, name, &other.0, new_name)?)
    }

    /// Removes an entry that is no directory.
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove(&self, name: &[u8]) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, component(name)?, AtFlags::empty())?)
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove_directory(&self, name: &[u8]) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, component(name)?, AtFlags::REMOVEDIR)?)
    }

    /// Sets owner and group of an entry itself; `None` leaves one as it is.
    ///
    /// # Errors
    /// The system's reason.
    pub fn set_owner(&self, name: &[u8], uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
        Ok(fs::chownat(
            &self.0,
            component(name)?,
            uid.map(fs::Uid::from_raw),
            gid.map(fs::Gid::from_raw),
            AtFlags::SYMLINK_NOFOLLOW,
        )?)
    }

    /// Sets the permission bits of an entry, which must be no symbolic link.
    ///
    /// # Errors
    /// The system's reason; `ELOOP` for a symbolic link.
    pub fn set_mode(&self, name: &[u8], mode: u32) -> io::Result<()> {
        // No call before Linux 6.6 sets the mode of a name without following a link that may have appeared there.
        // What is held cannot change into one; and a descriptor that cannot be read from can be named in /proc.
        let flags = OFlags::PATH | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let held = fs::openat(&self.0, component(name)?, flags, Mode::empty())?;
        if FileType::from_raw_mode(fs::fstat(&held)?.st_mode) == FileType::Symlink {
            return Err(Errno::LOOP.into());
        }
        let mode = Mode::from_raw_mode(mode & 0o7777);
        match fs::chmod(format!("/proc/self/fd/{}", held.as_raw_fd()), mode) {
            Err(Errno::NOENT | Errno::NOTDIR) => {
                let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
                let file = fs::openat(&self.0, component(name)?, flags, Mode::empty())?;
                Ok(fs::fchmod(file, mode)?)
            }
            result => Ok(result?),
        }
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
        Ok(fs::utimensat(&self.0, component(name)?, &times, AtFlags::SYMLINK_NOFOLLOW)?)
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

/// Opens a directory; one that may be entered but not read still holds files.
fn even_if_unreadable(open: impl Fn(OFlags) -> rustix::io::Result<OwnedFd>) -> io::Result<Directory> {
    let opened = match open(OPEN) {
        Err(Errno::ACCESS) => open(OPEN | OFlags::PATH),
        other => other,
    };
    Ok(Directory(opened?))
}

fn timestamps(accessed: Option<(i64, u32)>, modified: Option<(i64, u32)>) -> Timestamps {
    let time = |time: Option<(i64, u32)>| match time {
        Some((seconds, nanoseconds)) => Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() },
        None => Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT },
    };
    Timestamps { last_access: time(accessed), last_modification: time(modified) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn both_ways_of_descending_reach_and_refuse_the_same() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        std::fs::create_dir_all(path.join("a/b/c")).unwrap();
        std::fs::write(path.join("a/file"), b"").unwrap();
        for (target, link) in
            [("b", "a/inside"), ("/", "a/root"), ("..", "a/up"), ("/proc/self/cwd", "a/magic")]
        {
            symlink(target, path.join(link)).unwrap();
        }
        let here = Directory::open(path).unwrap();
        let identity = |directory: io::Result<Directory>| {
            directory.and_then(|directory| Ok(directory.status(b".")?.identity)).map_err(|_| ())
        };
        let mut reached = 0;
        for name in [
            &b"."[..],
            b"a",
            b"a/b/c",
            b"a/b",
            b"",
            b"..",
            b"a/..",
            b"a/../..",
            b"/",
            b"/tmp",
            b"a/file",
            b"a/file/x",
            b"a/none",
            b"a/inside",
            b"a/inside/c",
            b"a/root",
            b"a/root/tmp",
            b"a/up/a",
            b"a/magic",
            b"a\0b",
        ] {
            let by_kernel = identity(here.descend(name));
            assert_eq!(
                by_kernel,
                identity(here.descend_by_components(name)),
                "{:?}",
                OsStr::from_bytes(name)
            );
            reached += u32::from(by_kernel.is_ok());
        }
        assert_eq!(reached, 4);
    }

    #[test]
    fn no_operation_takes_a_name_that_leads_elsewhere() {
        let scratch = tempfile::tempdir().unwrap();
        let here = Directory::open(scratch.path()).unwrap();
        std::fs::write(scratch.path().join("f"), b"").unwrap();
        for name in [&b""[..], b"..", b"/etc", b"a/b", b"../f", b"f\0"] {
            let failures = [
                here.status(name).err(),
                here.status_followed(name).err(),
                here.open_file(name).err(),
                here.create_new(name, 0o600).err(),
                here.open_in_place(name, 0o600).err(),
                here.read_link(name).err(),
                here.make_directory(name, 0o700).err(),
                here.make_symlink(name, b"target").err(),
                here.make_node(name, 0o010_600, (0, 0)).err(),
                here.link(b"f", &here, name).err(),
                here.link(name, &here, b"g").err(),
                here.rename(b"f", name).err(),
                here.rename(name, b"g").err(),
                here.remove(name).err(),
                here.remove_directory(name).err(),
                here.set_owner(name, None, None).err(),
                here.set_mode(name, 0o600).err(),
                here.set_times(name, None, Some((1, 0))).err(),
            ];
            for failure in failures {
                assert_eq!(failure.unwrap().raw_os_error(), Some(Errno::INVAL.raw_os_error()));
            }
        }
        assert_eq!(here.list().unwrap().len(), 1);
    }

    #[test]
    fn a_mode_is_set_on_an_entry_that_cannot_be_read_and_never_through_a_link() {
        let scratch = tempfile::tempdir().unwrap();
        let here = Directory::open(scratch.path()).unwrap();
        here.create_new(b"f", 0).unwrap();
        here.make_symlink(b"link", b"f").unwrap();
        here.make_node(b"fifo", 0o010_600, (0, 0)).unwrap();
        here.set_mode(b"f", 0o4751).unwrap();
        here.set_mode(b"fifo", 0o640).unwrap();
        assert!(here.set_mode(b"link", 0o777).is_err());
        assert_eq!(here.status(b"f").unwrap().mode, 0o104_751);
        assert_eq!(here.status(b"fifo").unwrap().mode, 0o010_640);
    }

    #[test]
    fn only_a_regular_file_is_opened_in_place() {
        let scratch = tempfile::tempdir().unwrap();
        let here = Directory::open(scratch.path()).unwrap();
        here.make_node(b"fifo", 0o010_600, (0, 0)).unwrap();
        here.make_symlink(b"link", b"new").unwrap();
        assert!(here.open_in_place(b"fifo", 0o600).is_err());
        assert!(here.open_in_place(b"link", 0o600).is_err());
        here.open_in_place(b"new", 0o600).unwrap();
        assert!(here.status(b"new").unwrap().is_regular());
    }
}
