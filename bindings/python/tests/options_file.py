"""The fields of ``syncline.Options`` as the one table of options makes them. In: the table. Out: the text of ``syncline/options.py``."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from syncline import _syncline

PLACE = Path(__file__).resolve().parents[1] / "python/syncline/options.py"
BEGIN, END = "    # Generated from the table of options.\n", "\n\n# End of what is generated.\n"

TYPES = {
    "flag": "bool",
    "count": "int",
    "number": "int",
    "size": "int | str",
    "text": "str | bytes",
    "texts": "str | bytes | Sequence[str | bytes]",
    "path": "Path",
    "paths": "Path | Sequence[Path]",
}


def fields() -> str:
    """The fields, each with what its option does."""
    lines = []
    for name, kind, argument, _, does in _syncline.OPTIONS:
        if kind == "filter":
            continue
        sentence = f"{does[0].upper()}{does[1:]}."
        if argument is not None:
            sentence = f"``{argument}``: {sentence}"
        lines += textwrap.wrap(sentence, 120, initial_indent="    #: ", subsequent_indent="    #: ")
        lines.append(f"    {name.replace('-', '_')}: {TYPES[kind]} | None")
    return "\n".join(lines)


def made_anew(text: str) -> str:
    """``text``, the file, with its fields made anew."""
    return re.sub(f"{BEGIN}.*?{END}", lambda _: f"{BEGIN}{fields()}{END}", text, flags=re.DOTALL)


if __name__ == "__main__":
    PLACE.write_text(made_anew(PLACE.read_text()))
