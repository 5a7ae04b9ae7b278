#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 900
# clock: counted
#
# bench_rates.sh [SECONDS]: what `make bench' prints of the sizes and rates that QEMU's
# usb-video is shown with, and two more: frames per second, and lost ones, in so many
# seconds (4) each.
#
#	vivid	natively, and ours over unix, over vsock's loopback, and over that with
#		memory of both (shm), in one run.  What it cannot be set to has no row;
#		it draws each frame, which takes most of the time natively, too
#	pattern	hostd's own, drawn once: what our path can carry
#
# Over vsock alone no more can be carried than its sockets do, which is said, too.
#
# By the counted clock nothing else that this machine does can lose a frame.

# shellcheck source=tests/lab/lib_bench.sh
. "${0%/*}/lib_bench.sh"

seconds=${1:-4}
sizes=(640x480-30 800x600-20 1280x720-10 1920x1080-5 1920x1080-30 3840x2160-30)
vivid=/dev/video40
memory=/dev/shm/both
ours=(unix=/dev/video91 vsock=/dev/video92 shm=/dev/video93)

# What vivid needs for a size and a rate: its webcam, or an HDMI signal and its scaler
declare -A signal=(
	[640x480-30]=1280x720p30
	[1280x720-10]=webcam
	[1920x1080-5]=webcam
	[1920x1080-30]=1920x1080p30
	[3840x2160-30]=3840x2160p30
)

# timings SIZEpRATE: the index of vivid's
timings()
{
	v4l2-ctl -d $vivid --list-dv-timings | awk -v wanted="$1" '
		$1 == "Index:" { at = $2 }
		$1 == "Active" { len[$2] = $3 }
		/frames per second/ {
			match($0, /[0-9.]+ frames/)
			if (len["width:"] "x" len["height:"] "p" \
			    int(substr($0, RSTART) + 0.5) == wanted) {
				print at
				exit
			}
		}'
}

# set_vivid ROW: 1 if it has no such rate
set_vivid()
{
	local size=${1%-*} fps=${1#*-} what=${signal[$1]-} input=1

	[ "$what" ] || return
	[ "$what" != webcam ] || input=0
	# One at a time: v4l2-ctl has an order of its own.
	v4l2-ctl -d $vivid "--set-input=$input" > /dev/null ||
		die "v4l2-ctl: input"
	[ "$what" = webcam ] ||
		v4l2-ctl -d $vivid "--set-dv-bt-timings=index=$(timings "$what")" \
			> /dev/null || die "v4l2-ctl: $what"
	v4l2-ctl -d $vivid --set-fmt-video="width=${size%x*},height=${size#*x},pixelformat=YUYV" \
		> /dev/null || die "v4l2-ctl: $size"
	[ "$what" != webcam ] || v4l2-ctl -d $vivid "--set-parm=$fps" > /dev/null ||
		die "v4l2-ctl: $fps"
}

# column FILE NODE: rate and lost frames
column()
{
	printf ' %8.2f %6s' "$(number "$1" median "$2" 'frames per second')" \
		"$(number "$1" total "$2" 'lost frames')"
}

# row NAME SIZE-RATE NODE...: of usermedia-bench's nodes, a column each
row()
{
	local file=$1-$2 fps=${2#*-} node

	bench "$file" --rounds 1 --only stream --frames $((fps * seconds)) "${@:3}" \
		> "$LAB_OUT/$file.log" 2>&1 || die "$file: $(cat "$LAB_OUT/$file.log")"
	printf '%-8s %-10s %4s' "$1" "${2%-*}" "$fps"
	[ "$1" = vivid ] || printf ' %8s %6s' - -
	for node in "${@:3}"; do
		column "$LAB_OUT/$file.json" "${node%%=*}"
	done
	echo
}

# start_ours DEVICE: a node for each way to it
start_ours()
{
	start_guestd video91 --connect "unix:$unix" --remote "$1" --profile stream
	start_guestd video92 --connect vsock:1:848 --remote "$1" --profile stream
	start_guestd video93 --connect vsock:1:848 --remote "$1" --profile stream \
		--shm "file:$memory"
}

load cuse vsock_loopback
truncate -s 256M "$memory"
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 num_inputs=2 input_types=0xc
v4l2-ctl -d $vivid -c timestamp_source=1 > /dev/null || die "v4l2-ctl"
heading "frames per second and lost frames in $seconds s: native, ours"
printf '%-8s %-10s %4s %8s %6s %8s %6s %8s %6s %8s %6s\n' \
	device size fps native lost unix lost vsock lost shm lost

host=(--listen "unix:$unix" --listen vsock:848 --allow cid:1 --shm "$memory")
start_hostd "${host[@]}" --device vivid=$vivid
start_ours vivid
for size in "${sizes[@]}"; do
	set_vivid "$size" && row vivid "$size" native=$vivid "${ours[@]}"
done
stop_guestds
stop_hostd

bench floor --rounds 4 --floors > /dev/null || die "usermedia-bench"
say "64 KiB at a time over bare vsock sockets: $(number "$LAB_OUT/floor.json" median '' \
	'64 KiB at a time' vsock) MB/s; YUYV of 1920x1080 at 30 is 124, of 3840x2160 498"
echo

devices=()
for size in "${sizes[@]}"; do
	devices+=(--device "$size=pattern:${size/-/,fps=},static")
done
start_hostd "${host[@]}" "${devices[@]}"
for size in "${sizes[@]}"; do
	start_ours "$size"
	row pattern "$size" "${ours[@]}"
	stop_guestds
done
stop_hostd
