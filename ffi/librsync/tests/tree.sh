# Sourced by the tests of backup programs: a tree as it is one day, the same as it is the next, and comparisons.

# The tree: source files of this repository, a large file, a hole, an empty one, a link. tree_before FOLDER ROOT
tree_before() {
    mkdir -p "$1"
    cp -r "$2/core/src" "$2/docs" "$1"
    find "$1" -type f -name '*.rs' | LC_ALL=C sort | xargs cat > "$1/large"
    head -c 100000 /dev/zero > "$1/zeros"
    : > "$1/empty"
    ln -s large "$1/link"
    # What is changed later is to look changed.
    find "$1" -exec touch -h -d @900000000 {} +
}

# Edits, growth, a truncation, a removal, a new file. tree_after FOLDER
tree_after() {
    sed -i 's/Signature/Autograph/' "$1/src/delta/signature.rs" "$1/src/delta/builder.rs"
    { echo "a line in front"; head -c 300000 "$1/large"; echo "and one between"; tail -c +310000 "$1/large"; } > "$1/larger"
    mv "$1/larger" "$1/large"
    head -c 5000 "$1/docs/spec/librsync.md" > "$1/short"
    mv "$1/short" "$1/docs/spec/librsync.md"
    cat "$1/zeros" "$1/zeros" > "$1/more"
    mv "$1/more" "$1/zeros"
    echo "no longer empty" > "$1/empty"
    rm -r "$1/src/filter"
    echo new > "$1/new"
}

# Runs a command on one of the libraries: on LIBRARY COMMAND...
on() {
    case $1 in
    ours) shift && LD_LIBRARY_PATH=$library SYNCLINE_LIBRSYNC=2.3.2 "$@" ;;
    newest) shift && LD_LIBRARY_PATH=$library "$@" ;;
    compact) shift && LD_LIBRARY_PATH=$library SYNCLINE_LIBRSYNC=compact "$@" ;;
    original) shift && "$@" ;;
    esac
}

# What is in the files of a folder, compressed ones unpacked: names and checksums. contents_of FOLDER
contents_of() {
    (cd "$1" && find . -type f | LC_ALL=C sort | while read -r file; do
        case $file in
        *.gz) sum=$(gzip -dc "$file" | sha256sum) ;;
        *) sum=$(sha256sum < "$file") ;;
        esac
        echo "$file $sum"
    done)
}
