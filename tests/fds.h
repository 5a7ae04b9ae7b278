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

/** fds_count_of() - The same of another one, which is there; 0: we may not look */
unsigned int fds_count_of(pid_t process);

/** fds_wait() - Until a thread that ends has closed its own, and there are @count */
void fds_wait(unsigned int count);

/**
 * fds_wait_for_threads() - Until the caller's is the only one
 *
 * Before fork(2): a lock that another thread holds just then, of AddressSanitizer's
 * allocator for one, would stay held in the child.
 */
void fds_wait_for_threads(void);

/**
 * fds_send() - Send a message with a descriptor, @count times
 *
 * RIGHTS_MAX times at most; common/rights.h is for once.
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
