// SPDX-License-Identifier: BSD-3-Clause
/*
 * What poll() says, line by line as vb2_core_poll() and v4l2_m2m_poll() do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "guestd/poll.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define WRITABLE (EPOLLOUT | EPOLLWRNORM)
#define BOTH     (READABLE | WRITABLE)

static struct queue queue;
static struct queue other;
static struct queue_buffer finished;
static bool start;

/* A queue with two buffers that streams and has one queued. */
static void streaming(struct queue *made, uint32_t type)
{
	queue_init(made, type);
	made->count = 2;
	made->streaming = true;
	made->armed = true;
	made->queued = 1;
}

static void capture(void)
{
	streaming(&queue, V4L2_BUF_TYPE_VIDEO_CAPTURE);
}

static void output(void)
{
	streaming(&queue, V4L2_BUF_TYPE_VIDEO_OUTPUT);
}

static uint32_t asked(uint32_t requested)
{
	return poll_queue(&queue, queue_is_output(&queue), requested, false,
			  &start);
}

static void who_asks_for_neither_is_told_neither(void **state)
{
	(void)state;
	capture();
	queue.streaming = false;
	assert_int_equal(asked(EPOLLPRI), 0);
	assert_int_equal(asked(WRITABLE), 0);
	assert_int_equal(asked(0), 0);
	output();
	queue.streaming = false;
	assert_int_equal(asked(READABLE), 0);
	assert_int_equal(asked(EPOLLPRI), 0);
}

static void without_a_stream_it_is_an_error(void **state)
{
	(void)state;
	capture();
	queue.streaming = false;
	assert_int_equal(asked(READABLE), EPOLLERR);
	assert_int_equal(asked(EPOLLIN), EPOLLERR);
	assert_int_equal(asked(EPOLLRDNORM), EPOLLERR);
	output();
	queue.streaming = false;
	assert_int_equal(asked(WRITABLE), EPOLLERR);
	assert_int_equal(poll_queue(NULL, false, READABLE, false, &start),
			 EPOLLERR);
	assert_int_equal(poll_queue(NULL, true, WRITABLE, false, &start),
			 EPOLLERR);
}

static void a_finished_buffer_is_what_is_waited_for(void **state)
{
	(void)state;
	capture();
	assert_int_equal(asked(BOTH), 0);
	queue.done = &finished;
	assert_int_equal(asked(BOTH), READABLE);
	assert_int_equal(asked(EPOLLIN), READABLE);
	output();
	assert_int_equal(asked(BOTH), 0);
	queue.done = &finished;
	assert_int_equal(asked(BOTH), WRITABLE);
}

/* quirk_poll_must_check_waiting_for_buffers */
static void a_capture_queue_that_never_got_a_buffer_is_an_error(void **state)
{
	(void)state;
	capture();
	queue.armed = false;
	queue.queued = 0;
	assert_int_equal(asked(READABLE), EPOLLERR);
	queue.armed = true;
	assert_int_equal(asked(READABLE), 0);
	output();
	queue.armed = false;
	queue.queued = 0;
	assert_int_equal(asked(WRITABLE), 0);
}

/* So that the application gets its EPIPE */
static void after_the_last_buffer_a_capture_queue_is_readable(void **state)
{
	(void)state;
	capture();
	queue.last = true;
	assert_int_equal(asked(READABLE), READABLE);
	output();
	queue.last = true;
	assert_int_equal(asked(WRITABLE), 0);
}

/* vb2 would hold its lock meanwhile. */
static void while_file_io_starts_there_is_nothing_yet(void **state)
{
	(void)state;
	capture();
	queue.streaming = false;
	queue.fileio = true;
	assert_int_equal(asked(READABLE), 0);
	output();
	queue.streaming = false;
	queue.fileio = true;
	assert_int_equal(asked(WRITABLE), WRITABLE);
}

static void file_io_starts_where_there_are_no_buffers(void **state)
{
	(void)state;
	queue_init(&queue, V4L2_BUF_TYPE_VIDEO_CAPTURE);
	assert_int_equal(poll_queue(&queue, false, READABLE, true, &start), 0);
	assert_true(start);
	assert_int_equal(poll_queue(NULL, false, READABLE, true, &start), 0);
	assert_true(start);
	assert_int_equal(poll_queue(&queue, false, EPOLLPRI, true, &start), 0);
	assert_false(start);
	/* videobuf2-core.c: "Write to OUTPUT queue can be done immediately" */
	assert_int_equal(poll_queue(NULL, true, WRITABLE, true, &start),
			 WRITABLE);
	assert_true(start);
	capture();
	assert_int_equal(poll_queue(&queue, false, READABLE, true, &start), 0);
	assert_false(start);
	queue.streaming = false;
	assert_int_equal(poll_queue(&queue, false, READABLE, true, &start),
			 EPOLLERR);
	assert_false(start);
}

static void a_writer_may_write_while_not_all_is_queued(void **state)
{
	(void)state;
	output();
	queue.fileio = true;
	assert_int_equal(asked(WRITABLE), WRITABLE);
	queue.queued = 2;
	assert_int_equal(asked(WRITABLE), 0);
	queue.fileio = false;
	queue.queued = 1;
	assert_int_equal(asked(WRITABLE), 0);
}

/* ---- v4l2_m2m_poll ------------------------------------------------------- */

static uint32_t codec(uint32_t requested)
{
	return poll_m2m(&queue, &other, requested);
}

static void codec_streams(void)
{
	streaming(&queue, V4L2_BUF_TYPE_VIDEO_OUTPUT);
	streaming(&other, V4L2_BUF_TYPE_VIDEO_CAPTURE);
}

static void a_codec_is_an_error_only_if_neither_queue_can_go_on(void **state)
{
	(void)state;
	codec_streams();
	assert_int_equal(codec(BOTH), 0);
	queue.streaming = false;
	assert_int_equal(codec(BOTH), 0);
	other.queued = 0;
	assert_int_equal(codec(BOTH), EPOLLERR);
	other.last = true;
	assert_int_equal(codec(BOTH), READABLE);
	other.streaming = false;
	assert_int_equal(codec(BOTH), EPOLLERR);
	queue.streaming = true;
	assert_int_equal(codec(READABLE), READABLE);
	queue.queued = 0;
	assert_int_equal(codec(BOTH), EPOLLERR);
	/* Finished and not fetched is on vb2's list, too. */
	queue.done = &finished;
	assert_int_equal(codec(WRITABLE), READABLE | WRITABLE);
}

static void a_codec_says_what_either_queue_has(void **state)
{
	(void)state;
	codec_streams();
	queue.done = &finished;
	assert_int_equal(codec(BOTH), WRITABLE);
	assert_int_equal(codec(READABLE), WRITABLE);
	other.done = &finished;
	assert_int_equal(codec(BOTH), BOTH);
	queue.done = NULL;
	assert_int_equal(codec(BOTH), READABLE);
	assert_int_equal(codec(EPOLLPRI), 0);
	assert_int_equal(codec(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_for_neither_is_told_neither),
		cmocka_unit_test(without_a_stream_it_is_an_error),
		cmocka_unit_test(a_finished_buffer_is_what_is_waited_for),
		cmocka_unit_test(
			a_capture_queue_that_never_got_a_buffer_is_an_error),
		cmocka_unit_test(
			after_the_last_buffer_a_capture_queue_is_readable),
		cmocka_unit_test(while_file_io_starts_there_is_nothing_yet),
		cmocka_unit_test(file_io_starts_where_there_are_no_buffers),
		cmocka_unit_test(a_writer_may_write_while_not_all_is_queued),
		cmocka_unit_test(
			a_codec_is_an_error_only_if_neither_queue_can_go_on),
		cmocka_unit_test(a_codec_says_what_either_queue_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
