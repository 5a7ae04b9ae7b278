#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# Signals that come while a call waits: as natively where nothing has left
# guestd; and where the host has the call and is stopped, as design 2 says.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --device cap=/dev/video40
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
ioctl, SIGKILL: at once, then ioctl: ENODEV, poll: ERR|HUP, killed by SIGKILL, another file: 0
ioctl, SIGINT: at once, then ioctl: ENODEV, poll: ERR|HUP, killed by SIGINT, another file: 0
ioctl, a handler: after 2 s, then ioctl: ENODEV, poll: ERR|HUP, EINTR, another file: 0
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

# through LABEL OPTION...
through()
{
	local label=$1 pids
	shift

	start_guestd video91 --connect "unix:$unix" --profile stream "$@"
	inventory > "$work/before"
	facts "$work/park" sig park /dev/video91
	same "$label" "$work/want" "$work/park"
	check_inventory "$label" "$work/before"

	mapfile -t pids < <(family "$hostd" | tail -n +2)
	facts "$work/wire" sig wire /dev/video91 "${pids[@]}"
	same "$label" "$work/want-wire" "$work/wire"
	check_d_state "$label"
	check_inventory "$label, after waiting for the host" "$work/before"
	stop_guestds
}

through signals
through no-ptrace --no-ptrace
