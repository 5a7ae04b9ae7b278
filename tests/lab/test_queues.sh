#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
# modules: test
#
# Every queue of every node, natively and through us in one boot: each line that
# queues prints must be the same.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

# node LABEL NATIVE OURS
node()
{
	start_guestd "$3" --connect "unix:$unix" --remote "$2" --profile stream
	facts "$work/native" queues "/dev/$2"
	facts "$work/ours" queues "/dev/$3"
	same "$1" "$work/native" "$work/ours"
	stop_guestds
	say "$1: $SECONDS s"
}

# connect NODE input|output NAME
connect()
{
	v4l2-ctl -d "/dev/$1" "--set-$2=$(connector "$1" "${2}s" "$3")" \
		> "$work/connect" || not_ok "$1: $2 $3"
}

load cuse vhci_hcd uvcvideo
load_whole_vivid
plug_uvc 0
devices=()
for name in video40 video41 video42 video43 vbi40 vbi41 swradio40 v4l-touch40 \
	video50 video51 v4l-touch50; do
	devices+=(--device "$name=/dev/$name")
done
codecs=()
if load_test_module vim2m; then
	codecs+=("$(node_of vim2m)")
fi
if load_test_module vicodec; then
	codecs+=("$(node_of stateful-encoder)")
fi
for name in "${codecs[@]}"; do
	devices+=(--device "$name=/dev/$name")
done
# Faster than in life, so that nothing takes long.
for name in video40 video41 video50 video51; do
	v4l2-ctl -d "/dev/$name" --set-parm=30 --set-output-parm=30 \
		> "$work/parm" 2>&1
done
devices+=(--device "${uvc[0]}=/dev/${uvc[0]}")
start_hostd --listen "unix:$unix" "${devices[@]}"

# A webcam has no VBI, and only it has metadata.
connect video40 input S-Video
connect video41 output S-Video
node "VBI capture" vbi40 vbi90
node "VBI output" vbi41 vbi91
connect video40 input Webcam
connect video50 input Webcam
node "metadata capture" video42 video92
node "metadata output" video43 video93
node SDR swradio40 swradio90
node touch v4l-touch40 v4l-touch90
node "multi-planar touch" v4l-touch50 v4l-touch91
node capture video40 video90
node output video41 video91
node "multi-planar capture" video50 video95
node "multi-planar output" video51 video96
node UVC "${uvc[0]}" video97
for name in "${codecs[@]}"; do
	node "$(cat "/sys/class/video4linux/$name/name")" "$name" video97
done
