// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the node knows of its controls: which have payload, and how much.
 */
#include "guestd/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONTROLS_MAX 4096

/** struct device_control - What payload_control() needs, and no more */
struct device_control {
	uint32_t id;
	uint32_t type;
	uint32_t flags;
	uint32_t elem_size;
	uint32_t elems;
	uint32_t nr_of_dims;
	uint32_t dims[V4L2_CTRL_MAX_DIMS];
};

static struct device_control *find_control(const struct guest_device *device,
					   uint32_t id)
{
	unsigned int i;

	for (i = 0; i < device->control_count; i++)
		if (device->controls[i].id == id)
			return &device->controls[i];
	return NULL;
}

bool guest_device_control(const struct guest_device *device, uint32_t id,
			  uint32_t size, struct v4l2_query_ext_ctrl *info)
{
	const struct device_control *known = find_control(device, id);

	if (!known)
		return false;
	memset(info, 0, sizeof(*info));
	info->id = known->id;
	info->type = known->type;
	info->flags = known->flags;
	info->elem_size = known->elem_size;
	info->elems = known->elems;
	info->nr_of_dims = known->nr_of_dims;
	memcpy(info->dims, known->dims, sizeof(info->dims));
	return !(info->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) ||
	       payload_control_max(info) >= size;
}

static struct device_control *add_control(struct guest_device *device)
{
	struct device_control *list;

	list = realloc(device->controls,
		       (device->control_count + 1) * sizeof(list[0]));
	if (!list)
		return NULL;
	device->controls = list;
	return &list[device->control_count++];
}

int guest_device_learn_control(struct guest_device *device,
			       const struct v4l2_query_ext_ctrl *info)
{
	struct device_control *known = find_control(device, info->id);

	if (known && (known->flags ^ info->flags) & V4L2_CTRL_FLAG_HAS_PAYLOAD)
		return -EPROTO;
	if (!known && device->control_count == CONTROLS_MAX)
		return -EPROTO;
	if (!known)
		known = add_control(device);
	if (!known)
		return -ENOMEM;
	known->id = info->id;
	known->type = info->type;
	known->flags = info->flags;
	known->elem_size = info->elem_size;
	known->elems = info->elems;
	known->nr_of_dims = info->nr_of_dims;
	memcpy(known->dims, info->dims, sizeof(known->dims));
	return 0;
}

void guest_device_forget_controls(struct guest_device *device)
{
	free(device->controls);
	device->controls = NULL;
	device->control_count = 0;
}
