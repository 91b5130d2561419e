"""rsync's options as keyword arguments. In: names and values. Out: what the native module sets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, TypedDict, Union

from syncline import _syncline

__all__ = ["Filter", "Options"]

#: A path here.
Path: TypeAlias = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

#: A filter rule in rsync's syntax (``"- *.o"``, ``"+ */"``, ``". file"``), or one of the options that make rules, and its value.
Filter: TypeAlias = Union[
    str, bytes, tuple[Literal["filter", "exclude", "include", "exclude-from", "include-from"], Path]
]


class Options(TypedDict, total=False):
    """rsync's options, by their long names with ``_`` for ``-``. See rsync(1) for all they do.

    Flags are turned off by ``False``, as by ``--no-NAME``; ``None`` is the same as not given. Sizes are numbers of bytes, or texts with a unit.
    An option that is given more than once on a command line takes a number (``hard_links=2``) or a sequence. The order of the arguments does
    not matter: they count in the order of the table, which is this one, so that ``archive=True, owner=False`` leaves owners alone.
    """

    # Generated from the table of options.
    #: Increase verbosity.
    verbose: int | None
    #: ``FLAGS``: Fine-grained informational verbosity.
    info: str | bytes | Sequence[str | bytes] | None
    #: Skip based on checksum, not mod-time & size.
    checksum: bool | None
    #: Archive mode is -rlptgoD (no -A,-X,-U,-N,-H).
    archive: bool | None
    #: Recurse into directories.
    recursive: bool | None
    #: Enable incremental recursion.
    inc_recursive: bool | None
    #: Use relative path names.
    relative: bool | None
    #: Don't send implied directories with --relative.
    implied_dirs: bool | None
    #: Make backups (see --suffix & --backup-dir).
    backup: bool | None
    #: ``DIR``: Make backups into hierarchy based in DIR.
    backup_dir: Path | None
    #: ``SUFFIX``: Backup suffix (default ~ w/o --backup-dir).
    suffix: str | bytes | None
    #: Skip files that are newer on the receiver.
    update: bool | None
    #: Update destination files in-place.
    inplace: bool | None
    #: Transfer directories without recursing.
    dirs: bool | None
    #: Works like --dirs when talking to old rsync.
    old_dirs: bool | None
    #: Copy symlinks as symlinks.
    links: bool | None
    #: Transform symlink into referent file/directory.
    copy_links: bool | None
    #: Only "unsafe" symlinks are transformed.
    copy_unsafe_links: bool | None
    #: Ignore symlinks that point outside the tree.
    safe_links: bool | None
    #: Transform symlink to directory into referent directory.
    copy_dirlinks: bool | None
    #: Preserve hard links.
    hard_links: int | None
    #: Preserve permissions.
    perms: bool | None
    #: Preserve executability.
    executability: bool | None
    #: ``CHMOD``: Affect file and/or directory permissions.
    chmod: str | bytes | Sequence[str | bytes] | None
    #: Preserve owner (super-user only).
    owner: bool | None
    #: Preserve group.
    group: bool | None
    #: Preserve device files (super-user only).
    devices: bool | None
    #: Preserve special files.
    specials: bool | None
    #: Preserve modification times.
    times: bool | None
    #: Preserve access (use) times.
    atimes: int | None
    #: Avoid changing the atime on opened files.
    open_noatime: bool | None
    #: Omit directories from --times.
    omit_dir_times: bool | None
    #: Omit symlinks from --times.
    omit_link_times: bool | None
    #: Turn sequences of nulls into sparse blocks.
    sparse: bool | None
    #: Perform a trial run with no changes made.
    dry_run: bool | None
    #: Copy files whole (w/o delta-xfer algorithm).
    whole_file: bool | None
    #: ``STR``: Choose the checksum algorithm (aka --cc).
    checksum_choice: str | bytes | None
    #: Don't cross filesystem boundaries.
    one_file_system: int | None
    #: ``SIZE``: Force a fixed checksum block-size.
    block_size: int | str | None
    #: ``COMMAND``: Specify the remote shell to use.
    rsh: str | bytes | None
    #: ``PROGRAM``: Specify the rsync to run on remote machine.
    rsync_path: str | bytes | None
    #: Skip creating new files on receiver.
    existing: bool | None
    #: Skip updating files that exist on receiver.
    ignore_existing: bool | None
    #: Sender removes synchronized files (non-directory).
    remove_source_files: bool | None
    #: Delete extraneous files from dest directories.
    delete: bool | None
    #: Receiver deletes before xfer, not during.
    delete_before: bool | None
    #: Receiver deletes during the transfer.
    delete_during: bool | None
    #: Find deletions during, delete after.
    delete_delay: bool | None
    #: Receiver deletes after transfer, not during.
    delete_after: bool | None
    #: Also delete excluded files from dest directories.
    delete_excluded: bool | None
    #: Ignore missing source arguments without error.
    ignore_missing_args: bool | None
    #: Delete missing source arguments from destination.
    delete_missing_args: bool | None
    #: Delete even if there are I/O errors.
    ignore_errors: bool | None
    #: Force deletion of directories even if not empty.
    force: bool | None
    #: ``NUM``: Don't delete more than NUM files.
    max_delete: int | None
    #: ``SIZE``: Don't transfer any file larger than SIZE.
    max_size: int | str | None
    #: ``SIZE``: Don't transfer any file smaller than SIZE.
    min_size: int | str | None
    #: Keep partially transferred files.
    partial: bool | None
    #: Don't map uid/gid values by user/group name.
    numeric_ids: bool | None
    #: ``SECONDS``: Set I/O timeout in seconds.
    timeout: int | None
    #: ``SECONDS``: Set daemon connection timeout in seconds.
    contimeout: int | None
    #: Don't skip files that match size and time.
    ignore_times: bool | None
    #: Skip files that match in size.
    size_only: bool | None
    #: ``NUM``: Set the accuracy for mod-time comparisons.
    modify_window: int | None
    #: ``DIR``: Also compare destination files relative to DIR.
    compare_dest: Path | Sequence[Path] | None
    #: ``DIR``: ... and include copies of unchanged files.
    copy_dest: Path | Sequence[Path] | None
    #: ``DIR``: Hardlink to files in DIR when unchanged.
    link_dest: Path | Sequence[Path] | None
    #: Compress file data during the transfer.
    compress: int | None
    #: The old name of --compress-choice=zlib.
    old_compress: bool | None
    #: The old name of --compress-choice=zlibx.
    new_compress: bool | None
    #: ``STR``: Choose the compression algorithm (aka --zc).
    compress_choice: str | bytes | None
    #: ``NUM``: Explicitly set compression level (aka --zl).
    compress_level: int | None
    #: ``LIST``: Skip compressing files with suffix in LIST.
    skip_compress: str | bytes | None
    #: Auto-ignore files in the same way CVS does.
    cvs_exclude: bool | None
    #: ``FILE``: Read list of source-file names from FILE.
    files_from: Path | None
    #: All *-from/filter files are delimited by 0s.
    from0: bool | None
    #: Disable the modern argument-protection idiom.
    old_args: int | None
    #: Use the protocol to safely send the arguments.
    secluded_args: bool | None
    #: Trust the remote sender's file list.
    trust_sender: bool | None
    #: ``ADDRESS``: Bind address for outgoing socket to daemon.
    address: str | bytes | None
    #: ``PORT``: Specify double-colon alternate port number.
    port: int | None
    #: ``OPTIONS``: Specify custom TCP options.
    sockopts: str | bytes | None
    #: Output a change-summary for all updates.
    itemize_changes: int | None
    #: ``OPT``: Send OPTION to the remote side only.
    remote_option: str | bytes | Sequence[str | bytes] | None
    #: ``FILE``: Read daemon-access password from FILE.
    password_file: Path | None
    #: ``FILE``: Use FILE for daemon's early exec input.
    early_input: Path | None
    #: List the files instead of copying them.
    list_only: bool | None
    #: ``RATE``: Limit socket I/O bandwidth.
    bwlimit: int | str | None
    #: ``NUM``: Force an older protocol version to be used.
    protocol: int | None
    #: ``NUM``: Set block/file checksum seed (advanced).
    checksum_seed: int | None
    #: Prefer IPv4.
    ipv4: bool | None
    #: Prefer IPv6.
    ipv6: bool | None

# End of what is generated.


def settings(options: Options, filters: Iterable[Filter]) -> list[tuple[str, str | None]]:
    """Options and filter rules as the native module sets them: names in the order of the table, then the rules in theirs."""
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    found: list[tuple[str, str | None]] = []
    for name, kind, _, is_negatable, _ in _syncline.OPTIONS:
        value = given.pop(name.replace("-", "_"), None) if kind != "filter" else None
        if value is None:
            continue
        if kind in ("flag", "count"):
            if not isinstance(value, int) or not 0 <= value <= 9:
                raise TypeError(f"{name.replace('-', '_')} takes true, false or a small number, not {value!r}")
            found += [(name, None)] * int(value)
            if value == 0 and is_negatable:
                found.append((f"no-{name}", None))
        elif kind in ("texts", "paths") and not isinstance(value, (str, bytes, os.PathLike)):
            found += [(name, _text(name, one)) for one in value]
        else:
            found.append((name, _text(name, value)))
    if given:
        unknown = ", ".join(given)
        raise TypeError(f"no such option: {unknown} (see syncline.Options; rules go into filters=[…])")
    for rule in filters:
        name, value = rule if isinstance(rule, tuple) else ("filter", rule)
        found.append((name, _text(name, value)))
    return found


def _text(name: str, value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, (str, bytes, os.PathLike)):
        return os.fsdecode(value)
    raise TypeError(f"{name} takes a text, a path or a number, not {value!r}")
