#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 360
#
# Unmodified programs say the same of our nodes as of the native ones: v4l2-ctl of a
# USB camera, GStreamer and FFmpeg of it and of vivid.

# shellcheck source=tests/lab/lib_programs.sh
. "${0%/*}/lib_programs.sh"

small=video/x-raw,format=YUY2,width=320,height=240,framerate=15/1

# What gst-launch-1.0 stores: with mmap() natively, with read() here
store()
{
	gst-launch-1.0 -q v4l2src num-buffers=10 "device=/dev/$1" ! $small ! \
		filesink "location=$2"
}

load cuse vhci_hcd uvcvideo
load_vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41
plug_uvc 0
start_hostd --listen "unix:$unix" --device cap=/dev/video40 \
	--device out=/dev/video41 --device "uvc=/dev/${uvc[0]}"
start_guestd video91 --connect "unix:$unix" --remote cap --profile stream
start_guestd video92 --connect "unix:$unix" --remote out --profile stream
start_guestd video95 --connect "unix:$unix" --remote uvc --profile stream
start_guestd video96 --connect "unix:$unix" --remote cap
start_guestd video97 --connect "unix:$unix" --remote uvc

nodes "USB camera" "${uvc[0]}" video95
ask_all
ask_capture
hear_control contrast
sets -cwhite_balance_automatic=0 -cwhite_balance_automatic=1 --list-ctrls
sets -cwhite_balance_temperature=3000 -cwhite_balance_automatic=1 --list-ctrls
sets "-cwhite_balance_automatic=0,white_balance_temperature=3000" \
	-cwhite_balance_automatic=1 --list-ctrls
event --wait-for-event=ctrl=white_balance_temperature \
	-cwhite_balance_automatic=1 -cwhite_balance_automatic=0
sets -cauto_exposure=1 -cauto_exposure=3 --list-ctrls
sets -cpower_line_frequency=2 -cpower_line_frequency=0 -Cpower_line_frequency
sets --set-parm=15 --set-parm=30 --get-parm
sets --set-fmt-video=width=320,height=240 --set-fmt-video=width=640,height=480 \
	--get-fmt-video
both ffmpeg -hide_banner -f v4l2 -list_formats all -i {}

# These take read(), as they are.
nodes "capture, read" video40 video96
v4l2-ctl -d /dev/video40 --set-input=0 > "$work/other"
gst v4l2src num-buffers=5 device={} ! fakesink
gst v4l2src num-buffers=5 device={} ! \
	video/x-raw,format=YUY2,width=320,height=180 ! fakesink
gst v4l2src num-buffers=5 device={} ! video/x-raw,width=17 ! fakesink
gst v4l2src num-buffers=5 device={} extra-controls=c,contrast=9 ! fakesink
ctl -Ccontrast
nodes "USB camera, read" "${uvc[0]}" video97
gst v4l2src num-buffers=5 device={} ! fakesink
gst v4l2src num-buffers=5 device={} ! $small ! fakesink
check "USB camera: gst-launch-1.0 stores natively" store "${uvc[0]}" "$work/native"
check "USB camera: gst-launch-1.0 stores" store video97 "$work/ours"
# A machine that is busy loses some of the others, natively too.
check "USB camera: the native first frame" \
	cmp -n $((320 * 240 * 2)) "$work/native" "$work/ours"

# These want no frames, or bring them by USERPTR.
nodes "capture" video40 video91
both ffmpeg -hide_banner -f v4l2 -list_formats all -i {}
both ffmpeg -hide_banner -f v4l2 -list_standards all -i {}
# v4l2src has nobody to give it memory here, natively neither.
nodes "capture, USERPTR" video40 video91
gst v4l2src io-mode=userptr num-buffers=5 device={} ! fakesink
nodes "output, USERPTR" video41 video92
gst videotestsrc num-buffers=5 ! v4l2sink io-mode=userptr device={}
