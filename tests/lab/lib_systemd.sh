# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the tests share in which systemd runs our services: it is the first process of a
# pid namespace, and starts what it is told to and no more, so that it is there soon.
#
# shellcheck source=tests/lab/lib_udev.sh
. "${BASH_SOURCE[0]%/*}/lib_udev.sh"

units=/run/systemd/system
systemd=	# process id of its first process, as seen from here

# install_units: as `make install', but without waiting for what a whole system begins
# with.  The units see neither /home nor /tmp, where build/ may be.
install_units()
{
	local unit

	install -D -t /usr/local/sbin "$build/guestd" "$build/hostd"
	mkdir -p "$units"
	for unit in "$root"/systemd/*.service "$root"/systemd/*.socket; do
		sed "s,@SBINDIR@,/usr/local/sbin," "$unit" > "$units/${unit##*/}"
		drop_in "${unit##*/}" early '[Unit]' DefaultDependencies=no
	done
	install -D -m 644 "$root/systemd/usermedia.sysusers" \
		/usr/local/lib/sysusers.d/usermedia.conf
	install -D -m 644 "$root/systemd/usermedia.tmpfiles" \
		/usr/local/lib/tmpfiles.d/usermedia.conf
	systemd-sysusers usermedia.conf 2> /dev/null || die "systemd-sysusers"
	systemd-tmpfiles --create usermedia.conf || die "systemd-tmpfiles"
}

# drop_in UNIT NAME LINE...: what an administrator adds to it
drop_in()
{
	local directory=$units/$1.d

	mkdir -p "$directory"
	printf '%s\n' "${@:3}" > "$directory/$2.conf"
}

# inside COMMAND...: as a program of that system, whose pids it has
inside()
{
	nsenter -t "$systemd" -m -p "$@"
}

ctl()
{
	inside systemctl --no-pager "$@"
}

systemd_is_up()
{
	ctl is-active lab.target
}

# start_systemd: and what units log goes to $LAB_OUT/journal.log, at the end
start_systemd()
{
	printf '%s\n' '[Unit]' 'Description=What a test needs' \
		'Wants=systemd-journald.socket systemd-journald.service' > "$units/lab.target"
	container=lab unshare --fork --pid --mount --mount-proc --kill-child \
		/lib/systemd/systemd --system --unit=lab.target --log-target=console \
		--show-status=no > "$LAB_OUT/systemd.log" 2>&1 &
	wait_until 20 pgrep -P $! > /dev/null || die "unshare"
	systemd=$(pgrep -P $!)
	wait_until 60 systemd_is_up || die "systemd: not up after 60 s"
}

# journal UNIT: its lines
journal()
{
	inside journalctl --no-pager -o cat -u "$1"
}

# property UNIT NAME: what systemd says of it
unit_property()
{
	ctl show -P "$2" "$1"
}

stop_systemd()
{
	inside journalctl --no-pager > "$LAB_OUT/journal.log" 2>&1
	kill -KILL "$systemd"
}
