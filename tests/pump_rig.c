// SPDX-License-Identifier: BSD-3-Clause
/*
 * A pump between the fake device and a device core's output.
 */
#include "tests/pump_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "tests/fake_device.h"

static void on_error(void *owner, int error)
{
	struct pump_rig *rig = owner;

	rig->losses++;
	rig->lost_with = error;
}

static void on_ready(void *owner)
{
	struct pump_rig *rig = owner;

	rig->readies++;
}

static const struct pump_ops pump_ops = {
	.error = on_error,
	.ready = on_ready,
};

int pump_rig_setup(void **state)
{
	static struct pump_rig rig;

	memset(&rig, 0, sizeof(rig));
	fake_device_init();
	output_rig_init(&rig.out);
	rig.ops = fake_device_ops;
	rig.device.ops = &rig.ops;
	assert_int_equal(loop_create(&rig.loop), 0);
	assert_int_equal(rig.ops.open(&rig.device, -1, &rig.file), 0);
	buffers_init(&rig.buffers, &rig.window, NULL, &rig.out.output,
		     PUMP_RIG_SESSION);
	pump_init(&rig.pump, rig.loop, rig.file, &rig.buffers, &rig.out.output,
		  PUMP_RIG_SESSION, &pump_ops, &rig);
	*state = &rig;
	return 0;
}

int pump_rig_teardown(void **state)
{
	struct pump_rig *rig = *state;

	pump_finish(&rig->pump);
	buffers_finish(&rig->buffers);
	window_finish(&rig->window);
	rig->ops.close(rig->file);
	loop_destroy(rig->loop);
	fake_device_finish();
	return 0;
}

void pump_rig_run(const struct pump_rig *rig)
{
	unsigned int i;

	for (i = 0; i < 10; i++)
		assert_true(loop_run_once(rig->loop, 0) >= 0);
}

unsigned int pump_rig_wanted(const struct pump_rig *rig)
{
	unsigned int want = ((const struct fake_file *)rig->file)->wanted;

	assert_int_equal(!(want & DEVICE_HANGUP),
			 rig->pump.suspended || rig->pump.fetching);
	return want & ~DEVICE_HANGUP;
}

static int call(struct pump_rig *rig, uint32_t cmd, void *arg)
{
	return rig->ops.ioctl(rig->file, ioctl_lookup(cmd), arg);
}

void pump_rig_stream(struct pump_rig *rig, uint32_t type, uint32_t count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = type,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer = { .type = type };
	struct buffer_queue *queue = buffers_queue(&rig->buffers, type);
	uint32_t i;

	if (V4L2_TYPE_IS_MULTIPLANAR(type)) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
	assert_int_equal(call(rig, VIDIOC_REQBUFS, &request), 0);
	assert_int_equal(buffers_add(queue, 0, count, 0), 0);
	for (i = 0; i < count; i++) {
		buffer.index = i;
		assert_int_equal(call(rig, VIDIOC_QBUF, &buffer), 0);
		buffers_queued(buffers_find(&rig->buffers, type, i));
	}
	assert_int_equal(call(rig, VIDIOC_STREAMON, &type), 0);
	buffers_begun(&rig->buffers, queue);
	pump_update(&rig->pump);
}
