#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 580
# modules: test
#
# Calls of every kind on nodes of vivid, vim2m, vicodec and vimc, natively and through
# us in one boot: every word that comes back must be the same.  calls and tuner_calls have those of
# devices, control_calls controls, odd_calls what makes no sense, and priorities.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"
shopt -s extglob

# same_lines LABEL WANT GOT: one check; at most 40 lines that differ
same_lines()
{
	local differ

	if differ=$(diff "$2" "$3"); then
		ok "$1: $(wc -l < "$2") lines"
		return
	fi
	not_ok "$1: $(grep -c '^>' <<< "$differ") of $(wc -l < "$2") lines differ"
	head -n 40 <<< "$differ" | cut -c 1-400 | while read -r line; do
		say "$line"
	done
}

# calls HOW NATIVE PROGRAM [ARGUMENT...]: the first run leaves the node as each run
# finds it
calls()
{
	local how=$1 native=$2 program=$3 started=$SECONDS
	local ours=${native%%+([0-9])}91 file=$LAB_OUT/$3-$2-$1
	shift 3

	facts "$file-first" "$program" "/dev/$native" "$@"
	facts "$file-native" "$program" "/dev/$native" "$@"
	facts "$file" "$program" "/dev/$ours" "$@"
	same_lines "$program, $native, $how" "$file-native" "$file"
	say "$((SECONDS - started)) s"
}

load cuse
load_whole_vivid
nodes=(video40 video41 video42 video43 video50 video51 vbi40 vbi41 radio40 radio41
	swradio40 v4l-touch40)
load_test_module vim2m && nodes+=("$(node_of vim2m)")
load_test_module vicodec && nodes+=("$(node_of stateful-encoder)"
	"$(node_of stateful-decoder)" "$(node_of stateless-decoder)")
load_test_module vimc && nodes+=("$(node_of 'Raw Capture 0')")
[ $# -eq 0 ] || nodes=("$@")
devices=()
for node in "${nodes[@]}"; do
	devices+=(--device "$node=/dev/$node")
done
start_hostd --listen "unix:$unix" "${devices[@]}"

# Other nodes have the same controls, or some of them.
for node in "${nodes[@]}"; do
	start_guestd "${node%%+([0-9])}91" --connect "unix:$unix" --remote "$node" \
		--profile stream
	for program in calls tuner_calls odd_calls; do
		calls restricted "$node" "$program"
	done
	case $node in
	video40 | video? | radio40 | radio41) calls restricted "$node" control_calls ;;
	esac
	stop_guestds
done

start_guestd video91 --connect "unix:$unix" --remote video40 --profile stream \
	--no-ptrace
calls unrestricted video40 calls
calls unrestricted video40 control_calls near
