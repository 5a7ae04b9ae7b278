#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 600
# modules: test
# ivshmem: 256
#
# Memory that both daemons have, by a PCI device without a driver: both map it here, in
# one machine, and speak over vsock.  Contents of buffers do not travel, they are what
# they are natively, and it is counted how often they are copied: by the daemons
# themselves, each byte that goes to or from that memory.  And how much faster than
# over vsock alone that is: by the clock, as instructions say little of copying, so a
# frame may be lost here.
#
# No driver writes to the memory of a PCI device (EFAULT), so hostd copies frames of
# vivid to it.  Where the memory is a file of a tmpfs, as it is for a hostd on the host,
# vivid writes there itself.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

small=320x240
bytes=$((320 * 240 * 2))
large=3840x2160
run=$build/guestd-run
capture=(timeout 200 "$build/guestd-run" "$build/lab/capture")

# start NODE REMOTE OPTION...: with what it counts, at its end
start()
{
	start_guestd "$1" --profile stream --connect vsock:1:848 --verbose \
		--remote "$2" "${@:3}"
}

# host_counter NAME: what the connection counted that has ended last, until then
host_counter()
{
	counted hostd 'hostd: .*' "$1"
}

told()
{
	[ "$(grep -c ': frames-in' "$LAB_OUT/hostd.log")" -gt "$1" ]
}

# end: the last guestd, and until hostd has said what it counted
end()
{
	local before

	before=$(grep -c ': frames-in' "$LAB_OUT/hostd.log")
	stop_guestds
	wait_until 10 told "$before" || not_ok "hostd says what it counted"
}

# copies WHAT NODE LEN HOST: until both ended, hostd copied HOST times each frame of LEN
# bytes, and guestd once; nothing went through the socket
copies()
{
	local frames planes in host

	frames=$(counter "$2" buffers-done)
	planes=$(counter "$2" shmem-planes)
	in=$(($(counter "$2" data-in) + $(counter "$2" data-out)))
	host=$(host_counter shmem-copied)
	say "$1: $frames frames of $3 bytes, $planes planes there," \
		"$1: copied by guestd $(counter "$2" shmem-copied), by hostd $host" \
		"$1: through the socket $in, of $(counter "$2" bytes-in) bytes in all"
	check "$1: no contents in the socket" test "$in" -eq 0
	check "$1: planes are in memory of both" test "$planes" -gt 0
	check "$1: guestd copies each frame once" \
		test "$(counter "$2" shmem-copied)" -eq $((frames * $3))
	check "$1: hostd copies it $4 times" test "$host" -ge $((frames * $3 * $4)) -a \
		"$host" -le $(((frames + 8) * $3 * $4))
}

still()
{
	v4l2-ctl -d "/dev/$1" -v width=640,height=360,pixelformat=YUYV \
		-c test_pattern=2,horizontal_movement=3,vertical_movement=3 \
		-c osd_text_mode=2 > /dev/null
}

# take NODE FILE: pictures that do not change but for what moves in them
take()
{
	timeout -k 5 60 "$run" v4l2-ctl -d "/dev/$1" --stream-mmap=4 --stream-count=8 \
		--stream-to="$2" > "$work/said" 2>&1 || { cat "$work/said"; return 1; }
	test "$(stat -c %s "$2")" -eq $((640 * 360 * 2 * 8))
}

# as_native WHAT NODE OURS: the same pictures
as_native()
{
	still "$2"
	check "$1, natively" take "$2" "$work/native"
	check "$1, ours" take "$3" "$work/ours"
	check "$1: the same pictures" cmp "$work/native" "$work/ours"
}

# m2m NODE FILE: a picture through a memory to memory device
m2m()
{
	timeout -k 5 60 "$run" v4l2-ctl -d "/dev/$1" --set-ctrl=horizontal_flip=1 \
		--set-fmt-video-out=width=320,height=240,pixelformat=RGBP \
		--set-fmt-video=width=320,height=240,pixelformat=RGBP \
		--stream-mmap --stream-out-mmap --stream-count=6 \
		--stream-from="$work/played" --stream-to="$2" > "$work/said" 2>&1 ||
		{ cat "$work/said"; return 1; }
	test -s "$2"
}

# rate NODE: of frames of 16 MB each
rate()
{
	"${capture[@]}" --map --ends --buffers=4 --warm=2 --frames=12 "/dev/$1" |
		tee -a "$work/$1.rates"
	return "${PIPESTATUS[0]}"
}

# median NODE: MB/s
median()
{
	sed -n 's/.* fps=\([0-9.]*\).*/\1/p' "$work/$1.rates" | sort -n | sed -n 2p |
		awk '{ printf "%d\n", $1 * 3840 * 2160 * 2 / 1000000 }'
}

load cuse vsock_loopback
load_vivid n_devs=2 node_types=0x1,0x1 multiplanar=1,2 vid_cap_nr=40,50
address=$(ivshmem_device) || die "no ivshmem device"
memory=/sys/bus/pci/devices/$address/resource2
# shellcheck disable=SC2054 # the commas are hostd's
host=(--listen vsock:848 --allow cid:1 --verbose
	--device "small=pattern:$small,fps=20"
	--device "large=pattern:$large,fps=1000,static"
	--device vivid=/dev/video40 --device planes=/dev/video50)
say "ivshmem at $address: $(stat -c %s "$memory") bytes"

# --- the PCI device ------------------------------------------------------------------

start_hostd "${host[@]}" --shm "$memory"
start video91 small --shm "ivshmem:$address"
check "frames, each whole, and in order" \
	"${capture[@]}" --map --frames=60 /dev/video91
mapfile -t helper < <(family "$guestd" | tail -n +2)
check "guestd has the memory" grep -q "$address/resource2" "/proc/$guestd/maps"
for pid in "${helper[@]}"; do
	check "$(cat "/proc/$pid/comm") has not" \
		test "$(grep -c resource2 "/proc/$pid/maps")" -eq 0
done
check "and nobody has a descriptor of it" \
	test "$(fds "$guestd" "${helper[@]}" | grep -c resource2)" -eq 0
check "by USERPTR" "${capture[@]}" --user --frames=30 /dev/video91
end
copies "test pattern" video91 $bytes 0

start video91 small --profile read --shm "ivshmem:$address"
check "by read()" "${capture[@]}" --read --frames=30 /dev/video91
end
copies "test pattern, read()" video91 $bytes 0

start video91 vivid --shm "ivshmem:$address"
as_native "vivid" video40 video91
end
copies "vivid" video91 $((640 * 360 * 2)) 1
check "since its driver does not write there" \
	grep -q 'no buffers of type 1 in shared memory: Bad address' "$LAB_OUT/hostd.log"

# --- two connections, one memory -----------------------------------------------------

start video91 small --shm "ivshmem:$address"
start video92 small --shm "ivshmem:$address"
"${capture[@]}" --map --frames=60 /dev/video91 > "$work/91" 2>&1 &
first=$!
check "two at once: the one" "${capture[@]}" --map --frames=60 /dev/video92
wait $first
status=$?
check "two at once: the other" test "$status: $(cat "$work/91")" = \
	"0: $(grep '^frames=60 lost=[0-9]* wrong=0 ' "$work/91")"
end

# --- what it is good for --------------------------------------------------------------

start video91 large --shm "ivshmem:$address"
start video92 large
for round in 1 2 3; do
	check "$large, ivshmem, round $round" rate video91
	check "$large, vsock, round $round" rate video92
done
with=$(median video91)
without=$(median video92)
say "$large: $with MB/s by ivshmem, $without MB/s over vsock alone:" \
	"$large: $((with * 100 / without)) %"
check "at least three times as much as over vsock" test "$with" -ge $((without * 3))
end
stop_hostd

# --- a file ----------------------------------------------------------------------------

truncate -s 32M /dev/shm/both
start_hostd "${host[@]}" --shm /dev/shm/both
for node in 40:vivid 50:planes; do
	start video91 "${node#*:}" --shm file:/dev/shm/both
	as_native "${node#*:}, a file" "video${node%:*}" video91
	end
	copies "${node#*:}, a file" video91 $((640 * 360 * 2)) 0
done
stop_hostd

# --- one whose file system is full ------------------------------------------------------

mkdir "$work/full"
mount -t tmpfs -o size=1M tmpfs "$work/full"
truncate -s 32M "$work/full/both"
start_hostd "${host[@]}" --shm "$work/full/both"
start video91 vivid --shm "file:$work/full/both"
as_native "vivid, a full file system" video40 video91
end
check "a full file system: contents travel" test "$(counter video91 data-in)" -gt 0
check "a full file system: hostd says why" \
	grep -q 'a plane of 460800 bytes: No space left on device' "$LAB_OUT/hostd.log"
stop_hostd

start_hostd "${host[@]}" --shm /dev/shm/both
start video91 vivid
as_native "vivid, guestd without --shm" video40 video91
end
check "guestd without --shm: contents travel" test "$(counter video91 data-in)" -gt 0
check "and hostd says why" grep -q 'contents travel: guestd has none' "$LAB_OUT/hostd.log"
stop_hostd

if load_test_module vim2m; then
	node=$(node_of vim2m)
	head -c $((320 * 240 * 2 * 6)) /dev/urandom > "$work/played"
	check "vim2m, natively" m2m "$node" "$work/native"
	start_hostd --listen vsock:848 --allow cid:1 --verbose \
		--device "m2m=/dev/$node" --shm /dev/shm/both
	start video91 m2m --shm file:/dev/shm/both
	check "vim2m, ours" m2m video91 "$work/ours"
	check "vim2m: the same pictures" cmp "$work/native" "$work/ours"
	end
	check "vim2m: no contents in the socket" \
		test $(($(counter video91 data-in) + $(counter video91 data-out))) -eq 0
	check "vim2m: hostd copies nothing" test "$(host_counter shmem-copied)" -eq 0
	stop_hostd
fi
