/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What memory.c and the memory helper say to each other.
 *
 * A stream socket, because one job may carry a megabyte.  Both ends are the
 * same program, forked, so structures travel as they are.
 *
 *	guestd: struct helper_request, then for READ and WRITE @count extents,
 *		then for WRITE @len bytes; REGION_ADD, MARKS and CLOSE have the
 *		descriptor on them, unless there was no room for it on its way
 *	helper: struct helper_result, then for READ @len bytes; IMPORT has the
 *		descriptor on it, unless there was no room
 *
 * What ATTACH, OWNER and REGION_ADD say of files is for the shim's socket, which
 * another thread of the helper serves: once SYNC is answered, that thread goes by
 * all that was said before.
 *
 * What CLOSE passes is closed by processes (helper_hangup.h), after CLOSED: guestd's
 * own must not be the last.
 *
 * The helper's first word is a result with id 0: whether it can do its work.
 * Every request with a job's id is answered once, unless it is withdrawn before
 * that; an answer may then still be on its way.
 *
 * The helper does not trust guestd, which parses what a host sends: what breaks
 * these rules ends it.
 */
#ifndef GUESTD_HELPER_WIRE_H
#define GUESTD_HELPER_WIRE_H

#include <stdint.h>

#include "common/shim.h"

/* 1024 control payloads of 1 MiB together, their array, and room. */
#define HELPER_EXTENTS_MAX 4096u
#define HELPER_BYTES_MAX   (2u << 20)

/* memory.h's MEMORY_SIGNAL_ */
#define HELPER_SIGNAL_KILL  1
#define HELPER_SIGNAL_OTHER 2
#define HELPER_SIGNAL_GONE  4

#define HELPER_ATTACH_WRITABLE 1u /* it is open for writing */
#define HELPER_ATTACH_EXPORTS  2u /* its buffers are dma-bufs of the host's */

enum helper_type {
	HELPER_NODE,       /* @rdev is ours */
	HELPER_REGION_ADD, /* @region, @len, a descriptor; @file: see below */
	HELPER_REGION_REMOVE, /* @region */
	HELPER_MARKS,         /* a descriptor: helper_marks.h; at most once */
	HELPER_ATTACH,        /* @file, @token, @count: HELPER_ATTACH_* */
	HELPER_OWNER, /* @file, @buf_type, @count: 1: by read(), write() */
	HELPER_FILE_CLOSED, /* @file */
	HELPER_WITHDRAW,    /* @id */
	HELPER_CLOSED,      /* so has guestd what CLOSE passed */

	/* jobs: @id, @tid, @uid, @cmd, @file */
	HELPER_READ,     /* @count extents, @len bytes in all */
	HELPER_WRITE,    /* the same */
	HELPER_PROBE,    /* @addr, @len */
	HELPER_COPY_OUT, /* @region, @offset, @addr, @len, @owner */
	HELPER_COPY_IN,  /* @region, @offset, @addr, @len */
	HELPER_IMPORT,   /* @addr: a descriptor's number */
	HELPER_NONBLOCK,
	HELPER_SIGNALS,
	HELPER_SYNC,  /* @id alone */
	HELPER_CLOSE, /* @id, a descriptor of any file: is it here? */

	HELPER_TYPE_COUNT,
};

/** struct helper_identity - struct memory_identity on the socket */
struct helper_identity {
	int32_t tgid;
	uint32_t reserved;
	uint64_t start_time;
};

/** struct helper_extent - Bytes of an application */
struct helper_extent {
	uint64_t addr;
	uint64_t len;
};

/**
 * struct helper_request - guestd asks; what a type does not use is 0
 *
 * REGION_ADD for jobs of the helper has no @file; for the shim it has that of the
 * attached open file, and says which buffer it is: @buf_type, @index, @plane, and
 * @offset as VIDIOC_QUERYBUF gives it.  OWNER with @file 0: nobody has the node's
 * queue.
 */
struct helper_request {
	uint32_t type;
	uint32_t id;
	int32_t tid;
	uint32_t uid;
	uint32_t cmd;
	uint32_t count;
	uint32_t buf_type;
	uint32_t index;
	uint32_t plane;
	uint32_t reserved;
	uint64_t region;
	uint64_t file;
	uint64_t rdev;
	uint64_t addr;
	uint64_t offset;
	uint64_t len;
	struct helper_identity owner;
	uint8_t token[SHIM_TOKEN_LEN];
};

/** struct helper_result - The helper answers */
struct helper_result {
	uint32_t id;
	int32_t result;                  /* as memory.h says */
	struct helper_identity identity; /* PROBE and COPY_IN */
	uint64_t len; /* READ: bytes that follow, 0 unless @result is 0 */
	uint64_t object_len;  /* IMPORT: bytes of what comes along */
	uint32_t object_kind; /* enum vms_obj_kind; 0: nothing does */
	uint32_t reserved;
};

#endif
