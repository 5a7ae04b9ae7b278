/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device core: virtio-media commands in, written bytes out.
 *
 * It knows no socket and no frame header.  Readable bytes and writable capacity
 * come in, written bytes, events and buffer contents go out through client_ops,
 * so that a virtqueue can take the place of the channel.
 */
#ifndef HOSTD_CLIENT_H
#define HOSTD_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/loop.h"
#include "hostd/client_ops.h"
#include "hostd/device_kinds.h"
#include "hostd/grant.h"
#include "hostd/opener.h"

struct client;
struct slices;

/**
 * client_create() - Serve @device
 * @index:	Number of the device, for the opener
 * @grant:	What the guest may; not copied
 */
int client_create(struct loop *loop, struct device *device, unsigned int index,
		  struct opener *opener, const struct grant *grant,
		  const struct client_ops *ops, void *owner,
		  struct client **out);

/**
 * client_take_exports() - What the guest may hold longer than the client lives
 *
 * Only client_destroy() may follow.
 *
 * Return: it, the caller's
 */
struct exports *client_take_exports(struct client *client);

/**
 * client_destroy() - Close every session; waits for calls that sleep
 */
void client_destroy(struct client *client);

/**
 * client_probe() - What the start of a connection tells about the device
 * @capability:	QUERYCAP of the host's node
 * @features:	Set to those of VMS_FEATURE_LOG_STATUS and VMS_FEATURE_EXPBUF that
 *		it has (found out by calling them once), and VMS_FEATURE_MEMO if
 *		something of it may be remembered
 *
 * Opens and closes the device; may sleep.
 *
 * Return: 0 or a negative errno
 */
int client_probe(struct client *client, struct v4l2_capability *capability,
		 uint64_t *features);

/** client_number_from() - The next session has this number, for tests */
void client_number_from(struct client *client, uint32_t id);

/**
 * client_set_features() - What was agreed on with the guest, VMS_FEATURE_*
 * @slices:	Where planes go that both have, with SHMEM; outlives the client
 *
 * After client_probe(), and before the first command.
 *
 * Return: 0 or -ENOMEM
 */
int client_set_features(struct client *client, uint64_t features,
			struct slices *slices);

/**
 * client_hush() - Of what this guest does nothing more is logged, as for a while
 * after LOG_RATE_MAX lines; nor in the kernel's log: it has no LOG_STATUS
 *
 * Before client_probe().
 */
void client_hush(struct client *client);

/**
 * struct client_request - One command, as it came
 * @tag:	For client_ops.respond
 * @bytes:	@len readable bytes
 * @aux:	Aux block of @aux_len bytes, or NULL
 * @capacity:	Writable bytes of the guest; a reply that does not fit is
 *		EINVAL without payload
 * @nonblock:	The program's file is O_NONBLOCK
 */
struct client_request {
	uint32_t tag;
	const void *bytes;
	size_t len;
	const void *aux;
	size_t aux_len;
	uint32_t capacity;
	bool nonblock;
};

/**
 * client_command() - One command
 * @request:	Nothing of it is needed any more afterwards
 *
 * Always answered, now or later: unknown command ENOTTY, too short or unknown
 * session EINVAL.
 */
void client_command(struct client *client,
		    const struct client_request *request);

/**
 * client_object() - Memory for a QBUF or PREPARE_BUF that is to come
 * @tag:	What that command will have; its planes' come in order
 * @fd:		Taken over on success
 *
 * Only if VMS_FEATURE_OBJ_FD is among the features.  A command that is another one
 * loses it.
 *
 * Return: 0; -EPROTO if no guest sends so many; -ENOMEM
 */
int client_object(struct client *client, uint32_t tag, int fd,
		  enum vms_obj_kind kind);

/**
 * client_io() - read(), write() or poll() of a device without buffers
 * @bytes:	Of an IO frame, @len of them, as client_command()'s
 * @capacity:	Bytes that its IO_RESP may have
 *
 * Always answered, in turn with the session's commands: what is impossible with
 * EINVAL.
 */
void client_io(struct client *client, uint32_t tag, const void *bytes,
	       size_t len, uint32_t capacity);

/**
 * client_cancel() - The guest does not want to wait for @tag any longer
 *
 * A waiting command is answered EINTR, a sleeping one gets a signal until it
 * returns.  Unknown tags are ignored.
 */
void client_cancel(struct client *client, uint32_t tag);

/**
 * client_data_begin() - Where contents that the guest sends go
 *
 * Return: @len bytes of an unqueued output buffer that the guest has not itself, or
 * NULL: forget them
 */
void *client_data_begin(struct client *client, uint64_t addr, size_t len,
			uint32_t generation);

/**
 * client_drained() - client_ops.congested() has become false
 */
void client_drained(struct client *client);

#endif
