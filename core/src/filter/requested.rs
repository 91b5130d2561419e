//! Which names an incoming list may have, by what was asked for (`docs/spec/wire-2-filelist.md` §4.8). In: the arguments that
//! the other end got. Out: decisions about names.

use std::collections::HashSet;

use super::pattern::Pattern;

/// How much of a directory that was asked for comes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Only itself.
    Entry,
    /// What is directly in it.
    OneLevel,
    /// Everything below it.
    All,
}

/// Why a name may be in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// It was asked for, or is below something that was.
    Asked,
    /// It is a directory on the way to something that was asked for: its own contents were not.
    OnTheWay,
}

/// The names that were asked for.
#[derive(Clone, Debug)]
pub struct Requested {
    relative: bool,
    depth: Depth,
    /// The root itself, for its contents.
    root: bool,
    named: HashSet<Box<[u8]>>,
    on_the_way: HashSet<Box<[u8]>>,
    wild: Vec<Pattern>,
    wild_on_the_way: Vec<Pattern>,
}

impl Requested {
    /// Nothing yet; `relative` says that paths are kept.
    pub fn new(relative: bool, depth: Depth) -> Requested {
        Requested {
            relative,
            depth,
            root: false,
            named: HashSet::new(),
            on_the_way: HashSet::new(),
            wild: Vec::new(),
            wild_on_the_way: Vec::new(),
        }
    }

    /// Adds what a source argument asks for, or a name of a list of names.
    pub fn add(&mut self, argument: &[u8]) {
        let kept = if self.relative {
            let anchor = argument.windows(3).position(|part| part == b"/./");
            anchor.and_then(|at| argument.get(at + 3..)).unwrap_or(argument)
        } else {
            argument.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
        };
        let components: Vec<&[u8]> =
            kept.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
        // Where the path is not kept, the contents of `..` are those of the root.
        if components.is_empty() || components == [b".."] {
            self.root = true;
            return;
        }
        let is_wild = |name: &[u8]| name.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
        for length in 1..=components.len() {
            let name = components.get(..length).unwrap_or_default().join(&b'/');
            let is_whole = length == components.len();
            if is_wild(&name) {
                let anchored = [b"/", &*name].concat();
                if is_whole {
                    let below: &[u8] = match self.depth {
                        Depth::Entry => b"",
                        Depth::OneLevel => b"/*",
                        Depth::All => b"/**",
                    };
                    self.wild.push(Pattern::new(&[&*anchored, below].concat()));
                    self.wild.push(Pattern::new(&anchored));
                } else {
                    self.wild_on_the_way.push(Pattern::new(&anchored));
                }
            }
            // Nothing may have matched a pattern, and then it is the name.
            let names = if is_whole { &mut self.named } else { &mut self.on_the_way };
            names.insert(name.into());
        }
    }

    /// Why a list may have `name`, if it may.
    pub fn allows(&self, name: &[u8], is_directory: bool) -> Option<Allowed> {
        if name == b"." {
            return Some(if self.root { Allowed::Asked } else { Allowed::OnTheWay });
        }
        let mut above = name.iter().enumerate().rev().filter(|(_, byte)| **byte == b'/');
        let mut is_below = |names: &HashSet<Box<[u8]>>| match self.depth {
            Depth::Entry => false,
            Depth::OneLevel => {
                above.next().is_some_and(|(end, _)| name.get(..end).is_some_and(|name| names.contains(name)))
            }
            Depth::All => above.any(|(end, _)| name.get(..end).is_some_and(|name| names.contains(name))),
        };
        let is_below_root = self.root
            && match self.depth {
                Depth::Entry => false,
                Depth::OneLevel => !name.contains(&b'/'),
                Depth::All => true,
            };
        let matches = |pattern: &Pattern| pattern.matches(name, is_directory);
        if is_below_root
            || self.named.contains(name)
            || is_below(&self.named)
            || self.wild.iter().any(matches)
        {
            return Some(Allowed::Asked);
        }
        let is_on_the_way =
            is_directory && (self.on_the_way.contains(name) || self.wild_on_the_way.iter().any(matches));
        is_on_the_way.then_some(Allowed::OnTheWay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(relative: bool, depth: Depth, arguments: &[&str], name: &str) -> Option<Allowed> {
        let mut requested = Requested::new(relative, depth);
        arguments.iter().for_each(|argument| requested.add(argument.as_bytes()));
        let (name, is_directory) = name.strip_suffix('/').map_or((name, false), |name| (name, true));
        requested.allows(name.as_bytes(), is_directory)
    }

    #[test]
    fn names_follow_from_the_arguments_and_from_nothing_else() {
        use Allowed::{Asked, OnTheWay};
        use Depth::{All, Entry, OneLevel};
        for (relative, depth, argument, name, expected) in [
            (false, All, "d/x", "x", Some(Asked)),
            (false, All, "d/x", "x/y/z", Some(Asked)),
            (false, All, "d/x", "d/x", None),
            (false, All, "d/x", "xy", None),
            (false, All, "d/x", ".ssh/", None),
            (false, All, "d/x", "./", Some(OnTheWay)),
            (false, All, "d/", "any/thing", Some(Asked)),
            (false, All, "", "any/thing", Some(Asked)),
            (false, All, "d/..", "any/thing", Some(Asked)),
            (false, OneLevel, "d/", "a", Some(Asked)),
            (false, OneLevel, "d/", "a/b", None),
            (false, Entry, "d/", "a", None),
            (false, OneLevel, "x", "x/a", Some(Asked)),
            (false, OneLevel, "x", "x/a/b", None),
            (false, Entry, "d/*.c", "a.c", Some(Asked)),
            (false, Entry, "d/*.c", "a.h", None),
            (false, All, "d/*", "a/b", Some(Asked)),
            (false, All, "d/s*", "t/b", None),
            (false, Entry, "d/[x]", "[x]", Some(Asked)),
            (false, Entry, "d/[x]", "x", Some(Asked)),
            (true, All, "/a/b", "a/", Some(OnTheWay)),
            (true, All, "/a/b", "a", None),
            (true, All, "/a/b", "a/b/c", Some(Asked)),
            (true, All, "/a/b", "a/c", None),
            (true, All, "x/./a/b", "a/b", Some(Asked)),
            (true, All, "x/./a/b", "x/a/b", None),
            (true, All, "a*/b", "ab/", Some(OnTheWay)),
            (true, All, "a*/b", "ab/b/c", Some(Asked)),
            (true, OneLevel, "a/b/", "a/b/c", Some(Asked)),
            (true, OneLevel, "./", "c", Some(Asked)),
        ] {
            let found = allowed(relative, depth, &[argument], name);
            assert_eq!(found, expected, "{argument} {name} {depth:?}");
        }
        assert_eq!(allowed(false, All, &["a", "b"], "b/x"), Some(Asked));
    }
}
