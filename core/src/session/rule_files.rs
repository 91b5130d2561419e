//! The files of rules in directories, read as directories are visited (`docs/spec/wire-2-filelist.md` §7.5). In: the
//! rules of a session, names of directories below a held one. Out: the rules that count in each.

use std::io::{self, Read};
use std::sync::Arc;

use crate::error::Result;
use crate::filter::{DirectoryFilters, Filters, Side};
use crate::session::places::OwnPaths;
use crate::tree::Directory;

/// The longest file of rules that is read, in bytes: whoever can write into a tree can put one there.
const MAX_FILE: u64 = 16 << 20;

/// The rules in the directories of one tree. Those of the directory asked about last, and of the ones above it, are kept,
/// so that a walk that is depth first reads every file once.
pub(crate) struct TreeRules<'a> {
    paths: OwnPaths<'a>,
    /// As they are before any directory is entered.
    outside: DirectoryFilters,
    /// The directories entered, the outermost first.
    entered: Vec<(Vec<u8>, DirectoryFilters)>,
}

impl<'a> TreeRules<'a> {
    /// The rules as `side` applies them in the tree at `root`, an [absolute](OwnPaths::absolute) path.
    pub(crate) fn new(filters: &Arc<Filters>, side: Side, paths: OwnPaths<'a>, root: &[u8]) -> TreeRules<'a> {
        let outside = DirectoryFilters::new(Arc::clone(filters), side, root);
        TreeRules { paths, outside, entered: Vec::new() }
    }

    /// The rules that count before any directory is entered: for what was named as a source.
    pub(crate) fn outside(&self) -> &DirectoryFilters {
        &self.outside
    }

    /// The rules for the contents of `directory`, a name relative to the root or `.`; `open` opens one of these directories.
    ///
    /// The walk starts at the root only where that is visited itself: files in the parent of a source do not count.
    ///
    /// # Errors
    /// If a file has a rule that is not written as rules are. One that cannot be read is as good as none.
    pub(crate) fn within(
        &mut self,
        directory: &[u8],
        open: &dyn Fn(&[u8]) -> io::Result<Directory>,
    ) -> Result<DirectoryFilters> {
        if !self.outside.has_files() {
            return Ok(self.outside.clone());
        }
        let starts_at_root = directory == b"." || self.entered.first().is_some_and(|(name, _)| name == b".");
        let way = way_to(directory, starts_at_root);
        let known = self.entered.iter().zip(&way).take_while(|((name, _), step)| name == *step).count();
        self.entered.truncate(known);
        for step in way.get(known..).unwrap_or_default() {
            let relative: &[u8] = if *step == b"." { b"" } else { step };
            let above = match self.entered.last() {
                Some((_, above)) => above.clone(),
                None => {
                    let paths = self.paths;
                    self.outside.with_parents(relative, &mut |path| Ok(paths.read_rules(path)))?
                }
            };
            let held = open(step);
            let entered = above.enter(relative, &mut |name| {
                Ok(held.as_ref().ok().and_then(|held| self.paths.read_rules_in(held, name)))
            })?;
            self.entered.push((step.to_vec(), entered));
        }
        Ok(self.entered.last().map_or(&self.outside, |(_, rules)| rules).clone())
    }
}

/// The directories on the way to `directory`, itself included.
fn way_to(directory: &[u8], starts_at_root: bool) -> Vec<&[u8]> {
    let mut way: Vec<&[u8]> = Vec::new();
    if starts_at_root {
        way.push(b".");
    }
    if directory != b"." {
        let slashes = directory.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        way.extend(slashes.filter_map(|(slash, _)| directory.get(..slash)));
        way.push(directory);
    }
    way
}

/// The content of an open file of rules, if it is one.
pub(super) fn read(file: std::fs::File) -> io::Result<Vec<u8>> {
    if !Directory::status_of(&file)?.is_regular() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut content = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_FILE { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::RuleSources;
    use crate::options::Options;
    use std::path::Path;

    fn rules(text: &str) -> Arc<Filters> {
        let mut options = Options::new();
        options.set("filter", Some(text.as_ref())).unwrap();
        let mut read = |_: &std::ffi::OsStr| Err(io::ErrorKind::NotFound.into());
        let mut sources = RuleSources { read: &mut read, cvs_ignore: b"" };
        Arc::new(Filters::from_options(&options, &mut sources).unwrap())
    }

    #[test]
    fn files_count_from_the_first_directory_visited_on_the_way_down() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path();
        std::fs::create_dir_all(path.join("d/e")).unwrap();
        for (name, text) in [(".rf", "- *.o"), ("d/.rf", "- *.c"), ("d/e/.rf", "+ x.c")] {
            std::fs::write(path.join(name), text).unwrap();
        }
        let tree = Directory::open(path).unwrap();
        let paths = OwnPaths::new(None);
        let root = paths.absolute(path);
        let mut walk = TreeRules::new(&rules(": .rf"), Side::Sender, paths, &root);
        let excluded = |rules: &DirectoryFilters, name: &str| rules.excludes(name.as_bytes(), false);
        let below = walk.within(b"d/e", &|name| tree.descend(name)).unwrap();
        assert!(!excluded(&below, "d/e/x.o") && !excluded(&below, "d/e/x.c") && excluded(&below, "d/e/y.c"));
        // A visit of the root makes its file count below it as well.
        assert!(excluded(&walk.within(b".", &|name| tree.descend(name)).unwrap(), "x.o"));
        let below = walk.within(b"d/e", &|name| tree.descend(name)).unwrap();
        assert!(excluded(&below, "d/e/x.o") && !excluded(&below, "d/e/x.c"));
        // With a slash in the rule, what lies above counts in any case.
        let mut walk = TreeRules::new(&rules(": /.rf"), Side::Sender, paths, &root);
        assert!(excluded(&walk.within(b"d", &|name| tree.descend(name)).unwrap(), "d/x.o"));
        assert!(!excluded(walk.outside(), "x.o"));
    }

    #[test]
    fn a_confined_end_reads_no_rules_from_outside() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("root");
        std::fs::create_dir_all(root.join("d")).unwrap();
        std::fs::write(place.path().join(".rf"), "- x").unwrap();
        std::fs::write(place.path().join("secret"), "- y").unwrap();
        std::os::unix::fs::symlink("../../secret", root.join("d/.rf")).unwrap();
        std::fs::write(root.join(".rf"), "- z").unwrap();
        let excluded = |confined: bool| {
            let paths = OwnPaths::new(confined.then_some(&*root));
            let path = if confined { Path::new("d") } else { &root.join("d") };
            let tree = paths.open(path).unwrap();
            let mut walk = TreeRules::new(&rules(": /.rf"), Side::Receiver, paths, &paths.absolute(path));
            let rules = walk.within(b".", &|name| tree.descend(name)).unwrap();
            [b"x", b"y", b"z"].map(|name| rules.excludes(name, false))
        };
        assert_eq!(excluded(true), [false, false, true]);
        assert_eq!(excluded(false), [true, true, true]);
    }
}
