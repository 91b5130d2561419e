"""The stream of a session. In: whatever can be read and written. Out: objects with descriptors, for as long as the session lasts.

Sockets and unbuffered files are used as they are (through copies of their descriptors). For anything else a thread of its own copies between the object and a socket of the
session, so that a session can always be stopped, whatever the object is.
"""

from __future__ import annotations

import io
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard, Union

if TYPE_CHECKING:
    import ssl

    from syncline._syncline import CancelToken
    from syncline.types import Readable, Writable

__all__ = ["Stream", "StreamSocket"]

#: The most bytes asked of an object at once.
PIECE = 1 << 16


class StreamSocket(Protocol):
    """What a socket can: the real one, one with TLS, or another that behaves like it."""

    def recv(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""

    def send(self, data: bytes, /) -> int:
        """Takes ``data``, or as much of it as the returned number says."""


class ReadableWritable(Protocol):
    """A stream that is read and written: binary and blocking."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none at the end."""

    def write(self, data: bytes, /) -> object:
        """Takes ``data``, or as much of it as the returned number says."""


#: The stream of a session: one object for both directions, or one to read from and one to write to.
Stream: TypeAlias = Union[StreamSocket, ReadableWritable, "tuple[Readable, Writable]"]
#: What the native module takes: objects with ``fileno``.
Descriptors: TypeAlias = "tuple[Any, Any]"


@contextmanager
def connected(stream: Stream | None, cancel: CancelToken) -> Iterator[Descriptors | None]:
    """``stream`` as descriptors. It is closed in the end. What an object raised is raised in place of what the session made of it."""
    if stream is None:
        yield None
        return
    if _is_secured(stream):
        with _secured(stream, cancel) as descriptors:
            yield descriptors
        return
    reader, writer = stream if isinstance(stream, tuple) else (stream, stream)
    source = _Shared(reader, 1 if reader is not writer else 2)
    target = _Shared(writer, 1) if reader is not writer else source
    with ExitStack() as session:
        inward = _direction(source, _is_direct(reader), _Inward, session)
        outward = _direction(target, _is_direct(writer) or type(writer) is io.BufferedWriter, _Outward, session)
        pumps = [pump for pump in (inward, outward) if isinstance(pump, _Pump)]
        try:
            yield getattr(inward, "ours", inward), getattr(outward, "ours", outward)
        except BaseException as error:
            session.close()
            _interrupt(reader, pumps)
            cause = next((pump.raised for pump in pumps if pump.raised is not None), None)
            if cause is not None and isinstance(error, Exception):
                raise cause from error
            raise
        session.close()
        if isinstance(outward, _Outward):
            outward.drain(cancel)
        _interrupt(reader, pumps)


def _is_secured(stream: Stream) -> TypeGuard[ssl.SSLSocket]:
    ssl = sys.modules.get("ssl")  # where it is not loaded, there are none
    return ssl is not None and isinstance(stream, ssl.SSLSocket)


@contextmanager
def _secured(stream: ssl.SSLSocket, cancel: CancelToken) -> Iterator[Descriptors]:
    from syncline.tls import TlsBridge

    bridge = TlsBridge(stream)
    try:
        with bridge.ours:
            yield bridge.ours, bridge.ours
    except BaseException as error:
        bridge.abandon()
        if bridge.raised is not None and isinstance(error, Exception):
            raise bridge.raised from error
        raise
    _wait(bridge.thread, cancel)
    if bridge.raised is not None:
        raise bridge.raised


def _wait(thread: threading.Thread, cancel: CancelToken) -> None:
    """Waits until the last bytes of a session that ended well are where they belong."""
    while thread.is_alive() and not cancel.is_cancelled:
        thread.join(0.05)


def _is_direct(given: Any) -> bool:
    # A subclass may do something to the bytes.
    return type(given) is socket.socket or type(given) is io.FileIO


def _direction(shared: _Shared, is_direct: bool, pump: type[_Pump], session: ExitStack) -> Any:
    """An object with a descriptor: the caller's, or one that a thread copies to or from."""
    if not is_direct:
        return pump(shared, session)
    if isinstance(shared.given, io.BufferedWriter):
        shared.given.flush()
    session.callback(shared.release)
    return shared.given


def _interrupt(given: Any, pumps: list[_Pump]) -> None:
    """Wakes the threads that still wait for the object, where it is one that can do that."""
    if isinstance(given, io.BufferedIOBase) or not any(pump.thread.is_alive() for pump in pumps):
        return  # closing a buffered file waits for whoever reads it
    with suppress(OSError):
        if hasattr(given, "shutdown"):
            given.shutdown(socket.SHUT_RDWR)
        elif hasattr(given, "close"):
            given.close()
        else:
            return
    for pump in pumps:
        pump.thread.join(1)


class _Shared:
    """An object of the caller, closed when nobody uses it any more."""

    def __init__(self, given: Any, users: int) -> None:
        self.given = given
        self.users = users
        self.lock = threading.Lock()

    def release(self) -> None:
        with self.lock:
            self.users -= 1
            is_last = self.users == 0
        if is_last and hasattr(self.given, "close"):
            with suppress(OSError):
                self.given.close()


class _Pump:
    """A thread that copies one direction between an object and a socket of the session."""

    def __init__(self, shared: _Shared, session: ExitStack) -> None:
        self.shared = shared
        self.given = shared.given
        self.ours, self.theirs = socket.socketpair()
        session.enter_context(self.ours)
        #: What the object raised.
        self.raised: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="syncline-stream", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            with self.theirs:
                self.copy()
        except BaseException as error:
            self.raised = error
        self.shared.release()

    def copy(self) -> None:
        """Copies until one side ends. What it raises, the object has raised."""
        raise NotImplementedError


class _Inward(_Pump):
    """From the object to the session."""

    def copy(self) -> None:
        names = ("recv", "read1", "read")
        read = next((getattr(self.given, name) for name in names if hasattr(self.given, name)), None)
        if read is None:
            raise TypeError(f"a stream has recv() or read(), and {type(self.given).__name__} has neither")
        while data := _checked(read(PIECE)):
            try:
                self.theirs.sendall(data)
            except OSError:
                return  # the session has ended


class _Outward(_Pump):
    """From the session to the object."""

    def copy(self) -> None:
        write = getattr(self.given, "send", None) or getattr(self.given, "write", None)
        if write is None:
            raise TypeError(f"a stream has send() or write(), and {type(self.given).__name__} has neither")
        while data := self.theirs.recv(PIECE):
            rest = memoryview(data)
            while rest:
                taken = write(bytes(rest))
                # None is said by sinks that say nothing.
                rest = rest[len(rest) if taken is None else taken :]
            if hasattr(self.given, "flush"):
                self.given.flush()

    def drain(self, cancel: CancelToken) -> None:
        """Waits until the object has the last bytes of a session that ended well."""
        _wait(self.thread, cancel)
        if self.raised is not None:
            raise self.raised


def _checked(data: Any) -> bytes:
    if data is None:
        raise BlockingIOError("the stream has no data yet: a blocking one is needed")
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"the stream gave {type(data).__name__}, not bytes")
    return bytes(data)
