// SPDX-License-Identifier: BSD-3-Clause
/*
 * Controls that a guest may not see, and a device that has them or has them not.
 */
#include "tests/hidden_controls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/options.h"
#include "tests/fake_device.h"

#define NEXT_ALL (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

/* ---- a device, with the rules of v4l2-ctrls-api.c -------------------------------- */

const uint32_t hidden_controls_ids[] = {
	V4L2_CID_USER_CLASS,
	V4L2_CID_BRIGHTNESS,
	V4L2_CID_CONTRAST,
	OWN,
	COMPOUND,
	V4L2_CID_CODEC_CLASS,
	V4L2_CID_MPEG_VIDEO_BITRATE,
	V4L2_CID_CAMERA_CLASS,
	V4L2_CID_ZOOM_ABSOLUTE,
	V4L2_CID_PRIVACY,
	V4L2_CID_DETECT_CLASS,
	V4L2_CID_DETECT_MD_MODE,
};

/* Those of them that it has, and how often it was asked to set one. */
static struct control_set had;
static unsigned int sets;

static bool has(uint32_t id)
{
	uint32_t masked = id & V4L2_CTRL_ID_MASK;
	size_t i;

	/* find_private_ref(): the one that there is */
	if (masked == V4L2_CID_PRIVATE_BASE)
		masked = OWN;
	for (i = 0; i < HIDDEN_CONTROLS_COUNT; i++)
		if (hidden_controls_ids[i] == masked)
			return control_set_contains(&had,
						    hidden_controls_ids[i]);
	return false;
}

static bool is_next(uint32_t id, uint32_t flags)
{
	uint32_t kind = id == COMPOUND ? V4L2_CTRL_FLAG_NEXT_COMPOUND
				       : V4L2_CTRL_FLAG_NEXT_CTRL;

	return (flags & kind) && has(id);
}

static int query(void *arg)
{
	struct v4l2_queryctrl *asked = arg; /* begins as v4l2_query_ext_ctrl */
	uint32_t flags = asked->id & NEXT_ALL;
	uint32_t id = asked->id & V4L2_CTRL_ID_MASK;
	size_t i;

	if (!flags && !has(id))
		return -EINVAL;
	if (flags) {
		for (i = 0; i < HIDDEN_CONTROLS_COUNT; i++)
			if (hidden_controls_ids[i] > id &&
			    is_next(hidden_controls_ids[i], flags))
				break;
		if (i == HIDDEN_CONTROLS_COUNT)
			return -EINVAL;
		id = hidden_controls_ids[i];
	}
	asked->id = id;
	asked->type = V4L2_CTRL_TYPE_INTEGER;
	return 0;
}

static int one(void *arg)
{
	struct v4l2_control *control = arg;

	if (!has(control->id))
		return -EINVAL;
	control->value = (int32_t)(control->id & 0xff) + 1;
	return 0;
}

static int set_one(void *arg)
{
	int ret = one(arg);

	sets += !ret;
	return ret;
}

static int menu(void *arg)
{
	struct v4l2_querymenu *asked = arg;

	return has(asked->id) ? 0 : -EINVAL;
}

static bool is_listed(const struct v4l2_ext_control *control)
{
	return (control->id & V4L2_CTRL_ID_MASK) < V4L2_CID_PRIVATE_BASE &&
	       has(control->id);
}

/* check_ext_ctrls() and prepare_ext_ctrls(), and what becomes of error_idx */
static int list_of(struct v4l2_ext_controls *cs, bool all_or_none)
{
	const struct v4l2_ext_control *list = cs->controls;
	uint32_t first = cs->count;
	uint32_t i;

	cs->error_idx = cs->count;
	for (i = cs->count; cs->which && i-- > 0;)
		if (V4L2_CTRL_ID2WHICH(list[i].id) != cs->which)
			first = i;
	cs->which = (uint32_t)V4L2_CTRL_ID2WHICH(cs->which);
	if (!cs->count)
		return !cs->which || has(cs->which | 1) ? 0 : -EINVAL;
	for (i = 0; first == cs->count && i < cs->count; i++)
		if (!is_listed(&list[i]))
			first = i;
	if (first < cs->count) {
		cs->error_idx = all_or_none ? cs->count : first;
		return -EINVAL;
	}
	for (i = 0; i < cs->count; i++)
		cs->controls[i].value = (int32_t)(list[i].id & 0xff);
	return 0;
}

static int get_list(void *arg)
{
	return list_of(arg, true);
}

static int set_list(void *arg)
{
	int ret = list_of(arg, true);

	sets += !ret;
	return ret;
}

static int try_list(void *arg)
{
	return list_of(arg, false);
}

static int subscribe(void *arg)
{
	const struct v4l2_event_subscription *subscription = arg;

	return subscription->type != V4L2_EVENT_CTRL || has(subscription->id)
		       ? 0
		       : -EINVAL;
}

/* ---- both ------------------------------------------------------------------------ */

static void ask(const struct control_set *has_these,
		const struct control_set *sees, uint32_t cmd, const void *arg,
		const struct v4l2_ext_control *list, size_t count,
		struct answer *answer)
{
	sets = 0;
	had = *has_these;
	patch_rig.controls = *sees;
	memset(answer, 0, sizeof(*answer));
	patch_rig_request(cmd, arg, list, count * sizeof(list[0]));
	answer->ret = patch_rig_run();
	answer->sets = sets;
	answer->arg = patch_rig.payload.arg;
	if (count)
		memcpy(answer->list, patch_rig.payload.nested,
		       count * sizeof(list[0]));
}

static const struct control_set all;
static struct control_set some;

const struct answer *hidden_controls_ask(uint32_t cmd, const void *arg,
					 const struct v4l2_ext_control *list,
					 size_t count)
{
	static struct answer without;
	static struct answer hidden;

	ask(&some, &all, cmd, arg, list, count, &without);
	ask(&all, &some, cmd, arg, list, count, &hidden);
	assert_memory_equal(&hidden, &without, sizeof(hidden));
	return &hidden;
}

void hidden_controls_see(const char *text)
{
	char why[OPTIONS_WHY_LEN];

	memset(&some, 0, sizeof(some));
	assert_int_equal(control_set_parse(&some, text, why), 0);
	patch_rig.controls = some;
}

int hidden_controls_setup(void **state)
{
	int ret = patch_rig_setup(state);

	fake_on(VIDIOC_QUERYCTRL, query);
	fake_on(VIDIOC_QUERY_EXT_CTRL, query);
	fake_on(VIDIOC_QUERYMENU, menu);
	fake_on(VIDIOC_G_CTRL, one);
	fake_on(VIDIOC_S_CTRL, set_one);
	fake_on(VIDIOC_G_EXT_CTRLS, get_list);
	fake_on(VIDIOC_S_EXT_CTRLS, set_list);
	fake_on(VIDIOC_TRY_EXT_CTRLS, try_list);
	fake_on(VIDIOC_SUBSCRIBE_EVENT, subscribe);
	fake.unrecorded = true;
	return ret;
}
