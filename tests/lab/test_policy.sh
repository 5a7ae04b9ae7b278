#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
# clock: counted
#
# hostd.conf(5) at work: what a view, a use and a full guest may do, as v4l2-ctl sees
# it; what the log says of who is let in, opens and is refused; and that a rule which
# goes ends its guest's stream within 1 s after SIGHUP, while another one's loses
# nothing.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

config=$work/hostd.conf
log=$LAB_OUT/hostd.log

# configure [LINE...]: and these at the end
configure()
{
	cat > "$config.new" <<-END
		[hostd]
		listen = unix:$unix
		listen = vsock:848

		[device cam]
		pattern = 160x120,fps=30
		[device vivid]
		node = /dev/video40

		[guest uid:root]
		devices = cam
	END
	[ $# = 0 ] || printf '%s\n' "$@" >> "$config.new"
	mv "$config.new" "$config"
}

# cid_1 CLASS: a rule for the guest over vsock
cid_1()
{
	configure '[guest cid:1]' "class = $1" 'devices = vivid'
}

said()
{
	grep -c -- "$1" "$log"
}

more()
{
	[ "$(said "$1")" -gt "$2" ]
}

# reload [TEXT]: until the log says that it was, or TEXT
reload()
{
	local text=${1-: reloaded } before

	before=$(said "$text")
	kill -HUP "$hostd"
	wait_until 10 more "$text" "$before"
}

ctl()
{
	timeout 20 v4l2-ctl -d /dev/video10 "$@"
}

# says TEXT COMMAND...
says()
{
	local text=$1 answer
	shift

	answer=$("$@" 2>&1)
	[[ $answer == *"$text"* ]] || { echo "$answer"; return 1; }
}

# may WHAT CLASS: what that is to v4l2-ctl
may()
{
	local forbidden='Operation not permitted'

	case $1 in
	format) set -- "$2" --set-fmt-video=width=320,height=180 ;;
	control) set -- "$2" --set-ctrl=brightness=100 ;;
	priority) set -- "$2" --set-priority=2 ;;
	esac
	if [ "$1" = no ]; then
		says "$forbidden" ctl "$2"
	else
		ctl "$2"
	fi
}

# class CLASS FORMAT PRIORITY: yes or no
class()
{
	cid_1 "$1"
	check "$1: reloaded" reload
	start_guestd video10 --connect vsock:1:848
	check "$1: lists formats" says 'Size: Discrete' ctl --list-formats-ext
	check "$1: reads a control" says brightness: ctl --get-ctrl=brightness
	check "$1: sets a format: $2" may format "$2"
	check "$1: sets a control: $2" may control "$2"
	check "$1: sets the priority: $3" may priority "$3"
	check "$1: streams" timeout 20 "$build/guestd-run" v4l2-ctl \
		-d /dev/video10 --stream-mmap=4 --stream-count=3
	stop "$guestd"
}

load cuse vsock_loopback
load_vivid vid_cap_nr=40 input_types=0 num_inputs=1 node_types=0x1

configure '[guest cid:1' 'share = yes'
check "a file that is wrong" says "$config:12: no ] after [" \
	"$build/hostd" --config "$config" --check-config
cid_1 view
check "--check-config says what a guest may" says 'class: view' \
	"$build/hostd" --config "$config" --check-config

configure
start_hostd --config "$config"
check "nobody may come over vsock" says 'hostd has no rule for this guest' \
	"$build/guestd" --device /dev/video10 --connect vsock:1:848
check "and the log has the line for it" grep -q \
	'refused: no rule: hostd --allow cid:1, or \[guest cid:1\] of hostd' "$log"
check "and one for programs" grep -q \
	'audit: event=refuse guest=cid:1 reason=rule$' "$log"

class view no no
class use yes no
class full yes yes
check "a grant is a line" grep -Eq "audit: event=grant guest=cid:1 connection=\
[0-9]+ port=[0-9]+ rule=$config:12 class=use share=no devices=vivid$" "$log"
check "an open is one" grep -q \
	'audit: event=open guest=cid:1 device=vivid number=2$' "$log"

echo 'clas = view' >> "$config"
check "a bad file is not taken" reload ': not reloaded'
check "and its line is said" grep -q "$config:15: no such key" "$log"

# --- a rule that goes -----------------------------------------------------------

start_guestd video10 --connect vsock:1:848
start_guestd video11 --connect "unix:$unix"
"$build/lab/capture" --size=160x120 --frames=150 --no-gap /dev/video11 \
	> "$work/other" 2>&1 &
other=$!
timeout 60 "$build/guestd-run" v4l2-ctl -d /dev/video10 --stream-mmap=4 \
	--stream-count=100000 > "$work/stream" 2>&1 &
stream=$!
check "both stream" wait_until 20 grep -q '<' "$work/stream"

configure
begin=${EPOCHREALTIME/./}
kill -HUP "$hostd"
wait $stream
took=$(((${EPOCHREALTIME/./} - begin) / 1000))
check "its stream ends within 1 s: $took ms" test $took -lt 1000
check "the log says so" wait_until 5 grep -q \
	'audit: event=revoke guest=cid:1 connection=' "$log"
check "and with how many" grep -q '1 connections end, since no rule' "$log"
check "its guestd is told so" wait_until 10 grep -q 'host: ends the connection' \
	"$LAB_OUT/guestd-video10.log"
check "and comes back in vain" wait_until 10 grep -q 'no rule for this guest' \
	"$LAB_OUT/guestd-video10.log"
wait $other
check "the other one ends well" test $? -eq 0
check "and has lost nothing: $(cat "$work/other")" grep -q 'lost=0 wrong=0' \
	"$work/other"
