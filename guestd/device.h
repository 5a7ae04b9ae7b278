/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The node: the connection behind it, its sessions, who owns its queue.
 *
 * vb2's queues belong to the node and not to a file: while one file has buffers
 * the others get EBUSY, and their poll() sees the owner's queue.  (A memory to
 * memory node has queues per file.)
 *
 * The node outlives its connection.  A connection that is lost takes all sessions
 * with it; new ones can be opened when hostd is back with the same device.
 */
#ifndef GUESTD_DEVICE_H
#define GUESTD_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log_rate.h"
#include "guestd/hostlink.h"
#include "guestd/hostlink_why.h"
#include "guestd/mapping.h"
#include "guestd/memory.h"
#include "guestd/queue.h"

struct guest_device;
struct device_member;

/**
 * struct device_member_ops - What a session hears
 * @lost:	The session is over: -ENODEV with the connection, or what
 *		EVT_ERROR said; it is no member any more.  @waiting is for
 *		those who wait for a buffer
 * @buffer:	A buffer is finished
 * @event:	A V4L2 event
 * @queue_error: The driver has given up a queue
 * @io_ready:	poll() of the host's file may say something else
 */
struct device_member_ops {
	void (*lost)(struct device_member *member, int error, int waiting);
	void (*buffer)(struct device_member *member,
		       const struct v4l2_buffer *buffer,
		       const struct v4l2_plane *planes);
	void (*event)(struct device_member *member,
		      const struct v4l2_event *event);
	void (*queue_error)(struct device_member *member, uint32_t type,
			    int error);
	void (*io_ready)(struct device_member *member);
};

/** struct device_member - A session as the device knows it */
struct device_member {
	const struct device_member_ops *ops;
	uint32_t id;   /* session id of the host */
	uint64_t file; /* its open file's cookie, see struct memory_caller */
	struct device_member *next;
};

/**
 * struct guest_device_config - What main() decided
 * @link:	Where hostd is and which device there
 * @userptr:	The memory helper can copy frames
 * @wait:	Keep trying to connect at the start
 * @no_pipeline: Each call waits for the host's answer
 * @strict:	Of the device only what guestd/strict.h has
 * @mask:	Takes the rest out of its capabilities, and returns NULL, or one line
 *		that says why it cannot be used at all; NULL: nothing is taken out
 * @shim:	Path of the socket for applications' shims; NULL: there is none
 * @node:	Name below /dev, for the log; empty or NULL as long as there is none
 */
struct guest_device_config {
	struct hostlink_config link;
	const char *node;
	const char *shim;
	bool userptr;
	bool wait;
	bool no_pipeline;
	bool strict;
	const char *(*mask)(struct v4l2_capability *capability);
};

/**
 * struct guest_device_ops - What main() hears
 * @up:		Connected for the first time: @ack says to what
 * @state:	What there is to say of the connection has changed; may be NULL
 * @fatal:	There is no point in going on: @why is one line
 */
struct guest_device_ops {
	void (*up)(void *owner, const struct vms_hello_ack *ack);
	void (*state)(void *owner, const char *text);
	void (*fatal)(void *owner, const char *why);
};

/** enum device_has - Has its driver an ioctl?  Whoever needs it first asks */
enum device_has {
	DEVICE_HAS_UNKNOWN,
	DEVICE_HAS_NONE,
	DEVICE_HAS_SOME,
};

#define DEVICE_FORMATS_MAX 8

/**
 * struct device_formats - What there is of guestd/strict.h's formats
 * @known:	The host has told them all
 */
struct device_formats {
	bool known;
	unsigned int count;
	struct v4l2_fmtdesc list[DEVICE_FORMATS_MAX];
};

/** enum device_notice - What is logged as often as it happens, but for log_rate.h */
enum device_notice {
	DEVICE_NOTICE_LINK, /* it comes, goes, is refused; of the host itself */
	DEVICE_NOTICE_QUEUE,  /* a queue has failed */
	DEVICE_NOTICE_FILEIO, /* read() or write() has */
	DEVICE_NOTICE_GIVEN_UP,
	DEVICE_NOTICE_LOG_STATUS,
	DEVICE_NOTICE_NOT_CLOSED,
	DEVICE_NOTICE_ENDED,
	DEVICE_NOTICE_LIE,
	DEVICE_NOTICE_FORMAT, /* buffers are for another one */
	DEVICE_NOTICE_OBJECT, /* memory did not come with its OBJ */
	DEVICE_NOTICE_COUNT,
};

/**
 * struct guest_device - The node
 * @memory:	The memory helper; NULL in some tests
 * @link:	NULL: no connection
 * @to:		Where to, and what for; from @config
 * @ready:	HELLO was answered, the last time at @ready_at
 * @ack:	What it said the first time
 * @known:	@ack is set
 * @window:	Mappings of this connection
 * @members:	Sessions
 * @owner:	The session that has the node's buffers, and @owned its queue
 * @retry:	Connects again, @retry_ns after a failure: more each time
 * @why:	Why there is no connection, as it was logged last
 * @controls:	What the host has said of @control_count controls
 * @formats:	What it has said of formats, if @config is strict
 * @events:	What it has said of events
 * @prepares:	What it has said of PREPARE_BUF
 * @imported:	Descriptors of applications' memory, of all requests
 * @noticed:	For guest_device_level()
 */
struct guest_device {
	struct loop *loop;
	struct memory *memory;
	const struct guest_device_config *config;
	const struct guest_device_ops *ops;
	void *ops_owner;
	struct hostlink *link;
	struct hostlink_config to;
	bool ready;
	uint64_t ready_at;
	struct vms_hello_ack ack;
	bool known;
	struct mapping_window window;
	struct device_member *members;
	const struct device_member *owner;
	struct queue *owned;
	struct loop_timer *retry;
	uint64_t retry_ns;
	char why[HOSTLINK_WHY_LEN];
	struct device_control *controls;
	unsigned int control_count;
	struct device_formats formats;
	enum device_has events;
	enum device_has prepares;
	unsigned int imported;
	struct log_rate noticed[DEVICE_NOTICE_COUNT];
};

/** guest_device_level() - How loudly to log this, which happens now */
static inline enum log_level guest_device_level(struct guest_device *device,
						enum device_notice what,
						enum log_level level)
{
	return log_rate_level(&device->noticed[what], loop_now(device->loop),
			      level);
}

/**
 * guest_device_create() - Connect
 *
 * Return: 0 or a negative errno
 */
int guest_device_create(struct loop *loop, struct memory *memory,
			const struct guest_device_config *config,
			const struct guest_device_ops *ops, void *owner,
			struct guest_device **out);

/**
 * guest_device_attach() - Speak over a connected socket, for tests
 * @fd:		Taken over on success
 */
int guest_device_attach(struct loop *loop, int fd, struct memory *memory,
			const struct guest_device_config *config,
			const struct guest_device_ops *ops, void *owner,
			struct guest_device **out);

/** guest_device_destroy() - For tests; there must be no members left */
void guest_device_destroy(struct guest_device *device);

/** guest_device_m2m() - Is it a memory-to-memory node? */
bool guest_device_m2m(const struct guest_device *device);

/** guest_device_io() - Do read() and write() go to the host as IO? */
bool guest_device_io(const struct guest_device *device);

/** guest_device_join() - A session has been opened */
void guest_device_join(struct guest_device *device,
		       struct device_member *member);

/** guest_device_leave() - It is over; also gives up ownership */
void guest_device_leave(struct guest_device *device,
			struct device_member *member);

/**
 * guest_device_own() - A session has (or has no more) the node's buffers
 * @queue:	NULL: no more
 *
 * Does nothing on memory-to-memory nodes.
 */
void guest_device_own(struct guest_device *device,
		      const struct device_member *member, struct queue *queue);

/** guest_device_busy() - Has another session the node's buffers? */
bool guest_device_busy(const struct guest_device *device,
		       const struct device_member *member);

/**
 * guest_device_control() - What is known of a control
 * @size:	Bytes that an application has for it
 * @info:	Filled with what payload_control() needs
 *
 * Whether a control has payload does not change while a connection lives.  How
 * much it has may (vivid's Pixel Array follows the format), so what is known
 * counts only while it is no less than @size.
 *
 * Return: whether it is known
 */
bool guest_device_control(const struct guest_device *device, uint32_t id,
			  uint32_t size, struct v4l2_query_ext_ctrl *info);

/**
 * guest_device_learn_control() - Remember what the host says of a control
 *
 * Whether it has payload decides whether an application's union is a pointer, so
 * the host may say that once, to whomever it says it.
 *
 * Return: 0, -EPROTO if it now says otherwise or has said too much, or -ENOMEM
 */
int guest_device_learn_control(struct guest_device *device,
			       const struct v4l2_query_ext_ctrl *info);

/**
 * guest_device_wrong() - hostlink_ops' wrong()
 * @owner:	The device
 */
const char *guest_device_wrong(void *owner, const union payload_arg *asked,
			       struct payload *payload);

/** guest_device_forget_controls() - Another connection may know others */
void guest_device_forget_controls(struct guest_device *device);

#endif
