"""What annotations say of the calls; mypy checks this file, and running it checks that they are right."""

from __future__ import annotations

import io
from pathlib import Path
from typing import assert_type

import syncline
from syncline.compat import librsync


def test_a_result_is_bytes_without_output_and_a_report_with_it(tmp_path: Path) -> None:
    signature = syncline.signature(b"old", output=None)
    assert_type(signature, bytes)
    delta = syncline.delta(signature, b"new")
    assert_type(delta, bytes)
    assert_type(syncline.diff(b"old", b"new"), bytes)
    assert_type(syncline.patch(b"old", delta), bytes)

    signing = syncline.signature(b"old", output=io.BytesIO())
    assert_type(signing, syncline.SignatureReport)
    comparing = syncline.delta(signature, b"new", output=tmp_path / "delta")
    assert_type(comparing, syncline.DeltaReport)
    diffing = syncline.diff(b"old", b"new", output=str(tmp_path / "diff"))
    assert_type(diffing, syncline.DeltaReport)
    patching = syncline.patch(b"old", delta, output=io.BytesIO())
    assert_type(patching, syncline.PatchReport)
    for made, kind in (
        (signing, syncline.SignatureReport),
        (comparing, syncline.DeltaReport),
        (diffing, syncline.DeltaReport),
        (patching, syncline.PatchReport),
    ):
        assert isinstance(made, kind)


def test_an_inspection_is_told_apart_by_its_class() -> None:
    found = syncline.inspect(syncline.signature(b"old"))
    assert_type(found, syncline.SignatureInspection | syncline.DeltaInspection)
    if isinstance(found, syncline.DeltaInspection):
        assert_type(found.new_hash, bytes | None)
    assert found.content == "signature"


def test_python_librsyncs_calls_take_open_files(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    with open(tmp_path / "old", "rb") as old, librsync.signature(old) as signature:
        assert isinstance(signature.read(), bytes)
