// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that asks for what there is not, too much, or in a wrong way: every
 * command is answered once, and nothing else happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/lying_guest.h"

static uint32_t command_words(const uint32_t *words, size_t count,
			      uint32_t capacity)
{
	return raw_req(words, count * sizeof(words[0]), capacity);
}

static void unknown_commands_are_enotty(void **state)
{
	static const uint32_t cmds[] = { 0, 6, 7, 255, UINT32_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		const uint32_t words[4] = { cmds[i] };

		assert_int_equal(raw_status(command_words(words, 4, 64)),
				 ENOTTY);
	}
}

static void commands_that_are_too_short_are_einval(void **state)
{
	const struct virtio_media_cmd_ioctl ioctl = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.session_id = 1,
		.code = _IOC_NR(VIDIOC_S_FMT),
	};
	uint32_t words[8] = { 0 };
	uint32_t cmd;
	size_t count;

	(void)state;
	assert_int_equal(raw_open(), 1);
	for (cmd = VIRTIO_MEDIA_CMD_CLOSE; cmd <= VIRTIO_MEDIA_CMD_MUNMAP;
	     cmd++)
		for (count = 0; count < 4; count++) {
			words[0] = cmd;
			words[2] = 99;
			assert_int_equal(
				raw_status(command_words(words, count, 64)),
				EINVAL);
		}
	assert_int_equal(raw_status(raw_req(&ioctl, sizeof(ioctl), 4096)),
			 EINVAL);
	assert_int_equal(raw_status(raw_req(&ioctl, sizeof(ioctl) - 1, 4096)),
			 EINVAL);
}

static void sessions_that_are_not_there_are_einval(void **state)
{
	static const uint32_t ids[] = { 0, 2, 1000, UINT32_MAX };
	uint32_t type = CAPTURE;
	size_t i;

	(void)state;
	assert_int_equal(raw_open(), 1);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_int_equal(
			raw_status(raw_ioctl(ids[i], VIDIOC_STREAMON, &type)),
			EINVAL);
		assert_int_equal(raw_status(raw_mmap(ids[i], 0)), EINVAL);
		/* Closing what is not open does nothing. */
		assert_int_equal(raw_wait(raw_close(ids[i]))->header.slen, 0);
	}
	assert_int_equal(raw_wait(raw_close(1))->header.slen, 0);
	assert_int_equal(fake.file_count, 0);
	assert_int_equal(raw_status(raw_ioctl(1, VIDIOC_STREAMON, &type)),
			 EINVAL);
	assert_int_equal(raw_wait(raw_close(1))->header.slen, 0);
	/* D1, D14: a number is never used again. */
	assert_int_equal(raw_open(), 2);
}

/* D9 */
static void what_guestd_answers_is_enotty(void **state)
{
	static const uint32_t cmds[] = {
		VIDIOC_QUERYCAP,       VIDIOC_DQBUF,      VIDIOC_DQEVENT,
		VIDIOC_G_JPEGCOMP,     VIDIOC_S_JPEGCOMP, VIDIOC_LOG_STATUS,
		_IO('V', 0x7f),        _IO('V', 1),       _IO('V', 3),
		VIDIOC_DBG_G_REGISTER,
	};
	static const uint8_t zeros[2048];
	unsigned int asked;
	uint32_t session;
	size_t i;

	(void)state;
	session = raw_open();
	asked = fake.record_count;
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++)
		assert_int_equal(raw_status(raw_ioctl(session, cmds[i], zeros)),
				 ENOTTY);
	assert_int_equal(fake.record_count, asked);
}

static void an_answer_that_does_not_fit_is_einval(void **state)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	const struct virtio_media_cmd_ioctl ioctl = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
		.session_id = 1,
		.code = _IOC_NR(VIDIOC_G_PRIORITY),
	};
	uint32_t tag;

	(void)state;
	assert_int_equal(raw_status(raw_req(&open, sizeof(open), 15)), EINVAL);
	assert_int_equal(raw_open(), 1);
	tag = raw_req(&ioctl, sizeof(ioctl), 11);
	assert_int_equal(raw_status(tag), EINVAL);
	assert_int_equal(raw_wait(tag)->header.slen, 8);
	assert_int_equal(raw_status(raw_req(&ioctl, sizeof(ioctl), 12)), 0);
}

/* Rule: B33 */
static void giant_counts_are_refused(void **state)
{
	static const uint32_t counts[] = { 9, 1025, 1u << 28, UINT32_MAX };
	union payload_arg arg;
	uint32_t session;
	size_t i;

	(void)state;
	session = raw_open();
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.controls.count = counts[i];
		assert_int_not_equal(
			raw_status(
				raw_ioctl(session, VIDIOC_G_EXT_CTRLS, &arg)),
			0);
		memset(&arg, 0, sizeof(arg));
		arg.buffer.type = CAPTURE_MPLANE;
		arg.buffer.length = counts[i];
		assert_int_equal(
			raw_status(raw_ioctl(session, VIDIOC_QUERYBUF, &arg)),
			EINVAL);
		memset(&arg, 0, sizeof(arg));
		arg.edid.blocks = counts[i];
		assert_int_equal(
			raw_status(raw_ioctl(session, VIDIOC_S_EDID, &arg)),
			EINVAL);
	}
	assert_int_equal(fake_count(VIDIOC_S_EDID), 0);
	assert_int_equal(fake_count(VIDIOC_G_EXT_CTRLS), 0);
}

static int give_a_million(void *arg)
{
	struct v4l2_requestbuffers *request = arg;

	request->count = 1000000;
	return 0;
}

static void more_buffers_than_hostd_counts_are_survived(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = UINT32_MAX,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &request)), 0);
	assert_int_equal(fake.queues[CAPTURE].count, FAKE_BUFFERS);
	fake_on(VIDIOC_REQBUFS, give_a_million);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &request)), 0);
	assert_int_equal(raw_status(raw_mmap(session, 0)), EINVAL);
	raw_qbuf(session, CAPTURE, 5);
	raw_settle();
	fake_on(VIDIOC_REQBUFS, NULL);
	request.count = 0;
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &request)), 0);
	raw_wait(raw_close(session));
}

/* Rule: B30 */
static void only_mmap_memory_travels(void **state)
{
	static const uint32_t memories[] = { V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_DMABUF,
					     V4L2_MEMORY_OVERLAY, 0, 77 };
	struct v4l2_requestbuffers request = { .count = 2, .type = CAPTURE };
	struct v4l2_create_buffers create = { .count = 2,
					      .format.type = CAPTURE };
	struct v4l2_buffer buffer = { .type = CAPTURE };
	uint32_t session;
	size_t i;

	(void)state;
	session = raw_open();
	for (i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		request.memory = memories[i];
		create.memory = memories[i];
		buffer.memory = memories[i];
		buffer.m.userptr = (unsigned long)&request;
		assert_int_equal(raw_status(raw_ioctl(session, VIDIOC_REQBUFS,
						      &request)),
				 EINVAL);
		assert_int_equal(raw_status(raw_ioctl(
					 session, VIDIOC_CREATE_BUFS, &create)),
				 EINVAL);
		assert_int_equal(
			raw_status(raw_ioctl(session, VIDIOC_QBUF, &buffer)),
			EINVAL);
	}
	buffer.memory = V4L2_MEMORY_MMAP;
	buffer.flags = V4L2_BUF_FLAG_REQUEST_FD;
	buffer.request_fd = 2;
	assert_int_equal(raw_status(raw_ioctl(session, VIDIOC_QBUF, &buffer)),
			 EBADR);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	/* The device has another reason first, perhaps, but no memory. */
	assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.memory, 0);
	assert_int_equal(fake_last(VIDIOC_CREATE_BUFS)->arg.create.memory, 0);
}

/* Rule: B20 */
static void a_subscription_that_is_refused_brings_nothing(void **state)
{
	const struct v4l2_event_subscription subscription = {
		.type = UINT32_MAX,
		.flags = UINT32_MAX,
	};
	uint32_t session;

	(void)state;
	session = raw_open();
	fake_fail(VIDIOC_SUBSCRIBE_EVENT, -EINVAL, 1);
	assert_int_equal(raw_status(raw_ioctl(session, VIDIOC_SUBSCRIBE_EVENT,
					      &subscription)),
			 EINVAL);
	fake_event(V4L2_EVENT_EOS, 0, 0);
	raw_settle();
	assert_int_equal(raw_events(), 0);
}

static void cancel_of_what_is_not_there_is_ignored(void **state)
{
	uint32_t session;
	uint32_t tag;

	(void)state;
	session = raw_open();
	tag = raw_ioctl(session, VIDIOC_G_PRIORITY, NULL);
	assert_int_equal(raw_status(tag), 0);
	raw_cancel(tag);
	raw_cancel(4711);
	raw_cancel(UINT32_MAX);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)), 0);
}

static void cancel_does_not_stop_a_close(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	uint32_t session;
	uint32_t slow;
	uint32_t tag;

	(void)state;
	session = raw_open();
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	tag = raw_close(session);
	harness_asleep();
	raw_cancel(tag);
	raw_settle();
	assert_false(raw_answered(tag));
	raw_cancel(slow);
	assert_int_equal(raw_status(slow), EINTR);
	raw_wait(tag);
	assert_int_equal(fake.file_count, 0);
}

/* 200 commands at once: the window is 64, the rest waits in the socket. */
static void the_window_holds_a_guest_back_and_loses_nothing(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	uint32_t tags[200];
	uint32_t session;
	uint32_t slow;
	size_t i;

	(void)state;
	session = raw_open();
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	harness_asleep();
	for (i = 0; i < 200; i++)
		tags[i] = raw_ioctl(session, VIDIOC_G_PRIORITY, NULL);
	raw_settle();
	assert_false(raw_answered(slow));
	fake_wake();
	for (i = 0; i < 200; i++)
		assert_int_equal(raw_status(tags[i]), 0);
	assert_int_equal(fake_count(VIDIOC_G_PRIORITY), 200);
}

/* Nobody has told the guest this number yet, but it can count. */
static void commands_behind_an_open_that_fails_are_answered(void **state)
{
	const struct virtio_media_cmd_open open = {
		.cmd = VIRTIO_MEDIA_CMD_OPEN,
	};
	uint32_t tags[3];
	uint32_t tag;

	(void)state;
	fake.open_result = -EIO;
	fake.open_sleeps = true;
	tag = raw_req(&open, sizeof(open), 16);
	tags[0] = raw_ioctl(1, VIDIOC_G_PRIORITY, NULL);
	tags[1] = raw_mmap(1, 0);
	tags[2] = raw_close(1);
	harness_asleep();
	raw_settle();
	fake_wake();
	assert_int_equal(raw_status(tag), EIO);
	assert_int_not_equal(raw_status(tags[0]), 0);
	assert_int_not_equal(raw_status(tags[1]), 0);
	raw_wait(tags[2]);
}

static void a_guest_may_leave_at_any_moment(void **state)
{
	struct v4l2_format format = { .type = CAPTURE };
	uint32_t session;

	(void)state;
	session = raw_open();
	fake_sleep(VIDIOC_S_FMT);
	raw_ioctl(session, VIDIOC_S_FMT, &format);
	raw_ioctl(session, VIDIOC_G_PRIORITY, NULL);
	harness_asleep();
	guest_peer_finish(&raw.peer);
	fake_wake();
	raw.reading = false;
	harness_settle();
	assert_null(harness.guest);
	assert_int_equal(fake.file_count, 0);
	assert_int_equal(fake.mapped, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(unknown_commands_are_enotty),
		RAW_TEST(commands_that_are_too_short_are_einval),
		RAW_TEST(sessions_that_are_not_there_are_einval),
		RAW_TEST(what_guestd_answers_is_enotty),
		RAW_TEST(an_answer_that_does_not_fit_is_einval),
		RAW_TEST(giant_counts_are_refused),
		RAW_TEST(more_buffers_than_hostd_counts_are_survived),
		RAW_TEST(only_mmap_memory_travels),
		RAW_TEST(a_subscription_that_is_refused_brings_nothing),
		RAW_TEST(cancel_of_what_is_not_there_is_ignored),
		RAW_TEST(cancel_does_not_stop_a_close),
		RAW_TEST(the_window_holds_a_guest_back_and_loses_nothing),
		RAW_TEST(commands_behind_an_open_that_fails_are_answered),
		RAW_TEST(a_guest_may_leave_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
