# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# shellcheck disable=SC2154 # from the files that are sourced before
#
# What makes a yes, by the words of matrix.rows: never an exit status alone.
#
# judge_WORD WAY ARG... looks at what the program has left in $directory, says how much
# that is, and is 1 if it is not all.  Words are
#
#	bars FORMAT SIZE FRAMES	the file `frames' has so many of the camera's, whole
#				(tests/lab/bars.c)
#	encoded FRAMES		`frames' has so many, as FWHT with v4l2-ctl's headers: a
#				native decoder makes them bars again
#	same WORD ARG...	what WORD says, and `frames' is natively the same to the byte
#	compliance		`report' of v4l2-compliance is what it says natively
#	plays			so many of what is played are seen on the host

heard_frames=20

judge_bars()
{
	local said

	said=$("$build/lab/bars" "$2" "$3" "$4" "$directory/frames") || {
		echo "${said:-no file}"
		return 1
	}
	echo "$4 frames"
}

judge_encoded()
{
	local encoded=$directory directory=$work

	device_decoder
	rm -f "$work/frames"
	timeout 20 v4l2-ctl -d "/dev/$native" --stream-mmap --stream-out-mmap \
		--set-fmt-video-out=pixelformat=FWHT --set-fmt-video=pixelformat=YU12 \
		--stream-from-hdr="$encoded/frames" --stream-to="$work/frames" > "$work/said" 2>&1
	judge_bars "$1" i420 640x480 "$2"
}

judge_same()
{
	local said

	said=$("judge_$2" "$1" "${@:3}") || {
		echo "$said"
		return 1
	}
	cmp "$directory/frames" "$work/$id/native/frames" >&2 || {
		echo "other bytes than natively"
		return 1
	}
	[ "$1" = native ] || said+=", the same bytes"
	echo "$said"
}

# How many of its tests succeed
score()
{
	sed -n 's/^Total for .*: \([0-9]*\), Succeeded: \([0-9]*\),.*/\2 of \1 tests/p' "$1"
}

judge_compliance()
{
	local said

	if [ "$1" != native ] && ! said=$("$lab/compliance" "$1/vivid-vid-cap" \
		"$work/$id/native/report" "$directory/report" 2>&1); then
		echo "$said" >&2
		echo "${said##*$'\n'}"
		return 1
	fi
	if [ "$1" = native ]; then
		score "$directory/report" | grep .
	else
		echo "the same of each"
	fi
}

# listen FRAMES: are they whole?
listen()
{
	rm -f "$work/heard"
	v4l2-ctl -d /dev/video50 --stream-mmap=4 --stream-count="$1" \
		--stream-to="$work/heard" > "$work/said" 2>&1
	"$build/lab/bars" yuyv 640x480 "$1" "$work/heard"
}

# There is noise until it plays.
plays_or_gone()
{
	listen 1 || gone "$1"
}

# A program that is slow shows each frame several times, so enough new ones may take
# long; but all that comes must be whole.
enough_or_wrong()
{
	said=$(listen $heard_frames)
	[[ $said = *' wrong=0 '* ]] || return 0
	heard=$((heard + ${said##*new=} - 1))
	[ $heard -ge $heard_frames ] || gone "$1"
}

# hear PID: judges what the process plays while it does
hear()
{
	local said heard=0

	if ! wait_until "$seconds" plays_or_gone "$1"; then
		echo "nothing came in $seconds s"
		return 1
	fi
	wait_until "$seconds" enough_or_wrong "$1" || :
	if [ $heard -lt $heard_frames ]; then
		echo "$heard frames came, at last: ${said:-nothing}"
		return 1
	fi
	echo "$heard_frames frames"
}
