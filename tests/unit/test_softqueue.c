// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: the rules of videobuf2.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "hostd/softqueue.h"

#define LEN 5000u /* no multiple of a page */

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

/* Two files: their addresses are all that counts. */
static const char owner[1], other[1];

struct fixture {
	struct softqueue capture;
	struct softqueue output;
	struct softqueue copy; /* output whose timestamps are the user's */
};

static int setup(void **state)
{
	static struct fixture fixture;

	softqueue_init(&fixture.capture, CAPTURE,
		       V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
			       V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	softqueue_init(&fixture.output, OUTPUT,
		       V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	softqueue_init(&fixture.copy, OUTPUT, V4L2_BUF_FLAG_TIMESTAMP_COPY);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	softqueue_finish(&fixture->capture);
	softqueue_finish(&fixture->output);
	softqueue_finish(&fixture->copy);
	return 0;
}

static struct v4l2_requestbuffers request(uint32_t type, uint32_t count)
{
	return (struct v4l2_requestbuffers){
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
	};
}

static struct v4l2_create_buffers create(uint32_t count, uint32_t sizeimage)
{
	return (struct v4l2_create_buffers){
		.memory = V4L2_MEMORY_MMAP,
		.count = count,
		.format = { .type = CAPTURE, .fmt.pix.sizeimage = sizeimage },
	};
}

static struct v4l2_buffer buffer(uint32_t type, uint32_t index)
{
	return (struct v4l2_buffer){
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
		.index = index,
	};
}

static void allocate(struct softqueue *queue, uint32_t count)
{
	struct v4l2_requestbuffers arg = request(queue->type, count);

	assert_int_equal(softqueue_reqbufs(queue, owner, LEN, &arg), 0);
	assert_int_equal(arg.count, count);
}

static int enqueue(struct softqueue *queue, uint32_t index)
{
	struct v4l2_buffer arg = buffer(queue->type, index);

	return softqueue_qbuf(queue, owner, &arg);
}

/* Return: flags of QUERYBUF without those of the timestamp */
static uint32_t flags(const struct softqueue *queue, uint32_t index)
{
	struct v4l2_buffer arg = buffer(queue->type, index);

	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	return arg.flags &
	       ~(V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
}

/* Finish the next buffer, which is @index. */
static void finish(struct softqueue *queue, uint32_t index)
{
	struct softqueue_buffer *next = softqueue_next(queue);

	assert_non_null(next);
	assert_int_equal(next->index, index);
	softqueue_done(queue, next, true);
}

static void reqbufs_gives_buffers_and_says_what_it_can(void **state)
{
	struct fixture *fixture = *state;
	struct v4l2_requestbuffers arg = request(CAPTURE, 4);

	memset(arg.reserved, 0xff, sizeof(arg.reserved));
	arg.flags = V4L2_MEMORY_FLAG_NON_COHERENT;
	assert_int_equal(softqueue_reqbufs(&fixture->capture, owner, LEN, &arg),
			 0);
	assert_int_equal(arg.count, 4);
	assert_int_equal(arg.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
	assert_int_equal(arg.flags, 0);
	assert_int_equal(arg.reserved[0], 0);
	assert_ptr_equal(fixture->capture.owner, owner);
}

static void reqbufs_gives_at_most_the_maximum(void **state)
{
	struct fixture *fixture = *state;
	struct v4l2_requestbuffers arg = request(CAPTURE, UINT32_MAX);

	assert_int_equal(softqueue_reqbufs(&fixture->capture, owner, LEN, &arg),
			 0);
	assert_int_equal(arg.count, SOFTQUEUE_BUFFERS_MAX);
}

static void
reqbufs_refuses_other_memory_and_types_but_says_what_it_can(void **state)
{
	static const uint32_t memories[] = { 0, V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_OVERLAY,
					     V4L2_MEMORY_DMABUF, 5 };
	struct fixture *fixture = *state;
	struct v4l2_requestbuffers arg;
	size_t i;

	for (i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		arg = request(CAPTURE, 4);
		arg.memory = memories[i];
		assert_int_equal(
			softqueue_reqbufs(&fixture->capture, owner, LEN, &arg),
			-EINVAL);
		assert_int_not_equal(arg.capabilities, 0);
	}

	arg = request(OUTPUT, 4);
	assert_int_equal(softqueue_reqbufs(&fixture->capture, owner, LEN, &arg),
			 -EINVAL);
	assert_int_equal(fixture->capture.count, 0);
}

static void reqbufs_of_no_buffers_gives_up_the_queue(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_requestbuffers arg = request(CAPTURE, 0);

	allocate(queue, 4);
	assert_int_equal(softqueue_reqbufs(queue, other, LEN, &arg), -EBUSY);
	assert_int_equal(softqueue_reqbufs(queue, owner, LEN, &arg), 0);
	assert_int_equal(queue->count, 0);
	assert_null(queue->memories);
	assert_null(queue->owner);

	arg = request(CAPTURE, 2);
	assert_int_equal(softqueue_reqbufs(queue, other, LEN, &arg), 0);
	assert_ptr_equal(queue->owner, other);
}

static void reqbufs_is_busy_while_streaming(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_requestbuffers arg = request(CAPTURE, 0);

	allocate(queue, 4);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	assert_int_equal(softqueue_reqbufs(queue, owner, LEN, &arg), -EBUSY);
	assert_int_equal(softqueue_streamoff(queue, owner, CAPTURE), 0);
	assert_int_equal(softqueue_reqbufs(queue, owner, LEN, &arg), 0);
}

static void reqbufs_takes_queued_buffers_back(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;

	allocate(queue, 2);
	assert_int_equal(enqueue(queue, 0), 0);
	allocate(queue, 3);
	assert_int_equal(flags(queue, 0), 0);
}

static void buffers_that_are_too_large_do_not_fit_into_memory(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_requestbuffers arg = request(CAPTURE, 4);
	struct v4l2_create_buffers more = create(1, SOFTQUEUE_LEN_MAX + 1);

	assert_int_equal(
		softqueue_reqbufs(queue, owner, SOFTQUEUE_LEN_MAX + 1, &arg),
		-ENOMEM);
	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &more),
			 -ENOMEM);
	assert_null(queue->owner);
}

static void create_bufs_adds_to_what_is_there(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_create_buffers arg = create(2, LEN);
	struct v4l2_buffer query;

	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg), 0);
	assert_int_equal(arg.index, 0);
	assert_int_equal(arg.count, 2);
	assert_int_not_equal(arg.capabilities, 0);
	assert_ptr_equal(queue->owner, owner);

	arg = create(100, 2 * LEN);
	assert_int_equal(softqueue_create_bufs(queue, other, LEN, &arg),
			 -EBUSY);
	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg), 0);
	assert_int_equal(arg.index, 2);
	assert_int_equal(arg.count, SOFTQUEUE_BUFFERS_MAX - 2);

	query = buffer(CAPTURE, 2);
	assert_int_equal(softqueue_querybuf(queue, &query), 0);
	assert_int_equal(query.length, 2 * LEN);

	arg = create(1, LEN);
	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg),
			 -ENOBUFS);
}

static void create_bufs_refuses_buffers_that_are_too_small(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_create_buffers arg = create(1, LEN - 1);

	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg),
			 -EINVAL);
	arg = create(1, 0);
	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg),
			 -EINVAL);
	assert_int_equal(queue->count, 0);
}

static void create_bufs_of_no_buffers_only_checks(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_create_buffers arg = create(0, 0);

	allocate(queue, 3);
	assert_int_equal(softqueue_create_bufs(queue, other, LEN, &arg), 0);
	assert_int_equal(arg.index, 3);
	assert_ptr_equal(queue->owner, owner);

	arg.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg),
			 -EINVAL);
	arg = create(0, 0);
	arg.format.type = OUTPUT;
	assert_int_equal(softqueue_create_bufs(queue, owner, LEN, &arg),
			 -EINVAL);
}

static void querybuf_tells_anybody_everything(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg;

	allocate(queue, 2);
	memset(&arg, 0xff, sizeof(arg));
	arg.type = CAPTURE;
	arg.index = 1;
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(arg.index, 1);
	assert_int_equal(arg.bytesused, 0);
	assert_int_equal(arg.flags, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
					    V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	assert_int_equal(arg.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(arg.length, LEN);
	assert_int_equal(arg.m.userptr, arg.m.offset);
	assert_int_equal(arg.reserved2, 0);
	assert_int_equal(arg.request_fd, 0);

	arg.index = 2;
	assert_int_equal(softqueue_querybuf(queue, &arg), -EINVAL);
	arg = buffer(OUTPUT, 0);
	assert_int_equal(softqueue_querybuf(queue, &arg), -EINVAL);
}

static void a_buffer_walks_its_circle(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = buffer(CAPTURE, 1);
	struct softqueue_buffer *next;

	allocate(queue, 2);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_true(arg.flags & V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(arg.length, LEN);
	assert_int_equal(flags(queue, 1), V4L2_BUF_FLAG_QUEUED);
	assert_null(softqueue_next(queue)); /* nothing streams yet */

	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	next = softqueue_next(queue);
	assert_non_null(next);
	assert_true(next->fresh);
	memset(next->bytes, 1, next->len);
	next->sequence = 17;
	next->bytesused = 4000;
	next->field = V4L2_FIELD_NONE;
	next->timestamp.tv_sec = 5;
	assert_false(softqueue_finished(queue));
	softqueue_done(queue, next, true);
	assert_true(softqueue_finished(queue));
	assert_int_equal(flags(queue, 1), V4L2_BUF_FLAG_DONE);

	arg = (struct v4l2_buffer){ .type = CAPTURE };
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.index, 1);
	assert_int_equal(arg.memory, V4L2_MEMORY_MMAP);
	assert_int_equal(arg.sequence, 17);
	assert_int_equal(arg.bytesused, 4000);
	assert_int_equal(arg.field, V4L2_FIELD_NONE);
	assert_int_equal(arg.timestamp.tv_sec, 5);
	assert_int_equal(arg.flags, V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC |
					    V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
	assert_int_equal(flags(queue, 1), 0);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EAGAIN);

	/* What it was is told until it is queued again. */
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(arg.sequence, 17);
	assert_int_equal(enqueue(queue, 1), 0);
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(arg.sequence, 0);
	assert_int_equal(arg.bytesused, 0);
	assert_int_equal(arg.timestamp.tv_sec, 0);
}

static void buffers_come_in_the_order_in_which_they_were_queued(void **state)
{
	static const uint32_t order[] = { 2, 0, 3, 1 };
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = { .type = CAPTURE };
	size_t i;

	allocate(queue, 4);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(enqueue(queue, order[i]), 0);
	for (i = 0; i < 4; i++)
		finish(queue, order[i]);
	assert_null(softqueue_next(queue));
	for (i = 0; i < 4; i++) {
		assert_int_equal(softqueue_dqbuf(queue, owner, &arg), 0);
		assert_int_equal(arg.index, order[i]);
	}
}

static void a_buffer_that_failed_says_so(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = { .type = CAPTURE };

	allocate(queue, 1);
	assert_int_equal(enqueue(queue, 0), 0);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	softqueue_done(queue, softqueue_next(queue), false);
	assert_int_equal(flags(queue, 0),
			 V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), 0);
	assert_true(arg.flags & V4L2_BUF_FLAG_ERROR);
	assert_false(arg.flags & V4L2_BUF_FLAG_DONE);
	assert_int_equal(flags(queue, 0), 0);
}

static void qbuf_refuses_what_vb2_refuses(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = buffer(CAPTURE, 0);

	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	allocate(queue, 2);

	arg = buffer(OUTPUT, 0);
	assert_int_equal(softqueue_qbuf(queue, other, &arg), -EBUSY);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg = buffer(CAPTURE, 2);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg = buffer(CAPTURE, 0);
	arg.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg = buffer(CAPTURE, 0);
	arg.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EBADR);

	assert_int_equal(enqueue(queue, 0), 0);
	assert_int_equal(enqueue(queue, 0), -EINVAL);
}

static void capture_keeps_none_of_the_flags_for_output(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = buffer(CAPTURE, 0);

	allocate(queue, 1);
	arg.flags = UINT32_MAX & ~V4L2_BUF_FLAG_REQUEST_FD;
	arg.bytesused = UINT32_MAX;
	arg.timestamp.tv_sec = 9;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 0);
	assert_int_equal(arg.timestamp.tv_sec, 0);
	assert_int_equal(
		arg.flags & (V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME |
			     V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_TIMECODE |
			     V4L2_BUF_FLAG_LAST | V4L2_BUF_FLAG_NO_CACHE_CLEAN |
			     V4L2_BUF_FLAG_NO_CACHE_INVALIDATE |
			     V4L2_BUF_FLAG_DONE | V4L2_BUF_FLAG_ERROR |
			     V4L2_BUF_FLAG_MAPPED | V4L2_BUF_FLAG_PREPARED),
		0);
	assert_int_equal(arg.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK,
			 V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC);
	assert_int_equal(arg.flags & V4L2_BUF_FLAG_TSTAMP_SRC_MASK,
			 V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
}

static void output_checks_bytesused_and_takes_none_for_all(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->output;
	struct v4l2_buffer arg = buffer(OUTPUT, 0);

	allocate(queue, 2);
	arg.bytesused = LEN + 1;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);
	arg.bytesused = 1;
	arg.field = V4L2_FIELD_ALTERNATE;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), -EINVAL);

	arg.field = V4L2_FIELD_TOP;
	arg.flags = V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_TIMECODE;
	arg.timecode.frames = 12;
	arg.timestamp.tv_sec = 9;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 1);
	assert_int_equal(arg.field, V4L2_FIELD_TOP);
	assert_true(arg.flags & V4L2_BUF_FLAG_KEYFRAME);
	assert_true(arg.flags & V4L2_BUF_FLAG_TIMECODE);
	assert_int_equal(arg.timecode.frames, 12);
	assert_int_equal(arg.timestamp.tv_sec, 0);

	arg = buffer(OUTPUT, 1);
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, LEN);
}

static void a_copied_timestamp_is_the_users(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->copy;
	struct v4l2_buffer arg = buffer(OUTPUT, 0);

	allocate(queue, 1);
	arg.flags = V4L2_BUF_FLAG_TSTAMP_SRC_SOE;
	arg.timestamp.tv_sec = -3;
	arg.timestamp.tv_usec = INT64_MAX;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.timestamp.tv_sec, -3);
	assert_int_equal(arg.timestamp.tv_usec, INT64_MAX);
	assert_int_equal(arg.flags, V4L2_BUF_FLAG_QUEUED |
					    V4L2_BUF_FLAG_TIMESTAMP_COPY |
					    V4L2_BUF_FLAG_TSTAMP_SRC_SOE);
}

static void a_prepared_buffer_keeps_what_was_said_then(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->output;
	struct v4l2_buffer arg = buffer(OUTPUT, 0);

	allocate(queue, 1);
	arg.bytesused = 100;
	assert_int_equal(softqueue_prepare_buf(queue, other, &arg), -EBUSY);
	arg.flags = V4L2_BUF_FLAG_REQUEST_FD;
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), -EINVAL);
	arg.flags = 0;
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), 0);
	assert_true(arg.flags & V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(flags(queue, 0), V4L2_BUF_FLAG_PREPARED);
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), -EINVAL);

	arg = buffer(OUTPUT, 0);
	arg.bytesused = 200;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 100);
	assert_int_equal(flags(queue, 0), V4L2_BUF_FLAG_QUEUED);
	assert_int_equal(softqueue_prepare_buf(queue, owner, &arg), -EINVAL);

	/* STREAMOFF forgets it. */
	assert_int_equal(softqueue_streamoff(queue, owner, OUTPUT), 0);
	assert_int_equal(flags(queue, 0), 0);
	arg = buffer(OUTPUT, 0);
	arg.bytesused = 300;
	assert_int_equal(softqueue_qbuf(queue, owner, &arg), 0);
	assert_int_equal(arg.bytesused, 300);
}

static void dqbuf_refuses_what_vb2_refuses(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = { .type = OUTPUT };

	allocate(queue, 1);
	assert_int_equal(softqueue_dqbuf(queue, other, &arg), -EBUSY);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EINVAL);
	arg.type = CAPTURE;
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EINVAL);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	assert_int_equal(softqueue_dqbuf(queue, owner, &arg), -EAGAIN);
}

static void streamon_needs_buffers_and_may_be_repeated(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;

	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), -EINVAL);
	allocate(queue, 1);
	assert_int_equal(softqueue_streamon(queue, other, CAPTURE), -EBUSY);
	assert_int_equal(softqueue_streamon(queue, owner, OUTPUT), -EINVAL);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
}

static void streamoff_gives_every_buffer_back(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	uint32_t i;

	allocate(queue, 4);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	for (i = 0; i < 3; i++)
		assert_int_equal(enqueue(queue, i), 0);
	finish(queue, 0);
	assert_int_equal(softqueue_streamoff(queue, other, CAPTURE), -EBUSY);
	assert_int_equal(softqueue_streamoff(queue, owner, OUTPUT), -EINVAL);
	assert_int_equal(softqueue_streamoff(queue, owner, CAPTURE), 0);
	assert_false(queue->streaming);
	assert_false(softqueue_finished(queue));
	for (i = 0; i < 4; i++)
		assert_int_equal(flags(queue, i), 0);
	assert_int_equal(softqueue_streamoff(queue, owner, CAPTURE), 0);
}

static void memory_is_mapped_by_the_offset_of_querybuf(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct v4l2_buffer arg = buffer(CAPTURE, 1);
	struct device_map map, again;

	allocate(queue, 2);
	assert_int_equal(softqueue_querybuf(queue, &arg), 0);
	assert_int_equal(softqueue_map(queue, arg.m.offset, LEN, &map), 0);
	assert_int_equal(map.len, LEN);
	assert_true(map.fd >= 0);
	memset(map.bytes, 7, map.len);
	assert_ptr_equal(map.bytes, queue->buffers[1].bytes);
	assert_int_equal(flags(queue, 1), V4L2_BUF_FLAG_MAPPED);
	assert_int_equal(flags(queue, 0), 0);

	/* Whole pages, by more than one, and by anybody. */
	assert_int_equal(softqueue_map(queue, arg.m.offset, 8192, &again), 0);
	softqueue_unmap(queue, &map);
	assert_int_equal(flags(queue, 1), V4L2_BUF_FLAG_MAPPED);
	softqueue_unmap(queue, &again);
	assert_int_equal(flags(queue, 1), 0);

	assert_int_equal(softqueue_map(queue, arg.m.offset, 8193, &map),
			 -EINVAL);
	assert_int_equal(softqueue_map(queue, arg.m.offset, 0, &map), -EINVAL);
	assert_int_equal(softqueue_map(queue, arg.m.offset + 1, LEN, &map),
			 -EINVAL);
	assert_int_equal(
		softqueue_map(queue, 2 << SOFTQUEUE_OFFSET_SHIFT, LEN, &map),
		-EINVAL);
	assert_int_equal(softqueue_map(queue, UINT32_MAX, LEN, &map), -EINVAL);
}

static void mapped_memory_survives_its_buffer(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;
	struct device_map map;

	allocate(queue, 2);
	assert_int_equal(softqueue_map(queue, 0, LEN, &map), 0);
	allocate(queue, 2);
	assert_ptr_not_equal(queue->buffers[0].bytes, map.bytes);
	assert_int_equal(flags(queue, 0), 0);
	memset(map.bytes, 7, map.len);
	assert_true(fcntl(map.fd, F_GETFD) >= 0);

	softqueue_release(queue, owner);
	memset(map.bytes, 8, map.len);
	softqueue_unmap(queue, &map);
	assert_int_equal(fcntl(map.fd, F_GETFD), -1);
	assert_null(queue->memories);
}

static void only_the_owner_takes_the_buffers_with_it(void **state)
{
	struct fixture *fixture = *state;
	struct softqueue *queue = &fixture->capture;

	allocate(queue, 2);
	assert_int_equal(softqueue_streamon(queue, owner, CAPTURE), 0);
	softqueue_release(queue, other);
	assert_int_equal(queue->count, 2);
	softqueue_release(queue, owner);
	assert_int_equal(queue->count, 0);
	assert_false(queue->streaming);
	assert_null(queue->owner);
	assert_null(queue->memories);
}

static void finishing_nothing_is_harmless(void **state)
{
	struct softqueue zeroed = { 0 };

	(void)state;

	softqueue_finish(NULL);
	softqueue_finish(&zeroed);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reqbufs_gives_buffers_and_says_what_it_can),
		TEST(reqbufs_gives_at_most_the_maximum),
		TEST(reqbufs_refuses_other_memory_and_types_but_says_what_it_can),
		TEST(reqbufs_of_no_buffers_gives_up_the_queue),
		TEST(reqbufs_is_busy_while_streaming),
		TEST(reqbufs_takes_queued_buffers_back),
		TEST(buffers_that_are_too_large_do_not_fit_into_memory),
		TEST(create_bufs_adds_to_what_is_there),
		TEST(create_bufs_refuses_buffers_that_are_too_small),
		TEST(create_bufs_of_no_buffers_only_checks),
		TEST(querybuf_tells_anybody_everything),
		TEST(a_buffer_walks_its_circle),
		TEST(buffers_come_in_the_order_in_which_they_were_queued),
		TEST(a_buffer_that_failed_says_so),
		TEST(qbuf_refuses_what_vb2_refuses),
		TEST(capture_keeps_none_of_the_flags_for_output),
		TEST(output_checks_bytesused_and_takes_none_for_all),
		TEST(a_copied_timestamp_is_the_users),
		TEST(a_prepared_buffer_keeps_what_was_said_then),
		TEST(dqbuf_refuses_what_vb2_refuses),
		TEST(streamon_needs_buffers_and_may_be_repeated),
		TEST(streamoff_gives_every_buffer_back),
		TEST(memory_is_mapped_by_the_offset_of_querybuf),
		TEST(mapped_memory_survives_its_buffer),
		TEST(only_the_owner_takes_the_buffers_with_it),
		TEST(finishing_nothing_is_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
