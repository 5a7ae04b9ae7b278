// SPDX-License-Identifier: BSD-3-Clause
/*
 * What each process gives up.
 *
 * Every step makes the next process less worth attacking, and none can be taken
 * back.  The order is that of what they need: the file system is left with a
 * capability, which is given up next, and then all of these calls are.
 */
#include "hostd/confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/log.h"
#include "common/sandbox.h"
#include "hostd/confine_view.h"

#define CONFINE_FILES    16384
#define CONFINE_DATA_LEN (1ull << 30)

/* Whose view is empty: they open nothing. */
#define CONFINE_BLIND                                                          \
	(1u << SANDBOX_GUEST | 1u << SANDBOX_CONVERT | 1u << SANDBOX_REFUSER)
#define CONFINE_ALL ((1u << SANDBOX_ROLE_COUNT) - 1)

/**
 * struct confine_limit - One row
 * @roles:	1 << enum sandbox_role
 * @most:	What a process may have, if it has not less already
 */
struct confine_limit {
	int resource;
	unsigned int roles;
	rlim_t most;
};

/*
 * Not here: RLIMIT_FSIZE, which would be one for memfds, whose sizes are a guest's
 * frames; RLIMIT_NPROC, which counts all processes of our user; RLIMIT_AS, since the
 * device's buffers are mapped, and counted in hostd/window.h.
 */
static const struct confine_limit confine_limits[] = {
	/*
	 * More than a guest can need, by CLIENT_SESSIONS_MAX and
	 * WINDOW_MAPPINGS_MAX; far less than the machine has.
	 */
	{ RLIMIT_NOFILE, CONFINE_ALL, CONFINE_FILES },
#if !defined(SANDBOX_TOOLS) && !defined(SANDBOX_UNLOADED)
	/*
	 * Heap and stacks: what our own accounting has missed costs the guest
	 * its connection.  libv4l2 reserves 32 frames per file, and uses few.
	 */
	{ RLIMIT_DATA, CONFINE_ALL & ~(1u << SANDBOX_CONVERT),
	  CONFINE_DATA_LEN },
#endif
};
#define CONFINE_LIMITS (sizeof(confine_limits) / sizeof(confine_limits[0]))

static bool confine_sighted; /* there are no empty views here */

/* ---- descriptors ----------------------------------------------------- */

static int confine_compare(const void *a, const void *b)
{
	const int *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static int confine_close_others(const int *keep, size_t count)
{
	unsigned int first = STDERR_FILENO + 1;
	int sorted[CONFINE_KEEP_MAX];
	size_t i;

	if (count > CONFINE_KEEP_MAX)
		return -E2BIG;
	for (i = 0; i < count; i++)
		sorted[i] = keep[i];
	qsort(sorted, count, sizeof(*sorted), confine_compare);

	for (i = 0; i < count; i++) {
		unsigned int kept = (unsigned int)sorted[i];

		if (first < kept && close_range(first, kept - 1, 0) < 0)
			return -errno;
		if (first <= kept)
			first = kept + 1;
	}
	return close_range(first, UINT_MAX, 0) < 0 ? -errno : 0;
}

/* ---- limits ---------------------------------------------------------- */

static int confine_limit(const struct confine_limit *row)
{
	struct rlimit limit;

	if (getrlimit(row->resource, &limit) < 0)
		return -errno;
	if (limit.rlim_cur > row->most)
		limit.rlim_cur = row->most;
	if (limit.rlim_max > row->most)
		limit.rlim_max = row->most;
	return setrlimit(row->resource, &limit) < 0 ? -errno : 0;
}

static int confine_limit_all(enum sandbox_role role)
{
	size_t i;
	int ret;

	for (i = 0; i < CONFINE_LIMITS; i++) {
		if (!(confine_limits[i].roles & 1u << role))
			continue;
		ret = confine_limit(&confine_limits[i]);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* ---- privileges ------------------------------------------------------ */

static int confine_drop_capabilities(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	capng_clear(CAPNG_SELECT_BOTH);
	/* The bounding set is only root's to change. */
	if (capng_apply(CAPNG_SELECT_BOTH) && capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	return 0;
}

/* ---- the whole ------------------------------------------------------- */

int confine_prepare(void)
{
	int error, ret;

	ret = sandbox_calls_prepare();
	if (ret < 0)
		return ret;

	ret = confine_view_try(&error);
	if (ret < 0)
		return ret;
	confine_sighted = error < 0;
	if (confine_sighted)
		log_warn("processes of guests are not cut off from the file "
			 "system and the network, but for their system calls: "
			 "no namespaces: %s: see SECURITY CONSIDERATIONS in "
			 "hostd(8)",
			 strerror(-error));
	return 0;
}

int confine_enter(enum sandbox_role role, const int *keep, size_t count)
{
	int ret;

	ret = confine_close_others(keep, count);
	if (ret < 0)
		return ret;
	ret = confine_limit_all(role);
	if (ret < 0)
		return ret;
	if (!confine_sighted && (CONFINE_BLIND & 1u << role)) {
		ret = confine_view_enter();
		if (ret < 0)
			return ret;
	}
	ret = confine_drop_capabilities();
	if (ret < 0)
		return ret;
	ret = sandbox_hide();
	return ret < 0 ? ret : sandbox_calls_enter(role);
}

int confine_listener(void)
{
	return confine_drop_capabilities();
}
