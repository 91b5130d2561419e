//! Patterns prepared once and matched against many paths (`docs/spec/wire-2-filelist.md` §7.3).

use super::wild;

/// A pattern of a file-name rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The text without the slash that marks directories.
    text: Vec<u8>,
    pub(super) directories_only: bool,
    slashes: usize,
    wild: bool,
    any_double: bool,
    starts_double: bool,
    ends_triple: bool,
    pub(super) anchored: bool,
}

impl Pattern {
    pub(super) fn new(text: &[u8]) -> Pattern {
        let directories_only = text.len() > 1 && text.ends_with(b"/");
        let text = if directories_only { &text[..text.len() - 1] } else { text };
        let wild = text.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
        let any_double = wild && text.windows(2).any(|pair| pair == b"**");
        Pattern {
            text: text.to_owned(),
            directories_only,
            slashes: text.iter().filter(|byte| **byte == b'/').count(),
            wild,
            any_double,
            starts_double: any_double && text.starts_with(b"**"),
            ends_triple: any_double && text.ends_with(b"***"),
            anchored: text.starts_with(b"/"),
        }
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Whether only the last component of a path is looked at.
    pub(super) fn is_for_last_component(&self) -> bool {
        self.slashes == 0 && !self.any_double
    }

    /// Whether it matches `path`, which has no leading slash.
    pub(super) fn matches(&self, path: &[u8], is_directory: bool) -> bool {
        if self.directories_only && !is_directory {
            return false;
        }
        let last = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
        let mut text = if self.is_for_last_component() { last.to_owned() } else { path.to_owned() };
        if self.starts_double {
            text.insert(0, b'/');
        }
        if is_directory && self.ends_triple {
            text.push(b'/');
        }
        let pattern = self.text.strip_prefix(b"/").unwrap_or(&self.text);
        if !self.wild {
            let before = text.len().checked_sub(pattern.len()).filter(|_| text.ends_with(pattern));
            return match before {
                Some(0) => true,
                Some(before) => !self.anchored && text.get(before - 1) == Some(&b'/'),
                None => false,
            };
        }
        if !self.anchored && self.slashes > 0 && !self.any_double {
            // As many components at the end as the pattern has.
            let slashes: Vec<usize> = (0..text.len()).filter(|at| text[*at] == b'/').collect();
            return match slashes.len().checked_sub(self.slashes) {
                None => false,
                Some(0) => wild::matches(pattern, &text),
                Some(more) => wild::matches(pattern, &text[slashes[more - 1] + 1..]),
            };
        }
        if !self.anchored && self.any_double && !self.starts_double {
            let after_slashes = (0..text.len()).filter(|at| text[*at] == b'/').map(|at| at + 1);
            return std::iter::once(0).chain(after_slashes).any(|from| wild::matches(pattern, &text[from..]));
        }
        wild::matches(pattern, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `docs/spec/wire-2-filelist.md` §7.3.5: pattern, path (a directory if it ends in a slash), whether it matches.
    fn specified() -> Vec<(String, String, bool)> {
        let specification = include_str!("../../../docs/spec/wire-2-filelist.md");
        let table =
            specification.split("#### 7.3.5").nth(1).unwrap().split("Further verified").next().unwrap();
        let cell = |text: &str| text.trim().trim_matches('`').to_owned();
        let mut rows = Vec::new();
        for line in table.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').collect();
            for row in cells.chunks(3) {
                rows.push((cell(row[0]), cell(row[1]), row[2].trim() == "yes"));
            }
        }
        rows
    }

    #[test]
    fn the_table_of_the_specification_holds() {
        let rows = specified();
        assert!(rows.len() > 120, "{} rows", rows.len());
        for (pattern, path, expected) in rows {
            let (path, is_directory) =
                path.strip_suffix('/').map_or((path.as_str(), false), |path| (path, true));
            let found = Pattern::new(pattern.as_bytes()).matches(path.as_bytes(), is_directory);
            assert_eq!(found, expected, "{pattern} against {path} (directory: {is_directory})");
        }
    }

    #[test]
    fn many_stars_take_little_time() {
        let pattern = Pattern::new("*a".repeat(40).as_bytes());
        assert!(!pattern.matches(&vec![b'a'; 4000][..39], false));
        let pattern = Pattern::new("**a*".repeat(60).as_bytes());
        assert!(!pattern.matches("ab/".repeat(19).as_bytes(), false));
    }
}
