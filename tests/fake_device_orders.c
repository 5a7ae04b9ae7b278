// SPDX-License-Identifier: BSD-3-Clause
/*
 * What tests tell the fake device to do, and what they ask it.
 */
#include "tests/fake_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "tests/fake_device_ioctls.h"

void fake_device_init(void)
{
	unsigned int i;

	memset(&fake, 0, sizeof(fake));
	fake.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	snprintf(fake.bus_info, sizeof(fake.bus_info), "platform:fake");
	fake.plane_count = 1;
	fake.running = fake.queues;
	fake.chosen = fake.queues;
	fake.time_flag = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		fake.plane_len[i] = 4096;
	snprintf(fake.string, sizeof(fake.string), "first");
	for (i = 0; i < FAKE_ARRAY_LEN; i++)
		fake.array[i] = (uint8_t)i;
	pthread_mutex_init(&fake.lock, NULL);
	sem_init(&fake.gate, 0, 0);
}

void fake_device_finish(void)
{
	assert_int_equal(fake.file_count, 0);
	assert_int_equal(fake.mapped, 0);
	sem_destroy(&fake.gate);
	pthread_mutex_destroy(&fake.lock);
}

void fake_on(uint32_t cmd, fake_fn fn)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].fn = fn;
	pthread_mutex_unlock(&fake.lock);
}

void fake_fail(uint32_t cmd, int error, unsigned int count)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].error = error;
	fake.rows[_IOC_NR(cmd)].fails = count;
	pthread_mutex_unlock(&fake.lock);
}

void fake_sleep(uint32_t cmd)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].sleeps++;
	pthread_mutex_unlock(&fake.lock);
}

void fake_sleep_deaf(uint32_t cmd)
{
	pthread_mutex_lock(&fake.lock);
	fake.rows[_IOC_NR(cmd)].sleeps++;
	fake.rows[_IOC_NR(cmd)].deaf = true;
	pthread_mutex_unlock(&fake.lock);
}

void fake_wake(void)
{
	sem_post(&fake.gate);
}

unsigned int fake_sleeping(void)
{
	unsigned int sleeping;

	pthread_mutex_lock(&fake.lock);
	sleeping = fake.sleeping;
	pthread_mutex_unlock(&fake.lock);
	return sleeping;
}

unsigned int fake_count(uint32_t cmd)
{
	unsigned int count = 0;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.record_count; i++)
		count += fake.records[i].cmd == cmd;
	pthread_mutex_unlock(&fake.lock);
	return count;
}

const struct fake_record *fake_last(uint32_t cmd)
{
	const struct fake_record *last = NULL;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.record_count; i++)
		if (fake.records[i].cmd == cmd)
			last = &fake.records[i];
	pthread_mutex_unlock(&fake.lock);
	return last;
}

unsigned int fake_queued(uint32_t type)
{
	unsigned int queued = 0;
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.chosen[type].count; i++)
		queued += fake.chosen[type].buffers[i].state == FAKE_QUEUED;
	pthread_mutex_unlock(&fake.lock);
	return queued;
}

uint8_t *fake_plane(uint32_t type, unsigned int index, unsigned int plane)
{
	return fake.chosen[type].buffers[index].planes[plane];
}

/* No assertion with the lock held: what follows would wait for ever. */
bool fake_has(uint32_t type, unsigned int index)
{
	const struct fake_queue *queue = &fake.chosen[type];
	bool has;

	pthread_mutex_lock(&fake.lock);
	has = queue->streaming && queue->buffers[index].state == FAKE_QUEUED;
	pthread_mutex_unlock(&fake.lock);
	return has;
}

void fake_finish_planes(uint32_t type, unsigned int index, const uint32_t *used,
			uint32_t flags)
{
	struct fake_queue *queue = &fake.chosen[type];
	struct fake_buffer *buffer = &queue->buffers[index];
	uint64_t now = fake_now();
	unsigned int i;

	assert_true(fake_has(type, index));
	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.plane_count; i++)
		buffer->used[i] = used[i];
	buffer->flags = flags;
	buffer->sequence = queue->sequence++;
	buffer->timestamp.tv_sec = (time_t)(now / 1000000000);
	buffer->timestamp.tv_usec = (suseconds_t)(now % 1000000000 / 1000);
	buffer->state = FAKE_DONE;
	buffer->order = ++fake.order;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_choose(unsigned int file)
{
	assert_true(file < fake.file_count);
	fake.chosen = fake.files[file]->own;
}

void fake_end(uint32_t type)
{
	pthread_mutex_lock(&fake.lock);
	fake.chosen[type].ended = true;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_queue_error(uint32_t type)
{
	pthread_mutex_lock(&fake.lock);
	fake.chosen[type].failed = true;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}

void fake_finish(uint32_t type, unsigned int index, uint32_t used,
		 uint32_t flags)
{
	uint32_t planes[VIDEO_MAX_PLANES] = { used };

	fake_finish_planes(type, index, planes, flags);
}

void fake_send_event(const struct v4l2_event *event)
{
	unsigned int i;

	pthread_mutex_lock(&fake.lock);
	for (i = 0; i < fake.file_count; i++)
		fake_add_event(fake.files[i], event);
	pthread_mutex_unlock(&fake.lock);
}

void fake_event(uint32_t type, uint32_t id, uint32_t changes)
{
	struct v4l2_event event = { .type = type, .id = id };

	if (type == V4L2_EVENT_CTRL)
		event.u.ctrl.changes = changes;
	else
		event.u.src_change.changes = changes;
	fake_send_event(&event);
}

void fake_unplug(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.gone = true;
	fake_look();
	pthread_mutex_unlock(&fake.lock);
}
