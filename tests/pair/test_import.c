// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application's own dma-bufs as buffers: they reach the device, nothing of them
 * travels, and nobody sees another number than the application's.
 *
 * A memfd stands for the dma-buf, which not every kernel makes of it; the devices
 * here take both.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/stats.h"
#include "hostd/frames.h"
#include "tests/sealed.h"
#include "tests/streamer.h"

#define FRAMES 20
#define COUNT  4
#define LEN    8192
#define MANY   30 /* buffers of 8 planes, all queued at once */

static struct front_file file;
static struct stream_buffer buffer;
static int fds[COUNT];
static uint8_t *memory[COUNT];
static uint64_t data;

static void open_with(const char *device)
{
	unsigned int i;

	harness.share = true;
	for (i = 0; i < COUNT; i++) {
		fds[i] = sealed_memfd(LEN, F_SEAL_SHRINK | F_SEAL_GROW);
		memory[i] = sealed_map(fds[i], LEN);
	}
	harness_connect(device, PROFILE_CHOICE_STREAM);
	harness_open(&file);
	data = stats_get(STATS_DATA_OUT) + stats_get(STATS_DATA_IN) +
	       stats_get(STATS_DATA_DISCARDED);
}

static void close_all(void)
{
	unsigned int i;

	assert_int_equal(stats_get(STATS_DATA_OUT) + stats_get(STATS_DATA_IN) +
				 stats_get(STATS_DATA_DISCARDED),
			 data);
	assert_int_equal(front_close(&file), 0);
	for (i = 0; i < COUNT; i++)
		sealed_unmap(memory[i], LEN, fds[i]);
}

static void open_fake(uint32_t caps, unsigned int planes)
{
	fake.caps = caps | V4L2_CAP_STREAMING;
	fake.plane_count = planes;
	fake.plane_len[1] = 4096;
	open_with("fake");
}

static void argument(uint32_t type, uint32_t index, int fd, uint32_t len,
		     uint32_t used)
{
	stream_buffer(&buffer, type, index);
	buffer.v4l2.memory = V4L2_MEMORY_DMABUF;
	buffer.v4l2.m.fd = fd;
	buffer.v4l2.length = len;
	buffer.v4l2.bytesused = used;
}

static int queue_fd(uint32_t type, uint32_t index, int fd, uint32_t len,
		    uint32_t used)
{
	argument(type, index, fd, len, used);
	return front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2);
}

static int queue(uint32_t index)
{
	return queue_fd(CAPTURE, index, fds[index], 0, 0);
}

static int request(uint32_t type, uint32_t count)
{
	return stream_reqbufs(&file, type, V4L2_MEMORY_DMABUF, count);
}

static void start(void)
{
	uint32_t i;

	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	for (i = 0; i < COUNT; i++)
		assert_int_equal(queue(i), 0);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
}

static void expect_shown(uint32_t index, int fd, uint32_t len)
{
	assert_int_equal(stream_query(&file, CAPTURE, index, &buffer), 0);
	assert_int_equal(buffer.v4l2.memory, V4L2_MEMORY_DMABUF);
	assert_int_equal(buffer.v4l2.m.fd, fd);
	assert_int_equal(buffer.v4l2.length, len);
}

static void frames_are_drawn_into_the_applications_memory(void **state)
{
	uint64_t last = 0;
	uint64_t tick;
	unsigned int i;

	(void)state;
	open_with("pattern");
	start();
	for (i = 0; i < FRAMES; i++) {
		uint32_t index;

		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		index = buffer.v4l2.index;
		assert_int_equal(buffer.v4l2.memory, V4L2_MEMORY_DMABUF);
		assert_int_equal(buffer.v4l2.m.fd, fds[index]);
		assert_int_equal(buffer.v4l2.length, LEN);
		assert_int_equal(buffer.v4l2.bytesused, HARNESS_FRAME);
		assert_int_equal(
			frames_check(memory[index], HARNESS_FRAME, &tick), 0);
		assert_true(tick > last);
		last = tick;
		assert_int_equal(queue(index), 0);
	}
	close_all();
}

static void a_still_picture_is_whole_in_new_memory(void **state)
{
	uint64_t tick;

	(void)state;
	open_with("pattern");
	start();
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	memset(memory[buffer.v4l2.index], 0, LEN);
	assert_int_equal(queue(buffer.v4l2.index), 0);
	do {
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(frames_check(memory[buffer.v4l2.index],
					      HARNESS_FRAME, &tick),
				 0);
	} while (buffer.v4l2.index);
	close_all();
}

static uint32_t capabilities(void)
{
	struct v4l2_requestbuffers arg = {
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	assert_int_equal(front_ioctl(&file, VIDIOC_REQBUFS, &arg), 0);
	return arg.capabilities;
}

static void it_is_said_that_it_can_be_done(void **state)
{
	(void)state;
	open_with("pattern");
	assert_true(capabilities() & V4L2_BUF_CAP_SUPPORTS_DMABUF);
	assert_int_equal(request(CAPTURE, 2), 2);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_MMAP, 1, NULL),
		-EINVAL);
	assert_int_equal(request(CAPTURE, 0), 0);
	close_all();
}

static void refused(const char *device)
{
	harness_connect(device, PROFILE_CHOICE_STREAM);
	harness_open(&file);
	assert_false(capabilities() & V4L2_BUF_CAP_SUPPORTS_DMABUF);
	assert_int_equal(request(CAPTURE, 2), -EINVAL);
	assert_int_equal(
		stream_create(&file, CAPTURE, V4L2_MEMORY_DMABUF, 1, NULL),
		-EINVAL);
	assert_int_equal(front_close(&file), 0);
}

static void who_may_not_share_has_no_such_memory(void **state)
{
	(void)state;
	refused("pattern");
}

static void without_the_helper_there_is_no_such_memory(void **state)
{
	(void)state;
	harness.share = true;
	harness.config.link.import = false;
	refused("fake");
}

static void the_device_gets_what_the_number_stands_for(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	start();
	memory[2][17] = 99;
	assert_int_equal(fake_plane(CAPTURE, 2, 0)[17], 99);
	/* Another descriptor of the same memory, or the same of other memory. */
	fake_finish(CAPTURE, 2, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(queue_fd(CAPTURE, 2, fds[0], 0, 0), 0);
	memory[0][17] = 98;
	assert_int_equal(fake_plane(CAPTURE, 2, 0)[17], 98);
	expect_shown(2, fds[0], LEN);
	close_all();
}

static void numbers_of_the_host_are_never_shown(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	expect_shown(0, 0, 4096);
	assert_int_equal(queue(0), 0);
	assert_int_equal(buffer.v4l2.m.fd, fds[0]);
	expect_shown(0, fds[0], LEN);
	argument(CAPTURE, 1, fds[1], 5000, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 0);
	assert_int_equal(buffer.v4l2.m.fd, fds[1]);
	expect_shown(1, fds[1], 5000);
	assert_int_equal(stream_on(&file, CAPTURE), 0);
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(buffer.v4l2.m.fd, fds[0]);
	/* STREAMOFF asks the host again. */
	assert_int_equal(stream_off(&file, CAPTURE), 0);
	expect_shown(0, fds[0], LEN);
	expect_shown(1, fds[1], 5000);
	close_all();
}

static void a_prepared_buffer_needs_no_descriptor(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	argument(CAPTURE, 1, fds[1], 0, 0);
	assert_int_equal(front_ioctl(&file, VIDIOC_PREPARE_BUF, &buffer.v4l2),
			 0);
	assert_int_equal(queue_fd(CAPTURE, 1, -1, 0, 0), 0);
	assert_int_equal(buffer.v4l2.m.fd, fds[1]);
	assert_int_equal(harness.helper.asked[HELPER_IMPORT], 1);
	memory[1][3] = 77;
	assert_int_equal(fake_plane(CAPTURE, 1, 0)[3], 77);
	close_all();
}

/* __prepare_dmabuf() */
static void what_is_no_memory_is_refused(void **state)
{
	int unsealed = sealed_memfd(LEN, 0);
	int ends[2];

	(void)state;
	open_with("fake");
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	assert_int_equal(queue_fd(CAPTURE, 0, -1, 0, 0), -EINVAL);
	assert_int_equal(queue_fd(CAPTURE, 0, ends[0], 0, 0), -EINVAL);
	assert_int_equal(queue_fd(CAPTURE, 0, unsealed, 0, 0), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	expect_shown(0, 0, 4096);
	assert_int_equal(queue(0), 0);
	close(unsealed);
	close(ends[0]);
	close(ends[1]);
	close_all();
}

static void lengths_are_looked_at(void **state)
{
	(void)state;
	open_with("fake");
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	assert_int_equal(queue_fd(CAPTURE, 0, fds[0], 4095, 0), -EINVAL);
	assert_int_equal(queue_fd(CAPTURE, 0, fds[0], LEN + 1, 0), -EFAULT);
	assert_int_equal(queue_fd(CAPTURE, 0, fds[0], UINT32_MAX, 0), -EFAULT);
	expect_shown(0, 0, 4096);
	assert_int_equal(queue_fd(CAPTURE, 0, fds[0], 4096, 0), 0);
	expect_shown(0, fds[0], 4096);
	close_all();
}

/* __vb2_buf_dmabuf_put() */
static void what_is_refused_costs_what_there_was(void **state)
{
	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	start();
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
	assert_int_equal(queue_fd(CAPTURE, 0, -1, 0, 0), -EINVAL);
	expect_shown(0, 0, 0);
	assert_int_equal(buffer.v4l2.bytesused, 0);
	assert_int_equal(queue(0), 0);
	expect_shown(0, fds[0], LEN);
	close_all();
}

static void what_the_device_refuses_is_refused(void **state)
{
	(void)state;
	open_with("fake");
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(queue(0), -EINVAL);
	assert_int_equal(queue(0), 0);
	close_all();
}

static void an_output_buffer_has_what_is_said(void **state)
{
	const struct fake_record *record;

	(void)state;
	open_fake(V4L2_CAP_VIDEO_OUTPUT, 1);
	assert_int_equal(request(OUTPUT, COUNT), COUNT);
	stream_fill(memory[0], LEN, 5);
	/* __verify_length() goes by the plane, and not by what was passed. */
	assert_int_equal(queue_fd(OUTPUT, 0, fds[0], LEN, 4097), -EINVAL);
	assert_int_equal(queue_fd(OUTPUT, 0, fds[0], 0, 100), 0);
	record = fake_last(VIDIOC_QBUF);
	assert_int_equal(record->arg.buffer.bytesused, 100);
	assert_int_equal(record->arg.buffer.length, 0);
	assert_true(stream_filled(fake_plane(OUTPUT, 0, 0), 4096, 5));
	assert_int_equal(stream_on(&file, OUTPUT), 0);
	fake_finish(OUTPUT, 0, 100, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 100);
	assert_int_equal(buffer.v4l2.m.fd, fds[0]);
	assert_int_equal(buffer.v4l2.length, LEN);
	/* By now it is as long as what was brought. */
	assert_int_equal(queue_fd(OUTPUT, 0, fds[0], 0, LEN + 1), -EINVAL);
	assert_int_equal(queue_fd(OUTPUT, 0, fds[0], LEN, 5000), 0);
	record = fake_last(VIDIOC_QBUF);
	assert_int_equal(record->arg.buffer.bytesused, 5000);
	fake_finish(OUTPUT, 0, 5000, 0);
	assert_int_equal(stream_dqbuf(&file, OUTPUT, &buffer), 0);
	assert_int_equal(buffer.v4l2.bytesused, 5000);
	/* What was lost has no length. */
	assert_int_equal(queue_fd(OUTPUT, 0, -1, 0, 100), -EINVAL);
	assert_int_equal(queue_fd(OUTPUT, 0, fds[0], LEN, 100), -EINVAL);
	assert_int_equal(queue_fd(OUTPUT, 0, fds[0], LEN, 0), 0);
	close_all();
}

static int queue_two(uint32_t len, uint32_t used, uint32_t offset)
{
	stream_buffer(&buffer, OUTPUT_MPLANE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_DMABUF;
	buffer.planes[0].m.fd = fds[0];
	buffer.planes[1].m.fd = fds[1];
	buffer.planes[1].length = len;
	buffer.planes[1].bytesused = used;
	buffer.planes[1].data_offset = offset;
	return front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2);
}

/* There __verify_length() goes by what was passed. */
static void planes_have_what_is_said(void **state)
{
	const struct v4l2_plane *planes;

	(void)state;
	open_fake(V4L2_CAP_VIDEO_OUTPUT_MPLANE, 2);
	assert_int_equal(request(OUTPUT_MPLANE, COUNT), COUNT);
	assert_int_equal(queue_two(0, 100, 0), -EINVAL);
	assert_int_equal(queue_two(LEN, LEN + 1, 0), -EINVAL);
	assert_int_equal(queue_two(LEN, 100, 100), -EINVAL);
	assert_int_equal(queue_two(0, 0, 1), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	assert_int_equal(queue_two(LEN, 5000, 10), 0);
	planes = (const void *)fake_last(VIDIOC_QBUF)->nested;
	assert_int_equal(planes[1].bytesused, 5000);
	assert_int_equal(planes[1].data_offset, 10);
	assert_int_equal(buffer.planes[1].m.fd, fds[1]);
	assert_int_equal(buffer.planes[1].bytesused, 5000);
	close_all();
}

static void each_plane_has_its_own(void **state)
{
	static const uint32_t used[] = { 4096, 100 };

	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE_MPLANE, 2);
	assert_int_equal(request(CAPTURE_MPLANE, 2), 2);
	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
	buffer.v4l2.memory = V4L2_MEMORY_DMABUF;
	buffer.planes[0].m.fd = fds[2];
	buffer.planes[1].m.fd = -1;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	buffer.planes[1].m.fd = fds[3];
	buffer.v4l2.length = 1;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2),
			 -EINVAL);
	buffer.v4l2.length = 2;
	assert_int_equal(front_ioctl(&file, VIDIOC_QBUF, &buffer.v4l2), 0);
	assert_int_equal(buffer.planes[0].m.fd, fds[2]);
	assert_int_equal(buffer.planes[1].m.fd, fds[3]);
	assert_int_equal(buffer.planes[1].length, LEN);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 0), used[0], 1);
	stream_fill(fake_plane(CAPTURE_MPLANE, 0, 1), used[1], 2);
	assert_int_equal(stream_on(&file, CAPTURE_MPLANE), 0);
	fake_finish_planes(CAPTURE_MPLANE, 0, used, 0);
	assert_int_equal(stream_dqbuf(&file, CAPTURE_MPLANE, &buffer), 0);
	assert_true(stream_filled(memory[2], used[0], 1));
	assert_true(stream_filled(memory[3], used[1], 2));
	assert_int_equal(buffer.planes[0].m.fd, fds[2]);
	assert_int_equal(buffer.planes[1].m.fd, fds[3]);
	close_all();
}

static void what_is_lost_on_the_way_is_enomem(void **state)
{
	(void)state;
	open_with("fake");
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	harness.helper.loses = true;
	assert_int_equal(queue(0), -ENOMEM);
	harness.helper.loses = false;
	assert_int_equal(queue(0), 0);
	close_all();
}

/* A descriptor on somebody's hung file system: that call waits, and no other. */
static void who_waits_for_the_helper_delays_nobody(void **state)
{
	static struct front_file other;
	struct front_call stuck;
	uint32_t priority;

	(void)state;
	open_with("fake");
	harness_open(&other);
	assert_int_equal(request(CAPTURE, COUNT), COUNT);
	harness.helper.silent = true;
	argument(CAPTURE, 0, fds[0], 0, 0);
	front_begin_ioctl(&stuck, &file, VIDIOC_QBUF, &buffer.v4l2);
	harness_settle();
	assert_int_equal(front_ioctl(&other, VIDIOC_G_PRIORITY, &priority), 0);
	assert_false(front_done(&stuck));
	/* The buffers go, and what comes of it then is for nobody. */
	assert_int_equal(stream_reqbufs(&file, CAPTURE, V4L2_MEMORY_MMAP, 2),
			 2);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &stuck), -EINVAL);
	assert_int_equal(front_close(&other), 0);
	close_all();
}

static void buffers_may_go_while_they_are_queued(void **state)
{
	unsigned int i;

	(void)state;
	open_with("pattern");
	for (i = 0; i < 3; i++) {
		start();
		assert_int_equal(stream_dqbuf(&file, CAPTURE, &buffer), 0);
		assert_int_equal(stream_off(&file, CAPTURE), 0);
		assert_int_equal(request(CAPTURE, 0), 0);
	}
	start();
	close_all();
}

static void hostd_may_go_at_any_time(void **state)
{
	(void)state;
	open_with("fake");
	start();
	argument(CAPTURE, 0, fds[0], 0, 0);
	harness_host_leaves();
	assert_int_equal(queue(0), -ENODEV);
	close_all();
}

static void queue_many(void)
{
	static struct stream_buffer arguments[MANY];
	static struct front_call calls[MANY];
	unsigned int i, p;

	assert_int_equal(request(CAPTURE_MPLANE, MANY), MANY);
	fake_sleep(VIDIOC_QBUF);
	for (i = 0; i < MANY; i++) {
		stream_buffer(&arguments[i], CAPTURE_MPLANE, i);
		arguments[i].v4l2.memory = V4L2_MEMORY_DMABUF;
		for (p = 0; p < VIDEO_MAX_PLANES; p++)
			arguments[i].planes[p].m.fd = fds[p % COUNT];
		front_begin_ioctl(&calls[i], &file, VIDIOC_QBUF,
				  &arguments[i].v4l2);
	}
	harness_asleep();
	harness_settle();
	fake_wake();
	for (i = 0; i < MANY; i++)
		assert_int_equal(front_wait(&harness.front, &calls[i]), 0);
}

/* More descriptors than may be on their way at once. */
static void many_may_be_queued_at_once(void **state)
{
	unsigned int i;

	(void)state;
	open_fake(V4L2_CAP_VIDEO_CAPTURE_MPLANE, VIDEO_MAX_PLANES);
	for (i = 0; i < VIDEO_MAX_PLANES; i++)
		fake.plane_len[i] = 4096;
	queue_many();
	assert_int_equal(harness.device->imported, 0);
	close_all();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(frames_are_drawn_into_the_applications_memory),
		HARNESS_TEST(a_still_picture_is_whole_in_new_memory),
		HARNESS_TEST(it_is_said_that_it_can_be_done),
		HARNESS_TEST(who_may_not_share_has_no_such_memory),
		HARNESS_TEST(without_the_helper_there_is_no_such_memory),
		HARNESS_TEST(the_device_gets_what_the_number_stands_for),
		HARNESS_TEST(numbers_of_the_host_are_never_shown),
		HARNESS_TEST(a_prepared_buffer_needs_no_descriptor),
		HARNESS_TEST(what_is_no_memory_is_refused),
		HARNESS_TEST(lengths_are_looked_at),
		HARNESS_TEST(what_is_refused_costs_what_there_was),
		HARNESS_TEST(what_the_device_refuses_is_refused),
		HARNESS_TEST(an_output_buffer_has_what_is_said),
		HARNESS_TEST(planes_have_what_is_said),
		HARNESS_TEST(each_plane_has_its_own),
		HARNESS_TEST(what_is_lost_on_the_way_is_enomem),
		HARNESS_TEST(who_waits_for_the_helper_delays_nobody),
		HARNESS_TEST(buffers_may_go_while_they_are_queued),
		HARNESS_TEST(hostd_may_go_at_any_time),
		HARNESS_TEST(many_may_be_queued_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
