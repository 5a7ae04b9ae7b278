#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
#
# usermedia-bench(1) on a native node, on the same one again, on ours, and on the echo
# that ours is compared with: it measures what they do, and says what they do not.
# What it measures is `make bench', and no matter here: numbers that do not depend on
# how busy this machine is are looked at, and of the others that they are there.

# shellcheck source=tests/lab/lib_bench.sh
. "${0%/*}/lib_bench.sh"

json=$LAB_OUT/all.json
svg=$LAB_OUT/all.svg

is_svg()
{
	[[ $(head -c 5 "$svg") = '<svg '* ]] && [ "$(tail -n 1 "$svg")" = '</svg>' ]
}

# samples COUNT NODE NAME [OF]
samples()
{
	local count

	count=$(number "$json" samples "${@:2}")
	echo "$count samples"
	[ "$count" = "$1" ]
}

# says STATUS TEXT COMMAND...
says()
{
	local status=$1 text=$2 answer

	answer=$(timeout 60 "${@:3}" 2>&1)
	[[ $? = "$status" && $answer = *"$text"* ]] || { echo "$answer"; return 1; }
}

# copies LOW HIGH NODE PROCESS: so many bytes for a frame of the node
copies()
{
	number "$json" median "$3" 'copied per frame' "$4" | awk -v low="$1" -v high="$2" '
		{ print $0 " bytes" }
		$1 >= low && $1 <= high { fits = 1 }
		END { exit !fits }'
}

# about BYTES NODE PROCESS: so many for a frame, but for those that are on their way when
# counting begins or ends: a tenth
about()
{
	copies $((${1%.*} * 9 / 10)) $((${1%.*} * 11 / 10)) "${@:2}"
}

# copied NAME WIDTH HEIGHT: frames of that size over both, for copies()
copied()
{
	json=$LAB_OUT/$1.json
	v4l2-ctl -d /dev/video40 \
		--set-fmt-video="width=$2,height=$3,pixelformat=YUYV" > /dev/null ||
		die "v4l2-ctl: $2x$3"
	check "$2x$3: what is copied" bench "$1" --rounds 3 --only stream --frames 30 \
		--process "hostd=$hostd" --process "guestd-unix=$ours" \
		--process "guestd-vsock=$guestd" unix=/dev/video91 vsock=/dev/video94
}

no_instance()
{
	! compgen -G "$tracing/instances/*"
}

# ends_by SIGNAL: in the midst of counting, it ends by that and leaves nothing behind
ends_by()
{
	local pid status

	env --default-signal "$build/usermedia-bench" --only stream --rounds 100 \
		/dev/video40 > /dev/null &
	pid=$!
	wait_until 20 grep -q ^hist \
		"$tracing/instances/usermedia-bench-$pid/events/syscalls/sys_exit_splice/trigger" ||
		echo "it did not count"
	kill "-$1" "$pid"
	wait "$pid"
	status=$?
	[ "$(kill -l "$status")" = "$1" ] || { echo "status $status"; return 1; }
	no_instance
}

# half: of the intervals of the same node, at least so many have a 1
half()
{
	ratios "$json" again ioctl | awk '
		{ all++; one += $1 <= 1 && $2 >= 1 }
		END { print one " of " all; exit !(all > 10 && one * 2 > all) }'
}

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 input_types=0 num_inputs=1
v4l2-ctl -d /dev/video40 --set-parm=30 -c timestamp_source=1 \
	--set-fmt-video=width=320,height=180,pixelformat=YUYV > /dev/null || die v4l2-ctl
start_hostd --listen "unix:$unix" --device cam=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream
ours=$guestd
start_guestd video92 --connect "unix:$unix"
start_echo echo-local local
start_echo echo-unix unix
start_echo echo-vsock vsock

check "three nodes, side by side" bench all --rounds 4 --calls 20 --frames 8 --floors \
	--process "hostd=$hostd" --process "guestd=$ours" \
	native=/dev/video40 again=/dev/video40 ours=/dev/video91
check "its JSON is JSON" is_json "$json"
check "its plot is one" is_svg
for node in native again ours; do
	check "$node: frames by mmap" grep -q "{\"name\": \"$node\",.*\"method\": \"mmap\"" \
		"$json"
	check "$node: G_FMT" samples 80 $node G_FMT
	check "$node: first frames" samples 4 $node 'open() to first frame'
	check "$node: timestamps" samples 32 $node 'timestamp to program'
	check "$node: buffers that are queued again" samples 32 $node QBUF
	check "$node: CPU time of hostd" samples 4 $node 'CPU time per frame' hostd
	check "$node: memory of guestd" samples 4 $node memory guestd
	check "$node: ends well" test -z "$(number "$json" why $node 'open() to first frame')"
done
for program in browse try all; do
	check "$program: as many calls of ours" test \
		"$(number "$json" ratio ours $program calls)" = 1
done
check "without tracefs, copies are not counted, and it is said" grep -q \
	"\"node\": \"ours\", \"samples\": 0, \"why\": \"no tracefs on $tracing\"" "$json"
check "guestd works for ours alone" test \
	"$(number "$json" median native 'CPU time per frame' guestd)" = 0
for kind in unix vsock; do
	check "this machine: $kind, there and back" samples 400 '' '256 bytes and back' $kind
	check "this machine: $kind, one way" samples 4 '' '64 KiB at a time' $kind
done
check "this machine: memcpy()" samples 16 '' 'memcpy()'
# Of 95 in 100; and half of them, since this machine may be busy with one of both.
mapfile -t -c 1 -C say_line < <(ratios "$json" again ioctl)
check "the same node again is as fast" half

check "no shim: frames by read" says 0 'by read' \
	"$build/usermedia-bench" --rounds 1 --only stream --frames 5 /dev/video92
check "and it says what read() does not" says 0 'read() has no numbers' \
	"$build/usermedia-bench" --rounds 1 --only stream --frames 5 /dev/video92

json=$LAB_OUT/echo.json
check "echoes are nodes" bench echo --rounds 1 --calls 20 --only ioctl local=/dev/echo-local \
	--compare unix=/dev/echo-unix vsock=/dev/echo-vsock
for node in local unix vsock; do
	for name in G_FMT TRY_FMT ENUM_FMT G_CTRL 'poll()'; do
		check "echo, $node: $name" samples 20 $node "$name"
	done
	check "echo, $node: no frames" grep -q \
		"{\"name\": \"$node\",.*\"why\": \"no video capture" "$json"
done
check "a node whose enumerations have no end" says 0 'no end after 2000 calls' \
	"$build/usermedia-bench" --rounds 1 --only discovery /dev/echo-local

check "a node that is not there" says 1 'No such file' \
	"$build/usermedia-bench" /dev/video93
check "a file that is none" says 1 'Inappropriate ioctl' \
	"$build/usermedia-bench" /dev/null
check "no node" says 2 'no node is named' "$build/usermedia-bench"
check "no place for a report" says 1 '/nowhere/report: No such file' \
	"$build/usermedia-bench" --rounds 1 --only discovery --svg /nowhere/report \
	/dev/video40

stop_echoes
stop_guestds
stop_hostd

# Over vsock a frame is sent once and received once, over unix it is shared.
mount_tracing
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 --device cam=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream
ours=$guestd
start_guestd video94 --connect vsock:1:848 --profile stream
frame=$((640 * 480 * 2))
copied copies 640 480
check "its JSON is JSON" is_json "$json"
for process in hostd guestd-vsock; do
	check "vsock: $process copies a frame once" about $frame vsock $process
done
for process in hostd guestd-unix itself; do
	check "unix: $process copies no frame" copies 1 4096 unix $process
done
check "unix: the other guestd copies nothing" copies 0 100 unix guestd-vsock
of_hostd=$(number "$json" median unix 'copied per frame' hostd)
of_guestd=$(number "$json" median unix 'copied per frame' guestd-unix)
copied copies_small 320 180
check "unix: hostd copies as much of a smaller frame" about "$of_hostd" unix hostd
check "unix: guestd copies as much of a smaller frame" about "$of_guestd" unix guestd-unix
check "vsock: hostd copies a smaller frame once" about $((320 * 180 * 2)) vsock hostd
check "tracing is as it was" no_instance
for signal in INT TERM HUP; do
	check "it counts, and SIG$signal ends it and its tracing" ends_by $signal
done
