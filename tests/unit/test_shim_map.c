// SPDX-License-Identifier: BSD-3-Clause
/*
 * The shim's mmap() of a node, and what it takes from guestd's helper.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guestd/shim/map.h"
#include "tests/memcheck.h"
#include "tests/shim_rig.h"

#define PAGE   ((size_t)4096)
#define OFFSET 0x123456000ull

static void *map(size_t len)
{
	return shim_map(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED,
			shim_rig.node, OFFSET);
}

static void assert_refused(int error)
{
	errno = 0;
	assert_ptr_equal(map(2 * PAGE), MAP_FAILED);
	assert_int_equal(errno, error);
}

/* ---- what it maps ---------------------------------------------------------- */

static void map_is_the_memory_that_is_passed(void **state)
{
	char seen[8] = "";
	char *memory;

	(void)state;
	shim_rig_pass(shim_rig_memory(2 * PAGE, "frame"), 2 * PAGE);

	memory = map(2 * PAGE);
	assert_ptr_not_equal(memory, MAP_FAILED);
	assert_string_equal(memory, "frame");
	memory[0] = 'g';
	assert_int_equal(pread(shim_rig.passed, seen, 5, 0), 5);
	assert_string_equal(seen, "grame");
	assert_int_equal(munmap(memory, 2 * PAGE), 0);
}

static void map_asks_with_the_token_and_the_callers_words(void **state)
{
	const struct shim_ask *asked = &shim_rig.asked;
	void *memory;

	(void)state;
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), 2 * PAGE);

	memory = shim_map(NULL, 5000, PROT_READ, MAP_SHARED | MAP_POPULATE,
			  shim_rig.node, OFFSET);
	assert_ptr_not_equal(memory, MAP_FAILED);
	munmap(memory, 5000);
	assert_int_equal(asked->magic, SHIM_MAGIC);
	assert_int_equal(asked->kind, SHIM_MAP);
	assert_memory_equal(asked->token, shim_rig.attach.token,
			    SHIM_TOKEN_LEN);
	assert_true(asked->offset == OFFSET);
	assert_int_equal(asked->len, 5000);
	assert_int_equal(asked->prot, PROT_READ);
	assert_int_equal(asked->flags, MAP_SHARED | MAP_POPULATE);
	assert_int_equal(asked->reserved, 0);
}

static void map_may_be_shorter_than_the_memory(void **state)
{
	void *memory;

	(void)state;
	shim_rig_pass(shim_rig_memory(4 * PAGE, ""), 3 * PAGE);
	memory = map(PAGE);
	assert_ptr_not_equal(memory, MAP_FAILED);
	munmap(memory, PAGE);
}

static void map_goes_where_the_caller_wants_it(void **state)
{
	char *place = mmap(NULL, 4 * PAGE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(place, MAP_FAILED);
	shim_rig_pass(shim_rig_memory(PAGE, "here"), PAGE);
	assert_ptr_equal(shim_map(place + PAGE, PAGE, PROT_READ,
				  MAP_SHARED | MAP_FIXED, shim_rig.node, 0),
			 place + PAGE);
	assert_string_equal(place + PAGE, "here");
	munmap(place, 4 * PAGE);
}

/* The VmFlags of smaps(5), for the mapping at @map */
static void read_flags(const void *map, char *flags, size_t len)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	char begin[32];
	bool found = false;

	assert_non_null(smaps);
	snprintf(begin, sizeof(begin), "%08lx-", (unsigned long)map);
	flags[0] = 0;
	while (fgets(flags, (int)len, smaps)) {
		found = found || !strncmp(flags, begin, strlen(begin));
		if (found && !strncmp(flags, "VmFlags:", 8))
			break;
	}
	fclose(smaps);
	assert_true(found);
}

static void frames_are_in_no_core_dump(void **state)
{
	char flags[256];
	void *memory;

	(void)state;
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), 2 * PAGE);
	memory = map(5000);
	assert_ptr_not_equal(memory, MAP_FAILED);
	read_flags(memory, flags, sizeof(flags));
	assert_non_null(strstr(flags, " dd"));
	munmap(memory, 5000);
}

static void map_waits_five_seconds_and_through_signals(void **state)
{
	void *memory;

	(void)state;
	shim_rig.interrupts = 20;
	shim_rig_pass(shim_rig_memory(PAGE, ""), PAGE);
	memory = map(PAGE);
	assert_ptr_not_equal(memory, MAP_FAILED);
	munmap(memory, PAGE);
	assert_int_equal(shim_rig.interrupts, 0);
	assert_int_equal(shim_rig.timeout, 5);
}

/* ---- whom it asks ---------------------------------------------------------- */

static void other_files_are_not_asked_about(void **state)
{
	int other = open("/dev/zero", O_RDWR | O_CLOEXEC);
	int file = shim_rig_memory(PAGE, "");

	(void)state;
	errno = 0;
	assert_ptr_equal(shim_map(NULL, PAGE, PROT_READ, MAP_SHARED, other, 0),
			 MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	assert_ptr_equal(shim_map(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0),
			 MAP_FAILED);
	assert_int_equal(errno, ENODEV);
	close(other);
	close(file);
	assert_int_equal(shim_rig.attaches, 0);
}

static void node_that_does_not_attach_is_enodev(void **state)
{
	(void)state;
	shim_rig.attach_error = ENOTTY;
	assert_refused(ENODEV);
	shim_rig.attach_error = EBUSY;
	assert_refused(ENODEV);
	shim_rig.attach_error = 0;
	shim_rig.attach.version++;
	assert_refused(ENODEV);
	shim_rig.attach.version = SHIM_VERSION;
	shim_rig.attach.magic++;
	assert_refused(ENODEV);
	shim_rig.attach.magic = SHIM_MAGIC;
	memset(shim_rig.attach.path, 'x', SHIM_PATH_LEN);
	assert_refused(ENODEV);
}

/* ---- what it is answered --------------------------------------------------- */

static void answers_errno_is_the_callers(void **state)
{
	static const int errors[] = { EINVAL, EBUSY, EACCES, ENOMEM, 4095 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		shim_rig.answer.error = errors[i];
		assert_refused(errors[i]);
	}
}

/* The helper knows of no such buffer, and guestd says why. */
static void buffer_that_went_with_the_host_is_enodev(void **state)
{
	(void)state;
	shim_rig.answer.error = EINVAL;
	shim_rig.attach_error = ENODEV;
	shim_rig.attached = 1;
	assert_refused(ENODEV);
	assert_int_equal(shim_rig.attaches, 2);
}

static void no_answer_is_enodev(void **state)
{
	(void)state;
	shim_rig.manner = SHIM_RIG_IS_SILENT;
	assert_refused(ENODEV);
	shim_rig.manner = SHIM_RIG_HANGS_UP;
	assert_refused(ENODEV);
	shim_rig.manner = SHIM_RIG_ANSWERS;
	shim_rig.failing = SYS_socket;
	assert_refused(ENODEV);
	shim_rig.failing = SYS_sendmsg;
	assert_refused(ENODEV);
	shim_rig.failing = -1;
	shim_rig.attach.path[0] = 'x';
	assert_refused(ENODEV);
}

/* No errno of mmap(2) says that a process may have no more descriptors. */
static void no_descriptor_is_enodev(void **state)
{
	(void)state;
	if (memcheck())
		skip();
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), 2 * PAGE);
	shim_rig.full = true;
	assert_refused(ENODEV);
}

static void answers_that_are_none_are_enodev(void **state)
{
	(void)state;
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), 2 * PAGE);
	shim_rig.manner = SHIM_RIG_ANSWERS_SHORT;
	assert_refused(ENODEV);
	shim_rig.manner = SHIM_RIG_PASSES_TWO;
	assert_refused(ENODEV);
	shim_rig.manner = SHIM_RIG_ANSWERS;

	shim_rig.answer.magic++;
	assert_refused(ENODEV);
	shim_rig.answer.magic = SHIM_MAGIC;
	shim_rig.answer.error = -EINVAL;
	assert_refused(ENODEV);
	shim_rig.answer.error = 4096;
	assert_refused(ENODEV);

	/* A descriptor with an error, and none without. */
	shim_rig.answer.error = EINVAL;
	assert_refused(ENODEV);
	shim_rig.answer.error = 0;
	close(shim_rig.passed);
	shim_rig.passed = -1;
	assert_refused(ENODEV);
}

static void memory_that_may_be_a_sigbus_is_enodev(void **state)
{
	char path[] = "/tmp/shim.XXXXXX";
	int file;

	(void)state;
	shim_rig_pass(shim_rig_memory(PAGE, ""), 2 * PAGE);
	assert_refused(ENODEV); /* the file is shorter */
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), PAGE);
	assert_refused(ENODEV); /* the buffer is */
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), 2 * PAGE - 1);
	assert_refused(ENODEV);
	shim_rig_pass(shim_rig_memory(2 * PAGE, ""), 0);
	assert_refused(ENODEV);

	file = memfd_create("soft", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(file, 2 * PAGE), 0);
	shim_rig_pass(file, 2 * PAGE);
	assert_refused(ENODEV);

	file = mkstemp(path);
	unlink(path);
	assert_int_equal(ftruncate(file, 2 * PAGE), 0);
	shim_rig_pass(file, 2 * PAGE);
	assert_refused(ENODEV);
}

static void what_the_kernel_says_of_the_memory_is_the_callers(void **state)
{
	int memory = shim_rig_memory(2 * PAGE, "");

	(void)state;
	assert_int_equal(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE), 0);
	shim_rig_pass(memory, 2 * PAGE);
	assert_refused(EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, shim_rig_setup, shim_rig_teardown)
		TEST(map_is_the_memory_that_is_passed),
		TEST(map_asks_with_the_token_and_the_callers_words),
		TEST(map_may_be_shorter_than_the_memory),
		TEST(map_goes_where_the_caller_wants_it),
		TEST(frames_are_in_no_core_dump),
		TEST(map_waits_five_seconds_and_through_signals),
		TEST(other_files_are_not_asked_about),
		TEST(node_that_does_not_attach_is_enodev),
		TEST(answers_errno_is_the_callers),
		TEST(buffer_that_went_with_the_host_is_enodev),
		TEST(no_answer_is_enodev),
		TEST(no_descriptor_is_enodev),
		TEST(answers_that_are_none_are_enodev),
		TEST(memory_that_may_be_a_sigbus_is_enodev),
		TEST(what_the_kernel_says_of_the_memory_is_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
