# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What our ways to save round trips are worth: usermedia-bench on two nodes of one
# device, one with such a way and one without, by turns.
#
#	memo		answers that guests remember: --device ...,memo=off of hostd is
#			without
#	pipeline	QBUF that does not wait: guestd --no-pipeline is without
#
# shellcheck source=tests/lab/lib_bench.sh
. "${BASH_SOURCE[0]%/*}/lib_bench.sh"

# plug_camera: a USB camera with as much to discover as large ones have
plug_camera()
{
	plug_uvc 0 --yuyv --mjpeg --bayer --many
}

# feature_devices: what hostd is given, into $devices; after plug_camera and load_vivid
feature_devices()
{
	local camera=/dev/${uvc[0]} pattern=pattern:640x480,fps=30,static

	# shellcheck disable=SC2034,SC2054 # for the scripts; the commas are hostd's
	devices=(
		--device "uvc=$camera" --device "uvc-off=$camera,memo=off"
		--device "pattern=$pattern" --device "pattern-off=$pattern,memo=off"
		--device vivid=/dev/video40
		--device flood=pattern:640x480,fps=1000,static
	)
}

# pair_of ADDRESS DEVICE WITHOUT OPTION...: video93 is of device WITHOUT, and has the
# options, video94 is of DEVICE
pair_of()
{
	start_guestd video93 --connect "$1" --remote "$3" --profile stream "${@:4}"
	start_guestd video94 --connect "$1" --remote "$2" --profile stream
}

# report: what the last guestd has counted is in its log then
report()
{
	kill -USR1 "$guestd"
	wait_until 20 grep -q 'guestd: frames-in' "$LAB_OUT/guestd-video94.log" ||
		die "video94: nothing said upon SIGUSR1"
}

# of NAME KEY NODE WHAT [OF]: number(), of $LAB_OUT/NAME.json
of()
{
	number "$LAB_OUT/$1.json" "${@:2}"
}

# median: of the numbers in stdin, a line each
median()
{
	sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'
}

# aim WHAT RATIO LIMIT: what is missed is said, and no failure; LIMIT -: nothing can be
aim()
{
	if [ "$3" = - ]; then
		say "$1: ${2:-none}"
	elif awk "BEGIN { exit !(${2:-9} <= $3) }"; then
		say "$1: $2, aimed at $3: reached"
	else
		say "$1: ${2:-none}, aimed at $3: MISSED"
	fi
}

# discovery WAY ADDRESS DEVICE LIMIT ROUNDS: what programs ask before they stream, with
# answers remembered and without
discovery()
{
	local name=memo-$1-$3

	heading "$3 over $1: discovery with memo=off and with memo=auto"
	pair_of "$2" "$3" "$3-off"
	: > "$LAB_OUT/guestd-video94.log"
	bench "$name" --rounds "$5" --only discovery off=/dev/video93 auto=/dev/video94 ||
		die "usermedia-bench"
	report
	stop_guestds
	say "$1, $3: a browser makes $(of "$name" median auto browse calls) ioctls"
	say "all rounds: $(counter video94 memo-hits) remembered, $(counter video94 memo-misses) asked"
	aim "$1, $3: a browser's time" "$(of "$name" ratio auto browse)" "$4"
}

# first_discovery WAY ADDRESS DEVICE LIMIT TIMES: the same on the first file of a new
# connection, where nothing is remembered yet
first_discovery()
{
	local i off auto

	for ((i = 0; i < $5; i++)); do
		pair_of "$2" "$3" "$3-off"
		bench first --rounds 1 --only discovery off=/dev/video93 \
			auto=/dev/video94 > "$work/first" || die "usermedia-bench"
		stop_guestds
		of first median off browse >> "$work/$1-$3-off"
		of first median auto browse >> "$work/$1-$3-auto"
	done
	off=$(median < "$work/$1-$3-off")
	auto=$(median < "$work/$1-$3-auto")
	say "$1, $3, for the first time: $off ms and $auto ms"
	aim "$1, $3: a browser's time, for the first time" \
		"$(awk "BEGIN { printf \"%.3f\", $auto / $off }")" "$4"
}

# pipeline WAY ADDRESS ROUNDS: frames of vivid, with buffers that wait and that do not
pipeline()
{
	local name=pipeline-$1 what

	heading "vivid over $1: streams with --no-pipeline and without"
	pair_of "$2" vivid vivid --no-pipeline
	bench "$name" --rounds "$3" --only stream --frames 20 \
		off=/dev/video93 on=/dev/video94 || die "usermedia-bench"
	stop_guestds
	for what in QBUF 'open() to first frame'; do
		say "$1, $what: $(of "$name" ratio on "$what") of what it takes without"
	done
}
