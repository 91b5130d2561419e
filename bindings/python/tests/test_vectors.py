"""The vectors of every language (tests/vectors/README.md), line by line."""

from __future__ import annotations

from typing import Any

import pytest
import syncline
from conftest import ROOT


def lines(name: str) -> list[Any]:
    """The lines of one file as test parameters; every field is text."""
    rows = (ROOT / "tests" / "vectors" / name).read_text().splitlines()
    fields = [row.split("\t") for row in rows if row and not row.startswith("#")]
    return [pytest.param(*row, id=f"{number}-{row[0]}") for number, row in enumerate(fields, 1)]


@pytest.mark.parametrize("name, format, block_length, strong_length, basis, signature", lines("signatures.tsv"))
def test_signature(
    name: str, format: Any, block_length: str, strong_length: str, basis: str, signature: str
) -> None:
    made = syncline.signature(
        bytes.fromhex(basis), format=format, block_length=int(block_length), strong_length=int(strong_length)
    )
    assert made.hex() == signature
    assert bytes(syncline.Signature.load(made)) == made


@pytest.mark.parametrize("name, mode, basis, signature, new, delta", lines("deltas.tsv"))
def test_delta(name: str, mode: str, basis: str, signature: str, new: str, delta: str) -> None:
    options: Any = {"compression": None} if mode == "native" else {"mode": mode}
    made = syncline.delta(bytes.fromhex(signature), bytes.fromhex(new), **options)
    assert made.hex() == delta
    assert syncline.patch(bytes.fromhex(basis), made).hex() == new


@pytest.mark.parametrize("name, basis, delta, new", lines("patches.tsv"))
def test_patch(name: str, basis: str, delta: str, new: str) -> None:
    assert syncline.patch(bytes.fromhex(basis), bytes.fromhex(delta)).hex() == new


@pytest.mark.parametrize("name, operation, basis, data, kind", lines("errors.tsv"))
def test_error(name: str, operation: str, basis: str, data: str, kind: str) -> None:
    content = bytes.fromhex(data)
    with pytest.raises(syncline.SynclineError) as caught:
        match operation:
            case "load-signature":
                syncline.Signature.load(content)
            case "patch":
                syncline.patch(bytes.fromhex(basis), content)
            case "inspect":
                syncline.inspect(content)
    assert caught.value.code == kind
