// SPDX-License-Identifier: BSD-3-Clause
/*
 * A file of the kind convert, on the fake libv4l2.
 */
#include "tests/convert_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/device_convert.h"
#include "tests/fake_libv4l2.h"

static const struct device_ops *const ops = &device_convert_ops;
static struct convert_rig the_rig;

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(the_rig.said);

	if (level < LOG_LEVEL_DEBUG)
		snprintf(the_rig.said + len, sizeof(the_rig.said) - len, "%s\n",
			 line);
}

int convert_rig_setup(void **state)
{
	struct convert_rig *rig = &the_rig;
	int fds[2];

	*rig = (struct convert_rig){ .device = { .ops = ops, .name = "cam" } };
	fake_libv4l2_init();
	log_set_sink(sink);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	rig->node = fds[0];
	rig->other_end = fds[1];
	assert_int_equal(ops->open(&rig->device, rig->node, &rig->file), 0);
	assert_int_equal(fake_libv4l2.opens, 1);
	*state = rig;
	return 0;
}

void convert_rig_close(struct convert_rig *rig)
{
	ops->close(rig->file);
	rig->file = NULL;
	assert_int_equal(fake_libv4l2.opens, 0);
	assert_int_equal(fcntl(rig->node, F_GETFD), -1);
}

int convert_rig_teardown(void **state)
{
	struct convert_rig *rig = *state;

	if (rig->file)
		convert_rig_close(rig);
	if (rig->other_end >= 0)
		close(rig->other_end);
	log_set_sink(NULL);
	return 0;
}

int convert_rig_call(struct convert_rig *rig, uint32_t cmd, void *arg)
{
	return ops->ioctl(rig->file, ioctl_lookup(cmd), arg);
}

int convert_rig_request(struct convert_rig *rig, uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int ret = convert_rig_call(rig, VIDIOC_REQBUFS, &arg);

	assert_false(arg.capabilities & V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS);
	return ret;
}

void convert_rig_fail(uint32_t cmd, int error, unsigned int count)
{
	fake_libv4l2.fail_cmd = cmd;
	fake_libv4l2.fail_error = error;
	fake_libv4l2.fail_count = count;
}
