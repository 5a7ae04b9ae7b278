#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 60
#
# Edge cases of vivid's capture and output nodes, natively and through us in one
# boot: every line that edges prints must be the same.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

# edges KIND NATIVE OURS: compare one node with ours
edges()
{
	facts "$work/native" edges "/dev/$2" "$1"
	facts "$work/ours" edges "/dev/$3" "$1"
	same "$1" "$work/native" "$work/ours"
}

load cuse
# Requests are for drivers: to us every device is one without.
load_vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41 \
	supports_requests=0
v4l2-ctl -d /dev/video40 --set-parm=25 > "$work/parm"
start_hostd --listen "unix:$unix" --device cap=/dev/video40 \
	--device out=/dev/video41
start_guestd video91 --connect "unix:$unix" --remote cap --profile stream
start_guestd video92 --connect "unix:$unix" --remote out --profile stream

edges capture video40 video91
edges output video41 video92
