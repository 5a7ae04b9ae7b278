// SPDX-License-Identifier: BSD-3-Clause
/*
 * What a host may do with the order of answers, events and contents, and what it
 * may not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/lying_host.h"

static struct front_file *const file = &lying.file;
static struct stream_buffer buffer;
static struct front_call call;
static uint32_t withheld;
static uint8_t bytes[64];

static void withhold(struct lying_answer *answer)
{
	answer->withheld = lying_is(answer, withheld);
}

/* Nothing is finished, and nothing waits. */
static void expect_no_buffer(void)
{
	harness.helper.nonblock = 1;
	lying_settle();
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), -EAGAIN);
	harness.helper.nonblock = 0;
}

/*
 * Takes buffer 0 of a stream and queues it again; the answer to that is
 * lying.withheld[0].  Return: the session
 */
static uint32_t begin_withheld_qbuf(void)
{
	uint32_t session = lying_stream();

	harness.config.no_pipeline = true;
	lying_buffer(session, CAPTURE, 0, 10);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	withheld = VIDIOC_QBUF;
	lying.lie = withhold;
	stream_buffer(&buffer, CAPTURE, 0);
	front_begin_ioctl(&call, file, VIDIOC_QBUF, &buffer.v4l2);
	lying_settle();
	assert_false(front_done(&call));
	return session;
}

/* Rule: R1, B10 */
static void the_event_may_come_before_qbufs_answer(void **state)
{
	uint32_t session;

	(void)state;
	session = begin_withheld_qbuf();
	stream_fill(bytes, 64, 1);
	lying_data(lying_addr(0), 0, bytes, 64);
	lying_buffer(session, CAPTURE, 0, 64);
	lying_settle();
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_DONE);

	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 64);
	assert_true(stream_filled(stream_bytes(file, CAPTURE, 0, 0), 64, 1));
	assert_int_equal(front_close(file), 0);
}

/* The buffer is taken and queued again before the first answer comes. */
static void even_dqbuf_may_come_before_qbufs_answer(void **state)
{
	uint32_t session;

	(void)state;
	session = begin_withheld_qbuf();
	lying_buffer(session, CAPTURE, 0, 11);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	lying.lie = NULL;
	assert_int_equal(stream_qbuf(file, CAPTURE, 0), 0);
	assert_int_equal(front_close(file), 0);
}

/* Rule: R1 */
static void the_event_may_come_before_streamons_answer(void **state)
{
	uint32_t type = CAPTURE;

	(void)state;
	harness_open(file);
	assert_int_equal(stream_reqbufs(file, CAPTURE, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(stream_qbuf(file, CAPTURE, 1), 0);
	withheld = VIDIOC_STREAMON;
	lying.lie = withhold;
	front_begin_ioctl(&call, file, VIDIOC_STREAMON, &type);
	lying_settle();
	lying_buffer(lying.sessions, CAPTURE, 1, 5);
	lying_settle();
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(front_close(file), 0);
}

/* Rule: R1 */
static void an_event_after_streamoff_is_dropped(void **state)
{
	uint32_t session;

	(void)state;
	session = lying_stream();
	assert_int_equal(stream_off(file, CAPTURE), 0);
	lying_buffer(session, CAPTURE, 0, 10);
	lying_settle();
	assert_int_equal(stream_qbuf(file, CAPTURE, 1), 0);
	assert_int_equal(stream_on(file, CAPTURE), 0);
	expect_no_buffer();
	/* Contents of the old stream do not tear those of the new. */
	stream_fill(bytes, 64, 1);
	lying_data(lying_addr(1), 0, bytes, 64);
	lying_settle();
	assert_int_equal(stream_bytes(file, CAPTURE, 1, 0)[1], 0);
	lying_data(lying_addr(1), 1, bytes, 64);
	lying_buffer(session, CAPTURE, 1, 64);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_true(stream_filled(stream_bytes(file, CAPTURE, 1, 0), 64, 1));
	assert_int_equal(front_close(file), 0);
}

/* Rule: R2, B7 */
static void events_for_nobody_are_dropped(void **state)
{
	uint32_t session;

	(void)state;
	session = lying_stream();
	lying_buffer(session, CAPTURE, 0, 10);
	lying_buffer(session, CAPTURE, 0, 11); /* twice */
	lying_buffer(session, CAPTURE, 3, 10); /* no such buffer */
	lying_buffer(session, CAPTURE, UINT32_MAX, 10);
	lying_buffer(session, OUTPUT, 1, 10); /* no such queue */
	lying_buffer(session, 0, 1, 10);
	lying_buffer(session, 15, 1, 10);
	lying_buffer(session, UINT32_MAX, 1, 10);
	lying_buffer(session + 1, CAPTURE, 1, 10); /* no such session */
	lying_buffer(0, CAPTURE, 1, 10);
	lying_event(session, V4L2_EVENT_EOS, 0); /* nobody asked for it */
	lying_event(77, V4L2_EVENT_EOS, 0);
	lying_error(session + 1, EIO);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 10);
	expect_no_buffer();
	assert_int_equal(front_poll(file, EPOLLPRI), 0);
	lying_buffer(session, CAPTURE, 2, 9);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 2);
	assert_int_equal(front_close(file), 0);
}

static void withhold_close(struct lying_answer *answer)
{
	answer->withheld = answer->cmd == VIRTIO_MEDIA_CMD_CLOSE;
}

/* Rule: R3, B4 */
static void events_after_close_are_dropped(void **state)
{
	uint64_t addr;
	uint32_t session;

	(void)state;
	session = lying_stream();
	addr = lying_addr(0);
	lying.lie = withhold_close;
	front_begin_close(&call, file);
	lying_settle();
	assert_false(front_done(&call));
	lying_buffer(session, CAPTURE, 0, 10);
	lying_event(session, V4L2_EVENT_CTRL, 1);
	lying_error(session, EIO);
	lying_data(addr, 0, bytes, 64);
	lying_settle();
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	lying_buffer(session, CAPTURE, 0, 10);
	lying_error(session, EIO);
	lying_settle();
	assert_true(harness.device->ready);
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
}

static void withhold_all(struct lying_answer *answer)
{
	answer->withheld = answer->cmd == VIRTIO_MEDIA_CMD_IOCTL;
}

static void answers_in_another_order_are_survived(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 3,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct front_call calls[2];
	unsigned int i;

	(void)state;
	harness_open(file);
	assert_int_equal(stream_reqbufs(file, CAPTURE, V4L2_MEMORY_MMAP, 2), 2);
	lying.lie = withhold_all;
	stream_buffer(&buffer, CAPTURE, 0);
	front_begin_ioctl(&calls[0], file, VIDIOC_QBUF, &buffer.v4l2);
	front_begin_ioctl(&calls[1], file, VIDIOC_REQBUFS, &request);
	lying_settle();
	assert_int_equal(lying.withheld_count, 5);
	lying.lie = NULL;
	/* REQBUFS and its QUERYBUFs */
	for (i = 0; i < 4; i++)
		lying_release(1);
	assert_int_equal(front_wait(&harness.front, &calls[1]), 0);
	lying_release(0);
	front_wait(&harness.front, &calls[0]);
	assert_int_equal(front_close(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(the_event_may_come_before_qbufs_answer),
		LYING_TEST(even_dqbuf_may_come_before_qbufs_answer),
		LYING_TEST(the_event_may_come_before_streamons_answer),
		LYING_TEST(an_event_after_streamoff_is_dropped),
		LYING_TEST(events_for_nobody_are_dropped),
		LYING_TEST(events_after_close_are_dropped),
		LYING_TEST(answers_in_another_order_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
