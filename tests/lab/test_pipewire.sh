#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# timeout: 240
#
# PipeWire offers our nodes as cameras, in two ways: it finds them by libudev, started
# with guestd-run -d, or pipewire/50-usermedia.conf names one.  Frames come by GStreamer's
# pipewiresrc, as natively: bars that move, each frame whole and unlike the one before.

# shellcheck source=tests/lab/lib_udev.sh
. "${0%/*}/lib_udev.sh"
# shellcheck source=tests/lab/lib_container.sh
. "${0%/*}/lib_container.sh"
# shellcheck source=tests/lab/lib_gst.sh
. "${0%/*}/lib_gst.sh"

run=$build/guestd-run
for program in pipewire wireplumber dbus-daemon pw-cli gst-launch-1.0; do
	command -v $program > "$work/which" || {
		say "skipped: no $program here"
		exit
	}
done

# --- a session ------------------------------------------------------------------------

# As a login makes it; wireplumber wants to hear of others.
export XDG_RUNTIME_DIR=/run/user/0
export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
install -d -m 700 "$XDG_RUNTIME_DIR"
mkdir -p /run/systemd/{seats,sessions,users,machines}
dbus-daemon --session --address="$DBUS_SESSION_BUS_ADDRESS" --nofork 2> "$LAB_OUT/dbus.log" &
bus=$!
wait_until 20 test -S "$XDG_RUNTIME_DIR/bus" || die "dbus-daemon: no socket after 20 s"

# id_of NODE.NAME: of the node that PipeWire calls so
id_of()
{
	pw-cli ls Node 2> /dev/null | awk -v name="\"$1\"" '
		$1 == "id" { id = $2 + 0 }
		$1 == "node.name" && $3 == name { print id; found = 1 }
		END { exit !found }'
}

# source_of NODE: what PipeWire calls the source that it has found
source_of()
{
	pw-cli ls Node 2> /dev/null | awk -v path="\"v4l2:/dev/$1\"" '
		$1 == "object.path" { found = $3 == path }
		$1 == "node.name" && found { gsub(/"/, "", $3); print $3; any = 1 }
		END { exit !any }'
}

# begin WRAPPER...: PipeWire and wireplumber, which is done when it knows the native node
begin()
{
	"$@" pipewire >> "$LAB_OUT/pipewire.log" 2>&1 &
	pipewire=$!
	wait_until 20 pw-cli ls Core || die "pipewire: no answer after 20 s"
	"$@" wireplumber >> "$LAB_OUT/wireplumber.log" 2>&1 &
	wireplumber=$!
	wait_until 30 source_of video40 || not_ok "$*: wireplumber: no native node after 30 s"
}

end()
{
	stop $wireplumber
	stop $pipewire
}

only_plugins "$work/plugins" pipewire

# frames NODE.NAME: 30 of that source's are whole and new
frames()
{
	local id

	wait_until 20 id_of "$1" || return 1
	id=$(id_of "$1")
	rm -f "$work/frames"
	timeout 60 gst-launch-1.0 -q pipewiresrc "path=$id" num-buffers=30 ! \
		video/x-raw,format=YUY2,width=320,height=180,framerate=25/1 ! \
		filesink location="$work/frames"
	"$build/lab/bars" yuyv 320x180 30 "$work/frames"
}

load cuse
load_vivid n_devs=1 node_types=0x1 vid_cap_nr=40
v4l2-ctl -d 40 -c osd_text_mode=2,horizontal_movement=4 || die "vivid's controls"
start_udevd
trigger_native
start_hostd --listen "unix:$unix" --device cap=/dev/video40

# --- found --------------------------------------------------------------------------------

begin
native=$(source_of video40)
check "natively: 30 frames" frames "$native"
end

start_guestd video91 --connect "unix:$unix"
settle
begin "$run"
check "without -d: not found" test -z "$(source_of video91)"
end

begin "$run" -d
wait_until 30 source_of video91
ours=$(source_of video91)
check "guestd-run -d: found" test -n "$ours"
check "guestd-run -d: 30 frames" frames "$ours"
start_guestd video92 --connect "unix:$unix"
check "guestd-run -d: a node that comes is found" wait_until 30 source_of video92
stop "$guestd"
gone_source()
{
	! source_of video92
}
check "guestd-run -d: a node that goes is gone" wait_until 30 gone_source
end

# --- named --------------------------------------------------------------------------------

install -D -m 644 -t /etc/pipewire/pipewire.conf.d "$root/pipewire/50-usermedia.conf"
begin "$run"
check "50-usermedia.conf: PipeWire starts without the node" test -z "$(id_of v4l2_input.usermedia)"
end
start_guestd video0 --connect "unix:$unix"
begin "$run"
check "50-usermedia.conf, guestd-run: 30 frames" frames v4l2_input.usermedia
end

stop $bus
stop_udevd

# --- started by systemd ---------------------------------------------------------------------

# What systemd says of usermedia(7)'s files, whom nobody starts here
verify()
{
	XDG_CONFIG_HOME=$work/config systemd-analyze --user verify "$1.service" 2>&1
}

no_complaint()
{
	local said

	if said=$(verify "$1") && [ -z "$said" ]; then
		return
	fi
	echo "$said"
	return 1
}

if command -v systemd-analyze > "$work/which"; then
	for service in pipewire wireplumber; do
		directory=$work/config/systemd/user/$service.service.d
		mkdir -p "$directory"
		recipe pipewire-service | sed "s,bin/pipewire,bin/$service," \
			> "$directory/usermedia.conf"
		check "$service.service: it is read" \
			grep -q 'local/bin/guestd-run is not executable' <(verify $service)
	done
	ln -s "$run" /usr/local/bin/
	for service in pipewire wireplumber; do
		check "$service.service: systemd takes it" no_complaint $service
	done
else
	say "skipped: no systemd-analyze here"
fi
