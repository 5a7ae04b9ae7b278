// SPDX-License-Identifier: BSD-3-Clause
/*
 * Memory that guests have: how much it is, and how long it counts.
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
#include <sys/mman.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/exports.h"
#include "hostd/frames.h"
#include "hostd/grant.h"
#include "tests/fds.h"
#include "tests/simulated.h"

#define LEN 8192u

static struct loop *loop;
static struct reopener *reopener;
static struct exports *exports;
static unsigned int fds, fds_before;
static uint64_t now;

/* The thread is in this process, which makes no difference to it. */
static int start_reopener(void **state)
{
	int fd;

	(void)state;
	fds_before = fds_count();
	return reopener_start(&fd) || reopener_create(fd, &reopener);
}

static int stop_reopener(void **state)
{
	(void)state;
	reopener_destroy(reopener);
	fds_wait(fds_before);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	fds = fds_count();
	now = LOOP_MS;
	assert_int_equal(loop_create(&loop), 0);
	simulated_time(loop, &now);
	assert_int_equal(exports_create(loop, GRANT_SHARED_MAX, &exports), 0);
	exports_set_reopener(exports, reopener);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	exports_destroy(exports);
	loop_destroy(loop);
	/* As in give() */
	reopener_held(reopener, STDERR_FILENO);
	assert_int_equal(fds_count(), fds);
	return 0;
}

static void wait_ms(unsigned int ms)
{
	uint64_t until = now + ms * LOOP_MS;

	while (now < until)
		loop_run_once(loop, 10);
}

static int add(uint64_t len, struct export **out)
{
	void *bytes;
	int fd;

	assert_int_equal(frames_memfd(LEN, &fd, &bytes), 0);
	munmap(bytes, LEN);
	return exports_add(exports, fd, VMS_OBJ_MEMFD, len, out);
}

/* The thread closes what it has opened after its answer, but before the next one. */
static int give(const struct export *export)
{
	int given = export_give(export);

	reopener_held(reopener, STDERR_FILENO);
	return given;
}

static void memory_counts_as_long_as_the_guest_has_it(void **state)
{
	struct export *export;
	void *bytes;
	int given;

	(void)state;
	assert_int_equal(add(LEN, &export), 0);
	given = give(export);
	assert_true(given >= 0);
	export_release(export);
	wait_ms(1000);
	assert_int_equal(exports->len, LEN);

	/* A mapping is enough. */
	bytes = mmap(NULL, LEN, PROT_READ, MAP_SHARED, given, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	close(given);
	wait_ms(20000);
	assert_int_equal(exports->len, LEN);

	munmap(bytes, LEN);
	wait_ms(20000);
	assert_int_equal(exports->len, 0);
}

static void memory_that_is_mapped_here_counts(void **state)
{
	struct export *export;

	(void)state;
	assert_int_equal(add(LEN, &export), 0);
	wait_ms(20000);
	assert_int_equal(exports->len, LEN);
	export_release(export);
	wait_ms(50);
	assert_int_equal(exports->len, 0);
}

static void what_is_given_is_the_same_memory(void **state)
{
	struct export *export;
	int given;
	char byte = 'x';

	(void)state;
	assert_int_equal(add(LEN, &export), 0);
	given = give(export);
	assert_int_equal(pwrite(export->fd, &byte, 1, 5), 1);
	byte = 0;
	assert_int_equal(pread(given, &byte, 1, 5), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(fcntl(given, F_GET_SEALS),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(fcntl(given, F_GETFD), FD_CLOEXEC);
	close(given);
}

static void what_is_mapped_again_is_let_go_of(void **state)
{
	struct export *first, *again;
	void *bytes;
	int memory;

	(void)state;
	assert_int_equal(frames_memfd(LEN, &memory, &bytes), 0);
	munmap(bytes, LEN);
	assert_int_equal(
		exports_add(exports, dup(memory), VMS_OBJ_MEMFD, LEN, &first),
		0);
	export_release(first);
	assert_int_equal(
		exports_add(exports, dup(memory), VMS_OBJ_MEMFD, LEN, &again),
		0);
	wait_ms(20000);
	assert_int_equal(exports->len, LEN);
	export_release(again);
	wait_ms(20);
	assert_int_equal(exports->len, 0);
	close(memory);
}

static void what_is_held_outlasts_the_mappings(void **state)
{
	struct export *held, *other;
	int given;

	(void)state;
	assert_false(exports_held(exports));
	assert_int_equal(add(LEN, &held), 0);
	assert_int_equal(add(LEN, &other), 0);
	given = give(held);
	assert_true(exports_held(exports));
	assert_int_equal(exports->len, LEN);
	wait_ms(20000);
	assert_true(exports_held(exports));
	close(given);
	wait_ms(10000);
	assert_int_equal(exports->len, 0);
	assert_false(exports_held(exports));
}

/* With O_PATH it is not seen to have it, and can open it between our two calls. */
static void a_guest_that_breaks_the_lease_ends_nothing(void **state)
{
	struct export *export;
	char path[64];
	int given;

	(void)state;
	assert_int_equal(add(LEN, &export), 0);
	assert_int_equal(fcntl(export->fd, F_SETLEASE, F_WRLCK), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", export->fd);
	given = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_int_equal(given, -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(fcntl(export->fd, F_SETLEASE, F_UNLCK), 0);
}

static void without_a_reopener_memory_counts_until_the_end(void **state)
{
	struct export *export;
	int given;

	(void)state;
	exports_set_reopener(exports, NULL);
	assert_int_equal(add(LEN, &export), 0);
	assert_false(export->anew);
	given = give(export);
	assert_true(given >= 0);
	close(given);
	export_release(export);
	wait_ms(20000);
	assert_int_equal(exports->len, LEN);
	assert_false(exports_held(exports));
	assert_int_equal(exports->len, 0);
}

/* No dma-buf: nothing says who holds it. */
static void what_cannot_be_told_counts_until_the_end(void **state)
{
	struct export *export;
	void *bytes;
	int fd;

	(void)state;
	assert_int_equal(frames_memfd(LEN, &fd, &bytes), 0);
	munmap(bytes, LEN);
	assert_int_equal(exports_add(exports, fd, VMS_OBJ_DMABUF, LEN, &export),
			 0);
	export_release(export);
	wait_ms(20000);
	assert_int_equal(exports->len, LEN);
	assert_false(exports_held(exports));
	assert_int_equal(exports->len, 0);
}

static void there_is_a_limit(void **state)
{
	struct export *first, *second;
	int given;

	(void)state;
	assert_int_equal(add(GRANT_SHARED_MAX + 1, &first), -EDQUOT);
	assert_int_equal(add(GRANT_SHARED_MAX - LEN, &first), 0);
	assert_int_equal(add(LEN + 1, &second), -EDQUOT);
	assert_int_equal(add(LEN, &second), 0);
	given = give(first);
	export_release(first);
	assert_int_equal(add(LEN, &second), -EDQUOT);
	close(given);
	/* It is looked at once more before it is refused. */
	assert_int_equal(add(LEN, &second), 0);
}

static unsigned int lines;

static void count_lines(enum log_level level, const char *line)
{
	(void)line;
	lines += level == LOG_LEVEL_WARN;
}

/* By turns there is room, and none. */
static void the_limit_is_said_once(void **state)
{
	struct export *export;
	unsigned int i;

	(void)state;
	lines = 0;
	log_set_sink(count_lines);
	for (i = 0; i < 3; i++) {
		assert_int_equal(add(GRANT_SHARED_MAX + 1, &export), -EDQUOT);
		assert_int_equal(add(LEN, &export), 0);
	}
	log_set_sink(NULL);
	assert_int_equal(lines, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_counts_as_long_as_the_guest_has_it),
		TEST(memory_that_is_mapped_here_counts),
		TEST(what_is_given_is_the_same_memory),
		TEST(what_is_mapped_again_is_let_go_of),
		TEST(what_is_held_outlasts_the_mappings),
		TEST(a_guest_that_breaks_the_lease_ends_nothing),
		TEST(what_cannot_be_told_counts_until_the_end),
		TEST(without_a_reopener_memory_counts_until_the_end),
		TEST(there_is_a_limit),
		TEST(the_limit_is_said_once),
	};

	return cmocka_run_group_tests_name("exports", tests, start_reopener,
					   stop_reopener);
}
