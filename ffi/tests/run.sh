#!/bin/sh
# Builds the C library, installs it into a folder of its own, and tests it as a C program would use it:
# ffi/tests/run.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
built=${CARGO_TARGET_DIR:-$root/target}/release
folder=${1:-$root/build/c}
flags="-O1 -g -Wall -Wextra -Wpedantic -Werror -D_DEFAULT_SOURCE -D_FILE_OFFSET_BITS=64"

(cd "$root" && cargo build -q --release -p syncline-ffi)
rm -rf "$folder"
mkdir -p "$folder"
"$root/ffi/install.sh" "$built" "$folder/prefix"
export PKG_CONFIG_PATH="$folder/prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$folder/prefix/lib"

echo "exported symbols are those of abi.txt"
nm -D --defined-only "$folder/prefix/lib/libsyncline.so" | awk '{print $3}' | grep '^syncline_' | sort > "$folder/symbols"
LC_ALL=C sort "$root/ffi/abi.txt" | diff - "$folder/symbols"
test "$(nm -D --defined-only "$folder/prefix/lib/libsyncline.so" | grep -c ' T ')" = "$(wc -l < "$root/ffi/abi.txt")"
objdump -p "$folder/prefix/lib/libsyncline.so" | grep -q 'SONAME *libsyncline.so.0'

echo "the header is clean C99, C11 and C++17"
printf '#include <syncline.h>\nint main(void) { return syncline_version() == 0; }\n' > "$folder/header.c"
for standard in c99 c11; do
    cc -std=$standard -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags syncline) -fsyntax-only "$folder/header.c"
done
c++ -x c++ -std=c++17 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags syncline) -fsyntax-only "$folder/header.c"

echo "the interface, under valgrind where it is installed"
cc -std=c11 $flags $(pkg-config --cflags syncline) "$here/c/interface.c" -o "$folder/interface" $(pkg-config --libs syncline)
if command -v valgrind > /dev/null; then
    # What the Rust runtime keeps for the main thread is reachable only through it, which valgrind calls "possibly lost".
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        "$folder/interface" "$root/tests/vectors"
else
    "$folder/interface" "$root/tests/vectors"
fi

echo "transfers, with rsync at the other end: plain, with the address sanitizer, and under valgrind"
for kind in plain address; do
    sanitizer=
    [ $kind = plain ] || sanitizer="-fsanitize=address -fno-omit-frame-pointer"
    # shellcheck disable=SC2086
    cc -std=c11 $flags $sanitizer $(pkg-config --cflags syncline) "$here/c/transfer.c" -o "$folder/transfer-$kind" \
        $(pkg-config --libs syncline) -lpthread
    rm -rf "$folder/trees" && mkdir "$folder/trees"
    "$root/tests/with_daemon.sh" "$folder/transfer-$kind" "$folder/trees"
done
if command -v valgrind > /dev/null; then
    rm -rf "$folder/trees" && mkdir "$folder/trees"
    # Threads of the Rust runtime keep what valgrind calls "possibly lost".
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite \
        --log-file="$folder/valgrind.log" "$folder/transfer-plain" "$folder/trees" 5 || {
        # It does not know the newer system calls, says so each time, and answers that there are none.
        grep -v -e 'WARNING: unhandled' -e 'You may be able' -e README_MISSING -e 'consider this a bug' -e 'valgrind.org' "$folder/valgrind.log" >&2
        exit 1
    }
fi

echo "the examples"
head -c 3000000 "$built/libsyncline.a" > "$folder/old"
{ head -c 1000000 "$folder/old"; echo inserted; tail -c 1900000 "$folder/old"; } > "$folder/new"
for example in delta stream; do
    cc -std=c11 $flags $(pkg-config --cflags syncline) "$root/examples/c/$example.c" -o "$folder/$example" $(pkg-config --libs syncline)
done
"$folder/delta" "$folder/old" "$folder/new" "$folder/result" 2> /dev/null
cmp "$folder/new" "$folder/result"
"$folder/stream" "$folder/old" "$folder/new" > "$folder/result"
cmp "$folder/new" "$folder/result"

for example in mirror preview cancel socket_pair; do
    cc -std=c11 $flags $(pkg-config --cflags syncline) "$root/examples/c/$example.c" -o "$folder/$example" \
        $(pkg-config --libs syncline) -lpthread
done
trees="$folder/trees"
rm -rf "$trees" && mkdir -p "$trees/from/sub" "$trees/root"
cp "$folder/new" "$trees/from/sub/large"
echo small > "$trees/from/small"
"$folder/mirror" "$trees/from/" "$trees/to" 2> /dev/null | grep -q '^2 files sent, 0 deleted$'
diff -r "$trees/from" "$trees/to"
touch "$trees/to/extra"
"$folder/mirror" "$trees/from/" "$trees/to" 2> /dev/null | grep -q '^0 files sent, 1 deleted$'
test "$("$folder/preview" "$trees/from/" "$trees/other" | grep -c '^>f+++++++++ ')" = 2
test ! -e "$trees/other"
"$folder/socket_pair" "$trees/from/" "$trees/root" kept
diff -r "$trees/from" "$trees/root/kept"
if "$folder/socket_pair" "$trees/from/" "$trees/root" ../out 2> /dev/null || [ -e "$trees/out" ]; then exit 1; fi
truncate -s 2G "$trees/from/hole"
"$folder/cancel" 100 "$trees/from/" "$trees/stopped" | grep -q '^cancelled$'
test -z "$(find "$trees/stopped" -name '*hole*')"
rm "$trees/from/hole"
if command -v ssh-keygen > /dev/null; then
    # shellcheck disable=SC2016
    "$root/tests/with_sshd.sh" sh -eu -c '
        "$1/mirror" "$2/from/" "localhost:$2/by-ssh" "$SYNCLINE_TEST_SSH" 2> /dev/null
        diff -r "$2/from" "$2/by-ssh"
        for wrong in "nowhere.invalid:$2/x|$SYNCLINE_TEST_SSH|resolve" "localhost:$2/x|$SYNCLINE_TEST_SSH_REFUSED|ermission denied"; do
            host=${wrong%%|*} said=${wrong##*|} shell=${wrong#*|}
            if "$1/mirror" "$2/from/" "$host" "${shell%|*}" 2> "$2/said"; then exit 1; fi
            grep -q "$said" "$2/said" || { cat "$2/said"; exit 1; }
        done' sh "$folder" "$trees" > /dev/null
fi

echo "the static library and the CMake package"
cc -std=c11 $flags $(pkg-config --cflags syncline) "$folder/header.c" -o "$folder/static" \
    "$folder/prefix/lib/libsyncline.a" -lpthread -ldl -lm
"$folder/static"
if command -v cmake > /dev/null; then
    mkdir -p "$folder/cmake"
    cat > "$folder/cmake/CMakeLists.txt" << 'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(user C)
find_package(Syncline 0.1 REQUIRED)
add_executable(user ../header.c)
target_link_libraries(user Syncline::syncline)
CMAKE
    cmake -S "$folder/cmake" -B "$folder/cmake/build" -DCMAKE_PREFIX_PATH="$folder/prefix" > /dev/null
    cmake --build "$folder/cmake/build" > /dev/null
    "$folder/cmake/build/user"
fi
echo "C: all passed"
