// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that lies about buffers: memory is written only where the guest may
 * write.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "tests/lying_guest.h"

static uint64_t addrs[4];
static uint8_t bytes[4096];
static uint32_t session;

static void output_buffers(uint32_t count)
{
	session = raw_open();
	raw_buffers(session, OUTPUT, count, addrs);
	stream_fill(bytes, sizeof(bytes), 1);
}

static void settle(void)
{
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, NULL)), 0);
}

static bool written(unsigned int index)
{
	return fake_plane(OUTPUT, index, 0)[1];
}

static void contents_go_into_a_buffer_that_is_the_guests(void **state)
{
	(void)state;
	output_buffers(2);
	raw_data(addrs[1], 0, bytes, 4000);
	settle();
	assert_true(written(1));
	assert_memory_equal(fake_plane(OUTPUT, 1, 0), bytes, 4000);
	assert_false(written(0));
	raw_wait(raw_close(session));
}

static void contents_go_nowhere_else(void **state)
{
	uint64_t capture;

	(void)state;
	output_buffers(2);
	raw_data(1ull << 39, 0, bytes, 64);
	raw_data(addrs[0] + 4096 - 64, 0, bytes, 128); /* beyond the plane */
	raw_data(addrs[1] + 4096, 0, bytes, 64);       /* behind the last */
	raw_data(addrs[0], 1, bytes, 64); /* a generation that is to come */
	raw_data(addrs[0], UINT32_MAX, bytes, 64);
	settle();
	assert_false(written(0));
	assert_false(written(1));
	raw_buffers(session, CAPTURE, 1, &capture);
	raw_data(capture, 0, bytes, 64);
	settle();
	assert_int_equal(fake_plane(CAPTURE, 0, 0)[1], 0);
	raw_wait(raw_close(session));
}

static void contents_for_the_devices_buffer_are_dropped(void **state)
{
	(void)state;
	output_buffers(2);
	assert_int_equal(raw_status(raw_qbuf(session, OUTPUT, 0)), 0);
	raw_data(addrs[0], 0, bytes, 64);
	settle();
	assert_false(written(0));
	/* Finished, it is the guest's again. */
	raw_stream(session, OUTPUT, true);
	fake_finish(OUTPUT, 0, 4096, 0);
	while (!raw_events())
		raw_run();
	raw_data(addrs[0], 0, bytes, 64);
	settle();
	assert_true(written(0));
	raw_wait(raw_close(session));
}

static void contents_for_what_is_unmapped_are_dropped(void **state)
{
	const struct v4l2_requestbuffers none = {
		.type = OUTPUT,
		.memory = V4L2_MEMORY_MMAP,
	};

	(void)state;
	output_buffers(3);
	assert_int_equal(raw_status(raw_munmap(addrs[1])), 0);
	raw_data(addrs[1], 0, bytes, 64);
	assert_int_equal(raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &none)),
			 0);
	raw_data(addrs[0], 0, bytes, 64);
	settle();
	assert_int_equal(raw_status(raw_munmap(addrs[0])), 0);
	raw_data(addrs[0], 0, bytes, 64);
	raw_wait(raw_close(session));
	raw_data(addrs[2], 0, bytes, 64);
	raw_open();
}

/* A frame that is half there when its memory goes. */
static void memory_may_go_under_contents(void **state)
{
	const struct vms_header half = {
		.type = VMS_DATA,
		.slen = 4096,
		.len = 4096,
		.off = 0,
	};
	struct vms_header data = half;
	uint32_t slow;
	uint32_t unmap;
	struct v4l2_format format = { .type = OUTPUT };

	(void)state;
	output_buffers(1);
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	unmap = raw_munmap(addrs[0]);
	harness_asleep();
	data.off = addrs[0];
	guest_peer_send(&raw.peer, &data, bytes, 1000);
	raw_settle();
	fake_wake();
	raw_status(slow);
	assert_int_equal(raw_status(unmap), 0);
	assert_int_equal(fake.mapped, 0);
	/* The rest of the frame, into nowhere. */
	assert_int_equal(raw.peer.ended, 0);
	guest_peer_finish(&raw.peer);
	harness_settle();
	assert_null(harness.guest);
}

/* An application that writes into a buffer that it has queued. */
static void contents_may_come_while_qbuf_waits(void **state)
{
	struct v4l2_format format = { .type = OUTPUT };
	uint32_t slow;
	uint32_t tag;

	(void)state;
	output_buffers(1);
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	tag = raw_qbuf(session, OUTPUT, 0);
	harness_asleep();
	raw_data(addrs[0], 0, bytes, 4000);
	raw_settle();
	fake_wake();
	raw_status(slow);
	assert_int_equal(raw_status(tag), 0);
	assert_true(written(0));
	raw_wait(raw_close(session));
}

/* ---- mappings ---------------------------------------------------------------- */

static void only_a_mapping_is_unmapped(void **state)
{
	(void)state;
	output_buffers(2);
	assert_int_equal(raw_status(raw_munmap(1ull << 50)), EINVAL);
	assert_int_equal(raw_status(raw_munmap(addrs[0] + 8)), EINVAL);
	assert_int_equal(raw_status(raw_munmap(addrs[0] + 4096 * 64)), EINVAL);
	assert_int_equal(raw_status(raw_munmap(UINT64_MAX)), EINVAL);
	assert_int_equal(fake.mapped, 2);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), 0);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), EINVAL);
	assert_int_equal(fake.mapped, 1);
	raw_wait(raw_close(session));
	assert_int_equal(fake.mapped, 0);
	/* D11: the address stays until it is unmapped. */
	assert_int_equal(raw_status(raw_munmap(addrs[1])), 0);
	assert_int_equal(raw_status(raw_munmap(addrs[1])), EINVAL);
}

/*
 * R10, P5: as many MUNMAPs as MMAPs
 *
 * Rule: R10
 */
static void a_plane_has_one_address(void **state)
{
	struct virtio_media_resp_mmap resp;
	uint32_t tag;
	unsigned int i;

	(void)state;
	output_buffers(1);
	for (i = 0; i < 3; i++) {
		tag = raw_mmap(session,
			       (OUTPUT * FAKE_BUFFERS) * VIDEO_MAX_PLANES
				       << 12);
		memcpy(&resp, raw_wait(tag)->bytes, sizeof(resp));
		assert_int_equal(resp.status, 0);
		assert_int_equal(resp.driver_addr, addrs[0]);
	}
	assert_int_equal(fake.mapped, 1);
	for (i = 0; i < 4; i++) {
		assert_int_equal(fake.mapped, 1);
		assert_int_equal(raw_status(raw_munmap(addrs[0])), 0);
	}
	assert_int_equal(fake.mapped, 0);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), EINVAL);
	raw_wait(raw_close(session));
}

/*
 * Between CLOSE and its answer, too, and twice if it was mapped twice.
 *
 * Rule: R10
 */
static void a_mapping_may_be_unmapped_while_its_session_closes(void **state)
{
	struct v4l2_format format = { .type = OUTPUT };
	uint32_t slow;
	uint32_t tags[4];
	unsigned int i;

	(void)state;
	output_buffers(2);
	raw_wait(raw_mmap(session,
			  (OUTPUT * FAKE_BUFFERS) * VIDEO_MAX_PLANES << 12));
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	tags[0] = raw_munmap(addrs[1]);
	tags[1] = raw_close(session);
	tags[2] = raw_munmap(addrs[0]);
	tags[3] = raw_munmap(addrs[1]);
	harness_asleep();
	raw_settle();
	fake_wake();
	raw_status(slow);
	for (i = 0; i < 4; i++)
		raw_wait(tags[i]);
	assert_int_equal(raw_status(raw_munmap(addrs[1])), EINVAL);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), 0);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), EINVAL);
	assert_int_equal(fake.mapped, 0);
}

/* Rule: R10 */
static void two_munmaps_at_once_unmap_once(void **state)
{
	struct v4l2_format format = { .type = OUTPUT };
	uint32_t slow;
	uint32_t tags[2];

	(void)state;
	output_buffers(1);
	fake_sleep(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	tags[0] = raw_munmap(addrs[0]);
	tags[1] = raw_munmap(addrs[0]);
	harness_asleep();
	raw_settle();
	fake_wake();
	raw_status(slow);
	assert_int_equal(raw_status(tags[0]), 0);
	assert_int_equal(raw_status(tags[1]), EINVAL);
	assert_int_equal(fake.mapped, 0);
	raw_wait(raw_close(session));
}

/* Rule: B32 */
static void another_session_unmaps_only_by_the_address(void **state)
{
	uint32_t other;

	(void)state;
	output_buffers(1);
	other = raw_open();
	/* Its own numbers of planes mean nothing there. */
	assert_int_equal(raw_status(raw_mmap(other, 0)), EINVAL);
	assert_int_equal(
		raw_status(raw_mmap(other,
				    (OUTPUT * FAKE_BUFFERS) * VIDEO_MAX_PLANES
					    << 12)),
		EINVAL);
	raw_wait(raw_close(other));
	assert_int_equal(fake.mapped, 1);
	raw_data(addrs[0], 0, bytes, 64);
	settle();
	assert_true(written(0));
	raw_wait(raw_close(session));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RAW_TEST(contents_go_into_a_buffer_that_is_the_guests),
		RAW_TEST(contents_go_nowhere_else),
		RAW_TEST(contents_for_the_devices_buffer_are_dropped),
		RAW_TEST(contents_for_what_is_unmapped_are_dropped),
		RAW_TEST(memory_may_go_under_contents),
		RAW_TEST(contents_may_come_while_qbuf_waits),
		RAW_TEST(only_a_mapping_is_unmapped),
		RAW_TEST(a_plane_has_one_address),
		RAW_TEST(a_mapping_may_be_unmapped_while_its_session_closes),
		RAW_TEST(two_munmaps_at_once_unmap_once),
		RAW_TEST(another_session_unmaps_only_by_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
