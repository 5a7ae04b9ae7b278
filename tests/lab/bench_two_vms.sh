#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 1500
# with: bench_two_vms_host.sh
# ivshmem: 32
#
# bench_two_vms.sh [ROUNDS]: what `make bench' prints last: guestd in this VM, hostd in
# another one, over virtio-vsock as between a guest and its host.  A round trip costs
# what two VMs cost that wake each other up, so here it is that saving them counts.
#
# Times mean nothing, as in bench.sh; ratios of one run do.

# shellcheck source=tests/lab/lib_features.sh
. "${0%/*}/lib_features.sh"

rounds=${1:-12}
host=vsock:2:848

# floor: what the way itself can do, into $floor
floor()
{
	floor=$(timeout 60 "$build/lab/floor" 2 849) || die "floor"
}

# throughput: frames as fast as they come, by vsock and by memory of both VMs, beside the
# way itself before and behind it
throughput()
{
	local before node
	local -A rate=()

	heading "pattern at 1000 frames a second: as much as the way takes"
	floor
	before=$floor
	start_guestd video93 --connect "$host" --remote flood --profile stream
	start_guestd video94 --connect "$host" --remote flood --profile stream \
		--shm "ivshmem:$address"
	bench flood --rounds 5 --only stream --frames 60 vsock=/dev/video93 \
		ivshmem=/dev/video94 || die "usermedia-bench"
	stop_guestds
	floor
	say "send() and recv() alone: $before, then $floor"
	for node in vsock ivshmem; do
		rate[$node]=$(of flood median $node 'frames per second' |
			awk '{ printf "%.1f", $1 * 640 * 480 * 2 / 1e6 }')
		say "ours by $node: ${rate[$node]} MB/s"
	done
}

load cuse vmw_vsock_virtio_transport
address=$(ivshmem_device) || die "no ivshmem device"
wait_until 300 test -e "$LAB_OUT/other/ready" ||
	die "the other VM is not ready after 300 s"
floor
say "send() and recv() alone: $floor"
say "a browser's time, natively in the other VM: $(number "$LAB_OUT/other/native.json" \
	median native browse) ms"
# Two VMs and what is between them are more than two processors have time for.
discovery two-vms "$host" uvc 0.2 $((rounds * 3))
first_discovery two-vms "$host" uvc 0.2 15
# With so few questions most of it is open(2).
discovery two-vms "$host" pattern - "$rounds"
pipeline two-vms "$host" "$rounds"
throughput
