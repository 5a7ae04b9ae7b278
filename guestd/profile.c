// SPDX-License-Identifier: BSD-3-Clause
/*
 * What an open file promises.
 */
#include "guestd/profile.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "common/text.h"

/* Queues other than the one that read() and write() can stand for. */
#define OTHER_QUEUES                                                           \
	(V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_OUTPUT_MPLANE |        \
	 V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE |                      \
	 V4L2_CAP_VBI_CAPTURE | V4L2_CAP_VBI_OUTPUT |                          \
	 V4L2_CAP_SLICED_VBI_CAPTURE | V4L2_CAP_SLICED_VBI_OUTPUT |            \
	 V4L2_CAP_SDR_CAPTURE | V4L2_CAP_SDR_OUTPUT | V4L2_CAP_META_CAPTURE |  \
	 V4L2_CAP_META_OUTPUT | V4L2_CAP_TOUCH)

static const char *const profile_names[] = {
	[PROFILE_STREAM] = "stream",
	[PROFILE_READ] = "read",
	[PROFILE_NATIVE] = "native",
};
static_assert(sizeof(profile_names) / sizeof(profile_names[0]) == PROFILE_COUNT,
	      "a profile without a name");

const char *profile_name(enum profile profile)
{
	return profile_names[profile];
}

int profile_parse(const char *text, enum profile_choice *out)
{
	if (!strcmp(text, "auto"))
		*out = PROFILE_CHOICE_AUTO;
	else if (!strcmp(text, "read"))
		*out = PROFILE_CHOICE_READ;
	else if (!strcmp(text, "stream"))
		*out = PROFILE_CHOICE_STREAM;
	else
		return -EINVAL;
	return 0;
}

enum profile profile_choose(enum profile_choice choice, uint32_t device_caps)
{
	uint32_t video =
		device_caps & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_OUTPUT);

	if (!(device_caps & V4L2_CAP_STREAMING))
		return PROFILE_NATIVE;
	if (choice == PROFILE_CHOICE_STREAM || (device_caps & OTHER_QUEUES))
		return PROFILE_STREAM;
	if (video == V4L2_CAP_VIDEO_CAPTURE || video == V4L2_CAP_VIDEO_OUTPUT)
		return PROFILE_READ;
	return PROFILE_STREAM;
}

bool profile_possible(enum profile_choice choice, uint32_t device_caps)
{
	return choice != PROFILE_CHOICE_READ ||
	       profile_choose(choice, device_caps) == PROFILE_READ;
}

uint32_t profile_device_caps(enum profile profile, bool io, uint32_t caps)
{
	switch (profile) {
	case PROFILE_STREAM:
		return caps;
	case PROFILE_READ:
		return (caps & ~(uint32_t)V4L2_CAP_STREAMING) |
		       V4L2_CAP_READWRITE;
	case PROFILE_NATIVE:
		return io ? caps
			  : caps & ~(uint32_t)(V4L2_CAP_READWRITE |
					       V4L2_CAP_RDS_CAPTURE |
					       V4L2_CAP_RDS_OUTPUT);
	case PROFILE_COUNT:
		break;
	}
	return caps;
}

/*
 * A character that ends a line would end it in what v4l_id(8) tells udev, too, and what
 * comes behind it would be a property of any name.
 */
void profile_capability(enum profile profile, bool io,
			const struct v4l2_capability *host,
			struct v4l2_capability *out)
{
	*out = *host;
	text_clean(out->driver, sizeof(out->driver));
	text_clean(out->card, sizeof(out->card));
	text_clean(out->bus_info, sizeof(out->bus_info));
	out->device_caps = profile_device_caps(profile, io, host->device_caps);
	/* FFmpeg reads STREAMING in this word. */
	out->capabilities =
		profile_device_caps(profile, io, host->capabilities) |
		V4L2_CAP_DEVICE_CAPS;
	memset(out->reserved, 0, sizeof(out->reserved));
}

bool profile_has(enum profile profile, const struct ioctl_desc *desc)
{
	if (profile == PROFILE_STREAM)
		return true;
	switch (desc->cmd) {
	case VIDIOC_REQBUFS:
	case VIDIOC_CREATE_BUFS:
	case VIDIOC_QUERYBUF:
	case VIDIOC_QBUF:
	case VIDIOC_DQBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_REMOVE_BUFS:
	case VIDIOC_EXPBUF:
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		return false;
	default:
		return true;
	}
}

bool profile_memory(uint32_t memory, bool userptr, bool import)
{
	return memory == V4L2_MEMORY_MMAP ||
	       (memory == V4L2_MEMORY_USERPTR && userptr) ||
	       (memory == V4L2_MEMORY_DMABUF && import);
}

/*
 * None is that of a driver that does not say (v4l2loopback, in 6.1 bttv and others
 * without vb2).  If something has to be said, then all there is.
 */
uint32_t profile_buf_caps(uint32_t host, bool userptr, bool import)
{
	if (!host && userptr)
		host = V4L2_BUF_CAP_SUPPORTS_MMAP;
	host &= ~(uint32_t)(V4L2_BUF_CAP_SUPPORTS_REQUESTS |
			    V4L2_BUF_CAP_SUPPORTS_USERPTR |
			    V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF);
	if (!import)
		host &= ~(uint32_t)V4L2_BUF_CAP_SUPPORTS_DMABUF;
	if (userptr)
		host |= V4L2_BUF_CAP_SUPPORTS_USERPTR;
	return host;
}

void profile_parm(uint32_t device_caps, struct v4l2_streamparm *parm)
{
	uint32_t *buffers = V4L2_TYPE_IS_OUTPUT(parm->type)
				    ? &parm->parm.output.writebuffers
				    : &parm->parm.capture.readbuffers;

	if (!(device_caps & V4L2_CAP_READWRITE))
		*buffers = 0;
	else if (!*buffers)
		*buffers = 2;
}

bool profile_m2m(uint32_t device_caps)
{
	return device_caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE);
}

bool profile_is_output(uint32_t device_caps)
{
	return device_caps &
	       (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE |
		V4L2_CAP_VBI_OUTPUT | V4L2_CAP_SLICED_VBI_OUTPUT |
		V4L2_CAP_SDR_OUTPUT | V4L2_CAP_META_OUTPUT);
}

/* clang-format off */
static const struct {
	uint32_t caps; /* one of these */
	uint32_t type;
} io_types[] = {
	{ V4L2_CAP_VIDEO_CAPTURE |
	  V4L2_CAP_TOUCH,		V4L2_BUF_TYPE_VIDEO_CAPTURE },
	{ V4L2_CAP_VIDEO_CAPTURE_MPLANE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE },
	{ V4L2_CAP_VBI_CAPTURE,		V4L2_BUF_TYPE_VBI_CAPTURE },
	{ V4L2_CAP_SLICED_VBI_CAPTURE,	V4L2_BUF_TYPE_SLICED_VBI_CAPTURE },
	{ V4L2_CAP_SDR_CAPTURE,		V4L2_BUF_TYPE_SDR_CAPTURE },
	{ V4L2_CAP_META_CAPTURE,	V4L2_BUF_TYPE_META_CAPTURE },
	{ V4L2_CAP_VIDEO_OUTPUT,	V4L2_BUF_TYPE_VIDEO_OUTPUT },
	{ V4L2_CAP_VIDEO_OUTPUT_MPLANE,	V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE },
	{ V4L2_CAP_VBI_OUTPUT,		V4L2_BUF_TYPE_VBI_OUTPUT },
	{ V4L2_CAP_SLICED_VBI_OUTPUT,	V4L2_BUF_TYPE_SLICED_VBI_OUTPUT },
	{ V4L2_CAP_SDR_OUTPUT,		V4L2_BUF_TYPE_SDR_OUTPUT },
	{ V4L2_CAP_META_OUTPUT,		V4L2_BUF_TYPE_META_OUTPUT },
};
/* clang-format on */

uint32_t profile_io_type(uint32_t caps, bool output, unsigned int nth)
{
	size_t i;

	if (!(caps & V4L2_CAP_READWRITE) || profile_m2m(caps))
		return 0;
	for (i = 0; i < sizeof(io_types) / sizeof(io_types[0]); i++) {
		if (!(caps & io_types[i].caps) ||
		    V4L2_TYPE_IS_OUTPUT(io_types[i].type) != output)
			continue;
		if (!nth--)
			return io_types[i].type;
	}
	return 0;
}
