#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
#
# 32-bit programs: programs for i386, with a time_t of 32 and of 64 bits, print the
# same facts of our nodes as of vivid's, whose arguments the kernel converts.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

# compare LABEL NATIVE OURS PROGRAM ARGUMENT...: of both nodes.  Natively it runs
# twice: the first run leaves the node as each run finds it.
compare()
{
	local label=$1 native=$2 ours=$3 program=$4
	shift 4

	facts "$work/native" "$program" "/dev/$native" "$@"
	facts "$work/native" "$program" "/dev/$native" "$@"
	facts "$work/ours" "$program" "/dev/$ours" "$@"
	same "$label" "$work/native" "$work/ours"
}

# --- layouts ---------------------------------------------------------------------

for abi in i386 i386-time64 i386-arm i386-arm-time64; do
	say "$abi: the table, and the compiler's view of it"
	"$build/lab/$abi/layout32" fields || not_ok "$abi/layout32 fields"
done
"$build/lab/layout32" numbers > "$work/numbers64"
"$build/lab/i386/layout32" numbers > "$work/numbers32"
same "i386, as in 64-bit programs" "$work/numbers64" "$work/numbers32"

# --- calls --------------------------------------------------------------------------

load cuse
# The edges are those of a device without requests, which ours is.
load_vivid "${whole_vivid[@]}" supports_requests=0,0
v4l2-ctl -d /dev/video40 --set-parm=25 > "$work/parm"
nodes=(video40 video41 video42 video43 video50 video51 vbi40 vbi41 radio40 radio41
	swradio40 v4l-touch40)
devices=()
for node in "${nodes[@]}"; do
	devices+=(--device "$node=/dev/$node")
done
start_hostd --listen "unix:$unix" "${devices[@]}"

# ours NATIVE: video40 is video90 with us, video50 is video80
ours()
{
	case $1 in
	*4?) echo "${1%4?}9${1: -1}" ;;
	*5?) echo "${1%5?}8${1: -1}" ;;
	esac
}

# begin NATIVE [OPTION...]: a node of ours for it
begin()
{
	start_guestd "$(ours "$1")" --connect "unix:$unix" --remote "$1" \
		--profile stream "${@:2}"
}

for node in "${nodes[@]}"; do
	begin "$node"
	compare "i386, $node" "$node" "$(ours "$node")" i386/ioctls
	stop_guestds
done

for node in video40 video50; do
	begin "$node"
	node9=$(ours "$node")
	compare "64 bits, $node" "$node" "$node9" ioctls
	compare "time64, $node" "$node" "$node9" i386-time64/ioctls
	for abi in i386 i386-time64; do
		for memory in mmap userptr; do
			compare "$abi, $node, $memory" "$node" "$node9" \
				$abi/ioctls_buffers $memory
		done
	done
	stop_guestds
	begin "$node" --no-ptrace
	for abi in i386 i386-time64; do
		compare "$abi, $node, no-ptrace" "$node" "$node9" $abi/ioctls
		compare "$abi, $node, no-ptrace" "$node" "$node9" \
			$abi/ioctls_buffers mmap
	done
	stop_guestds
done

# --- the same programs as in other tests -----------------------------------------

begin video40
begin video41
for abi in i386 i386-time64; do
	compare "$abi, edges" video40 video90 $abi/edges capture
	compare "$abi, edges" video41 video91 $abi/edges output
	compare "$abi, O_NONBLOCK" video40 video90 $abi/nonblock
done

# What the kernel restarts, and what it does not; read() of a CUSE node differs, see
# test_signals.sh.
facts "$work/native" i386/sig park /dev/video40
facts "$work/ours" i386/sig park /dev/video90
sed -i '/^read,/d' "$work/native" "$work/ours"
same "i386, signals" "$work/native" "$work/ours"

for program in calls control_calls odd_calls; do
	compare "i386, $program" video40 video90 i386/$program
done
begin radio40
compare "i386, tuner_calls" radio40 radio90 i386/tuner_calls
