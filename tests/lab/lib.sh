# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the test scripts of the lab share.  A script sources this file first:
#
#	. "${0%/*}/lib.sh"
#
# and then says what it finds, one line per check: `ok WHAT' or `not ok WHAT',
# and lines that begin with `# ' for numbers and for what a failing check said.
# A check that cannot be made here is `# skipped: WHAT', which tests/summary counts.
# When it ends, all daemons are stopped; their logs are in $LAB_OUT and, if a
# check failed, shown.  The exit status is 1 if any failed.
#
# The comment that a script begins with may have these lines for tests/lab/run:
#
#	# timeout: SECONDS	end the VM after so many (120)
#	# clock: counted	a frame that is lost was lost by what runs in the VM
#	# modules: test		load_test_module finds vim2m, vicodec and vimc
#	# ivshmem: MB		there is an ivshmem-plain device of that size, a power of two
#
# Nothing here waits without a bound: whoever does not get ready, or does not
# end, is a failed check.

set -u

if [ -z "${LAB_OUT-}" ]; then
	echo "in the lab's VM only: tests/lab/run $0" >&2
	exit 2
fi

lab=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=${lab%/tests/lab}
build=$root/build
# In the VM's memory: LAB_OUT is a file system of the machine's, and slow.
work=$(mktemp -d /tmp/lab.XXXXXX)
# shellcheck disable=SC2034 # for the scripts
unix=$work/hostd.sock

rm -f "$LAB_OUT"/*.log
failed=0
hostd=		# process id of the listener
guestd=		# of the guestd started last
guestds=()
within=()	# what start_guestd runs guestd by: nsenter and the like

# --- what was found -----------------------------------------------------------

ok()
{
	echo "ok $*"
}

not_ok()
{
	echo "not ok $*"
	failed=1
}

# say TEXT...: numbers and explanations, not checks
say()
{
	printf '# %s\n' "$@"
}

# check WHAT COMMAND...: one check; what a failing COMMAND said is shown
check()
{
	local what=$1 said
	shift

	if said=$("$@" 2>&1); then
		ok "$what"
		return 0
	fi
	not_ok "$what: $*"
	[ -z "$said" ] || mapfile -t -c 1 -C say_line <<< "$said"
	return 1
}

# mapfile's callback
say_line()
{
	say "${2%$'\n'}"
}

# For what the rest of the script cannot do without.
die()
{
	not_ok "$*"
	exit 1
}

# wait_until SECONDS COMMAND...: 0 as soon as COMMAND succeeds
wait_until()
{
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift

	until "$@" > /dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep 0.05
	done
}

# --- the kernel's side ----------------------------------------------------------

load()
{
	local module

	for module; do
		modprobe "$module" || die "modprobe $module"
	done
}

# ivshmem_device: the address of the PCI device of "# ivshmem:"
ivshmem_device()
{
	local device

	for device in /sys/bus/pci/devices/*; do
		[ "$(cat "$device/vendor" "$device/device" | paste -sd :)" = 0x1af4:0x1110 ] ||
			continue
		echo "${device##*/}"
		return 0
	done
	return 1
}

# load_vivid NODES [PARAMETER...]: without the errors that it injects on demand,
# which v4l2-compliance would meet
load_vivid()
{
	modprobe vivid no_error_inj=1 "$@" || die "modprobe vivid $*"
}

# The parameters for every node that vivid has, twice: single-planar with numbers
# from 40, multi-planar from 50
#
#	video40	video50		video capture
#	video41	video51		video output
#	video42	video52		metadata capture
#	video43	video53		metadata output
#	vbi40	vbi50		VBI capture, raw and sliced
#	vbi41	vbi51		VBI output, raw and sliced
#	radio40	radio50		receiver, with RDS
#	radio41	radio51		transmitter, with RDS
#	swradio40 swradio50	SDR capture
#	v4l-touch40 v4l-touch50	touch capture
#
# Input 0 of the first is the webcam and 3, S-Video, has VBI, as output 1 has; of the
# second it is TV, and 3, the webcam, has metadata.
# shellcheck disable=SC2054 # the commas are the module's
whole_vivid=(
	n_devs=2 multiplanar=1,2 node_types=0xe1d3d,0xe1d3d
	input_types=0x9c,0x39 output_types=0x01,0x02
	vid_cap_nr=40,50 vid_out_nr=41,51 meta_cap_nr=42,52 meta_out_nr=43,53
	vbi_cap_nr=40,50 vbi_out_nr=41,51 radio_rx_nr=40,50 radio_tx_nr=41,51
	sdr_cap_nr=40,50 touch_cap_nr=40,50
)

load_whole_vivid()
{
	load_vivid "${whole_vivid[@]}"
}

# connector NODE inputs|outputs NAME: the number of vivid's Webcam, TV, S-Video or
# HDMI
connector()
{
	v4l2-ctl -d "/dev/$1" "--list-$2" | awk -v name="$3" '
		$1 == "Input" || $1 == "Output" { number = $3 }
		$1 == "Name" && $3 == name { print number; exit }'
}

# load_test_module MODULE [PARAMETER...]: one of tests/lab/modules.  1, and it is
# said, where they cannot be had.
load_test_module()
{
	if ! modinfo "$1" > /dev/null 2>&1; then
		say "skipped: $1: the mirror has no source of this kernel"
		return 1
	fi
	modprobe "$@" || die "modprobe $*"
}

# load_vimc: its sensors in the formats that its capture nodes are given, as they do
# not stream otherwise.  1 as load_test_module.
load_vimc()
{
	local media pad node

	load_test_module vimc || return
	media=$(echo /sys/devices/platform/vimc.0/media*)
	media=/dev/${media##*/}
	for pad in '"Sensor A":0' '"Sensor B":0' '"Debayer A":0' '"Debayer B":0'; do
		media-ctl -d "$media" -V "$pad [fmt:SBGGR8_1X8/640x480]" ||
			die "media-ctl: $pad"
	done
	for pad in '"Debayer A":1' '"Debayer B":1' '"Scaler":0' '"Scaler":1'; do
		media-ctl -d "$media" -V "$pad [fmt:RGB888_1X24/640x480]" ||
			die "media-ctl: $pad"
	done
	for node in 'Raw Capture 0' 'Raw Capture 1'; do
		v4l2-ctl -d "/dev/$(node_of "$node")" \
			--set-fmt-video=width=640,height=480,pixelformat=BA81 ||
			die "v4l2-ctl: $node"
	done
	v4l2-ctl -d "/dev/$(node_of 'RGB/YUV Capture')" \
		--set-fmt-video=width=640,height=480,pixelformat=RGB3 ||
		die "v4l2-ctl: RGB/YUV Capture"
}

# node_of NAME: the node, without /dev/, whose driver calls it so in sysfs: vim2m;
# stateful-encoder, stateful-decoder, stateless-decoder of vicodec; `Raw Capture 0',
# `Raw Capture 1', `RGB/YUV Capture' of vimc
node_of()
{
	local name

	name=$(grep -lx "$1" /sys/class/video4linux/*/name) ||
		die "no V4L2 device is called $1"
	name=${name%/name}
	echo "${name##*/}"
}

# --- USB cameras ------------------------------------------------------------------

# uvc_node PORT capture|metadata: the node, without /dev/, of the camera in a port of
# vhci_hcd
uvc_node()
{
	local device index=0

	[ "$2" = capture ] || index=1
	for device in /sys/devices/platform/vhci_hcd.0/usb*/*-$(($1 + 1))/*/video4linux/*; do
		[ "$(cat "$device/index" 2> /dev/null)" = $index ] || continue
		[ -c "/dev/${device##*/}" ] || continue
		echo "${device##*/}"
		return 0
	done
	return 1
}

# uvc_gone PORT: nothing is left of the camera, in sysfs neither
uvc_gone()
{
	! compgen -G "/sys/devices/platform/vhci_hcd.0/usb*/*-$(($1 + 1))" > /dev/null
}

declare -A uvcs=()	# process ids of the cameras by their ports
declare -A uvc=()	# their capture nodes, without /dev/
declare -A uvc_meta=()	# their metadata nodes, without /dev/

# plug_uvc PORT [OPTION...]: a camera (tests/lab/uvc.c); needs vhci_hcd and uvcvideo
# shellcheck disable=SC2034 # uvc and uvc_meta are for the scripts
plug_uvc()
{
	local port=$1
	shift

	"$build/lab/uvc" --port="$port" "$@" 2>> "$LAB_OUT/uvc-$port.log" &
	uvcs[$port]=$!
	wait_until 20 uvc_node "$port" metadata ||
		die "uvc $*: no node after 20 s"
	uvc[$port]=$(uvc_node "$port" capture)
	uvc_meta[$port]=$(uvc_node "$port" metadata)
}

# unplug_uvc PORT: pull it out, and wait until the kernel has noticed
unplug_uvc()
{
	kill -KILL "${uvcs[$1]}"
	wait "${uvcs[$1]}" 2> /dev/null
	unset "uvcs[$1]" "uvc[$1]" "uvc_meta[$1]"
	wait_until 20 uvc_gone "$1" || die "the camera in port $1 is still there after 20 s"
}

# uvc_number FILE INDEX LEN BYTES: which frame of the camera's it is, of those in FILE
# that have LEN bytes and are 320 pixels wide: 32 squares of 10 pixels in its first
# row, and BYTES of a pixel until the next one's.  Converters blur the squares' edges.
uvc_number()
{
	od -An -v -tu1 -w$((10 * $4)) -j $(($2 * $3 + 4 * $4)) -N $((316 * $4)) "$1" |
		awk '{ number = 2 * number + ($1 > 128) } END { print number }'
}

# --- daemons --------------------------------------------------------------------

# hostd says `listening' when it does on all its addresses.
start_hostd()
{
	local log=$LAB_OUT/hostd.log

	: > "$log"
	"$build/hostd" "$@" >> "$log" 2>&1 &
	hostd=$!
	wait_until 20 grep -q ': listening on' "$log" ||
		die "hostd $*: not listening after 20 s"
}

# start_guestd NODE OPTION...: /dev/NODE, which guestd prints when it is there
start_guestd()
{
	local node=$1
	shift

	: > "$work/$node"
	"${within[@]}" "$build/guestd" --device "/dev/$node" "$@" > "$work/$node" \
		2>> "$LAB_OUT/guestd-$node.log" &
	guestd=$!
	guestds+=("$guestd")
	wait_until 20 grep -qx "/dev/$node" "$work/$node" ||
		die "guestd --device /dev/$node $*: no node after 20 s"
}

gone()
{
	! kill -0 "$1"
}

# stop PID: as an administrator does; whoever needs SIGKILL fails a check
stop()
{
	kill -TERM "$1" 2> /dev/null || return 0
	if ! wait_until 20 gone "$1"; then
		not_ok "$(tr '\0' ' ' < "/proc/$1/cmdline"): SIGTERM ends it"
		kill -KILL "$1"
	fi
	wait "$1" 2> /dev/null || :
}

stop_guestds()
{
	local pid

	for pid in "${guestds[@]}"; do
		stop "$pid"
	done
	guestds=()
}

stop_hostd()
{
	[ -z "$hostd" ] || stop "$hostd"
	hostd=
}

# counted LOG WHO NAME: what the last of those has said that it counted; nothing, which
# is no number, if none has said that
counted()
{
	local all

	all=$(sed -n "s/.*$2: \(frames-in.*\)/, \1,/p" "$LAB_OUT/$1.log" | tail -n 1)
	[ -n "$all" ] || return
	sed -n "s/.*, $3 \([0-9]*\),.*/\1/p" <<< "$all" | grep . || echo 0
}

# counter NODE NAME: what its guestd counted, with --verbose, until it ended
counter()
{
	counted "guestd-$1" guestd "$2"
}

# no_data WHAT NODE PLANES: until its guestd ended no contents came or went, but so
# many planes themselves at least
no_data()
{
	local in out dropped objects

	in=$(counter "$2" data-in)
	out=$(counter "$2" data-out)
	dropped=$(counter "$2" data-discarded)
	objects=$(counter "$2" objects-in)
	say "$1: bytes-in $(counter "$2" bytes-in), data $((in + out)), planes $objects"
	check "$1: no contents in the socket" test $((in + out + dropped)) -eq 0
	check "$1: the planes themselves came" test "$objects" -ge "$3"
}

# --- what processes have ----------------------------------------------------------

# family PID...: them and all below them, one per line
family()
{
	local pid children

	for pid; do
		echo "$pid"
		read -r -a children < "/proc/$pid/task/$pid/children"
		family ${children[@]+"${children[@]}"}
	done 2> /dev/null
}

# fds PID...: the names of all that they have open, sorted; with numbers in
# brackets (which socket, which pipe) left out
fds()
{
	local pid

	for pid; do
		find "/proc/$pid/fd" -type l -printf '%l\n'
	done 2> /dev/null | sed 's/:\[[0-9]*\]$//' | sort
}

# private_kb PID...: KiB that would be free without them, and how many of these
# they have written to.  Planes of frames do not count, which are memfds or a
# device's: the kernel takes shared memory for private while one process alone
# maps it.
private_kb()
{
	local pid

	for pid; do
		cat "/proc/$pid/smaps"
	done 2> /dev/null | awk '
		/^[0-9a-f]+-[0-9a-f]+ / { plane = $6 ~ /^\/(memfd:|dev\/)/ }
		!plane && /^Private_Clean:/ { clean += $2 }
		!plane && /^Private_Dirty:/ { dirty += $2 }
		END { print clean + dirty, dirty + 0 }'
}

# --- the end ------------------------------------------------------------------------

lab_end()
{
	local status=$? log

	trap - EXIT
	stop_guestds
	stop_hostd
	[ $status -eq 0 ] || failed=1
	if [ $failed -ne 0 ]; then
		for log in "$LAB_OUT"/*.log; do
			say "${log##*/}:"
			mapfile -t -c 1 -C say_line < "$log"
		done
	fi
	exit $failed
}
trap lab_end EXIT
