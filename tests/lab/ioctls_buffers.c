// SPDX-License-Identifier: BSD-3-Clause
/*
 * ioctls_buffers NODE mmap|userptr: the ioctls of buffers, whose arguments differ
 * between 32-bit and 64-bit programs, on a capture node with one plane or several.
 *
 * One line per call, `TEST, WHAT: RESULT BYTES', as ioctls has them.  MMAP buffers
 * are queued and dequeued, but not mapped.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

#define BUFFERS 3

static enum v4l2_memory memory;
static bool mplane;
static uint32_t type;
static int fd;

static struct v4l2_buffer buffer;
static struct v4l2_plane planes[VIDEO_MAX_PLANES + 1];
static uint32_t plane_count;
static uint32_t lengths[VIDEO_MAX_PLANES];
static uint8_t *frames[BUFFERS][VIDEO_MAX_PLANES];

/* ---- arguments ----------------------------------------------------------------- */

/* 0x5a wherever the kernel need not read anything */
static void fill(uint32_t index)
{
	memset(&buffer, 0x5a, sizeof(buffer));
	memset(planes, 0x5a, sizeof(planes));
	buffer.index = index;
	buffer.type = type;
	buffer.memory = memory;
	buffer.flags = 0;
	if (mplane) {
		buffer.m.planes = planes;
		buffer.length = VIDEO_MAX_PLANES;
	}
}

static void fill_memory(uint32_t index)
{
	uint32_t i;

	fill(index);
	if (memory != V4L2_MEMORY_USERPTR)
		return;
	if (!mplane) {
		buffer.m.userptr = (unsigned long)frames[index][0];
		buffer.length = lengths[0];
		return;
	}
	for (i = 0; i < plane_count; i++) {
		planes[i].m.userptr = (unsigned long)frames[index][i];
		planes[i].length = lengths[i];
	}
}

/* ---- what comes back -------------------------------------------------------------- */

/* Offsets are any node's own. */
static const char *location(uint32_t index, uint32_t plane,
			    unsigned long userptr)
{
	if (memory == V4L2_MEMORY_MMAP)
		return "an offset";
	if (!userptr)
		return "none";
	return userptr == (unsigned long)frames[index][plane] ? "the same"
							      : "another";
}

static void show_planes(void)
{
	uint32_t i;

	fact("planes", buffer.m.planes == planes ? "the same" : "another");
	buffer.m.planes = NULL;
	for (i = 0; i < plane_count; i++) {
		fact("location",
		     location(buffer.index, i, planes[i].m.userptr));
		planes[i].m.userptr = 0;
	}
	fact_bytes("planes", "", planes, sizeof(planes));
}

/* 4 of the 8 bytes, in 64-bit programs */
static void show_location(void)
{
	fact("location", location(buffer.index, 0, buffer.m.userptr));
	buffer.m.userptr = 0;
}

static int call(const char *what, unsigned long cmd)
{
	int ret = ioctl(fd, cmd, &buffer);

	fact(what, result_name(ret));
	if (ret)
		return ret;
	fact_time(buffer.timestamp.tv_sec, buffer.timestamp.tv_usec / 1000);
	memset(&buffer.timestamp, 0, sizeof(buffer.timestamp));
	/* A slow machine loses frames. */
	fact("sequence", buffer.sequence < 1000 ? "small" : "another");
	buffer.sequence = 0;
	/* vivid counts in it, too. */
	fact("timecode", buffer.timecode.frames < 60 ? "small" : "another");
	buffer.timecode.frames = 0;
	if (mplane)
		show_planes();
	else
		show_location();
	fact_bytes(what, "", &buffer, sizeof(buffer));
	return 0;
}

/* ---- tests -------------------------------------------------------------------------- */

static void find_type(void)
{
	struct v4l2_capability capability;

	if (ioctl(fd, VIDIOC_QUERYCAP, &capability) < 0)
		fatal("QUERYCAP");
	mplane = capability.device_caps & V4L2_CAP_VIDEO_CAPTURE_MPLANE;
	type = mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
		      : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

/* A format with two planes, if there can be two */
static void set_format(struct v4l2_format *format)
{
	uint32_t i;

	memset(format, 0, sizeof(*format));
	format->type = type;
	if (ioctl(fd, VIDIOC_G_FMT, format) < 0)
		fatal("G_FMT");
	plane_count = 1;
	lengths[0] = format->fmt.pix.sizeimage;
	if (!mplane)
		return;
	format->fmt.pix_mp.pixelformat = V4L2_PIX_FMT_NV16M;
	if (ioctl(fd, VIDIOC_S_FMT, format) < 0)
		fatal("S_FMT");
	plane_count = format->fmt.pix_mp.num_planes;
	for (i = 0; i < plane_count; i++)
		lengths[i] = format->fmt.pix_mp.plane_fmt[i].sizeimage;
}

static void make_memory(void)
{
	uint32_t i;
	uint32_t p;

	for (i = 0; i < BUFFERS; i++)
		for (p = 0; p < plane_count; p++) {
			frames[i][p] =
				mmap(NULL, lengths[p], PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
			if (frames[i][p] == MAP_FAILED)
				fatal("mmap");
		}
}

static void reqbufs(uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = type,
		.memory = memory,
	};

	fact("REQBUFS", result_name(ioctl(fd, VIDIOC_REQBUFS, &arg)));
}

static void begin(const char *path)
{
	struct v4l2_format format;

	fd = node_open(path, 0);
	find_type();
	set_format(&format);
	make_memory();
}

static void stream(unsigned long cmd, const char *what)
{
	fact(what, result_name(ioctl(fd, cmd, &type)));
}

static bool has_content(uint32_t index)
{
	uint32_t i;

	for (i = 0; i < lengths[0]; i++)
		if (frames[index][0][i])
			return true;
	return false;
}

static void test_streaming(const char *path)
{
	uint32_t index;
	uint32_t i;

	begin(path);
	reqbufs(BUFFERS);
	for (i = 0; i < BUFFERS; i++) {
		fill(i);
		call("QUERYBUF", VIDIOC_QUERYBUF);
	}
	fill_memory(0);
	call("PREPARE_BUF", VIDIOC_PREPARE_BUF);
	for (i = 0; i < BUFFERS; i++) {
		fill_memory(i);
		call("QBUF", VIDIOC_QBUF);
	}
	fill(1);
	call("QUERYBUF, queued", VIDIOC_QUERYBUF);
	stream(VIDIOC_STREAMON, "STREAMON");
	for (i = 0; i < BUFFERS; i++) {
		fill(0);
		if (call("DQBUF", VIDIOC_DQBUF))
			break;
		index = buffer.index;
		if (memory == V4L2_MEMORY_USERPTR)
			fact("content", has_content(index) ? "some" : "none");
		fill_memory(index);
		call("QBUF again", VIDIOC_QBUF);
	}
	stream(VIDIOC_STREAMOFF, "STREAMOFF");
	reqbufs(0);
}

static void test_refused(const char *path)
{
	begin(path);
	fill(0);
	call("QUERYBUF without buffers", VIDIOC_QUERYBUF);
	reqbufs(BUFFERS);
	fill_memory(BUFFERS - 1);
	buffer.index = BUFFERS;
	call("QBUF, index", VIDIOC_QBUF);
	fill_memory(0);
	buffer.type = 99;
	call("QBUF, type", VIDIOC_QBUF);
	fill_memory(0);
	buffer.memory = 99;
	call("QBUF, memory", VIDIOC_QBUF);
	fill(0);
	call("DQBUF, not streaming", VIDIOC_DQBUF);
	fact("QBUF, no address",
	     result_name(ioctl(fd, VIDIOC_QBUF, (void *)8)));
	if (mplane) {
		fill_memory(0);
		buffer.length = VIDEO_MAX_PLANES + 1;
		call("QBUF, 9 planes", VIDIOC_QBUF);
		fill_memory(0);
		buffer.length = 0;
		call("QBUF, 0 planes", VIDIOC_QBUF);
		fill_memory(0);
		buffer.m.planes = (void *)8;
		call("QBUF, no address of planes", VIDIOC_QBUF);
	}
	reqbufs(0);
}

/* Only what it makes differs: what else a node offers is in its capabilities. */
static void test_create(const char *path)
{
	struct v4l2_create_buffers create;
	struct v4l2_format format;
	int ret;

	begin(path);
	set_format(&format);
	memset(&create, 0x5a, sizeof(create));
	create.count = 2;
	create.memory = memory;
	create.format = format;
	create.flags = 0;
	ret = ioctl(fd, VIDIOC_CREATE_BUFS, &create);
	fact("CAP_SUPPORTS_MMAP", create.capabilities & 1 ? "yes" : "no");
	create.capabilities = 0;
	fact_bytes("CREATE_BUFS", result_name(ret), &create, sizeof(create));
	fill(1);
	call("QUERYBUF", VIDIOC_QUERYBUF);
	create.format.type = 99;
	fact("CREATE_BUFS, type",
	     result_name(ioctl(fd, VIDIOC_CREATE_BUFS, &create)));
	reqbufs(0);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "streaming", test_streaming },
		{ "refused", test_refused },
		{ "CREATE_BUFS", test_create },
	};

	if (argc != 3) {
		fprintf(stderr, "usage: ioctls_buffers NODE mmap|userptr\n");
		return 2;
	}
	memory = strcmp(argv[2], "userptr") ? V4L2_MEMORY_MMAP
					    : V4L2_MEMORY_USERPTR;
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
