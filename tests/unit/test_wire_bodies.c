// SPDX-License-Identifier: BSD-3-Clause
/*
 * Bodies of the frames that are not virtio's: HELLO, HELLO_ACK, GOAWAY, CLOCK.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
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

	(void)state;

	hello = good_hello;
	hello.session_id = 1;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);

	hello = good_hello;
	hello.role = VMS_ROLE_LIST;
	assert_int_equal(pass_hello(&hello, &out), 0);
	hello.role = VMS_ROLE_BULK;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	hello.role = 3;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
}

static void a_hello_tells_of_memory_only_with_the_feature(void **state)
{
	struct vms_hello hello = good_hello, out;

	(void)state;

	hello.shmem_mark = 1;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	hello.shmem_mark = 0;
	hello.shmem_len = 1ull << 63;
	assert_int_equal(pass_hello(&hello, &out), -EPROTO);
	hello.shmem_mark = UINT64_MAX;
	hello.features |= VMS_FEATURE_SHMEM;
	assert_int_equal(pass_hello(&hello, &out), 0);
	assert_memory_equal(&out, &hello, sizeof(out));
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

static void texts_of_an_ack_have_no_control_characters(void **state)
{
	struct vms_hello_ack ack = good_ack, out;

	(void)state;

	snprintf(ack.config.card, sizeof(ack.config.card), "a\nREMOVE_CMD=b");
	snprintf((char *)ack.capability.driver, 16, "\033[2J\x7f");
	snprintf((char *)ack.capability.card, 32, "a\nREMOVE_CMD=b\r");
	snprintf((char *)ack.capability.bus_info, 32, "usb\t1 Kam\xc3\xa9ra~");
	assert_int_equal(pass_ack(&ack, &out), 0);
	assert_string_equal(out.config.card, "a?REMOVE_CMD=b");
	assert_string_equal((char *)out.capability.driver, "?[2J?");
	assert_string_equal((char *)out.capability.card, "a?REMOVE_CMD=b?");
	assert_string_equal((char *)out.capability.bus_info,
			    "usb?1 Kam\xc3\xa9ra~");
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

static void an_obj_arrives_as_it_was_sent(void **state)
{
	const struct vms_obj obj = {
		.addr = 1ull << 40,
		.len = 614400,
		.kind = VMS_OBJ_DMABUF,
	};
	struct wire_writer writer;
	struct vms_obj out;
	uint8_t bytes[56];
	size_t len;

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_obj(&writer, &obj);
	assert_int_equal(writer.len, 48);
	for (len = 0; len <= sizeof(bytes); len++)
		assert_int_equal(wire_get_obj(bytes, len, &out),
				 len == 48 ? 0 : -EPROTO);
	assert_memory_equal(&out, &obj, sizeof(out));
}

static void an_obj_of_both_has_a_place(void **state)
{
	const struct vms_obj obj = {
		.addr = 4096,
		.len = 614400,
		.off = UINT64_MAX,
		.kind = VMS_OBJ_SHMEM,
	};
	struct wire_writer writer;
	struct vms_obj out;
	uint8_t bytes[48];

	(void)state;

	wire_writer_init(&writer, bytes, sizeof(bytes));
	wire_put_obj(&writer, &obj);
	assert_int_equal(wire_get_obj(bytes, sizeof(bytes), &out), 0);
	assert_memory_equal(&out, &obj, sizeof(out));
}

/* uuid, off, flags; and kinds that there are not */
static void an_obj_with_what_version_1_reserves_is_refused(void **state)
{
	const struct vms_obj obj = { .kind = VMS_OBJ_MEMFD };
	struct wire_writer writer;
	struct vms_obj out;
	uint8_t bytes[48];
	size_t i;

	(void)state;

	for (i = 0; i < sizeof(bytes); i++) {
		bool counts = i >= 16 && i < 32;

		wire_writer_init(&writer, bytes, sizeof(bytes));
		wire_put_obj(&writer, &obj);
		bytes[i] ^= 0x80;
		assert_int_equal(wire_get_obj(bytes, sizeof(bytes), &out),
				 counts ? 0 : -EPROTO);
	}
	bytes[47] = 0;
	bytes[40] = 0;
	assert_int_equal(wire_get_obj(bytes, sizeof(bytes), &out), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_arrives_as_it_was_sent),
		cmocka_unit_test(a_hello_has_its_documented_offsets),
		cmocka_unit_test(
			a_hello_with_what_version_1_reserves_is_refused),
		cmocka_unit_test(a_hello_tells_of_memory_only_with_the_feature),
		cmocka_unit_test(a_hello_with_limits_too_low_is_refused),
		cmocka_unit_test(a_hello_name_is_terminated),
		cmocka_unit_test(a_hello_of_another_length_is_refused),
		cmocka_unit_test(an_ack_arrives_as_it_was_sent),
		cmocka_unit_test(the_limits_of_an_ack_count_unless_it_refuses),
		cmocka_unit_test(texts_of_an_ack_come_out_terminated),
		cmocka_unit_test(texts_of_an_ack_have_no_control_characters),
		cmocka_unit_test(a_listing_follows_the_ack),
		cmocka_unit_test(listings_are_counted_by_their_length),
		cmocka_unit_test(a_goaway_arrives_as_it_was_sent),
		cmocka_unit_test(every_goaway_reason_has_a_text),
		cmocka_unit_test(a_clock_arrives_as_it_was_sent),
		cmocka_unit_test(an_obj_arrives_as_it_was_sent),
		cmocka_unit_test(an_obj_of_both_has_a_place),
		cmocka_unit_test(
			an_obj_with_what_version_1_reserves_is_refused),
	};

	return cmocka_run_group_tests_name("wire_bodies", tests, NULL, NULL);
}
