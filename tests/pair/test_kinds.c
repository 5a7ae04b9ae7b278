// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every type of queue, on the node that has it: streamed, read, written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/fake_device_buffers.h"
#include "tests/streamer.h"

#define READABLE (EPOLLIN | EPOLLRDNORM)
#define WRITABLE (EPOLLOUT | EPOLLWRNORM)

static struct front_file file;
static struct front_file other;
static struct front_call call;
static struct stream_buffer buffer;
static uint8_t bytes[8192];

/* A node with one queue, of this type. */
static void open_node(uint32_t caps, uint32_t type)
{
	fake.caps = caps | V4L2_CAP_STREAMING | V4L2_CAP_READWRITE;
	fake.only_type = type;
	harness_open_fake(&file);
}

static int queue(uint32_t type, uint32_t index, uint32_t used)
{
	stream_buffer(&buffer, type, index);
	buffer.v4l2.bytesused = used;
	buffer.planes[0].bytesused = used;
	return front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2);
}

static uint32_t used_of(const struct stream_buffer *taken)
{
	return V4L2_TYPE_IS_MULTIPLANAR(taken->v4l2.type)
		       ? taken->planes[0].bytesused
		       : taken->v4l2.bytesused;
}

/* ---- streaming, for each type ------------------------------------------------- */

static void expect_streams_in(uint32_t caps, uint32_t type)
{
	unsigned int i;

	open_node(caps, type);
	stream_start(&file, type, 3);
	assert_int_equal(front_poll(&file, READABLE), 0);
	for (i = 0; i < 6; i++) {
		stream_fill(fake_plane(type, i % 3, 0), 300, i);
		fake_finish(type, i % 3, 300, 0);
		assert_int_equal(stream_dqbuf(&file, type, &buffer), 0);
		assert_int_equal(buffer.v4l2.index, i % 3);
		assert_int_equal(buffer.v4l2.type, type);
		assert_int_equal(used_of(&buffer), 300);
		assert_true(stream_filled(stream_bytes(&file, type, i % 3, 0),
					  300, i));
		assert_int_equal(stream_qbuf(&file, type, i % 3), 0);
	}
	assert_int_equal(stream_off(&file, type), 0);
	assert_int_equal(front_poll(&file, READABLE), EPOLLERR);
	assert_int_equal(front_close(&file), 0);
}

static void expect_streams_out(uint32_t caps, uint32_t type)
{
	unsigned int i;

	open_node(caps, type);
	assert_int_equal(stream_reqbufs(&file, type, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(stream_on(&file, type), 0);
	for (i = 0; i < 6; i++) {
		stream_fill(stream_bytes(&file, type, i % 2, 0), 300, i);
		assert_int_equal(queue(type, i % 2, 300), 0);
		harness_settle();
		assert_int_equal(front_poll(&file, WRITABLE), 0);
		assert_true(stream_filled(fake_plane(type, i % 2, 0), 300, i));
		fake_finish(type, i % 2, 300, 0);
		assert_int_equal(stream_dqbuf(&file, type, &buffer), 0);
		assert_int_equal(buffer.v4l2.index, i % 2);
		assert_int_equal(used_of(&buffer), 300);
	}
	assert_int_equal(front_close(&file), 0);
}

#define STREAMS_IN(name, cap)                                                  \
	static void streams_in_##name(void **state)                            \
	{                                                                      \
		(void)state;                                                   \
		expect_streams_in(V4L2_CAP_##cap, V4L2_BUF_TYPE_##cap);        \
	}
#define STREAMS_OUT(name, cap)                                                 \
	static void streams_out_##name(void **state)                           \
	{                                                                      \
		(void)state;                                                   \
		expect_streams_out(V4L2_CAP_##cap, V4L2_BUF_TYPE_##cap);       \
	}

STREAMS_IN(video, VIDEO_CAPTURE)
STREAMS_IN(video_mplane, VIDEO_CAPTURE_MPLANE)

/* Rule: B12, B22 */
STREAMS_IN(vbi, VBI_CAPTURE)
STREAMS_IN(sliced_vbi, SLICED_VBI_CAPTURE)

/* Rule: B22 */
STREAMS_IN(sdr, SDR_CAPTURE)

/* Rule: B22 */
STREAMS_IN(meta, META_CAPTURE)
STREAMS_OUT(video, VIDEO_OUTPUT)

/* Rule: B13 */
STREAMS_OUT(video_mplane, VIDEO_OUTPUT_MPLANE)
STREAMS_OUT(vbi, VBI_OUTPUT)
STREAMS_OUT(sliced_vbi, SLICED_VBI_OUTPUT)
STREAMS_OUT(sdr, SDR_OUTPUT)
STREAMS_OUT(meta, META_OUTPUT)

static void streams_in_touch(void **state)
{
	(void)state;
	expect_streams_in(V4L2_CAP_TOUCH | V4L2_CAP_VIDEO_CAPTURE, CAPTURE);
}

/* ---- read() and write(), for each type ---------------------------------------- */

static void expect_read(uint32_t caps, uint32_t type)
{
	open_node(caps, type);
	assert_int_equal(front_read(&file, bytes, 4096, O_NONBLOCK), -EAGAIN);
	stream_fill(fake_plane(type, 1, 0), 500, 3);
	fake_finish(type, 1, 500, 0);
	assert_int_equal(front_read(&file, bytes, 200, 0), 200);
	assert_int_equal(front_read(&file, bytes + 200, 4096, 0), 300);
	assert_true(stream_filled(bytes, 500, 3));
	assert_int_equal(front_close(&file), 0);
}

static void expect_written(uint32_t caps, uint32_t type)
{
	const struct v4l2_buffer *queued;

	open_node(caps, type);
	stream_fill(bytes, 4096, 5);
	assert_int_equal(front_write(&file, bytes, 4000, 0), 4000);
	assert_int_equal(front_write(&file, bytes + 4000, 4096, 0), 96);
	stream_barrier(&file);
	assert_int_equal(fake_queued(type), 1);
	assert_true(stream_filled(fake_plane(type, 0, 0), 4096, 5));
	/* vb2 says when it was written, should the driver copy times. */
	queued = &fake_last(VIDIOC_QBUF)->arg.buffer;
	assert_int_equal(queued->timestamp.tv_sec,
			 harness.now / (1000 * LOOP_MS));
	assert_int_equal(front_close(&file), 0);
}

#define READS(name, cap)                                                       \
	static void reads_##name(void **state)                                 \
	{                                                                      \
		(void)state;                                                   \
		expect_read(V4L2_CAP_##cap, V4L2_BUF_TYPE_##cap);              \
	}
#define WRITES(name, cap)                                                      \
	static void writes_##name(void **state)                                \
	{                                                                      \
		(void)state;                                                   \
		expect_written(V4L2_CAP_##cap, V4L2_BUF_TYPE_##cap);           \
	}

READS(video_mplane, VIDEO_CAPTURE_MPLANE)
READS(vbi, VBI_CAPTURE)
READS(sliced_vbi, SLICED_VBI_CAPTURE)
READS(sdr, SDR_CAPTURE)
READS(meta, META_CAPTURE)
WRITES(video_mplane, VIDEO_OUTPUT_MPLANE)
WRITES(vbi, VBI_OUTPUT)
WRITES(sliced_vbi, SLICED_VBI_OUTPUT)
WRITES(sdr, SDR_OUTPUT)
WRITES(meta, META_OUTPUT)

static void reads_touch(void **state)
{
	(void)state;
	expect_read(V4L2_CAP_TOUCH | V4L2_CAP_VIDEO_CAPTURE, CAPTURE);
}

/* ---- a queue that is of one type or of the other ------------------------------- */

#define VBI        V4L2_BUF_TYPE_VBI_CAPTURE
#define SLICED     V4L2_BUF_TYPE_SLICED_VBI_CAPTURE
#define VBI_OUT    V4L2_BUF_TYPE_VBI_OUTPUT
#define SLICED_OUT V4L2_BUF_TYPE_SLICED_VBI_OUTPUT
#define VBI_CAPS   (V4L2_CAP_VBI_CAPTURE | V4L2_CAP_SLICED_VBI_CAPTURE)

/* Somebody has made S_FMT with the type SLICED_VBI (vb2_queue_change_type()). */
static void read_finds_the_type_that_the_queue_is_of(void **state)
{
	(void)state;
	expect_read(VBI_CAPS, SLICED);
}

static void so_does_write(void **state)
{
	(void)state;
	expect_written(V4L2_CAP_VBI_OUTPUT | V4L2_CAP_SLICED_VBI_OUTPUT,
		       SLICED_OUT);
}

static void read_of_a_queue_that_is_of_neither_fails(void **state)
{
	(void)state;
	open_node(VBI_CAPS, CAPTURE);
	assert_int_equal(front_read(&file, bytes, 10, 0), -EINVAL);
	/* And may begin later. */
	fake.only_type = VBI;
	assert_int_equal(front_read(&file, bytes, 10, O_NONBLOCK), -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

/* While read() has it, it has the queue of both types. */
static void read_makes_both_types_busy(void **state)
{
	(void)state;
	open_node(VBI_CAPS, VBI);
	assert_int_equal(front_read(&file, bytes, 10, O_NONBLOCK), -EAGAIN);
	assert_int_equal(stream_qbuf(&file, VBI, 0), -EBUSY);
	assert_int_equal(stream_qbuf(&file, SLICED, 0), -EBUSY);
	assert_int_equal(stream_dqbuf(&file, SLICED, &buffer), -EBUSY);
	assert_int_equal(stream_on(&file, SLICED), -EBUSY);
	assert_int_equal(stream_off(&file, SLICED), -EBUSY);
	/* v4l2-ioctl.c looks first whether the node has such a queue. */
	fake_fail(VIDIOC_G_FMT, -EINVAL, 2);
	assert_int_equal(stream_qbuf(&file, CAPTURE, 0), -EINVAL);
	assert_int_equal(stream_dqbuf(&file, VBI_OUT, &buffer), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static int busy(void *arg)
{
	(void)arg;
	return -EBUSY;
}

/*
 * Who has no buffers is told what the host says, which knows of its other
 * programs and guests, and of the queue's type.
 */
static void who_has_no_buffers_hears_the_host(void **state)
{
	(void)state;
	open_node(VBI_CAPS, VBI);
	fake_on(VIDIOC_QBUF, busy);
	assert_int_equal(stream_qbuf(&file, VBI, 0), -EBUSY);
	assert_int_equal(stream_qbuf(&file, SLICED, 0), -EBUSY);
	assert_int_equal(stream_dqbuf(&file, SLICED, &buffer), -EBUSY);
	/* uvcvideo has no PREPARE_BUF, whoever has the buffers. */
	fake_fail(VIDIOC_PREPARE_BUF, -ENOTTY, 1);
	stream_buffer(&buffer, VBI, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 -ENOTTY);
	fake_on(VIDIOC_QBUF, NULL);
	assert_int_equal(stream_dqbuf(&file, VBI, &buffer), -EINVAL);
	assert_int_equal(front_close(&file), 0);
}

/* ---- vb2's file I/O, in detail --------------------------------------------------- */

/* __vb2_init_fileio(): "multiplane buffers are not supported" */
static void read_of_several_planes_is_busy(void **state)
{
	(void)state;
	fake.plane_count = 2;
	open_node(V4L2_CAP_VIDEO_CAPTURE_MPLANE, CAPTURE_MPLANE);
	assert_int_equal(front_read(&file, bytes, 10, 0), -EBUSY);
	assert_int_equal(fake.queues[CAPTURE_MPLANE].count, 0);
	assert_null(harness.device->owner);
	assert_int_equal(
		stream_reqbufs(&file, CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 2), 2);
	assert_int_equal(front_close(&file), 0);
}

/* What vb2 makes of data_offset: it lacks at both ends. */
static void read_leaves_out_what_vb2_leaves_out(void **state)
{
	(void)state;
	open_node(V4L2_CAP_VIDEO_CAPTURE_MPLANE, CAPTURE_MPLANE);
	assert_int_equal(front_read(&file, bytes, 10, O_NONBLOCK), -EAGAIN);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), 1000, 1);
	fake.queues[CAPTURE_MPLANE].buffers[0].data_offset[0] = 128;
	fake_finish(CAPTURE_MPLANE, 0, 1000, 0);
	assert_int_equal(front_read(&file, bytes + 128, 4096, 0),
			 1000 - 128 - 128);
	stream_fill(bytes, 128, 1);
	assert_true(stream_filled(bytes, 1000 - 128, 1));

	/* More than half of it: nothing is left. */
	fake.queues[CAPTURE_MPLANE].buffers[1].data_offset[0] = 600;
	fake_finish(CAPTURE_MPLANE, 1, 1000, 0);
	assert_int_equal(front_read(&file, bytes, 4096, 0), 0);
	/* What cannot be is not looked at. */
	fake.queues[CAPTURE_MPLANE].buffers[2].data_offset[0] = UINT32_MAX;
	fake_finish(CAPTURE_MPLANE, 2, 7, 0);
	assert_int_equal(front_read(&file, bytes, 4096, 0), 7);
	fake.queues[CAPTURE_MPLANE].buffers[3].data_offset[0] = 1;
	fake_finish(CAPTURE_MPLANE, 3, UINT32_MAX, 0);
	assert_int_equal(front_read(&file, bytes, sizeof(bytes), 0), 4096 - 2);
	assert_int_equal(front_close(&file), 0);
}

/*
 * waiting_in_dqbuf, in __vb2_perform_fileio()
 *
 * Rule: R15
 */
static void while_one_reads_others_are_busy(void **state)
{
	struct front_call second;

	(void)state;
	open_node(V4L2_CAP_SDR_CAPTURE, V4L2_BUF_TYPE_SDR_CAPTURE);
	/* Two that come before it has started: one of them waits. */
	front_begin_read(&call, &file, bytes, 100, 0);
	front_begin_read(&second, &file, bytes, 100, 0);
	assert_int_equal(front_wait(&harness.front, &second), -EBUSY);
	assert_false(front_done(&call));
	assert_int_equal(front_read(&file, bytes, 100, 0), -EBUSY);
	assert_int_equal(front_read(&file, bytes, 100, O_NONBLOCK), -EBUSY);
	fake_finish(V4L2_BUF_TYPE_SDR_CAPTURE, 0, 60, 0);
	assert_int_equal(front_wait(&harness.front, &call), 60);
	assert_int_equal(front_read(&file, bytes, 100, O_NONBLOCK), -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

/* vb2 would hold its lock meanwhile. */
static void who_polls_while_another_starts_sees_no_error(void **state)
{
	(void)state;
	open_node(V4L2_CAP_META_CAPTURE, V4L2_BUF_TYPE_META_CAPTURE);
	harness_open(&other);
	fake_sleep(VIDIOC_STREAMON);
	assert_int_equal(front_poll(&file, READABLE), 0);
	harness_asleep();
	assert_non_null(harness.device->owned);
	assert_int_equal(front_poll(&other, READABLE), 0);
	fake_wake();
	harness_settle();
	assert_int_equal(front_poll(&other, READABLE), 0);
	assert_int_equal(front_close(&file), 0);
	assert_int_equal(front_close(&other), 0);
}

static void an_empty_buffer_is_read_as_nothing(void **state)
{
	(void)state;
	open_node(V4L2_CAP_META_CAPTURE, V4L2_BUF_TYPE_META_CAPTURE);
	front_begin_read(&call, &file, bytes, 100, 0);
	harness_settle();
	stream_barrier(&file);
	fake_finish(V4L2_BUF_TYPE_META_CAPTURE, 0, 0, 0);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	stream_barrier(&file);
	assert_int_equal(fake_queued(V4L2_BUF_TYPE_META_CAPTURE), 4);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(streams_in_video),
		HARNESS_TEST(streams_in_video_mplane),
		HARNESS_TEST(streams_in_vbi),
		HARNESS_TEST(streams_in_sliced_vbi),
		HARNESS_TEST(streams_in_sdr),
		HARNESS_TEST(streams_in_meta),
		HARNESS_TEST(streams_in_touch),
		HARNESS_TEST(streams_out_video),
		HARNESS_TEST(streams_out_video_mplane),
		HARNESS_TEST(streams_out_vbi),
		HARNESS_TEST(streams_out_sliced_vbi),
		HARNESS_TEST(streams_out_sdr),
		HARNESS_TEST(streams_out_meta),
		HARNESS_TEST(reads_video_mplane),
		HARNESS_TEST(reads_vbi),
		HARNESS_TEST(reads_sliced_vbi),
		HARNESS_TEST(reads_sdr),
		HARNESS_TEST(reads_meta),
		HARNESS_TEST(reads_touch),
		HARNESS_TEST(writes_video_mplane),
		HARNESS_TEST(writes_vbi),
		HARNESS_TEST(writes_sliced_vbi),
		HARNESS_TEST(writes_sdr),
		HARNESS_TEST(writes_meta),
		HARNESS_TEST(read_finds_the_type_that_the_queue_is_of),
		HARNESS_TEST(so_does_write),
		HARNESS_TEST(read_of_a_queue_that_is_of_neither_fails),
		HARNESS_TEST(read_makes_both_types_busy),
		HARNESS_TEST(who_has_no_buffers_hears_the_host),
		HARNESS_TEST(read_of_several_planes_is_busy),
		HARNESS_TEST(read_leaves_out_what_vb2_leaves_out),
		HARNESS_TEST(while_one_reads_others_are_busy),
		HARNESS_TEST(who_polls_while_another_starts_sees_no_error),
		HARNESS_TEST(an_empty_buffer_is_read_as_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
