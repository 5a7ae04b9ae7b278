# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the tests of unmodified programs share beyond lib.sh: the output of a program
# that is given the native node, and then ours, must be the same.
#
# shellcheck source=tests/lab/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

native=		# the two nodes, without /dev/
ours=
label=

# nodes LABEL NATIVE OURS: which the functions below compare
nodes()
{
	label=$1 native=$2 ours=$3
}

# plain NODE: what may differ is taken out of stdin: names of nodes, times, addresses,
# what a volatile control is just now, what v4l2-ctl finds in sysfs, where our node
# has no media controller, and the clipping that overlays do not have here
plain()
{
	awk '/^(Media Driver|Interface|Entity) Info:/ { skip = 1; next }
		/^[^\t]/ { skip = 0 }
		!skip' |
		sed -E -e "s,/dev/$1\>,NODE,g" \
			-e 's/^[0-9]+\.[0-9]+: event/TIME: event/' \
			-e 's/@ 0x[0-9a-f]+/@ ADDRESS/' \
			-e '/volatile/s/value=[0-9-]+/value=VOLATILE/' \
			-e 's/^(\tCapability    : )Clipping List/\1/' \
			-e '/^\t\t\tClipping Bitmap/d'
}

# run NODE COMMAND...: what it says, {} being the node, and its exit status
run()
{
	local node=$1
	shift

	timeout -k 5 60 "${@//\{\}//dev/$node}" 2>&1 | plain "$node"
	echo "status ${PIPESTATUS[0]}"
}

# both COMMAND...: with both nodes
both()
{
	run "$native" "$@" > "$work/want"
	run "$ours" "$@" > "$work/got"
	check "$label: $*" diff "$work/want" "$work/got"
}

# ctl OPTION...: both, of v4l2-ctl
ctl()
{
	both v4l2-ctl -d {} "$@"
}

# sets SET OTHER GET: options of v4l2-ctl, each one word or several.  After OTHER,
# SET says and does with our node what it does natively; GET of both shows it.
# shellcheck disable=SC2086 # several words
sets()
{
	run "$native" v4l2-ctl -d {} $2 > "$work/other"
	run "$native" v4l2-ctl -d {} $1 > "$work/want"
	run "$native" v4l2-ctl -d {} $3 >> "$work/want"
	run "$native" v4l2-ctl -d {} $2 > "$work/other"
	run "$ours" v4l2-ctl -d {} $1 > "$work/got"
	cp "$work/got" "$work/got-natively"
	run "$ours" v4l2-ctl -d {} $3 >> "$work/got"
	run "$native" v4l2-ctl -d {} $3 >> "$work/got-natively"
	check "$label: v4l2-ctl $1" diff "$work/want" "$work/got-natively"
	check "$label: v4l2-ctl $1, then $3" diff "$work/want" "$work/got"
}

in_call()
{
	grep -Eq '^(ioctl|poll|select|pselect6|epoll_wait)$' <<< "$(call_of "$1")"
}

# call_of PID: the system call that it sleeps in
call_of()
{
	local number

	read -r number _ < "/proc/$1/syscall"
	case $number in
	16) echo ioctl ;;
	7) echo poll ;;
	23) echo select ;;
	270) echo pselect6 ;;
	232) echo epoll_wait ;;
	esac
}

# hears NODE OPTION CHANGE: what v4l2-ctl OPTION says, which waits for an event, when
# somebody does CHANGE natively
# shellcheck disable=SC2086 # several words
hears()
{
	local pid

	v4l2-ctl -d "/dev/$1" "$2" > "$work/heard" 2>&1 &
	pid=$!
	wait_until 10 in_call $pid
	# It sleeps in our calls, too, before it waits.
	sleep 0.5
	v4l2-ctl -d "/dev/$native" $3
	if ! wait_until 10 gone $pid; then
		echo "waits for ever"
		kill $pid
	fi
	wait $pid 2> /dev/null
	echo "status $?"
	plain "$1" < "$work/heard"
}

# event OPTION CHANGE UNDO: with both nodes
# shellcheck disable=SC2086 # several words
event()
{
	hears "$native" "$1" "$2" > "$work/want"
	v4l2-ctl -d "/dev/$native" $3
	hears "$ours" "$1" "$2" > "$work/got"
	v4l2-ctl -d "/dev/$native" $3
	check "$label: v4l2-ctl $1, which hears of $2" diff "$work/want" "$work/got"
}

# gst ELEMENT...: caps and errors of a pipeline; its other lines come in any order,
# and the end may come before it says that the stream has ended
gst()
{
	local node file

	for node in "$native" "$ours"; do
		file=$work/$node.gst
		run "$node" gst-launch-1.0 -v "$@" |
			grep -E ' caps = |ERROR|WARN|EOS|^status' |
			grep -v 'Internal data stream error' | sort -u > "$file"
	done
	check "$label: gst-launch-1.0 $*" \
		diff "$work/$native.gst" "$work/$ours.gst"
}

# --- v4l2-ctl -----------------------------------------------------------------------

# What every node is asked; some answer most of it with an error.
ask_all()
{
	ctl --all
	ctl -D
	ctl -L
	ctl --get-priority
	ctl --list-freq-bands
	ctl -F
	ctl -T
	ctl --get-parm
	ctl --get-cropcap
	ctl --get-standard
	ctl --get-detected-standard
	ctl --get-fbuf
	ctl --get-fmt-overlay
}

# Of a node that captures pictures
ask_capture()
{
	ctl --list-formats-ext
	ctl --list-fields
	ctl --list-framesizes=YUYV
	ctl --list-frameintervals=width=640,height=360,pixelformat=YUYV
	ctl --list-inputs
	ctl --list-audio-inputs
	ctl --get-audio-input
	ctl --list-standards
	ctl --list-dv-timings
	ctl --get-dv-timings-cap
	ctl --get-dv-timings
	ctl --query-dv-timings
	ctl --get-crop
	ctl --get-selection=target=crop_bounds
	ctl --get-selection=target=compose
	ctl --list-formats-overlay
	ctl --try-fmt-video=width=13,height=13,pixelformat=NV12,field=top
	ctl --info-edid=3
	ctl --list-buffers
}

# hear_control NAME: events of a control that goes from 50 to 77
hear_control()
{
	event "--wait-for-event=ctrl=$1" "-c$1=77" "-c$1=50"
	event "--poll-for-event=ctrl=$1" "-c$1=77" "-c$1=50"
	event "--epoll-for-event=ctrl=$1" "-c$1=77" "-c$1=50"
}
