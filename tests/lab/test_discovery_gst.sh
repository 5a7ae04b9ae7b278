#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
# modules: test
#
# GStreamer finds our nodes with guestd-run -d: its device monitor lists cameras, those
# that come and go, too, and the V4L2 plugin has the elements of codecs.  What codecs it
# has is kept in a file, the registry, which does not know of -d.

# shellcheck source=tests/lab/lib_udev.sh
. "${0%/*}/lib_udev.sh"
# shellcheck source=tests/lab/lib_gst.sh
. "${0%/*}/lib_gst.sh"

run=$build/guestd-run

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_udevd
trigger_native
start_hostd --listen "unix:$unix" --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix"
start_other video95
settle

only_plugins "$work/plugins" video4linux2

# paths: of the devices that a monitor has found
paths()
{
	sed -n 's/^\t\tdevice.path = //p' | sort | paste -sd ' '
}

# found PATHS REGISTRY COMMAND...: GStreamer keeps in the registry which elements there are
found()
{
	local want=$1
	shift

	diff <(echo "$want") <(GST_REGISTRY=$work/$1 timeout 100 "${@:2}" 2>&1 | paths)
}

check "gst-device-monitor-1.0 without -d" \
	found /dev/video40 without gst-device-monitor-1.0 Video
check "gst-device-monitor-1.0 with -d" found "/dev/video40 /dev/video91" \
	with "$run" -d gst-device-monitor-1.0 Video

# It says of one that has gone no more than the name.
removed()
{
	grep -A 3 '^Device removed' "$work/followed" | grep -q 'name *: vivid$'
}

GST_REGISTRY=$work/with timeout 100 "$run" -d stdbuf -oL gst-device-monitor-1.0 -f Video \
	> "$work/followed" 2>&1 &
monitor=$!
wait_until 60 grep -q 'device.path = /dev/video91' "$work/followed" ||
	not_ok "gst-device-monitor-1.0 -f: no device after 60 s"
start_guestd video92 --connect "unix:$unix" --remote cap
check "gst-device-monitor-1.0 -f: a node that comes" \
	wait_until 30 grep -q 'device.path = /dev/video92' "$work/followed"
stop "$guestd"
check "gst-device-monitor-1.0 -f: a node that goes" wait_until 30 removed
stop $monitor

stop_others

# --- the codecs' elements -----------------------------------------------------------------

# as_guest COMMAND...: where there are no native devices, as in a virtual machine
as_guest()
{
	unshare --mount sh -c 'mount -t tmpfs none /sys/class/video4linux && exec "$@"' sh "$@"
}

# codecs REGISTRY COMMAND...: the elements that are made of devices
codecs()
{
	GST_REGISTRY=$work/$1 "${@:2}" timeout 60 gst-inspect-1.0 video4linux2 |
		sed -n 's/^  \(v4l2[^:]*\(convert\|enc\|dec\)\): .*/\1/p' | sort | paste -sd ' '
}

has_codecs()
{
	local want=$1
	shift

	diff <(echo "$want") <(codecs "$@")
}

if load_test_module vim2m && load_test_module vicodec; then
	stop_guestds
	stop_hostd
	start_hostd --listen "unix:$unix" --device "m2m=/dev/$(node_of vim2m)" \
		--device "enc=/dev/$(node_of stateful-encoder)" \
		--device "dec=/dev/$(node_of stateful-decoder)"
	start_guestd video91 --connect "unix:$unix" --remote m2m
	start_guestd video92 --connect "unix:$unix" --remote enc
	start_guestd video93 --connect "unix:$unix" --remote dec
	settle
	elements="v4l2convert v4l2fwhtdec v4l2fwhtenc"
	check "gst-inspect-1.0: natively" has_codecs "$elements" native env
	check "gst-inspect-1.0 without -d" has_codecs "" old as_guest "$run"
	check "gst-inspect-1.0 with -d" has_codecs "$elements" new as_guest "$run" -d
	check "a registry made without -d has none, with -d neither" \
		has_codecs "" old as_guest "$run" -d
	check "one made with -d has them without it, too" \
		has_codecs "$elements" new as_guest "$run"
	start_guestd video94 --connect "unix:$unix" --remote m2m
	settle
	check "with another node, it is made anew" \
		has_codecs "$elements v4l2video94convert" old as_guest "$run" -d
fi

stop_udevd
