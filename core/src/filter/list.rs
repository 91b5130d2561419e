//! The rules of a transfer in order, as options and the other end give them, and as they are sent on
//! (`docs/spec/wire-2-filelist.md` §7.2.4, §7.4). In: options or rule texts, and the files they name, by a callback.
//! Out: [`Filters`], and rule texts.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use super::error::FilterError;
use super::lines::{CVS_DEFAULTS, Separation, split};
use super::rule::{Action, Defaults, Merge, Parsed, Rule, Sides, Style, bare, encode_sides, parse};
use super::scope::ReadRules;
use crate::options::{Direction, Dirs, FilterSource, Options};
use crate::wire::Protocol;

/// How deep files of rules may name further ones.
const MAX_MERGE_DEPTH: usize = 32;

/// Where rules that are not on the command line come from.
pub struct RuleSources<'a> {
    /// Reads the whole of a file; the name `-` is standard input.
    pub read: &'a mut dyn FnMut(&OsStr) -> io::Result<Vec<u8>>,
    /// What CVS ignores besides its own patterns: the words of `.cvsignore` in the home directory, then those of the
    /// environment variable CVSIGNORE.
    pub cvs_ignore: &'a [u8],
}

/// One place in a list of rules.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Rule(Rule),
    /// What CVS ignores.
    Cvs(CvsRules),
    DirMerge(Arc<Merge>, Origin),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct CvsRules {
    pub(super) rules: Vec<Rule>,
    sides: Sides,
    perishable: bool,
    action: Action,
    origin: Origin,
}

/// Whether an item comes from a rule or from `-C`, which the other end is told by its letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Rule,
    CvsOption,
}

/// The rules of a transfer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    pub(super) items: Vec<Item>,
    pub(super) delete_excluded: bool,
    pub(super) cvs: CvsWords,
}

impl Filters {
    /// The rules that `options` ask for on the client, in the order they count.
    ///
    /// # Errors
    /// If a rule is not written as rules are, or a file that is named cannot be read.
    pub fn from_options(options: &Options, sources: &mut RuleSources<'_>) -> Result<Filters, FilterError> {
        let mut builder = Builder {
            filters: Filters::new(options, sources),
            sources,
            nul_separated: false,
            sender_side: false,
        };
        for filter in &options.filters {
            builder.nul_separated = filter.nul_separated;
            builder.sender_side = filter.sender_side;
            match &filter.source {
                FilterSource::Rule(text) => builder.rule(text, Defaults::NONE, 0)?,
                FilterSource::Exclude(text) => builder.old_rule(Action::Exclude, text),
                FilterSource::Include(text) => builder.old_rule(Action::Include, text),
                FilterSource::ExcludeFrom(path) => builder.old_file(Action::Exclude, path.as_os_str())?,
                FilterSource::IncludeFrom(path) => builder.old_file(Action::Include, path.as_os_str())?,
            }
        }
        (builder.nul_separated, builder.sender_side) = (options.from0, options.delete_excluded);
        if options.dirs == Dirs::Old {
            builder.old_rule(Action::Exclude, b"/*/*");
        }
        if options.cvs_exclude {
            builder.cvs_option();
        }
        if let Some(directory) = options.excluded_partial_dir() {
            builder.rule(&[b"-p ", directory, b"/"].concat(), Defaults::NONE, 0)?;
        }
        if options.protects_backups() {
            builder.rule(&[b"P *", options.backup_suffix().as_bytes()].concat(), Defaults::NONE, 0)?;
        }
        Ok(builder.filters)
    }

    /// The rules that a client sent to a server with `options`.
    ///
    /// # Errors
    /// As [`from_options`](Filters::from_options).
    pub fn from_wire(
        texts: &[Vec<u8>],
        direction: Direction,
        options: &Options,
        sources: &mut RuleSources<'_>,
    ) -> Result<Filters, FilterError> {
        let mut builder = Builder {
            filters: Filters::new(options, sources),
            sources,
            nul_separated: false,
            sender_side: false,
        };
        for text in texts {
            builder.rule(text, Defaults::NONE, 0)?;
        }
        // On a push the client has sent what the letter stands for.
        if options.cvs_exclude && direction == Direction::Pull {
            builder.cvs_option();
        }
        Ok(builder.filters)
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The texts of the rules that the other end needs to know, in order (§7.4).
    pub fn wire_rules(&self, direction: Direction) -> Vec<Vec<u8>> {
        self.wire_rules_of(direction, Protocol::NEWEST)
    }

    /// The same for a peer of `protocol`: of what `-C` adds, old ones get ordinary rules, and those before 29 no files in directories
    /// (`docs/spec/wire-4-older-protocols.md` §5.2, §5.3).
    pub(crate) fn wire_rules_of(&self, direction: Direction, protocol: Protocol) -> Vec<Vec<u8>> {
        let unsaid_too = direction == Direction::Pull || !self.delete_excluded;
        let is_sent = |sides: Sides| match sides {
            Sides::Unsaid => unsaid_too,
            Sides::Both => true,
            Sides::Sender => direction == Direction::Pull,
            Sides::Receiver => direction == Direction::Push,
        };
        let mut texts = Vec::new();
        for item in &self.items {
            match item {
                Item::Rule(rule) if is_sent(rule.sides) => texts.push(rule.encode()),
                Item::Cvs(cvs) if is_sent(cvs.sides) => match (direction, cvs.origin) {
                    (Direction::Pull, Origin::CvsOption) => {}
                    (Direction::Pull, Origin::Rule) => texts.push(cvs.encode()),
                    (Direction::Push, _) => texts.extend(cvs.rules.iter().map(|rule| {
                        let perishable = rule.perishable && protocol.has_perishable_rules();
                        Rule { perishable, ..rule.clone() }.encode()
                    })),
                },
                Item::DirMerge(merge, origin) => {
                    let full = merge.sides == Sides::Unsaid && merge.style == Style::Full;
                    let is_untold = direction == Direction::Pull || !protocol.has_full_filter_rules();
                    let told_by_letter = *origin == Origin::CvsOption && is_untold;
                    if (full || is_sent(merge.sides)) && !told_by_letter {
                        texts.push(merge.encode());
                    }
                }
                Item::Rule(_) | Item::Cvs(_) => {}
            }
        }
        texts
    }

    fn new(options: &Options, sources: &RuleSources<'_>) -> Filters {
        Filters { items: Vec::new(), delete_excluded: options.delete_excluded, cvs: CvsWords::new(sources) }
    }
}

impl Options {
    /// Whether a push sends its rules to the receiver (§7.4).
    pub fn receiver_needs_rules(&self) -> bool {
        self.prune_empty_dirs || self.deletes()
    }
}

impl CvsRules {
    fn encode(&self) -> Vec<u8> {
        let mut text = vec![if self.action == Action::Include { b'+' } else { b'-' }, b'C'];
        encode_sides(self.sides, self.perishable, &mut text);
        text.push(b' ');
        text
    }
}

/// What a per-directory file says.
pub(super) struct FileRules {
    pub(super) items: Vec<Item>,
    /// Whether it forgets what was inherited.
    pub(super) clears: bool,
}

/// Reads `content`, which is that of a per-directory file; `read` reads others beside it.
pub(super) fn file_rules(
    merge: &Merge,
    cvs: &CvsWords,
    shown: &[u8],
    content: &[u8],
    read: &mut ReadRules<'_>,
) -> Result<FileRules, FilterError> {
    let mut rules = FileRules { items: Vec::new(), clears: false };
    add_file_rules(&mut rules, merge, cvs, shown, content, read, 0)?;
    Ok(rules)
}

fn add_file_rules(
    rules: &mut FileRules,
    merge: &Merge,
    cvs: &CvsWords,
    shown: &[u8],
    content: &[u8],
    read: &mut ReadRules<'_>,
    depth: usize,
) -> Result<(), FilterError> {
    for (line, text) in split(content, separation(merge)) {
        match line_rule(merge, text).map_err(|error| error.in_file(shown, line))? {
            Parsed::Rule(rule) => rules.items.push(Item::Rule(rule)),
            Parsed::Cvs { action, sides, perishable } => {
                rules.items.push(Item::Cvs(cvs.rules(action, sides, perishable, Origin::Rule)));
            }
            Parsed::DirMerge(inner) => {
                rules.items.extend(dir_merge(inner, merge.nul_separated, Origin::Rule));
            }
            Parsed::Clear => {
                rules.items.clear();
                rules.clears = true;
            }
            Parsed::Merge(inner) => {
                // Only files beside this one: what else there is, is none of a tree's business.
                if inner.name.contains(&b'/') || depth >= MAX_MERGE_DEPTH {
                    return Err(FilterError::too_deep(text).in_file(shown, line));
                }
                let inner = Merge { nul_separated: merge.nul_separated, ..inner };
                let content =
                    read(&inner.name).and_then(|content| content.ok_or(io::ErrorKind::NotFound.into()));
                let content = content.map_err(|error| file_error(&inner.name, error))?;
                if inner.exclude_self {
                    rules.items.push(Item::Rule(inner.self_rule()));
                }
                add_file_rules(rules, &inner, cvs, &inner.name, &content, read, depth + 1)?;
            }
        }
    }
    Ok(())
}

/// The rule in one line of the file of `merge`.
fn line_rule(merge: &Merge, text: &[u8]) -> Result<Parsed, FilterError> {
    let defaults = Defaults::of(merge);
    match merge.style {
        Style::Full => parse(text, defaults),
        Style::Cvs if text == b"!" => Ok(Parsed::Clear),
        Style::Cvs => Ok(Parsed::Rule(bare(Action::Exclude, text, defaults))),
        Style::Bare(action) => Ok(Parsed::Rule(bare(action, text, defaults))),
    }
}

fn separation(merge: &Merge) -> Separation {
    match (merge.word_split, merge.nul_separated) {
        (true, _) => Separation::Words,
        (false, true) => Separation::Nul,
        (false, false) => Separation::Lines,
    }
}

/// A dir-merge rule, after the rule that excludes its files where it says so.
fn dir_merge(merge: Merge, nul_separated: bool, origin: Origin) -> Vec<Item> {
    let mut items = Vec::new();
    if merge.exclude_self {
        items.push(Item::Rule(merge.self_rule()));
    }
    items.push(Item::DirMerge(Arc::new(Merge { exclude_self: false, nul_separated, ..merge }), origin));
    items
}

fn file_error(name: &[u8], error: io::Error) -> FilterError {
    FilterError::File { name: String::from_utf8_lossy(name).into_owned(), error }
}

/// What CVS ignores beside its defaults: words from the home directory and the environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CvsWords(Vec<u8>);

impl CvsWords {
    fn new(sources: &RuleSources<'_>) -> CvsWords {
        CvsWords(sources.cvs_ignore.to_owned())
    }

    fn rules(&self, action: Action, sides: Sides, perishable: bool, origin: Origin) -> CvsRules {
        let rule =
            |text: &[u8], perishable| bare(action, text, Defaults { sides, absolute: false, perishable });
        let defaults = split(CVS_DEFAULTS, Separation::Words).map(|(_, word)| rule(word, true));
        let added = split(&self.0, Separation::Words).map(|(_, word)| rule(word, perishable));
        CvsRules { rules: defaults.chain(added).collect(), sides, perishable, action, origin }
    }
}

struct Builder<'a, 'b> {
    filters: Filters,
    sources: &'a mut RuleSources<'b>,
    nul_separated: bool,
    /// Whether rules without a side are the sender's, as `--delete-excluded` before them makes them.
    sender_side: bool,
}

impl Builder<'_, '_> {
    /// Adds a rule in the full syntax.
    fn rule(&mut self, text: &[u8], defaults: Defaults, depth: usize) -> Result<(), FilterError> {
        let parsed = parse(text, defaults)?;
        self.add(parsed, text, depth)
    }

    /// Adds a rule in the old syntax (§7.2.2).
    fn old_rule(&mut self, action: Action, text: &[u8]) {
        let (action, pattern) = match text {
            b"!" => {
                self.filters.items.clear();
                return;
            }
            [b'-', b' ', pattern @ ..] => (Action::Exclude, pattern),
            [b'+', b' ', pattern @ ..] => (Action::Include, pattern),
            pattern => (action, pattern),
        };
        if !pattern.is_empty() {
            self.push(bare(action, pattern, Defaults::NONE));
        }
    }

    fn old_file(&mut self, action: Action, name: &OsStr) -> Result<(), FilterError> {
        let content = (self.sources.read)(name).map_err(|error| file_error(name.as_bytes(), error))?;
        let separation = if self.nul_separated { Separation::Nul } else { Separation::Lines };
        for (_, text) in split(&content, separation) {
            self.old_rule(action, text);
        }
        Ok(())
    }

    /// What `-C` adds: the files first, then the patterns.
    fn cvs_option(&mut self) {
        let sides = if self.sender_side { Sides::Sender } else { Sides::Unsaid };
        let merge = Merge {
            name: b".cvsignore".to_vec(),
            sides,
            absolute: false,
            perishable: false,
            style: Style::Cvs,
            exclude_self: false,
            inherited: false,
            word_split: true,
            nul_separated: false,
        };
        self.filters.items.push(Item::DirMerge(Arc::new(merge), Origin::CvsOption));
        let rules = self.filters.cvs.rules(Action::Exclude, sides, false, Origin::CvsOption);
        self.filters.items.push(Item::Cvs(rules));
    }

    fn add(&mut self, parsed: Parsed, text: &[u8], depth: usize) -> Result<(), FilterError> {
        match parsed {
            Parsed::Rule(rule) => self.push(rule),
            Parsed::Clear => self.filters.items.clear(),
            Parsed::Cvs { action, sides, perishable } => {
                let rules = self.filters.cvs.rules(action, self.side(sides), perishable, Origin::Rule);
                self.filters.items.push(Item::Cvs(rules));
            }
            Parsed::DirMerge(mut merge) => {
                if merge.style != Style::Full {
                    merge.sides = self.side(merge.sides);
                }
                self.filters.items.extend(dir_merge(merge, self.nul_separated, Origin::Rule));
            }
            Parsed::Merge(merge) => {
                if depth >= MAX_MERGE_DEPTH {
                    return Err(FilterError::too_deep(text));
                }
                let merge = Merge { nul_separated: self.nul_separated, ..merge };
                let content = (self.sources.read)(OsStr::from_bytes(&merge.name));
                let content = content.map_err(|error| file_error(&merge.name, error))?;
                if merge.exclude_self {
                    self.push(merge.self_rule());
                }
                for (line, text) in split(&content, separation(&merge)) {
                    let parsed = line_rule(&merge, text).map_err(|error| error.in_file(&merge.name, line))?;
                    self.add(parsed, text, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, mut rule: Rule) {
        rule.sides = self.side(rule.sides);
        self.filters.items.push(Item::Rule(rule));
    }

    fn side(&self, sides: Sides) -> Sides {
        if self.sender_side && sides == Sides::Unsaid { Sides::Sender } else { sides }
    }
}
