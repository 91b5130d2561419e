#!/bin/sh
# Debian's rdiff-backup on our librsync, on the original, and on both by turns: ffi/librsync/tests/rdiff_backup.sh LIBRARY_DIR FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
library=$1
folder=$2
. "$here/tree.sh"

extension=$(/usr/bin/python3 -c 'import rdiff_backup._librsync as module; print(module.__file__)')
LD_LIBRARY_PATH=$library ldd "$extension" | grep -q "$library/librsync.so.2"
if ldd "$extension" | grep -q "$library"; then exit 1; fi

rm -rf "$folder"
mkdir -p "$folder"
tree_before "$folder/before" "$root"
cp -a "$folder/before" "$folder/after"
tree_after "$folder/after"

# The first backup, and the second, each with one of the libraries; then both states from it, by either.
backups() { # FIRST SECOND
    repository=$folder/$1-$2
    on "$1" rdiff-backup --current-time 1000000000 backup "$folder/before" "$repository"
    on "$2" rdiff-backup --current-time 1000086400 backup "$folder/after" "$repository"
    for reader in ours original; do
        on $reader rdiff-backup verify "$repository"
        on $reader rdiff-backup verify --at 1B "$repository"
        on $reader rdiff-backup restore "$repository" "$folder/restored"
        diff -r --no-dereference "$folder/after" "$folder/restored"
        rm -rf "$folder/restored"
        on $reader rdiff-backup restore --at 1B "$repository" "$folder/restored"
        diff -r --no-dereference "$folder/before" "$folder/restored"
        rm -rf "$folder/restored"
    done
}
trap 'test $? -eq 0 || cat "$folder/output" >&2' EXIT
for pair in "original original" "ours ours" "original ours" "ours original" "newest newest" "compact compact"; do
    backups $pair > "$folder/output" 2>&1
done
: > "$folder/output"

# What it keeps is the same, byte for byte.
increments() { contents_of "$folder/$1/rdiff-backup-data/increments"; }
increments original-original > "$folder/original"
grep -q 'large.*diff' "$folder/original"
for repository in ours-ours original-ours ours-original; do
    increments $repository | diff "$folder/original" -
done
echo "rdiff-backup: backup, increment, verify and restore, on either and by turns; increments equal"
