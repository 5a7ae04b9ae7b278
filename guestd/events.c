// SPDX-License-Identifier: BSD-3-Clause
/*
 * V4L2 events of one open file.
 *
 * The host's kernel has merged once already.  Here it is done again, because
 * the host sends what it has at once and the application may be slow.
 */
#include "guestd/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/stats.h"

struct events_entry {
	struct v4l2_event event;
	struct events_subscription *subscription;
	struct events_entry *next;
};

struct events_subscription {
	uint32_t type;
	uint32_t id;
	unsigned int depth;
	unsigned int waiting;
	struct events_subscription *next;
};

void events_init(struct events *events)
{
	memset(events, 0, sizeof(*events));
	events->last = &events->first;
	events->sequence = UINT32_MAX; /* the first event has number 0 */
}

static struct events_subscription *find(const struct events *events,
					uint32_t type, uint32_t id)
{
	struct events_subscription *at;

	for (at = events->subscriptions; at; at = at->next)
		if (at->type == type && at->id == id)
			return at;
	return NULL;
}

int events_subscribe(struct events *events,
		     const struct v4l2_event_subscription *subscription)
{
	struct events_subscription *added;

	if (find(events, subscription->type, subscription->id))
		return -EEXIST;
	if (events->subscription_count == EVENTS_SUBSCRIPTIONS_MAX)
		return -ENOMEM;
	added = calloc(1, sizeof(*added));
	if (!added)
		return -ENOMEM;
	added->type = subscription->type;
	added->id = subscription->id;
	added->depth =
		subscription->type == V4L2_EVENT_CTRL ||
				subscription->type == V4L2_EVENT_SOURCE_CHANGE
			? 1
			: EVENTS_DEPTH;
	added->next = events->subscriptions;
	events->subscriptions = added;
	events->subscription_count++;
	return 0;
}

/* Take the oldest event of @subscription (NULL: of all) out of the list. */
static struct events_entry *
take_oldest(struct events *events,
	    const struct events_subscription *subscription)
{
	struct events_entry **at;
	struct events_entry *entry;

	for (at = &events->first; *at; at = &(*at)->next)
		if (!subscription || (*at)->subscription == subscription)
			break;
	entry = *at;
	if (!entry)
		return NULL;
	*at = entry->next;
	if (!*at)
		events->last = at;
	entry->next = NULL;
	entry->subscription->waiting--;
	events->pending--;
	return entry;
}

static void remove_subscription(struct events *events,
				struct events_subscription **at)
{
	struct events_subscription *gone = *at;
	struct events_entry *entry;

	while ((entry = take_oldest(events, gone)))
		free(entry);
	*at = gone->next;
	free(gone);
	events->subscription_count--;
}

void events_unsubscribe(struct events *events,
			const struct v4l2_event_subscription *subscription)
{
	struct events_subscription **at = &events->subscriptions;

	while (*at) {
		if (subscription->type == V4L2_EVENT_ALL ||
		    ((*at)->type == subscription->type &&
		     (*at)->id == subscription->id))
			remove_subscription(events, at);
		else
			at = &(*at)->next;
	}
}

void events_finish(struct events *events)
{
	struct v4l2_event_subscription all = { .type = V4L2_EVENT_ALL };

	events_unsubscribe(events, &all);
}

/*
 * What is lost with an old event that a new one replaces: v4l2-event.c and
 * v4l2-ctrls-core.c, the replace operations.
 */
static void keep_changes(const struct v4l2_event *old, struct v4l2_event *event)
{
	if (event->type == V4L2_EVENT_CTRL)
		event->u.ctrl.changes |= old->u.ctrl.changes;
	else if (event->type == V4L2_EVENT_SOURCE_CHANGE)
		event->u.src_change.changes |= old->u.src_change.changes;
}

bool events_queue(struct events *events, const struct v4l2_event *event)
{
	struct events_subscription *subscription =
		find(events, event->type, event->id);
	struct events_entry *entry = NULL;
	struct v4l2_event queued = *event;

	if (!subscription)
		return false;
	events->sequence++;
	if (subscription->waiting == subscription->depth) {
		entry = take_oldest(events, subscription);
		if (subscription->depth == 1)
			keep_changes(&entry->event, &queued);
		else
			stats_add(STATS_EVENTS_DROPPED, 1);
	} else {
		entry = calloc(1, sizeof(*entry));
		if (!entry) {
			stats_add(STATS_EVENTS_DROPPED, 1);
			return false;
		}
	}
	queued.sequence = events->sequence;
	memset(queued.reserved, 0, sizeof(queued.reserved));
	entry->event = queued;
	entry->subscription = subscription;
	entry->next = NULL;
	*events->last = entry;
	events->last = &entry->next;
	subscription->waiting++;
	events->pending++;
	return true;
}

int events_dequeue(struct events *events, struct v4l2_event *event)
{
	struct events_entry *entry = take_oldest(events, NULL);

	if (!entry)
		return -ENOENT;
	*event = entry->event;
	event->pending = events->pending;
	free(entry);
	return 0;
}
