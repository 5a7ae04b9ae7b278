#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
#
# What a client sees when somebody dies in mid-stream, and that everything is back
# as it was afterwards: guestd, its memory helper, hostd's processes, a client;
# by SIGKILL, and the daemons by SIGTERM, too.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

calls=()	# of the clients that run: what they wait in
clients=()	# their processes

# client CALL NODE: one that calls until that fails, see until.c
client()
{
	"$build/lab/until" "$1" "/dev/$2" > "$work/$1" 2>&1 &
	clients+=($!)
	calls+=("$1")
	wait_until 20 grep -qx running "$work/$1" ||
		die "$1 of $2 does not run: $(< "$work/$1")"
}

# The nodes: video91 is vivid, where one streams and one waits for an event; the
# others have a pattern each.
start_clients()
{
	clients=()
	calls=()
	client dqbuf video91
	client dqevent video91
	client poll video92
	client read video93
}

start_guestds()
{
	start_guestd video91 --connect "$1" --remote cap --profile stream
	start_guestd video92 --connect "$1" --remote pat --profile stream
	start_guestd video93 --connect "$1" --remote pat --profile read
}

# ends LABEL ERROR THEN EVENTS: how it ends for all of them.  A call that was just
# being made when guestd died is aborted, the next finds nobody there.
ends()
{
	local label=$1 i

	for i in "${!calls[@]}"; do
		if ! wait_until 10 gone "${clients[i]}"; then
			not_ok "$label: ${calls[i]} ends"
			continue
		fi
		{
			echo running
			[ "${calls[i]}" = poll ] || echo "${calls[i]}: $2"
			echo "then poll: $4"
			echo "then ioctl: $3"
			echo "then read: $3"
			echo "then close: 0"
		} > "$work/want"
		sed "2s/: ENOTCONN/: ECONNABORTED/" "$work/${calls[i]}" \
			> "$work/got"
		same "$label, ${calls[i]}" "$work/want" "$work/got"
	done
	check_d_state "$label"
}

# Frames come again.
all_work()
{
	check "$1: USERPTR works" timeout 10 v4l2-ctl -d /dev/video91 \
		--stream-user --stream-count=3
	check "$1: read() works" timeout 10 dd if=/dev/video93 \
		of="$work/frame" bs=153600 count=3 iflag=fullblock
}

# Everybody is there and idle, as in the beginning.
as_before()
{
	check_inventory "$1" "$work/before"
}

no_connection()
{
	[ -z "$(named hostd-guest "$hostd")" ]
}

all_connected()
{
	local node

	for node in video91 video92 video93; do
		: < "/dev/$node" || return
	done
}

# --- who dies -----------------------------------------------------------------

# guestd_dies LABEL SIGNAL
guestd_dies()
{
	local label=$1 pid status

	start_clients
	exec 8<> /dev/video91
	kill "-$2" "${guestds[@]}"
	for pid in "${guestds[@]}"; do
		wait_until 10 gone "$pid" || die "$label: guestd does not end"
		wait "$pid" 2> /dev/null
		status=$?
		[ "$2" != TERM ] || check "$label: it exits with 0" \
			test $status -eq 0
	done
	guestds=()
	ends "$label" ECONNABORTED ENOTCONN ERR
	check "$label: nodes are gone" wait_until 5 no_nodes
	check "$label: helpers are gone" wait_until 5 no_helpers
	check "$label: hostd has no connection" wait_until 5 no_connection
	start_guestds "$3" 8>&-
	check "$label: an open file stays dead" stale
	exec 8>&-
	all_work "$label"
	as_before "$label"
}

no_nodes()
{
	! ls /dev/video9[0-9]
}

no_helpers()
{
	! grep -qx guestd-memory /proc/[0-9]*/comm
}

stale()
{
	dd count=1 <&8 2>&1 | grep 'not connected'
}

# host_dies LABEL SIGNAL COMM: of the processes of all connections
host_dies()
{
	local label=$1 signal=$2 pids begun

	start_clients
	mapfile -t pids < <(named "$3" "$hostd")
	kill "-$signal" "${pids[@]}"
	begun=${EPOCHREALTIME/./}
	wait_until 5 gone "${clients[0]}" || :
	check "$label: connected again" wait_until 2 all_connected
	say "$label: connected after $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
	ends "$label" ENODEV ENODEV 'ERR|HUP'
	all_work "$label"
	as_before "$label"
}

# listener_dies LABEL SIGNAL
listener_dies()
{
	local label=$1 status begun

	start_clients
	kill "-$2" "$hostd"
	wait "$hostd" 2> /dev/null
	status=$?
	[ "$2" != TERM ] || check "$label: it exits with 0" test $status -eq 0
	ends "$label" ENODEV ENODEV 'ERR|HUP'
	check "$label: open() says ENODEV" no_device
	check "$label: no process of hostd's is left" wait_until 5 no_hostd
	begin_hostd
	begun=${EPOCHREALTIME/./}
	check "$label: connected again" wait_until 2 all_connected
	say "$label: connected after $(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
	all_work "$label"
	as_before "$label"
}

no_device()
{
	! (: < /dev/video91) 2> "$work/said" &&
		grep 'No such device' "$work/said"
}

no_hostd()
{
	! grep -q '^hostd' /proc/[0-9]*/comm
}

begin_hostd()
{
	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
		--allow uid:0 --device cap=/dev/video40 \
		--device pat=pattern:320x240,fps=30
}

helper_dies()
{
	local pid status

	start_clients
	for pid in "${guestds[@]}"; do
		kill -KILL "$(family "$pid" | tail -n +2)"
	done
	ends "helper killed" ECONNABORTED ENOTCONN ERR
	for pid in "${guestds[@]}"; do
		wait "$pid"
		status=$?
		check "helper killed: guestd exits with 1" test $status -eq 1
	done
	guestds=()
	check "helper killed: guestd says what to do" grep -q \
		'the memory helper has ended: start guestd again' \
		"$LAB_OUT/guestd-video91.log"
	check "helper killed: nodes are gone" wait_until 5 no_nodes
	start_guestds "unix:$unix"
	all_work "helper killed"
	as_before "helper killed"
}

client_dies()
{
	start_clients
	kill -KILL "${clients[@]}"
	wait "${clients[@]}" 2> /dev/null
	check_d_state "client killed"
	all_work "client killed"
	as_before "client killed"
}

# --- the story -----------------------------------------------------------------

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
v4l2-ctl -d 40 -v width=320,height=180 > /dev/null
begin_hostd
start_guestds "unix:$unix"
inventory > "$work/before"

client_dies
guestd_dies "guestd killed" KILL "unix:$unix"
guestd_dies "guestd ended" TERM "unix:$unix"
helper_dies
host_dies "guest processes killed" KILL hostd-guest
host_dies "openers killed" KILL hostd-opener
listener_dies "listener killed" KILL
listener_dies "listener ended" TERM

stop_guestds
start_guestds vsock:1:848
inventory > "$work/before"
listener_dies "vsock, listener killed" KILL
