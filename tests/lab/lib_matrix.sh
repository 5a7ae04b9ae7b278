# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# How a program of matrix.rows is run: on the native node, on ours over vsock and over
# unix, and on ours in two containers, bwrap's and crun's, which have no other node;
# each time in a cgroup of its own with its limits.  What comes of a cell is a line of $results,
#
#	ID WAY yes TEXT		WAY: native, vsock, unix, bwrap, crun
#	ID WAY no WHY
#
# and its log is $LAB_OUT/ID-WAY.log.
#
# shellcheck source=tests/lab/lib_udev.sh
. "${BASH_SOURCE[0]%/*}/lib_udev.sh"
# shellcheck source=tests/lab/lib_container.sh
. "${BASH_SOURCE[0]%/*}/lib_container.sh"
# shellcheck source=tests/lab/lib_matrix_devices.sh
. "${BASH_SOURCE[0]%/*}/lib_matrix_devices.sh"
# shellcheck source=tests/lab/lib_matrix_judges.sh
. "${BASH_SOURCE[0]%/*}/lib_matrix_judges.sh"

results=$LAB_OUT/results
cgroup=/sys/fs/cgroup/matrix
: > "$results"
chmod 755 "$work"

declare -A node_for=()	# guestd's nodes by what they are for
declare -A pid_for=()	# and their guestds
nodes_made=0

# The row that is being run
id=
device=
shim=
in_check=
seconds=
memory=		# MB
script=()
judge=()
# and the cell: nodes without /dev/, and their paths for the program
nodes=()
targets=()
directory=

# take_row LINE: of matrix.rows; 1 if it is none
# shellcheck disable=SC2034 # in_check is for test_matrix.sh
take_row()
{
	local line=$1 columns column limits i

	[[ $line = *'|'* && $line != '#'* && $line != note* ]] || return 1
	IFS='|' read -r -a columns <<< "$line"
	[ ${#columns[@]} -eq 9 ] || die "matrix.rows: not nine columns: $line"
	for i in "${!columns[@]}"; do
		read -r column <<< "${columns[i]}"
		columns[i]=$column
	done
	id=${columns[0]} device=${columns[3]} shim=${columns[4]} in_check=${columns[6]}
	read -r -a limits <<< "${columns[5]}"
	seconds=${limits[0]} memory=${limits[1]}
	read -r -a script <<< "${columns[7]}"
	read -r -a judge <<< "${columns[8]}"
}

# our_node WAY DEVICE: sets $node, of a guestd that is started if there is none
our_node()
{
	local way=$1 key options=(--remote "$2")

	case $way in
	bwrap | crun) way=container ;;
	esac
	[ "$shim" != stream ] || options+=(--profile stream)
	key=$way-${options[*]}
	node=${node_for[$key]-}
	if [ -n "$node" ] && kill -0 "${pid_for[$key]}" 2> /dev/null; then
		return
	fi

	node=video$((60 + nodes_made))
	case $way in
	vsock) options+=(--connect vsock:1:848) ;;
	unix) options+=(--connect "unix:$unix") ;;
	container)
		options+=(--connect "unix:$unix" --owner root:video
			--dev-number "81:$((300 + nodes_made))")
		;;
	esac
	nodes_made=$((nodes_made + 1))
	start_guestd "$node" "${options[@]}"
	node_for[$key]=$node
	pid_for[$key]=$guestd
}

# known: udevd knows all nodes, which guestd-run -d needs
known()
{
	if [ -z "$udevd" ]; then
		start_udevd
		quietly udevadm trigger --subsystem-match=cuse --action=add
	fi
	settle
}

# begin_limits: an empty cgroup with the row's limit
begin_limits()
{
	echo +memory > /sys/fs/cgroup/cgroup.subtree_control
	mkdir "$cgroup" || die "no cgroup $cgroup"
	echo +memory > "$cgroup/cgroup.subtree_control"
	echo "${memory}M" > "$cgroup/memory.max" || die "no limit of memory"
	mkdir "$cgroup/program"
}

unpopulated()
{
	grep -qx 'populated 0' "$cgroup/cgroup.events"
}

# end_program: whatever is left of it, container and all
end_program()
{
	echo 1 > "$cgroup/cgroup.kill"
	wait_until 20 unpopulated || die "$id: cannot be killed"
}

end_limits()
{
	end_program
	find "$cgroup" -depth -type d -exec rmdir {} +
}

# execute WAY: this shell becomes the program
execute()
{
	local command=("$lab/matrix_programs/${script[0]}" "${targets[@]}"
		"${script[@]:1}")
	local environment=("HOME=$PWD" "TMPDIR=$PWD" LANG=C.UTF-8 "LAB=$lab" "BUILD=$build"
		"PLAYED=$work/played" "GST_REGISTRY=$work/registry")
	local more=()

	echo $BASHPID > "$cgroup/program/cgroup.procs"
	case $1:$shim in
	native:*) ;;
	*:shim) command=("$build/guestd-run" "${command[@]}") ;;
	*:discover) command=("$build/guestd-run" -d "${command[@]}") ;;
	esac
	export "${environment[@]}"
	oci_env=("${environment[@]}")
	oci_cgroup=/matrix/container
	if [ "$shim" = discover ]; then
		more=(--ro-bind /run/udev /run/udev)
		oci_mounts='{ "destination": "/run/udev", "type": "bind",
			"source": "/run/udev", "options": [ "bind", "ro" ] },'
	fi
	case $1 in
	bwrap) in_bwrap "${nodes[*]}" "${more[@]}" "${command[@]}" ;;
	crun) in_crun "${nodes[*]}" "${command[@]}" ;;
	*) exec "${command[@]}" ;;
	esac
}

# why STATUS: what has ended the program
why()
{
	if grep -q '^oom_kill [1-9]' "$cgroup/memory.events"; then
		echo "needs more than $memory MB"
	elif [ "$1" -ne 0 ]; then
		echo "exit status $1"
	fi
}

# cell WAY: runs the row's program, judges what it did, adds the line to $results
cell()
{
	local way=$1 log=$LAB_OUT/$id-$1.log program status=0 said one
	directory=$work/$id/$way

	mkdir -p "$directory"
	nodes=()
	targets=()
	for one in ${device//+/ }; do
		"device_$one"
		node=$native
		[ "$way" = native ] || our_node "$way" "$one"
		nodes+=("$node")
		targets+=("/dev/$node")
	done

	[ "$shim" != discover ] || known
	begin_limits
	(cd "$directory" && execute "$way") > "$log" 2>&1 &
	program=$!
	if [ "${judge[0]}" = plays ]; then
		said=$(hear $program 2>> "$log") || status=$?
	elif wait_until "$seconds" gone $program; then
		wait $program || status=$?
		said=$(why $status)
	else
		status=1
		said="no end after $seconds s"
	fi
	end_program
	wait $program 2> /dev/null
	end_limits
	if [ "$status" -eq 0 ] && [ "${judge[0]}" != plays ]; then
		said=$("judge_${judge[0]}" "$way" "${judge[@]:1}" 2>> "$log") || status=$?
	fi
	result=no
	[ "$status" -ne 0 ] || result=yes
	echo "$id $way $result $said" | tee -a "$log" >> "$results"
	say "$id, $way: $result, $said ($((SECONDS)) s)"
}
