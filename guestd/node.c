// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names of nodes: which are free, and whether one has come to be.
 */
#include "guestd/node.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/node_type.h"

#define MAJOR_MAX 4095 /* include/linux/kdev_t.h of the kernel */
#define MINOR_MAX 0xfffff

int node_parse_number(const char *text, unsigned int *major,
		      unsigned int *minor)
{
	unsigned long first;
	unsigned long second;
	char *end;

	first = strtoul(text, &end, 10);
	if (end == text || *end != ':' || first > MAJOR_MAX)
		return -EINVAL;
	text = end + 1;
	second = strtoul(text, &end, 10);
	if (end == text || (*end && *end != '\n') || second > MINOR_MAX)
		return -EINVAL;
	*major = (unsigned int)first;
	*minor = (unsigned int)second;
	return 0;
}

/* Of NODE_NAME_LEN; the kernel's own have no more than three digits. */
#define NAME_DIGITS 9

static bool is_number(const char *text)
{
	size_t len = strspn(text, "0123456789");

	return len && len <= NAME_DIGITS && !text[len] &&
	       (text[0] != '0' || len == 1);
}

int node_parse_name(const char *text, char *out)
{
	size_t len;

	if (!strncmp(text, "/dev/", 5))
		text += 5;
	len = node_type_parse(text, NULL);
	if (!len || !is_number(text + len))
		return -EINVAL;
	snprintf(out, NODE_NAME_LEN, "%s", text);
	return 0;
}

static bool name_free(const char *name)
{
	static const char *const places[] = {
		"/dev",
		"/sys/class/video4linux",
		"/sys/class/cuse",
	};
	char path[NODE_NAME_LEN + 64];
	struct stat st;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", places[i], name);
		if (!lstat(path, &st))
			return false;
	}
	return true;
}

int node_choose(char *name, uint32_t type)
{
	unsigned int i;

	if (name[0])
		return name_free(name) ? 0 : -EEXIST;
	for (i = 0; i < NODE_AUTO_MAX; i++) {
		snprintf(name, NODE_NAME_LEN, "%s%u", node_type_base(type), i);
		if (name_free(name))
			return 0;
	}
	name[0] = 0;
	return -EEXIST;
}

int node_look(const char *name, dev_t *rdev)
{
	char path[NODE_NAME_LEN + 64];
	char text[32];
	unsigned int major;
	unsigned int minor;
	struct stat st;
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "/sys/class/cuse/%s/dev", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	got = fgets(text, sizeof(text), file);
	fclose(file);
	if (!got || node_parse_number(text, &major, &minor))
		return 0;
	snprintf(path, sizeof(path), "/dev/%s", name);
	if (stat(path, &st) < 0)
		return 0;
	*rdev = makedev(major, minor);
	return S_ISCHR(st.st_mode) && st.st_rdev == *rdev ? 1 : -EEXIST;
}

#define LOOK_NS    (5 * LOOP_MS)
#define LOOK_COUNT 1000 /* 5 s */

struct node_wait {
	char name[NODE_NAME_LEN];
	struct loop_timer *timer;
	unsigned int looks;
	void (*made)(void *owner, int error, dev_t rdev);
	void *owner;
};

static void wait_look(void *data)
{
	struct node_wait *wait = data;
	dev_t rdev = 0;
	int ret = node_look(wait->name, &rdev);

	if (!ret && ++wait->looks < LOOK_COUNT)
		loop_timer_set(wait->timer, LOOK_NS);
	else
		wait->made(wait->owner,
			   ret < 0 ? ret
			   : ret   ? 0
				   : -ETIMEDOUT,
			   rdev);
}

int node_wait_create(struct loop *loop, const char *name,
		     void (*made)(void *owner, int error, dev_t rdev),
		     void *owner, struct node_wait **out)
{
	struct node_wait *wait = calloc(1, sizeof(*wait));

	if (!wait)
		return -ENOMEM;
	snprintf(wait->name, sizeof(wait->name), "%s", name);
	wait->made = made;
	wait->owner = owner;
	if (loop_timer(loop, wait_look, wait, &wait->timer)) {
		free(wait);
		return -ENOMEM;
	}
	loop_timer_set(wait->timer, LOOK_NS);
	*out = wait;
	return 0;
}

void node_wait_destroy(struct node_wait *wait)
{
	if (!wait)
		return;
	loop_timer_destroy(wait->timer);
	free(wait);
}
