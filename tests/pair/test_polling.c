// SPDX-License-Identifier: BSD-3-Clause
/*
 * poll(2) on a file that streams: vb2_core_poll(), and who is woken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/streamer.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define WRITABLE (EPOLLOUT | EPOLLWRNORM)

static struct front_file file;
static struct stream_buffer buffer;

/* Rule: R7 */
static void a_file_is_readable_while_a_buffer_waits(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 3),
			 3);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(front_poll(&file, READABLE), 0);

	file.wakes = 0;
	fake_finish(CAPTURE, 0, 1, 0);
	harness_settle();
	assert_true(file.wakes > 0);
	assert_int_equal(front_poll(&file, READABLE), READABLE);
	/* Who does not ask for it is not told. */
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(front_poll(&file, WRITABLE), 0);
	assert_int_equal(front_poll(&file, READABLE), READABLE);

	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_poll(&file, READABLE), 0);
	file.wakes = 0;
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_true(file.wakes > 0);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(front_close(&file), 0);
}

/*
 * quirk_poll_must_check_waiting_for_buffers
 *
 * Rule: R16
 */
static void a_stream_without_a_buffer_is_an_error(void **state)
{
	(void)state;
	harness_open_fake(&file);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), 0);
	assert_int_equal(front_poll(&file, READABLE), 0);
	/* Once a buffer was queued, having none queued is no error. */
	fake_finish(CAPTURE, 0, 1, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_poll(&file, READABLE), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R7, B12 */
static void after_the_last_buffer_a_file_is_readable(void **state)
{
	(void)state;
	harness_open_fake(&file);
	stream_start(&file, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(front_poll(&file, READABLE), READABLE);
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R7, B12, B21 */
static void an_output_file_is_writable_while_a_buffer_waits(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_STREAMING;
	harness_open_fake(&file);
	assert_int_equal(front_poll(&file, WRITABLE), EPOLLERR);
	assert_int_equal(stream_reqbufs(&file, OUTPUT, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(front_poll(&file, WRITABLE), EPOLLERR);
	assert_int_equal(stream_on(&file, OUTPUT), 0);
	assert_int_equal(front_poll(&file, WRITABLE), 0);
	assert_int_equal(stream_qbuf(&file, OUTPUT, 1), 0);
	assert_int_equal(front_poll(&file, WRITABLE), 0);
	file.wakes = 0;
	fake_finish(OUTPUT, 1, 4096, 0);
	harness_settle();
	assert_true(file.wakes > 0);
	assert_int_equal(front_poll(&file, WRITABLE), WRITABLE);
	assert_int_equal(front_poll(&file, READABLE), 0);
	assert_int_equal(front_close(&file), 0);
}

/*
 * v4l2loopback is both, without being a codec: what a program asks for tells which it
 * is for it, and then its queue does.
 */
static void a_node_of_both_is_what_a_program_makes_of_it(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OUTPUT |
		    V4L2_CAP_STREAMING;
	harness_open_fake(&file);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(front_poll(&file, WRITABLE), EPOLLERR);
	stream_start(&file, CAPTURE, 2);
	assert_int_equal(front_poll(&file, READABLE), 0);
	fake_finish(CAPTURE, 0, 10, 0);
	harness_settle();
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), READABLE);
	assert_int_equal(front_poll(&file, WRITABLE), 0);
	assert_int_equal(front_close(&file), 0);

	harness_open(&file);
	stream_start(&file, OUTPUT, 2);
	fake_finish(OUTPUT, 0, 10, 0);
	harness_settle();
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), WRITABLE);
	assert_int_equal(front_poll(&file, READABLE), 0);
	assert_int_equal(front_close(&file), 0);
}

static bool woken(void)
{
	return file.wakes;
}

/* Rule: R7 */
static void an_event_is_urgent(void **state)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = V4L2_CID_BRIGHTNESS,
	};
	struct v4l2_event event;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(
		front_ioctl(&file, VIDIOC_SUBSCRIBE_EVENT, &subscription), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	file.wakes = 0;
	fake_event(V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS, 1);
	harness_until(woken);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	/* Told to who asks for something else, as in vb2_poll(). */
	assert_int_equal(front_poll(&file, READABLE), EPOLLPRI | EPOLLERR);
	assert_int_equal(front_ioctl(&file, VIDIOC_DQEVENT, &event), 0);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Rule: R7, B12 */
static void a_codec_has_two_queues(void **state)
{
	(void)state;
	fake.caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	harness_open_fake(&file);
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), EPOLLERR);
	stream_start(&file, OUTPUT, 2);
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), 0);
	stream_start(&file, CAPTURE, 2);
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), 0);

	fake_finish(OUTPUT, 0, 10, 0);
	harness_settle();
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), WRITABLE);
	fake_finish(CAPTURE, 0, 10, 0);
	harness_settle();
	assert_int_equal(front_poll(&file, READABLE | WRITABLE),
			 WRITABLE | READABLE);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), READABLE);

	assert_int_equal(stream_off(&file, OUTPUT), 0);
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), READABLE);
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	assert_int_equal(front_poll(&file, READABLE | WRITABLE), EPOLLERR);
	assert_int_equal(front_close(&file), 0);
}

/*
 * A decoder that is drained, and goes on (V4L2 stateful decoder interface)
 *
 * Rule: B23
 */
static void a_decoder_that_is_started_again_goes_on(void **state)
{
	struct v4l2_decoder_cmd start = { .cmd = V4L2_DEC_CMD_START };

	(void)state;
	fake.caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	harness_open_fake(&file);
	stream_start(&file, OUTPUT, 2);
	stream_start(&file, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), -EPIPE);
	assert_int_equal(front_poll(&file, READABLE), READABLE);

	assert_int_equal(front_ioctl(&file, VIDIOC_DECODER_CMD, &start), 0);
	assert_int_equal(front_poll(&file, READABLE), 0);
	fake_finish(CAPTURE, 1, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_file_is_readable_while_a_buffer_waits),
		HARNESS_TEST(a_stream_without_a_buffer_is_an_error),
		HARNESS_TEST(after_the_last_buffer_a_file_is_readable),
		HARNESS_TEST(an_output_file_is_writable_while_a_buffer_waits),
		HARNESS_TEST(a_node_of_both_is_what_a_program_makes_of_it),
		HARNESS_TEST(an_event_is_urgent),
		HARNESS_TEST(a_codec_has_two_queues),
		HARNESS_TEST(a_decoder_that_is_started_again_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
