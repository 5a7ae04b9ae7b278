#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# Open files: copied, inherited, passed on, shared by threads, polled in every
# way, switched to O_NONBLOCK, many at once.  All as natively, on the same node in
# the same boot, but USERPTR buffers that another process takes: those it cannot
# have.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --device cap=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream
inventory > "$work/before"

for program in opens nonblock polls; do
	facts "$work/native" $program /dev/video40
	facts "$work/ours" $program /dev/video91
	same $program "$work/native" "$work/ours"
	check_inventory $program "$work/before"
done

cat > "$work/want" << EOF
USERPTR, the parent's, in a child: error, empty, memory untouched, address ours
USERPTR, queue it again: 0
USERPTR, the parent's, in a child: error, empty, memory untouched, address ours
USERPTR, the parent's, in a child: error, empty, memory untouched, address ours
USERPTR, the parent's, in a child: error, empty, memory untouched, address ours
USERPTR, the child's own: no error, full, memory written, address ours
USERPTR, what the parent had queued: untouched
USERPTR, what the parent had queued: untouched
USERPTR, what the parent had queued: untouched
USERPTR, what the parent had queued: untouched
USERPTR, the parent's, in the parent: no error, full, memory written, address ours
EOF
facts "$work/ours" userptr /dev/video91
same userptr "$work/want" "$work/ours"
check_d_state files
check_inventory files "$work/before"
