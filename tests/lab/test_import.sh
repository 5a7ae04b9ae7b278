#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 600
# modules: test
#
# Programs that bring dma-bufs of one node for the buffers of another: between two of
# our nodes, between one of ours and one of the kernel's, in both directions, the
# pictures are those of native nodes.  No byte of them is copied, and nothing stays
# open.  Over vsock, without the permission to share and without ptrace there is no
# such memory, as with a driver without it.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

run=$build/guestd-run
frames=8

still()
{
	v4l2-ctl -d "/dev/$1" -v width=640,height=360,pixelformat="$2" \
		-c test_pattern=2,horizontal_movement=3,vertical_movement=3 \
		-c osd_text_mode=2 > /dev/null
}

# output NODE FOURCC [HEIGHT]
output()
{
	v4l2-ctl -d "/dev/$1" \
		--set-fmt-video-out="width=640,height=${3-360},pixelformat=$2" > /dev/null
}

# stream FILE ARGUMENT...: v4l2-ctl, with the pictures in FILE and how many there are
stream()
{
	local file=$1
	shift

	rm -f "$file"
	timeout -k 5 60 "$run" v4l2-ctl "$@" --stream-count=$frames --stream-to="$file" \
		> "$work/said" 2>&1 || { cat "$work/said"; return 1; }
	test -s "$file"
}

# both WHAT ARGUMENT...: with nodes 4X and 5X, then with ours: 9X; the same pictures
both()
{
	local what=$1
	shift

	check "$what, natively" stream "$work/native" "$@"
	set -- "${@//video4/video9}"
	check "$what, ours" stream "$work/ours" "${@//video5/video8}"
	check "$what: the same pictures" cmp "$work/native" "$work/ours"
}

# as_native WHAT ARGUMENT...: the pictures of the last both()
as_native()
{
	local what=$1
	shift

	check "$what" stream "$work/ours" "$@"
	check "$what: the same pictures" cmp "$work/native" "$work/ours"
}

# refused WHAT NODE
refused()
{
	check "$1: the bit is clear" \
		sh -c "! v4l2-ctl -d /dev/$2 --stream-buf-caps | grep -q dmabuf"
	check "$1: REQBUFS says EINVAL" sh -c "timeout 20 $run v4l2-ctl -d /dev/$2 \
		--stream-dmabuf -E /dev/video41 --stream-count=1 2>&1 |
		grep 'VIDIOC_REQBUFS.* failed: Invalid\|REQBUFS returned -1 (Invalid'"
}

daemons()
{
	family "$hostd" "${guestds[@]}"
}

quiet()
{
	# shellcheck disable=SC2046 # process ids
	[ "$(fds $(daemons) | sort | uniq -c)" = "$before" ]
}

load cuse vsock_loopback fuse
load_vivid n_devs=2 multiplanar=1,2 node_types=0x101,0x101 input_types=0,0 \
	output_types=1,1 vid_cap_nr=40,50 vid_out_nr=41,51
devices=(--device "pattern:640x480,fps=20")
for name in video{40,41,50,51}; do
	devices+=(--device "$name=/dev/$name")
done
scaler=
if load_test_module vim2m; then
	scaler=$(node_of vim2m)
	devices+=(--device "m2m=/dev/$scaler")
fi
start_hostd --verbose --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	"${devices[@]}"
here=(--verbose --connect "unix:$unix" --profile stream)
start_guestd video90 "${here[@]}" --remote video40
start_guestd video91 "${here[@]}" --remote video41
start_guestd video80 "${here[@]}" --remote video50
start_guestd video81 "${here[@]}" --remote video51
start_guestd video92 "${here[@]}"
[ -z "$scaler" ] || start_guestd video93 "${here[@]}" --remote m2m

# --- what a program sees ---------------------------------------------------------------

still video40 YUYV
output video41 YUYV
"$build/lab/imports" /dev/video40 /dev/video41 > "$work/want"
"$run" "$build/lab/imports" /dev/video90 /dev/video91 > "$work/told"
same "vivid" "$work/want" "$work/told"
"$build/lab/imports" output /dev/video41 /dev/video40 > "$work/want"
"$run" "$build/lab/imports" output /dev/video91 /dev/video90 > "$work/told"
same "vivid's output" "$work/want" "$work/told"
caps="mmap, userptr, dmabuf, orphaned-bufs"
check "the host's bit is shown" sh -c \
	"v4l2-ctl -d /dev/video90 --stream-buf-caps | grep -q '$caps'"

# --- pictures ------------------------------------------------------------------------------

# One round before the count: what is opened once.
stream "$work/ours" -d /dev/video90 --stream-dmabuf -E /dev/video91
# shellcheck disable=SC2046 # process ids
before=$(fds $(daemons) | sort | uniq -c)

both "capture from another's memory" -d /dev/video40 --stream-dmabuf -E /dev/video41
as_native "from memory of the kernel's node" -d /dev/video90 --stream-dmabuf \
	-E /dev/video41
run="env" as_native "without guestd-run" -d /dev/video90 --stream-dmabuf \
	-E /dev/video41
as_native "the kernel's node from our memory" -d /dev/video40 --stream-dmabuf \
	-E /dev/video91
both "capture to output, which imports" -d /dev/video40 --stream-mmap=4 \
	-e /dev/video41 --stream-out-dmabuf
as_native "ours to the kernel's, which imports" -d /dev/video90 --stream-mmap=4 \
	-e /dev/video41 --stream-out-dmabuf
as_native "the kernel's to ours, which imports" -d /dev/video40 --stream-mmap=4 \
	-e /dev/video91 --stream-out-dmabuf
both "capture, which imports, to output" -d /dev/video40 --stream-dmabuf \
	-e /dev/video41 --stream-out-mmap=4
as_native "ours, which imports, to the kernel's" -d /dev/video90 --stream-dmabuf \
	-e /dev/video41 --stream-out-mmap=4

still video50 NM16
output video51 NM16
both "two planes" -d /dev/video50 --stream-dmabuf -E /dev/video51
both "two planes, to output" -d /dev/video50 --stream-mmap=4 -e /dev/video51 \
	--stream-out-dmabuf
both "two planes, which import, to output" -d /dev/video50 --stream-dmabuf \
	-e /dev/video51 --stream-out-mmap=4

output video41 YUYV 480
check "the pattern into vivid's memory" stream "$work/ours" -d /dev/video92 \
	--stream-dmabuf -E /dev/video91
check "the pattern: whole frames" "$build/lab/capture" --file --size=640x480 \
	--frames=$frames "$work/ours"
check "the pattern into the kernel's memory" stream "$work/ours" -d /dev/video92 \
	--stream-dmabuf -E /dev/video41
check "the pattern: whole frames" "$build/lab/capture" --file --size=640x480 \
	--frames=$frames "$work/ours"
if [ -n "$scaler" ]; then
	head -c 3000000 /dev/urandom > "$work/raw"
	check "vim2m, natively" stream "$work/native" -d "/dev/$scaler" --stream-dmabuf \
		--stream-out-mmap=4 -E /dev/video41 --stream-from="$work/raw"
	as_native "vim2m, ours" -d /dev/video93 --stream-dmabuf --stream-out-mmap=4 \
		-E /dev/video91 --stream-from="$work/raw"
fi
output video41 YUYV

# What an HDMI output wants
v4l2-ctl -d /dev/video40 -c colorspace=1

# gst MODE MODE SOURCE SINK: v4l2src and v4l2sink with these io-modes
gst()
{
	timeout 60 "$run" gst-launch-1.0 v4l2src "device=/dev/$3" "io-mode=$1" \
		num-buffers=10 ! video/x-raw,format=YUY2,width=640,height=360 \
		! v4l2sink "device=/dev/$4" "io-mode=$2" sync=false
}
for nodes in "video40 video41" "video90 video91"; do
	# shellcheck disable=SC2086 # two words
	check "gst-launch-1.0, $nodes, which imports" gst dmabuf dmabuf-import $nodes
	# shellcheck disable=SC2086
	check "gst-launch-1.0, $nodes, from which is imported" \
		gst dmabuf-import dmabuf $nodes
done

check "no descriptor is left" wait_until 20 quiet

# --- v4l2-compliance -----------------------------------------------------------------------

timeout 120 v4l2-compliance -P -d /dev/video40 -s3 -e /dev/video41 \
	> "$LAB_OUT/compliance-native" 2>&1
timeout 120 "$run" v4l2-compliance -P -d /dev/video90 -s3 -e /dev/video91 \
	> "$LAB_OUT/compliance-ours" 2>&1
check "v4l2-compliance -e: as natively" "$lab/compliance" stream/vivid-cap \
	"$LAB_OUT/compliance-native" "$LAB_OUT/compliance-ours"
check "v4l2-compliance tests DMABUF" \
	grep 'test DMABUF.*: OK$' "$LAB_OUT/compliance-ours"

# --- a file whose server does not answer -------------------------------------------------------

mkdir "$work/fs"
"$build/lab/neverfs" "$work/fs" > "$work/mounted" &
neverfs=$!
wait_until 20 grep -q mounted "$work/mounted" || die "neverfs is not mounted"
mkfifo "$work/go"
"$build/lab/imports" hold /dev/video90 "$work/fs/page" < "$work/go" > "$work/held" &
holder=$!
disown $holder	# or bash says that it was killed
exec 7> "$work/go"
wait_until 20 grep -q ready "$work/held" || die "imports hold is not ready"
kill -STOP $neverfs
echo >&7
exec 7>&-
wait_until 20 grep -q asking "$work/held"
asks()
{
	timeout 5 v4l2-ctl -d /dev/video90 --get-fmt-video
}
check "a file of a file system that hangs: others go on" asks
check "and still" asks
kill -KILL $holder
check "its program is killed: others go on" asks
kill -CONT $neverfs
kill $neverfs
check "its program ends with the file system" wait_until 20 gone $holder
check "the node serves again" stream "$work/ours" -d /dev/video90 --stream-dmabuf \
	-E /dev/video91
check "no descriptor is left" wait_until 20 quiet
umount -l "$work/fs" 2> /dev/null

# --- nothing travels ---------------------------------------------------------------------------

stop_guestds
for node in video90 video80 video91; do
	check "$node: no contents in the socket" test "$(counter $node data-in)" -eq 0
	check "$node: nor out of it" test "$(counter $node data-out)" -eq 0
done

# --- who has no such memory ------------------------------------------------------------------

start_guestd video90 --connect vsock:1:848 --profile stream --remote video40
refused "over vsock" video90
stop_guestds
start_guestd video90 "${here[@]}" --remote video40 --no-ptrace
refused "without ptrace" video90
stop_guestds
stop_hostd
rm -f "$unix"
chmod 777 "$work"
: > "$LAB_OUT/hostd.log"
setpriv --reuid=nobody --regid=video --clear-groups -- "$build/hostd" \
	--listen "unix:$unix" --allow uid:root --device video40=/dev/video40 \
	>> "$LAB_OUT/hostd.log" 2>&1 &
hostd=$!
wait_until 20 grep -q ': listening on' "$LAB_OUT/hostd.log" ||
	die "hostd as nobody: not listening after 20 s"
chgrp video /dev/video40
chmod 660 /dev/video40
start_guestd video90 "${here[@]}" --remote video40
refused "without the permission to share" video90
