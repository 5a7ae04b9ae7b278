#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
# clock: counted
#
# Large frames at the wire's speed: bytes of frames for a second of CPU time of both
# daemons over vsock, beside two processes that do nothing but send(2) and recv(2) 64 KiB
# at a time, in the same run.  By the counted clock, CPU time is instructions.
#
# hostd sends packets whose buffers take the kernel less to clear (common/channel_out.h):
# that is why it may need less than they do.
#
# The pattern is drawn once; what the program that takes the frames needs is its own.  Of
# so many frames what is done for the first ones is a small part.

# shellcheck source=tests/lab/lib_bench.sh
. "${0%/*}/lib_bench.sh"

size=1920x1080
bytes=$((1920 * 1080 * 2))
least=0.9

# part NAME: CPU time per frame of that process and those below it, in us
part()
{
	number "$LAB_OUT/bulk.json" median ours 'CPU time per frame' "$1"
}

# speed_of US BYTES: MB for a second of CPU time
speed_of()
{
	awk "BEGIN { printf \"%.1f\", $2 / $1 }"
}

load cuse vsock_loopback
start_hostd --listen vsock:848 --allow cid:1 --device big=pattern:$size,fps=20,static
start_guestd video91 --connect vsock:1:848 --profile stream
check "two rounds of frames at $size, and of bare sockets" bench bulk --rounds 2 \
	--only stream --frames 200 --floors --process "hostd=$hostd" \
	--process "guestd=$guestd" ours=/dev/video91

floor=$(number "$LAB_OUT/bulk.json" median '' 'CPU time of both ends per MiB' vsock)
ours=$(awk "BEGIN { print $(part hostd) + $(part guestd) }")
bare=$(speed_of "$floor" $((1 << 20)))
speed=$(speed_of "$ours" $bytes)
say "bare send() and recv(): $bare MB per CPU second;" \
	"hostd $(part hostd) us and guestd $(part guestd) us per frame: $speed MB"
check "of what bare sockets carry, at least $least" \
	awk "BEGIN { ratio = $speed / $bare; print ratio; exit !(ratio >= $least) }"
check "no frame is lost" \
	test "$(number "$LAB_OUT/bulk.json" total ours 'lost frames')" = 0
