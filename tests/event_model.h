/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules of v4l2-event.c, as short as they can be written: what a file of the
 * kernel's would have its application see.
 *
 * Control events and changes of the source have room for one, as in the kernel;
 * all others for as many as guestd keeps.
 */
#ifndef TESTS_EVENT_MODEL_H
#define TESTS_EVENT_MODEL_H

#include <stdint.h>

#include "common/videodev2_new.h"

#define EVENT_MODEL_SUBSCRIPTIONS 32
#define EVENT_MODEL_EVENTS        512

/**
 * struct event_model - Events of one file
 * @sequence:	Of the next one
 * @events:	That wait, oldest first
 */
struct event_model {
	struct v4l2_event_subscription subscribed[EVENT_MODEL_SUBSCRIPTIONS];
	unsigned int subscribed_count;
	uint32_t sequence;
	struct v4l2_event events[EVENT_MODEL_EVENTS];
	unsigned int count;
};

/**
 * event_model_subscribe() - SUBSCRIBE_EVENT, without the initial event
 *
 * Return: 1 if it is new, 0 if not
 */
int event_model_subscribe(struct event_model *model,
			  const struct v4l2_event_subscription *subscription);

void event_model_unsubscribe(
	struct event_model *model,
	const struct v4l2_event_subscription *subscription);

/** event_model_queue() - v4l2_event_queue_fh(); its sequence is the model's */
void event_model_queue(struct event_model *model,
		       const struct v4l2_event *event);

/** event_model_dequeue() - Return: 0 or -ENOENT */
int event_model_dequeue(struct event_model *model, struct v4l2_event *event);

#endif
