// SPDX-License-Identifier: BSD-3-Clause
/*
 * A buffer that goes while a QBUF of it is under way, and another one whose memory
 * is in the same place, with the same number and more planes: the QBUF is not of
 * that one.
 *
 * malloc() gives out first what was freed last, so this is what happens; and so does
 * AddressSanitizer here, which else keeps it back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "guestd/session_state.h"
#include "tests/sealed.h"
#include "tests/streamer.h"

#define LEN 8192

const char *asan_options(void) __asm__("__asan_default_options");

const char *asan_options(void)
{
	return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0";
}

static struct front_file file;
static struct stream_buffer buffer;
static struct front_call slow;
static uint8_t memory[LEN];

static const struct queue_buffer *first_buffer(void)
{
	return queue_find(session_queue(file.session, CAPTURE_MPLANE), 0);
}

static void open_mplane(void)
{
	harness.grant.share = true;
	fake.caps = V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_STREAMING;
	fake.plane_len[1] = 4096;
	fake.plane_len[2] = 4096;
	harness_open_fake(&file);
	stream_buffer(&buffer, CAPTURE_MPLANE, 0);
}

/* Begun with a buffer of one plane; goes on with one of three. */
static void qbuf_meanwhile(uint32_t memory_type)
{
	const struct queue_buffer *before;

	fake.plane_count = 1;
	assert_int_equal(stream_reqbufs(&file, CAPTURE_MPLANE, memory_type, 1),
			 1);
	before = first_buffer();
	buffer.v4l2.memory = memory_type;
	buffer.v4l2.length = 1;
	harness.helper.silent = true;
	front_begin_ioctl(&slow, &file, VIDIOC_QBUF, &buffer.v4l2);
	harness_settle();
	assert_false(front_done(&slow));

	fake.plane_count = 3;
	assert_int_equal(stream_reqbufs(&file, CAPTURE_MPLANE, memory_type, 1),
			 1);
	assert_ptr_equal(first_buffer(), before);
	harness.helper.silent = false;
	fake_helper_answer(&harness.helper);
	assert_int_equal(front_wait(&harness.front, &slow), -EINVAL);
	assert_int_equal(fake_count(VIDIOC_QBUF), 0);
	assert_int_equal(front_close(&file), 0);
}

static void while_a_dmabuf_is_fetched(void **state)
{
	int fd = sealed_memfd(LEN, F_SEAL_SHRINK);

	(void)state;
	open_mplane();
	buffer.planes[0].m.fd = fd;
	qbuf_meanwhile(V4L2_MEMORY_DMABUF);
	close(fd);
}

static void while_memory_is_looked_at(void **state)
{
	(void)state;
	open_mplane();
	buffer.planes[0].m.userptr = (unsigned long)memory;
	buffer.planes[0].length = LEN;
	qbuf_meanwhile(V4L2_MEMORY_USERPTR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HARNESS_TEST(while_a_dmabuf_is_fetched),
		HARNESS_TEST(while_memory_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
