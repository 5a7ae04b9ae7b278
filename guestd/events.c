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
	TAILQ_ENTRY(events_entry) next;
	struct events_subscription *subscription;
	struct v4l2_event event;
};

/**
 * struct events_subscription - Room for @depth events, a ring
 * @asked:	Answers of the host that are due
 * @granted:	The host has said yes
 * @first:	The oldest of @waiting entries
 */
struct events_subscription {
	LIST_ENTRY(events_subscription) next;
	uint32_t type;
	uint32_t id;
	unsigned int asked;
	bool granted;
	unsigned int depth;
	unsigned int first;
	unsigned int waiting;
	struct events_entry entries[];
};

void events_init(struct events *events)
{
	memset(events, 0, sizeof(*events));
	LIST_INIT(&events->subscriptions);
	TAILQ_INIT(&events->available);
}

/* ---- subscriptions --------------------------------------------------------- */

static struct events_subscription *find(const struct events *events,
					uint32_t type, uint32_t id)
{
	struct events_subscription *at;

	LIST_FOREACH(at, &events->subscriptions, next)
	if (at->type == type && at->id == id)
		return at;
	return NULL;
}

/* v4l2_ctrl_subscribe_event(), v4l2_src_change_event_subscribe() */
static bool merges(uint32_t type)
{
	return type == V4L2_EVENT_CTRL || type == V4L2_EVENT_SOURCE_CHANGE;
}

static struct events_subscription *add(struct events *events, uint32_t type,
				       uint32_t id)
{
	unsigned int depth = merges(type) ? 1 : EVENTS_DEPTH;
	struct events_subscription *added;

	if (events->subscription_count == EVENTS_SUBSCRIPTIONS_MAX)
		return NULL;
	added = calloc(1, sizeof(*added) + depth * sizeof(added->entries[0]));
	if (!added)
		return NULL;
	added->type = type;
	added->id = id;
	added->depth = depth;
	LIST_INSERT_HEAD(&events->subscriptions, added, next);
	events->subscription_count++;
	return added;
}

int events_subscribe(struct events *events,
		     const struct v4l2_event_subscription *subscription)
{
	struct events_subscription *at =
		find(events, subscription->type, subscription->id);

	if (!at)
		at = add(events, subscription->type, subscription->id);
	if (!at)
		return -ENOMEM;
	at->asked++;
	return 0;
}

/* Take the oldest event of a subscription; its entry is the next one to use. */
static struct events_entry *take_oldest(struct events *events,
					struct events_subscription *from)
{
	struct events_entry *entry = &from->entries[from->first];

	TAILQ_REMOVE(&events->available, entry, next);
	from->first = (from->first + 1) % from->depth;
	from->waiting--;
	events->pending--;
	return entry;
}

static void drop_events(struct events *events, struct events_subscription *at)
{
	while (at->waiting)
		take_oldest(events, at);
}

static void remove_subscription(struct events *events,
				struct events_subscription *gone)
{
	drop_events(events, gone);
	LIST_REMOVE(gone, next);
	free(gone);
	events->subscription_count--;
}

void events_subscribed(struct events *events,
		       const struct v4l2_event_subscription *subscription,
		       int error)
{
	struct events_subscription *at =
		find(events, subscription->type, subscription->id);

	if (!at || !at->asked)
		return;
	at->asked--;
	if (!error)
		at->granted = true;
	if (!at->granted && !at->asked)
		remove_subscription(events, at);
}

static void unsubscribe(struct events *events, struct events_subscription *at)
{
	at->granted = false;
	if (at->asked)
		drop_events(events, at);
	else
		remove_subscription(events, at);
}

void events_unsubscribe(struct events *events,
			const struct v4l2_event_subscription *subscription)
{
	struct events_subscription *at = LIST_FIRST(&events->subscriptions);
	struct events_subscription *next;
	bool all = subscription->type == V4L2_EVENT_ALL;

	for (; at; at = next) {
		next = LIST_NEXT(at, next);
		if (all || (at->type == subscription->type &&
			    at->id == subscription->id))
			unsubscribe(events, at);
	}
}

void events_finish(struct events *events)
{
	struct events_subscription *at;

	while ((at = LIST_FIRST(&events->subscriptions)))
		remove_subscription(events, at);
}

/* ---- events ------------------------------------------------------------------ */

/* v4l2_ctrl_replace(), v4l2_event_src_replace(): what @old says is not lost. */
static void keep_changes(const struct v4l2_event *old, struct v4l2_event *event)
{
	if (event->type == V4L2_EVENT_CTRL)
		event->u.ctrl.changes |= old->u.ctrl.changes;
	else
		event->u.src_change.changes |= old->u.src_change.changes;
}

bool events_queue(struct events *events, const struct v4l2_event *event)
{
	struct events_subscription *subscription =
		find(events, event->type, event->id);
	struct v4l2_event queued = *event;
	struct events_entry *entry;

	if (!subscription)
		return false;
	memset(queued.reserved, 0, sizeof(queued.reserved));
	if (subscription->waiting == subscription->depth) {
		entry = take_oldest(events, subscription);
		if (merges(event->type))
			keep_changes(&entry->event, &queued);
		else
			stats_add(STATS_EVENTS_DROPPED, 1);
	}
	entry = &subscription->entries[(subscription->first +
					subscription->waiting++) %
				       subscription->depth];
	entry->subscription = subscription;
	entry->event = queued;
	TAILQ_INSERT_TAIL(&events->available, entry, next);
	events->pending++;
	return true;
}

int events_dequeue(struct events *events, struct v4l2_event *event)
{
	struct events_entry *entry = TAILQ_FIRST(&events->available);

	if (!entry)
		return -ENOENT;
	take_oldest(events, entry->subscription);
	*event = entry->event;
	event->pending = events->pending;
	return 0;
}
