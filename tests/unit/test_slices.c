// SPDX-License-Identifier: BSD-3-Clause
/*
 * Slices: no two have the same bytes, whoever has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "hostd/slices.h"

#define PAGE ((size_t)VMS_PAGE_SIZE)
#define ROOM (SHMEM_LEN_MIN / PAGE - 1) /* pages for slices */

static int file;
static struct slices *slices;
static struct slices *others; /* of another connection of the guest */
static unsigned int said;

static void sink(enum log_level level, const char *line)
{
	(void)level;
	said += strstr(line, "no room") != NULL;
}

static struct slices *create(void)
{
	struct slices *created;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	fd = shmem_open(path);
	assert_true(fd >= 0);
	assert_int_equal(slices_create(fd, &created), 0);
	created->len = created->shmem.len;
	return created;
}

static int setup(void **state)
{
	(void)state;
	said = 0;
	log_set_sink(sink);
	file = memfd_create("slices", MFD_CLOEXEC);
	assert_true(file >= 0);
	assert_int_equal(ftruncate(file, (off_t)SHMEM_LEN_MIN), 0);
	slices = create();
	others = create();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	slices_destroy(slices);
	slices_destroy(others);
	close(file);
	log_set_sink(NULL);
	return 0;
}

static void slices_are_pages_behind_the_marks(void **state)
{
	struct slice *first = slices_take(slices, 1);
	struct slice *second = slices_take(slices, PAGE + 1);
	struct slice *third = slices_take(slices, 2 * PAGE);
	uint64_t offset;

	(void)state;
	assert_int_equal(first->offset, PAGE);
	assert_int_equal(second->offset, 2 * PAGE);
	assert_int_equal(third->offset, 4 * PAGE);
	assert_ptr_equal(third->bytes, slices->shmem.bytes + 4 * PAGE);
	assert_true(slices_offset(slices, third->bytes, &offset));
	assert_int_equal(offset, third->offset);
	assert_false(slices_offset(slices, first, &offset));
}

static void what_is_given_back_is_taken_again(void **state)
{
	struct slice *first = slices_take(slices, PAGE);
	struct slice *second = slices_take(slices, 3 * PAGE);

	(void)state;
	assert_non_null(slices_take(slices, PAGE));
	slice_drop(second);
	assert_int_equal(slices_take(slices, 4 * PAGE)->offset, 6 * PAGE);
	assert_int_equal(slices_take(slices, 2 * PAGE)->offset, 2 * PAGE);
	slice_drop(first);
	assert_int_equal(slices_take(slices, 2)->offset, PAGE);
	slice_drop(NULL);
}

static void of_two_connections_nobody_gets_the_others(void **state)
{
	struct slice *theirs = slices_take(others, 2 * PAGE);
	struct slice *ours = slices_take(slices, PAGE);

	(void)state;
	assert_int_equal(theirs->offset, PAGE);
	assert_int_equal(ours->offset, 3 * PAGE);
	assert_int_equal(slices_take(others, PAGE)->offset, 4 * PAGE);
	slice_drop(theirs);
	assert_int_equal(slices_take(slices, 2 * PAGE)->offset, PAGE);
	assert_int_equal(slices_take(others, PAGE)->offset, 5 * PAGE);
}

/* Its process may have been killed. */
static void what_a_connection_had_is_free_when_it_ends(void **state)
{
	struct slice *theirs = slices_take(others, ROOM * PAGE);

	(void)state;
	assert_int_equal(theirs->offset, PAGE);
	assert_null(slices_take(slices, 1));
	slices_destroy(others);
	others = NULL;
	assert_int_equal(slices_take(slices, ROOM * PAGE)->offset, PAGE);
}

static void a_process_that_dies_has_nothing(void **state)
{
	struct slices *own;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		own = create();
		if (slices_take(own, ROOM * PAGE))
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_non_null(slices_take(slices, ROOM * PAGE));
}

static void without_room_there_is_none_and_it_is_said_once(void **state)
{
	unsigned int i;

	(void)state;
	assert_null(slices_take(slices, ROOM * PAGE + 1));
	assert_null(slices_take(slices, SIZE_MAX - PAGE));
	assert_null(slices_take(slices, 0));
	for (i = 0; i < ROOM; i++)
		assert_non_null(slices_take(slices, PAGE));
	assert_null(slices_take(slices, 1));
	assert_int_equal(said, 1);
}

/* Of another program of the VM's, say. */
static void nothing_of_an_older_frame_is_in_a_slice(void **state)
{
	struct slice *slice = slices_take(slices, PAGE + 1);
	size_t i;

	(void)state;
	memset(slice->bytes, 0xff, 2 * PAGE);
	slice_drop(slice);
	slice = slices_take(slices, PAGE + 1);
	for (i = 0; i < 2 * PAGE; i++)
		assert_int_equal(slice->bytes[i], 0);
}

static void slices_are_in_what_the_guest_has_too(void **state)
{
	(void)state;
	assert_false(slices_agree(slices, 0, SHMEM_LEN_MIN));
	assert_false(slices_agree(slices, 7, SHMEM_LEN_MIN));
	shmem_mark(&others->shmem, 7);
	assert_true(slices_agree(slices, 7, UINT64_MAX));
	assert_int_equal(slices->len, SHMEM_LEN_MIN);
	assert_true(slices_agree(slices, 7, 2 * PAGE));
	assert_int_equal(slices_take(slices, PAGE)->offset, PAGE);
	assert_null(slices_take(slices, 1));
	assert_true(slices_agree(slices, 7, 0));
	assert_null(slices_take(slices, 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(slices_are_pages_behind_the_marks),
		TEST(what_is_given_back_is_taken_again),
		TEST(of_two_connections_nobody_gets_the_others),
		TEST(what_a_connection_had_is_free_when_it_ends),
		TEST(a_process_that_dies_has_nothing),
		TEST(without_room_there_is_none_and_it_is_said_once),
		TEST(nothing_of_an_older_frame_is_in_a_slice),
		TEST(slices_are_in_what_the_guest_has_too),
	};

	return cmocka_run_group_tests_name("slices", tests, NULL, NULL);
}
