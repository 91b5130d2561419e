//! What a session is to do: the meaning of the options, not their spelling. In: typed options. Out: plain fields.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::filter::{Filters, Requested};
use crate::options::{self, Alternate, Chmod, MissingArguments, Options, SkipCompress};
use crate::session::backup::Backup;
use crate::session::names::Names;
use crate::wire::Protocol;
use crate::wire::file_entry::FileKind;
use crate::wire::negotiation::{Checksum, Compression};

/// What a session transfers, decides and speaks. Both ends of a session need the same values for what is marked *both*.
#[derive(Clone, Debug)]
pub struct Settings {
    /// *Both:* descend into directories (`-r`).
    pub recurse: bool,
    /// *Both:* transfer directories without descending (`-d`).
    pub directories: bool,
    /// *Both:* names keep the path they were given with (`-R`).
    pub relative: bool,
    /// *Both:* what becomes of sources that do not exist.
    pub missing_arguments: MissingArguments,
    /// Directories that relative names imply are transferred as well (`--no-implied-dirs` turns it off).
    pub implied_directories: bool,
    /// What symbolic links lead to is sent instead of them (`-L`).
    pub copy_links: bool,
    /// The same, for links that lead out of the tree.
    pub copy_unsafe_links: bool,
    /// The same, for links to directories (`-k`).
    pub copy_directory_links: bool,
    /// Files are read without changing their access times.
    pub open_quietly: bool,
    /// *Both:* symbolic links (`-l`).
    pub links: bool,
    /// *Both:* owners (`-o`).
    pub owner: bool,
    /// *Both:* groups (`-g`).
    pub group: bool,
    /// *Both:* devices (`--devices`).
    pub devices: bool,
    /// *Both:* FIFOs and sockets (`--specials`).
    pub specials: bool,
    /// *Both:* hard links (`-H`).
    pub hard_links: bool,
    /// Every change has a line.
    pub tells_changes: bool,
    /// Whether differences are sent is told (`--debug=deltasum`, which `-vv` implies).
    pub tells_delta: bool,
    /// Files that are up to date are told.
    pub tells_unchanged: bool,
    /// The end of every file is told, however many there are.
    pub tell_each_file: bool,
    /// *Both:* access times (`-U`).
    pub access_times: bool,
    /// *Both:* owners and groups by number only.
    pub numeric_ids: bool,
    /// *Both:* compare files by checksum (`-c`).
    pub checksum: bool,
    /// *Both:* change nothing (`-n`).
    pub dry_run: bool,
    /// Permissions (`-p`).
    pub permissions: bool,
    /// Executability (`-E`).
    pub executability: bool,
    /// Modification times (`-t`).
    pub times: bool,
    /// Leave directories' times alone (`-O`).
    pub omit_directory_times: bool,
    /// Leave symbolic links' times alone (`-J`).
    pub omit_link_times: bool,
    /// Transfer even what looks the same (`-I`).
    pub ignore_times: bool,
    /// Sizes alone decide what looks the same.
    pub size_only: bool,
    /// Seconds by which times may differ and still be equal; below 0, nanoseconds count too.
    pub modify_window: i64,
    /// Keep what is newer at the destination (`-u`).
    pub update: bool,
    /// Only update what exists.
    pub existing: bool,
    /// Only create what does not exist.
    pub ignore_existing: bool,
    /// Bytes above which a file is left out.
    pub max_size: Option<u64>,
    /// Bytes below which a file is left out.
    pub min_size: Option<u64>,
    /// Send whole files instead of differences (`-W`).
    pub whole_file: bool,
    /// Write into the destination file instead of a temporary one.
    pub in_place: bool,
    /// *Both:* the destination has the start of each file already (`--append`); goes with `in_place`.
    pub append: Append,
    /// Keep what was received of a file when the transfer ends early.
    pub partial: bool,
    /// Make holes for runs of zeros (`-S`).
    pub sparse: bool,
    /// When to delete what the source does not have.
    pub delete: Delete,
    /// Delete although the sending side had I/O errors.
    pub ignore_errors: bool,
    /// Replace non-empty directories by other things.
    pub force: bool,
    /// How many deletions are allowed.
    pub max_delete: Option<u64>,
    /// Directories whose files spare transfers, and what is done with them.
    pub alternates: Option<(Alternate, Vec<PathBuf>)>,
    /// Keep what is replaced or deleted (`-b`); not with `in_place`.
    pub backup: Option<Backup>,
    /// Tell what was kept where.
    pub tell_backups: bool,
    /// *Both:* the sender removes what was transferred.
    pub remove_source_files: bool,
    /// *Both:* both ends are on this machine, in one process: a local copy.
    pub is_local: bool,
    /// Leave out symbolic links that lead out of the tree.
    pub safe_links: bool,
    /// Say which links that leaves out.
    pub tell_unsafe_links: bool,
    /// Changes to the permissions of what is sent or received.
    pub chmod: Option<Chmod>,
    /// Whether to cross into other file systems (`-x`).
    pub one_file_system: OneFileSystem,
    /// Report entries to which nothing happened (`-ii`, `-vv`).
    pub itemize_unchanged: bool,
    /// Only list (`--list-only`).
    pub list_only: bool,

    /// Where the names of what is sent come from.
    pub names: Names,
    /// What the names that are received are compared with; `None` takes what the other end sends.
    pub requested: Option<Arc<Mutex<Requested>>>,
    /// The client's filter rules; a server gets them over the connection.
    pub filters: Arc<Filters>,
    /// The options that a server reads the rules by.
    pub rule_options: Options,
    /// What `-C` ignores here besides CVS's own patterns: words of `$HOME/.cvsignore` and of CVSIGNORE.
    pub cvs_ignore: Vec<u8>,

    /// The newest protocol offered.
    pub protocol: Protocol,
    /// Whether file lists may come in pieces.
    pub incremental_recursion: bool,
    /// The checksums for blocks and for `-c` that the user chose; `None` negotiates.
    pub checksums: Option<(Checksum, Checksum)>,
    /// The names of checksums that are negotiated about, most wanted first; a part after `&` is a server's. Empty for the
    /// usual ones.
    pub checksum_list: String,
    /// The same for compressions.
    pub compress_list: String,
    /// Compression of the data.
    pub compression: CompressionWish,
    /// The level of it; `None` takes the coding's own.
    pub compress_level: Option<i32>,
    /// Files that compression is not tried on.
    pub skip_compress: SkipCompress,
    /// The seed of the checksums; 0 takes one of the clock.
    pub checksum_seed: i32,
    /// The block length; `None` takes it from the size.
    pub block_length: Option<u32>,
    /// The longest silence of the connection.
    pub timeout: Option<Duration>,
    /// The most that is written, in KiB a second; 0 for no limit.
    pub rate: u32,
    /// The permission bits that new files do not get.
    pub umask: u32,
}

/// Whether the source is left at other file systems.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OneFileSystem {
    /// No.
    #[default]
    No,
    /// Yes; mount points are transferred as empty directories.
    Yes,
    /// Yes, and mount points are left out.
    WithoutMountPoints,
}

/// When the receiving side deletes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delete {
    /// Not at all.
    #[default]
    Never,
    /// Before anything is transferred.
    Before,
    /// In each directory, when it is reached.
    During,
    /// Found as with `During`, removed at the end.
    Delay,
    /// After everything was transferred.
    After,
}

impl Delete {
    /// Whether there are deletions.
    pub fn is_on(self) -> bool {
        self != Delete::Never
    }

    /// Whether they come after the transfers.
    pub fn is_late(self) -> bool {
        matches!(self, Delete::Delay | Delete::After)
    }
}

/// Whether what the destination has of a file is taken for its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Append {
    /// No.
    #[default]
    Never,
    /// Yes, unseen.
    Plain,
    /// Yes, and the digest of the whole file says whether it was.
    Verify,
}

/// How the data are to be compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CompressionWish {
    /// Not at all.
    #[default]
    Off,
    /// As the two ends agree.
    Negotiate,
    /// This way, which both ends know from the arguments.
    Choice(Compression),
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            recurse: false,
            directories: false,
            relative: false,
            missing_arguments: MissingArguments::Fail,
            implied_directories: true,
            copy_links: false,
            copy_unsafe_links: false,
            copy_directory_links: false,
            open_quietly: false,
            links: false,
            owner: false,
            group: false,
            devices: false,
            specials: false,
            hard_links: false,
            access_times: false,
            tells_changes: false,
            tells_delta: false,
            tells_unchanged: false,
            tell_each_file: false,
            numeric_ids: false,
            checksum: false,
            dry_run: false,
            permissions: false,
            executability: false,
            times: false,
            omit_directory_times: false,
            omit_link_times: false,
            ignore_times: false,
            size_only: false,
            modify_window: 0,
            update: false,
            existing: false,
            ignore_existing: false,
            max_size: None,
            min_size: None,
            whole_file: false,
            in_place: false,
            append: Append::Never,
            partial: false,
            sparse: false,
            delete: Delete::Never,
            ignore_errors: false,
            force: false,
            max_delete: None,
            alternates: None,
            backup: None,
            tell_backups: false,
            remove_source_files: false,
            is_local: false,
            safe_links: false,
            tell_unsafe_links: false,
            chmod: None,
            one_file_system: OneFileSystem::No,
            itemize_unchanged: false,
            list_only: false,
            names: Names::Arguments,
            requested: None,
            filters: Arc::default(),
            rule_options: Options::default(),
            cvs_ignore: Vec::new(),
            protocol: Protocol::NEWEST,
            incremental_recursion: true,
            checksums: None,
            checksum_list: String::new(),
            compress_list: String::new(),
            compression: CompressionWish::Off,
            compress_level: None,
            skip_compress: SkipCompress::default(),
            checksum_seed: 0,
            block_length: None,
            timeout: None,
            rate: 0,
            umask: 0o022,
        }
    }
}

impl Settings {
    /// The settings of `-a`: everything of a tree but hard links, ACLs and extended attributes.
    pub fn archive() -> Settings {
        Settings {
            recurse: true,
            links: true,
            permissions: true,
            times: true,
            group: true,
            owner: true,
            devices: true,
            specials: true,
            ..Settings::default()
        }
    }

    /// These settings as they are in a session of `protocol`: with old ones, `--delete` alone deletes before everything else
    /// (`docs/spec/wire-4-older-protocols.md` §12).
    pub(crate) fn at(&self, protocol: Protocol) -> Cow<'_, Settings> {
        let says_no_time = matches!(self.rule_options.delete, options::Delete::Yes | options::Delete::No);
        if protocol.deletes_during_transfers() || self.delete != Delete::During || !says_no_time {
            return Cow::Borrowed(self);
        }
        Cow::Owned(Settings { delete: Delete::Before, ..self.clone() })
    }

    /// Whether this side, in this role, can have file lists in pieces (`docs/spec/wire-2-filelist.md` §3.1).
    pub fn may_recurse_incrementally(&self, receives: bool) -> bool {
        let needs_whole_list = matches!(self.delete, Delete::Before | Delete::After);
        self.recurse && self.incremental_recursion && !(receives && needs_whole_list)
    }

    /// Whether the content of a file may go around the connection, in one piece: nothing is asked of the bytes themselves.
    pub(crate) fn may_pass_files(&self) -> bool {
        self.compression == CompressionWish::Off
            && self.append == Append::Never
            && self.rate == 0
            && !self.sparse
    }

    /// Whether there are links for which something else is sent.
    pub(crate) fn may_follow(&self) -> bool {
        self.copy_links || self.copy_unsafe_links || self.copy_directory_links
    }

    /// The permissions of an entry after `--chmod`; symbolic links have none of their own.
    pub(crate) fn changed_mode(&self, mode: u32) -> u32 {
        let kind = FileKind::of(mode);
        match &self.chmod {
            Some(chmod) if !matches!(kind, Some(FileKind::Symlink | FileKind::Missing)) => {
                let is_directory = kind == Some(FileKind::Directory);
                mode & FileKind::TYPE_MASK | chmod.apply(mode, is_directory, self.umask) & 0o7777
            }
            _ => mode,
        }
    }

    /// Whether the receiving side wants the filter rules (`docs/spec/wire-1-session.md` §1.7).
    pub fn receiver_wants_filters(&self, protocol: Protocol) -> bool {
        self.delete.is_on() && (protocol.always_sends_filter_rules() || !self.rule_options.delete_excluded)
    }
}
