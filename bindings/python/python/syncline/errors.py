"""What goes wrong, one class for each kind of error.

The kinds and their names are those of every surface of Syncline. ``code`` is the name, ``path`` the file concerned; failures that Python has an
exception for are that exception too::

    try:
        syncline.patch("old", "delta", output="new")
    except FileNotFoundError as error: ...              # also a syncline.SynclineError
    except syncline.VerificationError as error: ...     # the wrong old file, or a damaged delta
    except syncline.FormatError as error: ...           # no delta at all
"""

from __future__ import annotations

__all__ = [
    "AlreadyExistsError",
    "Cancelled",
    "CorruptError",
    "FileChangedError",
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
    "PermissionDeniedError",
    "SwappedArgumentsError",
    "SynclineError",
    "TruncatedError",
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


_CLASSES: dict[str, type[SynclineError]] = {
    cls.code: cls
    for cls in list(globals().values())
    if isinstance(cls, type) and issubclass(cls, SynclineError) and "code" in cls.__dict__ and cls is not SynclineError
}


def from_native(code: str, message: str, path: str | None, errno: int | None) -> SynclineError:
    """The exception for an error of the native module."""
    error = _CLASSES.get(code, SynclineError)(message)
    error.code = code
    error.path = path
    if isinstance(error, OSError):
        error.errno = errno
        error.strerror = message
        error.filename = path
    return error
