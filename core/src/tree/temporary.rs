//! Temporary files (`docs/spec/wire-3-transfer.md` §9.2). In: a destination's name. Out: a file that takes its place.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::sync::Arc;

use super::{Directory, copy};

/// Bytes of a temporary name that come from the destination's.
const KEPT: usize = 246;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Names tried before giving up on a directory where every one is taken.
const TRIES: u32 = 100;

/// A file under a temporary name, removed when it is dropped before it was committed.
#[derive(Debug)]
pub struct TemporaryFile {
    directory: Arc<Directory>,
    name: Vec<u8>,
    file: File,
    committed: bool,
}

impl TemporaryFile {
    /// Creates the file that will replace `name` in the same directory. Nobody but the owner gets access: of `mode`,
    /// only the owner's bits are used, and the owner may write.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create_beside(directory: &Arc<Directory>, name: &[u8], mode: u32) -> io::Result<TemporaryFile> {
        TemporaryFile::create(directory, mode, || temporary_name(name))
    }

    /// The same in a directory that the operator chose (`--temp-dir`), where the name gets no dot in front.
    ///
    /// # Errors
    /// The system's reason.
    pub fn create_elsewhere(directory: &Arc<Directory>, name: &[u8], mode: u32) -> io::Result<TemporaryFile> {
        TemporaryFile::create(directory, mode, || with_random_letters(shortened(name.to_vec(), KEPT)))
    }

    fn create(
        directory: &Arc<Directory>,
        mode: u32,
        mut name: impl FnMut() -> Vec<u8>,
    ) -> io::Result<TemporaryFile> {
        let mode = (mode | 0o200) & 0o700;
        let (name, file) = first_free(&mut name, |name| directory.create_new(name, mode))?;
        Ok(TemporaryFile { directory: Arc::clone(directory), name, file, committed: false })
    }

    /// The open file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// The name it has until it is committed.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Puts it in the place of `name` in the directory it is in.
    ///
    /// # Errors
    /// The system's reason; the temporary file is removed then.
    pub fn commit(mut self, name: &[u8]) -> io::Result<()> {
        self.directory.rename(&self.name, name)?;
        self.committed = true;
        Ok(())
    }

    /// Puts it in the place of `name` in `directory`. On another file system it is copied beside that name first, with
    /// owner, mode and times as it has them; `proceed` can end that, as in [`copy::start_of`].
    ///
    /// # Errors
    /// The system's reason; the temporary file is removed then.
    pub fn commit_into(
        mut self,
        directory: &Arc<Directory>,
        name: &[u8],
        proceed: &mut dyn FnMut(u64) -> io::Result<()>,
    ) -> io::Result<()> {
        match self.directory.rename_into(&self.name, directory, name) {
            Ok(()) => {
                self.committed = true;
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                let status = Directory::status_of(&self.file)?;
                let copied = TemporaryFile::create_beside(directory, name, status.mode)?;
                copy::start_of(&self.file, &copied.file, u64::MAX, proceed)?;
                Directory::set_owner_of(&copied.file, Some(status.uid), Some(status.gid))?;
                let accessed = Some((status.accessed, status.accessed_nanoseconds));
                Directory::set_times_of(&copied.file, accessed, Some((status.modified, status.nanoseconds)))?;
                Directory::set_mode_of(&copied.file, status.mode)?;
                copied.commit(name)
            }
            Err(error) => Err(error),
        }
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.committed {
            // Somebody else may have removed it; there is nobody to tell otherwise.
            let _ = self.directory.remove(&self.name);
        }
    }
}

/// Puts something that `make` makes under the name it is given in the place of `name`, at once for whoever looks:
/// for symbolic links, devices and hard links that replace something.
///
/// # Errors
/// The system's reason; nothing is replaced then.
pub fn replace(
    directory: &Directory,
    name: &[u8],
    make: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let (temporary, ()) = first_free(&mut || temporary_name(name), make)?;
    let renamed = directory.rename(&temporary, name);
    // Renaming one link of a file to another link of the same file does nothing, and leaves both.
    match directory.remove(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => renamed.and(Err(error)),
        _ => renamed,
    }
}

fn first_free<T>(
    name: &mut impl FnMut() -> Vec<u8>,
    mut make: impl FnMut(&[u8]) -> io::Result<T>,
) -> io::Result<(Vec<u8>, T)> {
    let mut tries = 0;
    loop {
        let candidate = name();
        tries += 1;
        match make(&candidate) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {}
            other => return other.map(|made| (candidate, made)),
        }
    }
}

/// A name for the file that will replace `name` in the same directory: `.NAME.XXXXXX`.
pub fn temporary_name(name: &[u8]) -> Vec<u8> {
    let mut temporary = vec![b'.'];
    temporary.extend_from_slice(name.strip_prefix(b".").unwrap_or(name));
    let mut temporary = shortened(temporary, KEPT + 1);
    if temporary.last() == Some(&b'.') {
        temporary.pop();
    }
    with_random_letters(temporary)
}

/// Cuts a name, and then whatever may be the start of a multi-byte character that the cut went through.
fn shortened(mut name: Vec<u8>, limit: usize) -> Vec<u8> {
    if name.len() > limit {
        name.truncate(limit);
        while name.last().is_some_and(|&byte| byte >= 0x80) {
            name.pop();
        }
    }
    name
}

fn with_random_letters(mut name: Vec<u8>) -> Vec<u8> {
    let mut random = RandomState::new().hash_one(&name);
    name.push(b'.');
    for _ in 0..6 {
        let letter = (random % LETTERS.len() as u64) as usize;
        name.extend(LETTERS.get(letter));
        random /= LETTERS.len() as u64;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::path::Path;

    #[test]
    fn names_follow_the_table_of_the_specification() {
        let long = [b'a'; 250];
        let kept = [&[b'.'][..], &[b'a'; 246][..]].concat();
        let accented = "é".repeat(127);
        for (name, before) in [
            (&b"f"[..], &b".f"[..]),
            (b".hidden", b".hidden"),
            (b"..twodots", b"..twodots"),
            (b"trail.", b".trail"),
            (&long, &kept),
            (accented.as_bytes(), b""),
        ] {
            let temporary = temporary_name(name);
            let (kept, random) = temporary.split_at(temporary.len() - 7);
            assert_eq!(kept, before);
            assert_eq!(random[0], b'.');
            assert!(random[1..].iter().all(u8::is_ascii_alphanumeric));
        }
    }

    fn directory(path: &Path) -> Arc<Directory> {
        Arc::new(Directory::open(path).unwrap())
    }

    #[test]
    fn a_file_appears_under_its_name_only_when_it_is_committed() {
        let scratch = tempfile::tempdir().unwrap();
        let here = directory(scratch.path());
        std::fs::write(scratch.path().join("f"), b"old").unwrap();

        let temporary = TemporaryFile::create_beside(&here, b"f", 0o4777).unwrap();
        temporary.file().write_all(b"new").unwrap();
        assert_eq!(here.status(temporary.name()).unwrap().mode & 0o7777, 0o700);
        assert_eq!(std::fs::read(scratch.path().join("f")).unwrap(), b"old");
        temporary.commit(b"f").unwrap();
        assert_eq!(std::fs::read(scratch.path().join("f")).unwrap(), b"new");

        drop(TemporaryFile::create_beside(&here, b"f", 0o600).unwrap());
        std::fs::create_dir(scratch.path().join("d")).unwrap();
        assert!(TemporaryFile::create_beside(&here, b"d", 0o600).unwrap().commit(b"d").is_err());
        assert_eq!(here.list().unwrap().len(), 2);
    }

    #[test]
    fn a_file_made_on_another_file_system_is_copied_with_its_attributes() {
        let shared_memory = Path::new("/dev/shm");
        let scratch = tempfile::tempdir().unwrap();
        let (Ok(other), here) = (tempfile::tempdir_in(shared_memory), directory(scratch.path())) else {
            return;
        };
        let temporary = TemporaryFile::create_elsewhere(&directory(other.path()), b"f", 0o600).unwrap();
        temporary.file().write_all(b"content").unwrap();
        assert!(temporary.name().starts_with(b"f."));
        Directory::set_mode_of(temporary.file(), 0o2640).unwrap();
        Directory::set_times_of(temporary.file(), None, Some((1_000_000_000, 7))).unwrap();
        temporary.commit_into(&here, b"f", &mut |_| Ok(())).unwrap();
        let status = here.status(b"f").unwrap();
        assert_eq!((status.mode & 0o7777, status.modified, status.nanoseconds), (0o2640, 1_000_000_000, 7));
        let mut content = Vec::new();
        here.open_file(b"f").unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content, b"content");
        assert_eq!(std::fs::read_dir(other.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_takes_the_place_of_a_file_and_of_itself() {
        let scratch = tempfile::tempdir().unwrap();
        let here = directory(scratch.path());
        std::fs::write(scratch.path().join("a"), b"a").unwrap();
        std::fs::write(scratch.path().join("b"), b"b").unwrap();
        for _ in 0..2 {
            replace(&here, b"b", |name| here.link(b"a", &here, name)).unwrap();
            assert_eq!(here.status(b"b").unwrap().links, 2);
            assert_eq!(here.list().unwrap().len(), 2);
        }
        replace(&here, b"b", |name| here.make_symlink(name, b"a")).unwrap();
        assert_eq!(here.read_link(b"b").unwrap(), b"a");
        assert_eq!(here.list().unwrap().len(), 2);
    }
}
