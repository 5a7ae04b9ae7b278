// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that somebody has passed, who goes on using it.
 */
#include "common/plane_object.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/userfaultfd.h>

#include <cmocka.h>

#include "guestd/helper_region.h"

#define WAIT_MS 2000
#define LEN     8192

/* ---- a page that does not come --------------------------------------------- */

static int faults;
static char *page;

static int setup(void **state)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register trap = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	(void)state;
	page = mmap(NULL, LEN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(page, MAP_FAILED);
	faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (faults < 0)
		return 0;
	trap.range.start = (uintptr_t)page;
	trap.range.len = LEN;
	assert_int_equal(ioctl(faults, UFFDIO_API, &api), 0);
	assert_int_equal(ioctl(faults, UFFDIO_REGISTER, &trap), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (faults >= 0)
		close(faults);
	munmap(page, LEN);
	return 0;
}

static void *use(void *fd)
{
	assert_int_equal(read(*(int *)fd, page, 1), 1);
	return NULL;
}

static void let_it_come(void)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)page, LEN } };

	assert_int_equal(ioctl(faults, UFFDIO_ZEROPAGE, &zero), 0);
}

/* ---- files ------------------------------------------------------------------ */

/* Opened, as a file is: then read(2) and lseek(2) of it exclude each other. */
static int opened(int fd)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDWR | O_CLOEXEC);
	assert_true(again >= 0);
	assert_int_equal(ftruncate(again, LEN), 0);
	close(fd);
	return again;
}

static int memory(void)
{
	int fd = opened(memfd_create("plane", MFD_ALLOW_SEALING | MFD_CLOEXEC));

	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	return fd;
}

/* Beside the program: /tmp may be a tmpfs, whose files have seals. */
static int file(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 8);
	int fd;

	assert_true(len > 0);
	memcpy(path + len, "-XXXXXX", 8);
	fd = opened(mkstemp(path));
	unlink(path);
	return fd;
}

/* ---- tests ------------------------------------------------------------------ */

/* While somebody is in read(2) on @fd, and for as long as he is. */
static void expect_at_once(int fd, bool (*question)(int fd), bool expected)
{
	struct pollfd ready = { .fd = faults, .events = POLLIN };
	struct pollfd end = { .events = POLLIN };
	pthread_t thread;
	int status, ended;
	pid_t pid;

	if (faults < 0) {
		close(fd);
		skip();
	}
	assert_int_equal(pthread_create(&thread, NULL, use, &fd), 0);
	assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
	assert_int_equal(ready.revents, POLLIN);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(question(fd) ? 1 : 0);
	end.fd = pidfd_open(pid, 0);
	assert_true(end.fd >= 0);
	ended = poll(&end, 1, WAIT_MS);
	let_it_come();
	pthread_join(thread, NULL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(end.fd);
	close(fd);
	assert_int_equal(ended, 1);
	assert_int_equal(status, expected << 8);
}

static void memory_is_known_while_it_is_read(void **state)
{
	(void)state;
	expect_at_once(memory(), plane_object_is_memory, true);
}

static void so_is_a_file_to_be_none(void **state)
{
	(void)state;
	expect_at_once(file(), plane_object_is_memory, false);
}

static bool fits(int fd)
{
	return helper_region_fits(fd, LEN) && !helper_region_fits(fd, LEN + 1);
}

static void the_helper_knows_how_large_it_is(void **state)
{
	(void)state;
	expect_at_once(memory(), fits, true);
}

/* Whose flags are as before. */
static void nor_is_a_file_that_nobody_reads(void **state)
{
	int fd = file();
	int flags = fcntl(fd, F_GETFL);

	(void)state;
	assert_false(plane_object_is_memory(fd));
	assert_int_equal(fcntl(fd, F_GETFL), flags);
	close(fd);
}

static void nor_is_what_has_no_type(void **state)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_false(plane_object_is_memory(fd));
	close(fd);
}

static void memory_is_as_long_as_it_is(void **state)
{
	int fd = memory();
	uint32_t kind;
	uint64_t len;

	(void)state;
	assert_int_equal(plane_object_identify(fd, &kind, &len), 0);
	assert_int_equal(len, LEN);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_known_while_it_is_read),
		TEST(so_is_a_file_to_be_none),
		cmocka_unit_test(nor_is_a_file_that_nobody_reads),
		cmocka_unit_test(nor_is_what_has_no_type),
		TEST(the_helper_knows_how_large_it_is),
		cmocka_unit_test(memory_is_as_long_as_it_is),
	};

	return cmocka_run_group_tests_name("plane_object", tests, NULL, NULL);
}
