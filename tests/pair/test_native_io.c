// SPDX-License-Identifier: BSD-3-Clause
/*
 * read() and write() of a node without buffers: the host's driver's own, but for
 * the waiting, which is guestd's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "guestd/nativeio.h"
#include "tests/fake_device_io.h"
#include "tests/streamer.h"

#define PAUSE_MS (NATIVEIO_PAUSE_NS / LOOP_MS)

static struct front_file file;
static struct front_file other;
static struct front_call call;
static uint8_t bytes[200 << 10];

static void open_radio(void)
{
	fake.caps = FAKE_RADIO;
	harness_open_fake(&file);
}

/* A read() that finds nothing, and waits for the driver. */
static void begin_and_wait(void)
{
	front_begin_read(&call, &file, bytes, 12, 0);
	harness_settle();
	assert_false(front_done(&call));
	assert_int_equal(front_state(&call), REQUEST_PARKED);
}

static ssize_t result(void)
{
	return front_wait(&harness.front, &call);
}

static void a_node_without_buffers_says_what_the_host_says(void **state)
{
	struct v4l2_capability capability;

	(void)state;
	open_radio();
	assert_int_equal(file.session->profile, PROFILE_NATIVE);
	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCAP, &capability), 0);
	assert_int_equal(capability.device_caps, FAKE_RADIO);
	assert_int_equal(capability.capabilities,
			 FAKE_RADIO | V4L2_CAP_DEVICE_CAPS);
	assert_int_equal(front_close(&file), 0);
}

static void a_read_is_one_read_of_the_driver(void **state)
{
	(void)state;
	open_radio();
	fake_put("first second", 12);
	/* Short, as the driver gives it. */
	assert_int_equal(front_read(&file, bytes, 300, 0), 12);
	assert_memory_equal(bytes, "first second", 12);
	assert_int_equal(fake_reads(), 1);
	fake_put("abcdef", 6);
	assert_int_equal(front_read(&file, bytes, 4, O_NONBLOCK), 4);
	assert_memory_equal(bytes, "abcd", 4);
	assert_int_equal(front_read(&file, bytes, 4, O_NONBLOCK), 2);
	assert_memory_equal(bytes, "ef", 2);
	assert_int_equal(fake_reads(), 3);
	assert_int_equal(front_close(&file), 0);
}

static void a_write_is_one_write_of_the_driver(void **state)
{
	(void)state;
	open_radio();
	assert_int_equal(front_write(&file, "blocks", 6, 0), 6);
	assert_int_equal(fake.io.written_len, 6);
	assert_memory_equal(fake.io.written, "blocks", 6);
	assert_int_equal(fake_writes(), 1);
	assert_int_equal(front_close(&file), 0);
}

/* And the answer being short is what ends a call that CUSE has split. */
static void what_is_too_long_is_shortened(void **state)
{
	(void)state;
	open_radio();
	stream_fill(bytes, sizeof(bytes), 1);
	assert_int_equal(front_write(&file, bytes, 128 << 10, 0), VMS_MAX_IO);
	assert_int_equal(fake.io.written_len, VMS_MAX_IO);
	assert_memory_equal(fake.io.written, bytes, VMS_MAX_IO);
	fake_put(bytes, 100 << 10);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(front_read(&file, bytes, 128 << 10, 0), VMS_MAX_IO);
	assert_memory_equal(bytes, fake.io.written, VMS_MAX_IO);
	/* A piece that continues a call is no call of the driver's. */
	front_begin_piece(&call, &file, bytes, 100, VMS_MAX_IO);
	assert_true(front_done(&call));
	assert_int_equal(call.result, 0);
	assert_int_equal(fake_reads(), 1);
	assert_int_equal(front_close(&file), 0);
}

static void errors_are_the_drivers(void **state)
{
	static const int errors[] = { -EBUSY, -EINVAL, -EIO, -ENODATA };
	size_t i;

	(void)state;
	open_radio();
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake_io_fails(errors[i], 2);
		assert_int_equal(front_read(&file, bytes, 3, 0), errors[i]);
		assert_int_equal(front_write(&file, "abc", 3, 0), errors[i]);
	}
	assert_int_equal(front_close(&file), 0);
}

/* ---- waiting -------------------------------------------------------------------- */

static void who_does_not_wait_gets_eagain_at_once(void **state)
{
	(void)state;
	open_radio();
	assert_int_equal(front_read(&file, bytes, 3, O_NONBLOCK), -EAGAIN);
	assert_int_equal(fake_reads(), 1);
	fake_full(true);
	assert_int_equal(front_write(&file, "abc", 3, O_NONBLOCK), -EAGAIN);
	assert_int_equal(fake_writes(), 1);
	assert_int_equal(front_close(&file), 0);
}

static void a_read_waits_until_the_driver_wakes(void **state)
{
	(void)state;
	open_radio();
	begin_and_wait();
	/* No pause is needed where poll() agrees that there is nothing. */
	harness_pass_ms(10000);
	assert_int_equal(fake_reads(), 1);
	fake_put("now", 3);
	assert_int_equal(result(), 3);
	assert_memory_equal(bytes, "now", 3);
	assert_int_equal(fake_reads(), 2);

	/* It is watched for already: the next one waits as well. */
	begin_and_wait();
	fake_put("then", 4);
	assert_int_equal(result(), 4);
	assert_int_equal(front_close(&file), 0);
}

static void a_write_waits_for_room(void **state)
{
	(void)state;
	open_radio();
	fake_full(true);
	front_begin_write(&call, &file, "abc", 3, 0);
	harness_settle();
	assert_false(front_done(&call));
	harness_pass_ms(10000);
	assert_int_equal(fake_writes(), 1);
	fake_full(false);
	assert_int_equal(result(), 3);
	assert_memory_equal(fake.io.written, "abc", 3);
	assert_int_equal(front_close(&file), 0);
}

static void readers_and_writers_do_not_wait_for_each_other(void **state)
{
	struct front_call writing;

	(void)state;
	open_radio();
	begin_and_wait();
	assert_int_equal(front_write(&file, "abc", 3, 0), 3);
	fake_full(true);
	front_begin_write(&writing, &file, "def", 3, 0);
	harness_settle();
	assert_false(front_done(&writing));
	fake_full(false);
	/* While it was full, poll() and read() contradicted each other. */
	harness_pass_ms(2 * PAUSE_MS);
	assert_int_equal(front_wait(&harness.front, &writing), 3);
	assert_false(front_done(&call));
	fake_put("x", 1);
	assert_int_equal(result(), 1);
	assert_int_equal(front_close(&file), 0);
}

static void a_wake_without_reason_changes_nothing(void **state)
{
	(void)state;
	open_radio();
	begin_and_wait();
	fake_wake_pollers();
	harness_settle();
	assert_false(front_done(&call));
	fake_put("x", 1);
	assert_int_equal(result(), 1);
	assert_int_equal(front_close(&file), 0);
}

/* vivid's radio: poll() says IN, read() says EAGAIN. */
static void a_poll_that_is_always_true_does_not_spin(void **state)
{
	unsigned int reads;

	(void)state;
	open_radio();
	fake_always_ready();
	begin_and_wait();
	reads = fake_reads();
	harness_settle();
	assert_int_equal(fake_reads(), reads);
	harness_pass_ms(10 * PAUSE_MS);
	assert_true(fake_reads() > reads);
	assert_true(fake_reads() <= reads + 10);
	fake_put("block", 5);
	harness_pass_ms(2 * PAUSE_MS);
	assert_int_equal(result(), 5);
	assert_int_equal(front_close(&file), 0);
}

/* While they wait nothing of them is with the host. */
static void many_readers_do_not_fill_the_window(void **state)
{
	static struct front_call calls[3 * VMS_CMD_WINDOW];
	const unsigned int count = sizeof(calls) / sizeof(calls[0]);
	unsigned int i;

	(void)state;
	open_radio();
	for (i = 0; i < count; i++)
		front_begin_read(&calls[i], &file, bytes + i, 1, 0);
	harness_settle();
	stream_barrier(&file);
	for (i = 0; i < count; i++)
		assert_false(front_done(&calls[i]));
	stream_fill(fake.io.bytes, count, 2);
	fake_put(fake.io.bytes, count);
	for (i = 0; i < count; i++)
		assert_int_equal(front_wait(&harness.front, &calls[i]), 1);
	assert_true(stream_filled(bytes, count, 2));
	assert_int_equal(front_close(&file), 0);
}

static void a_seek_runs_while_a_read_waits(void **state)
{
	struct v4l2_hw_freq_seek seek = { .type = V4L2_TUNER_RADIO };
	struct front_call seeking;

	(void)state;
	open_radio();
	begin_and_wait();
	fake_sleep(VIDIOC_S_HW_FREQ_SEEK);
	front_begin_ioctl(&seeking, &file, VIDIOC_S_HW_FREQ_SEEK, &seek);
	harness_asleep();
	/* In the host one call of a session runs: this one is next. */
	fake_put("x", 1);
	harness_settle();
	assert_false(front_done(&call));
	fake_wake();
	assert_int_equal(front_wait(&harness.front, &seeking), -ENOTTY);
	assert_int_equal(result(), 1);
	assert_int_equal(front_close(&file), 0);
}

/* ---- signals and ends --------------------------------------------------------------- */

static void a_signal_ends_a_read_that_waits(void **state)
{
	(void)state;
	open_radio();
	begin_and_wait();
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	assert_int_equal(result(), -EINTR);
	/* And has taken nothing. */
	fake_put("kept", 4);
	harness_settle();
	assert_int_equal(fake_reads(), 1);
	assert_int_equal(front_read(&file, bytes, 10, 0), 4);
	assert_int_equal(front_close(&file), 0);
}

static void who_is_only_stopped_waits_on(void **state)
{
	(void)state;
	open_radio();
	begin_and_wait();
	front_interrupt(&call);
	harness_pass_ms(5000);
	assert_false(front_done(&call));
	fake_put("x", 1);
	assert_int_equal(result(), 1);
	assert_int_equal(front_close(&file), 0);
}

static void a_signal_wakes_a_driver_that_sleeps(void **state)
{
	(void)state;
	open_radio();
	fake_put("kept", 4);
	fake_io_sleeps();
	front_begin_read(&call, &file, bytes, 12, 0);
	harness_asleep();
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	assert_int_equal(result(), -EINTR);
	assert_int_equal(front_read(&file, bytes, 10, 0), 4);
	assert_int_equal(front_close(&file), 0);
}

static void a_read_behind_a_call_that_sleeps_is_cancelled_alone(void **state)
{
	struct front_call sleeping;
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	open_radio();
	fake_put("kept", 4);
	fake_sleep(VIDIOC_S_FMT);
	front_begin_ioctl(&sleeping, &file, VIDIOC_S_FMT, &format);
	harness_asleep();
	front_begin_read(&call, &file, bytes, 12, 0);
	harness.helper.signals = HELPER_SIGNAL_OTHER;
	front_interrupt(&call);
	harness_settle();
	assert_false(front_done(&sleeping));
	fake_wake();
	assert_int_equal(result(), -EINTR);
	assert_int_equal(front_wait(&harness.front, &sleeping), -ENOTTY);
	assert_int_equal(fake_reads(), 0);
	assert_int_equal(front_close(&file), 0);
}

static void an_unplugged_radio_wakes_who_reads(void **state)
{
	(void)state;
	open_radio();
	begin_and_wait();
	fake_unplug();
	assert_int_equal(result(), -ENODEV);
	assert_int_equal(front_read(&file, bytes, 3, 0), -ENODEV);
	assert_int_equal(front_write(&file, "abc", 3, 0), -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

static void without_a_connection_a_read_is_enodev(void **state)
{
	(void)state;
	open_radio();
	begin_and_wait();
	harness_host_leaves();
	assert_int_equal(result(), -ENODEV);
	assert_int_equal(front_read(&file, bytes, 3, 0), -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

/* Each open file is one of the host's: whose driver knows who reads. */
static void files_are_the_drivers_to_tell_apart(void **state)
{
	(void)state;
	open_radio();
	harness_open(&other);
	begin_and_wait();
	fake_io_fails(-EBUSY, 1);
	assert_int_equal(front_read(&other, bytes, 3, 0), -EBUSY);
	assert_false(front_done(&call));
	assert_int_equal(front_close(&other), 0);
	fake_put("x", 1);
	assert_int_equal(result(), 1);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(a_node_without_buffers_says_what_the_host_says),
		HARNESS_TEST(a_read_is_one_read_of_the_driver),
		HARNESS_TEST(a_write_is_one_write_of_the_driver),
		HARNESS_TEST(what_is_too_long_is_shortened),
		HARNESS_TEST(errors_are_the_drivers),
		HARNESS_TEST(who_does_not_wait_gets_eagain_at_once),
		HARNESS_TEST(a_read_waits_until_the_driver_wakes),
		HARNESS_TEST(a_write_waits_for_room),
		HARNESS_TEST(readers_and_writers_do_not_wait_for_each_other),
		HARNESS_TEST(a_wake_without_reason_changes_nothing),
		HARNESS_TEST(a_poll_that_is_always_true_does_not_spin),
		HARNESS_TEST(many_readers_do_not_fill_the_window),
		HARNESS_TEST(a_seek_runs_while_a_read_waits),
		HARNESS_TEST(a_signal_ends_a_read_that_waits),
		HARNESS_TEST(who_is_only_stopped_waits_on),
		HARNESS_TEST(a_signal_wakes_a_driver_that_sleeps),
		HARNESS_TEST(
			a_read_behind_a_call_that_sleeps_is_cancelled_alone),
		HARNESS_TEST(an_unplugged_radio_wakes_who_reads),
		HARNESS_TEST(without_a_connection_a_read_is_enodev),
		HARNESS_TEST(files_are_the_drivers_to_tell_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
