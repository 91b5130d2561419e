#!/bin/sh
# Mirrors a real tree to another host, which is this one behind a real sshd with keys made for it, or behind a pipe where there
# is none: whole, then what a later release changed, then nothing. examples/demo/mirror.sh
# `make demo` builds what it needs and runs it.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
pair=$root/build/pair
work=$root/build/demo/mirror
syncline=${CARGO_TARGET_DIR:-$root/target}/release/syncline

rm -rf "$work"
mkdir -p "$work/old" "$work/new"
tar -xf "$pair/old.tar" -C "$work/old"
tar -xf "$pair/new.tar" -C "$work/new"

server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

# Sets `server`, and prints the remote shell that reaches it; fails where that cannot be done.
start_sshd() {
    [ -x /usr/sbin/sshd ] || return 1
    for key in host user; do ssh-keygen -q -t ed25519 -N '' -f "$work/$key" || return 1; done
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir -p /run/sshd 2> /dev/null || true
    cat > "$work/settings" <<END
Port $port
ListenAddress 127.0.0.1
HostKey $work/host
AuthorizedKeysFile $work/user.pub
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
PermitRootLogin yes
END
    echo "[127.0.0.1]:$port $(cat "$work/host.pub")" > "$work/known"
    /usr/sbin/sshd -D -e -f "$work/settings" 2> "$work/log" &
    server=$!
    shell="ssh -p $port -F none -i $work/user -o IdentitiesOnly=yes -o UserKnownHostsFile=$work/known -o BatchMode=yes"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        $shell 127.0.0.1 true 2> /dev/null && return 0
        sleep 0.2
    done
    return 1
}

if start_sshd; then
    through="ssh to a real sshd"
else
    through="a pipe: there is no sshd here"
    # The host's name is dropped, and the rest started.
    printf '#!/bin/sh\nshift\nexec "$@"\n' > "$work/pipe"
    shell="sh $work/pipe"
fi
export RSYNC_RSH="$shell"

now() { date +%s.%N; }
echo
echo "$(cat "$pair/what"), unpacked: $(find "$work/old" -type f | wc -l) and $(find "$work/new" -type f | wc -l) files; through $through"
printf '%-24s %-22s %12s %12s %8s %9s\n' 'from, to' '' 'sent B' 'received B' s verified
failed=0
mirror() { # CLIENT SERVER WHAT FROM TO
    start=$(now)
    "$1" -a --delete --no-human-readable --info=stats1 --rsync-path="$2" "$work/$4/" "127.0.0.1:$work/$5/" > "$work/said" || failed=1
    end=$(now)
    verified=yes
    diff -r --no-dereference "$work/$4" "$work/$5" > /dev/null || verified=no failed=1
    set -- "$(basename "$1"), $(basename "$2")" "$3" $(awk '/^sent / { print $2, $5 }' "$work/said")
    printf '%-24s %-22s %12s %12s %8s %9s\n' "$1" "$2" "$3" "$4" "$(echo "$start $end" | awk '{ printf "%.2f", $2 - $1 }')" "$verified"
}
for ends in "$syncline $syncline" "$syncline rsync" "rsync $syncline" "rsync rsync"; do
    set -- $ends
    mirror "$1" "$2" 'the whole tree' old there
    mirror "$1" "$2" 'what has changed' new there
    mirror "$1" "$2" 'a second time' new there
    rm -rf "$work/there"
done
echo
echo "verified: the mirror holds the same files with the same contents."
exit $failed
