#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
#
# Programs that stream, on every node of vivid, natively and through us: as many
# bytes, and the same bytes where vivid makes the same each time.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

frames=4

# ended LOG PROGRAM...: what a program says is in the log; how it ended is printed
ended()
{
	local log=$1 status=0
	shift

	timeout -k 5 40 "$@" > "$log" 2>&1 || status=$?
	echo "exit status $status"
}

# taken NODE: what v4l2-ctl takes from a node, and what read() does
taken()
{
	rm -f "$work/frames" "$work/read"
	ended "$work/log" v4l2-ctl -d "/dev/$1" --stream-user=4 \
		--stream-count=$frames --stream-to="$work/frames"
	stat -c 'USERPTR: %s bytes' "$work/frames"
	ended "$work/log" dd "if=/dev/$1" "of=$work/read" bs=4M count=$frames
	stat -c 'read: %s bytes' "$work/read"
}

# given NODE: what v4l2-ctl gives to a node
given()
{
	ended "$work/log" v4l2-ctl -d "/dev/$1" --stream-out-user=4 \
		--stream-count=$frames
	grep -c -i error "$work/log"
}

# both WHAT NATIVE OURS COMMAND...: COMMAND NODE says the same of both nodes
both()
{
	local what=$1 native=$2 ours=$3
	shift 3

	"$@" "$native" > "$work/native"
	"$@" "$ours" > "$work/ours"
	check "$what: $(tr '\n' ' ' < "$work/native")" \
		diff "$work/native" "$work/ours"
}

# pictures FILE LENGTH: how many different pictures there are, and which
pictures()
{
	split -b "$2" --filter=sha256sum "$1" | sort | uniq -c
}

# --- frames that are always the same ---------------------------------------------

# bars NODE: colour bars without a text, by USERPTR and by read()
bars()
{
	taken "$1"
	pictures "$work/frames" "$length"
	pictures "$work/read" "$length"
}

length_of()
{
	v4l2-ctl -d "/dev/$1" --get-fmt-video | sed -n 's/.*Size Image *: //p'
}

# --- what is given comes back ------------------------------------------------------

# looped OUTPUT: what the capture node shows while v4l2-ctl gives one picture to an
# output node, again and again (vivid's loop over S-Video)
looped()
{
	local pid

	v4l2-ctl -d "/dev/$1" --stream-out-user=4 --stream-from="$work/picture" \
		--stream-loop > "$work/out" 2>&1 &
	pid=$!
	ended "$work/log" v4l2-ctl -d /dev/video40 --stream-user=4 \
		--stream-skip=15 --stream-count=$frames --stream-to="$work/loop"
	kill $pid
	wait $pid 2> /dev/null
	pictures "$work/loop" "$length"
}

brightness()
{
	v4l2-ctl -d /dev/video40 -C brightness
}

# metadata VALUE: brightness, contrast, saturation, hue as vivid's output takes
# them, again and again
metadata()
{
	local i

	for ((i = 0; i < 8; i++)); do
		printf '%b' "\\x$1\\x00\\x80\\x00\\x80\\x00\\x00\\x00"
	done
}

shows()
{
	[ "$(brightness)" = "brightness: $1" ]
}

load cuse
load_whole_vivid
for name in video40 video50; do
	v4l2-ctl -d "/dev/$name" -c osd_text_mode=2 \
		"--set-input=$(connector "$name" inputs Webcam)" > "$work/log"
done
devices=()
for name in video{40..43} video{50..51} vbi40 vbi41 swradio40 v4l-touch40; do
	devices+=(--device "$name=/dev/$name")
done
start_hostd --listen "unix:$unix" "${devices[@]}"
node()
{
	start_guestd "$2" --connect "unix:$unix" --remote "$1" --profile stream
}
for name in video{40..43}; do
	node "$name" "video9${name#video4}"
done
node video50 video95
node video51 video96
node vbi40 vbi90
node vbi41 vbi91
node swradio40 swradio90
node v4l-touch40 v4l-touch90

length=$(length_of video40)
both capture video40 video90 bars
length=$(length_of video50)
both "multi-planar capture" video50 video95 bars
both "metadata capture" video42 video92 taken
both SDR swradio40 swradio90 taken
both touch v4l-touch40 v4l-touch90 taken
both output video41 video91 given
both "multi-planar output" video51 video96 given
both "VBI output" vbi41 vbi91 given
both "metadata output" video43 video93 given

metadata 2a | dd of=/dev/video93 bs=8 > "$work/log" 2>&1
check "metadata by write()" wait_until 5 shows 42

# S-Video, which has VBI and no metadata
v4l2-ctl -d /dev/video40 --set-standard=pal \
	"--set-input=$(connector video40 inputs S-Video)" > "$work/log"
v4l2-ctl -d /dev/video41 --set-standard=pal \
	"--set-output=$(connector video41 outputs S-Video)" >> "$work/log"
both "VBI capture" vbi40 vbi90 taken
v4l2-ctl -d /dev/video40 -c loop_video=1 -c osd_text_mode=2 >> "$work/log"
length=$(length_of video40)
seq -w 1 200000 | head -c "$length" > "$work/picture"
both "output, seen by the capture node" video41 video91 looped
check "it is the picture" grep -q "$(sha256sum < "$work/picture")" "$work/ours"
