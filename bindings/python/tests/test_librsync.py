"""python-librsync's call forms, with Debian's rdiff at the other end."""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import pytest
import syncline
from conftest import Edit, edited
from syncline.compat import librsync

rdiff = pytest.mark.skipif(shutil.which("rdiff") is None, reason="rdiff is not installed (apt install rdiff)")


def test_results_are_temporary_files_that_are_rewound(edit: Edit) -> None:
    old, new = edit
    with (
        librsync.signature(io.BytesIO(old)) as signature,
        librsync.delta(io.BytesIO(new), signature) as delta,
        librsync.patch(io.BytesIO(old), delta) as result,
    ):
        for made in (signature, delta, result):
            assert isinstance(made, tempfile.SpooledTemporaryFile)
        assert result.read() == new


def test_results_go_to_files_that_are_given(edit: Edit, tmp_path: Path) -> None:
    old, new = edit
    (tmp_path / "old").write_bytes(old)
    with (
        open(tmp_path / "old", "rb") as source,
        open(tmp_path / "signature", "w+b") as signature,
        open(tmp_path / "delta", "w+b") as delta,
        open(tmp_path / "result", "w+b") as result,
    ):
        assert librsync.signature(source, signature, block_size=512) is signature
        assert librsync.delta(io.BytesIO(new), signature, delta) is delta
        assert librsync.patch(source, delta, result) is result
        assert result.read() == new
        signature.seek(0)
        assert syncline.Signature.load(signature).block_length == 512


def test_errors_are_librsync_errors() -> None:
    with pytest.raises(librsync.LibrsyncError) as caught:
        librsync.patch(io.BytesIO(b"old"), io.BytesIO(b"no delta at all"))
    assert caught.value.code == "NOT_A_DELTA"
    assert isinstance(caught.value.__cause__, syncline.FormatError)
    with pytest.raises(librsync.LibrsyncError):
        librsync.signature(io.BytesIO(b"old"), block_size=-1)


def content(file: IO[bytes]) -> bytes:
    with file:
        return file.read()


def run(*arguments: object) -> None:
    subprocess.run(["rdiff", *map(str, arguments)], check=True, capture_output=True)


@rdiff
@pytest.mark.parametrize("length", [0, 1, 2047, 2048, 2049, 100_000])
def test_rdiff_reads_what_we_write(length: int, tmp_path: Path) -> None:
    old, new = edited(length)
    paths = {name: tmp_path / name for name in ("old", "new", "signature", "delta", "result", "ours")}
    paths["old"].write_bytes(old)
    paths["new"].write_bytes(new)

    paths["signature"].write_bytes(content(librsync.signature(io.BytesIO(old))))
    run("delta", paths["signature"], paths["new"], paths["delta"])
    assert content(librsync.patch(io.BytesIO(old), io.BytesIO(paths["delta"].read_bytes()))) == new

    with open(paths["signature"], "rb") as signature:
        paths["ours"].write_bytes(content(librsync.delta(io.BytesIO(new), signature)))
    run("patch", paths["old"], paths["ours"], paths["result"])
    assert paths["result"].read_bytes() == new


@rdiff
@pytest.mark.parametrize("arguments", [["-H", "md4"], ["-H", "blake2"], ["-R", "rollsum"], ["-b", "700", "-S", "9"]])
def test_we_read_what_rdiff_writes(arguments: list[str], edit: Edit, tmp_path: Path) -> None:
    old, new = edit
    (tmp_path / "old").write_bytes(old)
    run(*arguments, "signature", tmp_path / "old", tmp_path / "signature")
    with open(tmp_path / "signature", "rb") as signature, librsync.delta(io.BytesIO(new), signature) as delta:
        assert content(librsync.patch(io.BytesIO(old), delta)) == new
