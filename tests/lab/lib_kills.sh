# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the scripts share that kill at random.
#
# shellcheck source=tests/lab/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# leftovers: of what may be left that kills.c does not see
leftovers()
{
	find /run/usermedia /dev/shm -mindepth 1
	grep -lsE '^(hostd|guestd|victim)' /proc/[0-9]*/comm
}

no_leftovers()
{
	local left

	left=$(leftovers)
	echo "$left"
	[ -z "$left" ]
}

# kills COUNT|SECONDS SEED [faults]
kills()
{
	load cuse vsock_loopback
	load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
	v4l2-ctl -d 40 -v width=320,height=180 > "$work/format"
	"$build/lab/kills" "$build" "$work" "$@" || failed=1
	cp "$work"/*.log "$LAB_OUT"
	check "kills: no socket, file or process is left" no_leftovers
}
