"""Options: what the table says, what is set, what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import syncline
from options_file import PLACE, made_anew
from syncline import _syncline, options


def test_the_fields_are_those_of_the_table() -> None:
    text = PLACE.read_text()
    assert text == made_anew(text), f"run {Path(__file__).parent / 'options_file.py'}"
    names = {name.replace("-", "_") for name, kind, *_ in _syncline.OPTIONS if kind != "filter"}
    assert names == set(syncline.Options.__annotations__)


def test_options_count_in_the_order_of_the_table() -> None:
    assert options.settings({"owner": False, "archive": True, "max_size": None}, []) == [
        ("archive", None),
        ("no-owner", None),
    ]


def test_values_become_what_the_command_line_would_say() -> None:
    given: syncline.Options = {
        "hard_links": 2,
        "dry_run": False,
        "max_size": 10,
        "min_size": "1k",
        "rsh": b"ssh -p 22",
        "files_from": Path("list"),
        "chmod": ["D755", "F644"],
        "timeout": 0,
    }
    assert options.settings(given, ["- *.o", ("exclude-from", Path("x")), b"+ \xff"]) == [
        ("hard-links", None),
        ("hard-links", None),
        ("chmod", "D755"),
        ("chmod", "F644"),
        ("rsh", "ssh -p 22"),
        ("max-size", "10"),
        ("min-size", "1k"),
        ("timeout", "0"),
        ("files-from", "list"),
        ("filter", "- *.o"),
        ("exclude-from", "x"),
        ("filter", "+ \udcff"),
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"colour": True}, TypeError),
        ({"exclude": "*.o"}, TypeError),
        ({"archive": "yes"}, TypeError),
        ({"rsh": 1.5}, TypeError),
        ({"max_size": "many"}, ValueError),
        ({"delete": True}, ValueError),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_starts(
    given: dict[str, Any], error: type[Exception], tmp_path: Path
) -> None:
    (tmp_path / "from").write_bytes(b"")
    with pytest.raises(error):
        syncline.sync(tmp_path / "from", tmp_path / "to", **given)
    assert not (tmp_path / "to").exists()


def test_the_later_rule_loses(tmp_path: Path) -> None:
    for name in ("keep.o", "drop.o"):
        (tmp_path / "from" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "from" / name).write_bytes(b"")
    syncline.sync(f"{tmp_path}/from/", tmp_path / "to", archive=True, filters=["+ keep.*", ("exclude", "*.o")])
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["keep.o"]
