// SPDX-License-Identifier: BSD-3-Clause
/*
 * What guestd and udev say to each other about a node.
 *
 * guestd says it with a file, which the rule has a TEST for.  It cannot go the other
 * way round, and guestd have the last word: udev would have let others in before.
 *
 * That udev is done is seen by its data base, in which there is a file for each node
 * that it has come across (libudev looks there, too).
 */
#include "guestd/udev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/log.h"
#include "guestd/node.h"

#define RUN_DIR      "/run/usermedia"
#define UDEV_CONTROL "/run/udev/control"
#define UDEV_DATA    "/run/udev/data"

#define LOOK_NS    (5 * LOOP_MS)
#define LOOK_COUNT 1000 /* 5 s */

int udev_keep_off(const char *name, bool ours)
{
	char path[sizeof(RUN_DIR) + NODE_NAME_LEN + 16];
	int fd;

	snprintf(path, sizeof(path), RUN_DIR "/%s.permissions", name);
	if (!ours)
		return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
	/* Whatever the umask is. */
	if (mkdir(RUN_DIR, 0755) < 0 ? errno != EEXIST
				     : chmod(RUN_DIR, 0755) < 0)
		return -errno;
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

struct udev_wait {
	char entry[sizeof(UDEV_DATA) + 32];
	struct loop_timer *timer;
	unsigned int looks;
	void (*done)(void *owner);
	void *owner;
};

static void udev_look(void *data)
{
	struct udev_wait *wait = data;

	if (access(UDEV_CONTROL, F_OK) < 0 || !access(wait->entry, F_OK)) {
		wait->done(wait->owner);
		return;
	}
	if (++wait->looks < LOOK_COUNT) {
		loop_timer_set(wait->timer, LOOK_NS);
		return;
	}
	log_info("udev: no %s after 5 s, going on", wait->entry);
	wait->done(wait->owner);
}

int udev_wait_create(struct loop *loop, dev_t rdev, void (*done)(void *owner),
		     void *owner, struct udev_wait **out)
{
	struct udev_wait *wait = calloc(1, sizeof(*wait));

	if (!wait)
		return -ENOMEM;
	snprintf(wait->entry, sizeof(wait->entry), UDEV_DATA "/c%u:%u",
		 major(rdev), minor(rdev));
	wait->done = done;
	wait->owner = owner;
	if (loop_timer(loop, udev_look, wait, &wait->timer)) {
		free(wait);
		return -ENOMEM;
	}
	loop_timer_set(wait->timer, 0);
	*out = wait;
	return 0;
}

void udev_wait_destroy(struct udev_wait *wait)
{
	if (!wait)
		return;
	loop_timer_destroy(wait->timer);
	free(wait);
}
