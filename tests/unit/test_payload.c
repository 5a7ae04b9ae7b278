// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads of every ioctl: who carries an argument, how long, without pointers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/call.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* An argument of @fill bytes that points to nothing. */
static void plain_argument(const struct ioctl_desc *desc, uint8_t fill,
			   union payload_arg *arg)
{
	memset(arg, 0, sizeof(*arg));
	memset(arg, fill, ioctl_size(desc));
	switch (desc->nested) {
	case IOCTL_NESTED_PLANES:
		arg->buffer.index = 0;
		arg->buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		break;
	case IOCTL_NESTED_CONTROLS:
		arg->controls.which = 0;
		arg->controls.count = 0;
		arg->controls.error_idx = 0;
		arg->controls.request_fd = 0;
		arg->controls.controls = NULL;
		break;
	case IOCTL_NESTED_EDID:
		arg->edid.pad = 0;
		arg->edid.start_block = 0;
		arg->edid.blocks = 0;
		arg->edid.edid = NULL;
		break;
	case IOCTL_NESTED_WINDOW:
		if (desc->cmd == VIDIOC_CREATE_BUFS)
			arg->create.format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		else
			arg->format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
		break;
	case IOCTL_NESTED_FBUF:
		arg->framebuffer.base = NULL;
		arg->framebuffer.capability = V4L2_FBUF_CAP_CHROMAKEY;
		break;
	case IOCTL_NESTED_NONE:
		break;
	}
}

/* ---- every row ------------------------------------------------------ */

/* What is not the host's to say: the queue, and counts of arrays. */
static void believed(const struct ioctl_desc *desc, const union payload_arg *in,
		     union payload_arg *out)
{
	if (desc->cmd == VIDIOC_REQBUFS)
		out->reqbufs.type = in->reqbufs.type;
	else if (desc->cmd == VIDIOC_REMOVE_BUFS)
		memcpy(&out->remove, &in->remove,
		       offsetof(struct v4l2_remove_buffers, reserved));
	else if (desc->cmd == VIDIOC_QUERY_EXT_CTRL &&
		 out->query_ext_ctrl.nr_of_dims > V4L2_CTRL_MAX_DIMS)
		out->query_ext_ctrl.nr_of_dims = V4L2_CTRL_MAX_DIMS;
	else if (desc->cmd == VIDIOC_G_ENC_INDEX &&
		 out->enc_idx.entries > V4L2_ENC_IDX_ENTRIES)
		out->enc_idx.entries = V4L2_ENC_IDX_ENTRIES;
}

static void an_argument_travels_in_the_directions_of_its_ioctl(void **state)
{
	const struct ioctl_desc *desc;
	union payload_arg in, out;
	struct call *call = *state;
	size_t i, section, aux;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		size_t size = ioctl_size(desc);

		plain_argument(desc, 'i', &in);
		plain_argument(desc, 0, &out);

		assert_int_equal(call_begin(call, desc->cmd, &in), 0);
		payload_request_size(&call->guest, &section, &aux);
		assert_int_equal(section, 16 + (ioctl_reads(desc) ? size : 0));
		assert_int_equal(aux, 0);
		assert_int_equal(payload_response_size(&call->guest),
				 8 + (ioctl_writes(desc) ? size : 0));

		call_send(call);
		if (ioctl_reads(desc))
			assert_memory_equal(&call->host.arg, &in, size);
		else
			assert_memory_equal(&call->host.arg,
					    &(union payload_arg){ 0 }, size);

		call->host.arg = out;
		call_answer(call, 0);
		believed(desc, &in, &out);
		assert_memory_equal(&call->guest.arg,
				    ioctl_writes(desc) ? &out : &in, size);
	}
}

static void an_error_carries_the_argument_as_the_kernel_does(void **state)
{
	static const uint32_t errors[] = { EINVAL, EAGAIN, ENOSPC,
					   ENOTTY, ENODEV, 4095 };
	const struct ioctl_desc *desc;
	union payload_arg in, out;
	struct call *call = *state;
	bool carries;
	size_t i, j;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		for (j = 0; j < COUNT(errors); j++) {
			carries = desc->nested == IOCTL_NESTED_CONTROLS ||
				  desc->nested == IOCTL_NESTED_EDID;
			if (errors[j] == ENOTTY || errors[j] == ENODEV)
				carries = false;

			plain_argument(desc, 'i', &in);
			plain_argument(desc, 0, &out);
			assert_int_equal(call_begin(call, desc->cmd, &in), 0);
			call_send(call);
			call->host.arg = out;
			call_answer(call, errors[j]);
			assert_int_equal(call->filled, carries);
			believed(desc, &in, &out);
			assert_memory_equal(&call->guest.arg,
					    carries ? &out : &in,
					    ioctl_size(desc));
		}
	}
}

static void a_request_that_is_too_short_is_refused(void **state)
{
	const struct ioctl_desc *desc;
	struct call *call = *state;
	union payload_arg arg;
	size_t i, len;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (!ioctl_reads(desc))
			continue;
		plain_argument(desc, 'i', &arg);
		for (len = 0; len < ioctl_size(desc); len++)
			assert_int_equal(call_take_raw(call, desc, &arg, len),
					 -EINVAL);
	}
}

/* virtio-media drivers send G_INPUT and G_OUTPUT an argument. */
static void bytes_behind_a_request_are_ignored(void **state)
{
	const struct ioctl_desc *desc;
	struct call *call = *state;
	union payload_arg arg;
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		plain_argument(desc, 0, &arg);
		assert_int_equal(call_take_raw(call, desc, &arg, sizeof(arg)),
				 0);
	}
}

static void an_aux_block_for_nothing_is_refused(void **state)
{
	const struct ioctl_desc *desc;
	static const uint8_t aux[8];
	struct call *call = *state;
	union payload_arg arg;
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		plain_argument(desc, 0, &arg);
		assert_int_equal(payload_get_request(&call->host, desc, &arg,
						     sizeof(arg), aux,
						     sizeof(aux)),
				 -EINVAL);

		assert_int_equal(call_begin(call, desc->cmd, &arg), 0);
		call_send(call);
		call_put_response(call, 0);
		assert_int_equal(payload_get_response(
					 &call->guest, call->response.section,
					 call->response.section_len, aux,
					 sizeof(aux), &call->status,
					 &call->filled),
				 -EPROTO);
	}
}

static void a_response_has_the_length_its_status_calls_for(void **state)
{
	static const uint32_t statuses[] = { 0,    EINVAL, ENOTTY,    ENODEV,
					     4095, 4096,   UINT32_MAX };
	const struct ioctl_desc *desc;
	struct call *call = *state;
	union payload_arg arg;
	size_t i, j, len;
	uint8_t *bytes;
	bool fine;
	int ret;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		size_t full;

		plain_argument(desc, 0, &arg);
		assert_int_equal(call_begin(call, desc->cmd, &arg), 0);
		full = payload_response_size(&call->guest);
		for (j = 0; j < COUNT(statuses); j++) {
			for (len = 0; len < full + 9; len++) {
				bytes = calloc(1, len + 1);
				memcpy(bytes, &statuses[j], len < 4 ? len : 4);
				ret = payload_get_response(
					&call->guest, bytes, len, NULL, 0,
					&call->status, &call->filled);
				free(bytes);

				/* An error may always come alone. */
				fine = statuses[j] <= 4095 &&
				       ((len == 8 && (statuses[j] != 0 ||
						      !ioctl_writes(desc))) ||
					(len == full &&
					 payload_carries_argument(
						 desc, statuses[j])));
				assert_int_equal(ret, fine ? 0 : -EPROTO);
				if (!fine)
					continue;
				assert_int_equal(call->status, statuses[j]);
				assert_int_equal(call->filled, len > 8);
			}
		}
	}
}

static void an_error_without_argument_changes_nothing(void **state)
{
	static const uint8_t einval[8] = { EINVAL };
	struct v4l2_fmtdesc fmt = { .index = 3, .type = 1 };
	struct call *call = *state;

	memset(fmt.description, 'x', sizeof(fmt.description));
	assert_int_equal(call_begin(call, VIDIOC_ENUM_FMT, &fmt), 0);
	assert_int_equal(payload_get_response(&call->guest, einval, 8, NULL, 0,
					      &call->status, &call->filled),
			 0);
	assert_false(call->filled);
	assert_memory_equal(&call->guest.arg, &fmt, sizeof(fmt));
}

static void no_pointer_is_on_the_wire(void **state)
{
	struct v4l2_plane planes[2] = { 0 };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
		.m.planes = planes,
		.length = 2,
	};
	char text[4] = "abc";
	struct v4l2_ext_control control = {
		.id = CID_STRING,
		.size = sizeof(text),
		.string = text,
	};
	struct v4l2_ext_controls controls = { .count = 1,
					      .controls = &control };
	uint8_t edid[128] = { 0 };
	struct v4l2_edid arg = { .blocks = 1, .edid = edid };
	struct call *call = *state;
	struct wire_reader reader;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	call_send(call);
	wire_reader_init(&reader, call->request.section, 16 + 88);
	wire_skip(&reader, 16 + offsetof(struct v4l2_buffer, m));
	assert_int_equal(wire_get_u64(&reader), 0);

	assert_int_equal(call_begin(call, VIDIOC_S_EXT_CTRLS, &controls), 0);
	call_send(call);
	wire_reader_init(&reader, call->request.section, 16 + 32 + 20);
	wire_skip(&reader, 16 + offsetof(struct v4l2_ext_controls, controls));
	assert_int_equal(wire_get_u64(&reader), 0);
	wire_skip(&reader, offsetof(struct v4l2_ext_control, ptr));
	assert_int_equal(wire_get_u64(&reader), 0);

	assert_int_equal(call_begin(call, VIDIOC_G_EDID, &arg), 0);
	call_send(call);
	wire_reader_init(&reader, call->request.section, 16 + 40);
	wire_skip(&reader, 16 + offsetof(struct v4l2_edid, edid));
	assert_int_equal(wire_get_u64(&reader), 0);
}

/* ---- text ----------------------------------------------------------- */

static void text_comes_out_terminated(void **state)
{
	static const struct {
		uint32_t cmd;
		size_t last;
	} texts[] = {
		{ VIDIOC_QUERYCAP, 15 },
		{ VIDIOC_QUERYCAP, 16 + 31 },
		{ VIDIOC_QUERYCAP, 48 + 31 },
		{ VIDIOC_ENUM_FMT, 12 + 31 },
		{ VIDIOC_ENUMSTD, 16 + 23 },
		{ VIDIOC_ENUMINPUT, 4 + 31 },
		{ VIDIOC_ENUMOUTPUT, 4 + 31 },
		{ VIDIOC_G_TUNER, 4 + 31 },
		{ VIDIOC_G_MODULATOR, 4 + 31 },
		{ VIDIOC_G_AUDIO, 4 + 31 },
		{ VIDIOC_ENUMAUDIO, 4 + 31 },
		{ VIDIOC_G_AUDOUT, 4 + 31 },
		{ VIDIOC_ENUMAUDOUT, 4 + 31 },
		{ VIDIOC_QUERYCTRL, 8 + 31 },
		{ VIDIOC_QUERYMENU, 8 + 31 },
		{ VIDIOC_QUERY_EXT_CTRL, 8 + 31 },
	};
	struct call *call = *state;
	size_t i, j;

	for (i = 0; i < COUNT(texts); i++) {
		size_t expected = texts[i].cmd == VIDIOC_QUERYCAP ? 3 : 1;
		size_t zeroes = 0;

		/* Of the number of dimensions, which is cut to 4 */
		if (texts[i].cmd == VIDIOC_QUERY_EXT_CTRL)
			expected += 3;
		assert_int_equal(call_begin(call, texts[i].cmd, NULL), 0);
		call_send(call);
		memset(&call->host.arg, 'x', sizeof(call->host.arg));
		call_answer(call, 0);
		assert_int_equal(call->guest.arg.bytes[texts[i].last], 0);

		for (j = 0; j < ioctl_size(call->guest.desc); j++)
			zeroes += call->guest.arg.bytes[j] == 0;
		assert_int_equal(zeroes, expected);
	}
}

static void an_integer_menu_keeps_its_value(void **state)
{
	struct v4l2_querymenu menu = { .id = V4L2_CID_LINK_FREQ };
	struct v4l2_querymenu got;
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QUERYMENU, &menu), 0);
	call_send(call);
	menu.value = -1;
	memcpy(&call->host.arg, &menu, sizeof(menu));
	call_answer(call, 0);
	memcpy(&got, &call->guest.arg, sizeof(got));
	assert_int_equal(got.value, -1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_argument_travels_in_the_directions_of_its_ioctl),
		TEST(an_error_carries_the_argument_as_the_kernel_does),
		TEST(a_request_that_is_too_short_is_refused),
		TEST(bytes_behind_a_request_are_ignored),
		TEST(an_aux_block_for_nothing_is_refused),
		TEST(a_response_has_the_length_its_status_calls_for),
		TEST(an_error_without_argument_changes_nothing),
		TEST(text_comes_out_terminated),
		TEST(an_integer_menu_keeps_its_value),
		TEST(no_pointer_is_on_the_wire),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
