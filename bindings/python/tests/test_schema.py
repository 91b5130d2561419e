"""What events and reports hold is the same in every surface."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import syncline
from syncline import events, progress

CLASSES = {
    "entry": events.Entry,
    "change": events.Change,
    "deletion": events.Deleted,
    "message": events.Message,
    "failure": events.Failure,
    "progress": progress.TransferProgress,
    "file": progress.FileProgress,
    "report": syncline.Report,
}


def names(record: Any) -> set[str]:
    """The fields of a dataclass or of a named tuple."""
    return {field.name for field in fields(record)} if is_dataclass(record) else set(record._fields)


def test_every_field_of_the_schema_is_there() -> None:
    schema = Path(__file__).parents[3] / "tests/vectors/events.tsv"
    rows = [line.split("\t") for line in schema.read_text().splitlines() if not line.startswith("#")]
    assert {row[0] for row in rows} == CLASSES.keys()
    for thing, _, name, *_ in rows:
        assert name in names(CLASSES[thing]), (thing, name)
