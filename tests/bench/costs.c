// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a process and all below it have used, from /proc and its CPU clock.
 */
#include "tests/bench/costs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/shared/process.h"

#define FAMILY_MAX 256

/* The numbers behind these words at the beginning of a line, added up. */
static int add_lines(pid_t pid, const char *name, const char *const *words,
		     uint64_t *sum)
{
	char path[64];
	char line[256];
	FILE *file;
	size_t i;
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	errno = 0;
	while (fgets(line, sizeof(line), file))
		for (i = 0; words[i]; i++)
			if (!strncmp(line, words[i], strlen(words[i])))
				*sum += strtoull(line + strlen(words[i]), NULL,
						 10);
	ret = ferror(file) ? -errno : 0;
	fclose(file);
	return ret;
}

static int add_copied(pid_t pid, struct costs *costs)
{
	static const char *const words[] = { "rchar:", "wchar:", NULL };

	return add_lines(pid, "io", words, &costs->copied);
}

/* Return: how many there are: @pid, and those below it, parents first */
static unsigned int find_family(pid_t pid, pid_t *family)
{
	unsigned int count = 1;
	unsigned int i;

	family[0] = pid;
	for (i = 0; i < count; i++)
		count += process_children(family[i], family + count,
					  FAMILY_MAX - count);
	return count;
}

static int add_costs(pid_t pid, struct costs *costs)
{
	uint64_t cpu_ns;

	if (!process_cpu(pid, &cpu_ns))
		return -ESRCH;
	costs->cpu_ns += cpu_ns;
	if (add_copied(pid, costs))
		costs->has_copied = false;
	return 0;
}

int costs_look(pid_t pid, struct costs *out)
{
	struct costs costs = { .has_copied = true };
	pid_t family[FAMILY_MAX];
	unsigned int count = find_family(pid, family);
	int ret = add_costs(pid, &costs);
	unsigned int i;

	if (ret)
		return ret;
	for (i = 1; i < count; i++) /* one may end meanwhile */
		add_costs(family[i], &costs);
	*out = costs;
	return 0;
}

static void add_messages(pid_t pid, const struct copies *copies, uint64_t *sum)
{
	const struct dirent *entry;
	char path[64];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		*sum += copies_of(copies,
				  (pid_t)strtol(entry->d_name, NULL, 10));
	if (tasks)
		closedir(tasks);
}

uint64_t costs_messages(pid_t pid, const struct copies *copies)
{
	pid_t family[FAMILY_MAX];
	unsigned int count = find_family(pid, family);
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < count; i++)
		add_messages(family[i], copies, &sum);
	return sum;
}

static int add_memory(pid_t pid, uint64_t *kb)
{
	static const char *const words[] = { "Pss:", NULL };
	int ret = add_lines(pid, "smaps_rollup", words, kb);

	return ret == -ENOENT ? -ESRCH : ret;
}

int costs_memory(pid_t pid, double *out)
{
	pid_t family[FAMILY_MAX];
	unsigned int count = find_family(pid, family);
	uint64_t kb = 0;
	int ret = add_memory(pid, &kb);
	unsigned int i;

	if (ret)
		return ret;
	for (i = 1; i < count; i++)
		add_memory(family[i], &kb);
	*out = (double)kb;
	return 0;
}
