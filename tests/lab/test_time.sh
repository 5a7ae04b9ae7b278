#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# Times of frames and events are those of the application's clock, though the
# host's is another: guestd and the application are in a time namespace, in which
# CLOCK_MONOTONIC is a day and some seconds ahead.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

ahead=100000

# stamps WHAT NODE [COMMAND...]: COMMAND runs it
stamps()
{
	local what=$1 node=$2
	shift 2

	check "$what" timeout 60 "$@" "$build/lab/stamps" "/dev/$node"
	say "$what: $("$@" "$build/lab/stamps" "/dev/$node" 2>&1 | paste -sd' ')"
}

# Somebody must be in it for as long as it is to be.
unshare --time --fork --kill-child --monotonic $ahead sleep infinity &
holder=$!
holder_is_there()
{
	read -r inside < <(family "$holder" | sed 1d) &&
		[ "$(cat "/proc/$inside/comm")" = sleep ]
}
wait_until 10 holder_is_there || die "unshare --time"
elsewhen=(nsenter "--time=/proc/$inside/ns/time")

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device cap=/dev/video40 --device pattern:320x240,fps=30

# The reference, and that a clock which is another is found out.
stamps "native" video40
if "${elsewhen[@]}" "$build/lab/stamps" /dev/video40 > "$work/native" 2>&1; then
	not_ok "native, from another time namespace: times are the host's"
else
	ok "native, from another time namespace: times are the host's"
fi

start_guestd video91 --connect "unix:$unix" --profile stream --remote cap
stamps "one clock, unix" video91
stop_guestds

within=("${elsewhen[@]}")
start_guestd video91 --connect "unix:$unix" --profile stream --remote cap
start_guestd video92 --connect vsock:1:848 --profile stream --remote cap
start_guestd video93 --connect vsock:1:848 --profile stream --remote pattern
stamps "two clocks, unix" video91 "${elsewhen[@]}"
stamps "two clocks, vsock" video92 "${elsewhen[@]}"
stamps "two clocks, vsock, test pattern" video93 "${elsewhen[@]}"

kill "$inside"
