#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 900
# clock: counted
# modules: test
#
# test_compliance.sh [all]: v4l2-compliance sees through us what it sees natively,
# on every node of compliance.nodes: tests/lab/compliance compares, and
# compliance.allowed lists what may differ.  Ends with a table of all of them.  Every
# output is kept in $LAB_OUT.
#
# all streams on all of them, from every input and to every output, with dma-bufs of
# another node, too, and each is tried over vsock.  Without, the nodes that
# compliance.nodes says stream, from the present one.
#
# Of each frame that is lost it says so, of vivid's with -v only.  A starved VM must not
# be an excuse for ours, hence the counted clock.  all is without -v, as it streams
# faster than an emulated machine can.
#
# To stream without data never ends for a decoder, nor for the metadata of a camera that
# is idle, natively: it is killed each time and must have said the same.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

all=${1-}
used=$work/used
skipped=	# modules that cannot be had
columns='%-21s %-10s %-18s %-18s %10s %8s'
# shellcheck disable=SC2059 # a format
table=("$(printf "$columns" node guestd native ours difference allowed)")
: > "$used"

# judge NODE FILE COMMAND...: what v4l2-compliance, which COMMAND starts, says of it, at
# the end in $LAB_OUT: a line that it writes there may take longer than a frame.
# Its exit status is not 0 for native vivid either.
judge()
{
	local node=$1 file=$2 seconds=40
	shift 2

	if [ -n "$all" ]; then
		seconds=90
		[[ ! $file =~ -(decoder|stateless|uvc-meta)$ ]] || seconds=20
	fi
	timeout -k 5 $seconds stdbuf -oL "$@" -P -d "/dev/$node" > "$work/said" 2>&1
	cp "$work/said" "$LAB_OUT/$file"
}

# through WAY NODE GUEST: starts the guestd, and sets $program to what runs a program,
# with the shim or without.  no-ptrace is without, as v4l2-compliance sets O_NONBLOCK
# late, which guestd cannot see then: it would wait in its first test of MMAP for ever.
through()
{
	program=("$build/guestd-run")
	case $1 in
	auto) start_guestd "$3" --remote "$2" --connect "unix:$unix" ;;
	stream) start_guestd "$3" --remote "$2" --connect "unix:$unix" --profile stream ;;
	plain)
		start_guestd "$3" --remote "$2" --connect "unix:$unix" --profile stream
		program=()
		;;
	read)
		start_guestd "$3" --remote "$2" --connect "unix:$unix" --profile read
		program=()
		;;
	no-ptrace)
		start_guestd "$3" --remote "$2" --connect "unix:$unix" \
			--profile stream --no-ptrace
		program=()
		;;
	vsock) start_guestd "$3" --remote "$2" --connect vsock:1:848 --profile stream ;;
	*) die "compliance.nodes: no way is called $1" ;;
	esac
}

# exporter NAME: the node of the kernel's whose dma-bufs are brought for the buffers of
# that one.  They are at least as large and have as many planes.
exporter()
{
	local first=video4 format=width=1920,height=1080,pixelformat=BGR4

	if [[ $1 == *-mp-* ]]; then
		first=video5
		format=${format/BGR4/NM16}
	fi
	case $1 in
	vivid-*vid-out)
		v4l2-ctl -d "/dev/${first}0" "--set-fmt-video=$format" > /dev/null
		echo "/dev/${first}0"
		;;
	*)
		v4l2-ctl -d "/dev/${first}1" "--set-fmt-video-out=$format" > /dev/null
		echo "/dev/${first}1"
		;;
	esac
}

# compare NAME WAY: the exit status of tests/lab/compliance, and in $said what it says
compare()
{
	said=$("$lab/compliance" -u "$used" "$2/$1" "$LAB_OUT/native-$1" \
		"$LAB_OUT/$2-$1" 2>&1)
}

# tell NAME WAY STATUS: a row of the table, and a check, of what compare made
# shellcheck disable=SC2059 # a format
tell()
{
	local name=$1 way=$2 row=()

	if [ "$3" -eq 0 ]; then
		ok "$name, $way: as natively"
	else
		not_ok "$name, $way: as natively"
		mapfile -t -c 1 -C say_line <<< "$said"
	fi
	IFS=, read -r -a row <<< "${said##*$'\n'}"
	[ ${#row[@]} -eq 4 ] || die "$way-$name cannot be compared"
	table+=("$(printf "$columns" "$name" "$way" "${row[0]#native }" "${row[1]# ours }" \
		"${row[2]# different }" "${row[3]# allowed }")")
}

# row NAME NODE GUEST STREAMS WAY...: natively, then every way.  Where we have lost
# frames and the device has not, nor is there another difference, both try again, twice
# at most: natively one is lost now and then, too.
row()
{
	local name=$1 node=$2 guest=$3 streams=$4 way options=() program said status again
	shift 4

	[ "$streams" = no ] || options+=(-s5 -v)
	if [ -n "$all" ]; then
		options=(-s5 -a -e "$(exporter "$name")")
		[[ " $* " == *" vsock "* ]] || set -- "$@" vsock
	fi
	judge "$node" "native-$name" v4l2-compliance "${options[@]}"
	for way; do
		for again in 1 1 ''; do
			through "$way" "$name" "$guest"
			judge "$guest" "$way-$name" "${program[@]}" \
				v4l2-compliance "${options[@]}"
			stop_guestds
			status=0
			compare "$name" "$way" || status=$?
			if [ $status -ne 3 ] || [ -z "$again" ]; then
				break
			fi
			say "$name, $way: once more: ${said%%$'\n'*}"
			judge "$node" "native-$name" v4l2-compliance "${options[@]}"
		done
		tell "$name" "$way" $status
	done
}

# native DEVICE: the node, without /dev/, for that column of compliance.nodes
native()
{
	case $1 in
	NAME=*)
		local name=${1#NAME=}

		node_of "${name//_/ }"
		;;
	UVC) echo "${uvc[0]}" ;;
	UVC-META) echo "${uvc_meta[0]}" ;;
	*) echo "$1" ;;
	esac
}

# rows REGEX: all of compliance.nodes with such a name, whose module is here
rows()
{
	local name device rest line lines=() devices=()

	while read -r name device rest; do
		[[ $name =~ $1 && $name != '#'* ]] || continue
		[[ " $skipped " != *" ${name%%-*} "* ]] || continue
		device=$(native "$device") || exit 1
		lines+=("$name $device $rest")
		devices+=(--device "$name=/dev/$device")
	done < "$lab/compliance.nodes"

	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 "${devices[@]}"
	for line in "${lines[@]}"; do
		# shellcheck disable=SC2086 # its columns are words
		row $line
	done
	stop_hostd
}

load cuse vsock_loopback
load_whole_vivid
# v4l2-compliance streams the kinds of buffers that the last input and output have,
# from the present one, which it leaves as it was.
for node in 4 5; do
	v4l2-ctl -d "/dev/video${node}0" --set-input=3 > /dev/null || die "no input 3"
	v4l2-ctl -d "/dev/video${node}1" --set-output=1 > /dev/null || die "no output 1"
done
for module in vim2m vicodec; do
	load_test_module $module || skipped+=" $module"
done
load_vimc || skipped+=" vimc"

load vhci_hcd uvcvideo
plug_uvc 0

rows '^(vivid|vim2m|vicodec-[^m]|vimc|uvc)'
if [[ " $skipped " != *" vicodec "* ]]; then
	modprobe -r vicodec || die "modprobe -r vicodec"
	load_test_module vicodec multiplanar=1
	rows '^vicodec-mp-'
fi

# bent SED: is one node the same as itself with this change?
bent()
{
	local native=$LAB_OUT/native-vivid-vid-cap

	sed "$1" "$native" > "$work/bent" || die "no $native"
	! cmp -s "$native" "$work/bent" || die "$native: nothing for $1"
	"$lab/compliance" bent "$native" "$work/bent"
}

for change in 's/\(test MMAP (select): \).*/\1FAIL/' \
	's/\(test USERPTR (select): \).*/\1FAIL/' 's/\(test VIDIOC_G_FMT: \).*/\1FAIL/' \
	's/\(Device Caps *: \).*/\10x0/' '/test VIDIOC_G_FMT/d' \
	's/.*test USERPTR (select).*/info: got sequence number 5, expected 4\n&/' \
	's/.*test USERPTR (select).*/warn: buffers(1): got sequence number 5, expected 4\n&/'; do
	if bent "$change" > /dev/null; then
		not_ok "a line that differs is seen: $change"
	else
		ok "a line that differs is seen"
	fi
done

# What differs no longer must go from the list.  all does not see all of it.
unused=$(grep -v -e '^#' -e '^$' "$lab/compliance.allowed" | grep -vxFf "$used")
if [ -z "$skipped$all" ]; then
	check "every line of compliance.allowed is of use" test -z "$unused"
fi

say "${table[@]}"
