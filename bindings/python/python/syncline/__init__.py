"""rsync as a library.

*Transfers* make one tree of files like another, here or on another host, and *serve* is the other end of one:

    >>> import syncline
    >>> report = syncline.sync("site/", "user@host:/srv/site", archive=True, delete=True)
    >>> report.files_transferred
    12

The options are rsync's, and whatever runs rsync can be at the other end. See :func:`sync` and :mod:`syncline.aio`.

A *signature* describes an old file in little space. A *delta*, made from a signature and a new file, says how to make the new file of the old
one. A *patch* applies it:

    >>> import syncline
    >>> old, new = b"the old content", b"the new content"
    >>> delta = syncline.delta(syncline.signature(old), new)
    >>> syncline.patch(old, delta)
    b'the new content'

Wherever content is read, a ``str`` or ``os.PathLike`` names a file, something bytes-like is the content itself, and an object with ``read`` is
a stream. With ``output=`` (a path, or an object with ``write``) the result goes there and a report is returned; without it the result is
returned as ``bytes``. A file that is written appears whole and verified under its name, or not at all.

Work runs without the interpreter's lock. Everything that fails raises a :class:`SynclineError`; failures on paths are also
``FileNotFoundError``, ``PermissionError`` and their kin.
"""

from syncline._syncline import CancelToken, Signature, __version__
from syncline.builders import DeltaBuilder, Patcher, SignatureBuilder
from syncline.engine import delta, diff, inspect, patch, signature
from syncline.errors import (
    Cancelled,
    FormatError,
    PartialTransferError,
    SynclineError,
    TransferError,
    VerificationError,
)
from syncline.events import Change, Changed, Deleted, Entry, Event, Failed, Failure, Listed, Message
from syncline.options import Filter, Options
from syncline.progress import FileProgress, Progress, TransferProgress
from syncline.reports import (
    Counts,
    DeltaInspection,
    DeltaReport,
    PatchReport,
    Report,
    SignatureInspection,
    SignatureReport,
)
from syncline.transfer import Policy, Running, list, pull, push, serve, server_arguments, start, sync

__all__ = [
    "CancelToken",
    "Cancelled",
    "Change",
    "Changed",
    "Counts",
    "Deleted",
    "DeltaBuilder",
    "DeltaInspection",
    "DeltaReport",
    "Entry",
    "Event",
    "Failed",
    "Failure",
    "FileProgress",
    "Filter",
    "FormatError",
    "Listed",
    "Message",
    "Options",
    "PartialTransferError",
    "PatchReport",
    "Patcher",
    "Policy",
    "Progress",
    "Report",
    "Running",
    "Signature",
    "SignatureBuilder",
    "SignatureInspection",
    "SignatureReport",
    "SynclineError",
    "TransferError",
    "TransferProgress",
    "VerificationError",
    "__version__",
    "delta",
    "diff",
    "inspect",
    "list",
    "patch",
    "pull",
    "push",
    "serve",
    "server_arguments",
    "signature",
    "start",
    "sync",
]
