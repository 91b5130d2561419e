//! The directory that a session works below. In: relative names. Out: what [`Directory`] gives, confined to the tree.
//!
//! A name is split into the directory it is in and its last component. The directory is resolved beneath the root
//! without following a symbolic link, and kept open for the names that follow, which mostly lie in the same one.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Directory, OperatorPath, RelativeName, Scanned, Status, TemporaryFile};

/// A held directory, and all that may be done to the names below it.
///
/// May be used by several threads at once. Renaming or removing directories through it keeps what it remembers right;
/// one that somebody else removes is looked up again, one that somebody else moves keeps being used where it is.
#[derive(Debug)]
pub struct Root {
    top: Arc<Directory>,
    open: Mutex<OpenDirectories>,
}

/// The directories opened last, by name.
#[derive(Debug, Default)]
struct OpenDirectories {
    by_name: HashMap<Box<[u8]>, Held>,
    uses: u64,
}

#[derive(Debug)]
struct Held {
    directory: Arc<Directory>,
    last_use: u64,
}

impl OpenDirectories {
    /// Descriptors kept: enough for the generator, the receiver and a deletion to work in different places.
    const CAPACITY: usize = 32;

    fn find(&mut self, name: RelativeName<'_>) -> Option<Arc<Directory>> {
        let held = self.by_name.get_mut(name.as_bytes())?;
        self.uses += 1;
        held.last_use = self.uses;
        Some(Arc::clone(&held.directory))
    }

    fn keep(&mut self, name: RelativeName<'_>, directory: &Arc<Directory>) {
        if self.by_name.len() >= Self::CAPACITY
            && let Some(oldest) = self.by_name.values().map(|held| held.last_use).min()
        {
            self.by_name.retain(|_, held| held.last_use != oldest);
        }
        self.uses += 1;
        let held = Held { directory: Arc::clone(directory), last_use: self.uses };
        self.by_name.insert(name.as_bytes().into(), held);
    }

    fn forget(&mut self, directory: RelativeName<'_>) {
        self.by_name.retain(|name, _| match RelativeName::new(name) {
            Ok(name) => !name.is_within(directory),
            Err(_) => false,
        });
    }
}

impl Root {
    /// Opens the directory that the operator named.
    ///
    /// # Errors
    /// As [`OperatorPath::open_directory`].
    pub fn open(path: &OperatorPath) -> io::Result<Root> {
        Ok(Root::new(path.open_directory()?))
    }

    /// Works below `directory`.
    pub fn new(directory: Directory) -> Root {
        Root { top: Arc::new(directory), open: Mutex::default() }
    }

    /// The root's own directory.
    pub fn top(&self) -> &Arc<Directory> {
        &self.top
    }

    /// The directory with this name, held open.
    ///
    /// # Errors
    /// The system's reason; `ELOOP` or `ENOTDIR` if a component is a symbolic link.
    pub fn directory(&self, name: RelativeName<'_>) -> io::Result<Arc<Directory>> {
        if name.is_root() {
            return Ok(Arc::clone(&self.top));
        }
        if let Some(directory) = self.open_directories(|open| open.find(name)) {
            return Ok(directory);
        }
        let directory = Arc::new(self.top.descend(name.as_bytes())?);
        self.open_directories(|open| open.keep(name, &directory));
        Ok(directory)
    }

    /// The directory that holds the last component of this name.
    ///
    /// # Errors
    /// As [`directory`](Root::directory).
    pub fn parent(&self, name: RelativeName<'_>) -> io::Result<Arc<Directory>> {
        self.directory(name.parent())
    }

    fn open_directories<T>(&self, work: impl FnOnce(&mut OpenDirectories) -> T) -> T {
        work(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Does something to the entry with this name, in the directory it is in.
    fn within<T>(
        &self,
        name: RelativeName<'_>,
        mut work: impl FnMut(&Arc<Directory>, &[u8]) -> io::Result<T>,
    ) -> io::Result<T> {
        let parent = self.parent(name)?;
        match work(&parent, name.last()) {
            // Nothing can be found or made in a directory that is no more; another may have taken its place.
            Err(error) if error.kind() == io::ErrorKind::NotFound && parent.is_removed() => {
                self.open_directories(|open| open.forget(name.parent()));
                work(&self.parent(name)?, name.last())
            }
            other => other,
        }
    }

    /// As [`Directory::status`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn status(&self, name: RelativeName<'_>) -> io::Result<Status> {
        self.within(name, |parent, last| parent.status(last))
    }

    /// The status of an entry; `None` when it, or a directory on the way to it, does not exist.
    ///
    /// # Errors
    /// The system's reason.
    pub fn status_if_present(&self, name: RelativeName<'_>) -> io::Result<Option<Status>> {
        match self.status(name) {
            Ok(status) => Ok(Some(status)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The entries of a directory with their status, as [`Directory::scan`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn scan(&self, name: RelativeName<'_>) -> io::Result<Vec<Scanned>> {
        self.directory(name)?.scan()
    }

    /// As [`Directory::open_file`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn open_file(&self, name: RelativeName<'_>) -> io::Result<File> {
        self.within(name, |parent, last| parent.open_file(last))
    }

    /// As [`Directory::open_in_place`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn open_in_place(&self, name: RelativeName<'_>, mode: u32) -> io::Result<File> {
        self.within(name, |parent, last| parent.open_in_place(last, mode))
    }

    /// Creates the file that will replace `name`, beside it.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create_temporary(&self, name: RelativeName<'_>, mode: u32) -> io::Result<TemporaryFile> {
        self.within(name, |parent, last| TemporaryFile::create_beside(parent, last, mode))
    }

    /// As [`Directory::read_link`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn read_link(&self, name: RelativeName<'_>) -> io::Result<Vec<u8>> {
        self.within(name, |parent, last| parent.read_link(last))
    }

    /// As [`Directory::make_directory`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_directory(&self, name: RelativeName<'_>, mode: u32) -> io::Result<()> {
        self.within(name, |parent, last| parent.make_directory(last, mode))
    }

    /// As [`Directory::make_symlink`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_symlink(&self, name: RelativeName<'_>, target: &[u8]) -> io::Result<()> {
        self.within(name, |parent, last| parent.make_symlink(last, target))
    }

    /// As [`Directory::make_node`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn make_node(&self, name: RelativeName<'_>, mode: u32, device: (u32, u32)) -> io::Result<()> {
        self.within(name, |parent, last| parent.make_node(last, mode, device))
    }

    /// Gives the file `name` the further name `new_name` below `other`.
    ///
    /// # Errors
    /// The system's reason.
    pub fn link(&self, name: RelativeName<'_>, other: &Root, new_name: RelativeName<'_>) -> io::Result<()> {
        self.within(name, |parent, last| {
            other.within(new_name, |new_parent, new_last| parent.link(last, new_parent, new_last))
        })
    }

    /// Renames `name` to `new_name` below `other`, replacing what has that name.
    ///
    /// # Errors
    /// The system's reason.
    pub fn rename(&self, name: RelativeName<'_>, other: &Root, new_name: RelativeName<'_>) -> io::Result<()> {
        self.within(name, |parent, last| {
            other.within(new_name, |new_parent, new_last| parent.rename_into(last, new_parent, new_last))
        })?;
        self.open_directories(|open| open.forget(name));
        other.open_directories(|open| open.forget(new_name));
        Ok(())
    }

    /// As [`Directory::remove`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove(&self, name: RelativeName<'_>) -> io::Result<()> {
        self.within(name, |parent, last| parent.remove(last))
    }

    /// As [`Directory::remove_directory`].
    ///
    /// # Errors
    /// The system's reason.
    pub fn remove_directory(&self, name: RelativeName<'_>) -> io::Result<()> {
        self.within(name, |parent, last| parent.remove_directory(last))?;
        self.open_directories(|open| open.forget(name));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn name(bytes: &[u8]) -> RelativeName<'_> {
        RelativeName::new(bytes).unwrap()
    }

    fn root(path: &Path) -> Root {
        Root::open(&OperatorPath::new(path)).unwrap()
    }

    fn open_descriptors_below(path: &Path) -> usize {
        let is_below = |link: io::Result<std::path::PathBuf>| link.is_ok_and(|link| link.starts_with(path));
        let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
        descriptors.filter(|entry| is_below(std::fs::read_link(entry.as_ref().unwrap().path()))).count()
    }

    #[test]
    fn names_of_any_bytes_and_lengths_work() {
        let scratch = tempfile::tempdir().unwrap();
        let root = root(scratch.path());
        let longest = [b'x'; 255];
        for last in [&b"line\nfeed"[..], b"\xff\xfe not UTF-8", &longest, b" ", b"-rf", b"...", b"\\"] {
            root.create_temporary(name(last), 0o600).unwrap().commit(last).unwrap();
            assert!(root.status(name(last)).unwrap().is_regular());
            root.open_file(name(last)).unwrap();
        }
        assert_eq!(root.scan(RelativeName::ROOT).unwrap().len(), 7);

        // 4,000 bytes below the root: more than the system takes once the root's own path is in front.
        let mut deep = Vec::new();
        while deep.len() < 3900 {
            deep = if deep.is_empty() { vec![b'd'; 199] } else { [&deep[..], b"/", &[b'd'; 199]].concat() };
            root.make_directory(name(&deep), 0o700).unwrap();
        }
        let file = name(&deep).join(b"file");
        root.create_temporary(name(&file), 0o600).unwrap().commit(b"file").unwrap();
        assert!(root.status(name(&file)).unwrap().is_regular());
    }

    #[test]
    fn a_directory_is_opened_once_and_few_are_kept() {
        let scratch = tempfile::tempdir().unwrap();
        let root = root(scratch.path());
        for i in 0..OpenDirectories::CAPACITY * 3 {
            let directory = format!("d{i}");
            root.make_directory(name(directory.as_bytes()), 0o700).unwrap();
            let first = root.directory(name(directory.as_bytes())).unwrap();
            assert!(Arc::ptr_eq(
                &first,
                &root.parent(name(&[directory.as_bytes(), b"/f"].concat())).unwrap()
            ));
        }
        assert_eq!(open_descriptors_below(scratch.path()), OpenDirectories::CAPACITY + 1);
        drop(root);
        assert_eq!(open_descriptors_below(scratch.path()), 0);
    }

    #[test]
    fn what_was_renamed_or_removed_is_not_remembered() {
        let scratch = tempfile::tempdir().unwrap();
        let root = root(scratch.path());
        let file = |directory: &[u8]| [directory, b"/f"].concat();
        let make = |directory: &[u8]| {
            root.make_directory(name(directory), 0o700)?;
            root.make_node(name(&file(directory)), 0o100_600, (0, 0))
        };
        make(b"a").unwrap();
        root.rename(name(b"a"), &root, name(b"b")).unwrap();
        assert!(root.status_if_present(name(b"a/f")).unwrap().is_none());
        assert!(root.status(name(b"b/f")).unwrap().is_regular());
        root.remove(name(b"b/f")).unwrap();
        root.remove_directory(name(b"b")).unwrap();
        make(b"b").unwrap();
        // Behind the root's back.
        std::fs::remove_dir_all(scratch.path().join("b")).unwrap();
        make(b"b").unwrap();
        assert!(root.status(name(b"b/f")).unwrap().is_regular());
    }

    /// Somebody keeps exchanging a directory for a link that leads out of the tree while files are made and read in it.
    #[test]
    fn a_link_that_appears_on_the_way_never_leads_out() {
        let scratch = tempfile::tempdir().unwrap();
        let (inside, outside) = (scratch.path().join("inside"), scratch.path().join("outside"));
        for path in [&inside, &outside, &inside.join("d"), &inside.join("d/e"), &outside.join("e")] {
            std::fs::create_dir(path).unwrap();
        }
        std::fs::write(outside.join("e/secret"), b"secret").unwrap();
        std::fs::write(inside.join("d/e/secret"), b"public").unwrap();
        symlink(&outside, inside.join("l")).unwrap();
        let outside_entries = || {
            let entries = std::fs::read_dir(outside.join("e")).unwrap();
            entries.map(|entry| entry.unwrap().file_name().as_bytes().to_vec()).collect::<Vec<_>>()
        };

        let (done, worked) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let held = Directory::open(&inside).unwrap();
                while !done.load(Ordering::Relaxed) {
                    let exchange = rustix::fs::RenameFlags::EXCHANGE;
                    rustix::fs::renameat_with(&held, "d", &held, "l", exchange).unwrap();
                }
            });
            for i in 0..3000 {
                let root = root(&inside);
                let mut read = String::new();
                if let Ok(mut file) = root.open_file(name(b"d/e/secret")) {
                    file.read_to_string(&mut read).unwrap();
                    assert_eq!(read, "public");
                    worked.store(true, Ordering::Relaxed);
                }
                let made = format!("d/e/{i}");
                let made = name(made.as_bytes());
                if root.make_directory(made, 0o700).is_ok() {
                    let _ = root.remove_directory(made);
                }
                if let Ok(temporary) = root.create_temporary(name(b"d/e/f"), 0o600) {
                    let _ = temporary.commit(b"f");
                }
                let _ = root.make_symlink(name(b"d/e/link"), b"target");
                let _ = root.remove(name(b"d/e/link"));
            }
            done.store(true, Ordering::Relaxed);
        });
        assert!(worked.load(Ordering::Relaxed));
        assert_eq!(outside_entries(), [b"secret"]);
    }
}
