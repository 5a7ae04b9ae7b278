/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a process has, for programs of the lab that see whether that stays as it is.
 */
#ifndef TESTS_LAB_SHARED_USAGE_H
#define TESTS_LAB_SHARED_USAGE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct usage - Of one process
 * @kb:		KiB of memory of its own that it has written to
 * @fds:	Open files
 */
struct usage {
	long kb;
	long fds;
	long threads;
};

/** usage_look() - Return: false if there is no such process */
bool usage_look(pid_t pid, struct usage *out);

#endif
