// SPDX-License-Identifier: BSD-3-Clause
/*
 * Controls that a guest may not see: each request is answered as by a device that
 * has them not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device.h"
#include "tests/hidden_controls.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NEXT_ALL     (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND)

static struct payload *const payload = &patch_rig.payload;

static const char *const texts[] = {
	"user",       "camera", "0x00980901", "0x009a0910,codec",
	"none",       "detect", "0x00981001", "user 0x009a090d detect",
	"0x00981002",
};

/* ---- one ------------------------------------------------------------------------- */

static void one_control_is_there_or_not(void **state)
{
	static const uint32_t cmds[] = {
		VIDIOC_QUERYCTRL, VIDIOC_QUERY_EXT_CTRL, VIDIOC_QUERYMENU,
		VIDIOC_G_CTRL,    VIDIOC_S_CTRL,
	};
	static const uint32_t others[] = {
		0,
		1,
		V4L2_CID_HUE,
		V4L2_CID_PRIVATE_BASE,
		V4L2_CID_PRIVATE_BASE + 1,
		V4L2_CID_BRIGHTNESS | 0x30000000,
		V4L2_CID_PRIVACY | 0x30000000,
		UINT32_MAX & ~NEXT_ALL,
	};
	const struct answer *answer;
	union payload_arg arg;
	size_t text, cmd, i;

	(void)state;
	for (text = 0; text < COUNT(texts); text++) {
		hidden_controls_see(texts[text]);
		for (cmd = 0; cmd < COUNT(cmds); cmd++) {
			for (i = 0; i < HIDDEN_CONTROLS_COUNT + COUNT(others);
			     i++) {
				memset(&arg, 0x5a, sizeof(arg));
				arg.u32 =
					i < HIDDEN_CONTROLS_COUNT
						? hidden_controls_ids[i]
						: others[i -
							 HIDDEN_CONTROLS_COUNT];
				hidden_controls_ask(cmds[cmd], &arg, NULL, 0);
			}
		}
	}
	hidden_controls_see("camera");
	arg.u32 = V4L2_CID_BRIGHTNESS;
	answer = hidden_controls_ask(VIDIOC_S_CTRL, &arg, NULL, 0);
	assert_int_equal(answer->ret, -EINVAL);
	assert_int_equal(answer->sets, 0);
	assert_int_equal(answer->arg.u32, V4L2_CID_BRIGHTNESS);
	arg.u32 = V4L2_CID_PRIVACY;
	answer = hidden_controls_ask(VIDIOC_S_CTRL, &arg, NULL, 0);
	assert_int_equal(answer->sets, 1);
}

static void the_next_one_is_the_next_that_is_seen(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_QUERYCTRL,
					 VIDIOC_QUERY_EXT_CTRL };
	static const uint32_t flags[] = { V4L2_CTRL_FLAG_NEXT_CTRL,
					  V4L2_CTRL_FLAG_NEXT_COMPOUND,
					  NEXT_ALL };
	const struct answer *answer;
	unsigned int seen = 0;
	union payload_arg arg;
	size_t text, cmd, i;

	(void)state;
	memset(&arg, 0, sizeof(arg));
	for (text = 0; text < COUNT(texts); text++) {
		hidden_controls_see(texts[text]);
		for (cmd = 0; cmd < COUNT(cmds); cmd++) {
			for (i = 0; i < COUNT(flags); i++) {
				arg.u32 = 0;
				do {
					arg.u32 |= flags[i];
					answer = hidden_controls_ask(
						cmds[cmd], &arg, NULL, 0);
					arg.u32 = answer->arg.u32;
					seen += !answer->ret;
				} while (!answer->ret);
			}
		}
	}
	assert_true(seen > 2 * 2 * COUNT(texts));
}

/* It says of each that the next one is the first. */
static int query_for_ever(void *arg)
{
	struct v4l2_queryctrl *asked = arg;

	asked->id = V4L2_CID_BRIGHTNESS;
	return 0;
}

static void a_device_that_never_ends_is_left(void **state)
{
	struct v4l2_queryctrl arg = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	(void)state;
	hidden_controls_see("camera");
	fake_on(VIDIOC_QUERYCTRL, query_for_ever);
	patch_rig_request(VIDIOC_QUERYCTRL, &arg, NULL, 0);
	assert_int_equal(patch_rig_run(), -EINVAL);
	assert_int_equal(payload->arg.u32, V4L2_CTRL_FLAG_NEXT_CTRL);
}

static uint32_t asked_for;

static int note_number(void *arg)
{
	asked_for = *(uint32_t *)arg;
	return 0;
}

static int note_listed(void *arg)
{
	asked_for = ((struct v4l2_ext_controls *)arg)->controls[0].id;
	return 0;
}

/* To uvcvideo the number of a control and this flag are the one behind it. */
static void the_one_behind_it_is_not_to_be_had(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_QUERYMENU, VIDIOC_G_CTRL,
					 VIDIOC_S_CTRL };
	static const uint32_t lists[] = { VIDIOC_G_EXT_CTRLS,
					  VIDIOC_S_EXT_CTRLS,
					  VIDIOC_TRY_EXT_CTRLS };
	const uint32_t flagged = V4L2_CID_BRIGHTNESS | NEXT_ALL;
	const struct v4l2_ext_controls controls = { .count = 1 };
	const struct v4l2_ext_control listed = { .id = flagged };
	union payload_arg arg;
	size_t i;

	(void)state;
	hidden_controls_see("0x00980900");
	for (i = 0; i < COUNT(cmds); i++) {
		fake_on(cmds[i], note_number);
		memset(&arg, 0, sizeof(arg));
		arg.u32 = flagged;
		patch_rig_request(cmds[i], &arg, NULL, 0);
		assert_int_equal(patch_rig_run(), 0);
		assert_int_equal(asked_for, V4L2_CID_BRIGHTNESS);
		assert_int_equal(payload->arg.u32, flagged);
	}
	for (i = 0; i < COUNT(lists); i++) {
		fake_on(lists[i], note_listed);
		patch_rig_request(lists[i], &controls, &listed, sizeof(listed));
		assert_int_equal(patch_rig_run(), 0);
		assert_int_equal(asked_for, V4L2_CID_BRIGHTNESS);
		assert_int_equal(
			((struct v4l2_ext_control *)(void *)payload->nested)
				->id,
			flagged);
	}
}

static void only_events_of_its_controls_can_be_had(void **state)
{
	struct v4l2_event_subscription subscription = { 0 };
	size_t text, i;

	(void)state;
	for (text = 0; text < COUNT(texts); text++) {
		hidden_controls_see(texts[text]);
		for (i = 0; i < HIDDEN_CONTROLS_COUNT; i++) {
			subscription.type = V4L2_EVENT_CTRL;
			subscription.id = hidden_controls_ids[i];
			hidden_controls_ask(VIDIOC_SUBSCRIBE_EVENT,
					    &subscription, NULL, 0);
			/* The number of an input. */
			subscription.type = V4L2_EVENT_SOURCE_CHANGE;
			assert_int_equal(
				hidden_controls_ask(VIDIOC_SUBSCRIBE_EVENT,
						    &subscription, NULL, 0)
					->ret,
				0);
		}
	}
}

/* ---- lists ------------------------------------------------------------------------ */

static void lists_fail_where_the_device_would(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_G_EXT_CTRLS, VIDIOC_S_EXT_CTRLS,
					 VIDIOC_TRY_EXT_CTRLS };
	static const uint32_t lists[][4] = {
		{ V4L2_CID_BRIGHTNESS, V4L2_CID_CONTRAST },
		{ V4L2_CID_BRIGHTNESS, V4L2_CID_PRIVACY, OWN },
		{ V4L2_CID_PRIVACY, V4L2_CID_BRIGHTNESS, V4L2_CID_PRIVACY },
		{ V4L2_CID_HUE, V4L2_CID_PRIVACY },
		{ V4L2_CID_BRIGHTNESS, V4L2_CID_CONTRAST, V4L2_CID_PRIVACY },
		{ V4L2_CID_ZOOM_ABSOLUTE, V4L2_CID_PRIVACY,
		  V4L2_CID_PRIVATE_BASE },
		{ OWN, V4L2_CID_DETECT_MD_MODE },
	};
	static const uint32_t whiches[] = {
		0,
		V4L2_CTRL_CLASS_USER,
		V4L2_CTRL_CLASS_CAMERA,
	};
	struct v4l2_ext_controls arg = { 0 };
	struct v4l2_ext_control list[4];
	size_t text, cmd, i, k, which;

	(void)state;
	for (text = 0; text < COUNT(texts); text++) {
		hidden_controls_see(texts[text]);
		for (i = 0; i < COUNT(lists); i++) {
			memset(list, 0, sizeof(list));
			for (k = 0; lists[i][k]; k++) {
				list[k].id = lists[i][k];
				list[k].value = 7;
			}
			arg.count = (uint32_t)k;
			for (cmd = 0; cmd < COUNT(cmds); cmd++)
				for (which = 0; which < COUNT(whiches);
				     which++) {
					arg.which = whiches[which];
					hidden_controls_ask(cmds[cmd], &arg,
							    list, k);
				}
		}
	}
}

static void a_list_with_a_hidden_one_sets_nothing(void **state)
{
	struct v4l2_ext_control list[2] = { { .id = V4L2_CID_BRIGHTNESS },
					    { .id = V4L2_CID_PRIVACY } };
	const struct v4l2_ext_controls arg = { .count = 2 };
	const struct answer *answer;

	(void)state;
	hidden_controls_see("user");
	answer = hidden_controls_ask(VIDIOC_S_EXT_CTRLS, &arg, list, 2);
	assert_int_equal(answer->ret, -EINVAL);
	assert_int_equal(answer->sets, 0);
	assert_int_equal(answer->arg.controls.error_idx, 2);
	assert_int_equal(answer->list[1].id, V4L2_CID_PRIVACY);
	answer = hidden_controls_ask(VIDIOC_TRY_EXT_CTRLS, &arg, list, 2);
	assert_int_equal(answer->arg.controls.error_idx, 1);
	answer = hidden_controls_ask(VIDIOC_S_EXT_CTRLS,
				     &(struct v4l2_ext_controls){ .count = 1 },
				     list, 1);
	assert_int_equal(answer->ret, 0);
	assert_int_equal(answer->sets, 1);
}

/* class_check(): is there such a class? */
static void an_empty_list_asks_for_a_class(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_G_EXT_CTRLS, VIDIOC_S_EXT_CTRLS,
					 VIDIOC_TRY_EXT_CTRLS };
	static const uint32_t whiches[] = {
		0,
		V4L2_CTRL_CLASS_USER,
		V4L2_CTRL_CLASS_CAMERA,
		V4L2_CID_PRIVACY,
		V4L2_CTRL_CLASS_CODEC | 0xf000ffff,
		V4L2_CTRL_CLASS_FLASH,
	};
	struct v4l2_ext_controls arg = { 0 };
	size_t text, cmd, i;

	(void)state;
	for (text = 0; text < COUNT(texts); text++) {
		hidden_controls_see(texts[text]);
		for (cmd = 0; cmd < COUNT(cmds); cmd++)
			for (i = 0; i < COUNT(whiches); i++) {
				arg.which = whiches[i];
				hidden_controls_ask(cmds[cmd], &arg, NULL, 0);
			}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CONTROLS_TEST(one_control_is_there_or_not),
		CONTROLS_TEST(the_next_one_is_the_next_that_is_seen),
		CONTROLS_TEST(a_device_that_never_ends_is_left),
		CONTROLS_TEST(the_one_behind_it_is_not_to_be_had),
		CONTROLS_TEST(only_events_of_its_controls_can_be_had),
		CONTROLS_TEST(lists_fail_where_the_device_would),
		CONTROLS_TEST(a_list_with_a_hidden_one_sets_nothing),
		CONTROLS_TEST(an_empty_list_asks_for_a_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
