// SPDX-License-Identifier: BSD-3-Clause
/*
 * Every system call of the shim fails, one after the other: the program gets an errno
 * or its memory, no descriptor is left, and its next mmap() works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "guestd/shim/expbuf.h"
#include "guestd/shim/map.h"
#include "tests/shim_rig.h"

#define LEN 8192

static int maps(void)
{
	void *memory;

	errno = 0;
	memory = shim_map(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
			  shim_rig.node, 0);
	if (memory == MAP_FAILED)
		return errno;
	munmap(memory, LEN);
	return 0;
}

static int exports(void)
{
	struct v4l2_exportbuffer expbuf = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};

	errno = 0;
	if (shim_expbuf(shim_rig.node, &expbuf) < 0)
		return errno;
	close(expbuf.fd);
	return 0;
}

/* Return: how many of its system calls can fail */
static unsigned int fail_each(int (*what)(void), int error)
{
	unsigned int at;
	int ret;

	for (at = 1;; at++) {
		shim_rig_new_number();
		shim_rig.calls = 0;
		shim_rig.fail_at = at;
		shim_rig.fail_error = error;
		ret = what();
		shim_rig.fail_at = 0;
		if (shim_rig.calls < at)
			break;
		if (ret != 0 && ret != ENODEV && ret != ENOTTY)
			assert_int_equal(ret, error);
		assert_int_equal(what(), 0);
	}
	assert_int_equal(ret, 0);
	return at - 1;
}

static const int errors[] = { EMFILE, ENFILE, ENOMEM, EAGAIN };

static void mmap_survives_each_fault(void **state)
{
	size_t i;

	(void)state;
	shim_rig_pass(shim_rig_memory(LEN, "frame"), LEN);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_true(fail_each(maps, errors[i]) > 8);
}

static void expbuf_survives_each_fault(void **state)
{
	size_t i;

	(void)state;
	shim_rig_pass(shim_rig_memory(LEN, "frame"), 0);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		assert_true(fail_each(exports, errors[i]) > 6);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, shim_rig_setup, shim_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mmap_survives_each_fault),
		TEST(expbuf_survives_each_fault),
	};

	return cmocka_run_group_tests_name("shim_faults", tests, NULL, NULL);
}
