// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: addresses in the window, contents, and numbers of buffers.
 *
 * Where contents went cannot be seen from here; tests/pair/test_lying_guest_buffers.c
 * looks.  Here is a driver of the kernel's behind it, and other guests beside.
 */
#include <errno.h>
#include <string.h>

#include "tests/lab/hostile_guest_parts/guest.h"
#include "tests/lab/shared/process.h"

static uint8_t junk[VMS_MAX_CHUNK];

static const char *works_then_leave(struct guest *guest, const char *what)
{
	bool works = guest_works(guest);

	guest_leave(guest);
	return works ? what : "not served any more";
}

/* All buffers can be queued, and the device gives one back. */
static bool streams(struct guest *guest, uint32_t type)
{
	uint32_t i;

	for (i = 0; i < GUEST_BUFFERS; i++)
		if (guest_queue(guest, type, i))
			return false;
	if (guest_stream(guest, type, true))
		return false;
	while (peer_next(&guest->peer, PEER_PATIENCE_MS))
		if (guest->peer.header.type == VMS_EVT)
			return true;
	return false;
}

const char *buffers_elsewhere(void)
{
	uint64_t addrs[GUEST_BUFFERS];
	struct guest guest;
	uint32_t len;
	bool works;

	memset(junk, 0xa5, sizeof(junk));
	guest_start(&guest, FEATURES_PLAIN, "out");
	len = guest_buffers(&guest, OUTPUT, addrs);
	guest_data(&guest, 1ull << 61, 0, junk, 4096);
	guest_data(&guest, INT64_MAX & ~7ull, 0, junk, 4096);
	/* Over the end of a plane, behind it, before the first one */
	guest_data(&guest, addrs[0] + (len & ~7u) - 64, 0, junk, 4096);
	guest_data(&guest, addrs[2] + wire_pad(len), 0, junk, sizeof(junk));
	if (addrs[0])
		guest_data(&guest, addrs[0] - 8, 0, junk, 64);
	/* Generations that are to come */
	guest_data(&guest, addrs[0], 1, junk, 64);
	guest_data(&guest, addrs[0], UINT32_MAX, junk, 64);
	works = streams(&guest, OUTPUT);
	guest_leave(&guest);
	return works ? "forgotten, and it streams" : "it does not stream";
}

const char *buffers_queued(void)
{
	uint64_t addrs[GUEST_BUFFERS];
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "out");
	guest_buffers(&guest, OUTPUT, addrs);
	if (!streams(&guest, OUTPUT))
		return "it does not stream";
	for (i = 0; i < 60; i++)
		guest_data(&guest, addrs[i % GUEST_BUFFERS], i & 1, junk,
			   sizeof(junk));
	guest_stream(&guest, OUTPUT, false);
	/* Of a generation that is over */
	guest_data(&guest, addrs[0], 0, junk, sizeof(junk));
	return works_then_leave(&guest, "forgotten, and served");
}

const char *buffers_unmapped(void)
{
	struct v4l2_requestbuffers none = { .type = OUTPUT,
					    .memory = V4L2_MEMORY_MMAP };
	uint64_t addrs[GUEST_BUFFERS];
	struct guest guest;

	guest_start(&guest, FEATURES_PLAIN, "out");
	guest_buffers(&guest, OUTPUT, addrs);
	guest_munmap(&guest, addrs[1]);
	guest_data(&guest, addrs[1], 0, junk, sizeof(junk));
	guest_ioctl(&guest, VIDIOC_REQBUFS, &none);
	guest_data(&guest, addrs[0], 0, junk, sizeof(junk));
	guest_munmap(&guest, addrs[0]);
	guest_data(&guest, addrs[0], 0, junk, sizeof(junk));
	guest_close(&guest, guest.session);
	guest_data(&guest, addrs[2], 0, junk, sizeof(junk));
	guest_open(&guest, &guest.session);
	return works_then_leave(&guest, "forgotten, and served");
}

/* Half of a chunk, then its memory goes, then the guest does */
const char *buffers_half(void)
{
	uint8_t half[sizeof(struct vms_header) + 1000] = { 0 };
	struct vms_header header = { .type = VMS_DATA,
				     .len = sizeof(junk),
				     .slen = sizeof(junk) };
	uint64_t addrs[GUEST_BUFFERS];
	struct guest guest;
	unsigned int i;

	for (i = 0; i < GUEST_BUFFERS; i++) {
		guest_start(&guest, FEATURES_PLAIN, "out");
		guest_buffers(&guest, OUTPUT, addrs);
		guest_send_ioctl(&guest, VIDIOC_LOG_STATUS, NULL);
		header.off = addrs[i];
		peer_put(&header, half);
		peer_bytes(&guest.peer, half, sizeof(half));
		guest_leave(&guest);
	}
	return "left 3 times";
}

const char *buffers_offsets(void)
{
	static const uint32_t offsets[] = { 1, 4095, 1u << 30, 0x7ffff000,
					    UINT32_MAX };
	uint64_t addrs[GUEST_BUFFERS];
	struct virtio_media_resp_mmap resp;
	struct v4l2_buffer buffer = { .type = OUTPUT };
	struct guest guest;
	unsigned int good = 0;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "out");
	/* Before anybody has asked where a buffer is */
	good += guest_mmap(&guest, 0, &resp) == EINVAL;
	guest_buffers(&guest, OUTPUT, addrs);
	for (i = 0; i < 5; i++)
		good += guest_mmap(&guest, offsets[i], &resp) == EINVAL;
	/* One plane 200 times has one address, and so many MUNMAPs. */
	guest_ioctl(&guest, VIDIOC_QUERYBUF, &buffer);
	for (i = 0; i < 200; i++)
		good += guest_mmap(&guest, buffer.m.offset, &resp) == 0 &&
			resp.driver_addr == addrs[0];
	for (i = 0; i < 201; i++)
		good += guest_munmap(&guest, addrs[0]) == 0;
	good += guest_munmap(&guest, addrs[0]) == EINVAL;
	return works_then_leave(&guest,
				attack_says("%u of 408 as it must be", good));
}

/* B32, P5 */
const char *buffers_munmap(void)
{
	uint64_t addrs[GUEST_BUFFERS];
	unsigned int good = 0;
	struct guest guest;

	guest_start(&guest, FEATURES_PLAIN, "out");
	guest_buffers(&guest, OUTPUT, addrs);
	good += guest_munmap(&guest, addrs[0] + 8) == EINVAL;
	good += guest_munmap(&guest, addrs[1] + 4096) == EINVAL;
	good += guest_munmap(&guest, addrs[1] - 4096) == EINVAL;
	good += guest_munmap(&guest, 1ull << 61) == EINVAL;
	good += guest_munmap(&guest, UINT64_MAX) == EINVAL;
	good += guest_munmap(&guest, addrs[2]) == 0;
	good += guest_munmap(&guest, addrs[2]) == EINVAL;
	return works_then_leave(&guest,
				attack_says("%u of 7 as it must be", good));
}

/* As many and as large as a number can say */
const char *buffers_many(void)
{
	static const char *const devices[] = { "cap", "pat" };
	struct v4l2_requestbuffers request;
	struct v4l2_create_buffers create;
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		guest_start(&guest, FEATURES_PLAIN, devices[i]);
		request = (struct v4l2_requestbuffers){
			.count = UINT32_MAX,
			.type = CAPTURE,
			.memory = V4L2_MEMORY_MMAP,
		};
		good += guest_ioctl(&guest, VIDIOC_REQBUFS, &request) >= 0 &&
			request.count != UINT32_MAX;
		create = (struct v4l2_create_buffers){
			.count = UINT32_MAX,
			.memory = V4L2_MEMORY_MMAP,
			.format.type = CAPTURE,
		};
		create.format.fmt.pix.sizeimage = UINT32_MAX;
		good += guest_ioctl(&guest, VIDIOC_CREATE_BUFS, &create) >= 0;
		good += guest_works(&guest);
		guest_leave(&guest);
	}
	return attack_says("%u of 6 answered, with fewer", good);
}

static bool queue_is_einval(struct guest *guest, struct v4l2_buffer *buffer)
{
	buffer->memory = V4L2_MEMORY_MMAP;
	return guest_ioctl(guest, VIDIOC_QBUF, buffer) == EINVAL;
}

const char *buffers_used(void)
{
	struct v4l2_buffer wrong[] = {
		{ .type = OUTPUT, .bytesused = UINT32_MAX },
		{ .type = OUTPUT, .bytesused = 1u << 30 },
		{ .type = OUTPUT, .index = GUEST_BUFFERS },
		{ .type = OUTPUT, .index = UINT32_MAX },
		{ .type = CAPTURE },
		{ .type = 0 },
		{ .type = UINT32_MAX },
	};
	unsigned int count = sizeof(wrong) / sizeof(wrong[0]);
	uint64_t addrs[GUEST_BUFFERS];
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "out");
	guest_buffers(&guest, OUTPUT, addrs);
	for (i = 0; i < count; i++)
		good += queue_is_einval(&guest, &wrong[i]);
	/* One that the device has already */
	guest_queue(&guest, OUTPUT, 0);
	good += guest_queue(&guest, OUTPUT, 0) == EINVAL;
	return works_then_leave(
		&guest, attack_says("%u of %u EINVAL", good, count + 1));
}

const char *buffers_leave(void)
{
	static const char *const devices[] = { "cap", "out", "pat" };
	uint64_t addrs[GUEST_BUFFERS];
	struct guest guest;
	uint32_t type;
	unsigned int i;

	for (i = 0; i < 9; i++) {
		type = i % 3 == 1 ? OUTPUT : CAPTURE;
		guest_start(&guest, FEATURES_PLAIN, devices[i % 3]);
		guest_buffers(&guest, type, addrs);
		if (!streams(&guest, type))
			return attack_says("%s does not stream",
					   devices[i % 3]);
		guest_leave(&guest);
	}
	return "left 9 times";
}
