#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 900
# modules: test
#
# Every queue of every node, with buffers that are mapped: natively, and under
# guestd-run, in one boot; over both kinds of connection where both have something of
# their own to do for it, over one of them elsewhere.

# shellcheck source=tests/lab/lib_queues.sh
. "${0%/*}/lib_queues.sh"

# of_link KIND FILE: without what there is not.  A buffer that is copied is a dma-buf
# only where the kernel makes one of any memory.
of_link()
{
	if [ "$1" = unix ] || [ -e /dev/udmabuf ]; then
		cat "$2"
	else
		grep -v '^export' "$2"
	fi
}

# links LABEL
links()
{
	case $1 in
	"VBI capture" | SDR | touch | "multi-planar output" | "stateful-encoder")
		echo "unix:$unix" ;;
	"VBI output" | metadata* | "multi-planar touch" | output | UVC)
		echo vsock:1:848 ;;
	*)
		echo "unix:$unix" vsock:1:848 ;;
	esac
}

# node LABEL NATIVE OURS
node()
{
	local link kind

	facts "$work/native" queues "/dev/$2" mmap
	for link in $(links "$1"); do
		kind=${link%%:*}
		start_guestd "$3" --connect "$link" --remote "$2"
		facts "$work/ours" ../guestd-run "$build/lab/queues" "/dev/$3" mmap
		of_link "$kind" "$work/native" > "$work/native-$kind"
		of_link "$kind" "$work/ours" > "$work/ours-$kind"
		same "$1, $kind" "$work/native-$kind" "$work/ours-$kind"
		stop_guestds
	done
	say "$1: $SECONDS s"
}

load vsock_loopback
queues_begin --listen "unix:$unix" --listen vsock:848 --allow cid:1
queues_each node
