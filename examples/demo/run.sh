#!/bin/sh
# Signature, delta and patch of two real files, through the command and from three languages, in one table: examples/demo/run.sh
# `make demo` builds what it needs and runs it.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
pair=$root/build/pair
work=$root/build/demo
export PATH="${CARGO_TARGET_DIR:-$root/target}/release:$PATH:$root/build/venv/bin"
export PKG_CONFIG_PATH="$root/build/c/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$root/build/c/prefix/lib"
old=$pair/old.tar
new=$pair/new.tar

rm -rf "$work"
mkdir -p "$work/node_modules"
cc -std=c99 -O2 "$root/examples/demo/demo.c" $(pkg-config --cflags --libs syncline) -o "$work/demo"
ln -s "$root/bindings/node" "$work/node_modules/syncline"
cp "$root/examples/demo/demo.mjs" "$work"
cat "$old" "$new" > /dev/null # Into the page cache, so that the first row is not slower than the others.

now() { date +%s.%N; }
command_row() {
    start=$(now)
    syncline signature --threads=1 "$1" "$3"
    signed=$(now)
    syncline delta --threads=1 "$3" "$2" "$4"
    differed=$(now)
    syncline patch "$1" "$4" "$5"
    echo "$start $signed $differed $(now)" | awk '{ printf "%.3f %.3f %.3f\n", $2 - $1, $3 - $2, $4 - $3 }'
}

size() { stat -c %s "$1"; }
echo
echo "$(cat "$pair/what"), each in one tar: $(size "$old") and $(size "$new") bytes; one thread each"
printf '%-9s %12s %12s %12s %11s %9s %9s %9s %9s\n' \
    '' 'new file B' 'signature B' 'delta B' 'signature s' 'delta s' 'patch s' 'MB/s' verified
failed=0
for surface in command C Python Node; do
    files="$work/$surface.signature $work/$surface.delta $work/$surface.result"
    set -- "$old" "$new" "$work/$surface.signature" "$work/$surface.delta" "$work/$surface.result"
    case $surface in
    command) times=$(command_row "$@") ;;
    C) times=$("$work/demo" "$@") ;;
    Python) times=$("$root/build/venv/bin/python" "$root/examples/demo/demo.py" "$@") ;;
    Node) times=$(node "$work/demo.mjs" "$@") ;;
    esac
    verified=yes
    cmp -s "$new" "$5" || verified=no failed=1
    rate=$(echo "$times" | awk -v bytes="$(size "$new")" '{ printf "%.0f", bytes / ($1 + $2 + $3) / 1e6 }')
    set -- $times "$(size "$3")" "$(size "$4")"
    printf '%-9s %12s %12s %12s %11s %9s %9s %9s %9s\n' "$surface" "$(size "$new")" "$4" "$5" "$1" "$2" "$3" "$rate" "$verified"
    rm -f $files
done
echo
echo "MB/s: the new file through all three steps. verified: the patched file is the new one, byte for byte."
exit $failed
