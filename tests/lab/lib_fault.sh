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

	timeout -k 5 240 "$build/lab/$1" "${@:2}" > "$file" || status=$?
	[ $status -eq 0 ] || not_ok "$*: exit status $status"
}

# same LABEL WANT GOT: two files with facts; each line is a check.  There are so many
# that awk says them all at once.
same()
{
	label=$1 awk '
		wanted { want[++wants] = $0; next }
		{ got[++gots] = $0 }
		END {
			for (i = 1; i <= wants || i <= gots; i++) {
				w = i <= wants ? want[i] : "(nothing)"
				g = i <= gots ? got[i] : "(nothing)"
				if (w == g) {
					print "ok " ENVIRON["label"] ": " w
					continue
				}
				print "not ok " ENVIRON["label"] ": " g
				print "# not as it should be: " w
				unlike = 1
			}
			exit unlike
		}' wanted=1 "$2" wanted=0 "$3" || failed=1
}

# Threads in uninterruptible sleep, of processes that have an executable: the
# kernel's own have none.
in_d_state()
{
	local pid rest

	cat /proc/[0-9]*/task/*/stat 2> /dev/null |
		sed -n 's/^\([0-9]*\) \((.*)\) D .*/\1 \2/p' |
		while read -r pid rest; do
			[ ! -e "/proc/$pid/exe" ] || echo "$pid $rest"
		done
}

nobody_in_d_state()
{
	[ -z "$(in_d_state)" ]
}

# Anybody is for a moment, who reads a file of the machine's.
check_d_state()
{
	if wait_until 5 nobody_in_d_state; then
		ok "$1: nobody is in D state"
	else
		not_ok "$1: nobody is in D state"
		say "$(in_d_state)"
	fi
}

# comm PID: the name of a process
comm()
{
	local name=

	{ read -r name < "/proc/$1/comm"; } 2> /dev/null
	echo "$name"
}

# named COMM PID...: those of them, and of all below them, that have this name
named()
{
	local name=$1 pid
	shift

	for pid in $(family "$@"); do
		[ "$(comm "$pid")" != "$name" ] || echo "$pid"
	done
}

# The daemons' processes and what they have open, to be compared; numbers in
# brackets say which socket, which pipe.
inventory()
{
	local pid pids

	mapfile -t pids < <(family "$hostd" "${guestds[@]}")
	for pid in "${pids[@]}"; do
		echo "process $(comm "$pid")"
	done | sort
	pids=("${pids[@]/#/\/proc\/}")
	find "${pids[@]/%/\/fd}" -type l -printf '%l\n' 2> /dev/null |
		sed 's/:\[[0-9]*\]$//' | sort
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
