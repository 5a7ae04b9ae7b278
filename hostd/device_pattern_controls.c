// SPDX-License-Identifier: BSD-3-Clause
/*
 * The controls of the test pattern camera.
 *
 * Errors and their order are those of v4l2-ctrls-api.c.
 */
#include "hostd/device_pattern_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* By id, as NEXT_CTRL gives them. */
const struct device_pattern_control
	device_pattern_controls[DEVICE_PATTERN_CONTROLS] = {
		{
			.id = V4L2_CID_USER_CLASS,
			.type = V4L2_CTRL_TYPE_CTRL_CLASS,
			.name = "User Controls",
			.flags = V4L2_CTRL_FLAG_READ_ONLY |
				 V4L2_CTRL_FLAG_WRITE_ONLY,
		},
		{
			.id = V4L2_CID_BRIGHTNESS,
			.type = V4L2_CTRL_TYPE_INTEGER,
			.name = "Brightness",
			.flags = V4L2_CTRL_FLAG_SLIDER,
			.maximum = 255,
			.step = 1,
			.start = 128,
		},
	};

int device_pattern_find(uint32_t id)
{
	int i;

	for (i = 0; i < DEVICE_PATTERN_CONTROLS; i++)
		if (device_pattern_controls[i].id == id)
			return i;
	return -EINVAL;
}

void device_pattern_reset_controls(struct device_pattern *camera)
{
	unsigned int i;

	for (i = 0; i < DEVICE_PATTERN_CONTROLS; i++)
		camera->values[i] = device_pattern_controls[i].start;
}

/* v4l2_query_ext_ctrl(): one control, or the next. */
static const struct device_pattern_control *device_pattern_query(uint32_t id)
{
	bool next = id & V4L2_CTRL_FLAG_NEXT_CTRL;
	unsigned int i;

	/* There are none that are compound. */
	if (!next && id & V4L2_CTRL_FLAG_NEXT_COMPOUND)
		return NULL;

	id &= V4L2_CTRL_ID_MASK;
	for (i = 0; i < DEVICE_PATTERN_CONTROLS; i++) {
		uint32_t here = device_pattern_controls[i].id;

		if (next ? here > id : here == id)
			return &device_pattern_controls[i];
	}
	return NULL;
}

int device_pattern_queryctrl(struct device_pattern_file *file, void *arg)
{
	struct v4l2_queryctrl *query = arg;
	const struct device_pattern_control *control =
		device_pattern_query(query->id);

	(void)file;

	if (!control)
		return -EINVAL;

	memset(query, 0, sizeof(*query));
	query->id = control->id;
	query->type = control->type;
	snprintf((char *)query->name, sizeof(query->name), "%s", control->name);
	query->minimum = control->minimum;
	query->maximum = control->maximum;
	query->step = control->step;
	query->default_value = control->start;
	query->flags = control->flags;
	return 0;
}

int device_pattern_query_ext_ctrl(struct device_pattern_file *file, void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;
	const struct device_pattern_control *control =
		device_pattern_query(query->id);

	(void)file;

	if (!control)
		return -EINVAL;

	memset(query, 0, sizeof(*query));
	query->id = control->id;
	query->type = control->type;
	snprintf(query->name, sizeof(query->name), "%s", control->name);
	query->minimum = control->minimum;
	query->maximum = control->maximum;
	query->step = (uint32_t)control->step;
	query->default_value = control->start;
	query->flags = control->flags;
	query->elem_size = sizeof(int32_t);
	query->elems = 1;
	return 0;
}

int device_pattern_querymenu(struct device_pattern_file *file, void *arg)
{
	(void)file;
	(void)arg;

	return -EINVAL; /* no control is a menu */
}

/* The control's nearest value, as for V4L2_CTRL_TYPE_INTEGER. */
static int32_t device_pattern_round(int row, int32_t value)
{
	const struct device_pattern_control *control =
		&device_pattern_controls[row];

	if (value < control->minimum)
		return control->minimum;
	return value > control->maximum ? control->maximum : value;
}

/* new_to_cur() and send_event(): whoever did it knows. */
static void device_pattern_set(struct device_pattern_file *file, int row,
			       int32_t value)
{
	struct device_pattern *camera = file->camera;
	struct device_pattern_file *other;

	if (camera->values[row] == value)
		return;

	camera->values[row] = value;
	for (other = camera->files; other; other = other->next) {
		const struct device_pattern_subscription *subscription =
			&other->subscriptions[row];

		if (!subscription->active ||
		    (other == file && !subscription->feedback))
			continue;
		device_pattern_queue_event(other, row,
					   V4L2_EVENT_CTRL_CH_VALUE);
		device_pattern_wake(other);
	}
}

int device_pattern_g_ctrl(struct device_pattern_file *file, void *arg)
{
	struct v4l2_control *control = arg;
	int row = device_pattern_find(control->id);

	if (row < 0)
		return row;
	if (device_pattern_controls[row].flags & V4L2_CTRL_FLAG_WRITE_ONLY)
		return -EACCES;

	control->value = file->camera->values[row];
	return 0;
}

int device_pattern_s_ctrl(struct device_pattern_file *file, void *arg)
{
	struct v4l2_control *control = arg;
	int row = device_pattern_find(control->id);

	if (row < 0)
		return row;
	if (device_pattern_controls[row].flags & V4L2_CTRL_FLAG_READ_ONLY)
		return -EACCES;

	control->value = device_pattern_round(row, control->value);
	device_pattern_set(file, row, control->value);
	return 0;
}

/* class_check() of v4l2-ctrls-api.c, for an empty list */
static int device_pattern_check_class(uint32_t which)
{
	if (which == V4L2_CTRL_WHICH_CUR_VAL ||
	    which == V4L2_CTRL_WHICH_DEF_VAL)
		return 0;
	return device_pattern_find(which | 1) < 0 ? -EINVAL : 0;
}

/*
 * prepare_ext_ctrls(): is every control there, of the class, and without @flag?
 * error_idx is the one that is not.
 */
static int device_pattern_check_list(struct v4l2_ext_controls *list,
				     uint32_t flag)
{
	uint32_t which = list->which;
	uint32_t i;

	for (i = 0; i < list->count; i++) {
		uint32_t id = list->controls[i].id & V4L2_CTRL_ID_MASK;
		int row = device_pattern_find(id);

		list->error_idx = i;
		if (which != V4L2_CTRL_WHICH_CUR_VAL &&
		    which != V4L2_CTRL_WHICH_DEF_VAL &&
		    V4L2_CTRL_ID2WHICH(id) != which)
			return -EINVAL;
		if (row < 0)
			return -EINVAL;
	}

	for (i = 0; i < list->count; i++) {
		int row = device_pattern_find(list->controls[i].id &
					      V4L2_CTRL_ID_MASK);

		list->error_idx = i;
		if (device_pattern_controls[row].flags & flag)
			return -EACCES;
	}
	list->error_idx = list->count;
	return 0;
}

int device_pattern_g_ext_ctrls(struct device_pattern_file *file, void *arg)
{
	struct v4l2_ext_controls *list = arg;
	bool start = list->which == V4L2_CTRL_WHICH_DEF_VAL;
	uint32_t i;
	int ret;

	list->error_idx = list->count;
	if (list->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		return -EINVAL;

	list->which = V4L2_CTRL_ID2WHICH(list->which);
	if (list->count == 0)
		return device_pattern_check_class(list->which);

	ret = device_pattern_check_list(list, V4L2_CTRL_FLAG_WRITE_ONLY);
	list->error_idx = list->count;
	if (ret < 0)
		return ret;

	for (i = 0; i < list->count; i++) {
		struct v4l2_ext_control *control = &list->controls[i];
		int row = device_pattern_find(control->id & V4L2_CTRL_ID_MASK);

		control->value = start ? device_pattern_controls[row].start
				       : file->camera->values[row];
	}
	return 0;
}

/* What S_ and TRY_EXT_CTRLS have in common: only the former touches anything. */
static int device_pattern_try_or_set(struct device_pattern_file *file,
				     struct v4l2_ext_controls *list, bool set)
{
	uint32_t i;
	int ret;

	list->error_idx = list->count;
	if (list->which == V4L2_CTRL_WHICH_DEF_VAL ||
	    list->which == V4L2_CTRL_WHICH_REQUEST_VAL)
		return -EINVAL;

	list->which = V4L2_CTRL_ID2WHICH(list->which);
	if (list->count == 0)
		return device_pattern_check_class(list->which);

	ret = device_pattern_check_list(list, V4L2_CTRL_FLAG_READ_ONLY);
	if (ret < 0) {
		/* Nothing was set: the spec wants this one apart. */
		if (set)
			list->error_idx = list->count;
		return ret;
	}

	for (i = 0; i < list->count; i++) {
		struct v4l2_ext_control *control = &list->controls[i];
		int row = device_pattern_find(control->id & V4L2_CTRL_ID_MASK);

		control->value = device_pattern_round(row, control->value);
		if (set)
			device_pattern_set(file, row, control->value);
	}
	return 0;
}

int device_pattern_s_ext_ctrls(struct device_pattern_file *file, void *arg)
{
	return device_pattern_try_or_set(file, arg, true);
}

int device_pattern_try_ext_ctrls(struct device_pattern_file *file, void *arg)
{
	return device_pattern_try_or_set(file, arg, false);
}
