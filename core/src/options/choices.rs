//! The values options can have where yes and no are not enough.

use std::ffi::OsString;
use std::path::PathBuf;

/// Whether directories are descended into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recursion {
    /// They are not.
    #[default]
    Off,
    /// They are, unless a list of names is given (`-a`).
    UnlessListed,
    /// They are (`-r`).
    On,
}

impl From<bool> for Recursion {
    fn from(on: bool) -> Recursion {
        if on { Recursion::On } else { Recursion::Off }
    }
}

/// Whether directories themselves are transferred when they are not descended into.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dirs {
    /// In listings and with a list of names.
    #[default]
    Auto,
    /// Never.
    No,
    /// Always (`-d`).
    Yes,
    /// Always, by recursion with a rule that excludes what is below (`--old-dirs`).
    Old,
}

/// Whether files are copied whole or as differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WholeFile {
    /// Whole between local paths, differences otherwise.
    #[default]
    Auto,
    /// Always whole (`-W`).
    Always,
    /// Always differences (`--no-whole-file`).
    Never,
}

/// When what the source lacks is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delete {
    /// Nothing is deleted.
    #[default]
    No,
    /// While files are transferred, or before where the session cannot do that (`--delete`).
    Yes,
    /// Before files are transferred.
    Before,
    /// While files are transferred, directory by directory.
    During,
    /// Found while files are transferred, deleted afterwards.
    Delay,
    /// Found and deleted afterwards.
    After,
}

/// What becomes of source arguments that do not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingArguments {
    /// They are errors.
    #[default]
    Fail,
    /// They are left out.
    Ignore,
    /// They are deleted from the destination.
    Delete,
}

/// Whether files that are shorter at the destination are continued in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Append {
    /// No.
    #[default]
    No,
    /// What is there is taken on trust (`--append`).
    Trust,
    /// What is there is included in the checksum (`--append-verify`).
    Verify,
}

/// Whether the sending side removes what was transferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RemoveSource {
    /// No.
    #[default]
    No,
    /// Yes (`--remove-source-files`).
    Yes,
    /// Yes, under the option's old name (`--remove-sent-files`).
    OldName,
}

/// What is done with files of the alternate destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternate {
    /// Identical ones are skipped (`--compare-dest`).
    Compare,
    /// Identical ones are copied (`--copy-dest`).
    Copy,
    /// Identical ones are linked (`--link-dest`).
    Link,
}

impl Alternate {
    pub(super) fn option(self) -> &'static str {
        match self {
            Alternate::Compare => "--compare-dest",
            Alternate::Copy => "--copy-dest",
            Alternate::Link => "--link-dest",
        }
    }
}

/// Where the messages of the other end go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StderrMode {
    /// Errors to standard error.
    #[default]
    Errors,
    /// All messages to standard error, directly from each end.
    All,
    /// All messages through the client.
    Client,
}

/// Which version of the internet protocol is preferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AddressFamily {
    /// Whichever works.
    #[default]
    Any,
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// How the command's standard output is buffered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// Not at all.
    None,
    /// By lines.
    Line,
    /// By blocks.
    Block,
}

/// Which checksums are used: `NAME` for both purposes or `TRANSFER,PREFLIGHT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChecksumChoice {
    pub(super) text: String,
}

impl ChecksumChoice {
    /// The names that are known, without `auto`.
    pub const NAMES: &'static [&'static str] =
        &["xxh128", "xxh3", "xxh64", "xxhash", "md5", "md4", "sha1", "blake3", "none"];

    /// The name for the contents of transferred files, in lower case; `None` leaves it to negotiation.
    pub fn transfer(&self) -> Option<String> {
        named(self.text.split(',').next())
    }

    /// The name for `--checksum`, in lower case; `None` leaves it to negotiation.
    pub fn preflight(&self) -> Option<String> {
        named(self.text.split_once(',').map(|(_, second)| second).or(Some(&self.text)))
    }
}

fn named(name: Option<&str>) -> Option<String> {
    name.map(str::to_ascii_lowercase).filter(|name| name != "auto")
}

/// Where the names of what is to be transferred are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesFrom {
    /// A file here.
    Local(PathBuf),
    /// Standard input.
    StandardInput,
    /// A file at the other end.
    Remote {
        /// The host that was named, which has to be the transfer's; `None` for `:FILE`.
        host: Option<OsString>,
        /// Its path there.
        path: OsString,
    },
}

/// One thing said about filters, in the order it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterOption {
    /// What was said.
    pub source: FilterSource,
    /// Whether `--from0` was in force: the lines of files end with NUL.
    pub nul_separated: bool,
    /// Whether `--delete-excluded` was in force: rules without a side are the sender's.
    pub sender_side: bool,
}

/// The ways of saying something about filters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterSource {
    /// A rule in the full syntax (`--filter`).
    Rule(Vec<u8>),
    /// A pattern (`--exclude`).
    Exclude(Vec<u8>),
    /// A pattern (`--include`).
    Include(Vec<u8>),
    /// A file of patterns; `-` is standard input (`--exclude-from`).
    ExcludeFrom(PathBuf),
    /// A file of patterns; `-` is standard input (`--include-from`).
    IncludeFrom(PathBuf),
}
