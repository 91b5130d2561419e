//! `--chmod`: a list of changes to modes (`docs/spec/wire-2-filelist.md` §5.6). In: text. Out: [`Chmod`], which maps a mode to a mode.

use super::error::BadValue;

/// Changes to the permission bits of what is transferred, applied one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chmod(Vec<Change>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    only: Only,
    to: To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    Everything,
    Directories,
    Others,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum To {
    Octal(u32),
    Symbolic(Symbolic),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Symbolic {
    /// One bit a class: 0100 user, 0010 group, 0001 others; 0 where none was given.
    classes: u32,
    operator: Operator,
    /// rwx as one octal digit.
    bits: u32,
    /// `X`: the x bit counts only for directories and where an x bit is set.
    conditional_x: bool,
    set_ids: bool,
    sticky: bool,
    /// Copy the bits of the class that is this many bits up.
    source: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Add,
    Remove,
    Assign,
}

impl Chmod {
    /// Appends the comma-separated changes in `text`.
    pub(super) fn add(&mut self, text: &[u8]) -> Result<(), BadValue> {
        let changes = text.split(|byte| *byte == b',').map(parse).collect::<Option<Vec<Change>>>();
        let refuse = || {
            BadValue::says(format!("Invalid argument passed to --chmod ({})", String::from_utf8_lossy(text)))
        };
        self.0.extend(changes.ok_or_else(refuse)?);
        Ok(())
    }

    /// The twelve mode bits of an item after the changes.
    ///
    /// `umask` limits changes that name no class. Symbolic links are the caller's to leave alone.
    pub fn apply(&self, mode: u32, is_directory: bool, umask: u32) -> u32 {
        let had_x = mode & 0o111 != 0;
        self.0.iter().fold(mode & 0o7777, |mode, change| {
            let skipped = match change.only {
                Only::Everything => false,
                Only::Directories => !is_directory,
                Only::Others => is_directory,
            };
            match change.to {
                _ if skipped => mode,
                To::Octal(value) => value,
                To::Symbolic(change) => change.apply(mode, had_x || is_directory, umask),
            }
        })
    }
}

impl Symbolic {
    fn apply(self, mode: u32, x_counts: bool, umask: u32) -> u32 {
        let given = self.classes != 0;
        let classes = if given { self.classes } else { 0o111 };
        let within = if given { !0 } else { !umask };
        let bits = (classes * self.bits) & within;
        let of_classes = |user: u32, group: u32, others: u32| {
            let pick = |class: u32, bit: u32| if self.classes & class != 0 { bit } else { 0 };
            pick(0o100, user) | pick(0o010, group) | pick(0o001, others)
        };
        let mut special = 0;
        if self.set_ids {
            special |= match of_classes(0o4000, 0o2000, 0) {
                0 => 0o4000,
                ids => ids,
            };
        }
        if self.sticky {
            special |= 0o1000;
        }
        let copy = self.source.map_or(0, |shift| (classes * ((mode >> shift) & 7)) & within);
        let mut on = bits | special;
        if self.conditional_x && !x_counts {
            on &= !0o111;
        }
        match self.operator {
            Operator::Add => mode | on | copy,
            Operator::Remove => mode & !(bits | special) & !copy,
            Operator::Assign => {
                let mut clear = classes * 7;
                if self.set_ids || self.sticky {
                    clear |= of_classes(0o4000, 0o2000, 0);
                }
                if self.source.is_some() {
                    clear |= of_classes(0o4000, 0o2000, 0o1000);
                }
                (mode & !clear) | on | copy
            }
        }
    }
}

fn parse(item: &[u8]) -> Option<Change> {
    let mut only = Only::Everything;
    let mut rest = item;
    while let [letter @ (b'D' | b'F'), after @ ..] = rest {
        let this = if *letter == b'D' { Only::Directories } else { Only::Others };
        if only != Only::Everything && only != this {
            return None;
        }
        (only, rest) = (this, after);
    }
    if rest.first().is_some_and(u8::is_ascii_digit) {
        let value = rest.iter().try_fold(0u32, |value, digit| {
            let digit = char::from(*digit).to_digit(8)?;
            Some(value * 8 + digit).filter(|value| *value <= 0o7777)
        })?;
        return Some(Change { only, to: To::Octal(value) });
    }
    let mut classes = 0;
    while let [letter @ (b'u' | b'g' | b'o' | b'a'), after @ ..] = rest {
        classes |= match letter {
            b'u' => 0o100,
            b'g' => 0o010,
            b'o' => 0o001,
            _ => 0o111,
        };
        rest = after;
    }
    let (operator, permissions) = match rest {
        [b'+', after @ ..] => (Operator::Add, after),
        [b'-', after @ ..] => (Operator::Remove, after),
        [b'=', after @ ..] => (Operator::Assign, after),
        _ => return None,
    };
    let mut change = Symbolic {
        classes,
        operator,
        bits: 0,
        conditional_x: false,
        set_ids: false,
        sticky: false,
        source: None,
    };
    if let [class @ (b'u' | b'g' | b'o')] = permissions {
        change.source = Some(match class {
            b'u' => 6,
            b'g' => 3,
            _ => 0,
        });
        return Some(Change { only, to: To::Symbolic(change) });
    }
    for letter in permissions {
        match letter {
            b'r' => change.bits |= 4,
            b'w' => change.bits |= 2,
            b'x' => change.bits |= 1,
            b'X' => (change.bits, change.conditional_x) = (change.bits | 1, true),
            b's' => change.set_ids = true,
            b't' => change.sticky = true,
            _ => return None,
        }
    }
    Some(Change { only, to: To::Symbolic(change) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(text: &str, mode: u32, is_directory: bool) -> u32 {
        let mut chmod = Chmod::default();
        chmod.add(text.as_bytes()).unwrap();
        chmod.apply(mode, is_directory, 0o022)
    }

    /// Modes of a file 0644 and a directory 0755 that rsync 3.5.0 made of them, under umask 022.
    #[test]
    fn modes_become_what_rsync_makes_of_them() {
        for (text, file, directory) in [
            ("u+x", 0o744, 0o755),
            ("go-w", 0o644, 0o755),
            ("a=r", 0o444, 0o444),
            ("Dg+s,ug+w,Fo-w,+X", 0o664, 0o2775),
            ("D2755,F664", 0o664, 0o2755),
            ("a+X", 0o644, 0o755),
            ("u=rwX,go=", 0o600, 0o700),
            ("g=u", 0o664, 0o775),
            ("o=g", 0o644, 0o755),
            ("u+s", 0o4644, 0o4755),
            ("+t", 0o1644, 0o1755),
            ("u=s", 0o4044, 0o4055),
            ("g+s,u-s", 0o2644, 0o2755),
            ("a-x,u+X", 0o644, 0o744),
            ("+w", 0o644, 0o755),
            ("-r", 0o200, 0o311),
            ("=rw", 0o644, 0o644),
            ("o+w,g=o", 0o666, 0o777),
            ("a=,u+w", 0o200, 0o200),
            ("0", 0o0, 0o0),
            ("7777", 0o7777, 0o7777),
            ("Du-w,Fu+x", 0o744, 0o555),
            ("g-u", 0o604, 0o705),
            ("+s", 0o4644, 0o4755),
            ("u=t", 0o1044, 0o1055),
        ] {
            assert_eq!(changed(text, 0o644, false), file, "{text}");
            assert_eq!(changed(text, 0o755, true), directory, "{text}");
        }
    }

    #[test]
    fn what_is_no_mode_is_refused() {
        for text in ["", "q", "u", "DFu+x", "8", "77777", "u755", "u+gx", "u+x,", "Fx", "x"] {
            assert!(Chmod::default().add(text.as_bytes()).is_err(), "{text}");
        }
    }
}
