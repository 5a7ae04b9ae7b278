// SPDX-License-Identifier: BSD-3-Clause
/*
 * What each process gives up.
 *
 * Every step makes the next process less worth attacking, and none can be taken
 * back: no_new_privs outlives execve(2), a closed descriptor stays closed.
 */
#include "hostd/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int sandbox_compare(const void *a, const void *b)
{
	const int *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static int sandbox_close_others(const int *keep, size_t count)
{
	unsigned int first = STDERR_FILENO + 1;
	int sorted[SANDBOX_KEEP_MAX];
	size_t i;

	if (count > SANDBOX_KEEP_MAX)
		return -E2BIG;
	for (i = 0; i < count; i++)
		sorted[i] = keep[i];
	qsort(sorted, count, sizeof(*sorted), sandbox_compare);

	for (i = 0; i < count; i++) {
		unsigned int kept = (unsigned int)sorted[i];

		if (first < kept && close_range(first, kept - 1, 0) < 0)
			return -errno;
		if (first <= kept)
			first = kept + 1;
	}
	return close_range(first, UINT_MAX, 0) < 0 ? -errno : 0;
}

int sandbox_child(const int *keep, size_t count)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return sandbox_close_others(keep, count);
}
