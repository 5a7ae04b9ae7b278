// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads with pointers that stay at home: formats and frame buffers; and EDID
 * blocks.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/call.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

/* v4l2-ioctl.c check_array_args(), which knows nothing of CREATE_BUFS */
static void more_clips_than_there_may_be_are_refused(void **state)
{
	static const uint32_t calls[] = { VIDIOC_G_FMT, VIDIOC_S_FMT,
					  VIDIOC_TRY_FMT };
	struct v4l2_create_buffers create = { 0 };
	struct v4l2_format format = { 0 };
	struct call *call = *state;
	size_t i;

	for (i = 0; i < 3; i++) {
		format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY;
		format.fmt.win.clipcount = IOCTL_CLIPS_MAX;
		assert_int_equal(call_begin(call, calls[i], &format), 0);
		format.fmt.win.clipcount++;
		assert_int_equal(call_begin(call, calls[i], &format), -EINVAL);
		/* Elsewhere these bytes are something else. */
		format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
		assert_int_equal(call_begin(call, calls[i], &format), 0);
	}
	create.format = format;
	create.format.type = V4L2_BUF_TYPE_VIDEO_OVERLAY;
	assert_int_equal(call_begin(call, VIDIOC_CREATE_BUFS, &create), 0);
}

static void a_hostile_guest_gets_no_window_pointer_across(void **state)
{
	struct v4l2_create_buffers create;
	struct v4l2_format format;
	struct call *call = *state;

	memset(&format, 0xff, sizeof(format));
	format.type = V4L2_BUF_TYPE_VIDEO_OVERLAY;
	format.fmt.win.clipcount = IOCTL_CLIPS_MAX;
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
	/* More planes than there are places for are the host's lie. */
	format.fmt.pix_mp.num_planes = VIDEO_MAX_PLANES;
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
		TEST(overlay_windows_lose_their_pointers_both_ways),
		TEST(the_host_cannot_make_a_window_of_another_format),
		TEST(more_clips_than_there_may_be_are_refused),
		TEST(a_hostile_guest_gets_no_window_pointer_across),
		TEST(other_formats_keep_every_byte),
		TEST(a_frame_buffer_has_no_address_and_cannot_clip),
		TEST(edid_blocks_travel_both_ways),
		TEST(edid_blocks_grow_only_when_asked_for_the_number),
	};

	return cmocka_run_group_tests_name("payload_formats", tests, NULL,
					   NULL);
}
