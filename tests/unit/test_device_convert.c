// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kind convert, with a libv4l2 that does what a test wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/device_convert.h"
#include "tests/fake_libv4l2.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE

static const struct device_ops *const ops = &device_convert_ops;
static struct device device = { .ops = &device_convert_ops, .name = "cam" };
static struct device_file *file;
static int node,
	other_end; /* a pipe: reading hangs up once the other end is closed */
static char said[1000];

/* ---- in the place of hostd/libv4l2.c -------------------------------------- */

static bool missing;

const struct libv4l2 *libv4l2_load(void)
{
	return missing ? NULL : &fake_libv4l2_table;
}

const char *libv4l2_why(void)
{
	return "libv4l2.so.0: gone fishing";
}

/* ---- a file ------------------------------------------------------------------ */

static void sink(enum log_level level, const char *line)
{
	size_t len = strlen(said);

	if (level < LOG_LEVEL_DEBUG)
		snprintf(said + len, sizeof(said) - len, "%s\n", line);
}

static void make_node(void)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	node = fds[0];
	other_end = fds[1];
}

static int setup(void **state)
{
	(void)state;
	fake_libv4l2_init();
	missing = false;
	said[0] = '\0';
	log_set_sink(sink);
	make_node();
	assert_int_equal(ops->open(&device, node, &file), 0);
	assert_int_equal(fake_libv4l2.opens, 1);
	return 0;
}

static void close_file(void)
{
	ops->close(file);
	file = NULL;
	assert_int_equal(fake_libv4l2.opens, 0);
	assert_int_equal(fcntl(node, F_GETFD), -1);
}

static int teardown(void **state)
{
	(void)state;
	if (file)
		close_file();
	close(other_end);
	log_set_sink(NULL);
	return 0;
}

static int call(uint32_t cmd, void *arg)
{
	return ops->ioctl(file, ioctl_lookup(cmd), arg);
}

static int request(uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.count = count,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	int ret = call(VIDIOC_REQBUFS, &arg);

	assert_false(arg.capabilities & V4L2_BUF_CAP_SUPPORTS_REMOVE_BUFS);
	return ret;
}

static void map(uint32_t index, struct device_map *out)
{
	assert_int_equal(ops->map(file, FAKE_LIBV4L2_OFFSET | index,
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

static int collect(struct v4l2_buffer *buffer)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->type = CAPTURE;
	buffer->memory = V4L2_MEMORY_MMAP;
	return ops->collect_buffer(file, buffer);
}

static void let_fail(uint32_t cmd, int error, unsigned int count)
{
	fake_libv4l2.fail_cmd = cmd;
	fake_libv4l2.fail_error = error;
	fake_libv4l2.fail_count = count;
}

/* ---- opening -------------------------------------------------------------- */

static void only_a_camera_is_opened(void **state)
{
	static const uint32_t others[] = {
		V4L2_CAP_RADIO,
		V4L2_CAP_VIDEO_CAPTURE,
		V4L2_CAP_STREAMING,
		V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_OUTPUT,
		V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_CAPTURE_MPLANE,
		V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_M2M,
		V4L2_CAP_STREAMING | V4L2_CAP_META_CAPTURE,
		V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_CAPTURE |
			V4L2_CAP_VIDEO_OUTPUT,
	};
	struct device_file *another;
	char why[DEVICE_WHY_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		fake_libv4l2.caps = others[i];
		assert_int_equal(ops->open(&device, node, &another),
				 -EOPNOTSUPP);
	}
	assert_int_equal(fake_libv4l2.opens, 1);
	assert_true(fcntl(node, F_GETFD) >= 0);
	ops->explain("/dev/radio0", -EOPNOTSUPP, why);
	assert_string_equal(why, "/dev/radio0 is no camera whose pictures can "
				 "be converted: leave out \",convert\"");

	fake_libv4l2.caps = V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_CAPTURE |
			    V4L2_CAP_TUNER | V4L2_CAP_AUDIO |
			    V4L2_CAP_READWRITE;
	assert_int_equal(ops->open(&device, dup(node), &another), 0);
	ops->close(another);
}

static void without_the_library_it_says_which_package_has_it(void **state)
{
	struct device_file *another;
	char why[DEVICE_WHY_LEN];

	(void)state;
	missing = true;
	ops->load();
	assert_int_equal(ops->open(&device, node, &another), -ELIBACC);
	ops->explain("/dev/video0", -ELIBACC, why);
	assert_string_equal(why, "libv4l2.so.0: gone fishing: apt-get install "
				 "libv4l-0");
	ops->explain("/dev/video0", -EBUSY, why);
	assert_string_equal(why, "/dev/video0: Device or resource busy");
}

static void what_could_not_be_opened_stays_the_callers(void **state)
{
	struct device_file *another;

	(void)state;
	assert_int_equal(ops->open(&device, -1, &another), -EBADF);
	fake_libv4l2.open_error = EIO;
	assert_int_equal(ops->open(&device, other_end, &another), -EIO);
	assert_true(fcntl(other_end, F_GETFD) >= 0);
}

/* V4L2_MAX_DEVICES */
static void there_is_room_for_sixteen_files(void **state)
{
	struct device_file *files[LIBV4L2_FILES_MAX], *more;
	struct v4l2_fmtdesc format = { .type = CAPTURE };
	struct v4l2_capability capability;
	unsigned int before;
	unsigned int i;
	int fd;

	(void)state;
	for (i = 1; i < LIBV4L2_FILES_MAX; i++) {
		fd = dup(node);
		assert_int_equal(ops->open(&device, fd, &files[i]), 0);
	}
	fd = dup(node);
	assert_int_equal(ops->open(&device, fd, &more), 0);
	assert_int_equal(fake_libv4l2.opens, LIBV4L2_FILES_MAX);
	before = fake_libv4l2.ioctls;
	assert_int_equal(
		ops->ioctl(more, ioctl_lookup(VIDIOC_QUERYCAP), &capability),
		0);
	assert_true(capability.device_caps & V4L2_CAP_READWRITE);
	assert_int_equal(
		ops->ioctl(more, ioctl_lookup(VIDIOC_ENUM_FMT), &format),
		-EMFILE);
	assert_int_equal(fake_libv4l2.ioctls, before);

	/* It stays one, others do not become one for it. */
	ops->close(files[1]);
	assert_int_equal(
		ops->ioctl(more, ioctl_lookup(VIDIOC_ENUM_FMT), &format),
		-EMFILE);
	ops->close(more);
	fake_libv4l2.opens++; /* the fake does not tell such a file */
	fd = dup(node);
	assert_int_equal(ops->open(&device, fd, &more), 0);
	assert_int_equal(fake_libv4l2.opens, LIBV4L2_FILES_MAX);
	ops->close(more);
	for (i = 2; i < LIBV4L2_FILES_MAX; i++)
		ops->close(files[i]);
}

/* ---- ioctls ----------------------------------------------------------------- */

static void calls_go_through_the_library(void **state)
{
	struct v4l2_capability capability;
	struct v4l2_fmtdesc format = { .type = CAPTURE };

	(void)state;
	assert_int_equal(call(VIDIOC_QUERYCAP, &capability), 0);
	assert_true(capability.device_caps & V4L2_CAP_READWRITE);
	assert_int_equal(call(VIDIOC_ENUM_FMT, &format), 0);
	assert_true(fake_libv4l2.last_cmd == VIDIOC_ENUM_FMT);

	let_fail(VIDIOC_ENUM_FMT, EINVAL, 1);
	assert_int_equal(call(VIDIOC_ENUM_FMT, &format), -EINVAL);
	/* libv4l2.c, v4l2_dequeue_and_convert() */
	let_fail(VIDIOC_ENUM_FMT, -EINVAL, 1);
	assert_int_equal(call(VIDIOC_ENUM_FMT, &format), -EIO);
}

static void buffers_that_it_would_not_know_of_are_not_made(void **state)
{
	struct v4l2_create_buffers create = { .count = 1 };
	struct v4l2_remove_buffers remove = { .type = CAPTURE };
	unsigned int before = fake_libv4l2.ioctls;

	(void)state;
	assert_int_equal(call(VIDIOC_CREATE_BUFS, &create), -ENOTTY);
	assert_int_equal(call(VIDIOC_REMOVE_BUFS, &remove), -ENOTTY);
	assert_int_equal(fake_libv4l2.ioctls, before);
}

static void a_buffer_of_another_file_keeps_its_index(void **state)
{
	struct v4l2_buffer buffer = { .type = CAPTURE, .index = 3 };

	(void)state;
	assert_int_equal(call(VIDIOC_QUERYBUF, &buffer), 0);
	assert_int_equal(buffer.index, 3);
}

/* ---- the camera's format ------------------------------------------------------ */

static void somebody_sets_the_format(void)
{
	fake_libv4l2.format.width *= 2;
}

static void the_format_is_not_set_without_need(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	format.fmt.pix.width = 32;
	format.fmt.pix.height = 32;
	assert_int_equal(call(VIDIOC_S_FMT, &format), 0);
	assert_int_equal(request(2), 0);
	assert_int_equal(request(0), 0);
	assert_int_equal(fake_libv4l2.set_formats, 1);
}

static void a_format_that_was_changed_by_others_is_set_again(void **state)
{
	struct v4l2_streamparm parm = { .type = CAPTURE };
	struct v4l2_format other = { .type = V4L2_BUF_TYPE_VIDEO_OVERLAY };

	(void)state;
	somebody_sets_the_format();
	/* Neither of them makes libv4l2 look. */
	assert_int_equal(call(VIDIOC_S_PARM, &parm), 0);
	assert_int_equal(call(VIDIOC_S_FMT, &other), 0);
	assert_int_equal(request(2), 0);
	assert_int_equal(fake_libv4l2.set_formats, 1);
	assert_int_equal(fake_libv4l2.format.width, 16);
	assert_int_equal(fake_libv4l2.buffers, 2);
	assert_int_equal(request(0), 0);
	assert_int_equal(fake_libv4l2.set_formats, 1);
}

static void a_format_that_cannot_be_set_again_is_an_error(void **state)
{
	(void)state;
	somebody_sets_the_format();
	let_fail(VIDIOC_S_FMT, EBUSY, 1);
	assert_int_equal(request(2), -EBUSY);
	assert_int_equal(fake_libv4l2.buffers, 0);
}

static void no_buffers_stay_whose_format_was_changed_meanwhile(void **state)
{
	(void)state;
	fake_libv4l2.requested = somebody_sets_the_format;
	assert_int_equal(request(2), -EBUSY);
	assert_int_equal(fake_libv4l2.buffers, 0);
	fake_libv4l2.requested = NULL;
	assert_int_equal(request(2), 0);
}

/* ---- frames ------------------------------------------------------------------- */

static void a_frame_is_where_its_plane_is_mapped(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map maps[2];
	const uint8_t *bytes;

	(void)state;
	assert_int_equal(request(2), 0);
	map(0, &maps[0]);
	map(1, &maps[1]);
	assert_int_equal(collect(&buffer), -EAGAIN);

	finish(1, 100, 7);
	assert_int_equal(collect(&buffer), 0);
	assert_int_equal(buffer.index, 1);
	assert_int_equal(buffer.bytesused, 100);
	bytes = maps[1].bytes;
	assert_int_equal(bytes[0], 7);
	assert_int_equal(bytes[99], 7);
	assert_int_equal(bytes[100], 0);
	assert_int_equal(((uint8_t *)maps[0].bytes)[0], 0);

	/* More than there is memory for */
	finish(0, FAKE_LIBV4L2_LEN + 1, 8);
	assert_int_equal(collect(&buffer), 0);
	bytes = maps[0].bytes;
	assert_int_equal(bytes[FAKE_LIBV4L2_LEN - 1], 8);
	assert_int_equal(fake_libv4l2.mapped, 0);
	ops->unmap(file, &maps[0]);
	ops->unmap(file, &maps[1]);

	finish(0, 1, 9);
	assert_int_equal(collect(&buffer), 0);
}

/* A guest unmaps after REQBUFS; libv4l2 would have said EBUSY. */
static void new_buffers_leave_old_planes_alone(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map old, new;

	(void)state;
	assert_int_equal(request(1), 0);
	map(0, &old);
	finish(0, 10, 1);
	assert_int_equal(collect(&buffer), 0);

	assert_int_equal(request(2), 0);
	finish(0, 10, 2);
	assert_int_equal(collect(&buffer), 0);
	assert_int_equal(((uint8_t *)old.bytes)[0], 1);
	map(0, &new);
	finish(0, 10, 3);
	assert_int_equal(collect(&buffer), 0);
	assert_int_equal(((uint8_t *)old.bytes)[0], 1);
	assert_int_equal(((uint8_t *)new.bytes)[0], 3);
	ops->unmap(file, &old);

	/* What is busy has its buffers still. */
	let_fail(VIDIOC_REQBUFS, EBUSY, 1);
	assert_int_equal(request(2), -EBUSY);
	finish(0, 10, 4);
	assert_int_equal(collect(&buffer), 0);
	assert_int_equal(((uint8_t *)new.bytes)[0], 4);
	ops->unmap(file, &new);
}

static void a_plane_outlives_its_file(void **state)
{
	struct device_map first, second;
	struct device_file *closed;

	(void)state;
	assert_int_equal(request(2), 0);
	map(0, &first);
	map(1, &second);
	closed = file;
	close_file();
	memset(first.bytes, 1, first.len);
	ops->unmap(closed, &first);
	memset(second.bytes, 1, second.len);
	ops->unmap(closed, &second);
}

static void a_bad_frame_is_dropped_and_said_once(void **state)
{
	struct v4l2_buffer buffer;

	(void)state;
	assert_int_equal(request(2), 0);
	fake_libv4l2.said = "converting / decoding frame data: no JPEG";
	let_fail(VIDIOC_DQBUF, EIO, 3);
	assert_int_equal(collect(&buffer), -EAGAIN);
	assert_string_equal(said,
			    "device cam: a frame cannot be converted: "
			    "converting / decoding frame data: no JPEG\n");
	assert_int_equal(collect(&buffer), -EAGAIN);
	assert_int_equal(collect(&buffer), -EAGAIN);
	finish(1, 5, 1);
	assert_int_equal(collect(&buffer), 0);
	said[0] = '\0';
	close_file();
	assert_string_equal(said,
			    "device cam: 3 frames could not be converted\n");
}

static void a_queue_that_has_failed_is_no_bad_frame(void **state)
{
	static const int errors[] = { ENODEV, EPIPE, EINTR };
	struct v4l2_buffer buffer;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		let_fail(VIDIOC_DQBUF, errors[i], 1);
		assert_int_equal(collect(&buffer), -errors[i]);
	}
	close(other_end);
	let_fail(VIDIOC_DQBUF, EIO, 1);
	assert_int_equal(collect(&buffer), -EIO);
	let_fail(VIDIOC_DQBUF, EINVAL, 1);
	assert_int_equal(collect(&buffer), -EINVAL);
	assert_string_equal(said, "");
	make_node();
	close(node);
}

static void a_frame_that_cannot_be_had_has_the_error_flag(void **state)
{
	struct v4l2_buffer buffer;
	struct device_map plane;

	(void)state;
	assert_int_equal(request(1), 0);
	map(0, &plane);
	finish(0, 10, 1);
	fake_libv4l2.mmap_fails = 1;
	assert_int_equal(collect(&buffer), 0);
	assert_true(buffer.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(buffer.bytesused, 0);
	ops->unmap(file, &plane);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_a_camera_is_opened),
		TEST(without_the_library_it_says_which_package_has_it),
		TEST(what_could_not_be_opened_stays_the_callers),
		TEST(there_is_room_for_sixteen_files),
		TEST(calls_go_through_the_library),
		TEST(buffers_that_it_would_not_know_of_are_not_made),
		TEST(a_buffer_of_another_file_keeps_its_index),
		TEST(the_format_is_not_set_without_need),
		TEST(a_format_that_was_changed_by_others_is_set_again),
		TEST(a_format_that_cannot_be_set_again_is_an_error),
		TEST(no_buffers_stay_whose_format_was_changed_meanwhile),
		TEST(a_frame_is_where_its_plane_is_mapped),
		TEST(new_buffers_leave_old_planes_alone),
		TEST(a_plane_outlives_its_file),
		TEST(a_bad_frame_is_dropped_and_said_once),
		TEST(a_queue_that_has_failed_is_no_bad_frame),
		TEST(a_frame_that_cannot_be_had_has_the_error_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
