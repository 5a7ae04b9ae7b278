// SPDX-License-Identifier: BSD-3-Clause
/*
 * capture: how frames are had.
 *
 * The time that counts begins and ends with a call that does nothing, for who looks
 * at all calls of a program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/lab/capture_parts/capture.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define PATIENCE_S 20

static _Noreturn void die_wrong(const char *what)
{
	fprintf(stderr, "capture: %s\n", what);
	exit(1);
}

/* ---- format and rate ------------------------------------------------------------- */

static void set_format(struct capture *capture)
{
	struct v4l2_format format;
	struct v4l2_pix_format *pix = &format.fmt.pix;

	if (node_get_format(capture->fd, &format) < 0)
		fatal("G_FMT");
	if (capture->width) {
		pix->width = capture->width;
		pix->height = capture->height;
		pix->pixelformat = V4L2_PIX_FMT_YUYV;
		pix->bytesperline = 0;
		pix->sizeimage = 0;
		if (ioctl(capture->fd, VIDIOC_S_FMT, &format) < 0)
			fatal("S_FMT");
		if (pix->width != capture->width ||
		    pix->height != capture->height)
			die_wrong("S_FMT: the device has no such size");
	}
	if (pix->pixelformat != V4L2_PIX_FMT_YUYV)
		die_wrong("the device does not give YUYV");
	capture->len = pix->sizeimage;
}

static void set_fps(struct capture *capture)
{
	struct v4l2_streamparm parm = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.parm.capture.timeperframe = { 1, capture->fps },
	};
	struct v4l2_fract *frame = &parm.parm.capture.timeperframe;

	if (ioctl(capture->fd, VIDIOC_S_PARM, &parm) < 0)
		fatal("S_PARM");
	if (frame->numerator * capture->fps != frame->denominator)
		die_wrong("S_PARM: the device has no such rate");
}

void capture_set(struct capture *capture)
{
	set_format(capture);
	if (capture->fps)
		set_fps(capture);
}

/* ---- the time that counts ---------------------------------------------------------- */

/* What all of them have used so far */
static uint64_t costs(const struct capture *capture)
{
	uint64_t cpu_ns = 0;
	char *at = capture->costs;

	while (at && *at) {
		cpu_ns += process_cpu_ns((pid_t)strtol(at, &at, 10));
		at += *at == ',';
	}
	return cpu_ns;
}

/* There is no such file, and nobody minds. */
static void mark(const char *name)
{
	if (access(name, F_OK) == 0)
		die_wrong(name);
}

static void begin(struct capture *capture)
{
	capture->counts = true;
	capture->seen = 0;
	capture->lost = 0;
	capture->interval_ns = 0;
	capture->cpu_ns = costs(capture);
	mark("/capture begins");
}

static void end(struct capture *capture)
{
	mark("/capture ends");
	capture->cpu_ns = costs(capture) - capture->cpu_ns;
}

/* Before each frame */
static bool enough(struct capture *capture)
{
	if (!capture->counts) {
		if (capture->seen >= capture->warm)
			begin(capture);
		return false;
	}
	if (capture->frames && capture->seen >= capture->frames)
		return true;
	return capture->seconds && capture->seen &&
	       now_ns() - capture->first_ns >=
		       capture->seconds * CAPTURE_SECOND_NS;
}

/* ---- read() ------------------------------------------------------------------------ */

static size_t stride(const struct capture *capture)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (capture->len + page - 1) / page * page;
}

static void allocate(struct capture *capture, unsigned int count)
{
	uint8_t *memory =
		mmap(NULL, stride(capture) * count, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int i;

	if (memory == MAP_FAILED)
		fatal("mmap");
	for (i = 0; i < count; i++)
		capture->memory[i] = memory + stride(capture) * i;
}

static void take_read(struct capture *capture)
{
	ssize_t got;

	allocate(capture, 1);
	while (!enough(capture)) {
		alarm(PATIENCE_S);
		got = read(capture->fd, capture->memory[0], capture->len);
		if (got < 0)
			fatal("read");
		if (!got && capture->method == CAPTURE_FILE)
			break;
		/* A driver gives the whole frame to who has room for it. */
		if ((size_t)got != capture->len)
			die_wrong("read: not a whole frame");
		capture_look(capture, capture->memory[0], NULL);
	}
	end(capture);
	alarm(0);
}

/* ---- buffers ------------------------------------------------------------------------ */

static void map(struct capture *capture, unsigned int index)
{
	struct v4l2_buffer buffer = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	if (ioctl(capture->fd, VIDIOC_QUERYBUF, &buffer) < 0)
		fatal("QUERYBUF");
	if (buffer.length < capture->len)
		die_wrong("QUERYBUF: less than a frame");
	capture->memory[index] =
		mmap(NULL, buffer.length, PROT_READ | PROT_WRITE, MAP_SHARED,
		     capture->fd, buffer.m.offset);
	if (capture->memory[index] == MAP_FAILED)
		fatal("mmap");
}

static void queue(struct capture *capture, unsigned int index)
{
	int ret;

	if (capture->method == CAPTURE_MAP)
		ret = node_queue(capture->fd, index);
	else
		ret = node_queue_pointer(capture->fd, index,
					 capture->memory[index], capture->len);
	if (ret < 0)
		fatal("QBUF");
}

static void dequeue(struct capture *capture, uint32_t memory,
		    struct v4l2_buffer *buffer)
{
	*buffer = (struct v4l2_buffer){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = memory,
	};

	if (ioctl(capture->fd, VIDIOC_DQBUF, buffer) < 0)
		fatal("DQBUF");
	if (buffer->index >= capture->buffers)
		die_wrong("DQBUF: no such buffer");
	if (memory == V4L2_MEMORY_USERPTR &&
	    buffer->m.userptr != (unsigned long)capture->memory[buffer->index])
		die_wrong("DQBUF: not the address that was queued");
}

static void get_buffers(struct capture *capture, uint32_t memory)
{
	int count = node_buffers(capture->fd, capture->buffers, memory);
	unsigned int i;

	if (count < 0)
		fatal("REQBUFS");
	if ((unsigned int)count != capture->buffers)
		die_wrong("REQBUFS: another number of buffers");
	if (memory == V4L2_MEMORY_USERPTR)
		allocate(capture, capture->buffers);
	else
		for (i = 0; i < capture->buffers; i++)
			map(capture, i);
}

/* What is queued is looked at as a whole, when the time that counts is over. */
static void take_rest(struct capture *capture, uint32_t memory)
{
	struct v4l2_buffer buffer;
	unsigned int i;

	for (i = 0; i < capture->buffers; i++) {
		alarm(PATIENCE_S);
		dequeue(capture, memory, &buffer);
		capture_look_whole(capture, capture->memory[buffer.index]);
	}
}

static void take_buffers(struct capture *capture, uint32_t memory)
{
	struct v4l2_buffer buffer;
	unsigned int i;

	get_buffers(capture, memory);
	for (i = 0; i < capture->buffers; i++)
		queue(capture, i);
	if (node_stream(capture->fd, true) < 0)
		fatal("STREAMON");

	while (!enough(capture)) {
		alarm(PATIENCE_S);
		dequeue(capture, memory, &buffer);
		capture_look(capture, capture->memory[buffer.index], &buffer);
		queue(capture, buffer.index);
	}
	end(capture);
	if (capture->ends)
		take_rest(capture, memory);
	alarm(0);

	if (node_stream(capture->fd, false) < 0)
		fatal("STREAMOFF");
	for (i = 0; memory == V4L2_MEMORY_MMAP && i < capture->buffers; i++)
		munmap(capture->memory[i], capture->len);
	if (node_buffers(capture->fd, 0, memory) < 0)
		fatal("REQBUFS of none");
}

void capture_take(struct capture *capture)
{
	switch (capture->method) {
	case CAPTURE_READ:
	case CAPTURE_FILE:
		take_read(capture);
		break;
	case CAPTURE_USER:
		take_buffers(capture, V4L2_MEMORY_USERPTR);
		break;
	case CAPTURE_MAP:
		take_buffers(capture, V4L2_MEMORY_MMAP);
		break;
	}
}
