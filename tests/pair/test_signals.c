// SPDX-License-Identifier: BSD-3-Clause
/*
 * Signals for callers whose call is with the host: CANCEL, patience, and what
 * happens when it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/streamer.h"

static struct front_file file;
static struct front_call call;
static struct v4l2_format format;

static void open_fake(void)
{
	memset(&format, 0, sizeof(format));
	format.type = CAPTURE;
	harness_open_fake(&file);
}

static void begin_and_sleep(void)
{
	front_begin_ioctl(&call, &file, VIDIOC_S_FMT, &format);
	harness_asleep();
	assert_int_equal(front_state(&call), REQUEST_WIRE);
}

static void open_and_sleep(void)
{
	open_fake();
	fake_sleep(VIDIOC_S_FMT);
	begin_and_sleep();
}

static void interrupt(int signals)
{
	harness.helper.signals = signals;
	front_interrupt(&call);
}

static int result(void)
{
	return (int)front_wait(&harness.front, &call);
}

static void expect_dead(int error)
{
	uint32_t priority;

	assert_int_equal(front_ioctl(&file, VIDIOC_G_PRIORITY, &priority),
			 error);
	assert_int_equal(front_poll(&file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
}

static void a_call_that_sleeps_is_cancelled(void **state)
{
	(void)state;
	open_and_sleep();
	interrupt(HELPER_SIGNAL_OTHER);
	/* Never run twice: what the device said, not a restart. */
	assert_int_equal(result(), -EINTR);
	assert_int_equal(call.reply, FRONT_REPLY_ERROR);
	assert_int_equal(fake_count(VIDIOC_S_FMT), 0);
	/* The session goes on. */
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

/*
 * S_HW_FREQ_SEEK takes many seconds, and it is the driver that gives up.
 *
 * Rule: B1
 */
static void a_call_may_take_as_long_as_it_likes(void **state)
{
	(void)state;
	open_and_sleep();
	harness_pass_ms(10 * 1000);
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(result(), -ENOTTY);
	assert_int_equal(fake_count(VIDIOC_S_FMT), 1);
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

/* Answers keep their order, so it hears of it in its turn. */
static void a_call_behind_one_that_sleeps_is_cancelled_alone(void **state)
{
	struct v4l2_format second = { .type = CAPTURE };
	struct front_call waiting;

	(void)state;
	open_and_sleep();
	front_begin_ioctl(&waiting, &file, VIDIOC_TRY_FMT, &second);
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&waiting);
	harness_settle();
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &waiting), -EINTR);
	assert_int_equal(fake_count(VIDIOC_TRY_FMT), 0);
	assert_int_equal(result(), -ENOTTY);
	assert_int_equal(front_close(&file), 0);
}

/* SIGSTOP is no end: natively the call goes on when the program does. */
static void a_call_of_who_is_only_stopped_goes_on(void **state)
{
	(void)state;
	open_and_sleep();
	front_interrupt(&call);
	harness_pass_ms(60000);
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(result(), -ENOTTY);
	assert_int_equal(front_close(&file), 0);
}

static void a_signal_after_sigcont_cancels(void **state)
{
	(void)state;
	open_and_sleep();
	front_interrupt(&call);
	harness_pass_ms(1000);
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	harness_pass_ms(200);
	assert_int_equal(result(), -EINTR);
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

/* It is sent when there is room, and CANCEL behind it. */
static void a_call_that_waits_for_the_window_is_cancelled(void **state)
{
	struct v4l2_format formats[VMS_CMD_WINDOW + 1];
	struct front_call waiting[VMS_CMD_WINDOW + 1];
	unsigned int i;

	(void)state;
	open_fake();
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	for (i = 0; i <= VMS_CMD_WINDOW; i++) {
		memset(&formats[i], 0, sizeof(formats[i]));
		formats[i].type = CAPTURE;
		front_begin_ioctl(&waiting[i], &file, VIDIOC_TRY_FMT,
				  &formats[i]);
	}
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&waiting[VMS_CMD_WINDOW]);
	harness_settle();
	fake_wake();
	for (i = 0; i < VMS_CMD_WINDOW; i++)
		assert_int_equal(front_wait(&harness.front, &waiting[i]),
				 -ENOTTY);
	assert_int_equal(front_wait(&harness.front, &waiting[i]), -EINTR);
	assert_int_equal(result(), -ENOTTY);
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

static void a_call_that_ends_all_the_same_is_answered(void **state)
{
	(void)state;
	open_fake();
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	/* Stopped, and continued after a long time. */
	front_interrupt(&call);
	harness_pass_ms(60000);
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(result(), -ENOTTY);
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: B1 */
static void who_is_killed_does_not_wait(void **state)
{
	(void)state;
	open_fake();
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	interrupt(HELPER_SIGNAL_KILL);
	assert_int_equal(result(), -EINTR);
	expect_dead(-ENODEV);
	/* The answer that comes in the end is nobody's. */
	fake_wake();
	harness_settle();
	assert_int_equal(front_close(&file), 0);
	harness_open(&file);
	stream_barrier(&file);
	assert_int_equal(front_close(&file), 0);
}

static void a_thread_that_is_gone_is_not_waited_for(void **state)
{
	(void)state;
	open_fake();
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	front_interrupt(&call);
	harness_pass_ms(90);
	assert_false(front_done(&call));
	harness.helper.signals = HELPER_SIGNAL_GONE;
	harness_pass_ms(120);
	assert_true(front_done(&call));
	assert_int_equal(call.result, -EINTR);
	fake_wake();
	assert_int_equal(front_close(&file), 0);
}

static void patience_with_a_signal_ends_after_two_seconds(void **state)
{
	(void)state;
	open_fake();
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	interrupt(HELPER_SIGNAL_OTHER);
	harness_pass_ms(1900);
	assert_false(front_done(&call));
	harness_pass_ms(300);
	assert_true(front_done(&call));
	assert_int_equal(call.result, -EINTR);
	expect_dead(-ENODEV);
	fake_wake();
	assert_int_equal(front_close(&file), 0);
}

static void others_do_not_notice(void **state)
{
	struct front_file other;
	struct stream_buffer buffer;

	(void)state;
	open_fake();
	harness_open(&other);
	stream_start(&other, CAPTURE, 2);
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	interrupt(HELPER_SIGNAL_KILL);
	assert_int_equal(result(), -EINTR);
	harness.helper.signals = 0;
	fake_finish(CAPTURE, 1, 5, 0);
	assert_int_equal(stream_dqbuf(&other, CAPTURE, &buffer), 0);
	fake_wake();
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
}

static void a_signal_comes_once(void **state)
{
	(void)state;
	open_fake();
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	interrupt(HELPER_SIGNAL_OTHER);
	front_interrupt(&call);
	harness_settle();
	assert_int_equal(harness.helper.asked[HELPER_SIGNALS], 1);
	fake_wake();
	result();
	assert_int_equal(front_close(&file), 0);
}

/* The conversation of REQBUFS is interrupted anywhere. */
static void reqbufs_may_be_given_up_anywhere(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 8,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	unsigned int rounds;
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	harness.helper.signals = HELPER_SIGNAL_KILL;
	for (rounds = 0; rounds < 12; rounds++) {
		harness_open(&file);
		front_begin_ioctl(&call, &file, VIDIOC_REQBUFS, &request);
		for (i = 0; i < rounds; i++)
			front_run(&harness.front);
		front_interrupt(&call);
		front_wait(&harness.front, &call);
		assert_int_equal(front_close(&file), 0);
		harness_settle();
		assert_int_equal(harness.device->window.count, 0);
	}
	harness.helper.signals = 0;
	harness_open(&file);
	stream_barrier(&file);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(front_close(&file), 0);
}

static void an_open_that_is_given_up_is_closed_again(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
	fake.open_sleeps = true;
	front_begin_open(&harness.front, &call, &file, O_RDWR);
	harness_asleep();
	interrupt(HELPER_SIGNAL_OTHER);
	assert_int_equal(result(), -EINTR);
	assert_null(harness.device->members);
	fake_wake();
	harness_open(&file);
	stream_barrier(&file);
	harness_settle();
	assert_int_equal(fake.file_count, 1);
	assert_int_equal(front_close(&file), 0);
}

static bool no_files(void)
{
	return !fake.file_count;
}

/* It succeeded in the moment in which its caller gave up: no close comes. */
static void an_open_that_nobody_wants_any_more_is_closed(void **state)
{
	(void)state;
	open_fake();
	session_discard(file.session);
	assert_null(harness.device->members);
	harness_until(no_files);
}

static bool one_file(void)
{
	return fake.file_count == 1;
}

/* Rule: B19 */
static void close_waits_for_the_host_and_not_for_ever(void **state)
{
	(void)state;
	open_fake();
	fake.close_sleeps = true;
	front_begin_close(&call, &file);
	harness_asleep();
	harness_pass_ms(900);
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(result(), 0);
	assert_int_equal(fake.file_count, 0);

	harness_open(&file);
	fake.close_sleeps = true;
	front_begin_close(&call, &file);
	harness_asleep();
	harness_pass_ms(1100);
	assert_true(front_done(&call));
	harness_expect_said("has not closed it after 1 s");
	assert_int_equal(fake.file_count, 1);
	/* The late answer is nobody's, and the others have sessions of their own. */
	harness_open(&file);
	fake_wake();
	harness_until(one_file);
	stream_barrier(&file);
	harness_settle();
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(fake.file_count, 0);
}

/* The window is full of another file's calls: CLOSE has not even been sent. */
static void close_that_waits_for_the_window_is_sent_all_the_same(void **state)
{
	struct v4l2_format formats[VMS_CMD_WINDOW + 1];
	struct front_call waiting[VMS_CMD_WINDOW + 1], closing, behind;
	struct front_file other;
	unsigned int i;

	(void)state;
	open_fake();
	harness_open(&other);
	fake_sleep_deaf(VIDIOC_S_FMT);
	begin_and_sleep();
	for (i = 0; i < VMS_CMD_WINDOW; i++) {
		memset(&formats[i], 0, sizeof(formats[i]));
		formats[i].type = CAPTURE;
		front_begin_ioctl(&waiting[i], &file, VIDIOC_TRY_FMT,
				  &formats[i]);
	}
	front_begin_close(&closing, &other);
	memset(&formats[i], 0, sizeof(formats[i]));
	formats[i].type = CAPTURE;
	front_begin_ioctl(&behind, &file, VIDIOC_TRY_FMT, &formats[i]);
	harness_pass_ms(1100);
	assert_true(front_done(&closing));
	harness_expect_said("has not closed it after 1 s");
	assert_int_equal(fake.file_count, 2);

	fake_wake();
	for (i = 0; i < VMS_CMD_WINDOW; i++)
		assert_int_equal(front_wait(&harness.front, &waiting[i]),
				 -ENOTTY);
	assert_int_equal(front_wait(&harness.front, &behind), -ENOTTY);
	assert_int_equal(result(), -ENOTTY);
	harness_until(one_file);
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_call_that_sleeps_is_cancelled),
		HARNESS_TEST(a_call_may_take_as_long_as_it_likes),
		HARNESS_TEST(a_call_behind_one_that_sleeps_is_cancelled_alone),
		HARNESS_TEST(a_call_of_who_is_only_stopped_goes_on),
		HARNESS_TEST(a_signal_after_sigcont_cancels),
		HARNESS_TEST(a_call_that_waits_for_the_window_is_cancelled),
		HARNESS_TEST(a_call_that_ends_all_the_same_is_answered),
		HARNESS_TEST(who_is_killed_does_not_wait),
		HARNESS_TEST(a_thread_that_is_gone_is_not_waited_for),
		HARNESS_TEST(patience_with_a_signal_ends_after_two_seconds),
		HARNESS_TEST(others_do_not_notice),
		HARNESS_TEST(a_signal_comes_once),
		HARNESS_TEST(reqbufs_may_be_given_up_anywhere),
		HARNESS_TEST(an_open_that_is_given_up_is_closed_again),
		HARNESS_TEST(an_open_that_nobody_wants_any_more_is_closed),
		HARNESS_TEST(close_waits_for_the_host_and_not_for_ever),
		HARNESS_TEST(
			close_that_waits_for_the_window_is_sent_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
