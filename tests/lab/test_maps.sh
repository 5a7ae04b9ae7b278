#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# tests/lab/maps, a program that maps buffers in every way: with guestd-run(1) it sees
# the same as on vivid's node, for i386, too, with a time_t of 32 and of 64 bits.  What
# real programs see is for test_matrix.sh.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

run=$build/guestd-run

# What maps says of a node, to compare
maps_of()
{
	timeout 60 "${@:2}" "/dev/$1" > "$work/$1.maps" 2>&1
	echo "exit status $?" >> "$work/$1.maps"
}

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix"

maps_of video40 "$build/lab/maps"
maps_of video91 "$run" "$build/lab/maps"
check "maps: as natively" diff "$work/video40.maps" "$work/video91.maps"
for abi in i386 i386-time64; do
	maps_of video40 "$build/lab/$abi/maps"
	maps_of video91 "$run" "$build/lab/$abi/maps"
	check "maps of $abi: as natively" \
		diff "$work/video40.maps" "$work/video91.maps"
done
mapfile -t -c 1 -C say_line < "$work/video91.maps"

"$run" -v v4l2-ctl -d /dev/video91 --stream-mmap --stream-count=1 \
	> "$work/verbose" 2>&1
check "guestd-run -v says what it attaches" \
	grep -q '^guestd-shim: fd [0-9]*: attached: video91$' "$work/verbose"
