// SPDX-License-Identifier: BSD-3-Clause
/*
 * Events of the test pattern camera, of which there is one: a control changed.
 *
 * As in v4l2-event.c, there is one place per subscription; a newer event takes
 * it over with the changes of both (v4l2_ctrl_replace()), and `sequence` counts
 * the one that was lost.
 */
#include "hostd/device_pattern_state.h"

#include <errno.h>
#include <string.h>
#include <time.h>

void device_pattern_queue_event(struct device_pattern_file *file, int row,
				uint32_t changes)
{
	const struct device_pattern_control *control =
		&device_pattern_controls[row];
	struct device_pattern_subscription *subscription =
		&file->subscriptions[row];
	struct v4l2_event *event = &subscription->event;

	if (subscription->pending)
		changes |= event->u.ctrl.changes;

	memset(event, 0, sizeof(*event));
	event->type = V4L2_EVENT_CTRL;
	event->u.ctrl.changes = changes;
	event->u.ctrl.type = control->type;
	event->u.ctrl.value = file->camera->values[row];
	event->u.ctrl.flags = control->flags;
	event->u.ctrl.minimum = control->minimum;
	event->u.ctrl.maximum = control->maximum;
	event->u.ctrl.step = control->step;
	event->u.ctrl.default_value = control->start;
	event->sequence = ++file->sequence;
	event->id = control->id;
	clock_gettime(CLOCK_MONOTONIC, &event->timestamp);
	subscription->pending = true;
}

int device_pattern_subscribe_event(struct device_pattern_file *file, void *arg)
{
	const struct v4l2_event_subscription *wish = arg;
	struct device_pattern_subscription *subscription;
	int row;

	row = wish->type == V4L2_EVENT_CTRL ? device_pattern_find(wish->id)
					    : -EINVAL;
	if (row < 0)
		return row;

	subscription = &file->subscriptions[row];
	if (subscription->active)
		return 0;

	subscription->active = true;
	subscription->feedback = wish->flags & V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK;
	if (wish->flags & V4L2_EVENT_SUB_FL_SEND_INITIAL &&
	    device_pattern_controls[row].type != V4L2_CTRL_TYPE_CTRL_CLASS)
		device_pattern_queue_event(file, row,
					   V4L2_EVENT_CTRL_CH_VALUE |
						   V4L2_EVENT_CTRL_CH_FLAGS);
	return 0;
}

/* Without an error for what is not subscribed, as v4l2_event_unsubscribe(). */
int device_pattern_unsubscribe_event(struct device_pattern_file *file,
				     void *arg)
{
	const struct v4l2_event_subscription *wish = arg;
	int row = device_pattern_find(wish->id);

	if (wish->type == V4L2_EVENT_ALL)
		memset(file->subscriptions, 0, sizeof(file->subscriptions));
	else if (wish->type == V4L2_EVENT_CTRL && row >= 0)
		memset(&file->subscriptions[row], 0,
		       sizeof(file->subscriptions[row]));
	return 0;
}

static unsigned int
device_pattern_count_events(const struct device_pattern_file *file)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < DEVICE_PATTERN_CONTROLS; i++)
		count += file->subscriptions[i].pending;
	return count;
}

bool device_pattern_event_waits(const struct device_pattern_file *file)
{
	return device_pattern_count_events(file) > 0;
}

int device_pattern_take_event(struct device_pattern_file *file,
			      struct v4l2_event *event)
{
	struct device_pattern_subscription *oldest = NULL;
	unsigned int i;

	for (i = 0; i < DEVICE_PATTERN_CONTROLS; i++) {
		struct device_pattern_subscription *subscription =
			&file->subscriptions[i];

		if (!subscription->pending)
			continue;
		if (!oldest ||
		    subscription->event.sequence < oldest->event.sequence)
			oldest = subscription;
	}
	if (!oldest)
		return -ENOENT;

	oldest->pending = false;
	*event = oldest->event;
	event->pending = device_pattern_count_events(file);
	return 0;
}
