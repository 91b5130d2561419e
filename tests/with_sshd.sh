#!/bin/sh
# Runs a command beside an sshd of its own: tests/with_sshd.sh COMMAND [ARGUMENT ...]
# The command finds in SYNCLINE_TEST_SSH an ssh command line that reaches it as this user, whatever the host is called (but `nowhere.invalid`),
# and in SYNCLINE_TEST_SSH_REFUSED one whose key is refused. The daemon listens on loopback alone, on a free port, with throw-away keys, and ends with
# the command. Exits with 77 if there is no sshd.
set -eu
sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || { echo "there is no sshd" >&2; exit 77; }
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

for key in host user stranger; do
    ssh-keygen -q -t ed25519 -N '' -f "$place/$key"
done
cp "$place/user.pub" "$place/authorized"
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd

start() {
    cat > "$place/sshd_config" << CONFIG
ListenAddress 127.0.0.1
Port $1
HostKey $place/host
AuthorizedKeysFile $place/authorized
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AcceptEnv LC_* LANG
CONFIG
    "$sshd" -D -e -f "$place/sshd_config" 2> "$place/log" &
    daemon=$!
    tries=0
    while [ $tries -lt 100 ]; do
        grep -q '^Server listening' "$place/log" && return 0
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
until start $((20000 + ($$ * 7 + attempt * 131) % 40000)); do
    attempt=$((attempt + 1))
    if [ $attempt = 20 ]; then
        cat "$place/log" >&2
        exit 1
    fi
done
port=$(sed -n 's/^Port //p' "$place/sshd_config")

printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$place/host.pub")" > "$place/known"
cat > "$place/ssh_config" << CONFIG
Host * !nowhere.invalid
    HostName 127.0.0.1
    Port $port
    UserKnownHostsFile $place/known
    GlobalKnownHostsFile /dev/null
    HostKeyAlias [127.0.0.1]:$port
    StrictHostKeyChecking yes
    IdentitiesOnly yes
    IdentityAgent none
    ControlMaster no
CONFIG
export SYNCLINE_TEST_SSH="ssh -F $place/ssh_config -i $place/user"
export SYNCLINE_TEST_SSH_REFUSED="ssh -F $place/ssh_config -i $place/stranger"
"$@"
