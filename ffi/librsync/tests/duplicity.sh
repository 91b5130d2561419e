#!/bin/sh
# Debian's duplicity on our librsync, on the original, and on both by turns: ffi/librsync/tests/duplicity.sh LIBRARY_DIR FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
library=$1
folder=$2
. "$here/tree.sh"

extension=$(/usr/bin/python3 -c 'import duplicity._librsync as module; print(module.__file__)')
LD_LIBRARY_PATH=$library ldd "$extension" | grep -q "$library/librsync.so.2"

rm -rf "$folder"
mkdir -p "$folder/tree"
tree_before "$folder/tree/before" "$root"
cp -a "$folder/tree/before" "$folder/tree/after"
tree_after "$folder/tree/after"

run() { # LIBRARY NAME WORDS...
    with=$1
    cache=$folder/cache-$2
    shift 2
    on "$with" duplicity --no-encryption --archive-dir "$cache" "$@"
}
# Both backups are of one path, as duplicity wants it.
backups() { # FIRST SECOND
    name=$1-$2
    target=file://$folder/$name
    source=$folder/source
    rm -rf "$source" && cp -a "$folder/tree/before" "$source"
    run "$1" $name --current-time 1000000000 full "$source" "$target"
    rm -rf "$source" && cp -a "$folder/tree/after" "$source"
    run "$2" $name --current-time 1000086400 incremental "$source" "$target"
    for reader in ours original; do
        run $reader $name verify "$target" "$source"
        run $reader $name restore "$target" "$folder/restored"
        diff -r --no-dereference "$folder/tree/after" "$folder/restored"
        rm -rf "$folder/restored"
        run $reader $name --time 1000000000 restore "$target" "$folder/restored"
        diff -r --no-dereference "$folder/tree/before" "$folder/restored"
        rm -rf "$folder/restored"
    done
}
trap 'test $? -eq 0 || cat "$folder/output" >&2' EXIT
for pair in "original original" "ours ours" "original ours" "ours original" "newest newest" "compact compact"; do
    backups $pair > "$folder/output" 2>&1
done
: > "$folder/output"

# What it keeps is the same, byte for byte.
volumes() { contents_of "$folder/$1" | grep tar; }
volumes original-original > "$folder/original"
grep -q 'duplicity-inc.*difftar' "$folder/original"
for name in ours-ours original-ours ours-original; do
    volumes $name | diff "$folder/original" -
done
echo "duplicity: full, incremental, verify and restore, on either and by turns; volumes equal"
