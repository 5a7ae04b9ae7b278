// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_host: buffers that are finished, and are not.
 *
 * An application waits for one.  Behind the lies comes what is true, which it must
 * get.
 */
#include <string.h>

#include "tests/lab/hostile_host_parts/host.h"

const char *events_unknown_buffers(void)
{
	static const uint32_t indices[] = { HOST_BUFFERS, 32, 1024,
					    UINT32_MAX };
	static const uint32_t types[] = { 0, 2, 9, 14, 15, 77, UINT32_MAX };
	struct virtio_media_event_dqbuf event;
	struct host host;
	unsigned int i;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	event = host_buffer(&host, 0);
	for (i = 0; i < 4; i++) {
		event.buffer.index = indices[i];
		host_send_buffer(&host, &event);
	}
	event = host_buffer(&host, 0);
	for (i = 0; i < 7; i++) {
		event.buffer.type = types[i];
		host_send_buffer(&host, &event);
	}
	return app_result_true(&host);
}

/* Buffer 0 three times, then 1: the application gets each once. */
const char *events_twice(void)
{
	struct virtio_media_event_dqbuf event;
	struct host host;
	unsigned int i;

	host_start(&host);
	if (!app_streaming(&host, APP_TWICE))
		return app_text();
	event = host_buffer(&host, 0);
	for (i = 0; i < 3; i++)
		host_send_buffer(&host, &event);
	event = host_buffer(&host, 1);
	host_send_buffer(&host, &event);
	return app_result(&host);
}

static const char *odd_buffer(void (*lie)(struct v4l2_buffer *buffer))
{
	struct virtio_media_event_dqbuf event;
	struct host host;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	event = host_buffer(&host, 0);
	lie(&event.buffer);
	memset(event.planes, 0xff, sizeof(event.planes));
	host_send_buffer(&host, &event);
	return app_result(&host);
}

static void too_much(struct v4l2_buffer *buffer)
{
	buffer->bytesused = UINT32_MAX;
}

static void longer(struct v4l2_buffer *buffer)
{
	buffer->length = UINT32_MAX;
	buffer->bytesused = HOST_PLANE + 1;
}

static void other(struct v4l2_buffer *buffer)
{
	buffer->memory = V4L2_MEMORY_DMABUF;
	buffer->m.userptr = UINT64_MAX;
	buffer->request_fd = 3;
	buffer->flags = UINT32_MAX;
	buffer->timestamp.tv_usec = -1;
}

/* What is in the event is cut, or not believed, or a lie: the application says. */
const char *events_lengths(void)
{
	static void (*const lies[])(struct v4l2_buffer *) = { too_much, longer,
							      other };
	const char *got;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		got = odd_buffer(lies[i]);
		if (strcmp(got, "done") != 0 && strcmp(got, "DQBUF: EIO") != 0)
			return got;
	}
	return "within the buffer, or EIO";
}

const char *events_other_sessions(void)
{
	struct virtio_media_event_dqbuf event;
	struct host host;
	uint32_t own;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	own = host.sessions;
	event = host_buffer(&host, 1);
	event.session_id = 0;
	host_send_buffer(&host, &event);
	event.session_id = own + 1;
	host_send_buffer(&host, &event);
	event.session_id = own | 1u << 16;
	host_send_buffer(&host, &event);
	return app_result_true(&host);
}

/* Each with a length that another one has */
const char *events_lengths_of_frames(void)
{
	static const size_t lens[] = { 16, 144, 608 };
	static const uint32_t events[] = { 0,         1, 2, 3, VMS_EVT_IO_READY,
					   UINT32_MAX };
	uint32_t words[608 / 4] = { 0 };
	unsigned int left = 0;
	unsigned int count = 0;
	struct host host;
	unsigned int i, e;

	for (e = 0; e < 6; e++)
		for (i = 0; i < 3; i++) {
			/* As they should be */
			if ((e == 0 && i == 0) || (e == 1 && i == 2) ||
			    (e == 2 && i == 1))
				continue;
			words[0] = events[e];
			host_start(&host);
			host_frame(&host, VMS_EVT, 0, words, lens[i]);
			count++;
			left += !strcmp(host_end(&host), HOST_ENDED);
		}
	return attack_says("%u of %u " HOST_ENDED, left, count);
}

const char *events_unsubscribed(void)
{
	struct virtio_media_event_event event = {
		.event = VIRTIO_MEDIA_EVT_EVENT,
		.v4l2 = { .type = V4L2_EVENT_CTRL },
	};
	struct host host;
	uint32_t i;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	event.session_id = host.sessions;
	for (i = 0; i < 2000; i++) {
		event.v4l2.type = i & 1 ? V4L2_EVENT_CTRL : i;
		event.v4l2.id = i;
		event.v4l2.pending = UINT32_MAX;
		host_frame(&host, VMS_EVT, 0, &event, sizeof(event));
	}
	return app_result_true(&host);
}

/* The session ends; others that there are not do not. */
const char *events_error(void)
{
	struct virtio_media_event_error event = {
		.event = VIRTIO_MEDIA_EVT_ERROR,
		.session_id = 4711,
		.error = UINT32_MAX,
	};
	struct host host;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	host_frame(&host, VMS_EVT, 0, &event, sizeof(event));
	event.session_id = host.sessions;
	host_frame(&host, VMS_EVT, 0, &event, sizeof(event));
	return app_result(&host);
}

const char *events_flood(void)
{
	struct virtio_media_event_dqbuf event;
	struct host host;
	unsigned int i;

	host_start(&host);
	if (!app_streaming(&host, APP_DEQUEUE))
		return app_text();
	event = host_buffer(&host, HOST_BUFFERS);
	for (i = 0; i < 5000; i++)
		host_send_buffer(&host, &event);
	return app_result_true(&host);
}
