#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Each way in which the lab's VM can end: eight boots, 30 s.  What a script finds in
# it is for test_lab.sh.
#
# One line per check; the exit status is 1 if any failed.  It runs itself in the VM
# with one of the words at the end of this file.
#
# shellcheck disable=SC2317 # most functions are called through check

set -u

self=$(readlink -f "$0")
run=${self%/*}/run
failed=0

# check WHAT COMMAND...: prints the one line, and what a failing COMMAND said
check()
{
	local what=$1 said
	shift

	if said=$("$@" 2>&1); then
		echo "ok $what"
	else
		echo "not ok $what: $*"
		[ -z "$said" ] || echo "$said"
		failed=1
	fi
}

# ends WHAT STATUS [OPTION...] WORD: the VM that does WORD ends with STATUS;
# what it said is in $out/said
ends()
{
	local what=$1 want=$2 status=0
	shift 2

	"$run" -o "$out" "${@:1:$#-1}" "$self" "${!#}" > "$out/said" 2>&1 ||
		status=$?
	check "$what: status $want" test $status = "$want"
}

# OUTDIR is on QEMU's command line, so these are ours.
no_qemu()
{
	for ((i = 0; i < 50; i++)); do
		pgrep -af "qemu.*$out" || return 0
		sleep 0.1
	done
	return 1
}

# Output must be visible while the script still runs, and no signal that ends
# run may leave a VM behind.
signal()
{
	local number=$1 pid status=0

	: > "$out/said"
	"$run" -o "$out" "$self" live > "$out/said" 2>&1 &
	pid=$!
	for ((i = 0; i < 300; i++)); do
		grep -q begin "$out/said" && break
		sleep 0.1
	done
	check "signal $number: output is live" grep begin "$out/said"
	kill -"$number" $pid
	wait $pid 2> /dev/null || status=$?
	check "signal $number: status $((128 + number))" \
		test $status = $((128 + number))
	check "signal $number: no QEMU is left" no_qemu
}

# After SIGKILL run's own directory is still there.
cleanup()
{
	grep -lsF "$out" /tmp/usermedia-lab.*/job | while read -r job; do
		rm -rf "${job%/job}"
	done
	rm -rf "$out"
}

outside()
{
	out=$(mktemp -d /tmp/lab-selftest.XXXXXX)
	trap cleanup EXIT

	ends "exit 7" 7 exit7
	check "exit 7: nothing said" test ! -s "$out/said"
	ends "hang" 124 -t 10 hang
	check "hang: who hangs is shown" grep 'sleep 1000' "$out/said"
	ends "panic" 125 panic
	check "panic: console shown" grep 'Kernel panic' "$out/said"
	ends "daemon that holds stdout" 0 daemon
	ends "file" 0 file
	check "file: it is in OUTDIR" grep -x 'a line' "$out/a file"
	ends "bytes" 0 bytes
	check "bytes: none lost or added" cmp <(bytes) "$out/said"
	signal 15
	signal 9
}

bytes()
{
	local i

	for ((i = 0; i < 256; i++)); do
		# shellcheck disable=SC2059 # an escape made here
		printf "\\x$(printf %x $i)"
	done
	seq 300000
}

case ${1-} in
'') outside ;;
exit7) exit 7 ;;
hang) sleep 1000 ;;
panic) echo c > /proc/sysrq-trigger ;;
daemon) sleep 1000 & ;;
file) echo 'a line' > "$LAB_OUT/a file" ;;
bytes) bytes ;;
live) echo begin; sleep 1000 ;;
esac
exit $failed
