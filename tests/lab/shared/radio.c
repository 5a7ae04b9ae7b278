// SPDX-License-Identifier: BSD-3-Clause
/*
 * One of vivid's radio nodes.
 */
#include "tests/lab/shared/radio.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/videodev2.h>

#include "tests/lab/shared/facts.h"
#include "tests/lab/shared/node.h"
#include "tests/lab/shared/process.h"

void radio_tune(int fd, uint32_t frequency)
{
	struct v4l2_frequency arg = {
		.type = V4L2_TUNER_RADIO,
		.frequency = frequency,
	};

	if (ioctl(fd, VIDIOC_S_FREQUENCY, &arg))
		fatal("S_FREQUENCY");
}

int radio_open(const char *path, int flags, uint32_t frequency)
{
	int fd = node_open(path, flags);

	radio_tune(fd, frequency);
	return fd;
}

void radio_set(const char *path, const char *control, int value)
{
	int fd = node_open(path, O_NONBLOCK);

	if (node_set_control(fd, node_find_control(fd, control), value))
		fatal(control);
	close(fd);
}

const char *radio_blocks(ssize_t ret)
{
	if (ret < 0)
		return error_name(errno);
	if (!ret)
		return "nothing";
	return ret % (ssize_t)RADIO_BLOCK ? "parts of blocks" : "blocks";
}

const char *radio_read(int fd)
{
	uint8_t block[RADIO_BLOCK];

	return radio_blocks(read(fd, block, sizeof(block)));
}

const char *radio_write(int fd)
{
	return radio_blocks(write(fd, "abc", RADIO_BLOCK));
}
