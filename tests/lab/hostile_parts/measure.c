// SPDX-License-Identifier: BSD-3-Clause
/*
 * What processes have: how many there are, their descriptors and memory.
 *
 * Anonymous memory only: planes of frames are a device's, or memfds.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lab/hostile_parts/attack.h"
#include "tests/lab/shared/process.h"
#include "tests/lab/shared/usage.h"

#define WATCHED_MAX 8
#define FAMILY_MAX  1024
#define SETTLE_MS   5000
#define STUCK_MS    1000
#define REST_MS     1500 /* more than SESSION_RELEASE_NS and MEMO_ROW_NS */

static pid_t watched[WATCHED_MAX];
static unsigned int watched_count;
static pid_t also;

void measure_watch(const char *pids)
{
	char *end;

	while (*pids && watched_count < WATCHED_MAX) {
		watched[watched_count++] = (pid_t)strtol(pids, &end, 10);
		pids = *end ? end + 1 : end;
	}
}

void measure_also(pid_t pid)
{
	also = pid;
}

static void measure_take(struct measure *out)
{
	pid_t family[FAMILY_MAX];
	unsigned int count = watched_count;
	struct usage usage;
	unsigned int i;

	memset(out, 0, sizeof(*out));
	memcpy(family, watched, count * sizeof(family[0]));
	if (also)
		family[count++] = also;
	for (i = 0; i < count; i++) {
		if (usage_look(family[i], &usage)) {
			out->fds += (unsigned int)usage.fds;
			out->kib += (unsigned long)usage.kb;
		}
		count += process_children(family[i], family + count,
					  FAMILY_MAX - count);
	}
	out->processes = count;
}

void measure_rest(struct measure *out)
{
	struct measure last;

	measure_take(out);
	do {
		last = *out;
		pause_ms(REST_MS);
		measure_take(out);
	} while (last.processes != out->processes || last.fds != out->fds);
}

bool measure_settles(const struct measure *before, struct measure *out)
{
	long end = now_ms() + SETTLE_MS;

	for (;;) {
		measure_take(out);
		if (out->processes == before->processes &&
		    out->fds == before->fds)
			return true;
		if (now_ms() > end)
			return false;
		pause_ms(10);
	}
}

/* Anybody is for a moment, who reads a file of the machine's. */
bool measure_d_state(void)
{
	long end = now_ms() + STUCK_MS;

	while (process_any_in_d_state()) {
		if (now_ms() > end)
			return true;
		pause_ms(10);
	}
	return false;
}
