#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 480
# modules: test
#
# Memory to memory devices through us, vicodec and vim2m, single- and multi-planar:
# what v4l2-ctl makes of a file is what it makes natively, to the byte, and so is
# every line that the programs encoder and decoder print.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

# Sizes that vicodec need not round
small=640x480
large=800x608

# clip NAME SIZE: $work/NAME.yuv, some frames that all differ
clip()
{
	ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=$2:rate=25" -frames:v 8 \
		-pix_fmt yuv420p -f rawvideo "$work/$1.yuv" || die "ffmpeg: no $1.yuv"
}

# m2m LOG OPTION...: v4l2-ctl with the application's memory on both sides
m2m()
{
	local log=$1
	shift

	timeout -k 5 60 v4l2-ctl --stream-user --stream-out-user "$@" > "$log" 2>&1 || {
		not_ok "v4l2-ctl $*: exit status $?"
		mapfile -t -c 1 -C say_line < "$log"
	}
}

# encode NODE SIZE FROM TO
encode()
{
	m2m "$4.log" -d "/dev/$1" --stream-from="$3" --stream-to-hdr="$4" \
		--set-fmt-video-out="width=${2%x*},height=${2#*x},pixelformat=YU12" \
		--set-fmt-video=pixelformat=FWHT
}

# decode NODE FROM TO: as large as the stream says
decode()
{
	m2m "$3.log" -d "/dev/$1" --stream-from-hdr="$2" --stream-to="$3" \
		--set-fmt-video-out=pixelformat=FWHT --set-fmt-video=pixelformat=YU12
}

# equal WHAT FILE FILE: and not empty
equal()
{
	check "$1, not empty" test -s "$2"
	check "$1" cmp "$2" "$3"
}

# How many times the decoder has said that its source has another size
changes()
{
	grep -c 'SOURCE CHANGE' "$1"
}

# codec WHAT: vicodec as it is loaded, WHAT says how
codec()
{
	local what=$1 enc dec encoders=()

	enc=$(node_of stateful-encoder) || exit 1
	dec=$(node_of stateful-decoder) || exit 1
	start_hostd --listen "unix:$unix" --device "enc=/dev/$enc" --device "dec=/dev/$dec"
	start_guestd video91 --connect "unix:$unix" --remote enc
	start_guestd video92 --connect "unix:$unix" --remote dec

	encode "$enc" $small "$work/small.yuv" "$work/small"
	encode "$enc" $large "$work/large.yuv" "$work/large"
	encode video91 $small "$work/small.yuv" "$work/small.ours" &
	encoders+=($!)
	encode video91 $large "$work/large.yuv" "$work/large.ours" &
	encoders+=($!)
	wait "${encoders[@]}"
	equal "$what: encoded $small as natively" "$work/small" "$work/small.ours"
	equal "$what: encoded $large at the same time as natively" \
		"$work/large" "$work/large.ours"

	# A stream whose resolution changes in the middle, and back
	cat "$work/small" "$work/large" "$work/small" > "$work/stream"
	decode "$dec" "$work/stream" "$work/frames"
	decode video92 "$work/stream" "$work/frames.ours"
	equal "$what: decoded as natively" "$work/frames" "$work/frames.ours"
	check "$what: natively v4l2-ctl sees three resolutions" \
		test "$(changes "$work/frames.log")" = 3
	check "$what: so it does through us" test "$(changes "$work/frames.ours.log")" = 3

	facts "$work/native" encoder "/dev/$enc"
	facts "$work/ours" encoder /dev/video91
	same "$what: encoder" "$work/native" "$work/ours"

	# The same stream without v4l2-ctl's headers
	for size in small large; do
		m2m "$work/raw.log" -d "/dev/$enc" --stream-from="$work/$size.yuv" \
			--stream-to="$work/$size.fwht" \
			--set-fmt-video-out="width=${!size%x*},height=${!size#*x},pixelformat=YU12" \
			--set-fmt-video=pixelformat=FWHT
	done
	cat "$work/small.fwht" "$work/large.fwht" > "$work/stream.fwht"
	facts "$work/native" decoder "/dev/$dec" "$work/stream.fwht"
	facts "$work/ours" decoder /dev/video92 "$work/stream.fwht"
	same "$what: decoder" "$work/native" "$work/ours"

	stop_guestds
	stop_hostd
}

# Scaled, converted and flipped
scaler()
{
	local node

	node=$(node_of vim2m) || exit 1
	start_hostd --listen "unix:$unix" --device "m2m=/dev/$node"
	start_guestd video91 --connect "unix:$unix" --remote m2m
	for node in "$node" video91; do
		m2m "$work/m2m.$node.log" -d "/dev/$node" --stream-count=10 \
			--stream-to="$work/m2m.$node" --set-ctrl=horizontal_flip=1 \
			--set-fmt-video-out=width=640,height=480,pixelformat=RGB3 \
			--set-fmt-video=width=320,height=240,pixelformat=YUYV
	done
	equal "vim2m: as natively" "$work/m2m.$(node_of vim2m)" "$work/m2m.video91"
	stop_guestds
	stop_hostd
}

load cuse
clip small $small
clip large $large
if load_test_module vim2m; then
	scaler
fi
if load_test_module vicodec; then
	codec "single-planar"
	modprobe -r vicodec || die "modprobe -r vicodec"
	load_test_module vicodec multiplanar=1
	codec "multi-planar"
fi
