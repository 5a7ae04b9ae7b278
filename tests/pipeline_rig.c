// SPDX-License-Identifier: BSD-3-Clause
/*
 * A stream whose waits are counted.
 */
#include "tests/pipeline_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sys/epoll.h>

#include "common/stats.h"

struct pipeline_rig pipeline;

void pipeline_count(void)
{
	pipeline.counted = stats_get(STATS_WAITS);
}

unsigned int pipeline_waits(void)
{
	uint64_t before = pipeline.counted;

	pipeline_count();
	return (unsigned int)(pipeline.counted - before);
}

int pipeline_setup(void **state)
{
	harness_setup(state);
	harness_open_fake(&pipeline.file);
	pipeline_count();
	return 0;
}

void pipeline_frame(uint32_t type, uint32_t index)
{
	fake_finish(type, index, 100, 0);
	harness_settle();
	assert_int_equal(front_poll(&pipeline.file, EPOLLIN | EPOLLOUT) &
				 (EPOLLIN | EPOLLOUT),
			 V4L2_TYPE_IS_OUTPUT(type) ? EPOLLOUT : EPOLLIN);
	assert_int_equal(stream_dqbuf(&pipeline.file, type, &pipeline.buffer),
			 0);
	assert_int_equal(pipeline.buffer.v4l2.index, index);
	assert_false(pipeline.buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	stream_buffer(&pipeline.buffer, type, index);
	if (V4L2_TYPE_IS_OUTPUT(type))
		pipeline.buffer.v4l2.bytesused = 4096;
	assert_int_equal(
		front_ioctl(&pipeline.file, VIDIOC_QBUF, &pipeline.buffer.v4l2),
		0);
	assert_true(pipeline.buffer.v4l2.flags & V4L2_BUF_FLAG_QUEUED);
}

void pipeline_start(uint32_t type)
{
	stream_start(&pipeline.file, type, PIPELINE_BUFFERS);
	pipeline_frame(type, 0);
	harness_settle();
	pipeline_count();
}

void pipeline_take(uint32_t index)
{
	fake_finish(CAPTURE, index, 100, 0);
	harness_settle();
	assert_int_equal(
		stream_dqbuf(&pipeline.file, CAPTURE, &pipeline.buffer), 0);
	assert_int_equal(pipeline.buffer.v4l2.index, index);
}
