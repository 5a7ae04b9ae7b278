// SPDX-License-Identifier: BSD-3-Clause
/*
 * Walking the table of ioctls: a call, and both ends of it.
 */
#include "tests/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "common/clockdomain.h"
#include "tests/honest.h"

/* A prime: the values of two blocks are not in the same places. */
#define WALK_VALUES   251
#define WALK_SHIFT    17
#define WALK_DISTANCE 128 /* between a question and its answer */

struct walk walk;

static uint8_t walk_byte(unsigned int seed, size_t at)
{
	size_t block = at / WALK_VALUES;

	return (uint8_t)(1 + (seed + at + block * WALK_SHIFT) % WALK_VALUES);
}

void walk_fill(void *bytes, size_t len, unsigned int seed)
{
	uint8_t *out = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = walk_byte(seed, i);
}

static const struct ioctl_desc *walk_desc(void)
{
	return ioctl_lookup(walk.now->cmd);
}

/* ---- the device -------------------------------------------------------------- */

/* Where the device finds the array, which may not be there. */
static void *device_nested(void *arg)
{
	union payload_arg *payload = arg;

	switch (walk_desc()->nested) {
	case IOCTL_NESTED_PLANES:
		return V4L2_TYPE_IS_MULTIPLANAR(payload->buffer.type)
			       ? payload->buffer.m.planes
			       : NULL;
	case IOCTL_NESTED_CONTROLS:
		return payload->controls.controls;
	case IOCTL_NESTED_EDID:
		return payload->edid.edid;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
	return NULL;
}

/* The payload of all controls, one after the other, from or to the device. */
static void device_payload(struct v4l2_ext_control *list, uint8_t *bytes,
			   bool store)
{
	size_t at = 0;
	size_t len;
	unsigned int i;

	for (i = 0; i < walk.nested_len / sizeof(*list); i++) {
		len = walk_control_payload(i);
		if (!len || !list[i].ptr || list[i].size != len)
			continue;
		if (store)
			memcpy(list[i].ptr, bytes + at, len);
		else
			memcpy(bytes + at, list[i].ptr, len);
		at += len;
	}
}

/* An array of new bytes; v4l2-ioctl.c keeps the pointers to what is behind. */
static void answer_nested(void *nested, struct walk_bytes *answer)
{
	struct v4l2_ext_control *list = (void *)answer->nested;
	const struct v4l2_ext_control *had = nested;
	unsigned int i;

	walk_fill(answer->nested, walk.nested_len, walk.seed + WALK_DISTANCE);
	if (walk_desc()->nested != IOCTL_NESTED_CONTROLS)
		return;
	walk_fill(answer->payload, walk.payload_len,
		  walk.seed + WALK_DISTANCE + 1);
	for (i = 0; i < walk.nested_len / sizeof(*list); i++)
		if (walk_control_payload(i)) {
			list[i].size = had[i].size;
			list[i].value64 = had[i].value64;
		}
}

int walk_answer(void *arg)
{
	size_t size = ioctl_size(walk_desc());
	void *nested = device_nested(arg);
	struct walk_bytes *answer = &walk.answer;

	walk_fill(answer->arg.bytes, size, walk.seed + WALK_DISTANCE);
	if (nested)
		answer_nested(nested, answer);
	honest_answer(walk.now->cmd, &walk.came.arg, &answer->arg);
	if (walk.now->answer)
		walk.now->answer(&answer->arg);
	memcpy(arg, answer->arg.bytes, size);
	if (!nested)
		return walk.error;
	switch (walk_desc()->nested) {
	case IOCTL_NESTED_PLANES:
		((union payload_arg *)arg)->buffer.m.planes = nested;
		break;
	case IOCTL_NESTED_CONTROLS:
		((union payload_arg *)arg)->controls.controls = nested;
		device_payload(nested, answer->payload, true);
		break;
	case IOCTL_NESTED_EDID:
		((union payload_arg *)arg)->edid.edid = nested;
		break;
	case IOCTL_NESTED_NONE:
	case IOCTL_NESTED_WINDOW:
	case IOCTL_NESTED_FBUF:
		break;
	}
	memcpy(nested, answer->nested, walk.nested_len);
	return walk.error;
}

static int walk_device(void *arg)
{
	void *nested = device_nested(arg);
	int ret;

	walk.calls++;
	memcpy(walk.came.arg.bytes, arg, ioctl_size(walk_desc()));
	if (nested)
		memcpy(walk.came.nested, nested, walk.nested_len);
	if (nested && walk_desc()->nested == IOCTL_NESTED_CONTROLS)
		device_payload(nested, walk.came.payload, false);
	ret = walk.now->device && !walk.error ? walk.now->device(arg) : 0;
	return ret ? ret : walk_answer(arg);
}

/* ---- the application ----------------------------------------------------------- */

static void application_asks(void)
{
	struct walk_bytes *mine = &walk.mine;
	uint64_t addr;
	size_t len;

	memset(&walk.came, 0, sizeof(walk.came));
	memset(&walk.answer, 0, sizeof(walk.answer));
	walk_fill(mine->arg.bytes, sizeof(mine->arg), walk.seed);
	walk_fill(mine->nested, sizeof(mine->nested), walk.seed + 1);
	walk_fill(mine->payload, sizeof(mine->payload), walk.seed + 2);
	walk.payload_len = 0;
	honest_question(walk.now->cmd, &mine->arg);
	walk_low();
	if (walk.now->ask)
		walk.now->ask(&mine->arg);
	assert_int_equal(payload_nested(walk_desc(), &mine->arg, &addr, &len),
			 0);
	assert_true(len <= sizeof(mine->nested));
	assert_true(walk.payload_len <= sizeof(mine->payload));
	walk.nested_len = len;
	walk_to_program();
	walk.asked = *mine;
}

static void expect_carried(int result)
{
	const struct ioctl_desc *desc = walk_desc();
	bool carried = ioctl_writes(desc);

	if (walk.error)
		carried &= ioctl_copies_on_error(desc) &&
			   walk.error != -ENOTTY && walk.error != -ENODEV;
	if (result != walk.error)
		fail_msg("%s %s: %d instead of %d", desc->name,
			 walk.now->tag ? walk.now->tag : "", result,
			 walk.error);
	if (walk.now->outcome == WALK_DEVICE) {
		assert_int_equal(walk.calls, 1);
		walk_compare_there();
	} else {
		assert_int_equal(walk.calls, 0);
	}
	walk_compare_back(carried);
}

static void expect_refused(int result)
{
	if (result != walk.now->error)
		fail_msg("%s: %d instead of %d", walk_desc()->name, result,
			 walk.now->error);
	assert_int_equal(walk.calls, 0);
	walk_compare_back(false);
}

/* The first of a connection asks whether the driver has it. */
static void prepare_once(void)
{
	struct v4l2_buffer none = {
		.index = UINT32_MAX,
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
	};

	assert_int_equal(front_ioctl(&walk.file, VIDIOC_PREPARE_BUF, &none),
			 -EINVAL);
}

static void call_once(int error)
{
	int result;

	walk.seed++;
	walk.error = error;
	walk.calls = 0;
	harness_open(&walk.file);
	if (walk.now->cmd == VIDIOC_PREPARE_BUF)
		prepare_once();
	application_asks();
	if (walk.now->before)
		walk.now->before();
	fake_on(walk.now->cmd, walk_device);
	result = front_ioctl(&walk.file, walk_cmd(),
			     walk_cmd() == walk.now->cmd ? &walk.mine.arg
							 : (void *)walk.arg32);
	walk_from_program();
	fake_on(walk.now->cmd, NULL);
	if (walk.now->outcome == WALK_REFUSED)
		expect_refused(result);
	else
		expect_carried(result);
	fake_on(VIDIOC_QUERY_EXT_CTRL, NULL);
	assert_int_equal(front_close(&walk.file), 0);
}

void walk_case(const struct walk_case *test)
{
	static const int errors[] = { EINVAL, ENOSPC, EBUSY, EPROTO,
				      E2BIG,  ENOTTY, ENODEV };
	size_t i;

	walk.now = test;
	call_once(0);
	if (test->outcome != WALK_DEVICE)
		return;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		call_once(-errors[i]);
}

/* ---- both -------------------------------------------------------------------------- */

/* Streaming, and no read(): all queues are there. */
static int tell_capability(void *arg)
{
	struct v4l2_capability *capability = arg;
	unsigned char *c = arg;

	walk_fill(capability, sizeof(*capability), 77);
	/* Control characters would not arrive: tests/unit/test_wire_bodies.c. */
	for (; c < (unsigned char *)&capability->version; c++)
		if (*c < ' ' || *c >= 0x7f)
			*c = 'c';
	capability->device_caps |= V4L2_CAP_STREAMING;
	capability->device_caps &= ~(uint32_t)V4L2_CAP_READWRITE;
	capability->device_caps &= ~(uint32_t)V4L2_CAP_VIDEO_M2M;
	capability->device_caps &= ~(uint32_t)V4L2_CAP_VIDEO_M2M_MPLANE;
	capability->capabilities |= V4L2_CAP_DEVICE_CAPS;
	walk.capability = *capability;
	return 0;
}

void walk_connect(const struct walk_layout *layout)
{
	walk.layout = layout;
	harness.front.compat = layout->compat;
	fake.unrecorded = true;
	fake_on(VIDIOC_QUERYCAP, tell_capability);
	/* One clock: times are as they were sent. */
	harness.config.link.clock_domain = clockdomain();
	/* They may make any number of any length. */
	harness.grant.buffers = UINT32_MAX;
	harness.grant.memory = UINT64_MAX;
	harness_connect("fake", PROFILE_CHOICE_STREAM);
}

bool walk_known(uint32_t cmd)
{
	size_t i;

	for (i = 0; i < walk_case_count; i++)
		if (walk_cases[i].cmd == cmd)
			return true;
	return false;
}

void walk_finish(void)
{
	size_t i;

	assert_true(walk_field_count <= sizeof(walk.used));
	for (i = 0; i < walk_field_count; i++)
		if (!walk.used[i])
			fail_msg("%s.%s (%s, %s) is never needed",
				 walk_fields[i].type, walk_fields[i].name,
				 walk_fields[i].way == WALK_THERE ? "there"
								  : "back",
				 walk_fields[i].tag ? walk_fields[i].tag
						    : "all");
}
