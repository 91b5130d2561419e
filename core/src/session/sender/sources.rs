//! What is to be sent, as it was named (`docs/spec/wire-2-filelist.md` §4.1, §4.3, §4.6). In: source arguments, names of a
//! list. Out: a directory to work in, and a name in it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// Something to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// The directory that names of entries are relative to.
    pub(super) base: PathBuf,
    /// The entry in it, with a slash in front if it is relative to the root of the file system; `.` is `base` itself.
    pub(super) name: Vec<u8>,
    /// The contents of a directory go along although nothing else is descended into.
    pub(super) contents: bool,
    /// The attributes of `base` go along.
    pub(super) with_base: bool,
}

impl Source {
    /// Reads a source argument; `relative` says that its path is kept (`-R`).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`] for a path to keep that has `..` in it.
    pub(crate) fn of(argument: &Path, relative: bool) -> Result<Source> {
        let argument = argument.as_os_str().as_bytes();
        if relative { Source::kept(Path::new("."), argument) } else { Ok(Source::plain(argument)) }
    }

    /// Reads a name of a list of names below `base`. No name leads out of it.
    pub(crate) fn listed(base: &Path, name: &[u8], relative: bool) -> Result<Source> {
        let name = sanitized(name);
        if relative {
            return Source::kept(base, &name);
        }
        let source = Source::plain(&name);
        Ok(Source { base: base.join(source.base), ..source })
    }

    fn plain(argument: &[u8]) -> Source {
        let trimmed = without_slashes_behind(argument);
        let last = trimmed.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let contents = argument.is_empty() || argument.ends_with(b"/") || matches!(last, b"." | b"..");
        let (base, name) = if contents {
            (if argument.is_empty() { b".".as_slice() } else { argument }, b".".as_slice())
        } else {
            let before = trimmed.get(..trimmed.len() - last.len()).unwrap_or_default();
            (if before.is_empty() { b".".as_slice() } else { before }, last)
        };
        let base = PathBuf::from(OsStr::from_bytes(base));
        Source { base, name: name.to_vec(), contents, with_base: false }
    }

    /// The whole path is the name of the entry, or what is behind `/./` in it.
    fn kept(start: &Path, argument: &[u8]) -> Result<Source> {
        let anchor = argument.windows(3).position(|part| part == b"/./");
        let (before, active) = match anchor {
            Some(at) => {
                let (before, behind) = argument.split_at(at);
                let behind = behind.get(3..).unwrap_or_default();
                (if before.is_empty() { b"/".as_slice() } else { before }, without_slashes_before(behind))
            }
            None => (b"".as_slice(), argument),
        };
        let is_absolute = active.starts_with(b"/");
        let base = match (before, is_absolute) {
            (_, true) => PathBuf::from("/"),
            (b"", false) => start.to_owned(),
            (before, false) => start.join(OsStr::from_bytes(before)),
        };
        let components: Vec<&[u8]> =
            active.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
        if components.contains(&b"..".as_slice()) {
            let shown = String::from_utf8_lossy(argument);
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                format!("found \"..\" dir in relative path: {shown}"),
            ));
        }
        let mut name = components.join(&b'/');
        if is_absolute {
            name.insert(0, b'/');
        }
        let is_base = components.is_empty();
        if is_base {
            name.push(b'.');
        }
        let contents = is_base || active.ends_with(b"/");
        Ok(Source { base, name, contents, with_base: !is_base && active.starts_with(b"./") })
    }

    /// The names of the directories on the way to the entry, from the top down.
    pub(super) fn implied(&self) -> impl Iterator<Item = &[u8]> {
        let slashes = self.name.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/');
        slashes.filter_map(|(slash, _)| self.name.get(..slash)).filter(|_| !self.is_base())
    }

    /// Whether the entry is the base itself.
    pub(super) fn is_base(&self) -> bool {
        matches!(self.name.as_slice(), b"." | b"/.")
    }
}

/// A name without what would lead above where it starts; components of one dot stay, as they say where a path that is kept
/// begins.
pub(crate) fn sanitized(name: &[u8]) -> Vec<u8> {
    let mut kept: Vec<&[u8]> = Vec::new();
    let parts: Vec<&[u8]> = name.split(|&byte| byte == b'/').collect();
    for (position, part) in parts.iter().enumerate() {
        match *part {
            b"" if position + 1 == parts.len() && !kept.is_empty() => kept.push(b""),
            b"" => {}
            b".." => {
                // One dot is no place to go up from.
                while kept.pop() == Some(b".") {}
            }
            part => kept.push(part),
        }
    }
    if kept.is_empty() || kept == [b""] { b".".to_vec() } else { kept.join(&b'/') }
}

fn without_slashes_behind(mut path: &[u8]) -> &[u8] {
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    path
}

fn without_slashes_before(mut path: &[u8]) -> &[u8] {
    while let [b'/', rest @ ..] = path {
        path = rest;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(base: &str, name: &str, contents: bool, with_base: bool) -> Source {
        Source { base: base.into(), name: name.as_bytes().to_vec(), contents, with_base }
    }

    #[test]
    fn arguments_are_split_at_their_last_slash() {
        for (argument, expected) in [
            ("", source(".", ".", true, false)),
            (".", source(".", ".", true, false)),
            ("x", source(".", "x", false, false)),
            ("x/", source("x/", ".", true, false)),
            ("x/y", source("x/", "y", false, false)),
            ("x/..", source("x/..", ".", true, false)),
            ("/", source("/", ".", true, false)),
            ("/x", source("/", "x", false, false)),
        ] {
            assert_eq!(Source::of(argument.as_ref(), false).unwrap(), expected, "{argument}");
        }
    }

    #[test]
    fn relative_arguments_keep_their_path_or_what_is_behind_the_anchor() {
        for (argument, expected) in [
            ("x/y", source(".", "x/y", false, false)),
            ("x//./y/", source("x/", "y", true, false)),
            ("./x/y", source(".", "x/y", false, true)),
            ("a/./b/./c", source("./a", "b/c", false, false)),
            ("/a/b", source("/", "/a/b", false, false)),
            ("/a/./b", source("/a", "b", false, false)),
            ("/", source("/", "/.", true, false)),
            ("./", source(".", ".", true, false)),
        ] {
            let found = Source::of(argument.as_ref(), true).unwrap();
            let same_place =
                |source: &Source| Path::new(".").join(&source.base).components().collect::<PathBuf>();
            assert_eq!(same_place(&found), same_place(&expected), "{argument}");
            assert_eq!(Source { base: PathBuf::new(), ..found }, Source { base: PathBuf::new(), ..expected });
        }
        assert!(Source::of("a/../b".as_ref(), true).is_err());
        let absolute = source("/", "/a/b/c", false, false);
        assert_eq!(absolute.implied().collect::<Vec<_>>(), [b"/a".as_slice(), b"/a/b"]);
    }

    #[test]
    fn no_name_of_a_list_leads_above_its_base() {
        for (name, kept) in [
            ("../x", "x"),
            ("/x", "x"),
            ("a/../../x", "x"),
            ("a/../x/", "x/"),
            ("./a", "./a"),
            ("a/./b", "a/./b"),
            ("..", "."),
            ("/", "."),
            ("./", "./"),
        ] {
            assert_eq!(sanitized(name.as_bytes()), kept.as_bytes(), "{name}");
        }
    }
}
