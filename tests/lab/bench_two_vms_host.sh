#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# bench_two_vms_host.sh: the other VM of bench_two_vms.sh, which has hostd and its
# devices.  What discovery takes natively is measured here, before anything else.
#
# shellcheck source=tests/lab/lib_features.sh
. "${0%/*}/lib_features.sh"

load vhci_hcd uvcvideo vmw_vsock_virtio_transport
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 input_types=0 num_inputs=1
v4l2-ctl -d /dev/video40 --set-parm=30 -c timestamp_source=1 \
	--set-fmt-video=width=640,height=480,pixelformat=YUYV > /dev/null || die v4l2-ctl
plug_camera
bench native --rounds 5 --only discovery "native=/dev/${uvc[0]}" > "$LAB_OUT/native" ||
	die "usermedia-bench"
feature_devices
address=$(ivshmem_device) || die "no ivshmem device"
start_hostd --listen vsock:848 --allow cid:2,any-port \
	--shm "/sys/bus/pci/devices/$address/resource2" "${devices[@]}"
"$build/lab/floor" 849 2> "$LAB_OUT/floor.log" &
floor=$!
: > "$LAB_OUT/ready"
wait_until 1500 test -e "$LAB_OUT/over" || not_ok "not told that it is over after 1500 s"
stop $floor
