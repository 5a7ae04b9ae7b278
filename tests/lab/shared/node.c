// SPDX-License-Identifier: BSD-3-Clause
/*
 * A V4L2 capture node, for the lab's programs that compare how two nodes behave.
 *
 * What a program needs for its test and does not get ends it, with one line on
 * stderr: those that return nothing do.  The others return what the call does.
 */
#include "tests/lab/shared/node.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/lab/shared/process.h"

int node_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | flags);

	if (fd < 0)
		fatal(path);
	return fd;
}

int node_buffers(int fd, unsigned int count, uint32_t memory)
{
	struct v4l2_requestbuffers request = {
		.count = count,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory,
	};

	if (ioctl(fd, VIDIOC_REQBUFS, &request) < 0)
		return -1;
	return (int)request.count;
}

int node_queue(int fd, unsigned int index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	return ioctl(fd, VIDIOC_QBUF, &buffer);
}

int node_queue_all(int fd)
{
	unsigned int i;

	for (i = 0; i < NODE_BUFFERS; i++)
		if (node_queue(fd, i) < 0)
			return -1;
	return 0;
}

int node_dequeue(int fd)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(fd, VIDIOC_DQBUF, &buffer) < 0)
		return -1;
	return (int)buffer.index;
}

int node_stream(int fd, bool on)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return ioctl(fd, on ? VIDIOC_STREAMON : VIDIOC_STREAMOFF, &type);
}

void node_start(int fd)
{
	if (node_buffers(fd, NODE_BUFFERS, V4L2_MEMORY_MMAP) < 0)
		fatal("REQBUFS");
	if (node_stream(fd, true) < 0)
		fatal("STREAMON");
}

void node_start_queued(int fd)
{
	node_start(fd);
	if (node_queue_all(fd) < 0)
		fatal("QBUF");
}

uint32_t node_flags(int fd, unsigned int index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(fd, VIDIOC_QUERYBUF, &buffer) < 0)
		fatal("QUERYBUF");
	return buffer.flags;
}

void node_wait_done(int fd, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		while (!(node_flags(fd, i) & V4L2_BUF_FLAG_DONE))
			pause_ms(2);
}

void node_set_fps(int fd, unsigned int fps)
{
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = { 1, fps },
	};

	if (ioctl(fd, VIDIOC_S_PARM, &parm) < 0)
		fatal("S_PARM");
}

ssize_t node_read(int fd)
{
	static char frame[4 << 20];

	return read(fd, frame, sizeof(frame));
}

int node_get_format(int fd, struct v4l2_format *format)
{
	memset(format, 0, sizeof(*format));
	format->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	return ioctl(fd, VIDIOC_G_FMT, format);
}

size_t node_frame_len(int fd)
{
	struct v4l2_format format;

	if (node_get_format(fd, &format) < 0)
		fatal("G_FMT");
	return format.fmt.pix.sizeimage;
}

int node_queue_pointer(int fd, unsigned int index, void *memory, size_t len)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_USERPTR,
		.m.userptr = (unsigned long)memory,
		.length = (uint32_t)len,
	};

	return ioctl(fd, VIDIOC_QBUF, &buffer);
}

uint32_t node_find_control(int fd, const char *name)
{
	struct v4l2_query_ext_ctrl info = { .id = V4L2_CTRL_FLAG_NEXT_CTRL };

	while (!ioctl(fd, VIDIOC_QUERY_EXT_CTRL, &info)) {
		if (!strcmp(info.name, name))
			return info.id;
		info.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
	}
	fatal(name);
}

int node_set_control(int fd, uint32_t id, int value)
{
	struct v4l2_control control = { .id = id, .value = value };

	return ioctl(fd, VIDIOC_S_CTRL, &control);
}

int node_get_control(int fd, uint32_t id)
{
	struct v4l2_control control = { .id = id };

	return ioctl(fd, VIDIOC_G_CTRL, &control) < 0 ? -1 : control.value;
}

int node_get_array(int fd, struct v4l2_ext_control *array)
{
	struct v4l2_ext_controls controls = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = 1,
		.controls = array,
	};

	return ioctl(fd, VIDIOC_G_EXT_CTRLS, &controls);
}

void node_change_control(int fd, uint32_t id)
{
	if (node_set_control(fd, id, !node_get_control(fd, id)) < 0)
		fatal("S_CTRL");
}

int node_subscribe_event(int fd, uint32_t type, uint32_t id, uint32_t flags)
{
	struct v4l2_event_subscription subscription = {
		.type = type,
		.id = id,
		.flags = flags,
	};

	return ioctl(fd, VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

int node_subscribe(int fd, uint32_t id)
{
	return node_subscribe_event(fd, V4L2_EVENT_CTRL, id, 0);
}

int node_dequeue_event(int fd)
{
	struct v4l2_event event;

	return ioctl(fd, VIDIOC_DQEVENT, &event);
}

int node_poll(int fd, int events, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = (short)events };

	return poll(&pollfd, 1, ms) < 0 ? -1 : pollfd.revents;
}
