"""Progress, cancel, Ctrl-C, and other threads."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import syncline
from conftest import Edit
from syncline.progress import rich_progress, tqdm_progress

Write = Callable[[str, bytes], Path]


def test_progress_ends_at_the_total(edit: Edit, file: Write) -> None:
    old, new = edit
    seen: list[syncline.Progress] = []

    def last(length: int) -> None:
        assert seen[-1] == (length, length, True)
        assert [step.bytes_done for step in seen] == sorted(step.bytes_done for step in seen)
        seen.clear()

    for basis in (old, file("old", old), io.BytesIO(old)):
        signature = syncline.signature(basis, progress=seen.append)
        assert seen[0].bytes_done == 0
        last(len(old))
        delta = syncline.delta(signature, new, progress=seen.append)
        last(len(new))
        syncline.diff(basis if not isinstance(basis, io.BytesIO) else old, new, progress=seen.append)
        last(len(new))
        syncline.patch(old, delta, progress=seen.append)
        last(len(new))
        syncline.inspect(delta, progress=seen.append)
        last(len(delta))


def test_what_progress_raises_stops_the_work(edit: Edit, tmp_path: Path) -> None:
    def stop(progress: syncline.Progress) -> None:
        raise KeyError(progress.bytes_done)

    old, new = edit
    delta = syncline.delta(syncline.signature(old), new)
    with pytest.raises(KeyError):
        syncline.signature(old, output=tmp_path / "signature", progress=stop)
    with pytest.raises(KeyError):
        syncline.patch(old, delta, output=tmp_path / "result", progress=stop)
    assert os.listdir(tmp_path) == []


def test_a_token_cancels_from_another_thread(tmp_path: Path) -> None:
    class Endless:
        def read(self, size: int, /) -> bytes:
            return bytes(size)

    token = syncline.CancelToken()
    timer = threading.Timer(0.2, token.cancel)
    timer.start()
    with pytest.raises(syncline.Cancelled) as caught:
        syncline.signature(Endless(), output=tmp_path / "signature", cancel=token)
    timer.join()
    assert caught.value.code == "CANCELLED" and token.is_cancelled
    assert os.listdir(tmp_path) == []


def test_other_threads_go_on_while_one_works() -> None:
    ticks: list[float] = []
    done = threading.Event()

    def count() -> None:
        while not done.wait(0.001):
            ticks.append(time.monotonic())

    signature = syncline.signature(b"")
    counting = threading.Thread(target=count)
    counting.start()
    # The hardest compression keeps one call busy for long; a call that kept the lock would let the other thread run only before and after it.
    start = end = 0.0
    length = 1 << 20
    while end - start < 0.2:
        new = os.urandom(length)
        start = time.monotonic()
        syncline.delta(signature, new, compression=19)
        end = time.monotonic()
        length *= 2
    done.set()
    counting.join()
    quarter = (end - start) / 4
    assert len([tick for tick in ticks if start + quarter < tick < end - quarter]) >= 5


def test_a_builder_in_use_is_refused_to_other_threads(edit: Edit) -> None:
    old, new = edit
    inside, go_on = threading.Event(), threading.Event()

    class Waiting(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            inside.set()
            go_on.wait(10)
            return super().read(size)

    delta = syncline.delta(syncline.signature(old), new)
    patcher = syncline.Patcher(Waiting(old))
    worker = threading.Thread(target=patcher.update, args=(delta,))
    worker.start()
    assert inside.wait(10)
    with pytest.raises(RuntimeError):
        patcher.update(b"")
    go_on.set()
    worker.join()
    assert patcher.finish().verified


INTERRUPTED = """
import os, sys, syncline

class Endless:
    def read(self, size, /):
        return bytes(size)

source = Endless() if sys.argv[1] == "stream" else "/dev/zero"
try:
    print("ready", flush=True)
    syncline.signature(source, output=sys.argv[2])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("source", ["stream", "path"])
def test_ctrl_c_stops_the_work(source: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, source, str(tmp_path / "signature")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=20)[0] == "interrupted\n"
        assert child.returncode == 0
    assert os.listdir(tmp_path) == []


def test_tqdm_shows_the_bytes(edit: Edit) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    old, _ = edit
    shown = io.StringIO()
    with tqdm_progress(file=shown, desc="signature", mininterval=0) as progress:
        syncline.signature(old, progress=progress)
    assert "signature" in shown.getvalue() and "100%" in shown.getvalue()


def test_rich_shows_the_bytes(edit: Edit) -> None:
    console = pytest.importorskip("rich.console", reason="rich is not installed")
    old, _ = edit
    shown = io.StringIO()
    terminal = console.Console(file=shown, force_terminal=True, width=120)
    with rich_progress("signature", console=terminal) as progress:
        syncline.signature(old, progress=progress)
    assert "signature" in shown.getvalue() and "195.3/195.3 KiB" in shown.getvalue()
