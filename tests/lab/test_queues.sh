#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
# modules: test
#
# Every queue of every node, natively and through us in one boot: each line that
# queues prints must be the same.

# shellcheck source=tests/lab/lib_queues.sh
. "${0%/*}/lib_queues.sh"

# node LABEL NATIVE OURS
node()
{
	start_guestd "$3" --connect "unix:$unix" --remote "$2" --profile stream
	facts "$work/native" queues "/dev/$2"
	facts "$work/ours" queues "/dev/$3"
	same "$1" "$work/native" "$work/ours"
	stop_guestds
	say "$1: $SECONDS s"
}

queues_begin --listen "unix:$unix"
queues_each node
