#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
#
# Frames without waiting: at 30 and 60 frames a second no frame of vivid is lost that
# is not lost natively, and no call waits for the host, which guestd counts: a program
# that takes more frames waits no more often.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

few=40
many=120

# lost FILE: frames that are missing between those that v4l2-ctl has shown
lost()
{
	sed -n 's/.* seq: *\([0-9]*\) .*/\1/p' "$1" |
		awk 'NR > 1 { lost += $1 - last - 1 } { last = $1 } END { print lost + 0 }'
}

# frames FILE: how many it has shown
frames()
{
	grep -c ' seq: ' "$1"
}

# take NODE METHOD COUNT COMMAND...: take frames, which are told of in $work/NODE.said
take()
{
	local node=$1 method=$2 count=$3
	shift 3

	timeout 60 "$@" v4l2-ctl -d "/dev/$node" "--stream-$method=4" \
		--stream-count="$count" --verbose > "$work/$node.said" 2>&1
}

# waits METHOD COUNT LINK RUN OPTION...: how often calls have waited
waits()
{
	local method=$1 count=$2 link=$3 run=$4
	shift 4

	: > "$LAB_OUT/guestd-video90.log"
	start_guestd video90 --connect "$link" --profile stream --verbose "$@"
	# shellcheck disable=SC2086 # it may be none
	take video90 "$method" "$count" $run
	stop_guestds
	counter video90 waits
}

# each FPS METHOD LINK RUN
each()
{
	local what="$1 fps, $2, ${3%%:*}" first second without

	first=$(waits "$2" $few "$3" "$4")
	# A machine that is busy may stop the VM for longer than a frame lasts, and vivid
	# leaves one out then, natively, too.  What is lost by us is lost each time.
	for _ in 1 2 3; do
		second=$(waits "$2" $many "$3" "$4")
		[ "$(lost "$work/video90.said")" -gt "$natively" ] || break
	done
	check "$what: $many frames" test "$(frames "$work/video90.said")" -eq $many
	check "$what: $(lost "$work/video90.said") lost, natively $natively" \
		test "$(lost "$work/video90.said")" -le "$natively"
	check "$what: $((second - first)) waits for $((many - few)) frames" \
		test "$first" -eq "$second"
	[ "$1" = 60 ] || return 0
	without=$(waits "$2" $many "$3" "$4" --no-pipeline)
	check "$what: $without waits without, $second with it" \
		test "$((without - second))" -ge $many
}

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device cam=/dev/video40
v4l2-ctl -d /dev/video40 --set-fmt-video=width=320,height=180,pixelformat=YUYV \
	> "$work/format" 2>&1

for fps in 30 60; do
	v4l2-ctl -d /dev/video40 --set-parm=$fps > "$work/parm"
	say "$(grep -o '[0-9.]* fps' "$work/parm" | head -n 1)"
	take video40 mmap $many
	natively=$(lost "$work/video40.said")
	check "$fps fps, natively: $many frames" \
		test "$(frames "$work/video40.said")" -eq $many
	each $fps user "unix:$unix" ""
	each $fps mmap "unix:$unix" "$build/guestd-run"
	each $fps user vsock:1:848 ""
	each $fps mmap vsock:1:848 "$build/guestd-run"
done
