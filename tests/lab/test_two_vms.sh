#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
# with: two_vms_host.sh
# ivshmem: 32
#
# guestd in this VM and hostd in another one, over virtio-vsock as between a guest and its
# host: what v4l2-ctl says is the same there and here, frames of 640x480 come whole and in
# order, also by memory that both VMs have, and when the other VM ends, calls and programs
# end.
#
# shellcheck disable=SC2317 # functions are called through check

# shellcheck source=tests/lab/lib_programs.sh
. "${0%/*}/lib_programs.sh"

frames=20
capture=$build/lab/capture

same()
{
	diff <(plain video40 < "$LAB_OUT/other/native") <(plain video91 < "$work/ours")
}

# bars NODE OPTION...: moving colour bars
bars()
{
	timeout 40 "$build/guestd-run" v4l2-ctl -d "/dev/$1" "${@:2}" \
		--stream-count=$frames --stream-to="$work/frames" > "$work/said" 2>&1 ||
		{ cat "$work/said"; return 1; }
	"$build/lab/bars" yuyv 640x480 $frames "$work/frames"
}

# has_failed LOG: an ioctl has, because the device has gone.  v4l2-ctl exits with 0 then,
# and of QBUF it does not say which error it was.
has_failed()
{
	grep -Eq 'No such device|qbuf error' "$1" || { tail -n 5 "$1"; return 1; }
}

# in_both WHAT NODE: until its guestd ended, no contents of its frames came by vsock, and
# guestd copied each once
in_both()
{
	say "$1: $(counter "$2" bytes-in) bytes over vsock, $(counter "$2" shmem-copied) copied"
	check "$1: no contents over vsock" test "$(counter "$2" data-in)" -eq 0
	check "$1: one copy of each frame" test "$(counter "$2" shmem-copied)" -eq \
		$(($(counter "$2" buffers-done) * 640 * 480 * 2))
}

opens_not()
{
	local said

	said=$(v4l2-ctl -d /dev/video91 --get-input 2>&1) && return 1
	echo "$said"
	[[ $said = *"No such device"* ]]
}

load cuse vmw_vsock_virtio_transport
wait_until 120 test -e "$LAB_OUT/other/ready" ||
	die "the other VM is not ready after 120 s"
start_guestd video91 --connect vsock:2:848 --remote vivid --profile stream
start_guestd video92 --connect vsock:2:848 --remote pattern --profile stream

for time in first second; do
	v4l2-ctl -d /dev/video91 --all --list-formats --list-ctrls-menus \
		> "$work/ours" 2>&1
	check "v4l2-ctl says what it says there, the $time time" same
done
check "frames by USERPTR" bars video91 --stream-user=4
check "frames by mmap()" bars video91 --stream-mmap=4
check "frames of the pattern, whole and in order" timeout 40 "$build/guestd-run" \
	"$capture" --map --frames=$frames /dev/video92

stop_guestds
address=$(ivshmem_device) || die "no ivshmem device"
memory=(--connect vsock:2:848 --verbose --profile stream --shm "ivshmem:$address")
start_guestd video93 "${memory[@]}" --remote vivid
start_guestd video94 "${memory[@]}" --remote pattern
check "frames of vivid by memory of both" bars video93 --stream-mmap=4
check "frames of the pattern by memory of both" timeout 40 "$build/guestd-run" \
	"$capture" --map --frames=$frames /dev/video94
stop_guestds
in_both vivid video93
in_both pattern video94

start_guestd video91 --connect vsock:2:848 --remote vivid --profile stream
v4l2-ctl -d /dev/video91 --stream-user=4 > "$work/stream" 2>&1 &
stream=$!
wait_until 20 grep -q '<<<' "$work/stream" || not_ok "no frames after 20 s"
begun=${EPOCHREALTIME/./}
: > "$LAB_OUT/other/over"
check "who streams hears of the end" wait_until 15 gone $stream
check "by an error" has_failed "$work/stream"
say "$(((${EPOCHREALTIME/./} - begun) / 1000)) ms"
check "then nobody opens the node" opens_not
check "guestd is still there" kill -0 "$guestd"
