#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 360
#
# v4l2-ctl says and does the same with our nodes as with the native ones: those of
# vivid that have no pictures, and the touch sensor.

# shellcheck source=tests/lab/lib_programs.sh
. "${0%/*}/lib_programs.sh"

load cuse
load_whole_vivid
start_hostd --listen "unix:$unix" --device meta=/dev/video42 \
	--device meta-out=/dev/video43 --device vbi=/dev/vbi40 \
	--device vbi-out=/dev/vbi41 --device radio=/dev/radio40 \
	--device radio-out=/dev/radio41 --device sdr=/dev/swradio40 \
	--device touch=/dev/v4l-touch40
for node in meta:video93 meta-out:video94 vbi:vbi91 vbi-out:vbi92 radio:radio91 \
	radio-out:radio92 sdr:swradio91 touch:v4l-touch91; do
	start_guestd "${node#*:}" --connect "unix:$unix" --remote "${node%:*}"
done

nodes "metadata" video42 video93
ask_all
ctl --list-formats-meta
ctl --get-fmt-meta
ctl --set-fmt-meta=0 --get-fmt-meta
nodes "metadata output" video43 video94
ask_all
ctl --list-formats-meta-out
ctl --get-fmt-meta-out

nodes "VBI" vbi40 vbi91
ask_all
ctl --get-fmt-vbi
ctl --get-fmt-sliced-vbi
ctl --get-sliced-vbi-cap
sets --set-fmt-sliced-vbi=wss --set-fmt-sliced-vbi=off --get-fmt-sliced-vbi
nodes "VBI output" vbi41 vbi92
ask_all
ctl --get-fmt-vbi-out
ctl --get-sliced-vbi-out-cap
sets --set-fmt-sliced-vbi-out=wss --set-fmt-sliced-vbi-out=off \
	--get-fmt-sliced-vbi-out

nodes "radio" radio40 radio91
ask_all
sets --set-freq=98.5 --set-freq=90 --get-freq
sets --set-freq=1 --set-freq=90 --get-freq
sets --set-tuner=stereo --set-tuner=mono --get-tuner
sets --freq-seek=dir=1,wrap=1,spacing=100000 --set-freq=90 --get-freq
nodes "radio output" radio41 radio92
ask_all
ctl --get-modulator
sets --set-modulator=stereo --set-modulator=mono --get-modulator
sets --set-freq=98.5 --set-freq=90 --get-freq

nodes "SDR" swradio40 swradio91
ask_all
ctl --list-formats-sdr
sets --set-fmt-sdr=1 --set-fmt-sdr=0 --get-fmt-sdr
sets "--tuner-index=1 --set-freq=100" "--tuner-index=1 --set-freq=50" \
	"--tuner-index=1 --get-freq"

nodes "touch" v4l-touch40 v4l-touch91
ask_all
ctl --list-formats-ext
ctl --list-inputs
