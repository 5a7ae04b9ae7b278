#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 150
#
# udev does with our nodes, by udev/60-usermedia.rules, what it does with native ones
# by systemd's: group, mode, tags, properties, links.

# shellcheck source=tests/lab/lib_udev.sh
. "${0%/*}/lib_udev.sh"

# property NODE NAME: what udev knows of it
property()
{
	udevadm info --query=property --property="$2" --value "/dev/$1"
}

# All by which programs and logind choose nodes, and who may open it
facts()
{
	property "$1" ID_V4L_VERSION
	property "$1" ID_V4L_PRODUCT
	property "$1" ID_V4L_CAPABILITIES
	property "$1" CURRENT_TAGS | tr : '\n' | sort
	permissions "$1"
}

permissions()
{
	stat -c '%U:%G %a' "/dev/$1"
}

has_permissions()
{
	[ "$(permissions "$1")" = "$2" ] || {
		permissions "$1"
		return 1
	}
}

same_facts()
{
	diff <(facts "$1") <(facts "$2")
}

# links_are NODE LINK...: all it has, and that they lead there
links_are()
{
	local node=$1 link
	shift

	for link; do
		[ "$(readlink -f "/dev/$link")" = "/dev/$node" ] || {
			echo "/dev/$link does not lead to $node"
			return 1
		}
	done
	diff <(printf '%s ' "$@" | xargs -rn1 | sort) \
		<(udevadm info --query=symlink "/dev/$node" | xargs -rn1 | sort)
}

# Both kinds
video_links_are()
{
	links_are "$1" "v4l/by-id/usermedia-$1-video-index0" \
		"v4l/by-path/virtual-usermedia-$1-video-index0"
}

# Of what is linked in /dev/v4l, that which leads to a node called $1
links_left()
{
	local found

	found=$(find /dev/v4l -type l -lname "*/$1" 2> /dev/null)
	echo "$found"
	[ -n "$found" ]
}

load cuse
# shellcheck disable=SC2119 # no parameters
load_whole_vivid
start_udevd
trigger_native

start_hostd --listen "unix:$unix" --device cap=/dev/video40 --device out=/dev/video41 \
	--device vbi=/dev/vbi40 --device fm=/dev/radio40 --device sdr=/dev/swradio40 \
	--device touch=/dev/v4l-touch40

# --- as native nodes ------------------------------------------------------------

while read -r remote native node; do
	start_guestd "$node" --connect "unix:$unix" --remote "$remote"
	# Not settled: guestd has waited.
	check "$node: what udev says of $native" same_facts "$native" "$node"
	case $node in
	video*) check "$node: links" video_links_are "$node" ;;
	vbi*)
		check "$node: link" links_are "$node" \
			"v4l/by-path/virtual-usermedia-$node-video-index0"
		;;
	*) check "$node: no links" links_are "$node" ;;
	esac
done <<- END
	cap video40 video91
	out video41 video92
	vbi vbi40 vbi91
	fm radio40 radio91
	sdr swradio40 swradio91
	touch v4l-touch40 v4l-touch91
END
check "whoever is in group video may open it" \
	setpriv --reuid nobody --regid nogroup --groups video v4l2-ctl -d /dev/video91 -D
check "nobody else may" \
	test "$(setpriv --reuid nobody --regid nogroup --clear-groups \
		sh -c ': < /dev/video91' 2>&1 | grep -c 'Permission denied')" = 1

# --- who watches the links ---------------------------------------------------------

"$build/lab/links" /dev/v4l/by-path > "$work/links" &
watcher=$!
wait_until 20 grep -q ready "$work/links" || not_ok "links: not ready after 20 s"
start_guestd video95 --connect "unix:$unix" --remote cap
check "who watches by-path, as Firefox, sees a node that comes" \
	wait_until 20 grep -q created "$work/links"
check "none that goes" test "$(grep -c deleted "$work/links")" = 0
stop "$guestd"
check "and then one that goes" wait_until 20 grep -q deleted "$work/links"
stop $watcher

# --- who has said what owner and mode are ------------------------------------------

chown nobody /dev/video92
chmod 0666 /dev/video92
udevadm trigger --settle /dev/video92
check "a later event leaves permissions alone" has_permissions video92 "nobody:video 666"

start_guestd video93 --connect "unix:$unix" --remote out --owner nobody:audio --mode 0600
settle
check "--owner and --mode: udev leaves them alone" has_permissions video93 "nobody:audio 600"
check "--owner and --mode: no uaccess" test -z "$(property video93 CURRENT_TAGS)"
check "--owner and --mode: properties" test "$(property video93 ID_V4L_VERSION)" = 2
mark=/run/usermedia/video93.permissions
check "their mark is there" test -e "$mark"
kill -KILL "$guestd"
wait "$guestd" 2> /dev/null
wait_until 20 test ! -e /dev/video93 || not_ok "the node goes with guestd"
settle
start_guestd video93 --connect "unix:$unix" --remote out
check "a mark left behind does not count" has_permissions video93 "root:video 660"
start_guestd video94 --connect "unix:$unix" --remote out --mode 0600
check "--mode alone: no group" has_permissions video94 "root:root 600"
stop "$guestd"
check "the mark goes with guestd" test ! -e "${mark/93/94}"

# --- the host is away -----------------------------------------------------------------

facts video91 > "$work/before"
stop_hostd
udevadm trigger --settle /dev/video91
check "without the host: properties are those before" diff "$work/before" <(facts video91)
check "without the host: links" video_links_are video91

# --- the end ----------------------------------------------------------------------------

check "links before guestd ends" links_left video91
stop_guestds
settle
for node in video91 video92 vbi91; do
	check "$node: links go with guestd" test -z "$(links_left $node)"
done

# --- CUSE nodes of others ---------------------------------------------------------------

start_other mixer9
start_other video95
settle
check "mixer9 of somebody else: left alone" has_permissions mixer9 "root:root 600"
check "mixer9: no tags" test -z "$(property mixer9 CURRENT_TAGS)"
check "mixer9: no links" links_are mixer9
check "video95 that is no V4L2 device: no properties" \
	test -z "$(property video95 ID_V4L_VERSION)"
check "video95: no links" links_are video95
stop_others
stop_udevd
