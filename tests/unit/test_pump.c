// SPDX-License-Identifier: BSD-3-Clause
/*
 * The pump: what is watched for, and which buffers are handed on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device.h"
#include "tests/pump_rig.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

/* Asking vb2 for more would start its read() emulation. */
static void
nothing_but_the_end_is_watched_before_something_is_to_come(void **state)
{
	struct pump_rig *rig = *state;
	struct buffer_queue *queue = buffers_queue(&rig->buffers, CAPTURE);

	pump_update(&rig->pump);
	assert_int_equal(pump_rig_wanted(rig), 0);
	buffers_begun(&rig->buffers, queue);
	pump_update(&rig->pump);
	assert_int_equal(pump_rig_wanted(rig), 0);
	queue->queued = 1;
	queue->last = true;
	pump_update(&rig->pump);
	assert_int_equal(pump_rig_wanted(rig), 0);
	queue->last = false;
	pump_update(&rig->pump);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_CAPTURE);
	queue->queued = 0;
	buffers_stopped(&rig->buffers, queue);
}

/* Rule: B26 */
static void a_device_that_goes_while_nothing_runs_is_told_once(void **state)
{
	struct pump_rig *rig = *state;

	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->losses, 0);
	fake_unplug();
	pump_rig_run(rig);
	assert_int_equal(rig->losses, 1);
	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->losses, 1);
}

/* Rule: B21 */
static void each_direction_is_watched_by_itself(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, OUTPUT, 1);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_OUTPUT);
	pump_rig_stream(rig, CAPTURE, 1);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_OUTPUT | DEVICE_CAPTURE);
	rig->pump.subscribed = true;
	pump_update(&rig->pump);
	assert_int_equal(pump_rig_wanted(rig),
			 DEVICE_OUTPUT | DEVICE_CAPTURE | DEVICE_EVENT);
	fake_finish(OUTPUT, 0, 1, 0);
	pump_rig_run(rig);
	assert_int_equal(pump_rig_wanted(rig), DEVICE_CAPTURE | DEVICE_EVENT);
}

static void finished_buffers_become_events(void **state)
{
	struct pump_rig *rig = *state;
	struct virtio_media_event_dqbuf event;

	pump_rig_stream(rig, CAPTURE, 3);
	fake_finish(CAPTURE, 2, 100, V4L2_BUF_FLAG_ERROR);
	fake_finish(CAPTURE, 0, 200, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 2);
	memcpy(&event, rig->out.items[0].bytes, sizeof(event));
	assert_int_equal(rig->out.items[0].len, sizeof(event));
	assert_ptr_equal(rig->out.items[0].key,
			 buffers_queue(&rig->buffers, CAPTURE));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_DQBUF);
	assert_int_equal(event.session_id, PUMP_RIG_SESSION);
	assert_int_equal(event.buffer.index, 2);
	assert_int_equal(event.buffer.bytesused, 100);
	assert_true(event.buffer.flags & V4L2_BUF_FLAG_ERROR);
	memcpy(&event, rig->out.items[1].bytes, sizeof(event));
	assert_int_equal(event.buffer.index, 0);
	assert_int_equal(rig->losses, 0);
}

static void of_a_codecs_job_the_output_buffer_is_told_first(void **state)
{
	struct pump_rig *rig = *state;
	struct virtio_media_event_dqbuf event;

	pump_rig_stream(rig, OUTPUT, 1);
	pump_rig_stream(rig, CAPTURE, 1);
	fake_finish(CAPTURE, 0, 100, 0);
	fake_finish(OUTPUT, 0, 200, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 2);
	memcpy(&event, rig->out.items[0].bytes, sizeof(event));
	assert_int_equal(event.buffer.type, OUTPUT);
	memcpy(&event, rig->out.items[1].bytes, sizeof(event));
	assert_int_equal(event.buffer.type, CAPTURE);
}

/* D19 */
static void planes_travel_without_pointers(void **state)
{
	struct pump_rig *rig = *state;
	static const uint32_t used[] = { 11, 22 };
	struct virtio_media_event_dqbuf event;

	fake.plane_count = 2;
	pump_rig_stream(rig, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 1);
	fake_finish_planes(V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE, 0, used, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
	memcpy(&event, rig->out.items[0].bytes, sizeof(event));
	assert_null(event.buffer.m.planes);
	assert_int_equal(event.buffer.length, 2);
	assert_int_equal(event.planes[0].bytesused, 11);
	assert_int_equal(event.planes[1].bytesused, 22);
}

/* DQBUF after LAST is EPIPE, for ever. */
static void nothing_is_taken_after_the_last(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	fake_finish(CAPTURE, 1, 5, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
	assert_int_equal(loop_run_once(rig->loop, 0), 0);
	fake.queues[CAPTURE].ended = false;
	buffers_queue(&rig->buffers, CAPTURE)->last = false;
	pump_update(&rig->pump);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 2);
}

static void expect_end(struct pump_rig *rig, unsigned int count)
{
	struct vms_event_queue_error event;

	assert_int_equal(rig->out.count, count);
	memcpy(&event, rig->out.items[count - 1].bytes, sizeof(event));
	assert_int_equal(event.event, VMS_EVT_QUEUE_ERROR);
	assert_int_equal(event.type, CAPTURE);
	assert_int_equal(event.error, EPIPE);
	assert_ptr_equal(rig->out.items[count - 1].key,
			 buffers_queue(&rig->buffers, CAPTURE));
	assert_int_equal(rig->losses, 0);
}

static void an_end_without_a_last_buffer_is_told(void **state)
{
	struct pump_rig *rig = *state;

	rig->out.output.features = VMS_FEATURE_QUEUE_ERROR;
	pump_rig_stream(rig, CAPTURE, 2);
	fake_end(CAPTURE);
	pump_rig_run(rig);
	expect_end(rig, 1);
	assert_int_equal(loop_run_once(rig->loop, 0), 0);
	/* Whoever does not know of it is not told. */
	rig->out.output.features = 0;
	pump_restart(&rig->pump);
	assert_int_equal(rig->out.count, 1);
	assert_int_equal(rig->losses, 0);
}

/* Rule: B23 */
static void whether_a_codec_goes_on_is_looked_at(void **state)
{
	struct pump_rig *rig = *state;

	rig->out.output.features = VMS_FEATURE_QUEUE_ERROR;
	pump_rig_stream(rig, CAPTURE, 2);
	fake_finish(CAPTURE, 0, 0, V4L2_BUF_FLAG_LAST);
	fake_finish(CAPTURE, 1, 5, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
	pump_restart(&rig->pump);
	expect_end(rig, 2);
	fake.queues[CAPTURE].ended = false;
	pump_restart(&rig->pump);
	assert_int_equal(rig->out.count, 3);
	assert_false(buffers_queue(&rig->buffers, CAPTURE)->last);
}

/* R12 */
static void a_device_that_is_gone_is_told_once(void **state)
{
	struct pump_rig *rig = *state;

	pump_rig_stream(rig, CAPTURE, 1);
	fake_unplug();
	pump_rig_run(rig);
	assert_int_equal(rig->losses, 1);
	assert_int_equal(rig->lost_with, -ENODEV);
	pump_rig_run(rig);
	assert_int_equal(rig->losses, 1);
	assert_int_equal(rig->out.count, 0);
}

/*
 * The device finishes what hostd did not queue: it is a bug, and survived.
 *
 * Rule: B20
 */
static void a_buffer_that_was_not_queued_is_dropped(void **state)
{
	struct pump_rig *rig = *state;
	struct v4l2_buffer buffer = { .type = CAPTURE, .index = 1 };

	pump_rig_stream(rig, CAPTURE, 2);
	buffers_stopped(&rig->buffers, buffers_queue(&rig->buffers, CAPTURE));
	buffers_begun(&rig->buffers, buffers_queue(&rig->buffers, CAPTURE));
	buffers_queued(buffers_find(&rig->buffers, CAPTURE, 0));
	pump_update(&rig->pump);
	fake_finish(CAPTURE, buffer.index, 1, 0);
	fake_finish(CAPTURE, 0, 1, 0);
	pump_rig_run(rig);
	assert_int_equal(rig->out.count, 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, pump_rig_setup, pump_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_but_the_end_is_watched_before_something_is_to_come),
		TEST(a_device_that_goes_while_nothing_runs_is_told_once),
		TEST(each_direction_is_watched_by_itself),
		TEST(finished_buffers_become_events),
		TEST(of_a_codecs_job_the_output_buffer_is_told_first),
		TEST(planes_travel_without_pointers),
		TEST(nothing_is_taken_after_the_last),
		TEST(an_end_without_a_last_buffer_is_told),
		TEST(whether_a_codec_goes_on_is_looked_at),
		TEST(a_device_that_is_gone_is_told_once),
		TEST(a_buffer_that_was_not_queued_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
