/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the device core's output goes: the seam under which a channel or a
 * virtqueue can be put.
 */
#ifndef HOSTD_CLIENT_OPS_H
#define HOSTD_CLIENT_OPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log_rate.h"
#include "common/protocol.h"

/**
 * struct client_ops - Where the core's output goes
 * @respond:	The bytes written for command @tag, exactly once per command.
 *		@len is virtio's used length; @body has it padded, then an aux
 *		block up to @body_len, if @body_len is more than @len padded
 * @respond_io:	The same for an IO: all of its IO_RESP
 * @memo:	VMS_MEMO or VMS_MEMO_INVAL, before every respond and event that comes
 *		later; only if VMS_FEATURE_MEMO is among the features
 * @event:	A virtio-media event.  @key: behind the data of this key, as
 *		channel_send_behind(); NULL: at once
 * @object:	Memory of a plane; the respond to its MMAP is next.  Only if
 *		VMS_FEATURE_SHM_FD is among the features; @fd is taken over.  Or, with
 *		VMS_FEATURE_SHMEM, where it is in what both have; @fd is -1
 * @data:	Contents of a buffer, as channel_send_data()
 * @cancel:	As channel_cancel()
 * @forget:	As channel_forget_data()
 * @congested:	Is so much waiting to be sent that V4L2 events should wait, and
 *		answers not be given before they are asked for?
 *
 * All are mandatory and none calls back into the client, but for done().
 */
struct client_ops {
	void (*respond)(void *owner, uint32_t tag, const void *body, size_t len,
			size_t body_len);
	void (*respond_io)(void *owner, uint32_t tag, const void *body,
			   size_t len);
	void (*memo)(void *owner, enum vms_type type, const void *body,
		     size_t len);
	void (*event)(void *owner, const void *key, const void *event,
		      size_t len);
	void (*object)(void *owner, const struct vms_obj *object, int fd);
	int (*data)(void *owner, const void *key, const void *bytes, size_t len,
		    uint64_t addr, uint32_t generation,
		    void (*done)(void *data), void *data);
	void (*cancel)(void *owner, const void *key);
	void (*forget)(void *owner, const void *bytes, size_t len);
	bool (*congested)(void *owner);
};

/**
 * struct client_output - The operations and who they are called for
 * @features:	VMS_FEATURE_*, what the guest understands
 * @failures:	Of queues, as they are logged; NULL: each is
 */
struct client_output {
	const struct client_ops *ops;
	void *owner;
	uint64_t features;
	struct log_rate *failures;
};

/**
 * client_output_level() - How loudly to warn that a queue has failed in something
 * @now_ns:	loop_now()
 */
enum log_level client_output_level(const struct client_output *output,
				   uint64_t now_ns);

/**
 * client_output_status() - An answer without payload
 * @error:	0 or a negative errno
 */
void client_output_status(const struct client_output *output, uint32_t tag,
			  int error);

/** client_output_io_status() - The same for an IO that failed */
void client_output_io_status(const struct client_output *output, uint32_t tag,
			     int error);

#endif
