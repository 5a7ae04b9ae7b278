#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 120
#
# vivid's radios, natively and through us: their RDS by read() and write(), what
# programs make of it, and what v4l2-compliance says.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

rx=/dev/radio40 tx=/dev/radio41
our_rx=/dev/radio91 our_tx=/dev/radio92

# told FILE COMMAND...: what a program says of a node, whose name is left out, as is
# the media controller
told()
{
	local file=$1
	shift

	timeout -k 5 60 "$@" 2>&1 | sed 's,/dev/radio[0-9]*,NODE,g' | awk '
		/^[^\t]/ { media = /^(Media Driver|Interface|Entity) Info:/ }
		!media' > "$file"
}

# as_natively WHAT NATIVE OURS COMMAND...: with --device NATIVE, with --device OURS
as_natively()
{
	local what=$1 native=$2 ours=$3
	shift 3

	told "$work/native" "$@" --device "$native"
	told "$work/ours" "$@" --device "$ours"
	[ -s "$work/native" ] || not_ok "$what: natively it says nothing"
	check "$what: as natively" diff "$work/native" "$work/ours"
}

# What rds-ctl decodes within 8 s.  vivid changes its radio text and programme type
# back and forth by the time of the read(), so these are not the same twice.
decode()
{
	timeout -s INT -k 5 8 rds-ctl --device "$1" --read-rds --print-block \
		> "$work/rds" 2> /dev/null
	tr '\r' '\n' < "$work/rds" | grep -aE '^(PI|PS):' | sed 's/ *$//' |
		sort -u
	! grep -aq '^RT: .*Radio' "$work/rds" || echo "a radio text"
}

load cuse vsock_loopback
load_vivid n_devs=1 node_types=0x1010 radio_rx_nr=40 radio_tx_nr=41 no_error_inj=0
start_hostd --listen vsock:848 --allow cid:1 --device "rx=$rx" --device "tx=$tx"
start_guestd "${our_rx#/dev/}" --connect vsock:1:848 --remote rx
start_guestd "${our_tx#/dev/}" --connect vsock:1:848 --remote tx
inventory > "$work/before"
check "guestd gave radios their names without a warning" \
	test "$(grep -l 'use /dev/' "$LAB_OUT"/guestd-*.log | wc -l)" -eq 0

"$build/guestd" --device auto --connect vsock:1:848 --remote rx \
	> "$work/auto" 2>> "$LAB_OUT/guestd-auto.log" &
auto=$!
check "--device auto: a radio is a radio there" \
	wait_until 20 grep -qx /dev/radio0 "$work/auto"
stop $auto

as_natively "v4l2-ctl of the receiver" $rx $our_rx \
	v4l2-ctl --info --get-tuner --get-freq --list-freq-bands --list-ctrls
as_natively "v4l2-ctl of the transmitter" $tx $our_tx \
	v4l2-ctl --info --get-modulator --get-freq --list-freq-bands --list-ctrls
as_natively "v4l2-ctl seeks" $rx $our_rx \
	v4l2-ctl --freq-seek=dir=1 --get-freq
as_natively "rds-ctl" $rx $our_rx rds-ctl --info --get-tuner --get-freq

v4l2-ctl --device $rx --set-freq 95 > /dev/null
decode $rx > "$work/native"
decode $our_rx > "$work/ours"
say "rds-ctl natively: $(paste -sd, "$work/native")"
check "rds-ctl natively: PI, PS and a text" test "$(wc -l < "$work/native")" = 3
check "rds-ctl decodes the same" diff "$work/native" "$work/ours"

facts "$work/native" radio $rx $tx
facts "$work/ours" radio $our_rx $our_tx
same radio "$work/native" "$work/ours"
check_d_state radio
check_inventory radio "$work/before"
