// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking what an application's argument points to.
 *
 *	argument -> array -> about each control -> control payload
 *
 * What is behind a control depends on the control, and `size` does not tell:
 * V4L2 ignores it for scalars, so applications leave garbage there.  Hence the
 * question in the middle, which guestd answers with QUERY_EXT_CTRL.
 */
#include "common/payload.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* guestd's made-up address space for control payload; not 0, nothing is NULL */
#define BLOB_SPACE 0x10000

#define EDID_BLOCK_LEN 128 /* videodev2.h struct v4l2_edid */

/* What payload_next() does when it is called next. */
enum payload_step {
	STEP_ARGUMENT, /* look at the argument; nothing is allocated yet */
	STEP_ARRAY,    /* the controls are there; remember them */
	STEP_CONTROLS, /* ask about the controls from payload->at on */
	STEP_COMPLETE, /* nothing */
};

void payload_init(struct payload *payload, const struct ioctl_desc *desc,
		  const void *arg)
{
	memset(payload, 0, offsetof(struct payload, arg));
	payload->desc = desc;
	payload->step = STEP_ARGUMENT;
	if (arg)
		memcpy(payload->arg.bytes, arg, ioctl_size(desc));
	else
		memset(payload->arg.bytes, 0, ioctl_size(desc));
}

void payload_finish(struct payload *payload)
{
	/* All else is there for what is in the array. */
	if (payload->desc && payload->nested) {
		free(payload->nested);
		free(payload->blobs);
		free(payload->blob_bytes);
		free(payload->saved);
		free(payload->extents);
	}
	payload->desc = NULL;
}

unsigned int payload_plane_count(const struct payload *payload)
{
	if (payload->desc->nested != IOCTL_NESTED_PLANES)
		return 0;
	return payload->nested_len / sizeof(struct v4l2_plane);
}

struct v4l2_plane *payload_planes(struct payload *payload)
{
	if (payload_plane_count(payload) == 0)
		return NULL;
	return (struct v4l2_plane *)(void *)payload->nested;
}

int payload_nested(const struct ioctl_desc *desc, const union payload_arg *arg,
		   uint64_t *addr, size_t *len)
{
	switch (desc->nested) {
	case IOCTL_NESTED_PLANES:
		if (!V4L2_TYPE_IS_MULTIPLANAR(arg->buffer.type))
			break;
		if (arg->buffer.length > VIDEO_MAX_PLANES)
			return -EINVAL;
		*addr = (uintptr_t)arg->buffer.m.planes;
		*len = arg->buffer.length * sizeof(struct v4l2_plane);
		return 0;
	case IOCTL_NESTED_CONTROLS:
		if (arg->controls.count > IOCTL_CONTROLS_MAX)
			return -EINVAL;
		*addr = (uintptr_t)arg->controls.controls;
		*len = arg->controls.count * sizeof(struct v4l2_ext_control);
		return 0;
	case IOCTL_NESTED_EDID:
		if (arg->edid.blocks > IOCTL_EDID_BLOCKS_MAX)
			return -EINVAL;
		*addr = (uintptr_t)arg->edid.edid;
		*len = (size_t)arg->edid.blocks * EDID_BLOCK_LEN;
		return 0;
	case IOCTL_NESTED_WINDOW:
		/* Clips do not travel, but so many are nobody's. */
		if (desc->cmd != VIDIOC_CREATE_BUFS &&
		    payload_is_overlay(arg->format.type) &&
		    arg->format.fmt.win.clipcount > IOCTL_CLIPS_MAX)
			return -EINVAL;
		break;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_FBUF:
		break;
	}
	*addr = 0;
	*len = 0;
	return 0;
}

static struct v4l2_ext_control *controls(struct payload *payload)
{
	return (struct v4l2_ext_control *)(void *)payload->nested;
}

/* Room for @count extents; what was there is gone. */
static int renew_extents(struct payload *payload, size_t count)
{
	free(payload->extents);
	payload->extents = calloc(count, sizeof(*payload->extents));
	return payload->extents ? 0 : -ENOMEM;
}

static struct payload_extent nested_extent(struct payload *payload)
{
	return (struct payload_extent){
		.addr = payload->nested_addr,
		.bytes = payload->nested,
		.len = payload->nested_len,
	};
}

static struct payload_extent blob_extent(struct payload *payload,
					 const struct payload_blob *blob)
{
	return (struct payload_extent){
		.addr = blob->addr,
		.bytes = payload->blob_bytes + blob->offset,
		.len = blob->own,
		.control = blob->control,
	};
}

static int want_extents(struct payload *payload, size_t count,
			struct payload_need *need)
{
	*need = (struct payload_need){
		.kind = PAYLOAD_BYTES,
		.extents = payload->extents,
		.count = count,
	};
	return 0;
}

static int want_array(struct payload *payload, struct payload_need *need)
{
	uint64_t addr;
	size_t len;
	int ret;

	ret = payload_nested(payload->desc, &payload->arg, &addr, &len);
	if (ret < 0)
		return ret;

	if (len == 0) {
		payload->step = STEP_COMPLETE;
		return 0;
	}
	payload->nested = calloc(1, len);
	if (!payload->nested)
		return -ENOMEM;
	payload->nested_addr = addr;
	payload->nested_len = len;
	payload->step = payload->desc->nested == IOCTL_NESTED_CONTROLS
				? STEP_ARRAY
				: STEP_COMPLETE;

	ret = renew_extents(payload, 1);
	if (ret < 0)
		return ret;
	payload->extents[0] = nested_extent(payload);
	return want_extents(payload, 1, need);
}

static int save_controls(struct payload *payload)
{
	const struct v4l2_ext_control *array = controls(payload);
	uint32_t count = payload->arg.controls.count;
	uint32_t i;

	payload->saved = calloc(count, sizeof(*payload->saved));
	payload->blobs = calloc(count, sizeof(*payload->blobs));
	if (!payload->saved || !payload->blobs)
		return -ENOMEM;

	for (i = 0; i < count; i++)
		payload->saved[i] = (struct payload_saved){
			.id = array[i].id,
			.size = array[i].size,
			.ptr = (uint64_t)array[i].value64,
		};
	payload->step = STEP_CONTROLS;
	return 0;
}

static bool want_control(struct payload *payload, struct payload_need *need)
{
	const struct v4l2_ext_control *array = controls(payload);

	while (payload->at < payload->arg.controls.count &&
	       array[payload->at].size == 0)
		payload->at++;
	if (payload->at >= payload->arg.controls.count)
		return false;

	*need = (struct payload_need){
		.kind = PAYLOAD_CONTROL,
		.control = array[payload->at].id,
		.size = array[payload->at].size,
	};
	return true;
}

static int want_blobs(struct payload *payload, struct payload_need *need)
{
	size_t section, aux;
	unsigned int i;
	int ret;

	payload->step = STEP_COMPLETE;
	if (payload->blob_count == 0)
		return 0;

	for (i = 0; i < payload->blob_count; i++) {
		struct payload_blob *blob = &payload->blobs[i];

		blob->offset = payload->blob_len;
		blob->wire_addr = BLOB_SPACE + blob->offset;
		payload->blob_len += blob->len;
	}
	payload_request_size(payload, &section, &aux);
	if (wire_pad(wire_pad(section) + aux) > VMS_MAX_CTRL)
		return -ENOMEM;

	payload->blob_bytes = calloc(1, payload->blob_len);
	if (!payload->blob_bytes)
		return -ENOMEM;
	ret = renew_extents(payload, payload->blob_count);
	if (ret < 0)
		return ret;
	for (i = 0; i < payload->blob_count; i++)
		payload->extents[i] = blob_extent(payload, &payload->blobs[i]);
	return want_extents(payload, payload->blob_count, need);
}

int payload_next(struct payload *payload, struct payload_need *need)
{
	int ret;

	*need = (struct payload_need){ .kind = PAYLOAD_COMPLETE };

	switch ((enum payload_step)payload->step) {
	case STEP_ARGUMENT:
		return want_array(payload, need);
	case STEP_ARRAY:
		ret = save_controls(payload);
		if (ret < 0)
			return ret;
		/* fall through */
	case STEP_CONTROLS:
		if (want_control(payload, need))
			return 0;
		return want_blobs(payload, need);
	case STEP_COMPLETE:
		break;
	}
	return 0;
}

uint64_t payload_control_max(const struct v4l2_query_ext_ctrl *info)
{
	uint64_t elems = 1;
	uint64_t max;
	uint32_t i;

	/* `elems` of a dynamic array is how many there are now. */
	for (i = 0; i < info->nr_of_dims && i < V4L2_CTRL_MAX_DIMS; i++) {
		elems *= info->dims[i];
		if (elems > UINT32_MAX)
			elems = UINT32_MAX;
	}
	if (elems < info->elems)
		elems = info->elems;
	max = elems * info->elem_size;
	return max < UINT32_MAX ? max : UINT32_MAX;
}

void payload_control(struct payload *payload,
		     const struct v4l2_query_ext_ctrl *info)
{
	struct v4l2_ext_control *control = controls(payload) + payload->at;
	struct payload_blob *blob;
	uint64_t max, limit;

	assert(payload->step == STEP_CONTROLS);
	assert(payload->at < payload->arg.controls.count);

	if (!info || !(info->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD)) {
		control->size = 0;
		payload->at++;
		return;
	}

	max = payload_control_max(info);
	if (max == 0)
		max = UINT32_MAX;
	limit = max;
	if (info->type != V4L2_CTRL_TYPE_STRING)
		limit += info->elem_size;
	if (control->size > limit)
		control->size = limit;

	blob = &payload->blobs[payload->blob_count++];
	*blob = (struct payload_blob){
		.control = payload->at,
		.len = control->size,
		.own = control->size < max ? control->size : max,
		.addr = (uintptr_t)control->ptr,
		.text = info->type == V4L2_CTRL_TYPE_STRING,
	};
	payload->at++;
}

const struct payload_extent *
payload_control_extents(const struct payload *payload, unsigned int *count)
{
	*count = payload->blob_count;
	return payload->step == STEP_COMPLETE && payload->blob_count
		       ? payload->extents
		       : NULL;
}

void payload_unfetched(struct payload *payload)
{
	payload->unfetched = true;
	memset(payload->blob_bytes, 0, payload->blob_len);
}

/* What the driver has written of it: before the control that failed, if any. */
static size_t written(struct payload *payload, const struct payload_blob *blob)
{
	const char *text = (const char *)payload->blob_bytes + blob->offset;
	uint32_t size = controls(payload)[blob->control].size;
	uint32_t error_idx = payload->arg.controls.error_idx;

	if (payload->status && (error_idx >= payload->arg.controls.count ||
				blob->control >= error_idx))
		return 0;
	if (blob->text)
		size = (uint32_t)strnlen(text, blob->own) + 1;
	return size < blob->own ? size : blob->own;
}

int payload_results(struct payload *payload,
		    const struct payload_extent **extents, unsigned int *count)
{
	unsigned int total = payload->blob_count;
	unsigned int i, n = 0;

	if (payload->nested_len > 0)
		total++;
	if (total > 0 && renew_extents(payload, total) < 0)
		return -ENOMEM;

	if (payload->nested_len > 0)
		payload->extents[n++] = nested_extent(payload);
	for (i = 0; i < payload->blob_count; i++) {
		payload->extents[n] = blob_extent(payload, &payload->blobs[i]);
		if (payload->unfetched)
			payload->extents[n].len =
				written(payload, &payload->blobs[i]);
		n += payload->extents[n].len > 0;
	}

	*extents = payload->extents;
	*count = n;
	return 0;
}
