#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 60
# modules: test
#
# What a script finds in the lab's VM.  `make selftest` looks at how a VM ends.
#
# shellcheck disable=SC2317 # functions are called through check

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

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
load_whole_vivid
for node in video{40,41,42,43} vbi{40,41} radio{40,41} swradio40 v4l-touch40; do
	check "/dev/$node, single-planar" test -c "/dev/$node"
	twin=${node%4?}5${node: -1}
	check "/dev/$twin, multi-planar" test -c "/dev/$twin"
done
check "v4l2-ctl captures 5 frames" five_frames

if load_test_module vim2m; then
	check "vim2m has a node" node_of vim2m
fi
if load_test_module vicodec; then
	check "vicodec has an encoder" node_of stateful-encoder
	check "vicodec has a decoder" node_of stateful-decoder
fi
if load_test_module vimc; then
	check "vimc has a camera" node_of "RGB/YUV Capture"
fi
