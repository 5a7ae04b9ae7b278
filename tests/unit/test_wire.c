// SPDX-License-Identifier: BSD-3-Clause
/*
 * Readers and writers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/wire.h"

static void values_are_little_endian(void **state)
{
	static const uint8_t expected[] = { 0x01, 0x03, 0x02, 0x07, 0x06,
					    0x05, 0x04, 0x0f, 0x0e, 0x0d,
					    0x0c, 0x0b, 0x0a, 0x09, 0x08 };
	struct wire_reader reader;
	struct wire_writer writer;
	uint8_t bytes[15];

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_u8(&writer, 0x01);
	wire_put_u16(&writer, 0x0203);
	wire_put_u32(&writer, 0x04050607);
	wire_put_u64(&writer, 0x08090a0b0c0d0e0f);
	assert_false(writer.failed);
	assert_int_equal(writer.len, sizeof(bytes));
	assert_memory_equal(bytes, expected, sizeof(expected));

	wire_reader_init(&reader, bytes, sizeof(bytes));
	assert_int_equal(wire_get_u8(&reader), 0x01);
	assert_int_equal(wire_get_u16(&reader), 0x0203);
	assert_int_equal(wire_get_u32(&reader), 0x04050607);
	assert_int_equal(wire_get_u64(&reader), 0x08090a0b0c0d0e0f);
	assert_false(reader.failed);
	assert_int_equal(reader.left, 0);
}

static void a_reader_that_ran_out_stays_failed_and_yields_zeroes(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5 };
	struct wire_reader reader;
	uint8_t copy[4] = { 9, 9, 9, 9 };

	(void)state;

	wire_reader_init(&reader, bytes, sizeof(bytes));
	assert_int_equal(wire_get_u64(&reader), 0);
	assert_true(reader.failed);
	assert_int_equal(wire_get_u8(&reader), 0);
	assert_int_equal(wire_get_u16(&reader), 0);
	assert_int_equal(wire_get_u32(&reader), 0);
	assert_null(wire_skip(&reader, 1));
	assert_null(wire_skip(&reader, 0));
	wire_get_bytes(&reader, copy, sizeof(copy));
	assert_memory_equal(copy, "\0\0\0", 4);
	assert_true(reader.failed);
}

static void a_reader_takes_all_there_is_and_no_more(void **state)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct wire_reader reader;
	uint8_t copy[3];

	(void)state;

	wire_reader_init(&reader, bytes, sizeof(bytes));
	assert_ptr_equal(wire_skip(&reader, 1), bytes);
	wire_get_bytes(&reader, copy, 2);
	assert_memory_equal(copy, bytes + 1, 2);
	wire_get_bytes(&reader, NULL, 0);
	assert_false(reader.failed);
	assert_null(wire_skip(&reader, SIZE_MAX));
	assert_true(reader.failed);

	wire_reader_init(&reader, NULL, 0);
	assert_int_equal(wire_get_u8(&reader), 0);
	assert_true(reader.failed);
}

static void a_writer_that_is_full_writes_nothing_beyond_its_end(void **state)
{
	uint8_t bytes[8] = { 7, 7, 7, 7, 7, 7, 7, 7 };
	struct wire_writer writer;
	volatile size_t most = SIZE_MAX; /* or the compiler objects */

	(void)state;

	wire_writer_init(&writer, bytes, 6);
	wire_put_u32(&writer, 0);
	wire_put_bytes(&writer, NULL, 0);
	wire_put_zero(&writer, 0);
	assert_false(writer.failed);
	wire_put_u32(&writer, 0);
	assert_true(writer.failed);
	wire_put_u8(&writer, 0);
	wire_put_zero(&writer, 1);
	wire_put_bytes(&writer, bytes, most);
	assert_true(writer.failed);
	assert_int_equal(writer.len, 4);
	assert_memory_equal(bytes + 4, "\7\7\7\7", 4);
}

static void padding_is_to_eight(void **state)
{
	(void)state;

	assert_int_equal(wire_pad(0), 0);
	assert_int_equal(wire_pad(1), 8);
	assert_int_equal(wire_pad(8), 8);
	assert_int_equal(wire_pad(9), 16);
	assert_int_equal(wire_pad(UINT32_MAX), 0x100000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_little_endian),
		cmocka_unit_test(
			a_reader_that_ran_out_stays_failed_and_yields_zeroes),
		cmocka_unit_test(a_reader_takes_all_there_is_and_no_more),
		cmocka_unit_test(
			a_writer_that_is_full_writes_nothing_beyond_its_end),
		cmocka_unit_test(padding_is_to_eight),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
