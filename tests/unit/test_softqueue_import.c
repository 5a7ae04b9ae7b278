// SPDX-License-Identifier: BSD-3-Clause
/*
 * Buffer queues of software devices: memory that QBUF brings, by the rules of
 * videobuf2.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/fds.h"
#include "tests/sealed.h"
#include "tests/softqueue_rig.h"

#define LEN 8192u

static const void *const owner = &softqueue_rig.owner;
static struct softqueue *const queue = &softqueue_rig.capture;
static struct v4l2_buffer buffer;

static int allocate(uint32_t memory, uint32_t count)
{
	struct v4l2_requestbuffers arg = {
		.type = CAPTURE,
		.memory = memory,
		.count = count,
	};

	return softqueue_reqbufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg);
}

static int create(uint32_t memory)
{
	struct v4l2_create_buffers arg = {
		.memory = memory,
		.count = 1,
		.format = { .type = CAPTURE,
			    .fmt.pix.sizeimage = SOFTQUEUE_RIG_LEN },
	};

	return softqueue_create_bufs(queue, owner, SOFTQUEUE_RIG_LEN, &arg);
}

static void say(uint32_t index, int fd, uint32_t len)
{
	buffer = softqueue_rig_buffer(CAPTURE, index);
	buffer.memory = V4L2_MEMORY_DMABUF;
	buffer.m.fd = fd;
	buffer.length = len;
}

static int queue_fd(uint32_t index, int fd, uint32_t len)
{
	say(index, fd, len);
	return softqueue_qbuf(queue, owner, &buffer);
}

static int stop(void)
{
	return softqueue_streamoff(queue, owner, CAPTURE);
}

static void expect_told(uint32_t index, int fd, uint32_t len)
{
	buffer = softqueue_rig_buffer(CAPTURE, index);
	assert_int_equal(softqueue_querybuf(queue, &buffer), 0);
	assert_int_equal(buffer.memory, V4L2_MEMORY_DMABUF);
	assert_int_equal(buffer.m.fd, fd);
	assert_int_equal(buffer.length, len);
}

static void what_is_queued_is_mapped(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK);
	uint8_t *bytes = sealed_map(fd, LEN);
	unsigned int before = fds_count();

	(void)state;
	assert_int_equal(allocate(V4L2_MEMORY_DMABUF, 2), 0);
	expect_told(0, 0, SOFTQUEUE_RIG_LEN);
	assert_int_equal(queue_fd(0, fd, 0), 0);
	assert_int_equal(buffer.m.fd, fd);
	assert_int_equal(buffer.length, LEN);
	expect_told(0, fd, LEN);
	((uint8_t *)queue->buffers[0].bytes)[4999] = 3;
	assert_int_equal(bytes[4999], 3);
	assert_true(queue->buffers[0].fresh);
	assert_int_equal(allocate(V4L2_MEMORY_DMABUF, 0), 0);
	assert_int_equal(fds_count(), before);
	sealed_unmap(bytes, LEN, fd);
}

static void the_same_again_stays_mapped(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK);
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int other = sealed_memfd(LEN, F_SEAL_SHRINK);
	const void *bytes;
	unsigned int held;

	(void)state;
	assert_int_equal(allocate(V4L2_MEMORY_DMABUF, 1), 0);
	assert_int_equal(queue_fd(0, fd, 0), 0);
	bytes = queue->buffers[0].bytes;
	held = fds_count();
	assert_int_equal(stop(), 0);
	queue->buffers[0].fresh = false;
	assert_int_equal(queue_fd(0, copy, LEN), 0);
	assert_ptr_equal(queue->buffers[0].bytes, bytes);
	/* Who has it may have written to it. */
	assert_true(queue->buffers[0].fresh);
	expect_told(0, copy, LEN);
	assert_int_equal(stop(), 0);
	assert_int_equal(queue_fd(0, other, LEN - 1), 0);
	expect_told(0, other, LEN - 1);
	assert_int_equal(fds_count(), held);
	close(fd);
	close(copy);
	close(other);
}

static void what_is_not_good_is_refused(void **state)
{
	int good = sealed_memfd(LEN, F_SEAL_SHRINK);
	int unsealed = sealed_memfd(LEN, 0);
	int closed_to_us = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_WRITE);
	int small = sealed_memfd(SOFTQUEUE_RIG_LEN - 1, F_SEAL_SHRINK);
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	const int bad[] = { -1, unsealed, closed_to_us, small, file };
	size_t i;

	(void)state;
	assert_int_equal(allocate(V4L2_MEMORY_DMABUF, 1), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(queue_fd(0, bad[i], 0), -EINVAL);
		expect_told(0, 0, SOFTQUEUE_RIG_LEN);
	}
	assert_int_equal(queue_fd(0, good, SOFTQUEUE_RIG_LEN - 1), -EINVAL);
	assert_int_equal(queue_fd(0, good, LEN + 1), -EFAULT);
	assert_int_equal(queue_fd(0, good, SOFTQUEUE_RIG_LEN), 0);
	assert_int_equal(stop(), 0);
	/* It costs what there was. */
	assert_int_equal(queue_fd(0, file, 0), -EINVAL);
	expect_told(0, 0, 0);
	assert_null(queue->buffers[0].bytes);
	for (i = 1; i < sizeof(bad) / sizeof(bad[0]); i++)
		close(bad[i]);
	close(good);
}

static void a_prepared_buffer_keeps_what_it_has(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK);

	(void)state;
	assert_int_equal(allocate(V4L2_MEMORY_DMABUF, 1), 0);
	say(0, -1, 0);
	assert_int_equal(softqueue_prepare_buf(queue, owner, &buffer), -EINVAL);
	say(0, fd, 0);
	assert_int_equal(softqueue_prepare_buf(queue, owner, &buffer), 0);
	assert_int_equal(queue_fd(0, -1, 0), 0);
	expect_told(0, fd, LEN);
	close(fd);
}

static void memory_is_of_one_kind(void **state)
{
	struct device_map map;
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK);

	(void)state;
	assert_int_equal(allocate(V4L2_MEMORY_DMABUF, 1), 0);
	assert_int_equal(create(V4L2_MEMORY_MMAP), -EINVAL);
	assert_int_equal(create(V4L2_MEMORY_DMABUF), 0);
	assert_int_equal(queue->count, 2);
	assert_int_equal(softqueue_rig_enqueue(queue, 0), -EINVAL);
	assert_int_equal(softqueue_map(queue, 0, 4096, &map), -EINVAL);
	assert_int_equal(queue_fd(1, fd, 0), 0);
	assert_int_equal(stop(), 0);
	assert_int_equal(allocate(V4L2_MEMORY_MMAP, 1), 0);
	assert_int_equal(queue_fd(0, fd, 0), -EINVAL);
	assert_int_equal(softqueue_rig_enqueue(queue, 0), 0);
	close(fd);
}

static int output_fd(int fd, uint32_t len, uint32_t used)
{
	say(0, fd, len);
	buffer.type = OUTPUT;
	buffer.bytesused = used;
	return softqueue_qbuf(&softqueue_rig.output, owner, &buffer);
}

/* __verify_length() */
static void an_output_buffer_has_as_much_as_fits(void **state)
{
	struct softqueue *output = &softqueue_rig.output;
	struct v4l2_requestbuffers arg = {
		.type = OUTPUT,
		.memory = V4L2_MEMORY_DMABUF,
		.count = 1,
	};
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK);

	(void)state;
	assert_int_equal(
		softqueue_reqbufs(output, owner, SOFTQUEUE_RIG_LEN, &arg), 0);
	assert_int_equal(output_fd(fd, 6000, SOFTQUEUE_RIG_LEN + 1), -EINVAL);
	assert_int_equal(output_fd(fd, 6000, 0), 0);
	assert_int_equal(buffer.bytesused, 6000);
	assert_int_equal(softqueue_streamoff(output, owner, OUTPUT), 0);
	/* Now it is longer. */
	assert_int_equal(output_fd(fd, 0, 6001), -EINVAL);
	assert_int_equal(output_fd(fd, 0, 6000), 0);
	assert_int_equal(buffer.bytesused, 6000);
	assert_int_equal(buffer.length, LEN);
	close(fd);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, softqueue_rig_setup,             \
					softqueue_rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_queued_is_mapped),
		TEST(the_same_again_stays_mapped),
		TEST(what_is_not_good_is_refused),
		TEST(a_prepared_buffer_keeps_what_it_has),
		TEST(memory_is_of_one_kind),
		TEST(an_output_buffer_has_as_much_as_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
