"""What docs/python.md shows: every program in it is one, by mypy; those that need no host run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, contents

PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), flags=re.DOTALL)


def test_the_programs_have_no_type_errors(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="mypy is not installed")
    assert len(PROGRAMS) >= 7
    files = []
    for number, program in enumerate(PROGRAMS):
        files.append(tmp_path / f"program_{number}.py")
        files[-1].write_text(program)
    command = [sys.executable, "-m", "mypy", f"--cache-dir={tmp_path}/cache", "--check-untyped-defs", *map(str, files)]
    checked = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "build")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("program", [program for program in PROGRAMS if "socketpair" in program or "dry_run" in program])
def test_programs_run(program: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    program = program.replace('"site/"', repr(f"{tree}/")).replace('"/srv"', repr(f"{tmp_path}/root"))
    program = program.replace('"host:/srv/site"', repr(f"{tmp_path}/to"))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    if "socketpair" in program:
        assert contents(tmp_path / "root" / "backup") == contents(tree)
