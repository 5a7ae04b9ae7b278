#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Is the lab itself in order?
#
#	tests/lab/run tests/lab/selftest.sh	what a job finds in the VM
#	tests/lab/selftest.sh			that, and each way a VM can end:
#						nine boots, 30 s
#
# One line per check; the exit status is 1 if any failed.  Outside, it runs
# itself in the VM with one of the words at the end of this file.
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
		echo "ok      $what"
	else
		echo "FAILED  $what: $*"
		[ -z "$said" ] || echo "$said"
		failed=1
	fi
}

writable()
{
	echo test > "$1/lab-selftest" && rm "$1/lab-selftest"
}

loopback_up()
{
	[ $(($(cat /sys/class/net/lo/flags) & 1)) = 1 ]
}

# v4l2-ctl shows each frame as one '<'.
five_frames()
{
	local said

	said=$(v4l2-ctl -d 40 --stream-mmap --stream-count=5 2>&1)
	echo "$said"
	[ "$(tr -dc '<' <<< "$said")" = '<<<<<' ]
}

inside()
{
	check "root" test "$(id -u)" = 0
	check "Debian's kernel" grep -q Debian /proc/version
	check "/ is writable" writable /
	check "/tmp is writable" writable /tmp
	check "LAB_OUT is writable" writable "$LAB_OUT"
	check "/dev/shm is a tmpfs" mountpoint /dev/shm
	check "/dev/pts has terminals" script -qec true /dev/null
	check "/sys/fs/cgroup is cgroup2" test -e \
		/sys/fs/cgroup/cgroup.controllers
	check "loopback is up" loopback_up
	check "user namespaces" unshare -U -r true
	check "/dev/stderr can be opened" sh -c 'true > /dev/stderr'

	check "modprobe cuse" modprobe cuse
	check "/dev/cuse" test -c /dev/cuse
	check "modprobe vsock_loopback" modprobe vsock_loopback
	check "/dev/vsock" test -c /dev/vsock
	check "modprobe vhci_hcd" modprobe vhci_hcd
	check "USB/IP devices can attach" test -w \
		/sys/devices/platform/vhci_hcd.0/attach
	check "modprobe vivid" modprobe vivid n_devs=1 node_types=0x101 \
		vid_cap_nr=40 vid_out_nr=41 no_error_inj=1
	check "/dev/video40" test -c /dev/video40
	check "/dev/video41" test -c /dev/video41
	check "v4l2-ctl captures 5 frames" five_frames
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

	"$run" "$self" || failed=1
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

case ${1-${LAB_OUT+inside}} in
'') outside ;;
inside) inside ;;
exit7) exit 7 ;;
hang) sleep 1000 ;;
panic) echo c > /proc/sysrq-trigger ;;
daemon) sleep 1000 & ;;
file) echo 'a line' > "$LAB_OUT/a file" ;;
bytes) bytes ;;
live) echo begin; sleep 1000 ;;
esac
exit $failed
