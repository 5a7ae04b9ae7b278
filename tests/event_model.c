// SPDX-License-Identifier: BSD-3-Clause
/*
 * The rules of v4l2-event.c.
 */
#include "tests/event_model.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "guestd/events.h"

static bool about(const struct v4l2_event *event, uint32_t type, uint32_t id)
{
	return event->type == type && event->id == id;
}

static unsigned int room(uint32_t type)
{
	return type == V4L2_EVENT_CTRL || type == V4L2_EVENT_SOURCE_CHANGE
		       ? 1
		       : EVENTS_DEPTH;
}

static int find(const struct event_model *model, uint32_t type, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < model->subscribed_count; i++)
		if (model->subscribed[i].type == type &&
		    model->subscribed[i].id == id)
			return (int)i;
	return -1;
}

static struct v4l2_event take(struct event_model *model, unsigned int at)
{
	struct v4l2_event event = model->events[at];

	model->count--;
	memmove(&model->events[at], &model->events[at + 1],
		(model->count - at) * sizeof(event));
	return event;
}

int event_model_subscribe(struct event_model *model,
			  const struct v4l2_event_subscription *subscription)
{
	if (find(model, subscription->type, subscription->id) >= 0)
		return 0;
	if (model->subscribed_count == EVENT_MODEL_SUBSCRIPTIONS)
		abort();
	model->subscribed[model->subscribed_count++] = *subscription;
	return 1;
}

static void remove_one(struct event_model *model, unsigned int at)
{
	struct v4l2_event_subscription gone = model->subscribed[at];
	unsigned int i = 0;

	model->subscribed[at] = model->subscribed[--model->subscribed_count];
	while (i < model->count) {
		if (about(&model->events[i], gone.type, gone.id))
			take(model, i);
		else
			i++;
	}
}

void event_model_unsubscribe(struct event_model *model,
			     const struct v4l2_event_subscription *subscription)
{
	int at = find(model, subscription->type, subscription->id);

	if (subscription->type == V4L2_EVENT_ALL)
		while (model->subscribed_count)
			remove_one(model, 0);
	else if (at >= 0)
		remove_one(model, (unsigned int)at);
}

void event_model_queue(struct event_model *model,
		       const struct v4l2_event *event)
{
	struct v4l2_event queued = *event;
	struct v4l2_event old;
	unsigned int same = 0;
	unsigned int oldest = 0;
	unsigned int i;

	if (find(model, event->type, event->id) < 0)
		return;
	for (i = model->count; i > 0; i--) {
		if (!about(&model->events[i - 1], event->type, event->id))
			continue;
		oldest = i - 1;
		same++;
	}
	if (same == room(event->type)) {
		old = take(model, oldest);
		if (event->type == V4L2_EVENT_CTRL)
			queued.u.ctrl.changes |= old.u.ctrl.changes;
		if (event->type == V4L2_EVENT_SOURCE_CHANGE)
			queued.u.src_change.changes |= old.u.src_change.changes;
	}
	if (model->count == EVENT_MODEL_EVENTS)
		abort();
	queued.sequence = model->sequence++;
	model->events[model->count++] = queued;
}

int event_model_dequeue(struct event_model *model, struct v4l2_event *event)
{
	if (!model->count)
		return -ENOENT;
	*event = take(model, 0);
	event->pending = model->count;
	return 0;
}
