#!/bin/sh
# Runs the quick starts as they stand in the README: tests/quick_starts.sh sh|transfer|c|python|js ...
# Expects what `make` has built: the command in target/release, the C library installed under build/c/prefix,
# the Python package in build/venv, the npm package in bindings/node.
# The one in Rust is a documentation test of the package in this folder.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The first fenced block of a language, or another one, which must be short.
block() { # LANGUAGE FILE [NUMBER]
    awk -v fence="\`\`\`$1" -v number="${3:-1}" '$0 == fence { inside = --number == 0; next }
        inside && $0 == "```" { exit } inside' "$root/README.md" > "$2"
    lines=$(wc -l < "$2")
    if [ "$lines" -eq 0 ] || [ "$lines" -ge 15 ]; then
        echo "the quick start for $1 has $lines lines" >&2
        exit 1
    fi
}

for language in "$@"; do
    rm -rf "$folder/$language"
    mkdir "$folder/$language"
    cd "$folder/$language"
    seq 1 100000 > old
    seq 500 100500 > new
    case $language in
    sh)
        block sh ../start.sh
        PATH=${CARGO_TARGET_DIR:-$root/target}/release:$PATH sh -eu ../start.sh
        ;;
    transfer)
        block sh ../start.sh 2
        # The host is this one: its name is dropped, and the rest started where a login would be.
        mkdir photos ../there
        cp old new photos
        printf 'shift\nwhile [ "$1" != rsync ]; do shift; done\ncd "%s"\nexec "$@"\n' "$folder/there" > ../shell
        PATH=${CARGO_TARGET_DIR:-$root/target}/release:$PATH RSYNC_RSH="sh $folder/shell" sh -eu ../start.sh
        diff -r photos ../there/backup/photos
        cmp new photos/new
        ;;
    c)
        block c ../start.c
        export PKG_CONFIG_PATH="$root/build/c/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$root/build/c/prefix/lib"
        cc -std=c99 -Wall -Wextra -Werror ../start.c $(pkg-config --cflags --libs syncline) -o start
        ./start
        cmp new copy
        ;;
    python)
        block python ../start.py
        "$root/build/venv/bin/python" ../start.py
        ;;
    js)
        block js start.mjs
        mkdir node_modules
        ln -s "$root/bindings/node" node_modules/syncline
        [ "$(node start.mjs)" = true ]
        ;;
    *)
        echo "no quick start for $language" >&2
        exit 2
        ;;
    esac
    echo "quick start: $language works"
done
