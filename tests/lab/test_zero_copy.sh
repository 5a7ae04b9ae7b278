#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 480
# clock: counted
#
# What a frame costs, of hostd's test pattern with a picture that is drawn once, by
# mmap() with the shim: at 320x240 and at 3840x2160, which is 108 times as much.
#
# Over unix, where buffers are shared, it costs the same: system calls, bytes that these
# copy, and CPU time of our processes.  Over vsock the bytes of a frame are sent once,
# from hostd's buffer, and received once, into guestd's.
#
# strace sees every call of every process, the program's, too, and tests/lab/strace.awk
# counts.  Most frames are waited for.  One that comes late, because the machine had
# something else to do, finds the next one there already, and then nobody sees after
# whether the program waits: such a frame needs fewer calls.  So what is compared is the
# median, and that no frame has many bytes is seen of all.  Without strace, no frame is
# lost.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

small=320x240
middle=1920x1080
large=3840x2160
take=(timeout 100 "$build/guestd-run" "$build/lab/capture" --map --ends
	--buffers=8 --warm=16)
declare -A node=([small]=video91 [middle]=video92 [large]=video92)
declare -A bytes=([small]=$((320 * 240 * 2)) [middle]=$((1920 * 1080 * 2))
	[large]=$((3840 * 2160 * 2)))
declare -A daemon=()	# process ids of guestd

# start SIZE DEVICE OPTION...
start()
{
	start_guestd "${node[$1]}" --profile stream --remote "$2" "${@:3}"
	daemon[$1]=$guestd
}

# spent SIZE: capture, and the CPU time of all our processes that it says
spent()
{
	local pids

	pids=$(family "$hostd" "${daemon[$1]}" | paste -sd ,)
	"${take[@]}" --no-gap --frames=350 --costs="$pids" "/dev/${node[$1]}" |
		tee -a "$work/$1.spent"
	return "${PIPESTATUS[0]}"
}

# cpu SIZE: the median of three, in microseconds per frame
cpu()
{
	sed -n 's/.* cpu_us=\([0-9]*\).*/\1/p' "$work/$1.spent" | sort -n | sed -n 2p
}

# traced SIZE FRAMES OPTION...: capture, and in $work/SIZE what strace.awk says of it.  strace
# itself would wait for the daemons to end.
# shellcheck disable=SC2016 # it is the inner shell's
traced()
{
	local pid pids=()

	for pid in $(family "$hostd" "${daemon[$1]}"); do
		pids+=(-p "$pid")
	done
	strace -f -Y -y -s 16 -e signal=none -I 2 -o "$work/strace" "${pids[@]}" -- \
		bash -c '"$@"; echo "status $?"; kill -INT $PPID' bash \
		"${take[@]}" --frames="$2" "${@:3}" "/dev/${node[$1]}" \
		> "$work/said" 2>&1
	sed "s,/dev/${node[$1]}>,NODE>," "$work/strace" |
		awk -f "$lab/strace.awk" | sort > "$work/$1"
	cat "$work/said"
	grep -qx 'status 0' "$work/said"
}

# total SIZE COLUMN [ROW]: of the rows that begin so, else of all: 4 is calls, 5 bytes, 6
# pieces, 7 the median of calls.  0 if there is none
total()
{
	awk -v column="$2" -v row="${3-all}" \
		'index($0, row) == 1 { sum = $column; exit } END { print sum + 0 }' \
		"$work/$1"
}

# table: per frame, the median of both sizes.  1 if a row is not alike; numbers in /proc
# are text, and may be longer.
table()
{
	join -a 1 -a 2 -e 0 -o 0,1.2,2.2,1.3,2.3 \
		<(awk '$1 != "all" { print $1 "," $2 "," $3, $7, $8 }' "$work/small") \
		<(awk '$1 != "all" { print $1 "," $2 "," $3, $7, $8 }' "$work/large") |
		awk -F '[ ,]' '
		$4 == 0 && $5 == 0 { next }
		$4 != $5 { unlike = 1 }
		$6 != $7 && $3 != "/proc" { unlike = 1 }
		$6 - $7 > 8 || $7 - $6 > 8 { unlike = 1 }
		{
			printf "%-14s %-16s %-10s %2d %2d calls %4d %4d bytes\n",
				$1, $2, $3, $4, $5, $6, $7
		}
		END { exit unlike }'
}

# host OPTION...
host()
{
	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
		--device small=pattern:$small,fps=100,static \
		--device large=pattern:$large,fps=100,static \
		--device slow=pattern:$middle,fps=5,static "$@"
}

load cuse vsock_loopback

# --- unix: nothing is copied ----------------------------------------------------------

frames=1000
host
start small small --connect "unix:$unix"
start large large --connect "unix:$unix"
for round in 1 2 3; do
	for size in small large; do
		check "unix, $size, round $round: 350 frames" spent $size
	done
done
for size in small large; do
	check "unix, $size, traced: 1000 frames" traced $size $frames
done
stop_guestds
stop_hostd

say "unix, per frame, at $small and at $large:"
table > "$work/table"
alike=$?
mapfile -t -c 1 -C say_line < "$work/table"
spent=("$(cpu small)" "$(cpu large)")
most=("$(total small 8)" "$(total large 8)")
say "system calls: $(total small 7) and $(total large 7)" \
	"bytes that they copy, of any frame at most: ${most[*]}" \
	"CPU time of all our processes: ${spent[0]} and ${spent[1]} us" \
	"bytes of the frame itself: ${bytes[small]} and ${bytes[large]}"
check "unix: each system call as often, with as many bytes" test $alike -eq 0
for size in small large; do
	check "unix, $size: in no frame as much as a quarter of the small one" \
		test "$(total $size 8)" -lt $((bytes[small] / 4))
done
check "unix: CPU time of all our processes within 25 %" \
	test $((spent[1] * 100)) -le $((spent[0] * 125)) -a \
	$((spent[0] * 100)) -le $((spent[1] * 125))

# --- the same by the daemons' own counters ---------------------------------------------

host --verbose
for size in small large; do
	start $size $size --verbose --connect "unix:$unix"
	check "unix, $size: 200 frames" \
		"${take[@]}" --no-gap --frames=200 "/dev/${node[$size]}"
	stop_guestds
	no_data "unix, $size" "${node[$size]}" 8
	[ "$failed" -ne 0 ] || rm "$LAB_OUT/guestd-${node[$size]}.log"
done
stop_hostd

# --- vsock: one copy into the socket, one out of it ------------------------------------

# once SIZE FRAMES; sets private, for whoever copied a frame would have memory for it
once()
{
	local all=$((bytes[$1] * $2)) sent received back pids

	sent=$(($(total "$1" 5 'hostd-guest sendmsg socket') +
		$(total "$1" 5 'hostd-guest sendto socket')))
	received=$(($(total "$1" 5 'guestd recvmsg socket') +
		$(total "$1" 5 'guestd recvfrom socket')))
	back=$(($(total "$1" 5 'hostd-guest recvmsg socket') +
		$(total "$1" 5 'hostd-guest recvfrom socket')))
	say "vsock, $1: $all bytes of frames, $sent sent, $back back" \
		"vsock, $1: $(((sent + back - all) * 10000 / all)) in 10000 besides"
	check "vsock, $1: the frames, and less than 1 % besides" \
		test $(((sent + back - all) * 100)) -lt $all -a "$sent" -ge $all
	check "vsock, $1: received as it is sent" \
		test $((received * 100)) -gt $((sent * 99))
	check "vsock, $1: nothing else that is copied is 1 %" \
		test $((($(total "$1" 5) - sent - received) * 50)) -lt $all
	say "vsock, $1: from buffers $(total "$1" 6 'hostd-guest sendmsg socket')" \
		"vsock, $1: into buffers $(total "$1" 6 'guestd recvmsg socket')"
	check "vsock, $1: sent from hostd's buffer" test \
		$(($(total "$1" 6 'hostd-guest sendmsg socket') * 100)) -ge $((all * 99))
	check "vsock, $1: received into guestd's but for less than a page" test \
		"$(total "$1" 6 'guestd recvmsg socket')" -ge $((all - $2 * 4096 - all / 100))
	mapfile -t pids < <(family "$hostd" "${daemon[$1]}")
	read -r private _ < <(private_kb "${pids[@]}")
	say "vsock, $1: all our processes have $private KiB of their own memory"
}

host
start small small --connect vsock:1:848
start middle slow --connect vsock:1:848
check "vsock, small, traced: 200 frames" traced small 200
once small 200
check "vsock, middle, traced: 20 frames" traced middle 20 --buffers=4 --warm=4
once middle 20
check "vsock, middle: all our processes have no memory for half a frame" \
	test "$private" -lt $((bytes[middle] / 2048))
