#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
#
# Programs that look for what a device can do: v4l2-ctl sees through us what it sees
# natively, the host is asked once for each list, and what a program of the host changes
# is seen as soon as its event has come.
#
# shellcheck disable=SC2317 # functions are called through check

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

declare -A pids=()	# of guestds, by their nodes

# node NODE DEVICE: a node of hostd's device
node()
{
	start_guestd "$1" --connect "unix:$unix" --remote "$2" --profile stream
	pids[$1]=$guestd
}

reports()
{
	grep -c 'guestd: frames-in' "$LAB_OUT/guestd-$1.log"
}

more_reports()
{
	[ "$(reports "$1")" -gt "$2" ]
}

# report NODE: have its guestd say what it has counted
report()
{
	local before

	before=$(reports "$1")
	kill -USR1 "${pids[$1]}"
	wait_until 20 more_reports "$1" "$before" || die "$1: nothing said upon SIGUSR1"
}

# asked NODE COMMAND...: how often the host was asked for what could have been
# remembered, while COMMAND ran
asked()
{
	local node=$1 before
	shift

	report "$node"
	before=$(counter "$node" memo-misses)
	"$@"
	report "$node"
	echo $(($(counter "$node" memo-misses) - before))
}

# A volatile value is another one each time.
steady()
{
	sed '/volatile/s/ value=[-0-9]*//'
}

# look NODE FILE [OPTION...]: what v4l2-ctl says of it, but for the media controller
look()
{
	v4l2-ctl -d "/dev/$1" --list-inputs --list-formats-ext --list-ctrls-menus \
		"${@:3}" 2>&1 |
		awk '/^[^\t]/ { skip = /^(Media Driver|Interface|Entity) Info:/ } !skip' |
		steady > "$2"
}

# flags NODE CONTROL: its line
flags()
{
	v4l2-ctl -d "/dev/$1" --list-ctrls | grep " $2 " | steady
}

same_flags()
{
	diff <(flags "$1" "$3") <(flags "$2" "$3")
}

# compare NATIVE NODE: they are the same, and the second takes three questions at first,
# for formats, inputs and controls, and then none
compare()
{
	local first second

	look "$1" "$work/native" --all
	first=$(asked "$2" look "$2" "$work/first" --all)
	second=$(asked "$2" look "$2" "$work/second" --all)
	say "$1: $(wc -l < "$work/native") lines, asked $first, then $second"
	check "$1: as natively" diff "$work/native" "$work/first"
	check "$1: as natively the second time" diff "$work/native" "$work/second"
	check "$1: a question for each list" test "$first" -eq 3
	check "$1: then none" test "$second" -eq 0
}

# taken_back NODE BEFORE: the host has said so since
taken_back()
{
	report "$1"
	[ "$(counter "$1" memo-invals)" -gt "$2" ]
}

# changes NATIVE NODE CONTROL SETTING...: a program of the host changes what is said of
# CONTROL; the guest is told, while a program has the node open, and sees it
changes()
{
	local native=$1 node=$2 control=$3 setting holder before
	shift 3

	exec {holder}<> "/dev/$node"
	for setting; do
		flags "$node" "$control" > "$work/before"
		report "$node"
		before=$(counter "$node" memo-invals)
		v4l2-ctl -d "/dev/$native" -c "$setting"
		check "$native: $setting is told" wait_until 5 taken_back "$node" "$before"
		check "$native: and seen" same_flags "$native" "$node" "$control"
		check "$native: it is another" \
			not cmp -s "$work/before" <(flags "$node" "$control")
		say "$(flags "$node" "$control")"
	done
	exec {holder}>&-
}

not()
{
	! "$@"
}

load cuse vhci_hcd uvcvideo
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
plug_uvc 0
cam=${uvc[0]}

start_hostd --listen "unix:$unix" --device "cam=/dev/$cam" \
	--device "off=/dev/$cam,memo=off" --device vivid=/dev/video40
node video91 cam
node video92 vivid
node video93 off

compare "$cam" video91
changes "$cam" video91 exposure_time_absolute auto_exposure=1 auto_exposure=3

# Formats and inputs of vivid may change without an event, its controls may not.
look video40 "$work/native"
look video92 "$work/first"
check "vivid: as natively" diff "$work/native" "$work/first"
check "vivid: controls are asked for once" \
	test "$(asked video92 v4l2-ctl -d /dev/video92 --list-ctrls-menus |
		tail -n 1)" -eq 0
check "vivid: formats each time" \
	test "$(asked video92 v4l2-ctl -d /dev/video92 --list-formats |
		tail -n 1)" -gt 3
changes video40 video92 gain gain_automatic=0 gain_automatic=1

# How long after a change what is said of a control, and how long its event takes, until
# which it may be the old.
stale=$(timeout 100 "$build/lab/stale" /dev/video40 /dev/video92 200 2>&1)
say "200 changes, in microseconds: $stale"
check "no answer is older than the event of what has changed" \
	test "${stale##* }" = stale=0

look "$cam" "$work/native"
check "memo=off: nothing could be remembered" test "$(asked video93 look video93 "$work/first")" -eq 0
check "memo=off: as natively" diff "$work/native" "$work/first"
report video93
check "memo=off: nothing was told" test "$(counter video93 memo-entries)" -eq 0

kill -USR1 "$hostd"
check "hostd says upon SIGUSR1 what was told" \
	wait_until 5 grep -q 'frames-in.*memo-entries' "$LAB_OUT/hostd.log"
stop_guestds
stop_hostd
check "nobody has the camera open" not fuser -s "/dev/$cam"
