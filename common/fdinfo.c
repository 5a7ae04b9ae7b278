// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the kernel says of one of our descriptors.
 */
#include "common/fdinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define FDINFO_PATH_LEN 40
#define FDINFO_LINE_LEN 20
#define FDINFO_LEN      512 /* a dma-buf's has about 100, and a name at its end */

static int fdinfo_read(int fd, char *text)
{
	char path[FDINFO_PATH_LEN];
	ssize_t len;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return -errno;
	len = read(info, text, FDINFO_LEN - 1);
	if (len < 0)
		len = -errno;
	close(info);
	if (len < 0)
		return (int)len;
	text[len] = '\0';
	return 0;
}

int fdinfo_find(int fd, const char *key, long *value)
{
	char line[FDINFO_LINE_LEN];
	char text[FDINFO_LEN];
	const char *found;
	int ret;

	ret = fdinfo_read(fd, text);
	if (ret)
		return ret;
	/* The first line is pos. */
	snprintf(line, sizeof(line), "\n%s:\t", key);
	found = strstr(text, line);
	if (!found)
		return -ENODATA;
	if (value)
		*value = strtol(found + strlen(line), NULL, 10);
	return 0;
}
