#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 400
#
# Both daemons as services of systemd's, by our units: hostd is started by the first
# guest, both as users of their own; what is restarted, or hangs, comes back.

# shellcheck source=tests/lab/lib_systemd.sh
. "${0%/*}/lib_systemd.sh"

node=/dev/video91
other=/dev/video92

# main_pid UNIT: as seen from here
main_pid()
{
	local inner pid

	inner=$(unit_property "$1" MainPID)
	[ "$inner" != 0 ] || return
	for pid in $(family "$systemd"); do
		if [ "$(sed -n 's/^NSpid:.*\t//p' "/proc/$pid/status")" = "$inner" ]; then
			echo "$pid"
			return
		fi
	done 2> /dev/null
}

# is UNIT PROPERTY VALUE
is()
{
	local value

	value=$(unit_property "$1" "$2")
	echo "$2=$value"
	[ "$value" = "$3" ]
}

# runs_as UNIT USER CAPABILITIES
runs_as()
{
	local pid

	pid=$(main_pid "$1")
	check "$1: is $2" test "$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$pid/status")" = \
		"$(id -u "$2")"
	check "$1: capabilities" \
		test "$(sed -n 's/^CapPrm:\t//p' "/proc/$pid/status")" = "$3"
	check "$1: no_new_privs" \
		test "$(sed -n 's/^NoNewPrivs:\t//p' "/proc/$pid/status")" = 1
}

# frames NODE: some by read(), as a program of that system
frames()
{
	inside timeout 60 dd if="$1" of=/dev/null bs=32M count=3 iflag=fullblock
}

mapped()
{
	inside timeout 60 "$build/guestd-run" v4l2-ctl -d "$1" --stream-mmap \
		--stream-count=5 --stream-to=/dev/null
}

# opens NODE
opens()
{
	inside v4l2-ctl -d "$1" -D
}

# goes_on WHAT: both nodes, soon
goes_on()
{
	check "$1: unix goes on" wait_until 20 opens $node
	check "$1: vsock goes on" wait_until 20 opens $other
	check "$1: frames come" frames $node
}

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
install_units
start_udevd
trigger_native
udevadm trigger --sysname-match=cuse --action=add --settle
check "/dev/cuse is guestd's" test "$(stat -c %G:%a /dev/cuse)" = usermedia-guestd:660

options="--device cap=/dev/video40 --allow uid:usermedia-guestd --allow cid:1"
drop_in hostd.service options '[Service]' "Environment=\"HOSTD_OPTIONS=$options\"" \
	WatchdogSec=3s
drop_in guestd@.service watchdog '[Service]' WatchdogSec=3s
echo 'GUESTD_OPTIONS=--connect unix:/run/usermedia.sock --remote cap' \
	> /etc/usermedia/guestd-video91.conf
echo 'GUESTD_OPTIONS=--connect vsock:1:848' > /etc/usermedia/guestd-video92.conf
start_systemd

# --- the first guest ---------------------------------------------------------------

check "the sockets" ctl start hostd.socket hostd-vsock.socket
check "hostd is not started by them" is hostd.service ActiveState inactive
check "guestd over unix: ready" timeout 60 nsenter -t "$systemd" -m -p \
	systemctl start guestd@video91
check "the node is there then" test -c $node
check "hostd has been started by that" is hostd.service ActiveState active
check "hostd says what it has" is hostd.service StatusText "2 addresses, 1 devices, 2 rules"
check "guestd says how it is" is guestd@video91 StatusText "$node: connected"
check "guestd over vsock: ready" timeout 60 nsenter -t "$systemd" -m -p \
	systemctl start guestd@video92
check "udev has the node, too" test "$(stat -c %U:%G:%a $node)" = root:video:660
check "unix: frames" frames $node
check "unix: mmap()" mapped $node
check "vsock: frames" frames $other
check "vsock: mmap()" mapped $other
check "vsock: from a port below 1024" \
	grep -q 'hostd: cid 1 port [1-9][0-9]\{2\}: connected' <(journal hostd.service)
runs_as hostd.service usermedia-hostd 0000000000000000
runs_as guestd@video91 usermedia-guestd 0000000000000000
runs_as guestd@video92 usermedia-guestd 0000000000000400

# --- read again ----------------------------------------------------------------------

echo 'nonsense' > /etc/usermedia/hostd.conf
check "reload, of a bad file" ctl reload hostd.service
check "it is said" wait_until 20 is hostd.service StatusText \
	"not reloaded, see the log: 2 addresses, 1 devices, 2 rules"
printf '[device bars]\npattern =\n' > /etc/usermedia/hostd.conf
check "reload, of a good one" ctl reload hostd.service
check "it has that device, too" wait_until 20 is hostd.service StatusText \
	"2 addresses, 2 devices, 2 rules"
check "hostd is active, and as before" is hostd.service NRestarts 0
check "reloaded: frames" frames $node

# --- restarted -----------------------------------------------------------------------

guestd91=$(main_pid guestd@video91)
inside timeout 60 "$build/guestd-run" v4l2-ctl -d $node --stream-mmap \
	--stream-to=/dev/null > "$work/stream" 2>&1 &
stream=$!
wait_until 20 grep -q fps "$work/stream" || not_ok "a stream: $(< "$work/stream")"
check "hostd is restarted under a stream" ctl restart hostd.service
check "hostd restarted: the stream ends" wait_until 20 gone $stream
goes_on "hostd restarted"
check "hostd restarted: guestd is the same" test "$(main_pid guestd@video91)" = "$guestd91"

check "guestd is restarted" ctl restart guestd@video91
check "guestd restarted: it is another" test "$(main_pid guestd@video91)" != "$guestd91"
goes_on "guestd restarted"

# --- who hangs -----------------------------------------------------------------------

# hangs UNIT: it is stopped until the watchdog has it ended, and begun again
hangs()
{
	local pid before=${EPOCHREALTIME/./}

	pid=$(main_pid "$1")
	kill -STOP "$pid"
	check "$1 hangs: systemd ends it" wait_until 20 gone "$pid"
	check "$1 hangs: and starts it again" wait_until 20 is "$1" NRestarts 1
	check "$1 hangs: it is active" wait_until 20 is "$1" ActiveState active
	say "$1: back $(((${EPOCHREALTIME/./} - before) / 1000)) ms after it was stopped"
	goes_on "$1 hangs"
}

hangs hostd.service
hangs guestd@video91

# --- the end -------------------------------------------------------------------------

check "all is stopped" ctl stop guestd@video91 guestd@video92 hostd.socket \
	hostd-vsock.socket hostd.service
check "no node is left" test ! -e $node -a ! -e $other
check "no socket is left" test -z "$(find /run/usermedia -type s)"
for unit in hostd.service guestd@video91 guestd@video92; do
	check "$unit: no failure" is $unit Result success
done
stop_systemd
check "seccomp has ended nobody" test "$(dmesg | grep -c type=1326)" = 0
dmesg | grep type=1326 | sed 's/^/# /'
