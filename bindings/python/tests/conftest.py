"""What the tests share: content to work on, and files with it."""

from __future__ import annotations

import os
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[3]

Edit = tuple[bytes, bytes]
#: Starts what it is told to on this machine, as ssh would elsewhere: the host's name is dropped, and a shell reads the rest.
HERE = "sh -c 'shift; eval \"$*\"' shell"


def edited(length: int, seed: int = 1) -> Edit:
    """Random content, and the same with an insertion, a deletion and a change."""
    old = random.Random(seed).randbytes(length)
    third = length // 3
    new = old[:third] + b"<inserted>" + old[third + 100 : 2 * third] + b"<changed>" + old[2 * third + 9 :]
    return old, new


@pytest.fixture(scope="session")
def edit() -> Edit:
    return edited(200_000)


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Writes a file and gives its path."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write





def contents(root: Path) -> dict[str, object]:
    """What is below ``root``: each path with what is there."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_dir():
            found[name] = (path.stat().st_mode, path.stat().st_mtime_ns)
        else:
            found[name] = (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
    return found


class Ssh(NamedTuple):
    """Remote-shell commands that reach an sshd of the tests, whatever the host is called but ``nowhere.invalid``."""

    works: str
    #: Its key is refused.
    is_refused: str


@pytest.fixture(scope="session")
def ssh() -> Iterator[Ssh]:
    """A real sshd on loopback with throw-away keys."""
    says = 'printf "%s\\n" "$SYNCLINE_TEST_SSH" "$SYNCLINE_TEST_SSH_REFUSED"; exec cat'
    command = [str(ROOT / "tests/with_sshd.sh"), "sh", "-c", says]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdin is not None and daemon.stdout is not None
        works, is_refused = daemon.stdout.readline().strip(), daemon.stdout.readline().strip()
        if not is_refused:
            assert daemon.wait(20) == 77
            pytest.skip("there is no sshd")
        yield Ssh(works, is_refused)
        daemon.stdin.close()
        daemon.wait(20)


@pytest.fixture
def ordinary_user() -> Iterator[None]:
    """The rights of somebody who is not root, who may read everything."""
    user = os.geteuid()
    if user == 0:
        # The real one as well, for what is started; the saved one is the way back.
        os.setresuid(65534, 65534, 0)
    yield
    if user == 0:
        os.setresuid(0, 0, 0)


def own_threads() -> list[str]:
    """The threads of this package that are there, by name."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("syncline")]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory with a bit of everything."""
    root = tmp_path / "tree"
    (root / "folder" / "deeper").mkdir(parents=True)
    (root / "a").write_bytes(b"some content")
    (root / "empty").write_bytes(b"")
    (root / "folder" / "white space").write_bytes(os.urandom(100_000))
    (root / "folder" / "deeper" / "\u00fcber").write_bytes(b"x" * 5000)
    (root / "folder" / "deeper").chmod(0o700)
    (root / "link").symlink_to("a")
    for path in [root, *root.rglob("*")]:
        # Within one second rsync takes times for equal.
        os.utime(path, (1_600_000_000, 1_600_000_000), follow_symlinks=False)
    return root


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory that takes a while; it stays as it is."""
    root = tmp_path_factory.mktemp("large")
    for number in range(3000):
        (root / f"file-{number:04}").write_bytes(b"%d" % number * 100)
    with open(root / "huge", "wb") as huge:
        huge.write(os.urandom(1 << 20) * 64)
    return root
