// SPDX-License-Identifier: BSD-3-Clause
/*
 * What the memory helper lets a program export.  What it lets one map is in
 * test_helper_shim.c, which has the socket.
 */
#include "guestd/helper_table.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include <cmocka.h>

#include "common/log_rate.h"
#include "guestd/helper_marks.h"

#define PAGE    4096u
#define CAPTURE V4L2_BUF_TYPE_VIDEO_CAPTURE
#define OUTPUT  V4L2_BUF_TYPE_VIDEO_OUTPUT

static struct helper_table *table;
static bool makes; /* a memfd can be made a dma-buf */

static void token_of(uint64_t file, uint8_t *token)
{
	memset(token, (int)file, SHIM_TOKEN_LEN);
}

static void attach(uint64_t file, uint32_t flags)
{
	struct helper_request request = { .type = HELPER_ATTACH,
					  .file = file,
					  .count = flags };

	token_of(file, request.token);
	assert_true(helper_table_attach(table, &request));
}

static void add(uint64_t region, uint64_t file, uint32_t index, uint32_t plane)
{
	struct helper_request request = {
		.region = region,
		.file = file,
		.buf_type = CAPTURE,
		.index = index,
		.plane = plane,
		.offset = region * PAGE,
		.len = 100,
	};
	int fd = memfd_create("plane", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_equal(pwrite(fd, &region, 1, 0), 1);
	assert_true(helper_table_add(table, &request, fd));
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	makes = true;
	assert_int_equal(helper_table_create(&table), 0);
	attach(1, HELPER_ATTACH_WRITABLE);
	attach(2, HELPER_ATTACH_WRITABLE);
	add(1, 1, 0, 0);
	add(2, 1, 0, 1);
	add(3, 2, 7, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	helper_table_destroy(table);
	return 0;
}

/* Return: the region's number, or a negative errno */
static int export(uint64_t file, uint32_t type, uint32_t index, uint32_t plane,
		  uint32_t flags)
{
	struct shim_ask ask = {
		.kind = SHIM_EXPORT,
		.type = type,
		.index = index,
		.plane = plane,
		.flags = flags,
	};
	uint8_t number = 0;
	uint64_t len;
	int fd, ret;

	token_of(file, ask.token);
	ret = helper_table_export(table, &ask, makes, &fd, &len);
	if (ret)
		return ret;
	assert_int_equal(len, makes ? PAGE : 0);
	assert_int_equal(pread(fd, &number, 1, 0), 1);
	close(fd);
	return number;
}

static void own(uint64_t file, bool fileio)
{
	struct helper_request request = { .file = file,
					  .buf_type = CAPTURE,
					  .count = fileio };

	helper_table_own(table, &request);
}

static void a_buffer_is_exported_by_its_index_and_plane(void **state)
{
	(void)state;
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), 1);
	assert_int_equal(export(1, CAPTURE, 0, 1, O_RDONLY | O_CLOEXEC), 2);
	assert_int_equal(export(2, CAPTURE, 7, 0, O_WRONLY), 3);
	own(1, false);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), 1);
}

static void what_is_not_there_is_not(void **state)
{
	(void)state;
	assert_int_equal(export(1, CAPTURE, 1, 0, O_RDWR), -EINVAL);
	assert_int_equal(export(1, CAPTURE, 0, 2, O_RDWR), -EINVAL);
	assert_int_equal(export(1, OUTPUT, 0, 0, O_RDWR), -EINVAL);
	assert_int_equal(export(1, CAPTURE, 7, 0, O_RDWR), -EINVAL);
	assert_int_equal(export(3, CAPTURE, 0, 0, O_RDWR), -EACCES);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR | O_NONBLOCK),
			 -EINVAL);
	helper_table_close(table, 1);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), -EACCES);
}

/* vb2_ioctl_expbuf() asks whose the queue is before it looks at anything. */
static void only_the_owner_exports(void **state)
{
	(void)state;
	own(2, false);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), -EBUSY);
	assert_int_equal(export(1, OUTPUT, 9, 9, ~0u), -EBUSY);
	assert_int_equal(export(2, CAPTURE, 7, 0, O_RDWR), 3);
	own(0, false);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), 1);
}

static void nobody_exports_what_read_has(void **state)
{
	(void)state;
	own(1, true);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), -EBUSY);
	assert_int_equal(export(1, OUTPUT, 0, 0, O_RDWR), -EINVAL);
	assert_int_equal(export(1, CAPTURE, 0, 0, ~0u), -EINVAL);
}

/*
 * A file of a file system stands for a dma-buf: it has no seals, either, unless it is
 * a tmpfs, as /tmp may be; hence beside the program.
 */
static int file_without_seals(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 8);
	int fd;

	assert_true(len > 0);
	memcpy(path + len, "-XXXXXX", 8);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	if (fcntl(fd, F_GET_SEALS) >= 0)
		skip();
	return fd;
}

static void a_dma_buf_of_the_hosts_is_handed_on(void **state)
{
	struct helper_request request = {
		.region = 9,
		.file = 2,
		.buf_type = CAPTURE,
		.index = 9,
		.len = 100,
	};
	uint8_t number = 9;
	int fd = file_without_seals();

	(void)state;
	makes = false;
	assert_int_equal(export(2, CAPTURE, 7, 0, O_RDWR), -ENOTTY);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	assert_int_equal(pwrite(fd, &number, 1, 0), 1);
	assert_true(helper_table_add(table, &request, fd));
	close(fd);

	assert_int_equal(export(2, CAPTURE, 9, 0, O_RDWR), 9);
	assert_int_equal(export(2, CAPTURE, 9, 1, O_RDWR), -EINVAL);
	assert_int_equal(export(2, CAPTURE, 7, 0, O_RDWR), -EINVAL);
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), -ENOTTY);
	assert_int_equal(export(3, CAPTURE, 0, 0, O_RDWR), -ENOTTY);
}

/* As the host's own call, which programs try to find out whether there is one. */
static void a_file_that_will_have_dma_bufs_has_the_call_before(void **state)
{
	(void)state;
	makes = false;
	attach(4, HELPER_ATTACH_WRITABLE | HELPER_ATTACH_EXPORTS);
	assert_int_equal(export(4, CAPTURE, 0, 0, O_RDWR), -EINVAL);
	assert_int_equal(export(4, CAPTURE, ~0u, ~0u, O_RDWR), -EINVAL);
	own(2, false);
	assert_int_equal(export(4, CAPTURE, ~0u, ~0u, ~0u), -EBUSY);
	own(4, false);
	/* What is copied after all */
	add(5, 4, 0, 0);
	assert_int_equal(export(4, CAPTURE, 0, 0, O_RDWR), -EINVAL);
}

static void what_was_given_is_marked(void **state)
{
	struct shim_ask ask = {
		.kind = SHIM_MAP,
		.offset = 2 * PAGE,
		.len = PAGE,
		.prot = PROT_READ,
		.flags = MAP_SHARED,
	};
	struct helper_marks *marks;
	uint64_t len;
	int memfd, fd;

	(void)state;
	/* Without marks it works, too. */
	assert_int_equal(export(1, CAPTURE, 0, 1, O_RDWR), 2);
	assert_true(helper_table_share(table, -1)); /* lost on its way */
	memfd = memfd_create("marks", MFD_CLOEXEC);
	assert_int_equal(ftruncate(memfd, sizeof(*marks)), 0);
	assert_false(helper_table_share(table, memfd)); /* it may shrink */
	close(memfd);

	marks = helper_marks_create(&memfd);
	assert_true(helper_table_share(table, memfd));
	assert_false(helper_table_share(table, memfd)); /* once is enough */
	close(memfd);
	assert_int_equal(export(1, CAPTURE, 0, 2, O_RDWR), -EINVAL);
	assert_false(helper_marks_has(marks, 1) || helper_marks_has(marks, 2));
	assert_int_equal(export(1, CAPTURE, 0, 0, O_RDWR), 1);
	assert_true(helper_marks_has(marks, 1));
	token_of(1, ask.token);
	assert_int_equal(helper_table_map(table, &ask, &fd, &len), 0);
	close(fd);
	assert_true(helper_marks_has(marks, 2));
	/* One of another's place, whose number is the same but for that. */
	assert_false(helper_marks_has(marks, 2 + HELPER_MARKS_COUNT));
	assert_false(helper_marks_has(marks, 0));
	helper_marks_close(marks);
}

/* A program that makes regions for days must not come back to the first. */
static void a_region_after_many(void **state)
{
	const uint64_t late = 1 + (1ULL << 32);
	struct helper_region *first, *other;

	(void)state;
	add(late, 1, 5, 0);
	first = helper_table_get(table, 1);
	other = helper_table_get(table, late);
	assert_non_null(first);
	assert_non_null(other);
	assert_ptr_not_equal(first, other);
	helper_region_put(first);
	helper_region_put(other);

	helper_table_remove(table, late);
	assert_null(helper_table_get(table, late));
	first = helper_table_get(table, 1);
	assert_non_null(first);
	helper_region_put(first);
}

static unsigned int lines;

static void count_line(enum log_level level, const char *line)
{
	(void)level;
	(void)line;
	lines++;
}

/* A program that asks again and again while there is none fills no log. */
static void want_of_room_is_not_said_for_ever(void **state)
{
	struct helper_request request = { .file = 1, .len = PAGE };
	unsigned int i;

	(void)state;
	log_open("test", LOG_LEVEL_INFO);
	log_set_sink(count_line);
	lines = 0;
	for (i = 0; i < 100; i++) {
		request.region = 10 + i;
		assert_true(helper_table_add(table, &request, -1));
	}
	log_set_sink(NULL);
	assert_int_equal(lines, LOG_RATE_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_buffer_is_exported_by_its_index_and_plane),
		TEST(what_is_not_there_is_not),
		TEST(only_the_owner_exports),
		TEST(nobody_exports_what_read_has),
		TEST(a_dma_buf_of_the_hosts_is_handed_on),
		TEST(a_file_that_will_have_dma_bufs_has_the_call_before),
		TEST(what_was_given_is_marked),
		TEST(a_region_after_many),
		TEST(want_of_room_is_not_said_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
