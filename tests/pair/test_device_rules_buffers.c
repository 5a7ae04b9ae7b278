// SPDX-License-Identifier: BSD-3-Clause
/*
 * What virtio 1.4 wants of a media device (5.22.7), one rule after another, by
 * frames that a guest makes by hand: buffers, mappings, events, configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "tests/lying_guest.h"

#define PLANES 2

static uint32_t session;

/* QUERYBUF of a multi-planar buffer. */
static void query_planes(uint32_t index, struct v4l2_plane *planes)
{
	struct {
		struct virtio_media_cmd_ioctl head;
		struct v4l2_buffer buffer;
		struct v4l2_plane planes[PLANES];
	} command = {
		.head = {
			.cmd = VIRTIO_MEDIA_CMD_IOCTL,
			.session_id = session,
			.code = _IOC_NR(VIDIOC_QUERYBUF),
		},
		.buffer = {
			.type = CAPTURE_MPLANE,
			.index = index,
			.length = PLANES,
		},
	};
	uint32_t tag = raw_req(&command, sizeof(command), 4096);

	assert_int_equal(raw_status(tag), 0);
	memcpy(planes,
	       raw_wait(tag)->bytes + sizeof(struct virtio_media_resp) +
		       sizeof(command.buffer),
	       PLANES * sizeof(planes[0]));
}

static struct virtio_media_resp_mmap map(uint32_t offset, uint32_t flags)
{
	const struct virtio_media_cmd_mmap command = {
		.cmd = VIRTIO_MEDIA_CMD_MMAP,
		.session_id = session,
		.flags = flags,
		.offset = offset,
	};
	struct virtio_media_resp_mmap resp;
	uint32_t tag = raw_req(&command, sizeof(command), sizeof(resp));

	assert_int_equal(raw_status(tag), 0);
	memcpy(&resp, raw_wait(tag)->bytes, sizeof(resp));
	return resp;
}

static int request(uint32_t type, uint32_t memory, uint32_t count)
{
	const struct v4l2_requestbuffers reqbufs = {
		.count = count,
		.type = type,
		.memory = memory,
	};

	return (int)raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &reqbufs));
}

/* The next event; Return: its frame */
static const struct raw_frame *event_number(unsigned int number)
{
	unsigned int i;

	while (raw_events() <= number)
		raw_run();
	for (i = 0;; i++)
		if (raw.frames[i].header.type == VMS_EVT && number-- == 0)
			return &raw.frames[i];
}

/* ---- mappings ----------------------------------------------------------------- */

/* Rule: D10 */
static void a_mapping_has_the_length_of_its_plane(void **state)
{
	struct v4l2_plane planes[PLANES];
	unsigned int i;

	(void)state;
	fake.plane_count = PLANES;
	fake.plane_len[0] = 12345;
	fake.plane_len[1] = 678;
	session = raw_open();
	assert_int_equal(request(CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 1), 0);
	query_planes(0, planes);
	for (i = 0; i < PLANES; i++) {
		assert_int_equal(planes[i].length, fake.plane_len[i]);
		assert_int_equal(map(planes[i].m.mem_offset, 0).len,
				 planes[i].length);
	}
	raw_wait(raw_close(session));
}

/*
 * Valid is the address, which nobody else gets; the contents of buffers that are
 * gone do not travel.
 *
 * Rule: D11
 */
static void a_mapping_stays_until_munmap(void **state)
{
	uint64_t addrs[2];
	uint64_t later[2];
	unsigned int i;

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 2, addrs);
	assert_int_equal(request(CAPTURE, V4L2_MEMORY_MMAP, 0), 0);
	raw_buffers(session, CAPTURE, 2, later);
	for (i = 0; i < 2; i++) {
		assert_int_not_equal(later[i], addrs[0]);
		assert_int_not_equal(later[i], addrs[1]);
	}
	assert_int_equal(raw_status(raw_munmap(addrs[0])), 0);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), EINVAL);
	raw_wait(raw_close(session));
	assert_int_equal(raw_status(raw_munmap(addrs[1])), 0);
	assert_int_equal(raw_status(raw_munmap(later[0])), 0);
	assert_int_equal(raw_status(raw_munmap(later[0])), EINVAL);
}

/*
 * On a stream the guest writes to a mapping by sending DATA for it.
 *
 * Rule: D18
 */
static void a_mapping_without_the_flag_is_not_written(void **state)
{
	static const uint8_t bytes[64] = { 7, 7, 7 };
	struct v4l2_buffer buffer = { .type = OUTPUT };
	uint64_t addr;
	uint32_t tag;

	(void)state;
	session = raw_open();
	assert_int_equal(request(OUTPUT, V4L2_MEMORY_MMAP, 1), 0);
	tag = raw_ioctl(session, VIDIOC_QUERYBUF, &buffer);
	memcpy(&buffer, raw_wait(tag)->bytes + sizeof(struct virtio_media_resp),
	       sizeof(buffer));
	addr = map(buffer.m.offset, 0).driver_addr;
	raw_data(addr, 0, bytes, sizeof(bytes));
	raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL));
	assert_int_equal(fake_plane(OUTPUT, 0, 0)[0], 0);

	/* The same plane once more, and now to be written. */
	assert_int_equal(
		map(buffer.m.offset, VIRTIO_MEDIA_MMAP_FLAG_RW).driver_addr,
		addr);
	raw_data(addr, 0, bytes, sizeof(bytes));
	raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL));
	assert_int_equal(fake_plane(OUTPUT, 0, 0)[0], 7);
	raw_wait(raw_close(session));
}

/* ---- memory that does not travel -------------------------------------------------- */

static void expect_refused_memory(uint32_t memory)
{
	uint32_t count = fake_count(VIDIOC_QBUF);
	struct v4l2_buffer buffer = { .type = OUTPUT, .memory = memory };
	const struct raw_frame *frame;
	uint64_t addrs[1];

	session = raw_open();
	assert_int_equal(request(OUTPUT, memory, 1), EINVAL);
	raw_buffers(session, OUTPUT, 1, addrs);
	buffer.m.userptr = 0x12345678;
	frame = raw_wait(raw_ioctl(session, VIDIOC_QBUF, &buffer));
	assert_int_equal(raw_status(raw.tag), EINVAL);
	/* Nothing comes back, so what the driver has stays what it was. */
	assert_int_equal(frame->header.slen, sizeof(struct virtio_media_resp));
	assert_int_equal(fake_count(VIDIOC_QBUF), count);
	raw_wait(raw_close(session));
}

/*
 * hostd has no SHARED_PAGES, and refuses them as a device without USERPTR does.
 *
 * Rule: D12
 */
static void no_userptr_is_taken_or_changed(void **state)
{
	(void)state;
	expect_refused_memory(V4L2_MEMORY_USERPTR);
}

/*
 * hostd has no VIRTIO_OBJECT, and refuses it as a device without DMABUF does.
 *
 * Rule: D13
 */
static void no_object_is_taken_or_changed(void **state)
{
	(void)state;
	expect_refused_memory(V4L2_MEMORY_DMABUF);
}

/* ---- events ------------------------------------------------------------------------- */

/* Rule: D14 */
static void after_an_error_event_a_session_only_fails(void **state)
{
	struct virtio_media_event_error event;
	uint32_t other = 0;
	unsigned int i;

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 1, (uint64_t[1]){ 0 });
	assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, 0)), 0);
	raw_stream(session, CAPTURE, true);
	fake_unplug();
	memcpy(&event, event_number(0)->bytes, sizeof(event));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_ERROR);
	assert_int_equal(event.session_id, session);
	assert_int_equal(event.error, ENODEV);
	/* Not even when the device is back. */
	fake.gone = false;
	for (i = 0; i < 3; i++) {
		assert_int_equal(
			raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)),
			ENODEV);
		assert_int_equal(raw_status(raw_mmap(session, 0)), ENODEV);
		other = raw_open();
		assert_int_not_equal(other, session);
	}
	assert_int_equal(raw_wait(raw_close(session))->header.slen, 0);
	assert_int_equal(raw_status(raw_ioctl(other, VIDIOC_G_PRIORITY, NULL)),
			 0);
	assert_int_equal(raw_events(), 1);
}

/* Rule: D15, D19 */
static void each_qbuf_that_completes_is_one_event_without_pointers(void **state)
{
	static const uint32_t flags[] = { 0, V4L2_BUF_FLAG_ERROR, 0 };
	struct virtio_media_event_dqbuf event;
	const struct raw_frame *frame;
	uint64_t addrs[3];
	uint32_t i;

	(void)state;
	session = raw_open();
	raw_buffers(session, CAPTURE, 3, addrs);
	for (i = 0; i < 3; i++)
		assert_int_equal(raw_status(raw_qbuf(session, CAPTURE, i)), 0);
	raw_stream(session, CAPTURE, true);
	for (i = 0; i < 3; i++)
		fake_finish(CAPTURE, 2 - i, 16, flags[i]);
	for (i = 0; i < 3; i++) {
		frame = event_number(i);
		assert_int_equal(frame->header.slen, 608);
		memcpy(&event, frame->bytes, sizeof(event));
		assert_int_equal(event.event, VIRTIO_MEDIA_EVT_DQBUF);
		assert_int_equal(event.buffer.index, 2 - i);
		assert_int_equal(event.buffer.flags & V4L2_BUF_FLAG_ERROR,
				 flags[i]);
	}
	raw_settle();
	assert_int_equal(raw_events(), 3);
	raw_wait(raw_close(session));
}

/* Rule: D19 */
static void an_event_of_planes_has_no_pointer(void **state)
{
	static const uint32_t used[PLANES] = { 10, 20 };
	struct {
		struct virtio_media_cmd_ioctl head;
		struct v4l2_buffer buffer;
		struct v4l2_plane planes[PLANES];
	} qbuf = { 0 };
	struct virtio_media_event_dqbuf event;
	struct v4l2_plane planes[PLANES];

	(void)state;
	fake.plane_count = PLANES;
	session = raw_open();
	assert_int_equal(request(CAPTURE_MPLANE, V4L2_MEMORY_MMAP, 1), 0);
	query_planes(0, planes);
	qbuf.head.cmd = VIRTIO_MEDIA_CMD_IOCTL;
	qbuf.head.session_id = session;
	qbuf.head.code = _IOC_NR(VIDIOC_QBUF);
	qbuf.buffer.type = CAPTURE_MPLANE;
	qbuf.buffer.memory = V4L2_MEMORY_MMAP;
	qbuf.buffer.length = PLANES;
	assert_int_equal(raw_status(raw_req(&qbuf, sizeof(qbuf), 4096)), 0);
	raw_stream(session, CAPTURE_MPLANE, true);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);
	memcpy(&event, event_number(0)->bytes, sizeof(event));
	assert_null(event.buffer.m.planes);
	assert_int_equal(event.planes[0].bytesused, 10);
	assert_int_equal(event.planes[1].bytesused, 20);
	raw_wait(raw_close(session));
}

/* Rule: D16 */
static void events_come_to_who_has_subscribed(void **state)
{
	const struct v4l2_event_subscription subscription = {
		.type = V4L2_EVENT_CTRL,
		.id = FAKE_CID_SCALAR,
	};
	struct virtio_media_event_event event;
	uint32_t other;

	(void)state;
	session = raw_open();
	other = raw_open();
	assert_int_equal(raw_status(raw_ioctl(session, VIDIOC_SUBSCRIBE_EVENT,
					      &subscription)),
			 0);
	fake_event(V4L2_EVENT_CTRL, FAKE_CID_SCALAR, V4L2_EVENT_CTRL_CH_VALUE);
	memcpy(&event, event_number(0)->bytes, sizeof(event));
	assert_int_equal(event_number(0)->header.slen, sizeof(event));
	assert_int_equal(event.event, VIRTIO_MEDIA_EVT_EVENT);
	assert_int_equal(event.session_id, session);
	assert_int_equal(event.v4l2.type, V4L2_EVENT_CTRL);
	assert_int_equal(event.v4l2.id, FAKE_CID_SCALAR);
	raw_settle();
	assert_int_equal(raw_events(), 1);
	raw_wait(raw_close(other));
	raw_wait(raw_close(session));
}

/* ---- configuration -------------------------------------------------------------------- */

static int long_card(void *arg)
{
	struct v4l2_capability *capability = arg;

	memset(capability, 0, sizeof(*capability));
	memset(capability->card, 'c', sizeof(capability->card));
	capability->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	capability->capabilities = V4L2_CAP_DEVICE_CAPS;
	return 0;
}

/*
 * The configuration space is in HELLO_ACK, at offset 64, and all of it comes at
 * once; a card of 32 bytes has no NUL.
 *
 * Rule: D20
 */
static void the_configuration_is_in_hello_ack(void **state)
{
	struct vms_hello hello = guest_peer_hello();
	uint32_t caps;
	uint32_t type;
	uint8_t card[32];

	(void)state;
	guest_peer_finish(&raw.peer);
	harness_settle();
	fake_on(VIDIOC_QUERYCAP, long_card);
	raw.count = 0;
	guest_peer_init(&raw.peer, harness_host());
	memcpy(hello.device, "fake", sizeof("fake"));
	guest_peer_send_hello(&raw.peer, &hello);
	while (!raw.count)
		raw_run();
	assert_int_equal(raw.frames[0].header.slen, 232);
	memcpy(&caps, raw.frames[0].bytes + 64, sizeof(caps));
	memcpy(&type, raw.frames[0].bytes + 68, sizeof(type));
	memset(card, 'c', sizeof(card));
	assert_int_equal(caps, V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);
	assert_int_equal(type, VIRTIO_MEDIA_TYPE_VIDEO);
	assert_memory_equal(raw.frames[0].bytes + 72, card, sizeof(card));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(a_mapping_has_the_length_of_its_plane),
		RAW_TEST(a_mapping_stays_until_munmap),
		RAW_TEST(a_mapping_without_the_flag_is_not_written),
		RAW_TEST(no_userptr_is_taken_or_changed),
		RAW_TEST(no_object_is_taken_or_changed),
		RAW_TEST(after_an_error_event_a_session_only_fails),
		RAW_TEST(
			each_qbuf_that_completes_is_one_event_without_pointers),
		RAW_TEST(an_event_of_planes_has_no_pointer),
		RAW_TEST(events_come_to_who_has_subscribed),
		RAW_TEST(the_configuration_is_in_hello_ack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
