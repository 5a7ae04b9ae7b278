/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long the calls of one client take while others do what they do.
 */
#ifndef TESTS_LAB_SHARED_TIMES_H
#define TESTS_LAB_SHARED_TIMES_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct times - Of calls that guestd answers, the host, and with the helper's aid
 * @error:	errno of the last that failed; ETIME if they did not end
 * @median_us:	Of one of each
 * @longest_us:	The same; the first one opens the node, too
 */
struct times {
	int error;
	long median_us;
	long longest_us;
};

/** times_measure() - Of a process of user @uid that opens the node and closes it */
void times_measure(const char *path, uid_t uid, struct times *times);

/** times_delayed() - Is that more than sharing a machine explains? */
bool times_delayed(const struct times *times, const struct times *before);

#endif
