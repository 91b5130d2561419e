"""The types of arguments, for annotations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, Union

if TYPE_CHECKING:
    # At run time the standard library has it from Python 3.12 on.
    from typing_extensions import Buffer

__all__ = [
    "DeltaFormatName",
    "FormatName",
    "Input",
    "LibrsyncMode",
    "Output",
    "Path",
    "Readable",
    "Seekable",
    "StrongLength",
    "Writable",
]


class Readable(Protocol):
    """A stream that is read: binary and blocking."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""


class Seekable(Readable, Protocol):
    """A file object that can be read at any offset."""

    def seek(self, offset: int, whence: int = 0, /) -> object:
        """Goes to ``offset``."""

    def tell(self) -> int:
        """The current offset."""


class Writable(Protocol):
    """A stream that is written: binary and blocking."""

    def write(self, data: bytes, /) -> object:
        """Takes ``data``, or as much of it as the returned number says."""


Path: TypeAlias = Union[str, "os.PathLike[str]"]
#: What is read: a path, content, or a stream.
Input: TypeAlias = Union[str, "os.PathLike[str]", "Buffer", Readable]
#: Where a result goes.
Output: TypeAlias = Union[str, "os.PathLike[str]", Writable]

#: A signature's format. ``rdiff`` and ``librsync`` stand for rdiff's default, ``rabinkarp-blake2``.
FormatName: TypeAlias = Literal[
    "native", "rollsum-md4", "rollsum-blake2", "rabinkarp-md4", "rabinkarp-blake2", "rdiff", "librsync"
]
DeltaFormatName: TypeAlias = Literal["native", "librsync", "rdiff"]
#: Bytes kept of each strong sum: what the size calls for, all, or so many.
StrongLength: TypeAlias = Union[Literal["minimum", "max"], int]
#: ``exact`` makes the reference's choices byte for byte; ``compact`` bounds the work on any input, and is parallel.
LibrsyncMode: TypeAlias = Literal["exact", "compact"]
