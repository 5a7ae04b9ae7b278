// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pump: what is watched for, and what is handed on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/pump.h"
#include "tests/fake_device.h"
#include "tests/output_rig.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

static struct device device = { .ops = &fake_device_ops };
static struct device_file *file;
static struct loop *loop;
static struct output_rig rig;
static struct window window;
static struct buffers buffers;
static struct pump pump;
static int lost_with;
static unsigned int losses;

static unsigned int readies;

static void on_error(void *owner, int error)
{
	(void)owner;
	losses++;
	lost_with = error;
}

static void on_ready(void *owner)
{
	(void)owner;
	readies++;
}

static const struct pump_ops pump_ops = {
	.error = on_error,
	.ready = on_ready,
};

static int setup(void **state)
{
	(void)state;
	fake_device_init();
	output_rig_init(&rig);
	memset(&window, 0, sizeof(window));
	losses = 0;
	readies = 0;
	device.ops = &fake_device_ops;
	assert_int_equal(loop_create(&loop), 0);
	assert_int_equal(fake_device_ops.open(&device, -1, &file), 0);
	buffers_init(&buffers, &window, &rig.output, 42);
	pump_init(&pump, loop, file, &buffers, &rig.output, 42, &pump_ops,
		  NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pump_finish(&pump);
	buffers_finish(&buffers);
	window_finish(&window);
	fake_device_ops.close(file);
	loop_destroy(loop);
	fake_device_finish();
	return 0;
}

static int call(uint32_t cmd, void *arg)
{
	return fake_device_ops.ioctl(file, ioctl_lookup(cmd), arg);
}

/* The device's end is, whenever the pump runs. */
static unsigned int wanted(void)
{
	unsigned int want = ((struct fake_file *)file)->wanted;

	assert_int_equal(!(want & DEVICE_HANGUP),
			 pump.suspended || pump.fetching);
	return want & ~DEVICE_HANGUP;
}

static void run(void)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		assert_true(loop_run_once(loop, 0) >= 0);
}

/* @count buffers, queued and streaming, in the device and in hostd's account. */
static void stream(uint32_t type, uint32_t count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer = { .type = type };
	uint32_t i;

	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	assert_int_equal(call(VIDIOC_REQBUFS, &request), 0);
	assert_int_equal(buffers_add(buffers_queue(&buffers, type), 0, count),
			 0);
	for (i = 0; i < count; i++) {
		buffer.index = i;
		assert_int_equal(call(VIDIOC_QBUF, &buffer), 0);
		buffers_queued(buffers_find(&buffers, type, i));
	}
	assert_int_equal(call(VIDIOC_STREAMON, &type), 0);
	buffers_queue(&buffers, type)->streaming = true;
	pump_update(&pump);
}

/* Asking vb2 for more would start its read() emulation. */
static void
nothing_but_the_end_is_watched_before_something_is_to_come(void **state)
{
	struct buffer_queue *queue = buffers_queue(&buffers, CAPTURE);

	(void)state;
	pump_update(&pump);
	assert_int_equal(wanted(), 0);
	queue->streaming = true;
	pump_update(&pump);
	assert_int_equal(wanted(), 0);
	queue->queued = 1;
	queue->last = true;
	pump_update(&pump);
	assert_int_equal(wanted(), 0);
	queue->last = false;
	pump_update(&pump);
	assert_int_equal(wanted(), DEVICE_CAPTURE);
	queue->queued = 0;
	queue->streaming = false;
}

static void a_device_that_goes_while_nothing_runs_is_told_once(void **state)
{
	(void)state;
	pump_update(&pump);
	run();
	assert_int_equal(losses, 0);
	fake_unplug();
	run();
	assert_int_equal(losses, 1);
	pump_update(&pump);
	run();
	assert_int_equal(losses, 1);
}

static void each_direction_is_watched_by_itself(void **state)
{
	(void)state;
	stream(OUTPUT, 1);
	assert_int_equal(wanted(), DEVICE_OUTPUT);
	stream(CAPTURE, 1);
	assert_int_equal(wanted(), DEVICE_OUTPUT | DEVICE_CAPTURE);
	pump.subscribed = true;
	pump_update(&pump);
	assert_int_equal(wanted(),
			 DEVICE_OUTPUT | DEVICE_CAPTURE | DEVICE_EVENT);
	fake_finish(OUTPUT, 0, 1, 0);
	run();
	assert_int_equal(wanted(), DEVICE_CAPTURE | DEVICE_EVENT);
}

static void finished_buffers_become_events(void **state)
{
	struct virtio_media_event_dqbuf event;

	(void)state;
	stream(CAPTURE, 3);
	fake_finish(CAPTURE, 2, 100, V4L2_BUF_FLAG_ERROR);
	fake_finish(CAPTURE, 0, 200, 0);
	run();
	assert_int_equal(rig.count, 2);
	memcpy(&event, rig.items[0].bytes, sizeof(event));
	assert_int_equal(rig.items[0].len, sizeof(event));
	assert_ptr_equal(rig.items[0].key, buffers_queue(&buffers, CAPTURE));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_DQBUF);
	assert_int_equal(event.session_id, 42);
	assert_int_equal(event.buffer.index, 2);
	assert_int_equal(event.buffer.bytesused, 100);
	assert_true(event.buffer.flags & V4L2_BUF_FLAG_ERROR);
	memcpy(&event, rig.items[1].bytes, sizeof(event));
	assert_int_equal(event.buffer.index, 0);
	assert_int_equal(losses, 0);
}

/* D19 */
static void planes_travel_without_pointers(void **state)
{
	static const uint32_t used[] = { 11, 22 };
	struct virtio_media_event_dqbuf event;

	(void)state;
	fake.plane_count = 2;
	stream(V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 1);
	fake_finish_planes(V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 0, used, 0);
	run();
	assert_int_equal(rig.count, 1);
	memcpy(&event, rig.items[0].bytes, sizeof(event));
	assert_null(event.buffer.m.planes);
	assert_int_equal(event.buffer.length, 2);
	assert_int_equal(event.planes[0].bytesused, 11);
	assert_int_equal(event.planes[1].bytesused, 22);
}

/* DQBUF after LAST is EPIPE, for ever. */
static void nothing_is_taken_after_the_last(void **state)
{
	(void)state;
	stream(CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	fake_finish(CAPTURE, 1, 5, 0);
	run();
	assert_int_equal(rig.count, 1);
	assert_int_equal(loop_run_once(loop, 0), 0);
	fake.queues[CAPTURE].ended = false;
	buffers_queue(&buffers, CAPTURE)->last = false;
	pump_update(&pump);
	run();
	assert_int_equal(rig.count, 2);
}

static void expect_end(unsigned int count)
{
	struct vms_event_queue_error event;

	assert_int_equal(rig.count, count);
	memcpy(&event, rig.items[count - 1].bytes, sizeof(event));
	assert_int_equal(event.event, VMS_EVT_QUEUE_ERROR);
	assert_int_equal(event.type, CAPTURE);
	assert_int_equal(event.error, EPIPE);
	assert_ptr_equal(rig.items[count - 1].key,
			 buffers_queue(&buffers, CAPTURE));
	assert_int_equal(losses, 0);
}

static void an_end_without_a_last_buffer_is_told(void **state)
{
	(void)state;
	rig.output.features = VMS_FEATURE_QUEUE_ERROR;
	stream(CAPTURE, 2);
	fake_end(CAPTURE);
	run();
	expect_end(1);
	assert_int_equal(loop_run_once(loop, 0), 0);
	/* Whoever does not know of it is not told. */
	rig.output.features = 0;
	pump_restart(&pump);
	assert_int_equal(rig.count, 1);
	assert_int_equal(losses, 0);
}

static void whether_a_codec_goes_on_is_looked_at(void **state)
{
	(void)state;
	rig.output.features = VMS_FEATURE_QUEUE_ERROR;
	stream(CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	fake_finish(CAPTURE, 1, 5, 0);
	run();
	assert_int_equal(rig.count, 1);
	pump_restart(&pump);
	expect_end(2);
	fake.queues[CAPTURE].ended = false;
	pump_restart(&pump);
	assert_int_equal(rig.count, 3);
	assert_false(buffers_queue(&buffers, CAPTURE)->last);
}

/* D16 */
static void events_come_to_who_subscribed(void **state)
{
	struct virtio_media_event_event event;

	(void)state;
	fake_event(V4L2_EVENT_EOS, 7, 0);
	pump_update(&pump);
	run();
	assert_int_equal(rig.count, 0);
	pump.subscribed = true;
	pump_update(&pump);
	run();
	assert_int_equal(rig.count, 1);
	memcpy(&event, rig.items[0].bytes, sizeof(event));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_EVENT);
	assert_int_equal(event.session_id, 42);
	assert_int_equal(event.v4l2.type, V4L2_EVENT_EOS);
	assert_int_equal(event.v4l2.id, 7);
	assert_null(rig.items[0].key);
}

static void events_wait_while_too_much_waits_to_be_sent(void **state)
{
	(void)state;
	pump.subscribed = true;
	rig.congested = true;
	pump_update(&pump);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	run();
	assert_int_equal(rig.count, 0);
	rig.congested = false;
	pump_update(&pump);
	run();
	assert_int_equal(rig.count, 1);
}

static void events_can_be_had_at_once(void **state)
{
	(void)state;
	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	pump_events(&pump);
	assert_int_equal(rig.count, 2);
}

/* SEND_INITIAL's is the last of them, and must be had before RESP. */
static void however_many_wait_all_of_them_are_had(void **state)
{
	unsigned int i;

	(void)state;
	rig.congested = true;
	for (i = 0; i < FAKE_EVENTS; i++)
		fake_event(V4L2_EVENT_CTRL, i, 0);
	pump_events(&pump);
	assert_int_equal(rig.count, FAKE_EVENTS);
}

/* While buffers come, and as a queue that has failed says so for ever. */
static void who_is_congested_gets_buffers_but_no_events(void **state)
{
	(void)state;
	stream(CAPTURE, 2);
	pump.subscribed = true;
	rig.congested = true;
	pump_update(&pump);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	fake_finish(CAPTURE, 0, 1, 0);
	run();
	assert_int_equal(rig.count, 1);
	assert_non_null(rig.items[0].key);
	rig.congested = false;
	pump_update(&pump);
	run();
	assert_int_equal(rig.count, 2);
	assert_null(rig.items[1].key);
}

static void a_storm_of_events_is_taken_in_pieces(void **state)
{
	unsigned int i;

	(void)state;
	pump.subscribed = true;
	for (i = 0; i < 100; i++)
		fake_event(V4L2_EVENT_EOS, i, 0);
	pump_update(&pump);
	assert_int_equal(loop_run_once(loop, 0), 1);
	assert_true(rig.count < 100);
	run();
	assert_int_equal(rig.count, 100);
}

static void while_it_is_suspended_nothing_is_taken(void **state)
{
	(void)state;
	stream(CAPTURE, 1);
	pump.subscribed = true;
	pump_suspend(&pump);
	fake_finish(CAPTURE, 0, 1, 0);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	pump_update(&pump);
	pump_events(&pump);
	run();
	assert_int_equal(rig.count, 0);
	pump_resume(&pump);
	run();
	assert_int_equal(rig.count, 2);
}

/* R12 */
static void a_device_that_is_gone_is_told_once(void **state)
{
	(void)state;
	stream(CAPTURE, 1);
	fake_unplug();
	run();
	assert_int_equal(losses, 1);
	assert_int_equal(lost_with, -ENODEV);
	run();
	assert_int_equal(losses, 1);
	assert_int_equal(rig.count, 0);
}

/* The device finishes what hostd did not queue: it is a bug, and survived. */
static void a_buffer_that_was_not_queued_is_dropped(void **state)
{
	struct v4l2_buffer buffer = { .type = CAPTURE, .index = 1 };

	(void)state;
	stream(CAPTURE, 2);
	buffers_stopped(&buffers, buffers_queue(&buffers, CAPTURE));
	buffers_queue(&buffers, CAPTURE)->streaming = true;
	buffers_queued(buffers_find(&buffers, CAPTURE, 0));
	pump_update(&pump);
	fake_finish(CAPTURE, buffer.index, 1, 0);
	fake_finish(CAPTURE, 0, 1, 0);
	run();
	assert_int_equal(rig.count, 1);
}

/* ---- a kind that converts: its owner's worker fetches ------------------------- */

/* One file, opened anew with a copy of the ops that says so. */
static void let_it_sleep(void)
{
	static struct device_ops ops;

	ops = fake_device_ops;
	ops.collect_sleeps = true;
	device.ops = &ops;
}

static void what_must_be_fetched_is_not_taken_on_the_loop(void **state)
{
	(void)state;
	let_it_sleep();
	stream(CAPTURE, 2);
	pump.subscribed = true;
	fake_finish(CAPTURE, 0, 1, 0);
	fake_finish(CAPTURE, 1, 1, 0);
	run();
	assert_int_equal(readies, 1);
	assert_int_equal(rig.count, 0);
	assert_int_equal(wanted(), DEVICE_EVENT);

	assert_true(pump_fetch_begin(&pump));
	pump_fetch(&pump);
	assert_int_equal(rig.count, 0);
	/* Events do not wait for it. */
	fake_event(V4L2_EVENT_EOS, 0, 0);
	run();
	assert_int_equal(rig.count, 1);
	pump_fetch_end(&pump);
	assert_int_equal(rig.count, 2);

	run();
	assert_int_equal(readies, 2);
	assert_true(pump_fetch_begin(&pump));
	pump_fetch(&pump);
	pump_fetch_end(&pump);
	assert_int_equal(rig.count, 3);
	assert_int_equal(losses, 0);
}

static void every_direction_is_fetched_from(void **state)
{
	struct virtio_media_event_dqbuf event;

	(void)state;
	let_it_sleep();
	stream(CAPTURE, 1);
	stream(OUTPUT, 1);
	fake_finish(OUTPUT, 0, 1, 0);
	run();
	assert_true(pump_fetch_begin(&pump));
	pump_fetch(&pump);
	pump_fetch_end(&pump);
	assert_int_equal(rig.count, 1);
	memcpy(&event, rig.items[0].bytes, sizeof(event));
	assert_int_equal(event.buffer.type, OUTPUT);
	assert_int_equal(wanted(), DEVICE_CAPTURE);
}

/* STREAMOFF, or a command for which the pump is suspended, came first. */
static void nothing_is_fetched_if_a_command_came_between(void **state)
{
	(void)state;
	let_it_sleep();
	stream(CAPTURE, 1);
	fake_finish(CAPTURE, 0, 1, 0);
	run();
	assert_int_equal(readies, 1);
	pump_suspend(&pump);
	assert_false(pump_fetch_begin(&pump));
	pump_resume(&pump);
	assert_true(pump_fetch_begin(&pump));
	buffers_stopped(&buffers, buffers_queue(&buffers, CAPTURE));
	assert_false(pump_fetch_begin(&pump));
	assert_false(pump_fetch_begin(&pump));
	assert_int_equal(wanted(), 0);
	assert_int_equal(rig.count, 0);
}

/* Readable, and then nothing: a frame that could not be converted. */
static void a_fetch_may_find_nothing(void **state)
{
	(void)state;
	let_it_sleep();
	stream(CAPTURE, 1);
	fake_finish(CAPTURE, 0, 1, 0);
	run();
	assert_true(pump_fetch_begin(&pump));
	pump.fetched.buffer.type = CAPTURE;
	pump.fetched.result = -EAGAIN;
	pump_fetch_end(&pump);
	assert_int_equal(rig.count, 0);
	assert_int_equal(losses, 0);
	assert_int_equal(wanted(), DEVICE_CAPTURE);
	run();
	assert_int_equal(readies, 2);
}

static void a_device_that_is_gone_is_told_once_if_fetched(void **state)
{
	(void)state;
	let_it_sleep();
	stream(CAPTURE, 1);
	fake_unplug();
	run();
	assert_int_equal(readies, 1);
	assert_true(pump_fetch_begin(&pump));
	pump_fetch(&pump);
	pump_fetch_end(&pump);
	assert_int_equal(losses, 1);
	assert_int_equal(lost_with, -ENODEV);
	run();
	assert_int_equal(losses, 1);
	assert_false(pump_fetch_begin(&pump));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_but_the_end_is_watched_before_something_is_to_come),
		TEST(each_direction_is_watched_by_itself),
		TEST(finished_buffers_become_events),
		TEST(planes_travel_without_pointers),
		TEST(nothing_is_taken_after_the_last),
		TEST(an_end_without_a_last_buffer_is_told),
		TEST(whether_a_codec_goes_on_is_looked_at),
		TEST(events_come_to_who_subscribed),
		TEST(events_wait_while_too_much_waits_to_be_sent),
		TEST(events_can_be_had_at_once),
		TEST(however_many_wait_all_of_them_are_had),
		TEST(who_is_congested_gets_buffers_but_no_events),
		TEST(a_storm_of_events_is_taken_in_pieces),
		TEST(while_it_is_suspended_nothing_is_taken),
		TEST(a_device_that_is_gone_is_told_once),
		TEST(a_device_that_goes_while_nothing_runs_is_told_once),
		TEST(a_buffer_that_was_not_queued_is_dropped),
		TEST(what_must_be_fetched_is_not_taken_on_the_loop),
		TEST(every_direction_is_fetched_from),
		TEST(nothing_is_fetched_if_a_command_came_between),
		TEST(a_fetch_may_find_nothing),
		TEST(a_device_that_is_gone_is_told_once_if_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
