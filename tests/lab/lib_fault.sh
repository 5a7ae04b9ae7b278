# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the tests of faults (signals, files, stuck pages, deaths) share beyond
# lib.sh: facts that programs print, one per line, and what must be back where
# it was.
#
# shellcheck source=tests/lab/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# facts FILE PROGRAM ARGUMENT...: what the program prints, within a minute
facts()
{
	local file=$1 status=0
	shift

	timeout -k 5 60 "$build/lab/$1" "${@:2}" > "$file" || status=$?
	[ $status -eq 0 ] || not_ok "$*: exit status $status"
}

# same LABEL WANT GOT: two files with facts; each line is a check
same()
{
	local label=$1 i want got

	mapfile -t want < "$2"
	mapfile -t got < "$3"
	for ((i = 0; i < ${#want[@]} || i < ${#got[@]}; i++)); do
		if [ "${want[i]-}" = "${got[i]-}" ]; then
			ok "$label: ${want[i]}"
		else
			not_ok "$label: ${got[i]-(nothing)}"
			say "not as it should be: ${want[i]-(nothing)}"
		fi
	done
}

# Threads in uninterruptible sleep, of processes that have an executable: the
# kernel's own have none.
in_d_state()
{
	local pid

	for pid in /proc/[0-9]*; do
		[ ! -e "$pid/exe" ] || cat "$pid"/task/*/stat
	done 2> /dev/null | sed -n 's/^\([0-9]* (.*)\) D .*/\1/p'
}

nobody_in_d_state()
{
	local found

	found=$(in_d_state)
	echo "$found"
	[ -z "$found" ]
}

check_d_state()
{
	wait_until 5 nobody_in_d_state || :
	check "$1: nobody is in D state" nobody_in_d_state
}

# The daemons' processes and what they have open, to be compared.
inventory()
{
	local pid

	# shellcheck disable=SC2046 # numbers
	for pid in $(family "$hostd" "${guestds[@]}"); do
		echo "$pid $(cat "/proc/$pid/comm")"
	done
	# shellcheck disable=SC2046 # numbers
	fds $(family "$hostd" "${guestds[@]}")
}

inventory_is()
{
	diff "$1" <(inventory)
}

# check_inventory WHAT FILE: as it was when `inventory > FILE', in a moment
check_inventory()
{
	wait_until 5 inventory_is "$2" || :
	check "$1: processes and their files are as before" inventory_is "$2"
}
