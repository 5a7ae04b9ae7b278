// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about buffers and their memory: that session ends with EIO,
 * and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/lying_host.h"

/* What the test in hand lies about, and by how much. */
static uint32_t about;
static uint64_t amount;

/* ---- QUERYBUF -------------------------------------------------------------- */

static void lie_about_buffer(struct lying_answer *answer)
{
	struct v4l2_buffer buffer;

	if (!lying_is(answer, VIDIOC_QUERYBUF))
		return;
	memcpy(&buffer, lying_argument(answer), sizeof(buffer));
	switch (about) {
	case 0:
		buffer.length = (uint32_t)amount;
		break;
	case 1:
		buffer.memory = V4L2_MEMORY_USERPTR;
		break;
	case 2:
		/* payload_get_response() puts these back. */
		buffer.index += 7;
		buffer.type = OUTPUT;
		break;
	default:
		break;
	}
	memcpy(lying_argument(answer), &buffer, sizeof(buffer));
}

static void a_buffer_that_is_longer_than_its_memory_is_a_lie(void **state)
{
	(void)state;
	about = 0;
	amount = 2 * LYING_LEN;
	lying_open_both(lie_about_buffer);
	assert_int_equal(lying_reqbufs(2), -EIO);
	lying_expect_session_ended();
}

static void a_buffer_of_other_memory_is_a_lie(void **state)
{
	(void)state;
	about = 1;
	lying_open_both(lie_about_buffer);
	assert_int_equal(lying_reqbufs(2), -EIO);
	lying_expect_session_ended();
}

static void whose_buffer_it_is_is_not_the_hosts_to_say(void **state)
{
	struct stream_buffer buffer;

	(void)state;
	about = 2;
	harness_open(&lying.file);
	lying.lie = lie_about_buffer;
	assert_int_equal(lying_reqbufs(2), 2);
	assert_int_equal(stream_query(&lying.file, CAPTURE, 1, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(buffer.v4l2.type, CAPTURE);
	assert_int_equal(front_close(&lying.file), 0);
}

static void lie_about_contents(struct lying_answer *answer)
{
	struct v4l2_buffer buffer;
	struct v4l2_plane plane = {
		.bytesused = LYING_LEN + 1,
		.length = LYING_LEN,
		.data_offset = LYING_LEN + 1,
		.reserved = { 1 },
	};

	if (!lying_is(answer, VIDIOC_QUERYBUF))
		return;
	memcpy(&buffer, lying_argument(answer), sizeof(buffer));
	buffer.field = V4L2_FIELD_INTERLACED_BT + 1;
	buffer.bytesused = LYING_LEN + 1;
	buffer.reserved2 = 1;
	buffer.request_fd = 1;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer.type)) {
		buffer.length = 1;
		memcpy((uint8_t *)lying_argument(answer) + sizeof(buffer),
		       &plane, sizeof(plane));
	}
	memcpy(lying_argument(answer), &buffer, sizeof(buffer));
}

/* Those of another program of the host: who has none may ask for them. */
static void a_buffer_that_is_nobodys_has_no_more_than_its_length(void **state)
{
	struct stream_buffer buffer;

	(void)state;
	lying_open_both(lie_about_contents);
	assert_int_equal(stream_query(&lying.file, CAPTURE, 0, &buffer), 0);
	assert_int_equal(buffer.v4l2.length, LYING_LEN);
	assert_int_equal(buffer.v4l2.bytesused, LYING_LEN);
	assert_int_equal(buffer.v4l2.field, V4L2_FIELD_ANY);
	assert_int_equal(buffer.v4l2.reserved2, 0);
	assert_int_equal(buffer.v4l2.request_fd, 0);
	assert_int_equal(stream_query(&lying.file, CAPTURE_MPLANE, 0, &buffer),
			 0);
	assert_int_equal(buffer.v4l2.length, 1);
	assert_int_equal(buffer.planes[0].bytesused, LYING_LEN);
	assert_int_equal(buffer.planes[0].data_offset, 0);
	assert_int_equal(buffer.planes[0].reserved[0], 0);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

/* ---- MMAP ------------------------------------------------------------------- */

static void lie_about_memory(struct lying_answer *answer)
{
	struct virtio_media_resp_mmap resp;

	if (answer->cmd != VIRTIO_MEDIA_CMD_MMAP)
		return;
	memcpy(&resp, answer->bytes, sizeof(resp));
	switch (about) {
	case 0:
		resp.driver_addr = amount;
		break;
	case 1:
		resp.len = amount;
		break;
	default:
		answer->len = amount;
		break;
	}
	memcpy(answer->bytes, &resp, sizeof(resp));
}

static void expect_memory_lie(uint32_t what, uint64_t how_much)
{
	about = what;
	amount = how_much;
	lying.asked[VIRTIO_MEDIA_CMD_CLOSE] = 0;
	lying_open_both(lie_about_memory);
	assert_int_equal(lying_reqbufs(2), -EIO);
	lying_expect_session_ended();
	lying.lie = NULL;
}

/* Rule: B15 */
static void memory_in_an_impossible_place_is_a_lie(void **state)
{
	(void)state;
	expect_memory_lie(0, 1);                 /* not a page */
	expect_memory_lie(0, 4096);              /* both: they overlap */
	expect_memory_lie(0, 1ull << 40);        /* behind the window */
	expect_memory_lie(0, UINT64_MAX - 4095); /* around its end */
	expect_memory_lie(0, (1ull << 63));
}

static void memory_of_an_impossible_size_is_a_lie(void **state)
{
	(void)state;
	expect_memory_lie(1, 0);
	expect_memory_lie(1, 1);
	expect_memory_lie(1, LYING_LEN - 1);
	expect_memory_lie(1, LYING_LEN + 1);
	expect_memory_lie(1, 1ull << 31);
	expect_memory_lie(1, UINT64_MAX);
	expect_memory_lie(2, 8);
	expect_memory_lie(2, 20);
}

/* ---- how many buffers ---------------------------------------------------------- */

static void lie_about_count(struct lying_answer *answer)
{
	struct v4l2_requestbuffers request;

	if (!lying_is(answer, VIDIOC_REQBUFS))
		return;
	memcpy(&request, lying_argument(answer), sizeof(request));
	if (request.count)
		request.count = (uint32_t)amount;
	memcpy(lying_argument(answer), &request, sizeof(request));
}

static void more_buffers_than_there_can_be_are_refused(void **state)
{
	static const uint32_t counts[] = { 1025, 65536, INT32_MAX, UINT32_MAX };
	size_t i;

	(void)state;
	harness_open(&lying.file);
	lying.lie = lie_about_count;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		amount = counts[i];
		assert_true(lying_reqbufs(2) < 0);
		assert_int_equal(harness.device->window.count, 0);
	}
	assert_int_equal(front_close(&lying.file), 0);
}

static void no_buffers_are_no_buffers(void **state)
{
	uint8_t byte;

	(void)state;
	amount = 0;
	harness_open(&lying.file);
	lying.lie = lie_about_count;
	assert_int_equal(lying_reqbufs(2), 0);
	assert_null(harness.device->owner);
	/* And a QBUF of none does not succeed. */
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), -EIO);
	assert_int_equal(front_close(&lying.file), 0);

	/* read() cannot go on with none. */
	harness.front.choice = PROFILE_CHOICE_READ;
	harness_open(&lying.file);
	assert_int_equal(front_read(&lying.file, &byte, 1, 0), -EIO);
	assert_int_equal(front_close(&lying.file), 0);
}

static void lie_about_first(struct lying_answer *answer)
{
	struct v4l2_create_buffers create;

	if (!lying_is(answer, VIDIOC_CREATE_BUFS))
		return;
	memcpy(&create, lying_argument(answer), sizeof(create));
	create.index = (uint32_t)amount;
	memcpy(lying_argument(answer), &create, sizeof(create));
}

/* Their memory would be known twice. */
static void buffers_that_are_there_already_are_not_made_again(void **state)
{
	struct v4l2_create_buffers create = {
		.count = 2,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE,
	};
	uint8_t bytes[64] = { 0 };
	uint64_t addr;

	(void)state;
	lying_open_both(NULL);
	assert_int_equal(lying_reqbufs(2), 2);
	addr = lying.last_addr;
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 1), 0);
	amount = 1;
	lying.lie = lie_about_first;
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_CREATE_BUFS, &create),
			 -EIO);
	/* Contents for what is gone go nowhere. */
	lying_data(addr, 0, bytes, sizeof(bytes));
	lying_expect_session_ended();
}

/* Rule: B8 */
static void buffers_beyond_all_others_are_refused(void **state)
{
	static const uint32_t firsts[] = { VMS_QUEUE_BUFFERS_MAX, 1 << 20,
					   UINT32_MAX };
	struct v4l2_create_buffers create;
	size_t i;

	(void)state;
	harness_open(&lying.file);
	lying.lie = lie_about_first;
	for (i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		amount = firsts[i];
		memset(&create, 0, sizeof(create));
		create.count = 2;
		create.memory = V4L2_MEMORY_MMAP;
		create.format.type = CAPTURE;
		assert_true(front_ioctl(&lying.file, VIDIOC_CREATE_BUFS,
					&create) < 0);
		assert_int_equal(harness.device->window.count, 0);
	}
	assert_int_equal(front_close(&lying.file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(a_buffer_that_is_longer_than_its_memory_is_a_lie),
		LYING_TEST(a_buffer_of_other_memory_is_a_lie),
		LYING_TEST(whose_buffer_it_is_is_not_the_hosts_to_say),
		LYING_TEST(
			a_buffer_that_is_nobodys_has_no_more_than_its_length),
		LYING_TEST(memory_in_an_impossible_place_is_a_lie),
		LYING_TEST(memory_of_an_impossible_size_is_a_lie),
		LYING_TEST(more_buffers_than_there_can_be_are_refused),
		LYING_TEST(no_buffers_are_no_buffers),
		LYING_TEST(buffers_that_are_there_already_are_not_made_again),
		LYING_TEST(buffers_beyond_all_others_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
