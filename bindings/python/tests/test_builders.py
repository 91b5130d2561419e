"""The incremental classes give what the one-shot calls give, whatever the pieces."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import syncline
from conftest import Edit, edited
from syncline import _syncline
from syncline.errors import InvalidStateError, LimitExceededError, WrongBasisError

FORMATS: list[Any] = list(_syncline.FORMATS)


def cut(data: bytes, seed: int) -> Iterator[bytes]:
    """``data`` in pieces of random sizes, empty ones among them."""
    sizes = random.Random(seed)
    at = 0
    while at < len(data):
        size = sizes.choice([0, 1, 7, 1024, 5000, 70_000])
        yield data[at : at + size]
        at += size


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("seed", range(3))
def test_pieces_equal_one_shot(format: Any, seed: int, edit: Edit) -> None:
    old, new = edit
    signing = syncline.SignatureBuilder(format=format, basis_length=len(old))
    for piece in cut(old, seed):
        signing.update(piece)
    signature = signing.finish()
    assert bytes(signature) == syncline.signature(old, format=format)

    comparing = syncline.DeltaBuilder(signature)
    assert comparing.report is None
    delta = b"".join(comparing.update(piece) for piece in cut(new, seed + 10)) + comparing.finish()
    assert delta == syncline.delta(signature, new)
    assert comparing.report is not None and comparing.report.delta_length == len(delta)

    patching = syncline.Patcher(old)
    result = b"".join(patching.update(piece) for piece in cut(delta, seed + 20))
    report = patching.finish()
    assert result == new and report.new_length == len(new)
    assert report.verified == (format == "native")


def test_any_buffer_is_taken(edit: Edit) -> None:
    old, _ = edit
    builder = syncline.SignatureBuilder(basis_length=len(old))
    builder.update(bytearray(old[:1000]))
    builder.update(memoryview(old)[1000:])
    assert bytes(builder.finish()) == syncline.signature(old)
    with pytest.raises(TypeError):
        syncline.SignatureBuilder().update("text")  # type: ignore[arg-type]


def test_a_patcher_reads_paths_and_file_objects(edit: Edit, tmp_path: Path) -> None:
    old, new = edit
    delta = syncline.delta(syncline.signature(old), new)
    (tmp_path / "old").write_bytes(old)
    for basis in (tmp_path / "old", str(tmp_path / "old"), io.BytesIO(old)):
        patcher = syncline.Patcher(basis)
        assert patcher.update(delta) == new
        assert patcher.finish().verified


def test_a_finished_builder_says_so() -> None:
    signing = syncline.SignatureBuilder()
    signature = signing.finish()
    comparing = syncline.DeltaBuilder(signature)
    patching = syncline.Patcher(b"")
    patching.update(comparing.finish())
    patching.finish()
    for late in (signing.finish, comparing.finish, patching.finish):
        with pytest.raises(InvalidStateError):
            late()


def test_a_failed_patcher_is_used_up() -> None:
    delta = syncline.delta(syncline.signature(b"old"), b"new")
    patcher = syncline.Patcher(b"another length")
    with pytest.raises(WrongBasisError):
        patcher.update(delta)
    with pytest.raises(InvalidStateError):
        patcher.update(delta)


def test_a_patcher_tells_a_wrong_old_file_from_a_damaged_delta() -> None:
    old, new = edited(50_000)
    other = bytes([old[0] ^ 1]) + old[1:]
    delta = syncline.delta(syncline.signature(old), new)
    patcher = syncline.Patcher(other)
    patcher.update(delta)
    with pytest.raises(WrongBasisError):
        patcher.finish()


def test_a_limit_stops_a_delta_that_makes_too_much() -> None:
    old = bytes(100_000)
    delta = syncline.delta(syncline.signature(old), old * 100)
    assert len(delta) < 1000
    with pytest.raises(LimitExceededError):
        syncline.Patcher(old, limit=1_000_000).update(delta)
    with pytest.raises(LimitExceededError):
        syncline.patch(old, delta, limit=1_000_000)
    assert len(syncline.patch(old, delta, limit=10_000_000)) == 10_000_000


def test_what_a_file_object_raises_propagates(edit: Edit) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ZeroDivisionError("read")

    old, new = edit
    patcher = syncline.Patcher(Breaking(old))
    with pytest.raises(ZeroDivisionError, match="read"):
        patcher.update(syncline.delta(syncline.signature(old), new))
