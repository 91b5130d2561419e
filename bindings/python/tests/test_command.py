"""``python -m syncline`` is the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import syncline
from conftest import HERE, Edit, contents

COMMAND = [sys.executable, "-m", "syncline"]


def run(*words: object, input: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *map(str, words)], input=input, capture_output=True, timeout=60)


def test_it_does_what_the_command_does(edit: Edit, tmp_path: Path) -> None:
    old, new = edit
    (tmp_path / "old").write_bytes(old)
    assert run("signature", tmp_path / "old", tmp_path / "signature").returncode == 0
    assert (tmp_path / "signature").read_bytes() == syncline.signature(old)
    made = run("delta", tmp_path / "signature", "-", "-", input=new)
    assert made.returncode == 0 and syncline.patch(old, made.stdout) == new
    assert run("--version").stdout.decode() == f"syncline {syncline.__version__}\n"


def test_it_transfers_and_is_the_other_end(tree: Path, tmp_path: Path) -> None:
    copied = run("-ai", "--rsync-path", " ".join(COMMAND), "-e", HERE, f"{tree}/", f"host:{tmp_path}/to")
    assert copied.returncode == 0, copied.stderr
    assert b"<f+++++++++ a\n" in copied.stdout
    assert contents(tmp_path / "to") == contents(tree)
    shown = run("--json", "-r", f"{tree}/")
    assert {json.loads(line).get("path") for line in shown.stdout.splitlines()} >= {"a", "folder"}
    failed = run("-a", tmp_path / "missing", tmp_path / "to")
    assert failed.returncode == 23 and b"missing" in failed.stderr


def test_its_exit_status_is_the_commands() -> None:
    assert run("--no-such-option").returncode == 1
    failed = run("inspect", "/nonexistent")
    assert failed.returncode == 11 and b"/nonexistent" in failed.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    words = ["signature", "-", str(tmp_path / "signature")]
    with subprocess.Popen([*COMMAND, *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        # More than a pipe holds: once it is taken, the command is at work.
        child.stdin.write(bytes(1 << 20))
        child.stdin.flush()
        child.send_signal(number)
        assert child.wait(20) == 20
    assert os.listdir(tmp_path) == []
