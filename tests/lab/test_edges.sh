#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 60
#
# Edge cases of vivid's capture and output nodes, natively and through us in one
# boot: every line that edges prints must be the same.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

# same WHAT NATIVE OURS KIND: compare one node with ours
same()
{
	timeout 30 "$build/lab/edges" "/dev/$2" "$4" > "$work/native"
	timeout 30 "$build/lab/edges" "/dev/$3" "$4" > "$work/ours"
	say "$1: $(grep -c : "$work/native") cases"
	check "$1: as natively" diff "$work/native" "$work/ours"
}

load cuse
load_vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41
v4l2-ctl -d /dev/video40 --set-parm=25 > "$work/parm"
start_hostd --listen "unix:$unix" --device cap=/dev/video40 \
	--device out=/dev/video41
start_guestd video91 --connect "unix:$unix" --remote cap --profile stream
start_guestd video92 --connect "unix:$unix" --remote out --profile stream

same capture video40 video91 capture
same output video41 video92 output
