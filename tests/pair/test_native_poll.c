// SPDX-License-Identifier: BSD-3-Clause
/*
 * poll() of a node without buffers: what the host's says, asked each time.
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

#include "tests/fake_device_io.h"
#include "tests/streamer.h"

static struct front_file file;
static struct front_call call;
static uint8_t bytes[64];

static void open_radio(void)
{
	fake.caps = FAKE_RADIO;
	harness_open_fake(&file);
}

static bool woken(void)
{
	return file.wakes;
}

static void poll_says_what_the_hosts_says(void **state)
{
	(void)state;
	open_radio();
	assert_int_equal(front_poll(&file, EPOLLIN | EPOLLOUT), EPOLLOUT);
	fake_put("abc", 3);
	assert_int_equal(front_poll(&file, EPOLLIN | EPOLLOUT),
			 EPOLLIN | EPOLLOUT);
	/* Who does not ask for it is not told. */
	assert_int_equal(front_poll(&file, EPOLLOUT), EPOLLOUT);
	assert_int_equal(front_read(&file, bytes, 3, 0), 3);
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	fake_full(true);
	assert_int_equal(front_poll(&file, EPOLLOUT), 0);
	assert_int_equal(front_close(&file), 0);
}

/* Read or not: epoll's edges are those of the driver. */
static void every_edge_wakes_who_polls(void **state)
{
	(void)state;
	open_radio();
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	harness_settle();
	file.wakes = 0;
	fake_put("abc", 3);
	harness_until(woken);
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLIN);

	/* Read to the end, without asking poll() again. */
	assert_int_equal(front_read(&file, bytes, 64, O_NONBLOCK), 3);
	assert_int_equal(front_read(&file, bytes, 64, O_NONBLOCK), -EAGAIN);
	harness_settle();
	file.wakes = 0;
	fake_put("abc", 3);
	harness_until(woken);

	/* And with something left. */
	harness_settle();
	file.wakes = 0;
	fake_wake_pollers();
	harness_until(woken);
	assert_int_equal(front_close(&file), 0);
}

static void what_nobody_asks_for_is_not_watched(void **state)
{
	(void)state;
	open_radio();
	/* No watch at all: neither a POLL, nor a read() that waits. */
	fake_put("abc", 3);
	assert_int_equal(front_read(&file, bytes, 3, 0), 3);
	assert_int_equal(front_poll(&file, EPOLLPRI), 0);
	assert_int_equal(fake.files[0]->io_fd, -1);
	assert_int_equal(front_close(&file), 0);
}

static void a_poll_that_is_always_true_stays_true(void **state)
{
	(void)state;
	open_radio();
	fake_always_ready();
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLIN);
	harness_settle();
	file.wakes = 0;
	harness_pass_ms(10000);
	assert_int_equal(file.wakes, 0);
	assert_int_equal(front_poll(&file, EPOLLIN), EPOLLIN);
	assert_int_equal(front_close(&file), 0);
}

static void an_event_is_urgent_beside_what_the_host_says(void **state)
{
	struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = V4L2_CID_BRIGHTNESS,
	};
	struct v4l2_event event;

	(void)state;
	open_radio();
	assert_int_equal(
		front_ioctl(&file, VIDIOC_SUBSCRIBE_EVENT, &subscription), 0);
	assert_int_equal(front_poll(&file, EPOLLIN | EPOLLPRI), 0);
	harness_settle();
	file.wakes = 0;
	fake_event(V4L2_EVENT_CTRL, V4L2_CID_BRIGHTNESS, 1);
	harness_until(woken);
	assert_int_equal(front_poll(&file, EPOLLPRI), EPOLLPRI);
	fake_put("x", 1);
	assert_int_equal(front_poll(&file, EPOLLIN | EPOLLPRI),
			 EPOLLIN | EPOLLPRI);
	assert_int_equal(front_ioctl(&file, VIDIOC_DQEVENT, &event), 0);
	assert_int_equal(front_poll(&file, EPOLLIN | EPOLLPRI), EPOLLIN);
	assert_int_equal(front_close(&file), 0);
}

/* A POLL waits for its turn, as any call of the session. */
static void begin_behind_a_sleeper(struct front_call *sleeping,
				   struct v4l2_format *format)
{
	open_radio();
	fake_sleep(VIDIOC_S_FMT);
	memset(format, 0, sizeof(*format));
	front_begin_ioctl(sleeping, &file, VIDIOC_S_FMT, format);
	harness_asleep();
	front_begin_poll(&call, &file, EPOLLOUT);
	harness_settle();
	assert_false(front_done(&call));
}

static void a_signal_ends_a_poll(void **state)
{
	struct front_call sleeping;
	struct v4l2_format format;

	(void)state;
	begin_behind_a_sleeper(&sleeping, &format);
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	harness_settle();
	fake_wake();
	/* Nothing: poll(2) itself makes EINTR of it. */
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(call.reply, FRONT_REPLY_POLL);
	front_wait(&harness.front, &sleeping);
	assert_int_equal(front_close(&file), 0);
}

static void who_is_killed_does_not_wait_in_poll(void **state)
{
	struct front_call sleeping;
	struct v4l2_format format;

	(void)state;
	begin_behind_a_sleeper(&sleeping, &format);
	harness.helper.signals = HELPER_SIGNAL_KILL;
	front_interrupt(&call);
	assert_int_equal(front_wait(&harness.front, &call), -EINTR);
	fake_wake();
	front_wait(&harness.front, &sleeping);
	assert_int_equal(front_close(&file), 0);
}

static void after_the_end_poll_says_so(void **state)
{
	(void)state;
	open_radio();
	assert_int_equal(front_poll(&file, EPOLLIN), 0);
	harness_settle();
	file.wakes = 0;
	fake_unplug();
	harness_until(woken);
	assert_int_equal(front_read(&file, bytes, 3, O_NONBLOCK), -ENODEV);
	assert_int_equal(front_poll(&file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	assert_int_equal(front_close(&file), 0);
}

static void a_poll_under_way_hears_of_the_end(void **state)
{
	struct front_call sleeping;
	struct v4l2_format format;

	(void)state;
	begin_behind_a_sleeper(&sleeping, &format);
	fake_wake();
	harness_host_leaves();
	assert_int_equal(front_wait(&harness.front, &call),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	front_wait(&harness.front, &sleeping);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(poll_says_what_the_hosts_says),
		HARNESS_TEST(every_edge_wakes_who_polls),
		HARNESS_TEST(what_nobody_asks_for_is_not_watched),
		HARNESS_TEST(a_poll_that_is_always_true_stays_true),
		HARNESS_TEST(an_event_is_urgent_beside_what_the_host_says),
		HARNESS_TEST(a_signal_ends_a_poll),
		HARNESS_TEST(who_is_killed_does_not_wait_in_poll),
		HARNESS_TEST(after_the_end_poll_says_so),
		HARNESS_TEST(a_poll_under_way_hears_of_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
