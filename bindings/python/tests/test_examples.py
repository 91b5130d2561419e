"""The examples, run as a newcomer would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Edit, Ssh, contents

EXAMPLES = ROOT / "examples" / "python"


def run(name: str, *arguments: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, EXAMPLES / name, *map(str, arguments)], capture_output=True)


@pytest.fixture
def files(edit: Edit, tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(edit[0])
    new.write_bytes(edit[1])
    return old, new


def test_delta(files: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = files
    done = run("delta.py", old, new, tmp_path / "result")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "result").read_bytes() == new.read_bytes()
    assert f"result {new.stat().st_size} bytes".encode() in done.stdout
    failed = run("delta.py", tmp_path / "missing", new, tmp_path / "result")
    assert failed.returncode == 1 and b"NOT_FOUND" in failed.stderr


def test_stream(files: tuple[Path, Path]) -> None:
    old, new = files
    done = run("stream.py", old, new)
    assert done.returncode == 0, done.stderr
    assert done.stdout == new.read_bytes()


def test_mirror(ssh: Ssh, tree: Path, tmp_path: Path) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "old").write_bytes(b"")
    done = run("mirror.py", f"{tree}/", f"host:{tmp_path}/to", ssh.works)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"4 files sent, 1 deleted\n"
    assert contents(tmp_path / "to") == contents(tree)
    assert b"mirror" in done.stderr and b"100%" in done.stderr


def test_push(ssh: Ssh, tree: Path, tmp_path: Path) -> None:
    done = run("push.py", f"{tree}/", f"host:{tmp_path}/to", ssh.works)
    assert done.returncode == 0 and done.stdout.startswith(b"4 files sent"), done.stderr
    assert contents(tmp_path / "to") == contents(tree)
    for host, shell, status, word in (
        ("nowhere.invalid", ssh.works, 255, b"CONNECTION_LOST: "),
        ("host", ssh.is_refused, 255, b"PERMISSION_DENIED: "),
    ):
        failed = run("push.py", f"{tree}/", f"{host}:{tmp_path}/to", shell)
        assert failed.returncode == status and failed.stderr.startswith(word)
    failed = run("push.py", f"{tree}/missing", f"host:{tmp_path}/to", ssh.works)
    assert failed.returncode == 23 and b"missing: No such file or directory" in failed.stderr


def test_preview(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / "old").write_bytes(b"")
    (tmp_path / "to" / "a").write_bytes(b"older")
    done = run("preview.py", f"{tree}/", tmp_path / "to")
    lines = set(done.stdout.decode().splitlines())
    assert {"delete old", "update a (>f.st......)", "create empty (>f+++++++++)"} <= lines, done.stderr
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["a", "old"]


#: Starts an rsync here that sends a megabyte a second.
SLOW = "sh -c 'shift 3; eval \"exec rsync --server --bwlimit=1000 $*\"' shell"


def test_cancel(large: Path, tree: Path, tmp_path: Path) -> None:
    stopped = run("cancel.py", f"host:{large}/", tmp_path / "to", 1, SLOW)
    assert stopped.stdout == b"stopped\n", stopped.stderr
    assert not [path for path in (tmp_path / "to").rglob(".*")]
    done = run("cancel.py", f"{tree}/", tmp_path / "all", 1 << 40)
    assert done.stdout == b"complete: 4 files sent\n", done.stderr


def test_socket_pair(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    done = run("socket_pair.py", f"{tree}/", tmp_path / "root", "copy")
    assert done.stdout == b"4 files sent\n", done.stderr
    assert contents(tmp_path / "root" / "copy") == contents(tree)
    refused = run("socket_pair.py", f"{tree}/", tmp_path / "missing", "copy")
    assert refused.returncode == 1 and b'cannot make directory "copy"' in refused.stderr
