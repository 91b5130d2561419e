"""Transfers: sync, pull, push, list, and serve, the other end of one."""

from __future__ import annotations

import builtins
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, Union, overload

from syncline import _syncline, events, reports
from syncline._syncline import CancelToken
from syncline.errors import PartialTransferError
from syncline.options import Filter, settings
from syncline.progress import transfer_observer
from syncline.streams import connected

if TYPE_CHECKING:
    from typing import Unpack

    from syncline._syncline import _Outcome
    from syncline.events import Entry, Event
    from syncline.options import Options
    from syncline.progress import TransferProgress
    from syncline.reports import Report
    from syncline.streams import Stream

__all__ = ["Location", "Locations", "Policy", "Running", "list", "pull", "push", "serve", "server_arguments", "start", "sync"]

#: A source or destination. Text is read as on a command line: ``host:path`` and ``user@host:path`` are elsewhere. An
#: ``os.PathLike`` is always a path here, whatever it looks like.
Location: TypeAlias = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Locations: TypeAlias = Union[Location, Sequence[Location]]


def sync(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[Options],
) -> Report:
    """Makes ``destination`` like ``source``, as ``rsync SOURCE… DESTINATION`` does.

        >>> syncline.sync("site/", "user@host:/srv/site", archive=True, delete=True, filters=["- *.tmp"])

    Either side may be on another host, which a remote shell reaches. A source with a slash at its end stands for what it holds. The
    options are rsync's by their long names, with ``_`` for ``-``: see :class:`syncline.Options`.

    :param source: what is copied: a location or several of one host.
    :param filters: filter rules in order: ``"- *.o"``, ``"+ */"``, or a pair such as ``("exclude-from", "list")``.
    :param stream: talks over this stream instead of starting a remote shell; then the host's name says only which side is elsewhere, and
        the other end was started with :func:`server_arguments`. It is closed in the end.
    :param password: for an rsync daemon (``host::module/path``, ``rsync://host/module/path``) that wants one.
    :param prompts: whether ssh may ask for passwords and about hosts' keys; it fails otherwise.
    :param progress: called some times a second with a :class:`TransferProgress`; what it raises stops the transfer and propagates.
    :param on_event: called with every event of :mod:`syncline.events`, by the thread of this call; the same holds for what it raises.
    :param cancel: stops the transfer from another thread; a transfer that is stopped in another way cancels it as well.
    :raises PartialTransferError: if it went to its end and left something out: ``failures`` says what, ``report`` is the report.
    :raises SynclineError: for everything that ends it early.
    """
    return _transfer(
        "sync", source, destination, filters, stream, password, prompts, progress, on_event, cancel, options
    )[0]


def pull(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[Options],
) -> Report:
    """:func:`sync` from another host: ``source`` must be there."""
    return _transfer(
        "pull", source, destination, filters, stream, password, prompts, progress, on_event, cancel, options
    )[0]


def push(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[Options],
) -> Report:
    """:func:`sync` to another host: ``destination`` must be there."""
    return _transfer(
        "push", source, destination, filters, stream, password, prompts, progress, on_event, cancel, options
    )[0]


def list(
    source: Locations,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
    **options: Unpack[Options],
) -> builtins.list[Entry]:
    """The entries of ``source``, as ``rsync SOURCE`` lists them. Nothing is written; the parameters are those of :func:`sync`.

        >>> [entry.path for entry in syncline.list("host:/srv/site/", recursive=True)]
    """
    return _transfer("list", source, None, filters, stream, password, prompts, None, on_event, cancel, options)[1]


def server_arguments(
    source: Locations,
    destination: Location | None = None,
    *,
    filters: Iterable[Filter] = (),
    **options: Unpack[Options],
) -> builtins.list[str]:
    """The arguments, behind the program's name, that the other end of a stream is started with: those of :func:`sync` with the same
    locations and options, or of :func:`list` if there is no destination. :func:`serve` takes them, and so does ``rsync``.
    """
    return _syncline.server_arguments(_places(source), _place(destination), settings(options, filters))


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What a client may do that is served. It cannot be talked out of ``root``, and what is not allowed is refused."""

    #: The directory that all paths of the client are in; ``None`` for the whole file system.
    root: str | os.PathLike[str] | None
    #: Whether files may be sent to it.
    read: bool = False
    #: Whether files may be received from it.
    write: bool = False
    #: Whether it may delete what is there.
    delete: bool = False


def serve(
    stream: Stream,
    arguments: Sequence[str | bytes],
    policy: Policy,
    *,
    progress: Callable[[TransferProgress], object] | None = None,
    on_event: Callable[[Event], object] | None = None,
    cancel: CancelToken | None = None,
) -> Report:
    """Is the other end of one transfer over ``stream``, which is closed in the end.

    :param arguments: what the client wants started, behind the program's name: ``--server``, options, paths.
    :param policy: what the client may do.

    The other parameters are those of :func:`sync`.
    """
    cancel = cancel or CancelToken()
    with connected(stream, cancel) as descriptors:
        assert descriptors is not None
        outcome = _syncline.serve(
            descriptors,
            [os.fsdecode(argument) for argument in arguments],
            policy.root,
            policy.read,
            policy.write,
            policy.delete,
            umask(),
            events.observer(on_event),
            transfer_observer(progress),
            cancel,
        )
    return _settled(outcome)[0]


class _Inbox:
    """Events on their way from the thread that transfers to the one that iterates, and how it ended."""

    #: Events that may wait; then the transfer waits for whoever iterates.
    AHEAD = 1024

    def __init__(self, cancel: CancelToken) -> None:
        self.cancel = cancel
        self.changed = threading.Condition()
        self.events: deque[Event] = deque()
        self.is_wanted = True
        self.outcome: Report | BaseException | None = None

    def put(self, event: Event) -> None:
        with self.changed:
            while len(self.events) >= self.AHEAD and self.is_wanted and not self.cancel.is_cancelled:
                self.changed.wait(0.05)  # a token that is cancelled tells nobody
            if self.is_wanted:
                self.events.append(event)
                self.changed.notify_all()

    def take(self) -> Event | None:
        """The next event; ``None`` at the end."""
        with self.changed:
            self.changed.wait_for(lambda: self.events or self.outcome is not None)
            if not self.events:
                return None
            self.changed.notify_all()
            return self.events.popleft()

    def end(self, outcome: Report | BaseException) -> None:
        with self.changed:
            self.outcome = outcome
            self.changed.notify_all()

    def result(self, timeout: float | None) -> Report:
        with self.changed:
            self.is_wanted = False
            self.events.clear()
            self.changed.notify_all()
            if not self.changed.wait_for(lambda: self.outcome is not None, timeout):
                raise TimeoutError("the transfer still runs")
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        assert self.outcome is not None
        return self.outcome


class Running:
    """A transfer on a thread of its own: iterate over it for its events. Leaving ``with`` stops it if it still runs."""

    def __init__(self, run: Callable[[Callable[[Event], object]], Report], cancel: CancelToken) -> None:
        inbox = self._inbox = _Inbox(cancel)

        def work() -> None:
            try:
                inbox.end(run(inbox.put))
            except BaseException as error:
                inbox.end(error)

        self._thread = threading.Thread(target=work, name="syncline-transfer", daemon=True)
        self._thread.start()
        # Nobody can ask for more of a transfer that was dropped, or when the program ends.
        weakref.finalize(self, _stop, cancel, self._thread)

    def __iter__(self) -> Iterator[Event]:
        """The events until the transfer ends; what ended it early is raised then."""
        while (event := self._inbox.take()) is not None:
            yield event
        self.result()

    def cancel(self) -> None:
        """Stops the transfer."""
        self._inbox.cancel.cancel()

    def result(self, timeout: float | None = None) -> Report:
        """Waits for the end: what :func:`sync` would have returned or raised. Events that were not taken are dropped.

        :raises TimeoutError: if ``timeout`` seconds were not enough; the transfer goes on.
        """
        return self._inbox.result(timeout)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.cancel()
        self._thread.join()


def _stop(cancel: CancelToken, thread: threading.Thread) -> None:
    cancel.cancel()
    if thread is not threading.current_thread():
        thread.join(1)


def start(
    source: Locations,
    destination: Location,
    *,
    filters: Iterable[Filter] = (),
    stream: Stream | None = None,
    password: str | bytes | None = None,
    prompts: bool = False,
    cancel: CancelToken | None = None,
    **options: Unpack[Options],
) -> Running:
    """:func:`sync` in the background, with its events to iterate over.

        >>> with syncline.start("site/", "host:/srv/site", archive=True) as transfer:
        ...     for event in transfer:
        ...         print(event)
        >>> transfer.result().files_transferred
    """
    cancel = cancel or CancelToken()

    def run(put: Callable[[Event], object]) -> Report:
        return sync(
            source,
            destination,
            filters=filters,
            stream=stream,
            password=password,
            prompts=prompts,
            on_event=put,
            cancel=cancel,
            **options,
        )

    return Running(run, cancel)


def _transfer(
    direction: Literal["sync", "pull", "push", "list"],
    source: Locations,
    destination: Location | None,
    filters: Iterable[Filter],
    stream: Stream | None,
    password: str | bytes | None,
    prompts: bool,
    progress: Callable[[TransferProgress], object] | None,
    on_event: Callable[[Event], object] | None,
    cancel: CancelToken | None,
    options: Options,
) -> tuple[Report, builtins.list[Entry]]:
    cancel = cancel or CancelToken()
    with connected(stream, cancel) as descriptors:
        outcome = _syncline.transfer(
            direction,
            _places(source),
            _place(destination),
            settings(options, filters),
            descriptors,
            None if password is None else os.fsdecode(password),
            prompts,
            umask(),
            events.observer(on_event),
            transfer_observer(progress),
            cancel,
        )
    return _settled(outcome)


def _settled(outcome: _Outcome) -> tuple[Report, builtins.list[Entry]]:
    fields, listed, left_out = outcome
    report = reports.report(fields)
    if left_out is not None:
        if isinstance(left_out, PartialTransferError):
            left_out.report = report
            left_out.failures = report.failures
        raise left_out
    return report, [events.entry(entry) for entry in listed]


def _places(source: Locations) -> builtins.list[tuple[str, bool]]:
    if isinstance(source, (str, bytes, os.PathLike)):
        return [_place(source)]
    return [_place(one) for one in source]


@overload
def _place(location: Location) -> tuple[str, bool]: ...
@overload
def _place(location: Location | None) -> tuple[str, bool] | None: ...
def _place(location: Location | None) -> tuple[str, bool] | None:
    """A location as text, and whether that is read as on a command line."""
    if location is None:
        return None
    return os.fsdecode(location), not isinstance(location, os.PathLike)


def umask() -> int:
    """The permission bits that this process's new files do not get."""
    with suppress(OSError), open("/proc/self/status") as status:
        for line in status:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022
