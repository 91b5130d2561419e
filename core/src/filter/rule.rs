//! One filter rule: what it means, and how it is written (`docs/spec/wire-2-filelist.md` §7.1, §7.2, §7.4).

use super::error::FilterError;
use super::pattern::Pattern;

/// What happens to what a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The sender leaves it out; the receiver does not delete it.
    Exclude,
    /// The sender sends it; the receiver may delete it.
    Include,
}

/// On which side a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// On both, because nothing was said.
    Unsaid,
    Sender,
    Receiver,
    /// On both, as was said.
    Both,
}

/// The side that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Choosing what is sent.
    Sender,
    /// Choosing what is deleted.
    Receiver,
}

impl Sides {
    pub(super) fn include(self, side: Side) -> bool {
        match self {
            Sides::Unsaid | Sides::Both => true,
            Sides::Sender => side == Side::Sender,
            Sides::Receiver => side == Side::Receiver,
        }
    }
}

/// A rule that matches names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) action: Action,
    pub(super) pattern: Pattern,
    pub(super) sides: Sides,
    pub(super) absolute: bool,
    pub(super) negated: bool,
    pub(super) perishable: bool,
    pub(super) xattr: bool,
}

/// A rule that reads further rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Merge {
    pub(super) name: Vec<u8>,
    pub(super) sides: Sides,
    pub(super) absolute: bool,
    pub(super) perishable: bool,
    pub(super) style: Style,
    pub(super) exclude_self: bool,
    pub(super) inherited: bool,
    pub(super) word_split: bool,
    /// Whether its lines end with NUL.
    pub(super) nul_separated: bool,
}

/// How the rules in a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// With names in front.
    Full,
    /// Patterns without anything in front, all of this action; `Cvs` lets a lone `!` clear.
    Bare(Action),
    Cvs,
}

/// A rule as it is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Rule(Rule),
    /// The patterns CVS ignores.
    Cvs {
        action: Action,
        sides: Sides,
        perishable: bool,
    },
    Merge(Merge),
    DirMerge(Merge),
    Clear,
}

/// What a merge rule says about the rules in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Defaults {
    pub(super) sides: Sides,
    pub(super) absolute: bool,
    pub(super) perishable: bool,
}

impl Defaults {
    pub(super) const NONE: Defaults = Defaults { sides: Sides::Unsaid, absolute: false, perishable: false };

    pub(super) fn of(merge: &Merge) -> Defaults {
        Defaults { sides: merge.sides, absolute: merge.absolute, perishable: merge.perishable }
    }
}

/// The longest rule, in bytes; longer ones are no rules (§7.4).
pub const MAX_RULE: usize = 5119;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pattern(Action, Option<Sides>),
    Merge,
    DirMerge,
    Clear,
}

const NAMES: [(&[u8], u8, Kind); 9] = [
    (b"exclude", b'-', Kind::Pattern(Action::Exclude, None)),
    (b"include", b'+', Kind::Pattern(Action::Include, None)),
    (b"hide", b'H', Kind::Pattern(Action::Exclude, Some(Sides::Sender))),
    (b"show", b'S', Kind::Pattern(Action::Include, Some(Sides::Sender))),
    (b"protect", b'P', Kind::Pattern(Action::Exclude, Some(Sides::Receiver))),
    (b"risk", b'R', Kind::Pattern(Action::Include, Some(Sides::Receiver))),
    (b"merge", b'.', Kind::Merge),
    (b"dir-merge", b':', Kind::DirMerge),
    (b"clear", b'!', Kind::Clear),
];

/// Reads a rule in the full syntax (§7.2.1).
pub(super) fn parse(text: &[u8], defaults: Defaults) -> Result<Parsed, FilterError> {
    let (kind, mut at) = name(text).ok_or_else(|| FilterError::unknown(text))?;
    if text.get(at) == Some(&b',') {
        at += 1;
    }
    let mut modifiers = Modifiers::default();
    while let Some(byte) = text.get(at).copied().filter(|byte| !matches!(byte, b' ' | b'_')) {
        if kind == Kind::Clear {
            return Err(FilterError::trailing(text));
        }
        if !modifiers.add(byte, kind) {
            return Err(FilterError::modifier(byte, at, text));
        }
        at += 1;
    }
    let pattern = text.get(at + 1..).unwrap_or_default();
    let said = match (modifiers.sender, modifiers.receiver) {
        (false, false) => None,
        (true, false) => Some(Sides::Sender),
        (false, true) => Some(Sides::Receiver),
        (true, true) => Some(Sides::Both),
    };
    match kind {
        Kind::Clear if !pattern.is_empty() || at < text.len() => Err(FilterError::trailing(text)),
        Kind::Clear => Ok(Parsed::Clear),
        Kind::Merge | Kind::DirMerge => {
            let name = match pattern {
                [] if modifiers.cvs => b".cvsignore".to_vec(),
                [] => return Err(FilterError::ends(text)),
                name => name.to_vec(),
            };
            let style = match modifiers.style {
                _ if modifiers.cvs => Style::Cvs,
                Some(action) => Style::Bare(action),
                None => Style::Full,
            };
            let merge = Merge {
                name,
                sides: said.unwrap_or(defaults.sides),
                absolute: modifiers.absolute,
                perishable: modifiers.perishable || defaults.perishable,
                style,
                exclude_self: modifiers.exclude_self,
                inherited: !modifiers.not_inherited && !modifiers.cvs,
                word_split: modifiers.word_split || modifiers.cvs,
                nul_separated: false,
            };
            Ok(if kind == Kind::Merge { Parsed::Merge(merge) } else { Parsed::DirMerge(merge) })
        }
        Kind::Pattern(action, named) => {
            let said = named.or(said);
            if said.is_some() && defaults.sides != Sides::Unsaid {
                return Err(FilterError::two_sides(text));
            }
            let sides = said.unwrap_or(defaults.sides);
            let perishable = modifiers.perishable || defaults.perishable;
            if modifiers.cvs {
                return Ok(Parsed::Cvs { action, sides, perishable });
            }
            if pattern.is_empty() {
                return Err(FilterError::ends(text));
            }
            Ok(Parsed::Rule(Rule {
                action,
                pattern: Pattern::new(pattern),
                sides,
                absolute: modifiers.absolute || defaults.absolute,
                negated: modifiers.negated,
                perishable,
                xattr: modifiers.xattr,
            }))
        }
    }
}

/// A rule that is only a pattern.
pub(super) fn bare(action: Action, pattern: &[u8], defaults: Defaults) -> Rule {
    Rule {
        action,
        pattern: Pattern::new(pattern),
        sides: defaults.sides,
        absolute: defaults.absolute,
        negated: false,
        perishable: defaults.perishable,
        xattr: false,
    }
}

fn name(text: &[u8]) -> Option<(Kind, usize)> {
    for (long, short, kind) in NAMES {
        if let Some(rest) = text.strip_prefix(long)
            && matches!(rest.first(), None | Some(b' ' | b'\t' | b'\n' | b'_' | b','))
        {
            return Some((kind, long.len()));
        }
        if text.first() == Some(&short) {
            return Some((kind, 1));
        }
    }
    None
}

#[derive(Default)]
struct Modifiers {
    absolute: bool,
    negated: bool,
    cvs: bool,
    sender: bool,
    receiver: bool,
    perishable: bool,
    xattr: bool,
    exclude_self: bool,
    not_inherited: bool,
    word_split: bool,
    style: Option<Action>,
}

impl Modifiers {
    /// Takes a modifier, unless rules of `kind` do not have it.
    fn add(&mut self, byte: u8, kind: Kind) -> bool {
        let merges = matches!(kind, Kind::Merge | Kind::DirMerge);
        let has_side = matches!(kind, Kind::Pattern(_, Some(_)));
        let field = match byte {
            b'/' => &mut self.absolute,
            b'!' if !merges => &mut self.negated,
            b'C' if !has_side && self.style.is_none() => &mut self.cvs,
            b's' if !has_side => &mut self.sender,
            b'r' if !has_side => &mut self.receiver,
            b'p' => &mut self.perishable,
            b'x' if !merges => &mut self.xattr,
            b'e' if merges => &mut self.exclude_self,
            b'n' if merges => &mut self.not_inherited,
            b'w' if merges => &mut self.word_split,
            b'-' | b'+' if merges && !self.cvs && self.style.is_none() => {
                self.style = Some(if byte == b'-' { Action::Exclude } else { Action::Include });
                return true;
            }
            _ => return false,
        };
        *field = true;
        true
    }
}

impl Rule {
    /// The rule on the wire (§7.4).
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = vec![if self.action == Action::Include { b'+' } else { b'-' }];
        let marks = [(self.absolute, b'/'), (self.negated, b'!'), (self.xattr, b'x')];
        text.extend(marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark));
        encode_sides(self.sides, self.perishable, &mut text);
        text.push(b' ');
        text.extend_from_slice(self.pattern.text());
        if self.pattern.directories_only {
            text.push(b'/');
        }
        text
    }
}

impl Merge {
    /// The dir-merge rule on the wire; excluding the file itself is a rule of its own (§7.4).
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = vec![b':'];
        if self.absolute {
            text.push(b'/');
        }
        if self.style == Style::Cvs {
            text.push(b'C');
        } else {
            if !self.inherited {
                text.push(b'n');
            }
            if self.word_split {
                text.push(b'w');
            }
            match self.style {
                Style::Bare(Action::Include) => text.push(b'+'),
                Style::Bare(Action::Exclude) => text.push(b'-'),
                Style::Full | Style::Cvs => {}
            }
        }
        encode_sides(self.sides, self.perishable, &mut text);
        text.push(b' ');
        text.extend_from_slice(&self.name);
        text
    }

    /// The last component of the file's name.
    pub(super) fn file_name(&self) -> &[u8] {
        self.name.rsplit(|byte| *byte == b'/').next().unwrap_or(&self.name)
    }

    /// The rule that excludes the file itself.
    pub(super) fn self_rule(&self) -> Rule {
        bare(Action::Exclude, self.file_name(), Defaults::NONE)
    }
}

pub(super) fn encode_sides(sides: Sides, perishable: bool, text: &mut Vec<u8>) {
    let (sender, receiver) = match sides {
        Sides::Unsaid => (false, false),
        Sides::Sender => (true, false),
        Sides::Receiver => (false, true),
        Sides::Both => (true, true),
    };
    let marks = [(sender, b's'), (receiver, b'r'), (perishable, b'p')];
    text.extend(marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of rsync 3.5.0.
    #[test]
    fn what_is_no_rule_is_refused_in_rsyncs_words() {
        for (text, message) in [
            ("bad rule", "Unknown filter rule: bad rule"),
            ("excludea", "Unknown filter rule: excludea"),
            ("-e a", "invalid modifier 'e' at position 1 in filter rule: -e a"),
            ("-,a", "invalid modifier 'a' at position 2 in filter rule: -,a"),
            ("-!a", "invalid modifier 'a' at position 2 in filter rule: -!a"),
            ("Hs a", "invalid modifier 's' at position 1 in filter rule: Hs a"),
            (":! x", "invalid modifier '!' at position 1 in filter rule: :! x"),
            ("exclude", "unexpected end of filter rule: exclude"),
            ("- ", "unexpected end of filter rule: - "),
            (". ", "unexpected end of filter rule: . "),
            ("! x", "'!' rule has trailing characters: ! x"),
            ("clear x", "'!' rule has trailing characters: clear x"),
        ] {
            assert_eq!(parse(text.as_bytes(), Defaults::NONE).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn names_and_separators_have_several_spellings() {
        let plain = parse(b"- a", Defaults::NONE).unwrap();
        for text in ["-_a", "exclude_a", "exclude a", "exclude, a"] {
            assert_eq!(parse(text.as_bytes(), Defaults::NONE).unwrap(), plain, "{text}");
        }
        assert_ne!(parse(b"-  a", Defaults::NONE).unwrap(), plain);
        assert_eq!(parse(b"hide a", Defaults::NONE).unwrap(), parse(b"-s a", Defaults::NONE).unwrap());
    }
}
