#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
# modules: test
#
# Shared buffers: over unix no byte of a frame goes through a socket, of hostd's test
# pattern (a memfd) and of vivid, single- and multi-planar, capture and output, and
# of a scaler (dma-bufs), by mmap() with the shim, by USERPTR and by read().  Over
# vsock, and for who may not share, it is the frames and less than 1 % besides, and so
# it is through a relay that passes on no descriptors.
#
# What went through a socket is what the daemons have counted.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

frames=100
size=640x480
bytes=$((640 * 480 * 2))

# whole FILE FRAMES
whole()
{
	"$build/lab/capture" --file --size=$size --frames="$2" "$1"
}

mmap_frames()
{
	timeout 60 "$build/guestd-run" v4l2-ctl -d "/dev/$1" --stream-mmap=4 \
		--stream-count=$frames --stream-to="$2"
}

user_frames()
{
	timeout 60 v4l2-ctl -d "/dev/$1" --stream-user=4 --stream-count=$frames \
		--stream-to="$2"
}

dd_frames()
{
	timeout 60 dd if="/dev/$1" of="$2" iflag=fullblock bs=$bytes count=$frames
}

# pattern WHAT NODE FUNCTION: as many frames, looked at one by one
pattern()
{
	check "$1: ends" "$3" "$2" "$work/raw"
	check "$1: $frames frames, whole" whole "$work/raw" $frames
	rm -f "$work/raw"
}

# all_data WHAT NODE BYTES: BYTES of contents at least, and under 1 % besides
all_data()
{
	local all in

	in=$(counter "$2" data-in)
	all=$(counter "$2" bytes-in)
	say "$1: bytes-in $all, data-in $in: $(((all - in) * 10000 / in)) in 10000"
	check "$1: contents came" test "$in" -ge "$3"
	check "$1: less than 1 % besides" test $(((all - in) * 100)) -lt "$in"
	check "$1: no plane itself" test "$(counter "$2" objects-in)" -eq 0
}

load cuse vsock_loopback
load_vivid n_devs=2 multiplanar=1,2 node_types=0x101,0x101 input_types=0,0 \
	output_types=0,0 vid_cap_nr=40,50 vid_out_nr=41,51
scaler=
devices=()
if load_test_module vim2m; then
	scaler=$(node_of vim2m)
	devices=(--device "m2m=/dev/$scaler")
fi

# --- with permission: root is hostd's own user ---------------------------------------

start_hostd --verbose --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device pattern:$size,fps=20 --device cap=/dev/video40 \
	--device out=/dev/video41 --device mcap=/dev/video50 \
	--device mout=/dev/video51 "${devices[@]}"

here=(--verbose --connect "unix:$unix")
start_guestd video91 "${here[@]}" --profile stream
start_guestd video92 "${here[@]}" --profile read
start_guestd video93 "${here[@]}" --remote cap
start_guestd video94 "${here[@]}" --remote out --profile stream
start_guestd video95 "${here[@]}" --remote mcap --profile stream
start_guestd video96 "${here[@]}" --remote mout --profile stream
[ -z "$scaler" ] || start_guestd video97 "${here[@]}" --remote m2m

check "hostd says that buffers are shared" \
	grep -q 'device pattern, shares its buffers' "$LAB_OUT/hostd.log"
pattern "mmap(), unix" video91 mmap_frames
pattern "USERPTR, unix" video91 user_frames
pattern "read(), unix" video92 dd_frames

# vivid's frames are not numbered: a still picture is the same natively.
still()
{
	v4l2-ctl -d "/dev/$1" -v width=640,height=360,pixelformat="$2" \
		-c test_pattern=2,horizontal_movement=3,vertical_movement=3 \
		-c osd_text_mode=2 2>&1
}

# same WHAT NATIVE OURS FOURCC METHOD
same()
{
	still "$2" "$4" > /dev/null
	timeout 60 v4l2-ctl -d "/dev/$2" --stream-mmap=4 --stream-count=5 \
		--stream-to="$work/native" > /dev/null 2>&1
	check "$1: ends" timeout 60 "$build/guestd-run" v4l2-ctl -d "/dev/$3" \
		"--stream-$5=4" --stream-count=5 --stream-to="$work/ours"
	check "$1: the picture of the native device" \
		cmp "$work/native" "$work/ours"
	check "$1: there is a picture" test -s "$work/ours"
}
same "vivid, mmap()" video40 video93 YUYV mmap
same "vivid, USERPTR" video40 video93 YUYV user
same "vivid, two planes, mmap()" video50 video95 NM16 mmap

# out WHAT NODE METHOD: vivid accepts what is written
out()
{
	head -c $((640 * 360 * 2 * 20)) /dev/urandom > "$work/out"
	check "$1: ends" timeout 60 "$build/guestd-run" v4l2-ctl -d "/dev/$2" \
		--stream-out-"$3"=4 --stream-count=20 --stream-from="$work/out"
}
out "vivid's output, mmap()" video94 mmap
out "vivid's output, USERPTR" video94 user
out "vivid's output, mplane, mmap()" video96 mmap

# scaled NODE FILE
scaled()
{
	timeout 60 "$build/guestd-run" v4l2-ctl -d "/dev/$1" --stream-mmap=4 \
		--stream-out-mmap=4 --stream-count=10 --stream-from="$work/out" \
		--stream-to="$2"
}
if [ -n "$scaler" ]; then
	check "vim2m, natively" scaled "$scaler" "$work/native"
	check "vim2m, ours" scaled video97 "$work/ours"
	check "vim2m: the same pictures" cmp "$work/native" "$work/ours"
	check "vim2m: there are some" test -s "$work/ours"
fi

stop_guestds
no_data "mmap() and USERPTR, unix" video91 8
no_data "read(), unix" video92 4
no_data "vivid, unix" video93 8
no_data "vivid's output, unix" video94 8
no_data "vivid, two planes, unix" video95 8
no_data "vivid's output, mplane, unix" video96 4
[ -z "$scaler" ] || no_data "vim2m, unix" video97 8

# --- over vsock -------------------------------------------------------------------------

start_guestd video91 --verbose --connect vsock:1:848 --profile stream
pattern "mmap(), vsock" video91 mmap_frames
stop_guestds
all_data "mmap(), vsock" video91 $((frames * bytes))

# --- through a relay that keeps descriptors ---------------------------------------------

"$build/lab/relay" "$work/relay" "$unix" &
relay=$!
wait_until 20 test -S "$work/relay" || die "relay: not listening after 20 s"
start_guestd video91 --verbose --connect "unix:$work/relay" --profile stream
check "guestd says that buffers are not shared" \
	grep -q 'descriptors do not get through' "$LAB_OUT/guestd-video91.log"
pattern "mmap(), relayed" video91 mmap_frames
stop_guestds
all_data "mmap(), relayed" video91 $((frames * bytes))
stop "$relay"
stop_hostd

# --- without permission: hostd is nobody ------------------------------------------------

# start_nobody RULE: hostd as another user; root may come in by RULE
start_nobody()
{
	: > "$LAB_OUT/hostd.log"
	rm -f "$unix"
	chmod 777 "$work"
	setpriv --reuid=nobody --regid=nogroup --clear-groups -- \
		"$build/hostd" --verbose --listen "unix:$unix" --allow "$1" \
		--device pattern:$size,fps=20 >> "$LAB_OUT/hostd.log" 2>&1 &
	hostd=$!
	wait_until 20 grep -q ': listening on' "$LAB_OUT/hostd.log" ||
		die "hostd as nobody: not listening after 20 s"
}

start_nobody uid:root
start_guestd video91 "${here[@]}" --profile stream
pattern "mmap(), not shared" video91 mmap_frames
stop_guestds
all_data "mmap(), not shared" video91 $((frames * bytes))
stop_hostd

start_nobody uid:root,share
start_guestd video91 "${here[@]}" --profile stream
pattern "mmap(), shared by a rule" video91 mmap_frames
stop_guestds
no_data "mmap(), shared by a rule" video91 4

# --- who holds memory has a connection ---------------------------------------------------

guests()
{
	grep -lx hostd-guest /proc/[0-9]*/comm | wc -l
}

no_guest()
{
	[ "$(guests)" -eq 0 ]
}

check "no guest process is left" wait_until 20 no_guest
start_guestd video91 "${here[@]}" --profile stream
"$build/guestd-run" v4l2-ctl -d /dev/video91 --stream-mmap=4 \
	--stream-to=/dev/null > "$work/app" 2>&1 &
app=$!
check "a program maps frames" wait_until 20 grep -q usermedia-frame "/proc/$app/maps"
kill -STOP "$app"
stop_guestds
check "hostd says that it holds them" wait_until 20 grep -q \
	'uid 0: still holds shared buffers' "$LAB_OUT/hostd.log"
check "and it counts as a connection" test "$(guests)" -eq 1
start_guestd video91 "${here[@]}" --profile stream
pattern "the device is free" video91 mmap_frames
stop_guestds
kill -KILL "$app"
wait "$app" 2> /dev/null
check "until the program has gone" wait_until 20 no_guest
