// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about the time: who says what cannot be is left, and who says
 * nothing, or anything else, does no harm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/stats.h"
#include "guestd/clock.h"
#include "tests/lying_host.h"

static struct front_file *const file = &lying.file;
static struct stream_buffer buffer;

static void honest(const struct vms_clock *question)
{
	struct vms_clock answer = *question;

	answer.rx_ns = 5000000000ull;
	answer.reply_ns = 5000000000ull;
	lying_clock(&answer);
}

static void backwards(const struct vms_clock *question)
{
	struct vms_clock answer = *question;

	answer.rx_ns = 5000000001ull;
	answer.reply_ns = 5000000000ull;
	lying_clock(&answer);
}

static void too_late(const struct vms_clock *question)
{
	struct vms_clock answer = *question;

	answer.rx_ns = CLOCK_TIME_MAX;
	answer.reply_ns = CLOCK_TIME_MAX;
	lying_clock(&answer);
}

static void of_another_question(const struct vms_clock *question)
{
	struct vms_clock answer = *question;

	answer.tx_ns--;
	lying_clock(&answer);
}

static void twice(const struct vms_clock *question)
{
	honest(question);
	honest(question);
}

static void says_nothing(const struct vms_clock *question)
{
	(void)question;
}

static int begin(void **state, void (*clock)(const struct vms_clock *question))
{
	lying_init(state);
	lying.clock = clock;
	lying_start(PROFILE_CHOICE_STREAM);
	return 0;
}

static void impossible_answers_end_the_connection(void **state)
{
	static void (*const lies[])(const struct vms_clock *question) = {
		backwards, too_late, of_another_question, twice
	};
	struct front_call call;
	uint64_t before;
	size_t i;

	for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		begin(state, lies[i]);
		before = stats_get(STATS_LIES);
		front_begin_open(&harness.front, &call, file, 0);
		harness_settle();
		assert_false(harness.device->ready);
		assert_int_equal(stats_get(STATS_LIES), before + 1);
		assert_true(front_done(&call));
		if (!call.result)
			assert_int_equal(front_close(file), 0);
		assert_int_equal(harness.fatals, 0);
		lying_teardown(state);
	}
	begin(state, honest);
}

/* It is not said more clearly than that by the answer to HELLO. */
static void far_away(struct vms_hello_ack *ack)
{
	ack->mono_ns = UINT64_MAX;
}

static void a_host_that_does_not_say_is_used_all_the_same(void **state)
{
	struct front_call call;

	lying_init(state);
	lying.clock = says_nothing;
	lying.hello = far_away;
	lying_start(PROFILE_CHOICE_STREAM);
	front_begin_open(&harness.front, &call, file, 0);
	harness_pass_ms(400);
	assert_false(front_done(&call));
	harness_pass_ms(200);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(front_close(file), 0);
}

/* The device may go, or fail, while open() waits for the first frame's time. */
static void a_session_may_end_before_its_time_is_known(void **state)
{
	static const int errors[] = { ENODEV, EIO };
	struct v4l2_format format = { .type = CAPTURE };
	struct front_call call, next;
	size_t i;

	lying_init(state);
	lying.clock = says_nothing;
	lying.hello = far_away;
	lying_start(PROFILE_CHOICE_STREAM);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		front_begin_open(&harness.front, &call, file, 0);
		harness_pass_ms(300);
		assert_false(front_done(&call));
		lying_error(lying.sessions + 1, EIO); /* nobody's */
		lying_settle();
		assert_false(front_done(&call));

		lying_error(lying.sessions, (uint32_t)errors[i]);
		lying_settle();
		assert_int_equal(front_wait(&harness.front, &call), 0);
		assert_int_equal(front_poll(file, EPOLLIN),
				 EPOLLERR | EPOLLHUP | EPOLLPRI);
		assert_int_equal(front_ioctl(file, VIDIOC_G_FMT, &format),
				 -errors[i]);
		assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_G_FMT)], 0);
		assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE],
				 2 * i + 1);

		/* The next one has all of its time. */
		front_begin_open(&harness.front, &next, &lying.other, 0);
		harness_pass_ms(400);
		assert_false(front_done(&next));
		assert_int_equal(front_close(file), 0);
		harness_pass_ms(200);
		assert_int_equal(front_wait(&harness.front, &next), 0);
		assert_int_equal(front_close(&lying.other), 0);
		assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE],
				 2 * i + 2);
	}
}

/* Frames from the end of time, and from before its beginning */
static void times_that_cannot_be_are_now_or_never(void **state)
{
	static const long seconds[] = { INT64_MAX, INT64_MIN, -1, 1, 1L << 40 };
	uint64_t last = 0;
	uint64_t told;
	uint32_t session;
	size_t i;

	begin(state, honest);
	session = lying_stream();
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		harness_pass_ms(10);
		stream_buffer(&buffer, CAPTURE, (uint32_t)i % 3);
		buffer.v4l2.flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
		buffer.v4l2.timestamp.tv_sec = seconds[i];
		buffer.v4l2.timestamp.tv_usec = INT64_MAX;
		lying_buffer_event(session, &buffer);
		assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
		told = (uint64_t)buffer.v4l2.timestamp.tv_sec * 1000000000 +
		       (uint64_t)buffer.v4l2.timestamp.tv_usec * 1000;
		assert_true(buffer.v4l2.timestamp.tv_usec < 1000000);
		assert_true(told <= harness.now + CLOCK_AHEAD);
		assert_true(told >= last);
		last = told;
		assert_int_equal(stream_qbuf(file, CAPTURE, buffer.v4l2.index),
				 0);
	}
	assert_int_equal(front_close(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(impossible_answers_end_the_connection,
					  lying_teardown),
		cmocka_unit_test_teardown(
			a_host_that_does_not_say_is_used_all_the_same,
			lying_teardown),
		cmocka_unit_test_teardown(
			a_session_may_end_before_its_time_is_known,
			lying_teardown),
		cmocka_unit_test_teardown(times_that_cannot_be_are_now_or_never,
					  lying_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
