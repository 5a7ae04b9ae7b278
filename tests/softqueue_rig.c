// SPDX-License-Identifier: BSD-3-Clause
/*
 * Queues of a software device, and two files that use them, for tests.
 */
#include "tests/softqueue_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct softqueue_rig softqueue_rig;

int softqueue_rig_setup(void **state)
{
	softqueue_init(&softqueue_rig.capture, CAPTURE,
		       V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
			       V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	softqueue_init(&softqueue_rig.output, OUTPUT,
		       V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	softqueue_init(&softqueue_rig.copy, OUTPUT,
		       V4L2_BUF_FLAG_TIMESTAMP_COPY);
	*state = &softqueue_rig;
	return 0;
}

int softqueue_rig_teardown(void **state)
{
	(void)state;
	softqueue_finish(&softqueue_rig.capture);
	softqueue_finish(&softqueue_rig.output);
	softqueue_finish(&softqueue_rig.copy);
	return 0;
}

struct v4l2_buffer softqueue_rig_buffer(uint32_t type, uint32_t index)
{
	return (struct v4l2_buffer){
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

void softqueue_rig_allocate(struct softqueue *queue, uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.type = queue->type,
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
	};

	assert_int_equal(softqueue_reqbufs(queue, &softqueue_rig.owner,
					   SOFTQUEUE_RIG_LEN, &arg),
			 0);
	assert_int_equal(arg.count, count);
}

int softqueue_rig_enqueue(struct softqueue *queue, uint32_t index)
{
	struct v4l2_buffer arg = softqueue_rig_buffer(queue->type, index);

	return softqueue_qbuf(queue, &softqueue_rig.owner, &arg);
}

uint32_t softqueue_rig_flags(const struct softqueue *queue, uint32_t index)
{
	struct v4l2_buffer arg = softqueue_rig_buffer(queue->type, index);

	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	return arg.flags &
	       ~(V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
}
