// SPDX-License-Identifier: BSD-3-Clause
/*
 * flat SECONDS PID...: does what these processes have stay as it is?
 *
 * Looks at one of them each second, from a tenth of the time to nine tenths, and
 * prints of each the least and the most that it saw: memory of its own that it has
 * written to, files, threads.
 *
 *	hostd 228: KiB 92-92, fds 8-8, threads 1-1
 *
 * It takes next to no time of those beside it, unlike a shell.  Exit status: 1 if one
 * took more than two pages, or files or threads were not always as many.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "tests/lab/shared/process.h"
#include "tests/lab/shared/usage.h"

#define PROCESSES_MAX 16
#define MORE_KB_MAX   8 /* an allocator's two pages */
#define PERIOD_MS     1000

struct range {
	long least;
	long most;
};

struct watched {
	pid_t pid;
	struct range kb;
	struct range fds;
	struct range threads;
};

static void widen(struct range *range, long value)
{
	if (value < range->least)
		range->least = value;
	if (value > range->most)
		range->most = value;
}

static bool look(struct watched *watched)
{
	struct usage usage;

	if (!usage_look(watched->pid, &usage))
		return false;
	widen(&watched->kb, usage.kb);
	widen(&watched->fds, usage.fds);
	widen(&watched->threads, usage.threads);
	return true;
}

static bool report(const struct watched *watched)
{
	const struct range *kb = &watched->kb;
	const struct range *fds = &watched->fds;
	const struct range *threads = &watched->threads;
	const char *name = process_line(watched->pid, "comm");

	printf("%.*s %d: KiB %ld-%ld, fds %ld-%ld, threads %ld-%ld\n",
	       (int)strcspn(name, "\n"), name, watched->pid, kb->least,
	       kb->most, fds->least, fds->most, threads->least, threads->most);
	return kb->most - kb->least <= MORE_KB_MAX && fds->least == fds->most &&
	       threads->least == threads->most;
}

int main(int argc, char **argv)
{
	static const struct range none = { LONG_MAX, LONG_MIN };
	struct watched watched[PROCESSES_MAX];
	int count = argc - 2;
	bool flat = true;
	long begin;
	long ms;
	int i;

	if (count < 1 || count > PROCESSES_MAX) {
		fputs("usage: flat SECONDS PID...\n", stderr);
		return 2;
	}
	begin = now_ms();
	ms = strtol(argv[1], NULL, 10) * 1000;
	for (i = 0; i < count; i++)
		watched[i] = (struct watched){
			.pid = (pid_t)strtol(argv[i + 2], NULL, 10),
			.kb = none,
			.fds = none,
			.threads = none,
		};

	pause_ms(ms / 10);
	for (i = 0; now_ms() < begin + ms / 10 * 9; i = (i + 1) % count) {
		if (!look(&watched[i]))
			fatal(argv[i + 2]);
		pause_ms(PERIOD_MS);
	}
	for (i = 0; i < count; i++)
		flat &= report(&watched[i]);
	return !flat;
}
