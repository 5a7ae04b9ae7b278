#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench.sh [ROUNDS]: what `make bench' prints first, by usermedia-bench(1) in this VM:
# vivid at 640x480, natively, and as hostd and guestd have it over unix and over vsock's
# loopback; the machine's own floors.
#
# An emulated machine is slow, and its times mean nothing: ratios of one run do, if it
# has nothing else to do.  What is ours of an ioctl says tests/lab/bench_reference.sh.
# $LAB_OUT has the numbers (.json) and plots (.svg) of each.

# shellcheck source=tests/lab/lib_bench.sh
. "${0%/*}/lib_bench.sh"

rounds=${1:-12}

side_by_side()
{
	heading "native, ours over unix, ours over vsock"
	bench nodes --rounds "$rounds" --floors --process "hostd=$hostd" \
		--process "guestd-unix=$guestd_unix" \
		--process "guestd-vsock=$guestd_vsock" \
		native=/dev/video40 unix=/dev/video91 vsock=/dev/video92 ||
		die "usermedia-bench"
}

# --- all ------------------------------------------------------------------------------

load cuse vsock_loopback
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

