#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
#
# test_crowd.sh [ROUNDS]: 16 connections, each its guestd, have 63 files open that do
# nothing, and another one streams.  What a connection costs hostd in memory, and how
# late frames are beside the crowd, and alone, by turns.

# shellcheck source=tests/lab/lib_bench.sh
. "${0%/*}/lib_bench.sh"

rounds=${1:-3}
connections=16
idle=63
memory_max=1024		# KiB of a connection
median_max=1.2		# of what it is alone
tail_max=2

crowd=()	# descriptors

gather()
{
	local i fd

	for ((i = 0; i < idle; i++)); do
		exec {fd}<> "/dev/video$((70 + i % connections))" || die "exec"
		crowd+=("$fd")
	done
}

disperse()
{
	local fd

	for fd in "${crowd[@]}"; do
		exec {fd}>&-
	done
	crowd=()
}

# late NAME: $work/NAME-median and -tail get a line each, microseconds
late()
{
	bench "$1" --only stream --rounds 1 --frames 150 ours=/dev/video70 > "$work/said" ||
		not_ok "$1: $(cat "$work/said")"
	number "$LAB_OUT/$1.json" median ours 'timestamp to program' >> "$work/$1-median"
	number "$LAB_OUT/$1.json" p99 ours 'timestamp to program' >> "$work/$1-tail"
}

middle()
{
	sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"
}

# no_later WHAT MAX: beside the crowd than alone
no_later()
{
	local alone beside

	alone=$(middle "$work/alone-$1")
	beside=$(middle "$work/beside-$1")
	echo "alone $alone us, beside the crowd $beside us"
	awk "BEGIN { exit !($alone > 0 && $beside <= $2 * $alone) }"
}

# Private memory of hostd's processes for a connection, KiB
private()
{
	local pid

	for pid in $(pgrep -x "hostd-guest|hostd-opener"); do
		cat "/proc/$pid/smaps_rollup"
	done | awk -v connections=$connections '
		/^Private_(Clean|Dirty):/ { all += $2 }
		END { printf "%.0f\n", all / connections }'
}

load cuse vsock_loopback
start_hostd --listen vsock:848 --allow cid:1 --device pattern:640x480,fps=30
for ((i = 0; i < connections; i++)); do
	start_guestd "video$((70 + i))" --connect vsock:1:848 --profile stream
done

gather
kib=$(private)
check "memory of a connection: at most $memory_max KiB" \
	test "$kib" -gt 0 -a "$kib" -le $memory_max
say "$kib KiB, with $((idle / connections)) or $((idle / connections + 1)) files open"
disperse

for ((i = 0; i < rounds; i++)); do
	late alone
	gather
	late beside
	disperse
done
check "median: at most $median_max times as late" no_later median $median_max
check "99 %: at most $tail_max times as late" no_later tail $tail_max
say "$(no_later median 9)" "$(no_later tail 9)"
