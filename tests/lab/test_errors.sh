#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# Whoever cannot start says why and what to do in one line, and exits with 1, or
# with 2 if the command line is wrong.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

guestd_program=$build/guestd
hostd_program=$build/hostd
nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
# What a program prints goes nowhere.
to_full=(sh -c 'exec "$@" > /dev/full' sh)
no_bind=(setpriv --bounding-set -net_bind_service)
running=	# of those started here

# fails STATUS TEXT COMMAND...: it exits with STATUS, after one line on stderr
# that has TEXT in it
fails()
{
	local expected=$1 text=$2 status=0
	shift 2

	timeout -k 5 20 "$@" < /dev/null > "$work/out" 2> "$work/err" ||
		status=$?
	if [ $status -eq "$expected" ] && [ ! -s "$work/out" ] &&
		[ "$(wc -l < "$work/err")" -eq 1 ] &&
		grep -qF -e "$text" "$work/err"; then
		ok "$expected: $text"
	else
		not_ok "$expected: $text"
		say "$*: $status" "$(< "$work/out")" "$(< "$work/err")"
	fi
}

# fake ANSWER: instead of hostd, at $work/fake
fake()
{
	"$build/lab/fake_hostd" "$work/fake" "$1" > "$work/fake.out" 2>&1 &
	running=$!
	wait_until 10 grep -qx listening "$work/fake.out" ||
		die "fake_hostd: $(< "$work/fake.out")"
}

fake_end()
{
	kill "$running"
	wait "$running" 2> /dev/null || :
}

# guestd_fails STATUS TEXT OPTION...
guestd_fails()
{
	fails "$1" "$2" "$guestd_program" --device auto "${@:3}"
}

hostd_fails()
{
	fails "$1" "$2" "$hostd_program" "${@:3}"
}

# --- hostd is not there, or not what it should be -------------------------------

test_connecting()
{
	local no_device="this machine has no vsock device: start the VM with -device"

	modprobe vsock
	guestd_fails 1 "modprobe vsock_loopback" --connect vsock:1:848
	guestd_fails 1 "$no_device" --connect vsock:2:848
	rmmod vsock
	load vsock_loopback
	guestd_fails 1 \
		"start hostd there: hostd --listen vsock:849 --allow cid:1" \
		--connect vsock:1:849
	# Context 2 is this machine now, and no host.
	guestd_fails 1 "vsock:2:2: Connection reset by peer: $no_device" \
		--connect vsock:2
	guestd_fails 1 \
		"context 3 does not answer: from a VM the host is vsock:2:848" \
		--connect vsock:3:848
	load vhost_vsock
	guestd_fails 1 "start hostd on the host: hostd --listen vsock:848" \
		--connect vsock:2:848
	rmmod vhost_vsock
	guestd_fails 1 "No such file or directory: is hostd running there?" \
		--connect "unix:$unix"
	guestd_fails 1 "is hostd running there?" --list --connect "unix:$unix"

	fake refuses
	guestd_fails 1 "install the same release of both" \
		--connect "unix:$work/fake"
	# What does not help is not waited for.
	guestd_fails 1 "hostd speaks protocol version" --wait \
		--connect "unix:$work/fake"
	fake_end
	fake newer
	guestd_fails 1 "install the same release of both" \
		--connect "unix:$work/fake"
	fake_end
	fake garbage
	guestd_fails 1 "this is not hostd" --connect "unix:$work/fake"
	fake_end
	fake closes
	guestd_fails 1 "is hostd running there?" --connect "unix:$work/fake"
	fake_end
	guestd_fails 1 "Connection refused: is hostd running there?" \
		--connect "unix:$work/fake"
	fake silent
	guestd_fails 1 "does hostd run there, and is it stopped?" \
		--connect "unix:$work/fake"
	fake_end
}

no_check()
{
	! grep -qx hostd-check /proc/[0-9]*/comm
}

begin_hostd()
{
	start_hostd --listen "unix:$unix" --listen vsock:848 --device pat=pattern \
		--device cap=/dev/video40 --device gone=/dev/video77 "$@"
}

test_refused()
{
	local at="unix:$unix"

	begin_hostd --device not=/dev/null
	check "hostd warns of a device that is not there" wait_until 5 grep -qF \
		'device gone: /dev/video77: No such file or directory: guests' \
		"$LAB_OUT/hostd.log"
	check "and of what is no device" wait_until 5 grep -qF \
		'device not: /dev/null is not a V4L2 node' "$LAB_OUT/hostd.log"
	check "and of no other" test \
		"$(grep -c ': device ' "$LAB_OUT/hostd.log")" -eq 2
	check "the process that looks is gone" wait_until 5 no_check
	guestd_fails 1 "hostd has no rule for this guest: start hostd with" \
		--connect vsock:1:848
	check "hostd names the rule" grep -qF 'hostd --allow cid:1' \
		"$LAB_OUT/hostd.log"
	chmod 755 "$work"
	guestd_fails 1 "hostd has no rule for this guest" --connect vsock:1:848
	check "but once, from whatever port" test \
		"$(grep -c 'no rule: hostd --allow cid:1' "$LAB_OUT/hostd.log")" -eq 1
	fails 1 "hostd has no rule for this guest" "${nobody[@]}" "$guestd_program" \
		--device auto --connect "$at"
	check "hostd names the rule" grep -qF 'hostd --allow uid:65534' \
		"$LAB_OUT/hostd.log"
	chmod 600 "$unix"
	fails 1 "you may not write to this socket: chmod it" "${nobody[@]}" \
		"$guestd_program" --device auto --connect "$at"
	guestd_fails 1 'no device "none": choose --remote from pat, cap, gone, not' \
		--connect "$at" --remote none
	guestd_fails 1 "No such file or directory: look at hostd's log" \
		--connect "$at" --remote gone
	stop_hostd

	begin_hostd --allow cid:1 --allow uid:0 --allow uid:65534
	fails 1 "start hostd with --allow cid:1,any-port" \
		"${no_bind[@]}" "$guestd_program" --device auto \
		--connect vsock:1:848
	chmod 660 /dev/video40
	"${nobody[@]}" "$hostd_program" --listen "unix:@lab-own" \
		--device /dev/video40 2> "$work/err" &
	running=$!
	check "hostd as nobody says what it needs" wait_until 5 grep -qF \
		'Permission denied: hostd runs as uid 65534, give it the group' \
		"$work/err"
	kill $running
	wait $running 2> /dev/null
	check "--list" test "$("$guestd_program" --list --connect "$at")" = \
		"$(printf 'pat\tpattern\ncap\tv4l2\ngone\tv4l2')"
	fails 1 "standard output: No space left on device" "${to_full[@]}" \
		"$guestd_program" --list --connect "$at"
}

# What a node cannot promise, and what it is missing.
test_profiles()
{
	local at="unix:$unix"

	stop_guestds
	stop_hostd
	start_hostd --listen "$at" --device vbi=/dev/vbi0 --device fm=/dev/radio0
	guestd_fails 1 "no plain camera or output: use --profile stream" \
		--connect "$at" --profile read
	guestd_fails 1 "has no streaming I/O: leave --profile out" \
		--connect "$at" --profile read --remote fm
	start_guestd radio7 --connect "$at" --remote fm
	check "it says what a radio has" grep -q 'fm at unix:.*, profile native$' \
		"$LAB_OUT/guestd-radio7.log"
	check "which nothing is missing from" test \
		"$(grep -c '<4>' "$LAB_OUT/guestd-radio7.log")" -eq 0
}

# --- this machine ----------------------------------------------------------------

test_node()
{
	local number at="unix:$unix"

	guestd_fails 1 "/dev/cuse: No such file or directory: modprobe cuse" \
		--connect "$at"
	load cuse
	fails 1 "/dev/cuse: Permission denied: run guestd as root" \
		"${nobody[@]}" "$guestd_program" --device auto --connect "$at"
	fails 1 "/dev/video40: File exists: choose another, or --device auto" \
		"$guestd_program" --device /dev/video40 --connect "$at"
	fails 1 "standard output: No space left on device" "${to_full[@]}" \
		"$guestd_program" --device /dev/video91 --connect "$at"
	start_guestd video91 --connect "$at"
	check "it says what it has, whence, and how" grep -q \
		' (usermedia), first device at unix:.*, profile read$' \
		"$LAB_OUT/guestd-video91.log"
	fails 1 "/dev/video91: File exists: choose another, or --device auto" \
		"$guestd_program" --device /dev/video91 --connect "$at"
	number=$(< /sys/class/cuse/video91/dev)
	fails 1 "choose another name (--device auto) or number (--dev-number)" \
		"$guestd_program" --device /dev/video92 --dev-number "$number" \
		--connect "$at"
	check "what has failed leaves no node" test ! -e /dev/video92
	check "and no process" wait_until 5 two_processes
	start_guestd radio8 --connect "$at"
	check "a name of another kind is warned of" grep -q \
		'/dev/radio8: the host.s device is a video node, .* use /dev/videoN' \
		"$LAB_OUT/guestd-radio8.log"
}

# guestd and its helper
two_processes()
{
	[ "$(grep -lx 'guestd\|guestd-memory' /proc/[0-9]*/comm | wc -l)" -eq 2 ]
}

# --- waiting -----------------------------------------------------------------------

test_wait()
{
	stop_guestds
	stop_hostd
	: > "$work/waits"
	"$guestd_program" --device /dev/video93 --connect "unix:$unix" --wait \
		> "$work/waits" 2>> "$LAB_OUT/guestd-wait.log" &
	running=$!
	sleep 1
	check "--wait waits" test -e "/proc/$running" -a ! -s "$work/waits"
	check "--wait says once why" test "$(grep -c \
		'No such file or directory: is hostd running there?: waiting' \
		"$LAB_OUT/guestd-wait.log")" -eq 1
	begin_hostd
	check "--wait: the node is there when hostd is" wait_until 5 \
		grep -qx /dev/video93 "$work/waits"
	stop_hostd
	# Another device behind the same name: applications know the old one.
	start_hostd --listen "unix:$unix" --device pat=/dev/video40
	check "guestd ends when hostd comes back with another device" \
		wait_until 5 gone $running
	wait $running
	check "its exit status is 1" test $? -eq 1
	check "it says which" grep -q 'another device, "vivid" at platform:viv' \
		"$LAB_OUT/guestd-wait.log"
	check "and what to do" grep -q 'start guestd again, or use --remote$' \
		"$LAB_OUT/guestd-wait.log"
	stop_hostd

	"$guestd_program" --device /dev/video93 --connect "unix:$unix" --wait \
		> "$work/waits" 2>> "$LAB_OUT/guestd-wait.log" &
	running=$!
	sleep 0.5
	kill -TERM $running
	check "SIGTERM ends waiting" wait_until 5 gone $running
	wait $running
	check "its exit status is 0" test $? -eq 0
}

# --- the command line ----------------------------------------------------------------

test_usage()
{
	fails 2 "no --device: say which node to make" "$guestd_program"
	fails 2 "--device: needs a value" "$guestd_program" --device
	fails 2 "use /dev/videoN (or vbiN," "$guestd_program" --device a/b
	fails 2 "use /dev/videoN (or vbiN," "$guestd_program" --device video
	fails 2 "--device 0: say video0" "$guestd_program" --device 0
	guestd_fails 2 "no such option (guestd --help)" --none
	guestd_fails 2 "use vsock:CID:PORT, unix:PATH or fd:N" --connect none
	guestd_fails 2 "use vsock:CID:PORT, unix:PATH or fd:N" \
		--connect hybrid:/run/vm.sock
	guestd_fails 2 "use auto, read or stream" --profile none
	guestd_fails 2 "no user none" --owner none
	guestd_fails 2 "no group none" --owner root:none
	guestd_fails 2 "use, say, 0660" --mode 9
	guestd_fails 2 "use MAJOR:MINOR" --dev-number none
	guestd_fails 2 "81:0 to 81:255 are the kernel's" --dev-number 81:3
	guestd_fails 2 "not an option" extra

	hostd_fails 2 "no such kind of device" --device none
	hostd_fails 2 "say /dev/video0" --device video0
	hostd_fails 2 "say /dev/radio0" --device fm=radio0
	hostd_fails 2 "no \"..\" in the path" --device a=/dev/../etc/passwd
	hostd_fails 2 "the name a is taken" --device a=pattern --device a=pattern
	hostd_fails 2 "a size is WIDTHxHEIGHT" --device pattern:3x3
	hostd_fails 2 "neither cid:N" --allow none
	hostd_fails 2 "neither vsock:" --listen none
	hostd_fails 2 "no such option (hostd --help)" --none
	hostd_fails 2 "not an option" extra
}

test_listening()
{
	begin_hostd --listen "hybrid:$work/vm.sock_848"
	check "hostd says where nobody is let in, over vsock" \
		grep -qF 'nobody is let in at vsock:848: no --allow cid:N' \
		"$LAB_OUT/hostd.log"
	check "and at a hybrid socket" grep -qF "no --allow hybrid:$work/vm" \
		"$LAB_OUT/hostd.log"
	check "not at its unix socket" test "$(grep -c 'nobody is let in' \
		"$LAB_OUT/hostd.log")" -eq 2
	hostd_fails 1 "Address already in use: is another hostd running?" \
		--listen "unix:$unix"
	hostd_fails 1 "Address already in use: is another hostd running?" \
		--listen vsock:848
	hostd_fails 1 "make the directory first" --listen unix:/none/hostd
	hostd_fails 1 "give a listening vsock or unix stream socket" \
		--listen fd:99
	fails 1 "EXAMPLES in hostd(8), or take a port from 1024 up" \
		"${nobody[@]}" "$hostd_program" --listen vsock:847
	hostd_fails 1 "CID 5 is not this machine's: leave it out (--listen vsock:847)" \
		--listen vsock:5:847
	check "the first hostd still listens" "$guestd_program" --list \
		--connect "unix:$unix"
	kill -KILL "$hostd"
	wait "$hostd" 2> /dev/null
	check "SIGKILL leaves its socket" test -S "$unix"
	begin_hostd
	check "and the next hostd takes it" "$guestd_program" --list \
		--connect "unix:$unix"
}

# --- the host's device goes ------------------------------------------------------

open_fails()
{
	! (: < /dev/video95) 2> "$work/said" && grep "$1" "$work/said"
}

test_gone()
{
	stop_hostd
	begin_hostd
	start_guestd video95 --connect "unix:$unix" --remote cap
	modprobe -r vivid || die "modprobe -r vivid"
	check "open() of a device that has gone: ENODEV" \
		open_fails 'No such device'
	check "also the second time" open_fails 'No such device'
	check "hostd says so once" test "$(grep -c \
		'session .*/dev/video40: No such file' "$LAB_OUT/hostd.log")" -eq 1
	load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
	check "it can be opened when it is back" wait_until 5 \
		v4l2-ctl -d /dev/video95 --info
}

# --- application memory -------------------------------------------------------------

# cannot_copy NODE TEXT
cannot_copy()
{
	check "without ptrace: $2" grep -q "cannot be copied: .*: $2" \
		"$LAB_OUT/guestd-$1.log"
}

# The last: what yama has at 3 stays there.
test_ptrace()
{
	local scope=/proc/sys/kernel/yama/ptrace_scope

	: > "$work/video94"
	setpriv --bounding-set -sys_ptrace "$guestd_program" --device video94 \
		--connect "unix:$unix" > "$work/video94" \
		2> "$LAB_OUT/guestd-video94.log" &
	guestds+=($!)
	check "a node without CAP_SYS_PTRACE" wait_until 10 \
		grep -qx /dev/video94 "$work/video94"
	cannot_copy video94 "give guestd CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH$"
	check "yama at 3" eval "echo 3 > $scope"
	start_guestd video96 --connect "unix:$unix"
	cannot_copy video96 "kernel.yama.ptrace_scope is 3, and stays so until"
}

# Capture, VBI capture and a radio receiver
load_vivid n_devs=1 node_types=0x15 vid_cap_nr=40
test_connecting
test_refused
test_node
test_profiles
test_wait
test_usage
test_listening
test_gone
test_ptrace
check_d_state errors
