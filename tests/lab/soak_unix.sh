#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# clock: counted
#
# soak_unix.sh [SECONDS [DEVICE...]]: mmap() with the shim over a unix socket, for so
# long (60), of the DEVICEs vivid and pattern.
#
# Of vivid's HDMI it is the largest picture at the highest rate at which a native reader
# loses no frame in this VM, which is looked for first.  What vivid draws moves by the
# same step with every frame: so no frame may be lost, torn, or come twice
# (tests/lab/capture).  vivid does not wait long enough for a frame that takes more than
# half of its time to draw, and draws more of them than it should, natively, too; so at
# least as many must come as the rate says.
#
# The pattern, 3840x2160, drawn once, has a stamp at both ends of each frame; no tick
# may be lost at 60 frames a second.
#
# No byte of a frame comes through the socket, and what our processes have stays as it
# is meanwhile (tests/lab/flat).

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

seconds=${1:-60}
minute=$((seconds < 60 ? seconds : 60))
shift $(($# > 0))
devices=("$@")
[ $# -gt 0 ] || devices=(vivid pattern)
vivid=/dev/video40
buffers=8
take=("$build/lab/capture" --map "--buffers=$buffers")

# --- what sees a frame that is not right ----------------------------------------------

# frame N: of those that were recorded
frame()
{
	head -c $(($1 * len)) "$work/recorded" | tail -c "$len"
}

# moving: the frames of stdin
moving()
{
	cat > "$work/made"
	"$build/lab/capture" --file --moving --size=320x180 "$work/made"
}

# sees WHAT SAID: what capture says of the frames of stdin
sees()
{
	moving > "$work/said" 2>&1
	check "capture: sees a frame that $1" grep -q "$2" "$work/said"
}

judge()
{
	local len=$((320 * 180 * 2))

	v4l2-ctl -d $vivid --set-input="$(connector video40 inputs Webcam)" \
		--set-fmt-video=width=320,height=180,pixelformat=YUYV \
		--stream-mmap --stream-count=4 --stream-to="$work/recorded" \
		> /dev/null 2>&1 || die "v4l2-ctl: no frames"
	check "capture: frames that move" moving < "$work/recorded"
	{ frame 1; frame 2; frame 2; } | sees "comes twice" 'has not moved'
	{ frame 1; frame 2; frame 4; } | sees "is left out" 'moved elsewhere'
	{
		frame 1
		frame 2 | head -c $((len - 640))
		frame 3 | tail -c 640
	} | sees "is torn" 'torn'
}

# --- what vivid can do here --------------------------------------------------------------

# timings: vivid's largest first, and of a size the fastest: INDEX SIZE RATE
timings()
{
	v4l2-ctl -d $vivid --list-dv-timings | awk '
		$1 == "Index:" { at = $2 }
		$1 == "Active" { len[$2] = $3 }
		$1 == "Frame" { whole = $3 == "progressive" }
		$1 == "Pixelclock:" && whole {
			print len["width:"] * len["height:"], substr($4, 2), at,
				len["width:"] "x" len["height:"]
		}' | sort -k 1nr -k 2nr | awk '{ print $3, $4, $2 }'
}

# set_timings INDEX
set_timings()
{
	v4l2-ctl -d $vivid --set-dv-bt-timings=index="$1" > /dev/null
}

# natively SECONDS: does a native reader lose no frame of $size?
natively()
{
	timeout 200 "${take[@]}" --no-gap --moving --size="$size" \
		--seconds="$1" $vivid > "$work/said" 2>&1 < /dev/null
}

# largest: $size and $rate, of which a native reader loses no frame
largest()
{
	local at

	v4l2-ctl -d $vivid --set-input="$(connector video40 inputs HDMI)" \
		> /dev/null
	while read -r at size rate; do
		set_timings "$at" || die "vivid: no timings $at"
		natively 5 && return
		say "natively, $size at $rate: $(tail -n 1 "$work/said")"
	done < <(timings)
	die "vivid: loses frames natively at any size"
}

# --- how long it goes well ---------------------------------------------------------------

# said NAME: of capture's line in $work/said
said()
{
	sed -n "s/.*\<$1=\([0-9]*\).*/\1/p" "$work/said"
}

# for_long WHAT CAPTURE...
for_long()
{
	local what=$1 pids taking
	shift

	mapfile -t pids < <(family "$hostd" "$guestd")
	timeout $((seconds * 2 + 60)) "$build/guestd-run" "$@" --no-gap \
		--seconds="$seconds" /dev/video91 > "$work/said" \
		2>> "$LAB_OUT/capture.log" &
	taking=$!
	"$build/lab/flat" "$seconds" "${pids[@]}" > "$work/flat" 2>&1
	check "$what: memory, files and threads stay as they are" test $? -eq 0
	mapfile -t -c 1 -C say_line < "$work/flat"
	wait $taking
	check "$what: no frame is lost, torn or repeated in $seconds s" test $? -eq 0
	mapfile -t -c 1 -C say_line < "$work/said"
	stop_guestds
}

# shared WHAT REMOTE CAPTURE...: with few frames, as guestd says much about each, and
# some are lost by that
shared()
{
	local what=$1 remote=$2
	shift 2

	start_guestd video91 --remote "$remote" --connect "unix:$unix" \
		--profile stream --verbose
	timeout 60 "$build/guestd-run" "$@" --frames=50 /dev/video91 \
		> "$work/said" 2>&1
	say "$what: guestd says all: $(tail -n 1 "$work/said")"
	stop_guestds
	no_data "$what" video91 $buffers
}

soak_vivid()
{
	local size rate what

	load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
	v4l2-ctl -d $vivid -c horizontal_movement=6,osd_text_mode=2
	judge
	largest
	what="vivid, $size at $rate"
	check "$what: natively no frame is lost in $minute s" natively "$minute"
	mapfile -t -c 1 -C say_line < "$work/said"

	start_hostd --listen "unix:$unix" --device cap=$vivid
	start_guestd video91 --remote cap --connect "unix:$unix" --profile stream
	for_long "$what" "${take[@]}" --moving --size="$size"
	check "$what: as many frames as it says, but for 1 %" test \
		"$(said frames)" -ge $((${rate%.*} * seconds * 99 / 100))
	shared "$what" cap "${take[@]}" --moving --size="$size"
	stop_hostd
}

soak_pattern()
{
	local what="pattern, 3840x2160 at 60"

	start_hostd --listen "unix:$unix" \
		--device pattern=pattern:3840x2160,fps=60,static
	start_guestd video91 --remote pattern --connect "unix:$unix" \
		--profile stream
	for_long "$what" "${take[@]}" --ends --warm=16
	shared "$what" pattern "${take[@]}" --ends
	stop_hostd
}

load cuse
for device in "${devices[@]}"; do
	"soak_$device"
done
