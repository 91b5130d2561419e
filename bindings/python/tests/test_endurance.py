"""Nothing is left behind: after cancelling at any moment, after many transfers, after many at once."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import syncline
from conftest import HERE, contents
from syncline import aio


def is_as(before: tuple[int, int, set[str]]) -> bool:
    """Whether there is :func:`everything` that was there before; a thread that was waited for may need a moment to be gone."""
    end = time.monotonic() + 1
    while everything() != before and time.monotonic() < end:
        time.sleep(0.001)
    return everything() == before


def everything() -> tuple[int, int, set[str]]:
    """Threads, descriptors and children of this process."""
    tasks = os.listdir("/proc/self/task")
    found: set[str] = set()
    for task in tasks:
        try:
            found.update(Path(f"/proc/self/task/{task}/children").read_text().split())
        except OSError:
            continue  # it has ended
    return len(tasks), len(os.listdir("/proc/self/fd")), found


def memory() -> int:
    """Bytes this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def temporary(root: Path) -> list[Path]:
    """Files that rsync and Syncline name so while they are written: ``.name.XXXXXX``."""
    return [path for path in root.rglob(".*") if path.is_file()]


@pytest.mark.parametrize(("source", "there"), [("{}/", False), ("host:{}/", False), ("{}/", True)])
def test_cancelling_at_any_moment_leaves_nothing(
    source: str, there: bool, large: Path, tmp_path: Path
) -> None:
    to = tmp_path / "to"
    place = f"host:{to}" if there else to
    before = everything()
    for _ in range(12):
        cancel = syncline.CancelToken()
        timer = threading.Timer(random.random() * 0.4, cancel.cancel)
        timer.start()
        try:
            syncline.sync(source.format(large), place, archive=True, rsh=HERE, ignore_times=True, cancel=cancel)
        except syncline.Cancelled:
            pass
        timer.cancel()
        timer.join()
        assert is_as(before), (before, everything())
        if not there:
            assert temporary(to) == []


INTERRUPTED = """
import sys, threading, time, syncline
from syncline import aio
import asyncio

def announce(event):
    if isinstance(event, syncline.Changed) and event.change.path == "huge":
        print("ready", flush=True)

how, source, destination = sys.argv[1:]
try:
    if how == "plain":
        syncline.sync(source, destination, archive=True, bwlimit=1000, on_event=announce, rsh=HERE)
    elif how == "silent":
        threading.Timer(0.3, lambda: print("ready", flush=True)).start()
        syncline.list("host:", rsh="sh -c 'exec sleep 60'")
    elif how == "events":
        with syncline.start(source, destination, archive=True, bwlimit=1000, rsh=HERE) as transfer:
            for event in transfer:
                announce(event)
    else:
        asyncio.run(aio.sync(source, destination, archive=True, bwlimit=1000, on_event=announce, rsh=HERE))
except KeyboardInterrupt:
    print("interrupted", time.monotonic(), threading.active_count(), flush=True)
"""


@pytest.mark.parametrize("how", ["plain", "silent", "events", "asyncio"])
def test_ctrl_c_stops_a_transfer_at_once(how: str, tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    with open(tmp_path / "from" / "huge", "wb") as huge:
        huge.truncate(1 << 30)
    words = [how, f"host:{tmp_path}/from/", str(tmp_path / "to")]
    script = f"HERE = {HERE!r}\n{INTERRUPTED}"
    took = []
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None and child.stdout.readline() == "ready\n"
            time.sleep(random.random() * 0.2)
            start = time.monotonic()
            child.send_signal(signal.SIGINT)
            said = child.communicate(timeout=20)[0].split()
            assert said[0] == "interrupted" and child.returncode == 0
            took.append(float(said[1]) - start)
        assert temporary(tmp_path) == []
    # One of them may have met a busy machine.
    assert sorted(took)[-2] < 0.1, took


LEFT_RUNNING = """
import sys, syncline
transfer = syncline.start(sys.argv[1], sys.argv[2], archive=True)
for event in transfer:
    if isinstance(event, syncline.Changed) and event.change.path == "huge":
        break
"""


def test_a_program_that_ends_ends_its_transfers(large: Path, tmp_path: Path) -> None:
    words = [f"{large}/", str(tmp_path / "to")]
    subprocess.run([sys.executable, "-c", LEFT_RUNNING, *words], check=True, timeout=20)
    assert temporary(tmp_path) == []


def settled(work: Callable[[], object], rounds: int) -> tuple[int, int]:
    """By how many descriptors and bytes the process is larger after ``rounds`` rounds, those at the start not counted."""
    for _ in range(20):
        work()
    gc.collect()
    descriptors, bytes = everything()[1], memory()
    for _ in range(rounds):
        work()
    gc.collect()
    return everything()[1] - descriptors, memory() - bytes


def test_two_hundred_transfers_leak_nothing(tree: Path, tmp_path: Path) -> None:
    counter = iter(range(1000))

    def work() -> None:
        place = f"host:{tmp_path}/to" if next(counter) % 4 == 0 else str(tmp_path / "to")
        syncline.sync(
            f"{tree}/",
            place,
            archive=True,
            ignore_times=True,
            dry_run=next(counter) % 3 == 0,
            rsh=HERE,
            on_event=lambda _: None,
        )

    descriptors, grown = settled(work, 200)
    assert descriptors == 0 and grown < 2 << 20, (descriptors, grown)


def test_failures_leak_nothing(tree: Path, tmp_path: Path) -> None:
    def fail(event: syncline.Event) -> None:
        raise KeyError

    def work() -> None:
        with pytest.raises(syncline.SynclineError):
            syncline.sync(tmp_path / "missing", tmp_path / "to")
        with pytest.raises(syncline.SynclineError):
            syncline.push(tree, "host:/", rsh="no-such-shell")
        with pytest.raises(KeyError):
            syncline.sync(f"{tree}/", tmp_path / "to", archive=True, ignore_times=True, on_event=fail)

    descriptors, grown = settled(work, 60)
    assert descriptors == 0 and grown < 2 << 20, (descriptors, grown)


def test_eight_at_once_in_threads(tree: Path, tmp_path: Path) -> None:
    before = everything()

    def work(number: int) -> None:
        for source in (f"{tree}/", f"host:{tree}/"):
            to = tmp_path / f"to-{number}"
            report = syncline.sync(source, to, archive=True, ignore_times=True, rsh=HERE)
            assert report.files_transferred > 3 and contents(to) == contents(tree)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert is_as(before), (before, everything())


def test_tasks_that_are_cancelled_leave_nothing(large: Path, tmp_path: Path) -> None:
    async def main() -> None:
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(aio.sync(f"host:{large}/", tmp_path / f"to-{number}", archive=True, rsh=HERE))
            for number in range(4)
        ]
        for task in tasks:
            await asyncio.sleep(random.random() * 0.1)
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert any(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)

    before = everything()
    asyncio.run(main())
    assert is_as(before), (before, everything())
    assert temporary(tmp_path) == []
