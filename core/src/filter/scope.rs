//! Rules as they apply in one directory: the list of the transfer, and what per-directory files add on the way down
//! (`docs/spec/wire-2-filelist.md` §7.3.4, §7.5). In: paths, and the contents of files by a callback. Out: decisions.

use std::io;
use std::sync::Arc;

use super::error::FilterError;
use super::list::{Filters, Item, file_rules};
use super::rule::{Action, Merge, Rule, Side, Sides};

/// Rules within rules are followed this deep; a file may add rules that name further files.
const MAX_NESTING: usize = 32;

/// The rules that apply to the contents of one directory. Cheap to clone, and independent of other directories: lists
/// of directories may be visited in any order.
#[derive(Clone, Debug)]
pub struct DirectoryFilters(Arc<Scope>);

#[derive(Clone, Debug)]
struct Scope {
    filters: Arc<Filters>,
    side: Side,
    /// The absolute path of the transfer's root, without the leading slash.
    root: Vec<u8>,
    files: Vec<PerDirectory>,
}

/// What the files of one dir-merge rule say, that of the deepest directory first.
#[derive(Clone, Debug)]
struct PerDirectory {
    merge: Arc<Merge>,
    lists: Vec<Arc<Local>>,
}

/// The rules of one file.
#[derive(Debug)]
struct Local {
    /// The absolute path of its directory, without the leading slash.
    base: Vec<u8>,
    items: Vec<Item>,
}

/// Reads a file of rules, by its name in a directory or by its path; a file that does not exist is `None`.
pub type ReadRules<'a> = dyn FnMut(&[u8]) -> io::Result<Option<Vec<u8>>> + 'a;

/// Whether rules that are perishable count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Perishable {
    /// They do.
    Count,
    /// They do not: the directory above is being deleted.
    Ignored,
}

impl DirectoryFilters {
    /// The rules of a transfer as `side` applies them, before any directory is entered.
    ///
    /// `root` is the absolute path of the transfer's root (within a module: from the module's root).
    pub fn new(filters: Arc<Filters>, side: Side, root: &[u8]) -> DirectoryFilters {
        let mut scope = Scope { filters, side, root: trim(root).to_owned(), files: Vec::new() };
        let merges: Vec<Arc<Merge>> = dir_merges(&scope.filters.items).cloned().collect();
        for merge in merges {
            scope.register(merge);
        }
        DirectoryFilters(Arc::new(scope))
    }

    /// The same, with what files above `directory` say: those of rules with a slash in their name (§7.5).
    ///
    /// `directory` is the first one that is entered, relative to the root: empty for the root itself. `read` reads a file
    /// by its absolute path; a file that does not exist is `None`.
    ///
    /// # Errors
    /// If a file cannot be read, or a rule in it is not written as rules are.
    pub fn with_parents(
        &self,
        directory: &[u8],
        read: &mut ReadRules<'_>,
    ) -> Result<DirectoryFilters, FilterError> {
        let mut scope = Scope::clone(&self.0);
        let start = join(&self.0.root, directory);
        let components: Vec<&[u8]> =
            start.split(|byte| *byte == b'/').filter(|name| !name.is_empty()).collect();
        let starts: Vec<Option<usize>> =
            scope.files.iter().map(|file| outermost(&file.merge, &components)).collect();
        for depth in 0..components.len() {
            let base = components.get(..depth).unwrap_or_default().join(&b'/');
            let reading: Vec<bool> =
                starts.iter().map(|start| start.is_some_and(|start| start <= depth)).collect();
            scope.read_files(&base, &|at| reading.get(at).copied().unwrap_or(false), &mut |name| {
                let directory: &[u8] = if base.is_empty() { b"" } else { b"/" };
                read(&[directory, &base, b"/", name].concat())
            })?;
        }
        Ok(DirectoryFilters(Arc::new(scope)))
    }

    /// Whether there are files in directories that these rules ask for.
    pub fn has_files(&self) -> bool {
        !self.0.files.is_empty()
    }

    /// Whether the rules can only be applied where the files are: they ask for files in directories, or for absolute paths.
    pub fn depend_on_the_tree(&self) -> bool {
        let is_absolute = |item: &Item| matches!(item, Item::Rule(rule) if rule.absolute);
        self.has_files() || self.0.filters.items.iter().any(is_absolute)
    }

    /// The rules for the contents of `directory` (relative to the root; empty for the root itself), which lies directly
    /// in the directory of these.
    ///
    /// `read` reads a file of that directory by its name; a file that does not exist is `None`.
    ///
    /// # Errors
    /// If a file cannot be read, or a rule in it is not written as rules are.
    pub fn enter(&self, directory: &[u8], read: &mut ReadRules<'_>) -> Result<DirectoryFilters, FilterError> {
        if self.0.files.is_empty() {
            return Ok(self.clone());
        }
        let mut scope = Scope::clone(&self.0);
        let base = join(&scope.root, directory);
        scope.read_files(&base, &|_| true, read)?;
        Ok(DirectoryFilters(Arc::new(scope)))
    }

    /// What the first rule that matches says of `path` (relative to the root, without leading slash), if one does.
    pub fn decide(&self, path: &[u8], is_directory: bool, perishable: Perishable) -> Option<Action> {
        let scope = &*self.0;
        let candidate = Candidate { path, absolute: join(&scope.root, path), is_directory, perishable };
        scope.first_match(&scope.filters.items, None, &candidate, 0)
    }

    /// Whether `path` is left out by the sender, or kept from deletion by the receiver.
    pub fn excludes(&self, path: &[u8], is_directory: bool) -> bool {
        self.decide(path, is_directory, Perishable::Count) == Some(Action::Exclude)
    }
}

struct Candidate<'a> {
    path: &'a [u8],
    /// The path from the root of everything, without the leading slash.
    absolute: Vec<u8>,
    is_directory: bool,
    perishable: Perishable,
}

impl Scope {
    fn register(&mut self, merge: Arc<Merge>) {
        let known = self.files.iter().any(|file| file.merge.file_name() == merge.file_name());
        if !known {
            self.files.push(PerDirectory { merge, lists: Vec::new() });
        }
    }

    fn counts(&self, sides: Sides) -> bool {
        match sides {
            // With --delete-excluded, what is said of no side is said of the sender's (§7.4).
            Sides::Unsaid if self.filters.delete_excluded => self.side == Side::Sender,
            sides => sides.include(self.side),
        }
    }

    /// Reads the files of the directory at `base`, those that files name included.
    fn read_files(
        &mut self,
        base: &[u8],
        wanted: &dyn Fn(usize) -> bool,
        read: &mut ReadRules<'_>,
    ) -> Result<(), FilterError> {
        let mut at = 0;
        while let Some(file) = self.files.get(at) {
            let merge = Arc::clone(&file.merge);
            let mut lists = if merge.inherited { file.lists.clone() } else { Vec::new() };
            if wanted(at) {
                let name = merge.file_name();
                let shown = [b"/", base, b"/", name].concat();
                let content = read(name).map_err(|error| FilterError::File {
                    name: String::from_utf8_lossy(&shown).into_owned(),
                    error,
                })?;
                if let Some(content) = content {
                    let rules = file_rules(&merge, &self.filters.cvs, &shown, &content, read)?;
                    if rules.clears {
                        lists.clear();
                    }
                    let inner: Vec<Arc<Merge>> = dir_merges(&rules.items).cloned().collect();
                    lists.insert(0, Arc::new(Local { base: base.to_owned(), items: rules.items }));
                    inner.into_iter().for_each(|merge| self.register(merge));
                }
            }
            if let Some(file) = self.files.get_mut(at) {
                file.lists = lists;
            }
            at += 1;
        }
        Ok(())
    }

    fn first_match(
        &self,
        items: &[Item],
        base: Option<&[u8]>,
        candidate: &Candidate<'_>,
        depth: usize,
    ) -> Option<Action> {
        items.iter().find_map(|item| match item {
            Item::Rule(rule) => self.rule_matches(rule, base, candidate).then_some(rule.action),
            Item::Cvs(cvs) => {
                cvs.rules.iter().find(|rule| self.rule_matches(rule, base, candidate)).map(|rule| rule.action)
            }
            Item::DirMerge(merge, _) if depth < MAX_NESTING => {
                let file = self.files.iter().find(|file| Arc::ptr_eq(&file.merge, merge))?;
                file.lists
                    .iter()
                    .find_map(|local| self.first_match(&local.items, Some(&local.base), candidate, depth + 1))
            }
            Item::DirMerge(..) => None,
        })
    }

    fn rule_matches(&self, rule: &Rule, base: Option<&[u8]>, candidate: &Candidate<'_>) -> bool {
        let perished = rule.perishable && candidate.perishable == Perishable::Ignored;
        if rule.xattr || perished || !self.counts(rule.sides) {
            return false;
        }
        let text = match base {
            _ if rule.pattern.is_for_last_component() => Some(candidate.path),
            _ if rule.absolute => Some(candidate.absolute.as_slice()),
            // Anchored in a file of a directory means in that directory.
            Some(base) if rule.pattern.anchored => below(base, &candidate.absolute),
            _ => Some(candidate.path),
        };
        text.is_some_and(|text| rule.pattern.matches(text, candidate.is_directory)) != rule.negated
    }
}

fn dir_merges(items: &[Item]) -> impl Iterator<Item = &Arc<Merge>> {
    items.iter().filter_map(|item| match item {
        Item::DirMerge(merge, _) => Some(merge),
        Item::Rule(_) | Item::Cvs(_) => None,
    })
}

/// How many components of the root's path lead to the first directory above it in which the file is looked for.
fn outermost(merge: &Merge, root: &[&[u8]]) -> Option<usize> {
    let slash = merge.name.iter().rposition(|byte| *byte == b'/')?;
    let directory = merge.name.get(..slash)?;
    let mut at: Vec<&[u8]> =
        if directory.is_empty() || directory.starts_with(b"/") { Vec::new() } else { root.to_vec() };
    for component in directory.split(|byte| *byte == b'/').filter(|name| !matches!(*name, b"" | b".")) {
        match component {
            b".." => {
                at.pop();
            }
            name => at.push(name),
        }
    }
    root.starts_with(&at).then_some(at.len())
}

fn trim(path: &[u8]) -> &[u8] {
    let start = path.iter().position(|byte| *byte != b'/').unwrap_or(path.len());
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(start, |last| last + 1);
    path.get(start..end).unwrap_or_default()
}

fn join(root: &[u8], path: &[u8]) -> Vec<u8> {
    if root.is_empty() || path.is_empty() { [root, path].concat() } else { [root, b"/", path].concat() }
}

/// What is left of `path` below `base`.
fn below<'a>(base: &[u8], path: &'a [u8]) -> Option<&'a [u8]> {
    if base.is_empty() { Some(path) } else { path.strip_prefix(base)?.strip_prefix(b"/") }
}
