"""Signature, delta, diff, patch and inspect, each in one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, overload

from syncline import _syncline
from syncline._syncline import CancelToken, Signature
from syncline.progress import Progress, observer
from syncline.reports import DeltaInspection, DeltaReport, PatchReport, SignatureInspection, SignatureReport

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from syncline.types import DeltaFormatName, FormatName, Input, LibrsyncMode, Output, Path, Seekable, StrongLength

__all__ = ["delta", "diff", "inspect", "patch", "signature"]


@overload
def signature(
    basis: Input,
    *,
    format: FormatName = "native",
    block_length: int | None = None,
    strong_length: StrongLength | None = None,
    basis_length: int | None = None,
    workers: int = 1,
    output: None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes: ...
@overload
def signature(
    basis: Input,
    *,
    format: FormatName = "native",
    block_length: int | None = None,
    strong_length: StrongLength | None = None,
    basis_length: int | None = None,
    workers: int = 1,
    output: Output,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> SignatureReport: ...
def signature(
    basis: Input,
    *,
    format: FormatName = "native",
    block_length: int | None = None,
    strong_length: StrongLength | None = None,
    basis_length: int | None = None,
    workers: int = 1,
    output: Output | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes | SignatureReport:
    """The signature of the old file ``basis``.

    :param format: ``native``, or one that librsync reads: ``rdiff`` or one of its four kinds by name.
    :param block_length: bytes in a block (native: a power of two from 1 KiB to 16 MiB); chosen from the size by default.
    :param strong_length: bytes kept of each strong sum; ``"minimum"`` is what the size calls for, ``"max"`` all of them.
    :param basis_length: bytes that a stream will give, where that is known.
    :param workers: threads that hash; the result is the same for every number.
    :param output: a path or an object with ``write``, where the signature goes.
    :param overwrite: whether an existing file at that path may be replaced.
    :param progress: called now and then with a :class:`Progress`; what it raises stops the work and propagates.
    :param cancel: stops the work from another thread.
    :returns: the signature, or a report if it goes to ``output``.
    """
    report, result = _syncline.signature(
        basis,
        output,
        format,
        block_length,
        strong_length,
        basis_length,
        workers,
        overwrite,
        observer(progress),
        cancel,
    )
    return SignatureReport(*report) if result is None else result


@overload
def delta(
    signature: Signature | Input,
    new: Input,
    *,
    compression: int | None = 3,
    mode: LibrsyncMode = "exact",
    generation: int = 2,
    check: bool = False,
    workers: int = 1,
    output: None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes: ...
@overload
def delta(
    signature: Signature | Input,
    new: Input,
    *,
    compression: int | None = 3,
    mode: LibrsyncMode = "exact",
    generation: int = 2,
    check: bool = False,
    workers: int = 1,
    output: Output,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> DeltaReport: ...
def delta(
    signature: Signature | Input,
    new: Input,
    *,
    compression: int | None = 3,
    mode: LibrsyncMode = "exact",
    generation: int = 2,
    check: bool = False,
    workers: int = 1,
    output: Output | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes | DeltaReport:
    """The delta from the old file that ``signature`` describes to ``new``. Its format follows from the signature's.

    :param compression: level of zstd, 1 to 19, for what a native delta carries; ``None`` stores it as it is.
    :param mode: for librsync's format: the reference's choices byte for byte, or bounded work on any input.
    :param generation: for ``mode="exact"``: 1 for the literal sizes of librsync up to 2.3.2, 2 for later ones.
    :param check: whether a librsync delta carries a check of the result, which :func:`patch` verifies and rdiff ignores.

    The other arguments are those of :func:`signature`.

    :returns: the delta, or a report if it goes to ``output``.
    """
    report, result = _syncline.delta(
        signature,
        new,
        output,
        compression,
        mode,
        generation,
        check,
        workers,
        overwrite,
        observer(progress),
        cancel,
    )
    return DeltaReport(*report) if result is None else result


@overload
def diff(
    old: Input,
    new: Input,
    *,
    format: DeltaFormatName = "native",
    compression: int | None = 3,
    check: bool = False,
    workers: int = 1,
    output: None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes: ...
@overload
def diff(
    old: Input,
    new: Input,
    *,
    format: DeltaFormatName = "native",
    compression: int | None = 3,
    check: bool = False,
    workers: int = 1,
    output: Output,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> DeltaReport: ...
def diff(
    old: Input,
    new: Input,
    *,
    format: DeltaFormatName = "native",
    compression: int | None = 3,
    check: bool = False,
    workers: int = 1,
    output: Output | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes | DeltaReport:
    """The delta from ``old`` to ``new`` where both are at hand: smaller than one by way of a signature, since matches reach to the byte.

    Two files of together up to 2 GiB are compared in memory; larger ones, and a path against a stream, whose size is not
    known, by the blocks of a signature made on the fly. An old file that is a stream is read whole.

    The arguments are those of :func:`delta`.

    :returns: the delta, or a report if it goes to ``output``.
    """
    report, result = _syncline.diff(
        old, new, output, format, compression, check, workers, overwrite, observer(progress), cancel
    )
    return DeltaReport(*report) if result is None else result


@overload
def patch(
    basis: Path | Buffer | Seekable,
    delta: Input,
    *,
    limit: int | None = None,
    sparse: bool = False,
    output: None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes: ...
@overload
def patch(
    basis: Path | Buffer | Seekable,
    delta: Input,
    *,
    limit: int | None = None,
    sparse: bool = False,
    output: Output,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> PatchReport: ...
def patch(
    basis: Path | Buffer | Seekable,
    delta: Input,
    *,
    limit: int | None = None,
    sparse: bool = False,
    output: Output | None = None,
    overwrite: bool = False,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> bytes | PatchReport:
    """The new file that ``delta`` makes of ``basis``, verified where the delta says what it must be.

    ``basis`` is the old file: a path, its content, or a seekable file object; ``output`` may be the same path.

    :param limit: the most bytes that the new file may have; set it for deltas from someone you do not trust, since a small delta may make a huge file.
    :param sparse: whether long runs of zeros become holes in a file.

    The other arguments are those of :func:`signature`; progress counts bytes of the new file.

    :returns: the new file, or a report if it goes to ``output``.
    """
    report, result = _syncline.patch(
        basis, delta, output, limit, sparse, overwrite, observer(progress), cancel
    )
    return PatchReport(*report) if result is None else result


def inspect(
    data: Input,
    *,
    progress: Callable[[Progress], object] | None = None,
    cancel: CancelToken | None = None,
) -> SignatureInspection | DeltaInspection:
    """What a signature or delta file is. All of it is decoded, so that a file that passes is whole."""
    found = _syncline.inspect(data, observer(progress), cancel)
    if found[0] == "signature":
        return SignatureInspection(found[1], *found[2], *found[3])
    return DeltaInspection(found[1], *found[2], *found[3], *found[4])
