#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
# modules: test
#
# What confines hostd's processes, seen from outside: the calls that they make while a
# guest does all that it can are those of hostd/sandbox_calls.c, and no others; they
# have no capability, no file and no network; and a guest process that is made to do
# anything else ends, while the next guest's stream loses no frame.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

table=$root/hostd/sandbox_calls.c

# rows LETTER: the calls that a process has by the table, sorted.  G's rows are V's.
rows()
{
	sed '/SANDBOX_TOOLS/,/#endif/d' "$table" |
		sed -n "s/^\t\(ALLOW\|FAIL\)(\([a-z0-9_]*\),\t*[^,\"]*\<[$1]\>.*/\2/p" |
		sort -u
}

# calls PROCESS: those that strace saw, sorted
calls()
{
	awk -v process="$1" '$1 == process { print $2 }' "$work/calls" | sort -u
}

# within PROCESS LETTER: no call but the table's; and some
within()
{
	local more

	more=$(comm -23 <(calls "$1") <(rows "$2"))
	say "$1 made $(calls "$1" | wc -l) of $(rows "$2" | wc -l) calls:" \
		"$(calls "$1" | tr '\n' ' ')"
	check "$1: no call that the table has not" test -z "$more" ||
		say "not in the table: $more"
	check "$1: was seen at work" test "$(calls "$1" | wc -l)" -ge "$3"
}

# processes NAME: those of hostd
processes()
{
	local pid

	for pid in $(family "$hostd"); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || echo "$pid"
	done
}

# field PID NAME: of its status
field()
{
	awk -v name="$2:" '$1 == name { print $2 }' "/proc/$1/status"
}

# limit PID WHAT: of which it can have no more
limit()
{
	sed -n "s/^Max $2  *[^ ]*  *\([^ ]*\).*/\1/p" "/proc/$1/limits"
}

stream()
{
	timeout 60 "$build/guestd-run" v4l2-ctl -d "/dev/$1" --stream-mmap=4 \
		--stream-count=5 --stream-to=/dev/null "${@:2}"
}

stream_out()
{
	timeout 60 "$build/guestd-run" v4l2-ctl -d "/dev/$1" --stream-out-mmap=4 \
		--stream-count=5 --stream-from="$work/out"
}

controls()
{
	v4l2-ctl -d "/dev/$1" -l && v4l2-ctl -d "/dev/$1" -c brightness=100 &&
		[ "$(v4l2-ctl -d "/dev/$1" -C brightness)" = 'brightness: 100' ]
}

refused()
{
	"$build/guestd" --device /dev/video98 --connect "unix:$unix" --remote none 2>&1 |
		grep -q none
}

load cuse vhci_hcd uvcvideo
load_vivid n_devs=1 node_types=0x101 input_types=0 output_types=0 vid_cap_nr=40 \
	vid_out_nr=41
plug_uvc 0
devices=(--device "pattern:320x240,fps=10" --device cap=/dev/video40
	--device out=/dev/video41 --device "cvt=/dev/${uvc[0]},convert"
	--device "usb=/dev/${uvc[0]}")
scaler=
if load_test_module vim2m; then
	scaler=$(node_of vim2m)
	devices+=(--device "m2m=/dev/$scaler")
fi
head -c $((640 * 360 * 2 * 5)) /dev/urandom > "$work/out"

# --- which calls they make -------------------------------------------------------------

: > "$LAB_OUT/hostd.log"
strace -f -qq -e signal=none -o "$work/trace" "$build/hostd" --verbose \
	--listen "unix:$unix" "${devices[@]}" >> "$LAB_OUT/hostd.log" 2>&1 &
tracer=$!
wait_until 40 grep -q ': listening on' "$LAB_OUT/hostd.log" || die "hostd: not listening"
hostd=$(pgrep -P "$tracer" -x hostd)
here=(--connect "unix:$unix")
start_guestd video91 "${here[@]}" --profile stream
start_guestd video92 "${here[@]}" --remote cap
start_guestd video93 "${here[@]}" --remote out --profile stream
start_guestd video94 "${here[@]}" --remote cvt
start_guestd video95 "${here[@]}" --remote usb --profile stream
[ -z "$scaler" ] || start_guestd video96 "${here[@]}" --remote m2m
check "traced: the pattern" stream video91
check "traced: vivid" stream video92
check "traced: vivid by read()" timeout 60 dd if=/dev/video92 of=/dev/null bs=1M count=1
check "traced: controls" controls video92
check "traced: an output" stream_out video93
check "traced: a converted picture" timeout 60 v4l2-ctl -d /dev/video94 \
	--set-fmt-video=width=320,height=240,pixelformat=RGB3 --stream-user \
	--stream-count=3
[ -z "$scaler" ] || check "traced: a scaler" timeout 60 "$build/guestd-run" v4l2-ctl \
	-d /dev/video96 --stream-mmap=4 --stream-out-mmap=4 --stream-count=3
unplug_uvc 0
plug_uvc 0
check "traced: a camera that was away" wait_until 20 stream video95
check "traced: a name that there is not" refused
stop_guestds
stop "$hostd"
hostd=
wait "$tracer"
awk -f "$lab/sandbox.awk" "$work/trace" > "$work/calls"
within hostd-guest GV 30
within hostd-opener O 8
within hostd-check K 5

# --- what they are ---------------------------------------------------------------------

start_hostd --verbose --listen "unix:$unix" "${devices[@]}"
start_guestd video91 "${here[@]}" --profile stream
start_guestd video92 "${here[@]}"
start_guestd video94 "${here[@]}" --remote cvt

say "process          caps             bounding         nnp seccomp files"
bare()
{
	[ "$(field "$1" CapPrm)$(field "$1" CapEff)$(field "$1" CapInh)" = \
		"$(printf '0%.0s' {1..48})" ] && [ "$(field "$1" NoNewPrivs)" = 1 ]
}

empty()
{
	[ -z "$(ls -A "/proc/$1/root")" ] && [ "$(wc -l < "/proc/$1/mounts")" -eq 1 ] &&
		[ "$(tail -n +3 "/proc/$1/net/dev" | grep -cv '^ *lo:')" -eq 0 ]
}

# taken PID CALL PATTERN: what comes of it
taken()
{
	"$build/lab/inject" "$1" "$2" > "$work/taken"
	cat "$work/taken"
	grep -qx "$2: $3" "$work/taken"
}

for pid in $(family "$hostd"); do
	name=$(cat "/proc/$pid/comm")
	say "$(printf '%-16s %s %s %s   %s       %s' "$name" "$(field "$pid" CapPrm)" \
		"$(field "$pid" CapBnd)" "$(field "$pid" NoNewPrivs)" \
		"$(field "$pid" Seccomp)" "$(limit "$pid" "open files")")"
	check "$name: no capability, and none to gain" bare "$pid"
	check "$name: none that could ever be had" \
		test "$(field "$pid" CapBnd)" = 0000000000000000
	[ "$name" != hostd ] || continue
	check "$name: its calls are filtered" test "$(field "$pid" Seccomp)" = 2
	check "$name: at most 16384 descriptors" \
		test "$(limit "$pid" "open files")" -le 16384
	[ "$name" != hostd-opener ] ||
		check "$name: at most 1 GiB" test "$(limit "$pid" "data size")" = $((1 << 30))
	[ "$name" != hostd-guest ] ||
		check "$name: sees no file and no network" empty "$pid"
done
check "there are three guests' processes" test "$(processes hostd-guest | wc -l)" -eq 3

# A guest that may use a camera that is converted has the library, whatever it uses.
pid=$(processes hostd-guest | head -n 1)
check "with libv4l2: a file is refused" taken "$pid" openat EACCES
check "with libv4l2: execve is the end of it" taken "$pid" execve 'killed by SIGSYS'
stop_guestds
stop_hostd

# --- who takes one over ----------------------------------------------------------------

start_hostd --verbose --listen "unix:$unix" --device pattern:320x240,fps=10 \
	--device cap=/dev/video40
start_guestd video91 "${here[@]}" --profile stream
start_guestd video92 "${here[@]}" --remote cap

# The guest process that does not stream, if there is one
victim()
{
	local pid

	for pid in $(processes hostd-guest); do
		[ "$pid" = "$keep" ] || echo "$pid"
	done
}

# comes_again PID: there is another victim than that one
comes_again()
{
	[ -n "$(victim)" ] && [ "$(victim)" != "$1" ]
}

# The one that streams is the one that has frames.
find_keep()
{
	keep=$(for pid in $(processes hostd-guest); do
		! grep -q usermedia-frame "/proc/$pid/maps" || echo "$pid"
	done)
	[ -n "$keep" ]
}
keep=
timeout 200 "$build/guestd-run" "$build/lab/capture" --map --frames=200 --no-gap \
	/dev/video91 > "$work/other" 2>&1 &
other=$!
wait_until 20 find_keep || die "nobody streams"

sleep 1000 &
free=$!
for call in openat socket mmap unshare; do
	check "$call in a process that is free: done" taken $free $call '[0-9]*'
done
kill $free

check "without libv4l2: at most 1 GiB" \
	test "$(limit "$(victim)" "data size")" = $((1 << 30))
check "a call of the table: it lives" taken "$(victim)" getpid '[0-9]*'
for call in openat socket connect execve ptrace kill mmap unshare; do
	wait_until 20 comes_again none || die "no guest process to take over"
	pid=$(victim)
	check "$call: the end of it" taken "$pid" $call 'killed by SIGSYS'
	check "$call: its guestd comes again" wait_until 20 comes_again "$pid"
done
check "hostd says what that was" grep -q \
	'guest process ended by seccomp (signal 31' "$LAB_OUT/hostd.log"
wait $other
status=$?
say "the other guest: $(cat "$work/other")"
check "the other guest lost no frame" test $status -eq 0
stop_guestds
stop_hostd

# --- where namespaces are not to be had --------------------------------------------------

echo 0 > /proc/sys/user/max_user_namespaces
start_hostd --listen "unix:$unix"
check "without namespaces hostd says so" grep -q 'not cut off from the file system' \
	"$LAB_OUT/hostd.log"
start_guestd video91 "${here[@]}" --profile stream
check "and serves" stream video91
pid=$(processes hostd-guest)
check "and nothing is opened all the same" taken "$pid" openat 'killed by SIGSYS'
