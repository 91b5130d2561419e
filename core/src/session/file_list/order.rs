//! The order that both sides sort a list into (`docs/spec/wire-2-filelist.md` §2.2), and which of two entries of the same
//! name is used (§2.4).

use std::cmp::Ordering;

use crate::wire::Protocol;
use crate::wire::file_entry::{DirectoryRole, FileEntry};

/// Which order lists have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of directories: files before the directories beside them.
    #[default]
    Tree,
    /// That of the names' bytes (`docs/spec/wire-4-older-protocols.md` §7.1).
    Bytes,
}

impl Order {
    pub(crate) fn of(protocol: Protocol) -> Order {
        if protocol.sorts_by_bytes() { Order::Bytes } else { Order::Tree }
    }

    /// How two entries compare.
    pub(crate) fn compare(self, a: &FileEntry, b: &FileEntry) -> Ordering {
        match self {
            Order::Tree => compare((&a.name, a.is_directory()), (&b.name, b.is_directory())),
            Order::Bytes => a.name.cmp(&b.name),
        }
    }
}

/// Sorts entries into the order of the protocol; equal ones keep the order they came in.
pub(crate) fn sort(entries: &mut [FileEntry], order: Order) {
    entries.sort_by(|a, b| order.compare(a, b));
}

/// How two names compare, each with whether it is a directory's.
pub(crate) fn compare(a: (&[u8], bool), b: (&[u8], bool)) -> Ordering {
    let (mut a, mut b) = (Components::new(a.0, a.1), Components::new(b.0, b.1));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match a.compare(&b) {
                Ordering::Equal => {}
                different => return different,
            },
        }
    }
}

/// One component of a name. Every component but a file's own name is a directory's.
struct Component<'a> {
    text: &'a [u8],
    directory: bool,
}

impl Component<'_> {
    /// Files come before directories; directories compare with a slash at their end.
    fn compare(&self, other: &Component<'_>) -> Ordering {
        let kinds = self.directory.cmp(&other.directory);
        if kinds != Ordering::Equal || !self.directory {
            return kinds.then_with(|| self.text.cmp(other.text));
        }
        let shared = self.text.len().min(other.text.len());
        let (left, left_rest) = self.text.split_at(shared);
        let (right, right_rest) = other.text.split_at(shared);
        left.cmp(right).then_with(|| {
            let next = |rest: &[u8]| rest.first().copied().unwrap_or(b'/');
            next(left_rest).cmp(&next(right_rest)).then(left_rest.len().cmp(&right_rest.len()))
        })
    }
}

struct Components<'a> {
    rest: Option<&'a [u8]>,
    directory: bool,
}

impl<'a> Components<'a> {
    fn new(name: &'a [u8], directory: bool) -> Components<'a> {
        // A directory whose last component is `.` is what is before it; the root itself comes before everything.
        let rest = match name {
            b"." if directory => None,
            _ if directory => Some(name.strip_suffix(b"/.").unwrap_or(name)),
            _ => Some(name),
        };
        Components { rest, directory }
    }
}

impl<'a> Iterator for Components<'a> {
    type Item = Component<'a>;

    fn next(&mut self) -> Option<Component<'a>> {
        let rest = self.rest?;
        match rest.iter().position(|&byte| byte == b'/') {
            Some(slash) => {
                self.rest = rest.get(slash + 1..);
                Some(Component { text: rest.get(..slash)?, directory: true })
            }
            None => {
                self.rest = None;
                Some(Component { text: rest, directory: self.directory })
            }
        }
    }
}

/// The positions of entries in a sorted list that are not used because another entry of the same name is. A directory that
/// is kept takes over from a dropped one that its contents are part of the transfer.
pub(crate) fn drop_duplicates(entries: &mut [FileEntry], order: Order) -> Vec<usize> {
    let mut dropped = Vec::new();
    let mut kept: Option<usize> = None;
    for position in 0..entries.len() {
        if let Some(before) = kept
            && let Ok([first, again]) = entries.get_disjoint_mut([before, position])
            && first.name == again.name
            && first.is_directory() == again.is_directory()
        {
            if first.is_directory() {
                first.role = joined(first.role, again.role);
            }
            dropped.push(position);
            continue;
        }
        kept = Some(position);
    }
    if order == Order::Tree {
        drop_files_that_are_directories(entries, &mut dropped);
    }
    dropped
}

/// Takes the slash in front from the names of a sorted list (§4.3), and says whether that has put them out of order.
pub(crate) fn without_leading_slashes(entries: &mut [FileEntry]) -> bool {
    let mut with_slash = 0;
    for entry in entries.iter_mut() {
        if let Some(name) = entry.name.strip_prefix(b"/") {
            entry.name = name.into();
            with_slash += 1;
        }
    }
    with_slash != 0 && with_slash != entries.len()
}

fn joined(first: DirectoryRole, again: DirectoryRole) -> DirectoryRole {
    match (first, again) {
        (DirectoryRole::Top, _) | (_, DirectoryRole::Top) => DirectoryRole::Top,
        (DirectoryRole::Content, _) | (_, DirectoryRole::Content) => DirectoryRole::Content,
        (DirectoryRole::Implied, DirectoryRole::Implied) => DirectoryRole::Implied,
        _ => DirectoryRole::NoContent,
    }
}

/// A directory wins over a file of the same full name, which sorts before it but not next to it.
fn drop_files_that_are_directories(entries: &[FileEntry], dropped: &mut Vec<usize>) {
    let mut added = false;
    for directory in entries.iter().filter(|entry| entry.is_directory() && *entry.name != *b".") {
        let file = entries
            .binary_search_by(|entry| compare((&entry.name, entry.is_directory()), (&directory.name, false)));
        if let Ok(found) = file {
            // Several files of that name are next to each other; all but the first are dropped already.
            let same = |position: &usize| entries.get(*position).is_some_and(|e| e.name == directory.name);
            let first = (0..=found).rev().take_while(same).last().unwrap_or(found);
            if !dropped.contains(&first) {
                dropped.push(first);
                added = true;
            }
        }
    }
    if added {
        dropped.sort_unstable();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> FileEntry {
        let (name, mode) = match name.strip_suffix('/') {
            Some(name) => (name, 0o040_755),
            None => (name, 0o100_644),
        };
        FileEntry::named(name.as_bytes(), mode)
    }

    #[test]
    fn the_worked_example_of_the_specification_is_reproduced() {
        let sorted = [
            "./",
            "-x",
            ".dot",
            "foo.txt",
            "foobar",
            "zzz",
            "é",
            "Foo/",
            "Foo/x",
            "a/",
            "a/b",
            "foo-bar/",
            "foo-bar/q",
            "foo.d/",
            "foo.d/q",
            "foo/",
            "foo/a",
            "foo/zz",
            "foo/.hid/",
            "foo/.hid/h",
            "foo/bar/",
            "foo/bar/b",
        ];
        let expected: Vec<FileEntry> = sorted.iter().map(|name| entry(name)).collect();
        let mut entries = expected.clone();
        for shift in 0..entries.len() {
            entries.rotate_left(shift);
            entries.reverse();
            sort(&mut entries, Order::Tree);
            assert_eq!(entries, expected);
        }
        for (place, left) in sorted.iter().enumerate() {
            for right in &sorted[place + 1..] {
                let (left, right) = (entry(left), entry(right));
                let order = compare((&left.name, left.is_directory()), (&right.name, right.is_directory()));
                assert_eq!(order, Ordering::Less);
            }
        }
    }

    #[test]
    fn absolute_names_become_relative_once_they_are_sorted() {
        let mut entries: Vec<FileEntry> = ["/./", "/t/", "/t/w"].iter().map(|name| entry(name)).collect();
        assert!(!without_leading_slashes(&mut entries));
        let names: Vec<&[u8]> = entries.iter().map(|entry| &*entry.name).collect();
        assert_eq!(names, [b".".as_slice(), b"t", b"t/w"]);
        assert!(entries.is_sorted_by(|a, b| {
            compare((&a.name, a.is_directory()), (&b.name, b.is_directory())).is_lt()
        }));
        let mut entries = vec![entry("b"), entry("/a")];
        sort(&mut entries, Order::Tree);
        assert!(without_leading_slashes(&mut entries));
        assert!(!without_leading_slashes(&mut entries));
    }

    #[test]
    fn of_two_entries_of_one_name_the_first_is_used_and_a_directory_before_a_file() {
        let mut entries: Vec<FileEntry> =
            ["a", "a", "x", "x", "y", "d/", "d/", "x/"].iter().map(|name| entry(name)).collect();
        entries[5].role = DirectoryRole::Implied;
        let dropped = drop_duplicates(&mut entries, Order::Tree);
        assert_eq!(dropped, [1, 2, 3, 6]);
        assert_eq!(entries[5].role, DirectoryRole::Content);
    }
}
