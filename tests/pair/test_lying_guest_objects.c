// SPDX-License-Identifier: BSD-3-Clause
/*
 * A guest that lies about memory of its programs: the command fails or the
 * connection ends, no number of its reaches the device, and no descriptor stays open
 * (the fixture looks).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "hostd/grant.h"
#include "tests/fds.h"
#include "tests/host_peer.h"
#include "tests/lying_guest.h"
#include "tests/sealed.h"

#define LEN 4096
#define SHARING_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, raw_setup_sharing, raw_teardown)

static uint32_t request(uint32_t session, uint32_t count)
{
	const struct v4l2_requestbuffers arg = {
		.count = count,
		.type = CAPTURE,
		.memory = V4L2_MEMORY_DMABUF,
	};

	return raw_status(raw_ioctl(session, VIDIOC_REQBUFS, &arg));
}

static uint32_t open_with_buffers(void)
{
	uint32_t session = raw_open();

	assert_int_equal(request(session, 4), 0);
	return session;
}

static uint32_t begin_cmd(uint32_t session, uint32_t cmd, uint32_t index,
			  uint32_t len)
{
	struct v4l2_buffer arg = {
		.type = CAPTURE,
		.index = index,
		.memory = V4L2_MEMORY_DMABUF,
		.length = len,
	};

	/* A number that is open here. */
	arg.m.fd = raw.peer.fd;
	return raw_ioctl(session, cmd, &arg);
}

static uint32_t queue(uint32_t session, uint32_t index)
{
	return raw_status(begin_cmd(session, VIDIOC_QBUF, index, 0));
}

static uint32_t queue_fd(uint32_t session, uint32_t index, int fd)
{
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	return queue(session, index);
}

static void what_it_sends_is_used(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	uint8_t *bytes = sealed_map(fd, LEN);
	uint32_t session;

	(void)state;
	session = open_with_buffers();
	assert_int_equal(queue_fd(session, 1, fd), 0);
	bytes[5] = 42;
	assert_int_equal(fake_plane(CAPTURE, 1, 0)[5], 42);
	sealed_unmap(bytes, LEN, fd);
}

/* Rule: B30 */
static void its_own_numbers_are_none(void **state)
{
	uint32_t session;

	(void)state;
	session = open_with_buffers();
	assert_int_equal(queue(session, 0), EINVAL);
	assert_int_equal(fake_last(VIDIOC_QBUF)->arg.buffer.m.fd, -1);
}

static void no_number_of_ours_comes_back(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	struct virtio_media_event_dqbuf event = { 0 };
	const struct raw_frame *frame;
	struct v4l2_buffer shown;
	uint32_t session;
	unsigned int i;

	(void)state;
	session = open_with_buffers();
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	frame = raw_wait(begin_cmd(session, VIDIOC_QBUF, 0, 0));
	memcpy(&shown, frame->bytes + sizeof(struct virtio_media_resp),
	       sizeof(shown));
	assert_int_equal(shown.memory, V4L2_MEMORY_DMABUF);
	assert_int_equal(shown.m.userptr, 0);
	raw_stream(session, CAPTURE, true);
	fake_finish(CAPTURE, 0, 1, 0);
	while (!raw_events())
		raw_run();
	for (i = 0; i < raw.count; i++)
		if (raw.frames[i].header.type == VMS_EVT)
			memcpy(&event, raw.frames[i].bytes, sizeof(event));
	assert_int_equal(event.buffer.memory, V4L2_MEMORY_DMABUF);
	assert_int_equal(event.buffer.m.userptr, 0);
	close(fd);
}

static void memory_that_is_not_as_said_is_refused(void **state)
{
	int memfd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	uint32_t session;

	(void)state;
	session = open_with_buffers();
	/* Not of that kind */
	raw_object(raw.tag + 1, VMS_OBJ_DMABUF, memfd);
	assert_int_equal(queue(session, 0), EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	/* Less than is said */
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, memfd);
	assert_int_equal(
		raw_status(begin_cmd(session, VIDIOC_QBUF, 0, LEN + 1)),
		EFAULT);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	close(memfd);
}

static void a_file_ends_it(void **state)
{
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	raw_object(1000, VMS_OBJ_MEMFD, file);
	close(file);
	raw_ended("Protocol error");
}

/* It would be kept for a REQ that never comes, and hostd not see the guest leave. */
static void its_own_end_ends_it(void **state)
{
	(void)state;
	raw_object(1000, VMS_OBJ_MEMFD, raw.peer.fd);
	raw_ended("Protocol error");
}

static void what_is_for_nothing_is_closed(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	uint32_t session, priority = 0;
	unsigned int before;

	(void)state;
	session = open_with_buffers();
	raw_settle();
	before = fds_count();
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, &priority)),
		0);
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	assert_int_equal(raw_status(raw_mmap(session, 0)), EINVAL);
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	assert_int_equal(queue(session + 1, 0), EINVAL);
	raw_settle();
	assert_int_equal(fds_count(), before);
	close(fd);
}

static void what_is_cancelled_or_closed_is_closed(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	uint32_t session, slow, tag, type = CAPTURE;
	struct v4l2_format format = { .type = type };
	unsigned int before;

	(void)state;
	session = open_with_buffers();
	raw_settle();
	before = fds_count();
	fake_sleep_deaf(VIDIOC_S_FMT);
	slow = raw_ioctl(session, VIDIOC_S_FMT, &format);
	harness_asleep();
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	tag = begin_cmd(session, VIDIOC_QBUF, 0, 0);
	raw_cancel(tag);
	raw_settle();
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	begin_cmd(session, VIDIOC_QBUF, 1, 0);
	fake_wake();
	raw_wait(slow);
	assert_int_equal(raw_status(tag), EINTR);
	raw_wait(raw.tag);
	raw_wait(raw_close(session));
	raw_settle();
	/* The worker's eventfd and the like went with the session. */
	assert_true(fds_count() <= before);
	close(fd);
}

/* It would be SIGBUS for who draws into it, and it may have been sealed too late. */
static void a_memfd_that_can_shrink_ends_it(void **state)
{
	int fd = sealed_memfd(LEN, 0);

	(void)state;
	raw_object(1000, VMS_OBJ_MEMFD, fd);
	close(fd);
	raw_ended("Protocol error");
}

static void floods_are_bounded(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	uint32_t session, priority = 0;
	unsigned int i;

	(void)state;
	session = raw_open();
	for (i = 0; i < VMS_OBJECTS_MAX; i++)
		raw_object(1000 + i / 2, VMS_OBJ_MEMFD, fd);
	assert_int_equal(
		raw_status(raw_ioctl(session, VIDIOC_G_PRIORITY, &priority)),
		0);
	raw_object(5000, VMS_OBJ_MEMFD, fd);
	close(fd);
	raw_ended("too many OBJs");
}

static void no_buffer_has_nine_planes(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	unsigned int i;

	(void)state;
	for (i = 0; i <= VIDEO_MAX_PLANES; i++)
		raw_object(7, VMS_OBJ_MEMFD, fd);
	close(fd);
	raw_ended("too many OBJs");
}

/* There is an end to what a connection keeps alive. */
static void bytes_are_counted(void **state)
{
	int big = sealed_memfd(GRANT_SHARED_MAX / 2 + 1,
			       F_SEAL_SHRINK | F_SEAL_GROW);
	int small = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	uint32_t session;

	(void)state;
	session = open_with_buffers();
	assert_int_equal(queue_fd(session, 0, big), 0);
	assert_int_equal(queue_fd(session, 1, big), ENOMEM);
	harness_expect_said("another 536870913 are refused");
	assert_int_equal(queue_fd(session, 1, small), 0);
	/* What a buffer had may still be there. */
	raw_stream(session, CAPTURE, true);
	raw_stream(session, CAPTURE, false);
	assert_int_equal(queue_fd(session, 0, small), 0);
	assert_int_equal(queue_fd(session, 2, big), ENOMEM);
	assert_int_equal(request(session, 4), 0);
	assert_int_equal(queue_fd(session, 2, big), 0);
	raw_wait(raw_close(session));
	session = open_with_buffers();
	assert_int_equal(queue_fd(session, 2, big), 0);
	close(big);
	close(small);
}

/* As much memory as its program likes, with a memfd of one page */
/* By turns there is room, and none. */
static void the_limit_is_said_once(void **state)
{
	int small = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	int big = sealed_memfd(GRANT_SHARED_MAX, F_SEAL_SHRINK | F_SEAL_GROW);
	uint32_t session;
	unsigned int i;

	(void)state;
	session = open_with_buffers();
	assert_int_equal(queue_fd(session, 0, small), 0);
	for (i = 1; i < 4; i++) {
		assert_int_equal(queue_fd(session, i, big), ENOMEM);
		assert_int_equal(queue_fd(session, i, small), 0);
	}
	assert_int_equal(harness_times_said("bytes of its own memory"), 1);
	close(small);
	close(big);
}

static void what_is_counted_stays_so(void **state)
{
	int grows = sealed_memfd(LEN, F_SEAL_SHRINK);
	int behind = sealed_memfd(LEN, 0);
	uint32_t session;

	(void)state;
	session = open_with_buffers();
	assert_int_equal(queue_fd(session, 0, grows), EINVAL);
	assert_int_equal(ftruncate(grows, 2 * (off_t)LEN), 0);

	/* Counted before it is there, or put where the end does not show it. */
	assert_int_equal(
		fallocate(behind, FALLOC_FL_KEEP_SIZE, LEN, 16 * (off_t)LEN),
		0);
	assert_int_equal(
		fcntl(behind, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	assert_int_equal(queue_fd(session, 0, behind), EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	close(grows);
	close(behind);
}

static void an_obj_without_a_descriptor_ends_it(void **state)
{
	(void)state;
	raw_object(1, VMS_OBJ_MEMFD, -1);
	raw_settle();
	assert_true(raw.peer.ended);
}

/* Nor is another plane's taken for it. */
static void an_obj_that_says_so_costs_its_command(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
	struct vms_obj object = { .kind = VMS_OBJ_MEMFD };
	uint32_t session;

	(void)state;
	session = open_with_buffers();
	object.addr = raw.tag + 1;
	host_peer_send_obj_without(&raw.peer, &object);
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	assert_int_equal(queue(session, 0), ENOMEM);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	harness_expect_said("could not pass memory");
	assert_int_equal(queue_fd(session, 0, fd), 0);
	close(fd);
}

static void an_obj_for_no_req_ends_it(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);

	(void)state;
	raw_object(0, VMS_OBJ_MEMFD, fd);
	close(fd);
	raw_ended("malformed OBJ");
}

static void an_obj_with_a_length_ends_it(void **state)
{
	const struct vms_obj object = { .addr = 1,
					.len = LEN,
					.kind = VMS_OBJ_MEMFD };
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);

	(void)state;
	host_peer_send_obj(&raw.peer, &object, fd);
	close(fd);
	raw_ended("malformed OBJ");
}

static void an_obj_of_no_kind_ends_it(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);

	(void)state;
	raw_object(1, 4, fd);
	close(fd);
	raw_ended("malformed OBJ");
}

/* Where contents are in memory of both is the host's to say. */
static void an_obj_that_has_a_place_ends_it(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);

	(void)state;
	raw_object(1, VMS_OBJ_SHMEM, fd);
	close(fd);
	raw_ended("malformed OBJ");
}

static void who_may_not_share_may_not_send(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);

	(void)state;
	assert_int_equal(request(raw_open(), 4), EINVAL);
	raw_object(raw.tag + 1, VMS_OBJ_MEMFD, fd);
	raw_settle();
	assert_true(raw.peer.ended);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SHARING_TEST(what_it_sends_is_used),
		SHARING_TEST(its_own_numbers_are_none),
		SHARING_TEST(no_number_of_ours_comes_back),
		SHARING_TEST(memory_that_is_not_as_said_is_refused),
		SHARING_TEST(a_file_ends_it),
		SHARING_TEST(its_own_end_ends_it),
		SHARING_TEST(what_is_for_nothing_is_closed),
		SHARING_TEST(what_is_cancelled_or_closed_is_closed),
		SHARING_TEST(a_memfd_that_can_shrink_ends_it),
		SHARING_TEST(floods_are_bounded),
		SHARING_TEST(no_buffer_has_nine_planes),
		SHARING_TEST(bytes_are_counted),
		SHARING_TEST(the_limit_is_said_once),
		SHARING_TEST(what_is_counted_stays_so),
		SHARING_TEST(an_obj_without_a_descriptor_ends_it),
		SHARING_TEST(an_obj_that_says_so_costs_its_command),
		SHARING_TEST(an_obj_for_no_req_ends_it),
		SHARING_TEST(an_obj_with_a_length_ends_it),
		SHARING_TEST(an_obj_of_no_kind_ends_it),
		SHARING_TEST(an_obj_that_has_a_place_ends_it),
		RAW_TEST(who_may_not_share_may_not_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
