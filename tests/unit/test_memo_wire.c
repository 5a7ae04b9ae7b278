// SPDX-License-Identifier: BSD-3-Clause
/*
 * Answers that are given before somebody asks, on the wire: keys, and what no honest
 * host sends.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/memo_wire.h"

#define NR_AT    12 /* in a key */
#define ARG_AT   16
#define ENTRY_AT sizeof(struct vms_memo)

static uint8_t bytes[4096];
static size_t bytes_len;

static struct payload question(uint32_t cmd, const void *arg)
{
	struct payload payload;

	payload_init(&payload, ioctl_lookup(cmd), arg);
	return payload;
}

/* One honest entry: the third control's QUERYCTRL, with this status. */
static void put_entry(uint32_t status)
{
	struct v4l2_queryctrl query = { .id = V4L2_CID_CONTRAST };
	struct payload payload = question(VIDIOC_QUERYCTRL, &query);
	uint8_t key[MEMO_KEY_MAX];
	uint8_t value[MEMO_VALUE_MAX];
	struct memo_entry entry = {
		.class = VMS_MEMO_CONTROLS,
		.epoch = 5,
		.key = key,
		.value = value,
	};
	struct wire_writer writer;

	entry.key_len = memo_key(&payload, key);
	wire_writer_init(&writer, value, sizeof(value));
	payload_put_response(&payload, status, &writer, &entry.value_len);
	wire_writer_init(&writer, bytes, sizeof(bytes));
	memo_put(&writer, &entry);
	assert_false(writer.failed);
	assert_int_equal(writer.len % 8, 0);
	bytes_len = writer.len;
}

static int get(struct memo_entry *entry)
{
	struct wire_reader reader;
	int ret;

	wire_reader_init(&reader, bytes, bytes_len);
	ret = memo_get(&reader, entry);
	if (!ret)
		assert_int_equal(reader.left, 0);
	return ret;
}

static void an_entry_comes_out_as_it_went_in(void **state)
{
	struct memo_entry entry;

	(void)state;
	put_entry(0);
	assert_int_equal(get(&entry), 0);
	assert_int_equal(entry.class, VMS_MEMO_CONTROLS);
	assert_int_equal(entry.epoch, 5);
	assert_int_equal(entry.key_len, 16 + 68);
	assert_int_equal(entry.value_len, 8 + 68);
	assert_int_equal(entry.key[NR_AT], _IOC_NR(VIDIOC_QUERYCTRL));
	put_entry(EINVAL);
	assert_int_equal(get(&entry), 0);
	assert_int_equal(entry.value_len, 8);
}

static void an_entry_that_is_cut_short_is_none(void **state)
{
	struct memo_entry entry;
	size_t whole;

	(void)state;
	put_entry(0);
	whole = bytes_len;
	for (bytes_len = 0; bytes_len < whole; bytes_len++)
		assert_int_equal(get(&entry), -EPROTO);
}

/* What a device does not look at a program may leave there. */
static void a_key_has_what_the_device_looks_at(void **state)
{
	struct v4l2_frmivalenum clean = { .index = 3, .width = 4, .height = 5 };
	struct v4l2_frmivalenum used = clean;
	uint8_t a[MEMO_KEY_MAX];
	uint8_t b[MEMO_KEY_MAX];
	struct payload payload = question(VIDIOC_ENUM_FRAMEINTERVALS, &clean);

	(void)state;
	assert_int_equal(memo_key(&payload, a), 16 + sizeof(clean));
	used.type = 1;
	used.discrete.denominator = 30;
	used.reserved[1] = 7;
	payload = question(VIDIOC_ENUM_FRAMEINTERVALS, &used);
	assert_int_equal(memo_key(&payload, b), 16 + sizeof(clean));
	assert_memory_equal(a, b, 16 + sizeof(clean));
	used.height = 6;
	payload = question(VIDIOC_ENUM_FRAMEINTERVALS, &used);
	memo_key(&payload, b);
	assert_memory_not_equal(a, b, 16 + sizeof(clean));
}

static void only_what_has_a_class_has_a_key(void **state)
{
	const struct ioctl_desc *desc;
	uint8_t key[MEMO_KEY_MAX];
	struct payload payload;
	size_t i;

	(void)state;
	for (i = 0; (desc = ioctl_row(i)); i++) {
		payload = question(desc->cmd, NULL);
		assert_int_equal(memo_key(&payload, key),
				 desc->memo ? 16 + ioctl_size(desc) : 0);
	}
}

static void who_asks_for_a_media_bus_code_has_none(void **state)
{
	struct v4l2_fmtdesc format = { .type = 1, .mbus_code = 1 };
	struct payload payload = question(VIDIOC_ENUM_FMT, &format);
	uint8_t key[MEMO_KEY_MAX];

	(void)state;
	assert_int_equal(memo_key(&payload, key), 0);
}

/* ---- lies -------------------------------------------------------------- */

static void expect_lie(size_t at, uint8_t byte, uint32_t status)
{
	struct memo_entry entry;

	put_entry(status);
	assert_int_not_equal(bytes[at], byte);
	bytes[at] = byte;
	assert_int_equal(get(&entry), -EPROTO);
}

static void a_key_that_nobody_asks_by_is_a_lie(void **state)
{
	(void)state;
	expect_lie(ENTRY_AT, VIRTIO_MEDIA_CMD_MMAP, 0);
	expect_lie(ENTRY_AT + 4, 1, 0); /* reserved */
	expect_lie(ENTRY_AT + 8, 1, 0); /* a session */
	expect_lie(ENTRY_AT + NR_AT, _IOC_NR(VIDIOC_G_CTRL), 0);
	expect_lie(ENTRY_AT + NR_AT, _IOC_NR(VIDIOC_QUERYMENU), 0);
	expect_lie(ENTRY_AT + NR_AT, 1, 0); /* there is none */
	expect_lie(ENTRY_AT + NR_AT, 250, 0);
	expect_lie(ENTRY_AT + ARG_AT + 4, 1, 0); /* type, an answer */
}

static void a_class_that_it_is_not_of_is_a_lie(void **state)
{
	(void)state;
	expect_lie(8, VMS_MEMO_FORMATS, 0);
	expect_lie(8, 0, 0);
	expect_lie(8, VMS_MEMO_ALL, 0);
	expect_lie(8, 8, 0);
}

static void a_value_that_does_not_last_is_a_lie(void **state)
{
	const size_t value_at = ENTRY_AT + wire_pad(16 + 68);

	(void)state;
	expect_lie(value_at, EIO, EINVAL);
	expect_lie(value_at, EBUSY, EINVAL);
	expect_lie(value_at, ENODEV, EINVAL);
	expect_lie(value_at, 0, EINVAL); /* without an answer */
	expect_lie(value_at, EINVAL, 0); /* with one */
	expect_lie(value_at + 4, 1, 0);  /* reserved */
}

static void lengths_that_do_not_fit_are_lies(void **state)
{
	(void)state;
	expect_lie(0, 15, 0);
	expect_lie(0, 16 + 68 - 4, 0);
	expect_lie(0, 255, 0);
	expect_lie(2, 1, 0);
	expect_lie(4, 0, 0);
	expect_lie(4, 8, 0);
	expect_lie(4, 8 + 68 - 4, 0);
	expect_lie(6, 1, 0);
	expect_lie(ENTRY_AT + 16 + 68, 1, 0); /* padding */
}

static void what_is_taken_back_is_of_a_class(void **state)
{
	struct vms_memo_inval inval = { .classes = VMS_MEMO_INPUTS,
					.epoch = 9 };
	struct vms_memo_inval got;
	struct wire_writer writer;
	uint8_t inval_bytes[16];

	(void)state;
	wire_writer_init(&writer, inval_bytes, sizeof(inval_bytes));
	memo_put_inval(&writer, &inval);
	assert_int_equal(memo_get_inval(inval_bytes, 16, &got), 0);
	assert_int_equal(got.classes, VMS_MEMO_INPUTS);
	assert_int_equal(got.epoch, 9);
	assert_int_equal(memo_get_inval(inval_bytes, 15, &got), -EPROTO);
	inval_bytes[0] = 0;
	assert_int_equal(memo_get_inval(inval_bytes, 16, &got), -EPROTO);
	inval_bytes[0] = 9;
	assert_int_equal(memo_get_inval(inval_bytes, 16, &got), -EPROTO);
	inval_bytes[0] = 1;
	inval_bytes[8] = 1;
	assert_int_equal(memo_get_inval(inval_bytes, 16, &got), -EPROTO);
}

static void classes_are_numbered_in_their_order(void **state)
{
	(void)state;
	assert_int_equal(memo_class_index(VMS_MEMO_FORMATS), 0);
	assert_int_equal(memo_class_index(VMS_MEMO_INPUTS), 1);
	assert_int_equal(memo_class_index(VMS_MEMO_CONTROLS), 2);
	assert_true(memo_class_index(0) < VMS_MEMO_CLASSES);
	assert_true(memo_class_index(~0u) < VMS_MEMO_CLASSES);
}

static void every_byte_counts_in_a_hash(void **state)
{
	uint8_t some[20] = { 0 };
	uint64_t hash = memo_hash(MEMO_HASH, some, sizeof(some));
	size_t i;

	(void)state;
	assert_true(memo_hash(memo_hash(MEMO_HASH, some, 8), some + 8, 12) ==
		    hash);
	for (i = 0; i < sizeof(some); i++) {
		some[i] = 1;
		assert_true(memo_hash(MEMO_HASH, some, sizeof(some)) != hash);
		some[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_comes_out_as_it_went_in),
		cmocka_unit_test(an_entry_that_is_cut_short_is_none),
		cmocka_unit_test(a_key_has_what_the_device_looks_at),
		cmocka_unit_test(only_what_has_a_class_has_a_key),
		cmocka_unit_test(who_asks_for_a_media_bus_code_has_none),
		cmocka_unit_test(a_key_that_nobody_asks_by_is_a_lie),
		cmocka_unit_test(a_class_that_it_is_not_of_is_a_lie),
		cmocka_unit_test(a_value_that_does_not_last_is_a_lie),
		cmocka_unit_test(lengths_that_do_not_fit_are_lies),
		cmocka_unit_test(what_is_taken_back_is_of_a_class),
		cmocka_unit_test(classes_are_numbered_in_their_order),
		cmocka_unit_test(every_byte_counts_in_a_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
