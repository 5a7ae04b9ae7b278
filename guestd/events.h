/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * V4L2 events of one open file, as v4l2-event.c keeps them: per subscription a
 * bounded number, merged or dropped when there are more; dequeued in the order
 * in which they came.
 */
#ifndef GUESTD_EVENTS_H
#define GUESTD_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/videodev2_new.h"

#define EVENTS_DEPTH             32 /* of types without merge rules */
#define EVENTS_SUBSCRIPTIONS_MAX 1024

struct events_subscription;
struct events_entry;

/**
 * struct events - All of a file
 * @sequence:	Of the last event that was queued
 * @pending:	Events that wait
 */
struct events {
	struct events_subscription *subscriptions;
	struct events_entry *first;
	struct events_entry **last;
	unsigned int subscription_count;
	unsigned int pending;
	uint32_t sequence;
};

void events_init(struct events *events);
void events_finish(struct events *events);

/**
 * events_subscribe() - SUBSCRIBE_EVENT is being sent to the host
 *
 * Before the host's answer, because a SEND_INITIAL event precedes it.
 *
 * Return: 0, -EEXIST if there is this subscription already, -ENOMEM
 */
int events_subscribe(struct events *events,
		     const struct v4l2_event_subscription *subscription);

/** events_unsubscribe() - And forget its events; V4L2_EVENT_ALL: all */
void events_unsubscribe(struct events *events,
			const struct v4l2_event_subscription *subscription);

/**
 * events_queue() - An event from the host
 *
 * Return: whether anybody subscribed to it
 */
bool events_queue(struct events *events, const struct v4l2_event *event);

/**
 * events_dequeue() - DQEVENT
 *
 * Return: 0, or -ENOENT if none waits
 */
int events_dequeue(struct events *events, struct v4l2_event *event);

#endif
