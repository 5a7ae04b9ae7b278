/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the memory helper knows: what the parts of helper_table.h share.
 */
#ifndef GUESTD_HELPER_TABLE_PARTS_H
#define GUESTD_HELPER_TABLE_PARTS_H

#include <pthread.h>

#include "common/log_rate.h"
#include "guestd/helper_table.h"

struct table_file {
	struct table_file *next;
	uint64_t cookie;
	uint8_t token[SHIM_TOKEN_LEN];
	bool writable;
	bool exports; /* dma-bufs of the host's, even while there is none */
};

struct helper_table {
	pthread_mutex_t lock;
	struct helper_region *regions;
	struct table_file *files;
	struct helper_marks *marks; /* NULL: guestd has not asked for them */
	uint64_t owner;             /* 0: nobody */
	uint32_t owner_type;
	bool fileio; /* that one's queue is read()'s or write()'s */
	bool forgot; /* an open file, for want of memory: nobody has its token */
	struct log_rate full; /* of planes that there was no room for */
};

/**
 * helper_table_holder() - The file that has @token, with the lock
 *
 * Takes the same time for every token that nobody has.
 *
 * Return: NULL if there is none
 */
const struct table_file *helper_table_holder(const struct helper_table *table,
					     const uint8_t *token);

#endif
