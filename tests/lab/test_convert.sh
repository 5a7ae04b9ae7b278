#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 700
#
# hostd --device ...,convert: a guest sees of a USB camera what programs of the host
# see that use libv4l2.  Each picture of tests/lab/uvc.c is a function of its number,
# so those that arrive are compared, byte by byte, with those of the same number
# that a native v4l2-ctl got: by `-w', which has it use libv4l2, and libv4l2's own
# preloaded library, without which v4l2-ctl 1.22 asks the camera itself whether there
# is such a format.
#
# shellcheck disable=SC2317 # functions are called through check

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

frames=12
small=--set-fmt-video=width=320,height=240
# A slow camera: decoding is emulated, too.
slow=--set-parm=15
preloaded=$(echo /usr/lib/*/libv4l/v4l2convert.so)

# natively NODE FILE FORMAT
natively()
{
	LD_PRELOAD=$preloaded timeout 60 v4l2-ctl -w -d "$1" "$small,pixelformat=$3" \
		$slow --stream-mmap --stream-count=$frames --stream-to="$2"
}

# ours NODE FILE FORMAT [FRAMES]
ours()
{
	timeout 60 v4l2-ctl -d "$1" "$small,pixelformat=$3" $slow \
		--stream-user --stream-count="${4-$frames}" --stream-to="$2"
}

# picture FILE INDEX LEN: its sum
picture()
{
	dd if="$1" bs="$3" skip="$2" count=1 2> /dev/null | md5sum
}

# same NATIVE OURS LEN BYTES [NUMBER...]: pictures of the same number are the same,
# but those of these numbers, which none of NATIVE's is compared with.  Some may have
# been lost in either, by a VM that was stopped for a while.
same()
{
	local native=$1 mine=$2 len=$3 bytes=$4 i number common=0
	local -A sums=()
	shift 4

	for ((i = 0; i < frames; i++)); do
		number=$(uvc_number "$native" $i "$len" "$bytes")
		sums[$number]=$(picture "$native" $i "$len")
	done
	for number; do
		unset "sums[$number]"
	done
	for ((i = 0; i < $(stat -c %s "$mine") / len; i++)); do
		number=$(uvc_number "$mine" $i "$len" "$bytes")
		[ -n "${sums[$number]-}" ] || continue
		if [ "${sums[$number]}" != "$(picture "$mine" $i "$len")" ]; then
			echo "picture $number differs"
			return 1
		fi
		common=$((common + 1))
	done
	echo "$common pictures in common"
	[ $common -ge $((frames / 4)) ]
}

# numbers FILE LEN BYTES: of all pictures there
numbers()
{
	local i

	for ((i = 0; i < $(stat -c %s "$1") / $2; i++)); do
		uvc_number "$1" $i "$2" "$3"
	done
}

# says NODE OPTION...: without what only the native node has
says()
{
	v4l2-ctl -d "$@" 2>&1 |
		sed 's/ (using libv4l2)//; /^Media Driver Info/,$d; s,/dev/video[0-9]*,NODE,'
}

# alike CAMERA NODE OPTION...: the same of both
alike()
{
	diff <(says "/dev/${uvc[$1]}" -w "${@:3}") <(says "$2" "${@:3}")
}

# mapped PID: does it have libv4l2?
mapped()
{
	grep -q /libv4l2 "/proc/$1/maps"
}

# processes NAME: those of hostd
processes()
{
	local pid

	for pid in $(family "$hostd"); do
		[ "$(cat "/proc/$pid/comm")" != "$1" ] || echo "$pid"
	done
}

only_guests_have_it()
{
	local pid

	for pid in $(processes hostd-guest); do
		mapped "$pid" || return 1
	done
	for pid in $(processes hostd) $(processes hostd-opener); do
		! mapped "$pid" || return 1
	done
}

nobody_has_it()
{
	local pid

	for pid in $(family "$hostd"); do
		! mapped "$pid" || return 1
	done
}

cannot_stream()
{
	! timeout 20 v4l2-ctl -d "$1" --stream-user --stream-count=1 2>&1 |
		grep -q '^<'
}

no_device()
{
	LC_ALL=C v4l2-ctl -d "$1" -D 2>&1 | grep -q 'No such device'
}

logged()
{
	grep -q "$1" "$LAB_OUT/hostd.log"
}

load cuse vhci_hcd uvcvideo
plug_uvc 0
plug_uvc 1 --mjpeg --serial=2
plug_uvc 2 --mjpeg --serial=3 --broken=5
plug_uvc 3 --bayer --serial=4

start_hostd --listen "unix:$unix" --device "yuyv=/dev/${uvc[0]},convert" \
	--device "mjpeg=/dev/${uvc[1]},convert" --device "bad=/dev/${uvc[2]},convert" \
	--device "bayer=/dev/${uvc[3]},convert" \
	--device "meta=/dev/${uvc_meta[0]},convert" --device pattern:320x240,fps=15
check "a node that is no camera's is warned of" wait_until 10 logged \
	"meta: .* is no camera whose pictures can be converted"
start_guestd video91 --connect "unix:$unix" --remote yuyv --profile stream
start_guestd video92 --connect "unix:$unix" --remote mjpeg --profile stream
start_guestd video93 --connect "unix:$unix" --remote mjpeg
start_guestd video94 --connect "unix:$unix" --remote bad --profile stream
start_guestd video95 --connect "unix:$unix" --remote pattern --profile stream
start_guestd video96 --connect "unix:$unix" --remote bayer --profile stream
check "only guest processes have the library" only_guests_have_it
# shellcheck disable=SC2046 # one argument per process
before=$(fds $(family "$hostd"))

# --- formats, and pictures in each -----------------------------------------------------

while read -r name n node formats; do
	check "$name: the capabilities" alike "$n" "$node" -D
	check "$name: the formats" alike "$n" "$node" --list-formats-ext
	check "$name: the controls" alike "$n" "$node" -L
	for format in $formats; do
		bytes=${format#*:}
		format=${format%:*}
		len=$((320 * 240 * (bytes == 3 ? 6 : 3) / 2))
		check "$name as $format, natively" natively "/dev/${uvc[$n]}" \
			"$work/native.$n.$format" "$format"
		check "$name as $format, ours" ours "$node" "$work/ours" \
			"$format"
		check "$name as $format: the same pictures" same \
			"$work/native.$n.$format" "$work/ours" $len "$bytes"
	done
done << 'EOF'
YUYV  0 /dev/video91 RGB3:3
MJPEG 1 /dev/video92 RGB3:3 BGR3:3 YU12:1 YV12:1
Bayer 3 /dev/video96 RGB3:3 YU12:1
EOF
rgb=$work/native.1.RGB3
len=$((320 * 240 * 3))

gst_rgb()
{
	timeout 60 gst-launch-1.0 -q v4l2src device=/dev/video93 num-buffers=$frames ! \
		video/x-raw,format=RGB,width=320,height=240,framerate=15/1 ! \
		filesink location="$1"
}

check "read(): GStreamer takes RGB" gst_rgb "$work/ours"
check "read(): the same pictures" same "$rgb" "$work/ours" $len 3

# --- v4l2-compliance -------------------------------------------------------------------

# judge SECONDS FILE NODE OPTION...
judge()
{
	timeout -k 5 "$1" v4l2-compliance -P -d "$3" "${@:4}" > "$LAB_OUT/$2" 2>&1
	[ $? -lt 124 ]
}

# Its "blocking wait" cancels a thread that waits for a frame: every other time that has
# libv4l2's stream_lock, and close() waits for it for ever.  Else all takes a few seconds.
judge_natively()
{
	local i

	for ((i = 0; i < 4; i++)); do
		! judge 40 native "/dev/${uvc[1]}" -w -s2 || return 0
	done
	return 1
}

# fails FILE
fails()
{
	sed -n 's/^\ttest \(.*\): FAIL$/\1/p' "$LAB_OUT/$1" | sort
}

# It finds more wrong with libv4l2: no readbuffers, and USERPTR that is promised.
as_good()
{
	comm -13 <(fails native) <(fails ours) | tee "$work/more"
	[ ! -s "$work/more" ]
}

check "v4l2-compliance, ours" judge 200 ours /dev/video92 -s2
if judge_natively; then
	check "v4l2-compliance: nothing fails that does not natively" as_good
	say "native: $(tail -n 1 "$LAB_OUT/native")" "ours: $(tail -n 1 "$LAB_OUT/ours")"
else
	say "v4l2-compliance: libv4l2 hangs natively: nothing to compare with"
	check "v4l2-compliance: and not before that" \
		grep -q 'test read/write: OK' "$LAB_OUT/native"
fi

# --- bad pictures ------------------------------------------------------------------------

failed_frame='bad: a frame cannot be converted'

# Of 5 there is half; 6 has no header, 7 a wrong one.
bad_ones()
{
	local there

	same "$rgb" "$work/ours" $len 3 5 6 7 || return 1
	mapfile -t there < <(numbers "$work/ours" $len 3)
	echo "${there[*]}"
	[ "${there[-1]}" -gt 7 ] || return 1
	[[ " ${there[*]} " != *" 6 "* && " ${there[*]} " != *" 7 "* ]]
}

check "a stream with three bad JPEGs" ours /dev/video94 "$work/ours" RGB3
check "bad JPEGs: two are left out, the others are as ever" bad_ones
# A busy machine may lose just those before hostd has them.
for again in 1 2 3; do
	grep -q "$failed_frame" "$LAB_OUT/hostd.log" && break
	say "bad JPEGs: once more, $again"
	ours /dev/video94 "$work/ours" RGB3 > /dev/null 2>&1
done
check "bad JPEGs: the log says one, once" test \
	"$(grep -c "$failed_frame" "$LAB_OUT/hostd.log")" = 1

# --- at the same time ----------------------------------------------------------------------

# One after the other: two cameras that have fallen asleep in vhci_hcd cannot be
# opened at the same moment, natively neither.
ours /dev/video91 "$work/first" BGR3 150 > /dev/null 2>&1 &
first=$!
"$build/lab/capture" --user --frames=150 /dev/video95 > "$work/second.said" 2>&1 &
second=$!
wait_until 10 test -s "$work/first"
check "another file has controls and formats meanwhile" alike 0 /dev/video91 -L \
	--list-formats-ext
check "but no frames" cannot_stream /dev/video91
check "three guests at once: MJPEG" ours /dev/video92 "$work/ours" RGB3
wait $first
check "three guests at once: YUYV" test $? = 0
wait $second
check "three guests at once: the pattern" test $? = 0
mapfile -t -c 1 -C say_line < "$work/second.said"
check "three guests at once: the same pictures" same "$rgb" "$work/ours" $len 3

# --- the camera is pulled out -----------------------------------------------------------------

ours /dev/video92 "$work/pulled" RGB3 1000 > /dev/null 2>&1 &
first=$!
wait_until 10 test -s "$work/pulled"
node=${uvc[1]}
unplug_uvc 1
check "pulled out in mid-stream: the program ends" wait_until 20 gone $first
check "pulled out: open() says so" no_device /dev/video92
plug_uvc 1 --mjpeg --serial=2
check "plugged in again: it has its name again" test "$node" = "${uvc[1]}"
check "plugged in again: a stream" ours /dev/video92 "$work/ours" RGB3
check "plugged in again: the same pictures" same "$rgb" "$work/ours" $len 3

now_as_before()
{
	# shellcheck disable=SC2046 # one argument per process
	[ "$before" = "$(fds $(family "$hostd"))" ]
}

check "no descriptor is left over" wait_until 20 now_as_before
stop_guestds
stop_hostd

# --- without it ----------------------------------------------------------------------------

start_hostd --listen "unix:$unix" --device "/dev/${uvc[0]}"
start_guestd video91 --connect "unix:$unix" --profile stream
check "without the option nobody has the library" nobody_has_it
stop_guestds
stop_hostd

mount --bind /dev/null "$(readlink -f /usr/lib/*/libv4l2.so.0)" ||
	die "the library is still there"
start_hostd --listen "unix:$unix" --device "cam=/dev/${uvc[0]},convert"
check "without the library, hostd names the package" wait_until 10 logged \
	'cam: .*libv4l2.so.0.*: apt-get install libv4l-0'
