#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench.sh [ROUNDS]: what `make bench' prints first, by usermedia-bench(1) in this VM.
#
#	1. vivid at 640x480, natively, and as hostd and guestd have it over unix and over
#	   vsock's loopback, and what is copied for a frame; the machine's own floors
#	2. what a browser asks of a large camera, and how frames come, over both, with and
#	   without our ways to save round trips (tests/lab/lib_features.sh)
#
# An emulated machine is slow, and its times mean nothing: ratios of one run do, if it
# has nothing else to do.  What is ours of an ioctl says tests/lab/bench_reference.sh.
# $LAB_OUT has the numbers (.json) and plots (.svg) of each.

# shellcheck source=tests/lab/lib_features.sh
. "${0%/*}/lib_features.sh"

rounds=${1:-12}

side_by_side()
{
	heading "native, ours over unix, ours over vsock"
	mount_tracing
	bench nodes --rounds "$rounds" --floors --process "hostd=$hostd" \
		--process "guestd-unix=$guestd_unix" \
		--process "guestd-vsock=$guestd_vsock" \
		native=/dev/video40 unix=/dev/video91 vsock=/dev/video92 ||
		die "usermedia-bench"
	umount "$tracing"
}

# --- 2. fewer round trips -------------------------------------------------------------

features()
{
	plug_camera
	feature_devices
	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 "${devices[@]}"
	discovery unix "unix:$unix" uvc 0.5 "$rounds"
	discovery vsock vsock:1:848 uvc 0.35 "$rounds"
	pipeline unix "unix:$unix" "$rounds"
	pipeline vsock vsock:1:848 "$rounds"
	stop_hostd
	unplug_uvc 0
}

# --- all ------------------------------------------------------------------------------

load cuse vsock_loopback vhci_hcd uvcvideo
# vivid's timestamps are of the end of a frame that ends later, unless told otherwise.
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 input_types=0 num_inputs=1
v4l2-ctl -d /dev/video40 --set-parm=30 -c timestamp_source=1 \
	--set-fmt-video=width=640,height=480,pixelformat=YUYV > /dev/null ||
	die "v4l2-ctl"
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device cam=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream
guestd_unix=$guestd
start_guestd video92 --connect vsock:1:848 --profile stream
guestd_vsock=$guestd
side_by_side

stop_guestds
stop_hostd
features
