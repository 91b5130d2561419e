"""Signature, delta, diff, patch and inspect over every kind of argument."""

from __future__ import annotations

import io
import mmap
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import syncline
from conftest import Edit, edited
from syncline import _syncline
from syncline.types import FormatName

Write = Callable[[str, bytes], Path]
FORMATS: list[Any] = list(_syncline.FORMATS)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("length", [0, 1, 2047, 2048, 2049, 70_000])
def test_bytes_go_round_in_every_format(format: FormatName, length: int) -> None:
    old, new = edited(length)
    signature = syncline.signature(old, format=format, block_length=2048)
    assert syncline.patch(old, syncline.delta(signature, new)) == new
    assert syncline.patch(old, syncline.delta(signature, new, mode="compact", check=True, compression=None)) == new


def test_paths_bytes_and_streams_give_the_same(edit: Edit, file: Write) -> None:
    old, new = edit
    old_path, new_path = file("old", old), file("new", new)
    signature = syncline.signature(old, format="rdiff")
    bases: list[Any] = [old_path, str(old_path), bytearray(old), memoryview(old)]
    for basis in bases:
        assert syncline.signature(basis, format="rdiff") == signature
    # A stream does not say how long it is.
    assert syncline.signature(io.BytesIO(old), format="rdiff", basis_length=len(old)) == signature

    delta = syncline.delta(signature, new)
    signature_path, delta_path = file("signature", signature), file("delta", delta)
    signatures: list[Callable[[], Any]] = [
        lambda: signature_path,
        lambda: io.BytesIO(signature),
        lambda: syncline.Signature.load(signature),
    ]
    news: list[Callable[[], Any]] = [lambda: new_path, lambda: memoryview(new), lambda: io.BytesIO(new)]
    for source in signatures:
        for target in news:
            assert syncline.delta(source(), target()) == delta
    olds: list[Callable[[], Any]] = [lambda: old_path, lambda: bytearray(old), lambda: io.BytesIO(old)]
    deltas: list[Callable[[], Any]] = [lambda: delta_path, lambda: bytearray(delta), lambda: io.BytesIO(delta)]
    for source in olds:
        for target in deltas:
            assert syncline.patch(source(), target()) == new


def test_a_memory_map_is_content(edit: Edit, file: Write) -> None:
    old, _ = edit
    with file("old", old).open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert syncline.signature(mapped) == syncline.signature(old)


def test_results_go_to_paths_and_streams_with_a_report(edit: Edit, file: Write, tmp_path: Path) -> None:
    old, new = edit
    old_path = file("old", old)
    signing = syncline.signature(old_path, output=tmp_path / "signature")
    assert signing.basis_length == len(old)
    assert signing.signature_length == (tmp_path / "signature").stat().st_size
    assert signing.block_count == -(-len(old) // signing.block_length)

    stream = io.BytesIO()
    comparing = syncline.delta(tmp_path / "signature", new, output=stream)
    assert comparing.delta_length == len(stream.getvalue())
    assert comparing.copied_bytes + comparing.literal_bytes == comparing.new_length == len(new)
    assert comparing.new_hash is not None and len(comparing.new_hash) == 32

    patching = syncline.patch(old_path, stream.getvalue(), output=old_path, overwrite=True)
    assert patching.verified and patching.new_length == len(new)
    assert patching.copied_bytes == comparing.copied_bytes
    assert old_path.read_bytes() == new


@pytest.mark.parametrize("workers", [2, 3])
def test_the_number_of_workers_changes_nothing(workers: int, file: Write) -> None:
    old, new = edited(3_000_000)
    signature = syncline.signature(old)
    assert syncline.signature(old, workers=workers) == signature
    assert syncline.signature(file("old", old), workers=workers) == signature
    assert syncline.delta(signature, new, workers=workers) == syncline.delta(signature, new)


def test_two_files_at_hand_match_to_the_byte(edit: Edit, file: Write) -> None:
    old, new = edit
    small = syncline.diff(old, new, format="librsync")
    assert len(small) < 100
    old_path, new_path = file("old", old), file("new", new)
    olds: list[Callable[[], Any]] = [lambda: old_path, lambda: old, lambda: io.BytesIO(old)]
    news: list[Callable[[], Any]] = [lambda: new_path, lambda: new, lambda: io.BytesIO(new)]
    for first in olds:
        for second in news:
            delta = syncline.diff(first(), second())
            assert syncline.patch(old, delta) == new
            # A file against a stream, whose size is not known, goes by blocks.
            if not (first is olds[0] and second is news[2]):
                assert len(delta) < 300
    assert syncline.patch(old, small) == new


def test_a_signature_object_tells_what_it_is(edit: Edit) -> None:
    old, _ = edit
    stored = syncline.signature(old, block_length=4096, strong_length=12)
    signature = syncline.Signature.load(stored)
    assert (signature.format, signature.block_length, signature.strong_length) == ("native", 4096, 12)
    assert signature.block_count == 49 and signature.basis_length == len(old)
    assert signature.basis_hash is not None and len(signature.basis_hash) == 32
    assert bytes(signature) == stored
    assert signature == syncline.Signature.load(io.BytesIO(stored))
    assert signature != syncline.Signature.load(syncline.signature(b"other"))
    assert "block_length=4096" in repr(signature)
    old_kind = syncline.Signature.load(syncline.signature(old, format="rollsum-md4"))
    assert old_kind.basis_length is None and old_kind.basis_hash is None


def test_inspect_tells_signatures_from_deltas(edit: Edit) -> None:
    old, new = edit
    stored = syncline.signature(old)
    signature = syncline.inspect(stored)
    assert isinstance(signature, syncline.SignatureInspection) and signature.content == "signature"
    assert signature.format == "native" and signature.length == len(stored)
    assert signature.basis_length == len(old)

    report = syncline.delta(stored, new, output=(stream := io.BytesIO()))
    delta = syncline.inspect(stream.getvalue())
    assert isinstance(delta, syncline.DeltaInspection) and delta.content == "delta"
    assert delta.format == "native" and delta.new_length == len(new) and delta.basis_length == len(old)
    assert (delta.copied_bytes, delta.literal_bytes) == (report.copied_bytes, report.literal_bytes)
    assert delta.basis_hash == signature.basis_hash and delta.new_hash == report.new_hash
    assert pickle.loads(pickle.dumps(delta)) == delta

    checked = syncline.inspect(syncline.diff(old, new, format="librsync", check=True))
    assert isinstance(checked, syncline.DeltaInspection)
    assert checked.format == "librsync" and checked.basis_hash is None and checked.new_hash == report.new_hash


@pytest.mark.parametrize("strong_length, expected", [(None, 32), ("max", 32), (8, 8)])
def test_the_strong_length_is_kept(strong_length: Any, expected: int) -> None:
    stored = syncline.signature(b"content", format="rdiff", strong_length=strong_length)
    assert syncline.Signature.load(stored).strong_length == expected


def test_a_minimum_of_strong_sums_is_what_the_size_calls_for() -> None:
    stored = syncline.signature(b"content", format="rdiff", strong_length="minimum")
    assert syncline.Signature.load(stored).strong_length < 32


def test_generations_differ_in_the_size_of_literals() -> None:
    signature = syncline.signature(b"", format="rdiff")
    new = os.urandom(100_000)
    first, second = (syncline.delta(signature, new, generation=generation) for generation in (1, 2))
    assert len(first) > len(second)
    assert syncline.patch(b"", first) == syncline.patch(b"", second) == new


def test_sparse_output_has_holes(tmp_path: Path) -> None:
    new = b"start" + bytes(8 << 20) + b"end"
    delta = syncline.delta(syncline.signature(b""), new)
    syncline.patch(b"", delta, output=tmp_path / "sparse", sparse=True)
    assert (tmp_path / "sparse").read_bytes() == new
    assert (tmp_path / "sparse").stat().st_blocks * 512 < len(new) // 2


def test_names_that_are_not_utf8_work(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff")
    syncline.signature(b"content", output=path)
    assert syncline.Signature.load(path).basis_length == 7
    with pytest.raises(FileExistsError) as caught:
        syncline.signature(b"content", output=path)
    assert getattr(caught.value, "path") == path
