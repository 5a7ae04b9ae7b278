#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
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

# v4l2-ctl shows each frame as one `<', and the rest is about rates.
user_30()
{
	timeout 60 v4l2-ctl -d /dev/video92 --stream-user --stream-count=30 \
		--stream-to="$work/user.raw"
}

dd_30()
{
	timeout 60 dd if=/dev/video91 of="$work/read.raw" bs=$bytes count=30
}

# Reads that end where no frame ends
dd_parts()
{
	timeout 60 dd if=/dev/video91 of="$work/parts.raw" iflag=fullblock \
		bs=4096 count=$((bytes * 4 / 4096))
}

whole()
{
	"$build/lab/capture" --file --size=$size --no-gap --frames="$2" "$1"
}

load cuse vsock_loopback
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device slow=pattern:$size,fps=20 --device pat=pattern:$size,fps=30

start_guestd video93 --remote slow --connect "unix:$unix" --profile read
start_guestd video94 --remote slow --connect "unix:$unix" --profile stream
start_guestd video95 --remote slow --connect vsock:1:848 --profile read
start_guestd video96 --remote slow --connect vsock:1:848 --profile stream

captures=()
start read video93
start user video94
start read video95
start user video96
n=0
for what in "read(), unix" "USERPTR, unix" "read(), vsock" "USERPTR, vsock"; do
	wait "${captures[n]}"
	check "$what: $frames frames, each once" test $? -eq 0
	mapfile -t -c 1 -C say_line < "$work/video$((93 + n)).result"
	n=$((n + 1))
done
stop_guestds

start_guestd video91 --remote pat --connect "unix:$unix"
start_guestd video92 --remote pat --connect vsock:1:848 --profile stream
check "v4l2-ctl --stream-user: ends" user_30
check "v4l2-ctl --stream-user: 30 frames, each once" whole "$work/user.raw" 30
check "dd: ends" dd_30
check "dd: 30 frames, each once" whole "$work/read.raw" 30
check "dd bs=4096: ends" dd_parts
check "dd bs=4096: 4 frames, each once" whole "$work/parts.raw" 4
