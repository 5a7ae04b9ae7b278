// SPDX-License-Identifier: BSD-3-Clause
/*
 * What programs ask a device when they look at it for the first time.
 */
#include "hostd/memo_tree.h"

#include <stdbool.h>
#include <string.h>

#define TREE_FORMATS_MAX 64   /* whose sizes are asked */
#define TREE_MENU_MAX    1024 /* items of a menu */

#define NEXT_CONTROL  ((uint32_t)V4L2_CTRL_FLAG_NEXT_CTRL)
#define NEXT_COMPOUND ((uint32_t)V4L2_CTRL_FLAG_NEXT_COMPOUND)

/** struct tree - A walk; @result is that of the last question */
struct tree {
	memo_ask_fn ask;
	void *owner;
	int result;
	uint32_t formats[TREE_FORMATS_MAX];
	unsigned int format_count;
};

/* Return: 1 if there is such a thing, 0 if not; else ask() wants no more */
static int ask(struct tree *tree, uint32_t cmd, union payload_arg *arg)
{
	int ret = tree->ask(tree->owner, cmd, arg, &tree->result);

	return ret ? ret : !tree->result;
}

/* What follows from a thing that there is has been asked: then for the next one. */
static int go_on(int error)
{
	return error ? error : 1;
}

/* ---- formats ----------------------------------------------------------- */

static int walk_intervals(struct tree *tree,
			  const struct v4l2_frmsizeenum *size)
{
	struct v4l2_frmivalenum question = {
		.pixel_format = size->pixel_format,
		.width = size->discrete.width,
		.height = size->discrete.height,
	};
	union payload_arg arg;
	int ret;

	do {
		memset(&arg, 0, sizeof(arg));
		memcpy(&arg, &question, sizeof(question));
		ret = ask(tree, VIDIOC_ENUM_FRAMEINTERVALS, &arg);
		question.index++;
	} while (ret > 0);
	return ret;
}

/* Between sizes that go in steps there are too many to ask about each. */
static int walk_sizes(struct tree *tree, uint32_t format)
{
	struct v4l2_frmsizeenum size;
	union payload_arg arg;
	uint32_t index = 0;
	int ret;

	do {
		memset(&arg, 0, sizeof(arg));
		size = (struct v4l2_frmsizeenum){
			.index = index,
			.pixel_format = format,
		};
		index++;
		memcpy(&arg, &size, sizeof(size));
		ret = ask(tree, VIDIOC_ENUM_FRAMESIZES, &arg);
		memcpy(&size, &arg, sizeof(size));
		if (ret > 0 && size.type == V4L2_FRMSIZE_TYPE_DISCRETE)
			ret = go_on(walk_intervals(tree, &size));
	} while (ret > 0);
	return ret;
}

static bool is_new(struct tree *tree, uint32_t format)
{
	unsigned int i;

	for (i = 0; i < tree->format_count; i++)
		if (tree->formats[i] == format)
			return false;
	if (tree->format_count == TREE_FORMATS_MAX)
		return false;
	tree->formats[tree->format_count++] = format;
	return true;
}

static int walk_type(struct tree *tree, uint32_t type)
{
	union payload_arg arg;
	uint32_t index = 0;
	int ret;

	do {
		memset(&arg, 0, sizeof(arg));
		arg.fmtdesc.index = index++;
		arg.fmtdesc.type = type;
		ret = ask(tree, VIDIOC_ENUM_FMT, &arg);
		if (ret > 0 && is_new(tree, arg.fmtdesc.pixelformat))
			ret = go_on(walk_sizes(tree, arg.fmtdesc.pixelformat));
	} while (ret > 0);
	return ret;
}

static int walk_formats(struct tree *tree)
{
	uint32_t type;
	int ret = 0;

	for (type = 1; type < VMS_BUF_TYPE_COUNT && !ret; type++)
		ret = walk_type(tree, type);
	return ret;
}

/* @first: the first field; all others are 0.  Return: 0, or ask() wants no more */
static int ask_plain(struct tree *tree, uint32_t cmd, uint32_t first)
{
	union payload_arg arg;
	int ret;

	memset(&arg, 0, sizeof(arg));
	arg.u32 = first;
	ret = ask(tree, cmd, &arg);
	return ret < 0 ? ret : 0;
}

/* ---- inputs ------------------------------------------------------------ */

/* Whose argument begins with an index, and all else is 0. */
static const uint32_t lists[] = {
	VIDIOC_ENUMINPUT,  VIDIOC_ENUMOUTPUT, VIDIOC_ENUMAUDIO,
	VIDIOC_ENUMAUDOUT, VIDIOC_ENUMSTD,    VIDIOC_ENUM_DV_TIMINGS,
};

static int walk_inputs(struct tree *tree)
{
	union payload_arg arg;
	uint32_t index;
	size_t i;
	int ret = 0;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]) && !ret; i++) {
		index = 0;
		do {
			memset(&arg, 0, sizeof(arg));
			arg.u32 = index++;
			ret = ask(tree, lists[i], &arg);
		} while (ret > 0);
	}
	return ret ? ret : ask_plain(tree, VIDIOC_DV_TIMINGS_CAP, 0);
}

/* ---- controls ---------------------------------------------------------- */

/* A menu may have holes, which are answers like the end of a list. */
static int walk_menu(struct tree *tree,
		     const struct v4l2_query_ext_ctrl *control)
{
	struct v4l2_querymenu item = { .id = control->id };
	union payload_arg arg;
	int64_t index;
	int ret = 0;

	if (control->type != V4L2_CTRL_TYPE_MENU &&
	    control->type != V4L2_CTRL_TYPE_INTEGER_MENU)
		return 0;
	for (index = control->minimum; index <= control->maximum && ret >= 0 &&
				       index >= 0 && index < TREE_MENU_MAX;
	     index++) {
		memset(&arg, 0, sizeof(arg));
		item.index = (uint32_t)index;
		memcpy(&arg, &item, sizeof(item));
		ret = ask(tree, VIDIOC_QUERYMENU, &arg);
	}
	return ret < 0 ? ret : 0;
}

/* By the one structure and by the other; each has a list that is asked for by id. */
static int walk_control(struct tree *tree,
			const struct v4l2_query_ext_ctrl *control)
{
	int ret = ask_plain(tree, VIDIOC_QUERY_EXT_CTRL, control->id);

	if (!ret)
		ret = ask_plain(tree, VIDIOC_QUERYCTRL, control->id);
	return ret ? ret : walk_menu(tree, control);
}

/* @each: whether the controls are looked at by themselves, too */
static int walk_chain(struct tree *tree, uint32_t cmd, uint32_t flags,
		      bool each)
{
	union payload_arg arg;
	uint32_t id = 0;
	int ret;

	do {
		memset(&arg, 0, sizeof(arg));
		arg.u32 = id | flags;
		ret = ask(tree, cmd, &arg);
		id = arg.u32;
		if (ret > 0 && each)
			ret = go_on(walk_control(tree, &arg.query_ext_ctrl));
	} while (ret > 0);
	return ret;
}

static int walk_controls(struct tree *tree)
{
	int ret = walk_chain(tree, VIDIOC_QUERY_EXT_CTRL,
			     NEXT_CONTROL | NEXT_COMPOUND, true);

	if (!ret)
		ret = walk_chain(tree, VIDIOC_QUERY_EXT_CTRL, NEXT_CONTROL,
				 false);
	if (!ret)
		ret = walk_chain(tree, VIDIOC_QUERYCTRL, NEXT_CONTROL, false);
	return ret;
}

int memo_tree_walk(uint32_t class, memo_ask_fn ask_, void *owner)
{
	struct tree tree = { .ask = ask_, .owner = owner };

	switch ((enum vms_memo_class) class) {
	case VMS_MEMO_FORMATS:
		return walk_formats(&tree);
	case VMS_MEMO_INPUTS:
		return walk_inputs(&tree);
	case VMS_MEMO_CONTROLS:
		return walk_controls(&tree);
	}
	return 0;
}
