//! What follows from options together: predicates for the session, and the combinations rsync refuses.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::choices::{Append, Delete, Dirs, Recursion, WholeFile};
use super::error::OptionError;
use super::typed::Options;
use super::verbosity::{Debug, Info};

/// The compression that options ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressionRequest {
    /// Contents travel as they are.
    None,
    /// The ends agree on one; `zlib` where they cannot negotiate.
    Negotiated,
    /// This one, whatever the other end prefers.
    Zstd,
    /// This one, whatever the other end prefers.
    Lz4,
    /// This one, whatever the other end prefers.
    Zlibx,
    /// This one, whatever the other end prefers.
    Zlib,
}

/// Which end is the sender, seen from the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The client sends.
    Push,
    /// The client receives.
    Pull,
}

/// What a session is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// There is a destination.
    Copy,
    /// There is none: what would be sent is listed.
    List,
}

impl Options {
    /// Whether directories are descended into.
    pub fn recurses(&self) -> bool {
        match self.recursive {
            _ if self.dirs == Dirs::Old => true,
            Recursion::Off => false,
            Recursion::UnlessListed => self.files_from.is_none(),
            Recursion::On => true,
        }
    }

    /// Whether directories are transferred at all.
    pub fn transfers_dirs(&self, purpose: Purpose) -> bool {
        match self.dirs {
            Dirs::Yes | Dirs::Old => true,
            Dirs::No => self.recurses(),
            Dirs::Auto => self.recurses() || self.files_from.is_some() || self.lists(purpose),
        }
    }

    /// Whether files are listed instead of copied.
    pub fn lists(&self, purpose: Purpose) -> bool {
        self.list_only || purpose == Purpose::List
    }

    /// Whether the names at the destination are those given.
    pub fn is_relative(&self) -> bool {
        self.relative.unwrap_or(self.files_from.is_some())
    }

    /// Whether anything is deleted because the source lacks it.
    pub fn deletes(&self) -> bool {
        self.delete != Delete::No || self.delete_excluded
    }

    /// Whether old files are kept.
    pub fn backs_up(&self) -> bool {
        self.backup || self.backup_dir.is_some()
    }

    /// Whether old files are kept beside the new ones, which changes the times of directories (wire-3 §8.2).
    pub(super) fn backs_up_beside(&self) -> bool {
        self.backup && self.backup_dir.is_none()
    }

    /// What old files' names end in.
    pub fn backup_suffix(&self) -> &OsStr {
        match &self.suffix {
            Some(suffix) => suffix,
            None if self.backup_dir.is_some() => OsStr::new(""),
            None => OsStr::new("~"),
        }
    }

    /// Whether files are updated where they are.
    pub fn updates_in_place(&self) -> bool {
        self.inplace || self.write_devices || self.append != Append::No
    }

    /// Where partially transferred files are kept, unless that is the destination itself.
    pub(super) fn separate_partial_dir(&self) -> Option<&Path> {
        self.partial_dir
            .as_deref()
            .filter(|directory| !matches!(directory.as_os_str().as_bytes(), b"" | b"."))
    }

    /// The name of the directory for partial files that is no part of the tree, if it is within the tree.
    pub(crate) fn excluded_partial_dir(&self) -> Option<&[u8]> {
        let default = self.delay_updates.then_some(Path::new(".~tmp~"));
        let directory = self.separate_partial_dir().or(default)?.as_os_str().as_bytes();
        (!directory.starts_with(b"/")).then_some(directory)
    }

    /// Whether backups beside the files are kept from deletion.
    pub(crate) fn protects_backups(&self) -> bool {
        self.backs_up_beside() && self.delete != Delete::No && !self.delete_excluded
    }

    /// Whether directories' times are left alone.
    pub fn omits_dir_times(&self) -> bool {
        self.omit_dir_times || self.backs_up_beside()
    }

    /// Whether files are copied whole; `local` says that both ends are on this machine.
    pub fn copies_whole_files(&self, local: bool) -> bool {
        match self.whole_file {
            WholeFile::Always => true,
            _ if self.has_no_checksum() => true,
            WholeFile::Never => false,
            WholeFile::Auto => local && self.append == Append::No,
        }
    }

    /// Whether `--checksum-choice=none` leaves nothing to find differences with.
    pub(super) fn has_no_checksum(&self) -> bool {
        self.checksum_choice.as_ref().and_then(|choice| choice.transfer()).as_deref() == Some("none")
    }

    /// The compression asked for.
    pub fn compression(&self) -> CompressionRequest {
        match self.compress_choice.as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("zstd") => CompressionRequest::Zstd,
            Some("lz4") => CompressionRequest::Lz4,
            Some("zlibx") => CompressionRequest::Zlibx,
            Some("zlib") => CompressionRequest::Zlib,
            Some(_) => CompressionRequest::None,
            None if self.compress > 1 => CompressionRequest::Zlibx,
            None if self.compress == 1 || self.compress_level.is_some() => CompressionRequest::Negotiated,
            None => CompressionRequest::None,
        }
    }

    /// The level of an info flag: what `--info` says, else what `-v`, `--progress` and `--stats` imply.
    pub fn info_level(&self, flag: Info) -> u8 {
        if let Some(level) = self.info.explicit(flag) {
            return level;
        }
        let by_others = match flag {
            Info::Progress | Info::Name if self.progress => 1,
            Info::Flist if self.progress => 2,
            Info::Stats if self.stats => 2 + u8::from(self.verbose > 1),
            _ => 0,
        };
        flag.implied(self.verbose).max(by_others)
    }

    /// The level of a debug flag: what `--debug` says, else what `-v` implies.
    pub fn debug_level(&self, flag: Debug) -> u8 {
        self.debug.explicit(flag).unwrap_or_else(|| flag.implied(self.verbose))
    }

    /// The form of the line for every change, if there is one: `--out-format`, else what `-i`, `-v` and the info flags imply.
    pub fn change_format(&self) -> Option<OsString> {
        match &self.out_format {
            Some(format) => Some(format.clone()),
            None if self.itemize_changes > 0 => Some("%i %n%L".into()),
            None if self.info_level(Info::Name) > 0 => Some("%n%L".into()),
            None => None,
        }
    }

    /// Whether the lines for changes have an item string.
    pub fn itemizes(&self) -> bool {
        self.change_format().is_some_and(|format| has_escape(&format, b'i'))
    }

    /// Refuses combinations of options that exclude each other, in rsync's words.
    ///
    /// # Errors
    /// Of kind [`Syntax`](super::OptionErrorKind::Syntax).
    pub fn check(&self, purpose: Purpose) -> Result<(), OptionError> {
        let refuse = |message: &str| Err(OptionError::syntax(message));
        if self.secluded_args && self.old_args > 0 {
            return refuse("--secluded-args conflicts with --old-args.");
        }
        if self.deletes() && !self.transfers_dirs(purpose) {
            return refuse("--delete does not work without --recursive (-r) or --dirs (-d).");
        }
        if self.fake_super && self.xattrs > 1 {
            return refuse("--fake-super conflicts with -XX");
        }
        let suffix = self.backup_suffix().as_bytes();
        if suffix.contains(&b'/') {
            return Err(OptionError::syntax(format!(
                "--suffix cannot contain slashes: {}",
                String::from_utf8_lossy(suffix)
            )));
        }
        match &self.backup_dir {
            None if suffix.is_empty() => return refuse("--suffix cannot be empty without a --backup-dir"),
            Some(directory) if suffix.is_empty() && is_here(directory.as_os_str().as_bytes()) => {
                return refuse("--suffix cannot be empty when --backup-dir is the same as the dest dir");
            }
            _ => {}
        }
        let in_place = match self.append {
            Append::No => "--inplace",
            Append::Trust | Append::Verify => "--append",
        };
        if self.append != Append::No && self.whole_file == WholeFile::Always {
            return refuse("--append cannot be used with --whole-file");
        }
        if self.updates_in_place() && (self.partial_dir.is_some() || self.delay_updates) {
            let other = if self.delay_updates { "--delay-updates" } else { "--partial-dir" };
            return Err(OptionError::syntax(format!("{in_place} cannot be used with {other}")));
        }
        Ok(())
    }
}

fn is_here(directory: &[u8]) -> bool {
    matches!(directory, b"" | b"." | b"./")
}

/// Whether `format` has the escape `letter`, with any width in front of it (`docs/spec/wire-1-session.md` §8.8).
pub(super) fn has_escape(format: &OsStr, letter: u8) -> bool {
    let mut rest = format.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        rest = rest.get(at + 1..).unwrap_or_default();
        let width = rest.iter().take_while(|byte| matches!(byte, b'\'' | b'-' | b'0'..=b'9')).count();
        rest = rest.get(width..).unwrap_or_default();
        if rest.first() == Some(&letter) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}
