# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # between the files of the matrix
#
# The devices of the matrix, by the words of matrix.rows.  What a program has changed
# is set again before each run: device_WORD does that, and sets $native to the node.
#
#	camera	vivid: colour bars that move, 320x180 YUYV, 25 frames a second
#	output	vivid: 640x480 YUYV, 40 frames a second; what comes to it is seen
#		at video50, on the host

native=
camera_format=width=320,height=180,pixelformat=YUYV
output_format=width=640,height=480,pixelformat=YUYV

# quietly COMMAND...: what it says only if it fails
quietly()
{
	"$@" > "$work/said" 2>&1 || die "$*: $(< "$work/said")"
}

bars_move()
{
	quietly v4l2-ctl -d /dev/video40 --set-fmt-video="$1" --set-parm=25
}

device_camera()
{
	native=video40
	bars_move "$camera_format"
}

device_output()
{
	native=video51
	quietly v4l2-ctl -d /dev/video51 --set-fmt-video-out="$output_format"
}

# load_devices: all of them, and hostd with them under their words.  $work/played is
# what programs play: 30 frames of the camera's in the output's format.
load_devices()
{
	local node

	load cuse vsock_loopback
	load_vivid n_devs=2 node_types=0x1,0x101 vid_cap_nr=40,50 vid_out_nr=41,51 \
		num_inputs=1,1 input_types=0,3 num_outputs=1,1 output_types=0,1
	quietly v4l2-ctl -d /dev/video40 \
		-c osd_text_mode=2,test_pattern=0,horizontal_movement=4
	for node in video50 video51; do
		quietly v4l2-ctl -d /dev/$node \
			--set-dv-bt-timings=cvt,width=640,height=480,fps=40
	done
	quietly v4l2-ctl -d /dev/video50 -c osd_text_mode=2,loop_video=1
	quietly v4l2-ctl -d /dev/video50 --set-fmt-video="$output_format"

	bars_move "$output_format"
	quietly v4l2-ctl -d /dev/video40 --stream-mmap --stream-count=30 \
		--stream-to="$work/played"
	quietly "$build/lab/bars" yuyv 640x480 30 "$work/played"

	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
		--device camera=/dev/video40 --device output=/dev/video51
}
