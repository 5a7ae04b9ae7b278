/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of one open file: shared by session.c, which routes its calls,
 * and by the modules that carry them out.
 */
#ifndef GUESTD_SESSION_STATE_H
#define GUESTD_SESSION_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/shim.h"
#include "guestd/device.h"
#include "guestd/events.h"
#include "guestd/profile.h"
#include "guestd/queue.h"
#include "guestd/request.h"

struct fileio;
struct nativeio;

/**
 * struct session_list - Parked requests, oldest first
 */
struct session_list {
	struct request *first;
	struct request **last;
};

/**
 * struct session_shape - What a program knows of a queue's pictures, see guestd/shape
 * @format:	As it was told last; no type: nothing
 * @settled:	REQBUFS has made buffers for it, and nothing has changed since
 */
struct session_shape {
	struct v4l2_format format;
	bool settled;
};

/**
 * struct guest_session - One open file
 * @member:	As the device knows it; must be first
 * @device:	The node
 * @ops:	The front
 * @file:	The front's file, for ops->wake()
 * @open_flags:	O_* of open(2)
 * @profile:	What it promises
 * @dead:	0, or the negative errno that every further call gets
 * @wrong:	Of the next lie to be noted: what is impossible; NULL: nobody says
 * @patience:	RELEASE: how long to wait for the host
 * @stamps:	Of its events
 * @waiting_buffer: DQBUFs that wait
 * @waiting_event: DQEVENTs that wait
 * @fileio:	read() and write(); NULL: not begun
 * @nativeio:	The same on a node without buffers
 * @attached:	Its program has the shim, which knows it by @token
 */
struct guest_session {
	struct device_member member;
	struct guest_device *device;
	const struct request_ops *ops;
	void *file;
	int open_flags;
	enum profile profile;
	int dead;
	const char *wrong;
	struct loop_timer *patience;
	struct queue queues[VMS_BUF_TYPE_COUNT];
	struct session_shape shapes[VMS_BUF_TYPE_COUNT];
	struct events events;
	struct clock_stream stamps;
	struct session_list waiting_buffer;
	struct session_list waiting_event;
	struct fileio *fileio;
	struct nativeio *nativeio;
	bool attached;
	uint8_t token[SHIM_TOKEN_LEN];
};

/** session_id() - For the host */
static inline uint32_t session_id(const struct guest_session *session)
{
	return session->member.id;
}

/** session_queue() - The queue of a type; NULL if there is no such type */
struct queue *session_queue(struct guest_session *session, uint32_t type);

/** session_set_buffer() - @request is about this buffer of its session; or NULL */
void session_set_buffer(struct request *request, struct queue_buffer *buffer);

/**
 * session_has_buffer() - Is there still the buffer that @request is about?
 *
 * REQBUFS of another thread may have taken it away whenever somebody was asked, and
 * what it made may have the same index, and the same place in memory.
 */
bool session_has_buffer(const struct request *request);

/** session_fileio() - Has read() or write() the node's queue, for this file? */
bool session_fileio(const struct guest_session *session);

/**
 * session_refuses() - May this file queue and dequeue buffers of a type?
 *
 * Return: 0; -EBUSY if another file of ours has buffers of this type, or read() or
 * write(); -EINVAL if there is no such type
 */
int session_refuses(const struct guest_session *session, uint32_t type);

/** session_userptr() - Does this file offer USERPTR? */
bool session_userptr(const struct guest_session *session);

/** session_import() - Does this file offer DMABUF, if the host's device does? */
bool session_import(const struct guest_session *session);

/** session_caps() - device_caps as the application sees them */
uint32_t session_caps(const struct guest_session *session);

/** session_wake() - Something that poll() looks at has changed */
void session_wake(struct guest_session *session);

/**
 * session_wake_queue() - The same, in a queue: on a node that has only one,
 * poll() of every file looks at it
 */
void session_wake_queue(struct guest_session *session);

/**
 * session_ask() - Send an ioctl of a session to the host
 * @payload:	Stays until call->done()
 */
void session_ask(struct guest_session *session, struct hostlink_call *call,
		 struct payload *payload);

/**
 * session_forward() - Send a request's ioctl to the host: it is on the wire
 *
 * Unless the host has answered it already: then @done was called.
 */
void session_forward(struct request *request,
		     void (*done)(struct hostlink_call *call, int error));

/** session_forward_other() - The same with another ioctl than the request's */
void session_forward_other(struct request *request, struct payload *payload,
			   void (*done)(struct hostlink_call *call, int error));

/**
 * session_kill() - The session is over: every call gets @error from now on
 *
 * Parked requests are answered, poll() says ERR and HUP, the host is told.
 */
void session_kill(struct guest_session *session, int error);

/** session_free() - Nobody has it open any more, and it is dead */
void session_free(struct guest_session *session);

/** session_list_init() - Make it empty */
void session_list_init(struct session_list *list);

/** session_park() - Append to a list */
void session_park(struct session_list *list, struct request *request);

/** session_park_first() - Put it in front of a list: it stays the first */
void session_park_first(struct session_list *list, struct request *request);

/** session_unpark() - Take out of a list; Return: whether it was there */
bool session_unpark(struct session_list *list, struct request *request);

/** session_fail_parked() - One of a list fails with @error, if it is there */
void session_fail_parked(struct session_list *list, struct request *request,
			 int error);

/** session_fail_all_parked() - All of a list fail with @error */
void session_fail_all_parked(struct session_list *list, int error);

/**
 * session_finish() - Store what payload_results() has, then answer an ioctl
 * @result:	0 or a negative errno
 * @filled:	The argument goes back to the application
 */
void session_finish(struct request *request, int result, bool filled);

/** session_note_lie() - Log and count an impossible answer to @what */
void session_note_lie(struct guest_session *session, const char *what);

/** session_lied() - The host's answer to @request is impossible: EIO, and the
 * session is over
 */
void session_lied(struct request *request);

/**
 * session_buffers_gone() - A queue has no buffers or no stream any more
 *
 * Everybody who waits for one gets EINVAL; poll() looks again.
 */
void session_buffers_gone(struct guest_session *session, struct queue *queue);

/** request_of() - The request whose call this is */
struct request *request_of(struct hostlink_call *call);

#endif
