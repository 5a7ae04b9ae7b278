// SPDX-License-Identifier: BSD-3-Clause
/*
 * read(): vb2's file I/O, in the profile in which a plain program finds a camera.
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

#include "common/log.h"
#include "hostd/frames.h"
#include "tests/streamer.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)

static struct front_file file;
static struct front_file other;
static struct front_call call;
static uint8_t frame[HARNESS_FRAME];

static void open_pattern(void)
{
	harness_connect("pattern", PROFILE_CHOICE_AUTO);
	harness_open(&file);
}

/* Its first read() has begun, and waits for a frame. */
static void open_fake_and_read(size_t len)
{
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	front_begin_read(&call, &file, frame, len, 0);
	harness_settle();
	stream_barrier(&file);
	assert_false(front_done(&call));
}

static void read_gives_whole_frames_in_order(void **state)
{
	uint64_t last = 0;
	uint64_t tick;
	unsigned int i;

	(void)state;
	open_pattern();
	for (i = 0; i < 40; i++) {
		assert_int_equal(front_read(&file, frame, sizeof(frame), 0),
				 sizeof(frame));
		assert_int_equal(frames_check(frame, sizeof(frame), &tick), 0);
		assert_true(tick > last);
		last = tick;
	}
	assert_int_equal(front_close(&file), 0);
}

static void a_short_read_leaves_the_rest_for_the_next(void **state)
{
	uint64_t tick;
	size_t at;

	(void)state;
	open_pattern();
	for (at = 0; at < sizeof(frame); at += 1024)
		assert_int_equal(front_read(&file, frame + at, 1024, 0), 1024);
	assert_int_equal(frames_check(frame, sizeof(frame), &tick), 0);
	/* Never more than a frame. */
	assert_int_equal(front_read(&file, frame, 1000, 0), 1000);
	front_begin_read(&call, &file, frame + 1000, sizeof(frame) - 1000, 0);
	assert_int_equal(front_wait(&harness.front, &call),
			 sizeof(frame) - 1000);
	assert_int_equal(frames_check(frame, sizeof(frame), &tick), 0);
	assert_int_equal(front_close(&file), 0);
}

/* CUSE splits a read() at pages; a call gets one frame and no more. */
static void pieces_of_one_call_end_with_the_frame(void **state)
{
	uint8_t more[4096];

	(void)state;
	open_fake_and_read(3000);
	stream_fill(fake_plane(CAPTURE, 0, 0), 4000, 1);
	fake_finish(CAPTURE, 0, 4000, 0);
	assert_int_equal(front_wait(&harness.front, &call), 3000);
	front_begin_piece(&call, &file, more, sizeof(more), 3000);
	assert_int_equal(front_wait(&harness.front, &call), 1000);
	memcpy(frame + 3000, more, 1000);
	assert_true(stream_filled(frame, 4000, 1));
	front_begin_piece(&call, &file, more, sizeof(more), 4000);
	assert_true(front_done(&call));
	assert_int_equal(call.result, 0);

	/* The next call waits for the next frame. */
	front_begin_read(&call, &file, frame, 4096, 0);
	fake_finish(CAPTURE, 1, 8, 0);
	assert_int_equal(front_wait(&harness.front, &call), 8);
	assert_int_equal(front_close(&file), 0);
}

static void a_frame_that_was_read_is_queued_again(void **state)
{
	(void)state;
	open_fake_and_read(4096);
	assert_int_equal(fake_queued(CAPTURE), 4);
	fake_finish(CAPTURE, 2, 10, 0);
	assert_int_equal(front_wait(&harness.front, &call), 10);
	stream_barrier(&file);
	assert_int_equal(fake_queued(CAPTURE), 4);

	/* Not before it is read to its end. */
	front_begin_read(&call, &file, frame, 4, 0);
	fake_finish(CAPTURE, 1, 10, 0);
	assert_int_equal(front_wait(&harness.front, &call), 4);
	stream_barrier(&file);
	assert_int_equal(fake_queued(CAPTURE), 3);
	assert_int_equal(front_read(&file, frame, 100, 0), 6);
	stream_barrier(&file);
	assert_int_equal(fake_queued(CAPTURE), 4);
	assert_int_equal(front_close(&file), 0);
}

static void a_second_reader_is_busy(void **state)
{
	(void)state;
	open_pattern();
	harness_open(&other);
	assert_int_equal(front_read(&file, frame, 8, 0), 8);
	assert_int_equal(front_read(&other, frame, 8, 0), -EBUSY);
	assert_int_equal(front_read(&file, frame, 8, 0), 8);
	assert_int_equal(front_close(&file), 0);
	/* The first has closed: it is the second's turn. */
	assert_int_equal(front_read(&other, frame, 8, 0), 8);
	assert_int_equal(front_close(&other), 0);
}

static void who_does_not_want_to_wait_gets_eagain(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	/* The first starts it, and then there is no frame yet. */
	assert_int_equal(front_read(&file, frame, 4096, O_NONBLOCK), -EAGAIN);
	assert_int_equal(front_read(&file, frame, 4096, O_NONBLOCK), -EAGAIN);
	fake_finish(CAPTURE, 0, 12, 0);
	harness_settle();
	assert_int_equal(front_read(&file, frame, 4096, O_NONBLOCK), 12);
	assert_int_equal(front_read(&file, frame, 4096, O_NONBLOCK), -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

static bool readable(void)
{
	return front_poll(&file, READABLE) & EPOLLIN;
}

static void poll_starts_it(void **state)
{
	uint64_t tick;

	(void)state;
	open_pattern();
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_null(file.session->fileio);
	assert_int_equal(front_poll(&file, READABLE), 0);
	file.wakes = 0;
	harness_until(readable);
	assert_true(file.wakes > 0);
	assert_int_equal(front_read(&file, frame, sizeof(frame), O_NONBLOCK),
			 sizeof(frame));
	assert_int_equal(frames_check(frame, sizeof(frame), &tick), 0);
	assert_int_equal(front_close(&file), 0);
}

static bool failed(void)
{
	return front_poll(&file, READABLE) == EPOLLERR;
}

static void a_start_that_fails_is_an_error_of_poll_and_of_read(void **state)
{
	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
	assert_int_equal(front_poll(&file, READABLE), 0);
	harness_until(failed);

	fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
	assert_int_equal(front_read(&file, frame, 8, 0), -EBUSY);
	fake_fail(VIDIOC_STREAMON, -EIO, 1);
	assert_int_equal(front_read(&file, frame, 8, 0), -EIO);
	assert_int_equal(front_close(&file), 0);

	harness_open(&file);
	front_begin_read(&call, &file, frame, 8, 0);
	harness_settle();
	stream_barrier(&file);
	fake_finish(CAPTURE, 0, 8, 0);
	assert_int_equal(front_wait(&harness.front, &call), 8);
	assert_int_equal(front_close(&file), 0);
}

static unsigned int warnings;

static void count_warnings(enum log_level level, const char *line)
{
	(void)line;
	warnings += level == LOG_LEVEL_WARN;
}

/* A program that tries for ever does not fill the log. */
static void a_start_that_fails_is_logged_once(void **state)
{
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	warnings = 0;
	log_set_sink(count_warnings);
	for (i = 0; i < 10; i++) {
		fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
		assert_int_equal(front_read(&file, frame, 8, 0), -EBUSY);
		fake_fail(VIDIOC_STREAMON, -EIO, 1);
		assert_int_equal(front_read(&file, frame, 8, 0), -EIO);
	}
	log_set_sink(NULL);
	assert_int_equal(warnings, 2);
	assert_int_equal(front_close(&file), 0);
}

/* The profile: one story in the capability word, in REQBUFS and in read(). */
static void there_are_no_buffers_to_be_had(void **state)
{
	struct v4l2_capability capability;
	struct v4l2_requestbuffers request = {
		.count = 2,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	uint32_t type = CAPTURE;

	(void)state;
	open_pattern();
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCAP, &capability), 0);
	assert_true(capability.device_caps & V4L2_CAP_READWRITE);
	assert_false(capability.device_caps & V4L2_CAP_STREAMING);
	assert_false(capability.capabilities & V4L2_CAP_STREAMING);
	assert_int_equal(front_ioctl(&file, VIDIOC_REQBUFS, &request), -ENOTTY);
	assert_int_equal(front_ioctl(&file, VIDIOC_STREAMON, &type), -ENOTTY);
	assert_int_equal(front_close(&file), 0);
}

static void in_stream_read_is_what_the_host_has(void **state)
{
	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_STREAM);
	harness_open(&file);
	assert_int_equal(front_read(&file, frame, 8, 0), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void file_io_and_streaming_exclude_each_other(void **state)
{
	struct stream_buffer buffer;

	(void)state;
	fake.caps |= V4L2_CAP_READWRITE;
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(front_read(&file, frame, 8, 0), -EBUSY);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 0),
			 0);

	assert_int_equal(front_read(&file, frame, 8, O_NONBLOCK), -EAGAIN);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 -EBUSY);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EBUSY);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EBUSY);
	assert_int_equal(stream_on(&file, CAPTURE), -EBUSY);
	assert_int_equal(stream_off(&file, CAPTURE), -EBUSY);
	assert_int_equal(front_write(&file, frame, 8, 0), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void a_signal_ends_a_read_that_waits(void **state)
{
	(void)state;
	open_fake_and_read(4096);
	/* Stopped and continued: it goes on. */
	front_interrupt(&call);
	harness_pass_ms(150);
	assert_false(front_done(&call));
	/* The kernel says it only once, so the helper looks again. */
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	harness_pass_ms(150);
	assert_true(front_done(&call));
	assert_int_equal(call.result, -EINTR);

	front_begin_read(&call, &file, frame, 4096, 0);
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(front_wait(&harness.front, &call), 5);
	assert_int_equal(front_close(&file), 0);
}

/* Whoever waits gets what vb2 gives when the stream ends, then it is gone. */
static void an_unplugged_device_ends_a_read_that_waits(void **state)
{
	(void)state;
	open_fake_and_read(4096);
	fake_unplug();
	assert_int_equal(front_wait(&harness.front, &call), -EINVAL);
	assert_int_equal(front_read(&file, frame, 1, 0), -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

static void a_close_while_it_starts_leaves_nothing(void **state)
{
	unsigned int rounds;
	unsigned int i;

	(void)state;
	harness_connect("fake", PROFILE_CHOICE_AUTO);
	for (rounds = 0; rounds < 10; rounds++) {
		harness_open(&file);
		front_poll(&file, READABLE);
		for (i = 0; i < rounds; i++)
			front_run(&harness.front);
		assert_int_equal(front_close(&file), 0);
		assert_int_equal(harness.device->window.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(read_gives_whole_frames_in_order),
		HARNESS_TEST(a_short_read_leaves_the_rest_for_the_next),
		HARNESS_TEST(pieces_of_one_call_end_with_the_frame),
		HARNESS_TEST(a_frame_that_was_read_is_queued_again),
		HARNESS_TEST(a_second_reader_is_busy),
		HARNESS_TEST(who_does_not_want_to_wait_gets_eagain),
		HARNESS_TEST(poll_starts_it),
		HARNESS_TEST(
			a_start_that_fails_is_an_error_of_poll_and_of_read),
		HARNESS_TEST(a_start_that_fails_is_logged_once),
		HARNESS_TEST(there_are_no_buffers_to_be_had),
		HARNESS_TEST(in_stream_read_is_what_the_host_has),
		HARNESS_TEST(file_io_and_streaming_exclude_each_other),
		HARNESS_TEST(a_signal_ends_a_read_that_waits),
		HARNESS_TEST(an_unplugged_device_ends_a_read_that_waits),
		HARNESS_TEST(a_close_while_it_starts_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
