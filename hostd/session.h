/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One open of the device for a guest: its commands, one at a time and in
 * order; the loop for those that do not sleep, or have proven quick (hostd/pace.h),
 * the worker for the others.
 */
#ifndef HOSTD_SESSION_H
#define HOSTD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/loop.h"
#include "common/payload.h"
#include "hostd/buffers.h"
#include "hostd/client_ops.h"
#include "hostd/device.h"
#include "hostd/memo.h"
#include "hostd/opener.h"
#include "hostd/pace.h"

struct host_session;

enum host_command_kind {
	HOST_COMMAND_OPEN,
	HOST_COMMAND_CLOSE,
	HOST_COMMAND_IOCTL,
	HOST_COMMAND_MMAP,
	HOST_COMMAND_MUNMAP,
	HOST_COMMAND_IO,
	HOST_COMMAND_REFUSED, /* only answered, in its turn */
};

/**
 * struct host_command - A command on its way through a session
 * @tag:	Whom to answer
 * @capacity:	Writable bytes of the guest
 * @nonblock:	IOCTL: the program's file is O_NONBLOCK
 * @offset, @writable: MMAP
 * @addr:	MUNMAP
 * @io:		IO; and with @bytes if it was that, and is REFUSED now
 * @bytes:	IO: nativeio_room() bytes, owned, beginning with what is written
 * @result:	0 or a negative errno; REFUSED: why; IO: what nativeio_run()
 *		returned
 * @next:	The session's, as all that follows: the next one that waits
 * @hold:	IOCTL: bytes of @planes
 * @making:	IOCTL: buffers that it is to make
 * @sleeps:	IOCTL: the worker runs it, whatever the ioctl table says
 * @ns:		IOCTL: how long the device took; 0: it was not asked, or is never
 *		run on the worker
 * @spoils:	IOCTL: as in the ioctl table, besides what that says
 * @memo:	IOCTL, OPEN: what else is asked with it; or NULL
 * @mapping:	MMAP: what is answered; set by begin if the plane has one
 * @buffer:	MMAP: whose plane, @plane says which
 * @map:	MMAP: what run has mapped; MUNMAP: what it is to unmap
 * @exported:	MMAP: @fd is a descriptor of it, of @object's kind: of run's, then
 *		what is given to the guest
 * @placed, @slice_at, @slice: MMAP: as of struct mapping
 * @planes:	IOCTL: memory that came with it
 * @payload:	IOCTL; from payload_get_request()
 */
struct host_command {
	enum host_command_kind kind;
	uint32_t tag;
	uint32_t capacity;
	bool nonblock;
	uint32_t offset;
	bool writable;
	uint64_t addr;
	struct vms_io io;
	uint8_t *bytes;
	int result;

	struct host_command *next;
	struct import_hold hold;
	struct quota_hold making;
	bool sleeps;
	uint64_t ns;
	uint32_t spoils;
	struct memo_job *memo;
	struct mapping *mapping;
	struct buffer *buffer;
	struct device_map map;
	unsigned int plane;
	bool exported;
	int fd;
	enum vms_obj_kind object;
	bool placed;
	uint64_t slice_at;
	struct slice *slice;
	struct plane_set planes;
	struct payload payload;
};

/**
 * host_command_status() - Answer it without payload, by the frame that is for it
 * @error:	0 or a negative errno
 */
void host_command_status(const struct client_output *output,
			 const struct host_command *command, int error);

/**
 * struct host_session_env - What all sessions of a connection share
 * @device:	The device, @index its number for the opener
 * @grant:	What the guest may; not copied
 * @quota:	What it has of that
 * @window:	Where mappings go
 * @exports:	What the guest has of their memory
 * @imports:	What they have of the guest's
 * @output:	Where answers go
 * @pace:	How quick the device is
 * @streams:	How many of them stream
 * @memo:	What the guest was told before it asked; NULL: nothing ever
 * @spare:	A command that is not in use, so that most need no memory; or NULL
 * @gone:	The log knows that the device is not there any more; the sessions'
 *		own
 * @closed:	CLOSE was answered, or OPEN failed: the session is to be
 *		destroyed; called from the loop
 */
struct host_session_env {
	struct loop *loop;
	struct device *device;
	unsigned int index;
	struct opener *opener;
	const struct grant *grant;
	struct quota *quota;
	struct window *window;
	struct exports *exports;
	struct imports *imports;
	const struct client_output *output;
	struct pace pace;
	unsigned int streams;
	struct host_memo *memo;
	struct host_command *spare;
	bool gone;
	void (*closed)(void *client, struct host_session *session);
	void *client;
};

/**
 * host_command_create() - A command
 *
 * Return: NULL if there is no memory.  All that is not given is zero but the
 * argument's place, see struct payload
 */
struct host_command *host_command_create(struct host_session_env *env,
					 enum host_command_kind kind,
					 uint32_t tag, uint32_t capacity);

/**
 * host_command_free() - Free it, and its payload
 * @command:	May be NULL
 */
void host_command_free(struct host_session_env *env,
		       struct host_command *command);

/**
 * host_session_create() - A session that is not open yet: its first command is
 * OPEN
 * @env:	Not copied
 *
 * Return: 0 or a negative errno
 */
int host_session_create(struct host_session_env *env, uint32_t id,
			struct host_session **out);

/**
 * host_session_destroy() - Wait for what runs, close the device, free
 *
 * Commands that wait are not answered.
 */
void host_session_destroy(struct host_session *session);

/** host_session_id() - The id that it was created with */
uint32_t host_session_id(const struct host_session *session);

/** host_session_closing() - Has CLOSE been taken?  Then nothing may follow */
bool host_session_closing(const struct host_session *session);

/**
 * host_session_close() - CLOSE has come; there is none yet, and it cannot fail
 *
 * No other command may come after it.
 */
void host_session_close(struct host_session *session, uint32_t tag);

/**
 * host_session_submit() - Take over a command; it will be answered
 */
void host_session_submit(struct host_session *session,
			 struct host_command *command);

/**
 * host_session_cancel() - A command is not worth waiting for
 *
 * Return: whether the session has it
 */
bool host_session_cancel(struct host_session *session, uint32_t tag);

/** host_session_update() - Backlog has changed: look at the device again */
void host_session_update(struct host_session *session);

#endif
