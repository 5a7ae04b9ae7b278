// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: extended controls and EDID.
 *
 * Every fourth control is a number, the others a string, an array, and an array
 * of variable length that is not full.
 */
#include "tests/walk.h"

#include <errno.h>
#include <string.h>

#define FIRST_ID (V4L2_CID_USER_BASE | 0x1000)
#define STRING   24 /* bytes with the NUL */
#define ELEMENT  4
#define ARRAY    5 /* elements */
#define ROOM     9 /* of those, an array of variable length can have so many */

enum kind { NUMBER, TEXT, FIXED, VARIABLE };

static enum kind kind_of(unsigned int index)
{
	/* A lone control is a number. */
	return (enum kind)(index % 4);
}

const char *walk_control_tag(unsigned int index)
{
	return kind_of(index) == NUMBER ? "number" : "payload";
}

size_t walk_control_payload(unsigned int index)
{
	switch (kind_of(index)) {
	case NUMBER:
		break;
	case TEXT:
		return STRING;
	case FIXED:
	case VARIABLE:
		return (size_t)ARRAY * ELEMENT;
	}
	return 0;
}

static int query(void *arg)
{
	struct v4l2_query_ext_ctrl *info = arg;
	enum kind kind;

	if (info->id < FIRST_ID || info->id >= FIRST_ID + V4L2_CID_MAX_CTRLS)
		return -EINVAL;
	kind = kind_of(info->id - FIRST_ID);
	info->type = kind == TEXT ? V4L2_CTRL_TYPE_STRING : V4L2_CTRL_TYPE_U32;
	if (kind == NUMBER)
		info->type = V4L2_CTRL_TYPE_INTEGER;
	else
		info->flags = V4L2_CTRL_FLAG_HAS_PAYLOAD;
	if (kind == TEXT)
		info->maximum = STRING - 1;
	if (kind == VARIABLE)
		info->flags |= V4L2_CTRL_FLAG_DYNAMIC_ARRAY;
	info->elem_size = kind == TEXT ? STRING : ELEMENT;
	info->elems = kind == FIXED || kind == VARIABLE ? ARRAY : 1;
	info->nr_of_dims = kind == FIXED || kind == VARIABLE;
	info->dims[0] = kind == VARIABLE ? ROOM : ARRAY;
	return 0;
}

void walk_before_controls(void)
{
	fake_on(VIDIOC_QUERY_EXT_CTRL, query);
}

void walk_ask_controls(union payload_arg *arg)
{
	struct v4l2_ext_control *list = (void *)walk.mine.nested;
	unsigned int i;
	size_t len;

	arg->controls.count = walk.now->number;
	arg->controls.controls = (void *)walk.nested_at;
	for (i = 0; i < walk.now->number; i++) {
		list[i].id = FIRST_ID + i;
		len = walk_control_payload(i);
		if (!len)
			continue;
		list[i].size = (uint32_t)len;
		list[i].ptr = walk.payload_at + walk.payload_len;
		walk.payload_len += len;
		/* v4l2-ctrls-api.c: longer ones are for the driver to refuse. */
		if (kind_of(i) == TEXT)
			walk.mine.payload[walk.payload_len - 1] = '\0';
	}
}

void walk_answer_controls(union payload_arg *arg)
{
	size_t at = 0;
	unsigned int i;

	arg->controls.error_idx = walk.now->number / 2;
	for (i = 0; i < walk.now->number; i++) {
		at += walk_control_payload(i);
		if (kind_of(i) == TEXT)
			walk.answer.payload[at - 1] = '\0';
	}
}

void walk_ask_edid(union payload_arg *arg)
{
	arg->edid.blocks = walk.now->number;
	arg->edid.edid = walk.nested_at;
}

/* As many as it was asked for, or it says how many there are. */
void walk_answer_edid(union payload_arg *arg)
{
	arg->edid.blocks = walk.now->number ? walk.now->number - 1 : 200;
	/* With an error only fewer. */
	if (!walk.now->number && walk.error)
		arg->edid.blocks = 0;
}
