"""What events and reports hold is the same in every surface."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

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


def test_every_field_of_the_schema_is_there() -> None:
    schema = Path(__file__).parents[3] / "tests/vectors/events.tsv"
    rows = [line.split("\t") for line in schema.read_text().splitlines() if not line.startswith("#")]
    assert {row[0] for row in rows} == CLASSES.keys()
    for thing, _, name, *_ in rows:
        assert name in {field.name for field in fields(CLASSES[thing])}, (thing, name)
