#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 400
# modules: test
#
# test_matrix.sh [all | ID[/WAY]...]: runs the programs of matrix.rows, all rows or these,
# and leaves $LAB_OUT/results.  Without arguments it runs what `make check' is to, and what
# is found must be what README's table says.

# shellcheck source=tests/lab/lib_matrix.sh
. "${0%/*}/lib_matrix.sh"

wanted=" $* "

# The ways of the row that are run now
wanted_ways()
{
	case $wanted in
	'  ') [ "$in_check" = - ] || echo "$in_check" ;;
	' all ' | *" $id "*) echo native vsock unix bwrap crun ;;
	*" $id/"*) grep -o " $id/[a-z]*" <<< "$wanted" | sed 's,.*/,,' ;;
	esac
}

# As README has it?
compare()
{
	grep "^$id " "$results" > "$work/row"
	"$lab/matrix_table" compare "$work/row" "$root/README.md"
}

# refuses WHAT COMMAND...: the judge must not like what COMMAND makes of the frames
refuses()
{
	local what=$1
	shift

	"$@" > "$work/bent"
	if "$build/lab/bars" yuyv 640x480 30 "$work/bent" > "$work/said" 2>&1; then
		not_ok "bars refuses $what: $(< "$work/said")"
	else
		ok "bars refuses $what"
	fi
}

one_frame()
{
	local i

	for ((i = 0; i < 30; i++)); do
		head -c 614400 "$work/played"
	done
}

# Of each the lower half, and the upper half of the next one
torn_frames()
{
	tail -c +$((307200 + 1)) "$work/played"
	head -c 307200 "$work/played"
}

load_devices
if [ $# -eq 0 ]; then
	refuses "one frame, 30 times" one_frame
	refuses "torn frames" torn_frames
	refuses "29 frames" head -c $((29 * 614400)) "$work/played"
	refuses "other bytes" head -c $((30 * 614400)) /dev/urandom
fi
while read -r line <&3; do
	take_row "$line" || continue
	ways=$(wanted_ways)
	[ -n "$ways" ] || continue
	# shellcheck disable=SC2086 # words
	if ! is_here ${device//+/ }; then
		say "skipped: $id"
		continue
	fi
	for way in $ways; do
		cell "$way"
	done
	[ $# -gt 0 ] || check "$id, $ways: as README has it" compare
done 3< "$lab/matrix.rows"
[ -z "$udevd" ] || stop_udevd
