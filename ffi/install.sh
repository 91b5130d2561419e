#!/bin/sh
# Installs the C library: ffi/install.sh TARGET_DIR PREFIX [DESTDIR]
# TARGET_DIR holds libsyncline.so and libsyncline.a as cargo built them.
set -eu
built=$1
prefix=$2
root=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$here/../Cargo.toml" | head -n 1)

fill() {
    sed -e "s|@PREFIX@|$prefix|g" -e "s|@LIBDIR@|$prefix/lib|g" -e "s|@VERSION@|$version|g" "$1" > "$2"
}

lib=$root$prefix/lib
mkdir -p "$root$prefix/include" "$lib/pkgconfig" "$lib/cmake/Syncline"
install -m 644 "$here/../include/syncline.h" "$root$prefix/include/syncline.h"
install -m 755 "$built/libsyncline.so" "$lib/libsyncline.so.$version"
ln -sf "libsyncline.so.$version" "$lib/libsyncline.so.0"
ln -sf libsyncline.so.0 "$lib/libsyncline.so"
install -m 644 "$built/libsyncline.a" "$lib/libsyncline.a"
fill "$here/packaging/syncline.pc.in" "$lib/pkgconfig/syncline.pc"
fill "$here/packaging/SynclineConfig.cmake.in" "$lib/cmake/Syncline/SynclineConfig.cmake"
fill "$here/packaging/SynclineConfigVersion.cmake.in" "$lib/cmake/Syncline/SynclineConfigVersion.cmake"
