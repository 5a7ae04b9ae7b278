#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
#
# What our processes have: private memory under 4 MiB on each side, frames
# aside; and after fifty streams, and after guestd, all is as it was before:
# descriptors, threads, memory.
#
# The sides are guestd with its helper, and hostd's listener with the processes
# of one connection.  Frames are in shared memory, which does not count as
# private.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

limit_kb=4096
# An allocator needs some streams until it has what it needs, and not always the
# same number.  What is lost is lost every time: so it is a leak if each of six
# rounds takes more than two pages.  It has free space to lose first: 2 KiB a
# stream are seen, less is for the tests that run under ASan.
page_kb=4
warm_up=15
cycles=50
rounds=6

threads()
{
	local pid

	for pid; do
		ls "/proc/$pid/task"
	done 2> /dev/null | wc -l
}

# snapshot NAME: of both sides, for same() and less()
snapshot()
{
	local side pids

	for side in guestd hostd; do
		mapfile -t pids < <(family ${!side})
		{
			echo "processes: ${#pids[@]}"
			echo "threads: $(threads "${pids[@]}")"
			fds "${pids[@]}"
		} > "$work/$side.$1"
		private_kb "${pids[@]}" > "$work/$side.$1.kb"
	done
}

# same SIDE NAME: is it as at that snapshot?  What closes may take a moment.
same()
{
	wait_until 10 same_now "$@" ||
		diff "$work/$1.$2" "$work/$1.now"
}

same_now()
{
	snapshot now
	cmp "$work/$1.$2" "$work/$1.now"
}

# kb SIDE NAME: private memory at that snapshot; written: only what is written
# to, since pages of libraries are anybody's who maps them at that moment
kb()
{
	cut -d ' ' -f 1 "$work/$1.$2.kb"
}

written()
{
	cut -d ' ' -f 2 "$work/$1.$2.kb"
}

# no_more SIDE BEFORE AFTER
no_more()
{
	echo "$(written "$1" "$2") KiB before, $(written "$1" "$3") after"
	[ "$(written "$1" "$3")" -le $(($(written "$1" "$2") + 2 * page_kb)) ]
}

# run_cycles N METHOD: what an application does, start to end; small and quick
run_cycles()
{
	local n

	for ((n = 0; n < $1; n++)); do
		"$build/lab/capture" "--$2" --size=320x240 --fps=60 \
			--frames=2 /dev/video91 || return
	done
}

# Streams until a round takes no more memory
no_leak()
{
	local round

	run_cycles $warm_up "$1" > /dev/null || return
	snapshot before
	for ((round = 1; round <= rounds; round++)); do
		run_cycles $cycles "$1" > /dev/null || return
		same guestd idle && same hostd idle || return
		snapshot after
		echo "round $round:"
		no_more guestd before after && no_more hostd before after &&
			return
		snapshot before
	done
	return 1
}

no_node()
{
	[ ! -e "/dev/$1" ] && [ ! -e "/sys/class/cuse/$1" ]
}

# whole_life METHOD PROFILE ADDRESS: of one guestd
whole_life()
{
	local what="$1, ${3%%:*}" side stream helper

	snapshot alone
	start_guestd video91 --connect "$3" --profile "$2"
	mapfile -t helper < <(family "$guestd")
	snapshot idle

	"$build/lab/capture" "--$1" --size=640x480 --fps=30 --seconds=4 \
		/dev/video91 > "$work/stream" 2>&1 &
	stream=$!
	sleep 3
	snapshot streaming
	wait $stream
	check "$what: streams" test $? -eq 0
	mapfile -t -c 1 -C say_line < "$work/stream"

	check "$what: $cycles streams: fds, threads, memory as before" \
		no_leak "$1"
	snapshot after
	for side in guestd hostd; do
		say "$what: $side: KiB: idle $(kb $side idle), streaming $(
			kb $side streaming), after $(kb $side after)"
		check "$what: $side: under $limit_kb KiB while streaming" \
			test "$(kb $side streaming)" -lt $limit_kb
		check "$what: $side: under $limit_kb KiB after streaming" \
			test "$(kb $side after)" -lt $limit_kb
	done

	stop_guestds
	check "$what: guestd's end: its helper ends" gone "${helper[-1]}"
	check "$what: guestd's end: no node" no_node video91
	check "$what: guestd's end: hostd: fds and threads as before" \
		same hostd alone
	snapshot left
	check "$what: guestd's end: hostd: memory as before" \
		no_more hostd alone left
	say "$what: listener alone: KiB: before $(kb hostd alone), after $(
		kb hostd left)"
}

load cuse vsock_loopback
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device pattern
# Loads what all connections need.
start_guestd video91 --connect "unix:$unix"
stop_guestds

whole_life user stream vsock:1:848
whole_life read read "unix:$unix"
