#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
#
# A USB camera is pulled out while programs use it, and plugged in again: every line
# that unplug prints must be the same natively and through us.  Meanwhile a stream of
# another device runs through the same hostd.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

link=/dev/v4l/by-id/usb-usermedia_Lab_camera_1-video-index0

# What udev would do.
plug()
{
	plug_uvc 0
	ln -sfn "/dev/${uvc[0]}" "$link"
}

unplug()
{
	unplug_uvc 0
	rm "$link"
}

opens()
{
	v4l2-ctl -d "/dev/$1" --get-input
}

opens_not()
{
	! opens "$1"
}

# Pulls it out when no frame has come for a while: who waits for one is asleep then,
# and not on its way there.
unplug_idle()
{
	kill -STOP "${uvcs[0]}"
	sleep 1
	unplug
}

# stream_ctl NODE FILE: what v4l2-ctl says of it, with USERPTR, which both have
stream_ctl()
{
	local pid

	v4l2-ctl -d "$1" --stream-user > "$2" 2>&1 &
	pid=$!
	wait_until 10 grep -q '<<<' "$2"
	unplug_idle
	wait_until 10 gone $pid || not_ok "v4l2-ctl -d $1 --stream-user: ends"
	wait $pid
	echo "status $?" >> "$2"
	# A < for each frame, and a line for each second that it took
	sed -i -e 's/<//g' -e 's/^ .* fps.*//' -e '/^$/d' "$2"
	plug
}

# ends CALL NODE ERROR: a program that waits in it, and what it finds then
ends()
{
	local file=$work/until pid

	"$build/lab/until" "$1" "$2" > "$file" &
	pid=$!
	wait_until 10 grep -q running "$file"
	unplug_idle
	wait_until 10 gone $pid
	plug
	sed -i 1d "$file"
	check "$1 that waits: $3, and then it is gone" diff - "$file" << END
$1: $3
then poll: ERR|HUP
then ioctl: ENODEV
then read: ENODEV
then close: 0
END
}

load cuse vhci_hcd uvcvideo
mkdir -p "${link%/*}"
plug
number=${uvc[0]}
start_hostd --listen "unix:$unix" --device "cam=$link" \
	--device "num=/dev/$number" --device pattern:320x240,fps=10
start_guestd video91 --connect "unix:$unix" --remote cam --profile stream
start_guestd video92 --connect "unix:$unix" --remote num --profile stream
start_guestd video93 --connect "unix:$unix" --remote cam --profile read
start_guestd video94 --connect "unix:$unix" --remote pattern --profile stream
inventory > "$work/before"
timeout 200 "$build/lab/capture" --user --frames=150 /dev/video94 \
	> "$work/other" 2>&1 &
other=$!

facts "$work/native" unplug "$link" "${uvcs[0]}" 0 "$link"
facts "$work/ours" unplug /dev/video91 "${uvcs[0]}" 0 "$link"
same unplug "$work/native" "$work/ours"

stream_ctl "$link" "$work/native"
stream_ctl /dev/video91 "$work/ours"
same "v4l2-ctl --stream-user" "$work/native" "$work/ours"

# As vb2 ends the streams of a device that goes; uvcvideo itself has no read().
ends read /dev/video93 EINVAL

# Natively it waits for ever: v4l2_event_wake_all() wakes poll() alone.
ends dqevent /dev/video91 ENODEV

# Somebody has the old camera open: the new one gets another number.
check "by number: opens" opens video92
exec 9<> "/dev/$number"
unplug
check "pulled out: does not open" opens_not video91
plug
[ "${uvc[0]}" != "$number" ] || not_ok "another number than $number"
check "by link, with another number: opens" opens video91
check "by number, with another number: does not open" opens_not video92
exec 9>&-
unplug
plug
check "by number again: opens" opens video92

# 9 times by unplug, then v4l2-ctl, read() and DQEVENT
check "hostd's log: each unplugging, once" \
	test "$(grep -c 'device cam: it has gone' "$LAB_OUT/hostd.log")" = 12

wait $other
check "another device's frames" test $? -eq 0
mapfile -t -c 1 -C say_line < "$work/other"
check_d_state unplug
check_inventory unplug "$work/before"
