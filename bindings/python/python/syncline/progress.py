"""Progress of work, and two ready ways to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from syncline._syncline import _ProgressFields

__all__ = ["FileProgress", "Progress", "TransferProgress", "rich_progress", "tqdm_progress"]


class Progress(NamedTuple):
    """How far a piece of work has come, in absolute bytes of its input (of the new file, when patching)."""

    #: Bytes worked through so far.
    bytes_done: int
    #: Bytes in all, as far as is known.
    bytes_total: int
    #: Whether ``bytes_total`` grows no more.
    total_is_final: bool


class FileProgress(NamedTuple):
    """How far the content of one file has come."""

    #: Its path, relative to the root of the transfer.
    path: str
    #: How many entries of the file lists there are up to this one: 1 for the first.
    position: int
    #: Bytes of its content that are done with.
    bytes_done: int
    #: Bytes of its content in all.
    bytes_total: int
    #: Whether all of its content has been transferred.
    is_complete: bool


class TransferProgress(NamedTuple):
    """How far a transfer has come, in absolute numbers that never run backwards but for ``file``."""

    #: Bytes of the files and links that are done with: transferred, or looked at and left as they are.
    bytes_done: int
    #: Bytes in all, as far as is known.
    bytes_total: int
    #: Whether ``bytes_total`` and ``files_total`` grow no more.
    total_is_final: bool
    #: Entries of the file lists, of every kind, that are done with.
    files_done: int
    #: Entries of the file lists, as far as is known.
    files_total: int
    #: Regular files whose content has been transferred.
    files_transferred: int
    #: Bytes of those files, and of the current one as far as it has come.
    transferred_bytes: int
    #: The file whose content is being transferred, if there is one.
    file: FileProgress | None


@contextmanager
def tqdm_progress(**options: Any) -> Iterator[Callable[[Progress | TransferProgress], None]]:
    """A ``progress=`` callable that draws a tqdm bar. ``options`` go to ``tqdm``; the package ``tqdm`` must be installed.

        with tqdm_progress(desc="signature") as progress:
            syncline.signature("disk.img", output="disk.sig", progress=progress)
    """
    from tqdm.auto import tqdm

    settings = {"unit": "B", "unit_scale": True, "unit_divisor": 1024, **options}
    with tqdm(**settings) as bar:

        def show(progress: Progress | TransferProgress) -> None:
            if progress.total_is_final:
                bar.total = progress.bytes_total
            bar.update(progress.bytes_done - bar.n)

        yield show


@contextmanager
def rich_progress(
    description: str = "transfer", **options: Any
) -> Iterator[Callable[[Progress | TransferProgress], None]]:
    """The same drawn by rich. ``options`` go to ``rich.progress.Progress``; the package ``rich`` must be installed.

        with rich_progress("mirror") as progress:
            syncline.sync("site/", "host:/srv/site", archive=True, progress=progress)
    """
    from rich import progress as rich

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(binary_units=True),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, **options) as shown:
        task = shown.add_task(description, total=None)

        def show(progress: Progress | TransferProgress) -> None:
            total = progress.bytes_total if progress.total_is_final else None
            shown.update(task, completed=progress.bytes_done, total=total)

        yield show


def observer(progress: Callable[[Progress], object] | None) -> Callable[[int, int, bool], object] | None:
    """``progress`` as the native module calls it."""
    if progress is None:
        return None
    return lambda done, total, is_final: progress(Progress(done, total, is_final))


def transfer_progress(fields: _ProgressFields) -> TransferProgress:
    """Progress of a transfer as the native module gives it."""
    file = fields[7]
    return TransferProgress(*fields[:7], None if file is None else FileProgress(*file))


def transfer_observer(
    progress: Callable[[TransferProgress], object] | None,
) -> Callable[[_ProgressFields], object] | None:
    """``progress`` as the native module calls it."""
    if progress is None:
        return None
    return lambda fields: progress(transfer_progress(fields))
