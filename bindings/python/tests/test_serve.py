"""Transfers over streams, with ``serve`` and with rsync at the other end."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import syncline
from conftest import contents, own_threads
from syncline import aio

ALL: dict[str, Any] = {"read": True, "write": True, "delete": True}


class Served(threading.Thread):
    """``serve`` on a thread, and what came of it."""

    def __init__(self, stream: Any, arguments: list[str], policy: syncline.Policy) -> None:
        super().__init__()
        self.call = partial(syncline.serve, stream, arguments, policy)
        self.outcome: syncline.Report | BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self.call()
        except BaseException as error:
            self.outcome = error

    def ended(self) -> syncline.Report | BaseException | None:
        self.join(20)
        assert not self.is_alive()
        return self.outcome


Keep = ExitStack


def sockets(keep: Keep) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    return keep.enter_context(ours), keep.enter_context(theirs)


def files(keep: Keep, buffering: int = 0) -> tuple[Any, Any]:
    """Pipes, unbuffered."""
    (a, b), (c, d) = os.pipe(), os.pipe()
    ours = open(a, "rb", buffering), open(d, "wb", buffering)
    theirs = open(c, "rb", buffering), open(b, "wb", buffering)
    for file in ours + theirs:
        keep.enter_context(file)
    return ours, theirs


def buffered(keep: Keep) -> tuple[Any, Any]:
    return files(keep, -1)


class Wrapped:
    """A socket as an object that is none: ``recv``, ``send``, ``shutdown``."""

    def __init__(self, inner: socket.socket) -> None:
        self.recv, self.send, self.shutdown = inner.recv, inner.send, inner.shutdown


class ReadWrite:
    """An object with nothing but ``read``, ``write``, which takes a part, and ``close``."""

    def __init__(self, inner: socket.socket) -> None:
        self.inner = inner

    def read(self, size: int, /) -> bytes:
        return self.inner.recv(size)

    def write(self, data: bytes, /) -> int:
        return self.inner.send(data[:1000])

    def close(self) -> None:
        with suppress(OSError):
            self.inner.shutdown(socket.SHUT_RDWR)


def wrapped(keep: Keep) -> tuple[Any, Any]:
    ours, theirs = sockets(keep)
    return Wrapped(ours), Wrapped(theirs)


def read_write(keep: Keep) -> tuple[Any, Any]:
    ours, theirs = sockets(keep)
    return ReadWrite(ours), ReadWrite(theirs)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate that it signed itself, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    both = tmp_path_factory.mktemp("tls") / "both.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=peer -addext subjectAltName=DNS:peer".split()
    subprocess.run([*command, "-keyout", f"{both}.key", "-out", f"{both}.crt"], check=True, capture_output=True)
    both.write_bytes(Path(f"{both}.key").read_bytes() + Path(f"{both}.crt").read_bytes())
    return both


def secured(keep: Keep, certificate: Path) -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    ours, theirs = socket.socketpair()
    here = ssl.create_default_context(cafile=str(certificate))
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    there.load_cert_chain(certificate)
    with ThreadPoolExecutor(1) as pool:
        accepted = pool.submit(there.wrap_socket, theirs, server_side=True)
        connected = here.wrap_socket(ours, server_hostname="peer")
        return keep.enter_context(connected), keep.enter_context(accepted.result())


@pytest.mark.parametrize("large_files", [False, True])
def test_both_directions_over_tls(
    large_files: bool, certificate: Path, keep: Keep, tree: Path, tmp_path: Path
) -> None:
    if large_files:
        for name in "xyz":
            (tree / name).write_bytes(os.urandom(3 << 20))
    root = tmp_path / "root"
    root.mkdir()
    policy = syncline.Policy(root=root, read=True, write=True)
    ours, theirs = secured(keep, certificate)
    served = Served(theirs, syncline.server_arguments(f"{tree}/", "peer:copy", archive=True), policy)
    syncline.push(f"{tree}/", "peer:copy", archive=True, stream=ours)
    assert isinstance(served.ended(), syncline.Report)
    ours, theirs = secured(keep, certificate)
    served = Served(theirs, syncline.server_arguments("peer:copy/", tmp_path / "back", archive=True), policy)
    syncline.pull("peer:copy/", tmp_path / "back", archive=True, stream=ours)
    assert isinstance(served.ended(), syncline.Report)
    assert contents(tmp_path / "back") == contents(root / "copy") == contents(tree)


def test_a_tls_peer_that_leaves_ends_the_transfer(certificate: Path, keep: Keep, tree: Path) -> None:
    ours, theirs = secured(keep, certificate)
    theirs.close()
    with pytest.raises((syncline.TransferError, OSError)):
        syncline.push(f"{tree}/", "peer:copy", archive=True, stream=ours)
    assert own_threads() == []


def test_a_transfer_over_tls_can_be_cancelled(certificate: Path, keep: Keep, large: Path) -> None:
    ours, theirs = secured(keep, certificate)
    words = syncline.server_arguments(f"{large}/", "peer:copy", archive=True)
    cancel = syncline.CancelToken()
    timer = threading.Timer(0.5, cancel.cancel)
    timer.start()
    # The other end reads no more than a little.
    with subprocess.Popen(["rsync", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as rsync:
        assert rsync.stdin is not None and rsync.stdout is not None
        theirs.send(os.read(rsync.stdout.fileno(), 1000))
        rsync.kill()
    with pytest.raises(syncline.Cancelled):
        syncline.push(f"{large}/", "peer:copy", archive=True, stream=ours, cancel=cancel)
    timer.join()
    assert own_threads() == []


@pytest.fixture
def keep() -> Iterator[Keep]:
    """What is closed after the test."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("streams", [sockets, files, buffered, wrapped, read_write])
def test_both_directions_over_a_stream(
    streams: Callable[[Keep], tuple[Any, Any]], keep: Keep, tree: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    policy = syncline.Policy(root=root, read=True, write=True)

    ours, theirs = streams(keep)
    served = Served(theirs, syncline.server_arguments(f"{tree}/", "peer:copy", archive=True), policy)
    report = syncline.push(f"{tree}/", "peer:copy", archive=True, stream=ours)
    answer = served.ended()
    assert isinstance(answer, syncline.Report), answer
    assert contents(root / "copy") == contents(tree)
    assert report.files_transferred > 3

    ours, theirs = streams(keep)
    served = Served(theirs, syncline.server_arguments("peer:copy/", tmp_path / "back", archive=True), policy)
    syncline.pull("peer:copy/", tmp_path / "back", archive=True, stream=ours)
    assert isinstance(served.ended(), syncline.Report)
    assert contents(tmp_path / "back") == contents(tree)


def test_a_list_over_a_stream(tree: Path, keep: Keep) -> None:
    ours, theirs = sockets(keep)
    arguments = syncline.server_arguments("peer:.", recursive=True)
    served = Served(theirs, arguments, syncline.Policy(root=tree, read=True))
    entries = syncline.list("peer:.", recursive=True, stream=ours)
    assert {entry.path for entry in entries} == {".", *contents(tree)}
    assert isinstance(served.ended(), syncline.Report)


@pytest.mark.parametrize(
    ("allowed", "source", "destination", "options"),
    [
        ({"write": True, "delete": True}, "peer:.", "{}/back", {}),
        ({"read": True, "delete": True}, "{}/tree/", "peer:.", {}),
        ({"read": True, "write": True}, "{}/tree/", "peer:.", {"delete": True}),
    ],
)
def test_what_the_policy_does_not_allow_is_refused(
    allowed: dict[str, bool], source: str, destination: str, options: Any, tree: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "kept").write_bytes(b"")
    source, destination = source.format(tmp_path), destination.format(tmp_path)
    arguments = syncline.server_arguments(source, destination, archive=True, **options)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        served = Served(theirs, arguments, syncline.Policy(root=root, **allowed))
        refused = served.ended()
        assert isinstance(refused, syncline.SynclineError) and refused.code == "UNSUPPORTED"
        theirs.close()
        with pytest.raises(syncline.TransferError):
            syncline.sync(source, destination, archive=True, stream=ours, **options)
    assert os.listdir(root) == ["kept"] and not (tmp_path / "back").exists()


def test_a_client_stays_below_the_root(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        arguments = syncline.server_arguments(f"{tree}/", f"peer:{tmp_path}/outside", archive=True)
        served = Served(theirs, arguments, syncline.Policy(root=root, **ALL))
        with suppress(syncline.SynclineError):
            syncline.push(f"{tree}/", f"peer:{tmp_path}/outside", archive=True, stream=ours)
        served.ended()
    assert not (tmp_path / "outside").exists()


def test_rsync_serves_over_its_pipes(tree: Path, tmp_path: Path) -> None:
    arguments = syncline.server_arguments(f"{tree}/", f"peer:{tmp_path}/to", archive=True)
    with subprocess.Popen(["rsync", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as rsync:
        assert rsync.stdin is not None and rsync.stdout is not None
        syncline.push(f"{tree}/", f"peer:{tmp_path}/to", archive=True, stream=(rsync.stdout, rsync.stdin))
        rsync.stdin.close()
        assert rsync.wait(20) == 0
    assert contents(tmp_path / "to") == contents(tree)


SERVER = """
import os, sys, syncline
syncline.serve((open(0, "rb", 0), open(1, "wb", 0)), sys.argv[3:], syncline.Policy(root=None, read=True, write=True))
"""


def test_rsync_is_the_client(tree: Path, tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(SERVER)
    shell = f"{sys.executable} {script}"
    subprocess.run(["rsync", "-a", f"--rsh={shell}", "--rsync-path=-", f"{tree}/", f"x:{tmp_path}/to"], check=True)
    assert contents(tmp_path / "to") == contents(tree)


def test_a_stream_that_raises_ends_the_transfer_with_what_it_raised(tree: Path) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise KeyError("read")

        def write(self, data: bytes, /) -> int:
            return len(data)

    with pytest.raises(KeyError):
        syncline.push(f"{tree}/", "peer:to", archive=True, stream=Broken())


@pytest.mark.parametrize("stream", [io.StringIO("x"), object(), (io.BytesIO(b""), object())])
def test_what_is_no_stream_is_a_type_error(stream: Any, tree: Path) -> None:
    with pytest.raises(TypeError):
        syncline.push(f"{tree}/", "peer:to", archive=True, stream=stream)


def test_asyncio_streams(tree: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    arguments = syncline.server_arguments(f"{tree}/", "peer:copy", archive=True)

    async def main() -> None:
        served: asyncio.Future[syncline.Report] = asyncio.get_running_loop().create_future()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                policy = syncline.Policy(root=root, write=True)
                served.set_result(await aio.serve((reader, writer), arguments, policy))
            except Exception as error:
                served.set_exception(error)
            finally:
                writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            report = await aio.push(f"{tree}/", "peer:copy", archive=True, stream=(reader, writer))
            assert report.files_transferred > 3
            assert (await served).exit_status == 0
            writer.close()

    asyncio.run(main())
    assert contents(root / "copy") == contents(tree)
