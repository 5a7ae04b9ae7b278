/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * V4L2 events of one open file, as v4l2-event.c keeps them: per subscription a
 * bounded number, merged or dropped when there are more; dequeued in the order
 * in which they came.
 *
 * Each file of ours is one of the host's, with the same subscriptions, so an
 * event's sequence is the host's: it counts what the host's kernel has merged or
 * dropped, too, when we could not fetch it in time.
 *
 * Who asks for a subscription gets events before it is granted, because those of
 * SEND_INITIAL precede the host's answer; and two threads may ask at a time, or
 * one of them unsubscribe.  The host answers in the order in which they asked.
 */
#ifndef GUESTD_EVENTS_H
#define GUESTD_EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/videodev2_new.h"

#define EVENTS_DEPTH             32 /* of types without merge rules */
#define EVENTS_SUBSCRIPTIONS_MAX 1024

struct events_subscription;
struct events_entry;

/**
 * struct events - All of a file
 * @available:	Those that wait, oldest first
 * @pending:	Their number
 */
struct events {
	LIST_HEAD(, events_subscription) subscriptions;
	TAILQ_HEAD(events_available, events_entry) available;
	unsigned int subscription_count;
	unsigned int pending;
};

void events_init(struct events *events);
void events_finish(struct events *events);

/**
 * events_subscribe() - SUBSCRIBE_EVENT is being sent to the host
 *
 * events_subscribed() must follow.
 *
 * Return: 0 or -ENOMEM
 */
int events_subscribe(struct events *events,
		     const struct v4l2_event_subscription *subscription);

/**
 * events_subscribed() - The host has answered
 * @error:	What it said; 0: it is granted
 *
 * A subscription that was there before stays.
 */
void events_subscribed(struct events *events,
		       const struct v4l2_event_subscription *subscription,
		       int error);

/**
 * events_unsubscribe() - The host has done UNSUBSCRIBE_EVENT: forget its events
 *
 * V4L2_EVENT_ALL: all.
 */
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
