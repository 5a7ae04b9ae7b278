// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that two machines have: which files it can be, what a slice is, and marks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/shmem.h"

#define PAGE ((uint64_t)VMS_PAGE_SIZE)

static int file;
static char path[64];
static struct shmem shmem;

static int setup(void **state)
{
	(void)state;
	file = memfd_create("shmem", MFD_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, (off_t)SHMEM_LEN_MIN), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	assert_int_equal(shmem_map(file, &shmem), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	shmem_unmap(&shmem);
	close(file);
	return 0;
}

static void a_file_has_to_be_long_enough(void **state)
{
	int fd;

	(void)state;
	fd = shmem_open(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(ftruncate(file, (off_t)SHMEM_LEN_MIN - 1), 0);
	assert_int_equal(shmem_open(path), -EINVAL);
	assert_int_equal(ftruncate(file, (off_t)SHMEM_LEN_MAX + 1), 0);
	assert_int_equal(shmem_open(path), -EINVAL);
	assert_int_equal(ftruncate(file, 0), 0);
	assert_int_equal(shmem_map(file, &shmem), -EINVAL);
}

static void what_is_no_file_is_no_memory(void **state)
{
	char fifo[] = "/tmp/usermedia-shmem-XXXXXX";

	(void)state;
	assert_int_equal(shmem_open("/dev/null"), -EINVAL);
	assert_int_equal(shmem_open("/no/such/file"), -ENOENT);
	assert_int_equal(shmem_open("/"), -EISDIR);
	assert_non_null(mkdtemp(fifo));
	assert_int_equal(rmdir(fifo), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(shmem_open(fifo), -EINVAL);
	unlink(fifo);
}

static void it_has_whole_pages(void **state)
{
	(void)state;
	shmem_unmap(&shmem);
	assert_int_equal(ftruncate(file, (off_t)SHMEM_LEN_MIN + 100), 0);
	assert_int_equal(shmem_map(file, &shmem), 0);
	assert_int_equal(shmem.len, SHMEM_LEN_MIN);
}

static void slices_are_within_it_and_begin_with_a_page(void **state)
{
	static const struct {
		uint64_t offset;
		uint64_t len;
		bool good;
	} rows[] = {
		{ PAGE, 1, true },
		{ PAGE, SHMEM_LEN_MIN - PAGE, true },
		{ SHMEM_LEN_MIN - PAGE, PAGE, true },
		{ 0, 1, false },
		{ PAGE, 0, false },
		{ PAGE + 1, 1, false },
		{ PAGE - 8, 1, false },
		{ PAGE, SHMEM_LEN_MIN - PAGE + 1, false },
		{ SHMEM_LEN_MIN, 1, false },
		{ SHMEM_LEN_MIN - PAGE, PAGE + 1, false },
		{ PAGE, UINT64_MAX, false },
		{ PAGE, UINT64_MAX - PAGE + 1, false },
		{ UINT64_MAX - PAGE + 1, PAGE, false },
		{ UINT64_MAX - PAGE + 1, UINT64_MAX, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			shmem_has_slice(&shmem, rows[i].offset, rows[i].len),
			rows[i].good);
}

static void who_has_the_same_memory_finds_the_mark(void **state)
{
	static uint8_t elsewhere[SHMEM_LEN_MIN] __attribute__((aligned(8)));
	const struct shmem other = { elsewhere, sizeof(elsewhere) };
	const uint64_t mark = 0x0123456789abcdefull;
	struct shmem same;

	(void)state;
	assert_int_equal(shmem_map(file, &same), 0);
	assert_false(shmem_marked(&same, mark));
	shmem_mark(&shmem, mark);
	assert_true(shmem_marked(&same, mark));
	assert_false(shmem_marked(&same, mark + SHMEM_MARKS));
	assert_false(shmem_marked(&other, mark));
	shmem_unmap(&same);
}

/* Slices begin behind them. */
static void marks_have_a_page_of_their_own(void **state)
{
	uint64_t mark;
	size_t i;

	(void)state;
	for (mark = 1; mark <= 2 * SHMEM_MARKS; mark++)
		shmem_mark(&shmem, mark);
	for (i = PAGE; i < shmem.len; i++)
		assert_int_equal(shmem.bytes[i], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_has_to_be_long_enough),
		TEST(what_is_no_file_is_no_memory),
		TEST(it_has_whole_pages),
		TEST(slices_are_within_it_and_begin_with_a_page),
		TEST(who_has_the_same_memory_finds_the_mark),
		TEST(marks_have_a_page_of_their_own),
	};

	return cmocka_run_group_tests_name("shmem", tests, NULL, NULL);
}
