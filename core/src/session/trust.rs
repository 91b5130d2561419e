//! A client does not take whatever a server sends (`docs/spec/wire-2-filelist.md` §4.8). In: entries of a list. Out: an error
//! for one that was not asked for; directories that are only on the way are marked so, and are safe from deletions.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::filter::{Allowed, DirectoryFilters, Requested, Side as FilterSide};
use crate::session::file_list::parent;
use crate::session::side::Side;
use crate::wire::file_entry::{DirectoryRole, FileEntry};

/// What a list is compared with.
pub(crate) struct Trust {
    requested: Arc<Mutex<Requested>>,
    /// The sending side's rules, where they say the same here as there.
    rules: Option<DirectoryFilters>,
    /// The directory that was found to be no excluded one last.
    included: Vec<u8>,
}

impl Trust {
    /// What this side asked for; `None` where it takes everything.
    pub(crate) fn of(side: &Side<'_>) -> Option<Trust> {
        let requested = side.settings.requested.clone()?;
        let rules = DirectoryFilters::new(Arc::clone(&side.settings.filters), FilterSide::Sender, b"");
        let rules = Some(rules).filter(|rules| !rules.depend_on_the_tree());
        Some(Trust { requested, rules, included: Vec::new() })
    }

    /// Refuses an entry that the other end should not have sent.
    pub(crate) fn check(&mut self, entry: &mut FileEntry) -> Result<()> {
        let requested = Arc::clone(&self.requested);
        let requested = requested.lock().unwrap_or_else(PoisonError::into_inner);
        match requested.allows(&entry.name, entry.is_directory()) {
            None => return Err(refused("unrequested", &entry.name)),
            Some(Allowed::OnTheWay) => {
                if entry.role.has_content() {
                    entry.role = DirectoryRole::Implied;
                }
                // Rules do not count for it.
                return Ok(());
            }
            Some(Allowed::Asked) => {}
        }
        self.check_rules(&requested, &entry.name, entry.is_directory())
    }

    fn check_rules(&mut self, requested: &Requested, name: &[u8], is_directory: bool) -> Result<()> {
        let Some(rules) = &self.rules else { return Ok(()) };
        let directory = parent(name);
        if directory != self.included {
            for (end, _) in name.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
                let above = name.get(..end).unwrap_or_default();
                let is_on_the_way = requested.allows(above, true) != Some(Allowed::Asked);
                if !is_on_the_way && rules.excludes(above, true) {
                    return Err(refused("excluded", name));
                }
            }
            self.included = directory.to_vec();
        }
        if name != b"." && rules.excludes(name, is_directory) {
            return Err(refused("excluded", name));
        }
        Ok(())
    }
}

fn refused(why: &str, name: &[u8]) -> Error {
    let name = String::from_utf8_lossy(name);
    Error::new(ErrorKind::Unsupported, format!("rejecting {why} file-list name: {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Depth, Filters, RuleSources};
    use crate::options::Options;

    fn entry(name: &str) -> FileEntry {
        let (name, mode) = name.strip_suffix('/').map_or((name, 0o100_644), |name| (name, 0o040_755));
        FileEntry::named(name.as_bytes(), mode)
    }

    #[test]
    fn what_the_rules_leave_out_is_refused_with_all_that_is_below_it() {
        let verdict = |asked: &str, rules: &[&str], name: &str| {
            let mut options = Options::new();
            for rule in rules {
                options.set("filter", Some(rule.as_ref())).unwrap();
            }
            let mut read = |_: &std::ffi::OsStr| Err(std::io::ErrorKind::NotFound.into());
            let mut sources = RuleSources { read: &mut read, cvs_ignore: b"" };
            let filters = Arc::new(Filters::from_options(&options, &mut sources).unwrap());
            let mut requested = Requested::new(true, Depth::All);
            requested.add(asked.as_bytes());
            let rules = DirectoryFilters::new(filters, FilterSide::Sender, b"");
            let mut trust = Trust {
                requested: Arc::new(Mutex::new(requested)),
                rules: Some(rules).filter(|rules| !rules.depend_on_the_tree()),
                included: Vec::new(),
            };
            trust.check(&mut entry(name)).is_ok()
        };
        assert!(!verdict(".", &["- *.o"], "a/x.o"));
        assert!(verdict(".", &["- *.o"], "a/x.c"));
        assert!(!verdict(".", &["- /a/"], "a/x/y"));
        assert!(verdict(".", &["P *.o"], "x.o"), "a rule of the receiving side");
        // On the way to what was asked for, rules do not count; nor where the tree decides.
        assert!(verdict("a/b", &["- /a/"], "a/") && verdict("a/b", &["- /a/"], "a/b/c"));
        assert!(verdict(".", &["- *.o", ": .rules"], "x.o") && verdict(".", &["-/ /x.o"], "x.o"));
    }
}
