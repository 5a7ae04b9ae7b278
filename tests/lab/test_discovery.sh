#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# Programs that ask libudev for V4L2 devices find our nodes with guestd-run -d, are told
# of those that come and go, and find no node of somebody else's: a small one of ours,
# also for i386 and in containers, and guvcview.  GStreamer is test_discovery_gst.sh's.

# shellcheck source=tests/lab/lib_udev.sh
. "${0%/*}/lib_udev.sh"
# shellcheck source=tests/lab/lib_container.sh
. "${0%/*}/lib_container.sh"

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

	diff <(echo "$want") <(("$@") | sort | paste -sd ,)
}

native="video4linux /dev/video40"
ours="video4linux /dev/video91"
plain="cuse /dev/mixer9,cuse /dev/video91,cuse /dev/video95"
check "without -d: those of video4linux" lists "$native" "$run" "$list" video4linux
check "-d: ours, too, and none of somebody else's" \
	lists "$native,$ours" "$run" -d "$list" video4linux
check "-d: of them those that have a property" lists "$ours" \
	"$run" -d "$list" video4linux ID_V4L_PRODUCT "$(udevadm info -q property \
		--property=ID_V4L_PRODUCT --value /dev/video91)"
check "without -d: those of cuse" lists "$plain" "$run" "$list" cuse
check "-d: those of cuse are there, whoever's" \
	lists "${plain/cuse \/dev\/video91,},$ours" "$run" -d "$list" cuse

# No other library of the packages, whose loader would have to be with them
mkdir "$work/lib32"
ln -s "$build/lab/v4l-utils-i386/usr/lib/i386-linux-gnu/libudev.so.1" "$work/lib32/"
list32=(env "LD_LIBRARY_PATH=$work/lib32" "$build/lab/i386/udev_list")
check "i386, without -d: those of video4linux" lists "$native" "$run" "${list32[@]}" video4linux
check "i386, -d: ours, too" lists "$native,$ours" "$run" -d "${list32[@]}" video4linux

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

# --- in a container -------------------------------------------------------------------

# As in usermedia(7), where the node has its name in the container, too
start_guestd video0 --connect "unix:$unix" --remote pattern
settle
udev=(--ro-bind /run/udev /run/udev)
all="video4linux /dev/video0,$native,$ours"
check "container: without /run/udev: none of ours" lists "$native" \
	in_bwrap video0 "$run" -d "$list" video4linux
check "container: with /run/udev, without -d: none of ours" lists "$native" \
	in_bwrap video0 "${udev[@]}" "$run" "$list" video4linux
check "container: with /run/udev: those of the host, whatever it was given" \
	lists "$all" in_bwrap video0 "${udev[@]}" "$run" -d "$list" video4linux

watchers=()
udev+=(--die-with-parent)
watch shared in_bwrap video0 "${udev[@]}" "$run" -d "$list" -m video4linux
watch own in_bwrap video0 "${udev[@]}" --unshare-net "$run" -d "$list" -m video4linux
watch none in_bwrap video0 --die-with-parent "$run" -d "$list" -m video4linux
start_guestd video92 --connect "unix:$unix" --remote cap
stop "$guestd"
settle
wait_until 20 grep -q 'remove.*video92' "$work/shared" || not_ok "shared: no event after 20 s"
for pid in "${watchers[@]}"; do
	stop "$pid"
done
check "container: with the host's network, it hears of nodes" heard shared \
	"add video4linux /dev/video92" "remove video4linux /dev/video92"
check "container: with a network of its own, it does not" heard own
check "container: nor without /run/udev" heard none

# --- guvcview ----------------------------------------------------------------------------

export DISPLAY=:7
Xvfb $DISPLAY -screen 0 640x480x16 > "$LAB_OUT/xvfb.log" 2>&1 &
xvfb=$!
wait_until 30 test -S /tmp/.X11-unix/X7 || die "Xvfb: no socket after 30 s"

# cameras NODE...: what their drivers call them
cameras()
{
	local node

	for node; do
		v4l2-ctl -d "/dev/$node" -D | sed -n 's/^\tCard type *: //p'
	done | sort | paste -sd ,
}

# offered WRAPPER...: the cameras that guvcview offers where it is told one that is not there
offered()
{
	LD_PRELOAD=$build/lab/preload/gtk_choices.so timeout 60 "$@" \
		guvcview -a none -r none -d /dev/nothing 2>&1 | sed -n 's/^choice: //p'
}

check "guvcview without -d" lists "$(cameras video40)" offered "$run"
check "guvcview with -d" lists "$(cameras video40 video0 video91)" offered "$run" -d
stop $xvfb

stop_others
stop_udevd
