#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 150
#
# Descriptors and memory run out in each of the daemons' processes, which is an error
# for programs, and none later; guestd and hostd stand still for longer than hostd
# waits for the rest of a frame, and streams go on; there is no room for their logs
# and their sockets, which only who needs the sockets notices.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

still_seconds=11	# more than VMS_PARTIAL_TIMEOUT_MS
pattern=320x240
frames=100

streams()
{
	timeout -k 5 10 "$build/lab/capture" --user --plain --frames=3 /dev/video91
}

lists()
{
	timeout -k 5 3 "$build/guestd" --connect "unix:$unix" --list
}

# one COMM: a process of the daemons' that has this name
one()
{
	named "$1" "$hostd" "${guestds[@]}" | head -n 1
}

# --- what runs out ---------------------------------------------------------------

# The limit that leaves process $1 room for $2 descriptors: that of their numbers, in
# which there may be holes
room_nofile()
{
	seq 0 1000 | grep -vxFf <(ls "/proc/$1/fd") | sed -n "$(($2 + 1))p"
}

# The same for so many times 512 KiB: a frame has 113
room_as()
{
	awk -v more="$2" '/^VmSize:/ { print ($2 + more * 512) * 1024 }' \
		"/proc/$1/status"
}

# squeeze COMM LIMIT COUNT PROGRAM: its process has room for nothing more, then for one
# more, and so on
squeeze()
{
	local comm=$1 limit=$2 count=$3 program=$4 i pid before status

	for ((i = 0; i < count; i++)); do
		wait_until 5 streams || not_ok "$comm, $limit $i: works before"
		pid=$(one "$comm")
		before=$(prlimit --pid "$pid" --noheadings --raw \
			--output SOFT "--$limit")
		prlimit --pid "$pid" "--$limit=$("room_$limit" "$pid" $i):" ||
			not_ok "$comm, $limit $i: has a limit"
		status=0
		"$program" > "$work/said" 2>&1 || status=$?
		say "$comm, room for $i, $limit: $status $(tail -n 1 "$work/said")"
		[ $i -gt 0 ] || check "$comm, no room, $limit: an error" \
			test $status -ne 0
		# Who is not accepted waits.
		[ "$program" = lists ] || [ $status -lt 124 ] ||
			not_ok "$comm, room for $i, $limit: each call ends"
		# It may have ended.
		prlimit --pid "$pid" "--$limit=$before:" 2> "$work/said" || :
	done
	check "$comm has room again, $limit: works" wait_until 10 streams
	check "$comm has room again, $limit: lists" wait_until 10 lists
}

# --- who stands still ------------------------------------------------------------

# runs NODE: a program takes frames of it
runs()
{
	timeout -k 5 40 v4l2-ctl -d "/dev/$1" --stream-user --stream-count=$frames \
		--stream-to="$work/$1.frames" > "$work/$1.stream" 2>&1 &
	wait_until 10 grep -q '<' "$work/$1.stream" || not_ok "$1: streams"
}

# Two at once, as it takes its time: guestd of the one, the host of the other
stand_still()
{
	local first second

	runs video91
	first=$!
	runs video92
	second=$!
	kill -STOP "$1" "$2"
	sleep $still_seconds
	kill -CONT "$1" "$2"
	wait $first
	check "guestd stood still: the stream goes on" test $? -eq 0
	wait $second
	check "hostd stood still: the stream goes on" test $? -eq 0
	check "hostd stood still: each frame is whole" "$build/lab/capture" --file \
		--size=$pattern --frames=$frames "$work/video92.frames"
}

# --- where there is no room ------------------------------------------------------

# A file system for the daemons' sockets, and who can have none there
no_room()
{
	local run=/run/usermedia full=/dev/full

	mkdir -p $run
	mount -t tmpfs -o nr_inodes=1 full $run
	"$build/hostd" --listen "unix:$run/hostd.sock" --device pattern \
		> "$work/said" 2>&1
	check "no room for its socket: hostd says so and ends" test "$?" -eq 1 -a \
		"$(grep -c "hostd.sock: No space left" "$work/said")" -eq 1
	start_guestd video93 --connect "unix:$unix" --remote cap --profile stream
	check "no room for the shim's socket: guestd says so" grep -q \
		"video93.shim: No space left on device: programs cannot have mmap()" \
		"$LAB_OUT/guestd-video93.log"
	stop_guestds
	stop_hostd

	"$build/hostd" --verbose --listen "unix:$unix" --device cap=/dev/video40 \
		2> $full &
	hostd=$!
	wait_until 10 test -S "$unix"
	"$build/guestd" --verbose --device /dev/video91 --connect "unix:$unix" \
		--profile stream > "$work/video91" 2> $full &
	guestds=("$!")
	wait_until 10 grep -qx /dev/video91 "$work/video91"
	check "no room for logs, either: it works" streams
	kill -KILL "$(one hostd-guest)"
	check "no room for logs, either: it works again" wait_until 5 streams
	umount $run
}

# --- the story ---------------------------------------------------------------------

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
v4l2-ctl -d 40 -v width=320,height=180 -p 60 > "$work/format"
chmod 755 "$work"
start_hostd --listen "unix:$unix" --device cap=/dev/video40 \
	--device pat=pattern:$pattern,fps=50
start_guestd video91 --connect "unix:$unix" --remote cap --profile stream
check "it works" streams
# The process that refuses stays once there was somebody to be refused.
setpriv --reuid nobody --regid nogroup --clear-groups "$build/guestd" \
	--connect "unix:$unix" --list > "$work/said" 2>&1
check "another user is refused" grep -q 'no rule for this guest' "$work/said"
inventory > "$work/before"

squeeze guestd nofile 3 streams
squeeze guestd-memory nofile 2 streams
squeeze hostd-guest nofile 3 streams
squeeze hostd-opener nofile 2 streams
squeeze hostd nofile 3 lists
squeeze guestd as 2 streams
squeeze hostd-guest as 2 streams
check_inventory "room again" "$work/before"

first=$guestd
host=$(one hostd-guest)
start_guestd video92 --connect "unix:$unix" --remote pat --profile stream
host=$(named hostd-guest "$hostd" | grep -vx "$host")
inventory > "$work/before"
stand_still "$first" "$host"
check_d_state "stood still"
check_inventory "stood still" "$work/before"

no_room
