// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies, in every way that is known of hosts, to a real guestd, which it
 * starts itself; and an application that gets what guestd makes of it.
 *
 * Command line and output: hostile_parts/attack.c; what each attack does:
 * hostile_host_parts/host.h; classes of bugs as in hostile_guest.c.  ADDRESS is where
 * it listens.  --spare=DIRECTORY, empty: it may mount a file system there; guestd logs to
 * DIRECTORY.log.
 */
#include "tests/lab/hostile_host_parts/host.h"
#include "tests/lab/hostile_host_parts/listen.h"

#define ENDED HOST_ENDED

/* clang-format off */
static const struct attack attacks[] = {
	{ "HELLO_ACK: text without end, and for a terminal", "names", hello_strings,
	  "done", 0 },
	{ "HELLO_ACK: no version", "protocol", hello_versions, "left 1 of 1", 0 },
	{ "HELLO_ACK: another device than before", "B14", hello_another,
	  "left 1 of 1", 0 },
	{ "GOAWAY again and again", "protocol", hello_goaways, "waits longer", 0 },
	{ "a guest's frames, a second HELLO_ACK, what was not agreed on", "protocol",
	  hello_frames, "left 7 of 7", 0 },
	{ "headers", "B1", hello_headers, "left 7 of 7", 0 },
	{ "CLOCK: answers to nothing, impossible times", "clock", hello_clock,
	  "left 3 of 3", 0 },
	{ "descriptors where none is agreed on", "descriptors", hello_descriptors,
	  "left 3 of 3", ATTACK_UNIX },

	{ "RESP to nobody", "B1", answers_to_nobody, ENDED, 0 },
	{ "RESP twice", "B7", answers_twice, ENDED, 0 },
	{ "IO_RESP in place of RESP", "B1", answers_of_io, ENDED, 0 },
	{ "RESP to one who has been killed", "B1", answers_late,
	  "once it is taken, twice: " ENDED, 0 },
	{ "status that is no errno", "errno", answers_status, "G_FMT: EIO", 0 },
	{ "answers too short and too long", "B11", answers_lengths, "G_FMT: EIO", 0 },
	{ "OPEN: too short", "B11", answers_open, "open: EIO", 0 },
	{ "REQBUFS: 2^32-1 buffers", "B8", answers_count, "REQBUFS: EINVAL", 0 },
	{ "QUERYBUF: longer than its memory, of another kind", "B7",
	  answers_buffer, "REQBUFS: EIO", 0 },
	{ "QUERYBUF: another index, type, request_fd", "B7", answers_identity,
	  "done", 0 },
	{ "controls: payload that grows", "B11", answers_controls,
	  "G_EXT_CTRLS: EIO", 0 },
	{ "names without end", "names", answers_names, "done, 3 times", 0 },

	{ "buffers that there are not", "B7", events_unknown_buffers, "done", 0 },
	{ "a buffer three times", "B7", events_twice, "done", 0 },
	{ "more bytes than the buffer has", "B7", events_lengths,
	  "within the buffer, or EIO", 0 },
	{ "buffers of other sessions", "B34", events_other_sessions, "done", 0 },
	{ "events of another length, unknown ones", "lengths",
	  events_lengths_of_frames, "15 of 15 " ENDED, 0 },
	{ "2000 events that nobody subscribed to", "B24", events_unsubscribed,
	  "DQBUF: EIO", 0 },
	{ "an error that is none", "B6", events_error, "DQBUF: EIO", 0 },
	{ "5000 events of no buffer", "B24", events_flood, "done", 0 },

	{ "MMAP: addresses outside of the window, odd ones", "B15",
	  memory_addresses, "REQBUFS: EIO", 0 },
	{ "MMAP: overlapping addresses", "B15", memory_overlapping,
	  "REQBUFS: EIO", 0 },
	{ "MMAP: lengths", "B15", memory_lengths, "REQBUFS: EIO", 0 },
	{ "DATA outside of planes, of another generation", "B15",
	  memory_elsewhere, "done", 0 },
	{ "DATA into finished buffers", "shared memory", memory_finished, "done", 0 },
	{ "OBJ that nobody asked for", "shared memory", memory_unasked, "left 2 of 2",
	  ATTACK_UNIX },
	{ "OBJ: no memory, the connection itself, unsealed, of another kind", "seals",
	  memory_kinds, "8 of 8 refused", ATTACK_UNIX },
	{ "OBJ: too short, of another length", "seals", memory_short,
	  "5 of 5 refused", ATTACK_UNIX },
	{ "OBJ: a memfd of 1 TiB", "seals", memory_huge, "done", ATTACK_UNIX },
	{ "OBJ with none, 2, 253 descriptors, twice", "descriptors", memory_many,
	  "4 of 4 refused", ATTACK_UNIX },
	{ "OBJ: descriptor of guestd's own node", "descriptors", memory_node,
	  "6 of 6 refused", ATTACK_UNIX },
	{ "guestd's own node where no descriptor is agreed on", "descriptors",
	  memory_node_alone, "3 of 3 refused", ATTACK_UNIX },
	{ "OBJ: descriptor of a dead FUSE mount", "descriptors", memory_dead_fuse,
	  "2 of 2 refused", ATTACK_UNIX },

	{ "no answer to an ioctl", "B1", waits_silent, "killed in time", 0 },
	{ "no answer to OPEN", "B1", waits_open, "killed in time", 0 },
	{ "a host that does not read", "B40", waits_unread, "killed in time", 0 },
	{ "away while a program waits", "R9", waits_away, "DQBUF: ENODEV", 0 },
	{ "HELLO_ACK: fields that are impossible", "protocol", hello_fields,
	  "left 4 of 4", ATTACK_LONG },
	{ "HELLO_ACK: features that were not offered", "protocol", hello_features,
	  "left 1 of 1", ATTACK_LONG },
	{ "HELLO_ACK: lists without end, and odd ones", "B33", hello_lists,
	  "left 2 of 2", ATTACK_LONG },
	{ "HELLO_ACK, a byte a second", "time", waits_slow_ack, "left after",
	  ATTACK_LONG },
};
/* clang-format on */

int main(int argc, char **argv)
{
	static const struct attack_catalogue catalogue = {
		.rows = attacks,
		.count = sizeof(attacks) / sizeof(attacks[0]),
		.set_up = listen_start,
		.mend = listen_again,
		.end = listen_stop,
	};

	return attack_main(argc, argv, &catalogue);
}
