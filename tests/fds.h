/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open descriptors: for tests that must leave none behind, and for what happens
 * when no more can be sent.
 */
#ifndef TESTS_FDS_H
#define TESTS_FDS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/** fds_count() - Of this process; only the difference of two counts means anything */
unsigned int fds_count(void);

/**
 * fds_send() - Send a message with a descriptor, @count times
 *
 * 65 times at most; common/rights.h is for once.
 *
 * Return: as sendmsg(2)
 */
ssize_t fds_send(int sock, const void *bytes, size_t len, int fd,
		 unsigned int count);

/** struct fds_flood - What fds_flood_end() needs */
struct fds_flood {
	int fd;
	struct rlimit before;
	bool dropped[2];
};

/**
 * fds_flood() - More descriptors wait in a socket than this user may have files
 *
 * So nobody sends one more: sendmsg(2) says ETOOMANYREFS, in processes that are
 * forked now, too.
 */
void fds_flood(struct fds_flood *flood);

/** fds_flood_end() - All is as before */
void fds_flood_end(struct fds_flood *flood);

#endif
