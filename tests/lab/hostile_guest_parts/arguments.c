// SPDX-License-Identifier: BSD-3-Clause
/*
 * hostile_guest: counts, pointers and numbers of descriptors in arguments.
 */
#include <errno.h>
#include <string.h>

#include "common/ioctl_table.h"
#include "tests/lab/hostile_guest_parts/guest.h"

/* What cannot be an address of ours, nor of anybody's */
#define WRONG_POINTER 0x4141414141414141ull
#define FDS           20 /* numbers that a guest may guess: 0 to 19 */

static const char *refused(struct guest *guest, unsigned int good,
			   unsigned int count)
{
	bool works = guest_works(guest);

	guest_leave(guest);
	if (good == count && works)
		return attack_says("all %u refused", count);
	return attack_says("%u of %u refused%s", good, count,
			   works ? "" : ", and it is not served any more");
}

/* Every argument of the table full of the same byte, of four of them */
const char *arguments_filled(void)
{
	static const uint8_t bytes[] = { 0xff, 0x41, 0x01, 0x80 };
	static const char *const devices[] = { "cap", "out" };
	uint8_t argument[IOCTL_ARG_MAX];
	const struct ioctl_desc *desc;
	unsigned int answers = 0;
	struct guest guest;
	size_t i, b, d;

	for (d = 0; d < 2; d++) {
		guest_start(&guest, FEATURES_PLAIN, devices[d]);
		for (i = 0; (desc = ioctl_row(i)); i++)
			for (b = 0; b < sizeof(bytes) && ioctl_reads(desc);
			     b++) {
				memset(argument, bytes[b], sizeof(argument));
				if (guest_ioctl(&guest, desc->cmd, argument) <
				    0)
					return attack_says("no answer to %s",
							   desc->name);
				answers++;
			}
		if (!guest_works(&guest))
			return "not served any more";
		guest_leave(&guest);
	}
	return attack_says("answered, %u of them", answers);
}

/* B30: whatever is not MMAP is a number or a pointer. */
const char *arguments_memory(void)
{
	static const uint32_t memories[] = { V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_DMABUF,
					     V4L2_MEMORY_OVERLAY, 0, 77 };
	struct v4l2_requestbuffers request;
	struct v4l2_create_buffers create;
	struct v4l2_buffer buffer;
	unsigned int good = 0;
	struct guest guest;
	unsigned int i, fd;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < 5; i++) {
		request = (struct v4l2_requestbuffers){ .count = 2,
							.type = CAPTURE,
							.memory = memories[i] };
		create = (struct v4l2_create_buffers){ .count = 2,
						       .format.type = CAPTURE,
						       .memory = memories[i] };
		good += guest_ioctl(&guest, VIDIOC_REQBUFS, &request) == EINVAL;
		good += guest_ioctl(&guest, VIDIOC_CREATE_BUFS, &create) ==
			EINVAL;
		for (fd = 0; fd < FDS; fd++) {
			buffer = (struct v4l2_buffer){ .type = CAPTURE,
						       .memory = memories[i],
						       .m.fd = (int)fd,
						       .length = 4096 };
			good += guest_ioctl(&guest, VIDIOC_QBUF, &buffer) ==
				EINVAL;
		}
	}
	return refused(&guest, good, 5 * (2 + FDS));
}

const char *arguments_requests(void)
{
	struct v4l2_ext_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_ext_controls controls = {
		.which = V4L2_CTRL_WHICH_REQUEST_VAL,
		.count = 1,
	};
	uint64_t addrs[GUEST_BUFFERS];
	struct v4l2_buffer buffer;
	unsigned int good = 0;
	struct guest guest;
	int fd;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	guest_buffers(&guest, CAPTURE, addrs);
	for (fd = 0; fd < FDS; fd++) {
		buffer = (struct v4l2_buffer){
			.type = CAPTURE,
			.memory = V4L2_MEMORY_MMAP,
			.flags = V4L2_BUF_FLAG_REQUEST_FD,
			.request_fd = fd,
		};
		good += guest_ioctl(&guest, VIDIOC_QBUF, &buffer) == EBADR;
		good += guest_ioctl(&guest, VIDIOC_PREPARE_BUF, &buffer) ==
			EINVAL;
		controls.request_fd = fd;
		good += guest_nested(&guest, VIDIOC_G_EXT_CTRLS, &controls,
				     &control, sizeof(control)) > 0;
		good += guest_nested(&guest, VIDIOC_S_EXT_CTRLS, &controls,
				     &control, sizeof(control)) > 0;
	}
	return refused(&guest, good, 4 * FDS);
}

/* A buffer that is asked about: no number of the host's comes back. */
static bool buffer_is_clean(struct guest *guest)
{
	struct v4l2_buffer buffer = {
		.type = CAPTURE,
		.m.userptr = (unsigned long)WRONG_POINTER,
		.request_fd = 3,
	};

	return guest_ioctl(guest, VIDIOC_QUERYBUF, &buffer) == 0 &&
	       buffer.request_fd == 0 && buffer.m.userptr >> 32 == 0;
}

static bool controls_are_clean(struct guest *guest)
{
	struct v4l2_ext_control control = { .id = V4L2_CID_BRIGHTNESS };
	struct v4l2_ext_controls controls = {
		.count = 1,
		.controls = (void *)WRONG_POINTER,
		.request_fd = 3,
	};

	if (guest_nested(guest, VIDIOC_G_EXT_CTRLS, &controls, &control,
			 sizeof(control)))
		return false;
	memcpy(&controls,
	       guest->peer.section + sizeof(struct virtio_media_resp),
	       sizeof(controls));
	return (uintptr_t)controls.controls == WRONG_POINTER &&
	       controls.request_fd == 0;
}

static bool edid_is_clean(struct guest *guest)
{
	uint8_t block[128] = { 0 };
	struct v4l2_edid edid = { .pad = 3,
				  .blocks = 1,
				  .edid = (void *)WRONG_POINTER };

	if (guest_nested(guest, VIDIOC_G_EDID, &edid, block, sizeof(block)) < 0)
		return false;
	memcpy(&edid, guest->peer.section + sizeof(struct virtio_media_resp),
	       sizeof(edid));
	return guest->peer.header.slen <= sizeof(struct virtio_media_resp) ||
	       (uintptr_t)edid.edid == WRONG_POINTER;
}

/* B31 */
const char *arguments_pointers(void)
{
	struct v4l2_framebuffer framebuffer = { 0 };
	uint64_t addrs[GUEST_BUFFERS];
	unsigned int good = 0;
	struct guest guest;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	guest_buffers(&guest, CAPTURE, addrs);
	good += buffer_is_clean(&guest);
	good += controls_are_clean(&guest);
	good += edid_is_clean(&guest);
	guest_leave(&guest);
	guest_start(&guest, FEATURES_PLAIN, "out");
	good += guest_ioctl(&guest, VIDIOC_G_FBUF, &framebuffer) >= 0 &&
		!framebuffer.base;
	framebuffer.base = (void *)WRONG_POINTER;
	good += guest_ioctl(&guest, VIDIOC_S_FBUF, &framebuffer) > 0;
	good += guest_works(&guest);
	guest_leave(&guest);
	return attack_says("%u of 6 without an address", good);
}

static int count_controls(struct guest *guest, uint32_t cmd, uint32_t count)
{
	static const uint8_t some[64];
	const struct v4l2_ext_controls controls = { .count = count };

	return guest_nested(guest, cmd, &controls, some, sizeof(some));
}

/* B33 */
const char *arguments_counts(void)
{
	static const uint32_t counts[] = { 4,        1024,      1025,
					   1u << 28, 214748365, UINT32_MAX };
	static const uint32_t planes[] = { 8, 9, 1u << 26, UINT32_MAX };
	struct v4l2_buffer buffer = {
		.type = V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
		.memory = V4L2_MEMORY_MMAP,
	};
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < 6; i++) {
		good += count_controls(&guest, VIDIOC_G_EXT_CTRLS, counts[i]) ==
			EINVAL;
		good += count_controls(&guest, VIDIOC_S_EXT_CTRLS, counts[i]) ==
			EINVAL;
		good += count_controls(&guest, VIDIOC_TRY_EXT_CTRLS,
				       counts[i]) == EINVAL;
	}
	for (i = 0; i < 4; i++) {
		buffer.length = planes[i];
		good += guest_ioctl(&guest, VIDIOC_QUERYBUF, &buffer) == EINVAL;
		good += guest_ioctl(&guest, VIDIOC_QBUF, &buffer) == EINVAL;
		good += guest_ioctl(&guest, VIDIOC_PREPARE_BUF, &buffer) ==
			EINVAL;
	}
	return refused(&guest, good, 6 * 3 + 4 * 3);
}

const char *arguments_edid(void)
{
	static const uint32_t blocks[] = { 1, 256, 257, 1u << 25, UINT32_MAX };
	static const uint8_t block[128];
	struct v4l2_edid edid = { .pad = 3 };
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < 5; i++) {
		edid.blocks = blocks[i];
		good += guest_ioctl(&guest, VIDIOC_G_EDID, &edid) == EINVAL;
		good += guest_ioctl(&guest, VIDIOC_S_EDID, &edid) == EINVAL;
	}
	edid.blocks = 1;
	edid.start_block = UINT32_MAX;
	good += guest_nested(&guest, VIDIOC_G_EDID, &edid, block,
			     sizeof(block)) > 0;
	good += guest_nested(&guest, VIDIOC_S_EDID, &edid, block,
			     sizeof(block)) > 0;
	return refused(&guest, good, 5 * 2 + 2);
}

static bool window_is_clean(struct guest *guest, uint32_t cmd, uint32_t type,
			    uint32_t clips)
{
	struct v4l2_format format = { .type = type };

	format.fmt.win.clips = (void *)WRONG_POINTER;
	format.fmt.win.clipcount = clips;
	format.fmt.win.bitmap = (void *)WRONG_POINTER;
	return guest_ioctl(guest, cmd, &format) > 0 ||
	       (!format.fmt.win.clips && !format.fmt.win.bitmap);
}

const char *arguments_windows(void)
{
	static const uint32_t clips[] = { 1, 2048, 2049, UINT32_MAX };
	static const uint32_t types[] = { V4L2_BUF_TYPE_VIDEO_OVERLAY,
					  V4L2_BUF_TYPE_VIDEO_OUTPUT_OVERLAY };
	unsigned int good = 0;
	struct guest guest;
	unsigned int i, t;

	guest_start(&guest, FEATURES_PLAIN, "out");
	for (i = 0; i < 4; i++)
		for (t = 0; t < 2; t++) {
			good += window_is_clean(&guest, VIDIOC_S_FMT, types[t],
						clips[i]);
			good += window_is_clean(&guest, VIDIOC_TRY_FMT,
						types[t], clips[i]);
		}
	good += guest_works(&guest);
	guest_leave(&guest);
	return attack_says("%u of 17 without an address", good);
}

/* B20 */
const char *arguments_events(void)
{
	static const struct v4l2_event_subscription wrong[] = {
		{ .type = UINT32_MAX, .flags = UINT32_MAX },
		{ .type = V4L2_EVENT_ALL },
		{ .type = V4L2_EVENT_CTRL, .id = UINT32_MAX },
		{ .type = V4L2_EVENT_PRIVATE_START },
	};
	struct v4l2_event_subscription subscription;
	unsigned int good = 0;
	struct guest guest;
	unsigned int i;

	guest_start(&guest, FEATURES_PLAIN, "cap");
	for (i = 0; i < 4; i++) {
		subscription = wrong[i];
		good += guest_ioctl(&guest, VIDIOC_SUBSCRIBE_EVENT,
				    &subscription) == EINVAL;
	}
	return refused(&guest, good, 4);
}
