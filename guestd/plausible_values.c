// SPDX-License-Identifier: BSD-3-Clause
/*
 * Can this be the answer of a V4L2 device?  Controls, lists of sizes and rates, digital
 * timings, buffers, events.
 */
#include <string.h>

#include "common/text.h"
#include "guestd/plausible_parts.h"

/* ---- controls ------------------------------------------------------------------- */

#define NEXT_FLAGS                                                             \
	((uint32_t)(V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND))

/* Compound types are numbered in groups, by codec; there is room for more of them. */
#define COMPOUND_TYPES_END 0x1000u

bool plausible_control_type(uint32_t type)
{
	return (type >= V4L2_CTRL_TYPE_INTEGER &&
		type <= V4L2_CTRL_TYPE_INTEGER_MENU) ||
	       (type >= V4L2_CTRL_COMPOUND_TYPES && type < COMPOUND_TYPES_END);
}

/*
 * v4l2_query_ext_ctrl(): the next is behind the one that was asked for, so a list
 * ends.  Bits that are no id are not looked at; and who asks for the next of an old
 * private control gets its own number back.
 */
static bool is_asked(uint32_t asked, uint32_t got)
{
	uint32_t id = asked & V4L2_CTRL_ID_MASK;

	if (got & NEXT_FLAGS)
		return false;
	if (asked & NEXT_FLAGS)
		return got > id || (got == id && id >= V4L2_CID_PRIVATE_BASE);
	return got == asked || got == id;
}

/*
 * What v4l2-ctrls.c check_range() holds a driver to.  Not so of numbers: uvcvideo
 * passes on what a camera says of its own, and there are cameras whose minimum is
 * above their maximum, and whose step is 0.
 */
static const char *check_range(uint32_t type, int64_t minimum, int64_t maximum)
{
	switch (type) {
	case V4L2_CTRL_TYPE_BOOLEAN:
		return minimum >= 0 && minimum <= maximum && maximum <= 1
			       ? NULL
			       : "range of a boolean";
	case V4L2_CTRL_TYPE_MENU:
	case V4L2_CTRL_TYPE_INTEGER_MENU:
	case V4L2_CTRL_TYPE_STRING:
		return minimum >= 0 && minimum <= maximum
			       ? NULL
			       : "minimum is above maximum";
	default:
		return NULL;
	}
}

const char *plausible_control(const struct v4l2_queryctrl *asked,
			      const struct v4l2_queryctrl *got)
{
	if (!is_asked(asked->id, got->id))
		return "id is not the one that was asked for";
	if (!plausible_control_type(got->type))
		return "type is out of range";
	return check_range(got->type, got->minimum, got->maximum);
}

/* v4l2_ctrl_new(); 0: it depends on the structure */
static uint64_t element_size(const struct v4l2_query_ext_ctrl *control)
{
	switch (control->type) {
	case V4L2_CTRL_TYPE_INTEGER64:
		return sizeof(int64_t);
	case V4L2_CTRL_TYPE_STRING:
		return (uint64_t)control->maximum + 1;
	case V4L2_CTRL_TYPE_U8:
		return sizeof(uint8_t);
	case V4L2_CTRL_TYPE_U16:
		return sizeof(uint16_t);
	case V4L2_CTRL_TYPE_U32:
		return sizeof(uint32_t);
	default:
		return control->type < V4L2_CTRL_COMPOUND_TYPES
			       ? sizeof(int32_t)
			       : 0;
	}
}

static const char *check_dims(const struct v4l2_query_ext_ctrl *control)
{
	uint64_t product = 1;
	unsigned int i;

	if (control->nr_of_dims > V4L2_CTRL_MAX_DIMS)
		return "nr_of_dims is out of range";
	for (i = 0; i < control->nr_of_dims && product <= UINT32_MAX; i++)
		product *= control->dims[i];
	/* A dynamic array has at most so many. */
	if (control->flags & V4L2_CTRL_FLAG_DYNAMIC_ARRAY
		    ? control->elems > product
		    : control->elems != product)
		return "elems is not the product of dims";
	return NULL;
}

/* A class has no value; since 6.15 uvcvideo leaves out how large none would be. */
static bool is_class(const struct v4l2_query_ext_ctrl *control)
{
	return control->type == V4L2_CTRL_TYPE_CTRL_CLASS &&
	       !(control->flags & V4L2_CTRL_FLAG_HAS_PAYLOAD) &&
	       !control->elem_size && !control->elems && !control->nr_of_dims;
}

const char *plausible_ext_control(const struct v4l2_query_ext_ctrl *asked,
				  const struct v4l2_query_ext_ctrl *got)
{
	const char *why;
	uint64_t size = element_size(got);

	if (!is_asked(asked->id, got->id))
		return "id is not the one that was asked for";
	if (!plausible_control_type(got->type))
		return "type is out of range";
	if (is_class(got))
		return NULL;
	why = check_range(got->type, got->minimum, got->maximum);
	if (!why)
		why = check_dims(got);
	if (why)
		return why;
	if (!got->elem_size || (size && got->elem_size != size))
		return "elem_size is not that of its type";
	if ((uint64_t)got->elem_size * got->elems > UINT32_MAX)
		return "elems are too many";
	return NULL;
}

/* Its first 8 bytes are a number in an integer menu, of which it has no more. */
static bool is_number(uint32_t control_type, const struct v4l2_querymenu *menu)
{
	size_t i;

	if (control_type)
		return control_type == V4L2_CTRL_TYPE_INTEGER_MENU;
	for (i = sizeof(menu->value); i < sizeof(menu->name); i++)
		if (menu->name[i])
			return false;
	return true;
}

const char *plausible_menu(uint32_t control_type, struct v4l2_querymenu *menu)
{
	if (is_number(control_type, menu))
		memset(menu->name + sizeof(menu->value), 0,
		       sizeof(menu->name) - sizeof(menu->value));
	else
		text_clean(menu->name, sizeof(menu->name));
	return menu->index < PLAUSIBLE_LIST_MAX ? NULL : "a menu without end";
}

/* ---- sizes and rates --------------------------------------------------------------- */

/* A continuous range has steps of 1, which some drivers do not say. */
static bool ordered(uint32_t type, uint32_t least, uint32_t most, uint32_t step)
{
	return least && least <= most &&
	       (type != V4L2_FRMSIZE_TYPE_STEPWISE || step || least == most);
}

const char *plausible_sizes(const struct v4l2_frmsizeenum *sizes)
{
	const struct v4l2_frmsize_stepwise *range = &sizes->stepwise;

	switch (sizes->type) {
	case V4L2_FRMSIZE_TYPE_DISCRETE:
		/* uvcvideo has 0 times 0 of DV. */
		return NULL;
	case V4L2_FRMSIZE_TYPE_CONTINUOUS:
	case V4L2_FRMSIZE_TYPE_STEPWISE:
		return ordered(sizes->type, range->min_width, range->max_width,
			       range->step_width) &&
				       ordered(sizes->type, range->min_height,
					       range->max_height,
					       range->step_height)
			       ? NULL
			       : "a range of sizes that is none";
	default:
		return "type is out of range";
	}
}

static bool is_fraction(const struct v4l2_fract *fraction)
{
	return fraction->numerator && fraction->denominator;
}

/*
 * The order of a range is a camera's own with uvcvideo, as that of a control is.  venus
 * rounds rates and steps below 1 down to 0: then the other end stands for both, and
 * there is no step.
 */
const char *plausible_intervals(struct v4l2_frmivalenum *intervals)
{
	struct v4l2_frmival_stepwise *range = &intervals->stepwise;

	switch (intervals->type) {
	case V4L2_FRMIVAL_TYPE_DISCRETE:
		return is_fraction(&intervals->discrete)
			       ? NULL
			       : "an interval that is no fraction";
	case V4L2_FRMIVAL_TYPE_CONTINUOUS:
	case V4L2_FRMIVAL_TYPE_STEPWISE:
		if (!is_fraction(&range->max))
			range->max = range->min;
		if (!is_fraction(&range->min))
			range->min = range->max;
		if (!range->step.denominator)
			range->step = (struct v4l2_fract){ 0, 1 };
		return is_fraction(&range->min)
			       ? NULL
			       : "a range of intervals that is none";
	default:
		return "type is out of range";
	}
}

/*
 * Who cannot say a rate leaves it 0/0, and does not claim TIMEPERFRAME; uvcvideo does
 * if a camera says 0.  S_PARM may leave the number of buffers as the program had it.
 */
const char *plausible_parm(struct v4l2_streamparm *parm,
			   const struct v4l2_streamparm *asked)
{
	struct v4l2_captureparm *capture = &parm->parm.capture;
	struct v4l2_outputparm *output = &parm->parm.output;
	bool is_output = V4L2_TYPE_IS_OUTPUT(parm->type);
	uint32_t buffers =
		is_output ? output->writebuffers : capture->readbuffers;
	uint32_t asked_buffers = is_output ? asked->parm.output.writebuffers
					   : asked->parm.capture.readbuffers;

	/* Both have it in the same place. */
	if (!is_fraction(&capture->timeperframe))
		capture->capability &= ~(uint32_t)V4L2_CAP_TIMEPERFRAME;
	if (buffers > VMS_QUEUE_BUFFERS_MAX && buffers != asked_buffers)
		return "buffers are too many";
	if (is_output && memcmp(output->reserved, asked->parm.output.reserved,
				sizeof(output->reserved)) != 0)
		memset(output->reserved, 0, sizeof(output->reserved));
	if (!is_output &&
	    memcmp(capture->reserved, asked->parm.capture.reserved,
		   sizeof(capture->reserved)) != 0)
		memset(capture->reserved, 0, sizeof(capture->reserved));
	return NULL;
}

/* ---- digital timings, rectangles --------------------------------------------------- */

static bool sides(uint32_t width, uint32_t height)
{
	return width && width <= PLAUSIBLE_SIDE_MAX && height &&
	       height <= PLAUSIBLE_SIDE_MAX;
}

/*
 * Some receivers know only the sum of the three (v4l2_valid_dv_timings()); aspeed-video
 * takes one edge that it has measured from another, and may come out below 0.
 */
static uint32_t blanking(uint32_t lines)
{
	return lines <= 3 * PLAUSIBLE_SIDE_MAX ? lines : 0;
}

const char *plausible_timings(struct v4l2_dv_timings *timings, bool unset)
{
	struct v4l2_bt_timings *bt = &timings->bt;

	if (timings->type != V4L2_DV_BT_656_1120)
		return "type is out of range";
	if (unset && !bt->width && !bt->height)
		return NULL;
	if (!sides(bt->width, bt->height))
		return "width or height is out of range";
	if (bt->interlaced > V4L2_DV_INTERLACED)
		return "interlaced is out of range";
	bt->hfrontporch = blanking(bt->hfrontporch);
	bt->hsync = blanking(bt->hsync);
	bt->hbackporch = blanking(bt->hbackporch);
	bt->vfrontporch = blanking(bt->vfrontporch);
	bt->vsync = blanking(bt->vsync);
	bt->vbackporch = blanking(bt->vbackporch);
	bt->il_vfrontporch = blanking(bt->il_vfrontporch);
	bt->il_vsync = blanking(bt->il_vsync);
	bt->il_vbackporch = blanking(bt->il_vbackporch);
	return NULL;
}

const char *plausible_timings_cap(const struct v4l2_dv_timings_cap *cap)
{
	const struct v4l2_bt_timings_cap *bt = &cap->bt;

	if (cap->type != V4L2_DV_BT_656_1120)
		return "type is out of range";
	if (bt->min_width > bt->max_width || bt->min_height > bt->max_height ||
	    bt->min_pixelclock > bt->max_pixelclock)
		return "a range of timings that is none";
	return NULL;
}

static bool edge(int32_t from, uint32_t len)
{
	return len <= INT32_MAX && (int64_t)from + len <= INT32_MAX;
}

const char *plausible_rect(const struct v4l2_rect *rect)
{
	return edge(rect->left, rect->width) && edge(rect->top, rect->height)
		       ? NULL
		       : "a rectangle that is out of range";
}

/* ---- buffers and events -------------------------------------------------------------- */

void plausible_buffer(struct v4l2_buffer *buffer)
{
	const uint32_t kind = V4L2_BUF_FLAG_TIMESTAMP_MASK;
	const uint32_t source = V4L2_BUF_FLAG_TSTAMP_SRC_MASK;

	/* What a program has said of an output buffer it is told again, whatever it is. */
	const bool own = V4L2_TYPE_IS_OUTPUT(buffer->type) ||
			 (buffer->flags & kind) == V4L2_BUF_FLAG_TIMESTAMP_COPY;

	if (!own && buffer->field > V4L2_FIELD_INTERLACED_BT)
		buffer->field = V4L2_FIELD_ANY;
	if ((buffer->flags & kind) > V4L2_BUF_FLAG_TIMESTAMP_COPY)
		buffer->flags &= ~kind;
	if ((buffer->flags & source) > V4L2_BUF_FLAG_TSTAMP_SRC_SOE)
		buffer->flags &= ~source;
	if (!own && buffer->timecode.type > V4L2_TC_TYPE_60FPS) {
		buffer->flags &= ~(uint32_t)V4L2_BUF_FLAG_TIMECODE;
		memset(&buffer->timecode, 0, sizeof(buffer->timecode));
	}
}

/* v4l2-ctrls fill_event(), and what other kinds of events carry */
const char *plausible_event(struct v4l2_event *event)
{
	memset(event->reserved, 0, sizeof(event->reserved));
	switch (event->type) {
	case V4L2_EVENT_CTRL:
		return plausible_control_type(event->u.ctrl.type)
			       ? NULL
			       : "an event of a control that has no type";
	case V4L2_EVENT_VSYNC:
		return event->u.vsync.field <= V4L2_FIELD_INTERLACED_BT
			       ? NULL
			       : "an event of a field that there is not";
	default:
		return NULL;
	}
}
