# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the tests of hostile peers share beyond lib_fault.sh: the table of what was
# done and what happened, which is kept as $LAB_OUT/attacks.
#
# shellcheck source=tests/lab/lib_fault.sh
. "${BASH_SOURCE[0]%/*}/lib_fault.sh"

table=$LAB_OUT/attacks
: > "$table"

# attack TITLE PROGRAM OPTION... ADDRESS: one catalogue, one part of the table; each
# row is a check
attack()
{
	local title=$1 program=$2 status=0
	shift 2

	{
		echo
		echo "$title"
		echo
		echo "| attack | bug class | what happened | other guest's frames lost | memory KiB before/after | fds before/after |"
		echo "|---|---|---|---|---|---|"
	} >> "$table"
	say "$title"
	"$build/lab/$program" --table="$table" "$@" 2>&1 || status=$?
	[ $status -le 1 ] || not_ok "$program: exit status $status"
	[ $status -eq 0 ] || failed=1
}
