// SPDX-License-Identifier: BSD-3-Clause
/*
 * A program with the shim: ATTACH, and what the memory helper hears of its
 * buffers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/shim.h"
#include "tests/streamer.h"

#define SOCKET "/run/usermedia/video0.shim"

static struct front_file file;
static struct shim_attach answer;

static void open_with(const char *device, enum profile_choice choice)
{
	harness.config.shim = SOCKET;
	harness_connect(device, choice);
	harness_open(&file);
}

static int attach_file(struct front_file *which)
{
	memset(&answer, 0, sizeof(answer));
	return front_ioctl(which, SHIM_IOCTL_ATTACH, &answer);
}

static int attach(void)
{
	return attach_file(&file);
}

static uint32_t caps(void)
{
	struct v4l2_capability capability;

	assert_int_equal(front_ioctl(&file, VIDIOC_QUERYCAP, &capability), 0);
	return capability.device_caps;
}

static int mmap_buffers(uint32_t count)
{
	return stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, count);
}

/* What the helper was told is what the program is told. */
static void expect_shown(uint32_t count)
{
	struct stream_buffer buffer;
	uint32_t i, r;

	assert_int_equal(fake_helper_region_count(&harness.helper), count);
	for (i = 0; i < count; i++) {
		const struct helper_request *shown =
			&harness.helper.regions[0].request;

		assert_int_equal(stream_query(&file, CAPTURE, i, &buffer), 0);
		for (r = 0; r < count; r++)
			if (harness.helper.regions[r].request.index == i)
				shown = &harness.helper.regions[r].request;
		assert_int_equal(shown->index, i);
		assert_int_equal(shown->file, file.cookie);
		assert_int_equal(shown->buf_type, CAPTURE);
		assert_int_equal(shown->plane, 0);
		assert_int_equal(shown->offset, buffer.v4l2.m.offset);
		assert_int_equal(shown->len, buffer.v4l2.length);
	}
}

static void it_makes_the_file_stream(void **state)
{
	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(mmap_buffers(2), -ENOTTY);
	assert_false(caps() & V4L2_CAP_STREAMING);

	assert_int_equal(attach(), 0);
	assert_int_equal(answer.magic, SHIM_MAGIC);
	assert_int_equal(answer.version, SHIM_VERSION);
	assert_string_equal(answer.path, SOCKET);
	assert_true(caps() & V4L2_CAP_STREAMING);
	assert_int_equal(mmap_buffers(2), 2);
	expect_shown(2);
	assert_int_equal(front_close(&file), 0);
}

static void a_token_is_one_open_files(void **state)
{
	uint8_t first[SHIM_TOKEN_LEN];
	struct front_file other;

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(attach(), 0);
	memcpy(first, answer.token, sizeof(first));
	assert_int_equal(harness.helper.attached.file, file.cookie);
	assert_int_equal(harness.helper.attached.count, 1);
	assert_memory_equal(harness.helper.attached.token, first,
			    sizeof(first));

	assert_int_equal(attach(), 0);
	assert_memory_equal(answer.token, first, sizeof(first));
	assert_int_equal(harness.helper.asked[HELPER_ATTACH], 1);

	assert_int_equal(front_open(&harness.front, &other, O_RDONLY), 0);
	assert_int_equal(attach_file(&other), 0);
	assert_memory_not_equal(answer.token, first, sizeof(first));
	assert_int_equal(harness.helper.attached.file, other.cookie);
	assert_int_equal(harness.helper.attached.count, 0);
	assert_int_equal(front_close(&other), 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_32_bit_program_has_the_same(void **state)
{
	(void)state;
	harness.front.compat = true;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(attach(), 0);
	assert_int_equal(answer.magic, SHIM_MAGIC);
	assert_string_equal(answer.path, SOCKET);
	assert_int_equal(front_close(&file), 0);
}

static void run_some(void)
{
	unsigned int i;

	for (i = 0; i < 50; i++)
		front_run(&harness.front);
}

static void the_helper_hears_of_it_first(void **state)
{
	struct v4l2_requestbuffers buffers = {
		.count = 2,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct front_call call;

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	harness.helper.silent = true;
	front_begin_ioctl(&call, &file, SHIM_IOCTL_ATTACH, &answer);
	run_some();
	assert_int_equal(harness.helper.asked[HELPER_ATTACH], 1);
	assert_false(front_done(&call));
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &call), 0);

	harness.helper.silent = true;
	front_begin_ioctl(&call, &file, VIDIOC_REQBUFS, &buffers);
	while (fake_helper_region_count(&harness.helper) < 2)
		front_run(&harness.front);
	run_some();
	assert_false(front_done(&call));
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(front_close(&file), 0);
}

static void buffers_that_are_there_already_are_shown(void **state)
{
	struct v4l2_remove_buffers remove = {
		.index = 3,
		.count = 2,
		.type = CAPTURE,
	};

	(void)state;
	open_with("fake", PROFILE_CHOICE_STREAM);
	assert_int_equal(mmap_buffers(3), 3);
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
	assert_int_equal(attach(), 0);
	expect_shown(3);
	assert_int_equal(attach(), 0);
	expect_shown(3);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 2, NULL), 2);
	expect_shown(5);
	assert_int_equal(front_ioctl(&file, VIDIOC_REMOVE_BUFS, &remove), 0);
	harness_settle();
	expect_shown(3);
	assert_int_equal(front_close(&file), 0);
}

static void they_are_gone_with_the_queue_and_the_file(void **state)
{
	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(attach(), 0);
	assert_int_equal(mmap_buffers(3), 3);
	assert_int_equal(harness.helper.owned.file, file.cookie);
	assert_int_equal(harness.helper.owned.buf_type, CAPTURE);
	assert_int_equal(harness.helper.owned.count, 0);
	assert_int_equal(mmap_buffers(0), 0);
	harness_settle();
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
	assert_int_equal(harness.helper.owned.file, 0);

	assert_int_equal(mmap_buffers(2), 2);
	expect_shown(2);
	assert_int_equal(front_close(&file), 0);
	harness_settle();
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
	assert_int_equal(harness.helper.asked[HELPER_FILE_CLOSED], 1);
}

static uint32_t flags_of(uint32_t index)
{
	struct stream_buffer buffer;

	assert_int_equal(stream_query(&file, CAPTURE, index, &buffer), 0);
	return buffer.v4l2.flags;
}

/* vb2_buffer_in_use() */
static void a_buffer_that_was_passed_on_is_mapped(void **state)
{
	const struct helper_request *shown = &harness.helper.regions[1].request;

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(attach(), 0);
	assert_int_equal(mmap_buffers(2), 2);
	assert_int_equal(flags_of(0) & V4L2_BUF_FLAG_MAPPED, 0);

	helper_marks_set(harness.helper.marks, shown->region);
	assert_int_equal(flags_of(shown->index) & V4L2_BUF_FLAG_MAPPED,
			 V4L2_BUF_FLAG_MAPPED);
	assert_int_equal(flags_of(!shown->index) & V4L2_BUF_FLAG_MAPPED, 0);

	assert_int_equal(mmap_buffers(2), 2);
	assert_int_equal((flags_of(0) | flags_of(1)) & V4L2_BUF_FLAG_MAPPED, 0);
	assert_int_equal(front_close(&file), 0);
}

static void the_programs_own_memory_is_not_for_the_shim(void **state)
{
	unsigned int i;

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(attach(), 0);
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_USERPTR, 2),
			 2);
	harness_settle();
	assert_int_equal(fake_helper_region_count(&harness.helper), 2);
	for (i = 0; i < 2; i++)
		assert_int_equal(harness.helper.regions[i].request.file, 0);
	assert_int_equal(front_close(&file), 0);
}

static void who_reads_stays_a_reader(void **state)
{
	uint8_t frame[HARNESS_FRAME];

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(front_read(&file, frame, sizeof(frame), 0),
			 sizeof(frame));
	assert_int_equal(harness.helper.owned.file, file.cookie);
	assert_int_equal(harness.helper.owned.count, 1);
	assert_int_equal(attach(), -EBUSY);
	assert_false(caps() & V4L2_CAP_STREAMING);
	assert_int_equal(harness.helper.asked[HELPER_ATTACH], 0);
	assert_int_equal(front_read(&file, frame, sizeof(frame), 0),
			 sizeof(frame));
	assert_int_equal(front_close(&file), 0);
	harness_settle();
	assert_int_equal(harness.helper.owned.file, 0);
}

/* As natively: whoever has begun to read cannot have buffers, too. */
static void
a_reader_of_a_device_that_has_both_is_told_that_it_reads(void **state)
{
	uint8_t frame[64];

	(void)state;
	fake.caps |= V4L2_CAP_READWRITE;
	open_with("fake", PROFILE_CHOICE_AUTO);
	assert_int_equal(front_read(&file, frame, sizeof(frame), O_NONBLOCK),
			 -EAGAIN);
	assert_int_equal(mmap_buffers(2), -ENOTTY);
	assert_int_equal(attach(), 0);
	assert_int_equal(caps() & (V4L2_CAP_STREAMING | V4L2_CAP_READWRITE),
			 V4L2_CAP_STREAMING | V4L2_CAP_READWRITE);
	assert_int_equal(mmap_buffers(2), -EBUSY);
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);
	assert_int_equal(front_read(&file, frame, sizeof(frame), O_NONBLOCK),
			 -EAGAIN);
	assert_int_equal(front_close(&file), 0);
}

static void without_a_socket_there_is_no_such_call(void **state)
{
	(void)state;
	harness_connect("pattern", PROFILE_CHOICE_AUTO);
	harness_open(&file);
	assert_int_equal(attach(), -ENOTTY);
	assert_false(caps() & V4L2_CAP_STREAMING);
	assert_int_equal(harness.helper.asked[HELPER_OWNER], 0);
	assert_int_equal(front_close(&file), 0);
}

static void a_signal_lets_the_kernel_ask_again(void **state)
{
	struct front_call call;

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	harness.helper.silent = true;
	front_begin_ioctl(&call, &file, SHIM_IOCTL_ATTACH, &answer);
	run_some();
	front_interrupt(&call);
	assert_int_equal(front_wait(&harness.front, &call), FRONT_RESTART);
	harness.helper.silent = false;
	assert_int_equal(attach(), 0);
	assert_int_equal(harness.helper.asked[HELPER_ATTACH], 1);
	assert_int_equal(front_close(&file), 0);
}

static void who_waits_hears_that_the_host_is_gone(void **state)
{
	struct v4l2_requestbuffers buffers = {
		.count = 2,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	struct front_call call;

	(void)state;
	open_with("pattern", PROFILE_CHOICE_AUTO);
	assert_int_equal(attach(), 0);
	harness.helper.silent = true;
	front_begin_ioctl(&call, &file, VIDIOC_REQBUFS, &buffers);
	while (!harness.helper.held_count)
		front_run(&harness.front);
	harness_host_leaves();
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	harness_settle();
	assert_int_equal(fake_helper_region_count(&harness.helper), 0);

	assert_int_equal(attach(), -ENODEV);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(it_makes_the_file_stream),
		HARNESS_TEST(a_token_is_one_open_files),
		HARNESS_TEST(a_32_bit_program_has_the_same),
		HARNESS_TEST(the_helper_hears_of_it_first),
		HARNESS_TEST(buffers_that_are_there_already_are_shown),
		HARNESS_TEST(they_are_gone_with_the_queue_and_the_file),
		HARNESS_TEST(a_buffer_that_was_passed_on_is_mapped),
		HARNESS_TEST(the_programs_own_memory_is_not_for_the_shim),
		HARNESS_TEST(who_reads_stays_a_reader),
		HARNESS_TEST(
			a_reader_of_a_device_that_has_both_is_told_that_it_reads),
		HARNESS_TEST(without_a_socket_there_is_no_such_call),
		HARNESS_TEST(a_signal_lets_the_kernel_ask_again),
		HARNESS_TEST(who_waits_hears_that_the_host_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
