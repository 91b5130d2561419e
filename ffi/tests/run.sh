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
