// SPDX-License-Identifier: BSD-3-Clause
/*
 * Which ioctls each class of guest may make.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "hostd/permit.h"

static struct grant grant;
static struct payload payload;

static int setup(void **state)
{
	(void)state;
	grant_default(&grant);
	return 0;
}
#define PERMIT_TEST(name) cmocka_unit_test_setup(name, setup)

static int permit(enum grant_class class, const struct ioctl_desc *desc)
{
	grant.class = class;
	payload_init(&payload, desc, NULL);
	return permit_ioctl(&grant, &payload);
}

static void each_class_has_what_the_table_gives_it(void **state)
{
	const struct ioctl_desc *desc;
	size_t i;

	(void)state;
	for (i = 0; (desc = ioctl_row(i)); i++) {
		assert_int_equal(permit(GRANT_VIEW, desc),
				 desc->least == IOCTL_VIEW ? 0 : -EPERM);
		assert_int_equal(permit(GRANT_USE, desc),
				 desc->least == IOCTL_FULL ? -EPERM : 0);
		assert_int_equal(permit(GRANT_FULL, desc), 0);
	}
}

static int make(enum grant_class class, uint32_t type)
{
	int ret;

	grant.class = class;
	payload_init(&payload, ioctl_lookup(VIDIOC_REQBUFS), NULL);
	payload.arg.reqbufs.type = type;
	ret = permit_ioctl(&grant, &payload);
	payload_init(&payload, ioctl_lookup(VIDIOC_CREATE_BUFS), NULL);
	payload.arg.create.format.type = type;
	assert_int_equal(permit_ioctl(&grant, &payload), ret);
	return ret;
}

static void who_looks_sends_nothing(void **state)
{
	(void)state;
	assert_int_equal(make(GRANT_VIEW, V4L2_BUF_TYPE_VIDEO_CAPTURE), 0);
	assert_int_equal(make(GRANT_VIEW, V4L2_BUF_TYPE_META_CAPTURE), 0);
	assert_int_equal(make(GRANT_VIEW, V4L2_BUF_TYPE_VIDEO_OUTPUT), -EPERM);
	assert_int_equal(make(GRANT_VIEW, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE),
			 -EPERM);
	assert_int_equal(make(GRANT_VIEW, V4L2_BUF_TYPE_VBI_OUTPUT), -EPERM);
	assert_int_equal(make(GRANT_USE, V4L2_BUF_TYPE_VIDEO_OUTPUT), 0);

	grant.class = GRANT_VIEW;
	assert_int_equal(permit_io(&grant, VMS_IO_READ), 0);
	assert_int_equal(permit_io(&grant, VMS_IO_POLL), 0);
	assert_int_equal(permit_io(&grant, VMS_IO_WRITE), -EPERM);
	grant.class = GRANT_USE;
	assert_int_equal(permit_io(&grant, VMS_IO_WRITE), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PERMIT_TEST(each_class_has_what_the_table_gives_it),
		PERMIT_TEST(who_looks_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
