#!/bin/sh
# Runs a command beside an rsync daemon of its own: tests/with_daemon.sh COMMAND [ARGUMENT ...]
# The command finds in SYNCLINE_TEST_DAEMON the address of the daemon, `rsync://127.0.0.1:PORT`. Its module `open` is for all, `locked` for the user `me`
# with the password `pass word`; both can be written. The daemon listens on loopback alone, on a free port, and ends with the command. Exits with
# 77 if there is no rsync.
set -eu
command -v rsync > /dev/null || { echo "there is no rsync" >&2; exit 77; }
place=$(mktemp -d)
daemon=
finish() {
    if [ -n "$daemon" ]; then
        kill "$daemon" 2> /dev/null || true
        wait "$daemon" 2> /dev/null || true
    fi
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

mkdir "$place/open" "$place/locked"
echo "me:pass word" > "$place/secrets"
chmod 600 "$place/secrets"
ids=
[ "$(id -u)" != 0 ] || ids='uid = root
gid = root'
cat > "$place/rsyncd.conf" << CONFIG
$ids
use chroot = no
read only = no
log file = $place/log
[open]
path = $place/open
comment = for all
[locked]
path = $place/locked
auth users = me
secrets file = $place/secrets
CONFIG

start() {
    rsync --daemon --no-detach --address=127.0.0.1 --port="$1" --config="$place/rsyncd.conf" 2> "$place/said" &
    daemon=$!
    tries=0
    while [ $tries -lt 100 ]; do
        # Another server on the port would not know the module.
        if rsync "rsync://127.0.0.1:$1/" 2> /dev/null | grep -q '^locked'; then return 0; fi
        kill -0 "$daemon" 2> /dev/null || break
        tries=$((tries + 1))
        sleep 0.05
    done
    kill "$daemon" 2> /dev/null || true
    wait "$daemon" 2> /dev/null || true
    daemon=
    return 1
}

attempt=0
port=$((20000 + $$ * 7 % 40000))
until start $port; do
    attempt=$((attempt + 1))
    port=$((20000 + (port + 131) % 40000))
    if [ $attempt = 20 ]; then
        cat "$place/said" >&2
        exit 1
    fi
done
export SYNCLINE_TEST_DAEMON="rsync://127.0.0.1:$port"
"$@"
