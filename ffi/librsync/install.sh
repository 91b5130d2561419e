#!/bin/sh
# Installs the drop-in librsync and its header: ffi/librsync/install.sh TARGET_DIR LIBRARY_DIR INCLUDE_DIR
# TARGET_DIR holds librsync.so as cargo built it.
set -eu
built=$1
library=$2
include=$3
here=$(cd "$(dirname "$0")" && pwd)

# The release whose interface this is (docs/spec/librsync.md §11.1).
release=2.3.4
install -D -m 755 "$built/librsync.so" "$library/librsync.so.$release"
ln -sf "librsync.so.$release" "$library/librsync.so.2"
ln -sf librsync.so.2 "$library/librsync.so"
install -D -m 644 "$here/include/librsync.h" "$include/librsync.h"
