// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about a QBUF whose program has gone on, says it too late, or says
 * nothing; and one that answers about buffers that it has not made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "common/stats.h"
#include "tests/lying_host.h"

static struct stream_buffer buffer;
static struct front_call call;
static uint32_t withheld;
static uint32_t status;

static void withhold(struct lying_answer *answer)
{
	answer->withheld = lying_is(answer, withheld);
	if (!lying_is(answer, VIDIOC_QBUF) || !status)
		return;
	memcpy(answer->bytes, &status, sizeof(status));
	answer->len = sizeof(struct virtio_media_resp);
}

static void take_frame(uint32_t index)
{
	lying_buffer(lying.sessions, CAPTURE, index, 100);
	lying_settle();
	assert_int_equal(stream_dqbuf(&lying.file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, index);
}

/* Streams, and the answer to the QBUF of buffer 0 is withheld, with this status. */
static void begin(uint32_t with)
{
	lying_stream();
	lying.lies = stats_get(STATS_LIES);
	take_frame(0);
	withheld = VIDIOC_QBUF;
	status = with;
	lying.lie = withhold;
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	lying_settle();
	assert_int_equal(lying.withheld_count, 1);
}

static void expect_idle(uint32_t index)
{
	assert_int_equal(stream_query(&lying.file, CAPTURE, index, &buffer), 0);
	assert_false(buffer.v4l2.flags &
		     (V4L2_BUF_FLAG_QUEUED | V4L2_BUF_FLAG_DONE |
		      V4L2_BUF_FLAG_ERROR));
}

static void a_refusal_after_streamoff_is_of_no_buffer(void **state)
{
	(void)state;
	begin(EINVAL);
	lying.lie = NULL;
	assert_int_equal(stream_off(&lying.file, CAPTURE), 0);
	/* It is queued anew, which is not what is answered. */
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	lying_release(0);
	lying_settle();
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	take_frame(0);
	assert_false(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(front_close(&lying.file), 0);
}

static void a_refusal_after_reqbufs_is_of_no_buffer(void **state)
{
	(void)state;
	begin(EINVAL);
	lying.lie = NULL;
	assert_int_equal(stream_off(&lying.file, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(3), 3);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	lying_release(0);
	lying_settle();
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	expect_idle(1);
	assert_int_equal(front_close(&lying.file), 0);
}

/* R1: they may come in any order; and only one of the two can be true. */
static void a_frame_and_a_refusal_are_a_frame(void **state)
{
	(void)state;
	begin(EINVAL);
	take_frame(0);
	assert_false(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.v4l2.bytesused, 100);
	lying_release(0);
	lying_settle();
	expect_idle(0);
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	assert_int_equal(front_close(&lying.file), 0);
}

static void a_refusal_and_then_a_frame_are_a_refusal(void **state)
{
	(void)state;
	begin(EINVAL);
	lying_release(0);
	lying_settle();
	lying_buffer(lying.sessions, CAPTURE, 0, 100);
	lying_settle();
	assert_int_equal(stream_dqbuf(&lying.file, CAPTURE, &buffer), 0);
	assert_true(buffer.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	assert_int_equal(front_close(&lying.file), 0);
}

static void a_frame_in_another_buffer_is_no_frame(void **state)
{
	(void)state;
	begin(0);
	take_frame(1);
	lying_release(0);
	/* The program has it. */
	lying_buffer(lying.sessions, CAPTURE, 1, 100);
	lying_buffer(lying.sessions, CAPTURE, 9, 100);
	lying_buffer(lying.sessions, OUTPUT, 0, 100);
	lying_settle();
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	take_frame(0);
	assert_int_equal(front_close(&lying.file), 0);
}

/* The call that its answer is for is still under way. */
static void one_that_is_queued_again_before_its_answer_waits(void **state)
{
	(void)state;
	begin(0);
	take_frame(0);
	stream_buffer(&buffer, CAPTURE, 0);
	front_begin_ioctl(&call, &lying.file, VIDIOC_QBUF, &buffer.v4l2);
	lying_settle();
	assert_false(front_done(&call));
	lying_release(1);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	status = EINVAL;
	lying_release(0);
	lying_settle();
	assert_int_equal(front_poll(&lying.file, EPOLLIN), 0);
	take_frame(0);
	assert_int_equal(front_close(&lying.file), 0);
}

static void shorten(struct lying_answer *answer)
{
	if (lying_is(answer, VIDIOC_QBUF))
		answer->len -= 8;
}

static void an_answer_that_is_none_ends_the_session(void **state)
{
	(void)state;
	lying_open_both(NULL);
	stream_start(&lying.file, CAPTURE, 3);
	lying_buffer(1, CAPTURE, 0, 100);
	lying_settle();
	assert_int_equal(stream_dqbuf(&lying.file, CAPTURE, &buffer), 0);
	lying.lie = shorten;
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	lying_settle();
	lying_expect_session_ended();
}

/* No buffer comes back, since who waits is to hear that the device is gone. */
static void a_connection_that_is_lost_returns_no_buffer(void **state)
{
	(void)state;
	begin(0);
	stream_begin_dqbuf(&call, &lying.file, CAPTURE, &buffer);
	lying_settle();
	assert_false(front_done(&call));
	shutdown(lying.peer.fd, SHUT_RDWR);
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	stream_expect_dead(&lying.file);
	assert_int_equal(front_close(&lying.file), 0);
}

static void a_file_is_closed_without_the_answer(void **state)
{
	(void)state;
	begin(EINVAL);
	assert_int_equal(front_close(&lying.file), 0);
	lying_release(0);
	lying_settle();
	assert_int_equal(stats_get(STATS_LIES), lying.lies);
	assert_true(harness.device->ready);
}

/* There is nothing of it that could be cancelled. */
static void a_signal_changes_nothing_of_what_was_answered(void **state)
{
	(void)state;
	begin(0);
	stream_begin_dqbuf(&call, &lying.file, CAPTURE, &buffer);
	lying_settle();
	front_interrupt(&call);
	assert_int_equal(front_wait(&harness.front, &call), FRONT_RESTART);
	lying_settle();
	assert_int_equal(lying.cancels, 0);
	lying_release(0);
	take_frame(0);
	assert_int_equal(front_close(&lying.file), 0);
}

/* A host that says nothing to one file leaves room for the others. */
static void half_of_the_window_is_for_calls_that_wait(void **state)
{
	uint32_t priority;
	unsigned int i;

	(void)state;
	lying_open_both(NULL);
	assert_int_equal(lying_reqbufs(50), 50);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	withheld = VIDIOC_QBUF;
	status = 0;
	lying.lie = withhold;
	for (i = 1; !lying.withheld_count || front_done(&call); i++) {
		stream_buffer(&buffer, CAPTURE, i);
		front_begin_ioctl(&call, &lying.file, VIDIOC_QBUF,
				  &buffer.v4l2);
		lying_settle();
	}
	assert_int_equal(lying.withheld_count, (VMS_CMD_WINDOW - 1) / 2 + 1);
	assert_int_equal(
		front_ioctl(&lying.other, VIDIOC_G_PRIORITY, &priority), 0);
	lying.lie = NULL;
	while (lying.withheld_count)
		lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

/* ---- buffers ---------------------------------------------------------------------- */

static uint32_t granted;

static void grant(struct lying_answer *answer)
{
	struct v4l2_requestbuffers made;

	if (!lying_is(answer, VIDIOC_REQBUFS))
		return;
	memcpy(&made, lying_argument(answer), sizeof(made));
	made.count = granted;
	memcpy(lying_argument(answer), &made, sizeof(made));
}

static void a_device_may_make_more_or_less_than_was_asked_for(void **state)
{
	static const uint32_t counts[] = { 2, 4, 9, 40 };
	size_t i;
	uint32_t b;

	(void)state;
	lying_open_both(grant);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		granted = counts[i];
		lying.ioctls[_IOC_NR(VIDIOC_QUERYBUF)] = 0;
		assert_int_equal(lying_reqbufs(4), granted);
		assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_QUERYBUF)],
				 granted < 4 ? 4 : granted);
		for (b = 0; b < granted; b++)
			assert_int_equal(
				stream_query(&lying.file, CAPTURE, b, &buffer),
				0);
		assert_int_equal(
			stream_query(&lying.file, CAPTURE, granted, &buffer),
			-EINVAL);
	}
	assert_int_equal(harness.device->window.count, 40);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

/* More than could be asked about in one go. */
static void a_program_may_ask_for_any_number(void **state)
{
	(void)state;
	granted = 3;
	lying_open_both(grant);
	assert_int_equal(lying_reqbufs(UINT32_MAX), 3);
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_QUERYBUF)],
			 (VMS_CMD_WINDOW - 1) / 2 - 1);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 2), 0);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

static void what_is_said_before_reqbufs_is_answered_is_asked_again(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 3,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	status = 0;
	withheld = VIDIOC_REQBUFS;
	lying_open_both(withhold);
	front_begin_ioctl(&call, &lying.file, VIDIOC_REQBUFS, &request);
	lying_settle();
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_QUERYBUF)], 3);
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_QUERYBUF)], 6);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 2), 0);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

static void withhold_setup(struct lying_answer *answer)
{
	answer->withheld = lying_is(answer, VIDIOC_REQBUFS) ||
			   lying_is(answer, VIDIOC_QUERYBUF);
}

/* Its driver may take long to make them. */
static void who_waits_for_buffers_leaves_room_for_others(void **state)
{
	struct v4l2_requestbuffers requests[2];
	struct front_call calls[2];
	struct front_file third;
	uint32_t priority;
	unsigned int i;

	(void)state;
	lying_open_both(withhold_setup);
	harness_open(&third);
	for (i = 0; i < 2; i++) {
		requests[i] = (struct v4l2_requestbuffers){
			.count = VMS_CMD_WINDOW,
			.type = CAPTURE,
			.memory = V4L2_MEMORY_MMAP,
		};
		front_begin_ioctl(&calls[i], i ? &third : &lying.file,
				  VIDIOC_REQBUFS, &requests[i]);
		lying_settle();
	}
	front_begin_ioctl(&call, &lying.other, VIDIOC_G_PRIORITY, &priority);
	lying_settle();
	assert_true(front_done(&call));
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(shutdown(lying.peer.fd, SHUT_RDWR), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(front_wait(&harness.front, &calls[i]),
				 -ENODEV);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&third), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

static void refuse_reqbufs(struct lying_answer *answer)
{
	const uint32_t busy = EBUSY;

	if (!lying_is(answer, VIDIOC_REQBUFS))
		return;
	memcpy(answer->bytes, &busy, sizeof(busy));
	answer->len = sizeof(struct virtio_media_resp);
}

/* They are those that were there before. */
static void buffers_that_were_refused_are_not_learned(void **state)
{
	(void)state;
	lying_open_both(NULL);
	assert_int_equal(lying_reqbufs(2), 2);
	lying.lie = refuse_reqbufs;
	assert_int_equal(lying_reqbufs(4), -EBUSY);
	lying_settle();
	lying.lie = NULL;
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 1), 0);
	assert_int_equal(stream_query(&lying.file, CAPTURE, 2, &buffer),
			 -EINVAL);
	assert_int_equal(lying_reqbufs(4), 4);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 3), 0);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(a_refusal_after_streamoff_is_of_no_buffer),
		LYING_TEST(a_refusal_after_reqbufs_is_of_no_buffer),
		LYING_TEST(a_frame_and_a_refusal_are_a_frame),
		LYING_TEST(a_refusal_and_then_a_frame_are_a_refusal),
		LYING_TEST(a_frame_in_another_buffer_is_no_frame),
		LYING_TEST(one_that_is_queued_again_before_its_answer_waits),
		LYING_TEST(an_answer_that_is_none_ends_the_session),
		LYING_TEST(a_connection_that_is_lost_returns_no_buffer),
		LYING_TEST(a_file_is_closed_without_the_answer),
		LYING_TEST(a_signal_changes_nothing_of_what_was_answered),
		LYING_TEST(half_of_the_window_is_for_calls_that_wait),
		LYING_TEST(a_device_may_make_more_or_less_than_was_asked_for),
		LYING_TEST(a_program_may_ask_for_any_number),
		LYING_TEST(
			what_is_said_before_reqbufs_is_answered_is_asked_again),
		LYING_TEST(who_waits_for_buffers_leaves_room_for_others),
		LYING_TEST(buffers_that_were_refused_are_not_learned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
