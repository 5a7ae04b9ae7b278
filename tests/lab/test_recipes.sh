#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 90
#
# The recipes of the manuals, run as they stand there: the block below a line
# `.\" recipe: NAME' is NAME.  What is changed, because host and virtual machine
# are one here, stands in the calls of begin and run.  Programs are unmodified,
# and each frame must be byte for byte what the host's device gives natively.

# shellcheck source=tests/lab/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/lab/lib_container.sh
. "${0%/*}/lib_container.sh"

export PATH=$build:$PATH
cd "$work" || exit

# begin NAME [SED-SCRIPT]: recipe NAME has daemons; what they say is in NAME.log
begin()
{
	recipe "$1" | sed "${2-}" > "$1.sh"
	echo wait >> "$1.sh"
	bash "$1.sh" > "$LAB_OUT/$1.log" 2>&1 &
	begun=$!
}

# run NAME [SED-SCRIPT]: recipe NAME ends by itself
run()
{
	recipe "$1" | sed "${2-}" > "$1.sh"
	bash "$1.sh"
}

# daemon PID NAME: process id of the daemon among the children of PID
daemon()
{
	local pid

	for pid in $(family "$1"); do
		[ "$(< "/proc/$pid/comm")" = "$2" ] || continue
		echo "$pid"
		return
	done 2> /dev/null
	return 1
}

said()
{
	wait_until 20 grep -q "$2" "$LAB_OUT/$1.log"
}

# frame WHAT COMMAND...: makes frame.raw, which is the native frame
frame()
{
	local what=$1
	shift

	rm -f frame.raw
	check "$what" "$@" && check "$what: as natively" cmp frame.raw native.raw
}

gone_file()
{
	! [ -e "$1" ]
}

# --- the host's device ------------------------------------------------------------

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x111 vid_cap_nr=0 vid_out_nr=1 radio_rx_nr=0
# A picture that stands still: no clock in it.
v4l2-ctl -d 0 -c osd_text_mode=2 || die "vivid's controls"
v4l2-ctl -d 0 --stream-mmap --stream-count=1 --stream-to=native.raw \
	2> /dev/null || die "a native frame"

# --- a virtual machine ------------------------------------------------------------

begin vm-host 's/vhost_vsock/vsock_loopback/; s/cid:3/cid:1/'
vm_host=$begun
check "VM: hostd listens" said vm-host 'listening on vsock:848'
hostd=$(daemon "$vm_host" hostd) || die "VM: no hostd"

check "VM: guestd --list" test "$(run list)" = $'cam\tv4l2'

begin vm-guest
check "VM: guestd makes a node" said vm-guest '^/dev/video' ||
	die "VM: no node"
guest=$(daemon "$begun" guestd) || die "VM: no guestd"
node=$(grep -m 1 '^/dev/video' "$LAB_OUT/vm-guest.log")
check "VM: it is the first free one" test "$node" = /dev/video2
check "VM: v4l2-ctl knows the driver" grep -q 'Driver name *: vivid$' \
	<(v4l2-ctl -d "$node" --info)
frame "VM: dd, read()" run vm-program "s,/dev/video0,$node,"

frame "VM: guestd-run v4l2-ctl --stream-mmap" run vm-mmap "s,/dev/video0,$node,"

begin vm-stream
check "VM: guestd makes a second node" said vm-stream '^/dev/video9$'
guestds+=("$(daemon "$begun" guestd)") || die "VM: no second guestd"
frame "VM: v4l2-ctl --stream-user" run vm-stream-program

v4l2-ctl -d "$node" -c brightness=100
check "VM: a control that was set there is set on the host" \
	grep -q ' 100$' <(v4l2-ctl -d 0 -C brightness)
v4l2-ctl -d 0 -c brightness=128

stop_hostd
chown root:video /dev/video0
chmod 660 /dev/video0
begin unprivileged 's/cid:3/cid:1/'
check "VM: hostd listens, not as root" said unprivileged 'listening on vsock:848'
hostd=$(daemon "$begun" hostd) || die "VM: no hostd as nobody"
check "VM: it is not root" test "$(stat -c %U "/proc/$hostd")" = nobody
wait_until 5 v4l2-ctl -d "$node" --info
frame "VM: the same node with the new hostd" run vm-program \
	"s,/dev/video0,$node,"

stop "$guest"
check "VM: the node goes with guestd" wait_until 5 gone_file "$node"
stop_guestds
stop_hostd

# --- another kind of node ---------------------------------------------------------

begin radio-host 's/cid:3/cid:1/'
check "radio: hostd listens" said radio-host 'listening on vsock:848'
hostd=$(daemon "$begun" hostd) || die "radio: no hostd"
begin radio-guest
check "radio: guestd makes the first free radio" said radio-guest '^/dev/radio1$' ||
	die "radio: no node"
guestds+=("$(daemon "$begun" guestd)") || die "radio: no guestd"
v4l2-ctl -d /dev/radio0 --set-freq 95 > heard
run radio-program 's,/dev/radio0,/dev/radio1,; s/^/timeout -s INT 8 /' > heard 2>&1
check "radio: rds-ctl hears what is on the air" grep -aq 'PS *:' heard
stop_guestds
stop_hostd

# --- a container ------------------------------------------------------------------

begin container-host
check "container: guestd makes the node" said container-host '^/dev/video42$' ||
	die "container: no node"
hostd=$(daemon "$begun" hostd) || die "container: no hostd"
guest=$(daemon "$begun" guestd) || die "container: no guestd"
guestds+=("$guest")
check "container: its number, owner and mode" test \
	"$(stat -c '%Hr:%Lr %U:%G %a' /dev/video42)" = '81:300 root:video 660'

frame "container: unshare, dd" run container-unshare

# A node that somebody made in a /dev of its own, as runtimes do, and which
# outlives guestd.
cat > own-dev << 'END'
mount -t tmpfs dev /dev
mknod /dev/null c 1 3
mknod /dev/video0 c 81 300
dd if=/dev/video0 of=frame.raw bs=32M count=1
mv frame.raw before.raw
touch restart
until [ -e restarted ]; do sleep 0.05; done
dd if=/dev/video0 of=frame.raw bs=32M count=1
END
unshare --mount --pid --fork --mount-proc sh -e own-dev \
	> "$LAB_OUT/own-dev.log" 2>&1 &
container=$!
check "container: a node of its own" wait_until 20 test -e restart
check "container: a node of its own: as natively" cmp before.raw native.raw
stop "$guest"
guestds=()
wait_until 5 gone_file /dev/video42
recipe container-host | sed 1d > again
echo wait >> again
bash again > "$LAB_OUT/again.log" 2>&1 &
begun=$!
said again '^/dev/video42$' || die "container: guestd does not start again"
guest=$(daemon "$begun" guestd)
guestds+=("$guest")
rm -f frame.raw
touch restarted
wait $container
check "container: the same node after a restart of guestd: as natively" \
	cmp frame.raw native.raw

frame "container: bwrap, dd" run container-bwrap
# What is built here is not below /usr.
frame "container: bwrap, guestd-run" run container-mmap \
	"s,--ro-bind /usr /usr,& --ro-bind $root $root,"

# As nobody in group video, who may write to $work/tmp
oci()
{
	mkdir -p tmp && chmod 755 . && chmod 777 tmp &&
		(cd tmp && in_crun video42 "$@") &&
		mv tmp/frame.raw .
}

# shellcheck disable=SC2034 # for in_crun
oci_user='{ "uid": 65534, "gid": 65534, "additionalGids": [ 44 ] }' oci_name=video0
frame "container: crun, dd as nobody in group video" oci dd if=/dev/video0 of=frame.raw \
	bs=32M count=1
frame "container: crun, guestd-run as nobody in group video" oci "$build/guestd-run" \
	v4l2-ctl -d /dev/video0 --stream-mmap --stream-count=1 --stream-to=frame.raw

stop "$guest"
check "container: the node goes with guestd" wait_until 5 gone_file /dev/video42
guestds=()
stop_hostd
check "container: the socket goes with hostd" gone_file /run/usermedia.sock
