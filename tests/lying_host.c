// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host by hand.
 */
#include "tests/lying_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/stats.h"
#include "common/wire.h"
#include "tests/fake_device_io.h"
#include "tests/host_peer.h"

struct lying_host lying;

/* ---- frames ------------------------------------------------------------- */

void lying_send(const struct vms_header *header, const void *body, size_t len)
{
	struct vms_header sent = *header;

	sent.slen = (uint32_t)len;
	guest_peer_send(&lying.peer, &sent, body, len);
}

void lying_resp(uint32_t tag, const void *bytes, size_t len)
{
	const struct vms_header header = { .type = VMS_RESP, .tag = tag };

	lying_send(&header, bytes, len);
}

void lying_buffer_event(uint32_t session, const struct stream_buffer *buffer)
{
	const struct vms_header header = { .type = VMS_EVT };
	struct virtio_media_event_dqbuf event = {
		.event = VIRTIO_MEDIA_EVT_DQBUF,
		.session_id = session,
		.buffer = buffer->v4l2,
	};

	memcpy(event.planes, buffer->planes, sizeof(event.planes));
	lying_send(&header, &event, sizeof(event));
}

void lying_buffer(uint32_t session, uint32_t type, uint32_t index,
		  uint32_t used)
{
	struct stream_buffer buffer;

	memset(&buffer, 0, sizeof(buffer));
	buffer.v4l2.index = index;
	buffer.v4l2.type = type;
	buffer.v4l2.memory = V4L2_MEMORY_MMAP;
	buffer.v4l2.length = LYING_LEN;
	buffer.v4l2.bytesused = used;
	lying_buffer_event(session, &buffer);
}

void lying_event(uint32_t session, uint32_t type, uint32_t id)
{
	const struct vms_header header = { .type = VMS_EVT };
	struct virtio_media_event_event event = {
		.event = VIRTIO_MEDIA_EVT_EVENT,
		.session_id = session,
		.v4l2 = { .type = type, .id = id, .sequence = lying.events++ },
	};

	if (type == V4L2_EVENT_CTRL)
		event.v4l2.u.ctrl.type = V4L2_CTRL_TYPE_INTEGER;

	lying_send(&header, &event, sizeof(event));
}

void lying_clock(const struct vms_clock *answer)
{
	guest_peer_send_clock(&lying.peer, answer);
}

void lying_error(uint32_t session, uint32_t error)
{
	const struct vms_header header = { .type = VMS_EVT };
	const struct virtio_media_event_error event = {
		.event = VIRTIO_MEDIA_EVT_ERROR,
		.session_id = session,
		.error = error,
	};

	lying_send(&header, &event, sizeof(event));
}

void lying_queue_error(uint32_t session, uint32_t type, uint32_t error)
{
	const struct vms_header header = { .type = VMS_EVT };
	const struct vms_event_queue_error event = {
		.event = VMS_EVT_QUEUE_ERROR,
		.session_id = session,
		.type = type,
		.error = error,
	};

	lying_send(&header, &event, sizeof(event));
}

void lying_io_ready(uint32_t session)
{
	const struct vms_header header = { .type = VMS_EVT };
	const struct vms_event_io_ready event = {
		.event = VMS_EVT_IO_READY,
		.session_id = session,
	};

	lying_send(&header, &event, sizeof(event));
}

void lying_data(uint64_t addr, uint32_t generation, const void *bytes,
		size_t len)
{
	const struct vms_header header = {
		.type = VMS_DATA,
		.flags = VMS_FLAG_LAST,
		.arg = generation,
		.off = addr,
	};

	lying_send(&header, bytes, len);
}

/* ---- the connection ------------------------------------------------------------ */

static void acknowledge(void)
{
	struct vms_hello_ack ack =
		host_peer_ack(V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);

	snprintf((char *)ack.capability.driver, 16, "liar");
	if (!lying.clock)
		ack.features &= ~VMS_FEATURE_CLOCK;
	if (lying.hello)
		lying.hello(&ack);
	host_peer_send_ack(&lying.peer, &ack);
}

static void take_clock(const struct vms_header *header, const uint8_t *section)
{
	struct vms_clock question;

	assert_int_equal(wire_get_clock(section, header->slen, &question), 0);
	assert_non_null(lying.clock);
	lying.clock(&question);
}

static void take_frame(const struct vms_header *header, const uint8_t *section)
{
	if (lying.hear)
		lying.hear(header, section);
	switch (header->type) {
	case VMS_HELLO:
		acknowledge();
		break;
	case VMS_REQ:
		lying_answer(header, section);
		break;
	case VMS_CLOCK:
		take_clock(header, section);
		break;
	case VMS_IO:
		lying_answer_io(header, section);
		break;
	case VMS_CANCEL:
		lying.cancels++;
		break;
	case VMS_DATA:
		lying.data_bytes += header->slen;
		break;
	default:
		break;
	}
}

static void readable(void *data, uint32_t events)
{
	const uint8_t *section;
	struct vms_header header;

	(void)data;
	(void)events;
	guest_peer_receive(&lying.peer);
	while (guest_peer_next(&lying.peer, &header, &section))
		take_frame(&header, section);
	if (lying.peer.ended)
		loop_watch_set(lying.watch, 0);
}

static bool is_up(void)
{
	return harness.ups || harness.fatals;
}

void lying_start(enum profile_choice choice)
{
	int fd = guest_peer_init_pair(&lying.peer);

	assert_int_equal(loop_watch(harness.loop, lying.peer.fd, EPOLLIN,
				    readable, NULL, &lying.watch),
			 0);
	harness_attach(fd, choice);
	harness_until(is_up);
}

void lying_settle(void)
{
	harness_settle();
}

int lying_init(void **state)
{
	memset(&lying, 0, sizeof(lying));
	lying.peer.fd = -1;
	return harness_setup(state);
}

int lying_setup(void **state)
{
	int ret = lying_init(state);

	lying_start(PROFILE_CHOICE_STREAM);
	assert_int_equal(harness.fatals, 0);
	return ret;
}

void lying_radio(struct vms_hello_ack *ack)
{
	ack->capability.device_caps = FAKE_RADIO;
	ack->capability.capabilities = FAKE_RADIO | V4L2_CAP_DEVICE_CAPS;
	ack->config.device_caps = FAKE_RADIO;
}

int lying_setup_radio(void **state)
{
	int ret = lying_init(state);

	lying.hello = lying_radio;
	lying_start(PROFILE_CHOICE_AUTO);
	harness_open(&lying.file);
	return ret;
}

int lying_teardown(void **state)
{
	loop_watch_remove(lying.watch);
	guest_peer_finish(&lying.peer);
	return harness_teardown(state);
}

/* ---- what is checked after a lie ------------------------------------------ */

void lying_open_both(void (*lie)(struct lying_answer *answer))
{
	harness_open(&lying.file);
	harness_open(&lying.other);
	lying.lie = lie;
	lying.lies = stats_get(STATS_LIES);
}

uint32_t lying_stream(void)
{
	harness_open(&lying.file);
	stream_start(&lying.file, CAPTURE, 3);
	return lying.sessions;
}

uint64_t lying_addr(unsigned int index)
{
	const struct queue *queue = &lying.file.session->queues[CAPTURE];

	return queue->buffers[index]->planes[0].mapping->addr;
}

int lying_reqbufs(uint32_t count)
{
	return stream_reqbufs(&lying.file, V4L2_BUF_TYPE_VIDEO_CAPTURE,
			      V4L2_MEMORY_MMAP, count);
}

void lying_expect_session_ended(void)
{
	uint32_t priority;

	assert_int_equal(stats_get(STATS_LIES) - lying.lies, 1);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_G_PRIORITY, &priority),
			 -EIO);
	assert_int_equal(front_poll(&lying.file, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
	assert_int_equal(harness.device->window.count, 0);
	assert_null(harness.device->owner);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
	assert_true(harness.device->ready);
	lying.lie = NULL;
	stream_start(&lying.other, V4L2_BUF_TYPE_VIDEO_CAPTURE, 2);
	assert_int_equal(front_close(&lying.other), 0);
}
