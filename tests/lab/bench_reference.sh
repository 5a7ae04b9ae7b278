#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
#
# bench_reference.sh [ROUNDS]: what `make bench' prints next: nodes of ours beside
# tests/bench/cuse_echo.c, which carries ioctls over the same kind of socket, makes them
# on the same device at the other end, and does nothing else.  What is more is ours:
# confinement, order, and a look at everything that the other side says.
#
# Of G_EXT_CTRLS the echo carries the argument only, not the controls that this points
# to, and makes no ioctl.
#
# By the counted clock a call takes as long as it takes instructions: of all processes,
# of the kernel, and of what switches between them.  That is the same however busy this
# machine is, to some parts in a thousand; in real time the ratio may be another.  Who is
# woken waits for his turn (NO_WAKEUP_PREEMPTION), and who has slept comes before others
# for a moment only (latency_ns): else one of the processes, or the kernel's thread that
# carries vsock, is sometimes interrupted and sometimes not, which is a tenth of a call,
# on either side by chance.

# shellcheck source=tests/lab/lib_bench.sh
. "${0%/*}/lib_bench.sh"

rounds=${1:-6}

# What travels to the host and back each time, and has no more to it than its argument
plain=(G_FMT TRY_FMT ENUM_FMT ENUM_FRAMESIZES ENUM_FRAMEINTERVALS G_PARM G_INPUT
	ENUMINPUT G_CTRL QUERYCTRL QUERY_EXT_CTRL)
limit=1.15

# reference KIND NODE: which of them are slower than is aimed at is said, and no failure
reference()
{
	local name ratio over=

	heading "ours beside a CUSE echo, over $1, by counting instructions"
	bench "echo-$1" --rounds "$rounds" --only ioctl \
		"echo=/dev/echo-$1" --compare "ours=$2" ||
		die "usermedia-bench"
	for name in "${plain[@]}"; do
		ratio=$(number "$LAB_OUT/echo-$1.json" ratio ours "$name")
		if awk "BEGIN { exit !(${ratio:-9} > $limit) }"; then
			over+=" $name ($ratio)"
		fi
	done
	say "$1: of those that only ask, more than $limit times the echo:${over:- none}"
}

sched=/sys/kernel/debug/sched
mount -t debugfs debugfs "${sched%/*}" || die "mount -t debugfs"
echo NO_WAKEUP_PREEMPTION > "$sched/features" || die "no NO_WAKEUP_PREEMPTION"
echo 100000 > "$sched/latency_ns" || die "no latency_ns"
load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40 input_types=0 num_inputs=1
start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
	--device cam=/dev/video40
start_guestd video91 --connect "unix:$unix" --profile stream
start_guestd video92 --connect vsock:1:848 --profile stream
start_echo echo-unix unix /dev/video40
start_echo echo-vsock vsock /dev/video40
reference unix /dev/video91
reference vsock /dev/video92
stop_echoes
