// SPDX-License-Identifier: BSD-3-Clause
/*
 * Who wants buffers: where a conversation that makes them begins and ends.
 */
#include "guestd/setup.h"

#include <errno.h>
#include <stdlib.h>

#include "guestd/setup_parts.h"

static struct setup *setup_create(struct guest_session *session,
				  struct queue *queue,
				  void (*done)(void *data, int error),
				  void *data)
{
	struct setup *setup;

	setup = calloc(1, sizeof(*setup));
	if (!setup)
		return NULL;
	setup->session = session;
	setup->queue = queue;
	setup->done = done;
	setup->data = data;
	return setup;
}

static void setup_free(struct setup *setup)
{
	hostlink_orphan(&setup->call);
	payload_finish(&setup->payload);
	memory_withdraw(&setup->job);
	setup_drop_parts(setup, 0);
	if (setup->queue->setup == setup)
		setup->queue->setup = NULL;
	if (setup->queue->ahead == setup)
		setup->queue->ahead = NULL;
	free(setup);
}

void setup_end(struct setup *setup, int error)
{
	void (*done)(void *data, int error) = setup->done;
	void *data = setup->data;

	setup_free(setup);
	done(data, error);
}

struct setup *setup_of(struct hostlink_call *call)
{
	return (struct setup *)((char *)call - offsetof(struct setup, call));
}

static void nobody(void *data, int error)
{
	(void)data;
	(void)error;
}

void setup_ahead(struct guest_session *session, struct queue *queue,
		 unsigned int count)
{
	queue->ahead = setup_create(session, queue, nobody, NULL);
	if (queue->ahead)
		setup_ask_ahead(queue->ahead, count);
}

void setup_forget_ahead(struct queue *queue)
{
	if (queue->ahead)
		setup_free(queue->ahead);
}

int setup_buffers(struct guest_session *session, struct queue *queue,
		  unsigned int first, unsigned int count,
		  const struct v4l2_format *wanted,
		  void (*done)(void *data, int error), void *data)
{
	struct setup *setup = queue->ahead;

	if (!setup)
		setup = setup_create(session, queue, done, data);
	if (!setup)
		return -ENOMEM;
	setup->done = done;
	setup->data = data;
	queue->ahead = NULL;
	queue->setup = setup;
	setup->shaped = true;
	if (wanted)
		setup->wanted = *wanted;
	setup_made(setup, first, count);
	return 0;
}

static void start_done(struct hostlink_call *call, int error)
{
	struct setup *setup = setup_of(call);
	const struct v4l2_requestbuffers *arg = &setup->payload.arg.reqbufs;

	setup->session->wrong = call->wrong;
	if (!error && (!call->filled || !arg->count))
		error = HOSTLINK_LIE;
	if (error) {
		setup->queue->memory = 0;
		setup_end(setup, error);
	} else {
		setup_made(setup, 0, arg->count);
	}
}

int setup_start(struct guest_session *session, struct queue *queue,
		unsigned int count, void (*done)(void *data, int error),
		void *data)
{
	struct v4l2_requestbuffers wanted = {
		.count = count,
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct setup *setup = setup_create(session, queue, done, data);

	if (!setup)
		return -ENOMEM;
	queue->setup = setup;
	queue->memory = V4L2_MEMORY_MMAP;
	payload_init(&setup->payload, ioctl_lookup(VIDIOC_REQBUFS), &wanted);
	setup->call.done = start_done;
	session_ask(session, &setup->call, &setup->payload);
	setup_ask_ahead(setup, count);
	return 0;
}

void setup_stop(struct guest_session *session, int error)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		setup_forget_ahead(&session->queues[type]);
		if (session->queues[type].setup)
			setup_end(session->queues[type].setup, error);
	}
}

void setup_orphan(struct guest_session *session, const struct request *request)
{
	unsigned int type;

	for (type = 1; type < VMS_BUF_TYPE_COUNT; type++) {
		struct setup *setup = session->queues[type].setup;

		if (setup && setup->data == request)
			setup->done = nobody;
	}
}
