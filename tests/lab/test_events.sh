#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
#
# V4L2 events of vivid's capture node, natively and through us in one boot: every
# line that events prints must be the same.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream

# Some controls follow others: both begin with what this program leaves behind.
facts "$work/before" events /dev/video40
facts "$work/native" events /dev/video40
facts "$work/ours" events /dev/video91
same events "$work/native" "$work/ours"
