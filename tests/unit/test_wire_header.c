// SPDX-License-Identifier: BSD-3-Clause
/*
 * Frame headers: what passes, and what ends a connection.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/wire.h"

static int check_limited(const struct vms_header *header, uint32_t max_ctrl,
			 uint32_t max_chunk)
{
	struct wire_writer writer;
	struct vms_header out;
	uint8_t bytes[32];
	int ret;

	memset(&out, 0x55, sizeof(out));
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_header(&writer, header);
	assert_false(writer.failed);
	assert_int_equal(writer.len, 32);

	ret = wire_get_header(bytes, max_ctrl, max_chunk, &out);
	if (ret == 0) {
		assert_int_equal(out.magic, VMS_MAGIC);
		assert_int_equal(out.type, header->type);
		assert_int_equal(out.flags, header->flags);
		assert_int_equal(out.len, header->len);
		assert_int_equal(out.tag, header->tag);
		assert_int_equal(out.slen, header->slen);
		assert_int_equal(out.arg, header->arg);
		assert_int_equal(out.off, header->off);
	} else {
		assert_int_equal(ret, -EPROTO);
		assert_int_equal(out.magic, 0x55555555);
	}
	return ret;
}

static int check(const struct vms_header *header)
{
	return check_limited(header, VMS_MAX_CTRL, VMS_MAX_CHUNK);
}

/* One good header per type of version 1. */
static const struct vms_header good_headers[] = {
	{ .type = VMS_HELLO, .len = 96, .slen = 96 },
	{ .type = VMS_HELLO_ACK, .len = 232, .slen = 232 },
	{ .type = VMS_HELLO_ACK, .len = 232 + 64, .slen = 232 + 64 },
	{ .type = VMS_HELLO_ACK, .len = 232 + 4096, .slen = 232 + 4096 },
	{ .type = VMS_REQ, .len = 8, .tag = 1, .slen = 8, .arg = 16 },
	{ .type = VMS_REQ, .len = 24, .tag = UINT32_MAX, .slen = 20 },
	{ .type = VMS_REQ,
	  .flags = VMS_FLAG_AUX,
	  .len = 32,
	  .tag = 1,
	  .slen = 20 },
	{ .type = VMS_RESP, .len = 0, .tag = 1 },
	{ .type = VMS_RESP,
	  .flags = VMS_FLAG_AUX,
	  .len = 16,
	  .tag = 1,
	  .slen = 8 },
	{ .type = VMS_EVT, .len = 16, .slen = 16 },
	{ .type = VMS_EVT, .len = 144, .slen = 144 },
	{ .type = VMS_EVT, .len = 608, .slen = 608 },
	{ .type = VMS_DATA, .len = 8, .slen = 1, .arg = 3, .off = 4096 },
	{ .type = VMS_DATA,
	  .flags = VMS_FLAG_LAST,
	  .len = 65536,
	  .slen = 65536,
	  .off = ~(1ull << 63) & ~7ull },
	{ .type = VMS_CANCEL, .tag = 1 },
	{ .type = VMS_OBJ, .flags = VMS_FLAG_FD, .len = 48, .slen = 48 },
	{ .type = VMS_CLOCK, .len = 24, .slen = 24 },
	{ .type = VMS_GOAWAY, .len = 8, .slen = 8 },
	{ .type = VMS_IO, .len = 16, .tag = 1, .slen = 16 },
	{ .type = VMS_IO, .len = 65552, .tag = 1, .slen = 65552 },
	{ .type = VMS_IO_RESP, .len = 8, .tag = 1, .slen = 8 },
	{ .type = VMS_IO_RESP, .len = 65544, .tag = 1, .slen = 65544 },
};

#define GOOD_COUNT (sizeof(good_headers) / sizeof(good_headers[0]))

static void good_headers_of_every_type_pass(void **state)
{
	size_t i;

	(void)state;

	for (i = 0; i < GOOD_COUNT; i++)
		assert_int_equal(check(&good_headers[i]), 0);
}

static void another_magic_is_refused(void **state)
{
	struct wire_writer writer;
	struct vms_header out;
	uint8_t bytes[32];
	size_t i;

	(void)state;

	for (i = 0; i < 32; i++) {
		wire_writer_init(&writer, bytes, sizeof(bytes));
		wire_put_header(&writer, &good_headers[0]);
		bytes[i / 8] ^= 1u << (i % 8);
		assert_int_equal(wire_get_header(bytes, VMS_MAX_CTRL,
						 VMS_MAX_CHUNK, &out),
				 -EPROTO);
	}
}

static void unknown_and_reserved_types_pass_only_if_ignorable(void **state)
{
	static const uint16_t types[] = {
		0,
		VMS_EVT_CREDIT,
		VMS_DATA_CREDIT,
		VMS_CFG_CHANGE,
		VMS_TYPE_COUNT,
		UINT16_MAX,
	};
	struct vms_header header;
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		header = (struct vms_header){
			.type = types[i],
			.len = 8,
			.slen = 3,
			.arg = 1,
		};
		assert_int_equal(check(&header), -EPROTO);
		header.flags = VMS_FLAG_IGNORABLE;
		assert_int_equal(check(&header), 0);
		header.flags = VMS_FLAG_IGNORABLE | VMS_FLAG_FD;
		assert_int_equal(check(&header), -EPROTO);
		header.flags = VMS_FLAG_IGNORABLE;
		header.len = VMS_MAX_CTRL + 8;
		header.slen = header.len;
		assert_int_equal(check(&header), -EPROTO);
	}
}

static void flags_are_only_for_the_types_that_have_them(void **state)
{
	struct vms_header header;
	unsigned int bit;
	bool allowed;
	size_t i;

	(void)state;

	for (i = 0; i < GOOD_COUNT; i++) {
		for (bit = 0; bit < 16; bit++) {
			header = good_headers[i];
			if (header.flags & (1u << bit))
				continue;
			header.flags |= 1u << bit;
			if (1u << bit == VMS_FLAG_AUX)
				header.len += sizeof(struct vms_aux);
			allowed = (1u << bit == VMS_FLAG_AUX &&
				   (header.type == VMS_REQ ||
				    header.type == VMS_RESP)) ||
				  (1u << bit == VMS_FLAG_NONBLOCK &&
				   header.type == VMS_REQ) ||
				  (1u << bit == VMS_FLAG_LAST &&
				   header.type == VMS_DATA) ||
				  (1u << bit == VMS_FLAG_FD &&
				   header.type == VMS_HELLO_ACK);
			assert_int_equal(check(&header), allowed ? 0 : -EPROTO);
		}
	}
}

static void an_object_may_come_without_a_descriptor(void **state)
{
	struct vms_header header = { .type = VMS_OBJ, .len = 48, .slen = 48 };

	(void)state;

	assert_int_equal(check(&header), 0);
	header.flags = VMS_FLAG_FD;
	assert_int_equal(check(&header), 0);
	header.slen = 47;
	assert_int_equal(check(&header), -EPROTO);
}

static void fields_a_type_does_not_use_are_zero(void **state)
{
	struct vms_header header;
	size_t i;

	(void)state;

	for (i = 0; i < GOOD_COUNT; i++) {
		header = good_headers[i];
		header.tag = !header.tag;
		assert_int_equal(check(&header), -EPROTO);

		header = good_headers[i];
		header.arg = 1;
		assert_int_equal(check(&header),
				 header.type == VMS_REQ ||
						 header.type == VMS_DATA
					 ? 0
					 : -EPROTO);

		header = good_headers[i];
		header.off = 8;
		assert_int_equal(check(&header),
				 header.type == VMS_DATA ? 0 : -EPROTO);
	}
}

static void data_goes_to_multiples_of_eight_in_space_0(void **state)
{
	struct vms_header header = {
		.type = VMS_DATA,
		.len = 8,
		.slen = 8,
		.off = 8,
	};

	(void)state;

	assert_int_equal(check(&header), 0);
	header.off = 12;
	assert_int_equal(check(&header), -EPROTO);
	header.off = 1ull << 63;
	assert_int_equal(check(&header), -EPROTO);
}

static void the_section_fits_in_the_body(void **state)
{
	struct vms_header header = { .type = VMS_REQ, .tag = 1 };

	(void)state;

	header.slen = 9;
	header.len = 16;
	assert_int_equal(check(&header), 0);
	header.len = 8;
	assert_int_equal(check(&header), -EPROTO);
	header.len = 9;
	assert_int_equal(check(&header), -EPROTO);
	header.len = 24;
	assert_int_equal(check(&header), -EPROTO);
	header.slen = UINT32_MAX;
	header.len = 0;
	assert_int_equal(check(&header), -EPROTO);

	header.flags = VMS_FLAG_AUX;
	header.slen = 9;
	header.len = 16;
	assert_int_equal(check(&header), -EPROTO);
	header.len = 24;
	assert_int_equal(check(&header), 0);
	header.len = 25;
	assert_int_equal(check(&header), -EPROTO);
	header.len = 64;
	assert_int_equal(check(&header), 0);
	header.slen = UINT32_MAX;
	assert_int_equal(check(&header), -EPROTO);
}

static void bodies_are_limited(void **state)
{
	struct vms_header req = { .type = VMS_REQ, .tag = 1 };
	struct vms_header data = { .type = VMS_DATA };

	(void)state;

	req.len = req.slen = 4096;
	assert_int_equal(check_limited(&req, 4096, 8192), 0);
	assert_int_equal(check_limited(&req, 4095, 8192), -EPROTO);
	req.len = req.slen = UINT32_MAX - 7;
	assert_int_equal(check(&req), -EPROTO);

	data.len = data.slen = 8192;
	assert_int_equal(check_limited(&data, 4096, 8192), 0);
	assert_int_equal(check_limited(&data, 4096, 8191), -EPROTO);
	data.len = data.slen = 0;
	assert_int_equal(check(&data), -EPROTO);
	data.len = data.slen = UINT32_MAX - 7;
	assert_int_equal(check(&data), -EPROTO);
}

static void sections_of_fixed_size_have_it(void **state)
{
	static const uint16_t types[] = {
		VMS_HELLO, VMS_HELLO_ACK, VMS_EVT,
		VMS_CLOCK, VMS_GOAWAY,    VMS_CANCEL
	};
	static const unsigned int lengths[] = {
		1, 1 + VMS_LIST_MAX, 3, 1, 1, 1
	};
	struct vms_header header = { 0 };
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		unsigned int passed = 0;

		header.type = types[i];
		header.tag = header.type == VMS_CANCEL;
		for (header.slen = 0; header.slen < 8192; header.slen++) {
			header.len = wire_pad(header.slen);
			passed += check(&header) == 0;
		}
		assert_int_equal(passed, lengths[i]);
	}
}

static void every_type_has_a_name(void **state)
{
	unsigned int type;

	(void)state;

	for (type = 1; type < VMS_TYPE_COUNT; type++)
		assert_string_not_equal(wire_type_name(type), "?");
	assert_string_equal(wire_type_name(VMS_REQ), "REQ");
	assert_string_equal(wire_type_name(VMS_HELLO_ACK), "HELLO_ACK");
	assert_string_equal(wire_type_name(0), "?");
	assert_string_equal(wire_type_name(VMS_TYPE_COUNT), "?");
	assert_string_equal(wire_type_name(UINT32_MAX), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_headers_of_every_type_pass),
		cmocka_unit_test(another_magic_is_refused),
		cmocka_unit_test(
			unknown_and_reserved_types_pass_only_if_ignorable),
		cmocka_unit_test(flags_are_only_for_the_types_that_have_them),
		cmocka_unit_test(an_object_may_come_without_a_descriptor),
		cmocka_unit_test(fields_a_type_does_not_use_are_zero),
		cmocka_unit_test(data_goes_to_multiples_of_eight_in_space_0),
		cmocka_unit_test(the_section_fits_in_the_body),
		cmocka_unit_test(bodies_are_limited),
		cmocka_unit_test(sections_of_fixed_size_have_it),
		cmocka_unit_test(every_type_has_a_name),
	};

	return cmocka_run_group_tests_name("wire_header", tests, NULL, NULL);
}
