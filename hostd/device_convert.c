// SPDX-License-Identifier: BSD-3-Clause
/*
 * A camera whose pictures are converted: a node whose calls go through libv4l2.
 *
 *	ioctl ──────────> libv4l2 ───────────────────> node
 *	collect_buffer ─> libv4l2 ── DQBUF ──────────> node
 *	plane <─ copied ─ its buffer <─ converted ──── the node's buffer
 *
 * A guest sees what programs of the host see that use libv4l2: the formats that
 * it adds, and a read() for every camera.  Which is why only the guest's own
 * process has the library: it decodes what a camera sends.
 *
 * v4l2_fd_open() itself looks for plugins, for what sysfs says of a camera (is it
 * mounted upside down?) and for shared memory with the values of controls that
 * it adds.  If that is forbidden to the process, it does without.
 */
#include "hostd/device_convert.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "hostd/device_convert_state.h"

/* Queues that libv4l2 does not convert, and that no camera has. */
#define CONVERT_OTHER_QUEUES                                                   \
	(V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_CAPTURE_MPLANE |               \
	 V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_VIDEO_M2M |                   \
	 V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_VBI_CAPTURE |                    \
	 V4L2_CAP_VBI_OUTPUT | V4L2_CAP_SLICED_VBI_CAPTURE |                   \
	 V4L2_CAP_SLICED_VBI_OUTPUT | V4L2_CAP_SDR_CAPTURE |                   \
	 V4L2_CAP_SDR_OUTPUT | V4L2_CAP_META_CAPTURE | V4L2_CAP_META_OUTPUT |  \
	 V4L2_CAP_TOUCH)

pthread_mutex_t convert_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint convert_files; /* that libv4l2 has in this process */

/* One of its errors is a negative errno. */
static int convert_error(void)
{
	return errno > 0 ? -errno : -EIO;
}

int convert_call(struct convert_file *file, unsigned long cmd, void *arg)
{
	return file->library->ioctl(file->node.fd, cmd, arg) < 0
		       ? convert_error()
		       : 0;
}

int convert_plain(struct convert_file *file, unsigned long cmd, void *arg)
{
	return file->library->plain(file->node.fd, cmd, arg) < 0 ? -errno : 0;
}

static void convert_load(void)
{
	libv4l2_load();
}

static void convert_explain(const char *target, int error, char *why)
{
	switch (-error) {
	case ELIBACC:
		snprintf(why, DEVICE_WHY_LEN, "%s: apt-get install libv4l-0",
			 libv4l2_why());
		break;
	case EOPNOTSUPP:
		snprintf(why, DEVICE_WHY_LEN,
			 "%s is no camera whose pictures can be converted: "
			 "leave out \",convert\"",
			 target);
		break;
	default:
		device_node_explain(target, error, why);
	}
}

/* libv4l2 would only pass on the calls for any other node. */
static int convert_look(struct convert_file *file)
{
	struct v4l2_capability capability;
	uint32_t caps;
	int ret;

	memset(&capability, 0, sizeof(capability));
	ret = convert_plain(file, VIDIOC_QUERYCAP, &capability);
	if (ret < 0)
		return ret;
	caps = capability.capabilities;
	if (caps & V4L2_CAP_DEVICE_CAPS)
		caps = capability.device_caps;
	if (!(caps & V4L2_CAP_VIDEO_CAPTURE) || !(caps & V4L2_CAP_STREAMING) ||
	    (caps & CONVERT_OTHER_QUEUES))
		return -EOPNOTSUPP;
	return 0;
}

/*
 * Nothing may fail after v4l2_fd_open(), which only v4l2_close() undoes: and
 * that closes.
 */
static int convert_begin(struct convert_file *file)
{
	int ret = 0;

	pthread_mutex_lock(&convert_lock);
	file->excess = convert_files == LIBV4L2_FILES_MAX;
	if (!file->excess && file->library->fd_open(file->node.fd, 0) < 0)
		ret = convert_error();
	if (!file->excess && ret == 0) {
		convert_learn(file);
		convert_files++;
	}
	pthread_mutex_unlock(&convert_lock);
	return ret;
}

static int convert_open(struct device *device, int fd, struct device_file **out)
{
	struct convert_file *file;
	struct device_node *node;
	int ret;

	ret = device_node_create(device, fd, sizeof(*file), &node);
	if (ret < 0)
		return ret;

	file = convert_file(&node->base);
	LIST_INIT(&file->planes);
	file->library = libv4l2_load();
	ret = file->library ? convert_look(file) : -ELIBACC;
	if (ret == 0)
		ret = convert_begin(file);
	if (ret < 0) {
		free(file);
		return ret;
	}

	*out = &node->base;
	return 0;
}

static void convert_close(struct device_file *base)
{
	struct convert_file *file = convert_file(base);

	if (file->dropped > 1)
		log_warn("device %s: %u frames could not be converted",
			 base->device->name, file->dropped);
	/* What it does not know it closes as close(2). */
	file->library->close(file->node.fd);
	file->node.fd = -1;
	/* Another file's S_FMT, which holds the lock, may take seconds. */
	if (!file->excess)
		convert_files--;
	if (LIST_EMPTY(&file->planes))
		free(file);
}

const struct device_ops device_convert_ops = {
	.name = "convert",
	.load = convert_load,
	.check = device_node_check,
	.open_node = device_node_open,
	.explain = convert_explain,
	.type = device_node_type,
	.open = convert_open,
	.close = convert_close,
	.ioctl = convert_ioctl,
	.map = convert_map,
	.unmap = convert_unmap,
	.export_plane = convert_export,
	.poll = device_node_poll,
	.collect_buffer = convert_collect_buffer,
	.collect_event = device_node_collect_event,
	.set_blocking = device_node_set_blocking,
	.collect_sleeps = true,
};
