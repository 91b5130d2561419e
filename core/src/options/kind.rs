//! What options look like to callers in languages that have types. In: rows of the table. Out: [`ValueKind`]s.

use super::table::{Effect, OptionSpec};
use super::typed::Options;

/// What the value of an option is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueKind {
    /// On or off; off is the same as not given where there is no negation.
    Flag,
    /// A flag that says more when it is given more than once: a small number.
    Count,
    /// A whole number.
    Number,
    /// A number of bytes, or a text with a unit such as `1.5m`.
    Size,
    /// A text.
    Text,
    /// Several texts, in the order they are given.
    Texts,
    /// A path here.
    Path,
    /// Several paths, in the order they are given.
    Paths,
    /// A filter rule or a file of them: the order among all of these matters.
    Filter,
}

impl ValueKind {
    /// The stable lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            ValueKind::Flag => "flag",
            ValueKind::Count => "count",
            ValueKind::Number => "number",
            ValueKind::Size => "size",
            ValueKind::Text => "text",
            ValueKind::Texts => "texts",
            ValueKind::Path => "path",
            ValueKind::Paths => "paths",
            ValueKind::Filter => "filter",
        }
    }
}

/// What only shapes the output of a command, or starts another kind of program.
const OF_COMMANDS: &[&str] = &[
    "8-bit-output",
    "daemon",
    "debug",
    "help",
    "human-readable",
    "log-file",
    "log-file-format",
    "motd",
    "msgs2stderr",
    "out-format",
    "outbuf",
    "progress",
    "quiet",
    "sender",
    "server",
    "stats",
    "stderr",
    "version",
];

impl OptionSpec {
    /// Whether a program that calls the library has a use for it: it can be used, and does more than shape what a command prints.
    pub fn is_for_callers(&self) -> bool {
        self.is_built() && !self.long.is_empty() && !OF_COMMANDS.contains(&self.long)
    }

    /// What its value is.
    pub fn value_kind(&self) -> ValueKind {
        match (self.long, self.argument) {
            ("filter" | "exclude" | "include" | "exclude-from" | "include-from", _) => ValueKind::Filter,
            ("compare-dest" | "copy-dest" | "link-dest", _) => ValueKind::Paths,
            ("remote-option" | "chmod" | "info", _) => ValueKind::Texts,
            (_, None) if self.counts() => ValueKind::Count,
            (_, None) => ValueKind::Flag,
            (_, Some("NUM" | "SECONDS" | "PORT" | "MINS")) => ValueKind::Number,
            (_, Some("SIZE" | "RATE")) => ValueKind::Size,
            (_, Some("FILE" | "DIR")) => ValueKind::Path,
            (_, Some(_)) => ValueKind::Text,
        }
    }

    /// Whether giving it twice differs from giving it once.
    fn counts(&self) -> bool {
        let Effect::Flag(set) = self.effect else { return false };
        let mut options = Options::default();
        set(&mut options, true);
        let once = options.clone();
        set(&mut options, true);
        options != once
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::TABLE;
    use super::*;

    fn kind(long: &str) -> ValueKind {
        TABLE.iter().find(|option| option.long == long).unwrap().value_kind()
    }

    #[test]
    fn kinds_follow_from_the_rows() {
        for (kind_found, long) in [
            (ValueKind::Flag, "archive"),
            (ValueKind::Flag, "times"),
            (ValueKind::Count, "hard-links"),
            (ValueKind::Count, "verbose"),
            (ValueKind::Number, "max-delete"),
            (ValueKind::Size, "max-size"),
            (ValueKind::Text, "rsh"),
            (ValueKind::Path, "files-from"),
            (ValueKind::Paths, "link-dest"),
            (ValueKind::Texts, "remote-option"),
            (ValueKind::Filter, "exclude-from"),
        ] {
            assert_eq!(kind(long), kind_found, "{long}");
        }
    }

    #[test]
    fn what_only_commands_use_is_in_the_table() {
        for long in OF_COMMANDS {
            assert!(TABLE.iter().any(|option| option.long == *long), "{long}");
        }
    }
}
