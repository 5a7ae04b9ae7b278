// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that tells before it is asked, and lies: what no program can ask ends the
 * connection, and an answer that is impossible the session of who asks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/memo_wire.h"
#include "common/stats.h"
#include "tests/lying_host.h"

/* The answer to ENUM_FMT of the first format: @format, of this type. */
static size_t put_format(uint8_t *bytes, size_t room, uint32_t index,
			 uint32_t epoch, uint32_t type, uint32_t format)
{
	struct v4l2_fmtdesc question = {
		.index = index,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};
	const struct ioctl_desc *desc = ioctl_lookup(VIDIOC_ENUM_FMT);
	uint8_t key[MEMO_KEY_MAX];
	uint8_t value[MEMO_VALUE_MAX];
	struct memo_entry entry = {
		.class = VMS_MEMO_FORMATS,
		.epoch = epoch,
		.key = key,
		.value = value,
	};
	struct wire_writer writer;
	struct payload payload;

	payload_init(&payload, desc, &question);
	entry.key_len = memo_key(&payload, key);
	payload.arg.fmtdesc.type = type;
	payload.arg.fmtdesc.pixelformat = format;
	wire_writer_init(&writer, value, sizeof(value));
	payload_put_response(&payload, 0, &writer, &entry.value_len);
	wire_writer_init(&writer, bytes, room);
	memo_put(&writer, &entry);
	assert_false(writer.failed);
	return writer.len;
}

static void send_memo(const uint8_t *bytes, size_t len)
{
	const struct vms_header header = { .type = VMS_MEMO };

	lying_send(&header, bytes, len);
	lying_settle();
}

static void tell(uint32_t epoch, uint32_t format)
{
	uint8_t bytes[MEMO_ENTRY_MAX];

	send_memo(bytes, put_format(bytes, sizeof(bytes), 0, epoch,
				    V4L2_BUF_TYPE_VIDEO_CAPTURE, format));
}

static void take_back(uint32_t classes, uint32_t epoch)
{
	const struct vms_header header = { .type = VMS_MEMO_INVAL };
	const struct vms_memo_inval inval = {
		.classes = classes,
		.epoch = epoch,
	};

	lying_send(&header, &inval, sizeof(inval));
	lying_settle();
}

/* Return: what a program is told, 0 with an errno */
static uint32_t format_of(struct front_file *file)
{
	struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };

	return front_ioctl(file, VIDIOC_ENUM_FMT, &format) ? 0
							   : format.pixelformat;
}

static unsigned int asked(void)
{
	return lying.ioctls[_IOC_NR(VIDIOC_ENUM_FMT)];
}

static void what_was_told_is_not_asked(void **state)
{
	(void)state;
	harness_open(&lying.file);
	tell(0, V4L2_PIX_FMT_YUYV);
	assert_int_equal(format_of(&lying.file), V4L2_PIX_FMT_YUYV);
	assert_int_equal(asked(), 0);
	take_back(VMS_MEMO_CONTROLS, 1);
	assert_int_equal(format_of(&lying.file), V4L2_PIX_FMT_YUYV);
	assert_int_equal(asked(), 0);
	take_back(VMS_MEMO_ALL, 2);
	format_of(&lying.file);
	assert_int_equal(asked(), 1);
	assert_int_equal(front_close(&lying.file), 0);
}

static void another_epoch_does_not_count(void **state)
{
	(void)state;
	harness_open(&lying.file);
	tell(1, V4L2_PIX_FMT_YUYV);
	format_of(&lying.file);
	assert_int_equal(asked(), 1);
	take_back(VMS_MEMO_FORMATS, 7);
	tell(6, V4L2_PIX_FMT_YUYV);
	tell(0, V4L2_PIX_FMT_YUYV);
	format_of(&lying.file);
	assert_int_equal(asked(), 2);
	tell(7, V4L2_PIX_FMT_GREY);
	assert_int_equal(format_of(&lying.file), V4L2_PIX_FMT_GREY);
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&lying.file), 0);
}

static void withhold_setting(struct lying_answer *answer)
{
	answer->withheld = lying_is(answer, VIDIOC_S_INPUT);
}

/* The host need not know yet that something was set. */
static void nothing_counts_while_something_is_being_set(void **state)
{
	struct front_call call;
	uint32_t input = 0;

	(void)state;
	lying_open_both(withhold_setting);
	tell(0, V4L2_PIX_FMT_YUYV);
	front_begin_ioctl(&call, &lying.file, VIDIOC_S_INPUT, &input);
	lying_settle();
	format_of(&lying.other);
	assert_int_equal(asked(), 1);
	tell(0, V4L2_PIX_FMT_YUYV);
	format_of(&lying.other);
	assert_int_equal(asked(), 2);
	lying_release(0);
	front_wait(&harness.front, &call);
	format_of(&lying.file);
	assert_int_equal(asked(), 3);
	tell(0, V4L2_PIX_FMT_GREY);
	assert_int_equal(format_of(&lying.file), V4L2_PIX_FMT_GREY);
	assert_int_equal(asked(), 3);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

static void it_is_set(struct lying_answer *answer)
{
	(void)answer;
}

static void an_impossible_answer_ends_who_asks(void **state)
{
	struct v4l2_fmtdesc format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	uint8_t bytes[MEMO_ENTRY_MAX];

	(void)state;
	lying_open_both(it_is_set);
	send_memo(bytes,
		  put_format(bytes, sizeof(bytes), 0, 0,
			     V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_PIX_FMT_YUYV));
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_ENUM_FMT, &format),
			 -EIO);
	lying_expect_session_ended();
}

static void more_than_there_is_room_for_is_not_remembered(void **state)
{
	uint8_t bytes[MEMO_ENTRY_MAX];
	uint32_t i;

	(void)state;
	harness_open(&lying.file);
	for (i = 0; i < VMS_MEMO_ENTRIES_MAX + 10; i++) {
		const struct vms_header header = { .type = VMS_MEMO };

		lying_send(&header, bytes,
			   put_format(bytes, sizeof(bytes), i + 1, 0,
				      V4L2_BUF_TYPE_VIDEO_CAPTURE,
				      V4L2_PIX_FMT_YUYV));
		if (i % 100 == 0)
			lying_settle();
	}
	tell(0, V4L2_PIX_FMT_YUYV);
	format_of(&lying.file);
	assert_int_equal(asked(), 1);
	assert_true(harness.device->ready);
	assert_int_equal(front_close(&lying.file), 0);
}

/* ---- what ends the connection ------------------------------------------ */

static void expect_ended(void)
{
	assert_int_equal(stats_get(STATS_LIES) - lying.lies, 1);
	assert_false(harness.device->ready);
	assert_int_equal(front_close(&lying.file), 0);
}

static void what_nobody_can_ask_ends_the_connection(void **state)
{
	uint8_t bytes[MEMO_ENTRY_MAX];
	size_t len;

	(void)state;
	harness_open(&lying.file);
	lying.lies = stats_get(STATS_LIES);
	len = put_format(bytes, sizeof(bytes), 0, 0,
			 V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_PIX_FMT_YUYV);
	/* For one session alone */
	bytes[sizeof(struct vms_memo) + 8] = 1;
	send_memo(bytes, len);
	expect_ended();
}

static void so_does_an_entry_that_is_cut_short(void **state)
{
	uint8_t bytes[MEMO_ENTRY_MAX];
	size_t len;

	(void)state;
	harness_open(&lying.file);
	lying.lies = stats_get(STATS_LIES);
	len = put_format(bytes, sizeof(bytes), 0, 0,
			 V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_PIX_FMT_YUYV);
	send_memo(bytes, len - 8);
	expect_ended();
}

static void and_a_class_that_there_is_not(void **state)
{
	(void)state;
	harness_open(&lying.file);
	lying.lies = stats_get(STATS_LIES);
	take_back(VMS_MEMO_ALL + 1, 1);
	expect_ended();
}

static void without_memo(struct vms_hello_ack *ack)
{
	ack->features &= ~VMS_FEATURE_MEMO;
}

static void and_what_was_not_agreed_on(void **state)
{
	(void)state;
	lying.hello = without_memo;
	lying_start(PROFILE_CHOICE_STREAM);
	harness_open(&lying.file);
	lying.lies = stats_get(STATS_LIES);
	tell(0, V4L2_PIX_FMT_YUYV);
	expect_ended();
}

/* An older host */
static void who_does_not_know_it_is_asked_each_time(void **state)
{
	(void)state;
	lying.hello = without_memo;
	lying_start(PROFILE_CHOICE_STREAM);
	harness_open(&lying.file);
	format_of(&lying.file);
	format_of(&lying.file);
	assert_int_equal(asked(), 2);
	assert_int_equal(front_close(&lying.file), 0);
}

int main(void)
{
#define OLD_HOST_TEST(name)                                                    \
	cmocka_unit_test_setup_teardown(name, lying_init, lying_teardown)
	const struct CMUnitTest tests[] = {
		LYING_TEST(what_was_told_is_not_asked),
		LYING_TEST(another_epoch_does_not_count),
		LYING_TEST(nothing_counts_while_something_is_being_set),
		LYING_TEST(an_impossible_answer_ends_who_asks),
		LYING_TEST(more_than_there_is_room_for_is_not_remembered),
		LYING_TEST(what_nobody_can_ask_ends_the_connection),
		LYING_TEST(so_does_an_entry_that_is_cut_short),
		LYING_TEST(and_a_class_that_there_is_not),
		OLD_HOST_TEST(and_what_was_not_agreed_on),
		OLD_HOST_TEST(who_does_not_know_it_is_asked_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
