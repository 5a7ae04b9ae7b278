// SPDX-License-Identifier: BSD-3-Clause
/*
 * The test pattern camera: controls, and events about them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "hostd/device_pattern.h"
#include "tests/camera.h"

static const struct device_ops *const ops = &device_pattern_ops;

static void controls_are_listed_by_id(void **state)
{
	struct v4l2_queryctrl query = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };
	struct v4l2_query_ext_ctrl extended = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_querymenu menu = { .id = V4L2_CID_BRIGHTNESS };

	(void)state;

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_QUERYCTRL, &query),
			 0);
	assert_int_equal(query.id, V4L2_CID_USER_CLASS);
	assert_int_equal(query.type, V4L2_CTRL_TYPE_CTRL_CLASS);
	query.id |= V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_QUERYCTRL, &query),
			 0);
	assert_int_equal(query.id, V4L2_CID_BRIGHTNESS);
	assert_string_equal((char *)query.name, "Brightness");
	assert_int_equal(query.maximum, 255);
	query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_QUERYCTRL, &query),
			 -EINVAL);
	query.id = V4L2_CTRL_FLAG_NEXT_COMPOUND;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_QUERYCTRL, &query),
			 -EINVAL);
	query.id = V4L2_CID_CONTRAST;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_QUERYCTRL, &query),
			 -EINVAL);

	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_QUERY_EXT_CTRL, &extended), 0);
	assert_int_equal(extended.elem_size, 4);
	assert_int_equal(extended.elems, 1);
	assert_int_equal(extended.nr_of_dims, 0);
	assert_int_equal(extended.default_value, 128);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_QUERYMENU, &menu),
			 -EINVAL);
}

static void a_control_keeps_its_nearest_value(void **state)
{
	static const int32_t wishes[][2] = {
		{ 7, 7 },     { -1, 0 },        { 256, 255 },
		{ 255, 255 }, { INT32_MIN, 0 }, { INT32_MAX, 255 },
	};
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS };
	size_t i;

	(void)state;

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_CTRL, &control), 0);
	assert_int_equal(control.value, 128);
	for (i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		control.value = wishes[i][0];
		assert_int_equal(
			camera_ioctl(camera.file, VIDIOC_S_CTRL, &control), 0);
		assert_int_equal(control.value, wishes[i][1]);
		assert_int_equal(
			camera_ioctl(camera.other, VIDIOC_G_CTRL, &control), 0);
		assert_int_equal(control.value, wishes[i][1]);
	}

	control.id = V4L2_CID_CONTRAST;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_CTRL, &control),
			 -EINVAL);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_CTRL, &control),
			 -EINVAL);
	control.id = V4L2_CID_USER_CLASS;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_CTRL, &control),
			 -EACCES);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_CTRL, &control),
			 -EACCES);
}

static void extended_controls_say_which_one_was_wrong(void **state)
{
	struct v4l2_ext_control controls[2] = {
		{ .id = V4L2_CID_BRIGHTNESS, .value = 300 },
		{ .id = V4L2_CID_CONTRAST },
	};
	struct v4l2_ext_controls list = { .count = 2, .controls = controls };
	struct v4l2_control now = { .id = V4L2_CID_BRIGHTNESS };

	(void)state;

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_TRY_EXT_CTRLS, &list),
			 -EINVAL);
	assert_int_equal(list.error_idx, 1);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_EXT_CTRLS, &list),
			 -EINVAL);
	assert_int_equal(list.error_idx, 2);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 -EINVAL);
	assert_int_equal(list.error_idx, 2);

	controls[1].id = V4L2_CID_USER_CLASS;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_TRY_EXT_CTRLS, &list),
			 -EACCES);
	assert_int_equal(list.error_idx, 1);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 -EACCES);
	assert_int_equal(list.error_idx, 2);

	list.count = 1;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_TRY_EXT_CTRLS, &list),
			 0);
	assert_int_equal(controls[0].value, 255);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_CTRL, &now), 0);
	assert_int_equal(now.value, 128);

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_EXT_CTRLS, &list),
			 0);
	controls[0].value = 0;
	list.which = V4L2_CTRL_CLASS_USER;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 0);
	assert_int_equal(controls[0].value, 255);
	list.which = V4L2_CTRL_WHICH_DEF_VAL;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 0);
	assert_int_equal(controls[0].value, 128);
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_EXT_CTRLS, &list),
			 -EINVAL);
	list.which = V4L2_CTRL_CLASS_CAMERA;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 -EINVAL);
	list.which = V4L2_CTRL_WHICH_REQUEST_VAL;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 -EINVAL);
}

static void an_empty_list_of_controls_asks_for_the_class(void **state)
{
	struct v4l2_ext_controls list = { .count = 0 };

	(void)state;

	assert_int_equal(camera_ioctl(camera.file, VIDIOC_G_EXT_CTRLS, &list),
			 0);
	list.which = V4L2_CTRL_CLASS_USER;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_TRY_EXT_CTRLS, &list),
			 0);
	list.which = V4L2_CTRL_CLASS_CAMERA;
	assert_int_equal(camera_ioctl(camera.file, VIDIOC_S_EXT_CTRLS, &list),
			 -EINVAL);
}

static void set(struct device_file *who, int32_t value)
{
	struct v4l2_control control = { .id = V4L2_CID_BRIGHTNESS,
					.value = value };

	assert_int_equal(camera_ioctl(who, VIDIOC_S_CTRL, &control), 0);
}

static void a_change_is_told_to_the_others_who_asked(void **state)
{
	struct v4l2_event event;

	(void)state;

	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_BRIGHTNESS, 0),
			 0);
	assert_false(camera_readable(camera.file, DEVICE_EVENT, 0));
	set(camera.file, 1);
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);

	set(camera.other, 2);
	assert_true(camera_readable(camera.file, DEVICE_EVENT, 1000));
	assert_int_equal(ops->collect_event(camera.file, &event), 0);
	assert_int_equal(event.type, V4L2_EVENT_CTRL);
	assert_int_equal(event.id, V4L2_CID_BRIGHTNESS);
	assert_int_equal(event.u.ctrl.changes, V4L2_EVENT_CTRL_CH_VALUE);
	assert_int_equal(event.u.ctrl.value, 2);
	assert_int_equal(event.u.ctrl.maximum, 255);
	assert_int_equal(event.pending, 0);
	assert_int_equal(event.sequence, 1);
	assert_true(event.timestamp.tv_sec > 0);
	assert_false(camera_readable(camera.file, DEVICE_EVENT, 0));
	assert_int_equal(ops->collect_event(camera.other, &event), -ENOENT);

	/* Nothing changed. */
	set(camera.other, 2);
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);
}

static void feedback_and_the_first_value_come_if_asked_for(void **state)
{
	struct v4l2_event event;

	(void)state;

	assert_int_equal(
		camera_subscribe(camera.file, V4L2_CID_BRIGHTNESS,
				 V4L2_EVENT_SUB_FL_SEND_INITIAL |
					 V4L2_EVENT_SUB_FL_ALLOW_FEEDBACK),
		0);
	assert_int_equal(ops->collect_event(camera.file, &event), 0);
	assert_int_equal(event.u.ctrl.changes,
			 V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_FLAGS);
	assert_int_equal(event.u.ctrl.value, 128);
	set(camera.file, 3);
	assert_int_equal(ops->collect_event(camera.file, &event), 0);
	assert_int_equal(event.u.ctrl.value, 3);
}

static void a_newer_event_replaces_the_one_that_waits(void **state)
{
	struct v4l2_event event;

	(void)state;

	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_BRIGHTNESS,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	set(camera.other, 4);
	set(camera.other, 5);
	assert_int_equal(ops->collect_event(camera.file, &event), 0);
	assert_int_equal(event.u.ctrl.value, 5);
	assert_int_equal(event.u.ctrl.changes,
			 V4L2_EVENT_CTRL_CH_VALUE | V4L2_EVENT_CTRL_CH_FLAGS);
	assert_int_equal(event.sequence, 3);
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);
}

static void only_events_of_its_controls_can_be_subscribed(void **state)
{
	struct v4l2_event_subscription arg = { .type = V4L2_EVENT_EOS };
	struct v4l2_event event;

	(void)state;

	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_SUBSCRIBE_EVENT, &arg),
		-EINVAL);
	arg.type = V4L2_EVENT_ALL;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_SUBSCRIBE_EVENT, &arg),
		-EINVAL);
	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_CONTRAST, 0),
			 -EINVAL);
	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_USER_CLASS,
					  V4L2_EVENT_SUB_FL_SEND_INITIAL),
			 0);
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);
}

static void who_unsubscribes_hears_no_more(void **state)
{
	struct v4l2_event_subscription arg = {
		.type = V4L2_EVENT_CTRL,
		.id = V4L2_CID_BRIGHTNESS,
	};
	struct v4l2_event event;

	(void)state;

	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_UNSUBSCRIBE_EVENT, &arg), 0);
	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_BRIGHTNESS, 0),
			 0);
	set(camera.other, 6);
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_UNSUBSCRIBE_EVENT, &arg), 0);
	assert_false(camera_readable(camera.file, DEVICE_EVENT, 0));
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);

	assert_int_equal(camera_subscribe(camera.file, V4L2_CID_BRIGHTNESS, 0),
			 0);
	arg.type = V4L2_EVENT_ALL;
	assert_int_equal(
		camera_ioctl(camera.file, VIDIOC_UNSUBSCRIBE_EVENT, &arg), 0);
	set(camera.other, 7);
	assert_int_equal(ops->collect_event(camera.file, &event), -ENOENT);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, camera_setup, camera_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(controls_are_listed_by_id),
		TEST(a_control_keeps_its_nearest_value),
		TEST(extended_controls_say_which_one_was_wrong),
		TEST(an_empty_list_of_controls_asks_for_the_class),
		TEST(a_change_is_told_to_the_others_who_asked),
		TEST(feedback_and_the_first_value_come_if_asked_for),
		TEST(a_newer_event_replaces_the_one_that_waits),
		TEST(only_events_of_its_controls_can_be_subscribed),
		TEST(who_unsubscribes_hears_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
