#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# The demo's programs, run in the lab by tests/lab/demo.  Each runs natively on
# vivid's node and then on guestd's node for it, unmodified.
#
# Leaves in $LAB_OUT: table (tab separated), pictures (name, size), and a frame
# of each program natively (.native) and through us (.usermedia).
set -eu

frames=100
width=640 height=360 rate=25
sizeimage=$((width * height * 2))
native=/dev/video40 native_out=/dev/video41

say() {
	echo "  $*"
}

start_guestd() {
	node=$1
	shift
	build/guestd --device "$node" "$@" >"$LAB_OUT/guestd${node#/dev/}.log" 2>&1 &
	for _ in $(seq 100); do
		[ -e "$node" ] && grep -qx "$node" "$LAB_OUT/guestd${node#/dev/}.log" && return
		sleep 0.05
	done
	echo "demo: guestd did not make $node:" >&2
	cat "$LAB_OUT/guestd${node#/dev/}.log" >&2
	exit 1
}

row() {
	printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$LAB_OUT/table"
}

# The rate that each program reports itself, so that its start does not count.

run_dd() {
	dd if="$1" of="$2" bs=$sizeimage count=$frames iflag=fullblock 2>"$2.log"
	awk -v n=$frames '/copied/ { for (i = 1; i < NF; i++)
		if ($(i + 1) == "s,") printf "%.1f", n / $i }' "$2.log"
	last_frame "$2"
}

run_gst() {
	gst-launch-1.0 v4l2src device="$1" \
		num-buffers=$frames ! \
		"video/x-raw,format=YUY2,width=$width,height=$height,framerate=$rate/1" ! \
		filesink location="$2" >"$2.log" 2>&1 || {
		cat "$2.log" >&2
		return 1
	}
	awk -v n=$frames '/Execution ended/ { split($NF, t, ":")
		printf "%.1f", n / (t[1] * 3600 + t[2] * 60 + t[3]) }' "$2.log"
	last_frame "$2"
}

run_v4l2ctl() {
	v4l2-ctl -d "$1" --stream-user=4 --stream-count=$frames \
		--stream-to="$2" >"$2.log" 2>&1
	# "<<<< 24.00 fps", and ", dropped buffers: 3" on a busy machine
	grep -aoE '[0-9.]+ fps' "$2.log" | awk '{ fps = $1 }
		END { printf "%.1f", fps }'
	last_frame "$2"
}

# Keep one frame: the last one.
last_frame() {
	tail -c $sizeimage "$1" >"$1.last"
	mv "$1.last" "$1"
	rm -f "$1.log"
}

# program, method natively and through us, our node
compare() {
	name=$1 method=$2 node=$3 run=$4
	v4l2-ctl -d $native --set-parm=$rate >/dev/null
	say "$name, natively ($native)"
	a=$($run $native "$LAB_OUT/$name.native")
	say "$name, through usermedia ($node)"
	b=$($run "$node" "$LAB_OUT/$name.usermedia")
	row "$name" "$method" $frames "$a" "$b"
	echo "$name ${width}x$height" >>"$LAB_OUT/pictures"
}

say "loading cuse, vsock_loopback, vivid"
modprobe cuse
modprobe vsock_loopback
modprobe vivid n_devs=1 node_types=0x101 vid_cap_nr=40 vid_out_nr=41 \
	no_error_inj=1
v4l2-ctl -d $native --set-fmt-video=width=$width,height=$height,pixelformat=YUYV

say "starting hostd and three guestd over vsock"
build/hostd --device capture=$native --device output=$native_out \
	--allow cid:1 2>"$LAB_OUT/hostd.log" &
sleep 0.3
start_guestd /dev/video90 --remote capture --wait
start_guestd /dev/video91 --remote capture --wait --profile stream
start_guestd /dev/video92 --remote output --wait

row program "native -> ours" frames "fps native" "fps usermedia"
compare dd "read -> read" /dev/video90 run_dd
compare gst-launch "mmap -> read" /dev/video90 run_gst
compare v4l2-ctl "user -> user" /dev/video91 run_v4l2ctl

# A producer.  vivid shows what its S-Video output gets on its S-Video input.
say "ffmpeg as producer into the output node"
read -r width height < <(v4l2-ctl -d $native_out --get-fmt-video-out |
	awk -F '[:/]' '/Width/ { print $3 + 0, $4 + 0 }')
sizeimage=$((width * height * 2))
v4l2-ctl -d $native -i 2 >/dev/null
v4l2-ctl -d $native --set-standard="$(v4l2-ctl -d $native_out --get-standard |
	awk '/Video Standard/ { print $4 }')" >/dev/null
v4l2-ctl -d $native -c loop_video=1
v4l2-ctl -d $native \
	--set-fmt-video=width="$width",height="$height",pixelformat=YUYV

produce() {
	ffmpeg -v error -stats -f lavfi \
		-i "testsrc=size=${width}x$height:rate=25" -frames:v $((frames)) \
		-pix_fmt yuyv422 -f v4l2 "$1" 2>"$LAB_OUT/ffmpeg.log"
}

made=yes
produce $native_out || made=fails
: >"$LAB_OUT/ffmpeg.log"
produce /dev/video92 &
producer=$!
# On a busy machine ffmpeg takes its time until it writes.
for _ in $(seq 600); do
	grep -aqE 'frame= *[0-9]{2}' "$LAB_OUT/ffmpeg.log" && break
	kill -0 $producer || break
	sleep 0.1
done
v4l2-ctl -d $native --stream-mmap --stream-count=5 \
	--stream-to="$LAB_OUT/ffmpeg.usermedia" >/dev/null 2>&1
last_frame "$LAB_OUT/ffmpeg.usermedia"
wait $producer
fps=$(tr '\r' '\n' <"$LAB_OUT/ffmpeg.log" |
	awk '/fps=/ { sub(/.*fps= */, ""); fps = $1 } END { print fps }')
row "ffmpeg" "write -> write" $((frames)) "$made" "$fps"
# The left picture is ffmpeg's own.
ffmpeg -v error -f lavfi -i "testsrc=size=${width}x$height:rate=25" -frames:v 1 \
	-pix_fmt yuyv422 -f rawvideo - >"$LAB_OUT/ffmpeg.native"
echo "ffmpeg ${width}x$height" >>"$LAB_OUT/pictures"
say "done"
