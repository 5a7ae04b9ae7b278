// SPDX-License-Identifier: BSD-3-Clause
/*
 * A test program that leaves a descriptor open has failed.
 *
 * This is part of each of them, and says nothing if all is well.  Which test it was is
 * for the program's own checks, where it has them (tests/fds.h).
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FDS_MAX 1024

static bool before[FDS_MAX];
static pid_t program;

/* Calls @each with what is open, but for the directory in which that stands. */
static void walk(void (*each)(int fd))
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	int fd;

	if (!directory)
		abort();
	while ((entry = readdir(directory))) {
		fd = (int)strtol(entry->d_name, NULL, 10);
		if (entry->d_name[0] != '.' && fd != dirfd(directory) &&
		    fd < FDS_MAX)
			each(fd);
	}
	closedir(directory);
}

static void remember(int fd)
{
	before[fd] = true;
}

static int left;

static void find(int fd)
{
	char path[32];
	char target[256];
	ssize_t len;

	if (before[fd])
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = 0;
	fprintf(stderr, "descriptor %d is left open: %s\n", fd, target);
	left++;
}

__attribute__((constructor)) static void begin(void)
{
	program = getpid();
	walk(remember);
}

/* A child that exits has others. */
__attribute__((destructor)) static void end(void)
{
	if (getpid() != program)
		return;
	walk(find);
	if (left) {
		fflush(NULL);
		_exit(1);
	}
}
