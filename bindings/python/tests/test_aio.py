"""Transfers under asyncio."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest
import syncline
from conftest import HERE, contents, own_threads
from syncline import aio


def test_transfers_are_awaited(tree: Path, tmp_path: Path) -> None:
    async def main() -> None:
        seen: list[syncline.Event] = []
        report = await aio.sync(f"{tree}/", tmp_path / "to", archive=True, on_event=seen.append)
        assert report.files_transferred > 3
        assert set(contents(tree)) <= {event.change.path for event in seen if isinstance(event, syncline.Changed)}
        assert "a" in [entry.path for entry in await aio.list(f"{tree}/", recursive=True)]
        await aio.push(f"{tree}/", f"host:{tmp_path}/there", archive=True, rsh=HERE)
        await aio.pull(f"host:{tmp_path}/there/", tmp_path / "back", archive=True, rsh=HERE)

    asyncio.run(main())
    for name in ("to", "there", "back"):
        assert contents(tmp_path / name) == contents(tree)


def test_a_cancelled_task_has_stopped_its_transfer(large: Path, tmp_path: Path) -> None:
    async def main() -> None:
        started = asyncio.Event()
        transfer = asyncio.create_task(
            aio.sync(f"{large}/", tmp_path / "to", archive=True, on_event=lambda _: started.set())
        )
        await started.wait()
        start = time.monotonic()
        transfer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await transfer
        assert time.monotonic() - start < 0.5
        assert own_threads() == []

    asyncio.run(main())
    assert not [name for name in os.listdir(tmp_path / "to") if name.startswith(".")]


def test_a_timeout_is_a_timeout(tmp_path: Path) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await aio.list("host:", rsh="sh -c 'exec sleep 60'")

    asyncio.run(main())


def test_events_are_iterated_over(tree: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with aio.start(f"{tree}/", tmp_path / "to", archive=True) as transfer:
            changed = [event.change.path async for event in transfer if isinstance(event, syncline.Changed)]
        assert set(contents(tree)) <= set(changed)
        assert (await transfer.result()).files_transferred > 3

    asyncio.run(main())


def test_an_iteration_that_is_left_stops_the_transfer(large: Path, tmp_path: Path) -> None:
    async def main() -> None:
        async with aio.start(f"{large}/", tmp_path / "to", archive=True) as transfer:
            async for _ in transfer:
                break
            # It waits for room, and is stopped nevertheless.
            await asyncio.sleep(0.3)
        with pytest.raises(asyncio.CancelledError):
            await transfer.result()

    asyncio.run(main())
    assert own_threads() == []


def test_what_an_observer_raises_stops_the_transfer(large: Path, tmp_path: Path) -> None:
    def stop(event: syncline.Event) -> None:
        raise KeyError(event)

    with pytest.raises(KeyError):
        asyncio.run(aio.sync(f"{large}/", tmp_path / "to", archive=True, on_event=stop))


def test_errors_are_those_of_the_plain_calls(tmp_path: Path) -> None:
    with pytest.raises(syncline.TransferError):
        asyncio.run(aio.sync(tmp_path / "missing", tmp_path / "to"))


def test_many_at_once(tree: Path, tmp_path: Path) -> None:
    async def main() -> None:
        names = [f"to-{number}" for number in range(8)]
        await asyncio.gather(*(aio.sync(f"{tree}/", tmp_path / name, archive=True) for name in names))
        assert all(contents(tmp_path / name) == contents(tree) for name in names)

    asyncio.run(main())
