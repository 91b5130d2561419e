#!/bin/sh
# Runs the steps of docs/librsync.md as they stand there, in a copy of what they need: ffi/librsync/tests/steps.sh FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=$1

rm -rf "$folder"
mkdir -p "$folder/core"
cp -r "$root/core/src" "$folder/core/"
awk '$0 == "```sh" { inside = 1; next } $0 == "```" { inside = 0 } inside' "$root/docs/librsync.md" > "$folder/steps.sh"
test "$(wc -l < "$folder/steps.sh")" -ge 20
# What `make` does is the repository's; where it puts it is the folder's.
mkdir "$folder/bin"
printf '#!/bin/sh\nexec %s --quiet -C "%s" "$@"\n' "$(command -v make)" "$root" > "$folder/bin/make"
chmod +x "$folder/bin/make"
cd "$folder"
PATH=$folder/bin:$PATH sh -eu steps.sh > output 2>&1 || { cat output >&2; exit 1; }
grep -qx 'rdiff (librsync 2.3.4)' output
grep -qx 'OK' output
echo "the steps of docs/librsync.md work"
