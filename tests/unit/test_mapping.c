// SPDX-License-Identifier: BSD-3-Clause
/*
 * The window, guest side: what a host may name, and the memory behind it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/protocol.h"
#include "guestd/mapping.h"

#define WINDOW (1ull << 40)
#define PAGE   ((uint64_t)VMS_PAGE_SIZE)

static struct mapping_window window;

static int setup(void **state)
{
	(void)state;
	memset(&window, 0, sizeof(window));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (window.count)
		mapping_destroy(&window, window.mappings[0]);
	mapping_window_finish(&window);
	return 0;
}

static int create(uint64_t addr, uint64_t len, struct guest_mapping **out)
{
	struct guest_mapping *mapping = NULL;
	int ret = mapping_create(&window, WINDOW, addr, len, NULL, &mapping);

	if (out)
		*out = mapping;
	return ret;
}

static void memory_is_found_by_its_address(void **state)
{
	struct guest_mapping *a;
	struct guest_mapping *b;

	(void)state;
	assert_int_equal(create(8 * PAGE, 100, &b), 0);
	assert_int_equal(create(PAGE, 2 * PAGE, &a), 0);
	assert_ptr_equal(mapping_find(&window, PAGE, 1), a);
	assert_ptr_equal(mapping_find(&window, PAGE, 2 * PAGE), a);
	assert_ptr_equal(mapping_find(&window, 3 * PAGE - 1, 1), a);
	assert_ptr_equal(mapping_find(&window, 8 * PAGE + 99, 1), b);
	assert_null(mapping_find(&window, PAGE - 1, 1));
	assert_null(mapping_find(&window, PAGE - 1, 2));
	assert_null(mapping_find(&window, 3 * PAGE, 1));
	assert_null(mapping_find(&window, 3 * PAGE - 1, 2));
	assert_null(mapping_find(&window, PAGE, SIZE_MAX));
	assert_null(mapping_find(&window, 8 * PAGE + 99, 2));
	assert_null(mapping_find(&window, UINT64_MAX, 1));
	assert_null(mapping_find(&window, 0, 1));
	mapping_destroy(&window, a);
	assert_null(mapping_find(&window, PAGE, 1));
	assert_ptr_equal(mapping_find(&window, 8 * PAGE, 1), b);
}

static void what_cannot_be_is_a_lie(void **state)
{
	(void)state;
	assert_int_equal(create(1, PAGE, NULL), -EPROTO);
	assert_int_equal(create(PAGE - 1, PAGE, NULL), -EPROTO);
	assert_int_equal(create(PAGE, 0, NULL), -EPROTO);
	assert_int_equal(create(0, MAPPING_LEN_MAX + 1, NULL), -EPROTO);
	assert_int_equal(create(WINDOW, PAGE, NULL), -EPROTO);
	assert_int_equal(create(WINDOW - PAGE, PAGE + 1, NULL), -EPROTO);
	assert_int_equal(create(UINT64_MAX - PAGE + 1, PAGE, NULL), -EPROTO);
	assert_int_equal(create(0, UINT64_MAX, NULL), -EPROTO);
	assert_int_equal(create(WINDOW - PAGE, PAGE, NULL), 0);
	assert_int_equal(
		mapping_create(&window, 0, 0, PAGE, NULL, &window.mappings[0]),
		-EPROTO);
	assert_int_equal(window.count, 1);
}

/* Rule: B15 */
static void memory_does_not_overlap(void **state)
{
	(void)state;
	assert_int_equal(create(4 * PAGE, 4 * PAGE, NULL), 0);
	assert_int_equal(create(4 * PAGE, 1, NULL), -EPROTO);
	assert_int_equal(create(7 * PAGE, PAGE, NULL), -EPROTO);
	assert_int_equal(create(3 * PAGE, PAGE + 1, NULL), -EPROTO);
	assert_int_equal(create(0, 64 * PAGE, NULL), -EPROTO);
	assert_int_equal(create(8 * PAGE, PAGE, NULL), 0);
	assert_int_equal(create(3 * PAGE, PAGE, NULL), 0);
	assert_int_equal(window.count, 3);
}

static void memory_is_zero_sealed_and_shared(void **state)
{
	struct guest_mapping *mapping;
	struct stat st;
	uint8_t *there;

	(void)state;
	assert_int_equal(create(0, 5000, &mapping), 0);
	assert_int_equal(fstat(mapping->fd, &st), 0);
	assert_int_equal(st.st_size, 2 * PAGE);
	assert_int_equal(fcntl(mapping->fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(mapping->fd, F_GET_SEALS),
			 F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_true(ftruncate(mapping->fd, 0) < 0);
	assert_int_equal(((uint8_t *)mapping->bytes)[4999], 0);
	there = mmap(NULL, 5000, PROT_READ | PROT_WRITE, MAP_SHARED,
		     mapping->fd, 0);
	assert_ptr_not_equal(there, MAP_FAILED);
	((uint8_t *)mapping->bytes)[4999] = 7;
	assert_int_equal(there[4999], 7);
	munmap(there, 5000);
}

/* A send is under way when a buffer goes. */
static void lent_memory_goes_when_it_comes_back(void **state)
{
	struct guest_mapping *mapping;

	(void)state;
	assert_int_equal(create(PAGE, 100, &mapping), 0);
	mapping_lend(mapping);
	mapping_lend(mapping);
	mapping_destroy(&window, mapping);
	/* Its address is free, its bytes are there. */
	assert_null(mapping_find(&window, PAGE, 1));
	assert_int_equal(create(PAGE, 100, NULL), 0);
	((uint8_t *)mapping->bytes)[99] = 1;
	mapping_return(mapping);
	((uint8_t *)mapping->bytes)[99] = 2;
	mapping_return(mapping);
	mapping_destroy(&window, NULL);
}

static void many_mappings_stay_in_order(void **state)
{
	static const unsigned int order[] = { 5, 1, 9, 3, 7, 0, 8, 2, 6, 4 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 10; i++)
		assert_int_equal(create(order[i] * PAGE, PAGE, NULL), 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(mapping_find(&window, i * PAGE + 5, 1)->addr,
				 i * PAGE);
	for (i = 0; i < 10; i += 2)
		mapping_destroy(&window,
				mapping_find(&window, order[i] * PAGE, 1));
	for (i = 0; i < 10; i++)
		assert_true(!mapping_find(&window, order[i] * PAGE, 1) ==
			    (i % 2 == 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_is_found_by_its_address),
		TEST(what_cannot_be_is_a_lie),
		TEST(memory_does_not_overlap),
		TEST(memory_is_zero_sealed_and_shared),
		TEST(lent_memory_goes_when_it_comes_back),
		TEST(many_mappings_stay_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
