// SPDX-License-Identifier: BSD-3-Clause
/*
 * A memory to memory node, for the lab's programs that compare how two nodes behave.
 */
#include "tests/lab/shared/m2m.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

static bool multiplanar(const struct m2m_queue *queue)
{
	return V4L2_TYPE_IS_MULTIPLANAR(queue->type);
}

void m2m_open(struct m2m *m2m, const char *path)
{
	struct v4l2_capability cap;
	bool planes;

	memset(m2m, 0, sizeof(*m2m));
	m2m->fd = open(path, O_RDWR);
	if (m2m->fd < 0)
		fatal(path);
	if (ioctl(m2m->fd, VIDIOC_QUERYCAP, &cap) < 0)
		fatal("QUERYCAP");
	planes = cap.device_caps & V4L2_CAP_VIDEO_M2M_MPLANE;
	m2m->output.fd = m2m->fd;
	m2m->output.type = planes ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
				  : V4L2_BUF_TYPE_VIDEO_OUTPUT;
	m2m->capture.fd = m2m->fd;
	m2m->capture.type = planes ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
				   : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

void m2m_close(struct m2m *m2m)
{
	close(m2m->fd);
	free(m2m->output.memory);
	free(m2m->capture.memory);
}

int m2m_format(struct m2m_queue *queue, uint32_t pixelformat, uint32_t width,
	       uint32_t height)
{
	struct v4l2_format format = { .type = queue->type };

	if (multiplanar(queue)) {
		format.fmt.pix_mp.pixelformat = pixelformat;
		format.fmt.pix_mp.width = width;
		format.fmt.pix_mp.height = height;
		format.fmt.pix_mp.num_planes = 1;
	} else {
		format.fmt.pix.pixelformat = pixelformat;
		format.fmt.pix.width = width;
		format.fmt.pix.height = height;
	}
	return ioctl(queue->fd, VIDIOC_S_FMT, &format);
}

int m2m_get_format(struct m2m_queue *queue, struct v4l2_pix_format *out)
{
	struct v4l2_format format = { .type = queue->type };

	if (ioctl(queue->fd, VIDIOC_G_FMT, &format) < 0)
		return -1;
	if (!multiplanar(queue)) {
		*out = format.fmt.pix;
		return 0;
	}
	memset(out, 0, sizeof(*out));
	out->width = format.fmt.pix_mp.width;
	out->height = format.fmt.pix_mp.height;
	out->pixelformat = format.fmt.pix_mp.pixelformat;
	out->sizeimage = format.fmt.pix_mp.plane_fmt[0].sizeimage;
	return 0;
}

int m2m_request(struct m2m_queue *queue, unsigned int count)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = queue->type,
		.memory = V4L2_MEMORY_USERPTR,
	};
	struct v4l2_pix_format format;

	if (ioctl(queue->fd, VIDIOC_REQBUFS, &request) < 0)
		return -1;
	if (!count)
		return 0;
	if (m2m_get_format(queue, &format) < 0)
		fatal("G_FMT");
	free(queue->memory);
	queue->size = format.sizeimage;
	queue->memory = calloc(M2M_BUFFERS, queue->size);
	if (!queue->memory)
		fatal("calloc");
	return 0;
}

unsigned char *m2m_bytes(const struct m2m_queue *queue, unsigned int index)
{
	return queue->memory + index * queue->size;
}

int m2m_queue(struct m2m_queue *queue, unsigned int index, size_t used,
	      long time)
{
	struct v4l2_plane plane = {
		.bytesused = (uint32_t)used,
		.length = (uint32_t)queue->size,
		.m.userptr = (unsigned long)m2m_bytes(queue, index),
	};
	struct v4l2_buffer buffer = {
		.index = index,
		.type = queue->type,
		.memory = V4L2_MEMORY_USERPTR,
		.field = V4L2_FIELD_NONE,
		.timestamp.tv_sec = time,
	};

	if (multiplanar(queue)) {
		buffer.m.planes = &plane;
		buffer.length = 1;
	} else {
		buffer.bytesused = plane.bytesused;
		buffer.length = plane.length;
		buffer.m.userptr = plane.m.userptr;
	}
	return ioctl(queue->fd, VIDIOC_QBUF, &buffer);
}

void m2m_queue_all(struct m2m_queue *queue, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (m2m_queue(queue, i, 0, 0) < 0)
			fatal("QBUF");
}

int m2m_stream(struct m2m_queue *queue, bool on)
{
	return ioctl(queue->fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF,
		     &queue->type);
}

int m2m_encoder(struct m2m *m2m, uint32_t command)
{
	struct v4l2_encoder_cmd arg = { .cmd = command };

	return ioctl(m2m->fd, VIDIOC_ENCODER_CMD, &arg);
}

int m2m_decoder(struct m2m *m2m, uint32_t command)
{
	struct v4l2_decoder_cmd arg = { .cmd = command };

	return ioctl(m2m->fd, VIDIOC_DECODER_CMD, &arg);
}

int m2m_subscribe(struct m2m *m2m, uint32_t type)
{
	struct v4l2_event_subscription subscription = { .type = type };

	return ioctl(m2m->fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

/* ---- facts -------------------------------------------------------------------- */

void m2m_fact(const char *what, int result)
{
	fact(what, result_name(result));
}

/* FNV-1a */
static uint32_t sum(const unsigned char *bytes, size_t len)
{
	uint32_t hash = 2166136261;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * 16777619;
	return hash;
}

const char *m2m_done(struct m2m_queue *queue, uint32_t *flags)
{
	static _Thread_local char text[128];
	struct v4l2_plane plane = { 0 };
	struct v4l2_buffer buffer = {
		.type = queue->type,
		.memory = V4L2_MEMORY_USERPTR,
	};
	size_t used;

	*flags = 0;
	if (multiplanar(queue)) {
		buffer.m.planes = &plane;
		buffer.length = 1;
	}
	if (ioctl(queue->fd, VIDIOC_DQBUF, &buffer) < 0)
		return result_name(-1);
	used = multiplanar(queue) ? plane.bytesused : buffer.bytesused;
	snprintf(text, sizeof(text),
		 "%u: %zu bytes %08x, flags %#x, field %u, sequence %u, %ld s",
		 buffer.index, used, sum(m2m_bytes(queue, buffer.index), used),
		 buffer.flags, buffer.field, buffer.sequence,
		 (long)buffer.timestamp.tv_sec);
	*flags = buffer.flags;
	return text;
}

uint32_t m2m_fact_done(const char *what, struct m2m_queue *queue)
{
	uint32_t flags;

	fact(what, m2m_done(queue, &flags));
	return flags;
}

void m2m_fact_event(const char *what, struct m2m *m2m)
{
	struct v4l2_event event;
	char text[64];

	if (ioctl(m2m->fd, VIDIOC_DQEVENT, &event) < 0) {
		m2m_fact(what, -1);
		return;
	}
	snprintf(text, sizeof(text),
		 "type %u, changes %u, pending %u, sequence %u", event.type,
		 event.u.src_change.changes, event.pending, event.sequence);
	fact(what, text);
}

void m2m_fact_poll(const char *what, struct m2m *m2m)
{
	fact(what,
	     events_name(node_poll(m2m->fd, POLLIN | POLLOUT | POLLPRI, 0)));
}
