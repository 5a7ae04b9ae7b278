// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the kernel says of a descriptor.
 */
#include "common/fdinfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fds.h"

static void a_line_is_found_by_its_whole_key(void **state)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	unsigned int before = fds_count();
	struct stat st;
	long value = -1;

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(fdinfo_find(fd, "ino", &value), 0);
	assert_int_equal(value, st.st_ino);
	assert_int_equal(fdinfo_find(fd, "ino", NULL), 0);
	value = -1;
	assert_int_equal(fdinfo_find(fd, "no", &value), -ENODATA);
	assert_int_equal(fdinfo_find(fd, "exp_name", &value), -ENODATA);
	assert_int_equal(value, -1);
	assert_int_equal(fds_count(), before);
	close(fd);
}

static void what_is_not_open_has_none(void **state)
{
	(void)state;
	assert_int_equal(fdinfo_find(-1, "ino", NULL), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_by_its_whole_key),
		cmocka_unit_test(what_is_not_open_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
