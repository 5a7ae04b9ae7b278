// SPDX-License-Identifier: BSD-3-Clause
/*
 * What nothing that is built of these can be faster than: memcpy(), and a message there
 * and back, and bytes, over the sockets that both daemons may talk over.
 *
 * The other end is a child, which sends each message back, then takes a stream of bytes
 * and says, when it has them all, how much CPU time that took.
 */
#include "tests/bench/measure.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/kernel.h"
#include "tests/bench/pair.h"
#include "tests/lab/shared/process.h"

#define GROUP "floor"

#define PINGS 100

#define COPY_LEN   (4 << 20)
#define COPIES     4
#define STREAM_LEN (8 << 20)

/* ---- memory ---------------------------------------------------------------------- */

static void measure_memcpy(struct results *results)
{
	static const struct measure what = { GROUP, "memcpy()", "", "MB/s",
					     MEASURE_VALUE };
	char *from = calloc(2, COPY_LEN);
	uint64_t begun;
	int i;

	if (!from) {
		results->error = -ENOMEM;
		return;
	}
	memset(from, 1, 2 * COPY_LEN);
	for (i = 0; i < COPIES; i++) {
		begun = kernel_now_ns();
		memcpy(from + COPY_LEN, from, COPY_LEN);
		/* Somebody may look. */
		__asm__ volatile("" : : "r"(from) : "memory");
		results_take(results, &what,
			     COPY_LEN * 1e3 /
				     (double)(kernel_now_ns() - begun));
	}
	free(from);
}

/* ---- sockets --------------------------------------------------------------------- */

static uint64_t cpu_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* In the child: until the other end is gone, or a stream has come */
static _Noreturn void answer(int fd, char *bytes)
{
	uint64_t used;
	int i;

	for (i = 0; i <= PINGS; i++)
		if (!pair_take(fd, bytes, PAIR_PING_LEN) ||
		    !pair_give(fd, bytes, PAIR_PING_LEN))
			_exit(1);
	used = cpu_now_ns();
	if (!pair_take_stream(fd, STREAM_LEN))
		_exit(1);
	used = cpu_now_ns() - used;
	_exit(pair_give(fd, &used, sizeof(used)) ? 0 : 1);
}

static bool ping(struct results *results, const struct measure *what, int fd,
		 char *bytes)
{
	uint64_t begun;
	int i;

	for (i = 0; i <= PINGS; i++) {
		begun = kernel_now_ns();
		if (!pair_give(fd, bytes, PAIR_PING_LEN) ||
		    !pair_take(fd, bytes, PAIR_PING_LEN))
			return false;
		if (i)
			results_take(results, what,
				     (double)(kernel_now_ns() - begun) / 1e3);
	}
	return true;
}

static bool push(struct results *results, const struct measure *speed,
		 const struct measure *cost, int fd)
{
	uint64_t begun = kernel_now_ns();
	uint64_t used = cpu_now_ns();
	uint64_t used_there;

	if (!pair_give_stream(fd, STREAM_LEN))
		return false;
	used = cpu_now_ns() - used;
	if (!pair_take(fd, &used_there, sizeof(used_there)))
		return false;
	results_take(results, speed,
		     STREAM_LEN * 1e3 / (double)(kernel_now_ns() - begun));
	results_take(results, cost,
		     (double)(used + used_there) / 1e3 / (STREAM_LEN >> 20));
	return true;
}

/* What is measured of a socket */
enum { ROUND_TRIP, SPEED, COST, SOCKET_MEASURES };

static void cannot(struct results *results, const struct measure *measures,
		   const char *why)
{
	int i;

	for (i = 0; i < SOCKET_MEASURES; i++)
		results_cannot(results, &measures[i], "%s", why);
}

/* @kind: "unix" or "vsock" */
static void measure_socket(struct results *results, const char *kind,
			   int (*connect_both)(int ends[2]))
{
	static char bytes[PAIR_PING_LEN];
	const struct measure measures[SOCKET_MEASURES] = {
		[ROUND_TRIP] = { GROUP, "256 bytes and back", kind, "us",
				 MEASURE_VALUE },
		[SPEED] = { GROUP, "64 KiB at a time", kind, "MB/s",
			    MEASURE_VALUE },
		[COST] = { GROUP, "CPU time of both ends per MiB", kind, "us",
			   MEASURE_VALUE },
	};
	int ends[2];
	pid_t child;
	int ret;

	if (!results_could(results, &measures[ROUND_TRIP]))
		return;
	ret = connect_both(ends);
	if (ret) {
		cannot(results, measures, strerror(-ret));
		return;
	}
	child = fork_child();
	if (!child) {
		close(ends[0]);
		answer(ends[1], bytes);
	}
	close(ends[1]);
	if (!ping(results, &measures[ROUND_TRIP], ends[0], bytes) ||
	    !push(results, &measures[SPEED], &measures[COST], ends[0]))
		cannot(results, measures, "the other end has gone");
	close(ends[0]);
	waitpid(child, NULL, 0);
}

void measure_floors(struct results *results)
{
	measure_memcpy(results);
	measure_socket(results, "unix", pair_unix);
	measure_socket(results, "vsock", pair_vsock);
}
