// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: buffers.
 */
#include "tests/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <string.h>

#include "tests/fake_device_buffers.h"

#define BUFFERS 3
#define INDEX   1 /* of the one that it is about */

static bool mplane(void)
{
	return V4L2_TYPE_IS_MULTIPLANAR(walk.now->number);
}

unsigned int walk_planes(void)
{
	return walk.now->planes ? walk.now->planes : 3;
}

static uint32_t memory(void)
{
	return walk.now->ask == walk_ask_userptr ? V4L2_MEMORY_USERPTR
						 : V4L2_MEMORY_MMAP;
}

void walk_before_buffers(void)
{
	fake.plane_count = walk_planes();
	assert_int_equal(
		stream_reqbufs(&walk.file, walk.now->number, memory(), BUFFERS),
		BUFFERS);
}

void walk_before_dqbuf(void)
{
	static const uint32_t used[VIDEO_MAX_PLANES] = { 9, 99, 999 };

	walk_before_buffers();
	assert_int_equal(stream_qbuf(&walk.file, walk.now->number, INDEX), 0);
	assert_int_equal(stream_on(&walk.file, walk.now->number), 0);
	stream_barrier(&walk.file);
	fake_on(VIDIOC_DQBUF, walk_answer);
	fake_finish_planes(walk.now->number, INDEX, used, 0);
	harness_settle();
}

/* ---- looking at one that guestd knows -------------------------------------- */

static struct stream_buffer made;

/* What the device says of it when guestd first asks. */
static int tell(void *arg)
{
	const struct v4l2_buffer *buffer = arg;
	int ret = fake_querybuf(arg);

	if (ret || buffer->index != INDEX)
		return ret;
	made.v4l2 = *buffer;
	if (mplane())
		memcpy(made.planes, buffer->m.planes,
		       buffer->length * sizeof(made.planes[0]));
	return walk_answer(arg);
}

void walk_before_query(void)
{
	fake_on(VIDIOC_QUERYBUF, tell);
	walk_before_buffers();
}

void walk_answer_query(union payload_arg *arg)
{
	struct v4l2_plane *planes = (void *)walk.answer.nested;
	unsigned int i;

	walk_answer_buffer(arg);
	arg->buffer.index = INDEX;
	arg->buffer.type = walk.now->number;
	arg->buffer.memory = made.v4l2.memory;
	arg->buffer.length = made.v4l2.length;
	arg->buffer.m = made.v4l2.m;
	for (i = 0; mplane() && i < walk_planes(); i++) {
		planes[i].length = made.planes[i].length;
		planes[i].m = made.planes[i].m;
	}
}

/* ---- making them ----------------------------------------------------------- */

void walk_ask_reqbufs(union payload_arg *arg)
{
	arg->reqbufs.type = walk.now->number;
	arg->reqbufs.memory = V4L2_MEMORY_MMAP;
}

void walk_ask_create(union payload_arg *arg)
{
	struct v4l2_format *format = &arg->create.format;
	unsigned int i;

	format->type = walk.now->number;
	arg->create.memory = V4L2_MEMORY_MMAP;
	/* All planes of all of them have less than 2^64 bytes. */
	arg->create.count &= 0xfffffff;
	/* For what has room in the planes that the device makes */
	if (!mplane()) {
		format->fmt.pix.sizeimage &= 0xff;
		return;
	}
	format->fmt.pix_mp.num_planes = 1;
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		format->fmt.pix_mp.plane_fmt[i].sizeimage &= 0xff;
}

/* What it has made is what it says. */
int walk_device_reqbufs(void *arg)
{
	struct v4l2_requestbuffers *reqbufs = arg;

	reqbufs->count = BUFFERS;
	return fake_reqbufs(arg);
}

int walk_device_create(void *arg)
{
	struct v4l2_create_buffers *create = arg;

	create->count = BUFFERS;
	return fake_create_bufs(arg);
}

void walk_answer_reqbufs(union payload_arg *arg)
{
	arg->reqbufs.count = BUFFERS;
	arg->reqbufs.capabilities |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
	arg->reqbufs.type = walk.now->number;
}

void walk_answer_create(union payload_arg *arg)
{
	arg->create.count = BUFFERS;
	arg->create.index = 0;
	arg->create.capabilities |= V4L2_BUF_CAP_SUPPORTS_REQUESTS;
	arg->create.format.type = walk.now->number;
}

/* ---- one of them ------------------------------------------------------------- */

static void ask_planes(union payload_arg *arg)
{
	struct v4l2_plane *planes = (void *)walk.mine.nested;
	unsigned int i;

	if (!mplane())
		return;
	/* More than there are: FFmpeg passes all 8. */
	arg->buffer.length = walk_planes() < VIDEO_MAX_PLANES
				     ? walk_planes() + 1
				     : VIDEO_MAX_PLANES;
	arg->buffer.m.planes = (void *)walk.nested_at;
	for (i = 0; i < arg->buffer.length; i++) {
		planes[i].bytesused = 100 + i;
		planes[i].data_offset = 10 + i;
	}
}

void walk_ask_buffer(union payload_arg *arg)
{
	arg->buffer.index = INDEX;
	arg->buffer.type = walk.now->number;
	arg->buffer.memory = V4L2_MEMORY_MMAP;
	arg->buffer.flags &= ~(uint32_t)V4L2_BUF_FLAG_REQUEST_FD;
	/* Of an output buffer they must fit (vb2 __verify_length). */
	if (V4L2_TYPE_IS_OUTPUT(walk.now->number))
		arg->buffer.bytesused = 1234;
	ask_planes(arg);
}

/* Nobody has buffers here, so guestd knows nothing of them. */
void walk_ask_foreign(union payload_arg *arg)
{
	arg->buffer.type = walk.now->number;
	ask_planes(arg);
}

void walk_ask_userptr(union payload_arg *arg)
{
	struct v4l2_plane *planes = (void *)walk.mine.nested;
	unsigned int i;

	if (walk.now->cmd == VIDIOC_REQBUFS) {
		walk_ask_reqbufs(arg);
		arg->reqbufs.memory = V4L2_MEMORY_USERPTR;
		return;
	}
	if (walk.now->cmd == VIDIOC_CREATE_BUFS) {
		walk_ask_create(arg);
		arg->create.memory = V4L2_MEMORY_USERPTR;
		return;
	}
	walk_ask_buffer(arg);
	arg->buffer.memory = V4L2_MEMORY_USERPTR;
	if (!mplane()) {
		arg->buffer.m.userptr = (uintptr_t)walk.payload_at;
		arg->buffer.length = 5000;
		arg->buffer.bytesused = 77;
		return;
	}
	for (i = 0; i < arg->buffer.length; i++) {
		planes[i].m.userptr = (uintptr_t)walk.payload_at;
		planes[i].length = 5000 + i;
	}
}

int walk_device_qbuf(void *arg)
{
	return walk.now->cmd == VIDIOC_QBUF ? fake_qbuf(arg)
					    : fake_prepare_buf(arg);
}

/* Some bytes, in as many planes as there are. */
void walk_answer_buffer(union payload_arg *arg)
{
	struct v4l2_plane *planes = (void *)walk.answer.nested;
	unsigned int i;

	/* A time that there is, or it would not come through arithmetics. */
	arg->buffer.timestamp.tv_sec = 0x01020304;
	arg->buffer.timestamp.tv_usec = 0x00050607;
	if (!mplane()) {
		arg->buffer.bytesused = 321;
	} else {
		arg->buffer.length = walk_planes();
		for (i = 0; i < walk_planes(); i++) {
			planes[i].bytesused = 200 + i;
			planes[i].data_offset = 7 + i;
		}
	}
	/* Who it is, is in the event. */
	if (walk.now->cmd == VIDIOC_DQBUF) {
		arg->buffer.index = INDEX;
		arg->buffer.type = walk.now->number;
	}
}

/* A buffer of a program on the host, by MMAP. */
void walk_answer_mmap(union payload_arg *arg)
{
	walk_answer_buffer(arg);
	arg->buffer.memory = V4L2_MEMORY_MMAP;
}
