#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
# clock: counted
#
# A USB camera: the kernel's own uvcvideo, with tests/lab/uvc.c for the hardware.
# Each of its pictures is a function of the frame's number alone, so what arrives
# through us is compared byte by byte with what arrives natively.  No frame may be lost
# for that, natively or through us: hence the counted clock.
#
# shellcheck disable=SC2317 # functions are called through check

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

frames=20
small=--set-fmt-video=width=320,height=240
len=$((320 * 240 * 2))

# stream NODE FILE OPTION...: so many frames
stream()
{
	timeout 60 v4l2-ctl -d "$1" "${@:3}" --stream-count=$frames --stream-to="$2"
}

numbered()
{
	local i

	[ "$(stat -c %s "$1")" = $((frames * len)) ] || return 1
	for ((i = 0; i < frames; i++)); do
		[ "$(uvc_number "$1" $i $len 2)" = $i ] || return 1
	done
}

# What uvcvideo of 6.1 is known to fail: see tests/lab/uvc_parts/controls.c.
compliant()
{
	local said

	said=$(v4l2-compliance -P -d "$1")
	echo "$said"
	[ "$(grep -c FAIL <<< "$said")" = "$2" ]
}

load cuse vhci_hcd uvcvideo
plug_uvc 0
plug_uvc 1 --mjpeg --serial=2

check "v4l2-compliance of the native camera" compliant "/dev/${uvc[0]}" 2
check "v4l2-compliance of its metadata" compliant "/dev/${uvc_meta[0]}" 0
check "native frames" stream "/dev/${uvc[0]}" "$work/native" $small --stream-mmap
check "have the numbers of their places" numbered "$work/native"
check "native MJPEG frames" stream "/dev/${uvc[1]}" "$work/jpegs" $small --stream-mmap

start_hostd --listen "unix:$unix" --device "yuyv=/dev/${uvc[0]}" \
	--device "mjpeg=/dev/${uvc[1]}"
start_guestd video91 --connect "unix:$unix" --remote yuyv --profile stream
start_guestd video92 --connect "unix:$unix" --remote yuyv
start_guestd video93 --connect "unix:$unix" --remote mjpeg --profile stream

check "USERPTR" stream /dev/video91 "$work/ours" $small --stream-user
check "USERPTR: the native frames" cmp "$work/native" "$work/ours"
check "read()" timeout 60 dd if=/dev/video92 of="$work/ours" bs=$len count=$frames
check "read(): the native frames" cmp "$work/native" "$work/ours"
check "MJPEG" stream /dev/video93 "$work/ours" $small --stream-user
check "MJPEG: the native frames" cmp "$work/jpegs" "$work/ours"
stop_guestds
stop_hostd

unplug_uvc 0
unplug_uvc 1
check "nothing is left of the cameras" test -z "$(compgen -G '/dev/video*')"
