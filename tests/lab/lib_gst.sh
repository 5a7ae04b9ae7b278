# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
#
# What GStreamer looks at.  Sourced behind lib.sh, and by programs of the matrix.

# only_plugins DIRECTORY PLUGIN...: these alone, which are linked to there, as a look at
# all of them takes very long
only_plugins()
{
	local directory=$1 plugin
	shift

	mkdir "$directory"
	for plugin in coreelements "$@"; do
		ln -s "/usr/lib/$(uname -m)-linux-gnu/gstreamer-1.0/libgst$plugin.so" \
			"$directory/"
	done
	export GST_PLUGIN_SYSTEM_PATH_1_0=$directory
}
