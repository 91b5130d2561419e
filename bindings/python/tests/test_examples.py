"""The examples, run as a newcomer would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Edit

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
