# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What the scripts that run usermedia-bench share: nodes that do nothing but echo, and
# numbers out of its JSON.
#
# shellcheck source=tests/lab/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

echoes=()
# shellcheck disable=SC2034 # for the scripts
tracing=/sys/kernel/tracing

# start_echo NAME local|unix|vsock [DEVICE]: /dev/NAME
start_echo()
{
	: > "$work/$1"
	"$build/lab/cuse_echo" "$@" > "$work/$1" 2>> "$LAB_OUT/$1.log" &
	echoes+=($!)
	wait_until 20 test -c "/dev/$1" || die "cuse_echo $1 $2: no node after 20 s"
}

stop_echoes()
{
	local pid

	for pid in "${echoes[@]}"; do
		stop "$pid"
	done
	echoes=()
}

# bench NAME ARG...: usermedia-bench with mmap() of ours; $LAB_OUT/NAME.json and .svg.
# stdout is its text
bench()
{
	timeout -k 5 600 "$build/guestd-run" "$build/usermedia-bench" \
		--json "$LAB_OUT/$1.json" --svg "$LAB_OUT/$1.svg" "${@:2}"
}

# mount_tracing: usermedia-bench can have the kernel count what messages copy then
mount_tracing()
{
	mount -t tracefs tracefs "$tracing" || die "mount -t tracefs"
}

heading()
{
	printf '\n# %s\n\n' "$*"
}

# number FILE KEY NODE NAME [OF]: of that measurement and node; nothing if there is none.
# Each has a line in the file.
number()
{
	awk -v key="\"$2\": " -v node="{\"node\": \"$3\"," \
		-v name="\"name\": \"$4\", \"of\": \"${5-}\"," '
		/"group": / { here = index($0, name) }
		here && index($0, node) && (at = index($0, key)) {
			print substr($0, at + length(key)) + 0
			exit
		}' "$1"
}

# ratios FILE NODE GROUP: LOW HIGH NAME of each measurement, a line each
ratios()
{
	awk -F '"' -v node="{\"node\": \"$2\"," -v group="$3" '
		/"group": / { name = $4 == group ? $8 : "" }
		name != "" && index($0, node) && match($0, /"low": [^}]*/) {
			split(substr($0, RSTART, RLENGTH), part, /[:,] */)
			print part[2], part[4], name
		}' "$1"
}

# is_json FILE: a value of JSON.  Strings become s and all else v, until nothing is left.
is_json()
{
	local left before=

	left=$(tr -d '\n\t' < "$1" | sed -E 's/"([^"\\]|\\.)*"/s/g; s/ //g
		s/-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?/v/g')
	while [ "$left" != "$before" ]; do
		before=$left
		left=$(sed -E 's/\{(s:[vs](,s:[vs])*)?\}/v/g
			s/\[([vs](,[vs])*)?\]/v/g' <<< "$left")
	done
	[ "$left" = v ] || { echo "$left" | head -c 1000; return 1; }
}
