// SPDX-License-Identifier: BSD-3-Clause
#include "tests/children.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int children_of(pid_t parent, pid_t *pids, int room)
{
	char path[64], line[4096];
	char *at, *save;
	int count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", parent,
		 parent);
	file = fopen(path, "re");
	assert_non_null(file);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	for (at = strtok_r(line, " ", &save); at && count < room;
	     at = strtok_r(NULL, " ", &save))
		pids[count++] = (pid_t)strtol(at, NULL, 10);
	return count;
}
