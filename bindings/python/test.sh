#!/bin/sh
# Installs the package into a virtual environment of its own (build/venv) and runs its tests, type checks and examples.
# Arguments go to pytest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/build/venv

[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$here[test]"

cd "$here"
"$venv/bin/python" -m pytest "$@"
"$venv/bin/python" -m mypy --config-file pyproject.toml python/syncline tests
# One by one: each is a program of its own.
for example in "$root"/examples/python/*.py; do
    "$venv/bin/python" -m mypy --config-file pyproject.toml "$example"
done
cd "$root/build"
"$venv/bin/python" -m mypy.stubtest syncline._syncline
