#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# two_vms_host.sh: the other VM of test_two_vms.sh, which has hostd, vivid and the
# pattern, until it is told that it is over.
#
# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

load vmw_vsock_virtio_transport
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 input_types=0 num_inputs=1
v4l2-ctl -d /dev/video40 --set-parm=30 -c osd_text_mode=2,horizontal_movement=4 \
	--set-fmt-video=width=640,height=480,pixelformat=YUYV > /dev/null || die v4l2-ctl
v4l2-ctl -d /dev/video40 --all --list-formats --list-ctrls-menus \
	> "$LAB_OUT/native" 2>&1
address=$(ivshmem_device) || die "no ivshmem device"
start_hostd --verbose --listen vsock:848 --allow cid:2,any-port \
	--shm "/sys/bus/pci/devices/$address/resource2" \
	--device vivid=/dev/video40 --device pattern:640x480,fps=10
: > "$LAB_OUT/ready"
wait_until 300 test -e "$LAB_OUT/over" || die "not told that it is over after 300 s"
# hostd dies of the end of this VM.
# shellcheck disable=SC2034 # lib.sh would stop it
hostd=
