#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
#
# v4l2-compliance sees through us what it sees natively, on vivid's capture and
# output nodes: tests/lab/compliance compares, and compliance.allowed lists what
# may differ.  Every output is kept in $LAB_OUT.
#
# -s, which streams, is not for the plain nodes here: without our mmap it cannot.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

# judge NODE FILE: what v4l2-compliance says of it.  Its exit status is not 0 for
# native vivid either.
judge()
{
	timeout -k 5 60 v4l2-compliance -P -d "/dev/$1" > "$LAB_OUT/$2" 2>&1
	[ $? -lt 124 ] || die "v4l2-compliance -d /dev/$1 ($2) does not end"
}

# through LABEL OPTION...: both nodes through guestds with these options
through()
{
	local label=$1
	shift

	start_guestd video91 --remote cap "$@"
	start_guestd video92 --remote out "$@"
	judge video91 "$label-cap"
	judge video92 "$label-out"
	check "$label: capture as natively" "$lab/compliance" "$label/cap" \
		"$LAB_OUT/native-cap" "$LAB_OUT/$label-cap"
	check "$label: output as natively" "$lab/compliance" "$label/out" \
		"$LAB_OUT/native-out" "$LAB_OUT/$label-out"
	stop_guestds
}

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device cap=/dev/video40 --device out=/dev/video41

judge video40 native-cap
judge video41 native-out
say "native: $(tail -n 1 "$LAB_OUT/native-cap")"
say "native: $(tail -n 1 "$LAB_OUT/native-out")"

through stream --connect "unix:$unix" --profile stream
through read --connect "unix:$unix" --profile read
through no-ptrace --connect "unix:$unix" --profile stream --no-ptrace
through vsock --connect vsock:1:848 --profile stream
