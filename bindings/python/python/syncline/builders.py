"""Signature, delta and patch in pieces of any size, for programs that move the bytes themselves.

The results are those of the one-shot calls, whatever the pieces. A builder is for one thread at a time; after ``finish``, or a failure, it
raises :class:`~syncline.errors.InvalidStateError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncline import _syncline
from syncline._syncline import Signature
from syncline.reports import DeltaReport, PatchReport

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from syncline.types import FormatName, LibrsyncMode, Path, Seekable, StrongLength

__all__ = ["DeltaBuilder", "Patcher", "SignatureBuilder"]


class SignatureBuilder:
    """Builds a signature of an old file that arrives in pieces.

    ``basis_length`` says how many bytes will come, where that is known: the lengths left open are chosen from it, as :func:`syncline.signature`
    chooses them from a file's size. The other arguments are those of :func:`syncline.signature`.
    """

    def __init__(
        self,
        *,
        format: FormatName = "native",
        block_length: int | None = None,
        strong_length: StrongLength | None = None,
        basis_length: int | None = None,
    ) -> None:
        self._native = _syncline.SignatureBuilder(format, block_length, strong_length, basis_length)

    def update(self, data: Buffer, /) -> None:
        """Takes the next bytes of the old file."""
        self._native.update(data)

    def finish(self) -> Signature:
        """Ends the old file. ``bytes()`` of the result is what to store or send."""
        return self._native.finish()


class DeltaBuilder:
    """Builds a delta to a new file that arrives in pieces. The arguments are those of :func:`syncline.delta`."""

    def __init__(
        self,
        signature: Signature,
        *,
        compression: int | None = 3,
        mode: LibrsyncMode = "exact",
        generation: int = 2,
        check: bool = False,
        workers: int = 1,
    ) -> None:
        self._native = _syncline.DeltaBuilder(signature, compression, mode, generation, check, workers)
        self._report: DeltaReport | None = None

    def update(self, data: Buffer, /) -> bytes:
        """Takes the next bytes of the new file, and returns what of the delta is certain with them."""
        return self._native.update(data)

    def finish(self) -> bytes:
        """Ends the new file, and returns the rest of the delta."""
        fields, rest = self._native.finish()
        self._report = DeltaReport(*fields)
        return rest

    @property
    def report(self) -> DeltaReport | None:
        """What the delta is made of; ``None`` until it is finished."""
        return self._report


class Patcher:
    """Applies a delta that arrives in pieces.

    ``basis`` is the old file: a path, its content, or a seekable file object. The new file may have at most ``limit`` bytes; set it for deltas from
    someone you do not trust, since a small delta may make a huge file, and what a piece makes is returned at once. Nothing that was
    returned is to be trusted before :meth:`finish` has agreed.
    """

    def __init__(self, basis: Path | Buffer | Seekable, *, limit: int | None = None) -> None:
        self._native = _syncline.Patcher(basis, limit)

    def update(self, data: Buffer, /) -> bytes:
        """Takes the next bytes of the delta, and returns what they make of the new file."""
        return self._native.update(data)

    def finish(self) -> PatchReport:
        """Ends the delta, and verifies the result if the delta says what it must be."""
        return PatchReport(*self._native.finish())
