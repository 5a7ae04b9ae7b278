// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that wants more buffers, or bytes of them, than it may have: one more is
 * refused, the device does not notice, and what is given back can be had again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "hostd/client_parts.h"
#include "hostd/guest_state.h"
#include "tests/lying_guest.h"

#define LEN 4096 /* of a buffer */

static struct v4l2_requestbuffers made;
static struct v4l2_create_buffers created;

static int setup_small(void **state)
{
	struct grant grant;

	grant_default(&grant);
	grant.buffers = 6;
	grant.memory = 8 * LEN;
	grant.share = true;
	return raw_setup_granted(state, &grant);
}
#define QUOTA_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, setup_small, raw_teardown)

static const struct quota *quota(void)
{
	return &harness.guest->client->quota;
}

/* What an ioctl gave back. */
static uint32_t run(uint32_t session, uint32_t cmd, void *arg)
{
	uint32_t tag = raw_ioctl(session, cmd, arg);
	uint32_t status = raw_status(tag);

	if (!status)
		memcpy(arg, raw_wait(tag)->bytes + 8, _IOC_SIZE(cmd));
	return status;
}

/* Return: buffers, or a negative errno */
static int reqbufs_of(uint32_t session, uint32_t memory, uint32_t count)
{
	uint32_t status;

	made = (struct v4l2_requestbuffers){
		.count = count,
		.type = CAPTURE,
		.memory = memory,
	};
	status = run(session, VIDIOC_REQBUFS, &made);
	return status ? -(int)status : (int)made.count;
}

static int reqbufs(uint32_t session, uint32_t count)
{
	return reqbufs_of(session, V4L2_MEMORY_MMAP, count);
}

static int create(uint32_t session, uint32_t count, uint32_t sizeimage)
{
	uint32_t status;

	memset(&created, 0, sizeof(created));
	created.count = count;
	created.memory = V4L2_MEMORY_MMAP;
	created.format.type = CAPTURE;
	created.format.fmt.pix.sizeimage = sizeimage;
	status = run(session, VIDIOC_CREATE_BUFS, &created);
	return status ? -(int)status : (int)created.count;
}

static void buffers_of_all_files_count(void **state)
{
	uint32_t sessions[3];
	unsigned int asked;
	unsigned int i;

	(void)state;
	fake.own_queues = true;
	for (i = 0; i < 3; i++)
		sessions[i] = raw_open();
	assert_int_equal(reqbufs(sessions[0], 4), 4);
	assert_int_equal(reqbufs(sessions[1], 4), 2);
	asked = fake_count(VIDIOC_REQBUFS);
	assert_int_equal(reqbufs(sessions[2], 1), -ENOMEM);
	assert_int_equal(create(sessions[2], 1, LEN), -ENOMEM);
	assert_int_equal(create(sessions[0], 1, LEN), -ENOMEM);
	assert_int_equal(fake_count(VIDIOC_REQBUFS), asked);
	assert_int_equal(fake_count(VIDIOC_CREATE_BUFS), 0);
	assert_int_equal(raw_status(raw_qbuf(sessions[0], CAPTURE, 3)), 0);
	harness_expect_said("session 3: more buffers are refused: the guest "
			    "has 6 of 6, and 24576 of 32768 bytes");

	/* What it gives up for others, it may have again. */
	assert_int_equal(reqbufs(sessions[0], 9), 4);
	assert_int_equal(reqbufs(sessions[0], 1), 1);
	assert_int_equal(create(sessions[2], 9, LEN), 3);
	assert_int_equal(reqbufs(sessions[1], 0), 0);
	assert_int_equal(create(sessions[2], 1, LEN), 1);
	raw_wait(raw_close(sessions[2]));
	assert_int_equal(quota()->buffers, 1);
	assert_int_equal(quota()->memory, LEN);
	assert_int_equal(reqbufs(sessions[1], 9), 5);
	raw_wait(raw_close(sessions[0]));
	raw_wait(raw_close(sessions[1]));
	assert_int_equal(quota()->buffers, 0);
	assert_int_equal(quota()->memory, 0);
}

static void removed_buffers_make_room(void **state)
{
	const struct v4l2_remove_buffers remove = {
		.index = 1,
		.count = 2,
		.type = CAPTURE,
	};
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(reqbufs(session, 6), 6);
	assert_int_equal(create(session, 1, LEN), -ENOMEM);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_REMOVE_BUFS, &remove)), 0);
	assert_int_equal(create(session, 3, LEN), 2);
	raw_wait(raw_close(session));
}

/* ---- bytes ------------------------------------------------------------------ */

static uint32_t sizeimage;

static int tell_format(void *arg)
{
	struct v4l2_format *format = arg;

	format->fmt.pix.sizeimage = sizeimage;
	return 0;
}

static void as_many_bytes_as_it_may_have(void **state)
{
	uint32_t session;

	(void)state;
	sizeimage = 3 * LEN;
	fake.plane_len[0] = sizeimage;
	fake_on(VIDIOC_G_FMT, tell_format);
	session = raw_open();
	assert_int_equal(reqbufs(session, 5), 2);
	assert_int_equal(quota()->memory, 2 * sizeimage);
	assert_int_equal(create(session, 1, sizeimage), -ENOMEM);
	sizeimage = 9 * LEN;
	assert_int_equal(reqbufs(session, 5), -ENOMEM);
	assert_int_equal(fake.queues[CAPTURE].count, 2);
	assert_int_equal(fake_count(VIDIOC_REQBUFS), 1);
	raw_wait(raw_close(session));
}

/* CREATE_BUFS takes any size (vb2_create_bufs()), 32 bits of it. */
static void a_giant_buffer_is_not_made(void **state)
{
	uint32_t session;

	(void)state;
	session = raw_open();
	assert_int_equal(create(session, 1, 8 * LEN + 1), -ENOMEM);
	assert_int_equal(create(session, UINT32_MAX, UINT32_MAX), -ENOMEM);
	assert_int_equal(fake_count(VIDIOC_CREATE_BUFS), 0);
	assert_int_equal(quota()->buffers, 0);
	assert_int_equal(create(session, UINT32_MAX, 2 * LEN), 4);
	raw_wait(raw_close(session));
}

static void giant_planes_are_added_up(void **state)
{
	struct v4l2_create_buffers arg = {
		.count = UINT32_MAX,
		.memory = V4L2_MEMORY_MMAP,
		.format.type = CAPTURE_MPLANE,
	};
	uint32_t session;
	unsigned int i;

	(void)state;
	session = raw_open();
	arg.format.fmt.pix_mp.num_planes = UINT8_MAX;
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		arg.format.fmt.pix_mp.plane_fmt[i].sizeimage = UINT32_MAX;
	assert_int_equal(run(session, VIDIOC_CREATE_BUFS, &arg), ENOMEM);
	assert_int_equal(fake_count(VIDIOC_CREATE_BUFS), 0);
	raw_wait(raw_close(session));
}

/* vb2 keeps the memory of what is mapped (V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS). */
static void what_is_mapped_counts_when_its_buffer_is_gone(void **state)
{
	uint64_t addrs[6];
	uint32_t session;
	uint32_t other;

	(void)state;
	fake.own_queues = true;
	session = raw_open();
	other = raw_open();
	raw_buffers(session, CAPTURE, 6, addrs);
	assert_int_equal(quota()->memory, 6 * LEN);
	assert_int_equal(reqbufs(session, 0), 0);
	assert_int_equal(quota()->buffers, 0);
	assert_int_equal(quota()->memory, 6 * LEN);
	assert_int_equal(create(other, 6, LEN), 2);
	assert_int_equal(raw_status(raw_munmap(addrs[0])), 0);
	assert_int_equal(create(other, 6, LEN), 1);
	/* Closed, it is no memory, although it has still an address. */
	raw_wait(raw_close(session));
	assert_int_equal(quota()->memory, 3 * LEN);
	assert_int_equal(raw_status(raw_munmap(addrs[1])), 0);
	assert_int_equal(create(other, 6, LEN), 3);
	raw_wait(raw_close(other));
	assert_int_equal(quota()->memory, 0);
}

/* It has its own idea of how long they are. */
static void what_a_driver_makes_too_much_is_given_back(void **state)
{
	uint32_t session;

	(void)state;
	sizeimage = 2 * LEN;
	fake.plane_len[0] = 4 * LEN;
	fake_on(VIDIOC_G_FMT, tell_format);
	session = raw_open();
	assert_int_equal(reqbufs(session, 2), 2);
	assert_int_equal(reqbufs(session, 4), -ENOMEM);
	assert_int_equal(fake.queues[CAPTURE].count, 0);
	assert_int_equal(quota()->buffers, 0);
	assert_int_equal(quota()->memory, 0);
	assert_int_equal(reqbufs(session, 2), 2);
	assert_int_equal(create(session, 1, LEN), -ENOMEM);
	raw_wait(raw_close(session));
}

static void created_too_much_is_given_back(void **state)
{
	uint32_t session;

	(void)state;
	fake.plane_len[0] = 4 * LEN;
	session = raw_open();
	assert_int_equal(create(session, 2, LEN), 2);
	assert_int_equal(reqbufs(session, 0), 0);
	assert_int_equal(create(session, 3, LEN), -ENOMEM);
	assert_int_equal(quota()->buffers, 0);
	/* It counts, where there is no REMOVE_BUFS. */
	fake_fail(VIDIOC_REMOVE_BUFS, -ENOTTY, 1);
	assert_int_equal(create(session, 3, LEN), 3);
	assert_int_equal(quota()->memory, 12 * LEN);
	assert_int_equal(create(session, 1, LEN), -ENOMEM);
	raw_wait(raw_close(session));
	assert_int_equal(quota()->memory, 0);
}

/* Their bytes are the guest's own, and counted as such when they come. */
static void buffers_for_the_guests_memory_have_no_bytes(void **state)
{
	uint32_t session;

	(void)state;
	fake.plane_len[0] = 100 * LEN;
	session = raw_open();
	assert_int_equal(reqbufs_of(session, V4L2_MEMORY_DMABUF, 9), 6);
	assert_int_equal(quota()->buffers, 6);
	assert_int_equal(quota()->memory, 0);
	raw_wait(raw_close(session));
}

/* Two that are made at once do not both get the last room. */
static void what_is_being_made_counts(void **state)
{
	const struct v4l2_requestbuffers request = {
		.count = 4,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};
	uint32_t sessions[2];
	uint32_t slow;

	(void)state;
	fake.own_queues = true;
	sessions[0] = raw_open();
	sessions[1] = raw_open();
	fake_sleep(VIDIOC_REQBUFS);
	slow = raw_ioctl(sessions[0], VIDIOC_REQBUFS, &request);
	harness_asleep();
	assert_int_equal(quota()->buffers, 4);
	assert_int_equal(reqbufs(sessions[1], 4), 2);
	fake_wake();
	assert_int_equal(raw_status(slow), 0);
	assert_int_equal(quota()->buffers, 6);
	/* What has failed is not there. */
	assert_int_equal(reqbufs(sessions[0], 0), 0);
	fake_fail(VIDIOC_REQBUFS, -EIO, 1);
	assert_int_equal(reqbufs(sessions[0], 4), -EIO);
	assert_int_equal(quota()->buffers, 2);
	raw_wait(raw_close(sessions[0]));
	raw_wait(raw_close(sessions[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		QUOTA_TEST(buffers_of_all_files_count),
		QUOTA_TEST(removed_buffers_make_room),
		QUOTA_TEST(as_many_bytes_as_it_may_have),
		QUOTA_TEST(a_giant_buffer_is_not_made),
		QUOTA_TEST(giant_planes_are_added_up),
		QUOTA_TEST(what_is_mapped_counts_when_its_buffer_is_gone),
		QUOTA_TEST(what_a_driver_makes_too_much_is_given_back),
		QUOTA_TEST(created_too_much_is_given_back),
		QUOTA_TEST(buffers_for_the_guests_memory_have_no_bytes),
		QUOTA_TEST(what_is_being_made_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
