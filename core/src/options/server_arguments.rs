//! From options to the arguments of the server, byte for byte as rsync builds them
//! (`docs/spec/wire-1-session.md` §3.3 to §3.7). In: [`Options`] and paths. Out: [`ServerArguments`].

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use super::choices::{
    Append, Delete, Dirs, FilesFrom, MissingArguments, RemoveSource, StderrMode, WholeFile,
};
use super::meaning::{Direction, Purpose, has_escape};
use super::quoting::{self, Trust};
use super::typed::Options;

/// What lies between the client and its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A remote shell, which reads what is not escaped.
    Shell,
    /// A daemon, which takes one level of backslashes from option values.
    Daemon,
    /// Nothing: the arguments arrive as they are.
    Direct,
}

/// What a server is started for.
#[derive(Clone, Copy, Debug)]
pub struct ServerRequest<'a> {
    /// Who sends.
    pub direction: Direction,
    /// Whether there is a destination.
    pub purpose: Purpose,
    /// What lies in between.
    pub carrier: Carrier,
    /// The paths at the other end: the destination, or the sources; an empty one means `.`.
    pub paths: &'a [&'a OsStr],
}

/// The arguments of a server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerArguments {
    /// What is passed to the program, without its name.
    pub argv: Vec<OsString>,
    /// What is sent as the first bytes of the connection, if arguments are secluded.
    pub secluded: Option<Vec<u8>>,
}

impl Options {
    /// The arguments that tell a server what these options ask of it.
    pub fn server_arguments(&self, request: &ServerRequest<'_>) -> ServerArguments {
        let builder = Builder {
            options: self,
            push: request.direction == Direction::Push,
            purpose: request.purpose,
            carrier: request.carrier,
            argv: Vec::new(),
        };
        builder.build(request.paths)
    }

    /// Whether a client may offer incremental recursion.
    fn offers_incremental_recursion(&self, push: bool) -> bool {
        let whole_list_needed = matches!(self.delete, Delete::Before | Delete::After)
            || self.delay_updates
            || self.prune_empty_dirs;
        self.recurses()
            && !self.qsort
            && self.incremental_recursion != Some(false)
            && (push || !whole_list_needed)
    }
}

struct Builder<'a> {
    options: &'a Options,
    push: bool,
    purpose: Purpose,
    carrier: Carrier,
    argv: Vec<OsString>,
}

impl Builder<'_> {
    fn build(mut self, paths: &[&OsStr]) -> ServerArguments {
        let options = self.options;
        self.word("--server");
        if !self.push {
            self.word("--sender");
        }
        let compact = self.compact();
        if compact.len() > 1 {
            self.word(&compact);
        }
        if let Some(names) = &options.iconv {
            let names = names.as_bytes();
            let remote =
                names.iter().position(|byte| *byte == b',').map_or(names, |comma| &names[comma + 1..]);
            self.joined("--iconv=", remote);
        }
        let cut = self.argv.len();
        self.long_options();
        self.word(".");
        for path in paths {
            let path = self.path(path);
            self.argv.push(path);
        }
        let secluded = options.secluded_args.then(|| quoting::seclude(&self.argv.split_off(cut)));
        ServerArguments { argv: self.argv, secluded }
    }

    /// The letters, in rsync's order (§3.4).
    fn compact(&self) -> String {
        let options = self.options;
        let mut letters = String::from("-");
        let mut add =
            |letter: char, count: u8| letters.extend(std::iter::repeat_n(letter, usize::from(count)));
        let (push, pull) = (self.push, !self.push);
        let recurses = options.recurses();
        add('s', options.secluded_args.into());
        add('v', options.verbose.min(9));
        add('q', (options.quiet && options.stderr != StderrMode::Client).into());
        add('b', options.backs_up().into());
        add('u', options.update.into());
        add('n', options.dry_run.into());
        add('l', options.links.into());
        let implied_dirs = options.transfers_dirs(self.purpose)
            && (options.lists(self.purpose) || (options.deletes() && push));
        add('d', (!recurses && (options.dirs == Dirs::Yes || implied_dirs)).into());
        add('K', (push && options.keep_dirlinks).into());
        add('m', (push && options.prune_empty_dirs).into());
        add('O', (push && options.omit_dir_times && !options.backs_up_beside()).into());
        add('J', (push && options.omit_link_times).into());
        if push && options.fuzzy > 0 {
            add('y', if options.fuzzy > 1 && !options.alternates.is_empty() { 2 } else { 1 });
        }
        add('L', (pull && options.copy_links).into());
        add('k', (pull && options.copy_dirlinks).into());
        add('W', (options.whole_file == WholeFile::Always || options.has_no_checksum()).into());
        add('H', options.hard_links.min(2));
        add('o', options.owner.into());
        add('g', options.group.into());
        add('D', options.devices.into());
        add('t', options.times.into());
        add('U', options.atimes.min(2));
        add('N', options.crtimes.into());
        add('p', options.perms.into());
        add('E', (push && options.executability && !options.perms).into());
        add('A', options.acls.into());
        add('X', options.xattrs.min(2));
        add('r', recurses.into());
        add('c', options.checksum.into());
        add('C', options.cvs_exclude.into());
        add('I', options.ignore_times.into());
        add('R', options.is_relative().into());
        add('x', options.one_file_system.min(2));
        add('S', options.sparse.into());
        let zlib = match options.compress_choice.as_deref() {
            Some(choice) => choice.eq_ignore_ascii_case("zlib"),
            None => options.compress == 1,
        };
        add('z', zlib.into());
        if options.protocol.is_none_or(|protocol| protocol >= 30) {
            letters.push('e');
            letters.push('.');
            if options.offers_incremental_recursion(self.push) {
                letters.push('i');
            }
            letters.push_str("LsfxCIvu");
        }
        letters
    }

    /// The long options, in rsync's order (§3.5).
    fn long_options(&mut self) {
        let options = self.options;
        let (push, pull) = (self.push, !self.push);
        self.when(options.list_only, "--list-only");
        let implied_dirs = options.transfers_dirs(self.purpose) && !options.recurses();
        self.when(push && implied_dirs && options.deletes(), "--no-r");
        if let Some(level) = options.compress_level {
            self.word(&format!("--compress-level={level}"));
        }
        match (options.devices, options.specials) {
            (true, false) => self.word("--no-specials"),
            (false, true) => self.word("--specials"),
            _ => {}
        }
        if push {
            self.log_format();
        }
        match options.stderr {
            StderrMode::Errors => {}
            StderrMode::All => self.word("--msgs2stderr"),
            StderrMode::Client => self.word("--no-msgs2stderr"),
        }
        if let Some(size) = options.block_size {
            self.word(&format!("-B{size}"));
        }
        if options.timeout > 0 {
            self.word(&format!("--timeout={}", options.timeout));
        }
        if options.bwlimit > 0 {
            self.word(&format!("--bwlimit={}", options.bwlimit));
        }
        if let Some(directory) =
            options.backup_dir.as_ref().filter(|directory| !directory.as_os_str().is_empty())
        {
            self.pair("--backup-dir", directory.as_os_str());
        }
        let default_suffix = if options.backup_dir.is_some() { "" } else { "~" };
        if options.backup_suffix() != default_suffix {
            self.joined("--suffix=", options.backup_suffix().as_bytes());
        }
        if let Some(choice) = &options.checksum_choice {
            self.joined("--checksum-choice=", choice.text.as_bytes());
        }
        match &options.compress_choice {
            Some(choice) if choice.eq_ignore_ascii_case("zlibx") => self.word("--new-compress"),
            Some(choice) if choice.eq_ignore_ascii_case("zlib") => self.word("--old-compress"),
            Some(choice) => self.joined("--compress-choice=", choice.as_bytes()),
            None => self.when(options.compress > 1, "--new-compress"),
        }
        if push {
            self.for_receiver_before();
        } else if let Some(list) = &options.skip_compress {
            self.joined("--skip-compress=", list.as_bytes());
        }
        if let Some(limit) = &options.max_alloc {
            self.joined("--max-alloc=", limit.as_bytes());
        }
        match options.missing_arguments {
            MissingArguments::Fail => {}
            MissingArguments::Ignore => self.when(pull, "--ignore-missing-args"),
            MissingArguments::Delete => self.word("--delete-missing-args"),
        }
        match options.modify_window {
            Some(window) if push && window >= 0 => self.word(&format!("--modify-window={window}")),
            Some(window) if push => self.word(&format!("-@{window}")),
            _ => {}
        }
        if options.checksum_seed != 0 {
            self.word(&format!("--checksum-seed={}", options.checksum_seed));
        }
        if push {
            self.partial();
        }
        self.when(options.ignore_errors, "--ignore-errors");
        self.when(options.copy_unsafe_links, "--copy-unsafe-links");
        self.when(options.safe_links, "--safe-links");
        self.when(options.numeric_ids, "--numeric-ids");
        self.when(options.qsort, "--use-qsort");
        if push {
            self.for_receiver_after();
        }
        if let Some(flags) = options.info.forwarded(push) {
            self.joined("--info=", flags.as_bytes());
        }
        match options.append {
            Append::No => self.when(options.inplace || options.write_devices, "--inplace"),
            Append::Trust => self.word("--append"),
            Append::Verify => {
                self.word("--append");
                self.word("--append");
            }
        }
        let in_place_alone = options.append == Append::No && (options.inplace || options.write_devices);
        self.when(
            push && in_place_alone && options.sparse && options.whole_file == WholeFile::Never,
            "--no-W",
        );
        self.name_list();
        let implied_names = options.protocol.is_none_or(|protocol| protocol >= 30) || pull;
        self.when(options.is_relative() && !options.implied_dirs && implied_names, "--no-implied-dirs");
        self.when(push && options.write_devices, "--write-devices");
        match options.remove_source {
            RemoveSource::No => {}
            RemoveSource::Yes => self.word("--remove-source-files"),
            RemoveSource::OldName => self.word("--remove-sent-files"),
        }
        self.when(pull && options.copy_devices, "--copy-devices");
        self.when(push && options.preallocate, "--preallocate");
        self.when(options.open_noatime && options.atimes < 2, "--open-noatime");
        self.when(push && options.mkpath, "--mkpath");
        for option in &options.remote_options {
            let option = match self.escapes_names() {
                true => quoting::escape_option(option.as_bytes()),
                false => option.as_bytes().to_owned(),
            };
            self.argv.push(OsString::from_vec(option));
        }
    }

    /// Rows 15 to 24: what only a receiver needs.
    fn for_receiver_before(&mut self) {
        let options = self.options;
        if let Some(most) = options.max_delete {
            self.word(&format!("--max-delete={}", if most > 0 { most } else { -1 }));
        }
        if let Some(size) = options.min_size {
            self.word(&format!("--min-size={size}"));
        }
        if let Some(size) = options.max_size {
            self.word(&format!("--max-size={size}"));
        }
        match options.delete {
            Delete::No => {}
            Delete::Yes => self.when(!options.delete_excluded, "--delete"),
            Delete::Before => self.word("--delete-before"),
            Delete::During => self.word("--delete-during"),
            Delete::Delay => self.word("--delete-delay"),
            Delete::After => self.word("--delete-after"),
        }
        self.when(options.delete_excluded, "--delete-excluded");
        self.when(options.force, "--force");
        self.when(options.only_write_batch.is_some(), "--only-write-batch=X");
        self.when(options.super_user == Some(true), "--super");
        self.when(options.size_only, "--size-only");
        self.when(options.stats, "--stats");
    }

    /// Row 30: what becomes of partially transferred files.
    fn partial(&mut self) {
        let options = self.options;
        match options.separate_partial_dir() {
            Some(directory) => {
                self.pair("--partial-dir", directory.as_os_str());
                self.when(options.delay_updates, "--delay-updates");
            }
            // A partial directory that is the destination itself leaves plain --partial.
            None if options.partial_dir.is_some() => self.when(!options.updates_in_place(), "--partial"),
            None if options.delay_updates => self.word("--delay-updates"),
            None => self.when(options.partial && !options.updates_in_place(), "--partial"),
        }
    }

    /// Rows 36 to 41: what only a receiver needs.
    fn for_receiver_after(&mut self) {
        let options = self.options;
        if let Some(map) = &options.usermap {
            self.joined("--usermap=", map.as_bytes());
        }
        if let Some(map) = &options.groupmap {
            self.joined("--groupmap=", map.as_bytes());
        }
        self.when(options.ignore_existing, "--ignore-existing");
        self.when(options.existing, "--existing");
        if let Some(directory) = &options.temp_dir {
            self.pair("--temp-dir", directory.as_os_str());
        }
        self.when(options.fsync, "--fsync");
        if let Some(alternate) = options.alternate {
            for directory in &options.alternates {
                self.pair(alternate.option(), directory.as_os_str());
            }
        }
    }

    /// What makes a receiving server announce changes.
    fn log_format(&mut self) {
        let options = self.options;
        let Some(format) = options.change_format() else { return };
        if has_escape(&format, b'i') {
            self.word(if options.itemize_changes > 1 { "--log-format=%i%I" } else { "--log-format=%i" });
        } else if has_escape(&format, b'o') {
            self.word("--log-format=%o");
        } else {
            self.when(options.verbose == 0, "--log-format=X");
        }
    }

    fn name_list(&mut self) {
        let options = self.options;
        match &options.files_from {
            Some(FilesFrom::Remote { path, .. }) => {
                self.pair("--files-from", path);
                self.when(options.from0, "--from0");
            }
            Some(FilesFrom::Local(_) | FilesFrom::StandardInput) if !self.push => {
                self.word("--files-from=-");
                self.word("--from0");
            }
            _ => return,
        }
        self.when(!options.is_relative(), "--no-relative");
    }

    fn path(&self, path: &OsStr) -> OsString {
        let options = self.options;
        let path = if path.is_empty() { OsStr::new(".") } else { path };
        let relative = options.is_relative();
        let trusted = options.trust_sender
            || options.old_args > 0
            || matches!(options.files_from, Some(FilesFrom::Remote { .. }));
        let tilde = if self.push || trusted { Trust::Tilde } else { Trust::HomeOnly { relative } };
        OsString::from_vec(match self.carrier {
            Carrier::Shell if self.escapes_names() => quoting::escape_path(path.as_bytes(), tilde),
            _ => quoting::guard_dash(path.as_bytes()),
        })
    }

    /// Whether anything in between reads option values.
    fn escapes_values(&self) -> bool {
        self.carrier != Carrier::Direct && !self.options.secluded_args && self.options.old_args < 2
    }

    /// Whether the remote shell is to be kept from names.
    fn escapes_names(&self) -> bool {
        self.escapes_values() && self.options.old_args == 0
    }

    fn word(&mut self, word: &str) {
        self.argv.push(word.into());
    }

    fn when(&mut self, condition: bool, word: &str) {
        if condition {
            self.word(word);
        }
    }

    fn value(&self, value: &[u8]) -> Vec<u8> {
        if self.escapes_values() { quoting::escape_option(value) } else { value.to_owned() }
    }

    fn joined(&mut self, option: &str, value: &[u8]) {
        let value = self.value(value);
        self.argv.push(OsString::from_vec([option.as_bytes(), &value].concat()));
    }

    /// Two arguments, so that the remote shell expands a leading `~/`.
    fn pair(&mut self, option: &str, value: &OsStr) {
        let value = self.value(value.as_bytes());
        self.word(option);
        self.argv.push(OsString::from_vec(value));
    }
}
