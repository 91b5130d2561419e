//! The two kinds of path. In: bytes that a peer sent, or a path that the operator gave. Out: names that are safe to open.
//!
//! A [`RelativeName`] is what a peer may name: it cannot lead out of the directory it is looked up in, and a
//! [`Root`](super::Root) accepts nothing else. An [`OperatorPath`] is what the person who started the session named;
//! a peer never gets to choose one.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{self, FileType, Mode, OFlags};
use rustix::io::Errno;

use super::Directory;
use crate::wire::limits;

/// A path below some root: non-empty components, none of them `.` or `..`, joined by single slashes; or `.`, the root.
///
/// ```
/// use syncline::tree::RelativeName;
///
/// let name = RelativeName::new(b"photos/2024/beach.jpg")?;
/// assert_eq!(name.parent().as_bytes(), b"photos/2024");
/// assert_eq!(name.last(), b"beach.jpg");
/// assert!(RelativeName::new(b"photos/../../etc/passwd").is_err());
/// # Ok::<(), syncline::tree::NameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelativeName<'a>(&'a [u8]);

/// Why bytes are no [`RelativeName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing in it.
    #[error("the name is empty")]
    Empty,
    /// It starts with a slash.
    #[error("the name starts with a slash")]
    Absolute,
    /// A component is `..`.
    #[error("the name leads upwards")]
    Upwards,
    /// A component is empty or `.`, or a slash ends it.
    #[error("the name has an empty component")]
    EmptyComponent,
    /// It contains a NUL byte.
    #[error("the name contains a NUL byte")]
    Nul,
    /// It is longer than [`RelativeName::LIMIT`].
    #[error("the name is too long")]
    TooLong,
}

impl From<NameError> for io::Error {
    fn from(error: NameError) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidInput, error)
    }
}

impl<'a> RelativeName<'a> {
    /// Bytes in the longest name.
    pub const LIMIT: usize = limits::PATH;

    /// The root itself, which is written `.`.
    pub const ROOT: RelativeName<'static> = RelativeName(b".");

    /// Takes `bytes` as a name.
    ///
    /// # Errors
    /// [`NameError`] for what could lead out of a root, or is not in the one form that names have.
    pub fn new(bytes: &'a [u8]) -> Result<RelativeName<'a>, NameError> {
        match bytes {
            [] => return Err(NameError::Empty),
            b"." => return Ok(RelativeName::ROOT),
            [b'/', ..] => return Err(NameError::Absolute),
            _ if bytes.len() > Self::LIMIT => return Err(NameError::TooLong),
            _ if bytes.contains(&0) => return Err(NameError::Nul),
            _ => {}
        }
        for component in bytes.split(|&byte| byte == b'/') {
            match component {
                b".." => return Err(NameError::Upwards),
                b"" | b"." => return Err(NameError::EmptyComponent),
                _ => {}
            }
        }
        Ok(RelativeName(bytes))
    }

    /// The name as it was given.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The name as a path, for messages: opening it would not be confined.
    pub fn as_path(self) -> &'a Path {
        Path::new(OsStr::from_bytes(self.0))
    }

    /// Whether it is the root itself.
    pub fn is_root(self) -> bool {
        self == Self::ROOT
    }

    /// The directory it is in; the root's is the root.
    pub fn parent(self) -> RelativeName<'a> {
        match self.0.iter().rposition(|&byte| byte == b'/') {
            Some(slash) => RelativeName(self.0.get(..slash).unwrap_or_default()),
            None => RelativeName::ROOT,
        }
    }

    /// The last component; the root's is `.`.
    pub fn last(self) -> &'a [u8] {
        self.0.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
    }

    /// The components from the left; the root has none.
    pub fn components(self) -> impl Iterator<Item = &'a [u8]> {
        self.0.split(|&byte| byte == b'/').filter(|component| *component != b".")
    }

    /// Whether it is `directory` or below it.
    pub fn is_within(self, directory: RelativeName<'_>) -> bool {
        directory.is_root()
            || self.0.strip_prefix(directory.0).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
    }

    /// The bytes of the name that `component` has below it, which is for [`RelativeName::new`] to judge.
    pub fn join(self, component: &[u8]) -> Vec<u8> {
        if self.is_root() { component.to_vec() } else { [self.0, b"/", component].concat() }
    }
}

impl fmt::Debug for RelativeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_path(), f)
    }
}

/// A path that the operator named and that will be written to: a destination, a directory for temporary files, a log.
///
/// Symbolic links in it are followed only if root or the effective user of this process owns them, so that nobody else
/// can divert what is written. What is only read may be opened with [`Directory::open`], which follows every link.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OperatorPath(PathBuf);

impl OperatorPath {
    /// Links followed before a path counts as a loop; the kernel's own limit.
    const LINKS: usize = 40;

    /// Takes `path` as the operator's word.
    pub fn new(path: impl Into<PathBuf>) -> OperatorPath {
        OperatorPath(path.into())
    }

    /// The path as it was given.
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// Opens the directory that the path leads to.
    ///
    /// # Errors
    /// The system's reason; `EACCES` for a link that somebody else owns, `ELOOP` for too many of them.
    pub fn open_directory(&self) -> io::Result<Directory> {
        let start = |path: &[u8]| Directory::open(Path::new(if path.starts_with(b"/") { "/" } else { "." }));
        let path = self.0.as_os_str().as_bytes();
        if path.is_empty() {
            return Err(Errno::NOENT.into());
        }
        let mut directory = start(path)?;
        // What is still to be walked, the next component last.
        let mut ahead: Vec<Vec<u8>> = reversed(path).collect();
        let mut links = 0;
        while let Some(component) = ahead.pop() {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let name = OsStr::from_bytes(&component);
            let held = fs::openat(&directory, name, flags, Mode::empty())?;
            let stat = fs::fstat(&held)?;
            if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink {
                directory = Directory::open_at(&held)?;
                continue;
            }
            links += 1;
            if links > Self::LINKS {
                return Err(Errno::LOOP.into());
            }
            if stat.st_uid != 0 && stat.st_uid != rustix::process::geteuid().as_raw() {
                return Err(Errno::ACCESS.into());
            }
            let target = fs::readlinkat(&held, "", Vec::new())?.into_bytes();
            if target.starts_with(b"/") {
                directory = start(&target)?;
            }
            ahead.extend(reversed(&target));
        }
        Ok(directory)
    }

    /// Opens the directory that holds the path's last component, and says what that component is called.
    ///
    /// # Errors
    /// As [`open_directory`](OperatorPath::open_directory); `EINVAL` for a path that ends in `..` or is only slashes.
    pub fn open_parent(&self) -> io::Result<(Directory, OsString)> {
        let name = self.0.file_name().ok_or(Errno::INVAL)?.to_owned();
        let parent = match self.0.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        Ok((OperatorPath::new(parent).open_directory()?, name))
    }
}

/// The components of a path from the right, `..` among them: the walk resolves it against the directory it has reached.
fn reversed(path: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    path.rsplit(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".").map(<[u8]>::to_vec)
}

impl From<OsString> for OperatorPath {
    fn from(path: OsString) -> OperatorPath {
        OperatorPath(path.into())
    }
}

impl From<Vec<u8>> for OperatorPath {
    fn from(path: Vec<u8>) -> OperatorPath {
        OsString::from_vec(path).into()
    }
}

impl fmt::Debug for OperatorPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_names_in_the_one_form_are_accepted() {
        let long = [b'a'; RelativeName::LIMIT + 1];
        for (bytes, expected) in [
            (&b""[..], Err(NameError::Empty)),
            (b"/", Err(NameError::Absolute)),
            (b"/etc", Err(NameError::Absolute)),
            (b"..", Err(NameError::Upwards)),
            (b"a/../b", Err(NameError::Upwards)),
            (b"a/..", Err(NameError::Upwards)),
            (b"a//b", Err(NameError::EmptyComponent)),
            (b"a/", Err(NameError::EmptyComponent)),
            (b"./a", Err(NameError::EmptyComponent)),
            (b"a/.", Err(NameError::EmptyComponent)),
            (b"a\0b", Err(NameError::Nul)),
            (&long, Err(NameError::TooLong)),
            (b".", Ok(())),
            (b"...", Ok(())),
            (b"..a/a..", Ok(())),
            (b"line\nfeed/\xff\xfe", Ok(())),
            (&long[1..], Ok(())),
        ] {
            assert_eq!(RelativeName::new(bytes).map(|_| ()), expected, "{:?}", OsStr::from_bytes(bytes));
        }
    }

    #[test]
    fn a_name_is_within_its_parents_and_not_within_what_only_starts_the_same() {
        let name = RelativeName::new(b"a/bc").unwrap();
        for (directory, within) in
            [(&b"."[..], true), (b"a", true), (b"a/bc", true), (b"a/b", false), (b"b", false)]
        {
            assert_eq!(name.is_within(RelativeName::new(directory).unwrap()), within);
        }
    }

    proptest! {
        #[test]
        fn a_name_is_its_parent_joined_with_its_last_component(bytes in proptest::collection::vec(
            prop_oneof![Just(b'/'), Just(b'.'), any::<u8>()], 0..24,
        )) {
            if let Ok(name) = RelativeName::new(&bytes) {
                prop_assert_eq!(name.parent().join(name.last()), bytes.clone());
                prop_assert!(RelativeName::new(name.parent().as_bytes()).is_ok());
                let joined = name.components().collect::<Vec<_>>().join(&b'/');
                prop_assert!(joined == bytes || name.is_root());
            }
        }
    }

    #[test]
    fn the_operators_own_links_are_followed_and_those_of_others_are_not() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path();
        std::fs::create_dir_all(path.join("real/inner")).unwrap();
        std::os::unix::fs::symlink("real/../real", path.join("mine")).unwrap();
        std::os::unix::fs::symlink(path.join("real"), path.join("absolute")).unwrap();
        std::os::unix::fs::symlink("loop", path.join("loop")).unwrap();
        let open = |name: &str| OperatorPath::new(path.join(name)).open_directory();
        let inner = open("real/inner").unwrap().status(b".").unwrap().identity;
        for name in ["mine/inner", "absolute/inner/.", "mine/inner/../inner/"] {
            assert_eq!(open(name).unwrap().status(b".").unwrap().identity, inner, "{name}");
        }
        assert_eq!(open("loop").unwrap_err().raw_os_error(), Some(Errno::LOOP.raw_os_error()));
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::lchown(path.join("mine"), Some(1234), None).unwrap();
            assert_eq!(open("mine/inner").unwrap_err().kind(), io::ErrorKind::PermissionDenied);
        }
        let (parent, name) = OperatorPath::new(path.join("absolute/new")).open_parent().unwrap();
        assert_eq!(name, "new");
        assert_eq!(parent.list().unwrap().len(), 1);
    }
}
