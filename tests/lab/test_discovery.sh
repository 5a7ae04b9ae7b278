#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# modules: test
#
# Programs that ask libudev for V4L2 devices find our nodes with guestd-run -d, are told
# of those that come and go, and find no node of somebody else's.  The programs are
# GStreamer's device monitor and codec elements, and a small one of ours for what they
# do not ask.

# shellcheck source=tests/lab/lib_udev.sh
. "${0%/*}/lib_udev.sh"

run=$build/guestd-run
list=$build/lab/udev_list

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_udevd
trigger_native
start_hostd --listen "unix:$unix" --device pattern:64x64,fps=10 --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix" --remote pattern
start_other mixer9
start_other video95
settle

# --- libudev ------------------------------------------------------------------------

# lists WANT COMMAND...: WANT is what COMMAND prints, sorted, in one line
lists()
{
	local want=$1
	shift

	diff <(echo "$want") <("$@" | sort | paste -sd ,)
}

native="video4linux /dev/video40 -"
ours="video4linux /dev/video91 0"
plain="cuse /dev/mixer9 -,cuse /dev/video91 -,cuse /dev/video95 -"
check "without -d: those of video4linux" lists "$native" "$run" "$list" video4linux
check "-d: ours, too, and none of somebody else's" \
	lists "$native,$ours" "$run" -d "$list" video4linux
check "-d: of them those that have a property" lists "$ours" \
	"$run" -d "$list" video4linux ID_V4L_PRODUCT "$(udevadm info -q property \
		--property=ID_V4L_PRODUCT --value /dev/video91)"
check "without -d: those of cuse" lists "$plain" "$run" "$list" cuse
check "-d: those of cuse are there, whoever's" \
	lists "${plain/cuse \/dev\/video91 -,},$ours" "$run" -d "$list" cuse

# watch NAME COMMAND...: COMMAND begins to say what comes and goes
watchers=()
watch()
{
	local name=$1
	shift

	"$@" > "$work/$name" 2>&1 &
	watchers+=($!)
	wait_until 20 grep -q ready "$work/$name" || not_ok "$*: not ready after 20 s"
}

heard()
{
	diff <(printf '%s\n' ready "${@:2}") "$work/$1"
}

watch without "$run" "$list" -m video4linux
watch with "$run" -d "$list" -m video4linux
watch cuse "$run" -d "$list" -m cuse
start_other video96
start_guestd video92 --connect "unix:$unix" --remote cap
stop "$guestd"
settle
udevadm trigger --settle /dev/video91
udevadm trigger --settle /dev/video40
for name in with without; do
	wait_until 20 grep -q 'change.*video40' "$work/$name" ||
		not_ok "$name: no event after 20 s"
done
wait_until 20 grep -q 'change.*video91' "$work/cuse" || not_ok "cuse: no event after 20 s"
for pid in "${watchers[@]}"; do
	stop "$pid"
done
check "without -d: nobody hears of our nodes" \
	heard without "change video4linux /dev/video40"
check "-d: who waits for video4linux hears of ours" heard with \
	"add video4linux /dev/video92" "remove video4linux /dev/video92" \
	"change video4linux /dev/video91" "change video4linux /dev/video40"
check "-d: who waits for cuse hears of all" heard cuse \
	"add cuse /dev/video96" \
	"add video4linux /dev/video92" "remove video4linux /dev/video92" \
	"change video4linux /dev/video91"

# --- GStreamer's device monitor -------------------------------------------------------

# Those elements that are used here, so that not all are looked at.
export GST_PLUGIN_SYSTEM_PATH_1_0=$work/plugins
mkdir "$work/plugins"
for plugin in coreelements video4linux2 videotestsrc videoparsersbad; do
	plugin=/usr/lib/$(uname -m)-linux-gnu/gstreamer-1.0/libgst$plugin.so
	[ ! -e "$plugin" ] || ln -s "$plugin" "$work/plugins/"
done

# gst REGISTRY COMMAND...: GStreamer keeps there which elements there are
gst()
{
	GST_REGISTRY=$work/$1 timeout 100 "${@:2}"
}

# paths: of the devices that a monitor has found
paths()
{
	sed -n 's/^\t\tdevice.path = //p' | sort | paste -sd ' '
}

found()
{
	local want=$1
	shift

	diff <(echo "$want") <("$@" 2>&1 | paths)
}

check "gst-device-monitor-1.0 without -d" \
	found /dev/video40 gst without gst-device-monitor-1.0 Video
check "gst-device-monitor-1.0 with -d" found "/dev/video40 /dev/video91" \
	gst with "$run" -d gst-device-monitor-1.0 Video

# It says of one that has gone no more than the name.
removed()
{
	grep -A 3 '^Device removed' "$work/followed" | grep -q 'name *: vivid$'
}

gst with "$run" -d stdbuf -oL gst-device-monitor-1.0 -f Video > "$work/followed" 2>&1 &
monitor=$!
wait_until 60 grep -q 'device.path = /dev/video91' "$work/followed" ||
	not_ok "gst-device-monitor-1.0 -f: no device after 60 s"
start_guestd video92 --connect "unix:$unix" --remote cap
check "gst-device-monitor-1.0 -f: a node that comes" \
	wait_until 30 grep -q 'device.path = /dev/video92' "$work/followed"
stop "$guestd"
check "gst-device-monitor-1.0 -f: a node that goes" wait_until 30 removed
kill $monitor
wait $monitor 2> /dev/null

stop_others
stop_udevd
