// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that lies, in every way that is known of guests, to a real hostd.
 *
 * Command line and output: hostile_parts/attack.c; what each attack does:
 * hostile_guest_parts/guest.h.  Classes of bugs are B and R of tests/rules: what others
 * got wrong, and what everybody must survive; or a word where there is none.
 *
 * --spare=DIRECTORY, empty, is one where the attacker may mount a file system; the
 * process id of a device's server is in DIRECTORY.pid.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/shared/process.h"

#define ENDED    GUEST_ENDED
#define STRANGER 65533 /* whom no rule lets in */

/* clang-format off */
static const struct attack attacks[] = {
	/* frames */
	{ "headers: each field wrong, in 35 ways", "B1", frames_headers,
	  "35 of 35 " ENDED, 0 },
	{ "padding that is not 0", "B18", frames_padding, ENDED, 0 },
	{ "frames before HELLO", "protocol", frames_before_hello, "7 of 7 " ENDED, 0 },
	{ "a host's frames, a second HELLO, what was not agreed on", "protocol",
	  frames_out_of_place, "10 of 10 " ENDED, 0 },
	{ "unknown frames of 1 MiB that may be skipped", "protocol", frames_ignorable,
	  "skipped, and served", 0 },
	{ "HELLO: each field impossible", "protocol", frames_hellos, "8 of 8 " ENDED, 0 },
	{ "HELLO: no version", "protocol", frames_versions, "ended: no common version", 0 },
	{ "HELLO: a path, a format, an unknown name", "B30", frames_devices,
	  "7 of 7 refused", 0 },
	{ "CLOCK with an answer in it", "clock", frames_clock, "2 of 2 " ENDED, 0 },
	{ "connection cut at every 8th byte of HELLO", "B1", frames_cut, "left", 0 },

	/* commands */
	{ "unknown commands", "B29", commands_unknown, "all ENOTTY", 0 },
	{ "commands cut at every byte", "B20", commands_short, "all EINVAL", 0 },
	{ "unknown and closed sessions", "B34", commands_sessions, "all EINVAL", 0 },
	{ "sessions and addresses of another connection", "B32",
	  commands_foreign, "all of no use", 0 },
	{ "ioctls outside of the table", "numbers", commands_numbers, "all ENOTTY", 0 },
	{ "arguments cut short", "B20", commands_cut_arguments, "all EINVAL", 0 },
	{ "answers without room", "B11", commands_capacity, "all as far", 0 },
	{ "20 REQs of one tag", "B1", commands_same_tag, "all answered", 0 },
	{ "IO: lengths, directions, bytes that are not there", "B33", commands_io,
	  "all EINVAL", 0 },

	/* arguments */
	{ "every argument filled with 0xff, 0x41, 0x01, 0x80", "B20",
	  arguments_filled, "answered", 0 },
	{ "USERPTR and DMABUF, descriptors 0 to 19", "B30", arguments_memory,
	  "all 110 refused", 0 },
	{ "request_fd 0 to 19", "B30", arguments_requests, "all 80 refused", 0 },
	{ "pointers: does one come back?", "B31", arguments_pointers,
	  "6 of 6", 0 },
	{ "2^32-1 controls, planes", "B33", arguments_counts, "all 30 refused", 0 },
	{ "2^32-1 EDID blocks", "B33", arguments_edid, "all 12 refused", 0 },
	{ "2^32-1 clips, pointers in windows", "B30", arguments_windows,
	  "17 of 17", 0 },
	{ "unknown events", "B20", arguments_events, "all 4 refused", 0 },
	{ "payload of controls: lengths, addresses, AUX", "B33", controls_lengths,
	  "all 12 of 12 refused", 0 },
	{ "payload of controls that is not there", "B20", controls_without_payload,
	  "all 3 of 3 refused", 0 },
	{ "a pointer as a control's value", "B30", controls_pointers, "4 of 4", 0 },
	{ "1024 payloads of up to 4 GiB", "B33", controls_largest,
	  "all 3 of 3 refused", 0 },

	/* buffers */
	{ "DATA outside of planes, of another generation", "B15", buffers_elsewhere,
	  "forgotten", 0 },
	{ "DATA into queued buffers", "B7", buffers_queued, "forgotten", 0 },
	{ "DATA for what is unmapped, freed, closed", "B35", buffers_unmapped,
	  "forgotten", 0 },
	{ "half of DATA, then away", "B35", buffers_half, "left", 0 },
	{ "MMAP of no plane, of one 200 times", "R10", buffers_offsets,
	  "408 of 408", 0 },
	{ "MUNMAP beside a mapping, twice", "B32", buffers_munmap, "7 of 7", 0 },
	{ "2^32-1 buffers of 4 GiB", "B8", buffers_many, "6 of 6", 0 },
	{ "QBUF: bytesused, index, type, twice", "B28", buffers_used, "8 of 8", 0 },
	{ "away while it streams, 9 times", "B35", buffers_leave, "left", 0 },

	/* memory of both */
	{ "scribbling into shared buffers, and holes", "shared memory", shared_scribble,
	  "its own", ATTACK_SHARE },
	{ "hoarding shared memory, also when it has left", "shared memory", shared_hoard,
	  "no more than 1 GiB", ATTACK_SHARE },
	{ "cutting and sealing shared memory", "seals", shared_truncate, "10 of 10",
	  ATTACK_SHARE },
	{ "DMABUF: too short, can grow, another kind, 2 GiB, none", "B30",
	  shared_short, "7 of 7", ATTACK_SHARE },
	{ "65 OBJs for no REQ", "shared memory", shared_many, ENDED, ATTACK_SHARE },
	{ "128 OBJs for REQs that have no use for them", "shared memory", shared_unused,
	  "closed, and served", ATTACK_SHARE },

	/* descriptors */
	{ "descriptor of guestd's own node", "descriptors", descriptors_node, "all ended",
	  ATTACK_UNIX },
	{ "descriptor of the connection itself", "descriptors", descriptors_socket,
	  "all ended", ATTACK_UNIX },
	{ "descriptor of /dev/null", "descriptors", descriptors_null, "all ended",
	  ATTACK_UNIX },
	{ "descriptor of a memfd of 1 TiB", "descriptors", descriptors_huge, "all ended",
	  ATTACK_UNIX },
	{ "253 descriptors at once", "descriptors", descriptors_many, "all ended",
	  ATTACK_UNIX },
	{ "descriptor of a FUSE mount", "descriptors", descriptors_fuse, "all ended",
	  ATTACK_UNIX },
	{ "descriptor of a dead FUSE mount", "descriptors", descriptors_dead_fuse,
	  "all ended", ATTACK_UNIX },

	/* floods */
	{ "REQs without reading the answers", "B40", floods_unread, "held back", 0 },
	{ "CLOCKs without reading the answers", "B40", floods_clock, "held back", 0 },
	{ "all events, without reading them", "B24", floods_subscribe, "held back", 0 },
	{ "20480 CANCELs of nothing", "CANCEL", floods_cancel, "ignored", 0 },
	{ "300 times OPEN and CLOSE", "B34", floods_opens, "served", 0 },
	{ "OPEN without end", "B33", floods_sessions, "256 files, then EMFILE", 0 },
	{ "streaming without reading", "B40", floods_frames, "left", 0 },
	{ "100 connections with HELLO", "limits", floods_connections,
	  "64 served, 36 refused", 0 },
	{ "100 visits", "limits", floods_visits, "left", 0 },
	{ "away while two OPENs sleep", "B25", floods_asleep, "left",
	  ATTACK_UNIX | ATTACK_ROOT },

	/* too slow */
	{ "100 connections without HELLO", "limits", slow_crowd,
	  "64 timed out, 36 refused", ATTACK_LONG },
	{ "no HELLO", "time", slow_nothing, "ended: timed out", ATTACK_SLOW },
	{ "HELLO, a byte a second", "time", slow_hello, "ended: timed out",
	  ATTACK_SLOW },
	{ "half of a header", "time", slow_header, "ended: timed out", ATTACK_SLOW },
	{ "REQ, a byte a second", "time", slow_bytes, "ended: timed out",
	  ATTACK_SLOW },
	{ "DATA, a byte a second", "time", slow_data, "ended: timed out",
	  ATTACK_SLOW },
};
/* clang-format on */

/* One is refused, so that the process that does it is there. */
static void be_refused(void)
{
	pid_t pid = fork_child();
	struct peer peer;

	if (pid == 0) {
		become(STRANGER);
		peer_connect(&peer, scene.good);
		_exit(strcmp(peer_end(&peer, PEER_PATIENCE_MS),
			     "ended: not allowed")
			      ? 1
			      : 0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	static const struct attack_catalogue catalogue = {
		.rows = attacks,
		.count = sizeof(attacks) / sizeof(attacks[0]),
		.set_up = be_refused,
	};

	return attack_main(argc, argv, &catalogue);
}
