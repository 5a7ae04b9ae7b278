#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
#
# A guest that lies, floods, hoards, dawdles and sends descriptors of what it likes
# (tests/lab/hostile_guest.c), as another user over a unix socket and over vsock.
# Meanwhile a good guest of the same hostd takes numbered frames and loses none.
#
# `test_hostile_guest.sh all' also makes the attacks over vsock that only wait until a
# limit of seconds is over, and all of them as a user who may not share memory: both
# are the same code as what is there without.

# shellcheck source=tests/lab/lib_hostile.sh
. "${0%/*}/lib_hostile.sh"

rude=65534	# may share memory
poor=1		# may not; both have a name, or cannot mount a file system
quick=(--quick)
[ "${1-}" != all ] || quick=()

load cuse fuse vsock_loopback
load_vivid n_devs=1 node_types=0x111 vid_cap_nr=40 vid_out_nr=41 radio_rx_nr=40
chmod 755 "$work"
chmod 666 /dev/fuse
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--allow uid:$rude,share --allow uid:$poor \
	--device pat=pattern:160x120,fps=30 --device cap=/dev/video40 \
	--device out=/dev/video41 --device fm=/dev/radio40 \
	--device nest=/dev/video93
start_guestd video90 --connect "unix:$unix" --remote pat --profile stream \
	--mode 0666
good=$guestd
start_guestd video93 --connect "unix:$unix" --remote pat

options=(--watch="$hostd,$good" --node=/dev/video90 --good="unix:$unix")

# begin UID: a directory of the attacker's, and beside it who it is that may sleep
begin()
{
	mkdir "$work/$1"
	chown "$1" "$work/$1"
	echo "$guestd" > "$work/$1.pid"
}

begin $rude
attack "A guest over a unix socket, which may share memory" hostile_guest \
	"${options[@]}" --uid=$rude --share --spare="$work/$rude" "unix:$unix"
if [ "${1-}" = all ]; then
	begin $poor
	attack "A guest over a unix socket, which may not" hostile_guest \
		"${options[@]}" --uid=$poor --spare="$work/$poor" "unix:$unix"
fi
attack "A guest over vsock, from a low port" hostile_guest \
	"${options[@]}" "${quick[@]}" vsock:1:848

check "hostd is none the worse" kill -0 "$hostd"
check "nor is the good guest" kill -0 "$good"
check "nobody of hostd's was killed by a signal" \
	test "$(grep -c 'ended by signal' "$LAB_OUT/hostd.log")" -eq 0
check_d_state "hostile guest"
