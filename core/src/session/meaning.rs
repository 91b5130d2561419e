//! What options mean to a session. In: [`Options`]. Out: [`Settings`], or the name of an option that sessions cannot do yet.

use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};
use crate::options::{self, CompressionRequest, Debug, Info, Options, Purpose, SkipCompress};
use crate::session::backup::Backup;
use crate::session::settings::{Append, CompressionWish, Delete, OneFileSystem, Settings};
use crate::wire::Protocol;
use crate::wire::negotiation::{Checksum, Compression};

/// Alternate directories that have a number (`docs/spec/wire-3-transfer.md` §7.6).
const MAX_ALTERNATES: usize = 20;

impl Settings {
    /// The settings that `options` ask for; `local` says that both ends are on this machine.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for options that are known and not built, by name.
    pub fn of(options: &Options, purpose: Purpose, local: bool) -> Result<Settings> {
        if options.backs_up() && options.updates_in_place() {
            let message = "--backup of files that are updated in place is not built yet";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        if options.alternates.len() > MAX_ALTERNATES {
            let message = format!("at most {MAX_ALTERNATES} alternate directories may be named");
            return Err(Error::new(ErrorKind::InvalidArgument, message));
        }
        let recurse = options.recurses();
        Ok(Settings {
            recurse,
            directories: options.transfers_dirs(purpose) && !recurse,
            relative: options.is_relative(),
            implied_directories: options.implied_dirs,
            copy_links: options.copy_links,
            copy_unsafe_links: options.copy_unsafe_links,
            copy_directory_links: options.copy_dirlinks,
            open_quietly: options.open_noatime || options.atimes > 1,
            links: options.links,
            owner: options.owner,
            group: options.group,
            devices: options.devices,
            specials: options.specials,
            hard_links: options.hard_links > 0,
            tells_changes: options.change_format().is_some(),
            tells_delta: options.debug_level(Debug::Deltasum) > 0 && !options.list_only,
            tells_unchanged: options.info_level(Info::Name) > 1 && !options.itemizes() && !options.list_only,
            tell_each_file: options.info_level(Info::Progress) > 0,
            access_times: options.atimes > 0,
            numeric_ids: options.numeric_ids,
            checksum: options.checksum,
            dry_run: options.dry_run,
            permissions: options.perms,
            executability: options.executability,
            times: options.times,
            omit_directory_times: options.omits_dir_times(),
            omit_link_times: options.omit_link_times,
            ignore_times: options.ignore_times,
            size_only: options.size_only,
            modify_window: options.modify_window.unwrap_or(0).into(),
            update: options.update,
            existing: options.existing,
            ignore_existing: options.ignore_existing,
            max_size: options.max_size,
            min_size: options.min_size,
            whole_file: options.copies_whole_files(local),
            in_place: options.updates_in_place(),
            sparse: options.sparse,
            partial: options.partial,
            safe_links: options.safe_links,
            tell_unsafe_links: options.info_level(Info::Symsafe) > 0,
            chmod: options.chmod.clone(),
            one_file_system: match options.one_file_system {
                0 => OneFileSystem::No,
                1 => OneFileSystem::Yes,
                _ => OneFileSystem::WithoutMountPoints,
            },
            append: match options.append {
                options::Append::No => Append::Never,
                options::Append::Trust => Append::Plain,
                options::Append::Verify => Append::Verify,
            },
            delete: match options.delete {
                options::Delete::No if !options.delete_excluded => Delete::Never,
                options::Delete::No | options::Delete::Yes | options::Delete::During => Delete::During,
                options::Delete::Before => Delete::Before,
                options::Delete::Delay => Delete::Delay,
                options::Delete::After => Delete::After,
            },
            ignore_errors: options.ignore_errors,
            force: options.force,
            backup: options.backs_up().then(|| Backup {
                directory: options.backup_dir.clone().filter(|directory| !directory.as_os_str().is_empty()),
                suffix: options.backup_suffix().as_bytes().to_vec(),
            }),
            alternates: options.alternate.map(|kind| (kind, options.alternates.clone())),
            tell_backups: options.info_level(Info::Backup) > 0,
            remove_source_files: options.remove_source == options::RemoveSource::Yes,
            missing_arguments: options.missing_arguments,
            is_local: local,
            max_delete: options.max_delete.map(|most| u64::try_from(most).unwrap_or(0)),
            itemize_unchanged: options.itemize_changes > 1 || options.info_level(Info::Name) > 1,
            list_only: options.lists(purpose),
            protocol: protocol(options.protocol)?,
            incremental_recursion: options.incremental_recursion != Some(false),
            checksums: checksums(options)?,
            compression: match options.compression() {
                CompressionRequest::None => CompressionWish::Off,
                CompressionRequest::Negotiated => CompressionWish::Negotiate,
                CompressionRequest::Zstd => CompressionWish::Choice(Compression::Zstd),
                CompressionRequest::Lz4 => CompressionWish::Choice(Compression::Lz4),
                CompressionRequest::Zlibx => CompressionWish::Choice(Compression::Zlibx),
                CompressionRequest::Zlib => CompressionWish::Choice(Compression::Zlib),
            },
            checksum_list: options.checksum_list.clone(),
            compress_list: options.compress_list.clone(),
            compress_level: options.compress_level,
            skip_compress: SkipCompress::parse(
                options.skip_compress.as_ref().map(|list| list.as_bytes()).unwrap_or_default(),
            ),
            checksum_seed: options.checksum_seed,
            block_length: options.block_size,
            timeout: (options.timeout > 0).then(|| Duration::from_secs(options.timeout.into())),
            rate: options.bwlimit,
            rule_options: options.clone(),
            ..Settings::default()
        })
    }
}

fn protocol(asked: Option<u32>) -> Result<Protocol> {
    let Some(number) = asked else { return Ok(Protocol::NEWEST) };
    u8::try_from(number).ok().and_then(Protocol::new).ok_or_else(|| {
        Error::new(
            ErrorKind::Unsupported,
            format!(
                "protocol {number} is not spoken here: {} to {} are",
                Protocol::OLDEST.number(),
                Protocol::NEWEST.number()
            ),
        )
    })
}

/// The checksums for blocks and for `--checksum`, if they were chosen (`docs/spec/wire-3-transfer.md` §4.1).
fn checksums(options: &Options) -> Result<Option<(Checksum, Checksum)>> {
    let Some(choice) = &options.checksum_choice else { return Ok(None) };
    let named = |name: Option<String>| match name {
        None => Ok(None),
        Some(name) => Checksum::from_name(&name)
            .map(Some)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("unknown checksum name: {name}"))),
    };
    let (transfer, list) = (named(choice.transfer())?, named(choice.preflight())?);
    if transfer.is_none() && list.is_none() {
        return Ok(None);
    }
    // `auto` beside another name is not negotiated.
    Ok(Some((transfer.unwrap_or(Checksum::Md5), list.unwrap_or(Checksum::Md5))))
}
