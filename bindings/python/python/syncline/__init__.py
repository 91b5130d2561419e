"""rsync as a library: signature, delta, patch.

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
from syncline.errors import Cancelled, FormatError, SynclineError, VerificationError
from syncline.progress import Progress
from syncline.reports import DeltaInspection, DeltaReport, PatchReport, SignatureInspection, SignatureReport

__all__ = [
    "CancelToken",
    "Cancelled",
    "DeltaBuilder",
    "DeltaInspection",
    "DeltaReport",
    "FormatError",
    "PatchReport",
    "Patcher",
    "Progress",
    "Signature",
    "SignatureBuilder",
    "SignatureInspection",
    "SignatureReport",
    "SynclineError",
    "VerificationError",
    "__version__",
    "delta",
    "diff",
    "inspect",
    "patch",
    "signature",
]
