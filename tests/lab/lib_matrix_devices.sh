# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # between the files of the matrix
#
# The devices of the matrix, by the words of matrix.rows.  What a program has changed
# is set again before each run: device_WORD does that, and sets $native to the node.
#
#	camera	vivid: colour bars that move, 320x180 YUYV, 25 frames a second;
#		wide_camera: the same, 640x480
#	output	vivid: 640x480 YUYV, 40 frames a second; what comes to it is seen
#		at video50, on the host
#	scaler	vim2m; encoder, decoder: vicodec's, which are stateful
#
# Of several with + between, a program is given a node each.

native=
devices=()	# hostd's options
missing=	# words with blanks around
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

device_wide_camera()
{
	native=video40
	bars_move "$output_format"
}

device_scaler()
{
	native=$(node_of vim2m)
}

device_encoder()
{
	native=$(node_of stateful-encoder)
}

device_decoder()
{
	native=$(node_of stateful-decoder)
}

# is_here WORD...: are there these devices?  Some drivers may not be to be had.
is_here()
{
	local word

	for word; do
		[[ $missing != *" $word "* ]] || return
	done
}

# load_drivers: those of tests/lab/modules; $devices gets their nodes for hostd
load_drivers()
{
	if load_test_module vim2m; then
		device_scaler
		devices+=(--device "scaler=/dev/$native")
	else
		missing+=" scaler "
	fi
	if load_test_module vicodec; then
		device_encoder
		devices+=(--device "encoder=/dev/$native")
		device_decoder
		devices+=(--device "decoder=/dev/$native")
	else
		missing+=" encoder  decoder "
	fi
}

# clip FORMAT FILE FRAMES: of the camera's, as large as the output
clip()
{
	device_wide_camera
	quietly v4l2-ctl -d /dev/video40 --set-fmt-video=pixelformat="$1" \
		--stream-mmap --stream-count="$3" --stream-to="$2"
}

# load_devices: all of them, and hostd with them under their words.  Programs play
# $work/played, which is YUYV, or .i420, .rgb, or .fwht with v4l2-ctl's headers.
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

	load_drivers
	clip YUYV "$work/played" 30
	quietly "$build/lab/bars" yuyv 640x480 30 "$work/played"
	clip YU12 "$work/played.i420" 10
	quietly "$build/lab/bars" i420 640x480 10 "$work/played.i420"
	clip RGB3 "$work/played.rgb" 10
	if is_here encoder; then
		device_encoder
		quietly v4l2-ctl -d "/dev/$native" --stream-mmap --stream-out-mmap \
			--set-fmt-video-out=width=640,height=480,pixelformat=YU12 \
			--set-fmt-video=pixelformat=FWHT \
			--stream-from="$work/played.i420" --stream-to-hdr="$work/played.fwht"
	fi

	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
		--device camera=/dev/video40 --device wide_camera=/dev/video40 \
		--device output=/dev/video51 "${devices[@]}"
}
