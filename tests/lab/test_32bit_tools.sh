#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 300
# clock: counted
#
# Debian's v4l2-ctl and v4l2-compliance for i386 (tests/lab/packages32): they say of
# our node what they say of vivid's.  The clock is counted because v4l2-compliance
# fails an event that is 10 ms old.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

packages=$build/lab/v4l-utils-i386
libraries=$packages/lib/i386-linux-gnu:$packages/usr/lib/i386-linux-gnu

# i386 SECONDS PROGRAM ARGUMENT...: one of them, with its own libraries
i386()
{
	timeout -k 5 "$1" "$packages/lib/ld-linux.so.2" --library-path "$libraries" \
		"$packages/usr/bin/$2" "${@:3}"
}

# Without what is known to differ: the node's name, the media controller, clipping
# (usermedia(7)); and without what is measured.
plain()
{
	awk '/^[^\t]/ { skip = /^(Media Driver|Interface|Entity) Info:/ } !skip' |
		sed -e 's/\/dev\/video[0-9]*/NODE/; s/[0-9.]* fps/N fps/g' \
			-e 's/: Clipping List$/: /; /^\t*Clipping Bitmap$/d' \
			-e '/volatile/s/ value=[0-9]*/ value=N/'
}

# ctl ARGUMENT...: v4l2-ctl says the same of both nodes
ctl()
{
	i386 30 v4l2-ctl -d /dev/video40 "$@" 2>&1 | plain > "$work/native"
	i386 30 v4l2-ctl -d /dev/video90 "$@" 2>&1 | plain > "$work/ours"
	check "v4l2-ctl $*" diff "$work/native" "$work/ours"
	check "v4l2-ctl $*: it says something" test -s "$work/ours"
}

# event NODE: what v4l2-ctl says of an event, when its time is left out
event()
{
	i386 20 v4l2-ctl -d "/dev/$1" --wait-for-event=ctrl=brightness \
		> "$work/event" 2>&1 &
	local waiter=$!
	sleep 3
	v4l2-ctl -d /dev/video40 -c brightness=99
	wait $waiter
	echo "exit status $?"
	v4l2-ctl -d /dev/video40 -c brightness=128
	sed 's/[0-9]*\.[0-9]*/TIME/' "$work/event"
}

# stream NODE: 10 frames, the last of which is left
stream()
{
	rm -f "$work/frames"
	i386 60 v4l2-ctl -d "/dev/$1" --stream-user=4 --stream-count=10 \
		--stream-to="$work/frames" > "$work/stream" 2>&1
	echo "$? $(stat -c %s "$work/frames")"
}

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
start_hostd --listen "unix:$unix" --device cap=/dev/video40
start_guestd video90 --connect "unix:$unix" --remote cap --profile stream
# ELFCLASS32 of elf(5)
check "they are 32-bit programs" grep -qaP '^\x7fELF\x01' "$packages/usr/bin/v4l2-ctl"

ctl --all
ctl -L
ctl --list-formats-ext
ctl --list-inputs --list-standards
ctl --get-edid=pad=0,format=hex
ctl -c brightness=77,horizontal_flip=1 -C brightness,horizontal_flip
ctl -c brightness=128,horizontal_flip=0 -C brightness,horizontal_flip
ctl -c string=Hello,integer_64_bits=-5 -C string,integer_64_bits,u8_pixel_array
ctl --set-fmt-video=width=320,height=180,pixelformat=YUYV --get-fmt-video
ctl --set-selection=target=crop,left=8,top=8,width=160,height=90 \
	--get-selection=target=crop

event video40 > "$work/native"
event video90 > "$work/ours"
check "v4l2-ctl --wait-for-event" diff "$work/native" "$work/ours"
check "v4l2-ctl --wait-for-event: one comes" grep -q brightness "$work/ours"

native=$(stream video40)
ours=$(stream video90)
check "v4l2-ctl --stream-user: $native" test "$ours" = "$native"
say "$(tail -n 1 "$work/stream")"
v4l2-ctl -d /dev/video40 --set-fmt-video=width=640,height=360

for node in video40 video90; do
	i386 60 v4l2-compliance -P -d "/dev/$node" > "$LAB_OUT/compliance-$node" 2>&1
done
say "native: $(tail -n 1 "$LAB_OUT/compliance-video40")"
check "v4l2-compliance as natively" "$lab/compliance" plain/cap \
	"$LAB_OUT/compliance-video40" "$LAB_OUT/compliance-video90"
