#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 200
#
# What an ioctl costs on its way, of hostd's test pattern, which has no system calls of
# its own: at most three for each message that a daemon sends or receives, where one
# follows the other.  strace sees every call of both daemons and of their threads.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

most=3

# ask NODE CALLS: all ioctls that usermedia-bench(1) knows, so often
ask()
{
	"$build/usermedia-bench" --only ioctl --rounds 1 --calls "$2" "/dev/$1"
}

# traced NODE: what the daemons call meanwhile, in $work/calls: PROCESS CALL.
# strace itself would wait for them to end.
# shellcheck disable=SC2016 # it is the inner shell's
traced()
{
	local pid pids=() status

	for pid in $(family "$hostd" "${guestds[@]}"); do
		pids+=(-p "$pid")
	done
	strace -f -Y -e signal=none -I 2 -o "$work/strace" "${pids[@]}" -- \
		bash -c '"$@"; echo "status $?"; kill -INT $PPID' bash \
		"$build/usermedia-bench" --only ioctl --rounds 1 --calls 30 "/dev/$1" \
		> "$work/said" 2>&1
	awk '!/resumed>/ && match($1, /<.*>/) {
		name = substr($1, RSTART + 1, RLENGTH - 2)
		sub(/\(.*/, "", $2)
		print name, $2
	}' "$work/strace" > "$work/calls"
	grep -qx 'status 0' "$work/said" || cat "$work/said"
}

# few PROCESS: of its threads, too
few()
{
	awk -v process="$1" -v most=$most '
		$1 == process { all++; each[$2]++ }
		$1 == process && $2 ~ /^(send|recv)(msg|to|from)$/ { messages++ }
		END {
			for (call in each)
				printf "%s %d, ", call, each[call]
			printf "%d calls, %d messages\n", all, messages
			exit !(messages > 500 && all <= most * messages)
		}' "$work/calls" | tee "$work/few"
	return "${PIPESTATUS[0]}"
}

load cuse vsock_loopback
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device pattern:320x240,fps=1,memo=off
for address in "unix:$unix" vsock:1:848; do
	kind=${address%%:*}
	start_guestd video91 --connect "$address"
	# What hostd has seen to be quick has no thread of its own from here on.
	check "$kind: ioctls" ask video91 20
	traced video91
	for process in guestd hostd-guest; do
		check "$kind, $process: at most $most system calls for a message" \
			few $process
		say "$process: $(cat "$work/few")"
	done
	stop_guestds
done
