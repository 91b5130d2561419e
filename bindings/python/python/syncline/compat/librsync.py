"""python-librsync's call forms, on Syncline's engine: change the import, keep the program.

    from syncline.compat import librsync

    signature = librsync.signature(open("old", "rb"))
    delta = librsync.delta(open("new", "rb"), signature)
    librsync.patch(open("old", "rb"), delta, open("result", "wb"))

Everything works on binary file objects. Where none is given for the result, it goes to a temporary file that stays in memory while it is small.
Results are returned rewound. Signatures are of the kind that every librsync reads (rollsum and MD4).
"""

from __future__ import annotations

from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Final, cast

import syncline
from syncline.errors import SynclineError

__all__ = ["RS_DEFAULT_BLOCK_LEN", "LibrsyncError", "delta", "patch", "signature"]

#: Bytes in a block of a signature, unless asked for otherwise.
RS_DEFAULT_BLOCK_LEN: Final = 2048
#: Up to so many bytes a result stays in memory.
_MAX_SPOOL: Final = 1 << 20


class LibrsyncError(Exception):
    """What Syncline could not do; ``code`` is the name of the kind, and ``__cause__`` the error with all its attributes."""

    def __init__(self, error: SynclineError) -> None:
        super().__init__(str(error))
        self.code: str = error.code


def signature(f: IO[bytes], s: IO[bytes] | None = None, block_size: int = RS_DEFAULT_BLOCK_LEN) -> IO[bytes]:
    """Writes the signature of ``f`` to ``s``, and returns ``s``."""
    return _written(
        s, lambda s: syncline.signature(f, format="rollsum-md4", block_length=block_size, output=s)
    )


def delta(f: IO[bytes], s: IO[bytes], d: IO[bytes] | None = None) -> IO[bytes]:
    """Writes the delta from the file with the signature ``s`` to ``f`` to ``d``, and returns ``d``."""
    return _written(d, lambda d: syncline.delta(s, f, output=d))


def patch(f: IO[bytes], d: IO[bytes], o: IO[bytes] | None = None) -> IO[bytes]:
    """Writes what the delta ``d`` makes of the old file ``f``, which must be seekable, to ``o``, and returns ``o``."""
    return _written(o, lambda o: syncline.patch(f, d, output=o))


def _written(result: IO[bytes] | None, write: Callable[[IO[bytes]], object]) -> IO[bytes]:
    target = cast(IO[bytes], SpooledTemporaryFile(max_size=_MAX_SPOOL)) if result is None else result
    try:
        write(target)
    except BaseException as error:
        if result is None:
            target.close()
        if isinstance(error, SynclineError):
            raise LibrsyncError(error) from error
        raise
    if target.seekable():
        target.seek(0)
    return target
