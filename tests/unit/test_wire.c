// SPDX-License-Identifier: BSD-3-Clause
/*
 * Readers, writers, frame headers and the bodies that are not virtio's.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/wire.h"

static const struct vms_hello good_hello = {
	.version_min = 1,
	.version_max = 3,
	.role = VMS_ROLE_CONTROL,
	.features = VMS_FEATURES,
	.max_ctrl = VMS_MAX_CTRL,
	.max_chunk = VMS_MAX_CHUNK,
	.cmd_window = VMS_CMD_WINDOW,
	.evt_credit = UINT32_MAX,
	.page_size = 4096,
	.clock_domain = 0x0123456789abcdef,
	.device = "cam",
};

static const struct vms_hello_ack good_ack = {
	.version = 1,
	.features = VMS_FEATURE_EDID,
	.max_ctrl = VMS_MIN_CTRL,
	.max_chunk = VMS_MIN_CHUNK,
	.cmd_window = 1,
	.evt_credit = 2,
	.shm_len = 1ull << 32,
	.page_size = 4096,
	.generation = 5,
	.config = { .device_caps = 6, .device_type = 2, .card = "card" },
	.capability = { .driver = "vivid", .card = "vivid", .version = 7 },
	.mono_ns = 8,
	.real_ns = 9,
	.clock_domain = 10,
};

/* ---- readers and writers -------------------------------------------- */

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
	wire_put_bytes(&writer, bytes, SIZE_MAX);
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

/* ---- header --------------------------------------------------------- */

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
	{ .type = VMS_CLOCK, .len = 24, .slen = 24 },
	{ .type = VMS_GOAWAY, .len = 8, .slen = 8 },
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
		VMS_MEMO,
		VMS_MEMO_INVAL,
		VMS_OBJ,
		VMS_CFG_CHANGE,
		VMS_IO,
		VMS_IO_RESP,
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
				  (1u << bit == VMS_FLAG_LAST &&
				   header.type == VMS_DATA);
			assert_int_equal(check(&header), allowed ? 0 : -EPROTO);
		}
	}
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

/* ---- HELLO ---------------------------------------------------------- */

static int pass_hello(const struct vms_hello *hello, struct vms_hello *out)
{
	struct wire_writer writer;
	uint8_t bytes[96];

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello(&writer, hello);
	assert_false(writer.failed);
	assert_int_equal(writer.len, 96);
	return wire_get_hello(bytes, sizeof(bytes), out);
}

static void a_hello_arrives_as_it_was_sent(void **state)
{
	struct vms_hello out;

	(void)state;

	assert_int_equal(pass_hello(&good_hello, &out), 0);
	assert_memory_equal(&out, &good_hello, sizeof(out));
}

static void a_hello_has_its_documented_offsets(void **state)
{
	struct wire_writer writer;
	uint8_t bytes[96];

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello(&writer, &good_hello);
	assert_memory_equal(bytes, &good_hello, sizeof(bytes));
	assert_memory_equal(bytes + 16, "\0\0\x10\0", 4);
	assert_memory_equal(bytes + 56, "\xef\xcd\xab\x89\x67\x45\x23\x01", 8);
	assert_string_equal((char *)bytes + 64, "cam");
}

static void a_hello_with_what_version_1_reserves_is_refused(void **state)
{
	struct vms_hello hello, out;
	size_t i;

	(void)state;

	hello = good_hello;
	hello.session_id = 1;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);

	for (i = 0; i < sizeof(hello.token); i++) {
		hello = good_hello;
		hello.token[i] = 1;
		assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	}

	hello = good_hello;
	hello.role = VMS_ROLE_LIST;
	assert_int_equal(pass_hello(&hello, &out), 0);
	hello.role = VMS_ROLE_BULK;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	hello.role = 3;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
}

static void a_hello_with_limits_too_low_is_refused(void **state)
{
	struct vms_hello hello, out;

	(void)state;

	hello = good_hello;
	hello.max_ctrl = VMS_MIN_CTRL;
	hello.max_chunk = VMS_MIN_CHUNK;
	hello.cmd_window = 1;
	assert_int_equal(pass_hello(&hello, &out), 0);

	hello.max_ctrl = VMS_MIN_CTRL - 1;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	hello = good_hello;
	hello.max_chunk = VMS_MIN_CHUNK - 1;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	hello = good_hello;
	hello.cmd_window = 0;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
}

static void a_hello_name_is_terminated(void **state)
{
	struct vms_hello hello = good_hello, out;

	(void)state;

	memset(hello.device, 'x', sizeof(hello.device) - 1);
	assert_int_equal(pass_hello(&hello, &out), 0);
	hello.device[sizeof(hello.device) - 1] = 'x';
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	memset(hello.device, 0, sizeof(hello.device));
	assert_int_equal(pass_hello(&hello, &out), 0);
}

static void a_hello_of_another_length_is_refused(void **state)
{
	struct wire_writer writer;
	uint8_t bytes[97] = { 0 };
	struct vms_hello out;
	size_t len;

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello(&writer, &good_hello);
	for (len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(wire_get_hello(bytes, len, &out),
				 len == 96 ? 0 : -EPROTO);
}

/* ---- HELLO_ACK ------------------------------------------------------ */

#define ACK_MAX (232 + 64 * (VMS_LIST_MAX + 1))

static int pass_ack(const struct vms_hello_ack *ack, struct vms_hello_ack *out)
{
	struct wire_writer writer;
	uint8_t bytes[232];

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello_ack(&writer, ack);
	assert_false(writer.failed);
	assert_int_equal(writer.len, 232);
	return wire_get_hello_ack(bytes, sizeof(bytes), out, NULL, NULL);
}

static void an_ack_arrives_as_it_was_sent(void **state)
{
	struct vms_hello_ack out;

	(void)state;

	assert_int_equal(pass_ack(&good_ack, &out), 0);
	assert_memory_equal(&out, &good_ack, sizeof(out));
}

static void the_limits_of_an_ack_count_unless_it_refuses(void **state)
{
	struct vms_hello_ack ack, out;

	(void)state;

	ack = good_ack;
	ack.max_ctrl--;
	assert_int_equal(pass_ack(&ack, &out), -EPROTO);
	ack.status = EACCES;
	assert_int_equal(pass_ack(&ack, &out), 0);
	assert_int_equal(out.status, EACCES);

	ack = good_ack;
	ack.max_chunk--;
	assert_int_equal(pass_ack(&ack, &out), -EPROTO);
	ack = good_ack;
	ack.cmd_window = 0;
	assert_int_equal(pass_ack(&ack, &out), -EPROTO);
	ack = good_ack;
	ack.token[15] = 1;
	assert_int_equal(pass_ack(&ack, &out), -EPROTO);
	ack = good_ack;
	ack.reserved0 = 1;
	assert_int_equal(pass_ack(&ack, &out), -EPROTO);
	ack = good_ack;
	ack.status = 4095;
	assert_int_equal(pass_ack(&ack, &out), 0);
	ack.status = 4096;
	assert_int_equal(pass_ack(&ack, &out), -EPROTO);
}

static void texts_of_an_ack_come_out_terminated(void **state)
{
	struct vms_hello_ack ack = good_ack, out;

	(void)state;

	memset(ack.config.card, 'a', sizeof(ack.config.card));
	memset(ack.capability.driver, 'b', sizeof(ack.capability.driver));
	memset(ack.capability.card, 'c', sizeof(ack.capability.card));
	memset(ack.capability.bus_info, 'd', sizeof(ack.capability.bus_info));
	assert_int_equal(pass_ack(&ack, &out), 0);
	assert_int_equal(strnlen(out.config.card, 32), 31);
	assert_int_equal(strnlen((char *)out.capability.driver, 16), 15);
	assert_int_equal(strnlen((char *)out.capability.card, 32), 31);
	assert_int_equal(strnlen((char *)out.capability.bus_info, 32), 31);
}

static void a_listing_follows_the_ack(void **state)
{
	struct vms_list_entry entry = { .kind = "pattern" };
	struct vms_list_entry entries[VMS_LIST_MAX];
	struct vms_hello_ack ack = good_ack, out;
	struct wire_writer writer;
	uint8_t bytes[ACK_MAX];
	unsigned int i, count = 99;

	(void)state;

	ack.status = ENODEV;
	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_hello_ack(&writer, &ack);
	for (i = 0; i < VMS_LIST_MAX + 1; i++) {
		memset(entry.name, (int)('a' + i % 26), sizeof(entry.name));
		wire_put_list_entry(&writer, &entry);
	}
	assert_false(writer.failed);
	assert_int_equal(writer.len, ACK_MAX);

	assert_int_equal(wire_get_hello_ack(bytes, 232, &out, entries, &count),
			 0);
	assert_int_equal(count, 0);
	assert_int_equal(
		wire_get_hello_ack(bytes, ACK_MAX - 64, &out, entries, &count),
		0);
	assert_int_equal(count, VMS_LIST_MAX);
	for (i = 0; i < count; i++) {
		assert_int_equal(strnlen(entries[i].name, 32), 31);
		assert_int_equal(entries[i].name[30], 'a' + i % 26);
		assert_string_equal(entries[i].kind, "pattern");
	}
	assert_int_equal(
		wire_get_hello_ack(bytes, ACK_MAX - 64, &out, NULL, NULL), 0);

	assert_int_equal(wire_get_hello_ack(bytes, ACK_MAX, &out, NULL, NULL),
			 -EPROTO);
	assert_int_equal(wire_get_hello_ack(bytes, 233, &out, NULL, NULL),
			 -EPROTO);
	assert_int_equal(wire_get_hello_ack(bytes, 231, &out, NULL, NULL),
			 -EPROTO);
	assert_int_equal(wire_get_hello_ack(bytes, 0, &out, NULL, NULL),
			 -EPROTO);

	memset(bytes + 232 + 32, 'k', 16);
	assert_int_equal(
		wire_get_hello_ack(bytes, 232 + 64, &out, entries, &count), 0);
	assert_int_equal(strnlen(entries[0].kind, 16), 15);
	bytes[232 + 63] = 1;
	assert_int_equal(
		wire_get_hello_ack(bytes, 232 + 64, &out, entries, &count),
		-EPROTO);
}

static void listings_are_counted_by_their_length(void **state)
{
	(void)state;

	assert_int_equal(wire_listing_count(232), 0);
	assert_int_equal(wire_listing_count(232 + 64), 1);
	assert_int_equal(wire_listing_count(232 + 64 * 64), 64);
	assert_int_equal(wire_listing_count(232 + 64 * 65), -EPROTO);
	assert_int_equal(wire_listing_count(232 - 64), -EPROTO);
	assert_int_equal(wire_listing_count(SIZE_MAX), -EPROTO);
}

/* ---- GOAWAY, CLOCK -------------------------------------------------- */

static void a_goaway_arrives_as_it_was_sent(void **state)
{
	struct vms_goaway goaway = { .error = 4095, .reason = UINT32_MAX }, out;
	struct wire_writer writer;
	uint8_t bytes[9] = { 0 };
	size_t len;

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_goaway(&writer, &goaway);
	assert_int_equal(writer.len, 8);
	for (len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(wire_get_goaway(bytes, len, &out),
				 len == 8 ? 0 : -EPROTO);
	assert_memory_equal(&out, &goaway, sizeof(out));

	bytes[1] = 0x10;
	assert_int_equal(wire_get_goaway(bytes, 8, &out), -EPROTO);
}

static void every_goaway_reason_has_a_text(void **state)
{
	uint32_t i, j;

	(void)state;

	for (i = 0; i < VMS_GOAWAY_COUNT; i++)
		for (j = 0; j < i; j++)
			assert_string_not_equal(wire_goaway_text(i),
						wire_goaway_text(j));
	assert_string_equal(wire_goaway_text(VMS_GOAWAY_COUNT),
			    wire_goaway_text(UINT32_MAX));
}

static void a_clock_arrives_as_it_was_sent(void **state)
{
	struct vms_clock clock = { 1, UINT64_MAX, 3 }, out;
	struct wire_writer writer;
	uint8_t bytes[25] = { 0 };
	size_t len;

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_clock(&writer, &clock);
	assert_int_equal(writer.len, 24);
	for (len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(wire_get_clock(bytes, len, &out),
				 len == 24 ? 0 : -EPROTO);
	assert_memory_equal(&out, &clock, sizeof(out));
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
		cmocka_unit_test(good_headers_of_every_type_pass),
		cmocka_unit_test(another_magic_is_refused),
		cmocka_unit_test(
			unknown_and_reserved_types_pass_only_if_ignorable),
		cmocka_unit_test(flags_are_only_for_the_types_that_have_them),
		cmocka_unit_test(fields_a_type_does_not_use_are_zero),
		cmocka_unit_test(data_goes_to_multiples_of_eight_in_space_0),
		cmocka_unit_test(the_section_fits_in_the_body),
		cmocka_unit_test(bodies_are_limited),
		cmocka_unit_test(sections_of_fixed_size_have_it),
		cmocka_unit_test(every_type_has_a_name),
		cmocka_unit_test(a_hello_arrives_as_it_was_sent),
		cmocka_unit_test(a_hello_has_its_documented_offsets),
		cmocka_unit_test(
			a_hello_with_what_version_1_reserves_is_refused),
		cmocka_unit_test(a_hello_with_limits_too_low_is_refused),
		cmocka_unit_test(a_hello_name_is_terminated),
		cmocka_unit_test(a_hello_of_another_length_is_refused),
		cmocka_unit_test(an_ack_arrives_as_it_was_sent),
		cmocka_unit_test(the_limits_of_an_ack_count_unless_it_refuses),
		cmocka_unit_test(texts_of_an_ack_come_out_terminated),
		cmocka_unit_test(a_listing_follows_the_ack),
		cmocka_unit_test(listings_are_counted_by_their_length),
		cmocka_unit_test(a_goaway_arrives_as_it_was_sent),
		cmocka_unit_test(every_goaway_reason_has_a_text),
		cmocka_unit_test(a_clock_arrives_as_it_was_sent),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
