"""What goes wrong with transfers, through a real sshd where that matters: each error names what is wrong."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import syncline
from conftest import HERE, Ssh, contents
from syncline import errors


def test_rsync_over_ssh_in_both_directions(ssh: Ssh, tree: Path, tmp_path: Path) -> None:
    syncline.push(f"{tree}/", f"host:{tmp_path}/there", archive=True, compress=True, rsh=ssh.works)
    assert contents(tmp_path / "there") == contents(tree)
    name = tmp_path / "there" / "with space & 'quote'"
    name.write_bytes(b"")
    syncline.pull([f"host:{tmp_path}/there/", f"host:{name}"], tmp_path / "back", archive=True, rsh=ssh.works)
    assert contents(tmp_path / "back") == contents(tmp_path / "there")


def test_a_missing_host_is_a_lost_connection(ssh: Ssh, tree: Path) -> None:
    with pytest.raises(ConnectionError, match="nowhere.invalid") as caught:
        syncline.push(tree, "nowhere.invalid:/tmp", archive=True, rsh=ssh.works)
    assert isinstance(caught.value, errors.ConnectionLostError) and caught.value.exit_status == 255


def test_a_refused_key_is_a_permission_error(ssh: Ssh, tree: Path) -> None:
    with pytest.raises(errors.PermissionDeniedError) as caught:
        syncline.push(tree, "host:/tmp", archive=True, rsh=ssh.is_refused)
    assert "publickey" in (caught.value.peer_message or "")


def test_an_unknown_command_is_named(ssh: Ssh, tree: Path) -> None:
    with pytest.raises(errors.PeerFailedError, match="no-such-rsync") as caught:
        syncline.push(tree, "host:/tmp", archive=True, rsh=ssh.works, rsync_path="no-such-rsync")
    assert caught.value.exit_status == 127


def test_an_unknown_shell_is_a_missing_file(tree: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no-such-shell"):
        syncline.push(tree, "host:/tmp", archive=True, rsh="no-such-shell")


def test_a_missing_source_is_a_failure(tree: Path, tmp_path: Path) -> None:
    for source in (tmp_path / "missing", f"host:{tmp_path}/missing"):
        with pytest.raises(syncline.PartialTransferError, match="missing") as caught:
            syncline.sync([source], tmp_path / "to", archive=True, rsh=HERE)
        (failure,) = caught.value.failures
        assert failure.errno == errno.ENOENT and failure.path.endswith("missing")
        assert caught.value.report.exit_status == caught.value.exit_status == 23


@pytest.fixture
def shared(ordinary_user: None) -> Iterator[Path]:
    """A directory of the ordinary user, who may get into it, unlike those of pytest."""
    place = tempfile.mkdtemp()
    yield Path(place)
    shutil.rmtree(place)


@pytest.mark.parametrize("destination", ["{}/to", "host:{}/to"])
def test_an_unreadable_file_is_named_and_the_rest_is_done(destination: str, shared: Path) -> None:
    (shared / "from").mkdir()
    (shared / "from" / "open").write_bytes(b"content")
    (shared / "from" / "secret").write_bytes(b"content")
    (shared / "from" / "secret").chmod(0)
    with pytest.raises(syncline.PartialTransferError, match="secret") as caught:
        syncline.sync(f"{shared}/from/", destination.format(shared), recursive=True, rsh=HERE)
    (failure,) = caught.value.failures
    assert (failure.path, failure.errno, failure.code) == ("secret", errno.EACCES, "PERMISSION_DENIED")
    assert failure.operation and not failure.told
    assert caught.value.code == "PARTIAL_TRANSFER" and caught.value.report.files_transferred == 1
    assert os.listdir(shared / "to") == ["open"]


def test_what_the_other_end_cannot_read_is_named_too(shared: Path) -> None:
    (shared / "secret").write_bytes(b"content")
    (shared / "secret").chmod(0)
    with pytest.raises(syncline.PartialTransferError) as caught:
        syncline.pull(f"host:{shared}/secret", shared / "to", rsh=HERE)
    assert [failure.errno for failure in caught.value.failures if failure.told] == [errno.EACCES]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("source", ["{}/big", "host:{}/big"])
def test_a_full_disk_is_said(source: str, small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(3 << 20))
    with pytest.raises(syncline.SynclineError) as caught:
        syncline.sync(source.format(tmp_path), small_disk / "to", rsh=HERE)
    assert isinstance(caught.value, errors.NoSpaceError) and caught.value.errno == errno.ENOSPC
    assert os.listdir(small_disk) == []


def test_silence_is_a_timeout(tree: Path) -> None:
    start = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        syncline.push(tree, "host:/tmp", rsh="sh -c 'exec sleep 60'", timeout=1)
    assert isinstance(caught.value, errors.TimeoutError) and time.monotonic() - start < 10


def test_noise_is_a_protocol_error(tree: Path) -> None:
    with pytest.raises(syncline.TransferError) as caught:
        syncline.push(tree, "host:/tmp", rsh="sh -c 'echo Welcome to this host; exec cat'")
    assert caught.value.code in ("PROTOCOL", "UNSUPPORTED")


def test_too_many_deletions_are_a_failure(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    for name in "xyz":
        (tmp_path / "to" / name).write_bytes(b"")
    with pytest.raises(errors.DeleteLimitError) as caught:
        syncline.sync(f"{tree}/", tmp_path / "to", archive=True, delete=True, max_delete=1)
    assert caught.value.exit_status == 25 and caught.value.report.deleted.total == 1
