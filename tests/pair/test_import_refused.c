// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application's own dma-bufs as buffers: what is refused, lost on its way, or gone
 * meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/import_rig.h"
#include "tests/sealed.h"

static struct front_file *const file = &import_rig.file;
static struct stream_buffer *const buffer = &import_rig.buffer;
static const int *const fds = import_rig.fds;

static void refused(const char *device)
{
	harness_connect(device, PROFILE_CHOICE_STREAM);
	harness_open(file);
	assert_false(import_rig_capabilities() & V4L2_BUF_CAP_SUPPORTS_DMABUF);
	assert_int_equal(import_rig_request(CAPTURE, 2), -EINVAL);
	assert_int_equal(
		stream_create(file, CAPTURE, V4L2_MEMORY_DMABUF, 1, NULL),
		-EINVAL);
	assert_int_equal(front_close(file), 0);
}

static void who_may_not_share_has_no_such_memory(void **state)
{
	(void)state;
	refused("pattern");
}

static void without_the_helper_there_is_no_such_memory(void **state)
{
	(void)state;
	harness.grant.share = true;
	harness.config.link.import = false;
	refused("fake");
}

/* __prepare_dmabuf() */
static void what_is_no_memory_is_refused(void **state)
{
	int unsealed = sealed_memfd(IMPORT_RIG_LEN, 0);
	int ends[2];

	(void)state;
	import_rig_open("fake");
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, -1, 0, 0), -EINVAL);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, ends[0], 0, 0),
			 -EINVAL);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, unsealed, 0, 0),
			 -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	import_rig_expect(0, 0, 4096);
	assert_int_equal(import_rig_queue(0), 0);
	close(unsealed);
	close(ends[0]);
	close(ends[1]);
	import_rig_close();
}

static void lengths_are_looked_at(void **state)
{
	(void)state;
	import_rig_open("fake");
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, fds[0], 4095, 0),
			 -EINVAL);
	assert_int_equal(
		import_rig_queue_fd(CAPTURE, 0, fds[0], IMPORT_RIG_LEN + 1, 0),
		-EFAULT);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, fds[0], UINT32_MAX, 0),
			 -EFAULT);
	import_rig_expect(0, 0, 4096);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, fds[0], 4096, 0), 0);
	import_rig_expect(0, fds[0], 4096);
	import_rig_close();
}

/* __vb2_buf_dmabuf_put() */
static void what_is_refused_costs_what_there_was(void **state)
{
	(void)state;
	import_rig_open_fake(V4L2_CAP_VIDEO_CAPTURE, 1);
	import_rig_start();
	fake_finish(CAPTURE, 0, 5, 0);
	assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
	assert_int_equal(import_rig_queue_fd(CAPTURE, 0, -1, 0, 0), -EINVAL);
	import_rig_expect(0, 0, 0);
	assert_int_equal(buffer->v4l2.bytesused, 0);
	assert_int_equal(import_rig_queue(0), 0);
	import_rig_expect(0, fds[0], IMPORT_RIG_LEN);
	import_rig_close();
}

static void what_the_device_refuses_is_refused(void **state)
{
	(void)state;
	import_rig_open("fake");
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	fake_fail(VIDIOC_QBUF, -EINVAL, 1);
	assert_int_equal(import_rig_queue(0), -EINVAL);
	assert_int_equal(import_rig_queue(0), 0);
	import_rig_close();
}

static void what_is_lost_on_the_way_is_enomem(void **state)
{
	(void)state;
	import_rig_open("fake");
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	harness.helper.loses = true;
	assert_int_equal(import_rig_queue(0), -ENOMEM);
	harness.helper.loses = false;
	assert_int_equal(import_rig_queue(0), 0);
	import_rig_close();
}

/* A descriptor on somebody's hung file system: that call waits, and no other. */
static void who_waits_for_the_helper_delays_nobody(void **state)
{
	static struct front_file other;
	struct front_call stuck;
	uint32_t priority;

	(void)state;
	import_rig_open("fake");
	harness_open(&other);
	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	harness.helper.silent = true;
	import_rig_argument(CAPTURE, 0, fds[0], 0, 0);
	front_begin_ioctl(&stuck, file, VIDIOC_QBUF, &buffer->v4l2);
	harness_settle();
	assert_int_equal(front_ioctl(&other, VIDIOC_G_PRIORITY, &priority), 0);
	assert_false(front_done(&stuck));
	/* The buffers go, and what comes of it then is for nobody. */
	assert_int_equal(stream_reqbufs(file, CAPTURE, V4L2_MEMORY_MMAP, 2), 2);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &stuck), -EINVAL);
	assert_int_equal(front_close(&other), 0);
	import_rig_close();
}

static void buffers_may_go_while_they_are_queued(void **state)
{
	unsigned int i;

	(void)state;
	import_rig_open("pattern");
	for (i = 0; i < 3; i++) {
		import_rig_start();
		assert_int_equal(stream_dqbuf(file, CAPTURE, buffer), 0);
		assert_int_equal(stream_off(file, CAPTURE), 0);
		assert_int_equal(import_rig_request(CAPTURE, 0), 0);
	}
	import_rig_start();
	import_rig_close();
}

static void hostd_may_go_at_any_time(void **state)
{
	(void)state;
	import_rig_open("fake");
	import_rig_start();
	import_rig_argument(CAPTURE, 0, fds[0], 0, 0);
	harness_host_leaves();
	assert_int_equal(import_rig_queue(0), -ENODEV);
	import_rig_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(who_may_not_share_has_no_such_memory),
		HARNESS_TEST(without_the_helper_there_is_no_such_memory),
		HARNESS_TEST(what_is_no_memory_is_refused),
		HARNESS_TEST(lengths_are_looked_at),
		HARNESS_TEST(what_is_refused_costs_what_there_was),
		HARNESS_TEST(what_the_device_refuses_is_refused),
		HARNESS_TEST(what_is_lost_on_the_way_is_enomem),
		HARNESS_TEST(who_waits_for_the_helper_delays_nobody),
		HARNESS_TEST(buffers_may_go_while_they_are_queued),
		HARNESS_TEST(hostd_may_go_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
