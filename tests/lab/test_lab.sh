#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 60
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
check "modprobe vivid" modprobe vivid n_devs=1 node_types=0x101 \
	vid_cap_nr=40 vid_out_nr=41 no_error_inj=1
check "/dev/video40" test -c /dev/video40
check "/dev/video41" test -c /dev/video41
check "v4l2-ctl captures 5 frames" five_frames
