// SPDX-License-Identifier: BSD-3-Clause
/*
 * Calls of a V4L2 node that make no sense, calls that it does not know, and calls
 * against the priority of another file, with every word that comes back.
 *
 *	odd_calls NODE
 *
 * EXPBUF, overlays, and memory that is DMABUF or belongs to a request, are not asked
 * about: a guest's node refuses those where a native one may have them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/ioctl_table.h"
#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/show.h"

static int fd;
static int other;
static uint8_t *arg;

/* Not what guestd cannot have, nor what says something of this very moment. */
static bool asked(uint32_t cmd)
{
	switch (cmd) {
	case VIDIOC_QUERYCAP:
	case VIDIOC_EXPBUF:
	case VIDIOC_G_FBUF:
	case VIDIOC_S_FBUF:
	case VIDIOC_OVERLAY:
	case VIDIOC_G_TUNER:
	case VIDIOC_LOG_STATUS:
	case VIDIOC_DBG_G_REGISTER:
	case VIDIOC_DBG_S_REGISTER:
	case VIDIOC_DBG_G_CHIP_INFO:
	case VIDIOC_S_HW_FREQ_SEEK:
		return false;
	default:
		return true;
	}
}

/* Every call with an argument that is all of one byte. */
static void fill_all(int value)
{
	const struct ioctl_desc *desc;
	char text[64];
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (!asked(desc->cmd))
			continue;
		snprintf(text, sizeof(text), "%s of %02x", desc->name,
			 (unsigned int)value);
		memset(arg, value, IOCTL_ARG_MAX);
		show_call(text, fd, desc->cmd, arg);
	}
}

static void begin(const char *path)
{
	arg = show_memory(IOCTL_ARG_MAX);
	fd = node_open(path, O_NONBLOCK);
}

static void zeroes(const char *path)
{
	begin(path);
	fill_all(0);
}

static void ones(const char *path)
{
	begin(path);
	fill_all(0xff);
}

/* Half a number, half a negative one. */
static void others(const char *path)
{
	begin(path);
	fill_all(0x81);
	fill_all(1);
}

/* A few types of buffers before nothing. */
static void types(const char *path)
{
	const struct ioctl_desc *desc;
	char text[64];
	uint32_t type;
	size_t i;

	begin(path);
	for (type = 1; type < 16; type++)
		for (i = 0; (desc = ioctl_row(i)); i++) {
			if (!asked(desc->cmd) || !ioctl_reads(desc) ||
			    desc->cmd == VIDIOC_CREATE_BUFS)
				continue;
			snprintf(text, sizeof(text), "%s of type %u",
				 desc->name, type);
			memset(arg, 0, IOCTL_ARG_MAX);
			memcpy(arg, &type, sizeof(type));
			memcpy(arg + 4, &type, sizeof(type));
			show_call(text, fd, desc->cmd, arg);
		}
}

/* ---- what is no ioctl -------------------------------------------------------- */

static void unknown(const char *path)
{
	static const unsigned int sizes[] = { 0, 4, 8, 68, 88, 104, 208 };
	char text[64];
	unsigned int dir;
	unsigned int nr;
	unsigned int i;
	uint32_t cmd;

	begin(path);
	for (nr = 0; nr < 256; nr++)
		for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
			for (dir = 0; dir < 4; dir++) {
				cmd = _IOC(dir, 'V', nr, sizes[i]);
				if (ioctl_lookup(cmd) || (!dir && sizes[i]))
					continue;
				memset(arg, 0xff, IOCTL_ARG_MAX);
				if (ioctl(fd, cmd, arg) < 0 && errno == ENOTTY)
					continue;
				snprintf(text, sizeof(text), "%#x", cmd);
				fact(text, error_name(errno));
			}
	show_call("a subdevice's", fd, _IOWR('V', 4, char[88]), arg);
	show_call("UVC's", fd, _IOWR('u', 0x21, char[16]), arg);
	show_call("a media device's", fd, _IOWR('|', 0, char[256]), arg);
	show_call("a terminal's", fd, _IOR('t', 1, char[4]), arg);
	show_call("nowhere", fd, VIDIOC_ENUM_FMT, (void *)8);
	show_call("nowhere and unknown", fd, _IOWR('V', 99, int), (void *)8);
}

/* ---- priorities ---------------------------------------------------------------- */

/* S_SOMETHING as it is, G_SOMETHING, and REQBUFS of nothing. */
static void call_all(const char *when)
{
	const struct ioctl_desc *desc;
	char text[64];
	size_t i;

	for (i = 0; (desc = ioctl_row(i)); i++) {
		if (!asked(desc->cmd) || desc->cmd == VIDIOC_S_PRIORITY ||
		    desc->cmd == VIDIOC_G_PRIORITY)
			continue;
		snprintf(text, sizeof(text), "%s %s", desc->name, when);
		memset(arg, 0x81, IOCTL_ARG_MAX);
		errno = 0;
		fact(text, result_name(ioctl(fd, desc->cmd, arg)));
	}
}

static void set_priority(const char *what, int file, uint32_t priority)
{
	memcpy(arg, &priority, sizeof(priority));
	show_call(what, file, VIDIOC_S_PRIORITY, arg);
	memset(arg, 0, sizeof(priority));
	show_call("G_PRIORITY", fd, VIDIOC_G_PRIORITY, arg);
	show_call("other: G_PRIORITY", other, VIDIOC_G_PRIORITY, arg);
}

static void controls_by_priority(void)
{
	struct v4l2_ext_control *control = (void *)(arg + 64);
	struct v4l2_ext_controls *controls = (void *)arg;

	memset(arg, 0, IOCTL_ARG_MAX);
	control->id = V4L2_CID_BRIGHTNESS;
	control->value = 120;
	controls->count = 1;
	controls->error_idx = 77;
	controls->controls = control;
	show_call("S_EXT_CTRLS", fd, VIDIOC_S_EXT_CTRLS, arg);
	show_call("TRY_EXT_CTRLS", fd, VIDIOC_TRY_EXT_CTRLS, arg);
	show_call("G_EXT_CTRLS", fd, VIDIOC_G_EXT_CTRLS, arg);
}

/*
 * Only of a node that has any: vivid's multi-planar ones have the ioctls, which
 * are EBUSY, but say ENOTTY themselves, which is all that hostd can see.
 */
static void overlays_by_priority(void)
{
	if (ioctl(fd, VIDIOC_G_FBUF, arg) < 0 && errno == ENOTTY)
		return;
	memset(arg, 1, IOCTL_ARG_MAX);
	show_call("OVERLAY against a priority", fd, VIDIOC_OVERLAY, arg);
	show_call("S_FBUF against a priority", fd, VIDIOC_S_FBUF, arg);
}

static void priorities(const char *path)
{
	uint32_t i;

	begin(path);
	other = node_open(path, O_NONBLOCK);
	for (i = 0; i < 6; i++)
		set_priority("S_PRIORITY", fd, i);
	set_priority("S_PRIORITY interactive", fd, V4L2_PRIORITY_INTERACTIVE);
	set_priority("other: S_PRIORITY record", other, V4L2_PRIORITY_RECORD);
	set_priority("S_PRIORITY record", fd, V4L2_PRIORITY_RECORD);
	set_priority("S_PRIORITY background", fd, V4L2_PRIORITY_BACKGROUND);
	controls_by_priority();
	call_all("against a priority");
	overlays_by_priority();
	close(other);
	other = node_open(path, O_NONBLOCK);
	controls_by_priority();
	call_all("without it");
	set_priority("S_PRIORITY default", fd, V4L2_PRIORITY_DEFAULT);
}

int main(int argc, char **argv)
{
	static const struct facts_test tests[] = {
		{ "zeroes", zeroes },   { "ones", ones },
		{ "others", others },   { "types", types },
		{ "unknown", unknown }, { "priorities", priorities },
	};

	if (argc != 2)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	return facts_run(tests, sizeof(tests) / sizeof(tests[0]), argv[1]);
}
