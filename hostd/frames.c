// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frames for software devices: memory and clock.
 *
 * The timerfd is one-shot and set to an absolute time: a periodic one has whole
 * nanoseconds, so 30 Hz would drift away from its own tick numbers.
 */
#include "hostd/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/monotonic.h"

#define FRAMES_SECOND_NS 1000000000ull

int frames_memfd(size_t len, int *fd, void **bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = (len + page - 1) / page * page;
	void *map;
	int memfd;
	int ret;

	if (len == 0 || whole < len)
		return -EINVAL;

	memfd = memfd_create("usermedia-frame",
			     MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0)
		return -errno;

	if (ftruncate(memfd, (off_t)whole) < 0) {
		ret = -errno;
		goto err_close;
	}

	if (fcntl(memfd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) {
		ret = -errno;
		goto err_close;
	}

	map = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
	if (map == MAP_FAILED) {
		ret = -errno;
		goto err_close;
	}

	*fd = memfd;
	*bytes = map;
	return 0;

err_close:
	close(memfd);
	return ret;
}

/*
 * @ns: 0 disarms it.  Nobody reads the descriptor, so one that is readable stays so
 * until it is set to another time.
 */
static void frames_clock_arm(struct frames_clock *clock, uint64_t ns)
{
	struct itimerspec when = {
		.it_value.tv_sec = (time_t)(ns / FRAMES_SECOND_NS),
		.it_value.tv_nsec = (long)(ns % FRAMES_SECOND_NS),
	};

	if (ns == clock->wake_ns)
		return;

	/* Fails for bad arguments only. */
	timerfd_settime(clock->fd, TFD_TIMER_ABSTIME, &when, NULL);
	clock->wake_ns = ns;
}

int frames_clock_init(struct frames_clock *clock)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0)
		return -errno;

	memset(clock, 0, sizeof(*clock));
	clock->fd = fd;
	return 0;
}

void frames_clock_finish(struct frames_clock *clock)
{
	/* A daemon's 0, 1 and 2 are open, so 0 is a zeroed clock. */
	if (!clock || clock->fd <= 0)
		return;

	close(clock->fd);
	memset(clock, 0, sizeof(*clock));
}

int frames_clock_start(struct frames_clock *clock, uint32_t numerator,
		       uint32_t denominator)
{
	if (numerator == 0 || denominator == 0)
		return -EINVAL;

	clock->start_ns = monotonic_ns();
	clock->numerator = numerator;
	clock->denominator = denominator;
	clock->tick = 0;
	frames_clock_wake(clock, FRAMES_WAKE_TICK);
	return 0;
}

void frames_clock_stop(struct frames_clock *clock)
{
	clock->numerator = 0;
	clock->denominator = 0;
	clock->tick = 0;
	frames_clock_arm(clock, 0);
}

uint64_t frames_clock_due(const struct frames_clock *clock, uint64_t tick)
{
	unsigned __int128 ns = tick;

	if (clock->denominator == 0)
		return 0;

	ns = ns * clock->numerator * FRAMES_SECOND_NS;
	ns = (ns + clock->denominator - 1) / clock->denominator;
	return clock->start_ns + (uint64_t)ns;
}

uint64_t frames_clock_take(struct frames_clock *clock, uint64_t *time_ns)
{
	unsigned __int128 elapsed, period;
	uint64_t tick;

	if (clock->denominator == 0)
		return 0;

	/* Both times the denominator, so that no fraction is lost. */
	elapsed = monotonic_ns() - clock->start_ns;
	elapsed *= clock->denominator;
	period = clock->numerator;
	period *= FRAMES_SECOND_NS;
	tick = (uint64_t)(elapsed / period);
	if (tick <= clock->tick)
		return 0;

	clock->tick = tick;
	*time_ns = frames_clock_due(clock, tick);
	frames_clock_wake(clock, FRAMES_WAKE_TICK);
	return tick;
}

void frames_clock_wake(struct frames_clock *clock, enum frames_wake wake)
{
	uint64_t ns = 0;

	switch (wake) {
	case FRAMES_WAKE_NEVER:
		break;
	case FRAMES_WAKE_TICK:
		if (clock->denominator)
			ns = frames_clock_due(clock, clock->tick + 1);
		break;
	case FRAMES_WAKE_NOW:
		ns = 1; /* long ago */
		break;
	}
	frames_clock_arm(clock, ns);
}
