/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slices of the memory that a guest and we have: who has which.
 *
 * All connections of a guest use one file, and know nothing of each other.  A slice
 * is a lock on its bytes (OFD, fcntl(2)), so no two have the same, and those of a
 * process that has died are free.
 */
#ifndef HOSTD_SLICES_H
#define HOSTD_SLICES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/shmem.h"

struct slices;

/**
 * struct slice - Some bytes
 * @offset:	Multiple of VMS_PAGE_SIZE
 * @len:	As it was wanted
 */
struct slice {
	LIST_ENTRY(slice) next;
	struct slices *slices;
	uint64_t offset;
	size_t len;
	uint8_t *bytes;
};

/**
 * struct slices - All of a connection
 * @lock:	Workers take them at the same time
 * @shmem:	The memory
 * @len:	Bytes of it that the guest has, too
 * @fd:		An open file of our own, for the locks
 * @full:	The log knows that there was no more room
 */
struct slices {
	pthread_mutex_t lock;
	struct shmem shmem;
	uint64_t len;
	int fd;
	LIST_HEAD(, slice) all;
	bool full;
};

/**
 * slices_create() - None yet
 * @fd:		From shmem_open(), by nobody else; taken over on success
 *
 * Return: 0 or a negative errno
 */
int slices_create(int fd, struct slices **out);

/** slices_destroy() - Give all back, and the memory; may be NULL; for tests */
void slices_destroy(struct slices *slices);

/**
 * slices_agree() - Has the guest the same memory?
 * @mark:	That it says it has left there
 * @len:	How much of it it says it has
 *
 * Return: whether it has; then slices are within @len
 */
bool slices_agree(struct slices *slices, uint64_t mark, uint64_t len);

/**
 * slices_take() - Some bytes, all zero; from any thread
 * @len:	Of a plane
 *
 * Return: NULL if there is no room, logged once, or no memory
 */
struct slice *slices_take(struct slices *slices, size_t len);

/** slice_drop() - Not needed any more; may be NULL; from any thread */
void slice_drop(struct slice *slice);

/**
 * slices_offset() - Is this one of our slices?
 * @offset:	Set to where it begins
 */
bool slices_offset(const struct slices *slices, const void *bytes,
		   uint64_t *offset);

#endif
