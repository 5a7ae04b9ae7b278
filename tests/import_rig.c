// SPDX-License-Identifier: BSD-3-Clause
/*
 * An application that brings memory of its own for a node's buffers.
 */
#include "tests/import_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>

#include "tests/sealed.h"

struct import_rig import_rig;

void import_rig_open(const char *device)
{
	unsigned int i;

	harness.grant.share = true;
	for (i = 0; i < IMPORT_RIG_COUNT; i++) {
		import_rig.fds[i] = sealed_memfd(IMPORT_RIG_LEN,
						 F_SEAL_SHRINK | F_SEAL_GROW);
		import_rig.memory[i] =
			sealed_map(import_rig.fds[i], IMPORT_RIG_LEN);
	}
	harness_connect(device, PROFILE_CHOICE_STREAM);
	harness_open(&import_rig.file);
	import_rig.data = stream_travelled();
}

void import_rig_close(void)
{
	unsigned int i;

	assert_int_equal(stream_travelled(), import_rig.data);
	assert_int_equal(front_close(&import_rig.file), 0);
	for (i = 0; i < IMPORT_RIG_COUNT; i++)
		sealed_unmap(import_rig.memory[i], IMPORT_RIG_LEN,
			     import_rig.fds[i]);
}

void import_rig_open_fake(uint32_t caps, unsigned int planes)
{
	fake.caps = caps | V4L2_CAP_STREAMING;
	fake.plane_count = planes;
	fake.plane_len[1] = 4096;
	import_rig_open("fake");
}

void import_rig_argument(uint32_t type, uint32_t index, int fd, uint32_t len,
			 uint32_t used)
{
	stream_buffer(&import_rig.buffer, type, index);
	import_rig.buffer.v4l2.memory = V4L2_MEMORY_DMABUF;
	import_rig.buffer.v4l2.m.fd = fd;
	import_rig.buffer.v4l2.length = len;
	import_rig.buffer.v4l2.bytesused = used;
}

int import_rig_queue_fd(uint32_t type, uint32_t index, int fd, uint32_t len,
			uint32_t used)
{
	import_rig_argument(type, index, fd, len, used);
	return front_ioctl(&import_rig.file, VIDIOC_QBUF,
			   &import_rig.buffer.v4l2);
}

int import_rig_queue(uint32_t index)
{
	return import_rig_queue_fd(CAPTURE, index, import_rig.fds[index], 0, 0);
}

int import_rig_request(uint32_t type, uint32_t count)
{
	return stream_reqbufs(&import_rig.file, type, V4L2_MEMORY_DMABUF,
			      count);
}

void import_rig_start(void)
{
	uint32_t i;

	assert_int_equal(import_rig_request(CAPTURE, IMPORT_RIG_COUNT),
			 IMPORT_RIG_COUNT);
	for (i = 0; i < IMPORT_RIG_COUNT; i++)
		assert_int_equal(import_rig_queue(i), 0);
	assert_int_equal(stream_on(&import_rig.file, CAPTURE), 0);
}

void import_rig_expect(uint32_t index, int fd, uint32_t len)
{
	assert_int_equal(stream_query(&import_rig.file, CAPTURE, index,
				      &import_rig.buffer),
			 0);
	assert_int_equal(import_rig.buffer.v4l2.memory, V4L2_MEMORY_DMABUF);
	assert_int_equal(import_rig.buffer.v4l2.m.fd, fd);
	assert_int_equal(import_rig.buffer.v4l2.length, len);
}

uint32_t import_rig_capabilities(void)
{
	struct v4l2_requestbuffers arg = {
		.type = CAPTURE,
		.memory = V4L2_MEMORY_MMAP,
	};

	assert_int_equal(front_ioctl(&import_rig.file, VIDIOC_REQBUFS, &arg),
			 0);
	return arg.capabilities;
}
