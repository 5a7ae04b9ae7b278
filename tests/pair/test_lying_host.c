// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that lies about one session: that session ends with EIO, and nothing
 * else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/lying_host.h"

/* What the test in hand lies about, and by how much. */
static uint32_t about;
static uint64_t amount;

/* ---- lengths ------------------------------------------------------------- */

static void lie_about_length(struct lying_answer *answer)
{
	if (lying_is(answer, about))
		answer->len = amount;
}

static void an_answer_of_another_length_is_a_lie(void **state)
{
	static const size_t lengths[] = { 0, 4, 7, 9, 200, 215, 217, 900 };
	struct v4l2_format format = { .type = CAPTURE };
	size_t i;

	(void)state;
	about = VIDIOC_G_FMT;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		amount = lengths[i];
		lying.asked[VIRTIO_MEDIA_CMD_CLOSE] = 0;
		lying_open_both(lie_about_length);
		assert_int_equal(
			front_ioctl(&lying.file, VIDIOC_G_FMT, &format), -EIO);
		lying_expect_session_ended();
		lying.lie = NULL;
	}
}

static void an_answer_without_what_must_be_there_is_a_lie(void **state)
{
	(void)state;
	about = VIDIOC_REQBUFS;
	amount = sizeof(struct virtio_media_resp);
	lying_open_both(lie_about_length);
	assert_int_equal(lying_reqbufs(2), -EIO);
	lying_expect_session_ended();
}

static void lie_about_status(struct lying_answer *answer)
{
	uint32_t status = (uint32_t)amount;

	if (!lying_is(answer, about))
		return;
	memcpy(answer->bytes, &status, sizeof(status));
	answer->len = sizeof(struct virtio_media_resp);
}

static void a_status_that_is_no_errno_is_a_lie(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	about = VIDIOC_G_FMT;
	amount = 4096;
	lying_open_both(lie_about_status);
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_G_FMT, &format), -EIO);
	lying_expect_session_ended();
}

/* An error of the kernel's own that no application may ever see. */
static void a_status_that_would_restart_is_only_a_number(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };

	(void)state;
	about = VIDIOC_G_FMT;
	amount = 512;
	harness_open(&lying.file);
	lying.lie = lie_about_status;
	assert_int_not_equal(front_ioctl(&lying.file, VIDIOC_G_FMT, &format),
			     FRONT_RESTART);
	assert_int_equal(front_close(&lying.file), 0);
}

/* ---- OPEN, CLOSE ------------------------------------------------------------------ */

static void lie_about_open(struct lying_answer *answer)
{
	if (answer->cmd == VIRTIO_MEDIA_CMD_OPEN)
		answer->len = amount;
	if (answer->cmd == VIRTIO_MEDIA_CMD_CLOSE)
		answer->len = 8;
}

static void an_open_that_makes_no_sense_is_eio(void **state)
{
	(void)state;
	lying.lie = lie_about_open;
	for (amount = 0; amount < 12; amount++)
		assert_int_equal(
			front_open(&harness.front, &lying.file, O_RDWR), -EIO);
	amount = sizeof(struct virtio_media_resp_open);
	harness_open(&lying.file);
	/* There is nothing to be said about CLOSE. */
	assert_int_equal(front_close(&lying.file), 0);
	assert_null(harness.device->members);
}

static void lie_about_session(struct lying_answer *answer)
{
	if (answer->cmd == VIRTIO_MEDIA_CMD_OPEN)
		memset(answer->bytes + 8, 0, 4);
}

static void add_high_bits(struct lying_answer *answer)
{
	uint32_t session;

	if (answer->cmd != VIRTIO_MEDIA_CMD_OPEN)
		return;
	session = lying.sessions << 16 | 1;
	memcpy(answer->bytes + 8, &session, sizeof(session));
}

/*
 * No peer's 16: what is for one session is not for one of the same low bits.
 *
 * Rule: B34
 */
static void numbers_of_sessions_have_32_bits(void **state)
{
	struct stream_buffer buffer;
	uint32_t sessions;

	(void)state;
	lying.lie = add_high_bits;
	harness_open(&lying.file);
	sessions = lying.sessions;
	harness_open(&lying.other);
	assert_int_equal(lying.sessions, sessions + 1);
	stream_start(&lying.file, CAPTURE, 2);
	lying_error((sessions + 1) << 16 | 1, EIO);
	lying_buffer(sessions << 16 | 1, CAPTURE, 0, 1);
	lying_settle();
	assert_int_equal(stream_dqbuf(&lying.file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 0);
	assert_int_equal(front_poll(&lying.other, EPOLLIN),
			 EPOLLERR | EPOLLHUP | EPOLLPRI);
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

static void two_sessions_of_one_number_are_survived(void **state)
{
	struct stream_buffer buffer;
	struct front_call call;

	(void)state;
	lying.lie = lie_about_session;
	harness_open(&lying.file);
	harness_open(&lying.other);
	stream_start(&lying.other, CAPTURE, 2);
	stream_begin_dqbuf(&call, &lying.other, CAPTURE, &buffer);
	lying_buffer(0, CAPTURE, 0, 1);
	lying_error(0, EIO);
	lying_error(0, EIO);
	lying_error(0, EIO);
	lying_settle();
	assert_true(front_done(&call));
	assert_int_equal(front_close(&lying.file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(an_answer_of_another_length_is_a_lie),
		LYING_TEST(an_answer_without_what_must_be_there_is_a_lie),
		LYING_TEST(a_status_that_is_no_errno_is_a_lie),
		LYING_TEST(a_status_that_would_restart_is_only_a_number),
		LYING_TEST(an_open_that_makes_no_sense_is_eio),
		LYING_TEST(two_sessions_of_one_number_are_survived),
		LYING_TEST(numbers_of_sessions_have_32_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
