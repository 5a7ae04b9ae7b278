// SPDX-License-Identifier: BSD-3-Clause
/*
 * Controls on their way to ioctl(2) and back.
 */
#include "hostd/patch_controls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_CONTROL 0xffff     /* in a class: the number of no control */
#define NO_CLASS   0x00970000 /* before V4L2_CTRL_CLASS_USER */
#define NEXT       (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

static int device_ioctl(struct device_file *file, uint32_t cmd, void *arg)
{
	return file->device->ops->ioctl(file, ioctl_lookup(cmd), arg);
}

/* Of the same class, since that is looked at first. */
static uint32_t hidden(uint32_t id)
{
	return (uint32_t)V4L2_CTRL_ID2WHICH(id) | NO_CONTROL;
}

/* ---- one ------------------------------------------------------------------- */

/* Return: where the number of the control is; NULL: it is about none */
static uint32_t *find_id(struct payload *payload)
{
	union payload_arg *arg = &payload->arg;

	switch (payload->desc->cmd) {
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERY_EXT_CTRL:
	case VIDIOC_QUERYMENU:
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL:
		return &arg->u32; /* each begins with it */
	case VIDIOC_SUBSCRIBE_EVENT:
		return arg->subscription.type == V4L2_EVENT_CTRL
			       ? &arg->subscription.id
			       : NULL;
	default:
		return NULL;
	}
}

static bool asks_for_next(const struct payload *payload, uint32_t id)
{
	return (payload->desc->cmd == VIDIOC_QUERYCTRL ||
		payload->desc->cmd == VIDIOC_QUERY_EXT_CTRL) &&
	       (id & NEXT);
}

/* Numbers grow (v4l2_query_ext_ctrl()), so it ends. */
static int query_next(struct device_file *file, struct payload *payload,
		      const struct control_set *controls)
{
	size_t size = ioctl_size(payload->desc);
	uint32_t *id = &payload->arg.u32;
	union payload_arg asked;
	uint32_t from;
	int ret;

	memcpy(asked.bytes, payload->arg.bytes, size);
	for (;;) {
		from = *id & V4L2_CTRL_ID_MASK;
		ret = device_ioctl(file, payload->desc->cmd, &payload->arg);
		if (!ret && control_set_contains(controls, *id))
			return 0;
		if (!ret && *id <= from)
			ret = -EINVAL;
		if (ret) {
			memcpy(payload->arg.bytes, asked.bytes, size);
			return ret;
		}
		from = *id | (asked.u32 & NEXT);
		memcpy(payload->arg.bytes, asked.bytes, size);
		*id = from;
	}
}

/*
 * Only a query has flags in the number; v4l2-core takes them away from others, while
 * uvcvideo sets or gets the one behind it (uvc_find_control()).
 */
static uint32_t without_flags(const struct payload *payload, uint32_t id)
{
	switch (payload->desc->cmd) {
	case VIDIOC_QUERYMENU:
	case VIDIOC_G_CTRL:
	case VIDIOC_S_CTRL:
		return id & V4L2_CTRL_ID_MASK;
	default:
		return id;
	}
}

/* Unless the driver has said of which it speaks */
static void put_back(uint32_t *id, uint32_t sent, uint32_t own)
{
	if (*id == sent)
		*id = own;
}

int patch_control_run(struct device_file *file, struct payload *payload,
		      const struct control_set *controls)
{
	uint32_t *id = find_id(payload);
	uint32_t own = id ? *id : 0;
	uint32_t sent;
	int ret;

	if (!id || !control_set_restricts(controls))
		return device_ioctl(file, payload->desc->cmd, &payload->arg);
	if (asks_for_next(payload, own))
		return query_next(file, payload, controls);
	sent = control_set_contains(controls, own) ? without_flags(payload, own)
						   : hidden(own);
	*id = sent;
	ret = device_ioctl(file, payload->desc->cmd, &payload->arg);
	put_back(id, sent, own);
	return ret;
}

/* ---- a list ---------------------------------------------------------------- */

static struct v4l2_ext_control *list(struct payload *payload)
{
	return (struct v4l2_ext_control *)(void *)payload->nested;
}

static size_t list_count(const struct payload *payload)
{
	return payload->nested_len / sizeof(struct v4l2_ext_control);
}

/* Return: the numbers that are there, or NULL */
static uint32_t *copy_ids(struct payload *payload)
{
	size_t count = list_count(payload);
	uint32_t *ids = calloc(count, sizeof(ids[0]));
	size_t i;

	for (i = 0; ids && i < count; i++)
		ids[i] = list(payload)[i].id;
	return ids;
}

/*
 * Without flags: has_payload() is to ask about the very control that the list is
 * about, and so is control_set_contains().
 *
 * @ids: set to the numbers that were there; NULL: they still are
 */
static int hide(struct payload *payload, const struct control_set *set,
		uint32_t **ids)
{
	size_t i;

	*ids = NULL;
	for (i = 0; i < list_count(payload); i++) {
		struct v4l2_ext_control *control = &list(payload)[i];
		uint32_t id = control->id & V4L2_CTRL_ID_MASK;

		if (!control_set_contains(set, id))
			id = hidden(id);
		if (id == control->id)
			continue;
		if (!*ids)
			*ids = copy_ids(payload);
		if (!*ids)
			return -ENOMEM;
		control->id = id;
	}
	return 0;
}

static void show(struct payload *payload, const uint32_t *ids)
{
	size_t i;

	for (i = 0; ids && i < list_count(payload); i++)
		list(payload)[i].id = ids[i];
}

/*
 * Without a list it is asked whether there is such a class: class_check(), which
 * does not know of those that are values (V4L2_CTRL_WHICH_DEF_VAL) and no classes.
 */
static uint32_t hidden_class(const struct v4l2_ext_controls *controls,
			     const struct control_set *set)
{
	uint32_t class = (uint32_t)V4L2_CTRL_ID2WHICH(controls->which);

	if (controls->count || !class || class >= V4L2_CID_PRIVATE_BASE ||
	    control_set_contains(set, class | 1))
		return controls->which;
	return (controls->which ^ class) | NO_CLASS;
}

static bool has_payload(struct device_file *file, uint32_t id)
{
	struct v4l2_query_ext_ctrl query = { .id = id };

	return !device_ioctl(file, VIDIOC_QUERY_EXT_CTRL, &query) &&
	       (query.flags & V4L2_CTRL_FLAG_HAS_PAYLOAD);
}

/*
 * The kernel takes the union for a pointer only where the control has payload;
 * elsewhere it is the value, whatever the guest says in size.  The blobs are
 * those of the controls with a size, in their order.
 */
static void point(struct device_file *file, struct payload *payload)
{
	unsigned int i;

	for (i = 0; i < payload->blob_count; i++) {
		const struct payload_blob *blob = &payload->blobs[i];
		struct v4l2_ext_control *control =
			&list(payload)[blob->control];

		if (has_payload(file, control->id))
			control->ptr = payload->blob_bytes + blob->offset;
		else
			control->size = 0;
	}
}

static void unpoint(struct payload *payload)
{
	unsigned int i;

	payload->arg.controls.controls = NULL;
	for (i = 0; i < payload->blob_count; i++) {
		struct v4l2_ext_control *control =
			&list(payload)[payload->blobs[i].control];

		if (control->ptr ==
		    payload->blob_bytes + payload->blobs[i].offset)
			control->ptr = NULL;
	}
}

int patch_controls_run(struct device_file *file, struct payload *payload,
		       const struct control_set *set)
{
	struct v4l2_ext_controls *controls = &payload->arg.controls;
	uint32_t which = controls->which;
	uint32_t sent = hidden_class(controls, set);
	uint32_t *ids;
	int ret;

	ret = hide(payload, set, &ids);
	if (ret)
		return ret;
	/* Whatever else is wrong is said first (v4l2_g_ext_ctrls_request()). */
	controls->request_fd = which == V4L2_CTRL_WHICH_REQUEST_VAL ? -1 : 0;
	controls->which = sent;
	controls->controls = list(payload);
	if (payload->nested)
		point(file, payload);
	ret = device_ioctl(file, payload->desc->cmd, controls);
	unpoint(payload);
	show(payload, ids);
	free(ids);
	/* It may have been cut to the class (v4l2_g_ext_ctrls_common()). */
	if (sent != which)
		controls->which = controls->which == sent
					  ? which
					  : (uint32_t)V4L2_CTRL_ID2WHICH(which);
	controls->request_fd = 0;
	return ret;
}
