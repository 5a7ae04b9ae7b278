// SPDX-License-Identifier: BSD-3-Clause
/*
 * Programs that lie to a guestd, at its node and at its socket for shims, while
 * another one streams from that node.
 *
 * Command line and output: hostile_parts/attack.c; what each attack does:
 * hostile_app_parts/program.h; classes of bugs as in hostile_guest.c.  ADDRESS says
 * what the table says of it.  --spare=DIRECTORY, empty, is one where the attacker may
 * mount a file system.
 */
#include "tests/lab/hostile_app_parts/program.h"

/* clang-format off */
static const struct attack attacks[] = {
	{ "shim: forged tokens, and one bit wrong", "tokens", asks_forged,
	  "200 of 200 refused", 0 },
	{ "shim: what there is not", "B33", asks_odd, "12 of 12 refused", 0 },
	{ "shim: questions too short and too long", "B20", asks_half, "all ", 0 },
	{ "shim: descriptors of /dev/null, of the socket itself, 253", "descriptors",
	  asks_descriptors, "4 of 4 of no use", 0 },
	{ "shim: descriptors of guestd's own node", "descriptors", asks_own_node,
	  "20 of 20 of no use", 0 },
	{ "shim: descriptors of a dead FUSE mount", "descriptors", asks_dead_fuse,
	  "8 of 8 of no use", 0 },
	{ "shim: 200 who say nothing", "time", asks_silent,
	  "others are answered 10 of 10", ATTACK_ROOT },
	{ "shim: 200 visits", "limits", asks_visits, "left", 0 },
	{ "ioctls of all numbers", "numbers", calls_numbers, "1280 answered", 0 },
	{ "every argument filled with 0xff, 0x41, 0x80", "B20", calls_filled,
	  "answered", 0 },
	{ "arguments and arrays where there is no memory", "B30", calls_pointers,
	  "all ", 0 },
	{ "buffers of another program's", "B32", calls_steal, "120 of 120 refused", 0 },
	{ "100 files at once, 3 times", "B33", calls_opens, "300 of 300", 0 },
	{ "40 programs killed in the middle of calls", "R9", calls_exits,
	  "40 of 40 ended", 0 },
	{ "12 programs whose pages a dead FUSE mount has", "pages", calls_stuck,
	  "12 of 12 wait, 12 killed", 0 },
	{ "12 programs whose pages a userfaultfd has", "pages", calls_faults,
	  "12 of 12 wait, 12 killed", ATTACK_ROOT },
};
/* clang-format on */

/*
 * Memory that guestd has for 100 files stays with it, and hostd's own file that hears of
 * controls as long as another program has one: no row is to be the first.
 */
static void open_many(void)
{
	calls_opens();
	calls_controls();
}

int main(int argc, char **argv)
{
	static const struct attack_catalogue catalogue = {
		.rows = attacks,
		.count = sizeof(attacks) / sizeof(attacks[0]),
		.set_up = open_many,
	};

	return attack_main(argc, argv, &catalogue);
}
