// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads that are an argument with its planes or EDID blocks; for controls see
 * test_payload_controls.c.
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
			carries = (ioctl_reads(desc) && ioctl_writes(desc)) ||
				  desc->cmd == VIDIOC_QUERY_DV_TIMINGS;
			if (errors[j] == ENOTTY || errors[j] == ENODEV)
				carries = false;

			plain_argument(desc, 'i', &in);
			plain_argument(desc, 0, &out);
			assert_int_equal(call_begin(call, desc->cmd, &in), 0);
			call_send(call);
			call->host.arg = out;
			call_answer(call, errors[j]);
			assert_int_equal(call->filled, carries);
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

/* ---- buffers -------------------------------------------------------- */

static struct v4l2_buffer mplane_buffer(struct v4l2_plane *planes,
					uint32_t count)
{
	return (struct v4l2_buffer){
		.index = 5,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
		.m.planes = planes,
		.length = count,
	};
}

static void planes_travel_with_a_multi_planar_buffer(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer;
	struct call *call = *state;
	uint32_t count, i;

	for (count = 1; count <= VIDEO_MAX_PLANES; count++) {
		for (i = 0; i < VIDEO_MAX_PLANES; i++)
			planes[i] = (struct v4l2_plane){ .bytesused = i };
		buffer = mplane_buffer(planes, count);
		assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
		assert_int_equal(payload_plane_count(&call->guest), count);
		call_send(call);
		assert_int_equal(call->request.section_len,
				 16 + 88 + 64 * count);
		assert_int_equal(payload_plane_count(&call->host), count);
		assert_null(call->host.arg.buffer.m.planes);
		assert_memory_equal(payload_planes(&call->host), planes,
				    sizeof(planes[0]) * count);

		call->host.arg.buffer.m.planes = (void *)-1;
		for (i = 0; i < count; i++)
			payload_planes(&call->host)[i].length = 100 + i;
		call_answer(call, 0);
		assert_int_equal(call->response.section_len,
				 8 + 88 + 64 * count);
		assert_ptr_equal(call->guest.arg.buffer.m.planes, planes);
		for (i = 0; i < VIDEO_MAX_PLANES; i++)
			assert_int_equal(planes[i].length,
					 i < count ? 100 + i : 0);
	}
}

static void no_pointer_is_on_the_wire(void **state)
{
	struct v4l2_plane planes[2] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 2);
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

static void a_single_planar_buffer_has_no_planes(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.m.offset = 0x1000,
		.length = 614400,
	};
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	assert_int_equal(payload_plane_count(&call->guest), 0);
	assert_null(payload_planes(&call->guest));
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 88);
	assert_int_equal(call->host.arg.buffer.m.offset, 0x1000);
	assert_int_equal(call->host.arg.buffer.length, 614400);
	assert_null(payload_planes(&call->host));
	call->host.arg.buffer.m.offset = 0x2000;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.buffer.m.offset, 0x2000);
}

static void a_multi_planar_buffer_may_have_no_planes(void **state)
{
	struct v4l2_buffer buffer = mplane_buffer((void *)-1, 0);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
	call_send(call);
	assert_int_equal(call->request.section_len, 16 + 88);
	call->host.arg.buffer.length = 2;
	call_answer(call, EINVAL);
	assert_int_equal(call->guest.arg.buffer.length, 0);
	assert_ptr_equal(call->guest.arg.buffer.m.planes, (void *)-1);
}

static void more_planes_than_v4l2_has_are_refused(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES + 1] = { 0 };
	struct v4l2_buffer buffer;
	struct call *call = *state;
	uint8_t bytes[88 + sizeof(planes)] = { 0 };

	buffer = mplane_buffer(planes, COUNT(planes));
	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), -EINVAL);
	memcpy(bytes, &buffer, sizeof(buffer));
	assert_int_equal(call_take_raw(call, ioctl_lookup(VIDIOC_QBUF), bytes,
				       sizeof(bytes)),
			 -EINVAL);
	buffer.length = UINT32_MAX;
	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), -EINVAL);
}

static void missing_planes_are_refused(void **state)
{
	struct v4l2_plane planes[2] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 2);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	call_put_request(call);
	call->request.section_len--;
	assert_int_equal(call_take_request(call), -EINVAL);
}

/* The application has room for 8, the buffer has 2: FFmpeg asks like that. */
static void the_host_may_say_less_planes_but_not_more(void **state)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 8);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
	call_send(call);
	call->host.arg.buffer.length = 2;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.buffer.length, 2);

	buffer.length = 3;
	assert_int_equal(call_begin(call, VIDIOC_QUERYBUF, &buffer), 0);
	call_send(call);
	call->host.arg.buffer.length = 4;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.buffer.length, 3);
}

static void the_host_cannot_swap_buffers(void **state)
{
	struct v4l2_plane planes[1] = { 0 };
	struct v4l2_buffer buffer = mplane_buffer(planes, 1);
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_QBUF, &buffer), 0);
	call_send(call);
	call_put_response(call, 0);
	memset(call->response.section + 8, 0xff, 88);
	assert_int_equal(call_take_response(call), 0);
	assert_int_equal(call->guest.arg.buffer.index, 5);
	assert_int_equal(call->guest.arg.buffer.type, buffer.type);
	assert_int_equal(call->guest.arg.buffer.length, 1);
	assert_ptr_equal(call->guest.arg.buffer.m.planes, planes);
}

/* ---- formats and frame buffers -------------------------------------- */

static void overlay_windows_lose_their_pointers_both_ways(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_G_FMT, VIDIOC_S_FMT,
					 VIDIOC_TRY_FMT };
	static const uint32_t types[] = {
		V4L2_BUF_TYPE_VIDEO_OVERLAY,
		V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY,
	};
	struct v4l2_clip clip = { 0 };
	struct v4l2_format format;
	struct v4l2_window *window;
	struct call *call = *state;
	size_t i, j;

	for (i = 0; i < COUNT(cmds); i++) {
		for (j = 0; j < COUNT(types); j++) {
			format = (struct v4l2_format){ .type = types[j] };
			format.fmt.win.chromakey = 7;
			format.fmt.win.clips = &clip;
			format.fmt.win.clipcount = 1;
			format.fmt.win.bitmap = &clip;
			assert_int_equal(call_begin(call, cmds[i], &format), 0);
			call_send(call);
			window = &call->host.arg.format.fmt.win;
			assert_int_equal(window->chromakey, 7);
			assert_null(window->clips);
			assert_int_equal(window->clipcount, 0);
			assert_null(window->bitmap);

			call_put_response(call, 0);
			memset(call->response.section + 8, 0xee, 208);
			assert_int_equal(call_take_response(call), 0);
			window = &call->guest.arg.format.fmt.win;
			assert_int_equal(call->guest.arg.format.type, types[j]);
			assert_int_equal(window->chromakey, 0xeeeeeeee);
			assert_null(window->clips);
			assert_int_equal(window->clipcount, 0);
			assert_null(window->bitmap);
		}
	}
}

static void the_host_cannot_make_a_window_of_another_format(void **state)
{
	struct v4l2_create_buffers create = {
		.format.type = V4L2_BUF_TYPE_VIDEO_OVERLAY,
	};
	struct v4l2_format *format;
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_CREATE_BUFS, &create), 0);
	call_send(call);
	call_put_response(call, 0);
	memset(call->response.section + 8, 0xee, sizeof(create));
	assert_int_equal(call_take_response(call), 0);
	format = &call->guest.arg.create.format;
	assert_int_equal(call->guest.arg.create.index, 0xeeeeeeee);
	assert_int_equal(format->type, V4L2_BUF_TYPE_VIDEO_OVERLAY);
	assert_null(format->fmt.win.clips);
	assert_int_equal(format->fmt.win.clipcount, 0);
	assert_null(format->fmt.win.bitmap);
}

static void a_hostile_guest_gets_no_window_pointer_across(void **state)
{
	struct v4l2_create_buffers create;
	struct v4l2_format format;
	struct call *call = *state;

	memset(&format, 0xff, sizeof(format));
	format.type = V4L2_BUF_TYPE_VIDEO_OVERLAY;
	assert_int_equal(call_take_raw(call, ioctl_lookup(VIDIOC_S_FMT),
				       &format, sizeof(format)),
			 0);
	assert_null(call->host.arg.format.fmt.win.clips);
	assert_int_equal(call->host.arg.format.fmt.win.clipcount, 0);
	assert_null(call->host.arg.format.fmt.win.bitmap);

	memset(&create, 0xff, sizeof(create));
	create.format = format;
	assert_int_equal(call_take_raw(call, ioctl_lookup(VIDIOC_CREATE_BUFS),
				       &create, sizeof(create)),
			 0);
	assert_null(call->host.arg.create.format.fmt.win.clips);
	assert_int_equal(call->host.arg.create.format.fmt.win.clipcount, 0);
	assert_null(call->host.arg.create.format.fmt.win.bitmap);
}

static void other_formats_keep_every_byte(void **state)
{
	struct v4l2_format format;
	struct call *call = *state;

	memset(&format, 'f', sizeof(format));
	format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	assert_int_equal(call_begin(call, VIDIOC_S_FMT, &format), 0);
	call_send(call);
	assert_memory_equal(&call->host.arg, &format, sizeof(format));
	call_answer(call, 0);
	assert_memory_equal(&call->guest.arg, &format, sizeof(format));
}

static void a_frame_buffer_has_no_address_and_cannot_clip(void **state)
{
	struct v4l2_framebuffer fbuf = {
		.base = (void *)-1,
		.capability = UINT32_MAX,
		.flags = 3,
	};
	struct v4l2_framebuffer *got;
	struct call *call = *state;
	uint32_t clipping =
		V4L2_FBUF_CAP_LIST_CLIPPING | V4L2_FBUF_CAP_BITMAP_CLIPPING;

	assert_int_equal(call_begin(call, VIDIOC_S_FBUF, &fbuf), 0);
	call_send(call);
	got = &call->host.arg.framebuffer;
	assert_null(got->base);
	assert_int_equal(got->capability, UINT32_MAX);
	assert_int_equal(got->flags, 3);

	assert_int_equal(call_begin(call, VIDIOC_G_FBUF, NULL), 0);
	call_send(call);
	call->host.arg.framebuffer = fbuf;
	call_put_response(call, 0);
	got = (void *)(call->response.section + 8);
	assert_null(got->base);
	assert_int_equal(got->capability, ~clipping);
	*got = fbuf;
	assert_int_equal(call_take_response(call), 0);
	got = &call->guest.arg.framebuffer;
	assert_null(got->base);
	assert_int_equal(got->capability, ~clipping);
	assert_int_equal(got->flags, 3);
}

/* ---- EDID ----------------------------------------------------------- */

static void edid_blocks_travel_both_ways(void **state)
{
	static uint8_t edid[128 * 256];
	struct v4l2_edid arg = { .blocks = 256, .edid = edid };
	struct call *call = *state;

	memset(edid, 'e', sizeof(edid));
	assert_int_equal(call_begin(call, VIDIOC_G_EDID, &arg), 0);
	call_send(call);
	assert_int_equal(call->host.nested_len, sizeof(edid));
	assert_memory_equal(call->host.nested, edid, sizeof(edid));
	memset(call->host.nested, 'E', 128);
	call->host.arg.edid.blocks = 1;
	call->host.arg.edid.pad = 9;
	call->host.arg.edid.start_block = 9;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.edid.blocks, 1);
	assert_int_equal(call->guest.arg.edid.pad, 0);
	assert_int_equal(call->guest.arg.edid.start_block, 0);
	assert_ptr_equal(call->guest.arg.edid.edid, edid);
	assert_int_equal(edid[0], 'E');
	assert_int_equal(edid[127], 'E');
	assert_int_equal(edid[128], 'e');

	arg.blocks = 257;
	assert_int_equal(call_begin(call, VIDIOC_S_EDID, &arg), -EINVAL);
	assert_int_equal(call_take_raw(call, ioctl_lookup(VIDIOC_S_EDID), &arg,
				       sizeof(arg)),
			 -EINVAL);
}

static void edid_blocks_grow_only_when_asked_for_the_number(void **state)
{
	uint8_t edid[128] = { 0 };
	struct v4l2_edid arg = { .blocks = 1, .edid = edid };
	struct call *call = *state;

	assert_int_equal(call_begin(call, VIDIOC_G_EDID, &arg), 0);
	call_send(call);
	call->host.arg.edid.blocks = 2;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.edid.blocks, 1);

	arg.blocks = 0;
	assert_int_equal(call_begin(call, VIDIOC_G_EDID, &arg), 0);
	call_send(call);
	call->host.arg.edid.blocks = 2;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.edid.blocks, 2);

	assert_int_equal(call_begin(call, VIDIOC_G_EDID, &arg), 0);
	call_send(call);
	call->host.arg.edid.blocks = 2;
	call_answer(call, EINVAL);
	assert_int_equal(call->guest.arg.edid.blocks, 0);

	assert_int_equal(call_begin(call, VIDIOC_G_EDID, &arg), 0);
	call_send(call);
	call->host.arg.edid.blocks = 257;
	call_answer(call, 0);
	assert_int_equal(call->guest.arg.edid.blocks, 0);
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
		TEST(planes_travel_with_a_multi_planar_buffer),
		TEST(no_pointer_is_on_the_wire),
		TEST(a_single_planar_buffer_has_no_planes),
		TEST(a_multi_planar_buffer_may_have_no_planes),
		TEST(more_planes_than_v4l2_has_are_refused),
		TEST(missing_planes_are_refused),
		TEST(the_host_may_say_less_planes_but_not_more),
		TEST(the_host_cannot_swap_buffers),
		TEST(overlay_windows_lose_their_pointers_both_ways),
		TEST(the_host_cannot_make_a_window_of_another_format),
		TEST(a_hostile_guest_gets_no_window_pointer_across),
		TEST(other_formats_keep_every_byte),
		TEST(a_frame_buffer_has_no_address_and_cannot_clip),
		TEST(edid_blocks_travel_both_ways),
		TEST(edid_blocks_grow_only_when_asked_for_the_number),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
