"""The calls of PyPI's ``sysrsync`` 1.1, without an rsync to call: change ``import sysrsync`` to ``from syncline.compat import sysrsync``.

What is run is rsync's command line in this process: what it prints goes to the same places, Ctrl-C stops it and leaves nothing behind, and the
error says what rsync said. Other than there, ``cwd`` counts for source and destination alone, not for paths within ``options``.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

from syncline import _syncline
from syncline.transfer import umask

__all__ = ["PrivateKeyError", "RemotesError", "RsyncError", "get_rsync_command", "run"]


class RsyncError(Exception):
    """rsync ended with an exit status other than 0."""

    #: The exit status.
    returncode: int = 1


class RemotesError(Exception):
    """Source and destination cannot both be on other hosts."""


class PrivateKeyError(Exception):
    """The private key does not exist."""


def run(
    cwd: str | None = None, strict: bool = True, verbose: bool = False, **kwargs: Any
) -> subprocess.CompletedProcess[Any]:
    """Runs the command that :func:`get_rsync_command` makes of ``kwargs``.

    :param cwd: the directory that relative paths of source and destination start from.
    :param strict: whether an exit status other than 0 raises :class:`RsyncError`.
    :param verbose: whether the command is printed first.
    """
    if cwd is not None:
        for side in ("source", "destination"):
            if kwargs.get(f"{side}_ssh") is None:
                kwargs[side] = os.path.join(os.path.abspath(cwd), kwargs[side])
    command = get_rsync_command(**kwargs)
    if verbose:
        print(shlex.join(command))
    sys.stdout.flush()
    status, said = _syncline.rsync(command[1:], umask())
    if strict and status != 0:
        error = RsyncError(f"rsync ended with exit status {status}: {os.fsdecode(said).strip()}")
        error.returncode = status
        raise error
    return subprocess.CompletedProcess(command, status)


def get_rsync_command(
    source: str,
    destination: str,
    source_ssh: str | None = None,
    destination_ssh: str | None = None,
    exclusions: Iterable[str] | None = None,
    sync_source_contents: bool = True,
    options: Iterable[str] | None = None,
    private_key: str | None = None,
    rsh_port: int | None = None,
    strict_host_key_checking: bool | None = None,
) -> list[str]:
    """rsync's command line.

    :param source: a file or folder; the slash at its end that says which of a folder and its contents is meant is added or left out.
    :param destination: where it goes.
    :param source_ssh: the host that the source is on; only one side can be elsewhere.
    :param destination_ssh: the host that the destination is on.
    :param exclusions: patterns as for ``--exclude``.
    :param sync_source_contents: whether a folder's contents are meant, and not the folder.
    :param options: rsync's options.
    :param private_key: the file with ssh's key.
    :param rsh_port: the port that ssh connects to.
    :param strict_host_key_checking: ssh's ``StrictHostKeyChecking``.
    :raises RemotesError: if both sides are on other hosts.
    :raises PrivateKeyError: if there is no such key.
    """
    if source_ssh is not None and destination_ssh is not None:
        raise RemotesError("source and destination cannot both be on other hosts")
    command = ["rsync", *(options or ())]
    shell = _remote_shell(private_key, rsh_port, strict_host_key_checking)
    if shell is not None:
        command.append(f"--rsh={shell}")
    is_file = source_ssh is None and os.path.isfile(source)
    source = source.rstrip("/")
    if not source or sync_source_contents and not is_file:
        source += "/"
    command += [_location(source, source_ssh), _location(destination.rstrip("/") or "/", destination_ssh)]
    for pattern in exclusions or ():
        command += ["--exclude", pattern]
    return command


def _remote_shell(key: str | None, port: int | None, checking: bool | None) -> str | None:
    words = []
    if key is not None:
        key = os.path.expanduser(key)
        if not os.path.exists(key):
            raise PrivateKeyError(f"there is no private key {key!r}")
        words += ["-i", key]
    if port is not None:
        words += ["-p", str(port)]
    if checking is not None:
        words += ["-o", f"StrictHostKeyChecking={'yes' if checking else 'no'}"]
    return " ".join(["ssh", *map(_quoted, words)]) if words else None


def _quoted(word: str) -> str:
    """A word as rsync reads it in ``--rsh``: quotes keep spaces, and a doubled one stands for itself."""
    return "'" + word.replace("'", "''") + "'" if any(letter in word for letter in " '\"") else word


def _location(path: str, host: str | None) -> str:
    return path if host is None else f"{host}:{path}"
