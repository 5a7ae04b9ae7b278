// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a process and all below it have used, from /proc and its CPU clock.
 */
#include "tests/bench/costs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lab/shared/process.h"

#define CHILDREN_MAX 64
#define DEPTH_MAX    8

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

static int add_costs(pid_t pid, unsigned int depth, struct costs *costs)
{
	pid_t children[CHILDREN_MAX];
	unsigned int count, i;
	uint64_t cpu_ns;

	if (!process_cpu(pid, &cpu_ns))
		return -ESRCH;
	costs->cpu_ns += cpu_ns;
	if (add_copied(pid, costs))
		costs->has_copied = false;
	count = process_children(pid, children, CHILDREN_MAX);
	for (i = 0; depth < DEPTH_MAX && i < count; i++)
		add_costs(children[i], depth + 1, costs);
	return 0;
}

int costs_look(pid_t pid, struct costs *out)
{
	struct costs costs = { .has_copied = true };
	int ret = add_costs(pid, 0, &costs);

	if (!ret)
		*out = costs;
	return ret;
}

static int add_memory(pid_t pid, unsigned int depth, uint64_t *kb)
{
	static const char *const words[] = { "Pss:", NULL };
	pid_t children[CHILDREN_MAX];
	unsigned int count, i;
	int ret = add_lines(pid, "smaps_rollup", words, kb);

	if (ret)
		return ret == -ENOENT ? -ESRCH : ret;
	count = process_children(pid, children, CHILDREN_MAX);
	for (i = 0; depth < DEPTH_MAX && i < count; i++)
		add_memory(children[i], depth + 1, kb);
	return 0;
}

int costs_memory(pid_t pid, double *out)
{
	uint64_t kb = 0;
	int ret = add_memory(pid, 0, &kb);

	if (!ret)
		*out = (double)kb;
	return ret;
}
