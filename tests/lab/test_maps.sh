#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 360
# clock: counted
#
# Programs that map buffers, with guestd-run(1): they get the frames of hostd's test
# pattern, each once and whole, over unix and over vsock; and tests/lab/maps sees the
# same as on vivid's node.
#
# Programs and their libraries come from the machine's file system, which waits for
# whatever else the machine does.  So this is a slow camera with many buffers, where
# the program has a say: 1.6 s of patience.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

run=$build/guestd-run
size=320x240
bytes=$((320 * 240 * 2))
packages=$build/lab/v4l-utils-i386
libraries=$packages/lib/i386-linux-gnu:$packages/usr/lib/i386-linux-gnu
convert=$(echo /usr/lib/*/libv4l/v4l2convert.so)

ctl_30()
{
	timeout 60 "$run" v4l2-ctl -d "/dev/$1" --stream-mmap=16 --stream-count=30 \
		--stream-to="$2"
}

# By libv4l2, which makes system calls by syscall(2)
wrapped_30()
{
	timeout 60 "$run" v4l2-ctl -w -d "/dev/$1" --stream-mmap=16 --stream-count=30 \
		--stream-to="$2"
}

# libv4l2's hooks stand before ours
convert_30()
{
	LD_PRELOAD=$convert ctl_30 "$@"
}

i386_30()
{
	timeout 60 "$run" "$packages/lib/ld-linux.so.2" --library-path "$libraries" \
		"$packages/usr/bin/v4l2-ctl" -d "/dev/$1" --stream-mmap=16 \
		--stream-count=30 --stream-to="$2"
}

ffmpeg_30()
{
	timeout 60 "$run" ffmpeg -nostdin -loglevel error -y -f v4l2 -video_size $size \
		-i "/dev/$1" -frames:v 30 -c copy -f rawvideo "$2"
}

gst_30()
{
	timeout 60 "$run" gst-launch-1.0 -q v4l2src "device=/dev/$1" num-buffers=30 \
		io-mode="${3:-mmap}" ! \
		video/x-raw,format=YUY2,width=320,height=240 ! \
		filesink "location=$2"
}

gst_auto_30()
{
	gst_30 "$@" auto
}

# whole FILE FRAMES
whole()
{
	"$build/lab/capture" --file --size=$size --no-gap --frames="$2" "$1"
}

# program WHAT FUNCTION NODE
program()
{
	rm -f "$work/raw"
	check "$1: ends" "$2" "$3" "$work/raw"
	check "$1: 30 frames, each once" whole "$work/raw" 30
}

# What maps says of a node, to compare
maps_of()
{
	timeout 60 "${@:2}" "/dev/$1" > "$work/$1.maps" 2>&1
	echo "exit status $?" >> "$work/$1.maps"
}

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device pattern:$size,fps=10 --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix"
start_guestd video92 --connect vsock:1:848
start_guestd video93 --connect "unix:$unix" --remote cap

program "v4l2-ctl --stream-mmap, unix" ctl_30 video91
program "v4l2-ctl --stream-mmap, vsock" ctl_30 video92
program "v4l2-ctl -w --stream-mmap" wrapped_30 video91
program "v4l2-ctl with v4l2convert.so" convert_30 video91
program "v4l2-ctl of i386" i386_30 video91
program "ffmpeg" ffmpeg_30 video91
program "v4l2src io-mode=mmap" gst_30 video92
program "v4l2src" gst_auto_30 video91

maps_of video40 "$build/lab/maps"
maps_of video93 "$run" "$build/lab/maps"
check "maps: as natively" diff "$work/video40.maps" "$work/video93.maps"
maps_of video40 "$build/lab/i386/maps"
maps_of video93 "$run" "$build/lab/i386/maps"
check "maps of i386: as natively" diff "$work/video40.maps" "$work/video93.maps"
mapfile -t -c 1 -C say_line < "$work/video93.maps"

"$run" -v v4l2-ctl -d /dev/video91 --stream-mmap --stream-count=1 \
	> "$work/verbose" 2>&1
check "guestd-run -v says what it attaches" \
	grep -q '^guestd-shim: fd [0-9]*: attached: video91$' "$work/verbose"

# The file is what it was for whoever has no shim.
check "without guestd-run: dd" timeout 20 dd if=/dev/video91 of=/dev/null bs=$bytes count=5
