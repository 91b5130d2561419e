//! [`Options`]: everything that can be asked of a transfer, as a plain struct with defaults and setters.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::chmod::Chmod;
use super::choices::{
    AddressFamily, Alternate, Append, Buffering, ChecksumChoice, Delete, Dirs, FilesFrom, FilterOption,
    MissingArguments, Recursion, RemoveSource, StderrMode, WholeFile,
};
use super::error::OptionError;
use super::parse;
use super::verbosity::{DebugLevels, InfoLevels};

macro_rules! options {
    (
        built { $($(#[$doc:meta])* $name:ident: $type:ty = $default:expr;)* }
        later { $($(#[$later_doc:meta])* $later:ident: $later_type:ty = $later_default:expr;)* }
    ) => {
        /// What is asked of a transfer: rsync's options with their defaults.
        ///
        /// A field holds what was said; what follows from it (an option that implies another, a default
        /// that depends on others) is answered by the methods.
        ///
        /// ```
        /// use syncline::options::{Delete, Options, WholeFile};
        ///
        /// let mut options = Options::archive().delete(Delete::During).whole_file(WholeFile::Never);
        /// options.set("exclude", Some("*.o".as_ref()))?;
        /// assert!(options.recurses() && options.deletes());
        /// # Ok::<(), syncline::options::OptionError>(())
        /// ```
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub struct Options {
            $($(#[$doc])* pub $name: $type,)*
            $($(#[$later_doc])* pub(crate) $later: $later_type,)*
        }

        impl Default for Options {
            fn default() -> Options {
                Options { $($name: $default,)* $($later: $later_default,)* }
            }
        }

        impl Options {
            $(
                #[doc = concat!("Sets [`", stringify!($name), "`](Options::", stringify!($name), ").")]
                #[must_use]
                pub fn $name(mut self, value: impl Into<$type>) -> Options {
                    self.$name = value.into();
                    self
                }
            )*
        }
    };
}

options! {
    built {
        // What is selected.

        /// Whether directories are descended into (`-r`).
        recursive: Recursion = Recursion::Off;
        /// Whether file lists may come in pieces; `None` where both ends can (`--inc-recursive`).
        incremental_recursion: Option<bool> = None;
        /// Whether directories are transferred without descending into them (`-d`).
        dirs: Dirs = Dirs::Auto;
        /// Whether the names at the destination are those given, directories included; `None` with a list of names (`-R`).
        relative: Option<bool> = None;
        /// Whether the directories a relative name implies are transferred as well (`--no-implied-dirs`).
        implied_dirs: bool = true;
        /// How often not to cross into another file system was asked; twice leaves mount points out (`-x`).
        one_file_system: u8 = 0;
        /// Where the names to transfer come from, if from a list (`--files-from`).
        files_from: Option<FilesFrom> = None;
        /// Whether lists of names and rules end their lines with NUL (`--from0`).
        from0: bool = false;
        /// Filter rules, in order (`--filter`, `--exclude`, …).
        filters: Vec<FilterOption> = Vec::new();
        /// How often `-F` was given: once for `.rsync-filter` files, twice to leave those out as well.
        rsync_filter: u8 = 0;
        /// Whether what CVS ignores is ignored (`-C`).
        cvs_exclude: bool = false;
        /// The size, in bytes, of the largest file transferred (`--max-size`).
        max_size: Option<u64> = None;
        /// The size, in bytes, of the smallest file transferred (`--min-size`).
        min_size: Option<u64> = None;
        /// Whether files that do not exist at the destination are skipped (`--existing`).
        existing: bool = false;
        /// Whether files that exist at the destination are skipped (`--ignore-existing`).
        ignore_existing: bool = false;
        /// Whether files that are newer at the destination are skipped (`-u`).
        update: bool = false;

        // What is preserved.

        /// Whether symbolic links are copied as such (`-l`).
        links: bool = false;
        /// Whether what links point to is copied instead of them (`-L`).
        copy_links: bool = false;
        /// Whether what links out of the tree point to is copied instead of them (`--copy-unsafe-links`).
        copy_unsafe_links: bool = false;
        /// Whether links out of the tree are left out (`--safe-links`).
        safe_links: bool = false;
        /// How often preserving hard links was asked (`-H`).
        hard_links: u8 = 0;
        /// Whether permissions are preserved (`-p`).
        perms: bool = false;
        /// Whether executability is preserved where permissions are not (`-E`).
        executability: bool = false;
        /// Changes to the permissions of what is transferred (`--chmod`).
        chmod: Option<Chmod> = None;
        /// Whether owners are preserved, by the super-user (`-o`).
        owner: bool = false;
        /// Whether groups are preserved (`-g`).
        group: bool = false;
        /// Whether ids are preserved rather than names (`--numeric-ids`).
        numeric_ids: bool = false;
        /// Whether devices are preserved, by the super-user (`--devices`).
        devices: bool = false;
        /// Whether sockets and FIFOs are preserved (`--specials`).
        specials: bool = false;
        /// Whether modification times are preserved (`-t`).
        times: bool = false;
        /// Whether directories are excepted from `times` (`-O`).
        omit_dir_times: bool = false;
        /// Whether symbolic links are excepted from `times` (`-J`).
        omit_link_times: bool = false;
        /// How often preserving access times was asked; twice keeps the source's as well (`-U`).
        atimes: u8 = 0;
        /// Whether files are read without changing their access times (`--open-noatime`).
        open_noatime: bool = false;
        /// Whether stretches of NUL become holes (`-S`).
        sparse: bool = false;

        // How files are compared and updated.

        /// Whether files are compared by checksum (`-c`).
        checksum: bool = false;
        /// Which checksums are used; `None` leaves it to negotiation (`--checksum-choice`).
        checksum_choice: Option<ChecksumChoice> = None;
        /// The seed of the checksums; 0 for the time (`--checksum-seed`).
        checksum_seed: i32 = 0;
        /// Whether files are updated even if size and time match (`-I`).
        ignore_times: bool = false;
        /// Whether files of the same size are taken for equal (`--size-only`).
        size_only: bool = false;
        /// How many seconds times may differ; negative compares nanoseconds (`--modify-window`).
        modify_window: Option<i32> = None;
        /// Whether files are copied whole (`-W`).
        whole_file: WholeFile = WholeFile::Auto;
        /// The length of the blocks of deltas in bytes, 1 to 131,072; `None` by the size of the file (`-B`).
        block_size: Option<u32> = None;
        /// Whether files are updated in place (`--inplace`).
        inplace: bool = false;
        /// Whether partially transferred files are kept (`--partial`).
        partial: bool = false;

        // What is deleted.

        /// When what the source lacks is deleted (`--delete` and its times).
        delete: Delete = Delete::No;
        /// Whether excluded files are deleted as well (`--delete-excluded`).
        delete_excluded: bool = false;
        /// Whether errors of the sender do not prevent deletion (`--ignore-errors`).
        ignore_errors: bool = false;
        /// Whether directories in the way of other things are deleted with their contents (`--force`).
        force: bool = false;
        /// How many deletions there may be; negative counts as 0 (`--max-delete`).
        max_delete: Option<i32> = None;

        // What is done at all.

        /// Whether nothing is changed (`-n`).
        dry_run: bool = false;
        /// Whether files are listed instead of copied (`--list-only`).
        list_only: bool = false;

        // The connection.

        /// How often compression was asked for; twice is `zlibx` (`-z`).
        compress: u8 = 0;
        /// The names of checksums that are negotiated about, most wanted first, separated by spaces; what follows a `&` is
        /// a server's. Empty for the usual ones (`RSYNC_CHECKSUM_LIST`).
        checksum_list: String = String::new();
        /// The same for compressions (`RSYNC_COMPRESS_LIST`).
        compress_list: String = String::new();
        /// Which compression is used: `zstd`, `lz4`, `zlibx`, `zlib` or `none`, as it was typed (`--compress-choice`).
        compress_choice: Option<String> = None;
        /// The level of compression (`--compress-level`).
        compress_level: Option<i32> = None;
        /// Suffixes of files that compression is wasted on; told to a sending server (`--skip-compress`).
        skip_compress: Option<OsString> = None;
        /// The rate of what is sent in KiB a second; 0 for no limit (`--bwlimit`).
        bwlimit: u32 = 0;
        /// Seconds without data after which a session ends; 0 for none (`--timeout`).
        timeout: u32 = 0;
        /// The remote shell command (`-e`).
        rsh: Option<OsString> = None;
        /// The program to start at the other end; its shell splits it (`--rsync-path`).
        rsync_path: Option<OsString> = None;
        /// Whether the remote shell gets blocking input and output; `None` for rsh alone (`--blocking-io`).
        blocking_io: Option<bool> = None;
        /// The internet protocol the remote shell is told to use (`-4`, `-6`).
        address_family: AddressFamily = AddressFamily::Any;
        /// The newest protocol version to speak (`--protocol`).
        protocol: Option<u32> = None;
        /// Whether arguments travel over the connection instead of through the remote shell (`-s`).
        secluded_args: bool = false;
        /// How often leaving arguments to the remote shell was asked: once file names, twice all (`--old-args`).
        old_args: u8 = 0;
        /// Arguments for the other end alone (`-M`).
        remote_options: Vec<OsString> = Vec::new();
        /// Whether the names a remote sender lists are believed (`--trust-sender`).
        trust_sender: bool = false;

        // Daemons.

        /// Whether a daemon's message of the day is shown (`--no-motd`).
        motd: bool = true;
        /// Seconds a connection to a daemon may take (`--contimeout`).
        contimeout: u32 = 0;
        /// The address to connect from (`--address`).
        address: Option<OsString> = None;
        /// The port of the daemon (`--port`).
        port: Option<i32> = None;
        /// Socket options (`--sockopts`).
        sockopts: Option<OsString> = None;
        /// The file with the password for a daemon (`--password-file`).
        password_file: Option<PathBuf> = None;
        /// The file a daemon's hook reads (`--early-input`).
        early_input: Option<PathBuf> = None;

        // What is told.

        /// How often more texts were asked for (`-v`).
        verbose: u8 = 0;
        /// Whether only errors are told (`-q`).
        quiet: bool = false;
        /// Which texts are wanted (`--info`).
        info: InfoLevels = InfoLevels::default();
        /// Which texts about the program are wanted (`--debug`).
        debug: DebugLevels = DebugLevels::default();
        /// Where messages go (`--stderr`).
        stderr: StderrMode = StderrMode::Errors;
        /// How often a line for every change was asked for; twice for what is unchanged as well (`-i`).
        itemize_changes: u8 = 0;
        /// The form of the line for every change (`--out-format`).
        out_format: Option<OsString> = None;
        /// The file that is written what is done (`--log-file`).
        log_file: Option<PathBuf> = None;
        /// The form of its lines (`--log-file-format`).
        log_file_format: Option<OsString> = None;
        /// Whether progress is shown (`--progress`).
        progress: bool = false;
        /// Whether statistics are shown at the end (`--stats`).
        stats: bool = false;
        /// How numbers are shown: 0 digits, 1 groups, 2 units of 1000, 3 units of 1024 (`-h`).
        human_readable: u8 = 1;
        /// Whether bytes over 127 are shown as they are (`-8`).
        eight_bit_output: bool = false;
        /// How standard output is buffered (`--outbuf`).
        outbuf: Option<Buffering> = None;
    }
    later {
        /// Whether old files are kept (`-b`).
        backup: bool = false;
        /// Where old files are kept (`--backup-dir`).
        backup_dir: Option<PathBuf> = None;
        /// What is appended to the names of old files (`--suffix`).
        suffix: Option<OsString> = None;
        /// Whether shorter files are continued (`--append`).
        append: Append = Append::No;
        /// Whether missing parents of the destination are made (`--mkpath`).
        mkpath: bool = false;
        /// Whether links of others are followed in the paths that were named (`--insecure-links`).
        insecure_links: bool = false;
        /// Where the paths that were named have to stay (`--confine-root`).
        confine_root: Option<PathBuf> = None;
        /// Whether links are made harmless (`--munge-links`).
        munge_links: bool = false;
        /// Whether links to directories become directories at the sender (`-k`).
        copy_dirlinks: bool = false;
        /// Whether links to directories are kept at the receiver (`-K`).
        keep_dirlinks: bool = false;
        /// Whether ACLs are preserved (`-A`).
        acls: bool = false;
        /// How often preserving extended attributes was asked (`-X`).
        xattrs: u8 = 0;
        /// Whether the contents of devices are copied (`--copy-devices`).
        copy_devices: bool = false;
        /// Whether devices are written into (`--write-devices`).
        write_devices: bool = false;
        /// Whether the receiver makes no devices (`--drop-D`).
        drop_devices: bool = false;
        /// Whether creation times are preserved (`-N`).
        crtimes: bool = false;
        /// Whether the receiver tries what only the super-user may (`--super`).
        super_user: Option<bool> = None;
        /// Whether what only the super-user may is stored in extended attributes (`--fake-super`).
        fake_super: bool = false;
        /// Whether room is allocated before files are written (`--preallocate`).
        preallocate: bool = false;
        /// What is done at the sender with transferred files (`--remove-source-files`).
        remove_source: RemoveSource = RemoveSource::No;
        /// What is done about missing source arguments (`--ignore-missing-args`).
        missing_arguments: MissingArguments = MissingArguments::Fail;
        /// A limit of memory, as it was typed (`--max-alloc`).
        max_alloc: Option<OsString> = None;
        /// Where partially transferred files are kept (`--partial-dir`).
        partial_dir: Option<PathBuf> = None;
        /// Whether all files are put in place at the end (`--delay-updates`).
        delay_updates: bool = false;
        /// Whether chains of empty directories are left out (`-m`).
        prune_empty_dirs: bool = false;
        /// How owners are changed (`--usermap`).
        usermap: Option<OsString> = None;
        /// How groups are changed (`--groupmap`).
        groupmap: Option<OsString> = None;
        /// Whether the user map comes from `--chown`.
        usermap_by_chown: bool = false;
        /// Whether the group map comes from `--chown`.
        groupmap_by_chown: bool = false;
        /// Where temporary files are made (`-T`).
        temp_dir: Option<PathBuf> = None;
        /// How often similar files were asked to serve as basis (`-y`).
        fuzzy: u8 = 0;
        /// Further places to look for identical files (`--compare-dest`, …).
        alternates: Vec<PathBuf> = Vec::new();
        /// What is done with them.
        alternate: Option<Alternate> = None;
        /// How many threads compress (`--compress-threads`).
        compress_threads: i32 = 0;
        /// The user and group to act as (`--copy-as`).
        copy_as: Option<OsString> = None;
        /// When to stop, as it was typed (`--stop-after`, `--stop-at`).
        stop: Option<OsString> = None;
        /// Whether files are flushed to disk (`--fsync`).
        fsync: bool = false;
        /// The batch to write while transferring (`--write-batch`).
        write_batch: Option<PathBuf> = None;
        /// The batch to write instead of transferring (`--only-write-batch`).
        only_write_batch: Option<PathBuf> = None;
        /// The batch to read (`--read-batch`).
        read_batch: Option<PathBuf> = None;
        /// The character sets of names (`--iconv`).
        iconv: Option<OsString> = None;
        /// Whether a sort of old is used (`--qsort`).
        qsort: bool = false;
    }
}

impl Options {
    /// The defaults: regular files, without any attribute.
    pub fn new() -> Options {
        Options::default()
    }

    /// What `-a` asks for: `-rlptgoD`.
    pub fn archive() -> Options {
        let mut options = Options::default();
        options.add_archive();
        options
    }

    pub(super) fn add_archive(&mut self) {
        if self.recursive == Recursion::Off {
            self.recursive = Recursion::UnlessListed;
        }
        self.links = true;
        self.perms = true;
        self.times = true;
        self.group = true;
        self.owner = true;
        self.devices = true;
        self.specials = true;
    }

    /// Sets the option with the long name `name`, or turns it off if that starts with `no-`.
    ///
    /// # Errors
    /// Of kind [`Syntax`](super::OptionErrorKind::Syntax) for names that are not known, missing, superfluous and bad
    /// values; of kind [`Unsupported`](super::OptionErrorKind::Unsupported) for options that are refused.
    pub fn set(&mut self, name: &str, value: Option<&OsStr>) -> Result<(), OptionError> {
        parse::set(self, name, value)
    }
}
