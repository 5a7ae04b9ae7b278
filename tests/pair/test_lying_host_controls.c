// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about controls: guestd goes by what it was told of each, and keeps
 * so many of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/lying_host.h"

#define LEN      16u   /* of the payload */
#define LIST_MAX 4096u /* controls of a node */
#define NEXT     ((uint32_t)V4L2_CTRL_FLAG_NEXT_CTRL)

static bool with_payload; /* what the host says of all of them */

static void describe(struct lying_answer *answer)
{
	struct v4l2_query_ext_ctrl control;

	if (!lying_is(answer, VIDIOC_QUERY_EXT_CTRL))
		return;
	memcpy(&control, lying_argument(answer), sizeof(control));
	if (control.id & NEXT)
		control.id = (control.id & V4L2_CTRL_ID_MASK) + 1;
	control.type =
		with_payload ? V4L2_CTRL_TYPE_U8 : V4L2_CTRL_TYPE_INTEGER;
	control.flags = with_payload ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0;
	control.elem_size = with_payload ? 1 : 4;
	control.elems = with_payload ? LEN : 1;
	control.nr_of_dims = with_payload;
	control.dims[0] = with_payload ? LEN : 0;
	memcpy(lying_argument(answer), &control, sizeof(control));
}

static int query(uint32_t id)
{
	struct v4l2_query_ext_ctrl control = { .id = id };

	return front_ioctl(&lying.file, VIDIOC_QUERY_EXT_CTRL, &control);
}

static void one_that_becomes_another_is_a_lie(void **state)
{
	(void)state;
	with_payload = false;
	lying_open_both(describe);
	assert_int_equal(query(V4L2_CID_BRIGHTNESS), 0);
	assert_int_equal(query(V4L2_CID_BRIGHTNESS), 0);
	with_payload = true;
	assert_int_equal(query(V4L2_CID_CONTRAST), 0);
	assert_int_equal(query(V4L2_CID_BRIGHTNESS), -EIO);
	lying_expect_session_ended();
}

/* Nobody has asked but guestd itself, which has to know how long it is. */
static void so_it_is_when_a_value_is_set(void **state)
{
	static uint8_t payload[2 * LEN] = { 0 };
	struct v4l2_ext_control control = {
		.id = V4L2_CID_BRIGHTNESS,
		.size = LEN,
		.p_u8 = payload,
	};
	struct v4l2_ext_controls controls = {
		.count = 1,
		.controls = &control,
	};

	(void)state;
	with_payload = true;
	lying_open_both(describe);
	assert_int_equal(query(V4L2_CID_BRIGHTNESS), 0);
	with_payload = false;
	/* It is longer than was known, so it is asked about again. */
	control.size = 2 * LEN;
	assert_int_equal(
		front_ioctl(&lying.file, VIDIOC_S_EXT_CTRLS, &controls), -EIO);
	lying_expect_session_ended();
}

static void a_list_without_end_has_one(void **state)
{
	uint32_t id = V4L2_CID_BASE;
	unsigned int i;

	(void)state;
	with_payload = false;
	lying_open_both(describe);
	for (i = 0; i < LIST_MAX; i++)
		assert_int_equal(query(id++ | NEXT), 0);
	assert_int_equal(query(V4L2_CID_BASE + 1), 0);
	assert_int_equal(query(id | NEXT), -EIO);
	lying_expect_session_ended();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(one_that_becomes_another_is_a_lie),
		LYING_TEST(so_it_is_when_a_value_is_set),
		LYING_TEST(a_list_without_end_has_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
