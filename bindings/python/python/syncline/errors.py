"""What goes wrong, one class for each kind of error.

The kinds and their names are those of every surface of Syncline. ``code`` is the name, ``path`` the file concerned; failures that Python has an
exception for are that exception too::

    try:
        syncline.patch("old", "delta", output="new")
    except FileNotFoundError as error: ...              # also a syncline.SynclineError
    except syncline.VerificationError as error: ...     # the wrong old file, or a damaged delta
    except syncline.FormatError as error: ...           # no delta at all

    try:
        syncline.sync("site/", "host:/srv/site", archive=True)
    except syncline.PartialTransferError as error:      # all but these files
        for failure in error.failures: print(failure.path, failure.operation, failure.errno)
    except syncline.TransferError as error: ...         # the other end, or the way to it
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncline.events import Failure
    from syncline.reports import Report

__all__ = [
    "AlreadyExistsError",
    "AuthenticationFailedError",
    "Cancelled",
    "ConnectFailedError",
    "ConnectTimeoutError",
    "ConnectionLostError",
    "CorruptError",
    "DamagedStreamError",
    "DeleteLimitError",
    "FileChangedError",
    "FileSelectionError",
    "FormatError",
    "InternalError",
    "InvalidArgumentError",
    "InvalidStateError",
    "IoError",
    "LimitExceededError",
    "NoSpaceError",
    "NotADeltaError",
    "NotAFileError",
    "NotASignatureError",
    "NotFoundError",
    "OutOfMemoryError",
    "PartialTransferError",
    "PeerFailedError",
    "PermissionDeniedError",
    "ProtocolError",
    "RefusedError",
    "SourceVanishedError",
    "SwappedArgumentsError",
    "SynclineError",
    "TimeoutError",
    "TransferError",
    "TruncatedError",
    "UnsupportedError",
    "UnsupportedVersionError",
    "VerificationError",
    "VerificationFailedError",
    "WrongBasisError",
]


class SynclineError(Exception):
    """Something that Syncline could not do."""

    #: The stable name of the kind, for example ``NOT_A_SIGNATURE``.
    code: str = "INTERNAL"
    #: The path it concerns, if it concerns one; bytes that are not UTF-8 are surrogate-escaped.
    path: str | None = None
    #: rsync's exit status for it: the other end's own, if it reported one.
    exit_status: int = 13
    #: What the other end of a transfer said, if it said anything.
    peer_message: str | None = None

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else self.code


class InvalidArgumentError(SynclineError, ValueError):
    """An argument is outside its documented bounds."""

    code = "INVALID_ARGUMENT"


class InvalidStateError(SynclineError, RuntimeError):
    """An object was used in a state that does not allow the call, for example after ``finish``."""

    code = "INVALID_STATE"


class InternalError(SynclineError, RuntimeError):
    """A defect in Syncline: please report it."""

    code = "INTERNAL"


class OutOfMemoryError(SynclineError, MemoryError):
    """Memory ran out."""

    code = "OUT_OF_MEMORY"


class Cancelled(SynclineError):
    """The caller asked to stop."""

    code = "CANCELLED"


class IoError(SynclineError, OSError):
    """The operating system refused an operation for a reason that has no kind of its own."""

    code = "IO"


class NotFoundError(SynclineError, FileNotFoundError):
    """A file or directory does not exist."""

    code = "NOT_FOUND"


class PermissionDeniedError(SynclineError, PermissionError):
    """The operating system refused access."""

    code = "PERMISSION_DENIED"


class AlreadyExistsError(SynclineError, FileExistsError):
    """The output exists and overwriting was not asked for."""

    code = "ALREADY_EXISTS"


class NoSpaceError(SynclineError, OSError):
    """The disk or the quota is full."""

    code = "NO_SPACE"


class NotAFileError(SynclineError, OSError):
    """A path names a directory, or something else that has no content to work on."""

    code = "NOT_A_FILE"


class FileChangedError(SynclineError, OSError):
    """A file changed while it was being read."""

    code = "FILE_CHANGED"


class FormatError(SynclineError, ValueError):
    """The input is not what its format says: the family of the classes below."""


class NotASignatureError(FormatError):
    """The input is no signature of any known format."""

    code = "NOT_A_SIGNATURE"


class NotADeltaError(FormatError):
    """The input is no delta of any known format."""

    code = "NOT_A_DELTA"


class SwappedArgumentsError(FormatError):
    """A delta was given where a signature belongs, or the other way round."""

    code = "SWAPPED_ARGUMENTS"


class UnsupportedVersionError(FormatError):
    """The input is of a later version of the format than this library reads."""

    code = "UNSUPPORTED_VERSION"


class TruncatedError(FormatError):
    """The input ends before its format says it does."""

    code = "TRUNCATED"


class CorruptError(FormatError):
    """The input breaks the rules of its format."""

    code = "CORRUPT"


class LimitExceededError(FormatError):
    """A length is over the limit that Syncline accepts or the caller set."""

    code = "LIMIT_EXCEEDED"


class VerificationError(SynclineError):
    """The files do not belong together: the family of the classes below."""


class WrongBasisError(VerificationError):
    """The old file is not the one that the delta was made from."""

    code = "WRONG_BASIS"


class VerificationFailedError(VerificationError):
    """The result of a patch is not what the delta promises."""

    code = "VERIFICATION_FAILED"


class TransferError(SynclineError):
    """A transfer could not be done, or not completely: the family of the classes below."""


class ProtocolError(TransferError):
    """The other end broke the protocol, or asked for what cannot be."""

    code = "PROTOCOL"


class DamagedStreamError(TransferError):
    """The frames or the compressed data from the other end are damaged."""

    code = "DAMAGED_STREAM"


class ConnectionLostError(TransferError, ConnectionError):
    """The connection ended before the transfer did, if it was ever made."""

    code = "CONNECTION_LOST"


class TimeoutError(TransferError, builtins.TimeoutError):
    """Nothing was read or written for as long as the timeout."""

    code = "TIMEOUT"


class UnsupportedError(TransferError):
    """The two ends have no way of doing what was asked, or one refuses to."""

    code = "UNSUPPORTED"


class PeerFailedError(TransferError):
    """The other end gave up; ``exit_status`` is the one it reported."""

    code = "PEER_FAILED"


class FileSelectionError(TransferError):
    """The sources or the destination are not what the request needs."""

    code = "FILE_SELECTION"


class ConnectFailedError(TransferError, ConnectionError):
    """The other end cannot be reached."""

    code = "CONNECT_FAILED"


class ConnectTimeoutError(TransferError, builtins.TimeoutError):
    """The other end did not answer a connection in time."""

    code = "CONNECT_TIMEOUT"


class AuthenticationFailedError(TransferError, PermissionError):
    """A daemon does not let this user in, or wants a password that was not given."""

    code = "AUTHENTICATION_FAILED"


class RefusedError(TransferError, PermissionError):
    """A daemon refused the request."""

    code = "REFUSED"


class PartialTransferError(TransferError):
    """The transfer went to its end, and left something out."""

    code = "PARTIAL_TRANSFER"
    #: What was left out.
    failures: list[Failure]
    #: What the transfer did.
    report: Report


class SourceVanishedError(PartialTransferError):
    """Some source files vanished before they could be transferred."""

    code = "SOURCE_VANISHED"


class DeleteLimitError(PartialTransferError):
    """The limit on deletions stopped some."""

    code = "DELETE_LIMIT"


_CLASSES: dict[str, type[SynclineError]] = {
    cls.code: cls
    for cls in list(globals().values())
    if isinstance(cls, type) and issubclass(cls, SynclineError) and "code" in cls.__dict__ and cls is not SynclineError
}


def from_native(
    code: str,
    message: str,
    path: str | None,
    errno: int | None,
    exit_status: int,
    peer_message: str | None,
) -> SynclineError:
    """The exception for an error of the native module."""
    error = _CLASSES.get(code, SynclineError)(message)
    error.code = code
    error.path = path
    error.exit_status = exit_status
    error.peer_message = peer_message
    if isinstance(error, OSError):
        error.errno = errno
        error.strerror = message
        error.filename = path
    return error
