// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shim's VIDIOC_EXPBUF.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guestd/shim/expbuf.h"
#include "tests/memcheck.h"
#include "tests/shim_rig.h"

static struct v4l2_exportbuffer an_expbuf(uint32_t flags)
{
	return (struct v4l2_exportbuffer){
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.index = 3,
		.plane = 1,
		.flags = flags,
		.fd = -5,
		.reserved = { 9, 9 },
	};
}

static void expbuf_is_the_descriptor_that_is_passed(void **state)
{
	struct v4l2_exportbuffer expbuf = an_expbuf(O_RDWR | O_CLOEXEC);
	char seen[8] = "";

	(void)state;
	shim_rig_pass(shim_rig_memory(4096, "frame"), 0);
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), 0);
	assert_int_equal(pread(expbuf.fd, seen, 5, 0), 5);
	assert_string_equal(seen, "frame");
	assert_int_equal(fcntl(expbuf.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(expbuf.reserved[0], 0);
	close(expbuf.fd);

	assert_int_equal(shim_rig.asked.kind, SHIM_EXPORT);
	assert_int_equal(shim_rig.asked.type, expbuf.type);
	assert_int_equal(shim_rig.asked.index, 3);
	assert_int_equal(shim_rig.asked.plane, 1);
	assert_int_equal(shim_rig.asked.flags, O_RDWR | O_CLOEXEC);
	assert_int_equal(shim_rig.asked.len, 0);
}

static void expbuf_without_cloexec_stays_open(void **state)
{
	struct v4l2_exportbuffer expbuf = an_expbuf(O_RDONLY);

	(void)state;
	shim_rig_pass(shim_rig_memory(4096, ""), 0);
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), 0);
	assert_int_equal(fcntl(expbuf.fd, F_GETFD), 0);
	close(expbuf.fd);
}

static void refused_expbuf_has_the_answers_errno(void **state)
{
	struct v4l2_exportbuffer expbuf = an_expbuf(0);

	(void)state;
	shim_rig.answer.error = EINVAL;
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(expbuf.fd, -5);
}

static void expbuf_that_nobody_answers_is_enotty(void **state)
{
	struct v4l2_exportbuffer expbuf = an_expbuf(0);

	(void)state;
	shim_rig.manner = SHIM_RIG_HANGS_UP;
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), -1);
	assert_int_equal(errno, ENOTTY);
	shim_rig.attach_error = ENOTTY;
	errno = 0;
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), -1);
	assert_int_equal(errno, ENOTTY);
}

/* As natively (dma_buf_fd()), for the socket and for what is passed. */
static void expbuf_that_finds_no_descriptor_is_emfile(void **state)
{
	struct v4l2_exportbuffer expbuf = an_expbuf(0);

	(void)state;
	if (memcheck())
		skip();
	shim_rig_pass(shim_rig_memory(4096, ""), 0);
	shim_rig.failing = SYS_socket;
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), -1);
	assert_int_equal(errno, EMFILE);
	shim_rig.failing = -1;
	shim_rig.full = true;
	errno = 0;
	assert_int_equal(shim_expbuf(shim_rig.node, &expbuf), -1);
	assert_int_equal(errno, EMFILE);
	assert_int_equal(expbuf.fd, -5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, shim_rig_setup, shim_rig_teardown)
		TEST(expbuf_is_the_descriptor_that_is_passed),
		TEST(expbuf_without_cloexec_stays_open),
		TEST(refused_expbuf_has_the_answers_errno),
		TEST(expbuf_that_nobody_answers_is_enotty),
		TEST(expbuf_that_finds_no_descriptor_is_emfile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
