#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 480
#
# v4l2-ctl says and does the same with our nodes as with the native ones: vivid's
# capture and output.

# shellcheck source=tests/lab/lib_programs.sh
. "${0%/*}/lib_programs.sh"

set_controls()
{
	sets -cbrightness=7 -cbrightness=200 -Cbrightness
	sets -cbrightness=1000 -cbrightness=200 -Cbrightness
	sets -cboolean=0 -cboolean=1 -Cboolean
	sets -cinteger_32_bits=-5 -cinteger_32_bits=5 -Cinteger_32_bits
	sets -cinteger_64_bits=123456789012 -cinteger_64_bits=7 -Cinteger_64_bits
	sets -cmenu=4 -cmenu=1 -Cmenu
	sets -cmenu=2 -cmenu=1 -Cmenu
	sets -cstring=hi -cstring=ho -Cstring
	sets -cbitmask=0x40002000 -cbitmask=0x80000000 -Cbitmask
	sets -cinteger_menu=3 -cinteger_menu=8 -Cinteger_menu
	sets -cu32_1_element_array=99 -cu32_1_element_array=100 -Cu32_1_element_array
	sets -cu16_8x16_matrix=20 -cu16_8x16_matrix=21 -Cu16_8x16_matrix
	sets -cu8_2x3x4x5_array=20 -cu8_2x3x4x5_array=21 -Cu8_2x3x4x5_array
	sets -carea=width=7 -carea=width=8 -Carea
	sets -cbrightness=1,contrast=2 -cbrightness=3,contrast=4 -Cbrightness,contrast
	sets -cbrightness=1,hue=999999 -cbrightness=3,hue=4 -Cbrightness,hue
	sets -cnothing=1 -cbrightness=4 -Cbrightness,nothing
	sets -cbutton=1 -cbrightness=4 -Cbutton
}

set_capture()
{
	sets --set-input=9 --set-input=0 --get-input
	sets --set-input=1 --set-input=0 --get-input
	sets --set-standard=pal --set-standard=ntsc "--get-standard --get-fmt-video"
	sets --set-freq=200 --set-freq=100 --get-freq
	sets --set-tuner=stereo --set-tuner=mono --get-tuner
	sets --set-audio-input=1 --set-audio-input=0 --get-audio-input
	event --wait-for-event=source_change=1 -cstandard_signal_mode=1 \
		-cstandard_signal_mode=0
	sets --set-input=3 --set-input=0 "--get-input --get-fmt-video"
	sets --set-dv-bt-timings=index=5 --set-dv-bt-timings=index=2 \
		"--get-dv-timings --get-fmt-video"
	sets --set-dv-bt-timings=query --set-dv-bt-timings=index=2 --get-dv-timings
	sets --set-edid=pad=3,type=hdmi --clear-edid=3 "--get-edid=pad=3,format=hex"
	sets --clear-edid=3 --set-edid=pad=3,type=hdmi "--get-edid=pad=3,format=hex"
	event --poll-for-event=source_change=3 -cdv_timings_signal_mode=1 \
		-cdv_timings_signal_mode=0
	sets --set-input=0 --set-input=3 "--get-input --get-fmt-video"
	sets --set-parm=15 --set-parm=25 --get-parm
	sets --set-fmt-video=width=320,height=180,pixelformat=YUYV \
		--set-fmt-video=width=640,height=360,pixelformat=RGB3 --get-fmt-video
	sets --set-fmt-video=width=1,height=1,pixelformat=XXXX \
		--set-fmt-video=width=640,height=360,pixelformat=YUYV --get-fmt-video
	sets --set-selection=target=crop,top=10,left=10,width=100,height=100 \
		--set-selection=target=crop,top=0,left=0,width=640,height=360 \
		"--get-selection=target=crop --get-fmt-video"
	sets --set-selection=target=compose,top=10,left=10,width=100,height=100 \
		--set-selection=target=compose,top=0,left=0,width=640,height=360 \
		--get-selection=target=compose
	sets --set-crop=top=4,left=4,width=64,height=64 \
		--set-crop=top=0,left=0,width=640,height=360 --get-crop
}

ask_output()
{
	ctl --list-formats-out-ext
	ctl --list-fields-out
	ctl --list-outputs
	ctl --get-output
	ctl --list-audio-outputs
	ctl --get-audio-output
	ctl --get-output-parm
	ctl --get-cropcap-output
	ctl --get-selection-output=target=crop
	ctl --try-fmt-video-out=width=13,height=13,pixelformat=NV12
	ctl --list-dv-timings
}

set_output()
{
	sets --set-output=1 --set-output=0 "--get-output --get-fmt-video-out"
	sets --set-dv-bt-timings=index=5 --set-dv-bt-timings=index=2 --get-dv-timings
	sets --set-output=0 --set-output=1 "--get-output --get-fmt-video-out"
	sets --set-standard=pal --set-standard=ntsc "--get-standard"
	sets --set-audio-output=1 --set-audio-output=0 --get-audio-output
	sets --set-fmt-video-out=width=320,height=200,pixelformat=NV12 \
		--set-fmt-video-out=width=640,height=360,pixelformat=RGB3 \
		--get-fmt-video-out
	sets --set-selection-output=target=compose,top=8,left=8,width=64,height=64 \
		--set-selection-output=target=compose,top=0,left=0,width=640,height=360 \
		--get-selection-output=target=compose
}

load cuse
load_vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41
start_hostd --listen "unix:$unix" --device cap=/dev/video40 \
	--device out=/dev/video41
start_guestd video91 --connect "unix:$unix" --remote cap --profile stream
start_guestd video92 --connect "unix:$unix" --remote out --profile stream

nodes "capture" video40 video91
ask_all
ask_capture
set_controls
set_capture
hear_control brightness

nodes "output" video41 video92
ask_all
ask_output
set_output
