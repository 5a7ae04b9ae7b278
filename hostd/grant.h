/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a guest was granted: computed from its rule when it connects, copied into
 * its processes, and never changed after that.
 */
#ifndef HOSTD_GRANT_H
#define HOSTD_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/control_set.h"
#include "common/ioctl_table.h"
#include "common/protocol.h"

#define GRANT_RULE_LEN  320 /* with its NUL */
#define GRANT_SHMEM_LEN 256

/* Most that a rule can say, and what it grants if it does not say. */
#define GRANT_CONNECTIONS_MAX     64  /* of one guest */
#define GRANT_SESSIONS_MAX        256 /* and these of a connection */
#define GRANT_BUFFERS_MAX         4096
#define GRANT_MEMORY_MAX          (4ull << 30)
#define GRANT_SHARED_MAX          (1ull << 30) /* eight buffers of 8K video */
#define GRANT_REQUESTS_MAX        VMS_CMD_WINDOW
#define GRANT_CONTROL_PAYLOAD_MAX VMS_MAX_CTRL

/**
 * enum grant_class - Which ioctls, as common/ioctl_table.h divides them
 */
enum grant_class {
	GRANT_VIEW = IOCTL_VIEW,
	GRANT_USE = IOCTL_USE,
	GRANT_FULL = IOCTL_FULL,
	GRANT_CLASS_COUNT,
};

/**
 * struct grant - What one guest may
 * @rule:	Which rule says so, for the log
 * @devices:	A bit for each index in the list
 * @class:	Ioctls that it may make of them
 * @controls:	Controls that there are for it
 * @share:	It may have the memory of buffers itself, and send its own
 * @shmem:	File of memory that it has, too; empty: there is none
 * @connections: At once
 * @sessions:	Open files of one connection
 * @buffers:	Of one connection, in all queues of all sessions
 * @requests:	REQs of one connection whose RESP is not sent
 * @memory:	Bytes of these buffers
 * @shared:	Bytes that it shares; as many of its own it may send
 * @control_payload: Bytes of one REQ's controls
 */
struct grant {
	char rule[GRANT_RULE_LEN];
	uint64_t devices;
	enum grant_class class;
	struct control_set controls;
	bool share;
	char shmem[GRANT_SHMEM_LEN];
	unsigned int connections;
	unsigned int sessions;
	unsigned int buffers;
	unsigned int requests;
	uint64_t memory;
	uint64_t shared;
	uint32_t control_payload;
};

/** grant_default() - All there is, but for @share; @rule is empty */
void grant_default(struct grant *grant);

/** grant_device() - May it use device number @index? */
bool grant_device(const struct grant *grant, unsigned int index);

/** grant_class_name() - "view", "use", "full" */
const char *grant_class_name(enum grant_class class);

#endif
