// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a process has.
 */
#include "tests/lab/shared/usage.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is behind @key at the beginning of @line, NULL if that is not there */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) == 0 ? line + len : NULL;
}

static bool look_status(pid_t pid, struct usage *usage)
{
	const char *value;
	char path[64];
	char line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		value = value_of(line, "RssAnon:");
		if (value)
			usage->kb = strtol(value, NULL, 10);
		value = value_of(line, "Threads:");
		if (value)
			usage->threads = strtol(value, NULL, 10);
	}
	fclose(file);
	return true;
}

static bool look_fds(pid_t pid, struct usage *usage)
{
	char path[64];
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	directory = opendir(path);
	if (!directory)
		return false;
	while (readdir(directory))
		usage->fds++;
	closedir(directory);
	usage->fds -= 2; /* . and .. */
	return true;
}

bool usage_look(pid_t pid, struct usage *out)
{
	struct usage usage = { 0 };

	if (!look_status(pid, &usage) || !look_fds(pid, &usage))
		return false;
	*out = usage;
	return true;
}
