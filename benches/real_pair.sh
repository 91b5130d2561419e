#!/bin/sh
# Two releases of a large package, unpacked and put into a tar each: benches/real_pair.sh FOLDER
# Leaves FOLDER/old.tar and FOLDER/new.tar, some 78 MB each. Where the package index cannot be reached, the sources of
# this project's dependencies stand in, without and with some of them, and every fourth file changed.
set -eu
folder=$1
package=google-api-python-client
root=$(cd "$(dirname "$0")/.." && pwd)
[ -f "$folder/new.tar" ] && exit 0
mkdir -p "$folder"

pack() { # FOLDER TAR
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$2.part" -C "$1" .
    mv "$2.part" "$2"
}

release() { # VERSION
    "$root/build/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
        --dest "$folder/$1" "$package==$1" && python3 -m zipfile -e "$folder/$1"/*.whl "$folder/$1/unpacked"
}

if release 2.140.0 && release 2.145.0; then
    echo "$package 2.140.0 and 2.145.0" > "$folder/what"
    pack "$folder/2.140.0/unpacked" "$folder/old.tar"
    pack "$folder/2.145.0/unpacked" "$folder/new.tar"
    rm -r "$folder/2.140.0" "$folder/2.145.0"
    exit 0
fi

echo "the package index cannot be reached: the sources of the dependencies stand in" >&2
echo "the sources of this project's dependencies, before and after changes" > "$folder/what"
mkdir -p "$folder/sources"
cp -R "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/. "$folder/sources"
pack "$folder/sources" "$folder/old.tar"
find "$folder/sources" -name '*.rs' | LC_ALL=C sort | awk 'NR % 4 == 0' | while read -r file; do
    echo "// a line more" >> "$file"
done
find "$folder/sources" -mindepth 1 -maxdepth 1 | LC_ALL=C sort | awk 'NR % 9 == 0' | xargs -d '\n' rm -r
pack "$folder/sources" "$folder/new.tar"
rm -r "$folder/sources"
