#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
#
# A host that lies to guestd (tests/lab/hostile_host.c), while another guestd of the
# same machine has a good host; and programs that lie to that one
# (tests/lab/hostile_app.c).  Its own program takes numbered frames and loses none.
#
# `test_hostile_host.sh all' also makes the attacks behind which guestd waits for
# seconds until it connects again, and lies over vsock, too, where it is the same code.

# shellcheck source=tests/lab/lib_hostile.sh
. "${0%/*}/lib_hostile.sh"

rude=65534	# has a name, or cannot mount a file system
quick=(--quick)
[ "${1-}" != all ] || quick=()

load cuse fuse vsock_loopback
chmod 755 "$work"
chmod 666 /dev/fuse
mkdir "$work/mount"
chown $rude "$work/mount"
start_hostd --listen "unix:$unix" --device pat=pattern:160x120,fps=30
start_guestd video90 --connect "unix:$unix" --profile stream --mode 0666
good=$guestd

options=(--watch="$hostd,$good" --node=/dev/video90)
attack "Programs of the node that another one streams from" hostile_app \
	"${options[@]}" --uid=$rude --spare="$work/mount" /dev/video90

mkdir "$LAB_OUT/guestd-video95"
options+=("${quick[@]}" --good="unix:$unix" --spare="$LAB_OUT/guestd-video95")
attack "A host over a unix socket" hostile_host "${options[@]}" "unix:$work/evil"
attack "A host over a unix socket, of a guestd with --strict" hostile_host \
	"${options[@]}" --with=--strict --only="where no descriptor is agreed on" "unix:$work/strict"
[ "${1-}" != all ] ||
	attack "A host over vsock" hostile_host "${options[@]}" vsock:1:849

check "the good guest is none the worse" kill -0 "$good"
check "and nothing is left of the other one's node" test ! -e /dev/video95
check_d_state "hostile host"
