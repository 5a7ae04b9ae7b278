// SPDX-License-Identifier: BSD-3-Clause
/*
 * What hostd asks a device for a guest, and when it stops.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hostd/memo_tree.h"

static char asked[8192];
static unsigned int room;
static int (*device)(uint32_t cmd, union payload_arg *arg);

static int ask(void *owner, uint32_t cmd, union payload_arg *arg, int *result)
{
	const struct ioctl_desc *desc = ioctl_lookup(cmd);
	size_t len = strlen(asked);

	assert_ptr_equal(owner, &device);
	assert_non_null(desc);
	if (!room--)
		return -ENOSPC;
	if (len + 64 < sizeof(asked))
		snprintf(asked + len, sizeof(asked) - len, "%s %x\n",
			 desc->name, arg->u32);
	*result = device(cmd, arg);
	return 0;
}

static int walk(uint32_t class, int (*by)(uint32_t, union payload_arg *),
		unsigned int most)
{
	asked[0] = '\0';
	room = most;
	device = by;
	return memo_tree_walk(class, ask, &device);
}

static unsigned int count(const char *what)
{
	const char *at = asked;
	unsigned int times = 0;

	while ((at = strstr(at, what))) {
		at += strlen(what);
		times++;
	}
	return times;
}

static int nothing(uint32_t cmd, union payload_arg *arg)
{
	(void)cmd;
	(void)arg;
	return -ENOTTY;
}

static void a_device_without_anything_is_asked_for_each_list_once(void **state)
{
	(void)state;
	assert_int_equal(walk(VMS_MEMO_INPUTS, nothing, 100), 0);
	assert_string_equal(asked,
			    "ENUMINPUT 0\nENUMOUTPUT 0\nENUMAUDIO 0\n"
			    "ENUMAUDOUT 0\nENUMSTD 0\nENUM_DV_TIMINGS 0\n"
			    "DV_TIMINGS_CAP 0\n");
	assert_int_equal(walk(VMS_MEMO_FORMATS, nothing, 100), 0);
	assert_int_equal(count("ENUM_FMT"), VMS_BUF_TYPE_COUNT - 1);
	assert_int_equal(walk(VMS_MEMO_CONTROLS, nothing, 100), 0);
	assert_string_equal(asked, "QUERY_EXT_CTRL c0000000\n"
				   "QUERY_EXT_CTRL 80000000\n"
				   "QUERYCTRL 80000000\n");
}

/* Two formats of one four-character code, two sizes, three intervals. */
static int few_formats(uint32_t cmd, union payload_arg *arg)
{
	struct v4l2_frmsizeenum size;

	switch (cmd) {
	case VIDIOC_ENUM_FMT:
		arg->fmtdesc.pixelformat = V4L2_PIX_FMT_YUYV;
		return arg->fmtdesc.type != 1 || arg->u32 > 1 ? -EINVAL : 0;
	case VIDIOC_ENUM_FRAMESIZES:
		memcpy(&size, arg, sizeof(size));
		assert_int_equal(size.pixel_format, V4L2_PIX_FMT_YUYV);
		size.type = size.index ? V4L2_FRMSIZE_TYPE_STEPWISE
				       : V4L2_FRMSIZE_TYPE_DISCRETE;
		memcpy(arg, &size, sizeof(size));
		return size.index > 1 ? -EINVAL : 0;
	default:
		return arg->u32 > 2 ? -EINVAL : 0;
	}
}

static void every_size_is_asked_for_its_intervals(void **state)
{
	(void)state;
	assert_int_equal(walk(VMS_MEMO_FORMATS, few_formats, 100), 0);
	assert_int_equal(count("ENUM_FMT"), 3 + VMS_BUF_TYPE_COUNT - 2);
	assert_int_equal(count("ENUM_FRAMESIZES"), 3);
	/* Of sizes that go in steps, nobody knows which. */
	assert_int_equal(count("ENUM_FRAMEINTERVALS"), 4);
}

/* A menu from 1 to 3 with a hole, and a number. */
static int two_controls(uint32_t cmd, union payload_arg *arg)
{
	struct v4l2_query_ext_ctrl *control = &arg->query_ext_ctrl;
	uint32_t id = arg->u32 & V4L2_CTRL_ID_MASK;
	struct v4l2_querymenu item;

	if (cmd == VIDIOC_QUERYMENU) {
		memcpy(&item, arg, sizeof(item));
		assert_int_equal(item.id, 1);
		return item.index == 2 ? -EINVAL : 0;
	}
	if (arg->u32 != id)
		id++;
	if (id > 2)
		return -EINVAL;
	arg->u32 = id;
	if (cmd == VIDIOC_QUERY_EXT_CTRL && id == 1) {
		control->type = V4L2_CTRL_TYPE_MENU;
		control->minimum = 1;
		control->maximum = 3;
	}
	return 0;
}

static void every_control_is_asked_for_in_every_way(void **state)
{
	(void)state;
	assert_int_equal(walk(VMS_MEMO_CONTROLS, two_controls, 100), 0);
	assert_int_equal(count("QUERY_EXT_CTRL c000000"), 3);
	assert_int_equal(count("QUERY_EXT_CTRL 8000000"), 3);
	assert_int_equal(count("QUERYCTRL 8000000"), 3);
	assert_int_equal(count("QUERY_EXT_CTRL 1\n"), 1);
	assert_int_equal(count("QUERYCTRL 2\n"), 1);
	assert_int_equal(count("QUERYMENU 1\n"), 3);
}

static int everything(uint32_t cmd, union payload_arg *arg)
{
	(void)cmd;
	(void)arg;
	return 0;
}

static void a_device_without_end_is_asked_until_there_is_no_room(void **state)
{
	uint32_t class;

	(void)state;
	for (class = 1; class < VMS_MEMO_ALL; class <<= 1)
		assert_int_equal(walk(class, everything, 3000), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_device_without_anything_is_asked_for_each_list_once),
		cmocka_unit_test(every_size_is_asked_for_its_intervals),
		cmocka_unit_test(every_control_is_asked_for_in_every_way),
		cmocka_unit_test(
			a_device_without_end_is_asked_until_there_is_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
