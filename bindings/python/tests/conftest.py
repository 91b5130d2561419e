"""What the tests share: content to work on, and files with it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

Edit = tuple[bytes, bytes]


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
