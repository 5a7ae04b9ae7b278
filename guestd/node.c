// SPDX-License-Identifier: BSD-3-Clause
/*
 * Names of nodes: which are free, and whether one has come to be.
 */
#include "guestd/node.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

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

int node_choose(char *name)
{
	unsigned int i;

	if (name[0])
		return name_free(name) ? 0 : -EEXIST;
	for (i = 0; i < NODE_AUTO_MAX; i++) {
		snprintf(name, NODE_NAME_LEN, "video%u", i);
		if (name_free(name))
			return 0;
	}
	name[0] = 0;
	return -EEXIST;
}

int node_look(const char *name, dev_t *rdev)
{
	char path[NODE_NAME_LEN + 64];
	unsigned int major;
	unsigned int minor;
	struct stat st;
	FILE *file;
	int got;

	snprintf(path, sizeof(path), "/sys/class/cuse/%s/dev", name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	got = fscanf(file, "%u:%u", &major, &minor);
	fclose(file);
	if (got != 2)
		return 0;
	snprintf(path, sizeof(path), "/dev/%s", name);
	if (stat(path, &st) < 0)
		return 0;
	*rdev = makedev(major, minor);
	return S_ISCHR(st.st_mode) && st.st_rdev == *rdev ? 1 : -EEXIST;
}
