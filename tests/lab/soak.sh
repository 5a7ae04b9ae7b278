#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# clock: counted
#
# soak.sh [SECONDS]: 640x480 YUYV at 30 frames a second through vsock loopback,
# for so long (60) each: the test pattern by USERPTR, then by read(), then vivid.
#
# The pattern must lose no tick.  vivid makes its frames in a thread of this same
# VM, which may itself be late; so a second vivid runs beside it for a native
# reader, and through us no more may be lost than there.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

seconds=${1:-60}
what=(--size=640x480 "--seconds=$seconds")

# show NAME: what capture printed
show()
{
	mapfile -t -c 1 -C say_line < "$work/$1"
}

lost()
{
	sed -n 's/.* lost=\([0-9]*\) .*/\1/p' "$work/$1"
}

# pattern METHOD PROFILE
pattern()
{
	start_guestd video91 --remote pattern --connect vsock:1:848 \
		--profile "$2"
	"$build/lab/capture" "--$1" "${what[@]}" --fps=30 --no-gap /dev/video91 \
		> "$work/$1" 2>&1
	check "pattern, $1: no tick is lost in $seconds s" test $? -eq 0
	show "$1"
	stop_guestds
}

# vivid's webcam has no 30 frames a second at this size, its television does.
tune()
{
	v4l2-ctl -d "$1" --set-input=1 --set-standard=ntsc &&
		v4l2-ctl -d "$1" --set-fmt-video=pixelformat=YUYV
}

load cuse vsock_loopback
load_vivid n_devs=2 node_types=0x1,0x1 vid_cap_nr=40,42
start_hostd --listen vsock:848 --allow cid:1 --device pattern=pattern \
	--device cap=/dev/video40

pattern user stream
pattern read read

start_guestd video91 --remote cap --connect vsock:1:848 --profile stream
check "vivid: NTSC natively" tune /dev/video42
check "vivid: NTSC through us" tune /dev/video91
"$build/lab/capture" --user "${what[@]}" --plain /dev/video42 \
	> "$work/native" 2>&1 &
native=$!
"$build/lab/capture" --user "${what[@]}" --plain /dev/video91 \
	> "$work/through" 2>&1
check "vivid: streams through us" test $? -eq 0
show through
wait $native
check "vivid: streams natively" test $? -eq 0
show native
check "vivid: no more is lost than natively" \
	test "$(lost through)" -le "$(lost native)"
