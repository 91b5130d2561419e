#!/bin/sh
# Builds the drop-in librsync, installs it into a folder of its own, and has other people's programs run on it:
# ffi/librsync/tests/run.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
built=${CARGO_TARGET_DIR:-$root/target}/release
folder=${1:-$root/build/librsync}

(cd "$root" && cargo build -q --release -p syncline-librsync -p syncline-cli)
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
if rdiff --version | grep -q 'librsync 2.3.2'; then cmp "$folder/our.delta" "$folder/their.delta"; fi

echo "a C program drives every function, on the original and on ours, under valgrind and AddressSanitizer"
compile() {
    cc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Werror -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64 \
        -I "$folder/include" "$here/c/interface.c" -L "$folder/lib" -lrsync "$@"
}
compile -o "$folder/interface"
compile -o "$folder/interface-sanitized" -fsanitize=address,undefined -fno-sanitize-recover
"$folder/interface"
ours "$folder/interface" ours
# What is freed is to be free: the test looks at how much memory there is in use.
ASAN_OPTIONS=quarantine_size_mb=4 ours "$folder/interface-sanitized" ours > /dev/null
ours valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
    "$folder/interface" ours > /dev/null
ours valgrind -q --error-exitcode=99 rdiff -f delta "$folder/our.sig" "$folder/new" "$folder/result"

python3 "$here/command_lines.py" "$folder/lib" "$built/syncline" "$folder/lines"

echo "random jobs on both"
original=$(ldd "$(command -v rdiff)" | awk '/librsync/ {print $3}')
for mode in 2.3.2 exact compact; do
    SYNCLINE_LIBRSYNC=$mode python3 "$here/differential.py" "$library" "$original" "${SECONDS_OF_EACH:-10}"
done

echo "other people's programs"
"$here/rdiff_backup.sh" "$folder/lib" "$folder/rdiff-backup"
"$here/duplicity.sh" "$folder/lib" "$folder/duplicity"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check python-librsync
ours "$folder/venv/bin/python" "$here/python_librsync.py" "$folder"
"$here/steps.sh" "$folder/steps"
echo "librsync: all passed"
