#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 90
#
# What is left after the driver has failed, or its device was unplugged: vivid does
# both on demand, and every line that failures prints must be the same natively and
# through us.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 no_error_inj=0
start_hostd --listen "unix:$unix" --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream
inventory > "$work/before"

facts "$work/native" failures /dev/video40
facts "$work/ours" failures /dev/video91
same failures "$work/native" "$work/ours"
check_d_state failures
check_inventory failures "$work/before"
