# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# Every queue of every node: what the tests that compare queues natively and through
# us share beyond lib_fault.sh.
#
# shellcheck source=tests/lab/lib_fault.sh
. "${BASH_SOURCE[0]%/*}/lib_fault.sh"

# connect NODE input|output NAME
connect()
{
	v4l2-ctl -d "/dev/$1" "--set-$2=$(connector "$1" "${2}s" "$3")" \
		> "$work/connect" || not_ok "$1: $2 $3"
}

codecs=()	# vim2m and vicodec, without /dev/, where they can be had

# queues_begin OPTION...: the devices, and a hostd with these options, too
queues_begin()
{
	local name devices=()

	load cuse vhci_hcd uvcvideo
	load_whole_vivid
	plug_uvc 0
	for name in video40 video41 video42 video43 vbi40 vbi41 swradio40 v4l-touch40 \
		video50 video51 v4l-touch50; do
		devices+=(--device "$name=/dev/$name")
	done
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
	start_hostd "$@" "${devices[@]}"
}

# queues_each FUNCTION: FUNCTION LABEL NATIVE OURS for each node
queues_each()
{
	local name

	# A webcam has no VBI, and only it has metadata.
	connect video40 input S-Video
	connect video41 output S-Video
	"$1" "VBI capture" vbi40 vbi90
	"$1" "VBI output" vbi41 vbi91
	connect video40 input Webcam
	connect video50 input Webcam
	"$1" "metadata capture" video42 video92
	"$1" "metadata output" video43 video93
	"$1" SDR swradio40 swradio90
	"$1" touch v4l-touch40 v4l-touch90
	"$1" "multi-planar touch" v4l-touch50 v4l-touch91
	"$1" capture video40 video90
	"$1" output video41 video91
	"$1" "multi-planar capture" video50 video95
	"$1" "multi-planar output" video51 video96
	"$1" UVC "${uvc[0]}" video97
	for name in "${codecs[@]}"; do
		"$1" "$(cat "/sys/class/video4linux/$name/name")" "$name" video97
	done
}
