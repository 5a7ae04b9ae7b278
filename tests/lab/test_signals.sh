#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# Signals that come while a call waits: as natively where nothing has left
# guestd; and where the host has the call and is stopped, as session_interrupt()
# in guestd/session.h says.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --device cap=/dev/video40 \
	--device pat=pattern:320x240,fps=30
facts "$work/native" sig park /dev/video40

# The kernel takes no restart from a CUSE server's read(), so that a handler
# interrupts it whatever SA_RESTART says, and a reader that is stopped stops when
# it has its frame.
sed -e 's/^\(read, SA_RESTART: \).*/\1EINTR/' \
	-e 's/^\(read, SIGSTOP: \)stops, /\1/' "$work/native" > "$work/want"
check "two facts of read() differ from native" \
	test "$(diff "$work/native" "$work/want" | grep -c '^>')" -eq 2

cat > "$work/want-wire" << EOF
the host is not back in time
DQBUF, SIGKILL: at once, killed by SIGKILL, another file: 0
DQBUF, a handler: at once, EINTR, another file: 0
ioctl, SIGKILL: at once, then ioctl: ENODEV, poll: PRI|ERR|HUP, killed by SIGKILL, another file: 0
ioctl, SIGINT: at once, then ioctl: ENODEV, poll: PRI|ERR|HUP, killed by SIGINT, another file: 0
ioctl, a handler: after 2 s, then ioctl: ENODEV, poll: PRI|ERR|HUP, EINTR, another file: 0
open, SIGKILL: at once, killed by SIGKILL, another file: 0
open, a handler: at once, EINTR, another file: 0
close, a handler: after 1 s, 0, another file: 0
close, SIGKILL: after 1 s, killed by SIGKILL, another file: 0
the host is back in time
ioctl, a handler: waits, 0, another file: 0
ioctl, SA_RESTART: waits, 0, another file: 0
ioctl, SIGSTOP: waits, 0, another file: 0
open, SIGSTOP: waits, 0, another file: 0
EOF

# Nobody can tell guestd which signal it was, when guestd does not see the caller's
# process: then each counts as one that interrupts, and none as SIGKILL.
sed -e '/^ioctl, SIG[KI]/s/: at once,/: after 2 s,/' \
	-e '/^ioctl, SIGSTOP:/s/:.*/: after 2 s, then ioctl: ENODEV, poll: PRI|ERR|HUP, EINTR, another file: 0/' \
	-e '/^open, SIGSTOP:/s/:.*/: at once, EINTR, another file: 0/' \
	"$work/want-wire" > "$work/want-unseen"

# park LABEL OPTION...: calls that wait for a frame or an event
park()
{
	local label=$1
	shift

	start_guestd video91 --connect "unix:$unix" --profile stream "$@"
	inventory > "$work/before"
	facts "$work/park" sig park /dev/video91
	same "$label" "$work/want" "$work/park"
	check_inventory "$label" "$work/before"
}

# hosts [PID...]: hostd's processes of connections, without PID...
hosts()
{
	local pid

	for pid in $(family "$hostd" | tail -n +2); do
		[[ " $* " = *" $pid "* ]] || echo "$pid"
	done
}

no_hosts()
{
	[ -z "$(hosts)" ]
}

# As start_guestd, in a pid namespace of its own; $guestd is outside of that.
start_unseen()
{
	unshare --pid --fork "$build/guestd" --device /dev/video92 \
		--connect "unix:$unix" --remote pat --profile stream \
		> "$work/video92" 2>> "$LAB_OUT/guestd-video92.log" &
	wait_until 20 grep -qx /dev/video92 "$work/video92" ||
		die "guestd in a pid namespace: no node after 20 s"
	guestd=$(family $! | sed -n 2p)
	guestds+=("$guestd")
}

park signals
first=()
mapfile -t first < <(hosts)
facts "$work/wire" sig wire /dev/video91 "${first[@]}"
same signals "$work/want-wire" "$work/wire"
check_d_state signals
check_inventory "signals, after waiting for the host" "$work/before"
stop_guestds
check "hostd's processes of the connection are gone" wait_until 5 no_hosts

# These two wait most of the time, so they do it together.
park no-ptrace --no-ptrace
first=()
mapfile -t first < <(hosts)
start_unseen
mapfile -t second < <(hosts "${first[@]}")
inventory > "$work/before"
facts "$work/wire" sig wire /dev/video91 "${first[@]}" &
facts "$work/unseen" sig wire /dev/video92 "${second[@]}"
wait $!
same no-ptrace "$work/want-wire" "$work/wire"
same unseen "$work/want-unseen" "$work/unseen"
check_d_state no-ptrace
check_inventory "no-ptrace, after waiting for the host" "$work/before"
