// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bodies of IO and IO_RESP.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/wire.h"

static int pass_io(const uint32_t words[4], const void *written, size_t len,
		   struct vms_io *out, const void **at)
{
	static uint8_t bytes[sizeof(struct vms_io) + VMS_MAX_IO + 8];

	memcpy(bytes, words, sizeof(struct vms_io));
	if (len)
		memcpy(bytes + sizeof(struct vms_io), written, len);
	memset(out, 0x55, sizeof(*out));
	*at = bytes;
	return wire_get_io(bytes, sizeof(struct vms_io) + len, out, at);
}

static void an_io_has_its_documented_offsets(void **state)
{
	static const struct vms_io io = {
		.session_id = 0x01020304,
		.direction = VMS_IO_WRITE,
		.length = 0x0506,
	};
	struct wire_writer writer;
	uint8_t bytes[16];

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_io(&writer, &io);
	assert_false(writer.failed);
	assert_memory_equal(bytes,
			    "\4\3\2\1"
			    "\1\0\0\0"
			    "\6\5\0\0"
			    "\0\0\0\0",
			    16);
}

static void an_io_arrives_as_it_was_sent(void **state)
{
	static const uint32_t read[4] = { 7, VMS_IO_READ, VMS_MAX_IO };
	static const uint32_t write[4] = { 7, VMS_IO_WRITE, 3 };
	static const uint32_t poll[4] = { 7, VMS_IO_POLL, 0x41 };
	struct vms_io out;
	const void *at;

	(void)state;

	assert_int_equal(pass_io(read, NULL, 0, &out, &at), 0);
	assert_memory_equal(&out, read, sizeof(out));
	assert_null(at);
	assert_int_equal(pass_io(write, "abc", 3, &out, &at), 0);
	assert_memory_equal(&out, write, sizeof(out));
	assert_memory_equal(at, "abc", 3);
	assert_int_equal(pass_io(poll, NULL, 0, &out, &at), 0);
	assert_memory_equal(&out, poll, sizeof(out));
	assert_null(at);
}

static void events_of_an_io_that_there_are_not_are_cut_off(void **state)
{
	static const uint32_t poll[4] = { 7, VMS_IO_POLL, UINT32_MAX };
	struct vms_io out;
	const void *at;

	(void)state;

	assert_int_equal(pass_io(poll, NULL, 0, &out, &at), 0);
	assert_int_equal(out.length, 0x3dd);
}

static void an_io_that_is_impossible_is_refused(void **state)
{
	static const struct {
		uint32_t words[4];
		size_t len;
	} odd[] = {
		{ { 7, VMS_IO_READ, VMS_MAX_IO + 1 }, 0 },
		{ { 7, VMS_IO_READ, 4 }, 4 },
		{ { 7, VMS_IO_READ, 4, 1 }, 0 },
		{ { 7, VMS_IO_WRITE, VMS_MAX_IO + 1 }, VMS_MAX_IO + 1 },
		{ { 7, VMS_IO_WRITE, 4 }, 3 },
		{ { 7, VMS_IO_WRITE, 4 }, 5 },
		{ { 7, VMS_IO_POLL, 1 }, 1 },
		{ { 7, VMS_IO_DIRECTION_COUNT, 1 }, 0 },
		{ { 7, UINT32_MAX, 1 }, 0 },
	};
	static const uint8_t bytes[VMS_MAX_IO + 1];
	struct vms_io out;
	const void *at;
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(
			pass_io(odd[i].words, bytes, odd[i].len, &out, &at),
			-EPROTO);
		assert_int_equal(out.direction, 0x55555555);
	}
	assert_int_equal(wire_get_io(bytes, 15, &out, &at), -EPROTO);
}

static void an_io_resp_fits_its_question(void **state)
{
	static const struct {
		uint32_t direction;
		uint32_t status;
		uint32_t count;
		size_t len;
		int ret;
	} rows[] = {
		{ VMS_IO_READ, 0, 5, 5, 0 },
		{ VMS_IO_READ, 0, 0, 0, 0 },
		{ VMS_IO_READ, 0, 6, 6, -EPROTO },
		{ VMS_IO_READ, 0, 5, 4, -EPROTO },
		{ VMS_IO_READ, 0, 4, 5, -EPROTO },
		{ VMS_IO_READ, EAGAIN, 0, 0, 0 },
		{ VMS_IO_READ, EAGAIN, 1, 1, -EPROTO },
		{ VMS_IO_READ, EAGAIN, 0, 1, -EPROTO },
		{ VMS_IO_READ, VMS_ERRNO_MAX, 0, 0, 0 },
		{ VMS_IO_READ, VMS_ERRNO_MAX + 1, 0, 0, -EPROTO },
		{ VMS_IO_WRITE, 0, 5, 0, 0 },
		{ VMS_IO_WRITE, 0, 6, 0, -EPROTO },
		{ VMS_IO_WRITE, 0, 5, 5, -EPROTO },
		{ VMS_IO_POLL, 0, 0x3dd, 0, 0 },
		{ VMS_IO_POLL, 0, 0x2, 0, -EPROTO },
		{ VMS_IO_POLL, 0, 0x400, 0, -EPROTO },
		{ VMS_IO_POLL, 0, 0x1, 1, -EPROTO },
	};
	struct vms_io io = { .length = 5 };
	struct vms_io_resp resp, out;
	struct wire_writer writer;
	uint8_t bytes[16];
	const void *at;
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(bytes, 0, sizeof(bytes));
		memset(&out, 0x55, sizeof(out));
		resp.status = rows[i].status;
		resp.count = rows[i].count;
		wire_writer_init(&writer, bytes, 8);
		wire_put_io_resp(&writer, &resp);
		io.direction = rows[i].direction;
		assert_int_equal(wire_get_io_resp(bytes, 8 + rows[i].len, &io,
						  &out, &at),
				 rows[i].ret);
		if (rows[i].ret)
			assert_int_equal(out.count, 0x55555555);
		else
			assert_memory_equal(&out, &resp, sizeof(out));
		if (!rows[i].ret)
			assert_ptr_equal(at, io.direction == VMS_IO_READ
						     ? bytes + 8
						     : NULL);
	}
	assert_int_equal(wire_get_io_resp(bytes, 7, &io, &out, &at), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_io_has_its_documented_offsets),
		cmocka_unit_test(an_io_arrives_as_it_was_sent),
		cmocka_unit_test(
			events_of_an_io_that_there_are_not_are_cut_off),
		cmocka_unit_test(an_io_that_is_impossible_is_refused),
		cmocka_unit_test(an_io_resp_fits_its_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
