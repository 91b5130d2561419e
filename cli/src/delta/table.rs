//! The one table of the delta commands and their options: parser, help, manual and completions are read off it.

/// A delta command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Makes a signature.
    Signature,
    /// Makes a delta.
    Delta,
    /// Applies a delta.
    Patch,
    /// Says what a file is.
    Inspect,
}

use Command::{Delta, Inspect, Patch, Signature};

impl Command {
    /// Every command, in the order people use them.
    pub const ALL: [Command; 4] = [Signature, Delta, Patch, Inspect];

    /// Its name, which must be the exact first word.
    pub fn name(self) -> &'static str {
        match self {
            Signature => "signature",
            Delta => "delta",
            Patch => "patch",
            Inspect => "inspect",
        }
    }

    /// The command called `name`.
    pub fn from_name(name: &str) -> Option<Command> {
        Command::ALL.into_iter().find(|command| command.name() == name)
    }

    /// Its ways of being called, without the options.
    pub(crate) fn forms(self) -> &'static [&'static str] {
        match self {
            Signature => &["BASIS SIGNATURE"],
            Delta => &["SIGNATURE NEW DELTA", "--basis OLD NEW DELTA"],
            Patch => &["BASIS DELTA NEW"],
            Inspect => &["FILE"],
        }
    }

    /// What it does, in one line.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Signature => "Describe an old file in little space",
            Delta => "Say how a new file differs from an old one",
            Patch => "Make the new file from the old one and a delta",
            Inspect => "Say what a signature or delta file is",
        }
    }

    /// What it does, in full.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Signature => {
                "Writes the signature of the file BASIS to SIGNATURE: a sum of each of its blocks. With it, and without \
                 BASIS, a delta from BASIS to any other file can be made."
            }
            Delta => {
                "Writes to DELTA what the file NEW has that the basis of SIGNATURE has not, and where to find the rest \
                 there. With --basis the old file itself is at hand and takes the place of its signature, which makes \
                 smaller deltas. The format of a delta follows from that of the signature."
            }
            Patch => {
                "Writes to NEW what DELTA makes of the file BASIS. NEW appears when it is complete and verified, or not \
                 at all; it may be BASIS itself with --force. BASIS must be a regular file."
            }
            Inspect => {
                "Decodes all of FILE and says what it is: format, sums, block length, blocks, copied and literal bytes, \
                 compression, hashes."
            }
        }
    }
}

/// An option.
pub(crate) struct Flag {
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    /// The name of its value, if it takes one.
    pub(crate) value: Option<&'static str>,
    /// The words the value may be, where they can be listed.
    pub(crate) choices: &'static [&'static str],
    pub(crate) commands: &'static [Command],
    pub(crate) help: &'static str,
}

const WRITERS: &[Command] = &[Signature, Delta, Patch];
const ALL: &[Command] = &Command::ALL;

const fn flag(long: &'static str, commands: &'static [Command], help: &'static str) -> Flag {
    Flag { long, short: None, value: None, choices: &[], commands, help }
}

/// Every option, in the order help shows them.
pub(crate) const FLAGS: &[Flag] = &[
    Flag {
        value: Some("OLD"),
        ..flag("basis", &[Delta], "compare with the old file OLD itself instead of a signature")
    },
    Flag {
        value: Some("FORMAT"),
        choices: &[
            "native",
            "rdiff",
            "librsync",
            "rollsum-md4",
            "rollsum-blake2",
            "rabinkarp-md4",
            "rabinkarp-blake2",
        ],
        ..flag(
            "format",
            WRITERS,
            "write this format (default native); rdiff, librsync and rabinkarp-blake2 are the same; for delta only \
             with --basis, native or rdiff. With --format=rdiff and none but rdiff's options the command is rdiff, \
             for delta and patch too: its options, defaults, messages and exit statuses",
        )
    },
    Flag {
        short: Some('b'),
        value: Some("BYTES"),
        ..flag("block-size", &[Signature], "bytes in a block (default: chosen from the size of the file)")
    },
    Flag {
        short: Some('S'),
        value: Some("BYTES"),
        ..flag(
            "sum-size",
            &[Signature],
            "bytes kept of each strong sum; 0 keeps all, -1 as few as the size of the file allows",
        )
    },
    Flag {
        short: Some('H'),
        value: Some("HASH"),
        choices: &["blake2", "md4"],
        ..flag("hash", &[Signature], "strong sum of rdiff's format (default blake2); implies --format=rdiff")
    },
    Flag {
        short: Some('R'),
        value: Some("SUM"),
        choices: &["rabinkarp", "rollsum"],
        ..flag(
            "rollsum",
            &[Signature],
            "weak sum of rdiff's format (default rabinkarp); implies --format=rdiff",
        )
    },
    Flag {
        value: Some("METHOD"),
        choices: &["zstd", "none"],
        ..flag(
            "compress",
            &[Delta],
            "compress what a native delta carries: zstd[:LEVEL], LEVEL 1 to 19 (default zstd:3), or none; rdiff's \
             format has no compression",
        )
    },
    flag(
        "exact",
        &[Delta],
        "in rdiff's format: the bytes that rdiff itself writes (default without --basis)",
    ),
    flag("compact", &[Delta], "in rdiff's format: bounded work on any input, runs merged, several threads"),
    flag(
        "check",
        &[Delta],
        "in rdiff's format: append a check of the result that 'syncline patch' verifies and rdiff ignores",
    ),
    Flag {
        value: Some("COUNT"),
        ..flag(
            "threads",
            &[Signature, Delta],
            "threads to work with; 0, the default, is one for each processor",
        )
    },
    flag("sparse", &[Patch], "leave holes where the new file has long runs of zeros"),
    Flag { short: Some('f'), ..flag("force", WRITERS, "replace an output file that exists") },
    flag("json", ALL, "report in JSON, one object a line"),
    flag("progress", ALL, "show progress even where the errors go to no terminal; with --json as objects"),
    flag("no-progress", ALL, "show no progress"),
    Flag { short: Some('q'), ..flag("quiet", ALL, "show nothing but errors") },
    Flag { short: Some('v'), ..flag("verbose", WRITERS, "say what was done") },
    Flag { short: Some('h'), ..flag("help", ALL, "print help and exit") },
    Flag { short: Some('V'), ..flag("version", ALL, "print the version and exit") },
];

impl Flag {
    /// Whether `command` takes it.
    pub(crate) fn belongs_to(&self, command: Command) -> bool {
        self.commands.contains(&command)
    }
}

/// The options of `command`.
pub(crate) fn flags_of(command: Command) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.belongs_to(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_options_share_a_name() {
        for (i, flag) in FLAGS.iter().enumerate() {
            for other in &FLAGS[..i] {
                assert_ne!(flag.long, other.long);
                assert!(flag.short.is_none() || flag.short != other.short, "{} {}", flag.long, other.long);
            }
        }
    }

    #[test]
    fn commands_only_match_as_exact_words() {
        assert_eq!(Command::from_name("delta"), Some(Delta));
        for word in ["del", "Delta", "delta ", ""] {
            assert_eq!(Command::from_name(word), None);
        }
    }
}
