// SPDX-License-Identifier: BSD-3-Clause
/*
 * What virtio 1.4 wants of a media device (5.22.7), one rule after another, by
 * frames that a guest makes by hand: commands and their answers.  Buffers,
 * mappings and events are in test_device_rules_buffers.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/lying_guest.h"

#define HEAD   sizeof(struct virtio_media_resp)
#define ANSWER 4096 /* more than any of these answers needs */

/** struct command - An IOCTL with what follows its argument */
struct command {
	struct virtio_media_cmd_ioctl head;
	uint8_t bytes[512];
	size_t len;
};

static uint32_t session;

static void command_begin(struct command *command, uint32_t cmd,
			  const void *arg)
{
	memset(command, 0, sizeof(*command));
	command->head.cmd = VIRTIO_MEDIA_CMD_IOCTL;
	command->head.session_id = session;
	command->head.code = _IOC_NR(cmd);
	command->len = _IOC_SIZE(cmd);
	memcpy(command->bytes, arg, command->len);
}

static void command_add(struct command *command, const void *bytes, size_t len)
{
	assert_true(command->len + len <= sizeof(command->bytes));
	memcpy(command->bytes + command->len, bytes, len);
	command->len += len;
}

static const struct raw_frame *command_send(const struct command *command)
{
	return raw_wait(raw_req(&command->head,
				sizeof(command->head) + command->len, ANSWER));
}

/* The argument of a control ioctl, with an aux block for one control. */
static uint32_t controls_send(const struct command *command, uint32_t len,
			      const uint8_t *payload)
{
	struct {
		struct vms_aux aux;
		struct vms_extent extent;
		uint8_t payload[64];
	} block = {
		.aux.count = 1,
		.extent = {
			.addr = 4096,
			.len = len,
			.dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE,
			.space = VMS_SPACE_GUEST,
		},
	};
	size_t section = sizeof(command->head) + command->len;
	size_t aux = sizeof(block.aux) + sizeof(block.extent) + len;
	uint8_t body[1024] = { 0 };
	const struct vms_header header = {
		.type = VMS_REQ,
		.flags = VMS_FLAG_AUX,
		.tag = ++raw.tag,
		.slen = (uint32_t)section,
		.arg = ANSWER,
		.len = (uint32_t)(wire_pad(section) + wire_pad(aux)),
	};

	memcpy(block.payload, payload, len);
	memcpy(body, &command->head, section);
	memcpy(body + wire_pad(section), &block, aux);
	assert_true(guest_peer_send(&raw.peer, &header, body, header.len));
	return raw.tag;
}

static uint32_t status_of(const struct raw_frame *frame)
{
	uint32_t status;

	assert_true(frame->header.slen >= HEAD);
	memcpy(&status, frame->bytes, sizeof(status));
	return status;
}

/* ---- sessions --------------------------------------------------------------- */

/* Rule: D1 */
static void each_session_has_a_number_of_its_own(void **state)
{
	uint32_t ids[5];
	unsigned int i;
	unsigned int j;

	(void)state;
	for (i = 0; i < 3; i++)
		ids[i] = raw_open();
	raw_wait(raw_close(ids[1]));
	for (; i < 5; i++)
		ids[i] = raw_open();
	for (i = 0; i < 5; i++)
		for (j = 0; j < i; j++)
			assert_int_not_equal(ids[i], ids[j]);
}

/* Rule: D2 */
static void a_status_is_0_or_an_errno(void **state)
{
	static const int errors[] = { EPERM, EINVAL, ENOSPC, EREMOTEIO };
	struct v4l2_control control = { 0 };
	unsigned int i;

	(void)state;
	session = raw_open();
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake_fail(VIDIOC_S_CTRL, -errors[i], 1);
		assert_int_equal(
			raw_status(raw_ioctl(session, VIDIOC_S_CTRL, &control)),
			errors[i]);
	}
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)), 0);
}

/*
 * A RESP without a section is a used element of length 0.
 *
 * Rule: D3
 */
static void close_frees_everything_and_answers_nothing(void **state)
{
	uint64_t addrs[2];

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 2, addrs);
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_stream(session, CAPTURE, true);
	assert_int_equal(fake.mapped, 2);
	assert_int_equal(raw_wait(raw_close(session))->header.slen, 0);
	assert_int_equal(fake.file_count, 0);
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(fake.queues[CAPTURE].count, 0);
}

/* ---- arguments --------------------------------------------------------------- */

static int result;

static int succeed_or_fail(void *arg)
{
	(void)arg;
	return result;
}

/* What hostd lets through to the device. */
static void ask_all(void (*expect)(const struct ioctl_desc *desc,
				   const struct raw_frame *frame))
{
	const struct ioctl_desc *desc;
	union payload_arg arg;
	size_t i;

	session = raw_open();
	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (desc->where != IOCTL_HOST || desc->cmd == VIDIOC_S_FBUF)
			continue;
		memset(&arg, 0, sizeof(arg));
		if (desc->cmd == VIDIOC_REQBUFS)
			arg.reqbufs.memory = V4L2_MEMORY_MMAP;
		else if (desc->cmd == VIDIOC_CREATE_BUFS)
			arg.create.memory = V4L2_MEMORY_MMAP;
		else if (desc->nested == IOCTL_NESTED_PLANES)
			arg.buffer.memory = V4L2_MEMORY_MMAP;
		fake_on(desc->cmd, succeed_or_fail);
		expect(desc, raw_wait(raw_ioctl(session, desc->cmd, &arg)));
	}
}

static void expect_all(const struct ioctl_desc *desc,
		       const struct raw_frame *frame)
{
	assert_int_equal(status_of(frame), 0);
	assert_int_equal(frame->header.slen,
			 HEAD + (ioctl_writes(desc) ? ioctl_size(desc) : 0));
}

/* Rule: D4 */
static void success_brings_the_whole_argument(void **state)
{
	(void)state;
	result = 0;
	ask_all(expect_all);
}

static void expect_updated(const struct ioctl_desc *desc,
			   const struct raw_frame *frame)
{
	assert_int_equal(status_of(frame), ERANGE);
	assert_int_equal(
		frame->header.slen,
		HEAD + (ioctl_copies_on_error(desc) ? ioctl_size(desc) : 0));
}

/*
 * Updated are those that Linux copies back (INFO_FL_ALWAYS_COPY).
 *
 * Rule: D5
 */
static void an_error_brings_what_the_call_has_updated(void **state)
{
	(void)state;
	result = -ERANGE;
	ask_all(expect_updated);
}

/* The device sees an address of hostd's, or none. */
static int look_at_planes(void *arg)
{
	const struct v4l2_buffer *buffer = arg;

	return (uintptr_t)buffer->m.planes == 0x1234567 ? -EFAULT : 0;
}

/* Rule: D6 */
static void a_pointer_is_ignored_and_comes_back(void **state)
{
	struct v4l2_ext_control control = {
		.id = FAKE_CID_STRING,
		.size = 4,
		.ptr = (void *)0x7654321,
	};
	struct v4l2_ext_controls controls = {
		.count = 1,
		.controls = (void *)0x1234567,
	};
	struct v4l2_buffer buffer = {
		.type = CAPTURE_MPLANE,
		.length = 1,
		.m.planes = (void *)0x1234567,
	};
	const struct virtio_media_sg_entry entry = { .start = 4096, .len = 4 };
	struct v4l2_plane plane = { 0 };
	struct command command;
	uint32_t tag;

	(void)state;
	session = raw_open();
	fake_on(VIDIOC_QUERYBUF, look_at_planes);
	command_begin(&command, VIDIOC_QUERYBUF, &buffer);
	command_add(&command, &plane, sizeof(plane));
	memcpy(&buffer, command_send(&command)->bytes + HEAD, sizeof(buffer));
	assert_int_equal((uintptr_t)buffer.m.planes, 0x1234567);

	command_begin(&command, VIDIOC_S_EXT_CTRLS, &controls);
	command_add(&command, &control, sizeof(control));
	command_add(&command, &entry, sizeof(entry));
	tag = controls_send(&command, 4, (const uint8_t *)"abc");
	memcpy(&controls, raw_wait(tag)->bytes + HEAD, sizeof(controls));
	memcpy(&control, raw_wait(tag)->bytes + HEAD + sizeof(controls),
	       sizeof(control));
	assert_int_equal((uintptr_t)controls.controls, 0x1234567);
	assert_int_equal((uintptr_t)control.ptr, 0x7654321);
}

/* Rule: D7 */
static void what_is_nested_follows_if_there_is_any(void **state)
{
	struct v4l2_ext_control list[2] = {
		{ .id = FAKE_CID_SCALAR, .value = 7 },
		{ .id = FAKE_CID_SCALAR, .value = 8 },
	};
	struct v4l2_ext_controls controls = { .count = 2 };
	const struct raw_frame *frame;
	struct command command;

	(void)state;
	session = raw_open();
	command_begin(&command, VIDIOC_S_EXT_CTRLS, &controls);
	command_add(&command, list, sizeof(list));
	frame = command_send(&command);
	assert_int_equal(status_of(frame), 0);
	assert_int_equal(fake.scalar, 8);
	assert_int_equal(frame->header.slen,
			 HEAD + sizeof(controls) + sizeof(list));
	assert_memory_equal(frame->bytes + HEAD + sizeof(controls), list,
			    sizeof(list));

	controls.count = 0;
	command_begin(&command, VIDIOC_S_EXT_CTRLS, &controls);
	assert_int_equal(command_send(&command)->header.slen,
			 HEAD + sizeof(controls));
	/* An array that is announced and does not come. */
	controls.count = 2;
	command_begin(&command, VIDIOC_S_EXT_CTRLS, &controls);
	command_add(&command, list, sizeof(list[0]));
	assert_int_equal(status_of(command_send(&command)), EINVAL);
}

static uint32_t send_string(uint32_t entry_len)
{
	const struct v4l2_ext_controls controls = { .count = 1 };
	const struct v4l2_ext_control control = {
		.id = FAKE_CID_STRING,
		.size = FAKE_STRING_LEN,
	};
	const struct virtio_media_sg_entry entry = {
		.start = 4096,
		.len = entry_len,
	};
	static const uint8_t text[64] = "by hand";
	struct command command;

	command_begin(&command, VIDIOC_S_EXT_CTRLS, &controls);
	command_add(&command, &control, sizeof(control));
	command_add(&command, &entry, sizeof(entry));
	return controls_send(&command, entry_len, text);
}

/*
 * The guest makes up the addresses, so that one entry covers a control.
 *
 * Rule: D8
 */
static void an_sg_list_covers_its_control_and_is_not_repeated(void **state)
{
	const struct raw_frame *frame;

	(void)state;
	session = raw_open();
	assert_int_equal(raw_status(send_string(FAKE_STRING_LEN - 1)), EINVAL);
	assert_int_equal(raw_status(send_string(FAKE_STRING_LEN + 1)), EINVAL);
	assert_int_equal(fake_count(VIDIOC_S_EXT_CTRLS), 0);

	frame = raw_wait(send_string(FAKE_STRING_LEN));
	assert_int_equal(status_of(frame), 0);
	assert_string_equal(fake.string, "by hand");
	assert_int_equal(frame->header.slen,
			 HEAD + sizeof(struct v4l2_ext_controls) +
				 sizeof(struct v4l2_ext_control));
	assert_true(frame->header.flags & VMS_FLAG_AUX);
}

/* Rule: D9 */
static void what_is_unsupported_is_enotty(void **state)
{
	static const uint8_t nothing[256];
	struct virtio_media_cmd_ioctl command = {
		.cmd = VIRTIO_MEDIA_CMD_IOCTL,
	};
	const struct ioctl_desc *desc;
	uint32_t nr;

	(void)state;
	session = raw_open();
	command.session_id = session;
	for (nr = 0; nr < 300; nr++) {
		desc = ioctl_lookup_nr(nr);
		if (desc && desc->where == IOCTL_HOST)
			continue;
		command.code = nr;
		assert_int_equal(
			raw_status(raw_req(&command, sizeof(command), ANSWER)),
			ENOTTY);
	}
	for (nr = 0; nr < 6; nr++) {
		static const uint32_t unsupported[] = {
			VIDIOC_QUERYCAP,   VIDIOC_DQBUF,      VIDIOC_DQEVENT,
			VIDIOC_G_JPEGCOMP, VIDIOC_S_JPEGCOMP, VIDIOC_LOG_STATUS,
		};

		assert_int_equal(raw_status(raw_ioctl(session, unsupported[nr],
						      nothing)),
				 ENOTTY);
	}
}

/*
 * By its bytes: S_FMT of 0x01020304 x 0x05060708.
 *
 * Rule: D17
 */
static void arguments_are_those_of_64_bits_little_endian(void **state)
{
	static const uint8_t s_fmt[16 + 208] = {
		3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, /* */
		1, 0, 0, 0, 0, 0, 0, 0, 4, 3, 2, 1, 8, 7, 6, 5,
	};
	const struct v4l2_format *format;
	const struct raw_frame *frame;

	(void)state;
	assert_int_equal(raw_open(), s_fmt[8]);
	result = 0;
	fake_on(VIDIOC_S_FMT, succeed_or_fail);
	frame = raw_wait(raw_req(s_fmt, sizeof(s_fmt), ANSWER));
	format = &fake_last(VIDIOC_S_FMT)->arg.format;
	assert_int_equal(format->type, 1);
	assert_int_equal(format->fmt.pix.width, 0x01020304);
	assert_int_equal(format->fmt.pix.height, 0x05060708);
	assert_int_equal(frame->header.slen, 8 + 208);
	assert_memory_equal(frame->bytes + 8, s_fmt + 16, 208);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(each_session_has_a_number_of_its_own),
		RAW_TEST(a_status_is_0_or_an_errno),
		RAW_TEST(close_frees_everything_and_answers_nothing),
		RAW_TEST(success_brings_the_whole_argument),
		RAW_TEST(an_error_brings_what_the_call_has_updated),
		RAW_TEST(a_pointer_is_ignored_and_comes_back),
		RAW_TEST(what_is_nested_follows_if_there_is_any),
		RAW_TEST(an_sg_list_covers_its_control_and_is_not_repeated),
		RAW_TEST(what_is_unsupported_is_enotty),
		RAW_TEST(arguments_are_those_of_64_bits_little_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
