"""Progress of work, and two ready ways to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

__all__ = ["Progress", "rich_progress", "tqdm_progress"]


class Progress(NamedTuple):
    """How far a piece of work has come, in absolute bytes of its input (of the new file, when patching).

    Of a transfer: bytes of the files in the lists so far, and of those that are dealt with, whether they were sent or are up to date.
    """

    #: Bytes worked through so far.
    bytes_done: int
    #: Bytes in all, as far as is known.
    bytes_total: int
    #: Whether ``bytes_total`` can still grow.
    total_is_final: bool


@contextmanager
def tqdm_progress(**options: Any) -> Iterator[Callable[[Progress], None]]:
    """A ``progress=`` callable that draws a tqdm bar. ``options`` go to ``tqdm``; the package ``tqdm`` must be installed.

        with tqdm_progress(desc="signature") as progress:
            syncline.signature("disk.img", output="disk.sig", progress=progress)
    """
    from tqdm.auto import tqdm

    settings = {"unit": "B", "unit_scale": True, "unit_divisor": 1024, **options}
    with tqdm(**settings) as bar:

        def show(progress: Progress) -> None:
            if progress.total_is_final:
                bar.total = progress.bytes_total
            bar.update(progress.bytes_done - bar.n)

        yield show


@contextmanager
def rich_progress(description: str = "transfer", **options: Any) -> Iterator[Callable[[Progress], None]]:
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

        def show(progress: Progress) -> None:
            total = progress.bytes_total if progress.total_is_final else None
            shown.update(task, completed=progress.bytes_done, total=total)

        yield show


def observer(progress: Callable[[Progress], object] | None) -> Callable[[int, int, bool], object] | None:
    """``progress`` as the native module calls it."""
    if progress is None:
        return None
    return lambda done, total, is_final: progress(Progress(done, total, is_final))
