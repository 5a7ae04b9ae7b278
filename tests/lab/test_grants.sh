#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 200
#
# What hostd.conf(5) grants, on a real driver: vivid's capture.  A guest with a part of
# the controls sees a device that has no others, one that may only view sets nothing,
# and of buffers each has as many as it may have.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

load cuse
load_vivid n_devs=1 node_types=1 vid_cap_nr=0

# grant LINE...: hostd and guestd anew, which gives root this of /dev/video0
grant()
{
	stop_guestds
	stop_hostd
	{
		printf '[device cam]\nnode = /dev/video0\n[guest uid:root]\n'
		printf '%s\n' "$@"
	} > "$work/hostd.conf"
	start_hostd --config "$work/hostd.conf" --listen "unix:$unix"
	start_guestd video90 --connect "unix:$unix" --profile stream
}

ours=("$build/guestd-run" v4l2-ctl -d /dev/video90)
native=(v4l2-ctl -d /dev/video0)

# controls_of NODE: the numbers of its controls, a class's heading with them
controls_of()
{
	v4l2-ctl -d "$1" --list-ctrls | grep -o ' 0x[0-9a-f]\{8\} '
}

# verdicts FILE: of the tests of controls
verdicts()
{
	awk '/:$/ { section = $0 }
		section ~ /Control ioctls/ && /test VIDIOC/' "$1"
}

# judge NODE FILE: what v4l2-compliance says of it
judge()
{
	timeout -k 5 60 "$build/guestd-run" v4l2-compliance -d "$1" > "$LAB_OUT/$2" 2>&1
	verdicts "$LAB_OUT/$2" > "$LAB_OUT/$2.controls"
}

none_fails()
{
	test -s "$1" && ! grep FAIL "$1"
}

# --- controls -------------------------------------------------------------------------

for class in user 0x00f00000; do
	grant "controls = $class"
	controls_of /dev/video0 > "$work/all"
	# A class's controls have its number, which is what --list-ctrls begins with.
	prefix=$([ $class = user ] && echo 0x0098 || echo 0x00f)
	grep " $prefix" "$work/all" > "$work/native"
	controls_of /dev/video90 > "$work/ours"
	say "controls = $class: $(wc -l < "$work/ours") of $(wc -l < "$work/all")"
	check "controls = $class: those, and no others" cmp "$work/native" "$work/ours"
	check "controls = $class: there are some" test -s "$work/ours"
done

grant "controls = user"
judge /dev/video0 native
judge /dev/video90 user
check 'controls = user: a device without the others, says v4l2-compliance' \
	diff "$LAB_OUT/native.controls" "$LAB_OUT/user.controls"
check 'controls = user: it was asked' test -s "$LAB_OUT/user.controls"

grant "controls = none"
check 'controls = none: none' test -z "$(controls_of /dev/video90)"
judge /dev/video90 none
check 'controls = none: v4l2-compliance fails none of them' \
	none_fails "$LAB_OUT/none.controls"

# --- class ----------------------------------------------------------------------------

# fails_with TEXT COMMAND...: it says so, and the device is as it was
fails_with()
{
	local text=$1 before
	shift

	before=$("${native[@]}" --get-fmt-video --get-input -C brightness)
	"$@" 2>&1 | grep -F "$text" || return
	[ "$before" = "$("${native[@]}" --get-fmt-video --get-input -C brightness)" ]
}

for class in view use; do
	grant "class = $class"
	check "class = $class: frames come" \
		"${ours[@]}" --stream-mmap=4 --stream-count=3 --stream-to=/dev/null
	check "class = $class: S_PRIORITY is the owner's" \
		fails_with 'Operation not permitted' "${ours[@]}" --set-priority=2
done
check 'class = use: S_FMT' \
	"${ours[@]}" --set-fmt-video=width=320,height=180,pixelformat=YUYV
check 'class = use: S_CTRL' "${ours[@]}" -c brightness=99
grant 'class = view'
check 'class = view: no S_FMT' fails_with 'Operation not permitted' \
	"${ours[@]}" --set-fmt-video=width=640,height=360,pixelformat=YUYV
check 'class = view: no S_CTRL' fails_with 'Operation not permitted' \
	"${ours[@]}" -c brightness=98
check 'class = view: no S_INPUT' fails_with 'Operation not permitted' \
	"${ours[@]}" --set-input=1
check 'class = view: the log says so' \
	grep -q 'refused: the guest may only view' "$LAB_OUT/hostd.log"

# --- quotas ----------------------------------------------------------------------------

# 640x360 in YUYV is 460800 bytes.
"${native[@]}" --set-fmt-video=width=640,height=360,pixelformat=YUYV
grant 'memory = 1M'
check 'memory = 1M: frames come, into 2 buffers' \
	"${ours[@]}" --stream-mmap=8 --stream-count=3 --stream-to=/dev/null
grant 'memory = 256K'
check 'memory = 256K: there is no buffer' fails_with 'Cannot allocate memory' \
	"${ours[@]}" --stream-mmap=8 --stream-count=3 --stream-to=/dev/null
check 'memory = 256K: the log says so' \
	grep -q 'more buffers are refused' "$LAB_OUT/hostd.log"
check 'memory = 256K: others have buffers' \
	"${native[@]}" --stream-mmap=8 --stream-count=3 --stream-to=/dev/null
