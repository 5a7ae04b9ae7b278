#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
# clock: counted
#
# Frames arrive: hostd's test pattern, each tick once, in order and whole, by
# read() and by USERPTR, over vsock and over unix; tests/lab/capture looks at
# each frame.  Then the same with programs that know nothing of us.
#
# A tick is lost if no buffer is free when it comes, and a machine that is busy
# with something else stops the VM for a while.  So these are slow cameras, four
# at once: a buffer more or less is 50 ms of patience.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

frames=300
size=320x240
bytes=$((320 * 240 * 2))

# start METHOD NODE: capture in the background
start()
{
	"$build/lab/capture" "--$1" --frames=$frames --no-gap "/dev/$2" \
		> "$work/$2.result" 2>&1 &
	captures+=("$!")
}

user_30()
{
	timeout 60 v4l2-ctl -d "/dev/$1" --stream-user=8 --stream-count=30 \
		--stream-to="$2"
}

dd_30()
{
	timeout 60 dd if="/dev/$1" of="$2" bs=$bytes count=30
}

# Reads that end where no frame ends
dd_parts()
{
	timeout 60 dd if="/dev/$1" of="$2" iflag=fullblock bs=4096 \
		count=$((bytes * 4 / 4096))
}

# whole FILE FRAMES
whole()
{
	"$build/lab/capture" --file --size=$size --no-gap --frames="$2" "$1"
}

# program WHAT FRAMES FUNCTION NODE: what the program stored
program()
{
	check "$1: ends" "$3" "$4" "$work/raw"
	check "$1: $2 frames, each once" whole "$work/raw" "$2"
	rm "$work/raw"
}

load cuse vsock_loopback
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device pattern:$size,fps=20

start_guestd video91 --connect "unix:$unix" --profile read
start_guestd video92 --connect "unix:$unix" --profile stream
start_guestd video93 --connect vsock:1:848 --profile read
start_guestd video94 --connect vsock:1:848 --profile stream

captures=()
start read video91
start user video92
start read video93
start user video94
n=0
for what in "read(), unix" "USERPTR, unix" "read(), vsock" "USERPTR, vsock"; do
	wait "${captures[n]}"
	check "$what: $frames frames, each once" test $? -eq 0
	n=$((n + 1))
	mapfile -t -c 1 -C say_line < "$work/video9$n.result"
done

program "v4l2-ctl --stream-user" 30 user_30 video94
program "dd" 30 dd_30 video93
program "dd bs=4096" 4 dd_parts video91
stop_guestds

start_guestd video91 --connect vsock:1:848 --no-ptrace
program "dd, --no-ptrace" 30 dd_30 video91
