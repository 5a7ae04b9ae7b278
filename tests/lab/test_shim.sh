#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
#
# Programs that map their buffers: under guestd-run as natively, over both kinds of
# connection.  And programs that lie at the socket where it gets the memory.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

frames=4

# run_on NODE COMMAND...: under guestd-run, if the node is ours
run_on()
{
	case $1 in
	*[45]?) shift; timeout -k 5 40 "$@" ;;
	*) shift; timeout -k 5 40 "$build/guestd-run" "$@" ;;
	esac
}

# taken NODE: pictures that are mapped, and which.  The first may be from before the
# bars had no text.
taken()
{
	rm -f "$work/frames"
	run_on "$1" v4l2-ctl -d "/dev/$1" --stream-mmap=4 --stream-skip=2 \
		--stream-count=$frames --stream-to="$work/frames" > "$work/log" 2>&1
	echo "exit status $?, $(stat -c %s "$work/frames") bytes"
	sha256sum < "$work/frames"
}

# given NODE: pictures that are written into mapped buffers
given()
{
	run_on "$1" v4l2-ctl -d "/dev/$1" --stream-out-mmap=4 \
		--stream-count=$frames > "$work/log" 2>&1
	echo "exit status $?"
	grep -c -i -e error -e fail "$work/log"
}

# both WHAT COMMAND NATIVE OURS: COMMAND NODE says the same of both nodes
both()
{
	$2 "$3" > "$work/native"
	$2 "$4" > "$work/ours"
	check "$1: $(tr '\n' ' ' < "$work/native")" diff "$work/native" "$work/ours"
}

load cuse vsock_loopback
load_whole_vivid
for name in video40 video50; do
	v4l2-ctl -d "/dev/$name" -c osd_text_mode=2 \
		"--set-input=$(connector "$name" inputs Webcam)" > "$work/log"
done
devices=()
for name in video{40,41,50,51}; do
	devices+=(--device "$name=/dev/$name")
done
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 "${devices[@]}"

for link in "unix:$unix" vsock:1:848; do
	kind=${link%%:*}
	start_guestd video90 --connect "$link" --remote video40
	camera=$guestd
	start_guestd video91 --connect "$link" --remote video41
	start_guestd video95 --connect "$link" --remote video50 --no-ptrace
	start_guestd video96 --connect "$link" --remote video51
	both "$kind, capture" taken video40 video90
	both "$kind, output" given video41 video91
	both "$kind, multi-planar capture, --no-ptrace" taken video50 video95
	both "$kind, multi-planar output" given video51 video96

	check "$kind, without guestd-run it reads as before" \
		dd if=/dev/video90 of=/dev/null bs=4M count=2
	stop "$camera"
	check "$kind, the socket goes with guestd" test ! -e /run/usermedia/video90.shim
	stop_guestds
done

# --- who may ask, and what -------------------------------------------------------

start_guestd video90 --connect "unix:$unix" --remote video40 --owner 7:44 --mode 0640
check "everybody can connect" \
	test "$(stat -c '%u:%g %a' /run/usermedia/video90.shim)" = "0:0 666"
for who in opened allowed; do
	check "who maps is another user who has the open file: $who" \
		test "$(run_on video90 "$build/lab/other_user" $who /dev/video90 2>&1)" = \
		"$who: a picture that is there"
done

# With a wrong token nobody has a buffer that is a dma-buf.  A kernel that makes one
# of any memory has the call for all.
no_call="Inappropriate ioctl for device"
other=$no_call
[ ! -e /dev/udmabuf ] || other="Permission denied"
exported="an export: the same memory
an export of no buffer: Invalid argument
an export of no plane: Invalid argument
an export of another type: Invalid argument
an export with another flag: Invalid argument
an export with a length: Broken pipe
an export with another file's token: Device or resource busy
an export with another token: $other"

# forged NODE EXPORT: a liar gets errors, and that when it exports
forged()
{
	local forge

	cat > "$work/wanted" <<- END
		a buffer: memory
		another token: Permission denied
		no token: Permission denied
		another file's token: Invalid argument
		another offset: Invalid argument
		a long offset: Invalid argument
		another length: Invalid argument
		no length: Invalid argument
		all length: Invalid argument
		a reader's token: Invalid argument
		half a question: Broken pipe
		no question: Broken pipe
		a buffer: memory
		$2
		a buffer that is gone: Invalid argument
		a file that is closed: Permission denied
	END
	for forge in forge i386/forge; do
		[ -x "$build/lab/$forge" ] || continue
		"$build/lab/$forge" "/dev/$1" > "$work/forged" 2>&1
		check "$1, $forge gets an error and nothing else" \
			diff "$work/wanted" "$work/forged"
	done
}

# The host's buffers are here, and then they are not.
forged video90 "$exported"
start_guestd video91 --connect vsock:1:848 --remote video40
[ "$other" != "$no_call" ] || exported="an export: $no_call"
forged video91 "$exported"
stop "$guestd"
guestd=${guestds[0]}
check "and guestd is none the worse" kill -0 "$guestd"

# More than the descriptors that may be on their way, if they were all given.
chmod 666 /dev/video90
"$build/lab/hoard" /dev/video90 1100 > "$work/hoard" 2>&1 &
hoard=$!
check "one who reads no answer has asked" \
	wait_until 60 grep -q '^asked' "$work/hoard"
check "and gets no more than 64" \
	test "$(cat "$work/hoard")" = "asked 1100 times, got 64"
both "while others get theirs" taken video40 video90
check "and guestd is none the worse" kill -0 "$guestd"
kill "$hoard"
wait "$hoard" 2> /dev/null

# --- sockets that cannot be made, or are there already ---------------------------

kill -KILL "$guestd"
wait "$guestd" 2> /dev/null
guestds=()
check "a killed guestd leaves its socket" test -S /run/usermedia/video90.shim
start_guestd video90 --connect "unix:$unix" --remote video40
both "the next one replaces it" taken video40 video90

start_guestd video97 --connect "unix:$unix" --remote video40 \
	--shim-socket /run/usermedia/video90.shim
check "another guestd says that it cannot have the same" grep -q \
	'video90.shim: Address already in use: programs cannot have mmap' \
	"$LAB_OUT/guestd-video97.log"
both "and has not taken it" taken video40 video90
run_on video97 v4l2-ctl -d /dev/video97 --stream-mmap=4 --stream-count=1 \
	--stream-to="$work/none" > "$work/log" 2>&1
check "it has no buffers to map" test ! -s "$work/none"
stop "$guestd"
check "nor does it take it away" test -S /run/usermedia/video90.shim

start_guestd video98 --connect "unix:$unix" --remote video40 --shim-socket none
check "none is none" test ! -e /run/usermedia/video98.shim
check "nothing is left over" test "$(echo /run/usermedia/*)" = \
	/run/usermedia/video90.shim
