#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 180
#
# An application whose memory does not come - a page behind userfaultfd, or of a
# file of the user's own FUSE file system that never answers - holds up nobody but
# itself, can be killed, and too many of them cost only their own user.

# shellcheck source=tests/lab/lib_fault.sh
. "${0%/*}/lib_fault.sh"

mount=$work/FUSE

# stuck NODE PAGE CASE COUNT KILLED THEN: so many get stuck.  KILLED of them end
# when they are killed; the others are in D state until the page cannot come.
# THEN is what calls of their user do meanwhile.
stuck()
{
	local page=$2 count=$4 label

	label="${page##*/}, $4 with $3"
	cat > "$work/want" << EOF
stuck: $count of $count
others meanwhile: 0, not delayed
the same user meanwhile: 0, not delayed
killed: $5 of $count ended, $((count - $5)) in D state
others then: 0, not delayed
the same user then: $6, not delayed
REQBUFS then: 0
the page cannot come any more: $count of $count ended, 0 in D state
the same user at last: 0
EOF
	facts "$work/told" stuck "${@:1:4}"
	same "$label" "$work/want" <(grep -v '^#' "$work/told")
	sed -n "/before\|others meanwhile/s/^# /# $label, /p" "$work/told"
	[ "$page" = uffd ] || umount -l "$page" 2> /dev/null || :
}

helper_threads()
{
	local pid

	for pid in $(family "$guestd" | tail -n +2); do
		ls "/proc/$pid/task"
	done | wc -l
}

# Its first, which guestd talks to, and the one of the shim's socket
two_threads()
{
	[ "$(helper_threads)" -eq 2 ]
}

one_helper()
{
	[ "$(grep -lx guestd-memory /proc/[0-9]*/comm | wc -l)" -eq 1 ]
}

# guestd ends, and another takes its place, while its helper waits for a page.
end_meanwhile()
{
	local old=$guestd holder

	mkfifo "$work/gate"
	"$build/lab/stuck" hold /dev/video91 "$mount" controls < "$work/gate" \
		> "$work/held" 2>&1 &
	holder=$!
	exec 9> "$work/gate"
	wait_until 20 grep -q '^stuck: 1 of 1' "$work/held" ||
		die "nobody gets stuck: $(< "$work/held")"
	kill -TERM "$old"
	check "FUSE: guestd ends meanwhile" wait_until 5 gone "$old"
	check "FUSE: its node goes" wait_until 5 test ! -e /dev/video91
	start_guestd video91 --connect "unix:$unix" --profile stream --mode 0666
	check "FUSE: another guestd serves the same name" timeout 20 \
		"$build/lab/userptr" /dev/video91
	echo end >&9
	exec 9>&-
	wait $holder
	check "FUSE: who was stuck ends" grep -q \
		'^the page cannot come any more: 1 of 1 ended, 0 in D' \
		"$work/held"
	umount -l "$mount" 2> /dev/null || :
	check "FUSE: no helper is left of the first guestd" \
		wait_until 5 one_helper
}

load cuse fuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
chmod 755 "$work"
chmod 666 /dev/video40 /dev/fuse
mkdir "$mount"
chown nobody "$mount"
start_hostd --listen "unix:$unix" --device cap=/dev/video40

# The argument itself is the kernel's to copy, before guestd hears of it: who is
# killed then waits for a FUSE page in D state, natively, too.
say "native"
stuck /dev/video40 "$mount" argument 1 0 0
stuck /dev/video40 "$mount" controls 10 0 0
stuck /dev/video40 uffd controls 10 10 0

say "ours"
start_guestd video91 --connect "unix:$unix" --profile stream --mode 0666
inventory > "$work/before"
stuck /dev/video91 "$mount" argument 1 0 0
for page in uffd "$mount"; do
	# Eight threads of the helper may be lost to one user.
	stuck /dev/video91 "$page" controls 7 7 0
	stuck /dev/video91 "$page" controls 12 12 EFAULT
	stuck /dev/video91 "$page" queue 1 1 0
done
stuck /dev/video91 uffd dequeue 1 1 0
check "the helper's threads are gone" wait_until 5 two_threads
check_d_state stuck
check_inventory stuck "$work/before"

end_meanwhile
check_d_state "guestd ended meanwhile"
