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

# listen FRAMES: are they whole?
listen()
{
	rm -f "$work/heard"
	v4l2-ctl -d /dev/video50 --stream-mmap=4 --stream-count="$1" \
		--stream-to="$work/heard" > "$work/said" 2>&1
	"$build/lab/bars" yuyv 640x480 "$1" "$work/heard" 2> /dev/null
}

# There is noise until it plays.
plays_or_gone()
{
	listen 1 || gone "$1"
}

# hear PID: judges what the process plays while it does
hear()
{
	if ! wait_until "$seconds" plays_or_gone "$1"; then
		echo "nothing came in $seconds s"
		return 1
	fi
	if said=$(listen $heard_frames); then
		echo "$heard_frames frames"
		return 0
	fi
	echo "what came: ${said:-nothing}"
	return 1
}
