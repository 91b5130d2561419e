"""Transfers with rsync's own daemon, as a module that wants a password."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import syncline
from conftest import contents
from syncline import errors


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[str]:
    """The address of a daemon's module, which is the folder ``module``."""
    (tmp_path / "module").mkdir()
    (tmp_path / "secrets").write_text("friend:open sesame\n")
    (tmp_path / "secrets").chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "rsyncd.conf").write_text(
        f"use chroot = no\nmunge symlinks = no\nuid = {os.getuid()}\ngid = {os.getgid()}\n"
        f"[module]\npath = {tmp_path}/module\nread only = no\n"
        f"auth users = friend\nsecrets file = {tmp_path}/secrets\n"
    )
    words = ["rsync", "--daemon", "--no-detach", "--address=127.0.0.1", f"--port={port}"]
    with subprocess.Popen([*words, f"--config={tmp_path}/rsyncd.conf"], stdin=subprocess.DEVNULL) as process:
        end = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None and time.monotonic() < end
                time.sleep(0.01)
        yield f"rsync://friend@127.0.0.1:{port}/module"
        process.terminate()


def test_a_password_lets_in(daemon: str, tree: Path, tmp_path: Path) -> None:
    syncline.push(f"{tree}/", daemon, archive=True, password="open sesame")
    assert contents(tmp_path / "module") == contents(tree)
    syncline.pull(f"{daemon}/folder", tmp_path / "back", archive=True, password=b"open sesame")
    assert contents(tmp_path / "back" / "folder") == contents(tree / "folder")


@pytest.mark.parametrize("password", [None, "wrong"])
def test_a_missing_or_wrong_password_is_a_permission_error(
    password: str | None, daemon: str, tree: Path, tmp_path: Path
) -> None:
    with pytest.raises(PermissionError) as caught:
        syncline.push(f"{tree}/", daemon, archive=True, password=password)
    assert isinstance(caught.value, errors.AuthenticationFailedError) and caught.value.exit_status == 5
    assert contents(tmp_path / "module") == {}


def test_a_daemon_that_is_not_there_is_a_connection_error(tree: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(ConnectionError) as caught:
        syncline.push(tree, f"rsync://127.0.0.1:{port}/module", archive=True)
    assert isinstance(caught.value, errors.ConnectFailedError)
