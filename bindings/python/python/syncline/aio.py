"""Transfers under asyncio.

The calls are those of :mod:`syncline`, to be awaited. Each transfer runs on a thread of its own; callables are called by the event loop, and a
task that is cancelled stops its transfer and has it gone before the ``CancelledError`` goes on::

    async with asyncio.timeout(60):
        await syncline.aio.sync("site/", "user@host:/srv/site", archive=True)

A stream may also be what asyncio has: a pair of ``StreamReader`` and ``StreamWriter``.
"""

from __future__ import annotations

import asyncio
import builtins
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Union

from syncline import streams, transfer
from syncline._syncline import CancelToken

if TYPE_CHECKING:
    from typing import Unpack

    from syncline.events import Entry, Event
    from syncline.options import Filter, Options
    from syncline.progress import TransferProgress
    from syncline.reports import Report
    from syncline.transfer import Location, Locations, Policy

__all__ = ["Running", "Stream", "list", "pull", "push", "serve", "start", "sync"]

#: The stream of a session, as for :mod:`syncline`, or what asyncio has.
Stream: TypeAlias = Union[streams.Stream, "tuple[asyncio.StreamReader, asyncio.StreamWriter]"]

_T = TypeVar("_T")
#: Events that may wait for the loop; then the transfer waits.
_AHEAD = 1024


async def sync(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[Options],
) -> Report:
    """:func:`syncline.sync`, to be awaited."""
    call = partial(transfer.sync, source, destination, filters=filters, password=password, prompts=prompts, **options)
    return await _over(stream, call, progress=progress, on_event=on_event)


async def pull(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[Options],
) -> Report:
    """:func:`syncline.pull`, to be awaited."""
    call = partial(transfer.pull, source, destination, filters=filters, password=password, prompts=prompts, **options)
    return await _over(stream, call, progress=progress, on_event=on_event)


async def push(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[Options],
) -> Report:
    """:func:`syncline.push`, to be awaited."""
    call = partial(transfer.push, source, destination, filters=filters, password=password, prompts=prompts, **options)
    return await _over(stream, call, progress=progress, on_event=on_event)


async def list(
    source: Locations,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    on_event: Callable[[Event], object] | None = None,
    **options: Unpack[Options],
) -> builtins.list[Entry]:
    """:func:`syncline.list`, to be awaited."""
    call = partial(transfer.list, source, filters=filters, password=password, prompts=prompts, **options)
    return await _over(stream, call, on_event=on_event)


async def serve(
    stream: Stream,
    arguments: Sequence[str | bytes],
    policy: Policy,
    *,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
) -> Report:
    """:func:`syncline.serve`, to be awaited."""

    def call(*, stream: streams.Stream, **watching: Any) -> Report:
        return transfer.serve(stream, arguments, policy, **watching)

    return await _over(stream, call, progress=progress, on_event=on_event)


class Running:
    """A transfer under way: iterate over it for its events, await :meth:`result`. Leaving ``async with`` stops it if it still runs."""

    def __init__(self, run: Callable[[Callable[[Event], object], CancelToken], Coroutine[Any, Any, Report]]) -> None:
        self._events: deque[Event] = deque()
        self._is_wanted = True
        self._changed = asyncio.Event()
        cancel = CancelToken()
        self._caller = _Caller(self._put, cancel)
        self._task = asyncio.create_task(run(self._caller, cancel))
        self._task.add_done_callback(lambda _: self._changed.set())

    def _put(self, event: Event) -> bool:
        if not self._is_wanted:
            return True
        self._events.append(event)
        self._changed.set()
        return False

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The events until the transfer ends; what ended it early is raised then."""
        while self._events or not self._task.done():
            if self._events:
                self._caller.make_room()
                yield self._events.popleft()
            else:
                self._changed.clear()
                await self._changed.wait()
        await self.result()

    def cancel(self) -> None:
        """Stops the transfer; :meth:`result` then raises ``asyncio.CancelledError``."""
        self._task.cancel()

    async def result(self) -> Report:
        """Waits for the end: what :func:`sync` would have returned or raised. Events that were not taken are dropped."""
        self._is_wanted = False
        while self._events:
            self._events.popleft()
            self._caller.make_room()
        return await asyncio.shield(self._task)

    async def __aenter__(self) -> Running:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


def start(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    **options: Unpack[Options],
) -> Running:
    """:func:`sync` as a task, with its events to iterate over.

        >>> async with syncline.aio.start("site/", "host:/srv/site", archive=True) as transfer:
        ...     async for event in transfer:
        ...         print(event)
        >>> (await transfer.result()).files_transferred
    """
    call = partial(transfer.sync, source, destination, filters=filters, password=password, prompts=prompts, **options)

    async def run(put: Callable[[Event], object], cancel: CancelToken) -> Report:
        async with _plain(stream) as plain:
            return await _on_a_thread(partial(call, stream=plain, on_event=put, cancel=cancel), cancel)

    return Running(run)


async def _over(stream: Stream | None, call: Callable[..., _T], **callables: Callable[[Any], object] | None) -> _T:
    """Awaits ``call`` on a thread of its own, and has the loop call ``callables``."""
    cancel = CancelToken()
    callers = {name: _Caller(one, cancel) for name, one in callables.items() if one is not None}
    async with _plain(stream) as plain:
        try:
            return await _on_a_thread(partial(call, stream=plain, cancel=cancel, **callers), cancel)
        finally:
            for caller in callers.values():
                if caller.raised is not None:
                    raise caller.raised


class _Caller:
    """Something that the transfer's thread calls and the loop does."""

    def __init__(self, call: Callable[[Any], object], cancel: CancelToken) -> None:
        self.call = call
        self.cancel = cancel
        self.loop = asyncio.get_running_loop()
        self.room = threading.Semaphore(_AHEAD)
        #: What the call raised; nothing is called after that.
        self.raised: BaseException | None = None

    def __call__(self, value: object) -> None:
        while not self.cancel.is_cancelled and not self.room.acquire(timeout=0.05):
            pass
        if self.cancel.is_cancelled:
            return
        try:
            self.loop.call_soon_threadsafe(self._deliver, value)
        except RuntimeError:  # the loop is closed
            self.cancel.cancel()

    def _deliver(self, value: object) -> None:
        if self.raised is None:
            try:
                # What says false makes room later.
                if self.call(value) is not False:
                    self.make_room()
            except BaseException as error:
                self.raised = error
                self.cancel.cancel()

    def make_room(self) -> None:
        """Lets the transfer go on."""
        self.room.release()


async def _on_a_thread(call: Callable[[], _T], cancel: CancelToken) -> _T:
    """Awaits ``call``. A task that is cancelled cancels it, and goes on when it has ended."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(set_outcome: Callable[[Any], None], outcome: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(set_outcome, outcome)

    def work() -> None:
        try:
            settle(done.set_result, call())
        except BaseException as error:
            settle(done.set_exception, error)

    thread = threading.Thread(target=work, name="syncline-transfer", daemon=True)
    thread.start()
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        cancel.cancel()
        while not done.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([done])
        done.exception()  # it is not asked for any more
        raise
    finally:
        thread.join()  # it has nothing left to do


@asynccontextmanager
async def _plain(stream: Stream | None) -> AsyncIterator[streams.Stream | None]:
    """``stream`` as a thread can use it: what asyncio has is copied to and from a socket by the loop."""
    if not (isinstance(stream, tuple) and isinstance(stream[0], asyncio.StreamReader)):
        yield stream
        return
    loop = asyncio.get_running_loop()
    reader, writer = stream
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)

    async def inward() -> None:
        while data := await reader.read(streams.PIECE):
            await loop.sock_sendall(theirs, data)
        theirs.shutdown(socket.SHUT_WR)

    async def outward() -> None:
        while data := await loop.sock_recv(theirs, streams.PIECE):
            writer.write(data)
            await writer.drain()

    with ours, theirs:
        copies = [asyncio.create_task(inward()), asyncio.create_task(outward())]
        try:
            yield ours
            ours.close()
            # The last bytes are on their way to the writer.
            await copies[1]
        finally:
            for copy in copies:
                copy.cancel()
            await asyncio.gather(*copies, return_exceptions=True)
            writer.close()
