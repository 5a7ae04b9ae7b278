// SPDX-License-Identifier: BSD-3-Clause
/*
 * A libv4l2 that does what a test wants, with a camera behind it.
 */
#include "tests/fake_libv4l2.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fake_libv4l2 fake_libv4l2;

static int failed(int error)
{
	errno = error;
	return -1;
}

static int fake_fd_open(int fd, int flags)
{
	int error = fake_libv4l2.open_error;

	(void)flags;
	fake_libv4l2.open_error = 0;
	if (error)
		return failed(error);
	fake_libv4l2.believed = fake_libv4l2.format;
	fake_libv4l2.opens++;
	return fd;
}

static int fake_close(int fd)
{
	fake_libv4l2.opens--;
	return close(fd);
}

/* ---- ioctls ------------------------------------------------------------- */

static int reqbufs(struct v4l2_requestbuffers *request)
{
	if (fake_libv4l2.mapped)
		return failed(EBUSY);
	if (request->count > FAKE_LIBV4L2_FRAMES)
		request->count = FAKE_LIBV4L2_FRAMES;
	fake_libv4l2.buffers = request->count;
	request->capabilities =
		V4L2_BUF_CAP_SUPPORTS_MMAP | V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS;
	if (fake_libv4l2.requested)
		fake_libv4l2.requested();
	return 0;
}

static void show(struct v4l2_buffer *buffer, uint32_t index)
{
	buffer->index = index;
	buffer->m.offset = FAKE_LIBV4L2_OFFSET | index;
	buffer->length = FAKE_LIBV4L2_LEN;
}

static int querybuf(struct v4l2_buffer *buffer)
{
	/* As the real one, when another file has made the buffers. */
	show(buffer, buffer->index < fake_libv4l2.buffers ? buffer->index : 0);
	return 0;
}

static int dqbuf(struct v4l2_buffer *buffer)
{
	if (fake_libv4l2.done < 0)
		return failed(EAGAIN);
	show(buffer, (uint32_t)fake_libv4l2.done);
	buffer->bytesused = fake_libv4l2.used;
	fake_libv4l2.done = -1;
	return 0;
}

static int s_fmt(struct v4l2_format *format)
{
	if (format->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
		return 0;
	fake_libv4l2.set_formats++;
	fake_libv4l2.format = format->fmt.pix;
	fake_libv4l2.believed = fake_libv4l2.format;
	return 0;
}

static int querycap(struct v4l2_capability *capability)
{
	capability->capabilities = fake_libv4l2.caps | V4L2_CAP_DEVICE_CAPS;
	capability->device_caps = fake_libv4l2.caps;
	return 0;
}

static int run(unsigned long cmd, void *arg)
{
	switch (cmd) {
	case VIDIOC_QUERYCAP:
		querycap(arg);
		((struct v4l2_capability *)arg)->device_caps |=
			V4L2_CAP_READWRITE;
		return 0;
	case VIDIOC_G_FMT:
		((struct v4l2_format *)arg)->fmt.pix = fake_libv4l2.believed;
		return 0;
	case VIDIOC_S_FMT:
		return s_fmt(arg);
	case VIDIOC_REQBUFS:
		return reqbufs(arg);
	case VIDIOC_QUERYBUF:
		return querybuf(arg);
	case VIDIOC_DQBUF:
		return dqbuf(arg);
	default:
		return 0;
	}
}

static int fake_ioctl(int fd, unsigned long cmd, ...)
{
	va_list args;
	void *arg;

	(void)fd;
	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	fake_libv4l2.ioctls++;
	fake_libv4l2.last_cmd = cmd;
	if (cmd == fake_libv4l2.fail_cmd && fake_libv4l2.fail_count) {
		fake_libv4l2.fail_count--;
		return failed(fake_libv4l2.fail_error);
	}
	return run(cmd, arg);
}

static int fake_plain(int fd, unsigned long cmd, ...)
{
	va_list args;
	void *arg;

	(void)fd;
	va_start(args, cmd);
	arg = va_arg(args, void *);
	va_end(args);
	switch (cmd) {
	case VIDIOC_QUERYCAP:
		return querycap(arg);
	case VIDIOC_G_FMT:
		((struct v4l2_format *)arg)->fmt.pix = fake_libv4l2.format;
		return 0;
	default:
		return failed(ENOTTY);
	}
}

/* ---- memory --------------------------------------------------------------- */

static void *fake_mmap(void *start, size_t len, int prot, int flags, int fd,
		       int64_t offset)
{
	uint32_t index = (uint32_t)offset & 0xff;

	(void)start;
	(void)prot;
	(void)flags;
	(void)fd;
	if (fake_libv4l2.mmap_fails) {
		fake_libv4l2.mmap_fails--;
		errno = ENOMEM;
		return MAP_FAILED;
	}
	if ((uint32_t)offset != (FAKE_LIBV4L2_OFFSET | index) ||
	    index >= fake_libv4l2.buffers || len != FAKE_LIBV4L2_LEN) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	fake_libv4l2.mapped++;
	return fake_libv4l2.frames[index];
}

static int fake_munmap(void *start, size_t len)
{
	(void)start;
	(void)len;
	fake_libv4l2.mapped--;
	return 0;
}

static const char *fake_said(void)
{
	return fake_libv4l2.said;
}

const struct libv4l2 fake_libv4l2_table = {
	.fd_open = fake_fd_open,
	.close = fake_close,
	.ioctl = fake_ioctl,
	.mmap = fake_mmap,
	.munmap = fake_munmap,
	.plain = fake_plain,
	.said = fake_said,
};

void fake_libv4l2_init(void)
{
	memset(&fake_libv4l2, 0, sizeof(fake_libv4l2));
	fake_libv4l2.caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING |
			    V4L2_CAP_EXT_PIX_FORMAT;
	fake_libv4l2.format.width = 16;
	fake_libv4l2.format.height = 16;
	fake_libv4l2.format.pixelformat = V4L2_PIX_FMT_MJPEG;
	fake_libv4l2.said = "";
	fake_libv4l2.done = -1;
}
