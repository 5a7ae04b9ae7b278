// SPDX-License-Identifier: BSD-3-Clause
/*
 * V4L2 events that a session has subscribed to.
 */
#include "hostd/subscriptions.h"

#include <errno.h>
#include <stdlib.h>

#include "common/videodev2_new.h"

#define ROOM_FIRST 16

struct subscription {
	uint32_t type;
	uint32_t id;
};

/* Return: its place; @count if it is not there */
static unsigned int find(const struct subscriptions *subscriptions,
			 uint32_t type, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < subscriptions->count; i++)
		if (subscriptions->list[i].type == type &&
		    subscriptions->list[i].id == id)
			break;
	return i;
}

int subscriptions_prepare(struct subscriptions *subscriptions, uint32_t type,
			  uint32_t id)
{
	unsigned int room =
		subscriptions->room ? 2 * subscriptions->room : ROOM_FIRST;
	struct subscription *list;

	if (find(subscriptions, type, id) < subscriptions->count)
		return 0;
	if (subscriptions->quota->subscriptions >= SUBSCRIPTIONS_MAX)
		return -ENOMEM;
	if (subscriptions->count < subscriptions->room)
		return 0;
	list = realloc(subscriptions->list, room * sizeof(list[0]));
	if (!list)
		return -ENOMEM;
	subscriptions->list = list;
	subscriptions->room = room;
	return 0;
}

void subscriptions_add(struct subscriptions *subscriptions, uint32_t type,
		       uint32_t id)
{
	if (find(subscriptions, type, id) < subscriptions->count)
		return;
	subscriptions->list[subscriptions->count++] =
		(struct subscription){ .type = type, .id = id };
	subscriptions->quota->subscriptions++;
}

void subscriptions_remove(struct subscriptions *subscriptions, uint32_t type,
			  uint32_t id)
{
	unsigned int i = find(subscriptions, type, id);

	if (type == V4L2_EVENT_ALL) {
		subscriptions_finish(subscriptions);
		return;
	}
	if (i == subscriptions->count)
		return;
	subscriptions->list[i] = subscriptions->list[--subscriptions->count];
	subscriptions->quota->subscriptions--;
}

void subscriptions_finish(struct subscriptions *subscriptions)
{
	subscriptions->quota->subscriptions -= subscriptions->count;
	free(subscriptions->list);
	subscriptions->list = NULL;
	subscriptions->count = 0;
	subscriptions->room = 0;
}
