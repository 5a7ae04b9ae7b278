// SPDX-License-Identifier: BSD-3-Clause
/*
 * What peers of virtio-media do although no text says so, and every other must
 * survive: those of the rules R1-R18 that no other test is about.  tests/rules
 * lists them all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/fake_device_buffers.h"
#include "tests/lying_guest.h"
#include "tests/lying_host.h"

/* ---- hostd ------------------------------------------------------------------------- */

static int input_is_3(void *arg)
{
	uint32_t *input = arg;

	*input = 3;
	return 0;
}

static uint32_t input_set;

static int set_input(void *arg)
{
	const uint32_t *input = arg;

	input_set = *input;
	return 0;
}

/* A command with @count more bytes than it needs */
static uint32_t with_trailing(uint32_t session, uint32_t cmd, uint32_t value,
			      size_t count)
{
	struct {
		struct virtio_media_cmd_ioctl cmd;
		uint32_t value;
		uint8_t more[64];
	} sent = {
		.cmd = {
			.cmd = VIRTIO_MEDIA_CMD_IOCTL,
			.session_id = session,
			.code = _IOC_NR(cmd),
		},
		.value = value,
	};

	assert_true(count <= sizeof(sent.more));
	memset(sent.more, 0xee, count);
	return raw_req(&sent, sizeof(sent.cmd) + sizeof(sent.value) + count,
		       12);
}

/*
 * The kernel's driver sends 4 bytes with G_INPUT and G_OUTPUT that it should not.
 *
 * Rule: R4
 */
static void bytes_that_nobody_needs_are_ignored(void **state)
{
	const struct raw_frame *frame;
	uint32_t session;
	uint32_t input;
	size_t more;

	(void)state;
	fake_on(VIDIOC_G_INPUT, input_is_3);
	fake_on(VIDIOC_S_INPUT, set_input);
	session = raw_open();
	for (more = 0; more <= 64; more += 4) {
		frame = raw_wait(
			with_trailing(session, VIDIOC_G_INPUT, 99, more));
		assert_int_equal(frame->header.slen, 12);
		memcpy(&input, &frame->bytes[8], sizeof(input));
		assert_int_equal(input, 3);
		assert_int_equal(
			raw_status(with_trailing(session, VIDIOC_S_INPUT,
						 (uint32_t)more, more)),
			0);
		assert_int_equal(input_set, more);
	}
	raw_wait(raw_close(session));
}

/* ---- guestd ------------------------------------------------------------------------- */

static void expect_mapped(unsigned int maps, unsigned int unmaps)
{
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_MMAP], maps);
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_MUNMAP], unmaps);
}

/* Rule: R10 */
static void what_is_mapped_is_unmapped_once(void **state)
{
	(void)state;
	harness_open(&lying.file);
	assert_int_equal(lying_reqbufs(3), 3);
	expect_mapped(3, 0);
	assert_int_equal(lying_reqbufs(2), 2);
	expect_mapped(5, 3);
	assert_int_equal(lying_reqbufs(0), 0);
	expect_mapped(5, 5);
	assert_int_equal(lying_reqbufs(4), 4);
	/* With the session, too. */
	assert_int_equal(front_close(&lying.file), 0);
	expect_mapped(9, 9);
}

/*
 * With two queues of frames, as virtio has them, a buffer can come after the
 * answer that says that there are none any more.
 *
 * Rule: R1
 */
static void a_buffer_after_reqbufs_is_not_one_of_the_new_ones(void **state)
{
	struct stream_buffer buffer;
	uint32_t session = lying_stream();
	struct front_call call;

	(void)state;
	assert_int_equal(stream_off(&lying.file, CAPTURE), 0);
	assert_int_equal(lying_reqbufs(3), 3);
	lying_buffer(session, CAPTURE, 1, 10);
	lying_settle();
	assert_int_equal(stream_query(&lying.file, CAPTURE, 1, &buffer), 0);
	assert_int_equal(buffer.v4l2.flags & V4L2_BUF_FLAG_DONE, 0);
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	stream_begin_dqbuf(&call, &lying.file, CAPTURE, &buffer);
	lying_settle();
	assert_false(front_done(&call));
	lying_buffer(session, CAPTURE, 0, 10);
	assert_int_equal(front_wait(&harness.front, &call), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_int_equal(front_close(&lying.file), 0);
}

/* ---- both --------------------------------------------------------------------------- */

#define FLAGS 0xfffffff0u /* V4L2_MEMORY_FLAG_NON_COHERENT is 1 */

static int reqbufs(struct front_file *file, uint32_t memory)
{
	struct v4l2_requestbuffers arg = {
		.count = 2,
		.type = CAPTURE,
		.memory = memory,
		.flags = (uint8_t)FLAGS,
	};

	return front_ioctl(file, VIDIOC_REQBUFS, &arg);
}

static int create_bufs(struct front_file *file, uint32_t memory)
{
	struct v4l2_create_buffers arg = {
		.count = 2,
		.format.type = CAPTURE,
		.memory = memory,
		.flags = FLAGS,
	};

	return front_ioctl(file, VIDIOC_CREATE_BUFS, &arg);
}

/*
 * The device clears what it does not know (validate_memory_flags()); memory that
 * is not the device's has no flags.
 *
 * Rule: R11, B29
 */
static void unknown_flags_of_memory_are_no_error(void **state)
{
	struct front_file file;

	(void)state;
	harness_open_fake(&file);
	assert_int_equal(reqbufs(&file, V4L2_MEMORY_MMAP), 0);
	assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.flags,
			 (uint8_t)FLAGS);
	assert_int_equal(create_bufs(&file, V4L2_MEMORY_MMAP), 0);
	assert_int_equal(fake_last(VIDIOC_CREATE_BUFS)->arg.create.flags,
			 FLAGS);
	assert_int_equal(reqbufs(&file, V4L2_MEMORY_USERPTR), 0);
	assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.flags, 0);
	assert_int_equal(create_bufs(&file, V4L2_MEMORY_USERPTR), 0);
	assert_int_equal(fake_last(VIDIOC_CREATE_BUFS)->arg.create.flags, 0);
	assert_int_equal(front_close(&file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(bytes_that_nobody_needs_are_ignored),
		LYING_TEST(what_is_mapped_is_unmapped_once),
		LYING_TEST(a_buffer_after_reqbufs_is_not_one_of_the_new_ones),
		HARNESS_TEST(unknown_flags_of_memory_are_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
