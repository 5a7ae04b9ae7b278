// SPDX-License-Identifier: BSD-3-Clause
/*
 * Between the wire and ioctl(2): every pointer and descriptor is hostd's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <stdlib.h>

#include "hostd/patch.h"
#include "tests/fake_device.h"

#define GUESTS ((void *)0x4141414141414141) /* a number that a guest chose */

static struct device device = { .ops = &fake_device_ops };
static struct device_file *file;
static struct payload payload;
static const void *seen;
static int seen_fd;

static int setup(void **state)
{
	(void)state;
	fake_device_init();
	memset(&payload, 0, sizeof(payload));
	seen = NULL;
	return fake_device_ops.open(&device, -1, &file);
}

static int teardown(void **state)
{
	(void)state;
	payload_finish(&payload);
	fake_device_ops.close(file);
	fake_device_finish();
	return 0;
}

/* What hostd has after payload_get_request(), with what a guest may send. */
static void request(uint32_t cmd, const void *arg, const void *nested,
		    size_t nested_len)
{
	uint8_t bytes[2048] = { 0 };
	const struct ioctl_desc *desc = ioctl_lookup(cmd);
	size_t len = ioctl_reads(desc) ? ioctl_size(desc) : 0;

	if (len)
		memcpy(bytes, arg, len);
	if (nested_len)
		memcpy(bytes + len, nested, nested_len);
	payload_finish(&payload);
	assert_int_equal(payload_get_request(&payload, desc, bytes,
					     len + nested_len, NULL, 0),
			 0);
}

static int run(void)
{
	return patch_run(file, &payload, NULL);
}

/* ---- buffers ----------------------------------------------------------------- */

static int look_at_buffer(void *arg)
{
	struct v4l2_buffer *buffer = arg;

	seen = V4L2_TYPE_IS_MULTIPLANAR(buffer->type)
		       ? (const void *)buffer->m.planes
		       : (const void *)buffer->m.userptr;
	seen_fd = buffer->request_fd;
	/* What a kernel may leave in them. */
	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		buffer->m.userptr = 0x1000;
	buffer->request_fd = 99;
	return 0;
}

static void a_buffer_carries_no_address(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
		.request_fd = 5,
	};

	(void)state;
	buffer.m.userptr = (unsigned long)GUESTS;
	fake_on(VIDIOC_QBUF, look_at_buffer);
	request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(run(), 0);
	assert_null(seen);
	assert_int_equal(seen_fd, 0);
	assert_int_equal(payload.arg.buffer.request_fd, 0);
}

static int show_foreign(void *arg)
{
	struct v4l2_buffer *buffer = arg;

	buffer->memory = V4L2_MEMORY_USERPTR;
	if (V4L2_TYPE_IS_MULTIPLANAR(buffer->type))
		buffer->m.planes[0].m.userptr = (unsigned long)buffer;
	else
		buffer->m.userptr = (unsigned long)buffer;
	return 0;
}

/* A program of the host has the buffers: its addresses are its own. */
static void addresses_of_the_host_stay_there(void **state)
{
	struct v4l2_plane plane = { 0 };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};

	(void)state;
	fake_on(VIDIOC_QUERYBUF, show_foreign);
	request(VIDIOC_QUERYBUF, &buffer, NULL, 0);
	assert_int_equal(run(), 0);
	assert_int_equal(payload.arg.buffer.memory, V4L2_MEMORY_USERPTR);
	assert_int_equal(payload.arg.buffer.m.userptr, 0);

	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	buffer.length = 1;
	request(VIDIOC_QUERYBUF, &buffer, &plane, sizeof(plane));
	assert_int_equal(run(), 0);
	memcpy(&plane, payload.nested, sizeof(plane));
	assert_int_equal(plane.m.userptr, 0);
}

/* Rule: B30 */
static void planes_are_hostds_own(void **state)
{
	struct v4l2_plane planes[2] = { 0 };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
		.length = 2,
	};
	const struct v4l2_plane *given;

	(void)state;
	buffer.m.userptr = (unsigned long)GUESTS;
	planes[0].m.userptr = (unsigned long)GUESTS;
	planes[1].m.fd = 2;
	fake_on(VIDIOC_QBUF, look_at_buffer);
	request(VIDIOC_QBUF, &buffer, planes, sizeof(planes));
	assert_int_equal(run(), 0);
	assert_ptr_equal(seen, payload.nested);
	given = (const void *)payload.nested;
	assert_int_equal(given[0].m.userptr, 0);
	assert_int_equal(given[1].m.userptr, 0);
	/* No host address leaves. */
	assert_null(payload.arg.buffer.m.planes);
}

static void planes_that_are_not_there_are_none(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	buffer.m.userptr = (unsigned long)GUESTS;
	fake_on(VIDIOC_QBUF, look_at_buffer);
	request(VIDIOC_QBUF, &buffer, NULL, 0);
	run();
	assert_null(seen);
}

static void memory_that_cannot_travel_is_refused(void **state)
{
	static const uint32_t cmds[] = { VIDIOC_QBUF, VIDIOC_PREPARE_BUF };
	static const uint32_t memories[] = { V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_DMABUF,
					     V4L2_MEMORY_OVERLAY, 0, 9 };
	struct v4l2_buffer buffer = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers reqbufs = { .type = buffer.type };
	struct v4l2_create_buffers create = { .format.type = buffer.type };
	size_t i;
	size_t c;

	(void)state;
	for (i = 0; i < sizeof(memories) / sizeof(memories[0]); i++) {
		buffer.memory = memories[i];
		for (c = 0; c < 2; c++) {
			request(cmds[c], &buffer, NULL, 0);
			assert_int_equal(run(), -EINVAL);
		}
		reqbufs.memory = memories[i];
		request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
		assert_int_equal(run(), -EINVAL);
		assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.memory,
				 0);
		create.memory = memories[i];
		request(VIDIOC_CREATE_BUFS, &create, NULL, 0);
		assert_int_equal(run(), -EINVAL);
		assert_int_equal(
			fake_last(VIDIOC_CREATE_BUFS)->arg.create.memory, 0);
	}
	/* v4l2_prio_check() comes before all that. */
	fake_fail(VIDIOC_REQBUFS, -EBUSY, 1);
	request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(run(), -EBUSY);
	buffer.memory = V4L2_MEMORY_MMAP;
	buffer.flags = V4L2_BUF_FLAG_REQUEST_FD;
	request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(run(), -EBADR);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	assert_int_equal(fake_count(VIDIOC_PREPARE_BUF), 0);
}

static void capabilities_that_cannot_be_kept_are_hidden(void **state)
{
	const struct v4l2_requestbuffers reqbufs = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(run(), 0);
	assert_int_equal(payload.arg.reqbufs.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
}

/* ---- memory of the guest's programs -------------------------------------------- */

static int numbers[VIDEO_MAX_PLANES];

static int look_at_numbers(void *arg)
{
	struct v4l2_buffer *buffer = arg;
	unsigned int i;

	if (!V4L2_TYPE_IS_MULTIPLANAR(buffer->type)) {
		numbers[0] = buffer->m.fd;
		return 0;
	}
	for (i = 0; i < buffer->length; i++)
		numbers[i] = buffer->m.planes[i].m.fd;
	return 0;
}

static const struct plane_set two_planes = {
	.objects = { { .fd = 71 }, { .fd = 72 } },
	.count = 2,
};
static const struct plane_set no_planes;

static void the_device_gets_our_own_descriptors(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
		.m.fd = 5,
	};
	struct v4l2_plane planes[3] = { 0 };

	(void)state;
	fake_on(VIDIOC_QBUF, look_at_numbers);
	fake_on(VIDIOC_PREPARE_BUF, look_at_numbers);
	request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(patch_run(file, &payload, &two_planes), 0);
	assert_int_equal(numbers[0], 71);
	assert_int_equal(payload.arg.buffer.m.fd, 0);
	request(VIDIOC_PREPARE_BUF, &buffer, NULL, 0);
	assert_int_equal(patch_run(file, &payload, &no_planes), 0);
	assert_int_equal(numbers[0], -1);

	planes[0].m.fd = 5;
	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	buffer.length = 3;
	request(VIDIOC_QBUF, &buffer, planes, sizeof(planes));
	assert_int_equal(patch_run(file, &payload, &two_planes), 0);
	assert_int_equal(numbers[0], 71);
	assert_int_equal(numbers[1], 72);
	assert_int_equal(numbers[2], -1);
	assert_int_equal(payload_planes(&payload)[0].m.fd, 0);
	assert_int_equal(payload_planes(&payload)[2].m.fd, 0);
}

static void nobody_else_has_such_memory(void **state)
{
	const struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};
	const struct v4l2_requestbuffers reqbufs = {
		.count = 2,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};

	(void)state;
	request(VIDIOC_QBUF, &buffer, NULL, 0);
	assert_int_equal(run(), -EINVAL);
	assert_null(fake_last(VIDIOC_QBUF));
	request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(run(), -EINVAL);
	assert_int_equal(fake_last(VIDIOC_REQBUFS)->arg.reqbufs.memory, 0);
	request(VIDIOC_REQBUFS, &reqbufs, NULL, 0);
	assert_int_equal(patch_run(file, &payload, &no_planes), 0);
	assert_int_equal(payload.arg.reqbufs.capabilities,
			 V4L2_BUF_CAP_SUPPORTS_MMAP |
				 V4L2_BUF_CAP_SUPPORTS_DMABUF |
				 V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS);
}

/* Rule: B31 */
static void finished_buffers_are_scrubbed(void **state)
{
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.request_fd = 7,
	};

	(void)state;
	buffer.m.planes = GUESTS;
	patch_scrub_buffer(&buffer, NULL, 0);
	assert_null(buffer.m.planes);
	assert_int_equal(buffer.request_fd, 0);
	buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	buffer.memory = V4L2_MEMORY_DMABUF;
	buffer.m.fd = 7;
	patch_scrub_buffer(&buffer, NULL, 0);
	assert_int_equal(buffer.m.fd, 0);
}

/* ---- controls ------------------------------------------------------------------ */

static int look_at_controls(void *arg)
{
	const struct v4l2_ext_controls *controls = arg;

	seen = controls->controls;
	seen_fd = controls->request_fd;
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
	request(VIDIOC_S_EXT_CTRLS, &controls, list, sizeof(list));
	assert_int_equal(run(), 0);
	assert_ptr_equal(seen, payload.nested);
	assert_int_equal(seen_fd, 0);
	assert_null(payload.arg.controls.controls);

	controls.count = 0;
	request(VIDIOC_S_EXT_CTRLS, &controls, NULL, 0);
	assert_int_equal(run(), 0);
	assert_null(seen);
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
	request(VIDIOC_S_EXT_CTRLS, &controls, NULL, 0);
	assert_int_equal(run(), -EINVAL);
	assert_int_equal(fake_last(VIDIOC_S_EXT_CTRLS)->arg.controls.request_fd,
			 -1);
	assert_int_equal(payload.arg.controls.request_fd, 0);
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

/* A guest says of a number that it has payload, in the hope of an address. */
static void only_where_there_is_payload_there_is_a_pointer(void **state)
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
	const struct v4l2_ext_control *list;
	unsigned int i;

	(void)state;
	section.list[0].id = FAKE_CID_ARRAY;
	section.list[0].size = FAKE_ARRAY_LEN;
	section.list[0].ptr = GUESTS;
	section.list[1].id = FAKE_CID_SCALAR;
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
	assert_int_equal(payload_get_request(
				 &payload, ioctl_lookup(VIDIOC_S_EXT_CTRLS),
				 &section, sizeof(section), &aux, sizeof(aux)),
			 0);
	fake_on(VIDIOC_S_EXT_CTRLS, look_at_payload);
	assert_int_equal(run(), 0);
	assert_ptr_equal(pointers[0], payload.blob_bytes);
	assert_int_equal(sizes[0], FAKE_ARRAY_LEN);
	assert_ptr_not_equal(pointers[1], GUESTS);
	assert_int_equal(sizes[1], 0);
	/* Nor does hostd's pointer leave. */
	list = (const void *)payload.nested;
	assert_null(list[0].ptr);
}

/* ---- the rest -------------------------------------------------------------------- */

static int look_at_edid(void *arg)
{
	const struct v4l2_edid *edid = arg;

	seen = edid->edid;
	return 0;
}

static void an_edid_is_hostds_own(void **state)
{
	static const uint8_t blocks[256];
	const struct v4l2_edid edid = { .blocks = 2, .edid = GUESTS };

	(void)state;
	fake_on(VIDIOC_S_EDID, look_at_edid);
	request(VIDIOC_S_EDID, &edid, blocks, sizeof(blocks));
	assert_int_equal(run(), 0);
	assert_ptr_equal(seen, payload.nested);
	assert_null(payload.arg.edid.edid);
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
	request(VIDIOC_S_FBUF, &framebuffer, NULL, 0);
	assert_int_equal(run(), -ENOTTY);
	request(VIDIOC_OVERLAY, &on, NULL, 0);
	assert_int_equal(run(), -ENOTTY);
	answer = -EINVAL; /* it is there, if not now */
	fake_on(VIDIOC_G_FBUF, give_answer);
	request(VIDIOC_S_FBUF, &framebuffer, NULL, 0);
	assert_int_equal(run(), -EPERM);
	request(VIDIOC_OVERLAY, &on, NULL, 0);
	assert_int_equal(run(), -EINVAL);
	/* Whoever has a higher priority is said first. */
	fake_fail(VIDIOC_S_PRIORITY, -EBUSY, 2);
	assert_int_equal(run(), -EBUSY);
	request(VIDIOC_S_FBUF, &framebuffer, NULL, 0);
	assert_int_equal(run(), -EBUSY);
	assert_int_equal(fake_last(VIDIOC_S_PRIORITY)->arg.u32, UINT32_MAX);
	assert_int_equal(fake_count(VIDIOC_S_FBUF), 0);
	assert_int_equal(fake_count(VIDIOC_OVERLAY), 0);
	on = 0;
	request(VIDIOC_OVERLAY, &on, NULL, 0);
	assert_int_equal(run(), -ENOTTY);
	assert_int_equal(fake_count(VIDIOC_OVERLAY), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_buffer_carries_no_address),
		TEST(addresses_of_the_host_stay_there),
		TEST(planes_are_hostds_own),
		TEST(planes_that_are_not_there_are_none),
		TEST(memory_that_cannot_travel_is_refused),
		TEST(capabilities_that_cannot_be_kept_are_hidden),
		TEST(the_device_gets_our_own_descriptors),
		TEST(nobody_else_has_such_memory),
		TEST(finished_buffers_are_scrubbed),
		TEST(a_list_of_controls_is_hostds_own),
		TEST(controls_of_a_request_have_none),
		TEST(only_where_there_is_payload_there_is_a_pointer),
		TEST(an_edid_is_hostds_own),
		TEST(a_frame_buffer_is_not_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
