// SPDX-License-Identifier: BSD-3-Clause
/*
 * Between the wire and ioctl(2): every pointer and descriptor is hostd's own.  Those
 * of buffers are in test_patch_buffers.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/patch.h"
#include "tests/fake_device.h"
#include "tests/patch_rig.h"

static struct payload *const payload = &patch_rig.payload;

/* ---- controls ------------------------------------------------------------------ */

static int look_at_controls(void *arg)
{
	const struct v4l2_ext_controls *controls = arg;

	patch_rig.seen = controls->controls;
	patch_rig.seen_fd = controls->request_fd;
	return 0;
}

static void a_list_of_controls_is_hostds_own(void **state)
{
	struct v4l2_ext_control list[2] = { { .id = FAKE_CID_SCALAR },
					    { .id = FAKE_CID_SCALAR } };
	struct v4l2_ext_controls controls = {
		.count = 2,
		.request_fd = 2,
		.controls = GUESTS,
	};

	(void)state;
	list[0].value = 17;
	fake_on(VIDIOC_S_EXT_CTRLS, look_at_controls);
	patch_rig_request(VIDIOC_S_EXT_CTRLS, &controls, list, sizeof(list));
	assert_int_equal(patch_rig_run(), 0);
	assert_ptr_equal(patch_rig.seen, payload->nested);
	assert_int_equal(patch_rig.seen_fd, 0);
	assert_null(payload->arg.controls.controls);

	controls.count = 0;
	patch_rig_request(VIDIOC_S_EXT_CTRLS, &controls, NULL, 0);
	assert_int_equal(patch_rig_run(), 0);
	assert_null(patch_rig.seen);
}

/*
 * v4l2_g_ext_ctrls_request(): -1 is EINVAL wherever there are requests or not.
 *
 * Rule: B30
 */
static void controls_of_a_request_have_none(void **state)
{
	const struct v4l2_ext_controls controls = {
		.which = V4L2_CTRL_WHICH_REQUEST_VAL,
		.request_fd = 2,
	};

	(void)state;
	fake_fail(VIDIOC_S_EXT_CTRLS, -EINVAL, 1);
	patch_rig_request(VIDIOC_S_EXT_CTRLS, &controls, NULL, 0);
	assert_int_equal(patch_rig_run(), -EINVAL);
	assert_int_equal(fake_last(VIDIOC_S_EXT_CTRLS)->arg.controls.request_fd,
			 -1);
	assert_int_equal(payload->arg.controls.request_fd, 0);
}

static const void *pointers[3];
static uint32_t sizes[3];

static int look_at_payload(void *arg)
{
	const struct v4l2_ext_controls *controls = arg;
	unsigned int i;

	for (i = 0; i < controls->count; i++) {
		pointers[i] = controls->controls[i].ptr;
		sizes[i] = controls->controls[i].size;
	}
	return 0;
}

/* Two controls that a guest says have payload: one an array, one of 8 bytes. */
static void request_with_payload(uint32_t cmd, uint32_t array, uint32_t other)
{
	struct {
		struct v4l2_ext_controls controls;
		struct v4l2_ext_control list[2];
		struct virtio_media_sg_entry sg[2];
	} section = { .controls = { .count = 2 } };
	struct {
		struct vms_aux head;
		struct vms_extent extents[2];
		uint8_t bytes[FAKE_ARRAY_LEN + 8];
	} aux = { .head = { .count = 2 } };
	unsigned int i;

	section.list[0].id = array;
	section.list[0].size = FAKE_ARRAY_LEN;
	section.list[0].ptr = GUESTS;
	section.list[1].id = other;
	section.list[1].size = 8;
	section.list[1].ptr = GUESTS;
	for (i = 0; i < 2; i++) {
		section.sg[i].start = 0x1000 * (i + 1);
		section.sg[i].len = section.list[i].size;
		aux.extents[i].addr = section.sg[i].start;
		aux.extents[i].len = section.sg[i].len;
		aux.extents[i].dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE;
		aux.extents[i].space = VMS_SPACE_GUEST;
	}
	assert_int_equal(payload_get_request(payload, ioctl_lookup(cmd),
					     &section, sizeof(section), &aux,
					     sizeof(aux)),
			 0);
}

/* A guest says of a number that it has payload, in the hope of an address. */
static void only_where_there_is_payload_there_is_a_pointer(void **state)
{
	const struct v4l2_ext_control *list;

	(void)state;
	request_with_payload(VIDIOC_S_EXT_CTRLS, FAKE_CID_ARRAY,
			     FAKE_CID_SCALAR);
	fake_on(VIDIOC_S_EXT_CTRLS, look_at_payload);
	assert_int_equal(patch_rig_run(), 0);
	assert_ptr_equal(pointers[0], payload->blob_bytes);
	assert_int_equal(sizes[0], FAKE_ARRAY_LEN);
	assert_ptr_not_equal(pointers[1], GUESTS);
	assert_int_equal(sizes[1], 0);
	/* Nor does hostd's pointer leave. */
	list = (const void *)payload->nested;
	assert_null(list[0].ptr);
}

#define CID_BEFORE   (FAKE_CID_ARRAY - 1) /* a scalar */
#define NEXT_PAYLOAD ((uint32_t)V4L2_CTRL_FLAG_NEXT_COMPOUND)

/* v4l2_query_ext_ctrl(): of these two the array is the next one. */
static int query_array_next(void *arg)
{
	struct v4l2_query_ext_ctrl *query = arg;

	if (query->id & NEXT_PAYLOAD)
		query->id = FAKE_CID_ARRAY;
	query->flags =
		query->id == FAKE_CID_ARRAY ? V4L2_CTRL_FLAG_HAS_PAYLOAD : 0;
	return 0;
}

/* prepare_ext_ctrls(): whatever flags there are, it is this control. */
static int get_plain(void *arg)
{
	struct v4l2_ext_controls *controls = arg;

	look_at_payload(arg);
	assert_int_equal(controls->controls[1].id & V4L2_CTRL_ID_MASK,
			 CID_BEFORE);
	controls->controls[1].value = 5;
	return 0;
}

/*
 * The number of a control may have flags, with which it is another one to those who
 * are asked about it: so a scalar would get an address for its value.
 *
 * Rule: B31
 */
static void a_control_with_flags_is_no_other(void **state)
{
	const struct v4l2_ext_control *list;

	(void)state;
	request_with_payload(VIDIOC_G_EXT_CTRLS, FAKE_CID_ARRAY,
			     CID_BEFORE | NEXT_PAYLOAD);
	fake_on(VIDIOC_QUERY_EXT_CTRL, query_array_next);
	fake_on(VIDIOC_G_EXT_CTRLS, get_plain);
	assert_int_equal(patch_rig_run(), 0);
	assert_ptr_equal(pointers[0], payload->blob_bytes);
	assert_null(pointers[1]);
	assert_int_equal(sizes[1], 0);
	list = (const void *)payload->nested;
	assert_int_equal(list[1].id, CID_BEFORE | NEXT_PAYLOAD);
	assert_int_equal(list[1].value64, 5);
}

/* ---- the rest -------------------------------------------------------------------- */

static int look_at_edid(void *arg)
{
	const struct v4l2_edid *edid = arg;

	patch_rig.seen = edid->edid;
	return 0;
}

static void an_edid_is_hostds_own(void **state)
{
	static const uint8_t blocks[256];
	const struct v4l2_edid edid = { .blocks = 2, .edid = GUESTS };

	(void)state;
	fake_on(VIDIOC_S_EDID, look_at_edid);
	patch_rig_request(VIDIOC_S_EDID, &edid, blocks, sizeof(blocks));
	assert_int_equal(patch_rig_run(), 0);
	assert_ptr_equal(patch_rig.seen, payload->nested);
	assert_null(payload->arg.edid.edid);
}

static int answer;

static int give_answer(void *arg)
{
	(void)arg;
	return answer;
}

static void a_frame_buffer_is_not_set(void **state)
{
	const struct v4l2_framebuffer framebuffer = { .base = GUESTS };
	uint32_t on = 1;

	(void)state;
	patch_rig_request(VIDIOC_S_FBUF, &framebuffer, NULL, 0);
	assert_int_equal(patch_rig_run(), -ENOTTY);
	patch_rig_request(VIDIOC_OVERLAY, &on, NULL, 0);
	assert_int_equal(patch_rig_run(), -ENOTTY);
	answer = -EINVAL; /* it is there, if not now */
	fake_on(VIDIOC_G_FBUF, give_answer);
	patch_rig_request(VIDIOC_S_FBUF, &framebuffer, NULL, 0);
	assert_int_equal(patch_rig_run(), -EPERM);
	patch_rig_request(VIDIOC_OVERLAY, &on, NULL, 0);
	assert_int_equal(patch_rig_run(), -EINVAL);
	/* Whoever has a higher priority is said first. */
	fake_fail(VIDIOC_S_PRIORITY, -EBUSY, 2);
	assert_int_equal(patch_rig_run(), -EBUSY);
	patch_rig_request(VIDIOC_S_FBUF, &framebuffer, NULL, 0);
	assert_int_equal(patch_rig_run(), -EBUSY);
	assert_int_equal(fake_last(VIDIOC_S_PRIORITY)->arg.u32, UINT32_MAX);
	assert_int_equal(fake_count(VIDIOC_S_FBUF), 0);
	assert_int_equal(fake_count(VIDIOC_OVERLAY), 0);
	on = 0;
	patch_rig_request(VIDIOC_OVERLAY, &on, NULL, 0);
	assert_int_equal(patch_rig_run(), -ENOTTY);
	assert_int_equal(fake_count(VIDIOC_OVERLAY), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PATCH_RIG_TEST(a_list_of_controls_is_hostds_own),
		PATCH_RIG_TEST(controls_of_a_request_have_none),
		PATCH_RIG_TEST(only_where_there_is_payload_there_is_a_pointer),
		PATCH_RIG_TEST(a_control_with_flags_is_no_other),
		PATCH_RIG_TEST(an_edid_is_hostds_own),
		PATCH_RIG_TEST(a_frame_buffer_is_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
