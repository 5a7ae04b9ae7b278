#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# guestd --strict: of vivid's webcam, which has 39 formats and controls that no camera
# has, a plain camera is left, and programs stream from it.  What is no camera is refused.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

load cuse
# A webcam, and an output that is none
load_vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41 num_inputs=1 input_types=0
capture=video40
output=video41

# failures NODE [COMMAND...]: what fails of v4l2-compliance, itself included
failures()
{
	local said

	said=$(timeout 60 "${@:2}" v4l2-compliance -P -d "/dev/$1")
	{
		grep -q '^Total for ' <<< "$said" || echo "$1: no end"
		sed -nE 's/^[[:space:]]*test ([^:]*): FAIL$/\1/p' <<< "$said"
	} | sort -u
}

none_new()
{
	local new

	new=$(comm -13 "$work/native" <(failures video91 "$build/guestd-run"))
	echo "$new"
	[ -z "$new" ]
}

# formats NODE
formats()
{
	v4l2-ctl -d "/dev/$1" --list-formats | sed -nE "s/^.*: '(....)'.*/\1/p" |
		sort -u | tr '\n' ' '
}

classes()
{
	v4l2-ctl -d "/dev/$1" -l | sed -nE 's/^([A-Z][A-Za-z ]*) Controls$/\1/p' |
		tr '\n' ' '
}

refused()
{
	local said

	said=$(timeout 20 "$build/guestd" --device /dev/video92 --strict \
		--connect "unix:$unix" --remote output 2>&1 < /dev/null)
	[ $? -eq 1 ] && grep -q -- '--strict: this device is no camera' <<< "$said"
}

stream()
{
	timeout 60 "$build/guestd-run" v4l2-ctl -d /dev/video91 \
		--set-fmt-video="width=640,height=360,pixelformat=$1" --stream-mmap \
		--stream-count=5 --stream-to="$work/frames" &&
		[ "$(stat -c %s "$work/frames")" -eq "$2" ]
}

with_ffmpeg()
{
	timeout 60 "$build/guestd-run" ffmpeg -v error -f v4l2 -input_format yuyv422 \
		-video_size 640x360 -i /dev/video91 -frames:v 5 -f rawvideo \
		-y "$work/frames" < /dev/null &&
		[ "$(stat -c %s "$work/frames")" -eq $((5 * 640 * 360 * 2)) ]
}

failures "$capture" > "$work/native"
# One that somebody has left set to a format that is none of ours
v4l2-ctl -d "/dev/$capture" --set-fmt-video=width=640,height=360,pixelformat=GREY
start_hostd --listen "unix:$unix" --device "camera=/dev/$capture" \
	--device "output=/dev/$output"
check "an output is refused" refused
start_guestd video91 --connect "unix:$unix" --remote camera --strict --profile stream
check "its own formats are another number" test "$(formats "$capture" | wc -w)" -gt 20
check "formats of a camera" test "$(formats video91)" = "BGR3 NV12 RGB3 YUYV "
check "another one is set to the first" grep -qE "'(BGR3|NV12|RGB3|YUYV)'" \
	<(v4l2-ctl -d /dev/video91 --get-fmt-video)
check "its own controls are of other classes, too" test "$(classes "$capture")" != "User "
check "controls of one class" test "$(classes video91)" = "User "
check "YUYV" stream YUYV $((5 * 640 * 360 * 2))
check "NV12" stream NV12 $((5 * 640 * 360 * 3 / 2))
check "FFmpeg" with_ffmpeg
check "v4l2-compliance without new failures" none_new
stop_guestds
check "nothing is shared" test "$(grep -c 'shares its buffers' "$LAB_OUT/hostd.log")" = 0
check "nothing is a lie" test "$(grep -c impossible "$LAB_OUT/guestd-video91.log")" = 0
stop_hostd
