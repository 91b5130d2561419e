//! The one table of options: names, arguments, what each sets, who acts on it, how it is told to the other end,
//! and the help text. The parser, `Options::set`, the help and the manual page, and the bindings are made from it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::chmod::Chmod;
use super::choices::{
    AddressFamily, Alternate, Append, Buffering, ChecksumChoice, Delete, Dirs, FilesFrom, FilterOption,
    FilterSource, MissingArguments, RemoveSource, StderrMode, WholeFile,
};
use super::error::BadValue;
use super::size::{DefaultUnit, parse_number, parse_size};
use super::typed::Options;
use super::verbosity::Unknown;

use Acts::{Both as BothSides, Receiver, Sender};
use Toward::{Both, Receiver as ToReceiver, Sender as ToSender};

/// One option: a row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec {
    /// The long name; empty for the few that have only a letter.
    pub long: &'static str,
    /// Other long names.
    pub aliases: &'static [&'static str],
    /// The letter.
    pub short: Option<char>,
    /// What the argument is called in the help, if there is one.
    pub argument: Option<&'static str>,
    /// How the option can be turned off.
    pub negation: Negation,
    /// Who acts on it.
    pub acts: Acts,
    /// How it is told to a server (`docs/spec/wire-1-session.md` §3.4, §3.5).
    pub forward: Forward,
    /// Whether it can be used.
    pub status: Status,
    /// What it does, in a few words.
    pub help: &'static str,
    pub(super) effect: Effect,
}

/// How an option can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Negation {
    /// It cannot.
    None,
    /// By `--no-` and a long name.
    Long,
    /// By `--no-` and a long name or the letter.
    LongAndShort,
}

/// Who acts on an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// The end the user is at, whatever its role.
    Client,
    /// The sending side.
    Sender,
    /// The receiving side.
    Receiver,
    /// Both sides.
    Both,
}

/// How an option is told to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// It is not.
    Never,
    /// As a letter of the compact argument.
    Letter(Toward),
    /// As an argument of its own.
    Argument(Toward),
}

/// Which servers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Senders and receivers.
    Both,
    /// Senders (in a pull).
    Sender,
    /// Receivers (in a push).
    Receiver,
}

/// Whether an option can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It can, since this version.
    Built(&'static str),
    /// It is refused by name.
    Refused,
}

/// What an option does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect {
    /// Sets something: on, or off when negated.
    Flag(fn(&mut Options, bool)),
    /// Sets something that may exclude what was set before.
    Choice(fn(&mut Options) -> Result<(), BadValue>),
    /// Reads a value.
    Value(fn(&mut Options, &[u8]) -> Result<(), BadValue>),
    /// Reads a value, or resets it when negated.
    Resettable(fn(&mut Options, Option<&[u8]>) -> Result<(), BadValue>),
    /// Belongs to the command line, not to the transfer.
    Mode(Mode),
}

/// What a command line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Help,
    Version,
    Server,
    Sender,
    Daemon,
}

impl OptionSpec {
    const fn new(long: &'static str, help: &'static str, effect: Effect) -> OptionSpec {
        OptionSpec {
            long,
            aliases: &[],
            short: None,
            argument: None,
            negation: Negation::None,
            acts: Acts::Client,
            forward: Forward::Never,
            status: Status::Built("0.1"),
            help,
            effect,
        }
    }

    const fn short(mut self, letter: char) -> OptionSpec {
        self.short = Some(letter);
        self
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> OptionSpec {
        self.aliases = aliases;
        self
    }

    const fn negatable(mut self) -> OptionSpec {
        self.negation = if self.short.is_some() { Negation::LongAndShort } else { Negation::Long };
        self
    }

    const fn negatable_by_name(mut self) -> OptionSpec {
        self.negation = Negation::Long;
        self
    }

    const fn letter(mut self, acts: Acts, toward: Toward) -> OptionSpec {
        self.acts = acts;
        self.forward = Forward::Letter(toward);
        self
    }

    const fn told(mut self, acts: Acts, toward: Toward) -> OptionSpec {
        self.acts = acts;
        self.forward = Forward::Argument(toward);
        self
    }

    const fn by(mut self, acts: Acts) -> OptionSpec {
        self.acts = acts;
        self
    }

    const fn refused(mut self) -> OptionSpec {
        self.status = Status::Refused;
        self
    }

    /// Whether it can be used.
    pub fn is_built(&self) -> bool {
        matches!(self.status, Status::Built(_))
    }

    /// `--name`, or the letter of an option that has no name.
    pub fn display_name(&self) -> String {
        match (self.long, self.short) {
            ("", Some(letter)) => format!("-{letter}"),
            (long, _) => format!("--{long}"),
        }
    }
}

const fn flag(long: &'static str, help: &'static str, set: fn(&mut Options, bool)) -> OptionSpec {
    OptionSpec::new(long, help, Effect::Flag(set))
}

const fn value(
    long: &'static str,
    argument: &'static str,
    help: &'static str,
    set: fn(&mut Options, &[u8]) -> Result<(), BadValue>,
) -> OptionSpec {
    let mut spec = OptionSpec::new(long, help, Effect::Value(set));
    spec.argument = Some(argument);
    spec
}

const fn resettable(
    long: &'static str,
    argument: &'static str,
    help: &'static str,
    set: fn(&mut Options, Option<&[u8]>) -> Result<(), BadValue>,
) -> OptionSpec {
    let mut spec = OptionSpec::new(long, help, Effect::Resettable(set));
    spec.argument = Some(argument);
    spec.negation = Negation::Long;
    spec
}

const fn choice(
    long: &'static str,
    help: &'static str,
    set: fn(&mut Options) -> Result<(), BadValue>,
) -> OptionSpec {
    OptionSpec::new(long, help, Effect::Choice(set)).told(Receiver, ToReceiver)
}

const fn mode(long: &'static str, help: &'static str, mode: Mode) -> OptionSpec {
    OptionSpec::new(long, help, Effect::Mode(mode))
}

/// Counts an option that means more when repeated.
fn count(counter: &mut u8, on: bool) {
    *counter = if on { counter.saturating_add(1) } else { 0 };
}

fn text(value: &[u8]) -> OsString {
    OsStr::from_bytes(value).to_owned()
}

fn path(value: &[u8]) -> PathBuf {
    PathBuf::from(text(value))
}

fn seconds(value: Option<&[u8]>) -> Result<u32, BadValue> {
    // What is negative means no limit, as 0 does.
    Ok(u32::try_from(parse_number(value.unwrap_or_default())?).unwrap_or(0))
}

fn add_filter(options: &mut Options, source: FilterSource) -> Result<(), BadValue> {
    let (nul_separated, sender_side) = (options.from0, options.delete_excluded);
    options.filters.push(FilterOption { source, nul_separated, sender_side });
    Ok(())
}

fn choose_compression(options: &mut Options, name: &[u8]) -> Result<(), BadValue> {
    let name = String::from_utf8_lossy(name);
    options.compress_choice = match name.to_ascii_lowercase().as_str() {
        "auto" => None,
        "zstd" | "lz4" | "zlibx" | "zlib" | "none" => Some(name.into_owned()),
        _ => return Err(BadValue::Unknown(format!("unknown compress name: {name}"))),
    };
    Ok(())
}

fn choose_checksums(options: &mut Options, names: &[u8]) -> Result<(), BadValue> {
    let names = String::from_utf8_lossy(names).into_owned();
    for name in names.splitn(2, ',') {
        let lower = name.to_ascii_lowercase();
        if lower != "auto" && !ChecksumChoice::NAMES.contains(&lower.as_str()) {
            return Err(BadValue::Unknown(format!("unknown checksum name: {name}")));
        }
    }
    options.checksum_choice = (!names.eq_ignore_ascii_case("auto")).then_some(ChecksumChoice { text: names });
    Ok(())
}

/// Sets when deletion happens; two times exclude each other, but `--delete-during` and `--delete-delay` do not.
fn choose_deletion(options: &mut Options, chosen: Delete) -> Result<(), BadValue> {
    let group = |delete| match delete {
        Delete::No | Delete::Yes => 0,
        Delete::Before => 1,
        Delete::During | Delete::Delay => 2,
        Delete::After => 3,
    };
    match (options.delete, chosen) {
        (Delete::No, Delete::Yes) => options.delete = Delete::Yes,
        (_, Delete::Yes) => {}
        (before, after) if group(before) != 0 && group(before) != group(after) => {
            return Err(BadValue::says("You may not combine multiple --delete-WHEN options."));
        }
        (_, after) => options.delete = after,
    }
    Ok(())
}

fn add_alternate(options: &mut Options, alternate: Alternate, directory: &[u8]) -> Result<(), BadValue> {
    match options.alternate {
        Some(other) if other != alternate => Err(BadValue::says(format!(
            "ERROR: the {} option conflicts with the {} option",
            alternate.option(),
            other.option()
        ))),
        _ if options.alternates.len() >= 20 => {
            Err(BadValue::says(format!("ERROR: at most 20 {} args may be specified", alternate.option())))
        }
        _ => {
            options.alternate = Some(alternate);
            options.alternates.push(path(directory));
            Ok(())
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    ByMap,
    ByChown,
}

fn map_users(options: &mut Options, map: &[u8], by: Named) -> Result<(), BadValue> {
    if options.usermap.is_some() {
        return Err(map_conflict("usermap", "user", options.usermap_by_chown, by));
    }
    (options.usermap, options.usermap_by_chown, options.owner) =
        (Some(text(map)), by == Named::ByChown, true);
    Ok(())
}

fn map_groups(options: &mut Options, map: &[u8], by: Named) -> Result<(), BadValue> {
    if options.groupmap.is_some() {
        return Err(map_conflict("groupmap", "group", options.groupmap_by_chown, by));
    }
    (options.groupmap, options.groupmap_by_chown, options.group) =
        (Some(text(map)), by == Named::ByChown, true);
    Ok(())
}

fn map_conflict(map: &str, affected: &str, by_chown: bool, by: Named) -> BadValue {
    BadValue::says(match (by_chown, by) {
        (true, Named::ByChown) => format!("You can only specify a {affected}-affecting --chown once."),
        (true, Named::ByMap) => format!("--{map} conflicts with prior --chown."),
        (false, Named::ByChown) => format!("--chown conflicts with prior --{map}."),
        (false, Named::ByMap) => format!("You can only specify --{map} once."),
    })
}

fn change_owners(options: &mut Options, value: &[u8]) -> Result<(), BadValue> {
    let (user, group) = match value.iter().position(|byte| *byte == b':') {
        Some(colon) => (&value[..colon], &value[colon + 1..]),
        None => (value, &b""[..]),
    };
    if !user.is_empty() {
        map_users(options, &[b"*:", user].concat(), Named::ByChown)?;
    }
    if !group.is_empty() {
        map_groups(options, &[b"*:", group].concat(), Named::ByChown)?;
    }
    Ok(())
}

fn name_list(value: &[u8]) -> FilesFrom {
    // A colon before any slash names a host, as in an argument (wire-1 §3.1).
    match value.iter().position(|byte| matches!(byte, b':' | b'/')) {
        _ if value == b"-" => FilesFrom::StandardInput,
        Some(at) if value[at] == b':' => {
            FilesFrom::Remote { host: (at > 0).then(|| text(&value[..at])), path: text(&value[at + 1..]) }
        }
        _ => FilesFrom::Local(path(value)),
    }
}

/// Every option of rsync(1), in the order of its help.
pub static TABLE: &[OptionSpec] = &[
    flag("verbose", "increase verbosity", |o, on| count(&mut o.verbose, on))
        .short('v')
        .negatable()
        .letter(BothSides, Both),
    value("info", "FLAGS", "fine-grained informational verbosity", |o, v| o.info.add(v, Unknown::Refuse))
        .told(BothSides, Both),
    value("debug", "FLAGS", "fine-grained debug verbosity", |o, v| o.debug.add(v, Unknown::Refuse)).refused(),
    value("stderr", "e|a|c", "change stderr output mode (default: errors)", |o, v| {
        o.stderr = match v {
            b"e" | b"errors" => StderrMode::Errors,
            b"a" | b"all" => StderrMode::All,
            b"c" | b"client" => StderrMode::Client,
            other => {
                let other = String::from_utf8_lossy(other);
                return Err(BadValue::says(format!(
                    "--stderr mode \"{other}\" is not one of errors, all, or client"
                )));
            }
        };
        Ok(())
    })
    .told(BothSides, Both),
    flag("msgs2stderr", "the old name of --stderr=all", |o, on| {
        o.stderr = if on { StderrMode::All } else { StderrMode::Client };
    })
    .negatable()
    .told(BothSides, Both),
    flag("quiet", "suppress non-error messages", |o, on| o.quiet = on).short('q').letter(BothSides, Both),
    flag("motd", "suppress daemon-mode MOTD", |o, on| o.motd = on).negatable(),
    flag("checksum", "skip based on checksum, not mod-time & size", |o, on| o.checksum = on)
        .short('c')
        .negatable()
        .letter(BothSides, Both),
    flag("archive", "archive mode is -rlptgoD (no -A,-X,-U,-N,-H)", |o, _| o.add_archive())
        .short('a')
        .letter(BothSides, Both),
    flag("recursive", "recurse into directories", |o, on| o.recursive = on.into())
        .short('r')
        .negatable()
        .letter(BothSides, Both),
    flag("inc-recursive", "enable incremental recursion", |o, on| o.incremental_recursion = Some(on))
        .aliases(&["i-r"])
        .negatable()
        .letter(BothSides, Both),
    flag("relative", "use relative path names", |o, on| o.relative = Some(on))
        .short('R')
        .negatable()
        .letter(BothSides, Both),
    flag("implied-dirs", "don't send implied directories with --relative", |o, on| o.implied_dirs = on)
        .aliases(&["i-d"])
        .negatable()
        .told(Receiver, Both),
    flag("backup", "make backups (see --suffix & --backup-dir)", |o, on| o.backup = on)
        .short('b')
        .negatable_by_name()
        .letter(Receiver, Both),
    value("backup-dir", "DIR", "make backups into hierarchy based in DIR", |o, v| {
        o.backup_dir = Some(path(v));
        Ok(())
    })
    .told(Receiver, Both),
    value("suffix", "SUFFIX", "backup suffix (default ~ w/o --backup-dir)", |o, v| {
        o.suffix = Some(text(v));
        Ok(())
    })
    .told(Receiver, Both),
    flag("update", "skip files that are newer on the receiver", |o, on| o.update = on)
        .short('u')
        .letter(Receiver, Both),
    flag("inplace", "update destination files in-place", |o, on| o.inplace = on)
        .negatable()
        .told(BothSides, Both),
    flag("append", "append data onto shorter files", |o, on| {
        o.append = if on { Append::Trust } else { Append::No }
    })
    .negatable()
    .told(BothSides, Both)
    .refused(),
    flag("append-verify", "--append w/old data in file checksum", |o, _| o.append = Append::Verify)
        .told(BothSides, Both)
        .refused(),
    flag("dirs", "transfer directories without recursing", |o, on| {
        o.dirs = if on { Dirs::Yes } else { Dirs::No }
    })
    .short('d')
    .negatable()
    .letter(Sender, Both),
    flag("old-dirs", "works like --dirs when talking to old rsync", |o, _| o.dirs = Dirs::Old)
        .aliases(&["old-d"])
        .letter(Sender, Both),
    flag("mkpath", "create destination's missing path components", |o, on| o.mkpath = on)
        .negatable()
        .told(Receiver, ToReceiver)
        .refused(),
    flag("links", "copy symlinks as symlinks", |o, on| o.links = on)
        .short('l')
        .negatable()
        .letter(BothSides, Both),
    flag("copy-links", "transform symlink into referent file/directory", |o, on| o.copy_links = on)
        .short('L')
        .letter(Sender, ToSender),
    flag("copy-unsafe-links", "only \"unsafe\" symlinks are transformed", |o, on| o.copy_unsafe_links = on)
        .told(Sender, Both),
    flag("safe-links", "ignore symlinks that point outside the tree", |o, on| o.safe_links = on)
        .told(Receiver, Both),
    flag("insecure-links", "follow attacker-owned symlinks in operator paths", |o, on| o.insecure_links = on)
        .negatable()
        .refused(),
    value("confine-root", "DIR", "refuse operator paths resolving outside DIR", |o, v| {
        o.confine_root = Some(path(v));
        Ok(())
    })
    .refused(),
    flag("munge-links", "munge symlinks to make them safe & unusable", |o, on| o.munge_links = on)
        .negatable()
        .refused(),
    flag("copy-dirlinks", "transform symlink to directory into referent directory", |o, on| {
        o.copy_dirlinks = on;
    })
    .short('k')
    .letter(Sender, ToSender),
    flag("keep-dirlinks", "treat symlinked directory on receiver as directory", |o, on| o.keep_dirlinks = on)
        .short('K')
        .letter(Receiver, ToReceiver)
        .refused(),
    flag("hard-links", "preserve hard links", |o, on| count(&mut o.hard_links, on))
        .short('H')
        .negatable()
        .letter(BothSides, Both),
    flag("perms", "preserve permissions", |o, on| o.perms = on).short('p').negatable().letter(Receiver, Both),
    flag("executability", "preserve executability", |o, on| o.executability = on)
        .short('E')
        .letter(Receiver, ToReceiver),
    value("chmod", "CHMOD", "affect file and/or directory permissions", |o, v| {
        o.chmod.get_or_insert_with(Chmod::default).add(v)
    }),
    flag("acls", "preserve ACLs (implies --perms)", |o, on| {
        o.acls = on;
        o.perms |= on;
    })
    .short('A')
    .negatable()
    .letter(BothSides, Both)
    .refused(),
    flag("xattrs", "preserve extended attributes", |o, on| count(&mut o.xattrs, on))
        .short('X')
        .negatable()
        .letter(BothSides, Both)
        .refused(),
    flag("owner", "preserve owner (super-user only)", |o, on| o.owner = on)
        .short('o')
        .negatable()
        .letter(BothSides, Both),
    flag("group", "preserve group", |o, on| o.group = on).short('g').negatable().letter(BothSides, Both),
    flag("devices", "preserve device files (super-user only)", |o, on| o.devices = on)
        .negatable()
        .letter(BothSides, Both),
    flag("copy-devices", "copy device contents as a regular file", |o, on| o.copy_devices = on)
        .told(Sender, ToSender)
        .refused(),
    flag("write-devices", "write to devices as files (implies --inplace)", |o, on| o.write_devices = on)
        .negatable()
        .told(Receiver, ToReceiver)
        .refused(),
    flag("specials", "preserve special files", |o, on| o.specials = on).negatable().told(BothSides, Both),
    flag("drop-D", "receiver refuses to create devices/specials", |o, on| o.drop_devices = on)
        .negatable()
        .by(Receiver)
        .refused(),
    flag("", "same as --devices --specials", |o, on| (o.devices, o.specials) = (on, on))
        .short('D')
        .negatable()
        .letter(BothSides, Both),
    flag("times", "preserve modification times", |o, on| o.times = on)
        .short('t')
        .negatable()
        .letter(Receiver, Both),
    flag("atimes", "preserve access (use) times", |o, on| {
        count(&mut o.atimes, on);
        // Twice, reading the source is not to change its times either.
        o.open_noatime |= o.atimes > 1;
    })
    .short('U')
    .negatable()
    .letter(BothSides, Both),
    flag("open-noatime", "avoid changing the atime on opened files", |o, on| o.open_noatime = on)
        .negatable()
        .told(BothSides, Both),
    flag("crtimes", "preserve create times (newness)", |o, on| o.crtimes = on)
        .short('N')
        .negatable()
        .letter(BothSides, Both)
        .refused(),
    flag("omit-dir-times", "omit directories from --times", |o, on| o.omit_dir_times = on)
        .short('O')
        .negatable()
        .letter(Receiver, ToReceiver),
    flag("omit-link-times", "omit symlinks from --times", |o, on| o.omit_link_times = on)
        .short('J')
        .negatable()
        .letter(Receiver, ToReceiver),
    flag("super", "receiver attempts super-user activities", |o, on| {
        (o.super_user, o.fake_super) = (Some(on), false);
    })
    .negatable()
    .told(Receiver, ToReceiver)
    .refused(),
    flag("fake-super", "store/recover privileged attrs using xattrs", |o, on| {
        (o.super_user, o.fake_super) = (None, on);
    })
    .refused(),
    flag("sparse", "turn sequences of nulls into sparse blocks", |o, on| o.sparse = on)
        .short('S')
        .negatable()
        .letter(Receiver, Both),
    flag("preallocate", "allocate dest files before writing them", |o, on| o.preallocate = on)
        .told(Receiver, ToReceiver)
        .refused(),
    flag("dry-run", "perform a trial run with no changes made", |o, on| o.dry_run = on)
        .short('n')
        .letter(BothSides, Both),
    flag("whole-file", "copy files whole (w/o delta-xfer algorithm)", |o, on| {
        o.whole_file = if on { WholeFile::Always } else { WholeFile::Never };
    })
    .short('W')
    .negatable()
    .letter(BothSides, Both),
    value("checksum-choice", "STR", "choose the checksum algorithm (aka --cc)", choose_checksums)
        .aliases(&["cc"])
        .told(BothSides, Both),
    flag("one-file-system", "don't cross filesystem boundaries", |o, on| count(&mut o.one_file_system, on))
        .short('x')
        .negatable()
        .letter(BothSides, Both),
    value("block-size", "SIZE", "force a fixed checksum block-size", |o, v| {
        // Protocols before 30 take longer blocks.
        let (most, shown) = if o.protocol.is_some_and(|protocol| protocol < 30) {
            (1 << 29, "512.00M")
        } else {
            (1 << 17, "128.00K")
        };
        let size = parse_size(v, DefaultUnit::Bytes)?;
        let size = u32::try_from(size).ok().filter(|size| *size <= most).ok_or(BadValue::Over(shown))?;
        o.block_size = (size > 0).then_some(size);
        Ok(())
    })
    .short('B')
    .told(BothSides, Both),
    value("rsh", "COMMAND", "specify the remote shell to use", |o, v| {
        o.rsh = Some(text(v));
        Ok(())
    })
    .short('e'),
    value("rsync-path", "PROGRAM", "specify the rsync to run on remote machine", |o, v| {
        o.rsync_path = Some(text(v));
        Ok(())
    }),
    flag("existing", "skip creating new files on receiver", |o, on| o.existing = on)
        .aliases(&["ignore-non-existing"])
        .told(Receiver, ToReceiver),
    flag("ignore-existing", "skip updating files that exist on receiver", |o, on| o.ignore_existing = on)
        .told(Receiver, ToReceiver),
    flag("remove-source-files", "sender removes synchronized files (non-directory)", |o, _| {
        o.remove_source = RemoveSource::Yes;
    })
    .told(BothSides, Both),
    flag("remove-sent-files", "the old name of --remove-source-files", |o, _| {
        o.remove_source = RemoveSource::OldName;
    })
    .told(BothSides, Both)
    .refused(),
    choice("delete", "delete extraneous files from dest directories", |o| choose_deletion(o, Delete::Yes)),
    choice("delete-before", "receiver deletes before xfer, not during", |o| {
        choose_deletion(o, Delete::Before)
    }),
    choice("delete-during", "receiver deletes during the transfer", |o| choose_deletion(o, Delete::During))
        .aliases(&["del"]),
    choice("delete-delay", "find deletions during, delete after", |o| choose_deletion(o, Delete::Delay)),
    choice("delete-after", "receiver deletes after transfer, not during", |o| {
        choose_deletion(o, Delete::After)
    }),
    flag("delete-excluded", "also delete excluded files from dest directories", |o, on| {
        o.delete_excluded = on;
    })
    .told(Receiver, ToReceiver),
    flag("ignore-missing-args", "ignore missing source arguments without error", |o, _| {
        if o.missing_arguments == MissingArguments::Fail {
            o.missing_arguments = MissingArguments::Ignore;
        }
    })
    .told(Sender, ToSender),
    flag("delete-missing-args", "delete missing source arguments from destination", |o, _| {
        o.missing_arguments = MissingArguments::Delete;
    })
    .told(BothSides, Both),
    flag("ignore-errors", "delete even if there are I/O errors", |o, on| o.ignore_errors = on)
        .negatable()
        .told(BothSides, Both),
    flag("force", "force deletion of directories even if not empty", |o, on| o.force = on)
        .negatable()
        .told(Receiver, ToReceiver),
    value("max-delete", "NUM", "don't delete more than NUM files", |o, v| {
        o.max_delete = Some(parse_number(v)?);
        Ok(())
    })
    .told(Receiver, ToReceiver),
    value("max-size", "SIZE", "don't transfer any file larger than SIZE", |o, v| {
        o.max_size = Some(parse_size(v, DefaultUnit::Bytes)?);
        Ok(())
    })
    .told(Receiver, ToReceiver),
    value("min-size", "SIZE", "don't transfer any file smaller than SIZE", |o, v| {
        o.min_size = Some(parse_size(v, DefaultUnit::Bytes)?);
        Ok(())
    })
    .told(Receiver, ToReceiver),
    value("max-alloc", "SIZE", "change a limit relating to memory alloc", |o, v| {
        o.max_alloc = match parse_size(v, DefaultUnit::Bytes)? {
            // The default limit is told to nobody.
            0x4000_0000 => None,
            1..0x10_0000 => return Err(BadValue::Under("1.00M or 0 for unlimited")),
            _ => Some(text(v)),
        };
        Ok(())
    })
    .told(BothSides, Both)
    .refused(),
    flag("partial", "keep partially transferred files", |o, on| o.partial = on)
        .negatable()
        .told(Receiver, ToReceiver),
    value("partial-dir", "DIR", "put a partially transferred file into DIR", |o, v| {
        o.partial_dir = Some(path(v));
        o.partial = true;
        Ok(())
    })
    .told(Receiver, ToReceiver)
    .refused(),
    flag("delay-updates", "put all updated files into place at end", |o, on| o.delay_updates = on)
        .negatable()
        .told(Receiver, ToReceiver)
        .refused(),
    flag("prune-empty-dirs", "prune empty directory chains from file-list", |o, on| o.prune_empty_dirs = on)
        .short('m')
        .negatable()
        .letter(Receiver, ToReceiver)
        .refused(),
    flag("numeric-ids", "don't map uid/gid values by user/group name", |o, on| o.numeric_ids = on)
        .negatable()
        .told(BothSides, Both),
    value("usermap", "STRING", "custom username mapping", |o, v| map_users(o, v, Named::ByMap))
        .told(Receiver, ToReceiver)
        .refused(),
    value("groupmap", "STRING", "custom groupname mapping", |o, v| map_groups(o, v, Named::ByMap))
        .told(Receiver, ToReceiver)
        .refused(),
    value("chown", "USER:GROUP", "simple username/groupname mapping", change_owners)
        .told(Receiver, ToReceiver)
        .refused(),
    resettable("timeout", "SECONDS", "set I/O timeout in seconds", |o, v| {
        o.timeout = seconds(v)?;
        Ok(())
    })
    .told(BothSides, Both),
    resettable("contimeout", "SECONDS", "set daemon connection timeout in seconds", |o, v| {
        o.contimeout = seconds(v)?;
        Ok(())
    }),
    flag("ignore-times", "don't skip files that match size and time", |o, on| o.ignore_times = on)
        .short('I')
        .letter(Receiver, Both),
    flag("size-only", "skip files that match in size", |o, on| o.size_only = on).told(Receiver, ToReceiver),
    value("modify-window", "NUM", "set the accuracy for mod-time comparisons", |o, v| {
        o.modify_window = Some(parse_number(v)?);
        Ok(())
    })
    .short('@')
    .told(Receiver, ToReceiver),
    value("temp-dir", "DIR", "create temporary files in directory DIR", |o, v| {
        o.temp_dir = Some(path(v));
        Ok(())
    })
    .short('T')
    .told(Receiver, ToReceiver)
    .refused(),
    flag("fuzzy", "find similar file for basis if no dest file", |o, on| count(&mut o.fuzzy, on))
        .short('y')
        .negatable()
        .letter(Receiver, ToReceiver)
        .refused(),
    value("compare-dest", "DIR", "also compare destination files relative to DIR", |o, v| {
        add_alternate(o, Alternate::Compare, v)
    })
    .told(Receiver, ToReceiver),
    value("copy-dest", "DIR", "... and include copies of unchanged files", |o, v| {
        add_alternate(o, Alternate::Copy, v)
    })
    .told(Receiver, ToReceiver),
    value("link-dest", "DIR", "hardlink to files in DIR when unchanged", |o, v| {
        add_alternate(o, Alternate::Link, v)
    })
    .told(Receiver, ToReceiver),
    flag("compress", "compress file data during the transfer", |o, on| {
        count(&mut o.compress, on);
        if !on {
            o.compress_choice = None;
        }
    })
    .short('z')
    .negatable()
    .letter(BothSides, Both),
    flag("old-compress", "the old name of --compress-choice=zlib", |o, _| {
        o.compress_choice = Some("zlib".to_owned());
    })
    .told(BothSides, Both),
    flag("new-compress", "the old name of --compress-choice=zlibx", |o, _| {
        o.compress_choice = Some("zlibx".to_owned());
    })
    .told(BothSides, Both),
    value("compress-choice", "STR", "choose the compression algorithm (aka --zc)", choose_compression)
        .aliases(&["zc"])
        .told(BothSides, Both),
    value("compress-level", "NUM", "explicitly set compression level (aka --zl)", |o, v| {
        o.compress_level = Some(parse_number(v)?);
        Ok(())
    })
    .aliases(&["zl"])
    .told(BothSides, Both),
    value("compress-threads", "NUM", "explicitly set compression threads (aka --zt)", |o, v| {
        o.compress_threads = parse_number(v)?;
        Ok(())
    })
    .aliases(&["zt"])
    .by(Sender)
    .refused(),
    value("skip-compress", "LIST", "skip compressing files with suffix in LIST", |o, v| {
        o.skip_compress = Some(text(v));
        Ok(())
    })
    .told(Sender, ToSender),
    flag("cvs-exclude", "auto-ignore files in the same way CVS does", |o, on| o.cvs_exclude = on)
        .short('C')
        .letter(BothSides, Both),
    value("filter", "RULE", "add a file-filtering RULE", |o, v| {
        add_filter(o, FilterSource::Rule(v.to_owned()))
    })
    .short('f')
    .by(BothSides),
    flag("", "same as --filter='dir-merge /.rsync-filter'", |o, _| {
        count(&mut o.rsync_filter, true);
        let rule: &[u8] = match o.rsync_filter {
            1 => b": /.rsync-filter",
            2 => b"- .rsync-filter",
            _ => return,
        };
        let (nul_separated, sender_side) = (o.from0, o.delete_excluded);
        o.filters.push(FilterOption {
            source: FilterSource::Rule(rule.to_owned()),
            nul_separated,
            sender_side,
        });
    })
    .short('F')
    .by(BothSides),
    value("exclude", "PATTERN", "exclude files matching PATTERN", |o, v| {
        add_filter(o, FilterSource::Exclude(v.to_owned()))
    })
    .by(BothSides),
    value("exclude-from", "FILE", "read exclude patterns from FILE", |o, v| {
        add_filter(o, FilterSource::ExcludeFrom(path(v)))
    })
    .by(BothSides),
    value("include", "PATTERN", "don't exclude files matching PATTERN", |o, v| {
        add_filter(o, FilterSource::Include(v.to_owned()))
    })
    .by(BothSides),
    value("include-from", "FILE", "read include patterns from FILE", |o, v| {
        add_filter(o, FilterSource::IncludeFrom(path(v)))
    })
    .by(BothSides),
    value("files-from", "FILE", "read list of source-file names from FILE", |o, v| {
        o.files_from = Some(name_list(v));
        Ok(())
    })
    .told(Sender, Both),
    flag("from0", "all *-from/filter files are delimited by 0s", |o, on| o.from0 = on)
        .short('0')
        .negatable_by_name()
        .told(Sender, Both),
    flag("old-args", "disable the modern argument-protection idiom", |o, on| count(&mut o.old_args, on))
        .negatable(),
    flag("secluded-args", "use the protocol to safely send the arguments", |o, on| o.secluded_args = on)
        .short('s')
        .aliases(&["protect-args"])
        .negatable()
        .letter(BothSides, Both),
    flag("trust-sender", "trust the remote sender's file list", |o, on| o.trust_sender = on),
    value("copy-as", "USER[:GROUP]", "specify user & optional group for the copy", |o, v| {
        o.copy_as = Some(text(v));
        Ok(())
    })
    .refused(),
    value("address", "ADDRESS", "bind address for outgoing socket to daemon", |o, v| {
        o.address = Some(text(v));
        Ok(())
    }),
    value("port", "PORT", "specify double-colon alternate port number", |o, v| {
        o.port = Some(parse_number(v)?);
        Ok(())
    }),
    value("sockopts", "OPTIONS", "specify custom TCP options", |o, v| {
        o.sockopts = Some(text(v));
        Ok(())
    }),
    flag("blocking-io", "use blocking I/O for the remote shell", |o, on| o.blocking_io = Some(on))
        .negatable()
        .refused(),
    value("outbuf", "N|L|B", "set out buffering to None, Line, or Block", |o, v| {
        o.outbuf = match v.first().map(u8::to_ascii_uppercase) {
            Some(b'N' | b'U') => Some(Buffering::None),
            Some(b'L') => Some(Buffering::Line),
            Some(b'B' | b'F') => Some(Buffering::Block),
            _ => return Err(BadValue::says("Invalid --outbuf setting -- specify N, L, or B.")),
        };
        Ok(())
    }),
    flag("stats", "give some file-transfer stats", |o, on| o.stats = on).told(BothSides, ToReceiver),
    flag("8-bit-output", "leave high-bit chars unescaped in output", |o, on| o.eight_bit_output = on)
        .short('8')
        .negatable(),
    flag("human-readable", "output numbers in a human-readable format", |o, on| {
        count(&mut o.human_readable, on);
    })
    .short('h')
    .negatable(),
    flag("progress", "show progress during transfer", |o, on| o.progress = on).negatable(),
    flag("", "same as --partial --progress", |o, _| (o.partial, o.progress) = (true, true))
        .short('P')
        .told(Receiver, ToReceiver),
    flag("itemize-changes", "output a change-summary for all updates", |o, on| {
        count(&mut o.itemize_changes, on);
    })
    .short('i')
    .negatable()
    .told(BothSides, ToReceiver),
    value("remote-option", "OPT", "send OPTION to the remote side only", |o, v| {
        if v.first() != Some(&b'-') {
            let v = String::from_utf8_lossy(v);
            return Err(BadValue::says(format!("Remote option must start with a dash: {v}")));
        }
        o.remote_options.push(text(v));
        Ok(())
    })
    .short('M')
    .told(Acts::Client, Both),
    value("out-format", "FORMAT", "output updates using the specified FORMAT", |o, v| {
        o.out_format = Some(text(v));
        Ok(())
    })
    .aliases(&["log-format"])
    .told(BothSides, ToReceiver),
    value("log-file", "FILE", "log what we're doing to the specified FILE", |o, v| {
        o.log_file = Some(path(v));
        Ok(())
    }),
    value("log-file-format", "FMT", "log updates using the specified FMT", |o, v| {
        o.log_file_format = Some(text(v));
        Ok(())
    }),
    value("password-file", "FILE", "read daemon-access password from FILE", |o, v| {
        o.password_file = Some(path(v));
        Ok(())
    }),
    value("early-input", "FILE", "use FILE for daemon's early exec input", |o, v| {
        o.early_input = Some(path(v));
        Ok(())
    }),
    flag("list-only", "list the files instead of copying them", |o, on| o.list_only = on)
        .told(Receiver, Both),
    resettable("bwlimit", "RATE", "limit socket I/O bandwidth", |o, v| {
        let bytes = parse_size(v.unwrap_or_default(), DefaultUnit::Kibibytes)?;
        if (1..512).contains(&bytes) {
            return Err(BadValue::Under("512 or 0 for unlimited"));
        }
        let kibibytes = bytes.saturating_add(512) / 1024;
        o.bwlimit = u32::try_from(kibibytes)
            .ok()
            .filter(|rate| *rate <= i32::MAX as u32)
            .ok_or(BadValue::TooLarge)?;
        Ok(())
    })
    .told(BothSides, Both),
    value("stop-after", "MINS", "Stop rsync after MINS minutes have elapsed", |o, v| {
        if !parse_number(v).is_ok_and(|minutes| minutes > 0) {
            let v = String::from_utf8_lossy(v);
            return Err(BadValue::says(format!("invalid --stop-after value: {v}")));
        }
        o.stop = Some(text(v));
        Ok(())
    })
    .aliases(&["time-limit"])
    .refused(),
    value("stop-at", "y-m-dTh:m", "Stop rsync at the specified point in time", |o, v| {
        o.stop = Some(text(v));
        Ok(())
    })
    .refused(),
    flag("fsync", "fsync every written file", |o, on| o.fsync = on).told(Receiver, ToReceiver).refused(),
    value("write-batch", "FILE", "write a batched update to FILE", |o, v| {
        o.write_batch = Some(path(v));
        Ok(())
    })
    .refused(),
    value("only-write-batch", "FILE", "like --write-batch but w/o updating dest", |o, v| {
        o.only_write_batch = Some(path(v));
        Ok(())
    })
    .told(Receiver, ToReceiver)
    .refused(),
    value("read-batch", "FILE", "read a batched update from FILE", |o, v| {
        o.read_batch = Some(path(v));
        Ok(())
    })
    .refused(),
    value("protocol", "NUM", "force an older protocol version to be used", |o, v| {
        o.protocol = Some(u32::try_from(parse_number(v)?).map_err(|_| BadValue::OutOfRange)?);
        Ok(())
    })
    .by(BothSides),
    resettable("iconv", "CONVERT_SPEC", "request charset conversion of filenames", |o, v| {
        o.iconv = v.filter(|v| *v != b"-").map(text);
        Ok(())
    })
    .told(BothSides, Both)
    .refused(),
    value("checksum-seed", "NUM", "set block/file checksum seed (advanced)", |o, v| {
        o.checksum_seed = parse_number(v)?;
        Ok(())
    })
    .told(BothSides, Both),
    flag("qsort", "sort file lists with the sort of old", |o, on| o.qsort = on)
        .told(BothSides, Both)
        .refused(),
    flag("ipv4", "prefer IPv4", |o, _| o.address_family = AddressFamily::V4).short('4'),
    flag("ipv6", "prefer IPv6", |o, _| o.address_family = AddressFamily::V6).short('6'),
    mode("version", "print the version + other info and exit", Mode::Version).short('V'),
    mode("help", "show this help", Mode::Help),
    mode("server", "act as the other end of a session", Mode::Server),
    mode("sender", "as the other end, send", Mode::Sender),
    mode("daemon", "run as an rsync daemon", Mode::Daemon),
];
