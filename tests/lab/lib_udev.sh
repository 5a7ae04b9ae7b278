# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the tests share for which udev has to run: the real udevd, with our rules where
# `make install' puts them.
#
# shellcheck source=tests/lab/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

udevd=

start_udevd()
{
	install -D -m 644 -t /usr/local/lib/udev/rules.d "$root"/udev/*.rules
	/lib/systemd/systemd-udevd > "$LAB_OUT/udevd.log" 2>&1 &
	udevd=$!
	wait_until 20 udevadm control --ping || die "systemd-udevd: no answer after 20 s"
}

stop_udevd()
{
	stop "$udevd"
}

settle()
{
	udevadm settle --timeout=20 || not_ok "udevadm settle"
}

# Natively the nodes were there first.
trigger_native()
{
	udevadm trigger --subsystem-match=video4linux --action=add
	settle
}

# udev_has NODE, as guestd looks for it
udev_has()
{
	test -e "/run/udev/data/c$(< "/sys/class/cuse/$1/dev")"
}

others=()

# start_other NODE: a CUSE node that is not guestd's, and no V4L2 device
start_other()
{
	"$build/lab/other_cuse" "$1" &
	others+=($!)
	wait_until 20 udev_has "$1" || not_ok "other_cuse $1: no node after 20 s"
}

stop_others()
{
	local pid

	for pid in "${others[@]}"; do
		stop "$pid"
	done
	others=()
}
