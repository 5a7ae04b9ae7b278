// SPDX-License-Identifier: BSD-3-Clause
/*
 * What virtio 1.4 wants of a driver of media devices (5.22.6), one rule after
 * another, seen by a host that looks at each frame, and lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/lying_host.h"

static struct front_file *const file = &lying.file;
static struct stream_buffer buffer;

/* ---- what is heard ------------------------------------------------------------- */

static uint32_t opened;    /* sessions that the host has given */
static uint32_t closed;    /* the last one that was closed */
static uint32_t commands;  /* that came */
static uint32_t offenders; /* of those, with no session that is open */

/* The session of a command that has one. */
static uint32_t session_of(uint32_t cmd, const uint8_t *section)
{
	uint32_t session;

	if (cmd != VIRTIO_MEDIA_CMD_CLOSE && cmd != VIRTIO_MEDIA_CMD_IOCTL &&
	    cmd != VIRTIO_MEDIA_CMD_MMAP)
		return 0;
	memcpy(&session, section + 8, sizeof(session));
	return session;
}

static void hear_sessions(const struct vms_header *header,
			  const uint8_t *section)
{
	uint32_t session;
	uint32_t cmd;

	if (header->type != VMS_REQ)
		return;
	commands++;
	memcpy(&cmd, section, sizeof(cmd));
	if (cmd == VIRTIO_MEDIA_CMD_OPEN) {
		opened = lying.sessions + 1;
		return;
	}
	session = session_of(cmd, section);
	if (cmd != VIRTIO_MEDIA_CMD_MUNMAP &&
	    (!session || session > opened || session <= closed))
		offenders++;
	if (cmd == VIRTIO_MEDIA_CMD_CLOSE)
		closed = session;
}

static void begin_hearing(void)
{
	opened = 0;
	closed = 0;
	commands = 0;
	offenders = 0;
	lying.hear = hear_sessions;
}

/* Rule: G1 */
static void a_session_is_opened_before_anything_else(void **state)
{
	(void)state;
	begin_hearing();
	lying_settle();
	assert_int_equal(commands, 0);
	harness_open(file);
	assert_int_equal(commands, 1);
	assert_int_equal(opened, 1);
	stream_start(file, CAPTURE, 2);
	assert_int_equal(front_close(file), 0);
	assert_true(commands > 5);
	assert_int_equal(offenders, 0);
}

/* Rule: G2 */
static void a_session_that_was_closed_is_not_used_again(void **state)
{
	struct front_call call;

	(void)state;
	begin_hearing();
	harness_open(file);
	stream_start(file, CAPTURE, 3);
	stream_begin_dqbuf(&call, file, CAPTURE, &buffer);
	front_interrupt(&call);
	assert_int_equal(front_close(file), 0);
	lying_settle();
	assert_int_equal(closed, 1);
	/* What the host says of it changes nothing. */
	lying_buffer(1, CAPTURE, 0, 10);
	lying_event(1, V4L2_EVENT_CTRL, 1);
	lying_error(1, EIO);
	lying_settle();
	harness_open(file);
	assert_int_equal(opened, 2);
	stream_start(file, CAPTURE, 1);
	assert_int_equal(front_close(file), 0);
	assert_int_equal(offenders, 0);
}

/* ---- answers --------------------------------------------------------------------- */

static void refuse_by_the_head(struct lying_answer *answer)
{
	const uint32_t status = EINVAL;

	if (answer->cmd != VIRTIO_MEDIA_CMD_IOCTL)
		return;
	memcpy(answer->bytes, &status, sizeof(status));
	answer->len = sizeof(struct virtio_media_resp);
}

/* Rule: G4, B11 */
static void an_error_without_a_payload_changes_nothing(void **state)
{
	struct v4l2_ext_control control = {
		.id = V4L2_CID_BRIGHTNESS,
		.value = 5,
	};
	struct v4l2_ext_controls controls = {
		.count = 1,
		.error_idx = 77,
		.controls = &control,
	};
	struct v4l2_edid edid = { .start_block = 3, .reserved = { 9 } };
	struct v4l2_format format = {
		.type = CAPTURE,
		.fmt.pix.width = 640,
	};
	const struct v4l2_ext_controls controls_before = controls;
	const struct v4l2_ext_control control_before = control;
	const struct v4l2_format format_before = format;
	const struct v4l2_edid edid_before = edid;

	(void)state;
	lying_open_both(refuse_by_the_head);
	assert_int_equal(front_ioctl(file, VIDIOC_S_EXT_CTRLS, &controls),
			 -EINVAL);
	assert_memory_equal(&controls, &controls_before, sizeof(controls));
	assert_memory_equal(&control, &control_before, sizeof(control));
	assert_int_equal(front_ioctl(file, VIDIOC_G_EDID, &edid), -EINVAL);
	assert_memory_equal(&edid, &edid_before, sizeof(edid));
	assert_int_equal(front_ioctl(file, VIDIOC_TRY_FMT, &format), -EINVAL);
	assert_memory_equal(&format, &format_before, sizeof(format));
	assert_int_equal(front_close(file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

/* Rule: G5, B6 */
static void after_an_error_event_there_is_one_close_and_no_more(void **state)
{
	uint32_t session;
	uint32_t priority;
	unsigned int ioctls;

	(void)state;
	session = lying_stream();
	ioctls = lying.asked[VIRTIO_MEDIA_CMD_IOCTL];
	lying_error(session, EIO);
	lying_error(session, EIO);
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
	assert_int_equal(front_ioctl(file, VIDIOC_G_PRIORITY, &priority), -EIO);
	assert_int_equal(stream_qbuf(file, CAPTURE, 0), -EIO);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), -EIO);
	assert_int_equal(front_close(file), 0);
	lying_settle();
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_IOCTL], ioctls);
}

/* Rule: G6 */
static void pointers_in_buffer_events_are_ignored(void **state)
{
	uint32_t offset;

	(void)state;
	lying_stream();
	assert_int_equal(stream_query(file, CAPTURE, 1, &buffer), 0);
	offset = buffer.v4l2.m.offset;
	stream_buffer(&buffer, CAPTURE, 1);
	buffer.v4l2.m.userptr = 0x12345678;
	buffer.v4l2.bytesused = 10;
	lying_buffer_event(lying.sessions, &buffer);
	assert_int_equal(stream_dqbuf(file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.index, 1);
	assert_int_equal(buffer.v4l2.m.userptr, offset);
	assert_int_equal(front_close(file), 0);
}

/* Junk where pointers are. */
static void change_pointers(struct lying_answer *answer)
{
	struct v4l2_ext_controls controls;
	struct v4l2_buffer changed;

	if (lying_is(answer, VIDIOC_QBUF)) {
		memcpy(&changed, lying_argument(answer), sizeof(changed));
		changed.m.userptr = 0x12345678;
		memcpy(lying_argument(answer), &changed, sizeof(changed));
	} else if (lying_is(answer, VIDIOC_G_EXT_CTRLS)) {
		memcpy(&controls, lying_argument(answer), sizeof(controls));
		controls.controls = (void *)0x12345678;
		memcpy(lying_argument(answer), &controls, sizeof(controls));
	}
}

/* Rule: G7 */
static void a_program_has_its_own_pointers(void **state)
{
	static uint8_t frame[LYING_LEN];
	struct v4l2_ext_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_ext_controls controls = {
		.count = 1,
		.controls = &control,
	};

	(void)state;
	lying_open_both(change_pointers);
	assert_int_equal(front_ioctl(file, VIDIOC_G_EXT_CTRLS, &controls), 0);
	assert_ptr_equal(controls.controls, &control);

	assert_int_equal(stream_reqbufs(file, CAPTURE, V4L2_MEMORY_USERPTR, 1),
			 1);
	stream_buffer(&buffer, CAPTURE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_USERPTR;
	buffer.v4l2.m.userptr = (uintptr_t)frame;
	buffer.v4l2.length = LYING_LEN;
	assert_int_equal(front_ioctl(file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_int_equal(buffer.v4l2.m.userptr, (uintptr_t)frame);
	assert_int_equal(buffer.v4l2.memory, V4L2_MEMORY_USERPTR);
	assert_int_equal(front_close(file), 0);
	assert_int_equal(front_close(&lying.other), 0);
}

/* ---- reserved fields ----------------------------------------------------------------- */

static uint32_t reserved; /* reserved fields that were not 0 */
static uint32_t credit;   /* of HELLO */

static uint32_t word(const uint8_t *section, size_t at)
{
	uint32_t value;

	memcpy(&value, section + at, sizeof(value));
	return value;
}

static void hear_reserved(const struct vms_header *header,
			  const uint8_t *section)
{
	if (header->type == VMS_HELLO) {
		credit = word(section, 28);
		reserved |= word(section, 32) | word(section, 40) |
			    word(section, 44) | word(section, 48) |
			    word(section, 52);
	}
	if (header->type != VMS_REQ)
		return;
	reserved |= word(section, 4);
	if (word(section, 0) == VIRTIO_MEDIA_CMD_CLOSE)
		reserved |= word(section, 12);
}

/*
 * On a stream there are no event buffers: the guest says once that it takes as
 * many as come, and reads all the time.
 *
 * Rule: G8, B18
 */
static void events_are_always_taken_and_reserved_fields_are_0(void **state)
{
	const struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = 1,
	};
	struct v4l2_event event;
	unsigned int i;

	(void)state;
	reserved = 0;
	credit = 0;
	lying.hear = hear_reserved;
	lying_start(PROFILE_CHOICE_STREAM);
	assert_int_equal(credit, UINT32_MAX);
	harness_open(file);
	assert_int_equal(front_ioctl(file, VIDIOC_SUBSCRIBE_EVENT,
				     (void *)&subscription),
			 0);
	/* Nobody fetches them, and the host can go on. */
	for (i = 0; i < 1000; i++) {
		lying_event(lying.sessions, V4L2_EVENT_CTRL, 1);
		lying_settle();
	}
	assert_int_equal(front_ioctl(file, VIDIOC_DQEVENT, &event), 0);
	assert_int_equal(event.sequence, 999);
	stream_start(file, CAPTURE, 2);
	assert_int_equal(front_close(file), 0);
	assert_int_equal(lying.asked[VIRTIO_MEDIA_CMD_CLOSE], 1);
	assert_int_equal(reserved, 0);
}

/* ---- an older host ---------------------------------------------------------------- */

static void knows_no_nonblock(struct vms_hello_ack *ack)
{
	ack->features &= ~VMS_FEATURE_NONBLOCK;
}

static void
a_seek_that_may_not_wait_is_not_sent_to_who_cannot_tell(void **state)
{
	struct v4l2_hw_freq_seek seek = { .type = V4L2_TUNER_RADIO };

	(void)state;
	lying.hello = knows_no_nonblock;
	lying_start(PROFILE_CHOICE_STREAM);
	harness_open(file);
	harness.helper.nonblock = 1;
	assert_int_equal(front_ioctl(file, VIDIOC_S_HW_FREQ_SEEK, &seek),
			 -EWOULDBLOCK);
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_S_HW_FREQ_SEEK)], 0);
	harness.helper.nonblock = 0;
	assert_int_equal(front_ioctl(file, VIDIOC_S_HW_FREQ_SEEK, &seek), 0);
	assert_int_equal(lying.ioctls[_IOC_NR(VIDIOC_S_HW_FREQ_SEEK)], 1);
	assert_int_equal(front_close(file), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LYING_TEST(a_session_is_opened_before_anything_else),
		LYING_TEST(a_session_that_was_closed_is_not_used_again),
		LYING_TEST(an_error_without_a_payload_changes_nothing),
		LYING_TEST(after_an_error_event_there_is_one_close_and_no_more),
		LYING_TEST(pointers_in_buffer_events_are_ignored),
		LYING_TEST(a_program_has_its_own_pointers),
		cmocka_unit_test_setup_teardown(
			events_are_always_taken_and_reserved_fields_are_0,
			lying_init, lying_teardown),
		cmocka_unit_test_setup_teardown(
			a_seek_that_may_not_wait_is_not_sent_to_who_cannot_tell,
			lying_init, lying_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
