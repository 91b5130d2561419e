#!/bin/sh
# Builds the drop-in librsync, installs it into a folder of its own, and has other people's programs run on it:
# ffi/librsync/tests/run.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
built=${CARGO_TARGET_DIR:-$root/target}/release
folder=${1:-$root/build/librsync}

(cd "$root" && cargo build -q --release -p syncline-librsync)
rm -rf "$folder"
mkdir -p "$folder"
"$root/ffi/librsync/install.sh" "$built" "$folder/lib" "$folder/include"
library=$folder/lib/librsync.so.2

echo "exported symbols are those of abi.txt, which are the original's 40, without versions"
nm -D --defined-only "$library" | awk '{print $3}' | LC_ALL=C sort | diff "$root/ffi/librsync/abi.txt" -
test "$(wc -l < "$root/ffi/librsync/abi.txt")" -eq 40
objdump -p "$library" | grep -q 'SONAME *librsync.so.2$'
echo "it needs the C library alone"
objdump -p "$library" | awk '/NEEDED/ {print $2}' | grep -vE '^(libc|ld-linux.*)\.so\.' && exit 1
readelf --dyn-syms --wide "$library" | awk '$5 == "GLOBAL" && $7 == "UND" {print $8}' | grep -v '@GLIBC_' && exit 1

echo "the header is clean C99, C11 and C++17"
printf '#include <librsync.h>\nint main(void) { return rs_strerror(RS_DONE) == 0; }\n' > "$folder/header.c"
for standard in c99 c11; do
    cc -std=$standard -Wall -Wextra -Wpedantic -Werror -I "$folder/include" -fsyntax-only "$folder/header.c"
done
c++ -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -I "$folder/include" -fsyntax-only "$folder/header.c"

echo "the installed rdiff, unmodified, runs on it"
ours() { LD_LIBRARY_PATH=$folder/lib "$@"; }
ours rdiff --version 2> "$folder/warnings" | head -n 1 | grep -qx 'rdiff (librsync 2.3.4)'
test ! -s "$folder/warnings"
head -c 3000000 "$library" > "$folder/old"
{ head -c 1000000 "$folder/old"; echo inserted; tail -c 1900000 "$folder/old"; } > "$folder/new"
ours rdiff signature "$folder/old" "$folder/our.sig"
rdiff signature "$folder/old" "$folder/their.sig"
cmp "$folder/our.sig" "$folder/their.sig"
ours rdiff delta "$folder/their.sig" "$folder/new" "$folder/our.delta"
rdiff patch "$folder/old" "$folder/our.delta" "$folder/result"
cmp "$folder/new" "$folder/result"
rdiff delta "$folder/our.sig" "$folder/new" "$folder/their.delta"
ours rdiff -f patch "$folder/old" "$folder/their.delta" "$folder/result"
cmp "$folder/new" "$folder/result"
SYNCLINE_LIBRSYNC=2.3.2 LD_LIBRARY_PATH=$folder/lib rdiff -f delta "$folder/our.sig" "$folder/new" "$folder/our.delta"
rdiff --version | grep -q 'librsync 2.3.2' && cmp "$folder/our.delta" "$folder/their.delta"
echo "librsync: all passed"
