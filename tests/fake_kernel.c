// SPDX-License-Identifier: BSD-3-Clause
/*
 * A node for usermedia-bench.
 */
#include "tests/fake_kernel.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <linux/videodev2.h>

#include "tests/bench/kernel.h"

#define FD         77
#define FRAME_LEN  1024
#define BUFFERS    4
#define PLANES     2
#define FIRST_NS   5000000
#define MENU_ITEMS 3

struct fake_kernel fake_kernel;

static struct {
	uint64_t due_ns; /* the next frame */
	unsigned int frames;
	uint32_t sequence;
	unsigned int next_buffer;
} at;

int fake_kernel_setup(void **state)
{
	(void)state;
	memset(&at, 0, sizeof(at));
	fake_kernel = (struct fake_kernel){
		.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
			V4L2_CAP_READWRITE,
		.maps = true,
		.call_ns = 2000,
		.frame_ns = 40000000,
		.now_ns = 1000000000,
	};
	return 0;
}

static uint32_t buffer_type(void)
{
	return fake_kernel.multiplanar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
				       : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static void begin(void)
{
	at.due_ns = fake_kernel.now_ns + FIRST_NS;
	at.frames = 0;
	at.sequence = 0;
	at.next_buffer = 0;
}

/* A frame was taken, the next one will come. */
static int pass_frame(void)
{
	if (++at.frames == fake_kernel.fails_at)
		return -EIO;
	at.due_ns += fake_kernel.frame_ns;
	at.sequence++;
	if (at.frames == 5) {
		at.sequence += fake_kernel.skip;
		at.due_ns += fake_kernel.skip * fake_kernel.frame_ns;
	}
	return 0;
}

/* ---- ioctls ---------------------------------------------------------------------- */

static int query(struct v4l2_capability *arg)
{
	memset(arg, 0, sizeof(*arg));
	memcpy(arg->driver, "fake\n", 5);
	memcpy(arg->card, "Fake \"Camera\" <&", 16);
	arg->device_caps = fake_kernel.caps;
	arg->capabilities = fake_kernel.caps | V4L2_CAP_DEVICE_CAPS;
	return 0;
}

static int get_format(struct v4l2_format *arg)
{
	if (arg->type != buffer_type())
		return -EINVAL;
	if (fake_kernel.multiplanar) {
		arg->fmt.pix_mp.width = 640;
		arg->fmt.pix_mp.height = 480;
		arg->fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV12M;
		arg->fmt.pix_mp.num_planes = PLANES;
		arg->fmt.pix_mp.plane_fmt[0].sizeimage = FRAME_LEN;
		arg->fmt.pix_mp.plane_fmt[1].sizeimage = FRAME_LEN;
	} else {
		arg->fmt.pix.width = 640;
		arg->fmt.pix.height = 480;
		arg->fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
		arg->fmt.pix.sizeimage = FRAME_LEN;
	}
	return 0;
}

static int end_at(uint32_t index, uint32_t count)
{
	return index < count || fake_kernel.endless ? 0 : -EINVAL;
}

static int query_control(struct v4l2_query_ext_ctrl *arg)
{
	if (arg->id == V4L2_CTRL_FLAG_NEXT_CTRL || fake_kernel.endless) {
		arg->id = V4L2_CID_BRIGHTNESS;
		arg->type = V4L2_CTRL_TYPE_INTEGER;
	} else if (arg->id ==
		   (V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CID_BRIGHTNESS)) {
		arg->id = V4L2_CID_POWER_LINE_FREQUENCY;
		arg->type = V4L2_CTRL_TYPE_MENU;
		arg->maximum = MENU_ITEMS - 1;
	} else {
		return -EINVAL;
	}
	return 0;
}

static int request(struct v4l2_requestbuffers *arg)
{
	if (fake_kernel.no_userptr && arg->memory == V4L2_MEMORY_USERPTR)
		return -EINVAL;
	arg->count = arg->count ? BUFFERS : 0;
	fake_kernel.queued = 0;
	return 0;
}

static int query_buffer(struct v4l2_buffer *arg)
{
	if (fake_kernel.multiplanar) {
		arg->length = PLANES;
		arg->m.planes[0].length = FRAME_LEN;
		arg->m.planes[1].length = FRAME_LEN;
	} else {
		arg->length = FRAME_LEN;
	}
	return 0;
}

static int queue(const struct v4l2_buffer *arg)
{
	if (arg->index >= BUFFERS ||
	    (fake_kernel.multiplanar && arg->length != PLANES))
		return -EINVAL;
	fake_kernel.queued++;
	return 0;
}

static int dequeue(struct v4l2_buffer *arg)
{
	uint64_t stamp_ns = at.due_ns - fake_kernel.late_ns;

	if (fake_kernel.now_ns < at.due_ns || !fake_kernel.queued)
		return -EAGAIN;
	fake_kernel.queued--;
	arg->index = at.next_buffer++ % BUFFERS;
	arg->sequence = at.sequence;
	arg->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	arg->timestamp.tv_sec = (time_t)(stamp_ns / 1000000000);
	arg->timestamp.tv_usec = (suseconds_t)(stamp_ns % 1000000000 / 1000);
	return pass_frame();
}

static int set_streams(bool on)
{
	fake_kernel.streams = on;
	fake_kernel.queued = on ? fake_kernel.queued : 0;
	if (on)
		begin();
	return 0;
}

static int get_parm(struct v4l2_streamparm *arg)
{
	arg->parm.capture.timeperframe.numerator = 1;
	arg->parm.capture.timeperframe.denominator =
		(uint32_t)(1000000000 / fake_kernel.frame_ns);
	return 0;
}

static int answer(unsigned long cmd, void *arg)
{
	struct v4l2_frmsizeenum *size = arg;
	struct v4l2_frmivalenum *rate = arg;
	const struct v4l2_fmtdesc *format = arg;
	const struct v4l2_input *input = arg;

	switch (cmd) {
	case VIDIOC_QUERYCAP:
		return query(arg);
	case VIDIOC_G_FMT:
	case VIDIOC_TRY_FMT:
		return get_format(arg);
	case VIDIOC_ENUM_FMT:
		return end_at(format->index, 1);
	case VIDIOC_ENUM_FRAMESIZES:
		size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
		return end_at(size->index, 2);
	case VIDIOC_ENUM_FRAMEINTERVALS:
		rate->type = V4L2_FRMIVAL_TYPE_DISCRETE;
		return end_at(rate->index, 2);
	case VIDIOC_ENUMINPUT:
		return end_at(input->index, 1);
	case VIDIOC_QUERY_EXT_CTRL:
		return query_control(arg);
	case VIDIOC_QUERYCTRL:
	case VIDIOC_QUERYMENU:
	case VIDIOC_G_CTRL:
		return 0;
	case VIDIOC_G_PARM:
		return get_parm(arg);
	case VIDIOC_REQBUFS:
		return request(arg);
	case VIDIOC_QUERYBUF:
		return query_buffer(arg);
	case VIDIOC_QBUF:
		return queue(arg);
	case VIDIOC_DQBUF:
		return dequeue(arg);
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		return set_streams(cmd == VIDIOC_STREAMON);
	default:
		return -ENOTTY;
	}
}

/* ---- what usermedia-bench calls ---------------------------------------------------- */

int kernel_open(const char *path)
{
	fake_kernel.now_ns += fake_kernel.call_ns;
	if (strcmp(path, "/dev/fake") != 0)
		return -ENOENT;
	fake_kernel.opened++;
	return FD;
}

void kernel_close(int fd)
{
	(void)fd;
	fake_kernel.now_ns += fake_kernel.call_ns;
	fake_kernel.opened--;
}

int kernel_ioctl(int fd, unsigned long cmd, void *arg)
{
	(void)fd;
	fake_kernel.now_ns += fake_kernel.call_ns;
	fake_kernel.calls++;
	return answer(cmd, arg);
}

int kernel_poll(int fd, int events, int ms)
{
	(void)fd;
	fake_kernel.now_ns += fake_kernel.call_ns;
	if (!ms)
		return 0;
	if (!fake_kernel.streams) /* read() */
		begin();
	fake_kernel.streams = true;
	if (fake_kernel.now_ns < at.due_ns)
		fake_kernel.now_ns = at.due_ns;
	return events;
}

ssize_t kernel_read(int fd, void *bytes, size_t len)
{
	int ret = pass_frame();

	(void)fd;
	fake_kernel.now_ns += fake_kernel.call_ns;
	memset(bytes, 0, len);
	return ret ? ret : (ssize_t)len;
}

int kernel_mmap(int fd, size_t len, int64_t offset, void **out)
{
	(void)fd;
	(void)offset;
	if (!fake_kernel.maps)
		return -ENODEV;
	*out = calloc(1, len);
	if (!*out)
		return -ENOMEM;
	fake_kernel.mapped++;
	return 0;
}

void kernel_munmap(void *memory, size_t len)
{
	(void)len;
	fake_kernel.mapped--;
	free(memory);
}

uint64_t kernel_now_ns(void)
{
	return fake_kernel.now_ns;
}
