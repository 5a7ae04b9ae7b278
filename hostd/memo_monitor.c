// SPDX-License-Identifier: BSD-3-Clause
/*
 * One more open file of a device, which hears of every control.
 */
#include "hostd/memo_monitor.h"

#include <errno.h>
#include <string.h>

#include "common/memo_wire.h"
#include "hostd/device_open.h"

#define MONITOR_CONTROLS_MAX 4096

static int device_ioctl(struct device_file *file, uint32_t cmd, void *arg)
{
	return file->device->ops->ioctl(file, ioctl_lookup(cmd), arg);
}

static int subscribe(struct device_file *file,
		     const struct v4l2_query_ext_ctrl *control)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = control->id,
		.flags = V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK,
	};

	/* A heading never changes, and uvcvideo has no events of it. */
	if (control->type == V4L2_CTRL_TYPE_CTRL_CLASS)
		return 0;
	return device_ioctl(file, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

/* Old drivers have controls that only QUERYCTRL knows, and no events of them. */
static int has_none(struct device_file *file)
{
	struct v4l2_queryctrl control = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	int ret = device_ioctl(file, VIDIOC_QUERYCTRL, &control);

	return ret == -ENOTTY ? 0 : -EOPNOTSUPP;
}

/* EINVAL is the end of the list. */
static int subscribe_all(struct device_file *file)
{
	struct v4l2_query_ext_ctrl control;
	unsigned int count;
	uint32_t id = 0;
	int ret;

	for (count = 0; count < MONITOR_CONTROLS_MAX; count++) {
		memset(&control, 0, sizeof(control));
		control.id = id | V4L2_CTRL_FLAG_NEXT_CTRL |
			     V4L2_CTRL_FLAG_NEXT_COMPOUND;
		ret = device_ioctl(file, VIDIOC_QUERY_EXT_CTRL, &control);
		if (ret == -EINVAL)
			return 0;
		if (ret == -ENOTTY)
			return has_none(file);
		if (!ret)
			ret = subscribe(file, &control);
		if (ret)
			return ret;
		id = control.id;
	}
	return -E2BIG;
}

int memo_monitor_open(struct device *device, unsigned int index,
		      struct opener *opener, struct device_file **out)
{
	uint32_t priority = V4L2_PRIORITY_BACKGROUND;
	struct device_file *file;
	int ret;

	ret = device_open(device, index, opener, &file);
	if (ret)
		return ret;
	ret = device_ioctl(file, VIDIOC_S_PRIORITY, &priority);
	if (!ret || ret == -ENOTTY)
		ret = subscribe_all(file);
	if (ret) {
		device->ops->close(file);
		return ret;
	}
	*out = file;
	return 0;
}

void memo_monitor_close(struct device_file *file)
{
	if (file)
		file->device->ops->close(file);
}

int memo_monitor_look(struct device_file *file, bool *changed)
{
	struct v4l2_event event;
	unsigned int count;
	int ret;

	/* The kernel keeps one for each subscription. */
	for (count = 0; count < MONITOR_CONTROLS_MAX; count++) {
		memset(&event, 0, sizeof(event));
		ret = file->device->ops->collect_event(file, &event);
		if (ret)
			return ret == -ENODEV ? ret : 0;
		if (event.type != V4L2_EVENT_CTRL || memo_event_changes(&event))
			*changed = true;
	}
	return 0;
}
