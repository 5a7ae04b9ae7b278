// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kind convert: its frames, with a libv4l2 that does what a test wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "hostd/device_convert.h"
#include "tests/convert_rig.h"
#include "tests/fake_libv4l2.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE

static const struct device_ops *const ops = &device_convert_ops;

/* ---- in the place of hostd/libv4l2.c -------------------------------------- */

const struct libv4l2 *libv4l2_load(void)
{
	return &fake_libv4l2_table;
}

const char *libv4l2_why(void)
{
	return "";
}

/* ---- frames -------------------------------------------------------------- */

static void map(struct convert_rig *rig, uint32_t index, struct device_map *out)
{
	assert_int_equal(ops->map(rig->file, FAKE_LIBV4L2_OFFSET | index,
				  FAKE_LIBV4L2_LEN, out),
			 0);
	assert_int_equal(out->len, FAKE_LIBV4L2_LEN);
}

/* A frame is finished: @used bytes, all of them @value. */
static void finish(int index, uint32_t used, uint8_t value)
{
	memset(fake_libv4l2.frames[index], value, FAKE_LIBV4L2_LEN);
	fake_libv4l2.done = index;
	fake_libv4l2.used = used;
}

static int collect(struct convert_rig *rig, struct v4l2_buffer *buffer)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->type = CAPTURE;
	buffer->memory = V4L2_MEMORY_MMAP;
	return ops->collect_buffer(rig->file, buffer);
}

static void a_frame_is_where_its_plane_is_mapped(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_buffer buffer;
	struct device_map maps[2];
	const uint8_t *bytes;

	assert_int_equal(convert_rig_request(rig, 2), 0);
	map(rig, 0, &maps[0]);
	map(rig, 1, &maps[1]);
	assert_int_equal(collect(rig, &buffer), -EAGAIN);

	finish(1, 100, 7);
	assert_int_equal(collect(rig, &buffer), 0);
	assert_int_equal(buffer.index, 1);
	assert_int_equal(buffer.bytesused, 100);
	bytes = maps[1].bytes;
	assert_int_equal(bytes[0], 7);
	assert_int_equal(bytes[99], 7);
	assert_int_equal(bytes[100], 0);
	assert_int_equal(((uint8_t *)maps[0].bytes)[0], 0);

	/* More than there is memory for */
	finish(0, FAKE_LIBV4L2_LEN + 1, 8);
	assert_int_equal(collect(rig, &buffer), 0);
	bytes = maps[0].bytes;
	assert_int_equal(bytes[FAKE_LIBV4L2_LEN - 1], 8);
	assert_int_equal(fake_libv4l2.mapped, 0);
	ops->unmap(rig->file, &maps[0]);
	ops->unmap(rig->file, &maps[1]);

	finish(0, 1, 9);
	assert_int_equal(collect(rig, &buffer), 0);
}

/* A guest unmaps after REQBUFS; libv4l2 would have said EBUSY. */
static void new_buffers_leave_old_planes_alone(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_buffer buffer;
	struct device_map old, new;

	assert_int_equal(convert_rig_request(rig, 1), 0);
	map(rig, 0, &old);
	finish(0, 10, 1);
	assert_int_equal(collect(rig, &buffer), 0);

	assert_int_equal(convert_rig_request(rig, 2), 0);
	finish(0, 10, 2);
	assert_int_equal(collect(rig, &buffer), 0);
	assert_int_equal(((uint8_t *)old.bytes)[0], 1);
	map(rig, 0, &new);
	finish(0, 10, 3);
	assert_int_equal(collect(rig, &buffer), 0);
	assert_int_equal(((uint8_t *)old.bytes)[0], 1);
	assert_int_equal(((uint8_t *)new.bytes)[0], 3);
	ops->unmap(rig->file, &old);

	/* What is busy has its buffers still. */
	convert_rig_fail(VIDIOC_REQBUFS, EBUSY, 1);
	assert_int_equal(convert_rig_request(rig, 2), -EBUSY);
	finish(0, 10, 4);
	assert_int_equal(collect(rig, &buffer), 0);
	assert_int_equal(((uint8_t *)new.bytes)[0], 4);
	ops->unmap(rig->file, &new);
}

static void a_plane_outlives_its_file(void **state)
{
	struct convert_rig *rig = *state;
	struct device_map first, second;
	struct device_file *closed;

	assert_int_equal(convert_rig_request(rig, 2), 0);
	map(rig, 0, &first);
	map(rig, 1, &second);
	closed = rig->file;
	convert_rig_close(rig);
	memset(first.bytes, 1, first.len);
	ops->unmap(closed, &first);
	memset(second.bytes, 1, second.len);
	ops->unmap(closed, &second);
}

static void a_bad_frame_is_dropped_and_said_once(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_buffer buffer;

	assert_int_equal(convert_rig_request(rig, 2), 0);
	fake_libv4l2.said = "converting / decoding frame data: no JPEG";
	convert_rig_fail(VIDIOC_DQBUF, EIO, 3);
	assert_int_equal(collect(rig, &buffer), -EAGAIN);
	assert_string_equal(rig->said,
			    "device cam: a frame cannot be converted: "
			    "converting / decoding frame data: no JPEG\n");
	assert_int_equal(collect(rig, &buffer), -EAGAIN);
	assert_int_equal(collect(rig, &buffer), -EAGAIN);
	finish(1, 5, 1);
	assert_int_equal(collect(rig, &buffer), 0);
	rig->said[0] = '\0';
	convert_rig_close(rig);
	assert_string_equal(rig->said,
			    "device cam: 3 frames could not be converted\n");
}

static void a_queue_that_has_failed_is_no_bad_frame(void **state)
{
	struct convert_rig *rig = *state;
	static const int errors[] = { ENODEV, EPIPE, EINTR };
	struct v4l2_buffer buffer;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		convert_rig_fail(VIDIOC_DQBUF, errors[i], 1);
		assert_int_equal(collect(rig, &buffer), -errors[i]);
	}
	close(rig->other_end);
	rig->other_end = -1;
	convert_rig_fail(VIDIOC_DQBUF, EIO, 1);
	assert_int_equal(collect(rig, &buffer), -EIO);
	convert_rig_fail(VIDIOC_DQBUF, EINVAL, 1);
	assert_int_equal(collect(rig, &buffer), -EINVAL);
	assert_string_equal(rig->said, "");
}

static void a_frame_that_cannot_be_had_has_the_error_flag(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_buffer buffer;
	struct device_map plane;

	assert_int_equal(convert_rig_request(rig, 1), 0);
	map(rig, 0, &plane);
	finish(0, 10, 1);
	fake_libv4l2.mmap_fails = 1;
	assert_int_equal(collect(rig, &buffer), 0);
	assert_true(buffer.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.bytesused, 0);
	ops->unmap(rig->file, &plane);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, convert_rig_setup,               \
					convert_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_is_where_its_plane_is_mapped),
		TEST(new_buffers_leave_old_planes_alone),
		TEST(a_plane_outlives_its_file),
		TEST(a_bad_frame_is_dropped_and_said_once),
		TEST(a_queue_that_has_failed_is_no_bad_frame),
		TEST(a_frame_that_cannot_be_had_has_the_error_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
