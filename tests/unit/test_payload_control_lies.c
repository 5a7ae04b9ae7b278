// SPDX-License-Identifier: BSD-3-Clause
/*
 * Payloads of extended controls that are not what they should be: SG list, aux
 * block, pointers, sums.
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

/* A good request of two controls with payload, to be spoilt. */
#define TWO_SG   88u /* 16 + 32 + 2 * 20: where the SG list begins */
#define TWO_HEAD (sizeof(struct vms_aux) + 2 * sizeof(struct vms_extent))
#define TWO_AUX  (TWO_HEAD + 16 + 5)

static void two_blobs(struct call *call)
{
	uint8_t room[16] = { 0 };
	struct v4l2_ext_control array[] = {
		{ .id = CID_ARRAY, .size = 16, .ptr = room },
		{ .id = CID_STRING, .size = 5, .ptr = room },
	};
	struct v4l2_ext_controls arg = call_controls(array, COUNT(array));

	assert_int_equal(call_begin(call, VIDIOC_G_EXT_CTRLS, &arg), 0);
	call_send(call);
}

/* Rule: B20, B33 */
static void a_request_must_have_its_sg_list(void **state)
{
	struct call *call = *state;
	size_t len;

	two_blobs(call);
	for (len = 16; len < TWO_SG + 32; len++) {
		call->request.section_len = len;
		assert_int_equal(call_take_request(call), -EINVAL);
	}

	/* other lengths than the controls say: 0, one less, one more */
	two_blobs(call);
	call->request.section[TWO_SG + 8] = 0;
	assert_int_equal(call_take_request(call), -EINVAL);
	call->request.section[TWO_SG + 8] = 15;
	assert_int_equal(call_take_request(call), -EINVAL);
	call->request.section[TWO_SG + 8] = 17;
	assert_int_equal(call_take_request(call), -EINVAL);

	/* another address than the extent says */
	two_blobs(call);
	call->request.section[TWO_SG] ^= 1;
	assert_int_equal(call_take_request(call), -EINVAL);

	/* the end of the address space in the middle, in both places */
	two_blobs(call);
	memset(call->request.section + TWO_SG, 0xff, 8);
	memset(call->request.aux + 8, 0xff, 8);
	assert_int_equal(call_take_request(call), -EINVAL);

	/* any address is as good, what is reserved in virtio too */
	two_blobs(call);
	call->request.section[TWO_SG] = 0x11;
	call->request.aux[8] = 0x11;
	call->request.section[TWO_SG + 12] = 1;
	assert_int_equal(call_take_request(call), 0);
}

static void a_request_must_have_its_aux_block(void **state)
{
	struct call *call = *state;
	uint8_t longer[TWO_AUX + 8] = { 0 };
	uint8_t *aux;
	size_t i, len;

	two_blobs(call);
	assert_int_equal(call->request.aux_len, TWO_AUX);

	/* count, reserved and both extents, bit by bit */
	for (i = 0; i < TWO_HEAD * 8; i++) {
		call->request.aux[i / 8] ^= 1u << (i % 8);
		assert_int_equal(call_take_request(call), -EINVAL);
		call->request.aux[i / 8] ^= 1u << (i % 8);
	}
	assert_int_equal(call_take_request(call), 0);

	for (len = 0; len < TWO_AUX; len++) {
		call->request.aux_len = len;
		assert_int_equal(call_take_request(call), -EINVAL);
	}

	/* the channel's padding is behind it, no more */
	aux = call->request.aux;
	memcpy(longer, aux, TWO_AUX);
	call->request.aux = longer;
	for (len = TWO_AUX; len <= sizeof(longer); len++) {
		call->request.aux_len = len;
		assert_int_equal(call_take_request(call),
				 len < sizeof(longer) ? 0 : -EINVAL);
	}

	call->request.aux = NULL;
	call->request.aux_len = 0;
	assert_int_equal(call_take_request(call), -EINVAL);
	call->request.aux = aux;
}

static void a_response_must_have_its_aux_block(void **state)
{
	struct call *call = *state;
	uint8_t *aux;
	size_t i, len;

	two_blobs(call);
	call_put_response(call, 0);
	for (i = 0; i < TWO_HEAD * 8; i++) {
		call->response.aux[i / 8] ^= 1u << (i % 8);
		assert_int_equal(call_take_response(call), -EPROTO);
		call->response.aux[i / 8] ^= 1u << (i % 8);
	}
	for (len = 0; len < TWO_AUX; len++) {
		call->response.aux_len = len;
		assert_int_equal(call_take_response(call), -EPROTO);
	}
	aux = call->response.aux;
	call->response.aux = NULL;
	call->response.aux_len = 0;
	assert_int_equal(call_take_response(call), -EPROTO);
	call->response.aux = aux;
	call->response.aux_len = TWO_AUX;
	assert_int_equal(call_take_response(call), 0);

	/* and none where the argument is not carried either */
	two_blobs(call);
	call_put_response(call, ENOTTY);
	assert_null(call->response.aux);
	assert_int_equal(call_take_response(call), 0);
	assert_false(call->filled);
}

static void a_hostile_guest_gets_no_control_pointer_across(void **state)
{
	struct call *call = *state;
	size_t array = sizeof(struct virtio_media_cmd_ioctl) +
		       sizeof(struct v4l2_ext_controls);

	two_blobs(call);
	memset(call->request.section + array - 8, 0xff, 8);
	memset(call->request.section + array + 12, 0xff, 8);
	assert_int_equal(call_take_request(call), 0);
	assert_null(call->host.arg.controls.controls);
	assert_null(call_host_controls(call)[0].ptr);
	assert_null(call_host_controls(call)[1].ptr);
}

/* Whole otherwise, as a virtqueue could have it. */
static void more_payload_than_a_frame_has_is_refused(void **state)
{
	static struct {
		struct vms_aux aux;
		struct vms_extent extent;
		uint8_t bytes[VMS_MAX_CTRL + 1];
	} aux = { .aux = { .count = 1 } };
	struct {
		struct v4l2_ext_controls arg;
		struct v4l2_ext_control array[1];
		uint8_t sg[16];
	} __attribute__((packed)) request = { .arg = { .count = 1 } };
	const struct ioctl_desc *desc = ioctl_lookup(VIDIOC_S_EXT_CTRLS);
	struct call *call = *state;
	struct wire_writer writer;
	uint32_t len;

	for (len = VMS_MAX_CTRL; len <= VMS_MAX_CTRL + 1; len++) {
		request.array[0].size = len;
		wire_writer_init(&writer, request.sg, sizeof(request.sg));
		wire_put_u64(&writer, 0x4000);
		wire_put_u32(&writer, len);
		wire_put_u32(&writer, 0);
		aux.extent = (struct vms_extent){
			.addr = 0x4000,
			.len = len,
			.dir = VMS_EXTENT_READ | VMS_EXTENT_WRITE,
			.space = VMS_SPACE_GUEST,
		};
		payload_finish(&call->host);
		assert_int_equal(payload_get_request(&call->host, desc,
						     &request, sizeof(request),
						     &aux, 24 + len),
				 len == VMS_MAX_CTRL ? 0 : -EINVAL);
	}
}

static void sizes_of_a_request_are_summed_up_with_a_limit(void **state)
{
	static struct {
		struct v4l2_ext_controls arg;
		struct v4l2_ext_control array[IOCTL_CONTROLS_MAX];
	} request;
	const struct ioctl_desc *desc = ioctl_lookup(VIDIOC_S_EXT_CTRLS);
	static const uint8_t aux[8];
	struct call *call = *state;
	size_t i;

	request.arg.count = IOCTL_CONTROLS_MAX;
	for (i = 0; i < IOCTL_CONTROLS_MAX; i++)
		request.array[i].size = UINT32_MAX / IOCTL_CONTROLS_MAX * 2;
	assert_int_equal(payload_get_request(&call->host, desc, &request,
					     sizeof(request), aux, sizeof(aux)),
			 -EINVAL);

	request.arg.count = 1;
	request.array[0].size = VMS_MAX_CTRL + 1;
	assert_int_equal(payload_get_request(&call->host, desc, &request,
					     sizeof(request), aux, sizeof(aux)),
			 -EINVAL);
}

static void finish_may_be_called_at_any_time(void **state)
{
	struct call *call = *state;
	struct payload_need need;

	payload_finish(&call->guest);
	payload_init(&call->guest, ioctl_lookup(VIDIOC_G_CTRL), NULL);
	payload_finish(&call->guest);
	payload_finish(&call->guest);

	two_blobs(call);
	payload_finish(&call->guest);
	payload_init(&call->guest, ioctl_lookup(VIDIOC_G_EXT_CTRLS),
		     &(struct v4l2_ext_controls){ .count = 3 });
	assert_int_equal(payload_next(&call->guest, &need), 0);
	assert_int_equal(need.kind, PAYLOAD_BYTES);
	payload_finish(&call->guest);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, call_setup, call_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_must_have_its_sg_list),
		TEST(a_request_must_have_its_aux_block),
		TEST(a_response_must_have_its_aux_block),
		TEST(a_hostile_guest_gets_no_control_pointer_across),
		TEST(more_payload_than_a_frame_has_is_refused),
		TEST(sizes_of_a_request_are_summed_up_with_a_limit),
		TEST(finish_may_be_called_at_any_time),
	};

	return cmocka_run_group_tests_name("payload_control_lies", tests, NULL,
					   NULL);
}
