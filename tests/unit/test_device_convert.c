// SPDX-License-Identifier: BSD-3-Clause
/*
 * The kind convert: opening, ioctls and formats, with a libv4l2 that does what a
 * test wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "hostd/device_convert.h"
#include "tests/convert_rig.h"
#include "tests/fake_libv4l2.h"

#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE

static const struct device_ops *const ops = &device_convert_ops;

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

/* ---- opening -------------------------------------------------------------- */

static void only_a_camera_is_opened(void **state)
{
	struct convert_rig *rig = *state;
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

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		fake_libv4l2.caps = others[i];
		assert_int_equal(ops->open(&rig->device, rig->node, &another),
				 -EOPNOTSUPP);
	}
	assert_int_equal(fake_libv4l2.opens, 1);
	assert_true(fcntl(rig->node, F_GETFD) >= 0);
	ops->explain("/dev/radio0", -EOPNOTSUPP, why);
	assert_string_equal(why, "/dev/radio0 is no camera whose pictures can "
				 "be converted: leave out \",convert\"");

	fake_libv4l2.caps = V4L2_CAP_STREAMING | V4L2_CAP_VIDEO_CAPTURE |
			    V4L2_CAP_TUNER | V4L2_CAP_AUDIO |
			    V4L2_CAP_READWRITE;
	assert_int_equal(ops->open(&rig->device, dup(rig->node), &another), 0);
	ops->close(another);
}

static void without_the_library_it_says_which_package_has_it(void **state)
{
	struct convert_rig *rig = *state;
	struct device_file *another;
	char why[DEVICE_WHY_LEN];

	missing = true;
	ops->load();
	assert_int_equal(ops->open(&rig->device, rig->node, &another),
			 -ELIBACC);
	missing = false;
	ops->explain("/dev/video0", -ELIBACC, why);
	assert_string_equal(why, "libv4l2.so.0: gone fishing: apt-get install "
				 "libv4l-0");
	ops->explain("/dev/video0", -EBUSY, why);
	assert_string_equal(why, "/dev/video0: Device or resource busy");
}

static void what_could_not_be_opened_stays_the_callers(void **state)
{
	struct convert_rig *rig = *state;
	struct device_file *another;

	assert_int_equal(ops->open(&rig->device, -1, &another), -EBADF);
	fake_libv4l2.open_error = EIO;
	assert_int_equal(ops->open(&rig->device, rig->other_end, &another),
			 -EIO);
	assert_true(fcntl(rig->other_end, F_GETFD) >= 0);
}

/* V4L2_MAX_DEVICES */
static void there_is_room_for_sixteen_files(void **state)
{
	struct convert_rig *rig = *state;
	struct device_file *files[LIBV4L2_FILES_MAX], *more;
	struct v4l2_fmtdesc format = { .type = CAPTURE };
	struct v4l2_capability capability;
	unsigned int before;
	unsigned int i;
	int fd;

	for (i = 1; i < LIBV4L2_FILES_MAX; i++) {
		fd = dup(rig->node);
		assert_int_equal(ops->open(&rig->device, fd, &files[i]), 0);
	}
	fd = dup(rig->node);
	assert_int_equal(ops->open(&rig->device, fd, &more), 0);
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
	fd = dup(rig->node);
	assert_int_equal(ops->open(&rig->device, fd, &more), 0);
	assert_int_equal(fake_libv4l2.opens, LIBV4L2_FILES_MAX);
	ops->close(more);
	for (i = 2; i < LIBV4L2_FILES_MAX; i++)
		ops->close(files[i]);
}

static struct device_file *closed_meanwhile;

static void close_it(void)
{
	ops->close(closed_meanwhile);
}

/* The camera may be slow in that, and the guest waits for the close. */
static void a_file_is_closed_while_another_one_is_in_a_call(void **state)
{
	struct convert_rig *rig = *state;

	assert_int_equal(
		ops->open(&rig->device, dup(rig->node), &closed_meanwhile), 0);
	fake_libv4l2.requested = close_it;
	assert_int_equal(convert_rig_request(rig, 2), 0);
	fake_libv4l2.requested = NULL;
	assert_int_equal(fake_libv4l2.opens, 1);
}

/* ---- ioctls ----------------------------------------------------------------- */

static void calls_go_through_the_library(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_capability capability;
	struct v4l2_fmtdesc format = { .type = CAPTURE };

	assert_int_equal(convert_rig_call(rig, VIDIOC_QUERYCAP, &capability),
			 0);
	assert_true(capability.device_caps & V4L2_CAP_READWRITE);
	assert_int_equal(convert_rig_call(rig, VIDIOC_ENUM_FMT, &format), 0);
	assert_true(fake_libv4l2.last_cmd == VIDIOC_ENUM_FMT);

	convert_rig_fail(VIDIOC_ENUM_FMT, EINVAL, 1);
	assert_int_equal(convert_rig_call(rig, VIDIOC_ENUM_FMT, &format),
			 -EINVAL);
	/* libv4l2.c, v4l2_dequeue_and_convert() */
	convert_rig_fail(VIDIOC_ENUM_FMT, -EINVAL, 1);
	assert_int_equal(convert_rig_call(rig, VIDIOC_ENUM_FMT, &format), -EIO);
}

static void buffers_that_it_would_not_know_of_are_not_made(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_create_buffers create = { .count = 1 };
	struct v4l2_remove_buffers remove = { .type = CAPTURE };
	unsigned int before = fake_libv4l2.ioctls;

	assert_int_equal(convert_rig_call(rig, VIDIOC_CREATE_BUFS, &create),
			 -ENOTTY);
	assert_int_equal(convert_rig_call(rig, VIDIOC_REMOVE_BUFS, &remove),
			 -ENOTTY);
	assert_int_equal(fake_libv4l2.ioctls, before);
}

static void a_buffer_of_another_file_keeps_its_index(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_buffer buffer = { .type = CAPTURE, .index = 3 };

	assert_int_equal(convert_rig_call(rig, VIDIOC_QUERYBUF, &buffer), 0);
	assert_int_equal(buffer.index, 3);
}

/* ---- the camera's format ------------------------------------------------------ */

static void somebody_sets_the_format(void)
{
	fake_libv4l2.format.width *= 2;
}

static void the_format_is_not_set_without_need(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_format format = { .type = CAPTURE };

	format.fmt.pix.width = 32;
	format.fmt.pix.height = 32;
	assert_int_equal(convert_rig_call(rig, VIDIOC_S_FMT, &format), 0);
	assert_int_equal(convert_rig_request(rig, 2), 0);
	assert_int_equal(convert_rig_request(rig, 0), 0);
	assert_int_equal(fake_libv4l2.set_formats, 1);
}

static void a_format_that_was_changed_by_others_is_set_again(void **state)
{
	struct convert_rig *rig = *state;
	struct v4l2_streamparm parm = { .type = CAPTURE };
	struct v4l2_format other = { .type = V4L2_BUF_TYPE_VIDEO_OVERLAY };

	somebody_sets_the_format();
	/* Neither of them makes libv4l2 look. */
	assert_int_equal(convert_rig_call(rig, VIDIOC_S_PARM, &parm), 0);
	assert_int_equal(convert_rig_call(rig, VIDIOC_S_FMT, &other), 0);
	assert_int_equal(convert_rig_request(rig, 2), 0);
	assert_int_equal(fake_libv4l2.set_formats, 1);
	assert_int_equal(fake_libv4l2.format.width, 16);
	assert_int_equal(fake_libv4l2.buffers, 2);
	assert_int_equal(convert_rig_request(rig, 0), 0);
	assert_int_equal(fake_libv4l2.set_formats, 1);
}

static void a_format_that_cannot_be_set_again_is_an_error(void **state)
{
	struct convert_rig *rig = *state;

	somebody_sets_the_format();
	convert_rig_fail(VIDIOC_S_FMT, EBUSY, 1);
	assert_int_equal(convert_rig_request(rig, 2), -EBUSY);
	assert_int_equal(fake_libv4l2.buffers, 0);
}

static void no_buffers_stay_whose_format_was_changed_meanwhile(void **state)
{
	struct convert_rig *rig = *state;

	fake_libv4l2.requested = somebody_sets_the_format;
	assert_int_equal(convert_rig_request(rig, 2), -EBUSY);
	assert_int_equal(fake_libv4l2.buffers, 0);
	fake_libv4l2.requested = NULL;
	assert_int_equal(convert_rig_request(rig, 2), 0);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, convert_rig_setup,               \
					convert_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_a_camera_is_opened),
		TEST(without_the_library_it_says_which_package_has_it),
		TEST(what_could_not_be_opened_stays_the_callers),
		TEST(there_is_room_for_sixteen_files),
		TEST(a_file_is_closed_while_another_one_is_in_a_call),
		TEST(calls_go_through_the_library),
		TEST(buffers_that_it_would_not_know_of_are_not_made),
		TEST(a_buffer_of_another_file_keeps_its_index),
		TEST(the_format_is_not_set_without_need),
		TEST(a_format_that_was_changed_by_others_is_set_again),
		TEST(a_format_that_cannot_be_set_again_is_an_error),
		TEST(no_buffers_stay_whose_format_was_changed_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
