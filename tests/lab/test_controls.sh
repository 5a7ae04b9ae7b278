#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
#
# Controls and their events, of vivid's nodes and of a USB camera: every line that
# controls prints must be the same natively and through us.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

# compare NODE: natively, and as /dev/video91.  Equal lines are one check.  Twice
# natively: a driver begins with other values than its defaults.
compare()
{
	start_guestd video91 --connect "unix:$unix" --remote "$1" --profile stream
	facts "$work/native" controls "/dev/$1"
	facts "$work/native" controls "/dev/$1"
	facts "$work/ours" controls /dev/video91
	say "$1: $(wc -l < "$work/native") facts"
	check "$1: controls as natively" diff "$work/native" "$work/ours"
	stop_guestds
}

nodes=(video40 video41 vbi40 radio40 radio41 swradio40 v4l-touch40 video42)

load cuse vhci_hcd uvcvideo
load_whole_vivid
plug_uvc 0
nodes+=("${uvc[0]}")
start_hostd --listen "unix:$unix" "${nodes[@]/#/--device=/dev/}"
for node in "${nodes[@]}"; do
	compare "$node"
done
