/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The memory helper's end of its socket, on a test's own loop.
 *
 * The application is this process, so its memory is at hand.  It does what the
 * real one does with regions and identities, and answers about callers what a
 * test tells it to.
 */
#ifndef TESTS_FAKE_HELPER_H
#define TESTS_FAKE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "guestd/helper_marks.h"
#include "guestd/helper_wire.h"

#define FAKE_HELPER_REGIONS 512
#define FAKE_HELPER_HELD    64

/** struct fake_helper_region - Plane memory that guestd has shown */
struct fake_helper_region {
	uint64_t id;
	bool removed; /* but a job that is held came before */
	void *bytes;
	size_t len;
	struct helper_request request; /* that has shown it */
};

/**
 * struct fake_helper - All of it
 * @nonblock:	What NONBLOCK answers: 1, 0, -EAGAIN, -EFAULT
 * @signals:	What SIGNALS answers: HELPER_SIGNAL_*
 * @fault:	This address of the application cannot be touched; 0: NULL only
 * @tgid:	Who it takes the callers for
 * @silent:	Jobs wait, as behind a stuck page, until it is false and
 *		fake_helper_answer() is called
 * @loses:	Descriptors that it answers with get lost on their way
 * @attached:	The last ATTACH
 * @owned:	The last OWNER
 * @marks:	Of MARKS; NULL: there was none
 * @asked:	How often each thing was asked for
 */
struct fake_helper {
	int fd;
	struct loop_watch *watch;
	int nonblock;
	int signals;
	uint64_t fault;
	int32_t tgid;
	bool silent;
	bool loses;
	struct helper_request attached;
	struct helper_request owned;
	struct helper_marks *marks;
	unsigned int asked[HELPER_TYPE_COUNT];
	struct fake_helper_region regions[FAKE_HELPER_REGIONS];
	struct helper_request held[FAKE_HELPER_HELD];
	unsigned int held_count;
	struct helper_request request; /* that is coming in */
	size_t request_len;
	int request_fd;
};

/** fake_helper_start() - Return: guestd's end, for memory_create() */
int fake_helper_start(struct fake_helper *helper, struct loop *loop);
void fake_helper_finish(struct fake_helper *helper);

/** fake_helper_answer() - Do what was held back, in its order */
void fake_helper_answer(struct fake_helper *helper);

/** fake_helper_region_count() - How many planes it knows */
unsigned int fake_helper_region_count(const struct fake_helper *helper);

#endif
