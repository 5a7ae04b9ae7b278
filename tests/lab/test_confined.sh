#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
#
# What guestd's two processes may do once the node is there, and what they do: strace
# sees no call that is not in their tables, while programs stream in every way, the
# connection is lost and made again, over vsock and over unix, and in the end.
#
# And the memory helper refuses to copy from whom it should not, also if guestd asks.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"

declare -A tracer=()

# table FILE: the calls in it, but those for sanitizers
table()
{
	sed '/#ifdef SANDBOX_TOOLS/,/#endif/d' "$root/guestd/$1" |
		sed -n 's/^\tSANDBOX_[A-Z_]*(\([a-z0-9_]*\),.*/\1/p' | sort -u
}

# field PID NAME: what /proc says, without blanks
field()
{
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"
}

# helper_of GUESTD
helper_of()
{
	family "$1" | sed -n 2p
}

# confined WHO PID CAPABILITIES
confined()
{
	check "$1: seccomp" test "$(field "$2" Seccomp)" = 2
	check "$1: no_new_privs" test "$(field "$2" NoNewPrivs)" = 1
	check "$1: capabilities" test "$(field "$2" CapEff) $(field "$2" CapPrm)" = "$3 $3"
	check "$1: none to inherit" \
		test "$(field "$2" CapInh)$(field "$2" CapAmb)" = 00000000000000000000000000000000
	check "$1: no core file" grep -q '^Max core file size *0 *0 ' "/proc/$2/limits"
	check "$1: not to be looked at" test "$(stat -c %a "/proc/$2/mem")" = 600
	say "$1: $(field "$2" Threads) threads, $(field "$2" VmRSS), Cap $(field "$2" CapEff)"
}

# trace NODE: the calls of both its processes from now on, in $work/NODE-loop and -helper
trace()
{
	strace -f -e signal=none -o "$work/$1-loop" -p "$guestd" 2> "$work/$1-traced" &
	tracer[$1]=$!
	strace -f -e signal=none -o "$work/$1-helper" -p "$(helper_of "$guestd")" \
		2> "$work/$1-traced-helper" &
	tracer[$1]+=" $!"
	wait_until 20 grep -q attached "$work/$1-traced" || die "strace: loop"
	wait_until 20 grep -q attached "$work/$1-traced-helper" || die "strace: helper"
}

# made FILE: the calls in what strace wrote
made()
{
	sed -n 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/p' "$1" | sort -u
}

# only_table WHO LOG TABLE CALL: CALL is one that its work takes
only_table()
{
	check "$1: no call that is not in its table" diff /dev/null \
		<(comm -23 <(made "$2") <(table "$3"))
	say "$1 made $(made "$2" | wc -l) of $(table "$3" | wc -l): $(made "$2" | xargs)"
	check "$1: was seen at work" grep -qx "$4" <(made "$2")
	check "$1: not ended by one" test "$(grep -c 'killed by SIGSYS' "$2")" = 0
}

# work NODE [dmabuf]: programs, each in its own way
work()
{
	local take=("$build/guestd-run" v4l2-ctl -d "/dev/$1" --stream-count=5)

	check "$1: mmap()" timeout 60 "${take[@]}" --stream-mmap --stream-to=/dev/null
	check "$1: USERPTR" timeout 60 "${take[@]}" --stream-user --stream-to=/dev/null
	check "$1: read()" timeout 60 dd if="/dev/$1" of=/dev/null bs=64k count=20
	check "$1: a large control" timeout 60 v4l2-ctl -d "/dev/$1" \
		-c u8_pixel_array=7 -C u8_pixel_array,brightness,menu
	[ "${2-}" != dmabuf ] || check "$1: dma-bufs" timeout 60 "${take[@]}" \
		--stream-mmap -e /dev/video42 --stream-out-dmabuf
	timeout 20 "$build/lab/forge" "/dev/$1" > "$work/forged" || not_ok "$1: forge"
}

# again NODE: the connection is lost, and made
again()
{
	stop_hostd
	check "$1: open() says that it is lost" wait_until 10 \
		sh -c "! v4l2-ctl -d /dev/$1 -D"
	host
	check "$1: and that it is made again" wait_until 10 v4l2-ctl -d "/dev/$1" -D
}

host()
{
	start_hostd --listen "unix:$unix" --listen vsock:848 --allow cid:1 \
		--device cap=/dev/video40
}

load cuse vsock_loopback
load_vivid n_devs=2 node_types=0x101,0x101 vid_cap_nr=40,41 vid_out_nr=42,43
host

vsock=0000000000000400
none=0000000000000000
helper=0000000000080004
start_guestd video91 --connect vsock:1:848 --verbose
loop91=$guestd helper91=$(helper_of "$guestd")
confined "loop, vsock" "$loop91" $vsock
confined "helper, vsock" "$helper91" $helper
trace video91
start_guestd video92 --connect "unix:$unix"
loop92=$guestd helper92=$(helper_of "$guestd")
confined "loop, unix" "$loop92" $none
confined "helper, unix" "$helper92" $helper

cat > "$work/want" << END
a thread in that ioctl on the node: copied
in another ioctl on the node: EFAULT
in that ioctl on another node: EFAULT
in read() of the node: EFAULT
asleep, with the node open: EFAULT
in no call, with the node open: no answer
the first process: EFAULT
guestd itself: EFAULT
who asks: EFAULT
who has ended: EFAULT
the first again: copied
END
timeout 60 "$build/lab/overreach" "$loop92" /dev/video92 /dev/video41 > "$work/told" 2>&1
check "what the helper copies" diff "$work/want" "$work/told"
check "guestd goes on" wait_until 20 v4l2-ctl -d /dev/video92 -D

trace video92
start_guestd video93 --connect "unix:$unix" --no-ptrace --shim-socket none
confined "helper, --no-ptrace" "$(helper_of "$guestd")" $none
check "--no-ptrace: a large control" timeout 60 v4l2-ctl -d /dev/video93 \
	-c u8_pixel_array=7 -C u8_pixel_array
stop "$guestd"

work video91
work video92 dmabuf
again video91
check "video92: made again, too" wait_until 10 v4l2-ctl -d /dev/video92 -D
check "video92: mmap() then" timeout 60 "$build/guestd-run" v4l2-ctl -d /dev/video92 \
	--stream-mmap --stream-count=5 --stream-to=/dev/null
check "both are the same processes still" \
	kill -0 "$loop91" "$helper91" "$loop92" "$helper92"

stop_guestds
for node in "${!tracer[@]}"; do
	for pid in ${tracer[$node]}; do
		wait "$pid"
	done
	only_table "loop of $node" "$work/$node-loop" sandbox_loop.c writev
	only_table "helper of $node" "$work/$node-helper" sandbox_helper.c \
		process_vm_writev
done
check "the socket files are gone" test ! -e /run/usermedia/video91.shim
check "seccomp has ended nobody" test "$(dmesg | grep -c type=1326)" = 0
dmesg | grep type=1326 | sed 's/^/# /'
