// SPDX-License-Identifier: BSD-3-Clause
/*
 * A host that answers when nobody is there any more.
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

static struct front_file file;
static struct stream_buffer buffer;
static struct front_call call;
static uint32_t withheld;

static void withhold(struct lying_answer *answer)
{
	answer->withheld = lying_is(answer, withheld);
}

static void withhold_all(struct lying_answer *answer)
{
	answer->withheld = answer->cmd == VIRTIO_MEDIA_CMD_IOCTL;
}

/*
 * A session that the host has ended: its calls end, whatever is said of them.
 *
 * Rule: B6
 */
static void answers_after_the_end_of_a_session_change_nothing(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_QBUF,           VIDIOC_REQBUFS,
					 VIDIOC_CREATE_BUFS,    VIDIOC_STREAMON,
					 VIDIOC_PREPARE_BUF,    VIDIOC_G_FMT,
					 VIDIOC_SUBSCRIBE_EVENT };
	union payload_arg arg;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cmds) / sizeof(cmds[0]); i++) {
		harness_open(&file);
		assert_int_equal(
			stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2), 2);
		lying.lie = withhold_all;
		memset(&arg, 0, sizeof(arg));
		arg.u32 = CAPTURE;
		if (cmds[i] == VIDIOC_REQBUFS) {
			arg.reqbufs.count = 4;
			arg.reqbufs.type = CAPTURE;
			arg.reqbufs.memory = V4L2_MEMORY_MMAP;
		} else if (cmds[i] == VIDIOC_CREATE_BUFS) {
			arg.create.count = 4;
			arg.create.index = 2;
			arg.create.format.type = CAPTURE;
			arg.create.memory = V4L2_MEMORY_MMAP;
		} else if (_IOC_SIZE(cmds[i]) == sizeof(arg.buffer)) {
			stream_buffer(&buffer, CAPTURE, 0);
			arg.buffer = buffer.v4l2;
		}
		front_begin_ioctl(&call, &file, cmds[i], &arg);
		lying_settle();
		/* With a QUERYBUF for each buffer */
		assert_int_equal(lying.withheld_count,
				 cmds[i] == VIDIOC_REQBUFS ? 5 : 1);
		lying_error(lying.sessions, EIO);
		lying_settle();
		assert_int_equal(front_poll(&file, EPOLLIN),
				 EPOLLERR | EPOLLHUP | EPOLLPRI);
		lying.lie = NULL;
		while (lying.withheld_count)
			lying_release(0);
		assert_int_equal(front_wait(&harness.front, &call), -EIO);
		lying_settle();
		assert_int_equal(harness.device->window.count, 0);
		assert_null(harness.device->owner);
		assert_int_equal(front_close(&file), 0);
	}
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_MMAP],
			 lying.asked[VIRTIO_MEDIA_CMD_MUNMAP]);
}

/* The same in the middle of the conversation that makes buffers. */
static void a_session_may_end_while_buffers_are_made(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 3,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	harness_open(&file);
	withheld = VIDIOC_QUERYBUF;
	lying.lie = withhold;
	front_begin_ioctl(&call, &file, VIDIOC_REQBUFS, &request);
	lying_settle();
	assert_int_equal(lying.withheld_count, 3);
	lying_error(lying.sessions, ENODEV);
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	lying_release(2);
	lying_settle();
	assert_int_equal(front_close(&file), 0);
	lying_release(1);
	lying_release(0);
	lying_settle();
	assert_true(harness.device->ready);
}

static void withhold_mappings(struct lying_answer *answer)
{
	answer->withheld = answer->cmd == VIRTIO_MEDIA_CMD_MMAP;
}

/* D11: the host keeps an address until MUNMAP, who ever knows of it. */
static void memory_that_comes_too_late_is_given_back(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 3,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	unsigned int i;

	(void)state;
	harness_open(&file);
	lying.lie = withhold_mappings;
	front_begin_ioctl(&call, &file, VIDIOC_REQBUFS, &request);
	lying_settle();
	assert_int_equal(lying.withheld_count, 3);
	lying_error(lying.sessions, ENODEV);
	assert_int_equal(front_wait(&harness.front, &call), -ENODEV);
	assert_int_equal(front_close(&file), 0);
	for (i = 0; i < 3; i++)
		lying_release(0);
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_MUNMAP], 3);
}

static void read_too(struct vms_hello_ack *ack)
{
	ack->capability.device_caps |= V4L2_CAP_READWRITE;
	ack->capability.capabilities |= V4L2_CAP_READWRITE;
}

/* REMOVE_BUFS is withheld; QBUF, too, and then fails. */
static void withhold_removal(struct lying_answer *answer)
{
	const uint32_t status = EIO;

	answer->withheld = lying_is(answer, VIDIOC_REMOVE_BUFS) ||
			   lying_is(answer, VIDIOC_QBUF);
	if (!lying_is(answer, VIDIOC_QBUF))
		return;
	memcpy(answer->bytes, &status, sizeof(status));
	answer->len = sizeof(struct virtio_media_resp);
}

static int begin_lying_to_readers(void **state)
{
	lying_init(state);
	lying.hello = read_too;
	lying_start(PROFILE_CHOICE_STREAM);
	return 0;
}

/* There were none when the application asked for their removal. */
static void buffers_of_read_are_not_removed(void **state)
{
	struct v4l2_remove_buffers remove = { .count = 4, .type = CAPTURE };
	struct front_call reading;
	uint8_t byte;
	unsigned int i;

	(void)state;
	lying_open_both(withhold_removal);
	front_begin_ioctl(&call, &lying.file, VIDIOC_REMOVE_BUFS, &remove);
	front_begin_read(&reading, &lying.file, &byte, 1, 0);
	lying_settle();
	assert_int_equal(lying.withheld_count, 5);
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &call), -EIO);
	assert_int_equal(front_wait(&harness.front, &reading), -EIO);
	for (i = 0; i < 4; i++)
		lying_release(0);
	lying_settle();
	lying_expect_session_ended();
}

static unsigned int qbufs;
static bool hold_reqbufs;

/* The first QBUF fails; the others and STREAMON are withheld. */
static void undo_out_of_order(struct lying_answer *answer)
{
	const uint32_t status = EIO;

	if (lying_is(answer, VIDIOC_QBUF)) {
		memcpy(answer->bytes, &status, sizeof(status));
		answer->len = sizeof(struct virtio_media_resp);
		answer->withheld = qbufs++ > 0;
	}
	if (lying_is(answer, VIDIOC_STREAMON))
		answer->withheld = true;
	if (lying_is(answer, VIDIOC_REQBUFS) && hold_reqbufs)
		answer->withheld = true;
}

static void late_common(struct front_call *reading)
{
	static uint8_t byte;

	qbufs = 0;
	hold_reqbufs = false;
	lying_open_both(undo_out_of_order);
	assert_int_equal(front_read(&lying.file, &byte, 1, 0), -EIO);
	lying_settle();
	assert_int_equal(lying.withheld_count, 4);
	hold_reqbufs = true;
	front_begin_read(reading, &lying.file, &byte, 1, 0);
	lying_settle();
	assert_int_equal(lying.withheld_count, 5);
}

static void a_late_qbuf_of_a_start_that_was_undone(void **state)
{
	struct front_call reading;

	(void)state;
	late_common(&reading);
	lying_release(0);
	lying_settle();
	front_close(&lying.file);
	front_close(&lying.other);
}

static void a_late_streamon_of_a_start_that_was_undone(void **state)
{
	struct front_call reading;

	(void)state;
	late_common(&reading);
	hold_reqbufs = false;
	lying_release(3);
	lying_settle();
	lying_release(3);
	lying.lie = NULL;
	lying_settle();
	front_close(&lying.file);
	front_close(&lying.other);
}

static void a_flood_of_queue_errors(void **state)
{
	uint32_t session;
	unsigned int i;

	(void)state;
	session = lying_stream();
	for (i = 0; i < 1000; i++)
		lying_queue_error(session, CAPTURE, EIO);
	lying_settle();
	front_close(&lying.file);
}

static void inflate(struct lying_answer *answer)
{
	struct v4l2_buffer b;

	if (!lying_is(answer, VIDIOC_QBUF))
		return;
	answer->withheld = true;
	memcpy(&b, lying_argument(answer), sizeof(b));
	b.bytesused = 0xffffffff;
	memcpy(lying_argument(answer), &b, sizeof(b));
}

static void a_late_qbuf_does_not_make_a_frame_longer(void **state)
{
	static uint8_t memory[8192];
	struct front_call qbuf, dqbuf;
	struct stream_buffer in, out;

	(void)state;
	harness_open(&lying.file);
	lying.lie = inflate;
	assert_int_equal(
		stream_reqbufs(&lying.file, CAPTURE, V4L2_MEMORY_USERPTR, 1),
		1);
	stream_buffer(&in, CAPTURE, 0);
	in.v4l2.memory = V4L2_MEMORY_USERPTR;
	in.v4l2.m.userptr = (unsigned long)memory;
	in.v4l2.length = sizeof(memory);
	front_begin_ioctl(&qbuf, &lying.file, VIDIOC_QBUF, &in.v4l2);
	lying_settle();
	assert_int_equal(lying.withheld_count, 1);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	lying_buffer(lying.sessions, CAPTURE, 0, 100);
	lying_settle();
	harness.helper.silent = true;
	stream_buffer(&out, CAPTURE, 0);
	out.v4l2.memory = V4L2_MEMORY_USERPTR;
	front_begin_ioctl(&dqbuf, &lying.file, VIDIOC_DQBUF, &out.v4l2);
	lying_settle();
	assert_false(front_done(&dqbuf));
	lying_release(0);
	assert_int_equal(front_wait(&harness.front, &qbuf), 0);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &dqbuf), 0);
	assert_int_equal(out.v4l2.bytesused, 100);
	front_close(&lying.file);
}

static void two_qbufs_of_one_buffer(void **state)
{
	static uint8_t memory[2][8192];
	struct front_call first, second;
	struct stream_buffer in, in2, out;

	(void)state;
	harness_open(&lying.file);
	assert_int_equal(
		stream_reqbufs(&lying.file, CAPTURE, V4L2_MEMORY_USERPTR, 1),
		1);
	stream_buffer(&in, CAPTURE, 0);
	in.v4l2.memory = V4L2_MEMORY_USERPTR;
	in.v4l2.m.userptr = (unsigned long)memory[0];
	in.v4l2.length = sizeof(memory[0]);
	in2 = in;
	in2.v4l2.m.userptr = (unsigned long)memory[1];
	harness.helper.silent = true;
	front_begin_ioctl(&first, &lying.file, VIDIOC_QBUF, &in.v4l2);
	front_begin_ioctl(&second, &lying.file, VIDIOC_QBUF, &in2.v4l2);
	lying_settle();
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &first), 0);
	assert_int_equal(front_wait(&harness.front, &second), -EINVAL);
	assert_int_equal(stream_on(&lying.file, CAPTURE), 0);
	lying_buffer(lying.sessions, CAPTURE, 0, 100);
	stream_buffer(&out, CAPTURE, 0);
	out.v4l2.memory = V4L2_MEMORY_USERPTR;
	assert_int_equal(front_ioctl(&lying.file, VIDIOC_DQBUF, &out.v4l2), 0);
	assert_false(out.v4l2.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(out.v4l2.m.userptr, (unsigned long)memory[0]);
	front_close(&lying.file);
}

static bool interrupting;
static void interrupt_all(struct lying_answer *answer)
{
	const uint32_t status = EINTR;

	if (!interrupting || (!lying_is(answer, VIDIOC_REQBUFS) &&
			      !lying_is(answer, VIDIOC_QUERYBUF)))
		return;
	memcpy(answer->bytes, &status, sizeof(status));
	answer->len = sizeof(struct virtio_media_resp);
}

static void an_interrupted_look_takes_no_buffers(void **state)
{
	(void)state;
	harness_open(&lying.file);
	assert_int_equal(lying_reqbufs(2), 2);
	interrupting = true;
	lying.lie = interrupt_all;
	assert_int_equal(lying_reqbufs(3), -EINTR);
	interrupting = false;
	assert_int_equal(stream_qbuf(&lying.file, CAPTURE, 0), 0);
	front_close(&lying.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(answers_after_the_end_of_a_session_change_nothing),
		LYING_TEST(a_session_may_end_while_buffers_are_made),
		LYING_TEST(memory_that_comes_too_late_is_given_back),
		cmocka_unit_test_setup_teardown(buffers_of_read_are_not_removed,
						begin_lying_to_readers,
						lying_teardown),
		cmocka_unit_test_setup_teardown(
			a_late_qbuf_of_a_start_that_was_undone,
			begin_lying_to_readers, lying_teardown),
		cmocka_unit_test_setup_teardown(
			a_late_streamon_of_a_start_that_was_undone,
			begin_lying_to_readers, lying_teardown),
		LYING_TEST(a_late_qbuf_does_not_make_a_frame_longer),
		LYING_TEST(two_qbufs_of_one_buffer),
		LYING_TEST(an_interrupted_look_takes_no_buffers),
		LYING_TEST(a_flood_of_queue_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
