// SPDX-License-Identifier: BSD-3-Clause
/*
 * Another guest's program: frames by USERPTR, each looked at, in a process of its own.
 *
 * It has buffers for 400 ms at 30 frames a second: so long the machine may do
 * something else than the VM, and so long nobody may hold up the good guest.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lab/capture_parts/capture.h"
#include "tests/lab/hostile_parts/attack.h"
#include "tests/lab/shared/process.h"

#define GOOD_SECONDS 3600
#define GOOD_WAIT_MS 1000
#define GOOD_BUFFERS 12

static struct capture nobody;
static struct capture *good = &nobody;
static pid_t good_pid;

static void take(const char *node)
{
	good->path = node;
	good->fd = open(node, O_RDWR | O_CLOEXEC);
	if (good->fd < 0)
		fatal(node);
	capture_set(good);
	capture_take(good);
	_exit(0);
}

uint64_t good_seen(void)
{
	return __atomic_load_n(&good->seen, __ATOMIC_RELAXED);
}

uint64_t good_lost(void)
{
	return __atomic_load_n(&good->lost, __ATOMIC_RELAXED) +
	       __atomic_load_n(&good->wrong, __ATOMIC_RELAXED);
}

bool good_goes_on(void)
{
	uint64_t seen = good_seen();
	long end = now_ms() + GOOD_WAIT_MS;

	while (good_pid && good_seen() == seen) {
		if (now_ms() > end)
			return false;
		pause_ms(5);
	}
	return true;
}

void good_start(const char *node)
{
	good = shared_memory(sizeof(*good));
	*good = (struct capture){ .method = CAPTURE_USER,
				  .buffers = GOOD_BUFFERS,
				  .seconds = GOOD_SECONDS,
				  .next = 1 };
	good_pid = fork_child();
	if (good_pid == 0)
		take(node);
	while (!good_seen())
		if (waitpid(good_pid, NULL, WNOHANG) == good_pid)
			fatal(node);
		else
			pause_ms(10);
}

void good_stop(void)
{
	if (!good_pid)
		return;
	kill(good_pid, SIGKILL);
	waitpid(good_pid, NULL, 0);
}
